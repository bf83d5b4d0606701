/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Threads and their slots.
 *
 * A thread claims a slot of a pool when it first uses it. The claim is recorded
 * in the pool, by a token that names the thread for good: its id and the time
 * it started. Nothing is done when a thread ends; whoever needs a slot and
 * finds none free asks the kernel whether the owners still run and succeeds a
 * dead one. That covers threads that exit and processes that are killed alike,
 * and needs no list of pools to tell.
 *
 * The token's thread id is that of the owner's process id namespace. A process
 * in another namespace than the pool's creator marks its tokens, and such
 * owners are never taken for dead.
 *
 * After a fork the child's only thread starts without slots: with shared memory
 * the ones it remembers are the parent's.
 */

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/claim.h"
#include "identity.h"
#include "thread.h"

#define TID_BITS    22
#define FOREIGN_BIT (UINT64_C(1) << TID_BITS)
#define START_SHIFT (TID_BITS + 1)

/* Calls of a thread without a slot before it asks for one again. */
#define PATIENCE 1024

_Thread_local struct seat thread_seats[NR_SEATS];
static _Thread_local uint64_t own_token
	__attribute__((tls_model("initial-exec")));
static _Thread_local uint64_t own_pid_ns
	__attribute__((tls_model("initial-exec")));
static _Thread_local unsigned int patience
	__attribute__((tls_model("initial-exec")));

static void
forget_after_fork(void)
{
	memset(thread_seats, 0, sizeof(thread_seats));
	own_token = 0;
}

__attribute__((constructor)) static void
watch_forks(void)
{
	pthread_atfork(NULL, NULL, forget_after_fork);
}

/* State letter and start time of a thread, in clock ticks since boot. False:
 * not to be found out. */
static bool
thread_stat(unsigned int tid, char *state, uint64_t *start)
{
	char path[32], text[512];
	unsigned long long ticks;
	const char *at;
	ssize_t len;
	int fd;

	snprintf(path, sizeof(path), "/proc/%u/stat", tid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	len = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[len > 0 ? len : 0] = '\0';
	/* "tid (name) state ...": the name may hold anything but ends at the
	 * last parenthesis; the start time is the 22nd field. */
	at = strrchr(text, ')');
	if (at == NULL ||
		sscanf(at + 1,
			" %c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s"
			"%*s %*s %*s %*s %*s %*s %*s %llu",
			state, &ticks) != 2)
		return false;
	*start = ticks;
	return true;
}

static uint64_t
token_of(unsigned int tid, uint64_t start)
{
	return tid | start << START_SHIFT;
}

uint64_t
identity_pid_ns(void)
{
	struct stat st;

	return stat("/proc/self/ns/pid", &st) == 0 ? (uint64_t)st.st_ino : 0;
}

static uint64_t
identity_token(const struct arena *a)
{
	if (own_token == 0) {
		unsigned int tid = (unsigned int)syscall(SYS_gettid);
		uint64_t start = 0; /* if it cannot be found out */
		char state;

		thread_stat(tid, &state, &start);
		own_token = token_of(tid, start);
		own_pid_ns = identity_pid_ns();
	}
	return own_token | (own_pid_ns != a->pid_ns ? FOREIGN_BIT : 0);
}

/* In doubt a thread lives: taking its slot would be wrong, leaving it is not. */
static bool
is_alive(uint64_t token)
{
	unsigned int tid = token & (FOREIGN_BIT - 1);
	uint64_t start;
	char state;

	if (token & FOREIGN_BIT)
		return true;
	/* Asked first, since /proc may be hidden from other users. */
	if (kill((pid_t)tid, 0) < 0 && errno == ESRCH)
		return false;
	if (!thread_stat(tid, &state, &start))
		return true;
	return state != 'Z' && state != 'X' &&
		(token >> START_SHIFT == 0 || token_of(tid, start) == token);
}

/* Put the seat where it is looked for first. */
static struct slot *
sit(uint64_t uid, unsigned int from, struct slot *slot)
{
	struct seat *best = &thread_seats[uid % NR_SEATS];

	thread_seats[from] = *best;
	*best = (struct seat){ uid, slot };
	return slot;
}

/* Where the seat that is in the way goes: an unused one, else some other. */
static unsigned int
place_for(uint64_t uid)
{
	for (unsigned int i = 0; i < NR_SEATS; i++)
		if (thread_seats[i].uid == 0)
			return i;
	return (unsigned int)(uid / NR_SEATS % NR_SEATS);
}

bool
thread_slot(struct arena *a, objpool_key_fn *key, struct slot **slot)
{
	uint64_t uid = atomic_load_explicit(&a->uid, memory_order_acquire);
	unsigned int i;

	if (uid == UID_DEAD)
		return false;
	for (i = 0; i < NR_SEATS && thread_seats[i].uid != uid; i++)
		;
	if (i < NR_SEATS && (thread_seats[i].slot != NULL || patience > 0)) {
		patience -= thread_seats[i].slot == NULL;
		*slot = sit(uid, i, thread_seats[i].slot);
		return true;
	}
	patience = PATIENCE;
	*slot = sit(uid, i < NR_SEATS ? i : place_for(uid),
		claim_slot(a, key != NULL ? key() : sched_getcpu(),
			identity_token(a), is_alive));
	return true;
}

void
thread_leave(struct arena *a)
{
	uint64_t uid = atomic_load_explicit(&a->uid, memory_order_relaxed);
	struct slot *slot;

	for (unsigned int i = 0; i < NR_SEATS; i++)
		if (thread_seats[i].uid == uid)
			thread_seats[i] = (struct seat){ 0, NULL };
	/* Not by the seat, which may have been given to another pool. */
	slot = claim_find(a, identity_token(a));
	if (slot != NULL)
		claim_release(a, slot);
}
