/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* What libFuzzer does, for compilers that have none: play files, and bytes made
 * up from a seed.
 *
 * usage: replay [-runs=N] [-seed=N] FOLDER
 */

#include "fuzz.h"

#include <dirent.h>
#include <limits.h>
#include <string.h>

#include "rng.h"

#define INPUT_MAX 1200

static unsigned int
play_file(const char *path)
{
	static uint8_t bytes[INPUT_MAX];
	FILE *f = fopen(path, "rb");
	size_t n;

	CHECK(f != NULL);
	n = fread(bytes, 1, sizeof(bytes), f);
	fclose(f);
	fprintf(stderr, "%s\n", path);
	LLVMFuzzerTestOneInput(bytes, n);
	return 1;
}

static unsigned int
play_folder(const char *folder)
{
	DIR *dir = opendir(folder);
	char path[PATH_MAX];
	struct dirent *entry;
	unsigned int nr = 0;

	CHECK(dir != NULL);
	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		nr += play_file(path);
	}
	closedir(dir);
	return nr;
}

static void
play_random(uint64_t seed, unsigned int runs)
{
	static uint8_t bytes[INPUT_MAX];
	struct rng rng;
	size_t n;

	for (unsigned int i = 0; i < runs; i++) {
		rng_init(&rng, seed, i);
		n = rng_upto(&rng, sizeof(bytes));
		for (size_t j = 0; j < n; j++)
			bytes[j] = (uint8_t)rng_next(&rng);
		/* Something to play with. */
		bytes[0] = 0;
		LLVMFuzzerTestOneInput(bytes, n);
	}
}

int
main(int argc, char **argv)
{
	unsigned int runs = 0, nr = 0;
	uint64_t seed = 1;

	for (int i = 1; i < argc; i++) {
		if (strncmp(argv[i], "-runs=", 6) == 0)
			runs = (unsigned int)strtoul(argv[i] + 6, NULL, 0);
		else if (strncmp(argv[i], "-seed=", 6) == 0)
			seed = strtoull(argv[i] + 6, NULL, 0);
		else
			nr += play_folder(argv[i]);
	}
	play_random(seed, runs);
	printf("ok 1 - %u files, %u made up\n1..1\n", nr, runs);
	CHECK(nr + runs > 0);
	return 0;
}
