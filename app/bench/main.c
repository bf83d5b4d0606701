/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* objpool-bench: compare objpool with DPDK's mempool drivers, in one process and
 * in turns, and show how far they can be compared.
 *
 * Where to find what:
 *   options.c               the command line
 *   contestants.c           who takes part
 *   mempool.c, library.c, function.c, inline.c, slot.c, mempool_inline.c,
 *   kernel.c, floor.c, nothing.c   the kinds of pools
 *   loop.h, lane.h          what is timed
 *   patterns.c, stranding.c what is done with pools
 *   run.c                   in which order; team.c: where; pool.c: with what
 *   samples.c, noise.c, machine.c   what it came to, and whether to believe it
 *   report*.c, progress.c   what people and programs get to see (row.h)
 *
 * The main lcore measures too, so a single lcore is enough for most patterns.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_lcore.h>

#include "command.h"
#include "complain.h"
#include "machine.h"
#include "quit.h"
#include "run.h"

typedef int
report_fn(const struct results *results, FILE *file);

/* A file that a report goes to. */
struct output {
	const char *name; /* NULL: not wanted */
	FILE *file;
	report_fn *report;
};

static int
output_open(struct output *output)
{
	if (output->name == NULL)
		return 0;
	output->file = fopen(output->name, "w");
	if (output->file != NULL)
		return 0;
	complain("%s cannot be written: %s", output->name, strerror(errno));
	return -EINVAL;
}

static int
output_write(struct output *output, const struct results *results)
{
	int ret;

	if (output->file == NULL)
		return 0;
	ret = output->report(results, output->file);
	if (fclose(output->file) != 0 && ret == 0)
		ret = -errno;
	output->file = NULL;
	if (ret < 0)
		complain("%s could not be written: %s", output->name,
			strerror(-ret));
	return ret;
}

/* Say what should make one careful, before minutes are spent. */
static void
warn(const struct machine *machine)
{
	if (machine->load > 0.5)
		printf("This machine is not idle (load %.1f): figures will be "
		       "noisy\n",
			machine->load);
	if (machine->nr_lcores > machine->nr_cpus)
		printf("There are more lcores than CPUs\n");
}

/* Say how far what was measured can be believed. */
static void
warn_at_end(const struct results *results)
{
	if (results->machine.steal > 0.01)
		printf("\nThe hypervisor took %.0f %% of the CPU time.\n",
			results->machine.steal * 100);
	if (results->nr_doubtful > 0)
		printf("\n%u of %u rows are not to be trusted: the machine was "
		       "too noisy. Try again when it is quiet.\n",
			results->nr_doubtful, results->nr);
}

/* All that happens between start and end of EAL; whether it went well. */
static bool
measure_and_report(const struct options *options, struct results *results)
{
	struct output csv = { options->csv, NULL, report_csv };
	struct output json = { options->json, NULL, report_json };
	bool ok;

	machine_init(&results->machine, rte_lcore_count());
	machine_print(&results->machine);
	warn(&results->machine);
	ok = output_open(&csv) == 0 && output_open(&json) == 0 &&
		run(options, results) == 0;
	if (ok) {
		ok = report_table(results, stdout) == 0;
		warn_at_end(results);
		ok = output_write(&csv, results) == 0 && ok;
		ok = output_write(&json, results) == 0 && ok;
	}
	results_free(results);
	return ok;
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
	static struct results results;
	int own = command_own(argc, argv);
	struct options options;
	bool ok;

	setvbuf(stdout, NULL, _IOLBF, 0);
	machine_command(&results.machine, argc, argv);
	if (options_parse(&options, argc - own, argv + own) < 0)
		return EXIT_FAILURE;
	if (options.help) {
		options_usage();
		return EXIT_SUCCESS;
	}
	if (options.list) {
		options_list();
		return EXIT_SUCCESS;
	}
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
	quit_on_signals(true);
	ok = measure_and_report(&options, &results);
	if (rte_eal_cleanup() != 0) {
		complain("DPDK's EAL does not end cleanly");
		ok = false;
	}
	return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
