/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Stands in for the compiler's header, to see that lib/core asks nothing of it
 * that a model checker for C11 may not have.
 *
 * An atomic is a struct here, so that only these functions can do something with
 * it: a plain read, ++ or = does not compile. There are those with an explicit
 * order only, and of those the ones that lib/core uses. The compiler's own names
 * for the same are poisoned.
 *
 * Compiled to see that, never run.
 */

#ifndef TEST_PORT_STDATOMIC_H
#define TEST_PORT_STDATOMIC_H

#include <stdbool.h>
#include <stdint.h>

typedef enum {
	memory_order_relaxed,
	memory_order_acquire,
	memory_order_release,
	memory_order_acq_rel,
	memory_order_seq_cst
} memory_order;

#define ATOMIC_OF(T)                                                           \
	typedef struct {                                                       \
		T value;                                                       \
	} atomic_of_##T

ATOMIC_OF(uint32_t);
ATOMIC_OF(int64_t);
ATOMIC_OF(uint64_t);
ATOMIC_OF(uintptr_t);

/* Of one word, which the types of lib/core are. */
#define _Atomic(T) atomic_of_##T

#define atomic_init(p, v)              ((void)((p)->value = (v)))
#define atomic_load_explicit(p, order) (atomic_order(order), (p)->value)
#define atomic_store_explicit(p, v, order)                                     \
	(atomic_order(order), (void)((p)->value = (v)))
#define atomic_fetch_add_explicit(p, v, order)                                 \
	(atomic_order(order), (p)->value += (v))
#define atomic_fetch_sub_explicit(p, v, order)                                 \
	(atomic_order(order), (p)->value -= (v))
#define atomic_fetch_or_explicit(p, v, order)                                  \
	(atomic_order(order), (p)->value |= (v))
#define atomic_fetch_and_explicit(p, v, order)                                 \
	(atomic_order(order), (p)->value &= (v))
#define atomic_compare_exchange_strong_explicit(p, seen, v, order, failing)    \
	(atomic_order(order), atomic_order(failing),                           \
		(p)->value == *(seen) ? ((p)->value = (v), true) :             \
					(*(seen) = (p)->value, false))
#define atomic_compare_exchange_weak_explicit                                  \
	atomic_compare_exchange_strong_explicit
#define atomic_thread_fence(order) atomic_order(order)
#define atomic_signal_fence(order) atomic_order(order)

static inline void
atomic_order(memory_order order)
{
	(void)order;
}

/* clang-format off */
#pragma GCC poison __atomic_load_n __atomic_load __atomic_store_n
#pragma GCC poison __atomic_store __atomic_exchange_n __atomic_exchange
#pragma GCC poison __atomic_compare_exchange_n __atomic_compare_exchange
#pragma GCC poison __atomic_fetch_add __atomic_fetch_sub __atomic_fetch_or
#pragma GCC poison __atomic_fetch_and __atomic_add_fetch __atomic_sub_fetch
#pragma GCC poison __atomic_thread_fence __atomic_signal_fence
#pragma GCC poison __sync_synchronize __sync_fetch_and_add
#pragma GCC poison __sync_val_compare_and_swap __sync_bool_compare_and_swap
#pragma GCC poison __sync_lock_test_and_set __sync_lock_release
/* clang-format on */

#endif /* TEST_PORT_STDATOMIC_H */
