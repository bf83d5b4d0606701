/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* The table of the youngest flows: one lcore fills it and recycles its entries, the
 * others look them up.
 *
 * An entry is found by its key in a cds_lfht, and by its age in slots[]. A new flow
 * puts the oldest one out of both; it is retired at the end of the burst. A burst is a
 * read section of liburcu and of rte_rcu_qsbr. Readers take flows from slots[] in it,
 * look up their keys, and look again at the end: an entry whose generation or key is
 * another by then was recycled while it was being read.
 *
 * What is timed is pop and retire; packets and table lie between. What threads of
 * liburcu do besides is not in it; it shows in the rate. Parked is what is neither
 * free, nor in the table, nor in the writer's hand.
 */

#include <rte_ethdev.h>
#include <rte_hash_crc.h>
#include <rte_net.h>

#include "recycle.h"

struct sight {
	const struct flow *flow;
	uint64_t generation;
	struct flow_key key;
};

static int
key_matches(struct cds_lfht_node *node, const void *key)
{
	const struct flow *flow = container_of(node, struct flow, node);

	return memcmp(&flow->key, key, sizeof(flow->key)) == 0;
}

static struct flow *
find(const struct recycler *r, const struct flow_key *key)
{
	struct cds_lfht_iter i;

	cds_lfht_lookup(r->table, rte_hash_crc(key, sizeof(*key), 0),
		key_matches, key, &i);
	return i.node ? container_of(i.node, struct flow, node) : NULL;
}

/* Look at the flow in a slot, if there is one. */
static bool
see(const struct recycler *r, unsigned int slot, struct sight *s)
{
	s->flow = atomic_load_explicit(&r->slots[slot % NR_FLOWS],
		memory_order_acquire);
	if (s->flow != NULL && r->table != NULL)
		s->flow = find(r, &s->flow->key);
	if (s->flow == NULL)
		return false;
	s->generation = atomic_load(&s->flow->generation);
	s->key = s->flow->key;
	return true;
}

/* Has it become another one? */
static bool
has_changed(const struct sight *s)
{
	return atomic_load(&s->flow->generation) != s->generation ||
		memcmp(&s->flow->key, &s->key, sizeof(s->key)) != 0;
}

int
read_flows(void *recycler)
{
	struct recycler *r = recycler;
	struct objpool_reader readers[NR_DOMAINS];
	struct sight sights[BURST];
	unsigned int i, n, slot = 0, lcore = rte_lcore_id();
	uint64_t lookups = 0, violations = 0;
	char name[16];

	snprintf(name, sizeof(name), "lcore-%u", lcore);
	rcu_register_thread();
	rte_rcu_qsbr_thread_register(r->qsbr, lcore);
	rte_rcu_qsbr_thread_online(r->qsbr, lcore);
	objpool_reader_register_urcu(r->gps[URCU], &readers[URCU], name);
	objpool_reader_register_qsbr(r->gps[QSBR], &readers[QSBR], name, lcore);
	while (!atomic_load_explicit(&r->stop, memory_order_relaxed)) {
		rcu_read_lock();
		for (i = n = 0; i < BURST; i++)
			n += see(r, slot++, &sights[n]);
		for (i = 0; i < n; i++)
			violations += has_changed(&sights[i]);
		rcu_read_unlock();
		lookups += n;
		rcu_quiescent_state();
		rte_rcu_qsbr_quiescent(r->qsbr, lcore);
	}
	objpool_reader_unregister(r->gps[QSBR], &readers[QSBR]);
	objpool_reader_unregister(r->gps[URCU], &readers[URCU]);
	rte_rcu_qsbr_thread_offline(r->qsbr, lcore);
	rte_rcu_qsbr_thread_unregister(r->qsbr, lcore);
	rcu_unregister_thread();
	atomic_fetch_add(&r->result->lookups, lookups);
	atomic_fetch_add(&r->result->violations, violations);
	return 0;
}

/* Take the flow of a slot out of the table; NULL if there is none. */
static struct flow *
take_out(struct recycler *r, unsigned int slot)
{
	struct flow *flow = atomic_load(&r->slots[slot]);

	if (flow == NULL)
		return NULL;
	if (r->table != NULL)
		cds_lfht_del(r->table, &flow->node);
	r->nr_flows--;
	r->nr_counted += flow->packets;
	return flow;
}

/* Make a new flow an entry, in the place of the oldest one. */
static void
put_in(struct recycler *r, const struct flow_key *key)
{
	unsigned int slot = ++r->serial % NR_FLOWS;
	struct flow *flow;

	if (r->nr_spare == 0) {
		r->result->misses++;
		return;
	}
	flow = take_out(r, slot);
	if (flow != NULL)
		r->old[r->nr_old++] = flow;
	flow = r->spare[--r->nr_spare];
	atomic_store_explicit(&flow->generation, flow->generation + 1,
		memory_order_relaxed);
	flow->r = r;
	flow->packets = 1;
	flow->key = *key;
	if (r->table != NULL)
		cds_lfht_add(r->table, rte_hash_crc(key, sizeof(*key), 0),
			&flow->node);
	atomic_store_explicit(&r->slots[slot], flow, memory_order_release);
	r->nr_flows++;
	r->nr_packets++;
}

/* Which flow does a packet belong to? False: it has no IP. */
static bool
key_of(const struct rte_mbuf *m, struct flow_key *key)
{
	struct rte_net_hdr_lens hdr;
	uint32_t type = rte_net_get_ptype(m, &hdr,
		RTE_PTYPE_L2_MASK | RTE_PTYPE_L3_MASK | RTE_PTYPE_L4_MASK);
	uint32_t l4 = type & RTE_PTYPE_L4_MASK, at, len;
	const void *from;

	if (RTE_ETH_IS_IPV4_HDR(type)) {
		at = offsetof(struct rte_ipv4_hdr, src_addr);
		len = 2 * sizeof(rte_be32_t);
	} else if (RTE_ETH_IS_IPV6_HDR(type)) {
		at = offsetof(struct rte_ipv6_hdr, src_addr);
		len = 32;
	} else {
		return false;
	}
	/* Ports come next, unless there are options. */
	if ((l4 == RTE_PTYPE_L4_TCP || l4 == RTE_PTYPE_L4_UDP) &&
		hdr.l3_len == at + len)
		len += 4;
	memset(key, 0, sizeof(*key));
	key->protocols = type;
	from = rte_pktmbuf_read(m, hdr.l2_len + at, len, key->tuple);
	if (from != NULL && from != key->tuple)
		memcpy(key->tuple, from, len);
	return from != NULL;
}

static void
receive(struct recycler *r)
{
	struct rte_mbuf *mbufs[BURST];
	unsigned int n = rte_eth_rx_burst(r->port, 0, mbufs, BURST);
	struct flow_key key;
	struct flow *flow;

	for (unsigned int i = 0; i < n; i++) {
		if (!key_of(mbufs[i], &key))
			continue;
		flow = find(r, &key);
		if (flow == NULL) {
			put_in(r, &key);
			continue;
		}
		flow->packets++;
		r->nr_packets++;
	}
	rte_pktmbuf_free_bulk(mbufs, n);
}

/* Without packets, each number is a flow. */
static void
count_up(struct recycler *r)
{
	struct flow_key key = { 0 };

	for (unsigned int i = 0; i < BURST; i++) {
		memcpy(key.tuple, &r->serial, sizeof(r->serial));
		put_in(r, &key);
	}
}

/* One burst; the cycles of pop and retire. */
static uint64_t
recycle(struct recycler *r)
{
	uint64_t begin = rte_rdtsc(), popped, table;

	r->nr_spare += objpool_pop_burst(r->pool,
		(void **)r->spare + r->nr_spare, BURST - r->nr_spare);
	popped = rte_rdtsc();
	if (r->table != NULL)
		receive(r);
	else
		count_up(r);
	table = rte_rdtsc();
	r->scheme->retire(r, r->old, r->nr_old);
	return popped - begin + rte_rdtsc() - table;
}

void
write_flows(struct recycler *r)
{
	struct result *result = r->result;
	uint64_t begin = rte_rdtsc(), now, cycles = 0, objects = 0;
	uint64_t due = r->burst_cycles, sample_due = 0;
	int64_t parked;

	while ((now = rte_rdtsc() - begin) < r->round_cycles) {
		if (now < due)
			continue; /* without packets: keep to the rate */
		due += r->burst_cycles;
		cycles += recycle(r);
		objects += r->nr_old;
		r->nr_old = 0;
		rcu_quiescent_state();
		if (now < sample_due)
			continue;
		sample_due += r->round_cycles / SAMPLES + 1;
		parked = (int64_t)r->nr_objs - r->nr_flows - r->nr_spare -
			objpool_nr_free(r->pool); /* not exact now */
		result->parked[result->nr_samples++] = RTE_MAX(parked, 0);
	}
	if (objects == 0)
		return;
	result->cycles[result->nr_rounds] = (double)cycles / objects;
	result->rate[result->nr_rounds++] =
		(double)objects * rte_get_tsc_hz() / now;
}

bool
bring_home(struct recycler *r)
{
	uint32_t nr_home;
	struct flow *flow;

	objpool_push_bulk((void **)r->spare, r->nr_spare, r->pool);
	r->nr_spare = 0;
	if (r->scheme->fini != NULL)
		r->scheme->fini(r);
	nr_home = objpool_nr_free(r->pool) + r->nr_flows;
	for (unsigned int i = 0; i < NR_FLOWS; i++) {
		flow = take_out(r, i);
		if (flow != NULL)
			objpool_push(flow, r->pool);
		atomic_store(&r->slots[i], NULL);
	}
	if (nr_home != r->nr_objs || objpool_nr_free(r->pool) != r->nr_objs)
		warnx("%s: %u objects of %u came home", r->scheme->name,
			nr_home, r->nr_objs);
	else if (r->nr_counted != r->nr_packets)
		warnx("%s: entries counted %" PRIu64 " packets of %" PRIu64,
			r->scheme->name, r->nr_counted, r->nr_packets);
	else
		return true;
	return false;
}
