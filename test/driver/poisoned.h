/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Free objects of the driver's mempools, poisoned under AddressSanitizer. */

#ifndef OBJPOOL_TEST_DRIVER_POISONED_H
#define OBJPOOL_TEST_DRIVER_POISONED_H

#include <rte_mempool.h>

#include "poison.h"

/* From now on; before the first mempool. */
void
poison_mempools(void);

/* Do something to an object in the mempool, as rte_mempool_obj_iter() does. */
#define WHILE_FREE(obj, size, what)                                            \
	do {                                                                   \
		unpoison(obj, size);                                           \
		what;                                                          \
		poison(obj, size);                                             \
	} while (0)

#endif /* OBJPOOL_TEST_DRIVER_POISONED_H */
