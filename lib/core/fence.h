/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* The light and the heavy half of one store-load ordering (edge E2), the fence
 * of the double collect (edge E12), and the processor's hint for busy waiting.
 *
 * An owner stores T, passes the light fence, then loads W. A thief stores W,
 * passes the heavy fence, then loads T. At least one of the two sees the other.
 * In this form both are sequentially consistent fences, which is portable and
 * can be model-checked.
 */

#ifndef OBJPOOL_CORE_FENCE_H
#define OBJPOOL_CORE_FENCE_H

#include <stdatomic.h>

#if defined(__GNUC__) && !defined(__clang__) && defined(__SANITIZE_THREAD__)
/* ThreadSanitizer does not model fences; no data is published through these. */
#pragma GCC diagnostic ignored "-Wtsan"
#endif

/* E2, owner: between its store of T and its load of W. */
#ifndef LIGHT_FENCE
#define LIGHT_FENCE() atomic_thread_fence(memory_order_seq_cst)
#endif

/* E2, thief: between its store of W and its load of T. */
#ifndef HEAVY_FENCE
#define HEAVY_FENCE() atomic_thread_fence(memory_order_seq_cst)
#endif

/* E12, scanner: between the first and the second reading of all blocks. */
#ifndef SCAN_FENCE
#define SCAN_FENCE() atomic_thread_fence(memory_order_seq_cst)
#endif

static inline void
cpu_relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#elif defined(__aarch64__) || defined(__arm__)
	__asm__ __volatile__("yield");
#endif
}

#endif /* OBJPOOL_CORE_FENCE_H */
