/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/**
 * @file
 * Domains of DPDK's rte_rcu_qsbr. All inline: the library links no DPDK.
 *
 * @code
 *   #include <objpool/rte_qsbr.h>
 *
 *   struct rte_rcu_qsbr *v = ...;  (threads register and report as ever)
 *   struct objpool_gp *gp;
 *   int rc = objpool_gp_create_qsbr(v, NULL, &gp);
 *
 *   static _Thread_local struct objpool_reader reader;
 *   objpool_reader_register_qsbr(gp, &reader, "lcore-3", rte_lcore_id());
 * @endcode
 *
 * To know:
 *  - A thread is a reader from rte_rcu_qsbr_thread_online() to _offline().
 *    Whether the caller is one cannot be told, so an online thread that waits
 *    for the domain (objpool_fini_sync(), objpool_barrier()) waits for itself,
 *    for ever.
 *  - The variable may be in memory that processes share; then readers of all of
 *    them count, and a process that dies online holds everybody up until
 *    somebody calls rte_rcu_qsbr_thread_unregister() for its thread ids.
 *  - Waiting polls, with short sleeps, in the domain's control thread.
 */

#ifndef OBJPOOL_RTE_QSBR_H
#define OBJPOOL_RTE_QSBR_H

#include <errno.h>
#include <string.h>

#include <rte_lcore.h>
#include <rte_rcu_qsbr.h>

#include <objpool/rcu.h>

#ifdef __cplusplus
extern "C" {
#endif

static inline uint64_t
objpool_qsbr_start_(void *ctx)
{
	/* rte_rcu_qsbr_start() releases only. What the caller hid must be
	 * hidden to a thread that comes online and is found offline. */
	rte_atomic_thread_fence(__ATOMIC_SEQ_CST);
	return rte_rcu_qsbr_start((struct rte_rcu_qsbr *)ctx);
}

static inline bool
objpool_qsbr_done_(void *ctx, uint64_t cookie)
{
	if (rte_rcu_qsbr_check((struct rte_rcu_qsbr *)ctx, cookie, false) != 1)
		return false;
	/* It may have looked no further than at a plain variable. */
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	return true;
}

static inline int
objpool_qsbr_thread_(pthread_t *thread, const char *name, void *(*run)(void *),
	void *arg)
{
	return rte_ctrl_thread_create(thread, name, NULL, run, arg);
}

/**
 * Create a domain of the threads that report to a quiescent state variable.
 * @param v     The variable; must live as long as the domain.
 * @param attr  As in objpool_gp_create(); by default control threads are
 *   started by rte_ctrl_thread_create(), which keeps them off the lcores' CPUs.
 * @return As objpool_gp_create(); -EINVAL also for no variable.
 */
static inline int
objpool_gp_create_qsbr(struct rte_rcu_qsbr *v,
	const struct objpool_gp_attr *attr, struct objpool_gp **gpp)
{
	static const struct objpool_gp_ops ops = {
		"rte_rcu_qsbr",
		OBJPOOL_GP_SHARED,
		NULL,
		NULL,
		objpool_qsbr_start_,
		objpool_qsbr_done_,
		NULL,
	};
	struct objpool_gp_attr copy;

	if (v == NULL)
		return -EINVAL;
	if (attr != NULL)
		copy = *attr;
	else
		memset(&copy, 0, sizeof(copy));
	if (copy.thread == NULL)
		copy.thread = objpool_qsbr_thread_;
	return objpool_gp_create(&ops, v, &copy, gpp);
}

static inline bool
objpool_qsbr_is_holding_(const struct objpool_reader *reader, uint64_t cookie)
{
	const struct rte_rcu_qsbr *v =
		(const struct rte_rcu_qsbr *)reader->word[0];
	uint64_t count = __atomic_load_n(&v->qsbr_cnt[reader->number].cnt,
		__ATOMIC_RELAXED);

	return count != __RTE_QSBR_CNT_THR_OFFLINE && count < cookie;
}

/**
 * Make a thread that reports to the domain's variable known by name. To be
 * undone by objpool_reader_unregister() before it unregisters its id.
 * @param thread_id  Its id there.
 * @return As objpool_reader_register(); -EINVAL also for an id beyond the
 *   variable's.
 */
static inline int
objpool_reader_register_qsbr(struct objpool_gp *gp,
	struct objpool_reader *reader, const char *name, unsigned int thread_id)
{
	const struct rte_rcu_qsbr *v;

	if (gp == NULL || reader == NULL)
		return -EINVAL;
	v = (const struct rte_rcu_qsbr *)objpool_gp_ctx(gp);
	if (thread_id >= v->max_threads)
		return -EINVAL;
	reader->word[0] = v;
	reader->number = thread_id;
	reader->is_holding = objpool_qsbr_is_holding_;
	return objpool_reader_register(gp, reader, name);
}

#ifdef __cplusplus
}
#endif

#endif /* OBJPOOL_RTE_QSBR_H */
