/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* The options of this program, in one table, settings[]; how it is read and
 * shown: app/common/command.c.
 *
 * Names and defaults are those of dpdk-testpmd where it has the option, except
 * for the size of mempool's cache, which objpool does without, and for what
 * --help says.
 *
 * Only what depends on nothing but other options is checked here; ports, cores
 * and memory are checked where they are known.
 */

#include <ctype.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <rte_mbuf_core.h>
#include <rte_mempool.h>

#include <objpool/objpool.h>

#include "command.h"
#include "complain.h"
#include "options.h"
#include "stream.h"

/* Seconds with a decimal point, kept as milliseconds. */
static int
set_seconds(void *options, const struct setting *setting, const char *text)
{
	uint32_t *field = RTE_PTR_ADD(options, setting->field);
	double ms = -1;
	char *end;

	/* strtod() alone would take signs, exponents, "inf" and more. */
	if (isdigit((unsigned char)text[0]) &&
		text[strspn(text, "0123456789.")] == '\0') {
		ms = strtod(text, &end) * 1000;
		if (*end != '\0')
			ms = -1;
	}
	if (ms < setting->min || ms > setting->max) {
		complain("--%s=%s: wants a number of seconds from %g to %g",
			setting->name, text, setting->min / 1e3,
			setting->max / 1e3);
		return -EINVAL;
	}
	*field = ms + 0.5;
	return 0;
}

static int
set_nr_packets(void *to, const struct setting *setting, const char *text)
{
	struct options *options = to;
	return read_number(setting, text, &options->nr_packets);
}

static int
set_node(void *to, const struct setting *setting, const char *text)
{
	struct options *options = to;
	uint64_t number;

	if (read_number(setting, text, &number) < 0)
		return -EINVAL;
	options->node = number;
	return 0;
}

static int
set_engine(void *to, const struct setting *setting, const char *text)
{
	struct options *options = to;
	options->engine = engine_find(text);
	if (options->engine != NULL)
		return 0;
	complain("--%s=%s: unknown mode; there are " ENGINE_NAMES,
		setting->name, text);
	return -EINVAL;
}

static int
set_topology(void *to, const struct setting *setting, const char *text)
{
	struct options *options = to;
	if (strcmp(text, "paired") == 0)
		options->topology = TOPOLOGY_PAIRED;
	else if (strcmp(text, "chained") == 0)
		options->topology = TOPOLOGY_CHAINED;
	else if (strcmp(text, "loop") == 0)
		options->topology = TOPOLOGY_LOOP;
	else {
		complain("--%s=%s: wants paired, chained or loop",
			setting->name, text);
		return -EINVAL;
	}
	return 0;
}

static int
set_peer(void *to, const struct setting *setting, const char *text)
{
	struct options *options = to;
	const char *comma = strchr(text, ',');
	struct rte_ether_addr addr;
	char port[8] = "";
	uint64_t number;

	if (comma != NULL && comma - text < (ptrdiff_t)sizeof(port))
		memcpy(port, text, comma - text);
	if (parse_number(port, 0, RTE_MAX_ETHPORTS - 1, &number) < 0 ||
		rte_ether_unformat_addr(comma + 1, &addr) < 0) {
		complain("--%s=%s: wants a port from 0 to %u and an Ethernet "
			 "address, as in 0,02:00:00:00:00:01",
			setting->name, text, RTE_MAX_ETHPORTS - 1);
		return -EINVAL;
	}
	options->peers[number] = addr;
	options->peer_given[number] = true;
	return 0;
}

#define FIELD(name) offsetof(struct options, name)

static const struct setting settings[] = {
	{ "help", 'h', NULL, set_flag, FIELD(help), 0, 0,
		"print this and end" },
	{ "interactive", 'i', NULL, set_flag, FIELD(interactive), 0, 0,
		"read commands from stdin until quit or its end" },
	{ "auto-start", 'a', NULL, set_flag, FIELD(auto_start), 0, 0,
		"start forwarding at once; always so without -i" },
	{ "tx-first", 0, NULL, set_flag, FIELD(tx_first), 0, 0,
		"send a burst from each stream first; not with -i" },
	{ "stats-period", 0, "SECONDS", set_number, FIELD(stats_period), 0,
		86400, "print port statistics so often; not with -i" },
	{ "num-packets", 0, "N", set_nr_packets, FIELD(nr_packets), 1,
		UINT64_MAX,
		"end when N packets or more were received, or sent in\n"
		"mode txonly" },
	{ "exit-when-idle", 0, "SECONDS", set_number, FIELD(idle_seconds), 1,
		86400,
		"end when no packet was received for so long, or none\n"
		"sent in mode txonly" },
	{ "forward-mode", 0, "MODE", set_engine, 0, 0, 0,
		ENGINE_NAMES " [io]" },
	{ "port-topology", 0, "HOW", set_topology, 0, 0, 0,
		"paired, chained or loop [paired]" },
	{ "nb-cores", 0, "N", set_number, FIELD(nr_cores), 1, RTE_MAX_LCORE - 1,
		"lcores that forward, beside the main one [1]" },
	{ "nb-ports", 0, "N", set_number, FIELD(nr_ports), 1, RTE_MAX_ETHPORTS,
		"use the first N ports [all]" },
	{ "burst", 0, "N", set_number, FIELD(burst), 1, BURST_MAX,
		"packets a burst, at most 512 [32]" },
	{ "rxq", 0, "N", set_number, FIELD(nr_rxq), 1, RTE_MAX_QUEUES_PER_PORT,
		"Rx queues a port [1]" },
	{ "txq", 0, "N", set_number, FIELD(nr_txq), 1, RTE_MAX_QUEUES_PER_PORT,
		"Tx queues a port [1]" },
	{ "rxd", 0, "N", set_number, FIELD(nr_rxd), 1, UINT16_MAX,
		"descriptors an Rx queue [the PMD's default]" },
	{ "txd", 0, "N", set_number, FIELD(nr_txd), 1, UINT16_MAX,
		"descriptors a Tx queue [the PMD's default]" },
	{ "max-pkt-len", 0, "BYTES", set_number, FIELD(max_pkt_len),
		RTE_ETHER_MIN_LEN, UINT16_MAX,
		"longest packet, CRC included [the PMD's default]" },
	{ "no-flush-rx", 0, NULL, set_flag, FIELD(no_flush_rx), 0, 0,
		"do not drop what waits in Rx queues at the start; for\n"
		"net_pcap always so, as its input comes only once" },
	{ "total-num-mbufs", 0, "N", set_number, FIELD(nr_mbufs), 1,
		OBJPOOL_OBJS_MAX,
		"mbufs a pool [what queues and lcores need, 8192 or more]" },
	{ "mbcache", 0, "N", set_number, FIELD(cache_size), 0,
		RTE_MEMPOOL_CACHE_MAX_SIZE,
		"mbufs in mempool's own cache of each lcore; objpool\n"
		"needs none [0]" },
	{ "mbuf-size", 0, "BYTES", set_number, FIELD(mbuf_size),
		RTE_PKTMBUF_HEADROOM + RTE_ETHER_MIN_LEN, UINT16_MAX,
		"data of an mbuf, headroom included [2176]" },
	{ "replace-pool", 0, "SECONDS", set_seconds, FIELD(replace_ms), 1,
		86400000,
		"replace all pools so often while packets move, as 60\n"
		"or 0.01; what is replaced is freed with its last packet" },
	{ "numa", 0, NULL, set_flag, FIELD(numa), 0, 0,
		"a pool on each NUMA node that has ports [so]" },
	{ "no-numa", 0, NULL, clear_flag, FIELD(numa), 0, 0,
		"one pool, on the main lcore's node" },
	{ "socket-num", 0, "NODE", set_node, 0, 0, RTE_MAX_NUMA_NODES - 1,
		"one pool, on this NUMA node" },
	{ "txpkts", 0, "BYTES", set_number, FIELD(txpkt_len), UDP_HEADERS_LEN,
		UINT16_MAX, "length of what txonly and tx-first send [64]" },
	{ "eth-peer", 0, "PORT,ADDRESS", set_peer, 0, 0, 0,
		"whom mac and txonly send to [02:00:00:00:00:PORT]" },
};

static void
options_set_defaults(struct options *options)
{
	*options = (struct options){
		.engine = &io_engine,
		.topology = TOPOLOGY_PAIRED,
		.nr_cores = 1,
		.burst = 32,
		.txpkt_len = 64,
		.nr_rxq = 1,
		.nr_txq = 1,
		.mbuf_size = RTE_MBUF_DEFAULT_BUF_SIZE,
		.numa = true,
		.node = SOCKET_ID_ANY,
	};
	for (unsigned int i = 0; i < RTE_MAX_ETHPORTS; i++) {
		options->peers[i].addr_bytes[0] = RTE_ETHER_LOCAL_ADMIN_ADDR;
		options->peers[i].addr_bytes[5] = i;
	}
}

/* Refuse options that contradict each other. */
static int
options_check(const struct options *options)
{
	const uint32_t room = options->mbuf_size - RTE_PKTMBUF_HEADROOM;

	if (options->interactive &&
		(options->tx_first || options->stats_period > 0 ||
			options->nr_packets > 0 || options->idle_seconds > 0)) {
		complain("--tx-first, --stats-period, --num-packets and "
			 "--exit-when-idle are for runs without --interactive");
		return -EINVAL;
	}
	if (options->txpkt_len > room) {
		complain("--txpkts=%u: an mbuf has room for %u bytes; raise "
			 "--mbuf-size",
			options->txpkt_len, room);
		return -EINVAL;
	}
	if (options->replace_ms > 0 && options->cache_size > 0) {
		complain(
			"--replace-pool: mempool's own caches (--mbcache=%u) "
			"would keep mbufs of pools that are replaced; give one "
			"or the other",
			options->cache_size);
		return -EINVAL;
	}
	if (options->nr_mbufs > 0 &&
		options->cache_size * 3 / 2 > options->nr_mbufs) {
		complain(
			"--mbcache=%u: at most two thirds of --total-num-mbufs "
			"(%u) can be cached",
			options->cache_size, options->nr_mbufs);
		return -EINVAL;
	}
	return 0;
}

int
options_parse(struct options *options, int argc, char **argv)
{
	options_set_defaults(options);
	if (command_parse(options, settings, RTE_DIM(settings), argc, argv) < 0)
		return -EINVAL;
	return options_check(options);
}

void
options_usage(void)
{
	printf("Usage: " PROGRAM " [EAL options] -- [options]\n\n"
	       "Receives, forwards and sends packets whose mbufs come from "
	       "an objpool.\n\n"
	       "Options [and what holds without them]:\n");
	command_print(settings, RTE_DIM(settings), 32);
	printf("\nEAL options of use here:\n"
	       "  --vdev=net_pcap0,rx_pcap=IN,tx_pcap=OUT  a pair of files\n"
	       "  --vdev=net_af_packet0,iface=NAME         an interface\n"
	       "  --vdev=net_null0                         endless packets\n"
	       "  --no-pci                                 leave NICs alone\n"
	       "  --mbuf-pool-ops-name=NAME                not objpool, but "
	       "another driver\n"
	       "  --huge-unlink                            leave no files in "
	       "/dev/hugepages\n"
	       "  --no-huge -m 512                         do without "
	       "hugepages\n\n"
	       "Without -i, forwarding ends with a signal (SIGINT, SIGTERM), "
	       "as --num-packets or\n--exit-when-idle say or, without these "
	       "and --stats-period, with Enter. The exit\nstatus is 0 only "
	       "if every mbuf was back in its pool then, and all pools "
	       "that were\nreplaced are released.\n");
}
