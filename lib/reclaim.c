/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Giving back what the dead had: objpool_reclaim().
 *
 * What a dead process *held* is simple. Its name in an object's holder word says
 * that the object is in no block and in nobody's hands. One compare-and-swap
 * from that very name to a new free word decides who gives it back.
 *
 * *Orphans* are what somebody was moving who ended in the middle: free by their
 * words, and in no block. So are for a moment those that the living move, and
 * which is which nobody can see. It is found out by waiting:
 *
 *   1  read the words of those that are free and seem to be in no block
 *   2  wait until all operations that are in progress are over
 *   3  read all blocks, and note what is in one
 *   4  wait again, likewise
 *   5  what was in no block, and has the word that it had at first, is an orphan
 *
 * A word changes between any two stays in blocks (core/holder.h). So while it
 * does not, an object comes in, stays and goes out once at most. If somebody
 * alive was bringing it in at 1, it is in since 2; if it stayed for all of 3 it
 * was found there; and if somebody alive took it out before 3 came to its
 * block, its word has changed since 4. An orphan's changes by the hands of
 * others who reclaim only, and 5 is a compare-and-swap again. What is waited
 * for are the pool's own marks, of the living; nobody waits for the dead.
 *
 * The swap and the push that follows are one marked operation: who reclaims, too,
 * waits for those who do, and if one of those dies in between it has made an
 * orphan. Before 1 the blocks are read once more, to have few words to look at,
 * and mostly none.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/census.h"
#include "core/mark.h"
#include "core/slot.h"
#include "end.h"
#include "holders.h"
#include "identity.h"
#include "thread.h"

/* Pauses until those in the middle of something are given up: a second. */
#define PAUSES (1000 / END_PAUSE_MS)

#define HAUL  64 /* objects given back in one operation */
#define KNOWN 16 /* processes remembered */

/* An object, and what its word was. */
struct suspect {
	void *obj;
	uint64_t word;
};

struct search {
	struct arena *a;
	void **objs; /* to be looked at, sorted; NULL: the pool's own, all */
	uint32_t nr_objs;
	objpool_reclaim_fn *may;
	void *ctx;
	uint64_t *seen; /* a bit for each: it is in a block */
	struct suspect *suspects;
	uint32_t nr_suspects, room;
	struct suspect haul[HAUL];
	unsigned int nr_haul;
	struct {
		uint64_t token;
		bool is_dead;
	} known[KNOWN];
	unsigned int nr_known;
	int64_t nr_given;
};

/* --- objects by number --- */

static int
by_address(const void *x, const void *y)
{
	const void *const *a = x, *const *b = y;

	return ((uintptr_t)*a > (uintptr_t)*b) -
		((uintptr_t)*a < (uintptr_t)*b);
}

static void *
object_at(const struct search *f, uint32_t i)
{
	const struct region *r = f->a->region;

	if (f->objs != NULL)
		return f->objs[i];
	while (i - r->first_obj >= r->nr_objs)
		r++;
	return at_offset(f->a,
		r->objs + (int64_t)(i - r->first_obj) * (int64_t)f->a->stride);
}

/* f->nr_objs if it is none of those. */
static uint32_t
number_of(const struct search *f, const void *obj)
{
	void **found;

	if (f->objs == NULL)
		return object_index(f->a, obj);
	found = bsearch(&obj, f->objs, f->nr_objs, sizeof(obj), by_address);
	return found != NULL ? (uint32_t)(found - f->objs) : f->nr_objs;
}

/* --- giving back --- */

/* Push them, or on a finished pool drop them, as far as nobody was quicker. */
static void
give_back(struct search *f)
{
	struct arena *a = f->a;
	void *objs[HAUL];
	unsigned int n = 0;
	struct turn turn;
	bool live = thread_begin(a, NULL, true, &turn);
	uint64_t to = live ? holder_new(turn.slot) : HOLDER_GONE;

	for (unsigned int i = 0; i < f->nr_haul; i++)
		if (holder_take(holders_word(a, f->haul[i].obj),
			    f->haul[i].word, to))
			objs[n++] = f->haul[i].obj;
	f->nr_haul = 0;
	f->nr_given += n;
	atomic_fetch_add_explicit(&a->reclaims, n, memory_order_relaxed);
	if (!live) {
		end_unref(a, n, GP_LAST_DROP);
		return;
	}
	(turn.is_nested ? slot_push_nested : slot_push_slow)(a, turn.slot, objs,
		n);
	if (turn.is_guest || turn.is_nested)
		COUNT(a, NULL, anon, n);
	thread_end(a, &turn);
}

static void
add_to_haul(struct search *f, void *obj, uint64_t word)
{
	f->haul[f->nr_haul++] = (struct suspect){ obj, word };
	if (f->nr_haul == HAUL)
		give_back(f);
}

/* --- what the dead held --- */

/* The kernel is asked once for each process. */
static bool
is_dead(struct search *f, uint64_t token)
{
	unsigned int nr = f->nr_known < KNOWN ? f->nr_known : KNOWN;
	bool dead;

	for (unsigned int i = 0; i < nr; i++)
		if (f->known[i].token == token)
			return f->known[i].is_dead;
	dead = !identity_process_is_alive(token);
	nr = f->nr_known++ % KNOWN;
	f->known[nr].token = token;
	f->known[nr].is_dead = dead;
	return dead;
}

static void
reclaim_held(struct search *f)
{
	/* A pool of one process's own nobody else can pop from; a child that it
	 * forks has a copy, and what the parent held is the child's in it. */
	if (!f->a->shared)
		return;
	for (uint32_t i = 0; i < f->nr_objs; i++) {
		void *obj = object_at(f, i);
		_Atomic(uint64_t) *word = holders_word(f->a, obj);
		uint64_t h = word != NULL ? holder_look(word) : 0;

		if (holder_is_held(h) && is_dead(f, h) &&
			(f->may == NULL || f->may(obj, f->ctx)))
			add_to_haul(f, obj, h);
	}
	if (f->nr_haul > 0)
		give_back(f);
}

/* --- orphans --- */

static bool
is_seen(const struct search *f, uint32_t i)
{
	return f->seen[i / 64] >> i % 64 & 1;
}

static int
read_blocks(struct search *f)
{
	struct round round = round_from(f->a, 0);
	void *objs[BLOCK_OBJS_MAX];
	struct objpool_block *b;

	memset(f->seen, 0, ((size_t)f->nr_objs + 63) / 64 * sizeof(*f->seen));
	while ((b = round_next(f->a, &round)) != NULL) {
		unsigned int n = census_of_block(f->a, b, objs);

		if (n == CENSUS_IMPOSSIBLE)
			return -ENOTSUP;
		for (unsigned int k = 0; k < n; k++) {
			uint32_t i = number_of(f, objs[k]);

			if (i < f->nr_objs)
				f->seen[i / 64] |= UINT64_C(1) << i % 64;
		}
	}
	return 0;
}

static bool
add_suspect(struct search *f, void *obj, uint64_t word)
{
	struct suspect *more;

	if (f->nr_suspects == f->room) {
		f->room = f->room > 0 ? 2 * f->room : HAUL;
		more = calloc(f->room, sizeof(*more));
		if (more == NULL)
			return false;
		if (f->nr_suspects > 0)
			memcpy(more, f->suspects,
				f->nr_suspects * sizeof(*more));
		free(f->suspects);
		f->suspects = more;
	}
	f->suspects[f->nr_suspects++] = (struct suspect){ obj, word };
	return true;
}

static int
find_suspects(struct search *f)
{
	int rc = read_blocks(f);

	for (uint32_t i = 0; rc == 0 && i < f->nr_objs; i++) {
		void *obj = object_at(f, i);
		_Atomic(uint64_t) *word = holders_word(f->a, obj);
		uint64_t h = word != NULL ? holder_look(word) : 0;

		if (holder_is_free(h) && !is_seen(f, i) &&
			!add_suspect(f, obj, h))
			return -ENOMEM;
	}
	return rc;
}

static int
reclaim_orphans(struct search *f)
{
	int rc;

	f->seen = calloc(((size_t)f->nr_objs + 63) / 64, sizeof(*f->seen));
	if (f->seen == NULL)
		return -ENOMEM;
	rc = find_suspects(f);
	if (rc < 0 || f->nr_suspects == 0)
		return rc;
	rc = end_quiesce_for(f->a, PAUSES); /* E20: who brings them in */
	if (rc < 0)
		return rc;
	rc = read_blocks(f);
	if (rc == 0)
		rc = end_quiesce_for(f->a, PAUSES); /* E21: who took them out */
	if (rc < 0)
		return rc;
	for (uint32_t k = 0; k < f->nr_suspects; k++)
		if (!is_seen(f, number_of(f, f->suspects[k].obj)))
			add_to_haul(f, f->suspects[k].obj, f->suspects[k].word);
	if (f->nr_haul > 0)
		give_back(f);
	return 0;
}

/* --- the call --- */

/* Can this process tell who is alive, and wait for who is? */
static int
check(const struct arena *a)
{
	if (!has_holders(a) || a->place == 0 || identity_place() != a->place ||
		!marks_work(a) || a->address != (uintptr_t)a)
		return -ENOTSUP;
	/* A forked child's copy has the marks of threads that it has not, for
	 * which nobody can wait. */
	if (!a->shared && a->creator != identity_process())
		return -EPERM;
	if (!end_is_ours(a) &&
		atomic_load_explicit(&a->state, memory_order_acquire) !=
			POOL_LIVE)
		return -EPERM;
	return 0;
}

/* The creator keeps the pool by a reference of its own, since others may give
 * the last object back meanwhile. False: they did. (Were it killed, a reference
 * of somebody else's would be one too many; and nobody else's release could come
 * in between.) */
static bool
keep_pool(struct arena *a)
{
	uint64_t refs = atomic_load_explicit(&a->refs, memory_order_relaxed);

	do {
		if (refs == 0)
			return false;
	} while (!atomic_compare_exchange_weak_explicit(&a->refs, &refs,
		refs + REF_OBJ, memory_order_relaxed, memory_order_relaxed));
	return true;
}

static int64_t
reclaim(struct search *f)
{
	bool ours = end_is_ours(f->a);
	int rc = check(f->a);

	if (rc < 0)
		return rc;
	if (ours && !keep_pool(f->a))
		return 0;
	reclaim_held(f);
	rc = reclaim_orphans(f);
	free(f->seen);
	free(f->suspects);
	if (ours)
		end_unref(f->a, 1, GP_LAST_DROP);
	return f->nr_given > 0 || rc == 0 ? f->nr_given : rc;
}

int64_t
objpool_reclaim(struct objpool *pool, objpool_reclaim_fn *may, void *ctx)
{
	struct search f = { .may = may, .ctx = ctx };

	if (pool == NULL)
		return -EINVAL;
	f.a = arena_of(pool);
	if (f.a->stride == 0)
		return -ENOTSUP;
	f.nr_objs = f.a->nr_objs;
	return reclaim(&f);
}

int64_t
objpool_reclaim_among(struct objpool *pool, void *const *objs, uint32_t n,
	objpool_reclaim_fn *may, void *ctx)
{
	struct search f = { .may = may, .ctx = ctx };
	int64_t given;

	if (pool == NULL || objs == NULL)
		return -EINVAL;
	if (n == 0)
		return 0;
	f.a = arena_of(pool);
	f.nr_objs = n;
	f.objs = calloc(n, sizeof(*f.objs));
	if (f.objs == NULL)
		return -ENOMEM;
	memcpy(f.objs, objs, n * sizeof(*f.objs));
	qsort(f.objs, n, sizeof(*f.objs), by_address);
	given = reclaim(&f);
	free(f.objs);
	return given;
}
