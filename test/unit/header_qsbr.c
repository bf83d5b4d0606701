/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* The domains of rte_rcu_qsbr compile in C11 and in C++17. */

#include <objpool/rte_qsbr.h>

int
make_qsbr(struct rte_rcu_qsbr *v, struct objpool_gp **gpp,
	struct objpool_reader *reader);

int
make_qsbr(struct rte_rcu_qsbr *v, struct objpool_gp **gpp,
	struct objpool_reader *reader)
{
	int rc = objpool_gp_create_qsbr(v, NULL, gpp);

	return rc < 0 ? rc :
			objpool_reader_register_qsbr(*gpp, reader, "me", 3);
}
