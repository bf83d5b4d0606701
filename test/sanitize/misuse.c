/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Mistakes that a sanitizer must notice, one a run: else its silence about
 * everything else would mean nothing.
 *
 *   misuse late-read    an object is read after its push
 *   misuse late-write   or written
 *   misuse freed        a pool is used after its end
 *   misuse crooked      a pool is where no pool can be
 *
 * As in all tests it is the ledger that poisons objects in the pool. Ends with 0
 * if nothing was noticed.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <objpool/objpool.h>

#include "ledger.h"

#define SIZE 64

static void
make(struct ledger *ledger, struct objpool **pool)
{
	struct objpool_attr attr = { .nr_objs = 100, .obj_size = SIZE };

	if (objpool_create(&attr, pool) != 0)
		abort();
	ledger_open_pool(ledger, *pool, SIZE);
}

static char *
pop_and_push(struct ledger *ledger, struct objpool *pool)
{
	void *obj = objpool_pop(pool);

	ledger_took(ledger, HOLDER_MAIN, &obj, 1);
	ledger_gives(ledger, HOLDER_MAIN, &obj, 1);
	if (objpool_push(obj, pool) != 0)
		abort();
	return obj;
}

int
main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	struct ledger ledger;
	struct objpool *pool;
	volatile char *obj;

	make(&ledger, &pool);
	obj = pop_and_push(&ledger, pool);
	if (strcmp(what, "late-read") == 0)
		printf("%d\n", obj[SIZE - 1]);
	else if (strcmp(what, "late-write") == 0)
		obj[0] = 1;
	else if (strcmp(what, "crooked") == 0)
		objpool_pop((struct objpool *)(void *)((char *)pool + 1));
	ledger_close(&ledger);
	if (objpool_free(pool) != 0)
		abort();
	if (strcmp(what, "freed") == 0)
		objpool_pop(pool);
	return 0;
}
