/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Operations on mempools that are, or take part in, something unusual: replaced
 * ones, those that serve instead of them, and those about to end.
 */

#ifndef OBJPOOL_MEMPOOL_REPLACE_H
#define OBJPOOL_MEMPOOL_REPLACE_H

#include "state.h"

struct ending;

/* Dequeue where the state says that it does not serve itself, or its pool is
 * closed. */
int
replace_dequeue(struct state *s, void **objs, unsigned int n);

/* Enqueue of objects that may be of other mempools: each goes to its own. */
int
replace_enqueue(struct rte_mempool *mp, void *const *objs, unsigned int n);

/* What a mempool has available. */
unsigned int
replace_count(const struct rte_mempool *mp, struct state *s);

/* From now on let `by` serve instead, or nobody (by is s itself). Returns who
 * did until now: a state whose claim is to be given back when s is quiet, or
 * NULL. With retire_lock(). */
struct state *
replace_serve(struct state *s, struct state *by);

/* Nobody takes objects of `left` any more on behalf of one that it served
 * for. With retire_lock(). */
void
replace_unclaim(struct state *left);

/* A mempool is being freed. False: others are still served by it, so the state
 * has to stay and goes with the last of them. */
bool
replace_forget(struct state *s);

/* Free the objects that were taken out of a mempool, as rte_mempool_free() does
 * it. */
void
replace_drop_objects(struct rte_mempool *mp, struct ending *e);

#endif /* OBJPOOL_MEMPOOL_REPLACE_H */
