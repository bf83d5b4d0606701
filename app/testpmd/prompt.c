/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* The interactive prompt, over rte_cmdline. Each command is a function, the
 * tokens it is made of and an instance that joins them; prompt_commands[] lists
 * the instances. Commands are those of dpdk-testpmd by the same names, as far
 * as this program has what they are about.
 *
 * All commands share one set of tokens: a word's value lands in struct words by
 * its place in the line, so that the same token serves wherever the word may
 * stand in that place.
 *
 * stdin is polled, so that a signal ends the prompt as "quit" does, and pools
 * can be replaced meanwhile. The library
 * calls command functions without a context of ours; hence prompt_app.
 */

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include <cmdline.h>
#include <cmdline_parse.h>
#include <cmdline_parse_num.h>
#include <cmdline_parse_string.h>
#include <cmdline_socket.h>
#include <rte_memzone.h>

#include "app.h"
#include "quit.h"
#include "command.h"
#include "complain.h"
#include "stats.h"

#define PROMPT  PROGRAM "> "
#define POLL_MS 100

static struct app *prompt_app;

/* The words of a command line, by their place in it. */
struct words {
	cmdline_fixed_string_t first;
	cmdline_fixed_string_t second;
	cmdline_fixed_string_t third;
	cmdline_fixed_string_t fourth;
	uint16_t number;
};

#define WORD(name, place, text)                                                \
	static cmdline_parse_token_string_t name =                             \
		TOKEN_STRING_INITIALIZER(struct words, place, text)

WORD(word_help, first, "help");
WORD(word_start, first, "start");
WORD(word_tx_first, second, "tx_first");
WORD(word_stop, first, "stop");
WORD(word_quit, first, "quit");
WORD(word_show, first, "show");
WORD(word_clear, first, "clear");
WORD(word_set, first, "set");
WORD(word_dump_mempool, first, "dump_mempool");
WORD(word_dump_memzone, first, "dump_memzone");
WORD(word_replace, first, "replace");
WORD(word_port, second, "port");
WORD(word_port_fwd, second, "port#fwd#pool");
WORD(word_config, second, "config");
WORD(word_fwd, second, "fwd");
WORD(word_burst, second, "burst");
WORD(word_mempool, second, "mempool");
WORD(word_any, second, NULL);
WORD(word_stats, third, "stats");
WORD(word_third_fwd, third, "fwd");
WORD(word_mode, third, "io#mac#macswap#rxonly#txonly");
WORD(word_third_any, third, NULL);
WORD(word_all, fourth, "all");

static cmdline_parse_token_num_t word_number =
	TOKEN_NUM_INITIALIZER(struct words, number, RTE_UINT16);

static void
on_help(void *parsed __rte_unused, struct cmdline *cl __rte_unused,
	void *data __rte_unused);

static void
on_start(void *parsed __rte_unused, struct cmdline *cl __rte_unused, void *data)
{
	app_start(prompt_app, data != NULL);
}

static void
on_stop(void *parsed __rte_unused, struct cmdline *cl __rte_unused,
	void *data __rte_unused)
{
	app_stop(prompt_app);
}

static void
on_quit(void *parsed __rte_unused, struct cmdline *cl, void *data __rte_unused)
{
	quit_ask();
	cmdline_quit(cl);
}

static void
on_show_stats(void *parsed, struct cmdline *cl __rte_unused,
	void *data __rte_unused)
{
	const struct words *words = parsed;

	if (strcmp(words->second, "port") == 0)
		stats_print_ports(&prompt_app->ports);
	else if (strcmp(words->second, "pool") == 0)
		pools_print(&prompt_app->pools);
	else
		stats_print_forward(&prompt_app->forward, &prompt_app->ports);
}

static void
on_show_config(void *parsed __rte_unused, struct cmdline *cl __rte_unused,
	void *data __rte_unused)
{
	struct app *app = prompt_app;
	const struct forward *forward = &app->forward;

	/* What was set while forwarding ran has not been planned yet. */
	if (!forward->running &&
		(forward->engine != app->options.engine ||
			forward->streams[0].burst != app->options.burst))
		forward_plan(&app->forward, &app->ports, &app->options);
	forward_print(forward, &app->ports);
}

static void
on_clear(void *parsed __rte_unused, struct cmdline *cl __rte_unused,
	void *data __rte_unused)
{
	stats_clear(&prompt_app->ports);
}

/* In words, when changed options will count. */
static const char *
effective_when(const struct app *app)
{
	return app->forward.running ? " from the next start on" : "";
}

static void
on_set_fwd(void *parsed, struct cmdline *cl __rte_unused,
	void *data __rte_unused)
{
	const struct words *words = parsed;
	struct options *options = &prompt_app->options;
	const struct engine *engine = engine_find(words->third);

	if (engine == NULL || forward_check(options, engine) < 0)
		return;
	options->engine = engine;
	printf("Set %s packet forwarding mode%s\n", engine->name,
		effective_when(prompt_app));
}

static void
on_set_burst(void *parsed, struct cmdline *cl __rte_unused,
	void *data __rte_unused)
{
	const struct words *words = parsed;

	if (words->number < 1 || words->number > BURST_MAX) {
		complain("set burst %u: wants a number from 1 to %u",
			words->number, BURST_MAX);
		return;
	}
	prompt_app->options.burst = words->number;
	printf("Number of packets per burst set to %u%s\n", words->number,
		effective_when(prompt_app));
}

static void
on_dump(void *parsed, struct cmdline *cl __rte_unused, void *data)
{
	const struct words *words = parsed;
	struct rte_mempool *pool;

	if (data == NULL) {
		rte_mempool_list_dump(stdout);
		return;
	}
	pool = rte_mempool_lookup(words->second);
	if (pool == NULL)
		complain("dump_mempool %s: no mempool of that name",
			words->second);
	else
		rte_mempool_dump(stdout, pool);
}

static void
on_dump_memzone(void *parsed __rte_unused, struct cmdline *cl __rte_unused,
	void *data __rte_unused)
{
	rte_memzone_dump(stdout);
}

/* Whether port i, by its place, is among those that a word means. */
static bool
word_means_port(const char *word, uint16_t i)
{
	uint64_t id;

	return strcmp(word, "all") == 0 ||
		(parse_number(word, 0, RTE_MAX_ETHPORTS - 1, &id) == 0 &&
			id == prompt_app->ports.port[i].id);
}

/* Ports of a NUMA node share a pool; it is replaced once. */
static void
on_replace(void *parsed, struct cmdline *cl __rte_unused,
	void *data __rte_unused)
{
	const struct words *words = parsed;
	const struct ports *ports = &prompt_app->ports;
	struct pools *pools = &prompt_app->pools;
	bool found = false;

	for (unsigned int p = 0; p < pools->nr; p++) {
		struct pool *pool = &pools->pool[p];
		bool wanted = false;

		for (uint16_t i = 0; i < ports->nr; i++)
			if (ports->port[i].pool == pool->mp &&
				word_means_port(words->third, i))
				wanted = true;
		if (!wanted)
			continue;
		found = true;
		replace_pool(pool);
	}
	if (!found)
		complain(
			"replace mempool %s: no such port; wants the number of "
			"one, or all",
			words->third);
}

/* A command: its function, the function's data, its help and its tokens. */
#define COMMAND(name, function, value, help, ...)                              \
	static cmdline_parse_inst_t name = {                                   \
		.f = function,                                                 \
		.data = value,                                                 \
		.help_str = help,                                              \
		.tokens = { __VA_ARGS__, NULL },                               \
	}
#define TOKEN(word) ((void *)&(word))
#define GIVEN       ((void *)1)

COMMAND(cmd_help, on_help, NULL, "help: print this", TOKEN(word_help));
COMMAND(cmd_start, on_start, NULL, "start: start forwarding",
	TOKEN(word_start));
COMMAND(cmd_start_tx_first, on_start, GIVEN,
	"start tx_first: send a burst from each stream, then start",
	TOKEN(word_start), TOKEN(word_tx_first));
COMMAND(cmd_stop, on_stop, NULL, "stop: stop and print what was forwarded",
	TOKEN(word_stop));
COMMAND(cmd_show_stats, on_show_stats, NULL,
	"show port|fwd|pool stats all: print statistics", TOKEN(word_show),
	TOKEN(word_port_fwd), TOKEN(word_stats), TOKEN(word_all));
COMMAND(cmd_show_config, on_show_config, NULL,
	"show config fwd: print which lcore forwards what", TOKEN(word_show),
	TOKEN(word_config), TOKEN(word_third_fwd));
COMMAND(cmd_clear, on_clear, NULL,
	"clear port stats all: set port statistics to zero", TOKEN(word_clear),
	TOKEN(word_port), TOKEN(word_stats), TOKEN(word_all));
COMMAND(cmd_set_fwd, on_set_fwd, NULL,
	"set fwd io|mac|macswap|rxonly|txonly: choose the mode",
	TOKEN(word_set), TOKEN(word_fwd), TOKEN(word_mode));
COMMAND(cmd_set_burst, on_set_burst, NULL,
	"set burst N: packets a burst, 1 to 512", TOKEN(word_set),
	TOKEN(word_burst), TOKEN(word_number));
COMMAND(cmd_dump, on_dump, NULL, "dump_mempool: print all mempools",
	TOKEN(word_dump_mempool));
COMMAND(cmd_dump_one, on_dump, GIVEN, "dump_mempool NAME: print one mempool",
	TOKEN(word_dump_mempool), TOKEN(word_any));
COMMAND(cmd_dump_memzone, on_dump_memzone, NULL,
	"dump_memzone: print all memzones", TOKEN(word_dump_memzone));
COMMAND(cmd_replace, on_replace, NULL,
	"replace mempool PORT|all: give ports a new mbuf pool while they run; "
	"show pool stats all tells what became of the old one",
	TOKEN(word_replace), TOKEN(word_mempool), TOKEN(word_third_any));
COMMAND(cmd_quit, on_quit, NULL, "quit: stop, close everything and end",
	TOKEN(word_quit));

static cmdline_parse_ctx_t prompt_commands[] = {
	&cmd_help,
	&cmd_start,
	&cmd_start_tx_first,
	&cmd_stop,
	&cmd_show_stats,
	&cmd_show_config,
	&cmd_clear,
	&cmd_set_fwd,
	&cmd_set_burst,
	&cmd_dump,
	&cmd_dump_one,
	&cmd_dump_memzone,
	&cmd_replace,
	&cmd_quit,
	NULL,
};

static void
on_help(void *parsed __rte_unused, struct cmdline *cl __rte_unused,
	void *data __rte_unused)
{
	for (size_t i = 0; prompt_commands[i] != NULL; i++)
		printf("  %s\n", prompt_commands[i]->help_str);
}

int
app_prompt(struct app *app)
{
	struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };
	struct cmdline *cl;
	char text[256];
	ssize_t len;

	prompt_app = app;
	cl = cmdline_stdin_new(prompt_commands, PROMPT);
	if (cl == NULL) {
		complain(
			"the prompt cannot be set up; do without --interactive");
		return -ENOMEM;
	}
	while (!quit_asked()) {
		int ms = app_step(app);

		if (poll(&in, 1, RTE_MIN(ms, POLL_MS)) <= 0)
			continue;
		len = read(STDIN_FILENO, text, sizeof(text));
		if (len <= 0 || cmdline_in(cl, text, len) < 0)
			break;
	}
	cmdline_stdin_exit(cl);
	printf("\n");
	return 0;
}
