/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Reports on grace periods that are held up: what they say, whom they name, when
 * they come and when they do not.
 *
 * A reader of this test holds a grace period up if it says so. Reports go into a
 * notebook. That there is none is looked for after a time in which there would have
 * been several. */

#include "domain.h"

#include <unistd.h>

#define LINES_MAX 64

struct notebook {
	pthread_mutex_t lock;
	unsigned int nr;
	char line[LINES_MAX][200];
};

struct stage {
	struct domain domain;
	struct notebook book;
};

static void
write_down(void *ctx, const char *line)
{
	struct notebook *book = ctx;

	pthread_mutex_lock(&book->lock);
	if (book->nr < LINES_MAX)
		snprintf(book->line[book->nr++], sizeof(book->line[0]), "%s",
			line);
	pthread_mutex_unlock(&book->lock);
}

static unsigned int
nr_lines(struct stage *s)
{
	unsigned int nr;

	pthread_mutex_lock(&s->book.lock);
	nr = s->book.nr;
	pthread_mutex_unlock(&s->book.lock);
	return nr;
}

static void
await_lines(struct stage *s, unsigned int n)
{
	for (unsigned int ms = 0; nr_lines(s) < n; ms++) {
		if (ms >= PATIENCE_MS)
			fail_msg("no line %u", n);
		nap(1);
	}
}

/* Domain s->domain, with a threshold. */
static void
open_stage(struct stage *s, const struct objpool_gp_ops *ops, bool held,
	uint32_t stall_ms)
{
	const struct objpool_gp_attr attr = {
		.name = "stage",
		.stall_ms = stall_ms,
		.log = write_down,
		.log_ctx = &s->book,
	};

	memset(s, 0, sizeof(*s));
	s->domain.last = &s->domain.first;
	pthread_mutex_init(&s->domain.lock, NULL);
	pthread_mutex_init(&s->book.lock, NULL);
	s->domain.held = held;
	assert_int_equal(objpool_gp_create(ops, &s->domain, &attr,
				 &s->domain.gp),
		0);
}

static void
close_stage(struct stage *s)
{
	domain_close(&s->domain);
	pthread_mutex_destroy(&s->book.lock);
}

struct actor {
	struct objpool_reader reader;
	_Atomic(bool) holds;
	_Atomic(uint64_t) asked_for; /* the cookie it was last asked about */
};

static bool
is_holding(const struct objpool_reader *reader, uint64_t cookie)
{
	struct actor *actor = (struct actor *)(uintptr_t)reader;

	actor->asked_for = cookie;
	return actor->holds;
}

static void
enter(struct stage *s, struct actor *actor, const char *name, bool holds)
{
	memset(actor, 0, sizeof(*actor));
	actor->reader.is_holding = is_holding;
	actor->holds = holds;
	assert_int_equal(objpool_reader_register(s->domain.gp, &actor->reader,
				 name),
		0);
}

static void
leave(struct stage *s, struct actor *actor)
{
	objpool_reader_unregister(s->domain.gp, &actor->reader);
}

static void
do_nothing(struct objpool_deferred *d)
{
	(void)d;
}

static void
report_names_who_holds_and_counts_what_is_parked(void **state)
{
	struct objpool_attr attr = { .nr_objs = 100, .obj_size = 8 };
	struct actor idle, slow;
	struct objpool *pools[2];
	struct stage s;
	void *objs[50];

	(void)state;
	open_stage(&s, &domain_ops, true, 60);
	enter(&s, &idle, "lcore-2", false);
	enter(&s, &slow, "lcore-3", true);
	attr.gp = s.domain.gp;
	for (unsigned int i = 0; i < 2; i++) {
		pools[i] = make_pool(&attr);
		assert_int_equal(objpool_pop_bulk(pools[i], objs, 50), 0);
		assert_int_equal(objpool_push_rcu_bulk(objs, 20 + i, pools[i]),
			0);
		assert_int_equal(objpool_push_bulk(objs + 20 + i, 30 - i,
					 pools[i]),
			0);
		objpool_collect(pools[i]);
	}
	await_lines(&s, 1);
	assert_string_equal(s.book.line[0],
		"stage: blocked 60 ms waiting for lcore-3 to quiesce "
		"(41 objects parked in 2 pools)");
	assert_true(slow.asked_for > 0 && slow.asked_for <= s.domain.started);
	assert_int_equal(domain_stats(&s.domain).parked, 41);
	assert_int_equal(domain_stats(&s.domain).nr_pools, 2);
	assert_int_equal(domain_stats(&s.domain).nr_readers, 2);
	slow.holds = false;
	leave(&s, &idle);
	leave(&s, &slow);
	domain_settle(&s.domain);
	for (unsigned int i = 0; i < 2; i++)
		assert_int_equal(objpool_fini(pools[i]), 0);
	close_stage(&s);
}

static void
times_double_and_every_holder_is_named(void **state)
{
	static const char *const expected[] = {
		"stage: blocked 30 ms waiting for b to quiesce "
		"(0 objects parked in 0 pools)",
		"stage: blocked 30 ms waiting for a to quiesce "
		"(0 objects parked in 0 pools)",
		"stage: blocked 60 ms waiting for b to quiesce "
		"(0 objects parked in 0 pools)",
		"stage: blocked 60 ms waiting for a to quiesce "
		"(0 objects parked in 0 pools)",
		"stage: blocked 120 ms waiting for b to quiesce "
		"(0 objects parked in 0 pools)",
		"stage: blocked 120 ms waiting for a to quiesce "
		"(0 objects parked in 0 pools)",
	};
	struct objpool_deferred d;
	struct actor a, b;
	struct stage s;

	(void)state;
	open_stage(&s, &domain_ops, true, 30);
	enter(&s, &a, "a", true);
	enter(&s, &b, "b", true);
	objpool_gp_defer(s.domain.gp, &d, do_nothing);
	await_lines(&s, 6);
	leave(&s, &a);
	leave(&s, &b);
	for (unsigned int i = 0; i < COUNT_OF(expected); i++)
		assert_string_equal(s.book.line[i], expected[i]);
	assert_true(domain_stats(&s.domain).stalls >= 3);
	close_stage(&s);
}

static void
who_is_not_registered_has_no_name(void **state)
{
	const char *nobody =
		"stage: blocked 30 ms waiting for a thread without a name "
		"to quiesce (0 objects parked in 0 pools)";
	struct objpool_deferred d;
	struct actor gone;
	struct stage s;

	(void)state;
	open_stage(&s, &domain_ops, true, 30);
	enter(&s, &gone, "gone", true);
	leave(&s, &gone);
	objpool_gp_defer(s.domain.gp, &d, do_nothing);
	await_lines(&s, 1);
	assert_string_equal(s.book.line[0], nobody);
	assert_int_equal(gone.asked_for, 0);
	close_stage(&s);
}

static void
reports_end_with_the_stall_and_begin_anew_with_the_next(void **state)
{
	struct objpool_deferred d;
	struct stage s;
	unsigned int nr;

	(void)state;
	open_stage(&s, &domain_ops, true, 30);
	objpool_gp_defer(s.domain.gp, &d, do_nothing);
	await_lines(&s, 2);
	domain_settle(&s.domain);
	nr = nr_lines(&s);
	nap(200);
	assert_int_equal(nr_lines(&s), nr);
	s.domain.held = true;
	objpool_gp_defer(s.domain.gp, &d, do_nothing);
	await_lines(&s, nr + 1);
	assert_non_null(strstr(s.book.line[nr], "blocked 30 ms"));
	close_stage(&s);
}

static void
grace_period_asked_for_during_another_is_watched_too(void **state)
{
	struct objpool_deferred first, second;
	struct stage s;

	(void)state;
	/* Nobody asks for anything after these two. */
	open_stage(&s, &domain_ops, true, 50);
	objpool_gp_defer(s.domain.gp, &first, do_nothing);
	while (s.domain.started < 1)
		nap(1);
	nap(10);
	objpool_gp_defer(s.domain.gp, &second, do_nothing);
	while (s.domain.started < 2)
		nap(1);
	domain_raise(&s.domain, 1);
	await_lines(&s, 1);
	close_stage(&s);
}

static void
what_a_pool_asks_for_is_watched_while_the_domain_sleeps(void **state)
{
	struct objpool_attr attr = { .nr_objs = 10, .obj_size = 8 };
	struct objpool *pool;
	struct stage s;

	(void)state;
	open_stage(&s, &domain_ops, true, 30);
	attr.gp = s.domain.gp;
	pool = make_pool(&attr);
	nap(100);
	assert_int_equal(objpool_push_rcu(objpool_pop(pool), pool), 0);
	assert_int_equal(objpool_collect(pool), 1);
	await_lines(&s, 1);
	assert_non_null(strstr(s.book.line[0], "(1 object"));
	domain_settle(&s.domain);
	assert_int_equal(objpool_fini(pool), 0);
	close_stage(&s);
}

static void
nothing_is_reported_below_the_threshold(void **state)
{
	static const uint32_t thresholds[] = { 60000, UINT32_MAX, 0 };
	struct objpool_deferred d;
	struct stage s;

	(void)state;
	for (unsigned int i = 0; i < COUNT_OF(thresholds); i++) {
		open_stage(&s, &domain_ops, true, thresholds[i]);
		objpool_gp_defer(s.domain.gp, &d, do_nothing);
		domain_await(&s.domain);
		nap(80);
		domain_settle(&s.domain);
		assert_int_equal(nr_lines(&s), 0);
		assert_int_equal(domain_stats(&s.domain).stalls, 0);
		close_stage(&s);
	}
}

/* A table that can only block. */
static void
block(void *ctx)
{
	struct domain *d = ctx;
	uint64_t number = domain_start(d);

	while (!domain_done(d, number))
		nap(1);
}

static void
table_that_only_blocks_is_watched_as_well(void **state)
{
	const struct objpool_gp_ops ops = { .name = "b", .synchronize = block };
	struct objpool_deferred d;
	struct actor slow;
	struct stage s;

	(void)state;
	open_stage(&s, &ops, true, 30);
	enter(&s, &slow, "slow", true);
	objpool_gp_defer(s.domain.gp, &d, do_nothing);
	await_lines(&s, 2);
	assert_string_equal(s.book.line[0],
		"stage: blocked 30 ms waiting for slow to quiesce "
		"(0 objects parked in 0 pools)");
	leave(&s, &slow);
	close_stage(&s);
}

static void
without_a_log_function_reports_go_to_stderr(void **state)
{
	const struct objpool_gp_attr attr = { .stall_ms = 20 };
	int there = dup(STDERR_FILENO);
	FILE *file = tmpfile();
	char line[200] = "";
	struct objpool_deferred d;
	struct stage s;

	(void)state;
	open_stage(&s, &domain_ops, false, UINT32_MAX);
	assert_int_equal(objpool_gp_destroy(s.domain.gp), 0);
	s.domain.held = true;
	assert_true(file != NULL && there >= 0);
	fflush(stderr);
	dup2(fileno(file), STDERR_FILENO);
	assert_int_equal(objpool_gp_create(&domain_ops, &s.domain, &attr,
				 &s.domain.gp),
		0);
	objpool_gp_defer(s.domain.gp, &d, do_nothing);
	while (domain_stats(&s.domain).stalls < 1)
		nap(1);
	close_stage(&s);
	fflush(stderr);
	dup2(there, STDERR_FILENO);
	close(there);
	rewind(file);
	assert_non_null(fgets(line, sizeof(line), file));
	assert_string_equal(line,
		"objpool: test: blocked 20 ms waiting for a thread without "
		"a name to quiesce (0 objects parked in 0 pools)\n");
	fclose(file);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			report_names_who_holds_and_counts_what_is_parked),
		cmocka_unit_test(times_double_and_every_holder_is_named),
		cmocka_unit_test(who_is_not_registered_has_no_name),
		cmocka_unit_test(
			reports_end_with_the_stall_and_begin_anew_with_the_next),
		cmocka_unit_test(
			grace_period_asked_for_during_another_is_watched_too),
		cmocka_unit_test(
			what_a_pool_asks_for_is_watched_while_the_domain_sleeps),
		cmocka_unit_test(nothing_is_reported_below_the_threshold),
		cmocka_unit_test(table_that_only_blocks_is_watched_as_well),
		cmocka_unit_test(without_a_log_function_reports_go_to_stderr),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
