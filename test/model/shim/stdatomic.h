/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Stands in for the compiler's header: model.h has defined what it declares. */
