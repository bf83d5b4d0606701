/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Make a system call fail from now on, in this process only: seccomp. */

#ifndef TEST_SUPPORT_FORBID_H
#define TEST_SUPPORT_FORBID_H

#include <stddef.h>
#include <stdint.h>

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>

/* Exit status of a child that cannot forbid anything. */
#define FORBID_IMPOSSIBLE 77

/* System call nr fails with error whenever the low half of its arg-th argument,
 * from 0, has one of these bits. Returns 0 if that works here. */
static inline int
forbid(long nr, unsigned int arg, uint32_t bits, int error)
{
	const uint32_t deny = SECCOMP_RET_ERRNO | (uint32_t)error;
	const uint32_t at = offsetof(struct seccomp_data, args) + arg * 8;
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)nr, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, at),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, bits, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, deny),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = {
		.len = sizeof(code) / sizeof(code[0]),
		.filter = code,
	};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return -1;
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

#endif /* TEST_SUPPORT_FORBID_H */
