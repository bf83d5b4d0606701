/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* objpool-testpmd: a packet forwarder in the manner of dpdk-testpmd, whose
 * mbufs come from an objpool.
 *
 * Where to find what:
 *   options.c             the command line
 *   app.c                 the order in which everything is made and unmade
 *   ports.c, pools.c      Ethernet ports, mbuf pools
 *   replace.c             other pools in their place, while packets move
 *   forward.c, stream.h   which lcore moves packets from where to where
 *   io.c, mac.c, ...      what is done with a burst of them: the engines
 *   stats.c               counters for people to read
 *   prompt.c              commands, with --interactive
 *   quit.c, report.c      signals; error messages
 *
 * The main lcore, here, only starts, watches and ends; workers forward. A run
 * ends in one way, whatever asked for it: workers stop, statistics are printed,
 * ports are closed, pools counted. Whatever is wrong with the command line, the
 * ports or the memory ends the program before the first packet is moved.
 */

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_errno.h>

#include <objpool/objpool_mempool.h>

#include "app.h"
#include "quit.h"
#include "command.h"
#include "complain.h"
#include "stats.h"

/* How often the main lcore looks round, in milliseconds. */
#define WATCH_PERIOD 10

/* What the main lcore remembers while it watches. */
struct watch {
	uint64_t progress;     /* packets at the last look */
	uint64_t progress_tsc; /* when that last changed */
	uint64_t stats_tsc;    /* when statistics were printed last */
};

/* Whether so many seconds passed since a point in time. */
static bool
elapsed(uint64_t since_tsc, uint32_t seconds)
{
	return rte_rdtsc() - since_tsc >= seconds * rte_get_tsc_hz();
}

/* Wait a moment; whether the user pressed Enter, or stdin has ended, and it
 * matters.
 */
static bool
wait_for_enter(bool matters, int ms)
{
	struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };
	char c;

	return poll(&in, matters ? 1 : 0, ms) > 0 &&
		read(STDIN_FILENO, &c, 1) >= 0;
}

/* Look at the progress and do what is due; whether the run is over. */
static bool
watch_step(struct app *app, struct watch *watch)
{
	const struct options *options = &app->options;
	uint64_t progress = forward_progress(&app->forward);

	if (options->nr_packets > 0 && progress >= options->nr_packets) {
		printf("%" PRIu64 " packets are done\n", progress);
		return true;
	}
	if (progress != watch->progress) {
		watch->progress = progress;
		watch->progress_tsc = rte_rdtsc();
	} else if (options->idle_seconds > 0 &&
		elapsed(watch->progress_tsc, options->idle_seconds)) {
		printf("No packet for %u s\n", options->idle_seconds);
		return true;
	}
	if (options->stats_period > 0 &&
		elapsed(watch->stats_tsc, options->stats_period)) {
		printf("\nPort statistics "
		       "====================================");
		stats_print_ports(&app->ports);
		watch->stats_tsc = rte_rdtsc();
	}
	return false;
}

/* Forward until something ends it. */
static int
run_unattended(struct app *app)
{
	const struct options *options = &app->options;
	bool enter_ends = options->stats_period == 0 &&
		options->nr_packets == 0 && options->idle_seconds == 0;
	struct watch watch = { 0 };
	int ms, ret;

	ret = app_start(app, options->tx_first);
	if (ret < 0)
		return ret;
	if (enter_ends)
		printf("Press enter to exit\n");
	watch.progress_tsc = rte_rdtsc();
	watch.stats_tsc = watch.progress_tsc;
	while (!quit_asked()) {
		if (watch_step(app, &watch))
			break;
		ms = app_step(app);
		if (wait_for_enter(enter_ends, RTE_MIN(ms, WATCH_PERIOD)))
			break;
	}
	app_stop(app);
	stats_print_ports(&app->ports);
	return 0;
}

static int
run_interactive(struct app *app)
{
	if (app->options.auto_start && app_start(app, false) < 0)
		return -EINVAL;
	return app_prompt(app);
}

/* All that happens between start and end of EAL; whether it went well. */
static bool
run(struct app *app)
{
	int ret;

	if (rte_eal_process_type() != RTE_PROC_PRIMARY) {
		complain("runs as primary process only; leave --proc-type out");
		return false;
	}
	if (app_open(app) < 0)
		return false;
	ret = app->options.interactive ? run_interactive(app) :
					 run_unattended(app);
	return app_close(app) && ret == 0;
}

/* EAL calls this for its own --help, which ends the program. */
static void
usage_before_eal(const char *program __rte_unused)
{
	options_usage();
}

int
main(int argc, char **argv)
{
	static struct app app;
	int own = command_own(argc, argv);
	bool ok;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (options_parse(&app.options, argc - own, argv + own) < 0)
		return EXIT_FAILURE;
	if (app.options.help) {
		options_usage();
		return EXIT_SUCCESS;
	}

	quit_on_signals(true);
	rte_set_application_usage_hook(usage_before_eal);
	if (rte_eal_init(argc, argv) < 0) {
		complain(
			"DPDK's EAL does not start (%s), for the reason above; "
			"own options stand after \"--\", and --no-huge -m 512 "
			"does without hugepages",
			rte_strerror(rte_errno));
		rte_eal_cleanup();
		return EXIT_FAILURE;
	}
	quit_on_signals(false);
	ok = run(&app);
	/* While a mempool waits for mbufs that do not come, the driver looks at
	 * it now and then: EAL must not take its memory away. */
	if (objpool_mempool_wait(0) < 0)
		return EXIT_FAILURE;
	if (rte_eal_cleanup() != 0) {
		complain("DPDK's EAL does not end cleanly");
		ok = false;
	}
	if (ok)
		printf("Bye...\n");
	return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
