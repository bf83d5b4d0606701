/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

#ifndef TESTPMD_ENGINE_H
#define TESTPMD_ENGINE_H

#include <stdbool.h>

struct stream;

/* What is done with packets: a forwarding mode. */
struct engine {
	const char *name;
	bool receives; /* takes packets from Rx queues */
	bool sends;    /* gives packets to Tx queues */
	/* Handle one burst of a stream. */
	void (*run)(struct stream *stream);
};

extern const struct engine io_engine;
extern const struct engine mac_engine;
extern const struct engine macswap_engine;
extern const struct engine rxonly_engine;
extern const struct engine txonly_engine;

/* The names of all engines, for messages. */
#define ENGINE_NAMES "io, mac, macswap, rxonly, txonly"

/* The engine of that name, or NULL. */
const struct engine *
engine_find(const char *name);

#endif /* TESTPMD_ENGINE_H */
