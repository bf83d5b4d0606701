/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* The heavy fence of fence-free slots, by Linux membarrier (4.14 and later).
 *
 * A process that joined is interrupted, on every CPU where one of its threads
 * runs, when one of them makes a heavy fence: some microseconds, and only when a
 * pool is found empty. Joining is for the process, idempotent, cheap, inherited
 * by fork and ended by exec. Others need not join to be reached by the slow
 * command, which waits until every CPU did something else: some milliseconds.
 * Linux does without it where CPUs run without ticks (nohz_full).
 */

#include <errno.h>
#include <linux/membarrier.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/fence.h"
#include "identity.h"

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

	return commands > 0 && (commands & MEMBARRIER_CMD_PRIVATE_EXPEDITED) &&
		membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED) == 0;
}

/* The place too: two processes may have the same id in different ones. So where
 * it cannot be told there is no number. */
uint64_t
fence_process(void)
{
	uint64_t place = identity_place();

	return place != 0 ? identity_process() ^ place << 16 : 0;
}

bool
fence_is_needed(uint64_t place, uint64_t token)
{
	return token != 0 && identity_judge(place)(token);
}

/* Asked without doing it: where the command is allowed, flags are not. */
static bool
works_for_others(void)
{
	long commands = membarrier(MEMBARRIER_CMD_QUERY);

	return commands > 0 && (commands & MEMBARRIER_CMD_GLOBAL) &&
		syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 1, 0) < 0 &&
		errno == EINVAL;
}

bool
fence_works(unsigned int reach)
{
	return (!(reach & REACH_OWN) || fence_join()) &&
		(!(reach & REACH_OTHERS) || works_for_others());
}

void
fence_all(unsigned int reach)
{
	/* The slower command is for all, and needs no memory. Going on without
	 * a fence would hand objects out twice. */
	if (((reach & REACH_OTHERS) ||
		    membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED) != 0) &&
		membarrier(MEMBARRIER_CMD_GLOBAL) != 0) {
		fputs("objpool: membarrier fails after it worked\n", stderr);
		abort();
	}
}
