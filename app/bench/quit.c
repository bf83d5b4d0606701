/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* The wish to end. Signals set a flag, which is looked at between slices: what
 * was measured so far is reported. A second signal of a kind kills.
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
	atomic_store_explicit(&asked, true, memory_order_relaxed);
}

void
quit_on_signals(void)
{
	const int signals[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction action = {
		.sa_handler = on_signal,
		.sa_flags = SA_RESETHAND | SA_RESTART,
	};

	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < RTE_DIM(signals); i++)
		sigaction(signals[i], &action, NULL);
}

bool
quit_asked(void)
{
	return atomic_load_explicit(&asked, memory_order_relaxed);
}
