/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

#ifndef TESTPMD_PORTS_H
#define TESTPMD_PORTS_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_config.h>
#include <rte_ethdev.h>
#include <rte_mempool.h>

#include "options.h"

/* One Ethernet port. */
struct port {
	uint16_t id;
	uint16_t nr_rxd;
	uint16_t nr_txd;
	bool flush; /* throw away what waits in Rx queues at the start */
	bool started;
	int node; /* of its pool */
	struct rte_mempool *pool;
	struct rte_ether_addr addr;

	/* For the statistics: counters when forwarding started or they were
	 * cleared; counters when shown last, and when that was, in TSC cycles.
	 */
	struct rte_eth_stats base;
	struct rte_eth_stats shown;
	uint64_t shown_tsc;
};

/* The ports in use. */
struct ports {
	uint16_t nr;
	struct port port[RTE_MAX_ETHPORTS];
};

/* Find the ports to use and check that they can be what was asked for.
 * 0, or negative after a complaint.
 */
int
ports_find(struct ports *ports, const struct options *options);

/* Configure and start all ports; their pools must be set. On failure those
 * that were started still want ports_stop(). 0, or negative after a complaint.
 */
int
ports_start(struct ports *ports, const struct options *options);

/* Wait until all links are up, some seconds at most, and print them. */
void
ports_wait_for_links(const struct ports *ports);

/* Throw away what waits in Rx queues, where that is wanted. */
void
ports_flush(const struct ports *ports, const struct options *options);

/* Stop what was started. */
void
ports_stop(struct ports *ports);

/* Close all ports, so that no mbuf is left in them. */
void
ports_close(struct ports *ports);

#endif /* TESTPMD_PORTS_H */
