/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

#ifndef BENCH_QUIT_H
#define BENCH_QUIT_H

#include <stdbool.h>

/* Let signals that would end the program ask for its end instead; each once,
 * the second one ends it. */
void
quit_on_signals(void);

/* Whether its end was asked for. */
bool
quit_asked(void);

#endif /* BENCH_QUIT_H */
