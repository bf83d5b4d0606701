/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* The holder words of a pool (core/holder.h says what is in one): where they
 * are, and what pop, push and drop do with those of their objects. For pools
 * with OBJPOOL_F_HOLDERS. */

#ifndef OBJPOOL_LIB_HOLDERS_H
#define OBJPOOL_LIB_HOLDERS_H

#include "core/holder.h"
#include "pool.h"

/* Bytes of the words of a pool's own objects. */
size_t
holders_bytes(uint32_t nr_objs);

/* The object's word; NULL if it is not one of the pool's, as far as that can be
 * told. */
_Atomic(uint64_t) *
holders_word(const struct arena *a, const void *obj);

/* Own objects are free, before the first pop. */
void
holders_init(const struct arena *a);

/* Note that the calling process popped them. */
void
holders_popped(const struct arena *a, void *const *objs, unsigned int n);

/* How many of the n objects, from the first, may be pushed in the slot's name;
 * they are noted as free. *error says what is wrong with the next, 0 if nothing
 * is. In a marked operation of the slot. */
unsigned int
holders_pushable(const struct arena *a, struct slot *s, void *const *objs,
	unsigned int n, int *error);

/* Note the objects as gone for good, but those that are refused: how many they
 * are, and the last error or 0. Their references are given back afterwards, all
 * at once: with the last one the words go. */
unsigned int
holders_dropped(const struct arena *a, void *const *objs, unsigned int n,
	int *error);

static inline bool
has_holders(const struct arena *a)
{
	return unlikely(arena_flags(a) & OBJPOOL_F_HOLDERS);
}

#endif /* OBJPOOL_LIB_HOLDERS_H */
