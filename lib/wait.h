/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Something to wait for that outlives both sides: whoever is through with it
 * last frees it. So the one who waits may give up, and the other one may be
 * gone before the first has woken up.
 */

#ifndef OBJPOOL_WAIT_H
#define OBJPOOL_WAIT_H

#include <stdint.h>

struct waiter;

/* One for two sides; NULL: no memory. */
struct waiter *
waiter_new(void);

/* One side: it is over. */
void
waiter_over(struct waiter *w);

/* The other: wait for that, at most so many milliseconds, UINT32_MAX for ever.
 * 0 or -ETIMEDOUT. */
int
waiter_wait(struct waiter *w, uint32_t timeout_ms);

#endif /* OBJPOOL_WAIT_H */
