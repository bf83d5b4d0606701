/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* The heavy half of one store-load ordering (edge E2; the light half is in
 * objpool/slot.h), the fence of the double collect (edge E12), and two hints
 * for the processor.
 *
 * An owner stores T, passes the light fence, then loads W. A thief stores W,
 * passes the heavy fence, then loads T. At least one of the two sees the other.
 *
 * Fenced slots: both are sequentially consistent fences. This form is portable
 * and model-checked.
 *
 * Fence-free slots: the light fence only keeps the compiler from reordering;
 * the heavy one makes the owner's thread pass a full fence, wherever it is in
 * its program (Linux membarrier; a thread that does not run passed one when it
 * was switched off its CPU). Either that point lies after the owner's load of
 * W, so the thief sees its T, or before it, so the owner sees the mark. A
 * process must have joined before its first slot becomes fence-free. The thief
 * passes both kinds, the second one if a slot that it is after needs it
 * (reach.h).
 */

#ifndef OBJPOOL_CORE_FENCE_H
#define OBJPOOL_CORE_FENCE_H

#include <objpool/slot.h>

/* Whose threads a heavy fence has to reach, beside the caller; may be added
 * up. */
enum reach {
	REACH_NONE = 0,
	REACH_OWN = 1,    /* those of the caller's process */
	REACH_OTHERS = 2, /* those of others, too: slow */
};

/* E2, thief: between its store of W and its load of T. E16, who ends or closes
 * a pool: between its store of mode and uid and its load of the marks. Its first
 * part pairs with the fences of fenced slots, where there is nobody to reach. */
#ifndef HEAVY_FENCE
#define HEAVY_FENCE(reach)                                                     \
	do {                                                                   \
		atomic_thread_fence(memory_order_seq_cst); /* E2, E16 */       \
		if ((reach) != REACH_NONE)                                     \
			fence_all(reach);                                      \
	} while (0)
#endif

/* Implemented above core (lib/membarrier.c), which makes no system calls. */

/* Make this process one whose threads can be reached. False: impossible. */
bool
fence_join(void);

/* A number that names this process; 0 where that cannot be told for sure. */
uint64_t
fence_process(void);

/* May the thread with this token, of another process, still run? Tokens are those
 * of a pool that was made in `place`. */
bool
fence_is_needed(uint64_t place, uint64_t token);

/* Can this process make fences of that reach? */
bool
fence_works(unsigned int reach);

/* Make the running threads that are to be reached pass a full fence. */
void
fence_all(unsigned int reach);

/* E12, scanner: between the first and the second reading of all blocks. E21,
 * census: between its load of T and its second load of W. */
#ifndef SCAN_FENCE
#define SCAN_FENCE() atomic_thread_fence(memory_order_seq_cst) /* E12 */
#endif

/* The line that p is in will be written soon. Nothing is ordered by it. */
static inline void
prefetch_to_write(const void *p)
{
#if defined(__x86_64__) || defined(__i386__)
	/* Without outputs: not dropped. Processors that do not know it pass it
	 * by. */
	__asm__("prefetchw %0" : : "m"(*(const char *)p));
#else
	__builtin_prefetch(p, 1);
#endif
}

/* The processor's hint for busy waiting; nothing is ordered by it. */
static inline void
cpu_relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#elif defined(__aarch64__) || defined(__arm__)
	__asm__("yield"); /* without outputs: not dropped */
#endif
}

#endif /* OBJPOOL_CORE_FENCE_H */
