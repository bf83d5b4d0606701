/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Tell ThreadSanitizer of the order that EAL gives to launching an lcore, its
 * work, and waiting for it, in the driver's tests.
 *
 * EAL is not compiled with the tool, so that order is not seen, and all that an
 * lcore does with what it was launched with looks like a race. These functions
 * are found before EAL's of the same names. What is claimed here is what EAL
 * documents, no more: what was written before a launch is seen by the function
 * launched, and what that wrote is seen once it was waited for.
 */

#include "env.h"

#if HAS_TSAN

#include <dlfcn.h>
#include <stdlib.h>

#include <rte_launch.h>
#include <rte_lcore.h>

#include <sanitizer/tsan_interface.h>

struct errand {
	lcore_function_t *fn;
	void *arg;
};

static struct errand errands[RTE_MAX_LCORE];

static void *
find_real(const char *name)
{
	void *fn = dlsym(RTLD_NEXT, name);

	if (fn == NULL)
		abort();
	return fn;
}

#define REAL(name) ((__typeof__(&name))find_real(#name))

static int
run(void *arg)
{
	struct errand *errand = arg;
	int ret;

	__tsan_acquire(errand);
	ret = errand->fn(errand->arg);
	__tsan_release(errand);
	return ret;
}

int
rte_eal_remote_launch(lcore_function_t *fn, void *arg, unsigned int lcore)
{
	struct errand *errand = &errands[lcore];

	/* Not the one that runs, if there is one: the tests wait for it. */
	*errand = (struct errand){ .fn = fn, .arg = arg };
	__tsan_release(errand);
	return REAL(rte_eal_remote_launch)(run, errand, lcore);
}

int
rte_eal_wait_lcore(unsigned int lcore)
{
	int ret = REAL(rte_eal_wait_lcore)(lcore);

	__tsan_acquire(&errands[lcore]);
	return ret;
}

#endif
