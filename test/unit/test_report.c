/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* What objpool-bench says about figures that are known: who is first, which
 * goals are reached and which are not, what is not to be trusted, and that
 * machines can read it. Whatever is printed is caught in memory.
 */

#include <errno.h>
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "row.h"

#define NR_ROWS 64
#define COLUMNS 100

/* What a report printed, until the next one. */
static char *said;

static struct row rows[NR_ROWS];
static struct results results;

static int
forget_all(void **state)
{
	(void)state;
	free(said);
	said = NULL;
	memset(rows, 0, sizeof(rows));
	results = (struct results){ .rows = rows };
	return 0;
}

/* A row of a pattern on one lcore, n at a time, kept 32. */
static struct row *
add(const char *pattern, unsigned int n, const char *contestant, double median)
{
	struct row *row = &rows[results.nr++];
	const char *cache = strpbrk(contestant, "/+");

	assert_in_range(results.nr, 1, NR_ROWS);
	*row = (struct row){ .pattern = pattern,
		.description = "a pattern",
		.unit = "cycles/object",
		.n = n,
		.kept = 32,
		.lcores = 1,
		.contestant = contestant,
		.group = "reference",
		.nr_samples = 9,
		.median = median,
		.min = median * 0.9,
		.q1 = median * 0.95,
		.q3 = median * 1.05,
		.trusted = true };
	if (strncmp(contestant, "objpool/", 8) == 0) {
		row->group = "objpool";
		cache = strchr(contestant, '+');
		row->cache = cache != NULL ? atoi(cache + 1) : 0;
	} else if (cache != NULL) {
		row->group = "mempool";
		row->cache = atoi(cache + 1);
	}
	return row;
}

static void
say(int (*report)(const struct results *results, FILE *file))
{
	size_t len;
	FILE *file;

	free(said);
	file = open_memstream(&said, &len);
	assert_non_null(file);
	assert_int_equal(report(&results, file), 0);
	fclose(file);
}

static void
assert_said(const char *text)
{
	if (strstr(said, text) == NULL)
		fail_msg("nowhere: \"%s\" in:\n%s", text, said);
}

static void
assert_not_said(const char *text)
{
	if (strstr(said, text) != NULL)
		fail_msg("there: \"%s\" in:\n%s", text, said);
}

static void
rows_stand_in_the_order_of_their_medians(void **state)
{
	const char *first, *second, *third;

	(void)state;
	add("single", 1, "ring_mp_mc/0", 30);
	add("single", 1, "objpool/inline", 4);
	add("single", 1, "floor", 5);
	say(report_table);
	first = strstr(said, "objpool/inline");
	second = strstr(said, "floor");
	third = strstr(said, "ring_mp_mc/0");
	assert_true(first != NULL && first < second && second < third);
}

static void
ratios_are_to_best_inline_and_best_cached(void **state)
{
	(void)state;
	add("single", 1, "objpool/inline-slot", 5);
	add("single", 1, "objpool/inline", 4);
	add("single", 1, "objpool/driver-inline", 2); /* not what is meant */
	add("single", 1, "ring_mp_mc/512", 10);
	add("single", 1, "stack/256", 8);
	add("single", 1, "ring_mp_mc/0", 30);
	say(report_table);
	assert_said("x 7.50      x 3.75"); /* 30 to 4 and to 8 */
	assert_said("x 1.00      x 0.50"); /* 4 */
	assert_said("first of 4 in 1 of 1; best other: x 2.00");
}

static void
other_parameters_are_another_block(void **state)
{
	(void)state;
	add("single", 1, "objpool/inline", 4);
	add("single", 1, "ring_mp_mc/512", 2);
	add("single", 8, "objpool/inline", 1);
	add("single", 8, "ring_mp_mc/512", 3);
	say(report_table);
	assert_said("  n 1, kept 32, lcores 1 ");
	assert_said("  n 8, kept 32, lcores 1 ");
	assert_said("first of 2 in 1 of 2, at worst place 2; "
		    "best other: x 0.50 to x 3.00");
}

static void
goals_are_reached_up_to_their_limit(void **state)
{
	(void)state;
	add("single", 1, "objpool/inline", 6);
	add("single", 1, "ring_mp_mc/512", 10);
	add("single", 8, "objpool/inline", 6.1);
	add("single", 8, "ring_mp_mc/512", 10);
	say(report_table);
	assert_said("goal <= 0.60: 0.600, reached");
	assert_said("goal <= 0.60: 0.610, missed");
}

static void
goals_at_least_are_reached_from_their_limit_on(void **state)
{
	(void)state;
	add("all", 1, "objpool/inline", 10);
	add("all", 1, "ring_mp_mc/0", 300);
	add("all", 8, "objpool/inline", 10);
	add("all", 8, "ring_mp_mc/0", 190);
	say(report_table);
	assert_said("goal >= 30: 30, reached");
	assert_said("goal >= 20: 19, missed");
}

static void
scaling_is_to_the_same_contestant_alone(void **state)
{
	(void)state;
	add("single", 1, "objpool/inline", 4.9);
	add("single", 1, "objpool/inline-slot", 1);
	add("all", 1, "objpool/inline", 5)->lcores = 2;
	say(report_table);
	assert_said("goal >= 1.95: 1.960, reached");
}

static void
the_worst_block_decides_about_a_goal(void **state)
{
	static const double medians[] = { 5, 9, 4 };
	struct row *row;

	(void)state;
	for (unsigned int i = 0; i < 3; i++) {
		add("single", 1, "objpool/inline", medians[i])->kept = 10 + i;
		row = add("single", 1, "ring_mp_mc/512", 10);
		row->kept = 10 + i;
	}
	say(report_table);
	assert_said("0.900, missed (kept 11, lcores 1)");
	assert_not_said("reached");
}

static void
a_goal_of_doubtful_rows_is_neither_reached_nor_missed(void **state)
{
	struct row *row;

	(void)state;
	add("single", 1, "objpool/inline", 5);
	row = add("single", 1, "ring_mp_mc/512", 10);
	row->trusted = false;
	strcpy(row->reason, "the spread is 40 %");
	say(report_table);
	assert_said("goal <= 0.60: 0.500, not to be trusted");
	assert_said("10.0? ");
	assert_said("x 2.00?");
	assert_said("ring_mp_mc/512: the spread is 40 %");
	assert_said("1 of 2 rows in all");
}

static void
a_goal_without_its_rows_is_not_measured(void **state)
{
	(void)state;
	add("single", 1, "objpool/inline", 5);
	say(report_table);
	assert_said("goal <= 0.60: not measured");
	assert_said("nobody to compare with");
}

static void
what_is_counted_is_judged_by_the_worst_form(void **state)
{
	static const char *const names[] = { "objpool/inline", "objpool/driver",
		"objpool/driver+512", "ring_mp_mc/0", "ring_mp_mc/512" };
	static const double medians[] = { 0, 17, 99, 0, 544 };

	(void)state;
	for (unsigned int i = 0; i < 5; i++)
		add("stranding", 0, names[i], medians[i])->unit = "objects";
	say(report_table);
	assert_said("objects at most: 17; others: 0 to 544");
	assert_said("goal <= 0: 17, missed");
}

static void
each_form_has_its_own_goal_of_memory(void **state)
{
	static const char *const names[] = { "objpool/inline",
		"objpool/compact", "objpool/driver", "ring_mp_mc/512" };
	static const double medians[] = { 1436000, 562000, 700000, 2100000 };

	(void)state;
	for (unsigned int i = 0; i < 4; i++)
		add("memory", 0, names[i], medians[i])->unit = "bytes";
	say(report_table);
	assert_said("bytes at most: 1436000; others: 2100000 to 2100000");
	assert_said("bytes beside, the library      goal <= 629146: 1436000, "
		    "missed");
	assert_said("bytes beside, compact pool     goal <= 629146: 562000, "
		    "reached");
	assert_said("bytes beside, the driver       goal <= 629146: 700000, "
		    "missed");
}

static void
compact_pools_are_no_best_inline_form(void **state)
{
	(void)state;
	add("single", 1, "objpool/inline", 4);
	add("single", 1, "objpool/compact", 2);
	add("single", 1, "ring_mp_mc/512", 8);
	say(report_table);
	assert_said("first of 2 in 1 of 1; best other: x 2.00");
	assert_said("goal <= 0.60: 0.500, reached");
}

static void
no_line_of_the_table_is_too_wide(void **state)
{
	static const char *const patterns[] = { "single", "all", "pipeline",
		"oversubscribed", "dry", "stranding", "memory" };
	unsigned int column = 0;

	(void)state;
	for (unsigned int i = 0; i < 7; i++)
		for (unsigned int kept = 100; kept < 102; kept++) {
			add(patterns[i], 32, "objpool/inline-slot", 1234.5)
				->kept = kept;
			add(patterns[i], 32, "objpool/driver", 1)->kept = kept;
			add(patterns[i], 32, "ring_mp_mc/0", 1)->kept = kept;
			add(patterns[i], 32, "ring_mp_mc/512", 1)->kept = kept;
		}
	for (unsigned int i = 0; i < results.nr; i++)
		rows[i].trusted = false;
	say(report_table);
	for (const char *c = said; *c != '\0'; c++) {
		column = *c == '\n' ? 0 : column + 1;
		if (column > COLUMNS)
			fail_msg("too wide: %.*s", COLUMNS, c - COLUMNS);
	}
}

static void
csv_quotes_what_has_commas_and_quotes(void **state)
{
	(void)state;
	add("single", 1, "objpool/inline", 5)->description = "a, \"b\"";
	strcpy(results.machine.command, "objpool-bench -l 0,1");
	say(report_csv);
	assert_said("pattern,description,unit,n,kept,lcores,threads,");
	assert_said("\nsingle,\"a, \"\"b\"\"\",cycles/object,1,32,1,0,"
		    "objpool/inline,objpool,0,9,5,4.5,4.75,5.25,yes,,");
	assert_said("\"objpool-bench -l 0,1\"");
}

static void
json_escapes_what_has_quotes_and_controls(void **state)
{
	(void)state;
	add("single", 1, "objpool/inline", 5)->description = "a\\\"b\"\n";
	say(report_json);
	assert_said("\"description\": \"a\\\\\\\"b\\\"\\u000a\"");
	assert_said("\"median\": 5, ");
	assert_said("\"trusted\": true, \"reason\": \"\"");
	assert_said("\"partial\": false");
}

static void
no_row_at_all_is_no_mistake(void **state)
{
	(void)state;
	say(report_table);
	say(report_csv);
	say(report_json);
	assert_said("\"rows\": [");
}

static void
a_full_disk_is_an_error(void **state)
{
	FILE *file = fopen("/dev/full", "w");

	(void)state;
	assert_non_null(file);
	add("single", 1, "objpool/inline", 5);
	assert_int_equal(report_csv(&results, file), -EIO);
	assert_int_equal(report_json(&results, file), -EIO);
	assert_int_equal(report_table(&results, file), -EIO);
	fclose(file);
}

#define TEST(name) cmocka_unit_test_setup(name, forget_all)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(rows_stand_in_the_order_of_their_medians),
		TEST(ratios_are_to_best_inline_and_best_cached),
		TEST(other_parameters_are_another_block),
		TEST(goals_are_reached_up_to_their_limit),
		TEST(goals_at_least_are_reached_from_their_limit_on),
		TEST(scaling_is_to_the_same_contestant_alone),
		TEST(the_worst_block_decides_about_a_goal),
		TEST(a_goal_of_doubtful_rows_is_neither_reached_nor_missed),
		TEST(a_goal_without_its_rows_is_not_measured),
		TEST(what_is_counted_is_judged_by_the_worst_form),
		TEST(each_form_has_its_own_goal_of_memory),
		TEST(compact_pools_are_no_best_inline_form),
		TEST(no_line_of_the_table_is_too_wide),
		TEST(csv_quotes_what_has_commas_and_quotes),
		TEST(json_escapes_what_has_quotes_and_controls),
		TEST(no_row_at_all_is_no_mistake),
		TEST(a_full_disk_is_an_error),
	};

	return cmocka_run_group_tests_name("report", tests, NULL, NULL);
}
