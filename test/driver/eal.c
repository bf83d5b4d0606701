/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* See eal.h. EAL starts once in a process, so each test program that needs one
 * starts it before its tests. Names are made unique by the process id: tests
 * may run beside each other and beside other DPDK programs.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <glob.h>
#include <limits.h>
#include <mntent.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_memzone.h>

#include "eal.h"

#define ARGS_MAX 32

bool
has_hugepages(size_t bytes)
{
	const char *names =
		"/sys/kernel/mm/hugepages/hugepages-*kB/free_hugepages";
	unsigned long long free_bytes = 0;
	size_t size, nr;
	glob_t found;
	FILE *f;

	if (glob(names, 0, NULL, &found) != 0)
		return false;
	for (size_t i = 0; i < found.gl_pathc; i++) {
		if (sscanf(strrchr(found.gl_pathv[i], '-'), "-%zukB", &size) !=
			1)
			continue;
		f = fopen(found.gl_pathv[i], "r");
		if (f == NULL)
			continue;
		if (fscanf(f, "%zu", &nr) == 1)
			free_bytes += 1024ull * size * nr;
		fclose(f);
	}
	globfree(&found);
	return free_bytes >= bytes;
}

/* NUMA node of a CPU, -1 if it cannot be found out. */
static int
node_of(int cpu)
{
	char pattern[64];
	int node = -1;
	glob_t found;

	snprintf(pattern, sizeof(pattern),
		"/sys/devices/system/cpu/cpu%d/node[0-9]*", cpu);
	if (glob(pattern, 0, NULL, &found) != 0)
		return -1;
	sscanf(strrchr(found.gl_pathv[0], '/'), "/node%d", &node);
	globfree(&found);
	return node;
}

void
choose_lcores(char *text, size_t size)
{
	int first = -1, other = -1;
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	sched_getaffinity(0, sizeof(cpus), &cpus);
	for (int i = 0; i < CPU_SETSIZE; i++) {
		if (!CPU_ISSET(i, &cpus))
			continue;
		if (first < 0)
			first = i;
		else if (other < 0 ||
			(node_of(other) == node_of(first) &&
				node_of(i) != node_of(first)))
			other = i;
	}
	if (first < 0)
		first = 0;
	if (other < 0)
		other = first;
	snprintf(text, size, "--lcores=0@%d,1@%d", first, other);
}

void
eal_start(int argc, char **args)
{
	char lcores[64], prefix[64];
	char *eal[ARGS_MAX] = { args[0], lcores, prefix, (char *)"--no-pci" };
	int n = 4;

	if (argc < 2 || argc > ARGS_MAX - 10)
		exit(EXIT_FAILURE);
	cmocka_set_test_filter(getenv("OBJPOOL_TEST_ONLY"));
	choose_lcores(lcores, sizeof(lcores));
	snprintf(prefix, sizeof(prefix), "--file-prefix=objpool-test-%d",
		(int)getpid());
	if (strcmp(args[1], "hugepages") == 0) {
		if (!has_hugepages(128 << 20)) {
			fprintf(stderr, "skipped: no 128 MB of hugepages\n");
			exit(EXIT_SKIP);
		}
		eal[n++] = (char *)"--in-memory";
		eal[n++] = (char *)"--socket-limit=128";
	} else {
		eal[n++] = (char *)"--no-huge";
		eal[n++] = (char *)"--no-shconf";
		eal[n++] = (char *)"-m";
		eal[n++] = (char *)"128";
	}
	for (int i = 2; i < argc; i++)
		eal[n++] = args[i];
	if (rte_eal_init(n, eal) < 0) {
		fprintf(stderr, "EAL does not start: %s\n",
			rte_strerror(rte_errno));
		exit(EXIT_FAILURE);
	}
}

void
eal_stop(void)
{
	char path[PATH_MAX];
	glob_t found;

	snprintf(path, sizeof(path), "%s/*", rte_eal_get_runtime_dir());
	rte_eal_cleanup();
	if (glob(path, 0, NULL, &found) == 0) {
		for (size_t i = 0; i < found.gl_pathc; i++)
			remove(found.gl_pathv[i]);
		globfree(&found);
	}
	*strrchr(path, '/') = '\0';
	rmdir(path);
}

static void
remove_matching(const char *pattern)
{
	glob_t found;

	if (glob(pattern, 0, NULL, &found) != 0)
		return;
	for (size_t i = 0; i < found.gl_pathc; i++)
		remove(found.gl_pathv[i]);
	globfree(&found);
}

void
eal_remove_files(const char *prefix)
{
	const char *const runtime[] = { "/var/run/dpdk/%s/*",
		"/var/run/dpdk/%s", "/tmp/dpdk/%s/*", "/tmp/dpdk/%s" };
	FILE *mounts = setmntent("/proc/mounts", "r");
	char pattern[PATH_MAX];
	struct mntent *mount;

	for (size_t i = 0; i < RTE_DIM(runtime); i++) {
		snprintf(pattern, sizeof(pattern), runtime[i], prefix);
		remove_matching(pattern);
	}
	while (mounts != NULL && (mount = getmntent(mounts)) != NULL) {
		if (strcmp(mount->mnt_type, "hugetlbfs") != 0)
			continue;
		snprintf(pattern, sizeof(pattern), "%s/%smap_*", mount->mnt_dir,
			prefix);
		remove_matching(pattern);
	}
	if (mounts != NULL)
		endmntent(mounts);
}

struct rte_mempool *
mempool_empty(const char *name, unsigned int n, unsigned int cache)
{
	struct rte_mempool *mp =
		rte_mempool_create_empty(name, n, sizeof(uint64_t), cache, 0,
			SOCKET_ID_ANY, RTE_MEMPOOL_F_NO_CACHE_ALIGN);

	assert_non_null(mp);
	assert_int_equal(rte_mempool_set_ops_byname(mp, "objpool", NULL), 0);
	return mp;
}

struct rte_mempool *
mempool_new(const char *name, unsigned int n, unsigned int cache)
{
	struct rte_mempool *mp = mempool_empty(name, n, cache);

	assert_int_equal(rte_mempool_populate_default(mp), n);
	expect_available(mp, n);
	return mp;
}

void
expect_available_at(const struct rte_mempool *mp, unsigned int n,
	const char *file, int line)
{
	_assert_int_equal(rte_mempool_avail_count(mp), n, file, line);
	_assert_int_equal(rte_mempool_in_use_count(mp), mp->size - n, file,
		line);
	_assert_int_equal(rte_mempool_full(mp), n == mp->size, file, line);
	_assert_int_equal(rte_mempool_empty(mp), n == 0, file, line);
}

unsigned int
get_all(struct rte_mempool *mp, void **objs, unsigned int max)
{
	unsigned int n = 0;

	while (n < max && rte_mempool_get(mp, &objs[n]) == 0)
		n++;
	return n;
}

static int
compare(const void *a, const void *b)
{
	const uintptr_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

bool
are_distinct(void **objs, unsigned int n)
{
	qsort(objs, n, sizeof(*objs), compare);
	for (unsigned int i = 1; i < n; i++)
		if (objs[i] == objs[i - 1])
			return false;
	return true;
}

void
expect_whole(struct rte_mempool *mp, unsigned int n)
{
	/* Room for one too many. */
	void **objs = calloc(n + 1, sizeof(*objs));

	assert_non_null(objs);
	assert_int_equal(get_all(mp, objs, n + 1), n);
	expect_available(mp, 0);
	assert_true(are_distinct(objs, n));
	rte_mempool_put_bulk(mp, objs, n);
	free(objs);
}

static void
count_memzone(const struct rte_memzone *zone, void *arg)
{
	(void)zone;
	++*(unsigned int *)arg;
}

unsigned int
nr_memzones(void)
{
	unsigned int nr = 0;

	rte_memzone_walk(count_memzone, &nr);
	return nr;
}
