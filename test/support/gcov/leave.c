/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Counts lines of children that end by _exit() or abort(), too.
 *
 * A program that is built for gcov writes its counters when it exits. What
 * tests fork does not: it ends by _exit(), so that nothing of the parent's is
 * flushed or cleaned up twice, or it is to abort. test/coverage preloads this,
 * whose _exit() and abort() have the counters written first and then do what
 * the kernel's call and the signal do.
 *
 * gcov writes them from a destructor of priority 100, which is therefore the
 * first in the table of each program and library that has counters. Nothing
 * else of the tables is called. Which have counters is told by where they are:
 * OBJPOOL_COVERAGE names the build directory. Who is killed still counts for
 * nothing.
 */

#include <limits.h>
#include <link.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int
is_counted(const char *name)
{
	const char *build = getenv("OBJPOOL_COVERAGE");
	char path[PATH_MAX];

	return build != NULL &&
		realpath(name[0] != '\0' ? name : "/proc/self/exe", path) !=
		NULL &&
		strncmp(path, build, strlen(build)) == 0;
}

static int
write_counters(struct dl_phdr_info *info, size_t size, void *ctx)
{
	const ElfW(Dyn) *entry = NULL;
	ElfW(Addr) table = 0;

	(void)size;
	(void)ctx;
	for (unsigned int i = 0; i < info->dlpi_phnum; i++)
		if (info->dlpi_phdr[i].p_type == PT_DYNAMIC)
			entry = (const void *)(info->dlpi_addr +
				info->dlpi_phdr[i].p_vaddr);
	for (; entry != NULL && entry->d_tag != DT_NULL; entry++)
		if (entry->d_tag == DT_FINI_ARRAY)
			table = info->dlpi_addr + entry->d_un.d_ptr;
	if (table != 0 && is_counted(info->dlpi_name))
		(*(void (**)(void))table)();
	return 0;
}

__attribute__((noreturn)) void
_exit(int status)
{
	dl_iterate_phdr(write_counters, NULL);
	for (;;)
		syscall(SYS_exit_group, status);
}

__attribute__((noreturn)) void
abort(void)
{
	dl_iterate_phdr(write_counters, NULL);
	signal(SIGABRT, SIG_DFL);
	raise(SIGABRT);
	for (;;)
		syscall(SYS_exit_group, 127);
}
