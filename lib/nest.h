/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Is the calling thread in the middle of something that a signal handler must
 * not touch?
 *
 * A handler that finds the depth above 0 works as a thief does, on public
 * blocks alone, and leaves its thread's slots and seats as they are. It runs to
 * its end before what it interrupted goes on, and so does each one that
 * interrupts it. Hence the depth that was loaded is still the depth when the
 * store comes, and plain loads and stores are enough.
 */

#ifndef OBJPOOL_NEST_H
#define OBJPOOL_NEST_H

#include <stdatomic.h>
#include <stdbool.h>

extern _Thread_local _Atomic(unsigned int) nest_depth
	__attribute__((tls_model("initial-exec")));

static inline bool
nest_is_deep(void)
{
	return atomic_load_explicit(&nest_depth, memory_order_relaxed) > 0;
}

/* Returns how deep it was before. */
static inline unsigned int
nest_enter(void)
{
	unsigned int depth =
		atomic_load_explicit(&nest_depth, memory_order_relaxed);

	atomic_store_explicit(&nest_depth, depth + 1, memory_order_relaxed);
	/* The compiler must keep what it guards behind it; handlers see their
	 * thread's stores in the order of its program. */
	atomic_signal_fence(memory_order_seq_cst);
	return depth;
}

static inline void
nest_leave(void)
{
	unsigned int depth =
		atomic_load_explicit(&nest_depth, memory_order_relaxed);

	atomic_signal_fence(memory_order_seq_cst);
	atomic_store_explicit(&nest_depth, depth - 1, memory_order_relaxed);
}

#endif /* OBJPOOL_NEST_H */
