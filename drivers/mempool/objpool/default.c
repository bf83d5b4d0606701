/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* The plugin that makes every mempool for many producers and consumers of an
 * unmodified program an objpool.
 *
 * `--mbuf-pool-ops-name` reaches only programs and pools that ask for the best
 * operations for mbufs; all others take "ring_mp_mc". Loading this plugin puts
 * the driver in the place of that name, whether the ring driver has registered
 * it already (programs linked with it) or will come later (mempool takes the
 * first of two).
 *
 * It carries nothing itself: it needs librte_mempool_objpool.so and finds it
 * beside itself, so that the driver is there once even when both are loaded.
 */

#include <rte_common.h>

#include "objpool_mempool.h"

RTE_INIT(objpool_mempool_default)
{
	/* What can go wrong has been said by the driver. */
	(void)objpool_mempool_replace_default();
}
