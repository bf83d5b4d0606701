/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

#ifndef TESTPMD_APP_H
#define TESTPMD_APP_H

#include <stdbool.h>

#include "forward.h"
#include "options.h"
#include "pools.h"
#include "ports.h"
#include "replace.h"

/* All there is. */
struct app {
	struct options options;
	struct ports ports;
	struct pools pools;
	struct replace replace;
	struct forward forward;
};

/* Make everything ready to forward. On failure nothing is left. 0, or negative
 * after a complaint.
 */
int
app_open(struct app *app);

/* Start forwarding; nothing happens if it runs. 0, or negative after a complaint.
 */
int
app_start(struct app *app, bool tx_first);

/* Stop forwarding, if it runs, and print what was forwarded. */
void
app_stop(struct app *app);

/* Do what is due beside forwarding. How many milliseconds may pass before the
 * next call.
 */
int
app_step(struct app *app);

/* Stop and free everything; whether all mbufs were back. */
bool
app_close(struct app *app);

/* Read commands until "quit", the end of stdin or a wish to end. */
int
app_prompt(struct app *app);

#endif /* TESTPMD_APP_H */
