/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* What tells one process id namespace from another; 0 if that is not known. */

#ifndef OBJPOOL_IDENTITY_H
#define OBJPOOL_IDENTITY_H

#include <stdint.h>

uint64_t
identity_pid_ns(void);

#endif /* OBJPOOL_IDENTITY_H */
