/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* The driver's place in mempool's table of operations.
 *
 * The table has 16 entries for all drivers of a process, and recent DPDK alone
 * fills them. Drivers given with -d register before those of DPDK's own
 * directory, so that ours gets in and some other may not; but a program can be
 * linked with many, so the full table is met here. mempool's registration macro
 * would be silent about it.
 *
 * The table takes two drivers of one name and finds the first. This plugin may
 * be loaded twice, or linked and loaded as well: the first stays the only one.
 */

#include <errno.h>
#include <string.h>

#include <rte_spinlock.h>

#include "objpool_mempool.h"
#include "state.h"

/* What mempool takes when it is not told that there is one producer, or one
 * consumer, only. */
#define DEFAULT_NAME "ring_mp_mc"

RTE_LOG_REGISTER(objpool_mempool_log, pmd.mempool.objpool, NOTICE)

static struct rte_mempool_ops *
find(const char *name)
{
	for (uint32_t i = 0; i < rte_mempool_ops_table.num_ops; i++)
		if (strcmp(rte_mempool_ops_table.ops[i].name, name) == 0)
			return &rte_mempool_ops_table.ops[i];
	return NULL;
}

static int
add(const struct rte_mempool_ops *ops)
{
	int ret = rte_mempool_register_ops(ops);

	if (ret == -ENOSPC)
		SAY(ERR,
			"no room for \"%s\" among the %d mempool drivers: load "
			"fewer others or load them later (-d), or build DPDK "
			"with -Ddisable_drivers=mempool/... for those that are "
			"not needed",
			ops->name, RTE_MEMPOOL_MAX_OPS_IDX);
	else if (ret < 0)
		SAY(ERR, "cannot register \"%s\": %s", ops->name,
			strerror(-ret));
	return ret < 0 ? ret : 0;
}

RTE_INIT(objpool_mempool_init)
{
	if (find(state_ops.name) != NULL) {
		SAY(INFO, "\"%s\" is registered already", state_ops.name);
		return;
	}
	if (add(&state_ops) == 0)
		telemetry_start();
}

int
objpool_mempool_replace_default(void)
{
	const struct rte_mempool_ops *ours = find(state_ops.name);
	struct rte_mempool_ops *theirs = find(DEFAULT_NAME);
	struct rte_mempool_ops ops;

	if (ours == NULL)
		return -ENOENT;
	ops = *ours;
	snprintf(ops.name, sizeof(ops.name), DEFAULT_NAME);
	if (theirs == NULL)
		return add(&ops);
	rte_spinlock_lock(&rte_mempool_ops_table.sl);
	*theirs = ops;
	rte_spinlock_unlock(&rte_mempool_ops_table.sl);
	return 0;
}
