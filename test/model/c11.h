/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* The C11 names that lib/core uses, in Relacy's terms. Part of model.h. */

#ifndef TEST_MODEL_C11_H
#define TEST_MODEL_C11_H

/* An atomic that starts as zero, as lib/core expects of its memory. */
template <typename T> struct cell : rl::generic_atomic<T, false> {
	cell()
	{
		this->store(T(), rl::mo_relaxed, RL_INFO);
	}
};

using rl::mo_acq_rel;
using rl::mo_acquire;
using rl::mo_relaxed;
using rl::mo_release;
using rl::mo_seq_cst;

static inline void
resume(void)
{
	if (on_resume != NULL)
		on_resume();
}

template <typename T>
static inline T
model_load(const cell<T> *p, rl::memory_order mo, rl::debug_info_param at)
{
	T value;

	on_access(p);
	value = p->load(mo, at);
	on_load(p, (uint64_t)value);
	resume();
	return value;
}

template <typename T, typename V>
static inline void
model_store(cell<T> *p, V value, rl::memory_order mo, rl::debug_info_param at)
{
	on_access(p);
	p->store((T)value, mo, at);
	resume();
}

template <typename T, typename V>
static inline bool
model_cas(bool weak, cell<T> *p, T *from, V to, rl::memory_order mo,
	rl::debug_info_param at, rl::memory_order fail, rl::debug_info_param)
{
	T old = *from;
	bool done;

	on_access(p);
	done = weak ?
		p->compare_exchange_weak(*from, (T)to, mo, at, fail, at) :
		p->compare_exchange_strong(*from, (T)to, mo, at, fail, at);
	on_change(p, done, done ? (uint64_t)old : (uint64_t)*from,
		(uint64_t)to);
	resume();
	return done;
}

static inline void
model_fence(rl::memory_order mo, rl::debug_info_param at)
{
	on_access(NULL);
	rl::atomic_thread_fence(mo, at);
	resume();
}

#define MODEL_RMW(name)                                                        \
	template <typename T, typename V>                                      \
	static inline T model_##name(cell<T> *p, V value, rl::memory_order mo, \
		rl::debug_info_param at)                                       \
	{                                                                      \
		T old;                                                         \
                                                                               \
		on_access(p);                                                  \
		old = p->name((T)value, mo, at);                               \
		resume();                                                      \
		return old;                                                    \
	}

MODEL_RMW(fetch_add)
MODEL_RMW(fetch_sub)
MODEL_RMW(fetch_or)
MODEL_RMW(fetch_and)

#define _Atomic(T) cell<T>
/* objpool/slot.h brings nothing of its own then. */
#define OBJPOOL_ATOMIC(T)   cell<T>
#define OBJPOOL_USE_ATOMICS ((void)0)
#define OBJPOOL_LINE_
#define atomic_init(p, v)                model_store(p, v, mo_relaxed, $)
#define atomic_load_explicit(p, ...)     model_load(p, __VA_ARGS__)
#define atomic_store_explicit(p, v, ...) model_store(p, v, __VA_ARGS__)
#define atomic_compare_exchange_strong_explicit(p, e, v, ...)                  \
	model_cas(false, p, e, v, __VA_ARGS__)
#define atomic_compare_exchange_weak_explicit(p, e, v, ...)                    \
	model_cas(true, p, e, v, __VA_ARGS__)
#define atomic_fetch_add_explicit(p, v, ...) model_fetch_add(p, v, __VA_ARGS__)
#define atomic_fetch_sub_explicit(p, v, ...) model_fetch_sub(p, v, __VA_ARGS__)
#define atomic_fetch_or_explicit(p, v, ...)  model_fetch_or(p, v, __VA_ARGS__)
#define atomic_fetch_and_explicit(p, v, ...) model_fetch_and(p, v, __VA_ARGS__)
#define atomic_thread_fence(...)             model_fence(__VA_ARGS__)
#define atomic_signal_fence(...)             ((void)0)

#endif /* TEST_MODEL_C11_H */
