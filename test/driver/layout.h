/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Included before all else: the driver takes slots and blocks to be laid out
 * differently. */

#include <objpool/slot.h>

#undef OBJPOOL_LAYOUT
#define OBJPOOL_LAYOUT 99
