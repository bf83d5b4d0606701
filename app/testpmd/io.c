/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Mode io: packets go out as they came in. Nothing touches their data, which
 * makes this the mode that measures drivers and pools.
 */

#include "stream.h"

static void
io_run(struct stream *stream)
{
	struct rte_mbuf *pkts[BURST_MAX];
	uint16_t n = stream_receive(stream, pkts);

	if (n > 0)
		stream_send(stream, pkts, n);
}

const struct engine io_engine = {
	.name = "io",
	.receives = true,
	.sends = true,
	.run = io_run,
};
