/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* An agent's commands about a mempool, of whatever driver.
 *
 *   make OPS N      make the mempool "agents" with these operations -> 0 or -1
 *   find            look it up                              -> 0 or -1
 *   ops WHICH       are its operations, here, called so?    -> 1 or 0
 *   get N           dequeue N objects in one go and hold them -> 0 or an error
 *   put N           enqueue the last N held objects         -> 0
 *   twice           enqueue the last held object and keep it -> 0
 *   cycle N         get and put N objects 1000 times        -> failed gets
 *   play SEED N M   N times: get some, put some, hold up to M -> failed gets
 *   toil N          get and put up to N objects until killed -> no answer
 *   work M US       answer, then play, holding 1 to M objects all the time,
 *                   with pauses of US microseconds           -> 0
 *   rest            until this comes; goes on holding some   -> failed gets
 *   held            count what is held                      -> number
 *   count           what is available                       -> number
 *   audit MAX       take all there is, make up for what is missing, put all
 *                   back; the maker, nobody else being at it -> missing, or -1
 *                   if more than MAX are or one is there twice
 *   free            free the mempool                        -> 0
 *
 * Held objects are stamped with the process id: what gets objects answers -1000
 * when one was held by somebody already, what puts them exits when a stamp has
 * changed.
 */

#include <inttypes.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent.h"
#include "rng.h"

#define HELD_MAX 10000
#define TWICE    (-1000)

struct rte_mempool *agent_mp;
static void *held[HELD_MAX];
static unsigned int nr_held;
static void *all[HELD_MAX]; /* the maker: every object, by address */
static unsigned int nr_all;

/* Of work and rest. */
static struct {
	unsigned int most, pause_us;
	int result;
	struct rng rng;
} work;

static int
by_address(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;

	return (*x > *y) - (*x < *y);
}

int
agent_mempool_make(const char *ops, unsigned int n, unsigned int cache,
	unsigned int flags, void *config)
{
	struct rte_mempool *mp = rte_mempool_create_empty("agents", n,
		sizeof(uint64_t), cache, 0, SOCKET_ID_ANY, flags);

	agent_mp = mp;
	if (n > HELD_MAX || mp == NULL ||
		rte_mempool_set_ops_byname(mp, ops, config) < 0 ||
		rte_mempool_populate_default(mp) != (int)n ||
		rte_mempool_get_bulk(mp, all, n) < 0)
		return -1;
	for (unsigned int i = 0; i < n; i++)
		*(uint64_t *)all[i] = 0;
	rte_mempool_put_bulk(mp, all, n);
	qsort(all, n, sizeof(all[0]), by_address);
	nr_all = n;
	return 0;
}

static int
get(unsigned int n)
{
	_Atomic(uint64_t) *stamp;
	int ret;

	if (n > HELD_MAX - nr_held)
		return -1;
	ret = rte_mempool_get_bulk(agent_mp, held + nr_held, n);
	if (ret < 0)
		return ret;
	for (unsigned int i = 0; i < n; i++) {
		stamp = held[nr_held++];
		if (atomic_exchange(stamp, stamp_of_own()) != 0)
			ret = TWICE;
	}
	return ret;
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
		if (atomic_exchange(stamp, 0) != stamp_of_own()) {
			fprintf(stderr, "agent: a stamp has changed\n");
			exit(EXIT_FAILURE);
		}
	}
	rte_mempool_put_bulk(agent_mp, held + nr_held, n);
	return 0;
}

static int
put_twice(void)
{
	if (nr_held == 0)
		return -1;
	rte_mempool_put(agent_mp, held[nr_held - 1]);
	return 0;
}

/* One step of a game: get what there is still to be had of `most`, or less,
 * and put something, but not the last `keep` objects. The result so far. */
static int
step(struct rng *rng, unsigned int most, unsigned int keep, int result)
{
	unsigned int n = most - nr_held;
	int ret;

	if (n > 0) {
		ret = get(rng_upto(rng, n));
		if (ret == TWICE)
			return TWICE;
		if (ret < 0 && result >= 0)
			result++;
	}
	if (nr_held > keep)
		put(rng_upto(rng, nr_held - keep));
	return result;
}

static int
cycle(unsigned int n)
{
	int failed = 0, ret;

	for (unsigned int i = 0; i < 1000; i++) {
		ret = get(n);
		if (ret == TWICE)
			return TWICE;
		if (ret == 0)
			put(n);
		else
			failed++;
	}
	return failed;
}

static int
play(uint64_t seed, unsigned int cycles, unsigned int most)
{
	unsigned int before = nr_held;
	struct rng rng;
	int result = 0;

	rng_init(&rng, seed, stamp_of_own());
	for (unsigned int i = 0; i < cycles && result != TWICE; i++)
		result = step(&rng, before + most, before, result);
	if (nr_held > before)
		put(nr_held - before);
	return result;
}

static void
toil(unsigned int n)
{
	for (unsigned int i = 0;; i++)
		if (get(1 + i % n) == 0)
			put(1 + i % n);
}

static int
start_work(unsigned int most, unsigned int pause_us)
{
	rng_init(&work.rng, stamp_of_own(), most);
	work.result = nr_held == 0 ? get(1) : 0;
	if (work.result < 0)
		return work.result;
	work.most = most;
	work.pause_us = pause_us;
	return 0;
}

static int
end_work(void)
{
	work.most = 0;
	return work.result;
}

void
agent_work(void)
{
	struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };

	while (work.most > 0 && poll(&in, 1, 0) == 0) {
		for (unsigned int i = 0; i < 100; i++)
			work.result =
				step(&work.rng, work.most, 1, work.result);
		if (work.pause_us > 0)
			usleep(work.pause_us);
	}
}

/* The others are at rest or gone. Stamps of the dead are wiped. */
static int
audit(unsigned int max)
{
	unsigned int n = 0, missing = 0;
	void *got[HELD_MAX + 1];

	while (n <= nr_all && rte_mempool_get(agent_mp, &got[n]) == 0)
		n++;
	if (n > nr_all)
		return -1;
	qsort(got, n, sizeof(got[0]), by_address);
	for (unsigned int i = 0; i < nr_all; i++) {
		if (i - missing < n && got[i - missing] == all[i])
			continue;
		missing++;
		*(uint64_t *)all[i] = 0;
	}
	/* One that is there twice makes others seem to be missing. */
	if (missing != nr_all - n || missing > max)
		return -1;
	rte_mempool_put_bulk(agent_mp, all, nr_all);
	return (int)missing;
}

static bool
are_operations(const char *start)
{
	return agent_mp != NULL &&
		strncmp(rte_mempool_get_ops(agent_mp->ops_index)->name, start,
			strlen(start)) == 0;
}

static int
find(void)
{
	agent_mp = rte_mempool_lookup("agents");
	return agent_mp == NULL ? -1 : 0;
}

static bool
is_number_command(const char *line, int *answer)
{
	unsigned int n, m;
	uint64_t seed;
	char word[32];

	if (sscanf(line, "make %31s %u", word, &n) == 2)
		*answer = agent_mempool_make(word, n, 0,
			RTE_MEMPOOL_F_NO_CACHE_ALIGN, NULL);
	else if (sscanf(line, "ops %31s", word) == 1)
		*answer = are_operations(word);
	else if (sscanf(line, "get %u", &n) == 1)
		*answer = get(n);
	else if (sscanf(line, "put %u", &n) == 1)
		*answer = put(n);
	else if (sscanf(line, "cycle %u", &n) == 1)
		*answer = cycle(n);
	else if (sscanf(line, "play %" SCNu64 " %u %u", &seed, &n, &m) == 3)
		*answer = play(seed, n, m);
	else if (sscanf(line, "work %u %u", &n, &m) == 2)
		*answer = start_work(n, m);
	else if (sscanf(line, "toil %u", &n) == 1)
		toil(n);
	else if (sscanf(line, "audit %u", &n) == 1)
		*answer = audit(n);
	else
		return false;
	return true;
}

bool
agent_mempool(const char *line, int *answer)
{
	if (is_number_command(line, answer))
		return true;
	if (strcmp(line, "find\n") == 0)
		*answer = find();
	else if (strcmp(line, "twice\n") == 0)
		*answer = put_twice();
	else if (strcmp(line, "rest\n") == 0)
		*answer = end_work();
	else if (strcmp(line, "held\n") == 0)
		*answer = (int)nr_held;
	else if (strcmp(line, "count\n") == 0)
		*answer = (int)rte_mempool_avail_count(agent_mp);
	else if (strcmp(line, "free\n") == 0) {
		rte_mempool_free(agent_mp);
		*answer = 0;
	} else
		return false;
	return true;
}
