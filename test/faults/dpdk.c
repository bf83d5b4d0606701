/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* What mempools get of EAL, by the names that EAL has for it: the driver, which
 * is linked in, and DPDK's mempool library, which is not, find these first.
 */

#include "faults.h"

#include <dlfcn.h>
#include <stdlib.h>

#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_malloc.h>
#include <rte_memzone.h>

/* The function of that name that comes after ours. */
static void *
next(const char *name)
{
	void *fn = dlsym(RTLD_NEXT, name);

	if (fn == NULL)
		abort();
	return fn;
}

static bool
is_refused(enum fault_kind kind)
{
	if (!fault_here(kind, ENOMEM))
		return false;
	/* The other one: no room among the memzones. */
	rte_errno = fault_is_other() && kind == FAULT_ZONE ? ENOSPC : ENOMEM;
	return true;
}

const struct rte_memzone *
rte_memzone_reserve(const char *name, size_t len, int node, unsigned int flags)
{
	const struct rte_memzone *(*real)(const char *, size_t, int,
		unsigned int) = next("rte_memzone_reserve");
	const struct rte_memzone *zone;

	if (is_refused(FAULT_ZONE))
		return NULL;
	zone = real(name, len, node, flags);
	faults_got_zone(zone);
	return zone;
}

const struct rte_memzone *
rte_memzone_reserve_aligned(const char *name, size_t len, int node,
	unsigned int flags, unsigned int align)
{
	const struct rte_memzone *(
		*real)(const char *, size_t, int, unsigned int, unsigned int) =
		next("rte_memzone_reserve_aligned");
	const struct rte_memzone *zone;

	if (is_refused(FAULT_ZONE))
		return NULL;
	zone = real(name, len, node, flags, align);
	faults_got_zone(zone);
	return zone;
}

int
rte_memzone_free(const struct rte_memzone *zone)
{
	int (*real)(const struct rte_memzone *) = next("rte_memzone_free");

	faults_gave_zone(zone);
	return real(zone);
}

void *
rte_zmalloc(const char *type, size_t size, unsigned int align)
{
	void *(*real)(const char *, size_t, unsigned int) = next("rte_zmalloc");
	void *addr;

	if (is_refused(FAULT_ZALLOC))
		return NULL;
	addr = real(type, size, align);
	faults_got_block(addr);
	return addr;
}

void
rte_free(void *addr)
{
	void (*real)(void *) = next("rte_free");

	faults_gave_block(addr);
	real(addr);
}

int
rte_ctrl_thread_create(pthread_t *thread, const char *name,
	const pthread_attr_t *attr, void *(*run)(void *), void *arg)
{
	int (*real)(pthread_t *, const char *, const pthread_attr_t *,
		void *(*)(void *), void *) = next("rte_ctrl_thread_create");

	if (fault_here(FAULT_CTRL_THREAD, fault_is_other() ? ENOMEM : EAGAIN))
		return fault_is_other() ? -ENOMEM : -EPERM;
	return real(thread, name, attr, run, arg);
}
