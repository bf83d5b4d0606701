/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* DPDK's list of all mempools.
 *
 * It is in shared memory, and its lock is for all processes of an application.
 * A mempool is in it from its creation on, and a waiting one till its end, so
 * it tells whether an address is still a mempool's, without a look at what is
 * there.
 *
 * Whoever walks over the list may look at the mempools: rte_mempool_free() takes
 * one off under another lock than those hold, which users keep apart; us they
 * cannot.
 */

#include <rte_eal_memconfig.h>
#include <rte_malloc.h>
#include <rte_tailq.h>

#include "retire.h"

struct search {
	const struct rte_mempool *mp;
	bool found;
};

static void
compare(struct rte_mempool *mp, void *arg)
{
	struct search *search = arg;

	search->found |= mp == search->mp;
}

bool
listed_has(const struct rte_mempool *mp)
{
	struct search search = { .mp = mp };

	rte_mempool_walk(compare, &search);
	return search.found;
}

void
listed_remove(const struct rte_mempool *mp)
{
	struct rte_tailq_head *head;
	struct rte_tailq_entry *entry;

	rte_mcfg_mempool_write_lock();
	rte_mcfg_tailq_write_lock();
	head = rte_eal_tailq_lookup("RTE_MEMPOOL");
	if (head != NULL)
		TAILQ_FOREACH(entry, &head->tailq_head, next)
	if (entry->data == mp) {
		TAILQ_REMOVE(&head->tailq_head, entry, next);
		rte_free(entry);
		break;
	}
	rte_mcfg_tailq_write_unlock();
	rte_mcfg_mempool_write_unlock();
}
