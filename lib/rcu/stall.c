/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Who holds a grace period up?
 *
 * Of the grace periods that are asked for, one at a time is watched: the first that
 * anybody asks for while none is. When the reclaim thread finds it over it takes it
 * off, and the next one asked for is watched. So a thread that asks pays a load, and
 * a wake-up only when the domain had been idle. A grace period that is held up holds
 * up all later ones, so nothing is missed by watching one.
 *
 * Its age counts from the first look, less than a quarter of the threshold after it
 * was asked for. Beyond the threshold, and again whenever twice that time has
 * passed, the readers that are registered are asked, each by its own function, since
 * neither liburcu nor the table knows their names.
 */

#include <inttypes.h>
#include <stdio.h>

#include "domain.h"

#define MS       1000000u /* ns */
#define LOOK_MAX (100 * MS)

void
stall_watch(struct objpool_gp *gp, uint64_t cookie)
{
	uint64_t none = 0;

	if (atomic_load_explicit(&gp->watched, memory_order_relaxed) != 0 ||
		gp->stall_ms == UINT32_MAX)
		return;
	if (atomic_compare_exchange_strong_explicit(&gp->watched, &none, cookie,
		    memory_order_acq_rel, memory_order_relaxed))
		sleeper_wake(&gp->reclaim, IDLE);
}

static void
tell(const struct objpool_gp *gp, const char *reader, uint64_t parked,
	unsigned int pools)
{
	char line[200];

	snprintf(line, sizeof(line),
		"%s: blocked %" PRIu64 " ms waiting for %s to quiesce (%" PRIu64
		" objects parked in %u pool%s)",
		gp->name, gp->report_ms, reader, parked, pools,
		pools == 1 ? "" : "s");
	if (gp->log != NULL)
		gp->log(gp->log_ctx, line);
	else
		fprintf(stderr, "objpool: %s\n", line);
}

static void
report(struct objpool_gp *gp, uint64_t cookie)
{
	const struct objpool_reader *reader;
	const struct gp_client *client;
	uint64_t parked = 0;
	unsigned int pools = 0;
	bool named = false;

	pthread_mutex_lock(&gp->lock);
	for (client = gp->clients; client != NULL; client = client->next) {
		parked += client->parked(client);
		pools++;
	}
	for (reader = gp->readers; reader != NULL; reader = reader->next)
		if (reader->is_holding(reader, cookie)) {
			tell(gp, reader->name, parked, pools);
			named = true;
		}
	if (!named)
		tell(gp, "an unregistered thread", parked, pools);
	pthread_mutex_unlock(&gp->lock);
	atomic_fetch_add_explicit(&gp->nr_stalls, 1, memory_order_relaxed);
}

uint64_t
stall_look(struct objpool_gp *gp)
{
	uint64_t cookie =
		atomic_load_explicit(&gp->watched, memory_order_acquire);
	uint64_t next = (uint64_t)gp->stall_ms * MS / 4;
	uint64_t now = now_ns();

	if (cookie == 0)
		return 0;
	if (gp_done(gp, cookie)) {
		gp->watched_since = 0;
		atomic_store_explicit(&gp->watched, 0, memory_order_release);
		return 0;
	}
	if (gp->watched_since == 0) {
		gp->watched_since = now;
		gp->report_ms = gp->stall_ms;
	} else if (now - gp->watched_since >= gp->report_ms * MS) {
		report(gp, cookie);
		gp->report_ms *= 2;
	}
	return next > 0 && next < LOOK_MAX ? next : LOOK_MAX;
}
