/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* objpool-recycle: recycle the entries of a flow table while others read it, and
 * compare ways to know when an entry may be used again (schemes[]).
 *
 * The main lcore writes. An entry is found by its key in a cds_lfht, and by its age in
 * slots[]. A new flow puts the oldest one out of both; it is retired at the end of the
 * burst. Other lcores take flows from slots[], look up their keys, and look again at
 * the end of the burst: an entry with another serial number by then was recycled while
 * it was being read. A burst is a read section of liburcu and of rte_rcu_qsbr.
 *
 * Schemes take turns; each round has a pool of its own, and all is home at its end.
 * Only pop and retire are timed: what liburcu's threads do besides shows in the rate.
 */

#include <err.h>
#include <stdatomic.h>
#include <stdlib.h>

#include <rte_ethdev.h>
#include <rte_hash_crc.h>
#include <rte_malloc.h>
#include <rte_net.h>
#include <urcu-qsbr.h>
#include <urcu/rculfhash.h>

#include <objpool/rte_qsbr.h>
#include <objpool/urcu.h>

#define BURST    32  /* packets, or lookups, between quiescent states */
#define NR_FLOWS 128 /* in the table; a power of two for cds_lfht */
#define ROUNDS   5   /* of each scheme */
#define SAMPLES  256 /* of what is parked, a round */

static const char help[] =
	"objpool-recycle EAL-OPTIONS --vdev net_pcap0,rx_pcap=FILE,infinite_rx=1 --\n"
	"  --synthetic=M  no port, but M million new flows a second\n"
	"  --objects=N    in the pool (262144)\n"
	"  --scheme=NAME  only unsafe (a plain push), push_rcu-urcu, push_rcu-qsbr,\n"
	"                 call_rcu, call_rcu-256, defer_rcu or qsbr-dq (DPDK's queue)\n"
	"  --seconds=S    of each scheme (1)\n"
	"Columns: million entries recycled a second; cycles of pop and retire, an entry;\n"
	"entries neither free nor in use, median and at most; flows that found no entry\n"
	"free; lookups; entries that became others under a reader.\n";

/* An object of the pool, and an entry of the table. */
struct flow {
	struct cds_lfht_node node;
	struct rcu_head head; /* this and next: for call_rcu only */
	struct flow *next;
	_Atomic(uint64_t) serial;
	struct flow_key {
		uint32_t protocols; /* RTE_PTYPE_* */
		uint32_t ports; /* of TCP and UDP; or --synthetic's number */
		uint8_t addresses[32];
	} key;
};

/* A way to give entries back that readers may be looking at, and its results. */
struct scheme {
	const char *name;
	struct objpool_gp **gp; /* the pool's domain */
	void (*retire)(struct flow **flows, unsigned int n);
	unsigned int chain; /* entries, of a call_rcu */
	double rate[ROUNDS], cycles[ROUNDS], parked[ROUNDS * SAMPLES];
	unsigned int nr_samples;
	uint64_t misses;
	_Atomic(uint64_t) lookups, violations;
};

/* What is asked for. */
static double nr_objs = 1 << 18, seconds = 1, rate;
static const char *only;

static uint16_t port;
static struct rte_rcu_qsbr *qsbr;
static struct objpool_gp *urcu_gp, *qsbr_gp;
static struct rte_rcu_qsbr_dq *queue;
static struct cds_lfht *table; /* NULL: synthetic */
static struct flow *slots[NR_FLOWS];
static struct scheme *scheme; /* whose round it is */
static struct objpool *pool;
static atomic_bool stop; /* readers shall */

/* The writer's: flows so far, and what it has in hand. */
static uint64_t serial;
static struct flow *spare[BURST], *old[BURST], *chain;
static unsigned int nr_spare, nr_old, nr_chained;

static void
must(bool good, const char *what)
{
	if (!good)
		errx(1, "%s", what);
}

/* The control: no grace period. The readers' check must see it. */
static void
push_now(struct flow **flows, unsigned int n)
{
	objpool_push_bulk((void **)flows, n, pool);
}

/* The pool does it all: what waits lies in its own blocks. */
static void
push_rcu(struct flow **flows, unsigned int n)
{
	objpool_push_rcu_bulk((void **)flows, n, pool);
}

static void
free_flow(void *flow)
{
	objpool_push(flow, pool);
}

static void
free_chain(struct rcu_head *head)
{
	struct flow *next, *flow = container_of(head, struct flow, head);

	for (; flow != NULL; flow = next) {
		next = flow->next;
		free_flow(flow);
	}
}

/* liburcu's thread, which wakes up every 10 ms, frees one entry or many. */
static void
call_chains(struct flow **flows, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		flows[i]->next = chain;
		chain = flows[i];
		if (++nr_chained % scheme->chain != 0)
			continue;
		call_rcu(&chain->head, free_chain);
		chain = NULL;
	}
}

/* liburcu queues 4096 calls, then waits for readers on the spot. */
static void
defer_each(struct flow **flows, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		defer_rcu(free_flow, flows[i]);
}

static void
free_queued(void *unused __rte_unused, void *flows, unsigned int n)
{
	push_now(flows, n);
}

/* DPDK's queue of (token, entry). Looked at once a burst, not at every entry. */
static void
queue_each(struct flow **flows, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		must(rte_rcu_qsbr_dq_enqueue(queue, &flows[i]) == 0,
			"no room in the defer queue");
	rte_rcu_qsbr_dq_reclaim(queue, 2 * BURST, NULL, NULL, NULL);
}

static struct scheme schemes[] = {
	{ "unsafe", &urcu_gp, .retire = push_now },
	{ "push_rcu-urcu", &urcu_gp, .retire = push_rcu },
	{ "push_rcu-qsbr", &qsbr_gp, .retire = push_rcu },
	{ "call_rcu", &urcu_gp, .retire = call_chains, .chain = 1 },
	{ "call_rcu-256", &urcu_gp, .retire = call_chains, .chain = 256 },
	{ "defer_rcu", &urcu_gp, .retire = defer_each },
	{ "qsbr-dq", &urcu_gp, .retire = queue_each },
};

static int
key_matches(struct cds_lfht_node *node, const void *key)
{
	const struct flow *flow = container_of(node, struct flow, node);

	return memcmp(&flow->key, key, sizeof(flow->key)) == 0;
}

static struct flow *
find(const struct flow_key *key)
{
	struct cds_lfht_iter i;

	cds_lfht_lookup(table, rte_hash_crc(key, sizeof(*key), 0), key_matches,
		key, &i);
	return i.node ? container_of(i.node, struct flow, node) : NULL;
}

/* Look flows up, and look whether some became others. */
static int
read_flows(void *unused __rte_unused)
{
	unsigned int i, n, slot = 0, lcore = rte_lcore_id();
	uint64_t lookups = 0, violations = 0, serials[BURST];
	struct flow *flow, *flows[BURST];

	rcu_register_thread();
	rte_rcu_qsbr_thread_register(qsbr, lcore);
	rte_rcu_qsbr_thread_online(qsbr, lcore);
	while (!atomic_load_explicit(&stop, memory_order_relaxed)) {
		rcu_read_lock();
		for (i = n = 0; i < BURST; i++) {
			flow = rcu_dereference(slots[slot++ % NR_FLOWS]);
			if (flow != NULL && table != NULL)
				flow = find(&flow->key);
			if (flow == NULL)
				continue;
			serials[n] = flow->serial;
			flows[n++] = flow;
		}
		for (i = 0; i < n; i++)
			violations += flows[i]->serial != serials[i];
		rcu_read_unlock();
		lookups += n;
		rcu_quiescent_state();
		rte_rcu_qsbr_quiescent(qsbr, lcore);
	}
	rte_rcu_qsbr_thread_offline(qsbr, lcore);
	rte_rcu_qsbr_thread_unregister(qsbr, lcore);
	rcu_unregister_thread();
	scheme->lookups += lookups;
	scheme->violations += violations;
	return 0;
}

/* Put a flow where another one, which readers still see, was; either may be NULL. */
static struct flow *
replace(struct flow **slot, struct flow *flow)
{
	struct flow *was = *slot;

	if (table != NULL && was != NULL)
		cds_lfht_del(table, &was->node);
	if (table != NULL && flow != NULL)
		cds_lfht_add(table,
			rte_hash_crc(&flow->key, sizeof(flow->key), 0),
			&flow->node);
	rcu_assign_pointer(*slot, flow);
	return was;
}

static void
begin_flow(const struct flow_key *key)
{
	struct flow *flow = nr_spare > 0 ? spare[--nr_spare] : NULL;

	serial++;
	if (flow == NULL) {
		scheme->misses++;
		return;
	}
	atomic_store_explicit(&flow->serial, serial, memory_order_relaxed);
	flow->key = *key;
	old[nr_old] = replace(&slots[serial % NR_FLOWS], flow);
	nr_old += old[nr_old] != NULL;
}

/* Which flow does a packet belong to? False: it has no IP. */
static bool
key_of(const struct rte_mbuf *m, struct flow_key *key)
{
	struct rte_net_hdr_lens hdr;
	uint32_t type = rte_net_get_ptype(m, &hdr,
		RTE_PTYPE_L2_MASK | RTE_PTYPE_L3_MASK | RTE_PTYPE_L4_MASK);
	uint32_t l4 = type & RTE_PTYPE_L4_MASK;
	const char *ip = rte_pktmbuf_mtod_offset(m, char *, hdr.l2_len);

	*key = (struct flow_key){ .protocols = type };
	if (RTE_ETH_IS_IPV4_HDR(type))
		memcpy(key->addresses, ip + 12, 8);
	else if (RTE_ETH_IS_IPV6_HDR(type))
		memcpy(key->addresses, ip + 8, 32);
	if ((l4 == RTE_PTYPE_L4_TCP || l4 == RTE_PTYPE_L4_UDP) &&
		hdr.l2_len + hdr.l3_len + 4 <= rte_pktmbuf_data_len(m))
		memcpy(&key->ports, ip + hdr.l3_len, sizeof(key->ports));
	return (type & RTE_PTYPE_L3_MASK) != 0;
}

static void
receive(void)
{
	struct rte_mbuf *mbufs[BURST];
	unsigned int n = rte_eth_rx_burst(port, 0, mbufs, BURST);
	struct flow_key key;

	for (unsigned int i = 0; i < n; i++)
		if (key_of(mbufs[i], &key) && find(&key) == NULL)
			begin_flow(&key);
	rte_pktmbuf_free_bulk(mbufs, n);
}

/* One burst, of packets or of numbers; the cycles of pop and retire. */
static uint64_t
recycle(void)
{
	uint64_t begin = rte_rdtsc(), popped, flows;

	nr_spare += objpool_pop_burst(pool, (void **)spare + nr_spare,
		BURST - nr_spare);
	popped = rte_rdtsc();
	nr_old = 0;
	if (table != NULL)
		receive();
	for (unsigned int i = 0; table == NULL && i < BURST; i++)
		begin_flow(&(struct flow_key){ .ports = serial });
	flows = rte_rdtsc();
	scheme->retire(old, nr_old);
	return popped - begin + rte_rdtsc() - flows;
}

/* Recycle for a round, then give all back, while readers are looking. */
static void
write_flows(unsigned int round)
{
	uint64_t hz = rte_get_tsc_hz(), length = seconds / ROUNDS * hz, now;
	uint64_t burst = rate > 0 ? BURST * hz / (rate * 1e6) : 0, due = 0;
	uint64_t begin = rte_rdtsc(), sample = 0, cycles = 0, objects = 0;
	double parked;

	while ((now = rte_rdtsc() - begin) < length) {
		if (now < due)
			continue; /* without packets: keep to the rate */
		due += burst;
		cycles += recycle();
		objects += nr_old;
		rcu_quiescent_state();
		if (now < sample)
			continue;
		sample += length / SAMPLES + 1;
		parked = nr_objs - NR_FLOWS - nr_spare - objpool_nr_free(pool);
		scheme->parked[scheme->nr_samples++] = RTE_MAX(parked, 0);
	}
	scheme->cycles[round] = (double)cycles / objects;
	scheme->rate[round] = (double)objects * hz / now / 1e6;
	for (unsigned int i = 0; i < NR_FLOWS; i++)
		if ((old[0] = replace(&slots[i], NULL)) != NULL)
			scheme->retire(old, 1);
	if (chain != NULL)
		call_rcu(&chain->head, free_chain);
	chain = NULL;
	push_now(spare, nr_spare);
	nr_spare = nr_chained = 0;
}

static void
run_round(unsigned int round)
{
	struct objpool_attr attr = { .name = scheme->name,
		.nr_objs = nr_objs,
		.obj_size = sizeof(struct flow),
		.gp = *scheme->gp };

	must(objpool_create(&attr, &pool) == 0, "no memory for objects");
	stop = false;
	rte_eal_mp_remote_launch(read_flows, NULL, SKIP_MAIN);
	rcu_register_thread();
	write_flows(round);
	rcu_unregister_thread();
	stop = true;
	rte_eal_mp_wait_lcore();
	must(scheme->rate[round] > 0, "nothing to recycle: no packets?");
	rcu_barrier();
	rcu_defer_barrier_thread();
	rte_rcu_qsbr_dq_reclaim(queue, nr_objs, NULL, NULL, NULL);
	while (objpool_collect(pool) > 0)
		rte_delay_us_sleep(1000);
	must(objpool_nr_free(pool) == nr_objs, "not all objects came home");
	must(objpool_fini_wait(pool, 1000) == 0, "the pool does not end");
}

static int
compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static double
median(double *values, unsigned int n)
{
	qsort(values, n, sizeof(*values), compare);
	return values[n / 2];
}

/* Print results. Right is: entries changed under readers where they had to. */
static bool
report(struct scheme *s)
{
	printf("%-14s %8.2f %8.1f %8.0f ", s->name, median(s->rate, ROUNDS),
		median(s->cycles, ROUNDS), median(s->parked, s->nr_samples));
	printf("%8.0f %10" PRIu64 " %10" PRIu64 " %10" PRIu64 "\n",
		s->parked[s->nr_samples - 1], s->misses, s->lookups,
		s->violations);
	return (s->violations > 0) == (s == &schemes[0]);
}

static void
parse(char **args)
{
	char end;

	for (; *args != NULL; args++)
		if (strncmp(*args, "--scheme=", 9) == 0)
			only = *args + 9;
		else if (sscanf(*args, "--synthetic=%lf%c", &rate, &end) != 1 &&
			sscanf(*args, "--objects=%lf%c", &nr_objs, &end) != 1 &&
			sscanf(*args, "--seconds=%lf%c", &seconds, &end) != 1)
			errx(1, "'%s' is not understood", *args);
	must(nr_objs >= 1024 && nr_objs <= OBJPOOL_OBJS_MAX,
		"--objects is not 1024 to 16777216");
	must(seconds >= 0.01 && seconds <= 3600, "--seconds is not 0.01 to 3600");
	must(rate == 0 || (rate >= 0.01 && rate <= 1000),
		"--synthetic is not 0.01 to 1000");
	nr_objs = (uint32_t)nr_objs;
}

static void
set_up_port(void)
{
	struct rte_eth_conf conf = { 0 };
	struct rte_mempool *mbufs = rte_pktmbuf_pool_create("mbufs", 16383, 0,
		0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);

	must(rte_eth_dev_count_avail() == 1, "give one port, or --synthetic above 0");
	port = rte_eth_find_next(0);
	table = cds_lfht_new(NR_FLOWS, NR_FLOWS, NR_FLOWS, 0, NULL);
	must(mbufs != NULL && table != NULL, "no memory for mbufs and table");
	must(rte_eth_dev_configure(port, 1, 0, &conf) == 0 &&
			rte_eth_rx_queue_setup(port, 0, 1024, SOCKET_ID_ANY,
				NULL, mbufs) == 0 &&
			rte_eth_dev_start(port) == 0,
		"the port does not start");
	rte_eth_promiscuous_enable(port);
}

static void
set_up_domains(void)
{
	struct rte_rcu_qsbr_dq_parameters dq = { .name = "recycle",
		.flags = RTE_RCU_QSBR_DQ_MT_UNSAFE,
		.size = nr_objs,
		.esize = sizeof(struct flow *),
		.free_fn = free_queued,
		.trigger_reclaim_limit = nr_objs + 1 /* never */ };

	dq.v = qsbr = rte_zmalloc(NULL, rte_rcu_qsbr_get_memsize(RTE_MAX_LCORE),
		RTE_CACHE_LINE_SIZE);
	rte_rcu_qsbr_init(qsbr, RTE_MAX_LCORE); /* refuses NULL, as the next */
	queue = rte_rcu_qsbr_dq_create(&dq);
	must(queue != NULL, "no memory for a defer queue");
	must(objpool_gp_create_qsbr(qsbr, NULL, &qsbr_gp) == 0, "no domain");
	must(objpool_gp_create_urcu(&rcu_flavor, NULL, &urcu_gp) == 0,
		"no domain");
}

int
main(int argc, char **argv)
{
	unsigned int i, nr = RTE_DIM(schemes);
	bool good = true;
	int n;

	for (n = 1; n < argc; n++)
		if (strcmp(argv[n], "--help") == 0)
			return fputs(help, stdout) < 0;
	/* liburcu's threads run where their creator may: before EAL pins it. */
	get_default_call_rcu_data();
	rcu_defer_register_thread();
	atexit(rcu_defer_unregister_thread); /* or liburcu aborts */
	must((n = rte_eal_init(argc, argv)) >= 0, "EAL does not start");
	parse(argv + n + 1);
	must(rte_lcore_count() >= 2, "two lcores are needed");
	if (rate == 0)
		set_up_port();
	set_up_domains();
	for (i = 0; i < ROUNDS * nr; i++)
		if (only == NULL || strcmp(only, schemes[i % nr].name) == 0) {
			scheme = &schemes[i % nr];
			run_round(i / nr);
		}
	must(scheme != NULL, "no such scheme; --help names them");
	puts("scheme           Mobj/s   cycles   parked  at most     misses"
	     "    lookups violations");
	for (i = 0; i < nr; i++)
		good &= schemes[i].nr_samples == 0 || report(&schemes[i]);
	must(good, "readers saw what they must not, or \"unsafe\" is not seen");
	must(objpool_gp_destroy(urcu_gp) == 0, "liburcu's domain is in use");
	must(objpool_gp_destroy(qsbr_gp) == 0, "DPDK's domain is in use");
	must(table == NULL || cds_lfht_destroy(table, NULL) == 0, "lost flows");
	rte_eal_cleanup();
	return 0;
}
