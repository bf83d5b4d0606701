/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Who has which slot.
 *
 * A slot's owner is a token that names a thread (lib/identity.c); 0 means free.
 * A slot is taken by a compare-and-swap from 0, or from the token of a thread
 * that is dead, whose blocks and half-done operation the taker then inherits.
 */

#ifndef OBJPOOL_CORE_CLAIM_H
#define OBJPOOL_CORE_CLAIM_H

#include "core.h"

/* Does this token's thread still run? */
typedef bool
claim_alive_fn(uint64_t token);

/* A slot for the thread named by token: the one it has, as it is; else, made
 * fence-free if it may be (reach.h), slot `key` if that is free, else any free
 * one, else one whose owner is dead. A key below 0 means any. NULL if all slots
 * have living owners. */
struct slot *
claim_slot(struct arena *a, int key, uint64_t token, claim_alive_fn *alive);

/* A slot for one call of a thread that has none, fenced, and cooling so that it
 * keeps to public blocks. To be released. NULL if all are in use by living
 * threads. */
struct slot *
claim_guest(struct arena *a, uint64_t token, claim_alive_fn *alive);

/* The slot that the thread named by token has; NULL if it has none. */
struct slot *
claim_find(const struct arena *a, uint64_t token);

/* The slot or the guest that the thread named by token has, in the middle of
 * being claimed or given back too; NULL if it has neither. */
struct slot *
claim_host(const struct arena *a, uint64_t token);

/* Give the slot back; its objects go to the depot. For its owner. */
void
claim_release(struct arena *a, struct slot *s);

/* Add OBJPOOL_SLOT_* to the mode of all slots: their owners see it in their next
 * operation. */
void
claim_divert(struct arena *a, uint32_t mode);

#endif /* OBJPOOL_CORE_CLAIM_H */
