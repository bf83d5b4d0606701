/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Threads that start together, and two ways to keep in step. */

#ifndef TEST_SUPPORT_CREW_H
#define TEST_SUPPORT_CREW_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define CREW_MAX 64

struct crew;

struct member {
	struct crew *crew;
	unsigned int index; /* 0 to crew->nr - 1 */
	uint32_t who;       /* index + 1: its number in a ledger */
	pthread_t thread;
};

typedef void
crew_fn(struct member *m, void *arg);

struct crew {
	unsigned int nr;
	bool pinned; /* set before crew_start(): each member to one CPU */
	crew_fn *play;
	void *arg;
	pthread_barrier_t start;
	_Atomic(bool) over;
	struct member member[CREW_MAX];
};

/* Start nr threads that run play(member, arg) from the same instant. */
void
crew_start(struct crew *c, unsigned int nr, crew_fn *play, void *arg);

/* Tell the members to come to an end. */
void
crew_call_off(struct crew *c);

/* Were they told? */
static inline bool
crew_is_over(const struct crew *c)
{
	return atomic_load_explicit(&c->over, memory_order_relaxed);
}

/* Wait until all members returned. */
void
crew_join(struct crew *c);

/* Start and join. */
void
crew_run(unsigned int nr, crew_fn *play, void *arg);

/* Run one function in a thread of its own, to its end. */
void
crew_alone(crew_fn *play, void *arg);

/* A barrier that spins, for steps too short to sleep in. */
struct gate {
	unsigned int nr;
	_Atomic(unsigned int) waiting;
	_Atomic(unsigned int) round;
};

void
gate_init(struct gate *g, unsigned int nr);

/* Wait for the others; the thread that came last gets true. */
bool
gate_pass(struct gate *g);

/* Sleep for some milliseconds. */
void
nap(unsigned int ms);

#endif /* TEST_SUPPORT_CREW_H */
