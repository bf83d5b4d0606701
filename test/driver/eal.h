/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* What the driver's tests share: an EAL to run in, and mempools to look at. */

#ifndef OBJPOOL_TEST_DRIVER_EAL_H
#define OBJPOOL_TEST_DRIVER_EAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rte_mempool.h>

/* Meson's exit status of a test that cannot run here. */
#define EXIT_SKIP 77

/* Start EAL with lcores 0 (this thread) and 1: on different NUMA nodes where there
 * are two, else on different CPUs where there are two. args[1] says on what memory: "no-huge", or "hugepages" (skips the test
 * where none are free); 128 MB in both cases. The rest is passed on to EAL.
 * Where OBJPOOL_TEST_ONLY names one of cmocka's tests, only that will run. */
void
eal_start(int argc, char **args);

/* End EAL and remove what it left in the file system. */
void
eal_stop(void);

/* Remove what processes with that --file-prefix left in the file system, also
 * those that were killed. */
void
eal_remove_files(const char *prefix);

/* Whether at least that many bytes of hugepages are free. */
bool
has_hugepages(size_t bytes);

/* EAL's option for these lcores. */
void
choose_lcores(char *text, size_t size);

/* A mempool with operations "objpool", not populated. */
struct rte_mempool *
mempool_empty(const char *name, unsigned int n, unsigned int cache);

/* A populated one. */
struct rte_mempool *
mempool_new(const char *name, unsigned int n, unsigned int cache);

/* Fail unless exactly n of the mempool's objects are available. */
#define expect_available(mp, n) \
	expect_available_at(mp, n, __FILE__, __LINE__)
void
expect_available_at(const struct rte_mempool *mp, unsigned int n,
	const char *file, int line);

/* Get objects one by one until there are no more, at most max. */
unsigned int
get_all(struct rte_mempool *mp, void **objs, unsigned int max);

/* Whether no object is there twice. Sorts them. */
bool
are_distinct(void **objs, unsigned int n);

/* Get all objects, fail unless there are n different ones, put them back. */
void
expect_whole(struct rte_mempool *mp, unsigned int n);

unsigned int
nr_memzones(void);

#endif /* OBJPOOL_TEST_DRIVER_EAL_H */
