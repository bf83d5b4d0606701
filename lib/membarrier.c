/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* The heavy fence of fence-free slots, by Linux membarrier (4.16 and later).
 *
 * A process that joined is interrupted, on every CPU where one of its threads
 * runs, when somebody makes a heavy fence: some microseconds, and only when a
 * pool is found empty. Joining is for the process, idempotent, cheap, inherited
 * by fork and ended by exec.
 */

#include <linux/membarrier.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/fence.h"

static long
membarrier(int command)
{
	return syscall(SYS_membarrier, command, 0, 0);
}

/* Asked by joining: a filter on system calls may let the question through. */
bool
fence_join(void)
{
	long commands = membarrier(MEMBARRIER_CMD_QUERY);

	return commands > 0 && (commands & MEMBARRIER_CMD_GLOBAL_EXPEDITED) &&
		membarrier(MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED) == 0;
}

bool
fence_all_works(void)
{
	return fence_join();
}

void
fence_all(void)
{
	/* The slower command needs no memory. Going on without a fence would
	 * hand objects out twice. */
	if (membarrier(MEMBARRIER_CMD_GLOBAL_EXPEDITED) != 0 &&
		membarrier(MEMBARRIER_CMD_GLOBAL) != 0) {
		fputs("objpool: membarrier fails after it worked\n", stderr);
		abort();
	}
}
