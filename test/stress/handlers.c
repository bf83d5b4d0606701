/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Members whose signal handlers pop and push on the same pool.
 *
 * Each member has a second hand, which only its handler uses. A timer
 * interrupts the member many thousand times a second, wherever it is, and the
 * handler makes a few calls of all kinds, as the member does meanwhile with its
 * first hand. All hands share the budget, so that no pop may fail.
 *
 * ThreadSanitizer keeps signals for calls that wait. So where the pool is
 * marked, members also wait in the middle of something.
 */

#include "match.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include <objpool/embed.h>

#include "env.h"

#define UNGUARDED_SECONDS 10

static struct hand inner[CREW_MAX];

struct visit {
	struct match *match;
	struct hand *hand;
};

static _Thread_local struct visit visit;

/* A few calls, as random as can be. */
static void
play_some(struct match *m, struct hand *h)
{
	for (unsigned int i = rng_below(&h->rng, 4); i > 0; i--) {
		unsigned int n = rng_upto(&h->rng, m->bulk);

		if (h->n + n > m->share || rng_below(&h->rng, 2) == 0) {
			n = n < h->n ? n : h->n;
			if (n > 0)
				match_give(m, h, n);
		} else if (rng_below(&h->rng, 3) == 0) {
			match_take_burst(m, h, n);
		} else {
			match_take(m, h, n);
		}
	}
}

/* In the handler of stutter_start(). */
static void
handle(void)
{
	int error = errno;

	errno = E2BIG;
	play_some(visit.match, visit.hand);
	if (errno != E2BIG)
		ledger_refused(&visit.match->ledger, "errno", errno);
	errno = error;
}

static void
interrupted(struct member *member, void *arg)
{
	struct match *m = arg;
	struct hand *h = match_hand(m, member);
	struct hand *mine = &inner[member->index];
	bool marked = m->set.flags & OBJPOOL_F_MARKED;
	bool unguarded = (m->set.flags & OBJPOOL_F_SIGNALS) == 0;

	hand_open(mine, m->pool, &m->ledger, m->set.threads + member->who,
		m->set.objs + m->bulk);
	mine->way = h->way;
	/* Not to be asked for in the handler. */
	mine->slot = objpool_slot(m->pool);
	mine->thread = gettid();
	visit = (struct visit){ .match = m, .hand = mine };
	stutter_with(member, handle);
	while (!crew_is_over(member->crew)) {
		play_some(m, h);
		/* A pool that is broken may never come to an end. */
		if (unguarded && !ledger_is_clean(&m->ledger))
			_exit(1);
		if (marked && rng_below(&h->rng, 16) == 0) {
			void *mark = objpool_enter(m->pool, NULL);

			if (HAS_TSAN)
				nap(0);
			objpool_leave(m->pool, mark);
		}
	}
	stutter_stop();
	match_give_all(m, h);
	match_give_all(m, mine);
	hand_close(mine);
}

/* covers G15 G1 G2 G3 G4 */
void
play_handlers(struct match *m)
{
	/* The test that is to fail shall not hang instead. */
	if ((m->set.flags & OBJPOOL_F_SIGNALS) == 0)
		alarm(UNGUARDED_SECONDS);
	match_play(m, interrupted);
}
