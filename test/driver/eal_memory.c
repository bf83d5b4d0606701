/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* EAL's memory under sanitizers, for the driver's tests.
 *
 * AddressSanitizer knows only of memory from malloc(). Here it is told of
 * memzones: what was freed is poisoned until EAL allocates it again. So a mempool,
 * its objects and its pool cannot be used after their end unnoticed, by what is
 * compiled with the tool: the test, the driver, the library.
 *
 * ThreadSanitizer does not see that memory changes hands under a lock of EAL's,
 * from who freed it to who is given it next, and writes it first. It sees the one
 * that is here.
 *
 * These functions are found before EAL's of the same names, by DPDK's other
 * libraries, too, as the program comes first where the loader looks. What EAL
 * calls inside itself may pass them by; it does not use what memzones had, but
 * for heads and paddings of its heap, which are written by code that is not
 * compiled with the tool, or zeroed at the next rte_free(). Hence the margin that
 * is left around what is allocated: of objects in it (poisoned.c) nothing is
 * noticed.
 *
 * Memory from rte_malloc() is not poisoned when it is freed; it may come from
 * where a memzone was. (rte_realloc() is not used here.)
 *
 * rte_mempool_obj_iter() is for writing objects that are all free, as
 * rte_pktmbuf_init() does; the callback may.
 */

#include "env.h"

#if HAS_ASAN || HAS_TSAN

#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>

#include <rte_malloc.h>
#include <rte_memory.h>
#include <rte_mempool.h>
#include <rte_memzone.h>

#include "poison.h"

/* More than an element's head and the most that EAL pads. */
#define MARGIN 512

/* Recursive: some of these call others. Who frees a memzone poisons it before
 * anybody can be given it again. */
static pthread_mutex_t lock = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;

/* The function of that name that comes next. With the lock, until done(). */
static void *
real(const char *name)
{
	void *fn = dlsym(RTLD_NEXT, name);

	if (fn == NULL)
		abort();
	pthread_mutex_lock(&lock);
	return fn;
}

#define REAL(name) ((__typeof__(&name))real(#name))

static void
done(void)
{
	pthread_mutex_unlock(&lock);
}

static void *
allocated(void *ptr)
{
	size_t size = 0;

	if (ptr != NULL && rte_malloc_validate(ptr, &size) == 0)
		unpoison((char *)ptr - MARGIN, size + 2ul * MARGIN);
	done();
	return ptr;
}

static const struct rte_memzone *
reserved(const struct rte_memzone *zone)
{
	if (zone != NULL)
		unpoison((char *)zone->addr - MARGIN, zone->len + 2ul * MARGIN);
	done();
	return zone;
}

const struct rte_memzone *
rte_memzone_reserve(const char *name, size_t len, int node, unsigned int flags)
{
	return reserved(REAL(rte_memzone_reserve)(name, len, node, flags));
}

const struct rte_memzone *
rte_memzone_reserve_aligned(const char *name, size_t len, int node,
	unsigned int flags, unsigned int align)
{
	return reserved(REAL(
		rte_memzone_reserve_aligned)(name, len, node, flags, align));
}

const struct rte_memzone *
rte_memzone_reserve_bounded(const char *name, size_t len, int node,
	unsigned int flags, unsigned int align, unsigned int bound)
{
	return reserved(REAL(rte_memzone_reserve_bounded)(name, len, node,
		flags, align, bound));
}

/* EAL zeroes pages before it gives them back to the system. */
static void
on_pages(enum rte_mem_event event, const void *addr, size_t len, void *arg)
{
	(void)arg;
	if (event == RTE_MEM_EVENT_FREE)
		unpoison(addr, len);
}

/* With the lock. Without hugepages it is refused, and not needed. */
static void
watch_pages(void)
{
	static bool does;

	if (!does)
		(void)rte_mem_event_callback_register("unpoison", on_pages,
			NULL);
	does = true;
}

int
rte_memzone_free(const struct rte_memzone *zone)
{
	__typeof__(&rte_memzone_free) free_zone = REAL(rte_memzone_free);
	void *addr = zone == NULL ? NULL : zone->addr;
	size_t len = zone == NULL ? 0 : zone->len;
	int rc;

	watch_pages();
	/* It is zeroed. */
	if (addr != NULL)
		unpoison(addr, len);
	rc = free_zone(zone);
	if (addr != NULL && rc == 0)
		poison(addr, len);
	done();
	return rc;
}

void
rte_free(void *ptr)
{
	REAL(rte_free)(ptr);
	done();
}

void *
rte_malloc(const char *type, size_t size, unsigned int align)
{
	return allocated(REAL(rte_malloc)(type, size, align));
}

void *
rte_zmalloc(const char *type, size_t size, unsigned int align)
{
	return allocated(REAL(rte_zmalloc)(type, size, align));
}

void *
rte_calloc(const char *type, size_t n, size_t size, unsigned int align)
{
	return allocated(REAL(rte_calloc)(type, n, size, align));
}

void *
rte_malloc_socket(const char *type, size_t size, unsigned int align, int node)
{
	return allocated(REAL(rte_malloc_socket)(type, size, align, node));
}

void *
rte_zmalloc_socket(const char *type, size_t size, unsigned int align, int node)
{
	return allocated(REAL(rte_zmalloc_socket)(type, size, align, node));
}

void *
rte_calloc_socket(const char *type, size_t n, size_t size, unsigned int align,
	int node)
{
	return allocated(REAL(rte_calloc_socket)(type, n, size, align, node));
}

#if HAS_ASAN

struct visit {
	rte_mempool_obj_cb_t *fn;
	void *ctx;
};

static void
visit(struct rte_mempool *mp, void *ctx, void *obj, unsigned int i)
{
	const struct visit *v = ctx;
	bool is_free = __asan_address_is_poisoned(obj) != 0;

	if (is_free)
		unpoison(obj, mp->elt_size);
	v->fn(mp, v->ctx, obj, i);
	if (is_free)
		poison(obj, mp->elt_size);
}

uint32_t
rte_mempool_obj_iter(struct rte_mempool *mp, rte_mempool_obj_cb_t *fn,
	void *ctx)
{
	__typeof__(&rte_mempool_obj_iter) iterate = REAL(rte_mempool_obj_iter);
	struct visit v = { .fn = fn, .ctx = ctx };

	done();
	return iterate(mp, visit, &v);
}

#endif

#endif
