/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Stands in for the compiler's header: under the model nothing is aligned,
 * since Relacy keeps a test's memory wherever malloc() gives it some. */

#define alignas(x)
