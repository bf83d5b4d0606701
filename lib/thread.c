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
 * After a fork the child's only thread starts without slots: with shared memory
 * the ones it remembers are the parent's.
 */

#include <pthread.h>
#include <sched.h>
#include <string.h>

#include "core/claim.h"
#include "core/mark.h"
#include "identity.h"
#include "thread.h"

/* Calls of a thread without a slot before it asks for one again. */
#define PATIENCE 1024

__thread struct objpool_seat_ objpool_seats_[OBJPOOL_SEATS_];
static _Thread_local unsigned int patience
	__attribute__((tls_model("initial-exec")));

static void
forget_after_fork(void)
{
	memset(objpool_seats_, 0, sizeof(objpool_seats_));
	identity_after_fork();
}

__attribute__((constructor)) static void
watch_forks(void)
{
	pthread_atfork(NULL, NULL, forget_after_fork);
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
		objpool_seats_[from] = objpool_seats_[next];
		objpool_seats_[next] = objpool_seats_[first];
	}
	objpool_seats_[first] =
		(struct objpool_seat_){ uid, slot != NULL ? &slot->pub : NULL };
	return slot;
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
	for (unsigned int i = 0; i < OBJPOOL_SEATS_; i++)
		if (objpool_seats_[i].uid == 0)
			return i;
	return (first + 2 + (unsigned int)(uid >> 32) % (OBJPOOL_SEATS_ - 2)) %
		OBJPOOL_SEATS_;
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
	for (i = 0; i < OBJPOOL_SEATS_ && objpool_seats_[i].uid != uid; i++)
		;
	if (i < OBJPOOL_SEATS_ &&
		(objpool_seats_[i].slot != NULL || patience > 0)) {
		patience -= objpool_seats_[i].slot == NULL;
		*slot = objpool_seats_[i].slot != NULL ?
			slot_of(objpool_seats_[i].slot) :
			NULL;
		sit(uid, i, *slot);
		return true;
	}
	patience = PATIENCE;
	*slot = sit(uid, i < OBJPOOL_SEATS_ ? i : place_for(uid),
		claim_slot(a, key != NULL ? key() : sched_getcpu(),
			identity_token(a->place), identity_is_alive));
	return true;
}

struct objpool_slot *
thread_slot(struct arena *a, unsigned int layout, objpool_key_fn *key)
{
	struct turn turn;
	struct slot *s;

	if (!thread_begin(a, key, false, &turn))
		return NULL;
	s = turn.slot;
	if (s == NULL || turn.is_guest || layout != OBJPOOL_LAYOUT)
		s = slot_at(a, a->nr_slots + NR_GUESTS);
	thread_end(a, &turn);
	return &s->pub;
}

void
thread_leave(struct arena *a)
{
	uint64_t uid = atomic_load_explicit(&a->uid, memory_order_relaxed);
	/* Not by the seat, which may have been given to another pool. */
	struct slot *slot = claim_find(a, identity_token(a->place));

	/* A pool that was closed may have a seat by each of its ids. */
	for (unsigned int i = 0; i < OBJPOOL_SEATS_; i++)
		if (objpool_seats_[i].uid == uid ||
			(slot != NULL && objpool_seats_[i].slot == &slot->pub))
			objpool_seats_[i] = (struct objpool_seat_){ 0, NULL };
	if (slot != NULL)
		claim_release(a, slot);
}

static void
borrow(struct arena *a, struct turn *turn)
{
	while ((turn->slot = claim_guest(a, identity_token(a->place),
			identity_is_alive)) == NULL)
		sched_yield();
	turn->is_guest = true;
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
	struct turn guest = { NULL, false };

	turn->is_guest = false;
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
		thread_end(a, &guest);
		return false;
	}
	if (turn->slot == NULL) {
		*turn = guest;
		return true;
	}
	mark_enter(turn->slot);
	thread_end(a, &guest);
	return true;
}

bool
thread_begin(struct arena *a, objpool_key_fn *key, bool need_slot,
	struct turn *turn)
{
	if (arena_flags(a) & OBJPOOL_F_MARKED)
		return begin_marked(a, key, turn);
	turn->is_guest = false;
	if (!find_slot(a, key, &turn->slot))
		return false;
	if (turn->slot == NULL && need_slot)
		borrow(a, turn);
	return true;
}

void
thread_end(struct arena *a, const struct turn *turn)
{
	/* Either store is the last access to the pool. */
	if (turn->is_guest)
		claim_release(a, turn->slot);
	else if (arena_flags(a) & OBJPOOL_F_MARKED)
		mark_leave(turn->slot);
}
