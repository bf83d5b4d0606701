/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Stands in for the compiler's header: the functions of it that lib/core uses,
 * each of which tells the simulated machine what it does and to which address.
 * One real thread runs all simulated CPUs, so plain accesses do the rest.
 */

#ifndef TEST_COUNT_STDATOMIC_H
#define TEST_COUNT_STDATOMIC_H

typedef enum memory_order {
	memory_order_relaxed,
	memory_order_consume,
	memory_order_acquire,
	memory_order_release,
	memory_order_acq_rel,
	memory_order_seq_cst,
} memory_order;

/* machine.c */
void
machine_load(const void *at);
void
machine_store(const void *at, memory_order order);
void
machine_rmw(const void *at);
void
machine_fence(memory_order order);

/* The type of what p points to, without _Atomic. */
#define COUNT_VALUE_(p) __typeof__((void)0, *(p))

#define atomic_init(p, v) atomic_store_explicit(p, v, memory_order_relaxed)

#define atomic_load_explicit(p, order)                                         \
	__extension__({                                                        \
		__auto_type load_at_ = (p);                                    \
		COUNT_VALUE_(load_at_) load_ = *load_at_;                      \
		machine_load((const void *)load_at_);                          \
		load_;                                                         \
	})

#define atomic_store_explicit(p, v, order)                                     \
	__extension__({                                                        \
		__auto_type store_at_ = (p);                                   \
		machine_store((const void *)store_at_, order);                 \
		*store_at_ = (v);                                              \
		(void)0;                                                       \
	})

#define atomic_compare_exchange_strong_explicit(p, e, v, order, fail)          \
	__extension__({                                                        \
		__auto_type cas_at_ = (p);                                     \
		__auto_type cas_expected_ = (e);                               \
		COUNT_VALUE_(cas_at_) cas_old_ = *cas_at_;                     \
		int cas_done_ = cas_old_ == *cas_expected_;                    \
		machine_rmw((const void *)cas_at_);                            \
		if (cas_done_)                                                 \
			*cas_at_ = (v);                                        \
		else                                                           \
			*cas_expected_ = cas_old_;                             \
		cas_done_;                                                     \
	})

#define atomic_compare_exchange_weak_explicit                                  \
	atomic_compare_exchange_strong_explicit

#define COUNT_FETCH_(p, op, v)                                                 \
	__extension__({                                                        \
		__auto_type fetch_at_ = (p);                                   \
		COUNT_VALUE_(fetch_at_) fetch_old_ = *fetch_at_;               \
		machine_rmw((const void *)fetch_at_);                          \
		*fetch_at_ = fetch_old_ op(v);                                 \
		fetch_old_;                                                    \
	})

#define atomic_fetch_add_explicit(p, v, order) COUNT_FETCH_(p, +, v)
#define atomic_fetch_sub_explicit(p, v, order) COUNT_FETCH_(p, -, v)
#define atomic_fetch_or_explicit(p, v, order)  COUNT_FETCH_(p, |, v)
#define atomic_fetch_and_explicit(p, v, order) COUNT_FETCH_(p, &, v)

#define atomic_thread_fence(order) machine_fence(order)
/* Orders the compiler only. */
#define atomic_signal_fence(order) ((void)0)

#endif /* TEST_COUNT_STDATOMIC_H */
