/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* What the pool (lib/end.c, lib/retire.c) asks of its domain, beyond the public
 * header. The domain knows pools only as clients.
 */

#ifndef OBJPOOL_RCU_GP_H
#define OBJPOOL_RCU_GP_H

#include <objpool/rcu.h>

/* A pool, as its domain sees it. Part of the pool's private memory. */
struct gp_client {
	struct gp_client *next;
	const char *name;
	/* Objects in limbo, now. Called by the domain's threads. */
	uint64_t (*parked)(const struct gp_client *client);
};

/* Who gave the last reference of a pool back. */
enum gp_last {
	GP_LAST_FINI,
	GP_LAST_PUSH,
	GP_LAST_DROP,
};

/* A pool begins, and ends, to use the domain. */
void
gp_attach(struct objpool_gp *gp, struct gp_client *client);
void
gp_detach(struct objpool_gp *gp, struct gp_client *client);

/* The five functions, the missing ones made of the others. */
void
gp_defer(struct objpool_gp *gp, struct objpool_deferred *d,
	objpool_deferred_fn *fn);
void
gp_synchronize(struct objpool_gp *gp);
uint64_t
gp_start(struct objpool_gp *gp);
bool
gp_done(struct objpool_gp *gp, uint64_t cookie);
int
gp_in_reader(struct objpool_gp *gp);

/* As gp_defer(), and not before so many milliseconds have passed, or a barrier
 * has been asked for. Not for polling lcores: takes a lock. */
void
gp_defer_in(struct objpool_gp *gp, struct objpool_deferred *d,
	objpool_deferred_fn *fn, unsigned int ms);

/* Does the calling thread run a deferred function of any domain? */
bool
gp_in_deferred(void);

/* Is this the process that created the domain? */
bool
gp_is_ours(const struct objpool_gp *gp);

/* May the domain serve pools that processes share? */
bool
gp_is_shared(const struct objpool_gp *gp);

/* Count a pool that is about to be released. */
void
gp_count_release(struct objpool_gp *gp, enum gp_last last);

#endif /* OBJPOOL_RCU_GP_H */
