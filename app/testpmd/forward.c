/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Forwarding: who moves which packets where, starting and stopping it.
 *
 * The topology maps each port to the one that sends what it receives, one to
 * one. Queue q of the first feeds queue q of the second; such a way is a
 * stream. Streams are dealt out to worker lcores in equal shares, at most one
 * share for each of --nb-cores, and stay there. A worker goes round its
 * streams, a burst each, until the main lcore sets the stop flag; then it
 * returns to EAL's wait loop, holding no packet. The main lcore does not
 * forward.
 *
 * Sharing is ruled out by the plan, not by locks: a Tx queue has one stream
 * because topology and queue numbers are one to one, so more Rx than Tx queues
 * are refused in modes that do both.
 */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include <rte_launch.h>
#include <rte_lcore.h>
#include <rte_malloc.h>

#include "forward.h"
#include "complain.h"
#include "stats.h"

int
forward_check(const struct options *options, const struct engine *engine)
{
	unsigned int nr_workers = rte_lcore_count() - 1;

	if (nr_workers == 0) {
		complain("no lcore to forward with beside the main one; give "
			 "EAL two or more, for example -l 0-1");
		return -EINVAL;
	}
	if (options->nr_cores > nr_workers) {
		complain(
			"--nb-cores=%u: EAL has %u lcores beside the main one; "
			"name more with -l",
			options->nr_cores, nr_workers);
		return -EINVAL;
	}
	if (engine->receives && engine->sends &&
		options->nr_rxq > options->nr_txq) {
		complain(
			"mode %s wants at least as many Tx queues (--txq=%u) as "
			"Rx queues (--rxq=%u)",
			engine->name, options->nr_txq, options->nr_rxq);
		return -EINVAL;
	}
	return 0;
}

/* The port, by its place among those in use, that sends for port i. */
static uint16_t
topology_peer(uint16_t i, uint16_t nr_ports, enum topology topology)
{
	switch (topology) {
	case TOPOLOGY_PAIRED:
		/* The last of an odd number has only itself. */
		return (i ^ 1) < nr_ports ? i ^ 1 : i;
	case TOPOLOGY_CHAINED:
		return (i + 1) % nr_ports;
	case TOPOLOGY_LOOP:
		break;
	}
	return i;
}

static void
stream_plan(struct stream *stream, const struct port *rx, const struct port *tx,
	uint16_t queue, const struct options *options)
{
	stream->rx_port = rx->id;
	stream->tx_port = tx->id;
	stream->rx_queue = options->engine->receives ? queue : 0;
	stream->tx_queue = options->engine->sends ? queue : 0;
	stream->rx_node = rx->node;
	stream->tx_node = tx->node;
	stream->burst = options->burst;
	stream->txpkt_len = options->txpkt_len;
	stream->tx_addr = tx->addr;
	stream->peer = options->peers[tx->id];
	stream->pool = tx->pool;
	stream_set_headers(stream);
}

/* Deal the streams out to lcores. */
static void
workers_plan(struct forward *forward, const struct options *options)
{
	unsigned int n = RTE_MIN(options->nr_cores, forward->nr_streams);
	struct stream *next = forward->streams;
	unsigned int lcore, i = 0;

	RTE_LCORE_FOREACH_WORKER(lcore)
	{
		struct worker *worker = &forward->workers[i];

		if (i == n)
			break;
		worker->lcore = lcore;
		worker->streams = next;
		worker->nr_streams = forward->nr_streams / n +
			(i < forward->nr_streams % n ? 1 : 0);
		worker->engine = forward->engine;
		worker->stop = &forward->stop;
		next += worker->nr_streams;
		i++;
	}
	forward->nr_workers = n;
}

int
forward_plan(struct forward *forward, const struct ports *ports,
	const struct options *options)
{
	const struct engine *engine = options->engine;
	uint32_t nr_queues =
		engine->receives ? options->nr_rxq : options->nr_txq;
	struct stream *stream;

	if (forward->running)
		return 0;
	if (forward_check(options, engine) < 0)
		return -EINVAL;

	forward_fini(forward);
	stream = rte_zmalloc("streams", sizeof(*stream) * nr_queues * ports->nr,
		RTE_CACHE_LINE_SIZE);
	if (stream == NULL) {
		complain("not enough memory for %u streams",
			nr_queues * ports->nr);
		return -ENOMEM;
	}
	forward->streams = stream;
	forward->nr_streams = nr_queues * ports->nr;
	forward->engine = engine;
	for (uint32_t q = 0; q < nr_queues; q++)
		for (uint16_t i = 0; i < ports->nr; i++) {
			uint16_t peer =
				topology_peer(i, ports->nr, options->topology);

			stream_plan(stream++, &ports->port[i],
				&ports->port[peer], q, options);
		}
	workers_plan(forward, options);
	return 0;
}

static void
stream_print(const struct stream *stream)
{
	printf("  RX P=%u/Q=%u (socket %d) -> TX P=%u/Q=%u (socket %d) ",
		stream->rx_port, stream->rx_queue, stream->rx_node,
		stream->tx_port, stream->tx_queue, stream->tx_node);
	printf("peer=" RTE_ETHER_ADDR_PRT_FMT "\n",
		RTE_ETHER_ADDR_BYTES(&stream->peer));
}

void
forward_print(const struct forward *forward, const struct ports *ports)
{
	printf("%s packet forwarding - ports=%u - cores=%u - streams=%u\n",
		forward->engine->name, ports->nr, forward->nr_workers,
		forward->nr_streams);
	for (unsigned int i = 0; i < forward->nr_workers; i++) {
		const struct worker *worker = &forward->workers[i];

		printf("Logical Core %u (socket %u) forwards packets on %u "
		       "streams:\n",
			worker->lcore, rte_lcore_to_socket_id(worker->lcore),
			worker->nr_streams);
		for (unsigned int s = 0; s < worker->nr_streams; s++)
			stream_print(&worker->streams[s]);
	}
	printf("\n  %s packet forwarding packets/burst=%u\n\n",
		forward->engine->name, forward->streams[0].burst);
}

/* What a worker lcore does. */
static int
worker_run(void *arg)
{
	const struct worker *worker = arg;

	while (!atomic_load_explicit(worker->stop, memory_order_relaxed))
		for (unsigned int i = 0; i < worker->nr_streams; i++)
			worker->engine->run(&worker->streams[i]);
	return 0;
}

int
forward_start(struct forward *forward, struct ports *ports,
	const struct options *options, bool tx_first)
{
	unsigned int i;
	int ret;

	ret = forward_plan(forward, ports, options);
	if (ret < 0)
		return ret;
	forward_print(forward, ports);
	if (options->topology == TOPOLOGY_PAIRED && ports->nr % 2 == 1)
		printf("Warning: of an odd number of ports, the last (%u) is "
		       "paired with itself\n\n",
			ports->port[ports->nr - 1].id);
	ports_flush(ports, options);
	stats_take_base(ports);
	atomic_store_explicit(&forward->stop, false, memory_order_relaxed);
	forward->running = true;

	/* No worker runs yet: the streams are still the main lcore's. */
	if (tx_first)
		for (i = 0; i < forward->nr_streams; i++)
			txonly_engine.run(&forward->streams[i]);

	for (i = 0; i < forward->nr_workers; i++) {
		struct worker *worker = &forward->workers[i];

		ret = rte_eal_remote_launch(worker_run, worker, worker->lcore);
		if (ret < 0) {
			complain("lcore %u is busy with something else",
				worker->lcore);
			forward_stop(forward);
			return ret;
		}
	}
	return 0;
}

void
forward_stop(struct forward *forward)
{
	if (!forward->running)
		return;
	printf("Telling cores to stop...\n");
	atomic_store_explicit(&forward->stop, true, memory_order_relaxed);
	printf("Waiting for lcores to finish...\n");
	for (unsigned int i = 0; i < forward->nr_workers; i++)
		rte_eal_wait_lcore(forward->workers[i].lcore);
	forward->running = false;
}

uint64_t
forward_progress(const struct forward *forward)
{
	uint64_t n = 0;

	for (unsigned int i = 0; i < forward->nr_streams; i++) {
		const struct stream *stream = &forward->streams[i];

		n += counter_read(forward->engine->receives ?
				&stream->received :
				&stream->sent);
	}
	return n;
}

void
forward_fini(struct forward *forward)
{
	rte_free(forward->streams);
	forward->streams = NULL;
	forward->nr_streams = 0;
}
