/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Domains: what is deferred runs once, in order, after its grace period; barriers
 * and ends wait for it; grace periods of tables that can only block.
 *
 * Grace periods end when the test says so (domain.h), and functions that are
 * deferred say where they are. What must not happen is looked for once everything
 * that could make it happen has happened, not after some time. */

#include "domain.h"

#include <sched.h>
#include <semaphore.h>

struct diary {
	_Atomic(unsigned int) nr;
	unsigned int number[64]; /* in order of running */
};

/* Something deferred. */
struct item {
	struct objpool_deferred deferred;
	struct diary *diary;
	unsigned int number;
};

static void
note(struct objpool_deferred *d)
{
	struct item *item = (struct item *)d;
	struct diary *diary = item->diary;
	unsigned int nr = atomic_load(&diary->nr);

	diary->number[nr] = item->number;
	atomic_store(&diary->nr, nr + 1);
}

static void
defer(struct domain *d, struct item *item, struct diary *diary,
	unsigned int number)
{
	item->diary = diary;
	item->number = number;
	objpool_gp_defer(d->gp, &item->deferred, note);
}

static void
await(const _Atomic(unsigned int) *counter, unsigned int n)
{
	for (unsigned int ms = 0; ms < PATIENCE_MS; ms++) {
		if (atomic_load(counter) >= n)
			return;
		nap(1);
	}
	fail_msg("waited for %u, saw %u", n, atomic_load(counter));
}

/* Until the reclaim thread asked for its n-th grace period. */
static void
await_started(struct domain *d, uint64_t n)
{
	for (unsigned int ms = 0; atomic_load(&d->started) < n; ms++) {
		assert_true(ms < PATIENCE_MS);
		nap(1);
	}
}

static void
wait_nothing(void *ctx)
{
	(void)ctx;
}

static void
tables_and_attributes_are_checked(void **state)
{
	const struct objpool_gp_ops none = { .name = "none" };
	const struct objpool_gp_ops no_done = {
		.synchronize = wait_nothing,
		.start = domain_start,
	};
	const struct objpool_gp_ops no_start = {
		.synchronize = wait_nothing,
		.done = domain_done,
	};
	struct objpool_gp_attr attr = {
		.name = "a name that is longer than thirty-one"
	};
	struct objpool_gp *gp = NULL;

	(void)state;
	assert_int_equal(objpool_gp_create(NULL, NULL, NULL, &gp), -EINVAL);
	assert_int_equal(objpool_gp_create(&domain_ops, NULL, NULL, NULL),
		-EINVAL);
	assert_int_equal(objpool_gp_create(&none, NULL, NULL, &gp), -EINVAL);
	assert_int_equal(objpool_gp_create(&no_done, NULL, NULL, &gp), -EINVAL);
	assert_int_equal(objpool_gp_create(&no_start, NULL, NULL, &gp),
		-EINVAL);
	assert_int_equal(objpool_gp_create(&domain_ops, NULL, &attr, &gp),
		-EINVAL);
	assert_null(gp);
	assert_int_equal(objpool_gp_destroy(NULL), -EINVAL);
	assert_int_equal(objpool_barrier(NULL), -EINVAL);
}

static void
functions_wait_for_their_grace_period_and_keep_their_order(void **state)
{
	struct diary diary = { 0 };
	struct item items[40];
	struct domain d;

	(void)state;
	domain_open(&d, &domain_ops, true);
	assert_ptr_equal(objpool_gp_ctx(d.gp), &d);
	for (unsigned int i = 0; i < 20; i++)
		defer(&d, &items[i], &diary, i);
	domain_await(&d);
	for (unsigned int i = 20; i < 40; i++)
		defer(&d, &items[i], &diary, i);
	nap(5);
	assert_int_equal(diary.nr, 0);
	assert_int_equal(domain_stats(&d).deferred, 40);
	assert_int_equal(domain_stats(&d).run, 0);
	domain_settle(&d);
	assert_int_equal(diary.nr, 40);
	for (unsigned int i = 0; i < 40; i++)
		assert_int_equal(diary.number[i], i);
	assert_int_equal(domain_stats(&d).run, domain_stats(&d).deferred);
	domain_close(&d);
}

static void
who_comes_later_waits_for_a_later_grace_period(void **state)
{
	struct diary diary = { 0 };
	struct item first, second;
	struct domain d;

	(void)state;
	domain_open(&d, &domain_ops, true);
	defer(&d, &first, &diary, 1);
	await_started(&d, 1);
	defer(&d, &second, &diary, 2);
	await_started(&d, 2);
	domain_raise(&d, 1);
	await(&diary.nr, 1);
	assert_int_equal(diary.number[0], 1);
	nap(5);
	assert_int_equal(diary.nr, 1);
	domain_raise(&d, 2);
	await(&diary.nr, 2);
	assert_int_equal(domain_stats(&d).grace_periods, 2);
	domain_close(&d);
}

/* An item on the heap that defers itself until it has run n times. */
struct chain {
	struct objpool_deferred deferred;
	struct domain *domain;
	_Atomic(unsigned int) *nr;
	unsigned int left;
};

static void
step(struct objpool_deferred *d)
{
	struct chain *chain = (struct chain *)d;

	atomic_fetch_add(chain->nr, 1);
	if (--chain->left > 0)
		objpool_gp_defer(chain->domain->gp, d, step);
	else
		free(chain);
}

static void
begin_chain(struct domain *d, _Atomic(unsigned int) *nr, unsigned int n)
{
	struct chain *chain = calloc(1, sizeof(*chain));

	assert_non_null(chain);
	chain->domain = d;
	chain->nr = nr;
	chain->left = n;
	objpool_gp_defer(d->gp, &chain->deferred, step);
}

static void
barrier_waits_for_what_functions_defer(void **state)
{
	_Atomic(unsigned int) nr = 0;
	struct domain d;

	(void)state;
	domain_open(&d, &domain_ops, false);
	for (unsigned int n = 1; n <= 8; n++) {
		nr = 0;
		begin_chain(&d, &nr, n);
		assert_int_equal(objpool_barrier(d.gp), 0);
		assert_int_equal(nr, n);
	}
	domain_close(&d);
}

/* A function that is in the middle of its work when the barrier is asked for. */
struct busy {
	struct objpool_deferred deferred;
	struct domain *domain;
	struct item later;
	struct diary diary;
	sem_t runs;
};

static void
be_busy(struct objpool_deferred *d)
{
	struct busy *busy = (struct busy *)d;

	sem_post(&busy->runs);
	/* Until the barrier has queued what it waits for. */
	while (domain_stats(busy->domain).deferred < 2)
		nap(1);
	defer(busy->domain, &busy->later, &busy->diary, 1);
}

static void
barrier_waits_for_what_a_running_function_defers(void **state)
{
	struct busy busy = { 0 };
	struct domain d;

	(void)state;
	domain_open(&d, &domain_ops, false);
	busy.domain = &d;
	sem_init(&busy.runs, 0, 0);
	objpool_gp_defer(d.gp, &busy.deferred, be_busy);
	sem_wait(&busy.runs);
	assert_int_equal(objpool_barrier(d.gp), 0);
	assert_int_equal(busy.diary.nr, 1);
	sem_destroy(&busy.runs);
	domain_close(&d);
}

struct asker {
	struct objpool_deferred deferred;
	struct domain *domain;
	int barrier, destroy;
};

static void
ask(struct objpool_deferred *d)
{
	struct asker *asker = (struct asker *)d;

	asker->barrier = objpool_barrier(asker->domain->gp);
	asker->destroy = objpool_gp_destroy(asker->domain->gp);
}

static void
who_would_wait_for_himself_is_refused(void **state)
{
	const struct objpool_gp_ops *tables[] = { &domain_ops,
		&domain_manual_ops };
	struct asker asker;
	struct domain d;

	(void)state;
	for (unsigned int i = 0; i < COUNT_OF(tables); i++) {
		domain_open(&d, tables[i], false);
		asker = (struct asker){ .domain = &d };
		objpool_gp_defer(d.gp, &asker.deferred, ask);
		while (domain_stats(&d).run < 1)
			if (!domain_run(&d))
				nap(1);
		d.in_reader = 1;
		assert_int_equal(objpool_barrier(d.gp), -EDEADLK);
		assert_int_equal(objpool_gp_destroy(d.gp), -EDEADLK);
		d.in_reader = 0;
		domain_close(&d);
		assert_int_equal(asker.barrier, -EDEADLK);
		assert_int_equal(asker.destroy, -EDEADLK);
	}
}

static bool
holds_nothing(const struct objpool_reader *reader, uint64_t cookie)
{
	(void)reader;
	(void)cookie;
	return false;
}

static void
domain_that_is_used_is_not_destroyed(void **state)
{
	const char *name = "a name that is longer than thirty-one characters";
	struct objpool_reader reader = { 0 };
	struct objpool_attr attr = { .nr_objs = 10, .obj_size = 8 };
	struct objpool *pool;
	struct domain d;
	void *obj;

	(void)state;
	domain_open(&d, &domain_ops, false);
	assert_int_equal(objpool_reader_register(d.gp, &reader, name), -EINVAL);
	reader.is_holding = holds_nothing;
	assert_int_equal(objpool_reader_register(NULL, &reader, name), -EINVAL);
	assert_int_equal(objpool_reader_register(d.gp, NULL, name), -EINVAL);
	assert_int_equal(objpool_reader_register(d.gp, &reader, NULL), -EINVAL);
	assert_int_equal(objpool_reader_register(d.gp, &reader, "x"), 0);
	assert_int_equal(objpool_reader_register(d.gp, &reader, name), 0);
	assert_memory_equal(reader.name, name, OBJPOOL_READER_NAME_MAX);
	assert_int_equal(strlen(reader.name), OBJPOOL_READER_NAME_MAX);
	assert_int_equal(domain_stats(&d).nr_readers, 1);
	assert_int_equal(objpool_gp_destroy(d.gp), -EBUSY);
	objpool_reader_unregister(d.gp, &reader);
	objpool_reader_unregister(d.gp, &reader);
	assert_int_equal(domain_stats(&d).nr_readers, 0);

	attr.gp = d.gp;
	pool = make_pool(&attr);
	assert_int_equal(objpool_gp_destroy(d.gp), -EBUSY);
	obj = objpool_pop(pool);
	assert_int_equal(objpool_fini(pool), 0);
	assert_int_equal(objpool_gp_destroy(d.gp), -EBUSY);
	assert_int_equal(objpool_push(obj, pool), 0);
	/* The pool is about to be released, and so no reason any more. */
	domain_close(&d);
}

static void
destroy_runs_what_is_deferred(void **state)
{
	_Atomic(unsigned int) nr = 0;
	struct domain d;

	(void)state;
	domain_open(&d, &domain_ops, false);
	begin_chain(&d, &nr, 3);
	domain_close(&d);
	assert_int_equal(nr, 3);
}

#define EACH 2000u

struct post {
	struct objpool_deferred deferred;
	unsigned int who, number;
};

struct office {
	struct domain domain;
	struct post *posts;           /* EACH a member */
	unsigned int next[CREW_MAX];  /* the number that is to run next */
	unsigned int nr_out_of_order; /* only deferred functions touch these */
};

static struct office *the_office;

static void
deliver(struct objpool_deferred *d)
{
	struct post *post = (struct post *)d;
	struct office *office = the_office;

	if (office->next[post->who] != post->number)
		office->nr_out_of_order++;
	office->next[post->who] = post->number + 1;
}

static void
post(struct member *m, void *arg)
{
	struct office *office = arg;

	for (unsigned int i = 0; i < env_times(EACH); i++) {
		struct post *p = &office->posts[m->index * EACH + i];

		p->who = m->index;
		p->number = i;
		objpool_gp_defer(office->domain.gp, &p->deferred, deliver);
		if (i % 512 == 511)
			nap(i % 3);
	}
}

static void
functions_of_many_threads_run_once_each(void **state)
{
	const unsigned int nr_threads = 5;
	struct office *office = calloc(1, sizeof(*office));

	(void)state;
	the_office = office;
	office->posts = calloc(nr_threads * EACH, sizeof(*office->posts));
	domain_open(&office->domain, &domain_ops, false);
	crew_run(nr_threads, post, office);
	assert_int_equal(objpool_barrier(office->domain.gp), 0);
	for (unsigned int i = 0; i < nr_threads; i++)
		assert_int_equal(office->next[i], env_times(EACH));
	assert_int_equal(office->nr_out_of_order, 0);
	domain_close(&office->domain);
	free(office->posts);
	free(office);
}

static void
sleeping_threads_are_woken(void **state)
{
	struct diary diary = { 0 };
	struct item item;
	struct domain d;

	(void)state;
	domain_open(&d, &domain_ops, false);
	for (unsigned int i = 0; i < 48; i++) {
		/* Around the time at which the thread goes to sleep. */
		nap(i == 0 ? 200 : 14 + i % 12);
		diary.nr = 0;
		defer(&d, &item, &diary, i);
		await(&diary.nr, 1);
		assert_int_equal(diary.number[0], i);
	}
	domain_close(&d);
}

static void
count_line(void *ctx, const char *line)
{
	(void)line;
	atomic_fetch_add((_Atomic(unsigned int) *)ctx, 1);
}

/* Nobody but the library asks such a table for grace periods by number. */
static void
what_a_table_defers_itself_is_watched_for_stalls(void **state)
{
	_Atomic(unsigned int) nr_lines = 0;
	const struct objpool_gp_attr attr = {
		.stall_ms = 20,
		.log = count_line,
		.log_ctx = &nr_lines,
	};
	struct diary diary = { 0 };
	struct item item;
	struct domain d = { .held = true };

	(void)state;
	d.last = &d.first;
	pthread_mutex_init(&d.lock, NULL);
	assert_int_equal(objpool_gp_create(&domain_manual_ops, &d, &attr,
				 &d.gp),
		0);
	defer(&d, &item, &diary, 1);
	await(&nr_lines, 1);
	assert_true(domain_stats(&d).stalls >= 1);
	domain_pass(&d);
	assert_true(domain_run(&d));
	assert_int_equal(diary.nr, 1);
	domain_close(&d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tables_and_attributes_are_checked),
		cmocka_unit_test(
			functions_wait_for_their_grace_period_and_keep_their_order),
		cmocka_unit_test(
			who_comes_later_waits_for_a_later_grace_period),
		cmocka_unit_test(barrier_waits_for_what_functions_defer),
		cmocka_unit_test(
			barrier_waits_for_what_a_running_function_defers),
		cmocka_unit_test(who_would_wait_for_himself_is_refused),
		cmocka_unit_test(domain_that_is_used_is_not_destroyed),
		cmocka_unit_test(destroy_runs_what_is_deferred),
		cmocka_unit_test(functions_of_many_threads_run_once_each),
		cmocka_unit_test(sleeping_threads_are_woken),
		cmocka_unit_test(
			what_a_table_defers_itself_is_watched_for_stalls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
