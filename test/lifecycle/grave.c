/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* See grave.h. Free plots are a queue, so that one is used again only after all
 * others were: a late access has hundreds of pools' lives to be noticed in. */

#include "grave.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "env.h"

#define PLOT     ((size_t)64 << 10)
#define LINE     ((size_t)64)
#define NR_PLOTS 1024u
#define SEALED   8u /* one in so many loses all access */
#define PATTERN  0xdb

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char *ground;
static uint32_t queue[NR_PLOTS]; /* free plots */
static unsigned int first, nr_free;
static _Atomic(unsigned int) nr_live;

static void
touched(void)
{
	static const char line[] = "memory was touched after its release\n";

	if (write(STDERR_FILENO, line, sizeof(line) - 1) < 0)
		_exit(GRAVE_TOUCHED);
	_exit(GRAVE_TOUCHED);
}

/* Is it an address made of the pattern? x86-64 has none such, and tells;
 * elsewhere it is anywhere, and each fault is taken for one. */
static bool
is_absurd(const siginfo_t *info)
{
#ifdef __x86_64__
	return info->si_code == SI_KERNEL;
#else
	(void)info;
	return true;
#endif
}

static void
on_fault(int signo, siginfo_t *info, void *context)
{
	const char *at = info->si_addr;

	(void)context;
	if ((at >= ground && at < ground + PLOT * NR_PLOTS) || is_absurd(info))
		touched();
	signal(signo, SIG_DFL); /* not ours: happens again, and kills */
}

static void
die(const char *what)
{
	perror(what);
	abort();
}

void
grave_open(void)
{
	struct sigaction action = {
		.sa_sigaction = on_fault,
		.sa_flags = SA_SIGINFO,
	};

	if (env_is_slow())
		return;
	ground = mmap(NULL, PLOT * NR_PLOTS, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (ground == MAP_FAILED)
		die("graveyard");
	for (unsigned int i = 0; i < NR_PLOTS; i++)
		queue[i] = i;
	nr_free = NR_PLOTS;
	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGBUS, &action, NULL);
}

/* The last word of a plot says how much of it is used. */
static size_t *
used_of(void *plot)
{
	return (void *)((char *)plot + PLOT - sizeof(size_t));
}

static bool
is_sealed(const char *plot)
{
	return (size_t)(plot - ground) / PLOT % SEALED == 0;
}

static void
seal(char *plot, int access)
{
	if (is_sealed(plot) && mprotect(plot, PLOT, access) != 0)
		die("mprotect");
}

/* Nobody may have written to what was used before. */
static void
check(const char *plot, size_t used)
{
	char pattern[LINE];

	memset(pattern, PATTERN, sizeof(pattern));
	for (size_t i = 0; i < used; i += LINE)
		if (memcmp(plot + i, pattern, LINE) != 0)
			touched();
}

static char *
dig(void)
{
	char *plot;

	pthread_mutex_lock(&lock);
	if (nr_free == 0)
		die("no plot is left");
	plot = ground + PLOT * queue[first];
	first = (first + 1) % NR_PLOTS;
	nr_free--;
	pthread_mutex_unlock(&lock);
	seal(plot, PROT_READ | PROT_WRITE);
	check(plot, *used_of(plot));
	return memset(plot, 0, *used_of(plot));
}

static void
bury(char *plot)
{
	memset(plot, PATTERN, *used_of(plot));
	seal(plot, PROT_NONE);
	pthread_mutex_lock(&lock);
	queue[(first + nr_free) % NR_PLOTS] =
		(uint32_t)((size_t)(plot - ground) / PLOT);
	nr_free++;
	pthread_mutex_unlock(&lock);
}

static size_t
round_up(size_t size)
{
	return (size + LINE - 1) / LINE * LINE;
}

static void *
get_zeros(size_t size)
{
	void *addr = aligned_alloc(LINE, round_up(size));

	if (addr == NULL)
		die("aligned_alloc");
	return memset(addr, 0, size);
}

void *
grave_alloc(size_t size)
{
	void *plot;

	atomic_fetch_add(&nr_live, 1);
	if (ground == NULL)
		return get_zeros(size);
	plot = dig();
	*used_of(plot) = round_up(size);
	return plot;
}

void
grave_free(void *addr)
{
	atomic_fetch_sub(&nr_live, 1);
	if (ground != NULL)
		bury(addr);
	else
		free(addr);
}

void
grave_check(void)
{
	pthread_mutex_lock(&lock);
	for (unsigned int i = 0; i < nr_free; i++) {
		char *plot = ground + PLOT * queue[(first + i) % NR_PLOTS];

		if (!is_sealed(plot))
			check(plot, *used_of(plot));
	}
	pthread_mutex_unlock(&lock);
}

unsigned int
grave_nr_live(void)
{
	return atomic_load(&nr_live);
}

/* Nodes are not known here, and small pools ask for no more than a line's
 * alignment. */
static int
area_alloc(void *ctx, size_t len, size_t align, int node,
	const struct objpool_teller *teller, struct objpool_area *area)
{
	size_t *used;

	(void)teller;
	if (align > LINE)
		return -EINVAL;
	*area = (struct objpool_area){ .len = len,
		.mapped = len,
		.node = node };
	atomic_fetch_add(&nr_live, 1);
	if (ground == NULL) {
		area->addr = get_zeros(len);
		return 0;
	}
	used = used_of(ctx);
	if (*used + len > PLOT - sizeof(size_t))
		die("a plot is too small");
	area->addr = (char *)ctx + *used;
	*used += round_up(len);
	return 0;
}

static void
area_free(void *ctx, const struct objpool_area *area)
{
	(void)ctx;
	atomic_fetch_sub(&nr_live, 1);
	if (ground == NULL)
		free(area->addr);
}

const struct objpool_mem_ops grave_ops = {
	.name = "graveyard",
	.alloc = area_alloc,
	.free = area_free,
};
