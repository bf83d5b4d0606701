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
#include <sys/syscall.h>
#include <unistd.h>

#include "core/fence.h"

static long
membarrier(int command)
{
	return syscall(SYS_membarrier, command, 0, 0);
}

bool
fence_all_works(void)
{
	long commands = membarrier(MEMBARRIER_CMD_QUERY);

	return commands > 0 && (commands & MEMBARRIER_CMD_GLOBAL_EXPEDITED);
}

bool
fence_join(void)
{
	return fence_all_works() &&
		membarrier(MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED) == 0;
}

void
fence_all(void)
{
	membarrier(MEMBARRIER_CMD_GLOBAL_EXPEDITED);
}
