/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* See fuzz.h. A call is three bytes: which; of which pool, by whom and how; how
 * many. All other choices are made of the same.
 */

#include "fuzz.h"

#include <string.h>

#define CALLS_MAX 400

enum call {
	MAKE,
	MAKE_WRONG,
	POP,
	POP_BULK,
	POP_BURST,
	PUSH,
	PUSH_BULK,
	PUSH_RCU,
	DROP,
	COLLECT,
	PASS,
	RUN,
	DETACH,
	RENEW,
	CLOSE,
	WALK,
	QUIESCE,
	RECLAIM,
	FINI,
	FINI_SYNC,
	FINI_WAIT,
	FREE_IT,
	FREE_FORCED,
};

/* A byte says which; what is done most is there most often. */
static const uint8_t calls[] = { MAKE, POP, PUSH, POP_BULK, PUSH_BULK,
	POP_BURST, PUSH_RCU, PASS, POP_BULK, PUSH_BULK, COLLECT, RUN, MAKE,
	PUSH_RCU, POP_BURST, DROP, DETACH, RENEW, FINI, CLOSE, WALK, QUIESCE,
	FINI_SYNC, FINI_WAIT, FREE_IT, FREE_FORCED, MAKE_WRONG, POP_BURST,
	RECLAIM, POP, PUSH, PUSH_RCU };

static struct model models[NR_POOLS];
static int cpu; /* of all threads, for what is chosen by it */

int
__wrap_sched_getcpu(void);

int
__wrap_sched_getcpu(void)
{
	return cpu;
}

int
turn_key(void)
{
	return cpu - 1;
}

static bool
move(struct turn *t, enum call call)
{
	if (call == POP || call == PUSH)
		t->n = 1;
	switch (call) {
	case POP:
		turn_take(t, turn_pop, false);
		return true;
	case POP_BULK:
		turn_take(t, turn_pop_bulk, false);
		return true;
	case POP_BURST:
		turn_take(t, turn_pop_burst, true);
		return true;
	case PUSH:
	case PUSH_BULK:
		turn_give(t, turn_push, FREE);
		return true;
	case PUSH_RCU:
		turn_give(t, turn_push_rcu, LIMBO);
		return true;
	case DROP:
		turn_give(t, turn_drop, DROPPED);
		return true;
	default:
		return false;
	}
}

static void
do_call(struct turn *t, enum call call)
{
	void (*const others[])(void *arg) = {
		[COLLECT] = turn_collect,
		[DETACH] = turn_detach,
		[CLOSE] = turn_close,
		[WALK] = turn_walk,
		[QUIESCE] = turn_quiesce,
		[RECLAIM] =
			t->way == WAY_CALL ? turn_reclaim : turn_reclaim_among,
		[FINI] = turn_fini,
		[FINI_SYNC] = turn_fini_sync,
		[FINI_WAIT] = turn_fini_wait,
		[FREE_IT] = turn_free,
		[FREE_FORCED] = turn_free_forced,
	};

	if (call == MAKE)
		turn_make(t);
	else if (call == MAKE_WRONG)
		turn_make_wrong(t);
	else if (call == PASS)
		period_pass();
	else if (call == RUN)
		period_run();
	else if (call == RENEW)
		turn_renew(t);
	else if (t->m->pool != NULL && !move(t, call))
		people_do(t->who, others[call], t);
}

static void
check_all(void)
{
	for (unsigned int i = 0; i < NR_POOLS; i++) {
		model_settle(&models[i]);
		model_check(&models[i]);
	}
}

/* All that is out comes home, and every pool to its end. */
static void
end_all(void)
{
	static struct turn t;

	for (unsigned int i = 0; i < NR_POOLS; i++) {
		t = (struct turn){ .m = &models[i], .other = &models[1 - i] };
		if (t.m->pool != NULL && !t.m->is_finished)
			turn_fini(&t);
		model_settle(t.m);
		while (t.m->pool != NULL && model_count(t.m, HELD) > 0) {
			t.n = 7;
			t.byte = 1;
			turn_give(&t, turn_push, FREE);
			check_all();
		}
	}
	for (unsigned int i = 0; i < 3; i++) {
		period_pass();
		period_run();
		check_all();
	}
	for (unsigned int i = 0; i < NR_POOLS; i++)
		CHECK(models[i].pool == NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static struct turn t;

	memset(models, 0, sizeof(models));
	for (unsigned int i = 0; i < NR_POOLS; i++)
		models[i].index = i;
	for (size_t i = 0; i + 3 <= size && i < 3 * CALLS_MAX; i += 3) {
		unsigned int pool = bytes[i + 1] & 1;

		t = (struct turn){
			.m = &models[pool],
			.other = &models[1 - pool],
			.who = bytes[i + 1] / 2 % NR_PEOPLE,
			.way = (enum way)(bytes[i + 1] / 8 % 4),
			.byte = bytes[i + 1] / 32 + bytes[i] / 32 * 8u,
			.n = bytes[i + 2],
		};
		if (bytes[i] % 32 == 0)
			t.byte = bytes[i + 1];
		cpu = (int)(t.byte % 3);
		do_call(&t, (enum call)calls[bytes[i] % 32]);
		check_all();
	}
	end_all();
	return 0;
}
