/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Several DPDK processes, each an agent (agent.c) at the end of two pipes. For
 * tests that call cmocka's assertions. */

#ifndef OBJPOOL_TEST_DRIVER_AGENTS_H
#define OBJPOOL_TEST_DRIVER_AGENTS_H

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

struct agent {
	pid_t pid;
	FILE *in, *out, *log;
};

/* Which agent, and what it loads, in this order: o our plugin, d the default
 * one, r the ring driver. */
#define OURS_RING    "or"
#define RING_OURS    "ro"
#define DEFAULT_RING "dr"
#define ONLY_RING    "r"
#define NOTHING      ""
/* The driver inside, DPDK static; and this with another layout. */
#define STATIC       "s"
#define LAYOUT       "l"

/* Take the paths of the agents and plugins from the arguments of the program,
 * as meson.build gives them; skips the program where there are no hugepages. */
void
agents_open(int argc, char **args);

/* Primaries get so many MB of hugepages at their start, instead of some when
 * they need them; skips the program where there are not as many. */
void
agents_memory(unsigned int mb);

/* Start an agent, with lcore 0. */
struct agent
start(const char *role, const char *load);

/* With this one; lcores are on the machine's CPUs in turn. */
struct agent
start_on(unsigned int lcore, const char *role, const char *load);

/* Likewise, without waiting until it is ready: its first answer will be 0. */
struct agent
launch(unsigned int lcore, const char *role, const char *load);

/* Give a command; its answer. Fails the test if the agent is dead. */
int
tell(struct agent *a, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* The same in two steps. */
void
say(struct agent *a, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
int
answer(struct agent *a);

/* The agent ends as it should. */
void
stop(struct agent *a);

/* It was told to leave: it has ended without a word. */
void
see_off(struct agent *a);

/* SIGKILL. */
void
kill_now(struct agent *a);

/* How many lines of the agent's log have this in them. */
unsigned int
nr_logged(struct agent *a, const char *what);

/* Ask for a number again and again until it is this; fail after 20 s. */
void
expect_soon(struct agent *a, const char *question, int wanted);

/* What DPDK keeps of these processes in files: KB of hugepages, and the number
 * of those in the runtime directory whose name begins so. */
unsigned long
kb_of_hugepages(void);
unsigned int
nr_runtime(const char *begin);

/* Teardown: remove what was left, also of killed agents. */
int
remove_files(void **state);

/* A test of cmocka that does so. */
#define AGENTS_TEST(f) cmocka_unit_test_teardown(f, remove_files)

#endif /* OBJPOOL_TEST_DRIVER_AGENTS_H */
