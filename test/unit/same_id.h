/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Children with ids of the parent's choice: clone3() with set_tid, which root may
 * ask for, or who made the namespace that the id is of. */

#ifndef TEST_UNIT_SAME_ID_H
#define TEST_UNIT_SAME_ID_H

#include <errno.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

/* As fork(), without its handlers. */
static inline pid_t
clone_as(pid_t id)
{
	struct clone_args args = {
		.exit_signal = SIGCHLD,
		.set_tid = (uintptr_t)&id,
		.set_tid_size = 1,
	};

	fflush(NULL);
	return (pid_t)syscall(SYS_clone3, &args, sizeof(args));
}

/* Could clone_as() not, because it may not? A line says so: what else there is
 * to see stands without it. */
static inline int
may_not_clone(pid_t child)
{
	if (child >= 0 || (errno != EPERM && errno != ENOSYS))
		return 0;
	printf("# no process with a given id here: %s\n",
		errno == EPERM ? "not permitted" : "no clone3()");
	return 1;
}

#endif /* TEST_UNIT_SAME_ID_H */
