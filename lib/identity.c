/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Tokens that name threads.
 *
 *   tid 22 | foreign 1 | image 6 | stack 11 | start 24
 *
 * A thread is named by its id, the time it started, in ticks since boot, and
 * the program that it runs. Whether it lives can be asked of the kernel. (What
 * is kept of the time comes round every 46 hours: to be taken for this one,
 * another thread must get its id, in that very tick, and its stack's bits.)
 *
 * Who execs keeps its id and the time (the first thread of the process does,
 * whichever thread it was that called), but all that the old program was in the
 * middle of is over. What others can see of the new one is where its stack
 * begins, which is random: one exec in 2047 passes unnoticed. So do those of
 * processes that the asker may not look into (another user's, or one that is
 * not dumpable), and where addresses are not random: their old selves live as
 * long as the process does. Image, which only the process itself can see, has
 * its new name differ all the same.
 *
 * A process is named by its first thread, which is there, as a zombie, as long as
 * any other is.
 *
 * That works among processes of one place: the same namespaces of process ids
 * and of time, and a /proc that shows them. A thread in another place than the
 * pool's creator, or in one that cannot be told, is foreign: its token is
 * random, and it is never taken for dead.
 *
 * A signal handler may be the first to ask in its thread, or interrupt who is.
 * So there is no printf and no scanf here, and of two answers to a question
 * that are not the same the first counts.
 */

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "identity.h"

#define TID_BITS    22 /* and 1, IDENTITY_NAME_BITS */
#define FOREIGN_BIT (UINT64_C(1) << TID_BITS)
#define IMAGE_SHIFT (TID_BITS + 1)
#define IMAGE_BITS  6
#define STACK_SHIFT (IMAGE_SHIFT + IMAGE_BITS)
#define STACK_BITS  11
#define START_SHIFT (STACK_SHIFT + STACK_BITS)
#define START_BITS  24

static_assert(START_SHIFT + START_BITS == 64, "a token is 64 bits");

static _Thread_local _Atomic(uint64_t) own_token
	__attribute__((tls_model("initial-exec")));
static _Thread_local _Atomic(uint64_t) own_foreign_token
	__attribute__((tls_model("initial-exec")));

static _Thread_local _Atomic(uint64_t) own_process_token
	__attribute__((tls_model("initial-exec")));

static _Thread_local uint64_t own_process
	__attribute__((tls_model("initial-exec")));
static _Thread_local uint64_t own_place
	__attribute__((tls_model("initial-exec")));
static _Thread_local bool own_place_known
	__attribute__((tls_model("initial-exec")));

static unsigned int
own_tid(void)
{
	return (unsigned int)syscall(SYS_gettid);
}

/* 0 where there is no such namespace. False: not to be found out. */
static bool
inode_of(const char *path, uint64_t *inode)
{
	struct stat st;

	*inode = 0;
	if (stat(path, &st) != 0)
		return errno == ENOENT;
	*inode = (uint64_t)st.st_ino;
	return true;
}

/* Random bytes that the kernel gave this process image. */
static uint64_t
image_number(void)
{
	const void *bytes = (const void *)getauxval(AT_RANDOM);
	uint64_t number = 0;

	if (bytes != NULL)
		memcpy(&number, bytes, sizeof(number));
	return number;
}

/* The decimal number at *at, which is moved behind it. */
static uint64_t
take_number(const char **at)
{
	uint64_t n = 0;

	for (; **at >= '0' && **at <= '9'; ++*at)
		n = n * 10 + (uint64_t)(**at - '0');
	return n;
}

/* Write n in decimal; returns where it ends. */
static char *
put_number(char *to, unsigned int n)
{
	unsigned int unit = 1;

	while (n / unit >= 10)
		unit *= 10;
	for (; unit > 0; unit /= 10)
		*to++ = (char)('0' + n / unit % 10);
	return to;
}

static uint64_t
find_place(void)
{
	char link[64];
	ssize_t len = readlink("/proc/thread-self", link, sizeof(link) - 1);
	uint64_t pids, times;
	const char *tid;

	if (len <= 0)
		return 0;
	link[len] = '\0';
	tid = strrchr(link, '/');
	if (tid == NULL || (tid++, take_number(&tid)) != own_tid())
		return 0;
	/* Half of it would be the same in places that are not. */
	if (!inode_of("/proc/self/ns/pid", &pids) ||
		!inode_of("/proc/self/ns/time", &times))
		return 0;
	return pids ^ times << 32;
}

/* Found out once for each thread; a thread that changes its namespaces later
 * goes on under the name it has. */
uint64_t
identity_place(void)
{
	if (!own_place_known) {
		own_place = find_place();
		atomic_signal_fence(memory_order_seq_cst);
		own_place_known = true;
	}
	return own_place;
}

uint64_t
identity_process(void)
{
	if (own_process == 0)
		own_process = image_number() ^ (uint64_t)getpid();
	return own_process;
}

/* What /proc says of a thread. */
struct portrait {
	char state;
	uint64_t nr_threads; /* of its process, itself included */
	uint64_t start;      /* in clock ticks since boot */
	uint64_t stack;      /* where it begins; 0: not to be found out */
};

/* "tid (name) state ...": the name may hold anything but ends at the last
 * parenthesis; the 20th field is the number of threads, the 22nd the start
 * time, the 28th the start of the stack. False: it says no start time. */
static bool
read_stat(const char *text, struct portrait *p)
{
	const char *at = strrchr(text, ')'), *number;
	bool started = false;

	for (unsigned int nr = 3; at != NULL && nr <= 28; nr++) {
		at = strchr(at + 1, ' ');
		if (at == NULL)
			break;
		number = at + 1;
		if (nr == 3) {
			p->state = *number;
		} else if (nr == 20) {
			p->nr_threads = take_number(&number);
		} else if (nr == 22) {
			started = *number >= '0' && *number <= '9';
			p->start = take_number(&number);
		} else if (nr == 28) {
			p->stack = take_number(&number);
		}
	}
	return started;
}

/* False: not to be found out. */
static bool
thread_stat(unsigned int tid, struct portrait *p)
{
	char path[48] = "/proc/", text[512], *end;
	ssize_t len;
	int fd;

	*p = (struct portrait){ 0 };
	/* The thread's own, even if it is the first of its process: to read a
	 * process's sums up its threads, and qemu-user makes one up that tells
	 * when the reader started. */
	end = put_number(path + strlen(path), tid);
	strcpy(end, "/task/");
	strcpy(put_number(end + strlen(end), tid), "/stat");
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	len = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[len > 0 ? len : 0] = '\0';
	return read_stat(text, p);
}

/* The number, folded into so many bits; 0 only for 0, which says nothing. */
static uint64_t
fold(uint64_t n, unsigned int bits)
{
	return n == 0 ? 0 : 1 + n % ((UINT64_C(1) << bits) - 1);
}

static uint64_t
start_part(const struct portrait *p)
{
	return fold(p->start, START_BITS);
}

static uint64_t
stack_part(const struct portrait *p)
{
	/* The last bits are always 0. */
	return fold(p->stack >> 4, STACK_BITS);
}

/* Do both say something, and not the same? */
static bool
differ(uint64_t a, uint64_t b)
{
	return a != 0 && b != 0 && a != b;
}

static uint64_t
random_number(void)
{
	struct timespec now;
	uint64_t number;

	if (getrandom(&number, sizeof(number), GRND_NONBLOCK) == sizeof(number))
		return number;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return image_number() ^ (uint64_t)now.tv_nsec << 32 ^
		(uint64_t)own_tid() << 8 ^ (uint64_t)now.tv_sec;
}

static uint64_t
local_token(unsigned int tid)
{
	struct portrait p;
	uint64_t token = tid |
		(image_number() & ((1u << IMAGE_BITS) - 1)) << IMAGE_SHIFT;

	if (!thread_stat(tid, &p))
		return token; /* never taken for another */
	return token | stack_part(&p) << STACK_SHIFT |
		start_part(&p) << START_SHIFT;
}

/* The token, found just now, unless a handler was quicker. */
static uint64_t
settle_on(_Atomic(uint64_t) *own, uint64_t token)
{
	uint64_t old = 0;

	return atomic_compare_exchange_strong_explicit(own, &old, token,
		       memory_order_relaxed, memory_order_relaxed) ?
		token :
		old;
}

uint64_t
identity_token(uint64_t place)
{
	bool foreign = place == 0 || identity_place() != place;
	_Atomic(uint64_t) *own = foreign ? &own_foreign_token : &own_token;
	uint64_t token = atomic_load_explicit(own, memory_order_relaxed);

	if (token != 0)
		return token;
	return settle_on(own,
		foreign ? random_number() | FOREIGN_BIT :
			  local_token(own_tid()));
}

uint64_t
identity_process_token(uint64_t place)
{
	uint64_t token;

	/* All that are foreign have one name: it says that they do not die. */
	if (place == 0 || identity_place() != place)
		return FOREIGN_BIT | 1;
	token = atomic_load_explicit(&own_process_token, memory_order_relaxed);
	return token != 0 ? token :
			    settle_on(&own_process_token,
				    local_token((unsigned int)getpid()));
}

/* The thread's portrait, and whether it is this one. False: there is none, or
 * of another; nobody can be told from it where `known` stays false. */
static bool
find(uint64_t token, struct portrait *p, bool *known)
{
	unsigned int tid = token & (FOREIGN_BIT - 1);
	uint64_t stack = token >> STACK_SHIFT & ((1u << STACK_BITS) - 1);

	*known = false;
	if (token & FOREIGN_BIT)
		return true;
	/* Asked first, since /proc may be hidden from other users. */
	if (kill((pid_t)tid, 0) < 0 && errno == ESRCH)
		return false;
	*known = thread_stat(tid, p);
	return !*known ||
		(!differ(token >> START_SHIFT, start_part(p)) &&
			!differ(stack, stack_part(p)));
}

static bool
is_zombie(const struct portrait *p)
{
	return p->state == 'Z' || p->state == 'X';
}

bool
identity_is_alive(uint64_t token)
{
	struct portrait p;
	bool known;

	return find(token, &p, &known) && !(known && is_zombie(&p));
}

static bool
in_doubt_alive(uint64_t token)
{
	(void)token;
	return true;
}

identity_alive_fn *
identity_judge(uint64_t place)
{
	return place != 0 && identity_place() == place ? identity_is_alive :
							 in_doubt_alive;
}

bool
identity_process_is_alive(uint64_t token)
{
	struct portrait p;
	bool known;

	/* The first thread may have ended before the others. */
	return find(token, &p, &known) &&
		!(known && is_zombie(&p) && p.nr_threads <= 1);
}

void
identity_after_fork(void)
{
	atomic_store_explicit(&own_token, 0, memory_order_relaxed);
	atomic_store_explicit(&own_foreign_token, 0, memory_order_relaxed);
	atomic_store_explicit(&own_process_token, 0, memory_order_relaxed);
	own_process = 0;
	own_place_known = false;
}
