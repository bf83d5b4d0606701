/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* The plugins and the table of mempool operations, which is small, finds the
 * first of two entries with one name and is filled in any order.
 *
 * Each test runs in a child process of its own: it fills the table, loads
 * plugins with dlopen() as EAL would, and looks. No EAL is needed for that.
 * This program is not linked with the plugins; args: the driver, the default
 * plugin.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <rte_mempool.h>

static const char *driver;
static const char *default_plugin;

/* Before DPDK's, which the plugins find after it. */
static bool refuse;

int
rte_mempool_register_ops(const struct rte_mempool_ops *ops)
{
	int (*real)(const struct rte_mempool_ops *) =
		dlsym(RTLD_NEXT, "rte_mempool_register_ops");

	if (real == NULL)
		abort();
	return refuse ? -EINVAL : real(ops);
}

static int
dummy_alloc(struct rte_mempool *mp)
{
	(void)mp;
	return -ENOTSUP;
}

static int
dummy_enqueue(struct rte_mempool *mp, void *const *objs, unsigned int n)
{
	(void)mp;
	(void)objs;
	(void)n;
	return -ENOTSUP;
}

static int
dummy_dequeue(struct rte_mempool *mp, void **objs, unsigned int n)
{
	(void)mp;
	(void)objs;
	(void)n;
	return -ENOTSUP;
}

static unsigned int
dummy_count(const struct rte_mempool *mp)
{
	(void)mp;
	return 0;
}

static void
register_dummy(const char *name)
{
	struct rte_mempool_ops ops = {
		.alloc = dummy_alloc,
		.enqueue = dummy_enqueue,
		.dequeue = dummy_dequeue,
		.get_count = dummy_count,
	};

	snprintf(ops.name, sizeof(ops.name), "%s", name);
	if (rte_mempool_register_ops(&ops) < 0)
		abort();
}

static void
register_dummies(unsigned int n)
{
	char name[16];

	while (n-- > 0) {
		snprintf(name, sizeof(name), "dummy%u", n);
		register_dummy(name);
	}
}

static void
load(const char *path)
{
	if (dlopen(path, RTLD_NOW) == NULL) {
		fprintf(stderr, "%s\n", dlerror());
		abort();
	}
}

static unsigned int
nr_named(const char *name)
{
	unsigned int nr = 0;

	for (uint32_t i = 0; i < rte_mempool_ops_table.num_ops; i++)
		nr += strcmp(rte_mempool_ops_table.ops[i].name, name) == 0;
	return nr;
}

/* What rte_mempool_set_ops_byname() would choose. */
static const struct rte_mempool_ops *
first_named(const char *name)
{
	for (uint32_t i = 0; i < rte_mempool_ops_table.num_ops; i++)
		if (strcmp(rte_mempool_ops_table.ops[i].name, name) == 0)
			return &rte_mempool_ops_table.ops[i];
	return NULL;
}

static bool
is_ours(const char *name)
{
	const struct rte_mempool_ops *ours = first_named("objpool");
	const struct rte_mempool_ops *ops = first_named(name);

	return ours != NULL && ops != NULL && ours->dequeue != dummy_dequeue &&
		ours->alloc == ops->alloc && ours->free == ops->free &&
		ours->enqueue == ops->enqueue &&
		ours->dequeue == ops->dequeue &&
		ours->get_count == ops->get_count &&
		ours->get_info == ops->get_info;
}

/* Run the check in a child. What it wrote to stderr comes back. */
static char *
in_child(bool (*check)(void))
{
	static char text[4096];
	size_t len = 0;
	ssize_t got;
	int fd[2], status;
	pid_t pid;

	assert_int_equal(pipe(fd), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		dup2(fd[1], STDERR_FILENO);
		close(fd[0]);
		_exit(check() ? EXIT_SUCCESS : EXIT_FAILURE);
	}
	close(fd[1]);
	while ((got = read(fd[0], text + len, sizeof(text) - 1 - len)) > 0)
		len += (size_t)got;
	text[len] = '\0';
	close(fd[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != EXIT_SUCCESS)
		fail_msg("the check failed and wrote: %s", text);
	return text;
}

/* Lines that the driver wrote; mempool may write its own beside them. */
static unsigned int
nr_our_lines(const char *text)
{
	unsigned int n = 0;

	for (; text != NULL && *text != '\0'; text = strchr(text, '\n')) {
		text += *text == '\n';
		n += strncmp(text, "objpool: ", 9) == 0;
		if (*text == '\0')
			break;
	}
	return n;
}

static bool
load_driver(void)
{
	load(driver);
	return rte_mempool_ops_table.num_ops == 1 && is_ours("objpool");
}

static void
driver_registers_one_entry(void **state)
{
	(void)state;
	assert_string_equal(in_child(load_driver), "");
}

static bool
load_driver_after_namesake(void)
{
	register_dummy("objpool");
	load(driver);
	return rte_mempool_ops_table.num_ops == 1 && nr_named("objpool") == 1;
}

static void
driver_leaves_an_entry_of_its_name_alone(void **state)
{
	(void)state;
	assert_string_equal(in_child(load_driver_after_namesake), "");
}

static bool
load_into_full_table(void)
{
	register_dummies(RTE_MEMPOOL_MAX_OPS_IDX);
	load(driver);
	return rte_mempool_ops_table.num_ops == RTE_MEMPOOL_MAX_OPS_IDX &&
		nr_named("objpool") == 0;
}

static void
driver_says_in_one_line_that_the_table_is_full(void **state)
{
	const char *text = in_child(load_into_full_table);

	(void)state;
	assert_int_equal(nr_our_lines(text), 1);
	assert_non_null(strstr(text, "no room for \"objpool\""));
	assert_non_null(strstr(text, "disable_drivers"));
}

static bool
load_into_table_that_refuses(void)
{
	refuse = true;
	load(driver);
	return rte_mempool_ops_table.num_ops == 0;
}

static void
driver_says_in_one_line_that_it_was_refused(void **state)
{
	const char *text = in_child(load_into_table_that_refuses);

	(void)state;
	assert_int_equal(nr_our_lines(text), 1);
	assert_non_null(strstr(text, "cannot register \"objpool\""));
}

static bool
load_default_before_ring(void)
{
	load(default_plugin);
	register_dummy("ring_mp_mc");
	return rte_mempool_ops_table.num_ops == 3 && is_ours("ring_mp_mc");
}

static void
default_plugin_comes_before_a_later_ring(void **state)
{
	(void)state;
	assert_string_equal(in_child(load_default_before_ring), "");
}

static bool
load_default_after_ring(void)
{
	register_dummies(2);
	register_dummy("ring_mp_mc");
	register_dummy("ring_sp_sc");
	load(default_plugin);
	return rte_mempool_ops_table.num_ops == 5 &&
		nr_named("ring_mp_mc") == 1 && is_ours("ring_mp_mc") &&
		first_named("ring_sp_sc")->dequeue == dummy_dequeue &&
		first_named("dummy0")->dequeue == dummy_dequeue;
}

static void
default_plugin_takes_the_place_of_an_earlier_ring(void **state)
{
	(void)state;
	assert_string_equal(in_child(load_default_after_ring), "");
}

static bool
load_both(void)
{
	load(driver);
	load(default_plugin);
	load(driver);
	return rte_mempool_ops_table.num_ops == 2 && is_ours("ring_mp_mc") &&
		is_ours("objpool");
}

static void
both_plugins_together_are_the_driver_once(void **state)
{
	(void)state;
	assert_string_equal(in_child(load_both), "");
}

static bool
load_default_into_last_place(void)
{
	register_dummies(RTE_MEMPOOL_MAX_OPS_IDX - 1);
	load(default_plugin);
	return is_ours("objpool") && nr_named("ring_mp_mc") == 0;
}

static void
default_plugin_says_in_one_line_that_the_table_is_full(void **state)
{
	const char *text = in_child(load_default_into_last_place);

	(void)state;
	assert_int_equal(nr_our_lines(text), 1);
	assert_non_null(strstr(text, "no room for \"ring_mp_mc\""));
}

static bool
load_default_into_full_table(void)
{
	register_dummies(RTE_MEMPOOL_MAX_OPS_IDX - 1);
	register_dummy("ring_mp_mc");
	load(default_plugin);
	return nr_named("objpool") == 0 && nr_named("ring_mp_mc") == 1 &&
		first_named("ring_mp_mc")->dequeue == dummy_dequeue;
}

static void
default_plugin_without_driver_replaces_nothing(void **state)
{
	const char *text = in_child(load_default_into_full_table);

	(void)state;
	assert_int_equal(nr_our_lines(text), 1);
	assert_non_null(strstr(text, "no room for \"objpool\""));
}

int
main(int argc, char **args)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(driver_registers_one_entry),
		cmocka_unit_test(driver_leaves_an_entry_of_its_name_alone),
		cmocka_unit_test(
			driver_says_in_one_line_that_the_table_is_full),
		cmocka_unit_test(driver_says_in_one_line_that_it_was_refused),
		cmocka_unit_test(default_plugin_comes_before_a_later_ring),
		cmocka_unit_test(
			default_plugin_takes_the_place_of_an_earlier_ring),
		cmocka_unit_test(both_plugins_together_are_the_driver_once),
		cmocka_unit_test(
			default_plugin_says_in_one_line_that_the_table_is_full),
		cmocka_unit_test(
			default_plugin_without_driver_replaces_nothing),
	};

	if (argc < 3)
		return EXIT_FAILURE;
	driver = args[1];
	default_plugin = args[2];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
