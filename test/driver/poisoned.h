/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Free objects of the driver's mempools, poisoned under AddressSanitizer. */

#ifndef OBJPOOL_TEST_DRIVER_POISONED_H
#define OBJPOOL_TEST_DRIVER_POISONED_H

#include <rte_mempool.h>

/* From now on; before the first mempool. */
void
poison_mempools(void);

#endif /* OBJPOOL_TEST_DRIVER_POISONED_H */
