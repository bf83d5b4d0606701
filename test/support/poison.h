/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Make any access to a free object an error, where a tool can: ASan in builds
 * that have it, else valgrind if the program runs under it. */

#ifndef TEST_SUPPORT_POISON_H
#define TEST_SUPPORT_POISON_H

#include <stddef.h>

#include "env.h"

#if HAS_ASAN
#include <sanitizer/asan_interface.h>
#elif defined(HAVE_VALGRIND)
#include <valgrind/memcheck.h>
#endif

static inline void
poison(const void *obj, size_t size)
{
#if HAS_ASAN
	__asan_poison_memory_region(obj, size);
#elif defined(HAVE_VALGRIND)
	(void)VALGRIND_MAKE_MEM_NOACCESS(obj, size);
#else
	(void)obj;
	(void)size;
#endif
}

static inline void
unpoison(const void *obj, size_t size)
{
#if HAS_ASAN
	__asan_unpoison_memory_region(obj, size);
#elif defined(HAVE_VALGRIND)
	(void)VALGRIND_MAKE_MEM_DEFINED(obj, size);
#else
	(void)obj;
	(void)size;
#endif
}

#endif /* TEST_SUPPORT_POISON_H */
