/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* A simulated machine that bills what its CPUs do to memory.
 *
 * Each CPU has a cache that never forgets for want of room, coherent with those
 * of the others as by MESI: many may hold a line to read, one to write. Of each
 * line is known who wrote it last and who holds it. Two events cost a CPU a
 * wait for another one:
 *
 *   a move    it reads or writes a line that it does not hold and that another
 *             CPU wrote last: the line comes from there
 *   a recall  it writes a line that it holds and that others hold as well: they
 *             have to let go of it
 *
 * First reads of what set-up wrote are not billed. Which CPU runs is said from
 * outside (machine_run()); nothing happens at the same time. Only what goes
 * through the shim <stdatomic.h> is seen: of core all shared words that change,
 * and, by OBJPOOL_ENTRIES_ATOMIC, the entries.
 */

#ifndef TEST_COUNT_MACHINE_H
#define TEST_COUNT_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CPUS_MAX 128

/* What lies in a line. */
enum place {
	PLACE_ARENA, /* the head of all */
	PLACE_HINTS,
	PLACE_SLOTS,
	PLACE_HEADS,
	PLACE_ENTRIES,
	PLACE_OTHER,
	NR_PLACES,
};

struct bill {
	uint64_t accesses; /* atomic ones, of all kinds */
	uint64_t rmw;      /* locked instructions but fences */
	uint64_t fences;   /* full ones */
	uint64_t heavy;    /* that reach all CPUs (membarrier) */
	uint64_t strays;   /* accesses to memory that is not watched */
	uint64_t moves[NR_PLACES];
	uint64_t recalls[NR_PLACES];
	uint64_t heads; /* of blocks: different ones, call by call */
};

/* Nobody: what is done is not billed, and leaves lines in no cache. */
#define CPU_NONE (-1)

/* Watch this memory, aligned to a line. NULL: none any more. */
void
machine_watch(const void *memory, size_t bytes);

/* Say what lies in a part of it. */
void
machine_place(const void *from, size_t bytes, enum place place);

/* This CPU runs from now on; a call of the pool begins. */
void
machine_run(int cpu);

/* What there is to pay since the bill was torn up. */
const struct bill *
machine_bill(void);
void
machine_tear_up(void);

/* Lines go on to move, but nothing is billed. */
void
machine_treat(bool free_of_charge);

#endif /* TEST_COUNT_MACHINE_H */
