/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* The half of reader.h that is for rte_rcu_qsbr, which alone includes this. */

#ifndef TEST_LIFECYCLE_READER_RTE_H
#define TEST_LIFECYCLE_READER_RTE_H

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

#endif /* TEST_LIFECYCLE_READER_RTE_H */
