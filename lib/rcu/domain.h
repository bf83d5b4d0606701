/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* A domain, as the files of this folder share it. */

#ifndef OBJPOOL_RCU_DOMAIN_H
#define OBJPOOL_RCU_DOMAIN_H

#include <pthread.h>
#include <semaphore.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <sys/types.h>

#include "gp.h"

#if defined(__GNUC__) && !defined(__clang__) && defined(__SANITIZE_THREAD__)
/* ThreadSanitizer does not model fences; no data is published through these. */
#pragma GCC diagnostic ignored "-Wtsan"
#endif

/* How a control thread sleeps. */
enum sleep {
	AWAKE,
	TIMED, /* until its next look */
	IDLE,  /* until it is woken */
};

/* A control thread and what wakes it, sleep.c. */
struct sleeper {
	pthread_t thread;
	sem_t wake;
	/* enum sleep; written by the thread and by who wakes it. */
	_Atomic(uint32_t) state;
};

struct objpool_gp {
	/* Constant. */
	const struct objpool_gp_ops *ops;
	void *ctx;
	char name[OBJPOOL_NAME_MAX + 1];
	uint32_t stall_ms;
	uint32_t pause_us;
	objpool_log_fn *log;
	void *log_ctx;
	pid_t creator;

	/* New deferred items, last first: written by all who defer. */
	alignas(64) _Atomic(struct objpool_deferred *) fresh;
	_Atomic(uint64_t) nr_deferred;
	_Atomic(uint32_t) nr_inside; /* threads that are deferring */

	/* Grace periods of a table that only blocks, driver.c: the highest one
	 * asked for, written by all who ask; the last begun and the last over,
	 * written by the driver. */
	alignas(64) _Atomic(uint64_t) want;
	_Atomic(uint64_t) started;
	_Atomic(uint64_t) done;
	struct sleeper driver;

	/* The last grace period asked for, stall.c: written by all who ask. */
	alignas(64) _Atomic(uint64_t) asked;

	/* The reclaim thread's. */
	alignas(64) struct sleeper reclaim;
	struct objpool_deferred *waiting; /* in order, with their cookies */
	struct objpool_deferred **waiting_end;
	uint64_t last_over; /* the highest cookie that was found over */
	uint64_t settled;   /* the last value of asked that was found over */
	uint64_t watched;   /* the grace period that is watched; 0: none */
	uint64_t watched_since; /* ns */
	uint64_t report_ms;
	_Atomic(uint64_t) nr_run;
	_Atomic(uint64_t) nr_over; /* grace periods */
	_Atomic(uint64_t) nr_stalls;
	_Atomic(uint64_t) nr_last[3]; /* by enum gp_last */
	_Atomic(bool) stop;
	_Atomic(bool) new_timer; /* since it last looked at them */

	/* Rare; under the lock. */
	alignas(64) pthread_mutex_t lock;
	struct gp_client *clients;
	struct objpool_reader *readers;
	struct objpool_deferred *timers; /* cookie: when due, ns */
};

/* sleep.c */

/* Start a control thread of the domain. 0 or a negative errno. */
int
sleeper_start(struct sleeper *s, const char *name, void *(*run)(void *),
	struct objpool_gp *gp, objpool_thread_fn *start);

/* Wake it if it sleeps like that or deeper; after what it is to see was
 * written. */
void
sleeper_wake(struct sleeper *s, enum sleep from);

/* The thread: say that it is about to sleep. It looks once more for work, and
 * then sleeps or says that it does not. */
void
sleeper_prepare(struct sleeper *s, enum sleep how);
void
sleeper_stay(struct sleeper *s);
/* For so many ns at most; 0: until woken. */
void
sleeper_sleep(struct sleeper *s, uint64_t ns);

/* A clock that only goes forward, in ns. */
uint64_t
now_ns(void);

/* Sleep for so long, whatever happens. */
void
pause_us(uint32_t us);

/* driver.c: the thread that makes grace periods where the table only blocks. */
void *
driver_run(void *gp);
uint64_t
driver_start(struct objpool_gp *gp);

/* reclaim.c: the thread that runs deferred functions. */
void *
reclaim_run(void *gp);

/* Queue what has waited for its time; all: whether it has or not. How long
 * until the next one is due, in ns; 0: none. */
uint64_t
reclaim_timers(struct objpool_gp *gp, bool all);

/* stall.c */

/* A grace period was asked for; any thread. */
void
stall_asked(struct objpool_gp *gp, uint64_t cookie);

/* Reclaim thread: look after what is watched; report. How long until the next
 * look, in ns; 0: nothing is to be watched. */
uint64_t
stall_look(struct objpool_gp *gp);

/* Reclaim thread: was a grace period asked for since that look? */
bool
stall_has_new(const struct objpool_gp *gp);

#endif /* OBJPOOL_RCU_DOMAIN_H */
