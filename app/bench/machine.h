/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

#ifndef BENCH_MACHINE_H
#define BENCH_MACHINE_H

#include "row.h"

/* Keep the command line, before EAL rearranges it. */
void
machine_command(struct machine *machine, int argc, char **argv);

/* Find out all the rest that is known at the start. After EAL's start. */
void
machine_init(struct machine *machine, unsigned int nr_lcores);

/* Print it, for people. */
void
machine_print(const struct machine *machine);

#endif /* BENCH_MACHINE_H */
