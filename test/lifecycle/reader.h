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

/* One for all files of a program. */
__attribute__((weak)) struct rte_rcu_qsbr *readers_all;

/* EAL is not initialised here, so control threads are plain ones. */
static inline int
readers_thread(pthread_t *thread, const char *name, void *(*run)(void *),
	void *arg)
{
	(void)name;
	return pthread_create(thread, NULL, run, arg);
}

static inline void
readers_open(void)
{
	size_t size = rte_rcu_qsbr_get_memsize(READERS_MAX);

	readers_all = aligned_alloc(RTE_CACHE_LINE_SIZE,
		RTE_ALIGN_CEIL(size, RTE_CACHE_LINE_SIZE));
	if (readers_all == NULL)
		abort();
	readers_must(rte_rcu_qsbr_init(readers_all, READERS_MAX), "init");
}

static inline void
readers_close(void)
{
	free(readers_all);
}

static inline bool
readers_done(void *ctx, uint64_t cookie)
{
	if (!objpool_qsbr_done_(ctx, cookie))
		return false;
	readers_acquire();
	return true;
}

static inline struct objpool_gp *
readers_domain(struct objpool_gp_attr attr)
{
	struct objpool_gp *gp = NULL;
#if HAS_TSAN
	static const struct objpool_gp_ops ops = {
		.name = READERS_NAME,
		.flags = OBJPOOL_GP_SHARED,
		.start = objpool_qsbr_start_,
		.done = readers_done,
	};

	attr.thread = readers_thread;
	readers_must(objpool_gp_create(&ops, readers_all, &attr, &gp),
		"domain");
#else
	attr.thread = readers_thread;
	readers_must(objpool_gp_create_qsbr(readers_all, &attr, &gp), "domain");
#endif
	return gp;
}

static inline void
readers_synchronize(void *ctx)
{
	(void)ctx;
	rte_rcu_qsbr_synchronize(readers_all, RTE_QSBR_THRID_INVALID);
	readers_acquire();
}

static inline void
reader_join(struct reader *r, struct objpool_gp *gp, const char *name)
{
	readers_must(rte_rcu_qsbr_thread_register(readers_all, r->id),
		"register");
	rte_rcu_qsbr_thread_online(readers_all, r->id);
	if (gp == NULL)
		return;
	readers_must(objpool_reader_register_qsbr(gp, &r->report, name, r->id),
		"name");
}

static inline void
reader_leave(struct reader *r, struct objpool_gp *gp)
{
	if (gp != NULL)
		objpool_reader_unregister(gp, &r->report);
	readers_release();
	rte_rcu_qsbr_thread_offline(readers_all, r->id);
	rte_rcu_qsbr_thread_unregister(readers_all, r->id);
}

static inline void
section_begin(struct reader *r)
{
	(void)r;
}

static inline void
section_end(struct reader *r)
{
	readers_release();
	rte_rcu_qsbr_quiescent(readers_all, r->id);
}

static inline void
reader_rest(struct reader *r)
{
	readers_release();
	rte_rcu_qsbr_thread_offline(readers_all, r->id);
}

static inline void
reader_wake(struct reader *r)
{
	rte_rcu_qsbr_thread_online(readers_all, r->id);
}

#else /* liburcu */

static inline void
readers_open(void)
{
}

static inline void
readers_close(void)
{
}

static inline void
readers_synchronize(void *ctx)
{
	(void)ctx;
	synchronize_rcu();
	readers_acquire();
}

static inline int
readers_in_section(void *ctx)
{
	(void)ctx;
	return rcu_read_ongoing() != 0;
}

static inline struct objpool_gp *
readers_domain(struct objpool_gp_attr attr)
{
	struct objpool_gp *gp = NULL;
#if HAS_TSAN
	static const struct objpool_gp_ops ops = {
		.name = READERS_NAME,
		.synchronize = readers_synchronize,
		.in_reader = readers_in_section,
	};

	readers_must(objpool_gp_create(&ops, NULL, &attr, &gp), "domain");
#else
	readers_must(objpool_gp_create_urcu(&rcu_flavor, &attr, &gp), "domain");
#endif
	return gp;
}

static inline void
reader_join(struct reader *r, struct objpool_gp *gp, const char *name)
{
	rcu_register_thread();
	if (gp == NULL)
		return;
	readers_must(objpool_reader_register_urcu(gp, &r->report, name),
		"name");
}

static inline void
reader_leave(struct reader *r, struct objpool_gp *gp)
{
	if (gp != NULL)
		objpool_reader_unregister(gp, &r->report);
	readers_release();
	rcu_unregister_thread();
}

static inline void
section_begin(struct reader *r)
{
	(void)r;
	rcu_read_lock();
}

static inline void
section_end(struct reader *r)
{
	(void)r;
	readers_release();
	rcu_read_unlock();
	rcu_quiescent_state();
}

static inline void
reader_rest(struct reader *r)
{
	(void)r;
	readers_release();
	rcu_thread_offline();
}

static inline void
reader_wake(struct reader *r)
{
	(void)r;
	rcu_thread_online();
}

#endif

#endif /* TEST_LIFECYCLE_READER_H */
