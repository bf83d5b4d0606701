/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* See agents.h. All agents of a test program have one file prefix, which no
 * other program has, so there is one primary at a time. Their logs are
 * temporary files, shown when one fails to answer. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <mntent.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "agents.h"
#include "eal.h"

#define PLUGINS 3

static struct {
	const char *shared, *linked, *layout; /* agents */
	const char *ours, *standard, *ring;   /* plugins */
} path;
static char prefix[64];
static unsigned int memory_mb;

void
agents_open(int argc, char **args)
{
	if (argc < 7)
		exit(EXIT_FAILURE);
	path.shared = args[1];
	path.linked = args[2];
	path.layout = args[3];
	path.ours = args[4];
	path.standard = args[5];
	path.ring = args[6];
	if (!has_hugepages(64 << 20)) {
		fprintf(stderr, "skipped: no 64 MB of hugepages\n");
		exit(EXIT_SKIP);
	}
	signal(SIGPIPE, SIG_IGN);
	snprintf(prefix, sizeof(prefix), "objpool-test-%d", (int)getpid());
}

void
agents_memory(unsigned int mb)
{
	if (!has_hugepages((size_t)(mb + 32) << 20)) {
		fprintf(stderr, "skipped: no %u MB of hugepages\n", mb + 32);
		exit(EXIT_SKIP);
	}
	memory_mb = mb;
}

static int
dir_len(const char *file)
{
	return (int)(basename(file) - file);
}

static void
choose_lcore(unsigned int lcore, char *text, size_t size)
{
	char lcores[64];
	int cpu[2] = { 0, 0 };

	choose_lcores(lcores, sizeof(lcores));
	sscanf(lcores, "--lcores=0@%d,1@%d", &cpu[0], &cpu[1]);
	snprintf(text, size, "--lcores=%u@%d", lcore, cpu[lcore % 2]);
}

/* The plugins are given by name: EAL refuses paths where all may write. */
static void
set_library_path(void)
{
	char paths[3 * PATH_MAX];

	snprintf(paths, sizeof(paths), "%.*s:%.*s:%.*s", dir_len(path.ours),
		path.ours, dir_len(path.standard), path.standard,
		dir_len(path.ring), path.ring);
	setenv("LD_LIBRARY_PATH", paths, 1);
}

static void
be_agent(unsigned int lcore, const char *role, const char *load)
{
	char lcores[64], type[32], file_prefix[96], mb[16];
	const char *args[10 + 2 * PLUGINS] = { path.shared, lcores, type,
		file_prefix, "--no-pci", "--no-telemetry" };
	int n = 6;

	choose_lcore(lcore, lcores, sizeof(lcores));
	snprintf(type, sizeof(type), "--proc-type=%s", role);
	snprintf(file_prefix, sizeof(file_prefix), "--file-prefix=%s", prefix);
	if (memory_mb > 0 && strcmp(role, "primary") == 0) {
		snprintf(mb, sizeof(mb), "%u", memory_mb);
		args[n++] = "-m";
		args[n++] = mb;
	}
	if (strcmp(load, STATIC) == 0)
		args[0] = path.linked;
	else if (strcmp(load, LAYOUT) == 0)
		args[0] = path.layout;
	else
		set_library_path();
	for (; *load != '\0'; load++) {
		if (strchr("odr", *load) == NULL)
			continue;
		args[n++] = "-d";
		args[n++] = basename(*load == 'o' ? path.ours :
				*load == 'd'      ? path.standard :
						    path.ring);
	}
	execv(args[0], (char **)(uintptr_t)args);
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

int
answer(struct agent *a)
{
	char line[64];

	if (fgets(line, sizeof(line), a->out) == NULL) {
		print_log(a);
		fail_msg("agent %d does not answer", (int)a->pid);
	}
	return strcmp(line, "ready\n") == 0 ? 0 : atoi(line);
}

static void
vsay(struct agent *a, const char *format, va_list args)
{
	vfprintf(a->in, format, args);
	fputc('\n', a->in);
	fflush(a->in);
}

void
say(struct agent *a, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsay(a, format, args);
	va_end(args);
}

int
tell(struct agent *a, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsay(a, format, args);
	va_end(args);
	return answer(a);
}

struct agent
launch(unsigned int lcore, const char *role, const char *load)
{
	struct agent a;
	int in[2], out[2];

	/* No agent shall keep the pipe of another open. */
	assert_int_equal(pipe2(in, O_CLOEXEC), 0);
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	a.log = tmpfile();
	assert_non_null(a.log);
	/* Reading it here does not move where the agent writes. */
	assert_int_equal(fcntl(fileno(a.log), F_SETFL, O_APPEND), 0);
	a.pid = fork();
	assert_true(a.pid >= 0);
	if (a.pid == 0) {
		dup2(in[0], STDIN_FILENO);
		dup2(out[1], STDOUT_FILENO);
		dup2(fileno(a.log), STDERR_FILENO);
		be_agent(lcore, role, load);
	}
	close(in[0]);
	close(out[1]);
	a.in = fdopen(in[1], "w");
	a.out = fdopen(out[0], "r");
	return a;
}

struct agent
start_on(unsigned int lcore, const char *role, const char *load)
{
	struct agent a = launch(lcore, role, load);

	assert_int_equal(answer(&a), 0);
	return a;
}

struct agent
start(const char *role, const char *load)
{
	return start_on(0, role, load);
}

unsigned int
nr_logged(struct agent *a, const char *what)
{
	unsigned int nr = 0;
	char line[512];

	rewind(a->log);
	while (fgets(line, sizeof(line), a->log) != NULL)
		nr += strstr(line, what) != NULL;
	return nr;
}

static void
close_agent(struct agent *a)
{
	if (a->in != NULL)
		fclose(a->in);
	fclose(a->out);
	fclose(a->log);
}

static void
expect_success(struct agent *a)
{
	int status;

	assert_int_equal(waitpid(a->pid, &status, 0), a->pid);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != EXIT_SUCCESS)
		print_log(a);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), EXIT_SUCCESS);
}

void
stop(struct agent *a)
{
	fclose(a->in); /* the end of its input */
	a->in = NULL;
	expect_success(a);
	close_agent(a);
}

void
see_off(struct agent *a)
{
	expect_success(a);
	close_agent(a);
}

void
kill_now(struct agent *a)
{
	kill(a->pid, SIGKILL);
	waitpid(a->pid, NULL, 0);
	close_agent(a);
}

void
expect_soon(struct agent *a, const char *question, int wanted)
{
	const struct timespec pause = { .tv_nsec = 2000000 };
	int is = 0;

	for (unsigned int i = 0; i < 10000; i++) {
		is = tell(a, "%s", question);
		if (is == wanted)
			return;
		nanosleep(&pause, NULL);
	}
	fail_msg("%s: %d, not %d", question, is, wanted);
}

/* Call fn for each file that matches; the sum of what it returns. */
static unsigned long
each_file(const char *pattern, unsigned long (*fn)(const char *name))
{
	unsigned long sum = 0;
	glob_t found;

	if (glob(pattern, 0, NULL, &found) != 0)
		return 0;
	for (size_t i = 0; i < found.gl_pathc; i++)
		sum += fn(found.gl_pathv[i]);
	globfree(&found);
	return sum;
}

static unsigned long
each_hugepage(unsigned long (*fn)(const char *name))
{
	FILE *mounts = setmntent("/proc/mounts", "r");
	char pattern[PATH_MAX];
	struct mntent *mount;
	unsigned long sum = 0;

	while (mounts != NULL && (mount = getmntent(mounts)) != NULL) {
		if (strcmp(mount->mnt_type, "hugetlbfs") != 0)
			continue;
		snprintf(pattern, sizeof(pattern), "%s/%smap_*", mount->mnt_dir,
			prefix);
		sum += each_file(pattern, fn);
	}
	if (mounts != NULL)
		endmntent(mounts);
	return sum;
}

/* Where the processes' files are depends on who the user is. */
static unsigned long
each_runtime(const char *begin, unsigned long (*fn)(const char *name))
{
	char pattern[PATH_MAX];
	unsigned long sum;

	snprintf(pattern, sizeof(pattern), "/var/run/dpdk/%s%s", prefix, begin);
	sum = each_file(pattern, fn);
	snprintf(pattern, sizeof(pattern), "/tmp/dpdk/%s%s", prefix, begin);
	return sum + each_file(pattern, fn);
}

static unsigned long
one(const char *name)
{
	(void)name;
	return 1;
}

static unsigned long
kb_of(const char *name)
{
	struct stat st;

	return stat(name, &st) == 0 ? (unsigned long)st.st_size / 1024 : 0;
}

unsigned long
kb_of_hugepages(void)
{
	return each_hugepage(kb_of);
}

unsigned int
nr_runtime(const char *begin)
{
	char pattern[64];

	snprintf(pattern, sizeof(pattern), "/%s*", begin);
	return (unsigned int)each_runtime(pattern, one);
}

int
remove_files(void **state)
{
	(void)state;
	eal_remove_files(prefix);
	return 0;
}
