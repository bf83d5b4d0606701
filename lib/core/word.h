/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* The two words at the head of a block, and how they are packed.
 *
 * W, the agreement word: whose the block is and, once it is public, how many
 * objects it holds. Every change is a compare-and-swap that moves gen on.
 *
 *   mode 2 | own 11 | len 9 | flip 1 | gen 41
 *
 * T, the owner's word: how many objects the block holds while it is private.
 * Only the owner writes it, with plain stores. It counts only while its tag
 * equals the low bits of the generation under which the block is private;
 * otherwise the owner has not done anything yet and W's len holds.
 *
 *   len 9 | flip 1 | tag 8 | nput 46
 *
 * flip changes with every operation of the owner. Whoever ends a revocation
 * copies it into W, and that one bit tells the owner whether its last operation
 * was seen: at most one can be in doubt (edge E2), so old and new flip differ.
 *
 * nput counts the objects ever pushed while the block was private. It shares
 * the word with len, so that one load gives both (strict emptiness, scan.c).
 *
 * Wrap-around. gen: 2^41 changes of one block within one stall of a thread,
 * more than six hours at 100 million changes a second, and it would have to
 * match to the bit. tag: made harmless by the tag rule in block_adopt(). nput:
 * 2^46 objects, only differences over one scan are used.
 */

#ifndef OBJPOOL_CORE_WORD_H
#define OBJPOOL_CORE_WORD_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>

#include <objpool/slot.h>

enum mode {
	MODE_PUB,  /* anybody may take; own, if set, may put */
	MODE_PRIV, /* own pops and pushes with plain stores */
	MODE_REVK, /* a thief asked for it; the length is being agreed on */
	MODE_LIMBO, /* its objects wait for a grace period; own may put (limbo.h) */
};

#define W_MODE_BITS  2
#define W_OWN_SHIFT  W_MODE_BITS
#define W_OWN_BITS   11
#define W_LEN_SHIFT  (W_OWN_SHIFT + W_OWN_BITS)
#define W_LEN_BITS   9
#define W_FLIP_SHIFT (W_LEN_SHIFT + W_LEN_BITS)
#define W_GEN_SHIFT  (W_FLIP_SHIFT + 1)

/* own: nobody, slot index + 1, or of block_none() (core.h). */
#define OWN_NONE 0u
#define OWN_ANON ((1u << W_OWN_BITS) - 1)

#define T_LEN_BITS   OBJPOOL_T_LEN_BITS_
#define T_FLIP_SHIFT OBJPOOL_T_FLIP_SHIFT_
#define T_TAG_SHIFT  (T_FLIP_SHIFT + 1)
#define T_TAG_BITS   8
#define T_NPUT_SHIFT OBJPOOL_T_NPUT_SHIFT_

#define BLOCK_OBJS_MAX 256u

static_assert(W_MODE_BITS == 2 && OBJPOOL_W_MODE_ == 3, "the mode of W");
static_assert(MODE_PRIV == OBJPOOL_W_PRIV_, "private");
static_assert(T_NPUT_SHIFT == T_TAG_SHIFT + T_TAG_BITS &&
		T_FLIP_SHIFT == T_LEN_BITS,
	"the fields of T; nput, which may wrap, is the highest");

static inline uint64_t
field(uint64_t word, unsigned int shift, unsigned int bits)
{
	return (word >> shift) & ((UINT64_C(1) << bits) - 1);
}

static inline uint64_t
w_make(enum mode mode, unsigned int own, unsigned int len, unsigned int flip,
	uint64_t gen)
{
	return (uint64_t)mode | (uint64_t)own << W_OWN_SHIFT |
		(uint64_t)len << W_LEN_SHIFT | (uint64_t)flip << W_FLIP_SHIFT |
		gen << W_GEN_SHIFT;
}

static inline unsigned int
w_mode(uint64_t w)
{
	return (unsigned int)field(w, 0, W_MODE_BITS);
}

static inline unsigned int
w_own(uint64_t w)
{
	return (unsigned int)field(w, W_OWN_SHIFT, W_OWN_BITS);
}

static inline unsigned int
w_len(uint64_t w)
{
	return (unsigned int)field(w, W_LEN_SHIFT, W_LEN_BITS);
}

static inline unsigned int
w_flip(uint64_t w)
{
	return (unsigned int)field(w, W_FLIP_SHIFT, 1);
}

static inline uint64_t
w_gen(uint64_t w)
{
	return w >> W_GEN_SHIFT;
}

static inline uint64_t
t_make(unsigned int len, unsigned int flip, uint64_t tag, uint64_t nput)
{
	return (uint64_t)len | (uint64_t)flip << T_FLIP_SHIFT |
		field(tag, 0, T_TAG_BITS) << T_TAG_SHIFT | nput << T_NPUT_SHIFT;
}

static inline unsigned int
t_len(uint64_t t)
{
	return (unsigned int)field(t, 0, T_LEN_BITS);
}

static inline unsigned int
t_flip(uint64_t t)
{
	return (unsigned int)field(t, T_FLIP_SHIFT, 1);
}

static inline uint64_t
t_tag(uint64_t t)
{
	return field(t, T_TAG_SHIFT, T_TAG_BITS);
}

static inline uint64_t
t_nput(uint64_t t)
{
	return t >> T_NPUT_SHIFT;
}

/* Does T speak of the time since the block became private under gen? */
static inline bool
t_is_of(uint64_t t, uint64_t gen)
{
	return t_tag(t) == field(gen, 0, T_TAG_BITS);
}

/* Free objects that a block with these two words holds. While it is private or
 * being revoked this is what a thief would find. */
static inline unsigned int
words_len(uint64_t w, uint64_t t)
{
	switch (w_mode(w)) {
	case MODE_PRIV:
		return t_is_of(t, w_gen(w)) ? t_len(t) : w_len(w);
	case MODE_REVK:
		return t_is_of(t, w_gen(w) - 1) ? t_len(t) : w_len(w);
	case MODE_LIMBO:
		return 0;
	default:
		return w_len(w);
	}
}

/* Objects in limbo that a block with this word holds. */
static inline unsigned int
word_parked(uint64_t w)
{
	return w_mode(w) == MODE_LIMBO ? w_len(w) : 0;
}

#endif /* OBJPOOL_CORE_WORD_H */
