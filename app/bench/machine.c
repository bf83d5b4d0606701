/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* On what machine, with which versions of what: without that, no figure means
 * anything a month later.
 */

#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include <rte_cycles.h>
#include <rte_version.h>

#include "machine.h"

/* What the compiler was told about the machine that it compiles for. */
#if defined(__AVX512F__)
#define MACHINE_ISA "AVX-512"
#elif defined(__AVX2__)
#define MACHINE_ISA "AVX2"
#elif defined(__SSE4_2__)
#define MACHINE_ISA "SSE4.2"
#else
#define MACHINE_ISA "baseline"
#endif

#ifdef __clang__
#define MACHINE_COMPILER "clang " __clang_version__
#else
#define MACHINE_COMPILER "gcc " __VERSION__
#endif

/* Append to a text as much as there is room for. */
static void
append(char *text, size_t size, const char *more)
{
	strncat(text, more, size - strlen(text) - 1);
}

/* As a shell would want it. */
static void
append_quoted(char *text, size_t size, const char *word)
{
	char quoted[4 * 256];
	size_t len = 0;

	if (word[0] != '\0' &&
		strpbrk(word, " \t\n'\"\\$&|;<>()*?[]#~`!") == NULL) {
		append(text, size, word);
		return;
	}
	quoted[len++] = '\'';
	for (; *word != '\0' && len < sizeof(quoted) - 6; word++) {
		if (*word == '\'')
			len += sprintf(quoted + len, "'\\''");
		else
			quoted[len++] = *word;
	}
	quoted[len++] = '\'';
	quoted[len] = '\0';
	append(text, size, quoted);
}

void
machine_command(struct machine *machine, int argc, char **argv)
{
	for (int i = 0; i < argc; i++) {
		if (i > 0)
			append(machine->command, sizeof(machine->command), " ");
		append_quoted(machine->command, sizeof(machine->command),
			argv[i]);
	}
}

/* The CPU's model, and whether it says that it is not a real one. */
static void
read_cpuinfo(struct machine *machine)
{
	FILE *file = fopen("/proc/cpuinfo", "r");
	char line[8192];
	char *value;

	snprintf(machine->cpu, sizeof(machine->cpu), "unknown");
	if (file == NULL)
		return;
	while (fgets(line, sizeof(line), file) != NULL && line[0] != '\n') {
		line[strcspn(line, "\n")] = '\0';
		value = strchr(line, ':');
		if (value == NULL || value[1] == '\0')
			continue;
		value += 2;
		if (strncmp(line, "model name", 10) == 0)
			snprintf(machine->cpu, sizeof(machine->cpu), "%.95s",
				value);
		else if (strncmp(line, "flags", 5) == 0)
			machine->hypervisor =
				strstr(value, " hypervisor") != NULL;
	}
	fclose(file);
}

void
machine_init(struct machine *machine, unsigned int nr_lcores)
{
	time_t now = time(NULL);
	struct utsname name;
	struct tm utc;

	gmtime_r(&now, &utc);
	strftime(machine->date, sizeof(machine->date), "%Y-%m-%dT%H:%M:%SZ",
		&utc);
	read_cpuinfo(machine);
	machine->nr_cpus = sysconf(_SC_NPROCESSORS_ONLN);
	machine->nr_lcores = nr_lcores;
	machine->tsc_hz = rte_get_tsc_hz();
	if (uname(&name) == 0)
		snprintf(machine->kernel, sizeof(machine->kernel),
			"%.16s %.70s", name.sysname, name.release);
	if (getloadavg(&machine->load, 1) != 1)
		machine->load = 0;
	snprintf(machine->dpdk, sizeof(machine->dpdk), "%s", rte_version());
	snprintf(machine->objpool, sizeof(machine->objpool), "%s",
		BENCH_VERSION);
	snprintf(machine->compiler, sizeof(machine->compiler), "%s",
		MACHINE_COMPILER);
	snprintf(machine->flags, sizeof(machine->flags), "%s, %s", BENCH_FLAGS,
		MACHINE_ISA);
}

void
machine_print(const struct machine *machine)
{
	printf("Machine   %s, %u CPUs%s, TSC %.0f MHz, %s, load %.2f\n"
	       "Versions  objpool %s, %s, %s (%s)\n"
	       "Run       %s on %u lcores: %s\n",
		machine->cpu, machine->nr_cpus,
		machine->hypervisor ? " (virtual)" : "", machine->tsc_hz / 1e6,
		machine->kernel, machine->load, machine->objpool, machine->dpdk,
		machine->compiler, machine->flags, machine->date,
		machine->nr_lcores, machine->command);
}
