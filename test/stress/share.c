/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Contests in which all members do the same. */

#include "match.h"

#include <errno.h>

#include "env.h"

static unsigned int
least(unsigned int a, unsigned int b)
{
	return a < b ? a : b;
}

/* How many objects a member would like to have; changes every few steps. */
struct mood {
	unsigned int wish;
	unsigned int left;
};

static void
change(const struct match *m, struct hand *h, struct mood *mood)
{
	if (mood->left-- > 0)
		return;
	mood->left = rng_below(&h->rng, 50);
	mood->wish = rng_below(&h->rng, least(2 * m->share, m->most) + 1);
}

/* One step towards the member's wish, of a random size. */
static void
step(struct match *m, struct hand *h, struct mood *mood)
{
	unsigned int n = rng_upto(&h->rng, m->bulk);

	change(m, h, mood);
	if (h->n < mood->wish) {
		if (match_take(m, h, least(n, mood->wish - h->n)))
			return;
		mood->left = 0;
	}
	if (h->n > 0)
		match_give(m, h, least(n, h->n));
}

static void
all_vs_all(struct member *member, void *arg)
{
	struct match *m = arg;
	struct hand *h = match_hand(m, member);
	struct mood mood = { 0 };

	while (!crew_is_over(member->crew))
		step(m, h, &mood);
	match_give_all(m, h);
}

/* covers G1 G2 G3 G4 */
void
play_all_vs_all(struct match *m)
{
	match_play(m, all_vs_all);
}

/* Every call moves exactly as many objects, down to the last in the pool. */
static void
fixed(struct member *member, void *arg)
{
	struct match *m = arg;
	struct hand *h = match_hand(m, member);
	struct mood mood = { 0 };

	while (!crew_is_over(member->crew)) {
		change(m, h, &mood);
		if (h->n > mood.wish ||
			!match_take(m, h, least(m->bulk, m->share))) {
			match_give_all(m, h);
			mood.left = 0;
		}
	}
	match_give_all(m, h);
}

/* covers G4 */
void
play_fixed(struct match *m)
{
	match_play(m, fixed);
}

static void
strict_bursts(struct member *member, void *arg)
{
	struct match *m = arg;
	struct hand *h = match_hand(m, member);

	while (!crew_is_over(member->crew)) {
		unsigned int n = rng_upto(&h->rng, m->bulk);

		if (!match_take_burst(m, h, n) || rng_below(&h->rng, 2))
			while (h->n > 0 && rng_below(&h->rng, 8))
				match_give(m, h, least(n, h->n));
	}
	match_give_all(m, h);
}

/* covers G4 */
void
play_strict_bursts(struct match *m)
{
	match_play(m, strict_bursts);
}

/* Everybody wants what he cannot be sure to get; holds on to it; gives back. */
static void
scarce(struct member *member, void *arg)
{
	struct match *m = arg;
	struct hand *h = match_hand(m, member);

	while (!crew_is_over(member->crew)) {
		unsigned int n = rng_upto(&h->rng, m->bulk);

		if (h->n + n > m->set.objs || !hand_pop_bulk(h, n))
			if (h->n > 0)
				hand_push_bulk(h, rng_upto(&h->rng, h->n));
	}
	hand_push_all(h, m->bulk);
}

void
play_scarce(struct match *m)
{
	match_play(m, scarce);
}

static void
bursts(struct member *member, void *arg)
{
	struct match *m = arg;
	struct hand *h = match_hand(m, member);

	while (!crew_is_over(member->crew)) {
		hand_pop_burst(h, rng_upto(&h->rng, m->bulk));
		if (h->n >= 2 * m->share || rng_below(&h->rng, 2))
			hand_push_all(h, rng_upto(&h->rng, m->bulk));
	}
	hand_push_all(h, m->bulk);
}

void
play_bursts(struct match *m)
{
	match_play(m, bursts);
}

/* As all vs all, but slots are given back in between. */
static void
leavers(struct member *member, void *arg)
{
	struct match *m = arg;
	struct hand *h = match_hand(m, member);
	struct mood mood = { 0 };

	while (!crew_is_over(member->crew)) {
		step(m, h, &mood);
		if (rng_below(&h->rng, 20) == 0) {
			objpool_detach(m->pool);
			h->slot = NULL; /* no more the thread's */
		}
	}
	match_give_all(m, h);
}

/* covers G4 */
void
play_leavers(struct match *m)
{
	match_play(m, leavers);
}

/* As all vs all, but half of the objects is dropped little by little. A dropped
 * object's reservation stays. */
static void
droppers(struct member *member, void *arg)
{
	struct match *m = arg;
	struct hand *h = match_hand(m, member);
	unsigned int left = m->share / 2;
	struct mood mood = { 0 };

	while (!crew_is_over(member->crew)) {
		step(m, h, &mood);
		if (h->n > 0 && left > 0 && rng_below(&h->rng, 50) == 0) {
			unsigned int n = rng_upto(&h->rng, least(left, h->n));
			int rc = hand_drop_bulk(h, n);

			left -= n;
			if (rc != -EAGAIN)
				ledger_refused(&m->ledger, "drop", rc);
		}
	}
	match_give_all(m, h);
}

void
play_droppers(struct match *m)
{
	match_play(m, droppers);
}

/* Member 0 counts, all others move. */
static void
observed(struct member *member, void *arg)
{
	struct match *m = arg;
	/* Who reclaims is counted as one that is out. */
	uint32_t most =
		m->set.objs + ((m->set.flags & OBJPOOL_F_HOLDERS) != 0 ? 1 : 0);
	struct objpool_stats stats;

	if (member->index > 0) {
		all_vs_all(member, arg);
		return;
	}
	while (!crew_is_over(member->crew)) {
		objpool_get_stats(m->pool, &stats);
		if (objpool_nr_free(m->pool) > m->set.objs ||
			stats.nr_free > m->set.objs ||
			objpool_nr_outstanding(m->pool) > most)
			ledger_refused(&m->ledger, "a count beyond all", 0);
	}
}

void
play_observed(struct match *m)
{
	match_play(m, observed);
}
