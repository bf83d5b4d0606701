/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Mode txonly: packets are made here and sent, nothing is received. They are
 * UDP datagrams of --txpkts bytes to the port's peer, from the discard port to
 * the discard port (9), between two addresses of the range that RFC 2544 sets
 * aside for such tests; the payload is zeros. All headers are computed once,
 * before forwarding starts. Where the pool has no burst of mbufs left, nothing
 * is sent this time; the pool counts that.
 */

#include <string.h>

#include "stream.h"

#define DISCARD_PORT 9

void
stream_set_headers(struct stream *stream)
{
	const uint16_t ip_len =
		stream->txpkt_len - sizeof(struct rte_ether_hdr);
	const struct rte_ether_hdr eth = {
		.dst_addr = stream->peer,
		.src_addr = stream->tx_addr,
		.ether_type = rte_cpu_to_be_16(RTE_ETHER_TYPE_IPV4),
	};
	struct rte_ipv4_hdr ip = {
		.version_ihl = RTE_IPV4_VHL_DEF,
		.total_length = rte_cpu_to_be_16(ip_len),
		.time_to_live = 64,
		.next_proto_id = IPPROTO_UDP,
		.src_addr = rte_cpu_to_be_32(RTE_IPV4(198U, 18, 0, 1)),
		.dst_addr = rte_cpu_to_be_32(RTE_IPV4(198U, 18, 0, 2)),
	};
	const struct rte_udp_hdr udp = {
		.src_port = rte_cpu_to_be_16(DISCARD_PORT),
		.dst_port = rte_cpu_to_be_16(DISCARD_PORT),
		.dgram_len = rte_cpu_to_be_16(ip_len - sizeof(ip)),
	};
	uint8_t *headers = stream->headers;

	ip.hdr_checksum = rte_ipv4_cksum(&ip);
	memcpy(headers, &eth, sizeof(eth));
	memcpy(headers + sizeof(eth), &ip, sizeof(ip));
	memcpy(headers + sizeof(eth) + sizeof(ip), &udp, sizeof(udp));
}

static void
make_packet(const struct stream *stream, struct rte_mbuf *pkt)
{
	uint8_t *data = rte_pktmbuf_mtod(pkt, uint8_t *);

	memcpy(data, stream->headers, UDP_HEADERS_LEN);
	memset(data + UDP_HEADERS_LEN, 0, stream->txpkt_len - UDP_HEADERS_LEN);
	pkt->data_len = stream->txpkt_len;
	pkt->pkt_len = stream->txpkt_len;
}

static void
txonly_run(struct stream *stream)
{
	struct rte_mbuf *pkts[BURST_MAX];
	uint16_t n = stream->burst;

	if (rte_pktmbuf_alloc_bulk(stream->pool, pkts, n) != 0)
		return;
	for (uint16_t i = 0; i < n; i++)
		make_packet(stream, pkts[i]);
	stream_send(stream, pkts, n);
}

const struct engine txonly_engine = {
	.name = "txonly",
	.receives = false,
	.sends = true,
	.run = txonly_run,
};
