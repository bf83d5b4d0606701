/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* One mempool, several processes: sharing it, dying with it, and having loaded
 * different drivers.
 *
 * The processes are agents (agent.c), driven by lines through pipes. Some load
 * the ring driver before ours, some after it; then "ring_mp_mc" has the place
 * in the table of operations that "objpool" has in the others. The same goes
 * wrong when a program and, say, dpdk-proc-info were linked with different
 * drivers.
 *
 * Processes share hugepages; without any the test is skipped.
 * args: agent, the plugin, the plugin of the ring driver.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <glob.h>
#include <limits.h>
#include <mntent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "eal.h"

struct agent {
	pid_t pid;
	FILE *in, *out, *log;
};

/* What an agent loads first and second. */
enum order {
	OURS_RING,
	RING_OURS
};

static const char *agent;
static const char *plugin[2]; /* ours, the ring driver */
static char prefix[64];

static int
dir_len(const char *path)
{
	return (int)(basename(path) - path);
}

static void
be_agent(const char *role, enum order order, const int *in, const int *out,
	int log)
{
	char lcores[64], type[32], file_prefix[96], paths[2 * PATH_MAX];

	choose_lcores(lcores, sizeof(lcores));
	/* Both processes have lcore 0, which mempool warns of: slots do not
	 * mind and there are no caches here. */
	*strchr(lcores, ',') = '\0';
	snprintf(type, sizeof(type), "--proc-type=%s", role);
	snprintf(file_prefix, sizeof(file_prefix), "--file-prefix=%s", prefix);
	/* By name: EAL refuses paths where all may write. */
	snprintf(paths, sizeof(paths), "%.*s:%.*s", dir_len(plugin[0]),
		plugin[0], dir_len(plugin[1]), plugin[1]);
	setenv("LD_LIBRARY_PATH", paths, 1);
	dup2(in[0], STDIN_FILENO);
	dup2(out[1], STDOUT_FILENO);
	dup2(log, STDERR_FILENO);
	close(in[1]);
	close(out[0]);
	execl(agent, agent, lcores, type, file_prefix, "--no-pci",
		"--no-telemetry", "-d", basename(plugin[order == RING_OURS]),
		"-d", basename(plugin[order == OURS_RING]), NULL);
	_exit(127);
}

static void
print_log(struct agent *a)
{
	char line[512];

	rewind(a->log);
	while (fgets(line, sizeof(line), a->log) != NULL)
		print_error("%s", line);
}

static int
answer(struct agent *a)
{
	char line[64];

	if (fgets(line, sizeof(line), a->out) == NULL) {
		print_log(a);
		fail_msg("agent %d does not answer", (int)a->pid);
	}
	return strcmp(line, "ready\n") == 0 ? 0 : atoi(line);
}

static int
tell(struct agent *a, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vfprintf(a->in, format, args);
	va_end(args);
	fputc('\n', a->in);
	fflush(a->in);
	return answer(a);
}

static struct agent
start(const char *role, enum order order)
{
	struct agent a;
	int in[2], out[2];

	assert_int_equal(pipe(in), 0);
	assert_int_equal(pipe(out), 0);
	a.log = tmpfile();
	assert_non_null(a.log);
	a.pid = fork();
	assert_true(a.pid >= 0);
	if (a.pid == 0)
		be_agent(role, order, in, out, fileno(a.log));
	close(in[0]);
	close(out[1]);
	a.in = fdopen(in[1], "w");
	a.out = fdopen(out[0], "r");
	assert_int_equal(answer(&a), 0);
	return a;
}

static bool
has_logged(struct agent *a, const char *what)
{
	char line[512];
	bool found = false;

	rewind(a->log);
	while (!found && fgets(line, sizeof(line), a->log) != NULL)
		found = strstr(line, what) != NULL;
	return found;
}

static void
stop(struct agent *a)
{
	int status;

	fclose(a->in);
	assert_int_equal(waitpid(a->pid, &status, 0), a->pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), EXIT_SUCCESS);
	fclose(a->out);
	fclose(a->log);
}

static void
kill_now(struct agent *a)
{
	kill(a->pid, SIGKILL);
	waitpid(a->pid, NULL, 0);
	fclose(a->in);
	fclose(a->out);
	fclose(a->log);
}

static void
secondary_gets_and_puts_what_primary_made(void **state)
{
	struct agent a = start("primary", OURS_RING);
	struct agent b;

	(void)state;
	assert_int_equal(tell(&a, "make objpool 1000"), 0);
	b = start("secondary", OURS_RING);
	assert_int_equal(tell(&b, "find"), 0);
	assert_int_equal(tell(&b, "count"), 1000);
	assert_int_equal(tell(&b, "get 600"), 0);
	assert_int_equal(tell(&a, "count"), 400);
	assert_true(tell(&a, "get 401") < 0);
	assert_int_equal(tell(&a, "get 400"), 0);
	assert_int_equal(tell(&b, "count"), 0);
	assert_int_equal(tell(&b, "put 600"), 0);
	assert_int_equal(tell(&a, "get 600"), 0);
	assert_int_equal(tell(&a, "put 1000"), 0);
	assert_int_equal(tell(&b, "get 1000"), 0);
	assert_int_equal(tell(&b, "put 1000"), 0);
	assert_int_equal(tell(&a, "count"), 1000);
	stop(&b);
	assert_int_equal(tell(&a, "get 1000"), 0);
	assert_int_equal(tell(&a, "put 1000"), 0);
	assert_int_equal(tell(&a, "free"), 0);
	stop(&a);
}

/* The cycles run at the same time in both; each can have what it asks for. */
static void
primary_vs_secondary_get_objects_at_once(void **state)
{
	struct agent a = start("primary", OURS_RING);
	struct agent b;

	(void)state;
	assert_int_equal(tell(&a, "make objpool 1000"), 0);
	b = start("secondary", OURS_RING);
	assert_int_equal(tell(&b, "find"), 0);
	for (unsigned int n = 1; n <= 500; n = n * 3 + 1) {
		fprintf(a.in, "cycle %u\n", n);
		fflush(a.in);
		assert_int_equal(tell(&b, "cycle %u", n), 0);
		assert_int_equal(answer(&a), 0);
		assert_int_equal(tell(&a, "count"), 1000);
	}
	stop(&b);
	assert_int_equal(tell(&a, "free"), 0);
	stop(&a);
}

static void
killed_secondary_takes_away_only_what_it_held(void **state)
{
	struct agent a = start("primary", OURS_RING);
	struct agent b;

	(void)state;
	assert_int_equal(tell(&a, "make objpool 1000"), 0);
	b = start("secondary", OURS_RING);
	assert_int_equal(tell(&b, "find"), 0);
	assert_int_equal(tell(&b, "cycle 700"), 0);
	assert_int_equal(tell(&b, "get 30"), 0);
	kill_now(&b);
	assert_int_equal(tell(&a, "count"), 970);
	assert_int_equal(tell(&a, "get 970"), 0);
	assert_int_equal(tell(&a, "put 970"), 0);
	/* Another takes the dead one's slot. */
	b = start("secondary", OURS_RING);
	assert_int_equal(tell(&b, "find"), 0);
	assert_int_equal(tell(&b, "cycle 970"), 0);
	stop(&b);
	assert_int_equal(tell(&a, "free"), 0);
	stop(&a);
}

static void
pool_of_a_killed_secondary_can_be_used(void **state)
{
	struct agent a = start("primary", OURS_RING);
	struct agent b = start("secondary", OURS_RING);

	(void)state;
	assert_int_equal(tell(&b, "make objpool 1000"), 0);
	assert_int_equal(tell(&b, "cycle 100"), 0);
	kill_now(&b);
	assert_int_equal(tell(&a, "find"), 0);
	assert_int_equal(tell(&a, "get 1000"), 0);
	assert_int_equal(tell(&a, "put 1000"), 0);
	/* mempool cannot free it: it would call a function of the dead one. */
	stop(&a);
}

static void
ring_operations_of_a_secondary_refuse_our_pool(void **state)
{
	struct agent a = start("primary", OURS_RING);
	struct agent b;

	(void)state;
	assert_int_equal(tell(&a, "make objpool 1000"), 0);
	assert_int_equal(tell(&a, "get 10"), 0);
	b = start("secondary", RING_OURS);
	assert_int_equal(tell(&b, "find"), 0);
	assert_true(tell(&b, "get 1") < 0);
	assert_true(tell(&b, "get 32") < 0);
	assert_int_equal(tell(&b, "count"), 0);
	assert_int_equal(tell(&a, "count"), 990);
	assert_int_equal(tell(&a, "put 10"), 0);
	assert_int_equal(tell(&a, "get 1000"), 0);
	stop(&b);
	assert_int_equal(tell(&a, "free"), 0);
	stop(&a);
}

static void
our_operations_of_a_secondary_refuse_a_ring_and_say_why(void **state)
{
	struct agent a = start("primary", RING_OURS);
	struct agent b;

	(void)state;
	assert_int_equal(tell(&a, "make ring_mp_mc 1000"), 0);
	b = start("secondary", OURS_RING);
	assert_int_equal(tell(&b, "find"), 0);
	assert_true(tell(&b, "get 1") < 0);
	assert_true(tell(&b, "get 32") < 0);
	assert_int_equal(tell(&b, "count"), 0);
	assert_true(has_logged(&b, "the same -d options in the same order"));
	assert_int_equal(tell(&a, "count"), 1000);
	assert_int_equal(tell(&a, "get 1000"), 0);
	stop(&b);
	assert_int_equal(tell(&a, "free"), 0);
	stop(&a);
}

static void
same_drivers_in_the_same_order_work_whatever_they_are(void **state)
{
	struct agent a = start("primary", RING_OURS);
	struct agent b;

	(void)state;
	assert_int_equal(tell(&a, "make objpool 1000"), 0);
	b = start("secondary", RING_OURS);
	assert_int_equal(tell(&b, "find"), 0);
	assert_int_equal(tell(&b, "get 1000"), 0);
	assert_int_equal(tell(&a, "count"), 0);
	stop(&b);
	assert_int_equal(tell(&a, "free"), 0);
	stop(&a);
}

static void
remove_matching(const char *pattern)
{
	glob_t found;

	if (glob(pattern, 0, NULL, &found) != 0)
		return;
	for (size_t i = 0; i < found.gl_pathc; i++)
		remove(found.gl_pathv[i]);
	globfree(&found);
}

/* Also those of a killed agent. */
static int
remove_files(void **state)
{
	const char *const runtime[] = { "/var/run/dpdk/%s/*",
		"/var/run/dpdk/%s", "/tmp/dpdk/%s/*", "/tmp/dpdk/%s" };
	FILE *mounts = setmntent("/proc/mounts", "r");
	char pattern[PATH_MAX];
	struct mntent *mount;

	(void)state;
	for (size_t i = 0; i < RTE_DIM(runtime); i++) {
		snprintf(pattern, sizeof(pattern), runtime[i], prefix);
		remove_matching(pattern);
	}
	while (mounts != NULL && (mount = getmntent(mounts)) != NULL) {
		if (strcmp(mount->mnt_type, "hugetlbfs") != 0)
			continue;
		snprintf(pattern, sizeof(pattern), "%s/%smap_*", mount->mnt_dir,
			prefix);
		remove_matching(pattern);
	}
	if (mounts != NULL)
		endmntent(mounts);
	return 0;
}

int
main(int argc, char **args)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(
			secondary_gets_and_puts_what_primary_made,
			remove_files),
		cmocka_unit_test_teardown(
			primary_vs_secondary_get_objects_at_once, remove_files),
		cmocka_unit_test_teardown(
			killed_secondary_takes_away_only_what_it_held,
			remove_files),
		cmocka_unit_test_teardown(
			pool_of_a_killed_secondary_can_be_used, remove_files),
		cmocka_unit_test_teardown(
			ring_operations_of_a_secondary_refuse_our_pool,
			remove_files),
		cmocka_unit_test_teardown(
			our_operations_of_a_secondary_refuse_a_ring_and_say_why,
			remove_files),
		cmocka_unit_test_teardown(
			same_drivers_in_the_same_order_work_whatever_they_are,
			remove_files),
	};

	if (argc < 4)
		return EXIT_FAILURE;
	agent = args[1];
	plugin[0] = args[2];
	plugin[1] = args[3];
	if (!has_hugepages(64 << 20)) {
		fprintf(stderr, "skipped: no 64 MB of hugepages\n");
		return EXIT_SKIP;
	}
	signal(SIGPIPE, SIG_IGN);
	snprintf(prefix, sizeof(prefix), "objpool-test-%d", (int)getpid());
	return cmocka_run_group_tests(tests, NULL, NULL);
}
