/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/**
 * @file
 * What inline calls know of slots and blocks: their layout, and the two
 * operations of a block's owner. For objpool/fast.h, the driver's inline calls
 * and the library, which has no other text of them; nothing here is for others.
 *
 * What is compiled into a program is numbered, OBJPOOL_LAYOUT. What the words
 * mean, and the protocol with its edges: lib/core/word.h, lib/core/block.h.
 */

#ifndef OBJPOOL_SLOT_H
#define OBJPOOL_SLOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* The functions of <stdatomic.h> under their C names in both languages. A model
 * checker brings its own. */
#ifndef OBJPOOL_ATOMIC
#ifdef __cplusplus
#include <atomic>
#define OBJPOOL_ATOMIC(T)   std::atomic<T>
#define OBJPOOL_USE_ATOMICS using namespace std
#else
#include <stdatomic.h>
#define OBJPOOL_ATOMIC(T)   _Atomic(T)
#define OBJPOOL_USE_ATOMICS ((void)0)
#endif
#endif

/* Entries are copied by memcpy in normal builds: a thief that reads one while
 * it is overwritten throws it away, since its compare-and-swap fails then.
 * Under ThreadSanitizer and model checkers they are relaxed atomics. */
#ifndef OBJPOOL_ENTRIES_ATOMIC
#if defined(__SANITIZE_THREAD__)
#define OBJPOOL_ENTRIES_ATOMIC 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define OBJPOOL_ENTRIES_ATOMIC 1
#endif
#endif
#endif

#if defined(__GNUC__) && !defined(__clang__) && defined(__SANITIZE_THREAD__)
/* ThreadSanitizer does not model fences; no data is published through these. */
#pragma GCC diagnostic ignored "-Wtsan"
#endif

/* E2 (lib/core/block.h), owner: between its store of T and its load of W.
 * Without a fence only the compiler must keep them apart; lib/core/fence.h says
 * why. */
#ifndef OBJPOOL_LIGHT_FENCE
#define OBJPOOL_LIGHT_FENCE(fenced)                                            \
	do {                                                                   \
		if (fenced)                                                    \
			atomic_thread_fence(memory_order_seq_cst);             \
		else                                                           \
			atomic_signal_fence(memory_order_seq_cst);             \
	} while (0)
#endif

#define OBJPOOL_LIKELY_(x)   __builtin_expect(!!(x), 1)
#define OBJPOOL_UNLIKELY_(x) __builtin_expect(!!(x), 0)

/* Inline wherever it is called: with many calls in a file the compiler would
 * rather make a function of it. */
#define OBJPOOL_INLINE_ static inline __attribute__((always_inline))

#ifdef __cplusplus
extern "C" {
#endif

/** Number of the layout that this header knows. */
#define OBJPOOL_LAYOUT 2

/* Why a slot's operations are not all done inline; 0: they are. mode is the
 * first word of a slot in every layout, and 0 or not means this in all. */
#define OBJPOOL_SLOT_FENCED_ (1u << 0) /* pays for its own fence */
#define OBJPOOL_SLOT_MARKED_ (1u << 1) /* marks each operation */
#define OBJPOOL_SLOT_CLOSED_ (1u << 2) /* pops are refused */
#define OBJPOOL_SLOT_SLOW_   (1u << 3) /* checked, finished, or not a slot */
#define OBJPOOL_SLOT_CALL_   (1u << 4) /* the library need not care, others do */
#define OBJPOOL_SLOT_SIGNALS_                                                  \
	(1u << 5) /* handlers may interrupt each operation */
#define OBJPOOL_SLOT_NARROW_ (1u << 6) /* blocks of 32-bit entries */
#define OBJPOOL_SLOT_JOINED_ (1u << 7) /* shall pay for its own fence now */
#define OBJPOOL_SLOT_HOMING_ (1u << 8) /* far objects are pushed elsewhere */

/** The calling thread's place in a pool. Its owner's line. */
struct objpool_slot {
	OBJPOOL_ATOMIC(uint32_t) mode;
	/* Odd while in an operation on a marked pool. */
	OBJPOOL_ATOMIC(uint32_t) busy;
	OBJPOOL_ATOMIC(int64_t) cur; /* block in use: bytes from here */
};

#ifndef OBJPOOL_LINE_
#define OBJPOOL_LINE_ __attribute__((aligned(64)))
#endif

/* The head of a block (lib/core/block.h), a cache line. */
struct objpool_block {
	OBJPOOL_ATOMIC(uint64_t) w;     /* whose; changed by all */
	OBJPOOL_ATOMIC(uint64_t) t;     /* how many; the owner's */
	OBJPOOL_ATOMIC(uint64_t) stamp; /* of limbo; only grows */
	/* Constant: */
	int64_t entries; /* bytes from here */
	uintptr_t base;  /* of narrow entries, which count from there */
	uint32_t shift;  /* in units of 2^shift bytes; 0: pointers */
	uint32_t cap;    /* entries */
	uint32_t id;
} OBJPOOL_LINE_;

/* W: mode in the low bits. T: length, flip, tag, pushes (lib/core/word.h). */
#define OBJPOOL_W_MODE_       3u
#define OBJPOOL_W_PRIV_       1u
#define OBJPOOL_T_LEN_BITS_   9
#define OBJPOOL_T_FLIP_SHIFT_ 9
#define OBJPOOL_T_NPUT_SHIFT_ 18

#define OBJPOOL_T_FLIP_ (UINT64_C(1) << OBJPOOL_T_FLIP_SHIFT_)

OBJPOOL_INLINE_ unsigned int
objpool_t_len_(uint64_t t)
{
	return (unsigned int)(t & ((1u << OBJPOOL_T_LEN_BITS_) - 1));
}

/* --- entries --- */

OBJPOOL_INLINE_ void *
objpool_entries_(const struct objpool_block *b)
{
	/* Through an integer: no part of *b. */
	return (void *)((uintptr_t)b + (uintptr_t)b->entries);
}

static inline void *
objpool_widen_(const struct objpool_block *b, uint32_t id)
{
	return (void *)(b->base + ((uintptr_t)id << b->shift));
}

static inline uint32_t
objpool_narrow_(const struct objpool_block *b, const void *obj)
{
	return (uint32_t)(((uintptr_t)obj - b->base) >> b->shift);
}

#ifdef OBJPOOL_ENTRIES_ATOMIC
static inline void *
objpool_entry_load_(const struct objpool_block *b, unsigned int at)
{
	OBJPOOL_USE_ATOMICS;
	OBJPOOL_ATOMIC(uint32_t) *id =
		(OBJPOOL_ATOMIC(uint32_t) *)objpool_entries_(b);
	OBJPOOL_ATOMIC(uintptr_t) *obj =
		(OBJPOOL_ATOMIC(uintptr_t) *)objpool_entries_(b);

	return b->shift != 0 ?
		objpool_widen_(b,
			atomic_load_explicit(id + at, memory_order_relaxed)) :
		(void *)atomic_load_explicit(obj + at, memory_order_relaxed);
}

static inline void
objpool_entry_store_(struct objpool_block *b, unsigned int at, const void *e)
{
	OBJPOOL_USE_ATOMICS;
	OBJPOOL_ATOMIC(uint32_t) *id =
		(OBJPOOL_ATOMIC(uint32_t) *)objpool_entries_(b);
	OBJPOOL_ATOMIC(uintptr_t) *obj =
		(OBJPOOL_ATOMIC(uintptr_t) *)objpool_entries_(b);

	if (b->shift != 0)
		atomic_store_explicit(id + at, objpool_narrow_(b, e),
			memory_order_relaxed);
	else
		atomic_store_explicit(obj + at, (uintptr_t)e,
			memory_order_relaxed);
}
#endif

/* Copy n entries, from number `at` on, to objs. */
OBJPOOL_INLINE_ void
objpool_wide_read_(const struct objpool_block *b, unsigned int at, void **objs,
	unsigned int n)
{
#ifdef OBJPOOL_ENTRIES_ATOMIC
	for (unsigned int i = 0; i < n; i++)
		objs[i] = objpool_entry_load_(b, at + i);
#else
	const char *from =
		(const char *)objpool_entries_(b) + at * sizeof(void *);
	void **const last = objs + (n & ~3u);

	for (; objs != last; objs += 4, from += 4 * sizeof(void *))
		memcpy(objs, from, 4 * sizeof(void *));
	if (n & 2) {
		memcpy(objs, from, 2 * sizeof(void *));
		objs += 2;
		from += 2 * sizeof(void *);
	}
	if (n & 1)
		memcpy(objs, from, sizeof(void *));
#endif
}

/* Copy n entries from objs, to number `at` and after. */
OBJPOOL_INLINE_ void
objpool_wide_write_(struct objpool_block *b, unsigned int at, void *const *objs,
	unsigned int n)
{
#ifdef OBJPOOL_ENTRIES_ATOMIC
	for (unsigned int i = 0; i < n; i++)
		objpool_entry_store_(b, at + i, objs[i]);
#else
	char *to = (char *)objpool_entries_(b) + at * sizeof(void *);
	void *const *const last = objs + (n & ~3u);

	for (; objs != last; objs += 4, to += 4 * sizeof(void *))
		memcpy(to, objs, 4 * sizeof(void *));
	if (n & 2) {
		memcpy(to, objs, 2 * sizeof(void *));
		objs += 2;
		to += 2 * sizeof(void *);
	}
	if (n & 1)
		memcpy(to, objs, sizeof(void *));
#endif
}

/* Likewise, of blocks that may be narrow. */
static inline void
objpool_entries_read_(const struct objpool_block *b, unsigned int at,
	void **objs, unsigned int n)
{
#ifndef OBJPOOL_ENTRIES_ATOMIC
	const char *from =
		(const char *)objpool_entries_(b) + at * sizeof(uint32_t);
	uint32_t id[4];

	if (OBJPOOL_UNLIKELY_(b->shift != 0)) {
		for (; n >= 4; n -= 4, objs += 4, from += sizeof(id)) {
			memcpy(id, from, sizeof(id));
			for (unsigned int i = 0; i < 4; i++)
				objs[i] = objpool_widen_(b, id[i]);
		}
		for (; n > 0; n--, objs++, from += sizeof(uint32_t)) {
			memcpy(id, from, sizeof(uint32_t));
			objs[0] = objpool_widen_(b, id[0]);
		}
		return;
	}
#endif
	objpool_wide_read_(b, at, objs, n);
}

static inline void
objpool_entries_write_(struct objpool_block *b, unsigned int at,
	void *const *objs, unsigned int n)
{
#ifndef OBJPOOL_ENTRIES_ATOMIC
	char *to = (char *)objpool_entries_(b) + at * sizeof(uint32_t);
	uint32_t id[4];

	if (OBJPOOL_UNLIKELY_(b->shift != 0)) {
		for (; n >= 4; n -= 4, objs += 4, to += sizeof(id)) {
			for (unsigned int i = 0; i < 4; i++)
				id[i] = objpool_narrow_(b, objs[i]);
			memcpy(to, id, sizeof(id));
		}
		for (; n > 0; n--, objs++, to += sizeof(uint32_t)) {
			id[0] = objpool_narrow_(b, objs[0]);
			memcpy(to, id, sizeof(uint32_t));
		}
		return;
	}
#endif
	objpool_wide_write_(b, at, objs, n);
}

/* --- the owner's two operations on a private block --- */

/* How an operation of the owner ended. */
enum objpool_outcome_ {
	OBJPOOL_DONE_,
	OBJPOOL_SHORT_, /* not enough objects or room; nothing happened */
	OBJPOOL_DOUBT_, /* revoked meanwhile: before or after? The library
			   decides (lib/core/owner.h) */
	OBJPOOL_LOST_,  /* before; nothing happened, nor will the next time */
};

/* Is it still the owner's alone? */
OBJPOOL_INLINE_ bool
objpool_is_private_(const struct objpool_block *b)
{
	OBJPOOL_USE_ATOMICS;

	return (atomic_load_explicit(&b->w, memory_order_relaxed) &
		       OBJPOOL_W_MODE_) == OBJPOOL_W_PRIV_;
}

/* Take n objects off a private block, which is known to be wide or may be
 * narrow; SHORT if n is 0, never LOST. */
OBJPOOL_INLINE_ enum objpool_outcome_
objpool_block_pop_(struct objpool_block *b, void **objs, unsigned int n,
	bool fenced, bool wide)
{
	OBJPOOL_USE_ATOMICS;
	uint64_t t = atomic_load_explicit(&b->t, memory_order_relaxed);
	unsigned int len = objpool_t_len_(t);

	if (OBJPOOL_UNLIKELY_(n - 1 >= len))
		return OBJPOOL_SHORT_;
	t = (t - n) ^ OBJPOOL_T_FLIP_;
	/* E12, E21: release, so that a scanner that sees it passes it on. */
	atomic_store_explicit(&b->t, t, memory_order_release);
	OBJPOOL_LIGHT_FENCE(fenced); /* E2 */
	if (OBJPOOL_UNLIKELY_(!objpool_is_private_(b)))
		return OBJPOOL_DOUBT_;
	/* E7: read before release; nobody else writes here until then (E8). */
	if (wide)
		objpool_wide_read_(b, len - n, objs, n);
	else
		objpool_entries_read_(b, len - n, objs, n);
	return OBJPOOL_DONE_;
}

/* Put n objects on a private block; else likewise. */
OBJPOOL_INLINE_ enum objpool_outcome_
objpool_block_push_(struct objpool_block *b, void *const *objs, unsigned int n,
	bool fenced, bool wide)
{
	OBJPOOL_USE_ATOMICS;
	uint64_t t = atomic_load_explicit(&b->t, memory_order_relaxed);
	unsigned int len = objpool_t_len_(t);

	if (OBJPOOL_UNLIKELY_(n - 1 >= b->cap - len))
		return OBJPOOL_SHORT_;
	if (wide)
		objpool_wide_write_(b, len, objs, n);
	else
		objpool_entries_write_(b, len, objs, n);
	t = (t + n + ((uint64_t)n << OBJPOOL_T_NPUT_SHIFT_)) ^ OBJPOOL_T_FLIP_;
	/* E1: entries and objects before the length that covers them. */
	atomic_store_explicit(&b->t, t, memory_order_release);
	OBJPOOL_LIGHT_FENCE(fenced); /* E2 */
	return OBJPOOL_LIKELY_(objpool_is_private_(b)) ? OBJPOOL_DONE_ :
							 OBJPOOL_DOUBT_;
}

OBJPOOL_INLINE_ struct objpool_block *
objpool_slot_block_(const struct objpool_slot *s)
{
	OBJPOOL_USE_ATOMICS;

	return (struct objpool_block *)(void *)((char *)(uintptr_t)s +
		atomic_load_explicit(&s->cur, memory_order_relaxed));
}

OBJPOOL_INLINE_ bool
objpool_slot_is_plain_(const struct objpool_slot *s)
{
	OBJPOOL_USE_ATOMICS;

	return OBJPOOL_LIKELY_(
		atomic_load_explicit(&s->mode, memory_order_relaxed) == 0);
}

/* --- marks: lib/core/mark.h --- */

/* Returns the mark, for who leaves in the same function: reading it again would
 * wait for this store. */
OBJPOOL_INLINE_ uint32_t
objpool_mark_enter_(struct objpool_slot *s, bool fenced)
{
	OBJPOOL_USE_ATOMICS;
	uint32_t busy = atomic_load_explicit(&s->busy, memory_order_relaxed);

	busy = (busy + 1) | 1;
	/* E17: what a guest's last borrower did, to who waits for that one. */
	atomic_store_explicit(&s->busy, busy, memory_order_release);
	OBJPOOL_LIGHT_FENCE(fenced); /* E16: before mode, uid */
	return busy;
}

OBJPOOL_INLINE_ void
objpool_mark_leave_(struct objpool_slot *s, uint32_t mark)
{
	OBJPOOL_USE_ATOMICS;

	/* E17: all that was done before. */
	atomic_store_explicit(&s->busy, mark + 1, memory_order_release);
}

/* Pop or push as above on a slot whose mode was seen to be this, MARKED and
 * perhaps FENCED: inside a mark, under which it must still be so (E16). In DOUBT
 * the mark stays on. */
OBJPOOL_INLINE_ enum objpool_outcome_
objpool_marked_pop_(struct objpool_slot *s, void **objs, unsigned int n,
	uint32_t mode, bool wide)
{
	OBJPOOL_USE_ATOMICS;
	enum objpool_outcome_ outcome = OBJPOOL_SHORT_;
	bool fenced = mode & OBJPOOL_SLOT_FENCED_;
	uint32_t mark = objpool_mark_enter_(s, fenced);

	if (OBJPOOL_LIKELY_(atomic_load_explicit(&s->mode,
				    memory_order_relaxed) == mode))
		outcome = objpool_block_pop_(objpool_slot_block_(s), objs, n,
			fenced, wide);
	if (OBJPOOL_LIKELY_(outcome != OBJPOOL_DOUBT_))
		objpool_mark_leave_(s, mark);
	return outcome;
}

OBJPOOL_INLINE_ enum objpool_outcome_
objpool_marked_push_(struct objpool_slot *s, void *const *objs, unsigned int n,
	uint32_t mode, bool wide)
{
	OBJPOOL_USE_ATOMICS;
	enum objpool_outcome_ outcome = OBJPOOL_SHORT_;
	bool fenced = mode & OBJPOOL_SLOT_FENCED_;
	uint32_t mark = objpool_mark_enter_(s, fenced);

	if (OBJPOOL_LIKELY_(atomic_load_explicit(&s->mode,
				    memory_order_relaxed) == mode))
		outcome = objpool_block_push_(objpool_slot_block_(s), objs, n,
			fenced, wide);
	if (OBJPOOL_LIKELY_(outcome != OBJPOOL_DOUBT_))
		objpool_mark_leave_(s, mark);
	return outcome;
}

#ifdef __cplusplus
}
#endif

#endif /* OBJPOOL_SLOT_H */
