/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* A DPDK process that does what it is told, for processes.c. Its arguments are
 * EAL's. Commands come in lines on stdin; each is answered by one line on
 * stdout, "ready" being the first. EAL's output goes to stderr.
 *
 *   make OPS N   make the mempool with these operations     -> 0 or -1
 *   find         look the mempool up                        -> 0 or -1
 *   get N        dequeue N objects in one go and hold them   -> 0 or an error
 *   put N        enqueue the last N held objects             -> 0
 *   cycle N      get and put N objects 1000 times            -> failed gets
 *   count        what is available                           -> number
 *   free         free the mempool                            -> 0
 *
 * Held objects are stamped with the process id: get answers -1000 when an
 * object was held by somebody already, put exits when a stamp has changed.
 */

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_mempool.h>

#define HELD_MAX 10000

static struct rte_mempool *mp;
static void *held[HELD_MAX];
static unsigned int nr_held;

static int
make(const char *ops, unsigned int n)
{
	mp = rte_mempool_create_empty("agents", n, sizeof(uint64_t), 0, 0,
		SOCKET_ID_ANY, RTE_MEMPOOL_F_NO_CACHE_ALIGN);
	if (mp == NULL || rte_mempool_set_ops_byname(mp, ops, NULL) < 0 ||
		rte_mempool_populate_default(mp) != (int)n)
		return -1;
	for (unsigned int i = 0; i < n && i < HELD_MAX; i++)
		if (rte_mempool_get(mp, &held[nr_held]) == 0)
			*(uint64_t *)held[nr_held++] = 0;
	rte_mempool_put_bulk(mp, held, nr_held);
	nr_held = 0;
	return 0;
}

static int
get(unsigned int n)
{
	_Atomic(uint64_t) *stamp;
	int ret;

	if (n > HELD_MAX - nr_held)
		return -1;
	ret = rte_mempool_get_bulk(mp, held + nr_held, n);
	if (ret < 0)
		return ret;
	for (unsigned int i = 0; i < n; i++) {
		stamp = held[nr_held++];
		if (atomic_exchange(stamp, (uint64_t)getpid()) != 0)
			return -1000;
	}
	return 0;
}

static int
put(unsigned int n)
{
	_Atomic(uint64_t) *stamp;

	if (n > nr_held)
		return -1;
	nr_held -= n;
	for (unsigned int i = 0; i < n; i++) {
		stamp = held[nr_held + i];
		if (atomic_exchange(stamp, 0) != (uint64_t)getpid())
			exit(EXIT_FAILURE);
	}
	rte_mempool_put_bulk(mp, held + nr_held, n);
	return 0;
}

static int
cycle(unsigned int n)
{
	int failed = 0;

	for (unsigned int i = 0; i < 1000; i++) {
		if (get(n) == 0)
			put(n);
		else
			failed++;
	}
	return failed;
}

static int
answer(const char *line)
{
	char ops[32];
	unsigned int n;

	if (sscanf(line, "make %31s %u", ops, &n) == 2)
		return make(ops, n);
	if (sscanf(line, "get %u", &n) == 1)
		return get(n);
	if (sscanf(line, "put %u", &n) == 1)
		return put(n);
	if (sscanf(line, "cycle %u", &n) == 1)
		return cycle(n);
	if (strcmp(line, "count\n") == 0)
		return (int)rte_mempool_avail_count(mp);
	if (strcmp(line, "find\n") == 0) {
		mp = rte_mempool_lookup("agents");
		return mp == NULL ? -1 : 0;
	}
	if (strcmp(line, "free\n") == 0) {
		rte_mempool_free(mp);
		return 0;
	}
	return -1;
}

int
main(int argc, char **args)
{
	FILE *out = fdopen(dup(STDOUT_FILENO), "w");
	char line[128];

	if (out == NULL || dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
		return EXIT_FAILURE;
	if (rte_eal_init(argc, args) < 0)
		return EXIT_FAILURE;
	fprintf(out, "ready\n");
	fflush(out);
	while (fgets(line, sizeof(line), stdin) != NULL) {
		fprintf(out, "%d\n", answer(line));
		fflush(out);
	}
	rte_eal_cleanup();
	return EXIT_SUCCESS;
}
