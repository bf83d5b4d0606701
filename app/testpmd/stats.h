/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

#ifndef TESTPMD_STATS_H
#define TESTPMD_STATS_H

#include "forward.h"
#include "ports.h"

/* Make the present the point from which forward statistics and rates count. */
void
stats_take_base(struct ports *ports);

/* Set the ports' own counters to zero, where their PMDs can. */
void
stats_clear(struct ports *ports);

/* Print each port's counters since it was started or cleared, and rates since
 * they were printed, or the base taken, last.
 */
void
stats_print_ports(struct ports *ports);

/* Print what was forwarded since forwarding started. */
void
stats_print_forward(const struct forward *forward, const struct ports *ports);

#endif /* TESTPMD_STATS_H */
