/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* A reader that does not quiesce: what waits for it waits, and nobody else.
 *
 * One thread enters a read section and stays there. A pool that is finished is not
 * released, who waits for it gives up in time, parked objects stay parked, and the
 * report names the reader. Meanwhile pops and pushes go on. Then the reader leaves
 * its section, and everything comes to its end.
 *
 * covers G7 G12 G14
 */

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "crew.h"
#include "reader.h"

#define NR       100u
#define NR_PARK  40u
#define STALL_MS 100u
#define WAIT_MS  300u

struct stall {
	struct objpool_gp *gp;
	struct objpool *pool; /* goes on */
	_Atomic(bool) is_in, may_leave, has_left;
	_Atomic(unsigned int) releases;
	_Atomic(unsigned int) named; /* reports that name the lazy reader */
	_Atomic(unsigned int) others;
	char report[160];
};

static void
must(bool true_, const char *what)
{
	if (true_)
		return;
	fprintf(stderr, "%s: not so: %s\n", READERS_NAME, what);
	_exit(1);
}

#define MUST(what) must(what, #what)

static void
on_report(void *ctx, const char *line)
{
	struct stall *s = ctx;
	char parked[80];

	snprintf(parked, sizeof(parked), "(%u objects parked in 2 pools)",
		NR_PARK);
	if (strstr(line, "waiting for lazy-reader to quiesce") != NULL &&
		strstr(line, parked) != NULL) {
		snprintf(s->report, sizeof(s->report), "%s", line);
		atomic_fetch_add(&s->named, 1);
	} else if (strstr(line, "a thread without a name") != NULL) {
		/* Nobody holds it up before the domain's thread has begun, which
		 * takes long where others do not let it run. */
		fprintf(stderr, "report: %s\n", line);
	} else if (strstr(line, "to quiesce") != NULL) {
		fprintf(stderr, "report: %s\n", line);
		atomic_fetch_add(&s->others, 1);
	}
}

static void
release(struct objpool *pool, void *ctx)
{
	struct stall *s = ctx;

	(void)pool;
	atomic_fetch_add(&s->releases, 1);
}

static void
be_lazy(struct member *m, void *arg)
{
	struct reader r = { .id = m->index };
	struct stall *s = arg;

	reader_join(&r, s->gp, "lazy-reader");
	section_begin(&r);
	atomic_store(&s->is_in, true);
	while (!atomic_load(&s->may_leave))
		nap(1);
	atomic_store(&s->has_left, true);
	section_end(&r);
	reader_leave(&r, s->gp);
}

static struct objpool *
make_pool(struct stall *s, const char *name)
{
	struct objpool_attr attr = {
		.name = name,
		.nr_objs = NR,
		.obj_size = 64,
		.block_objs = 16,
		.gp = s->gp,
		.release = release,
		.ctx = s,
	};
	struct objpool *pool = NULL;

	readers_must(objpool_create(&attr, &pool), "create");
	return pool;
}

/* What is not parked goes round; what is parked is not to be had. */
static void
others_go_on(struct stall *s, struct reader *r)
{
	void *objs[NR];

	reader_wake(r);
	for (unsigned int i = 0; i < 1000; i++) {
		section_begin(r);
		MUST(objpool_pop_bulk(s->pool, objs, NR - NR_PARK) == 0);
		if (i % 100 == 0)
			MUST(objpool_pop(s->pool) == NULL);
		MUST(objpool_push_bulk(objs, NR - NR_PARK, s->pool) == 0);
		section_end(r);
	}
	reader_rest(r);
	MUST(objpool_collect(s->pool) == NR_PARK);
}

static void
park_some(struct stall *s, struct reader *r)
{
	void *objs[NR_PARK];

	reader_wake(r);
	section_begin(r);
	MUST(objpool_pop_bulk(s->pool, objs, NR_PARK) == 0);
	MUST(objpool_push_rcu_bulk(objs, NR_PARK, s->pool) == 0);
	section_end(r);
	reader_rest(r);
}

static void
while_it_is_in(struct stall *s, struct reader *r)
{
	struct objpool *dying = make_pool(s, "dying");
	struct objpool_gp_stats stats;
	uint64_t start;

	park_some(s, r);
	start = env_now();
	MUST(objpool_fini_wait(dying, WAIT_MS) == -ETIMEDOUT);
	MUST(env_now() - start >= (WAIT_MS - 1) * UINT64_C(1000000));
	others_go_on(s, r);
	for (unsigned int ms = 0; s->named < 2; ms++) {
		MUST(ms < 20000);
		nap(1);
	}
	printf("%s: %s\n", READERS_NAME, s->report);
	MUST(s->releases == 0);
	MUST(objpool_outstanding(dying) == -EAGAIN);
	MUST(objpool_fini(dying) == -EALREADY);
	objpool_gp_get_stats(s->gp, &stats);
	MUST(stats.stalls >= 2);
	MUST(stats.parked == NR_PARK);
	MUST(stats.nr_pools == 2);
	MUST(stats.released == 0);
	others_go_on(s, r);
}

static void
after_it_left(struct stall *s)
{
	MUST(objpool_barrier(s->gp) == 0);
	MUST(s->has_left);
	MUST(s->releases == 1);
	for (unsigned int ms = 0; objpool_collect(s->pool) > 0; ms++) {
		MUST(ms < 20000);
		nap(1);
	}
	MUST(objpool_nr_free(s->pool) == NR);
	MUST(objpool_fini_wait(s->pool, UINT32_MAX) == 0);
	MUST(s->releases == 2);
	MUST(s->others == 0);
}

/* Who reads cannot wait; with the QSBR kind that is who is online. DPDK cannot
 * tell. */
static void
readers_cannot_wait(struct stall *s, struct reader *r)
{
#ifndef READERS_RTE
	struct objpool *pool = make_pool(s, "not now");
	unsigned int releases = s->releases;

	reader_wake(r);
	section_begin(r);
	MUST(objpool_fini_sync(pool) == -EDEADLK);
	MUST(objpool_fini_wait(pool, UINT32_MAX) == -EDEADLK);
	MUST(objpool_barrier(s->gp) == -EDEADLK);
	MUST(objpool_nr_free(pool) == NR); /* nothing happened */
	section_end(r);
	reader_rest(r);
	MUST(objpool_fini_wait(pool, UINT32_MAX) == 0);
	MUST(s->releases == releases + 1);
#else
	(void)s;
	(void)r;
#endif
}

int
main(void)
{
	struct stall *s = calloc(1, sizeof(*s));
	struct crew *crew = calloc(1, sizeof(*crew));
	struct reader r = { .id = READERS_MAX - 1 };
	struct objpool_gp_attr attr = {
		.stall_ms = STALL_MS,
		.log = on_report,
		.log_ctx = s,
	};

	if (s == NULL || crew == NULL)
		abort();
	readers_open();
	s->gp = readers_domain(attr);
	reader_join(&r, s->gp, "main");
	reader_rest(&r);
	s->pool = make_pool(s, "lives on");
	crew_start(crew, 1, be_lazy, s);
	while (!s->is_in)
		nap(1);
	while_it_is_in(s, &r);
	atomic_store(&s->may_leave, true);
	crew_join(crew);
	after_it_left(s);
	readers_cannot_wait(s, &r);
	reader_leave(&r, s->gp);
	readers_must(objpool_gp_destroy(s->gp), "destroy");
	readers_close();
	free(crew);
	free(s);
	return 0;
}
