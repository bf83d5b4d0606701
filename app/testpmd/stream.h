/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* A stream is one way that packets go: from an Rx queue of one port to a Tx
 * queue of a port. Each is served by one lcore, so that neither queues nor
 * counters need protection; each Rx queue and each Tx queue belongs to one
 * stream at most.
 */

#ifndef TESTPMD_STREAM_H
#define TESTPMD_STREAM_H

#include <stdalign.h>
#include <stdatomic.h>
#include <stdint.h>

#include <rte_common.h>
#include <rte_ethdev.h>
#include <rte_ether.h>
#include <rte_ip.h>
#include <rte_mbuf.h>
#include <rte_udp.h>

#include "options.h"

/* Bytes of the headers of a packet that txonly makes. */
#define UDP_HEADERS_LEN                                                        \
	(sizeof(struct rte_ether_hdr) + sizeof(struct rte_ipv4_hdr) +          \
		sizeof(struct rte_udp_hdr))

struct stream {
	/* Set before forwarding starts. */
	alignas(RTE_CACHE_LINE_SIZE) uint16_t rx_port;
	uint16_t rx_queue;
	uint16_t tx_port;
	uint16_t tx_queue;
	uint16_t burst;
	uint16_t txpkt_len;
	int rx_node; /* NUMA nodes of the ports' pools */
	int tx_node;
	struct rte_ether_addr tx_addr; /* of tx_port */
	struct rte_ether_addr peer;    /* whom tx_port sends to */
	struct rte_mempool *pool;      /* of tx_port, for packets made here */
	uint8_t headers[UDP_HEADERS_LEN]; /* of these packets */

	/* Written by the lcore that serves the stream, read by the main one. */
	alignas(RTE_CACHE_LINE_SIZE) _Atomic(uint64_t) received;
	_Atomic(uint64_t) sent;
	_Atomic(uint64_t) dropped; /* received, or made, but not taken by Tx */
};

/* Fill in the headers for txonly from the other settings. */
void
stream_set_headers(struct stream *stream);

/* Add to a counter that this lcore alone writes. */
static inline void
counter_add(_Atomic(uint64_t) *counter, uint64_t n)
{
	uint64_t value = atomic_load_explicit(counter, memory_order_relaxed);

	atomic_store_explicit(counter, value + n, memory_order_relaxed);
}

static inline uint64_t
counter_read(const _Atomic(uint64_t) *counter)
{
	return atomic_load_explicit(counter, memory_order_relaxed);
}

/* Receive up to a burst of packets, now the caller's; the number of them. */
static inline uint16_t
stream_receive(struct stream *stream, struct rte_mbuf **pkts)
{
	uint16_t n = rte_eth_rx_burst(stream->rx_port, stream->rx_queue, pkts,
		stream->burst);

	if (n > 0)
		counter_add(&stream->received, n);
	return n;
}

/* Send packets; those that the Tx queue has no room for are dropped. */
static inline void
stream_send(struct stream *stream, struct rte_mbuf **pkts, uint16_t n)
{
	uint16_t sent =
		rte_eth_tx_burst(stream->tx_port, stream->tx_queue, pkts, n);

	counter_add(&stream->sent, sent);
	if (unlikely(sent < n)) {
		rte_pktmbuf_free_bulk(pkts + sent, n - sent);
		counter_add(&stream->dropped, n - sent);
	}
}

/* The Ethernet header of a packet, or NULL if it is too short for one. */
static inline struct rte_ether_hdr *
ether_header(struct rte_mbuf *pkt)
{
	if (unlikely(rte_pktmbuf_data_len(pkt) < RTE_ETHER_HDR_LEN))
		return NULL;
	return rte_pktmbuf_mtod(pkt, struct rte_ether_hdr *);
}

#endif /* TESTPMD_STREAM_H */
