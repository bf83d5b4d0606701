/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

#ifndef COMMON_QUIT_H
#define COMMON_QUIT_H

#include <stdbool.h>

/* Let signals that would end the program ask for its end instead; once: the
 * first of each only.
 */
void
quit_on_signals(bool once);

/* Ask for the end of the program. */
void
quit_ask(void);

/* Whether its end was asked for. */
bool
quit_asked(void);

#endif /* COMMON_QUIT_H */
