/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* A pool, a victim and its peers.
 *
 * A scene (repertoire.h) is played again and again; each time the victim is
 * stopped, or dies, at another step of its act. What all of it does before is
 * the same each time, since nobody else moves then. So a step has a number, and
 * what is found out about one play holds for the next.
 *
 * The stage lies in memory that children share, for the victim may be one.
 */

#ifndef TEST_FREEZE_STAGE_H
#define TEST_FREEZE_STAGE_H

#include <semaphore.h>

#include "bank.h"
#include "crew.h"
#include "hand.h"
#include "ledger.h"
#include "repertoire.h"
#include "step.h"

#define NR        40u /* objects */
#define BLOCK     4u  /* objects a block */
#define PEERS     3u
#define PARTNER   2u /* the peer that may be stopped, too */
#define TRAIL     20000u
#define DROPS     2u
#define TOIL_HELD 8u     /* what a victim that toils holds at most */
#define STUCK_MS  20000u /* nobody moves: nobody ever will */

enum {
	WHO_VICTIM = 1,
	WHO_PEER,
	WHO_HEIR = WHO_PEER + PEERS,
	WHO_END
};

enum event {
	READY,
	INTERLUDE,
	STOPPED,
	DONE,
	GONE, /* the process, without a word */
};

struct stage {
	const struct kind *kind;
	const struct scene *scene;
	enum mode mode;
	bool mutex_is_used; /* a control: one at a time in the pool */
	unsigned int stuck_ms;

	struct objpool *pool;
	struct objpool_gp *gp;
	struct bank bank;
	struct ledger ledger;
	struct hand victim, peer[PEERS], heir;
	unsigned int moving;            /* objects of the victim's call */
	unsigned int partner_moving;    /* of the partner's */
	unsigned int gone;              /* lost, and not to be given back */
	unsigned int orphans;           /* of dead ones, not reclaimed yet */
	bool is_dead;                   /* the victim */
	_Atomic(bool) is_drained;       /* by who finished the pool meanwhile */
	int64_t given;                  /* by a peer's last reclaiming */
	_Atomic(unsigned int) wrongs;   /* of what the victim found */
	_Atomic(unsigned int) spurious; /* pops that should have been served */
	_Atomic(unsigned int) calls;    /* that peers have finished */
	_Atomic(unsigned int) released;
	_Atomic(unsigned int) lock; /* the mutex */
	_Atomic(bool) give_up;      /* who waits for it does so no longer */
	_Atomic(bool) toil_over;

	/* The victim's steps. */
	unsigned int stop_at;      /* 0: nowhere */
	const char *stop_in;       /* or after what this function writes */
	unsigned int interlude_at; /* 0: nowhere */
	unsigned int nr_steps;
	bool records;
	struct step_site *trail[TRAIL];
	struct step_site *site; /* where it was stopped */
	enum event event;
	sem_t told, go;
	pthread_t thread;
	pid_t tid;

	/* What ledger and hands have on the heap elsewhere. */
	struct entry entries[4 * NR];
	void *objs[PEERS + 2][2 * NR];
};

/* --- for scenes: what victim and peers do; all of it is in the ledger --- */

/* Of the victim: it says beforehand how many objects it moves. */
bool
victim_pop(struct stage *st, unsigned int n);
unsigned int
victim_burst(struct stage *st, unsigned int n);
void
victim_push(struct stage *st, unsigned int n);
void
victim_push_rcu(struct stage *st, unsigned int n);
/* The first call of the thread, which wants slot 0; n may be 0. */
void
victim_meet(struct stage *st, unsigned int n);

void
victim_drop(struct stage *st, unsigned int n);

/* The calling thread uses pools whose seats are where any pool's is looked for
 * first. */
void
others_sit(struct stage *st);

/* The last n objects of its hand are what a dead one had, or was moving; give
 * them back by reclaiming. */
void
victim_reclaim(struct stage *st, unsigned int n);

/* Of peer i, which does it now, to the end; from the main thread. */
void
peer_meet(struct stage *st, unsigned int i);
void
peer_pop(struct stage *st, unsigned int i, unsigned int n);
void
peer_push(struct stage *st, unsigned int i, unsigned int n);
void
peer_push_rcu(struct stage *st, unsigned int i, unsigned int n);
/* Pop one by one all that is to be had. */
void
peer_drain(struct stage *st, unsigned int i);
void
peer_detach(struct stage *st, unsigned int i);
/* The partner pops n, and is stopped when it has marked a block. */
void
partner_pop_half(struct stage *st, unsigned int n);
/* The partner finishes the pool. If it must wait for the victim it goes on when
 * that does. */
void
partner_finishes(struct stage *st);
/* Somebody who wants slot 0 does this as the victim, and dies: after the first
 * operation of that function that is no load, or NULL: at the end. What it was
 * pushing then is lost, or is not. */
void
predecessor_do(struct stage *st, scene_fn *fn, const char *dies_in, bool loses);

/* No grace period ends until the victim is stopped, or in the end. */
void
periods_hold(bool held);

/* --- calls, in the mutex of the control --- */

bool
call_pop(struct stage *st, struct hand *h, unsigned int n);
void
call_push(struct stage *st, struct hand *h, unsigned int n);
void
call_push_all(struct stage *st, struct hand *h, unsigned int step);
/* The first call of a thread. */
void
call_meet(struct stage *st, struct hand *h, unsigned int n,
	objpool_key_fn *key);
void
call_push_rcu(struct stage *st, struct hand *h, unsigned int n);

/* That want slots 0 to PEERS. */
extern objpool_key_fn *const stage_keys[PEERS + 1];

/* --- for the programs --- */

/* The stage; one a program. */
struct stage *
stage_new(void);

/* Start the peers' threads. */
void
peers_start(struct stage *st);

/* Have peer i do it; wait until it is done. False: it takes too long. */
typedef void
peer_fn(struct stage *st, unsigned int i, unsigned int n);
void
peer_begin(struct stage *st, unsigned int i, peer_fn *fn, unsigned int n);
bool
peer_end(struct stage *st, unsigned int i);
void
peer_do(struct stage *st, unsigned int i, peer_fn *fn, unsigned int n);
/* Let the partner go on, if it is stopped. */
bool
partner_is_stopped(void);
void
partner_release(struct stage *st);

/* Two peers play while the victim is stopped or dead. False: they did not come to
 * the end, and have given up where the control lets them; peers_wait(). */
bool
peers_round(struct stage *st);
void
peers_wait(struct stage *st);
/* Two peers play until st->toil_over; peers_wait(). */
void
peers_toil(struct stage *st, unsigned int budget);
/* A peer pops all that is within reach. */
void
peer_take_stock(struct stage *st);
/* And gives it back. */
void
peer_give_stock(struct stage *st);

/* Wait for it, at most so long. */
bool
await(sem_t *sem, unsigned int ms);

/* The victim's thread of control: all of its part, or until it is over. */
void
victim_part(struct stage *st);
void
victim_toil(struct stage *st);
/* The heir's. */
void
heir_part(struct stage *st);

/* Entries of the ledger with that holder. */
unsigned int
stage_count(const struct stage *st, uint32_t holder);

/* Make the pool, and all that belongs to a play. */
void
stage_open(struct stage *st, const struct scene *scene,
	const struct kind *kind);

/* End it. False, and a line on stderr: something was not as it should be. */
bool
stage_close(struct stage *st);

/* Play until the victim has come to st->stop_at or to its end. */
enum event
stage_play(struct stage *st);

/* The victim is stopped or dead; the peers play on, and then take stock. False:
 * something was not as it should be; *stuck: they did not get on. */
bool
stage_go_on(struct stage *st, bool *stuck);

/* A stopped victim goes on to its end. */
void
stage_release(struct stage *st);

/* Where the victim is dead: an heir comes, and what was lost is given back: by
 * reclaiming where objects have holders, else on its behalf. */
bool
stage_inherit(struct stage *st);

/* The calling thread waits for somebody who is known to be stopped, if for
 * anybody: its pauses are short. */
extern _Thread_local bool stage_hurries;

/* Tell how often reclaiming gave something back and how often it had to give up;
 * false: what must have happened did not. */
bool
stage_tell_reclaims(const struct stage *st);

/* Play a victim that toils until it dies at its step st->stop_at, the peers
 * playing as well. */
bool
stage_toil(struct stage *st);

/* End the pool, whoever finished it (closing.c). False: likewise. */
bool
stage_end_finished(struct stage *st);
/* Give back the references that the dead took along, at most `most`. */
bool
stage_forget_refs(struct stage *st, unsigned int most);

/* Start that in a thread, or a process, of its own. */
void
stage_let(struct stage *st, void *(*fn)(void *));
/* It is over, and the kernel knows nothing of it any more; true: as it should. */
bool
stage_see_off(struct stage *st, bool killed);
/* What the victim tells. */
enum event
stage_next_event(struct stage *st);
/* What the ledger says the hand of a dead one holds. */
void
stage_settle_hand(struct stage *st, struct hand *h);

/* Say what is wrong with the present play; returns false. */
bool
stage_wrong(const struct stage *st, const char *what, long got, long wanted);

#endif /* TEST_FREEZE_STAGE_H */
