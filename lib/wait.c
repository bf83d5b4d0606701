/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* See wait.h. */

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

#include "wait.h"

struct waiter {
	pthread_mutex_t lock;
	pthread_cond_t over;
	bool is_over;
	unsigned int nr_sides;
};

struct waiter *
waiter_new(void)
{
	struct waiter *w = calloc(1, sizeof(*w));
	pthread_condattr_t attr;

	if (w == NULL)
		return NULL;
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->over, &attr);
	pthread_condattr_destroy(&attr);
	w->nr_sides = 2;
	return w;
}

/* Locked: one side is through with it. */
static void
leave(struct waiter *w)
{
	bool last = --w->nr_sides == 0;

	pthread_mutex_unlock(&w->lock);
	if (!last)
		return;
	pthread_cond_destroy(&w->over);
	pthread_mutex_destroy(&w->lock);
	free(w);
}

void
waiter_over(struct waiter *w)
{
	pthread_mutex_lock(&w->lock);
	w->is_over = true;
	pthread_cond_signal(&w->over);
	leave(w);
}

int
waiter_wait(struct waiter *w, uint32_t timeout_ms)
{
	struct timespec until;
	int rc = 0;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += timeout_ms / 1000;
	until.tv_nsec += (long)(timeout_ms % 1000) * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	pthread_mutex_lock(&w->lock);
	while (!w->is_over && rc == 0)
		rc = timeout_ms == UINT32_MAX ?
			pthread_cond_wait(&w->over, &w->lock) :
			pthread_cond_timedwait(&w->over, &w->lock, &until);
	rc = w->is_over ? 0 : -ETIMEDOUT;
	leave(w);
	return rc;
}
