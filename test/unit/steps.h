/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Between any two instructions: a thread runs with the processor's trap flag
 * set, and after each instruction gets a SIGTRAP, in whose handler the test
 * looks at what it has done so far, or does something itself.
 *
 * Where there is no trap flag to be set, nothing is looked at in between.
 */

#ifndef TEST_UNIT_STEPS_H
#define TEST_UNIT_STEPS_H

#include <signal.h>
#include <ucontext.h>

#include "unit.h"

/* ThreadSanitizer keeps signals for later. */
#if defined(__x86_64__) && !HAS_TSAN
#define HAS_STEPS 1
#define TRAP_FLAG 0x100ull
#else
#define HAS_STEPS 0
#endif

typedef void
step_fn(void *arg);

/* False: that was all, run on. */
typedef bool
look_fn(void *arg);

/* What SIGTRAP calls. */
static _Thread_local struct {
	look_fn *look;
	void *arg;
	volatile unsigned int nr; /* steps so far */
} stepping;

static void
on_trap(int sig, siginfo_t *info, void *context)
{
	int error = errno;

	(void)sig;
	(void)info;
	(void)context;
	stepping.nr++;
	if (!stepping.look(stepping.arg)) {
#if HAS_STEPS
		((ucontext_t *)context)->uc_mcontext.gregs[REG_EFL] &=
			~(greg_t)TRAP_FLAG;
#endif
	}
	errno = error;
}

/* Run run(arg), with look(arg) after each instruction. Not inline: the last
 * steps are those of this function's own, after run has returned. */
static __attribute__((noinline, unused)) void
step_through(step_fn *run, look_fn *look, void *arg)
{
	stepping.look = look;
	stepping.arg = arg;
	stepping.nr = 0;
#if HAS_STEPS
	__builtin_ia32_writeeflags_u64(
		__builtin_ia32_readeflags_u64() | TRAP_FLAG);
	run(arg);
	__builtin_ia32_writeeflags_u64(
		__builtin_ia32_readeflags_u64() & ~TRAP_FLAG);
	/* Valgrind has no trap flag. */
	if (stepping.nr == 0 && !env_is_slow())
		abort();
#else
	run(arg);
#endif
}

/* Before the first step. */
static inline void
steps_prepare(void)
{
	const struct sigaction trap = {
		.sa_sigaction = on_trap,
		.sa_flags = SA_SIGINFO,
	};

	sigaction(SIGTRAP, &trap, NULL);
}

#endif /* TEST_UNIT_STEPS_H */
