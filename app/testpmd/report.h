/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

#ifndef TESTPMD_REPORT_H
#define TESTPMD_REPORT_H

#include <rte_common.h>

#define PROGRAM "objpool-testpmd"

/* Say in one line on stderr what is wrong and what to do about it. */
void
report(const char *format, ...) __rte_format_printf(1, 2);

#endif /* TESTPMD_REPORT_H */
