/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* objpool-recycle: recycle the entries of a flow table while others read it, and
 * compare ways to know when an entry may be used again (schemes.c).
 *
 * Packets come from a port, a capture for instance:
 *	objpool-recycle -l 0,1 --vdev net_pcap0,rx_pcap=FILE,infinite_rx=1
 * With --synthetic=10 there are none, but 10 million new flows a second. The main
 * lcore writes, others read (flows.c). Schemes take turns, ROUNDS times; each round
 * has a pool of its own. Medians are printed. The exit status is 0 if no reader saw an
 * entry change, except with "unsafe", where one must have, or the check proves nothing;
 * and if after each round all objects were home.
 */

#include <getopt.h>
#include <stdlib.h>

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_malloc.h>

#include "recycle.h"

#define NR_MBUFS 16383

/* What the command line asks for. */
struct options {
	double seconds, nr_objs;
	double rate; /* above 0: no packets, but so many M objects a second */
	int only;    /* this scheme; -1: all */
};

static double
number(const char *text, double min, double max)
{
	char *end;
	double value = strtod(text, &end);

	if (end == text || *end != '\0' || !(value >= min && value <= max))
		errx(1, "'%s' is not a number from %g to %g", text, min, max);
	return value;
}

static int
scheme_named(const char *name)
{
	for (int i = 0; i < NR_SCHEMES; i++)
		if (strcmp(schemes[i].name, name) == 0)
			return i;
	errx(1, "no scheme is called '%s'", name);
}

static void
parse(struct options *o, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "objects", required_argument, NULL, 'o' },
		{ "scheme", required_argument, NULL, 'c' },
		{ "seconds", required_argument, NULL, 's' },
		{ "synthetic", required_argument, NULL, 'r' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1)
		if (c == 'o')
			o->nr_objs = number(optarg, 1024, OBJPOOL_OBJS_MAX);
		else if (c == 'c')
			o->only = scheme_named(optarg);
		else if (c == 's')
			o->seconds = number(optarg, 0.01, 3600);
		else if (c == 'r')
			o->rate = number(optarg, 0.01, 1000);
		else
			exit(1); /* getopt said why */
	if (optind < argc)
		errx(1, "'%s' is not an option", argv[optind]);
}

static void
start_port(uint16_t port)
{
	struct rte_eth_conf conf = { 0 };
	struct rte_mempool *mbufs = rte_pktmbuf_pool_create("mbufs", NR_MBUFS,
		0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);

	if (mbufs == NULL)
		errx(1, "no memory for %u mbufs", NR_MBUFS);
	if (rte_eth_dev_configure(port, 1, 0, &conf) < 0 ||
		rte_eth_rx_queue_setup(port, 0, 1024, SOCKET_ID_ANY, NULL,
			mbufs) < 0 ||
		rte_eth_dev_start(port) < 0)
		errx(1, "port %u does not start", port);
	rte_eth_promiscuous_enable(port);
}

static void
set_up(struct recycler *r, const struct options *o)
{
	r->nr_objs = (uint32_t)o->nr_objs;
	r->round_cycles = o->seconds / ROUNDS * rte_get_tsc_hz();
	if (rte_lcore_count() < 2)
		errx(1, "two lcores are needed, to write and to read");
	if (o->rate > 0) {
		r->burst_cycles = BURST * rte_get_tsc_hz() / (o->rate * 1e6);
	} else {
		if (rte_eth_dev_count_avail() != 1)
			errx(1, "one port is needed, not %u, or --synthetic",
				rte_eth_dev_count_avail());
		r->port = rte_eth_find_next(0);
		start_port(r->port);
		r->table = cds_lfht_new(NR_FLOWS, NR_FLOWS, NR_FLOWS, 0, NULL);
		if (r->table == NULL)
			errx(1, "no memory for the table");
	}
	r->qsbr = rte_zmalloc(NULL, rte_rcu_qsbr_get_memsize(RTE_MAX_LCORE),
		RTE_CACHE_LINE_SIZE);
	if (r->qsbr == NULL || rte_rcu_qsbr_init(r->qsbr, RTE_MAX_LCORE) != 0 ||
		objpool_gp_create_urcu(&rcu_flavor, NULL, &r->gps[URCU]) < 0 ||
		objpool_gp_create_qsbr(r->qsbr, NULL, &r->gps[QSBR]) < 0)
		errx(1, "no memory for domains");
}

/* One round of a scheme; whether every object came home. */
static bool
run_round(struct recycler *r, const struct scheme *scheme,
	struct result *result)
{
	struct objpool_attr attr = {
		.name = scheme->name,
		.nr_objs = r->nr_objs,
		.obj_size = sizeof(struct flow),
		.gp = r->gps[scheme->domain],
	};
	bool whole;

	if (objpool_create(&attr, &r->pool) < 0)
		errx(1, "no memory for %u objects", r->nr_objs);
	r->scheme = scheme;
	r->result = result;
	atomic_store(&r->stop, false);
	if (scheme->init != NULL)
		scheme->init(r);
	rte_eal_mp_remote_launch(read_flows, r, SKIP_MAIN);
	rcu_thread_online();
	write_flows(r);
	rcu_thread_offline();
	atomic_store(&r->stop, true);
	rte_eal_mp_wait_lcore();
	whole = bring_home(r);
	return objpool_fini_wait(r->pool, 1000) == 0 && whole;
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

/* Print what a scheme did; whether it, and the control, did right. */
static bool
report(const struct scheme *scheme, struct result *s)
{
	bool unsafe = scheme == &schemes[0];

	if (s->nr_rounds == 0) {
		warnx("%s recycled nothing: no packets?", scheme->name);
		return false;
	}
	printf("%-14s %8.2f %8.1f %8.0f ", scheme->name,
		median(s->rate, s->nr_rounds) / 1e6,
		median(s->cycles, s->nr_rounds),
		median(s->parked, s->nr_samples));
	printf("%8.0f %10" PRIu64 " %10" PRIu64 " %10" PRIu64 "\n",
		s->parked[s->nr_samples - 1], s->misses, s->lookups,
		s->violations);
	if (unsafe && s->violations == 0)
		warnx("readers saw nothing change: their check is void");
	return (s->violations > 0) == unsafe;
}

/* liburcu aborts a program that ends, with an error or without, and does not. */
static void
leave_rcu(void)
{
	rcu_defer_unregister_thread();
	rcu_unregister_thread();
}

int
main(int argc, char **argv)
{
	struct options o = { .seconds = 1, .nr_objs = 1 << 18, .only = -1 };
	struct recycler r = { 0 };
	struct objpool_reader writer;
	struct result *results = calloc(NR_SCHEMES, sizeof(*results));
	bool good = true;
	int n;

	/* liburcu's threads run where their creator may: before EAL pins it. */
	rcu_register_thread();
	rcu_defer_register_thread();
	atexit(leave_rcu);
	get_default_call_rcu_data();
	rcu_thread_offline();
	n = rte_eal_init(argc, argv);
	if (n < 0)
		errx(1, "EAL does not start: %s", rte_strerror(rte_errno));
	if (results == NULL)
		errx(1, "no memory");
	parse(&o, argc - n, argv + n);
	set_up(&r, &o);
	objpool_reader_register_urcu(r.gps[URCU], &writer, "writer");
	for (int i = 0; i < ROUNDS * NR_SCHEMES; i++)
		if (o.only < 0 || o.only == i % NR_SCHEMES)
			good &= run_round(&r, &schemes[i % NR_SCHEMES],
				&results[i % NR_SCHEMES]);
	printf("%-14s %8s %8s %8s %8s %10s %10s %10s\n", "scheme", "Mobj/s",
		"cycles", "parked", "at most", "misses", "lookups",
		"violations");
	for (int i = 0; i < NR_SCHEMES; i++)
		if (o.only < 0 || o.only == i)
			good &= report(&schemes[i], &results[i]);
	objpool_reader_unregister(r.gps[URCU], &writer);
	good &= objpool_gp_destroy(r.gps[URCU]) == 0 &&
		objpool_gp_destroy(r.gps[QSBR]) == 0;
	if (r.table != NULL) {
		good &= cds_lfht_destroy(r.table, NULL) == 0;
		rte_eth_dev_stop(r.port);
		rte_eth_dev_close(r.port);
	}
	rte_eal_cleanup();
	free(results);
	return good ? 0 : 1;
}
