/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

#ifndef RECYCLE_RECYCLE_H
#define RECYCLE_RECYCLE_H

#include <err.h>
#include <stdatomic.h>

#include <rte_cycles.h>
#include <rte_rcu_qsbr.h>
#include <urcu-qsbr.h>
#include <urcu/rculfhash.h>

#include <objpool/objpool.h>
#include <objpool/rte_qsbr.h>
#include <objpool/urcu.h>

#define BURST      32  /* packets, or lookups, between quiescent states */
#define NR_FLOWS   128 /* in the table; a power of two for cds_lfht */
#define ROUNDS     5   /* of each scheme */
#define SAMPLES    256 /* of what is parked, a round */
#define NR_SCHEMES 7

/* An object of the pool, and an entry of the table. */
struct flow {
	struct cds_lfht_node node;
	struct rcu_head head; /* call_rcu wants it; objpool does not */
	struct recycler *r;
	_Atomic(uint64_t) generation; /* how often it was used */
	uint64_t packets;
	struct flow_key {
		uint32_t protocols; /* RTE_PTYPE_* */
		uint8_t tuple[36];  /* addresses, ports; or a number */
	} key;
};

/* A way to give objects back that readers may be looking at. */
struct scheme {
	const char *name;
	enum {
		NO_DOMAIN,
		URCU,
		QSBR,
		NR_DOMAINS
	} domain;                         /* the pool's */
	void (*init)(struct recycler *r); /* may be NULL */
	/* Once a burst, also for n = 0. */
	void (*retire)(struct recycler *r, struct flow **flows, unsigned int n);
	void (*fini)(struct recycler *r); /* no readers: bring all home */
};

/* What the rounds of a scheme found out. */
struct result {
	double rate[ROUNDS], cycles[ROUNDS], parked[ROUNDS * SAMPLES];
	unsigned int nr_rounds, nr_samples;
	uint64_t misses; /* flows for which no entry was free */
	_Atomic(uint64_t) lookups, violations;
};

struct recycler {
	uint32_t nr_objs;
	uint16_t port;
	uint64_t round_cycles;
	uint64_t burst_cycles;  /* 0: bursts as fast as can be */
	struct cds_lfht *table; /* NULL: no port, flows are but numbers */
	struct rte_rcu_qsbr *qsbr;
	struct objpool_gp *gps[NR_DOMAINS]; /* that of NO_DOMAIN is NULL */
	struct objpool *pool;
	const struct scheme *scheme;
	struct result *result;
	atomic_bool stop; /* readers shall */
	/* schemes' */
	struct objpool *batches;
	struct batch *batch; /* the one being filled */
	struct rte_rcu_qsbr_dq *queue;
	/* the writer's */
	_Atomic(struct flow *) slots[NR_FLOWS]; /* in the table, by age */
	struct flow *spare[BURST], *old[BURST];
	unsigned int nr_spare, nr_old, nr_flows;
	uint64_t serial;                 /* of the last new flow */
	uint64_t nr_packets, nr_counted; /* with an entry; seen by entries */
};

extern const struct scheme schemes[NR_SCHEMES]; /* the first is no scheme */

/* Look flows up until r->stop: an lcore's function. */
int
read_flows(void *recycler);

/* Fill the table and recycle its entries for a round; online in liburcu. */
void
write_flows(struct recycler *r);

/* Bring all objects home, the readers being gone; whether all is there. */
bool
bring_home(struct recycler *r);

#endif /* RECYCLE_RECYCLE_H */
