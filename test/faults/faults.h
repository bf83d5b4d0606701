/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Calls that fail when a test wants them to, and accounts of what they gave.
 *
 * The library's objects are linked with --wrap for each call that gets
 * something from the C library or the kernel and can fail (FAULTS_WRAPPED in
 * meson.build; complete.sh finds one that is missing). A thread arms itself;
 * then its k-th such call fails, or that one and all that follow. Other threads
 * are not disturbed.
 *
 * What a failed call means for the operation is known here, not in the tests:
 * memory and threads that are denied must fail it, with that error; everything
 * else has something that serves instead.
 */

#ifndef TEST_FAULTS_FAULTS_H
#define TEST_FAULTS_FAULTS_H

#include <stdbool.h>
#include <stdint.h>

/* What can fail; a bit each in faults_seen.kinds. */
enum fault_kind {
	FAULT_CALLOC,
	FAULT_ALIGNED_ALLOC,
	FAULT_MMAP_HUGE,
	FAULT_MMAP,
	FAULT_MUNMAP,
	FAULT_MADVISE,
	FAULT_FOPEN,
	FAULT_FGETS,
	FAULT_OPEN,
	FAULT_READ,
	FAULT_READLINK,
	FAULT_STAT,
	FAULT_GETRANDOM,
	FAULT_MEMBARRIER,
	FAULT_SYSCONF,
	FAULT_NUMA,
	FAULT_PTHREAD_CREATE,
	FAULT_AFFINITY,
	FAULT_ZONE,   /* rte_memzone_reserve() and its kin */
	FAULT_ZALLOC, /* rte_zmalloc() and its kin */
	FAULT_CTRL_THREAD,
	FAULT_KINDS,
};

#define FAULT_BIT(kind) (1u << FAULT_##kind)

/* How often, and with which of two errors. */
struct fault_plan {
	unsigned int at;   /* the call that fails first, from 1; 0: none */
	bool and_later;    /* so do all after it */
	bool other_error;  /* the less usual error, where there is one */
	unsigned int only; /* kinds that count; 0: all */
};

/* What the armed thread did. */
struct faults_seen {
	unsigned int calls;  /* that could have failed */
	unsigned int failed; /* that did */
	unsigned int kinds;  /* that were called */
	unsigned int hit;    /* that failed */
	int error;           /* of the first that nothing serves instead of */
};

/* Let calls of this thread fail. */
void
faults_arm(const struct fault_plan *plan);

/* No more. */
void
faults_disarm(struct faults_seen *seen);

/* Of other wrappers: count a call of this thread. True: it is to fail. Where
 * nothing serves instead of it, error is the operation's, else 0. */
bool
fault_here(enum fault_kind kind, int error);

/* The plan in force asks for the less usual error. */
bool
fault_is_other(void);

/* What is out: got and not given back. */
struct faults_left {
	int blocks; /* of the heap */
	int maps;
	int files;
	int threads; /* neither ended nor detached */
	int zones;
};

struct faults_left
faults_left(void);

/* Of other wrappers: enter in the accounts, strike out. NULL is nothing. */
void
faults_got_block(const void *addr);
void
faults_gave_block(const void *addr);
void
faults_got_zone(const void *zone);
void
faults_gave_zone(const void *zone);

/* Is as much out as then? Else says what is not. */
bool
faults_are_even(const struct faults_left *then);

const char *
fault_name(enum fault_kind kind);

#endif /* TEST_FAULTS_FAULTS_H */
