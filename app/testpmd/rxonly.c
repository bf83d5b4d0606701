/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Mode rxonly: packets are received, counted and freed. */

#include "stream.h"

static void
rxonly_run(struct stream *stream)
{
	struct rte_mbuf *pkts[BURST_MAX];
	uint16_t n = stream_receive(stream, pkts);

	if (n > 0)
		rte_pktmbuf_free_bulk(pkts, n);
}

const struct engine rxonly_engine = {
	.name = "rxonly",
	.receives = true,
	.sends = false,
	.run = rxonly_run,
};
