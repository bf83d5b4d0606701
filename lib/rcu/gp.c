/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Domains: making and ending them, the five functions of their table with what
 * is missing made of the others, and who uses them.
 *
 * sleep.c    control threads, and how they are woken
 * driver.c   grace periods by number, where the table can only block
 * reclaim.c  deferred functions
 * stall.c    who holds a grace period up
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "domain.h"

#define STALL_MS 1000u
#define PAUSE_US 50u
#define PASSES   16

uint64_t
gp_start(struct objpool_gp *gp)
{
	uint64_t cookie = gp->ops->start != NULL ? gp->ops->start(gp->ctx) :
						   driver_start(gp);

	stall_asked(gp, cookie);
	return cookie;
}

bool
gp_done(struct objpool_gp *gp, uint64_t cookie)
{
	if (gp->ops->done != NULL)
		return gp->ops->done(gp->ctx, cookie);
	return atomic_load_explicit(&gp->done, memory_order_acquire) >= cookie;
}

void
gp_synchronize(struct objpool_gp *gp)
{
	uint32_t us = 1;
	uint64_t cookie;

	/* In any case, so that it is watched. */
	cookie = gp_start(gp);
	if (gp->ops->synchronize != NULL)
		gp->ops->synchronize(gp->ctx);
	else
		while (!gp_done(gp, cookie)) {
			pause_us(us);
			us = us * 2 < 1000 ? us * 2 : 1000;
		}
	atomic_fetch_add_explicit(&gp->nr_over, 1, memory_order_relaxed);
}

int
gp_in_reader(struct objpool_gp *gp)
{
	return gp->ops->in_reader != NULL ? gp->ops->in_reader(gp->ctx) : -1;
}

bool
gp_is_ours(const struct objpool_gp *gp)
{
	return gp->creator == getpid();
}

bool
gp_is_shared(const struct objpool_gp *gp)
{
	return gp->ops->flags & OBJPOOL_GP_SHARED;
}

void
gp_count_release(struct objpool_gp *gp, enum gp_last last)
{
	atomic_fetch_add_explicit(&gp->nr_last[last], 1, memory_order_relaxed);
}

void
gp_attach(struct objpool_gp *gp, struct gp_client *client)
{
	pthread_mutex_lock(&gp->lock);
	client->next = gp->clients;
	gp->clients = client;
	pthread_mutex_unlock(&gp->lock);
}

void
gp_detach(struct objpool_gp *gp, struct gp_client *client)
{
	struct gp_client **link;

	pthread_mutex_lock(&gp->lock);
	for (link = &gp->clients; *link != client; link = &(*link)->next)
		;
	*link = client->next;
	pthread_mutex_unlock(&gp->lock);
}

/* Under the lock: forget a reader, if it is known. */
static void
forget(struct objpool_gp *gp, const struct objpool_reader *reader)
{
	struct objpool_reader **link;

	for (link = &gp->readers; *link != NULL; link = &(*link)->next)
		if (*link == reader) {
			*link = reader->next;
			return;
		}
}

int
objpool_reader_register(struct objpool_gp *gp, struct objpool_reader *reader,
	const char *name)
{
	if (gp == NULL || reader == NULL || name == NULL ||
		reader->is_holding == NULL)
		return -EINVAL;
	pthread_mutex_lock(&gp->lock);
	forget(gp, reader);
	memset(reader->name, 0, sizeof(reader->name));
	memcpy(reader->name, name, strnlen(name, OBJPOOL_READER_NAME_MAX));
	reader->next = gp->readers;
	gp->readers = reader;
	pthread_mutex_unlock(&gp->lock);
	return 0;
}

void
objpool_reader_unregister(struct objpool_gp *gp, struct objpool_reader *reader)
{
	if (gp == NULL || reader == NULL)
		return;
	pthread_mutex_lock(&gp->lock);
	forget(gp, reader);
	pthread_mutex_unlock(&gp->lock);
}

void *
objpool_gp_ctx(const struct objpool_gp *gp)
{
	return gp->ctx;
}

void
objpool_gp_defer(struct objpool_gp *gp, struct objpool_deferred *d,
	objpool_deferred_fn *fn)
{
	gp_defer(gp, d, fn);
}

static int
check(const struct objpool_gp_ops *ops, const struct objpool_gp_attr *attr)
{
	if (ops->synchronize == NULL && ops->start == NULL)
		return -EINVAL;
	if ((ops->start == NULL) != (ops->done == NULL))
		return -EINVAL;
	if (attr->name != NULL && strlen(attr->name) > OBJPOOL_NAME_MAX)
		return -EINVAL;
	return 0;
}

static struct objpool_gp *
allocate(const struct objpool_gp_ops *ops, void *ctx,
	const struct objpool_gp_attr *attr)
{
	struct objpool_gp *gp = aligned_alloc(64, sizeof(*gp));
	const char *name = attr->name != NULL ? attr->name : ops->name;

	if (gp == NULL)
		return NULL;
	memset(gp, 0, sizeof(*gp));
	gp->ops = ops;
	gp->ctx = ctx;
	if (name == NULL)
		name = "domain";
	memcpy(gp->name, name, strnlen(name, OBJPOOL_NAME_MAX));
	gp->stall_ms = attr->stall_ms != 0 ? attr->stall_ms : STALL_MS;
	gp->pause_us = attr->pause_us != 0 ? attr->pause_us : PAUSE_US;
	gp->log = attr->log;
	gp->log_ctx = attr->log_ctx;
	gp->creator = getpid();
	gp->waiting_end = &gp->waiting;
	pthread_mutex_init(&gp->lock, NULL);
	return gp;
}

static void
end_thread(struct sleeper *s)
{
	sleeper_wake(s, TIMED);
	pthread_join(s->thread, NULL);
	sem_destroy(&s->wake);
}

static void
end(struct objpool_gp *gp)
{
	pthread_mutex_destroy(&gp->lock);
	free(gp);
}

int
objpool_gp_create(const struct objpool_gp_ops *ops, void *ctx,
	const struct objpool_gp_attr *attr, struct objpool_gp **gpp)
{
	const struct objpool_gp_attr none = { 0 };
	struct objpool_gp *gp;
	int rc;

	if (ops == NULL || gpp == NULL)
		return -EINVAL;
	if (attr == NULL)
		attr = &none;
	rc = check(ops, attr);
	if (rc < 0)
		return rc;
	gp = allocate(ops, ctx, attr);
	if (gp == NULL)
		return -ENOMEM;
	rc = sleeper_start(&gp->reclaim, "objpool-reclaim", reclaim_run, gp,
		attr->thread);
	if (rc < 0)
		goto err_gp;
	if (ops->start == NULL)
		rc = sleeper_start(&gp->driver, "objpool-gp", driver_run, gp,
			attr->thread);
	if (rc < 0)
		goto err_reclaim;
	*gpp = gp;
	return 0;

err_reclaim:
	atomic_store_explicit(&gp->stop, true, memory_order_release);
	end_thread(&gp->reclaim);
err_gp:
	end(gp);
	return rc;
}

static int
may_wait(struct objpool_gp *gp)
{
	if (gp == NULL)
		return -EINVAL;
	if (!gp_is_ours(gp))
		return -EPERM;
	return gp_in_deferred() || gp_in_reader(gp) == 1 ? -EDEADLK : 0;
}

/* Something deferred that tells how much had run before it. */
struct marker {
	struct objpool_deferred deferred;
	uint64_t nr_run;
	sem_t passed;
};

static void
on_marker(struct objpool_deferred *d)
{
	struct marker *marker =
		(void *)((char *)d - offsetof(struct marker, deferred));

	marker->nr_run =
		atomic_load_explicit(&d->gp->nr_run, memory_order_relaxed);
	sem_post(&marker->passed);
}

int
objpool_barrier(struct objpool_gp *gp)
{
	struct marker marker;
	uint64_t before = 0;
	int rc = may_wait(gp);

	if (rc < 0)
		return rc;
	sem_init(&marker.passed, 0, 0);
	/* When a marker runs, what was deferred before it has returned, and
	 * what that deferred is queued: so it runs before the next marker. Over
	 * when nothing has run between two. */
	for (int i = 0; i < PASSES; i++) {
		reclaim_timers(gp, true);
		gp_defer(gp, &marker.deferred, on_marker);
		while (sem_wait(&marker.passed) != 0)
			;
		if (i > 0 && marker.nr_run - before == 1)
			break;
		before = marker.nr_run;
	}
	sem_destroy(&marker.passed);
	return 0;
}

static bool
is_used(struct objpool_gp *gp, bool by_pools)
{
	bool used;

	pthread_mutex_lock(&gp->lock);
	used = gp->readers != NULL || (by_pools && gp->clients != NULL);
	pthread_mutex_unlock(&gp->lock);
	return used;
}

int
objpool_gp_destroy(struct objpool_gp *gp)
{
	int rc = may_wait(gp);

	if (rc < 0)
		return rc;
	if (is_used(gp, false))
		return -EBUSY;
	/* Pools that are finished may be released by that. */
	rc = objpool_barrier(gp);
	if (rc < 0)
		return rc;
	if (is_used(gp, true))
		return -EBUSY;
	while (atomic_load_explicit(&gp->nr_inside, memory_order_acquire) > 0)
		pause_us(1);
	atomic_store_explicit(&gp->stop, true, memory_order_release);
	end_thread(&gp->reclaim);
	if (gp->ops->start == NULL)
		end_thread(&gp->driver);
	end(gp);
	return 0;
}

static uint64_t
get(const _Atomic(uint64_t) *counter)
{
	return atomic_load_explicit(counter, memory_order_relaxed);
}

void
objpool_gp_get_stats(struct objpool_gp *gp, struct objpool_gp_stats *stats)
{
	const struct objpool_reader *reader;
	const struct gp_client *client;

	*stats = (struct objpool_gp_stats){
		.grace_periods = get(&gp->nr_over),
		.stalls = get(&gp->nr_stalls),
		.deferred = get(&gp->nr_deferred),
		.run = get(&gp->nr_run),
		.last_in_fini = get(&gp->nr_last[GP_LAST_FINI]),
		.last_in_push = get(&gp->nr_last[GP_LAST_PUSH]),
		.last_in_drop = get(&gp->nr_last[GP_LAST_DROP]),
	};
	stats->released =
		stats->last_in_fini + stats->last_in_push + stats->last_in_drop;
	pthread_mutex_lock(&gp->lock);
	for (client = gp->clients; client != NULL; client = client->next) {
		stats->parked += client->parked(client);
		stats->nr_pools++;
	}
	for (reader = gp->readers; reader != NULL; reader = reader->next)
		stats->nr_readers++;
	pthread_mutex_unlock(&gp->lock);
}
