/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

#ifndef TESTPMD_OPTIONS_H
#define TESTPMD_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <rte_config.h>
#include <rte_ether.h>

#include "engine.h"

/* Most packets a burst. */
#define BURST_MAX 512

/* Which port sends what another received. */
enum topology {
	TOPOLOGY_PAIRED,  /* 0 and 1 to each other, 2 and 3, ... */
	TOPOLOGY_CHAINED, /* 0 to 1, 1 to 2, ..., the last to 0 */
	TOPOLOGY_LOOP,    /* each to itself */
};

/* What the user asked for. */
struct options {
	/* How to run */
	bool help;
	bool interactive;
	bool auto_start;
	bool tx_first;
	bool no_flush_rx;
	uint32_t stats_period; /* seconds; 0: no periodic statistics */
	uint32_t idle_seconds; /* without a packet, then stop; 0: never */
	uint64_t nr_packets;   /* to stop after; 0: never */

	/* Who forwards what, and how */
	const struct engine *engine;
	enum topology topology;
	uint32_t nr_cores;
	uint32_t nr_ports; /* 0: all */
	uint32_t burst;
	uint32_t txpkt_len; /* bytes of a packet made by txonly */
	struct rte_ether_addr peers[RTE_MAX_ETHPORTS];
	bool peer_given[RTE_MAX_ETHPORTS];

	/* Ports */
	uint32_t nr_rxq;
	uint32_t nr_txq;
	uint32_t nr_rxd;      /* 0: the PMD's default */
	uint32_t nr_txd;      /* 0: the PMD's default */
	uint32_t max_pkt_len; /* bytes with CRC; 0: the PMD's default */

	/* Pools */
	uint32_t nr_mbufs;   /* each pool; 0: what ports and cores need */
	uint32_t cache_size; /* mbufs of rte_mempool's own cache, each lcore */
	uint32_t mbuf_size;  /* bytes for data, headroom included */
	uint32_t replace_ms; /* between replacements of pools; 0: none */
	bool numa;           /* a pool for each NUMA node that has ports */
	int node;            /* for everything; SOCKET_ID_ANY: the port's */
};

/* Read the options that follow "--". Touches nothing outside the process.
 * 0, or -EINVAL after a complaint.
 */
int
options_parse(struct options *options, int argc, char **argv);

/* Print what can be asked for. */
void
options_usage(void);

#endif /* TESTPMD_OPTIONS_H */
