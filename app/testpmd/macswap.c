/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Mode macswap: packets go out with source and destination address exchanged,
 * so that with --port-topology=loop each returns to its sender. What is too
 * short to have an Ethernet header goes out as it is.
 */

#include "stream.h"

static void
macswap_run(struct stream *stream)
{
	struct rte_mbuf *pkts[BURST_MAX];
	uint16_t n = stream_receive(stream, pkts);

	for (uint16_t i = 0; i < n; i++) {
		struct rte_ether_hdr *eth = ether_header(pkts[i]);
		struct rte_ether_addr sender;

		if (eth == NULL)
			continue;
		sender = eth->src_addr;
		eth->src_addr = eth->dst_addr;
		eth->dst_addr = sender;
	}
	if (n > 0)
		stream_send(stream, pkts, n);
}

const struct engine macswap_engine = {
	.name = "macswap",
	.receives = true,
	.sends = true,
	.run = macswap_run,
};
