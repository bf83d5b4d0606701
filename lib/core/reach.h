/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Which slots are fence-free, and how far a heavy fence has to reach for them.
 *
 * A process can make its own threads pass fences at once
 * (MEMBARRIER_CMD_PRIVATE_EXPEDITED). For those of others there are two
 * commands. MEMBARRIER_CMD_GLOBAL_EXPEDITED would be quick, but misses threads:
 * where one ends and another of its process goes on, Linux (5.10 to 6.18, at
 * least) forgets that this process asked to be reached on that CPU
 * (doc/algorithm.md). MEMBARRIER_CMD_GLOBAL misses nobody and takes
 * milliseconds.
 *
 * So only the threads of one process have fence-free slots, the first that
 * claims one: the pool's *home*. Its own thieves need the quick command only.
 * When a thread of another process claims a slot, that is fenced, as all that
 * are claimed from then on, and each owner that there is fences from its next
 * operation on. So the slow command is for thieves of other processes, and for
 * what idle threads of the home kept from before.
 *
 * For these a slot says whether it is fence-free. A block names its slot, and
 * while its W does not change the slot's owner does not. So what the slot says
 * after the thief read the W that it goes on from holds for all that the owner
 * does with the block (E18); and what it did before it began to fence is seen
 * with that (E19).
 */

#ifndef OBJPOOL_CORE_REACH_H
#define OBJPOOL_CORE_REACH_H

#include "core.h"

/* Shall the slot that the calling thread is about to claim be fence-free? If so,
 * its process has joined. */
bool
reach_may_be_free(struct arena *a);

/* Owner, before its first private block: be it so, or not. */
void
reach_set(const struct arena *a, struct slot *s, bool fence_free);

/* Owner that was told to (OBJPOOL_SLOT_JOINED_): fence from now on. */
void
reach_leave(struct slot *s);

/* Before the threads of others have to be reached for certain: where that is
 * impossible, let no more slots of theirs become fence-free, as if a thread of
 * this process had claimed one. Those that are become so for a moment only. */
void
reach_settle(struct arena *a);

/* Was that done, or needless? Not for the home, which reaches its own. */
bool
reach_is_settled(const struct arena *a);

/* How far a heavy fence has to reach for this slot's owner. */
unsigned int
reach_of(const struct arena *a, const struct slot *s);

/* For all owners. */
unsigned int
reach_of_all(const struct arena *a);

#endif /* OBJPOOL_CORE_REACH_H */
