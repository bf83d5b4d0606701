/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* The secondary process of driver.c. EAL takes a third of a second to start, so
 * it does so once, and children that are forked here get killed: they share its
 * mappings of the mempool, and get and put without anything else of EAL's. To
 * the pool each is a process of its own.
 *
 * Commands come in lines on stdin, each is answered by a number in a line:
 *
 *   arm SITE PASS STEP SEED TIMES
 *                        a child gets and puts so often, or until it is killed
 *                        there; 0: never -> 1 killed, 0 it came to its end, else -1
 *   instruction CALL N   a child is killed after the N-th instruction of a call:
 *                        0 get one, 1 put one, 2 get some, 3 put some -> likewise
 *   start                a child gets and puts until all is over -> its pid
 *   join                 -> 0 it came to a good end
 */

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_memzone.h>

#include "steps.h"

#include "board.h"

#pragma weak steps_arm

static struct basket basket;

/* --- in children --- */

static void
open_basket(uint64_t seed)
{
	basket.who = (uint64_t)getpid();
	basket.n = 0;
	rng_init(&basket.rng, seed, 0);
}

static void
play_some(unsigned int times)
{
	for (unsigned int i = 0; i < times; i++) {
		if (i % 64 == 0)
			basket.most = GUEST_HELD;
		basket_play(&basket);
	}
	basket_put_all(&basket);
}

static void
play_on(void)
{
	while (!basket.board->over) {
		basket.most = GUEST_HELD;
		for (unsigned int i = 0; i < 64; i++) {
			basket_play(&basket);
			basket.board->guest_calls++;
		}
	}
	basket_put_all(&basket);
}

struct call {
	unsigned int nr;   /* which */
	unsigned int last; /* instruction */
	unsigned int n;
};

static void
make_call(void *arg)
{
	const struct call *call = arg;
	void **objs = basket.objs + basket.n;

	if (call->nr % 2 == 0)
		rte_mempool_get_bulk(basket.mp, objs, call->n);
	else
		rte_mempool_put_bulk(basket.mp, objs - call->n, call->n);
}

static bool
die_there(void *arg)
{
	const struct call *call = arg;

	if (stepping.nr == call->last)
		kill(getpid(), SIGKILL);
	return true;
}

/* The objects of a put are nobody's any more. */
static void
play_instruction(unsigned int nr, unsigned int last)
{
	struct call call = { nr, last, nr < 2 ? 1 : BULK };

	steps_prepare();
	if (!basket_get(&basket, BULK))
		_exit(EXIT_FAILURE);
	for (unsigned int i = 0; i < call.n && nr % 2 == 1; i++)
		((struct item *)basket.objs[basket.n - 1 - i])->stamp = 0;
	step_through(make_call, die_there, &call);
	/* That was a call without so many. */
	for (unsigned int i = 0; i < call.n && nr % 2 == 0; i++)
		((struct item *)basket.objs[basket.n + i])->stamp = basket.who;
	basket.n = nr % 2 == 0 ? basket.n + call.n : basket.n - call.n;
	basket_put_all(&basket);
}

/* --- commands --- */

static int
fate_of(pid_t child)
{
	int status;

	if (waitpid(child, &status, 0) != child)
		return -1;
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
		return 1;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -1;
}

static int
answer(const char *line)
{
	static pid_t child;
	unsigned int site, pass, step, seed, times;

	if (strncmp(line, "join", 4) == 0)
		return fate_of(child);
	child = fork();
	if (child != 0 && strncmp(line, "start", 5) == 0)
		return child;
	if (child != 0)
		return fate_of(child);
	if (sscanf(line, "arm %u %u %u %u %u", &site, &pass, &step, &seed,
		    &times) == 5) {
		open_basket(seed);
		steps_arm(basket.board, site, pass, step);
		play_some(times);
	} else if (sscanf(line, "instruction %u %u", &pass, &step) == 2) {
		open_basket(step);
		play_instruction(pass, step);
	} else {
		open_basket(1);
		play_on();
	}
	_exit(EXIT_SUCCESS);
}

int
agent_main(int argc, char **args)
{
	FILE *out = fdopen(dup(STDOUT_FILENO), "w");
	const struct rte_memzone *zone;
	char line[128];

	if (out == NULL || dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
		return EXIT_FAILURE;
	if (rte_eal_init(argc, args) < 0)
		return EXIT_FAILURE;
	zone = rte_memzone_lookup("board");
	basket.mp = rte_mempool_lookup("freeze");
	if (zone == NULL || basket.mp == NULL)
		return EXIT_FAILURE;
	basket.board = zone->addr;
	fprintf(out, "0\n");
	fflush(out);
	while (fgets(line, sizeof(line), stdin) != NULL) {
		fprintf(out, "%d\n", answer(line));
		fflush(out);
	}
	rte_eal_cleanup();
	return EXIT_SUCCESS;
}
