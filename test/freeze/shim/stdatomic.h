/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Stands in for the compiler's header: the same operations, made by the same
 * processor, and after each a *step*, at which the test may stop the thread or
 * end it (step.h). So the library's text takes part as it is.
 *
 * A site is a variable of its own for each place in the text and each file that
 * it is compiled into, in a section of its own: so a program can tell which
 * there are, and not only which it has come by.
 */

#ifndef TEST_FREEZE_STDATOMIC_H
#define TEST_FREEZE_STDATOMIC_H

#include_next <stdatomic.h>

#include "../step.h"

#define STEP_HERE_(what)                                                       \
	do {                                                                   \
		static struct step_site step_site_ __attribute__((             \
			section("step_sites"))) = { __FILE__, __BASE_FILE__,   \
			__func__, what, __LINE__, 0, 0, 0 };                   \
		if (__builtin_expect(step_hook != NULL, 0))                    \
			step_hook(&step_site_);                                \
	} while (0)

/* The operations themselves. */
#ifdef __clang__
#define STEP_LOAD_(p, order)     __c11_atomic_load(p, order)
#define STEP_STORE_(p, v, order) __c11_atomic_store(p, v, order)
#define STEP_STRONG_(p, e, v, order, fail)                                     \
	__c11_atomic_compare_exchange_strong(p, e, v, order, fail)
#define STEP_WEAK_(p, e, v, order, fail)                                       \
	__c11_atomic_compare_exchange_weak(p, e, v, order, fail)
#define STEP_ADD_(p, v, order)      __c11_atomic_fetch_add(p, v, order)
#define STEP_SUB_(p, v, order)      __c11_atomic_fetch_sub(p, v, order)
#define STEP_OR_(p, v, order)       __c11_atomic_fetch_or(p, v, order)
#define STEP_AND_(p, v, order)      __c11_atomic_fetch_and(p, v, order)
#define STEP_EXCHANGE_(p, v, order) __c11_atomic_exchange(p, v, order)
#else
#define STEP_LOAD_(p, order)     __atomic_load_n(p, order)
#define STEP_STORE_(p, v, order) __atomic_store_n(p, v, order)
#define STEP_STRONG_(p, e, v, order, fail)                                     \
	__atomic_compare_exchange_n(p, e, v, 0, order, fail)
#define STEP_WEAK_(p, e, v, order, fail)                                       \
	__atomic_compare_exchange_n(p, e, v, 1, order, fail)
#define STEP_ADD_(p, v, order)      __atomic_fetch_add(p, v, order)
#define STEP_SUB_(p, v, order)      __atomic_fetch_sub(p, v, order)
#define STEP_OR_(p, v, order)       __atomic_fetch_or(p, v, order)
#define STEP_AND_(p, v, order)      __atomic_fetch_and(p, v, order)
#define STEP_EXCHANGE_(p, v, order) __atomic_exchange_n(p, v, order)
#endif

/* The type of what p points to, without _Atomic. */
#define STEP_VALUE_(p) __typeof__((void)0, *(p))

#undef atomic_load_explicit
#define atomic_load_explicit(p, order)                                         \
	__extension__({                                                        \
		STEP_VALUE_(p) load_ = STEP_LOAD_(p, order);                   \
		STEP_HERE_("load");                                            \
		load_;                                                         \
	})

#undef atomic_store_explicit
#define atomic_store_explicit(p, v, order)                                     \
	__extension__({                                                        \
		STEP_STORE_(p, v, order);                                      \
		STEP_HERE_("store");                                           \
	})

#define STEP_CAS_(how, p, e, v, order, fail)                                   \
	__extension__({                                                        \
		_Bool cas_ = how(p, e, v, order, fail);                        \
		STEP_HERE_("compare-and-swap");                                \
		cas_;                                                          \
	})

#undef atomic_compare_exchange_strong_explicit
#define atomic_compare_exchange_strong_explicit(p, e, v, order, fail)          \
	STEP_CAS_(STEP_STRONG_, p, e, v, order, fail)
#undef atomic_compare_exchange_weak_explicit
#define atomic_compare_exchange_weak_explicit(p, e, v, order, fail)            \
	STEP_CAS_(STEP_WEAK_, p, e, v, order, fail)

#define STEP_FETCH_(how, p, v, order)                                          \
	__extension__({                                                        \
		STEP_VALUE_(p) fetch_ = how(p, v, order);                      \
		STEP_HERE_("read-modify-write");                               \
		fetch_;                                                        \
	})

#undef atomic_fetch_add_explicit
#define atomic_fetch_add_explicit(p, v, order)                                 \
	STEP_FETCH_(STEP_ADD_, p, v, order)
#undef atomic_fetch_sub_explicit
#define atomic_fetch_sub_explicit(p, v, order)                                 \
	STEP_FETCH_(STEP_SUB_, p, v, order)
#undef atomic_fetch_or_explicit
#define atomic_fetch_or_explicit(p, v, order) STEP_FETCH_(STEP_OR_, p, v, order)
#undef atomic_fetch_and_explicit
#define atomic_fetch_and_explicit(p, v, order)                                 \
	STEP_FETCH_(STEP_AND_, p, v, order)
#undef atomic_exchange_explicit
#define atomic_exchange_explicit(p, v, order)                                  \
	STEP_FETCH_(STEP_EXCHANGE_, p, v, order)

#undef atomic_thread_fence
#define atomic_thread_fence(order)                                             \
	__extension__({                                                        \
		__atomic_thread_fence(order);                                  \
		STEP_HERE_("fence");                                           \
	})
/* Orders the compiler only: the step after it is in the same place. */
#undef atomic_signal_fence
#define atomic_signal_fence(order)                                             \
	__extension__({                                                        \
		__atomic_signal_fence(order);                                  \
		STEP_HERE_("light fence");                                     \
	})

#endif /* TEST_FREEZE_STDATOMIC_H */
