/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* The counters of a mempool's pool, and telemetry of the mempools that are
 * objpools:
 *   /objpool/list         their names
 *   /objpool/info,<name>  the counters of one (struct objpool_stats)
 *   /objpool/waiting      those that wait for their last object, and where the
 *                         objects are (struct objpool_mempool_waiting)
 *
 * Pools are read inside rte_mempool_walk(), whose lock keeps those that end by
 * themselves from being freed meanwhile (retire.c); rte_mempool_lookup() would hand
 * out a pointer that the application's next call may invalidate.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <rte_telemetry.h>
#include <rte_version.h>

#include "objpool_mempool.h"
#include "state.h"

#if RTE_VERSION < RTE_VERSION_NUM(23, 3, 0, 0)
#define rte_tel_data_add_dict_uint rte_tel_data_add_dict_u64
#endif

int
objpool_mempool_get_stats(const struct rte_mempool *mp,
	struct objpool_stats *stats)
{
	const struct state *s;

	if (mp == NULL || stats == NULL || !is_ours(mp))
		return -EINVAL;
	s = state_of(mp);
	if (s == NULL)
		return -EINVAL;
	objpool_get_stats(&s->pool, stats);
	return 0;
}

struct search {
	const char *name;
	struct objpool_stats stats;
	uint32_t size; /* objects */
	int ret;
};

static void
list_pool(struct rte_mempool *mp, void *arg)
{
	struct objpool_stats stats;

	if (objpool_mempool_get_stats(mp, &stats) == 0)
		rte_tel_data_add_array_string(arg, mp->name);
}

static int
list(const char *cmd __rte_unused, const char *params __rte_unused,
	struct rte_tel_data *d)
{
	rte_tel_data_start_array(d, RTE_TEL_STRING_VAL);
	rte_mempool_walk(list_pool, d);
	return 0;
}

static void
read_pool(struct rte_mempool *mp, void *arg)
{
	struct search *search = arg;

	if (strcmp(mp->name, search->name) != 0)
		return;
	search->ret = objpool_mempool_get_stats(mp, &search->stats);
	search->size = mp->size;
}

static int
info(const char *cmd __rte_unused, const char *params, struct rte_tel_data *d)
{
	struct search search = { .name = params, .ret = -ENOENT };
	const struct objpool_stats *s = &search.stats;

	if (params == NULL || *params == '\0')
		return -EINVAL;
	rte_mempool_walk(read_pool, &search);
	if (search.ret < 0)
		return search.ret;
	rte_tel_data_start_dict(d);
	rte_tel_data_add_dict_string(d, "name", params);
	rte_tel_data_add_dict_uint(d, "nr_objs", search.size);
	rte_tel_data_add_dict_uint(d, "nr_free", s->nr_free);
	rte_tel_data_add_dict_uint(d, "pops", s->pops);
	rte_tel_data_add_dict_uint(d, "pushes", s->pushes);
	rte_tel_data_add_dict_uint(d, "fails", s->fails);
	rte_tel_data_add_dict_uint(d, "blocks_in", s->blocks_in);
	rte_tel_data_add_dict_uint(d, "blocks_out", s->blocks_out);
	rte_tel_data_add_dict_uint(d, "revocations", s->revocations);
	rte_tel_data_add_dict_uint(d, "barriers", s->barriers);
	rte_tel_data_add_dict_uint(d, "steals", s->steals);
	rte_tel_data_add_dict_uint(d, "conflicts", s->conflicts);
	rte_tel_data_add_dict_uint(d, "shared_objs", s->shared_objs);
	rte_tel_data_add_dict_uint(d, "takeovers", s->takeovers);
	rte_tel_data_add_dict_uint(d, "reclaims", s->reclaims);
	rte_tel_data_add_dict_uint(d, "nr_slots", s->nr_slots);
	rte_tel_data_add_dict_uint(d, "nr_claimed", s->nr_claimed);
	rte_tel_data_add_dict_uint(d, "nr_blocks", s->nr_blocks);
	rte_tel_data_add_dict_uint(d, "block_objs", s->block_objs);
	rte_tel_data_add_dict_uint(d, "fence_free", s->fence_free);
	rte_tel_data_add_dict_uint(d, "arena_bytes", s->arena_bytes);
	return 0;
}

struct list {
	struct rte_tel_data *data;
	unsigned int nr;
};

/* One dictionary a mempool, by number: several generations may have had one
 * name. */
static void
add_waiting(const struct objpool_mempool_waiting *waiting, void *ctx)
{
	struct rte_tel_data *d = rte_tel_data_alloc();
	struct list *list = ctx;
	char key[16];
	char holders[RTE_TEL_MAX_STRING_LEN];

	if (d == NULL)
		return;
	snprintf(holders, sizeof(holders), "%s", waiting->holders);
	rte_tel_data_start_dict(d);
	rte_tel_data_add_dict_string(d, "name", waiting->name);
	rte_tel_data_add_dict_uint(d, "nr_objs", waiting->nr_objs);
	rte_tel_data_add_dict_uint(d, "nr_out", waiting->nr_out);
	rte_tel_data_add_dict_uint(d, "nr_cached", waiting->nr_cached);
	rte_tel_data_add_dict_uint(d, "seconds", (uint64_t)waiting->seconds);
	rte_tel_data_add_dict_string(d, "holders", holders);
	snprintf(key, sizeof(key), "%u", list->nr++);
	if (rte_tel_data_add_dict_container(list->data, key, d, 0) != 0)
		rte_tel_data_free(d);
}

static int
waiting(const char *cmd __rte_unused, const char *params __rte_unused,
	struct rte_tel_data *d)
{
	struct list list = { .data = d };

	rte_tel_data_start_dict(d);
	objpool_mempool_waiting_walk(add_waiting, &list);
	return 0;
}

void
telemetry_start(void)
{
	rte_telemetry_register_cmd("/objpool/list", list,
		"Names of the mempools that are objpools. Takes no parameters");
	rte_telemetry_register_cmd("/objpool/info", info,
		"Counters of one of them. Parameter: name of the mempool");
	rte_telemetry_register_cmd("/objpool/waiting", waiting,
		"Mempools that wait for their last object to be freed, and who "
		"holds the rest. Takes no parameters");
}
