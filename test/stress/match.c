/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* How a match begins and ends: a pool, a ledger and hands for all; then the
 * audit, and the question whether what the contest is about has happened.
 */

#include "match.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "env.h"
#include "shared.h"

#define OBJ_SIZE 64

/* How many times its time a match may take until what it needs has happened. */
#define PATIENCE 60

static uint64_t
get(const _Atomic(uint64_t) *counter)
{
	return atomic_load_explicit(counter, memory_order_relaxed);
}

void
match_spurious(struct match *m, const struct hand *h, unsigned int wanted)
{
	if (atomic_fetch_add_explicit(&m->spurious, 1, memory_order_relaxed) <
		10)
		fprintf(stderr,
			"spurious failure: holder %u with %u wanted %u\n",
			h->who, h->n, wanted);
}

/* The budget orders pushes before the pops that rely on them, as G4 needs. But
 * under TSan it must not, or it would hide from it what the pool fails to
 * order; x86 orders all the same. */
#define RESERVED (HAS_TSAN ? memory_order_relaxed : memory_order_acquire)
#define RESTORED (HAS_TSAN ? memory_order_relaxed : memory_order_release)

static bool
reserve(struct match *m, unsigned int n)
{
	unsigned int left =
		atomic_load_explicit(&m->budget, memory_order_relaxed);

	do
		if (left < n)
			return false;
	while (!atomic_compare_exchange_weak_explicit(&m->budget, &left,
		left - n, RESERVED, memory_order_relaxed));
	return true;
}

static void
restore(struct match *m, unsigned int n)
{
	atomic_fetch_add_explicit(&m->budget, n, RESTORED);
}

bool
match_take(struct match *m, struct hand *h, unsigned int n)
{
	if (!reserve(m, n))
		return false;
	if (hand_pop_bulk(h, n))
		return true;
	match_spurious(m, h, n);
	restore(m, n);
	return false;
}

bool
match_take_burst(struct match *m, struct hand *h, unsigned int n)
{
	unsigned int got;

	if (!reserve(m, n))
		return false;
	got = hand_pop_burst(h, n);
	if (got == n)
		return true;
	match_spurious(m, h, n);
	restore(m, n - got);
	return false;
}

void
match_give(struct match *m, struct hand *h, unsigned int n)
{
	if (n == 1)
		hand_push(h);
	else
		hand_push_bulk(h, n);
	restore(m, n);
}

void
match_give_all(struct match *m, struct hand *h)
{
	while (h->n > 0)
		match_give(m, h, h->n < m->bulk ? h->n : m->bulk);
}

/* Of who is stopped for long in the middle of something it cannot be told.
 * covers G16 */
void
match_reclaim(struct match *m)
{
	int64_t rc;

	if ((m->set.flags & OBJPOOL_F_HOLDERS) == 0)
		return;
	rc = objpool_reclaim(m->pool, NULL, NULL);
	if (rc != 0 && rc != -EAGAIN)
		ledger_refused(&m->ledger, "reclaim", (int)rc);
}

static unsigned int
missing(const struct match *m, const struct objpool_stats *s)
{
	unsigned int happened = 0;

	happened |= s->steals > 0 ? NEEDS_STEALS : 0;
	happened |= s->revocations > 0 ? NEEDS_REVOCATIONS : 0;
	happened |= s->conflicts > 0 ? NEEDS_CONFLICTS : 0;
	happened |= s->blocks_in > 0 && s->blocks_out > 0 ? NEEDS_BLOCKS : 0;
	happened |= s->shared_objs > 0 ? NEEDS_SHARED : 0;
	happened |= s->takeovers > 0 ? NEEDS_TAKEOVERS : 0;
	happened |= s->fails > 0 ? NEEDS_FAILS : 0;
	return m->needs & ~happened;
}

bool
match_is_done(struct match *m)
{
	uint64_t now = env_now();
	uint64_t extra = (uint64_t)(m->set.seconds * PATIENCE * 1e9) +
		UINT64_C(60000000000);
	struct objpool_stats stats;
	uint64_t calls = 0;

	for (unsigned int i = 0; i < m->set.threads; i++)
		calls += hand_calls(&m->hand[i]);
	if (now < m->end || calls < m->set.calls)
		return false;
	objpool_get_stats(m->pool, &stats);
	return missing(m, &stats) == 0 || now > m->end + extra;
}

void
match_play(struct match *m, crew_fn *play)
{
	crew_start(&m->crew, m->set.threads, play, m);
	do {
		nap(5);
		match_reclaim(m);
	} while (!match_is_done(m));
	crew_call_off(&m->crew);
	crew_join(&m->crew);
}

static bool
open_match(struct match *m, const struct contest *contest,
	const struct settings *set)
{
	/* Two regions, whatever the machine has, if objects are to go home. */
	static int nodes[OBJPOOL_SLOTS_MAX];
	struct objpool_attr attr = {
		.name = contest->name,
		.nr_objs = set->objs,
		.obj_size = OBJ_SIZE,
		.nr_slots = set->slots,
		.block_objs = set->block,
		.flags = set->flags,
	};
	struct objpool_stats stats;
	int rc;

	for (unsigned int i = 0; i < OBJPOOL_SLOTS_MAX; i += 2)
		nodes[i] = OBJPOOL_NODE_ANY;
	if (set->flags & OBJPOOL_F_HOMING)
		attr.slot_nodes = nodes;
	if (set->flags & OBJPOOL_F_HOLDERS)
		attr.mem = shared_memory();
	memset(m, 0, sizeof(*m));
	m->set = *set;
	m->needs = set->whatever ? 0 : contest->needs;
	rc = objpool_create(&attr, &m->pool);
	if (rc != 0) {
		fprintf(stderr, "no pool: %s\n", strerror(-rc));
		return false;
	}
	objpool_get_stats(m->pool, &stats);
	m->share = set->objs / set->threads;
	m->bulk = set->bulk != 0 ? set->bulk : 2 * stats.block_objs;
	m->most = set->objs;
	atomic_init(&m->budget, set->objs);
	gate_init(&m->gate, set->threads);
	ledger_open_pool(&m->ledger, m->pool, OBJ_SIZE);
	objpool_detach(m->pool);
	for (unsigned int i = 0; i < set->threads; i++) {
		hand_open(&m->hand[i], m->pool, &m->ledger, i + 1,
			set->objs + m->bulk);
		m->hand[i].way = set->way;
	}
	m->end = env_now() + (uint64_t)(set->seconds * 1e9);
	return true;
}

/* All hands are empty now. */
static bool
close_match(struct match *m)
{
	unsigned int not_seen;
	bool clean;

	for (unsigned int i = 0; i < m->set.threads; i++) {
		m->operations += hand_calls(&m->hand[i]);
		hand_close(&m->hand[i]);
	}
	/* Before the audit, which steals too. */
	objpool_get_stats(m->pool, &m->stats);
	not_seen = missing(m, &m->stats);
	if (not_seen != 0)
		fprintf(stderr, "what should happen did not: needs %#x\n",
			not_seen);
	clean = ledger_audit(&m->ledger, m->pool);
	ledger_close(&m->ledger);
	/* Dropped objects do not keep it from ending. */
	if (objpool_free(m->pool) != 0) {
		fprintf(stderr, "the pool cannot be freed\n");
		clean = false;
	}
	return clean && not_seen == 0 && get(&m->spurious) == 0 &&
		get(&m->stuck) == 0 && get(&m->unserved) == 0;
}

static void
add(struct match *to, const struct match *m)
{
	to->operations += m->operations;
	to->stats.steals += m->stats.steals;
	to->stats.revocations += m->stats.revocations;
	to->stats.conflicts += m->stats.conflicts;
	to->stats.takeovers += m->stats.takeovers;
	to->stats.fails += m->stats.fails;
	to->spurious += m->spurious;
	to->stuck += m->stuck;
	to->unserved += m->unserved;
	to->ledger.duplicates += m->ledger.duplicates;
	to->ledger.losses += m->ledger.losses;
	to->ledger.damages += m->ledger.damages;
	to->ledger.strangers += m->ledger.strangers;
	to->ledger.refusals += m->ledger.refusals;
	to->ledger.miscounts += m->ledger.miscounts;
}

void
match_print(const char *name, const struct match *m, bool ok)
{
	const struct ledger *l = &m->ledger;

	printf("%s: operations %" PRIu64 " steals %" PRIu64
	       " revocations %" PRIu64 " conflicts %" PRIu64
	       " takeovers %" PRIu64 " fails %" PRIu64,
		name, m->operations, m->stats.steals, m->stats.revocations,
		m->stats.conflicts, m->stats.takeovers, m->stats.fails);
	printf(" duplicates %" PRIu64 " losses %" PRIu64 " damages %" PRIu64
	       " strangers %" PRIu64 " refusals %" PRIu64 " miscounts %" PRIu64,
		get(&l->duplicates), get(&l->losses), get(&l->damages),
		get(&l->strangers), get(&l->refusals), get(&l->miscounts));
	printf(" spurious %" PRIu64 " stuck %" PRIu64 " unserved %" PRIu64
	       " %s\n",
		get(&m->spurious), get(&m->stuck), get(&m->unserved),
		ok ? "ok" : "FAILED");
	fflush(stdout);
}

bool
match_run(const struct contest *contest, const struct settings *set,
	struct match *total)
{
	static struct match m;
	bool ok;

	printf("%s, %s: threads %u objs %u block %u slots %u bulk %u\n",
		contest->name, contest->who, set->threads, set->objs,
		set->block, set->slots, set->bulk);
	fflush(stdout);
	if (!open_match(&m, contest, set))
		return false;
	contest->run(&m);
	ok = close_match(&m);
	match_print(contest->name, &m, ok);
	add(total, &m);
	return ok;
}
