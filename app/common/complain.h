/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

#ifndef COMMON_COMPLAIN_H
#define COMMON_COMPLAIN_H

#include <rte_common.h>

/* Say in one line on stderr what is wrong and what to do about it. */
void
complain(const char *format, ...) __rte_format_printf(1, 2);

#endif /* COMMON_COMPLAIN_H */
