/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Threads and their slots.
 *
 * A thread claims a slot of a pool when it first uses it. The claim is recorded
 * in the pool, by a token that names the thread (identity.c). Nothing is done
 * when a thread ends; whoever needs a slot and finds none free asks the kernel
 * whether the owners still run and succeeds a dead one. That covers threads
 * that exit and processes that are killed alike, and needs no list of pools to
 * tell.
 *
 * A thread that finds no slot takes single objects from public blocks without
 * one, and borrows a guest slot for every other call, and for all on marked
 * pools.
 *
 * An operation that a signal handler makes while its thread is in the middle of
 * another is *nested*. What it needs to know of its thread is which slot or
 * guest it has, and that the token says at any moment. Only if there is neither
 * does it borrow a guest. Its thread holds none then, so nobody waits for it;
 * and who holds one gets on, interrupted or not, since calls nested in there
 * find that guest and wait for none. So the wait for the guests of one pool
 * ends; threads that hold guests of two pools crosswise are warned
 * (objpool_enter()).
 *
 * After a fork the child's only thread starts without slots: with shared memory
 * the ones it remembers are the parent's. Where no handler of ours runs in the
 * child, its author says so (objpool_forked()); to find out would cost every
 * inline call.
 */

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>

#include "core/claim.h"
#include "core/mark.h"
#include "core/reach.h"
#include "identity.h"
#include "thread.h"

/* Calls of a thread without a slot before it asks for one again. */
#define PATIENCE       1024
/* Calls that find their seat in the second place until it gets the first one.
 * Two pools that are used in turn shall not change places all the time. */
#define PATIENCE_BELOW 64

__thread struct objpool_seat_ objpool_seats_[OBJPOOL_SEATS_];
static _Thread_local unsigned int patience
	__attribute__((tls_model("initial-exec")));
static _Thread_local unsigned int patience_below
	__attribute__((tls_model("initial-exec")));
_Thread_local _Atomic(unsigned int) nest_depth
	__attribute__((tls_model("initial-exec")));

void
objpool_forked(void)
{
	memset(objpool_seats_, 0, sizeof(objpool_seats_));
	identity_after_fork();
}

__attribute__((constructor)) static void
watch_forks(void)
{
	pthread_atfork(NULL, NULL, objpool_forked);
}

/* Whoever looks meanwhile finds the seat unused, or what it was or will be. */
static void
set_seat(unsigned int i, uint64_t uid, struct objpool_slot *slot)
{
	struct objpool_seat_ *seat = &objpool_seats_[i];

	seat->uid = 0;
	atomic_signal_fence(memory_order_seq_cst);
	seat->slot = slot;
	atomic_signal_fence(memory_order_seq_cst);
	seat->uid = uid;
}

/* Put the seat, which was in place `from`, where it is looked for first. What
 * was there moves to where it is looked for next, and what was there to
 * `from`. */
static struct slot *
sit(uint64_t uid, unsigned int from, struct slot *slot)
{
	unsigned int first = objpool_place_(uid);
	unsigned int next = first ^ 1;

	if (from != first) {
		set_seat(from, objpool_seats_[next].uid,
			objpool_seats_[next].slot);
		set_seat(next, objpool_seats_[first].uid,
			objpool_seats_[first].slot);
	}
	set_seat(first, uid, slot != NULL ? &slot->pub : NULL);
	return slot;
}

/* The place of a seat; OBJPOOL_SEATS_ if there is none. */
static unsigned int
place_of(uint64_t uid)
{
	unsigned int i;

	for (i = 0; i < OBJPOOL_SEATS_ && objpool_seats_[i].uid != uid; i++)
		;
	return i;
}

/* Where the seat that is in the way goes: an unused one, else some other. */
static unsigned int
place_for(uint64_t uid)
{
	unsigned int first = objpool_place_(uid);

	if (objpool_seats_[first].uid == 0)
		return first;
	if (objpool_seats_[first ^ 1].uid == 0)
		return first ^ 1;
	if (place_of(0) < OBJPOOL_SEATS_)
		return place_of(0);
	return (first + 2 + (unsigned int)(uid >> 32) % (OBJPOOL_SEATS_ - 2)) %
		OBJPOOL_SEATS_;
}

static bool
is_guarded(const struct arena *a)
{
	return arena_flags(a) & OBJPOOL_F_SIGNALS;
}

static struct slot *
claim(struct arena *a, objpool_key_fn *key)
{
	uint64_t token = identity_token(a->place);
	struct slot *slot = NULL;

	/* It may have one, and no seat: that must not cost a system call. */
	if (is_guarded(a))
		slot = claim_find(a, token);
	return slot != NULL ?
		slot :
		claim_slot(a, key != NULL ? key() : sched_getcpu(), token,
			identity_judge(a->place));
}

/* The seat is, or was, in place i; slot is what it shall say. */
static void
remember(const struct arena *a, uint64_t uid, unsigned int i, struct slot *slot)
{
	if (!is_guarded(a)) {
		sit(uid, i < OBJPOOL_SEATS_ ? i : place_for(uid), slot);
		return;
	}
	if (i == OBJPOOL_SEATS_) {
		i = place_for(uid);
		if (objpool_seats_[i].uid != 0)
			return;
	}
	set_seat(i, uid, slot != NULL ? &slot->pub : NULL);
}

/* The calling thread's slot in the pool, claimed if it has none yet; NULL if
 * none is to be had. False if the pool is finished. */
static bool
find_slot(struct arena *a, objpool_key_fn *key, struct slot **slot)
{
	uint64_t uid = atomic_load_explicit(&a->uid, memory_order_acquire);
	unsigned int i;

	if (uid == UID_DEAD)
		return false;
	/* Handlers that come now leave the seats as they are. */
	nest_enter();
	i = place_of(uid);
	if (i < OBJPOOL_SEATS_ &&
		(objpool_seats_[i].slot != NULL || patience > 0)) {
		patience -= objpool_seats_[i].slot == NULL;
		*slot = objpool_seats_[i].slot != NULL ?
			slot_of(objpool_seats_[i].slot) :
			NULL;
	} else {
		patience = PATIENCE;
		*slot = claim(a, key);
	}
	remember(a, uid, i, *slot);
	nest_leave();
	return true;
}

void
thread_move_up(const struct arena *a)
{
	uint64_t uid = atomic_load_explicit(&a->uid, memory_order_relaxed);
	unsigned int first = objpool_place_(uid);

	/* Seats of pools that handlers use are not moved. */
	if (is_guarded(a) || objpool_seats_[first ^ 1].uid != uid ||
		++patience_below % PATIENCE_BELOW != 0)
		return;
	nest_enter();
	sit(uid, first ^ 1, slot_of(objpool_seats_[first ^ 1].slot));
	nest_leave();
}

/* Not in handlers: give the seat the place where it is looked for first. */
static void
sit_first(const struct arena *a, struct slot *slot)
{
	uint64_t uid = atomic_load_explicit(&a->uid, memory_order_relaxed);
	unsigned int i = place_of(uid);

	sit(uid, i < OBJPOOL_SEATS_ ? i : place_for(uid), slot);
}

struct objpool_slot *
thread_slot(struct arena *a, unsigned int layout, objpool_key_fn *key)
{
	struct turn turn;
	struct slot *s;

	if (!thread_begin(a, key, false, &turn))
		return NULL;
	s = turn.slot;
	if (s == NULL || turn.is_guest || turn.is_nested ||
		layout != OBJPOOL_LAYOUT)
		s = slot_at(a, a->nr_slots + NR_GUESTS);
	else if (turn.is_guarded)
		sit_first(a, s);
	thread_end(a, &turn);
	return &s->pub;
}

void
thread_leave(struct arena *a)
{
	uint64_t uid = atomic_load_explicit(&a->uid, memory_order_relaxed);
	struct slot *slot;

	nest_enter();
	/* Not by the seat, which may have been given to another pool. */
	slot = claim_find(a, identity_token(a->place));
	/* A pool that was closed may have a seat by each of its ids. */
	for (unsigned int i = 0; i < OBJPOOL_SEATS_; i++)
		if (objpool_seats_[i].uid == uid ||
			(slot != NULL && objpool_seats_[i].slot == &slot->pub))
			set_seat(i, 0, NULL);
	if (slot != NULL)
		claim_release(a, slot);
	nest_leave();
}

static void
borrow(struct arena *a, struct turn *turn)
{
	while ((turn->slot = claim_guest(a, identity_token(a->place),
			identity_judge(a->place))) == NULL)
		sched_yield();
	turn->is_guest = true;
}

static void
end_turn(struct arena *a, const struct turn *turn)
{
	/* Either store is the last access to the pool. */
	if (turn->is_guest)
		claim_release(a, turn->slot);
	else if ((arena_flags(a) & OBJPOOL_F_MARKED) && !turn->is_covered)
		mark_leave(turn->slot);
}

static void
unguard(const struct turn *turn)
{
	if (turn->is_guarded) {
		nest_leave();
		errno = turn->error;
	}
}

static bool
is_live(const struct arena *a)
{
	return atomic_load_explicit(&a->uid, memory_order_acquire) != UID_DEAD;
}

/* On a marked pool nothing may be done without a mark, not even claim a slot. A
 * thread that has a seat has a slot to mark; another borrows a guest first. */
static bool
begin_marked(struct arena *a, objpool_key_fn *key, struct turn *turn)
{
	struct turn guest = { .slot = NULL };

	turn->slot = thread_seat(a);
	if (turn->slot != NULL) {
		mark_enter(turn->slot);
		if (thread_seat(a) == turn->slot) /* E16 */
			return true;
		mark_leave(turn->slot);
	}
	if (!is_live(a))
		return false;
	borrow(a, &guest);
	mark_enter(guest.slot);
	if (!find_slot(a, key, &turn->slot)) { /* E16 */
		end_turn(a, &guest);
		return false;
	}
	if (turn->slot == NULL) {
		turn->slot = guest.slot;
		turn->is_guest = true;
		return true;
	}
	mark_enter(turn->slot);
	end_turn(a, &guest);
	return true;
}

/* The seats may be in the middle of a change, and so may the slot. */
static bool
begin_nested(struct arena *a, bool need_slot, struct turn *turn)
{
	bool marked = arena_flags(a) & OBJPOOL_F_MARKED;

	if (!is_live(a))
		return false;
	turn->slot = claim_host(a, identity_token(a->place));
	if (turn->slot == NULL && (need_slot || marked))
		borrow(a, turn);
	if (!marked)
		return true;
	if (turn->is_guest)
		mark_enter(turn->slot);
	else
		turn->is_covered = mark_is_covered(turn->slot);
	if (is_live(a)) /* E16 */
		return true;
	end_turn(a, turn);
	return false;
}

static bool
begin(struct arena *a, objpool_key_fn *key, bool need_slot, struct turn *turn)
{
	if (turn->is_nested)
		return begin_nested(a, need_slot, turn);
	if (arena_flags(a) & OBJPOOL_F_MARKED)
		return begin_marked(a, key, turn);
	if (!find_slot(a, key, &turn->slot))
		return false;
	if (turn->slot == NULL && need_slot)
		borrow(a, turn);
	return true;
}

bool
thread_begin(struct arena *a, objpool_key_fn *key, bool need_slot,
	struct turn *turn)
{
	*turn = (struct turn){ .is_guarded = is_guarded(a) };
	if (turn->is_guarded) {
		turn->error = errno;
		turn->is_nested = nest_enter() > 0;
	}
	if (!begin(a, key, need_slot, turn)) {
		unguard(turn);
		return false;
	}
	if (turn->slot != NULL && !turn->is_nested &&
		unlikely(slot_mode(turn->slot) & OBJPOOL_SLOT_JOINED_))
		reach_leave(turn->slot);
	return true;
}

void
thread_end(struct arena *a, const struct turn *turn)
{
	end_turn(a, turn);
	unguard(turn);
}
