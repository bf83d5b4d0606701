/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* The wish to end. SIGINT and SIGTERM only set a flag, which the main lcore
 * looks at several times a second wherever it waits; so every end is the same
 * orderly one, and further signals change nothing. The same goes for SIGHUP
 * (the terminal is gone) and SIGPIPE (the reader of our output is gone), which
 * would otherwise leave ports open and pcap files unfinished. Only while EAL
 * starts, which may wait forever for another process, a second signal kills.
 *
 * The handler may run in any thread, hence an atomic flag; lock-free ones are
 * permitted in handlers.
 */

#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>

#include <rte_common.h>

#include "quit.h"

static atomic_bool asked;

static void
on_signal(int signal_number __rte_unused)
{
	quit_ask();
}

void
quit_on_signals(bool once)
{
	const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGPIPE };
	struct sigaction action = {
		.sa_handler = on_signal,
		.sa_flags = once ? SA_RESETHAND : 0,
	};

	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < RTE_DIM(signals); i++)
		sigaction(signals[i], &action, NULL);
}

void
quit_ask(void)
{
	atomic_store_explicit(&asked, true, memory_order_relaxed);
}

bool
quit_asked(void)
{
	return atomic_load_explicit(&asked, memory_order_relaxed);
}
