/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Ways to give entries back that readers may be looking at.
 *
 * unsafe: push at once. Not a scheme but the control: what recycling costs without
 * grace periods, and whether the readers' check sees entries change under them.
 * push_rcu: a pool with a domain does it all. What waits lies in the pool's own
 * blocks; no rcu_head, no callbacks. The domain is liburcu's or rte_rcu_qsbr.
 * call_rcu: liburcu calls back for each entry, or each batch of them, from a thread
 * that wakes up every 10 ms. Batches are objects of a pool, too: one on its way holds
 * BATCH entries, so there are never more than the entries fill.
 * defer_rcu: liburcu queues 4096 calls, then waits for readers on the spot.
 * qsbr-dq: DPDK's defer queue, a ring of (token, entry); looked at once a burst here,
 * which costs less than its own look at every enqueue.
 */

#include <rte_errno.h>

#include "recycle.h"

#define BATCH 256

struct batch {
	struct rcu_head head;
	struct recycler *r;
	unsigned int n;
	void *flows[BATCH];
};

static void
push_now(struct recycler *r, struct flow **flows, unsigned int n)
{
	objpool_push_bulk((void **)flows, n, r->pool);
}

static void
push_rcu(struct recycler *r, struct flow **flows, unsigned int n)
{
	objpool_push_rcu_bulk((void **)flows, n, r->pool);
}

static void
push_rcu_fini(struct recycler *r)
{
	while (objpool_collect(r->pool) > 0)
		rte_delay_us_sleep(100);
}

static void
free_flow(void *flow)
{
	objpool_push(flow, ((struct flow *)flow)->r->pool);
}

static void
free_called(struct rcu_head *head)
{
	free_flow(container_of(head, struct flow, head));
}

static void
call_each(struct recycler *r __rte_unused, struct flow **flows, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		call_rcu(&flows[i]->head, free_called);
}

static void
batches_init(struct recycler *r)
{
	struct objpool_attr attr = {
		.nr_objs = r->nr_objs / BATCH + 2,
		.obj_size = sizeof(struct batch),
	};

	if (objpool_create(&attr, &r->batches) < 0)
		errx(1, "no memory for batches");
}

static void
free_batch(struct rcu_head *head)
{
	struct batch *batch = container_of(head, struct batch, head);

	objpool_push_bulk(batch->flows, batch->n, batch->r->pool);
	objpool_push(batch, batch->r->batches);
}

static void
call_batches(struct recycler *r, struct flow **flows, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		if (r->batch == NULL) {
			r->batch = objpool_pop(r->batches);
			r->batch->r = r;
			r->batch->n = 0;
		}
		r->batch->flows[r->batch->n++] = flows[i];
		if (r->batch->n == BATCH) {
			call_rcu(&r->batch->head, free_batch);
			r->batch = NULL;
		}
	}
}

static void
call_fini(struct recycler *r)
{
	if (r->batch != NULL)
		call_rcu(&r->batch->head, free_batch);
	r->batch = NULL;
	rcu_barrier();
	objpool_fini(r->batches);
	r->batches = NULL;
}

static void
defer_each(struct recycler *r __rte_unused, struct flow **flows, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		defer_rcu(free_flow, flows[i]);
}

static void
defer_fini(struct recycler *r __rte_unused)
{
	rcu_defer_barrier_thread();
}

static void
free_queued(void *pool, void *flows, unsigned int n)
{
	objpool_push_bulk(flows, n, pool);
}

static void
queue_init(struct recycler *r)
{
	struct rte_rcu_qsbr_dq_parameters queue = {
		.name = "recycle",
		.flags = RTE_RCU_QSBR_DQ_MT_UNSAFE,
		.size = r->nr_objs,
		.esize = sizeof(struct flow *),
		.trigger_reclaim_limit = r->nr_objs + 1, /* never */
		.free_fn = free_queued,
		.p = r->pool,
		.v = r->qsbr,
	};

	r->queue = rte_rcu_qsbr_dq_create(&queue);
	if (r->queue == NULL)
		errx(1, "no defer queue: %s", rte_strerror(rte_errno));
}

static void
queue_each(struct recycler *r, struct flow **flows, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		if (rte_rcu_qsbr_dq_enqueue(r->queue, &flows[i]) != 0)
			errx(1, "no room in the defer queue");
	rte_rcu_qsbr_dq_reclaim(r->queue, 2 * BURST, NULL, NULL, NULL);
}

static void
queue_fini(struct recycler *r)
{
	while (rte_rcu_qsbr_dq_delete(r->queue) != 0)
		rte_delay_us_sleep(100);
}

const struct scheme schemes[NR_SCHEMES] = {
	{ "unsafe", NO_DOMAIN, NULL, push_now, NULL },
	{ "push_rcu-urcu", URCU, NULL, push_rcu, push_rcu_fini },
	{ "push_rcu-qsbr", QSBR, NULL, push_rcu, push_rcu_fini },
	{ "call_rcu", NO_DOMAIN, NULL, call_each, call_fini },
	{ "call_rcu-256", NO_DOMAIN, batches_init, call_batches, call_fini },
	{ "defer_rcu", NO_DOMAIN, NULL, defer_each, defer_fini },
	{ "qsbr-dq", NO_DOMAIN, queue_init, queue_each, queue_fini },
};
