/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Who holds a grace period up?
 *
 * Whoever asks for a grace period raises gp->asked to its cookie, and wakes the
 * reclaim thread if that sleeps without an end. The thread watches one grace
 * period at a time, the last that was asked for when it looked: one that is
 * held up holds up all later ones, so nothing is missed. When it is over, the
 * last one asked for by then is next. So a domain in use is looked at a few
 * times a second and nobody pays for a wake-up; the thread sleeps without an
 * end only if the last grace period that anybody asked for is over (sleep.c
 * says why none is overlooked).
 *
 * Its age counts from that look, at most a quarter of the threshold after it
 * was asked for. Beyond the threshold, and again whenever twice that time has
 * passed, the readers that are registered are asked, each by its own function,
 * since neither liburcu nor the table knows their names. Who began to read
 * later does not hold it up, and is not named.
 */

#include <inttypes.h>
#include <stdio.h>

#include "domain.h"

#define MS       1000000u /* ns */
#define LOOK_MAX (100 * MS)

void
stall_asked(struct objpool_gp *gp, uint64_t cookie)
{
	uint64_t asked = atomic_load_explicit(&gp->asked, memory_order_relaxed);

	if (gp->stall_ms == UINT32_MAX)
		return;
	while (asked < cookie)
		if (atomic_compare_exchange_weak_explicit(&gp->asked, &asked,
			    cookie, memory_order_release,
			    memory_order_relaxed)) {
			sleeper_wake(&gp->reclaim, IDLE);
			return;
		}
}

bool
stall_has_new(const struct objpool_gp *gp)
{
	return atomic_load_explicit(&gp->asked, memory_order_relaxed) !=
		gp->settled;
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

	atomic_fetch_add_explicit(&gp->nr_stalls, 1, memory_order_relaxed);
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
		tell(gp, "a thread without a name", parked, pools);
	pthread_mutex_unlock(&gp->lock);
}

uint64_t
stall_look(struct objpool_gp *gp)
{
	uint64_t asked = atomic_load_explicit(&gp->asked, memory_order_acquire);
	uint64_t next = (uint64_t)gp->stall_ms * MS / 4;
	uint64_t now = now_ns();

	if (gp->watched == 0 || gp_done(gp, gp->watched)) {
		gp->watched = 0;
		if (asked == gp->settled || gp_done(gp, asked)) {
			gp->settled = asked;
			return 0;
		}
		gp->watched = asked;
		gp->watched_since = now;
		gp->report_ms = gp->stall_ms;
	} else if (now - gp->watched_since >= gp->report_ms * MS) {
		report(gp, gp->watched);
		gp->report_ms *= 2;
	}
	return next < LOOK_MAX ? next : LOOK_MAX;
}
