/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* The half of reader.h that is for liburcu's flavours, which alone includes this. */

#ifndef TEST_LIFECYCLE_READER_URCU_H
#define TEST_LIFECYCLE_READER_URCU_H

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

#endif /* TEST_LIFECYCLE_READER_URCU_H */
