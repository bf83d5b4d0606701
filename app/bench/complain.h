/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

#ifndef BENCH_COMPLAIN_H
#define BENCH_COMPLAIN_H

#include <rte_common.h>

#define PROGRAM "objpool-bench"

/* Say in one line on stderr what is wrong and what to do about it. */
void
complain(const char *format, ...) __rte_format_printf(1, 2);

#endif /* BENCH_COMPLAIN_H */
