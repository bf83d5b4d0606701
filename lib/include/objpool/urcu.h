/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/**
 * @file
 * Domains of liburcu, any flavour. All inline: the library links no liburcu,
 * the program that includes this links the flavour it uses.
 *
 * Include a flavour's header first:
 * @code
 *   #include <urcu-qsbr.h>
 *   #include <objpool/urcu.h>
 *
 *   struct objpool_gp *gp;
 *   int rc = objpool_gp_create_urcu(&rcu_flavor, NULL, &gp);
 *
 *   static _Thread_local struct objpool_reader reader;
 *   rcu_register_thread();
 *   objpool_reader_register_urcu(gp, &reader, "lcore-3");
 *   while (...) {
 *           ... pop, push, push_rcu ...
 *           rcu_quiescent_state();
 *   }
 *   objpool_reader_unregister(gp, &reader);
 *   rcu_unregister_thread();
 * @endcode
 *
 * To know:
 *  - liburcu sees the readers of one process. Such a domain refuses pools in
 *    memory that processes share (-ENOTSUP).
 *  - A registered thread of the QSBR flavour that is online is in a read
 *    section always. Before it waits for anything (objpool_fini_wait(), a
 *    mutex, a pipe) it goes offline.
 *  - A thread that reads without being registered is seen by nobody (the bp
 *    flavour registers by itself).
 *  - The memb flavour is the mb flavour where the kernel has no membarrier.
 *  - Registering by name reads the words by which liburcu knows the thread.
 *    They are declared in its static headers, which are included for that; of
 *    their inline functions none is used.
 *  - call_rcu is not used: its thread takes 10 ms at least, runs on the CPUs of
 *    whoever called it first, and ends the process if it cannot start.
 */

#ifndef OBJPOOL_URCU_H
#define OBJPOOL_URCU_H

#include <errno.h>

#include <urcu/flavor.h>

#include <objpool/rcu.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The table's ctx is the flavour. Only members that liburcu 0.13 has. */
static inline void
objpool_urcu_synchronize_(void *ctx)
{
	((const struct rcu_flavor_struct *)ctx)->update_synchronize_rcu();
}

static inline int
objpool_urcu_in_reader_(void *ctx)
{
	return ((const struct rcu_flavor_struct *)ctx)->read_ongoing() != 0;
}

/**
 * Create a domain of the registered threads of a flavour.
 * @param flavor  &rcu_flavor, or &urcu_qsbr_flavor and so on.
 * @param attr    As in objpool_gp_create(). Domains without a name are called
 *   "liburcu" in messages: which flavour it is cannot be asked.
 * @return As objpool_gp_create(); -EINVAL also for no flavour.
 */
static inline int
objpool_gp_create_urcu(const struct rcu_flavor_struct *flavor,
	const struct objpool_gp_attr *attr, struct objpool_gp **gpp)
{
	static const struct objpool_gp_ops ops = {
		"liburcu",
		0,
		NULL,
		objpool_urcu_synchronize_,
		NULL,
		NULL,
		objpool_urcu_in_reader_,
	};

	if (flavor == NULL)
		return -EINVAL;
	return objpool_gp_create(&ops, (void *)(uintptr_t)flavor, attr, gpp);
}

/* What a reader's word says, compared with the flavour's: word[0] is the one,
 * word[1] the other. */
static inline unsigned long
objpool_urcu_word_(const struct objpool_reader *reader, int i)
{
	return __atomic_load_n((const unsigned long *)reader->word[i],
		__ATOMIC_RELAXED);
}

#ifdef _URCU_QSBR_H
#include <urcu/static/urcu-qsbr.h>

static inline bool
objpool_urcu_qsbr_is_holding_(const struct objpool_reader *reader,
	uint64_t cookie)
{
	unsigned long word = objpool_urcu_word_(reader, 0);

	(void)cookie;
	return word != 0 && word != objpool_urcu_word_(reader, 1);
}

static inline int
objpool_reader_register_urcu_qsbr_reader(struct objpool_gp *gp,
	struct objpool_reader *reader, const char *name)
{
	reader->word[0] = &URCU_TLS(urcu_qsbr_reader).ctr;
	reader->word[1] = &urcu_qsbr_gp.ctr;
	reader->is_holding = objpool_urcu_qsbr_is_holding_;
	return objpool_reader_register(gp, reader, name);
}
#endif

#if defined(_URCU_MEMB_H) || defined(_URCU_MB_H) || defined(_URCU_BP_H)
#ifdef _URCU_MEMB_H
#include <urcu/static/urcu-memb.h>
#endif
#ifdef _URCU_MB_H
#include <urcu/static/urcu-mb.h>
#endif
#ifdef _URCU_BP_H
#include <urcu/static/urcu-bp.h>
#endif

/* The low half counts nested sections, the bit above it is the phase. */
static inline bool
objpool_urcu_is_holding_(const struct objpool_reader *reader, uint64_t cookie)
{
	const unsigned long phase = 1UL << (sizeof(unsigned long) << 2);
	unsigned long word = objpool_urcu_word_(reader, 0);

	(void)cookie;
	return (word & (phase - 1)) != 0 &&
		((word ^ objpool_urcu_word_(reader, 1)) & phase) != 0;
}
#endif

#ifdef _URCU_MEMB_H
static inline int
objpool_reader_register_urcu_memb_reader(struct objpool_gp *gp,
	struct objpool_reader *reader, const char *name)
{
	reader->word[0] = &URCU_TLS(urcu_memb_reader).ctr;
	reader->word[1] = &urcu_memb_gp.ctr;
	reader->is_holding = objpool_urcu_is_holding_;
	return objpool_reader_register(gp, reader, name);
}
#endif

#ifdef _URCU_MB_H
static inline int
objpool_reader_register_urcu_mb_reader(struct objpool_gp *gp,
	struct objpool_reader *reader, const char *name)
{
	reader->word[0] = &URCU_TLS(urcu_mb_reader).ctr;
	reader->word[1] = &urcu_mb_gp.ctr;
	reader->is_holding = objpool_urcu_is_holding_;
	return objpool_reader_register(gp, reader, name);
}
#endif

#ifdef _URCU_BP_H
static inline int
objpool_reader_register_urcu_bp_reader(struct objpool_gp *gp,
	struct objpool_reader *reader, const char *name)
{
	/* A thread has a reader from its first section on. */
	urcu_bp_read_lock();
	urcu_bp_read_unlock();
	/* Not ->ctr: liburcu aligns it less than it declares. */
	reader->word[0] = (const char *)URCU_TLS(urcu_bp_reader) +
		offsetof(struct urcu_bp_reader, ctr);
	reader->word[1] = &urcu_bp_gp.ctr;
	reader->is_holding = objpool_urcu_is_holding_;
	return objpool_reader_register(gp, reader, name);
}
#endif

/**
 * Make the calling thread, which is registered with the flavour whose header
 * was included (with its names mapped), known to the domain by name. To be
 * undone by objpool_reader_unregister() before the thread ends.
 * @return As objpool_reader_register().
 */
#define objpool_reader_register_urcu(gp, reader, name)                         \
	OBJPOOL_URCU_PASTE_(objpool_reader_register_, rcu_reader)              \
	(gp, reader, name)
#define OBJPOOL_URCU_PASTE_(a, b)  OBJPOOL_URCU_PASTE2_(a, b)
#define OBJPOOL_URCU_PASTE2_(a, b) a##b

#ifdef __cplusplus
}
#endif

#endif /* OBJPOOL_URCU_H */
