/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Is an object noticed that is used after it was put into a mempool of the
 * driver? See misuse.c; here it is test/driver/poisoned.c that poisons.
 *
 *   misuse_mempool late-read|late-write
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "eal.h"
#include "poisoned.h"

int
main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	char *eal[] = { argv[0], (char *)"no-huge", (char *)"--no-telemetry" };
	volatile uint64_t *word;
	struct rte_mempool *mp;
	void *obj;

	eal_start(3, eal);
	poison_mempools();
	mp = mempool_new("misused", 100, 0);
	if (rte_mempool_get(mp, &obj) != 0)
		abort();
	word = obj;
	*word = 1;
	rte_mempool_put(mp, obj);
	if (strcmp(what, "late-read") == 0)
		printf("%d\n", (int)*word);
	else if (strcmp(what, "late-write") == 0)
		*word = 2;
	rte_mempool_free(mp);
	eal_stop();
	return 0;
}
