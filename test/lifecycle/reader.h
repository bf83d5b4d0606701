/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* One face for all providers of grace periods, chosen when a test is compiled:
 * READERS_QSBR, READERS_MEMB, READERS_MB, READERS_BP (liburcu's flavours) or
 * READERS_RTE (rte_rcu_qsbr).
 *
 * With the QSBR kinds a thread that joined is in a read section all the time, but
 * for the instant of section_end(), until it rests. With the others only between
 * section_begin() and section_end().
 *
 * ThreadSanitizer does not see liburcu at work, nor the fence by which
 * objpool/rte_qsbr.h reads a plain variable. So that it knows that a section
 * happens before the end of a grace period, sections end with a release of a token
 * and grace periods with an acquire of it. The latter is done in a table of our
 * own, which is otherwise as the library's. Nothing else is hidden from it: not
 * what the pool or its domain do.
 */

#ifndef TEST_LIFECYCLE_READER_H
#define TEST_LIFECYCLE_READER_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#if defined(READERS_QSBR)
#include <urcu-qsbr.h>
#define READERS_NAME "urcu-qsbr"
#elif defined(READERS_MEMB)
#define RCU_MEMBARRIER
#include <urcu.h>
#define READERS_NAME "urcu-memb"
#elif defined(READERS_MB)
#define RCU_MB
#include <urcu.h>
#define READERS_NAME "urcu-mb"
#elif defined(READERS_BP)
#include <urcu-bp.h>
#define READERS_NAME "urcu-bp"
#elif defined(READERS_RTE)
#include <rte_rcu_qsbr.h>
#define READERS_NAME "rte_rcu_qsbr"
#else
#error "which readers?"
#endif

#include <objpool/rcu.h>
#ifdef READERS_RTE
#include <objpool/rte_qsbr.h>
#else
#include <objpool/urcu.h>
#endif

#include "env.h"

#if HAS_TSAN
#include <sanitizer/tsan_interface.h>
#endif

#define READERS_MAX     16
#define READERS_TROUBLE 3 /* exit status: not the pool's fault */

struct reader {
	struct objpool_reader report; /* its name */
	unsigned int id;              /* 0 to READERS_MAX - 1 */
};

#if HAS_TSAN
__attribute__((weak)) char readers_token; /* one for all files */
#endif

static inline void
readers_release(void)
{
#if HAS_TSAN
	__tsan_release(&readers_token);
#endif
}

static inline void
readers_acquire(void)
{
#if HAS_TSAN
	__tsan_acquire(&readers_token);
#endif
}

static inline void
readers_must(int rc, const char *what)
{
	if (rc == 0)
		return;
	fprintf(stderr, "%s: %s: %s\n", READERS_NAME, what,
		strerror(rc < 0 ? -rc : rc));
	_exit(READERS_TROUBLE);
}

#ifdef READERS_RTE
#include "reader_rte.h"
#else
#include "reader_urcu.h"
#endif

#endif /* TEST_LIFECYCLE_READER_H */
