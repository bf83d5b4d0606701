/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Closed and marked pools: objpool_close(), objpool_quiesce(), objpool_enter()
 * and objpool_leave(), and fini of pools that wait for what is in progress by
 * their own marks.
 *
 * To be in the middle of an operation for long, members enter by
 * objpool_enter(), which marks as pop and push do.
 */

#include "unit.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bank.h"
#include "domain.h"

#define NR 60

static const struct objpool_attr marked = {
	.nr_objs = NR,
	.obj_size = 32,
	.nr_slots = 2,
	.block_objs = 8,
	.flags = OBJPOOL_F_MARKED,
};

static const uint32_t variants[] = {
	OBJPOOL_F_MARKED,
	OBJPOOL_F_MARKED | OBJPOOL_F_FENCED,
	OBJPOOL_F_MARKED | OBJPOOL_F_CHECKED,
};

static void
a_closed_pool_takes_but_does_not_give(void **state)
{
	static const uint32_t flags[] = { 0, OBJPOOL_F_MARKED,
		OBJPOOL_F_CHECKED };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(flags); i++) {
		struct objpool_attr attr = marked;
		struct objpool *pool;
		void *objs[NR], *other[4];

		attr.flags = flags[i];
		pool = make_pool(&attr);
		assert_int_equal(objpool_pop_bulk(pool, objs, 20), 0);
		assert_int_equal(objpool_close(pool), 0);
		assert_int_equal(objpool_close(pool), 0);
		assert_null(objpool_pop(pool));
		assert_int_equal(objpool_pop_bulk(pool, other, 4), -ESHUTDOWN);
		assert_int_equal(objpool_pop_burst(pool, other, 4), 0);
		assert_int_equal(objpool_pop_bulk_keyed(pool, other, 1, NULL),
			-ESHUTDOWN);
		assert_int_equal(objpool_nr_free(pool), NR - 20);
		assert_int_equal(objpool_nr_outstanding(pool), 20);
		assert_int_equal(objpool_push(objs[0], pool), 0);
		assert_int_equal(objpool_push_bulk(objs + 1, 18, pool), 0);
		assert_int_equal(objpool_nr_free(pool), NR - 1);
		assert_int_equal(objpool_outstanding(pool), -EAGAIN);
		assert_int_equal(objpool_free(pool), -EBUSY);
		assert_int_equal(objpool_push(objs[19], pool), 0);
		assert_int_equal(objpool_fini(pool), 0);
	}
}

static void
a_closed_pool_can_be_finished_but_not_the_other_way_round(void **state)
{
	struct objpool *pool = make_pool(&marked);
	void *obj = objpool_pop(pool);

	(void)state;
	assert_int_equal(objpool_close(pool), 0);
	assert_int_equal(objpool_fini(pool), 0);
	assert_int_equal(objpool_close(pool), -EALREADY);
	assert_int_equal(objpool_fini(pool), -EALREADY);
	assert_int_equal(objpool_drop(obj, pool), 0);

	pool = make_pool(&marked);
	obj = objpool_pop(pool);
	assert_int_equal(objpool_fini(pool), 0);
	assert_int_equal(objpool_close(pool), -EALREADY);
	assert_int_equal(objpool_drop(obj, pool), 0);
}

static void
quiesce_needs_marks(void **state)
{
	struct objpool_attr attr = marked;
	struct objpool *pool = make_pool(&attr);

	(void)state;
	assert_int_equal(objpool_quiesce(pool), 0);
	end_pool(pool);
	attr.flags = 0;
	pool = make_pool(&attr);
	assert_int_equal(objpool_quiesce(pool), -ENOTSUP);
	end_pool(pool);
}

/* Members that are in the middle of an operation until the gate. */
struct middle {
	struct objpool *pool;
	struct gate in, out;
	bool dies; /* in the middle */
	_Atomic(unsigned int) left;
};

static void
stay_inside(struct member *m, void *arg)
{
	struct middle *middle = arg;
	void *mark;

	(void)m;
	/* Half of the members, if there are many, find no slot. */
	objpool_push(objpool_pop(middle->pool), middle->pool);
	mark = objpool_enter(middle->pool, NULL);
	assert_non_null(mark);
	gate_pass(&middle->in);
	if (middle->dies)
		return;
	gate_pass(&middle->out);
	nap(20);
	middle->left++;
	objpool_leave(middle->pool, mark);
}

static void
quiesce_waits_for_those_in_the_middle(void **state)
{
	struct crew *crew = calloc(1, sizeof(*crew));

	(void)state;
	for (size_t i = 0; i < COUNT_OF(variants); i++) {
		/* With a slot, and some as guests. */
		for (unsigned int nr = 1; nr <= 5; nr += 4) {
			struct objpool_attr attr = marked;
			struct middle middle = { .left = 0 };

			attr.flags = variants[i];
			middle.pool = make_pool(&attr);
			gate_init(&middle.in, nr + 1);
			gate_init(&middle.out, nr + 1);
			crew_start(crew, nr, stay_inside, &middle);
			gate_pass(&middle.in);
			gate_pass(&middle.out);
			assert_int_equal(objpool_quiesce(middle.pool), 0);
			assert_int_equal(middle.left, nr);
			crew_join(crew);
			assert_int_equal(objpool_quiesce(middle.pool), 0);
			end_pool(middle.pool);
		}
	}
	free(crew);
}

static void
quiesce_does_not_wait_for_the_dead(void **state)
{
	struct crew *crew = calloc(1, sizeof(*crew));

	(void)state;
	for (unsigned int nr = 1; nr <= 5; nr += 4) {
		struct middle middle = { .dies = true };

		middle.pool = make_pool(&marked);
		gate_init(&middle.in, nr + 1);
		crew_start(crew, nr, stay_inside, &middle);
		gate_pass(&middle.in);
		crew_join(crew);
		assert_int_equal(objpool_quiesce(middle.pool), 0);
		/* Their heirs are not taken for them. */
		crew_run(5, stay_inside,
			&(struct middle){
				.pool = middle.pool,
				.dies = true,
				.in = { .nr = 5 },
			});
		assert_int_equal(objpool_quiesce(middle.pool), 0);
		end_pool(middle.pool);
	}
	free(crew);
}

static void
quiesce_does_not_wait_for_those_who_come_later(void **state)
{
	struct objpool *pool = make_pool(&marked);
	void *mark;

	(void)state;
	mark = objpool_enter(pool, NULL);
	assert_non_null(mark);
	objpool_leave(pool, mark);
	assert_int_equal(objpool_quiesce(pool), 0);
	/* An operation on another pool does not count. */
	mark = objpool_enter(pool, NULL);
	for (unsigned int i = 0; i < 3; i++) {
		struct objpool *other = make_pool(&marked);

		objpool_push(objpool_pop(other), other);
		assert_int_equal(objpool_quiesce(other), 0);
		end_pool(other);
	}
	objpool_leave(pool, mark);
	end_pool(pool);
}

static void
one_can_be_in_the_middle_of_a_closed_pool(void **state)
{
	struct objpool *pool = make_pool(&marked);
	void *mark;

	(void)state;
	assert_int_equal(objpool_close(pool), 0);
	mark = objpool_enter(pool, NULL);
	assert_non_null(mark);
	objpool_leave(pool, mark);
	end_pool(pool);
}

struct done {
	_Atomic(unsigned int) releases;
};

static void
release(struct objpool *pool, void *ctx)
{
	struct done *done = ctx;

	(void)pool;
	done->releases++;
}

/* covers G11 */
static void
fini_of_a_marked_pool_waits_for_those_in_the_middle(void **state)
{
	struct crew *crew = calloc(1, sizeof(*crew));

	(void)state;
	for (size_t i = 0; i < COUNT_OF(variants); i++) {
		struct objpool_attr attr = marked;
		struct middle middle = { .left = 0 };
		struct done done = { 0 };
		void *obj;

		attr.flags = variants[i];
		attr.release = release;
		attr.ctx = &done;
		middle.pool = make_pool(&attr);
		gate_init(&middle.in, 2);
		gate_init(&middle.out, 2);
		obj = objpool_pop(middle.pool);
		crew_start(crew, 1, stay_inside, &middle);
		gate_pass(&middle.in);
		gate_pass(&middle.out);
		assert_int_equal(objpool_fini(middle.pool), 0);
		assert_int_equal(middle.left, 1);
		crew_join(crew);
		assert_int_equal(done.releases, 0);
		assert_int_equal(objpool_outstanding(middle.pool), 1);
		assert_int_equal(objpool_push(obj, middle.pool), 0);
		assert_int_equal(done.releases, 1);
	}
	free(crew);
}

static void
a_marked_pool_may_have_a_domain(void **state)
{
	struct objpool_attr attr = marked;
	struct done done = { 0 };
	struct objpool *pool;
	struct domain d;
	void *objs[NR];

	(void)state;
	domain_open(&d, &domain_manual_ops, true);
	attr.gp = d.gp;
	attr.release = release;
	attr.ctx = &done;
	pool = make_pool(&attr);
	assert_int_equal(objpool_pop_bulk(pool, objs, NR), 0);
	for (unsigned int i = 0; i < NR; i++)
		assert_int_equal(objpool_push_rcu(objs[i], pool), 0);
	assert_int_equal(objpool_nr_parked(pool), NR);
	assert_int_equal(objpool_quiesce(pool), 0);
	assert_null(objpool_pop(pool));
	domain_pass(&d);
	assert_int_equal(objpool_pop_bulk(pool, objs, NR), 0);
	assert_int_equal(objpool_fini(pool), 0);
	assert_true(domain_run(&d));
	assert_int_equal(objpool_outstanding(pool), NR);
	assert_int_equal(objpool_push_bulk(objs, NR, pool), 0);
	assert_int_equal(done.releases, 0);
	assert_true(domain_run(&d));
	assert_int_equal(done.releases, 1);
	domain_close(&d);
}

/* The child's copy of the pool has marks of threads that the child has not.
 *
 * covers G7 */
static void
a_child_does_not_wait_for_threads_of_its_parent(void **state)
{
	struct crew *crew = calloc(1, sizeof(*crew));
	int status;
	pid_t child;

	(void)state;
	for (unsigned int nr = 1; nr <= 5; nr += 4) {
		struct middle middle = { .left = 0 };

		middle.pool = make_pool(&marked);
		gate_init(&middle.in, nr + 1);
		gate_init(&middle.out, nr + 1);
		crew_start(crew, nr, stay_inside, &middle);
		gate_pass(&middle.in);
		child = fork();
		assert_true(child >= 0);
		if (child == 0) {
			alarm(10); /* where it fails, it hangs */
			if (objpool_quiesce(middle.pool) != 0)
				_exit(1);
			_exit(objpool_fini(middle.pool) == 0 ? 0 : 2);
		}
		assert_int_equal(waitpid(child, &status, 0), child);
		gate_pass(&middle.out);
		crew_join(crew);
		assert_int_equal(status, 0);
		end_pool(middle.pool);
	}
	free(crew);
}

/* Killed in the middle of operations on a shared pool, with a slot and without:
 * fini and quiesce wait for none of them.
 *
 * covers G7 G11 */
static void
processes_killed_in_the_middle_are_not_waited_for(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < env_times(40); i++) {
		struct objpool_attr attr = marked;
		struct objpool *pool;
		struct bank bank;
		pid_t child;
		int status;

		bank_open(&bank, true);
		attr.mem = &bank.mem;
		pool = make_pool(&attr);
		child = fork();
		assert_true(child >= 0);
		if (child == 0) {
			void *obj;

			for (;;)
				if ((obj = objpool_pop(pool)) != NULL)
					objpool_push(obj, pool);
		}
		usleep(500 + i * 10);
		alarm(20); /* where it fails, it hangs */
		kill(child, SIGKILL);
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_int_equal(objpool_quiesce(pool), 0);
		assert_int_equal(objpool_fini(pool), 0);
		alarm(0);
		/* The one that it had in hand is gone with it. */
		if (bank.nr_live > 0)
			assert_int_equal(objpool_free_forced(pool), 0);
		assert_int_equal(bank.nr_live, 0);
		bank_close(&bank);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_closed_pool_takes_but_does_not_give),
		cmocka_unit_test(
			a_closed_pool_can_be_finished_but_not_the_other_way_round),
		cmocka_unit_test(quiesce_needs_marks),
		cmocka_unit_test(quiesce_waits_for_those_in_the_middle),
		cmocka_unit_test(quiesce_does_not_wait_for_the_dead),
		cmocka_unit_test(
			quiesce_does_not_wait_for_those_who_come_later),
		cmocka_unit_test(one_can_be_in_the_middle_of_a_closed_pool),
		cmocka_unit_test(
			fini_of_a_marked_pool_waits_for_those_in_the_middle),
		cmocka_unit_test(a_marked_pool_may_have_a_domain),
		cmocka_unit_test(
			a_child_does_not_wait_for_threads_of_its_parent),
		cmocka_unit_test(
			processes_killed_in_the_middle_are_not_waited_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
