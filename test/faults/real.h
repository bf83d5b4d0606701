/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* The calls that --wrap puts ours in front of, and ours. */

#ifndef TEST_FAULTS_REAL_H
#define TEST_FAULTS_REAL_H

#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/types.h>

#define BOTH(type, name, ...)                                                  \
	type __real_##name(__VA_ARGS__);                                       \
	type __wrap_##name(__VA_ARGS__)

BOTH(void *, calloc, size_t n, size_t size);
BOTH(void *, aligned_alloc, size_t align, size_t size);
BOTH(void, free, void *addr);
BOTH(void *, mmap64, void *addr, size_t len, int prot, int flags, int fd,
	off_t at);
BOTH(int, munmap, void *addr, size_t len);
BOTH(int, madvise, void *addr, size_t len, int advice);
BOTH(FILE *, fopen64, const char *path, const char *mode);
BOTH(char *, fgets, char *line, int size, FILE *f);
BOTH(int, fclose, FILE *f);
BOTH(int, open64, const char *path, int flags, ...);
BOTH(ssize_t, read, int fd, void *bytes, size_t len);
BOTH(int, close, int fd);
BOTH(ssize_t, readlink, const char *path, char *text, size_t len);
BOTH(int, stat64, const char *path, struct stat *st);
BOTH(ssize_t, getrandom, void *bytes, size_t len, unsigned int flags);
BOTH(long, syscall, long nr, ...);
BOTH(long, sysconf, int name);
BOTH(int, numa_node_of_cpu, int cpu);
BOTH(int, pthread_create, pthread_t *thread, const pthread_attr_t *attr,
	void *(*run)(void *), void *arg);
BOTH(int, pthread_join, pthread_t thread, void **result);
BOTH(int, pthread_attr_setaffinity_np, pthread_attr_t *attr, size_t size,
	const cpu_set_t *cpus);

#endif /* TEST_FAULTS_REAL_H */
