/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* The structures of a pool, and how to find one's way among them.
 *
 * A pool is an *arena*: a head, the hints, and one region of slots and blocks
 * for each NUMA node. Regions may lie anywhere, but at the same distance from
 * the head in every process: all references are offsets from the head or ids.
 *
 * core is keyed by a slot; NULL stands for a thread that has none. Which slot a
 * thread has is decided above (lib/thread.c), with claim.c's help.
 */

#ifndef OBJPOOL_CORE_CORE_H
#define OBJPOOL_CORE_CORE_H

#include "owner.h"
#include "thief.h"

#define REGIONS_MAX 64

/* Blocks that a slot keeps loaded: one to take from, one to spill into. */
#define LOADED 2

/* Slots beyond the pool's own, each for one call of a thread that has none. And
 * one beyond those that is nobody's: the slot of threads that have none. */
#define NR_GUESTS 16u

/* Operations on shared blocks after a slot's blocks were revoked, before it may
 * have private ones again: doubled at each revocation, halved whenever it fills
 * or empties a private block undisturbed. */
#define COOL_MIN 16u
#define COOL_MAX 1024u

/* Counters of one slot; written by its owner, read by anybody. */
struct counts {
	_Atomic(uint64_t) unput; /* counted as put, but undone or given back */
	_Atomic(uint64_t) put;   /* objects put on public blocks */
	_Atomic(uint64_t) fails;
	_Atomic(uint64_t) blocks_in;
	_Atomic(uint64_t) blocks_out;
	_Atomic(uint64_t) revocations;
	_Atomic(uint64_t) heavy; /* heavy fences */
	_Atomic(uint64_t) steals;
	_Atomic(uint64_t) conflicts;
	_Atomic(uint64_t) takeovers;
	_Atomic(uint64_t) anon;  /* objects moved without a slot */
	_Atomic(uint64_t) limbo; /* batches given to a grace period */
};

struct slot {
	/* Owner's line: nobody else touches it, but for who diverts the owner
	 * (mode) or waits for it (busy). Atomic, because owners follow each
	 * other without a word when one is dead. */
	alignas(CACHE_LINE) struct objpool_slot pub;
	_Atomic(uint32_t) pos;      /* place of the current block in loaded[] */
	_Atomic(uint32_t) cool;     /* above 0: keep to public blocks */
	_Atomic(uint32_t) cool_max; /* what cool starts from next time */
	_Atomic(uint32_t) bound;    /* public block to put into, id + 1 */
	_Atomic(uint32_t) loaded[LOADED]; /* private blocks, id + 1 */
	_Atomic(uint32_t) home; /* word of hints to look for stock in first */
	_Atomic(uint32_t) vain; /* public blocks visited in vain */
	/* Open batch of limbo, offset; 0: none. Stays with the slot when the
	 * owner changes. */
	_Atomic(int64_t) limbo;
	/* Free words that it made, holder.h; also by who interrupts it. */
	_Atomic(uint64_t) nr_freed;

	/* Who has the slot: read at claim, written when it changes hands. */
	alignas(CACHE_LINE) _Atomic(uint64_t) owner;
	_Atomic(uint32_t) fence_free; /* does the owner go without? reach.h */
	/* The last batch of limbo that was let go before it was full: id + 1
	 * and gen. The owner's, too, but seldom used. */
	_Atomic(uint64_t) early;
	int64_t arena;   /* constant: bytes from here to it */
	uint32_t index;  /* constant */
	uint32_t region; /* constant */
	struct counts counts;
};

struct region {
	int64_t blocks;  /* offset of its first block's head */
	int64_t entries; /* of those of its first block */
	int64_t objs; /* offset of its first object, if they are the pool's */
	uint32_t first_obj;
	uint32_t nr_objs;
	uint32_t hints; /* its first word of hints */
	int32_t node;
	_Atomic(uint32_t) used; /* blocks from here on never held anything */
	_Atomic(uint32_t) open; /* block for objects that come home, id + 1 */
	uint8_t near[REGIONS_MAX]; /* all regions, this one first */
};

/* lib/end.c. */
enum pool_state {
	POOL_LIVE = 1,
	POOL_DYING,   /* pushes drop; what was in progress may still be */
	POOL_DRAINED, /* what was home is counted */
	POOL_RELEASED,
};

/* arena.refs: of each object that was not dropped, and of the pool itself, so
 * that one load tells how many objects there are, whether the pool has its own
 * still. */
#define REF_OBJ  2u
#define REF_POOL 1u

/* In arena.flags, beside those of the user: pops are refused. */
#define FLAG_CLOSED (1u << 31)
/* And: processes share the pool. */
#define FLAG_SHARED (1u << 30)

struct arena {
	/* Read by every operation, written at init and by fini. */
	alignas(CACHE_LINE) _Atomic(uint64_t) uid; /* UID_DEAD after fini */
	_Atomic(uint32_t) flags;
	uint32_t block_objs;
	uint32_t nr_slots;
	uint32_t nr_blocks;
	uint32_t nr_regions;
	uint32_t blocks_per_region;
	uint32_t hints_per_region; /* words */
	int64_t hints;             /* offset of the hints */
	int64_t slots;             /* offset of a table of the slots' offsets */
	uint32_t nr_objs;
	uint32_t fence_free;  /* slots may be */
	uint32_t has_limbo;   /* there is a domain, objects may be in limbo */
	uint32_t has_holders; /* objects have holder words */
	_Atomic(uint32_t) joined; /* a second process (reach.h) did */
	_Atomic(uint64_t) home;   /* the first one, 0: none yet */

	/* Life cycle: written by init, drop and fini. */
	alignas(CACHE_LINE) _Atomic(uint64_t) refs; /* in REF_OBJ, REF_POOL */
	_Atomic(uint32_t) state;
	_Atomic(uint64_t) reclaims; /* objects given back for the dead */

	/* Limbo: the lowest stamp that the last look at all batches found not
	 * over, 0: none. Written by those who look. */
	alignas(CACHE_LINE) _Atomic(uint64_t) unripe;

	/* Threads without a slot: written by them all. */
	alignas(CACHE_LINE) struct counts anon;

	/* Constant; for messages and checks. */
	alignas(CACHE_LINE) struct region region[REGIONS_MAX];
	uint64_t place;    /* the creator's namespaces; 0: not known */
	uint64_t creator;  /* the creating process, among those of its place */
	uintptr_t address; /* of this struct, in the creator */
	uintptr_t local;   /* the creator's private part */
	uint32_t shared;
	uint64_t arena_bytes;
	uint64_t stride;   /* bytes an object */
	int64_t bits;      /* offset of checked mode's bitmap */
	int64_t holders;   /* offset of the holder words of own objects */
	int64_t holder_at; /* of others: bytes from the object to its own */
	char name[32];
};

#define UID_DEAD 1
#define UID_STEP 4 /* to the id that a closed pool gets */

static inline uint32_t
arena_flags(const struct arena *a)
{
	return atomic_load_explicit(&a->flags, memory_order_relaxed);
}

static inline void *
at_offset(const struct arena *a, int64_t offset)
{
	return (char *)(uintptr_t)a + offset;
}

static inline int64_t
offset_of(const struct arena *a, const void *p)
{
	return (int64_t)((intptr_t)p - (intptr_t)a);
}

static inline struct slot *
slot_at(const struct arena *a, uint32_t index)
{
	const int64_t *table = at_offset(a, a->slots);

	return at_offset(a, table[index]);
}

/* Entries of a block, in bytes. */
static inline size_t
entries_bytes(uint32_t block_objs, bool narrow)
{
	return block_objs *
		(narrow ? sizeof(_Atomic(uint32_t)) :
			  sizeof(_Atomic(uintptr_t)));
}

static inline struct objpool_block *
block_at(const struct arena *a, uint32_t id)
{
	const struct region *r = &a->region[id / a->blocks_per_region];
	struct objpool_block *first = at_offset(a, r->blocks);

	return first + id % a->blocks_per_region;
}

/* Stands for "no block": empty to pop, and without entries to push into. Nobody
 * writes it. */
static inline struct objpool_block *
block_none(const struct arena *a)
{
	return block_at(a, a->nr_blocks);
}

static inline struct slot *
slot_of(const struct objpool_slot *pub)
{
	return (void *)((char *)(uintptr_t)pub - offsetof(struct slot, pub));
}

static inline struct arena *
slot_arena(struct slot *s)
{
	return (void *)((char *)s + s->arena);
}

/* Is the memory of the object in that region? */
static inline bool
region_has(const struct arena *a, uint32_t region, const void *obj)
{
	const struct region *r = &a->region[region];

	return (uintptr_t)obj - (uintptr_t)at_offset(a, r->objs) <
		r->nr_objs * a->stride;
}

/* Slots with storage: the pool's, the guests, and nobody's. */
static inline uint32_t
nr_slots_in_all(uint32_t nr_slots)
{
	return nr_slots + NR_GUESTS + 1;
}

/* own of the slot's blocks; without one, of none that there are. */
static inline unsigned int
own_of(const struct slot *s)
{
	return s != NULL ? s->index + 1 : OWN_ANON;
}

static inline struct counts *
counts_of(struct arena *a, struct slot *s)
{
	return s != NULL ? &s->counts : &a->anon;
}

/* Counters have one writer, but for those of threads without a slot. */
static inline void
count_add(_Atomic(uint64_t) *counter, const struct slot *s, uint64_t n)
{
	if (s == NULL)
		atomic_fetch_add_explicit(counter, n, memory_order_relaxed);
	else
		atomic_store_explicit(counter,
			atomic_load_explicit(counter, memory_order_relaxed) + n,
			memory_order_relaxed);
}

/* Add n to a counter of the slot, or of the threads without one. */
#define COUNT(a, s, what, n) count_add(&counts_of(a, s)->what, s, n)

#endif /* OBJPOOL_CORE_CORE_H */
