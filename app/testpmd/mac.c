/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Mode mac: as a router does, packets go out with the sending port's own
 * address as source and the address of its peer (--eth-peer) as destination.
 * What is too short to have an Ethernet header goes out as it is.
 */

#include "stream.h"

static void
mac_run(struct stream *stream)
{
	struct rte_mbuf *pkts[BURST_MAX];
	uint16_t n = stream_receive(stream, pkts);

	for (uint16_t i = 0; i < n; i++) {
		struct rte_ether_hdr *eth = ether_header(pkts[i]);

		if (eth == NULL)
			continue;
		eth->dst_addr = stream->peer;
		eth->src_addr = stream->tx_addr;
	}
	if (n > 0)
		stream_send(stream, pkts, n);
}

const struct engine mac_engine = {
	.name = "mac",
	.receives = true,
	.sends = true,
	.run = mac_run,
};
