/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

#ifndef TESTPMD_FORWARD_H
#define TESTPMD_FORWARD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <rte_config.h>

#include "options.h"
#include "ports.h"
#include "stream.h"

/* An lcore and the streams that it serves. */
struct worker {
	unsigned int lcore;
	unsigned int nr_streams;
	struct stream *streams;
	const struct engine *engine;
	const atomic_bool *stop;
};

/* Forwarding as it is going on, or went on last. */
struct forward {
	bool running;
	atomic_bool stop; /* main lcore to workers */
	const struct engine *engine;
	unsigned int nr_streams;
	unsigned int nr_workers;
	struct stream *streams;
	struct worker workers[RTE_MAX_LCORE];
};

/* Whether queues and lcores suffice for a mode. 0, or negative after a complaint.
 */
int
forward_check(const struct options *options, const struct engine *engine);

/* Lay out streams and workers for the present options, unless forwarding runs.
 * 0, or negative after a complaint.
 */
int
forward_plan(struct forward *forward, const struct ports *ports,
	const struct options *options);

/* Plan and start forwarding, with a burst made here first if tx_first. 0, or
 * negative after a complaint.
 */
int
forward_start(struct forward *forward, struct ports *ports,
	const struct options *options, bool tx_first);

/* Stop the workers, if they run, and wait for them. */
void
forward_stop(struct forward *forward);

/* Print who serves what. */
void
forward_print(const struct forward *forward, const struct ports *ports);

/* Packets received since the start, or sent in modes that do not receive. */
uint64_t
forward_progress(const struct forward *forward);

/* Free the streams. */
void
forward_fini(struct forward *forward);

#endif /* TESTPMD_FORWARD_H */
