/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* The simulated machine: a table of lines, and core's fences. machine.h says
 * what is billed.
 */

#include <stdlib.h>
#include <stdatomic.h>

#include "core/fence.h"

#include "machine.h"

#define LINE 64

struct line {
	uint64_t holders[CPUS_MAX / 64];
	uint64_t seen; /* the last call that used it */
	int16_t writer;
	uint8_t place;
};

static struct line *lines;
static uintptr_t first;
static size_t nr_lines;
static int running = CPU_NONE;
static uint64_t call;
static struct bill bill, treat;
static struct bill *to = &bill;

void
machine_watch(const void *memory, size_t bytes)
{
	free(lines);
	lines = NULL;
	first = (uintptr_t)memory;
	nr_lines = (bytes + LINE - 1) / LINE;
	running = CPU_NONE;
	call = 0;
	if (nr_lines == 0)
		return;
	lines = calloc(nr_lines, sizeof(*lines));
	if (lines == NULL)
		abort();
	for (size_t i = 0; i < nr_lines; i++) {
		lines[i].writer = CPU_NONE;
		lines[i].place = PLACE_OTHER;
	}
	machine_tear_up();
}

void
machine_place(const void *from, size_t bytes, enum place place)
{
	size_t i = ((uintptr_t)from - first) / LINE;
	size_t end = ((uintptr_t)from - first + bytes + LINE - 1) / LINE;

	for (; i < end; i++)
		lines[i].place = (uint8_t)place;
}

void
machine_run(int cpu)
{
	running = cpu;
	call++;
}

const struct bill *
machine_bill(void)
{
	return &bill;
}

void
machine_tear_up(void)
{
	bill = (struct bill){ 0 };
}

void
machine_treat(bool free_of_charge)
{
	to = free_of_charge ? &treat : &bill;
}

static bool
is_held_by_others(const struct line *l)
{
	for (int i = 0; i < CPUS_MAX / 64; i++) {
		uint64_t others = l->holders[i];

		if (i == running / 64)
			others &= ~(UINT64_C(1) << running % 64);
		if (others != 0)
			return true;
	}
	return false;
}

static void
use_line(struct line *l, bool writes)
{
	uint64_t *mine = &l->holders[running / 64];
	uint64_t me = UINT64_C(1) << running % 64;

	if (l->seen != call) {
		l->seen = call;
		to->heads += l->place == PLACE_HEADS;
	}
	if ((*mine & me) == 0) {
		/* A writer that lost the line lost it to another. */
		if (l->writer != CPU_NONE)
			to->moves[l->place]++;
		else if (writes && is_held_by_others(l))
			to->recalls[l->place]++;
	} else if (writes && is_held_by_others(l)) {
		to->recalls[l->place]++;
	}
	if (writes) {
		for (int i = 0; i < CPUS_MAX / 64; i++)
			l->holders[i] = 0;
		l->writer = (int16_t)running;
	}
	*mine |= me;
}

static void
use(const void *at, bool writes)
{
	size_t i = ((uintptr_t)at - first) / LINE;

	if (running == CPU_NONE)
		return;
	to->accesses++;
	if ((uintptr_t)at < first || i >= nr_lines)
		to->strays++;
	else
		use_line(&lines[i], writes);
}

void
machine_load(const void *at)
{
	use(at, false);
}

void
machine_store(const void *at, memory_order order)
{
	use(at, true);
	/* An exchange, on x86. */
	if (running != CPU_NONE && order == memory_order_seq_cst)
		to->rmw++;
}

void
machine_rmw(const void *at)
{
	use(at, true);
	if (running != CPU_NONE)
		to->rmw++;
}

void
machine_fence(memory_order order)
{
	if (running != CPU_NONE && order == memory_order_seq_cst)
		to->fences++;
}

/* What core asks of the system. */

bool
fence_join(void)
{
	return true;
}

uint64_t
fence_process(void)
{
	return 2;
}

bool
fence_is_needed(uint64_t place, uint64_t token)
{
	(void)place;
	(void)token;
	return true;
}

bool
fence_works(unsigned int reach)
{
	(void)reach;
	return true;
}

void
fence_all(unsigned int reach)
{
	(void)reach;
	if (running != CPU_NONE)
		to->heavy++;
}
