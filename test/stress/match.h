/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* A match: one contest, played on one pool by a crew whose hands are entered in
 * one ledger.
 *
 * In most contests there is a *budget*: the number of free objects that nobody
 * has spoken for. Members reserve before they pop and restore after they
 * pushed, so that there always are as many objects free as were reserved. A pop
 * of reserved objects that fails nevertheless is *spurious*: G4 says that there
 * are none.
 *
 * Of pools with OBJPOOL_F_HOLDERS somebody asks all the time for what the dead
 * held (G16). Nobody dies with an object, so there never is anything.
 *
 * Members who always hold the same number of objects end up with slots of the
 * right size and never meet. So each has a *mood*: how many objects it would
 * like to have, which changes from time to time, between none and twice its
 * share.
 */

#ifndef TEST_STRESS_MATCH_H
#define TEST_STRESS_MATCH_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <objpool/objpool.h>

#include "crew.h"
#include "hand.h"
#include "ledger.h"

/* What must have happened for a contest to mean anything. */
#define NEEDS_STEALS      (1u << 0)
#define NEEDS_REVOCATIONS (1u << 1)
#define NEEDS_CONFLICTS   (1u << 2)
#define NEEDS_BLOCKS      (1u << 3) /* exchanged with the stock */
#define NEEDS_SHARED      (1u << 4) /* objects moved without a slot */
#define NEEDS_TAKEOVERS   (1u << 5)
#define NEEDS_FAILS       (1u << 6) /* pops that found too few */

struct settings {
	unsigned int threads;
	unsigned int objs;
	unsigned int block; /* objects a block; 0: the pool decides */
	unsigned int slots; /* 0: the pool decides */
	unsigned int bulk;  /* most objects a call; 0: two blocks */
	uint32_t flags;     /* OBJPOOL_F_* */
	enum hand_way way;  /* of the members' calls */
	double seconds;
	uint64_t calls; /* not before so many were made */
	bool whatever;  /* what the contest needs to happen need not */
};

struct match {
	struct settings set;
	unsigned int needs;
	struct objpool *pool;
	struct ledger ledger;
	struct crew crew;
	struct hand hand[CREW_MAX];
	unsigned int share; /* objects for each, if divided justly */
	unsigned int bulk;  /* most objects a call */
	unsigned int most;  /* most objects one member may hold */
	_Atomic(unsigned int) budget;
	uint64_t end;     /* not before that, by env_now() */
	struct gate gate; /* of all members */
	_Atomic(uint64_t) spurious;
	_Atomic(uint64_t) stuck;    /* rounds without progress */
	_Atomic(uint64_t) unserved; /* rounds in which nobody was served */
	struct objpool_stats stats; /* at the end */
	uint64_t operations;        /* calls of the pool, at the end */
};

struct contest {
	const char *name;
	const char *who; /* meets whom */
	void (*run)(struct match *m);
	unsigned int needs;
	struct settings usual;
};

/* Note a fault: pop failed although enough was free. */
void
match_spurious(struct match *m, const struct hand *h, unsigned int wanted);

/* Reserve n objects and pop them. False: the budget does not allow it. */
bool
match_take(struct match *m, struct hand *h, unsigned int n);

/* The same by burst, which must not return less either. */
bool
match_take_burst(struct match *m, struct hand *h, unsigned int n);

/* Push n objects and restore them to the budget. */
void
match_give(struct match *m, struct hand *h, unsigned int n);

/* Give everything, in calls of at most m->bulk. */
void
match_give_all(struct match *m, struct hand *h);

/* Ask for what the dead held, if the pool notes who holds what. */
void
match_reclaim(struct match *m);

/* Start the crew, let it play until the time is up and what the match needs has
 * happened, call it off and wait for it. */
void
match_play(struct match *m, crew_fn *play);

/* Is the time up and has everything happened? Also true when it will not happen
 * any more. */
bool
match_is_done(struct match *m);

/* The hand that belongs to a member. */
static inline struct hand *
match_hand(struct match *m, const struct member *member)
{
	return &m->hand[member->index];
}

/* Run a contest with these settings, print its line, and add its figures to
 * total. True if it went well. */
bool
match_run(const struct contest *contest, const struct settings *set,
	struct match *total);

/* Print the figures of a match in one line. */
void
match_print(const char *name, const struct match *m, bool ok);

/* share.c: everybody does the same */
void
play_all_vs_all(struct match *m);
void
play_fixed(struct match *m);
void
play_strict_bursts(struct match *m);
void
play_scarce(struct match *m);
void
play_bursts(struct match *m);
void
play_leavers(struct match *m);
void
play_droppers(struct match *m);
void
play_observed(struct match *m);

/* demand.c: as many objects as are wanted at most, or fewer */
void
play_demand(struct match *m);
void
play_demand_more(struct match *m);

/* roles.c: members differ */
void
play_pipeline(struct match *m);
void
play_idle_owner(struct match *m);
void
play_mortals(struct match *m);
void
play_starving(struct match *m);
void
play_starving_stutter(struct match *m);

/* handlers.c: members have signal handlers that pop and push */
void
play_handlers(struct match *m);

/* parked.c: members are stopped at any instruction */
void
play_parked(struct match *m);
void
play_stutter(struct match *m);

/* The calling thread is interrupted all the time, from start to stop. */
void
stutter_start(const struct member *member);
/* And does something then. */
typedef void
stutter_fn(void);
void
stutter_with(const struct member *member, stutter_fn *fn);
void
stutter_stop(void);

#endif /* TEST_STRESS_MATCH_H */
