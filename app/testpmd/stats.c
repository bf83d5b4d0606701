/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Statistics, in the form that users of dpdk-testpmd and their scripts know.
 *
 * There are two views. Port statistics are the PMD's counters as they are.
 * Forward statistics are the difference of these to the moment when forwarding
 * started (or the counters were cleared), and what the streams counted: packets
 * that a Tx queue did not take and that were dropped. RX-dropped is what the
 * port missed for want of descriptors, TX-total what it should have sent.
 * Where a port has several streams, each gets a block of its own as well.
 */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_errno.h>

#include "complain.h"
#include "stats.h"

#define HASHES "########################"
#define DASHES "----------------------"
#define PLUSES "+++++++++++++++"

/* Forward statistics of a port, or of all. */
struct totals {
	uint64_t received;
	uint64_t missed;
	uint64_t errors;
	uint64_t no_mbuf;
	uint64_t sent;
	uint64_t dropped;
};

static void
port_read(const struct port *port, struct rte_eth_stats *stats)
{
	int ret;

	memset(stats, 0, sizeof(*stats));
	ret = rte_eth_stats_get(port->id, stats);
	if (ret < 0)
		complain("port %u: no statistics (%s)", port->id,
			rte_strerror(-ret));
}

/* Count from here on. */
static void
port_take_base(struct port *port)
{
	port_read(port, &port->base);
	port->shown = port->base;
	port->shown_tsc = rte_rdtsc();
}

void
stats_take_base(struct ports *ports)
{
	for (uint16_t i = 0; i < ports->nr; i++)
		port_take_base(&ports->port[i]);
}

void
stats_clear(struct ports *ports)
{
	for (uint16_t i = 0; i < ports->nr; i++) {
		struct port *port = &ports->port[i];
		int ret = rte_eth_stats_reset(port->id);

		if (ret < 0) {
			complain(
				"port %u: its statistics cannot be cleared (%s)",
				port->id, rte_strerror(-ret));
			continue;
		}
		port_take_base(port);
		printf("\n  NIC statistics for port %u cleared\n", port->id);
	}
}

/* Events per second; 0 where counters went back or no time has passed. */
static uint64_t
rate(uint64_t now, uint64_t before, uint64_t cycles)
{
	if (cycles == 0 || now < before)
		return 0;
	return (double)(now - before) * rte_get_tsc_hz() / cycles;
}

static void
port_print_rates(struct port *port, const struct rte_eth_stats *now)
{
	const struct rte_eth_stats *before = &port->shown;
	uint64_t tsc = rte_rdtsc();
	uint64_t cycles = port->shown_tsc > 0 ? tsc - port->shown_tsc : 0;

	printf("\n  Throughput (since last show)\n");
	printf("  Rx-pps: %12" PRIu64 "          Rx-bps: %12" PRIu64 "\n",
		rate(now->ipackets, before->ipackets, cycles),
		8 * rate(now->ibytes, before->ibytes, cycles));
	printf("  Tx-pps: %12" PRIu64 "          Tx-bps: %12" PRIu64 "\n",
		rate(now->opackets, before->opackets, cycles),
		8 * rate(now->obytes, before->obytes, cycles));
	port->shown = *now;
	port->shown_tsc = tsc;
}

void
stats_print_ports(struct ports *ports)
{
	for (uint16_t i = 0; i < ports->nr; i++) {
		struct port *port = &ports->port[i];
		struct rte_eth_stats s;

		port_read(port, &s);
		printf("\n  " HASHES " NIC statistics for port %-2u " HASHES
		       "\n",
			port->id);
		printf("  RX-packets: %-10" PRIu64 " RX-missed: %-10" PRIu64
		       " RX-bytes:  %-" PRIu64 "\n",
			s.ipackets, s.imissed, s.ibytes);
		printf("  RX-errors: %-" PRIu64 "\n", s.ierrors);
		printf("  RX-nombuf:  %-10" PRIu64 "\n", s.rx_nombuf);
		printf("  TX-packets: %-10" PRIu64 " TX-errors: %-10" PRIu64
		       " TX-bytes:  %-" PRIu64 "\n",
			s.opackets, s.oerrors, s.obytes);
		port_print_rates(port, &s);
		printf("  " HASHES HASHES HASHES "####\n");
	}
}

static void
streams_print(const struct forward *forward)
{
	for (unsigned int i = 0; i < forward->nr_streams; i++) {
		const struct stream *s = &forward->streams[i];

		printf("\n  ------- Forward Stats for RX Port=%2u/Queue=%2u -> "
		       "TX Port=%2u/Queue=%2u -------\n",
			s->rx_port, s->rx_queue, s->tx_port, s->tx_queue);
		printf("  RX-packets: %-14" PRIu64 " TX-packets: %-14" PRIu64
		       " TX-dropped: %-14" PRIu64 "\n",
			counter_read(&s->received), counter_read(&s->sent),
			counter_read(&s->dropped));
	}
}

static struct totals
port_totals(const struct forward *forward, const struct port *port)
{
	const struct rte_eth_stats *base = &port->base;
	struct rte_eth_stats now;
	struct totals t;

	port_read(port, &now);
	t = (struct totals){
		.received = now.ipackets - base->ipackets,
		.missed = now.imissed - base->imissed,
		.errors = now.ierrors - base->ierrors,
		.no_mbuf = now.rx_nombuf - base->rx_nombuf,
		.sent = now.opackets - base->opackets,
	};
	for (unsigned int i = 0; i < forward->nr_streams; i++)
		if (forward->streams[i].tx_port == port->id)
			t.dropped += counter_read(&forward->streams[i].dropped);
	return t;
}

static void
totals_print(const struct totals *t)
{
	printf("  RX-packets: %-14" PRIu64 " RX-dropped: %-14" PRIu64
	       "RX-total: %-" PRIu64 "\n",
		t->received, t->missed, t->received + t->missed);
	if (t->errors > 0 || t->no_mbuf > 0)
		printf("  RX-error: %-" PRIu64 "\n  RX-nombufs: %-14" PRIu64
		       "\n",
			t->errors, t->no_mbuf);
	printf("  TX-packets: %-14" PRIu64 " TX-dropped: %-14" PRIu64
	       "TX-total: %-" PRIu64 "\n",
		t->sent, t->dropped, t->sent + t->dropped);
}

void
stats_print_forward(const struct forward *forward, const struct ports *ports)
{
	struct totals all = { 0 };

	if (forward->nr_streams > ports->nr)
		streams_print(forward);
	for (uint16_t i = 0; i < ports->nr; i++) {
		const struct port *port = &ports->port[i];
		struct totals t = port_totals(forward, port);

		printf("\n  " DASHES " Forward statistics for port %-2u " DASHES
		       "\n",
			port->id);
		totals_print(&t);
		printf("  " DASHES DASHES DASHES "----------\n");
		all.received += t.received;
		all.missed += t.missed;
		all.errors += t.errors;
		all.no_mbuf += t.no_mbuf;
		all.sent += t.sent;
		all.dropped += t.dropped;
	}
	printf("\n  " PLUSES
	       " Accumulated forward statistics for all ports" PLUSES "\n");
	totals_print(&all);
	printf("  " PLUSES PLUSES PLUSES PLUSES PLUSES "+\n");
}
