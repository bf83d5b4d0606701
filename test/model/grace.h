/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Grace periods of the model, as the contract of objpool/rcu.h has them and no
 * better.
 *
 * They have numbers, and one runs at a time. Who asks gets the number of the
 * next to begin. It begins and ends by itself, at some access of any thread, in
 * nobody's program. What was done before it was asked for happens before each
 * read section that begins after it did; each section that was running then
 * ends before it, and happens before what is done by who learns that it is
 * over. There is no other order in it: asking and learning are no fences,
 * though those of liburcu are, and a section is none.
 */

#ifndef TEST_MODEL_GRACE_H
#define TEST_MODEL_GRACE_H

#include <stdint.h>

/* Before a contest that has them, and after it. */
void
grace_set_up(void);
void
grace_tear_down(void);

/* Called for every access: one may begin or end. */
void
grace_step(void);

/* Ask for one; learn whether it is over. */
uint64_t
grace_start(void);
bool
grace_done(uint64_t cookie);

/* The calling thread begins and ends a read section. */
void
reader_enter(void);
void
reader_leave(void);

/* The next one to begin, and the last that is over, for the ledger. */
uint64_t
grace_next(void);
uint64_t
grace_over(void);

#endif /* TEST_MODEL_GRACE_H */
