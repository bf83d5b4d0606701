/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* See faults.h. The accounts know what was got by its address, so that what
 * somebody else got and the library gives back, or the reverse, is not counted.
 */

#include "faults.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "real.h"

#define LIVE_MAX 8192

static _Thread_local struct fault_plan plan;
static _Thread_local struct faults_seen now;
static _Thread_local bool is_armed;
static _Thread_local bool is_huge; /* the last mapping */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct faults_left left;
static const void *live[LIVE_MAX];

void
faults_arm(const struct fault_plan *p)
{
	plan = *p;
	now = (struct faults_seen){ 0 };
	is_armed = true;
}

void
faults_disarm(struct faults_seen *seen)
{
	is_armed = false;
	*seen = now;
}

bool
fault_is_other(void)
{
	return plan.other_error;
}

bool
fault_here(enum fault_kind kind, int error)
{
	if (!is_armed || (plan.only != 0 && !(plan.only & 1u << kind)))
		return false;
	now.calls++;
	now.kinds |= 1u << kind;
	if (plan.at == 0 || now.calls < plan.at ||
		(now.calls > plan.at && !plan.and_later))
		return false;
	now.failed++;
	now.hit |= 1u << kind;
	if (now.error == 0)
		now.error = error;
	return true;
}

/* Fails so, as system calls do. */
static int
refuse(int usual, int other)
{
	errno = plan.other_error ? other : usual;
	return -1;
}

/* --- accounts --- */

/* Enter or strike out an address. False: no room, or it is not there. */
static bool
mark(const void *old, const void *new)
{
	for (unsigned int i = 0; i < LIVE_MAX; i++)
		if (live[i] == old) {
			live[i] = new;
			return true;
		}
	return false;
}

static void *
got(void *addr, int *count)
{
	if (addr == NULL)
		return addr;
	pthread_mutex_lock(&lock);
	if (!mark(NULL, addr))
		abort();
	++*count;
	pthread_mutex_unlock(&lock);
	return addr;
}

static void
given(const void *addr, int *count)
{
	if (addr == NULL)
		return;
	pthread_mutex_lock(&lock);
	if (mark(addr, NULL))
		--*count;
	pthread_mutex_unlock(&lock);
}

static void
count(int *what, int more)
{
	pthread_mutex_lock(&lock);
	*what += more;
	pthread_mutex_unlock(&lock);
}

void
faults_got_block(const void *addr)
{
	got((void *)(uintptr_t)addr, &left.blocks);
}

void
faults_gave_block(const void *addr)
{
	given(addr, &left.blocks);
}

void
faults_got_zone(const void *zone)
{
	got((void *)(uintptr_t)zone, &left.zones);
}

void
faults_gave_zone(const void *zone)
{
	given(zone, &left.zones);
}

struct faults_left
faults_left(void)
{
	struct faults_left copy;

	pthread_mutex_lock(&lock);
	copy = left;
	pthread_mutex_unlock(&lock);
	return copy;
}

static bool
is_even(const char *what, int then, int is)
{
	if (is != then)
		fprintf(stderr, "left behind: %d %s\n", is - then, what);
	return is == then;
}

bool
faults_are_even(const struct faults_left *then)
{
	struct faults_left is = faults_left();
	bool even = is_even("blocks", then->blocks, is.blocks);

	even &= is_even("mappings", then->maps, is.maps);
	even &= is_even("files", then->files, is.files);
	even &= is_even("threads", then->threads, is.threads);
	even &= is_even("zones", then->zones, is.zones);
	return even;
}

const char *
fault_name(enum fault_kind kind)
{
	static const char *const names[FAULT_KINDS] = { "calloc",
		"aligned_alloc", "mmap of hugepages", "mmap", "munmap",
		"madvise", "fopen", "fgets", "open", "read", "readlink", "stat",
		"getrandom", "membarrier", "sysconf", "numa_node_of_cpu",
		"pthread_create", "pthread_attr_setaffinity_np",
		"rte_memzone_reserve", "rte_zmalloc",
		"rte_ctrl_thread_create" };

	return names[kind];
}

/* --- memory --- */

void *
__wrap_calloc(size_t n, size_t size)
{
	if (fault_here(FAULT_CALLOC, ENOMEM)) {
		refuse(ENOMEM, ENOMEM);
		return NULL;
	}
	return got(__real_calloc(n, size), &left.blocks);
}

void *
__wrap_aligned_alloc(size_t align, size_t size)
{
	if (fault_here(FAULT_ALIGNED_ALLOC, ENOMEM)) {
		refuse(ENOMEM, ENOMEM);
		return NULL;
	}
	return got(__real_aligned_alloc(align, size), &left.blocks);
}

void
__wrap_free(void *addr)
{
	given(addr, &left.blocks);
	__real_free(addr);
}

void *
__wrap_mmap64(void *addr, size_t len, int prot, int flags, int fd, off_t at)
{
	is_huge = flags & MAP_HUGETLB;
	if (is_huge ? fault_here(FAULT_MMAP_HUGE, 0) :
		      fault_here(FAULT_MMAP, ENOMEM)) {
		refuse(ENOMEM, EAGAIN);
		return MAP_FAILED;
	}
	addr = __real_mmap64(addr, len, prot, flags, fd, at);
	return addr == MAP_FAILED ? addr : got(addr, &left.maps);
}

int
__wrap_munmap(void *addr, size_t len)
{
	/* The caller could not do more. */
	given(addr, &left.maps);
	if (fault_here(FAULT_MUNMAP, 0)) {
		__real_munmap(addr, len);
		return refuse(ENOMEM, EINVAL);
	}
	return __real_munmap(addr, len);
}

int
__wrap_madvise(void *addr, size_t len, int advice)
{
	/* What is not known to the kernel need not be done. */
	bool must = !is_huge && advice != MADV_HUGEPAGE && !plan.other_error;

	if (fault_here(FAULT_MADVISE, must ? ENOMEM : 0))
		return refuse(ENOMEM, EINVAL);
	return __real_madvise(addr, len, advice);
}

/* --- files --- */

FILE *
__wrap_fopen64(const char *path, const char *mode)
{
	if (fault_here(FAULT_FOPEN, 0)) {
		refuse(EMFILE, ENOENT);
		return NULL;
	}
	FILE *f = __real_fopen64(path, mode);

	count(&left.files, f != NULL);
	return f;
}

char *
__wrap_fgets(char *line, int size, FILE *f)
{
	return fault_here(FAULT_FGETS, 0) ? NULL : __real_fgets(line, size, f);
}

int
__wrap_fclose(FILE *f)
{
	count(&left.files, -1);
	return __real_fclose(f);
}

int
__wrap_open64(const char *path, int flags, ...)
{
	int fd;

	if (fault_here(FAULT_OPEN, 0))
		return refuse(EMFILE, EACCES);
	fd = __real_open64(path, flags, 0);
	count(&left.files, fd >= 0);
	return fd;
}

ssize_t
__wrap_read(int fd, void *bytes, size_t len)
{
	if (!fault_here(FAULT_READ, 0))
		return __real_read(fd, bytes, len);
	return plan.other_error ? 0 : refuse(EINTR, EIO);
}

int
__wrap_close(int fd)
{
	count(&left.files, -1);
	return __real_close(fd);
}

ssize_t
__wrap_readlink(const char *path, char *text, size_t len)
{
	if (fault_here(FAULT_READLINK, 0))
		return refuse(ENOENT, EACCES);
	return __real_readlink(path, text, len);
}

int
__wrap_stat64(const char *path, struct stat *st)
{
	if (fault_here(FAULT_STAT, 0))
		return refuse(EACCES, ENOMEM);
	return __real_stat64(path, st);
}

/* --- the kernel --- */

ssize_t
__wrap_getrandom(void *bytes, size_t len, unsigned int flags)
{
	if (fault_here(FAULT_GETRANDOM, 0))
		return refuse(EAGAIN, ENOSYS);
	return __real_getrandom(bytes, len, flags);
}

long
__wrap_syscall(long nr, ...)
{
	long a, b, c;
	va_list args;

	va_start(args, nr);
	a = va_arg(args, long);
	b = va_arg(args, long);
	c = va_arg(args, long);
	va_end(args);
	if (nr == SYS_membarrier && fault_here(FAULT_MEMBARRIER, 0))
		return refuse(ENOSYS, EPERM);
	return __real_syscall(nr, a, b, c);
}

long
__wrap_sysconf(int name)
{
	if (name == _SC_NPROCESSORS_CONF && fault_here(FAULT_SYSCONF, 0))
		return refuse(EINVAL, EINVAL);
	return __real_sysconf(name);
}

#ifdef OBJPOOL_HAVE_NUMA
int
__wrap_numa_node_of_cpu(int cpu)
{
	if (fault_here(FAULT_NUMA, 0))
		return refuse(EINVAL, EINVAL);
	return __real_numa_node_of_cpu(cpu);
}
#endif

/* --- threads --- */

int
__wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr,
	void *(*run)(void *), void *arg)
{
	/* EINVAL may be the attributes' fault. */
	bool again = plan.other_error && attr != NULL;
	int rc;

	if (fault_here(FAULT_PTHREAD_CREATE, again ? 0 : EAGAIN))
		return plan.other_error ? EINVAL : EAGAIN;
	rc = __real_pthread_create(thread, attr, run, arg);
	count(&left.threads, rc == 0);
	return rc;
}

int
__wrap_pthread_join(pthread_t thread, void **result)
{
	int rc = __real_pthread_join(thread, result);

	count(&left.threads, -(rc == 0));
	return rc;
}

int
__wrap_pthread_attr_setaffinity_np(pthread_attr_t *attr, size_t size,
	const cpu_set_t *cpus)
{
	if (fault_here(FAULT_AFFINITY, 0))
		return ENOMEM;
	return __real_pthread_attr_setaffinity_np(attr, size, cpus);
}
