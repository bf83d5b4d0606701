/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* A pool in shared memory, used by programs that were not forked from its
 * creator: each is started by exec and maps the memory by its name, where the
 * creator has it or elsewhere.
 *
 * A pool has no address in it but those of its objects, and these are its
 * creator's. So a program that has the memory elsewhere works with them as with
 * numbers, and adds the distance before it looks at an object; or the objects
 * are numbers to begin with (OBJPOOL_F_EXTERNAL).
 *
 * The memory is one file: a table of what every program must know, the pool's
 * head, and behind it the areas that the pool asked for. Each object starts with
 * a word for its holder, by which an object that is there twice is noticed. The
 * program is this one again, with arguments; it tells by its exit status.
 */

#include "unit.h"

#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define NR       200
#define PAIRS    20000u
#define HELD     5 /* by a program when it is killed */
#define MAP_SIZE (4u << 20)

struct common {
	struct objpool pool;
	uintptr_t base; /* where the creator has it */
	size_t used;
	/* External objects: number i + 1 is held by. */
	_Atomic(uint64_t) holder[NR];
};

static char name[64];
static const char *self;

static struct objpool_attr plain = {
	.nr_objs = NR,
	.obj_size = 64,
	.nr_slots = 4,
	.block_objs = 8,
};

/* --- the creator's memory --- */

static int
carve(void *ctx, size_t len, size_t align, int node,
	const struct objpool_teller *teller, struct objpool_area *area)
{
	struct common *c = ctx;
	size_t at = (c->used + align - 1) & ~(align - 1);

	(void)teller;
	if (at + len > MAP_SIZE)
		return -ENOMEM;
	c->used = at + len;
	*area = (struct objpool_area){
		.addr = (char *)c + at,
		.len = len,
		.mapped = len,
		.node = node,
	};
	return 0;
}

static void
keep(void *ctx, const struct objpool_area *area)
{
	(void)ctx;
	(void)area;
}

static const struct objpool_mem_ops carve_ops = {
	.name = "one file",
	.shared = 1,
	.alloc = carve,
	.free = keep,
};

static void *
map_at(uintptr_t addr)
{
	int fd = shm_open(name, O_RDWR, 0);
	void *map;

	if (fd < 0)
		return MAP_FAILED;
	map = mmap((void *)addr, MAP_SIZE, PROT_READ | PROT_WRITE,
		MAP_SHARED | (addr != 0 ? MAP_FIXED_NOREPLACE : 0), fd, 0);
	close(fd);
	return map;
}

/* Where no program has anything, whatever the machine and the sanitizer. */
static void *
map_apart(void)
{
	static const uint64_t where[] = { UINT64_C(0x200000000000),
		UINT64_C(0x2000000000), 0x60000000 };
	void *map = MAP_FAILED;

	for (size_t i = 0; i < COUNT_OF(where) && map == MAP_FAILED; i++)
		if (where[i] <= UINTPTR_MAX)
			map = map_at((uintptr_t)where[i]);
	return map;
}

static struct common *
make_common(const struct objpool_attr *wanted)
{
	struct objpool_attr attr = *wanted;
	struct objpool_mem mem = { .ops = &carve_ops };
	struct common *c;
	int fd;

	snprintf(name, sizeof(name), "/objpool-test-%d", (int)getpid());
	fd = shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0600);
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, MAP_SIZE), 0);
	close(fd);
	c = map_apart();
	assert_ptr_not_equal(c, MAP_FAILED);
	c->base = (uintptr_t)c;
	c->used = sizeof(*c);
	mem.ctx = c;
	attr.mem = &mem;
	assert_int_equal(objpool_init(&c->pool, &attr), 0);
	if (attr.flags & OBJPOOL_F_EXTERNAL)
		for (uintptr_t i = 1; i <= NR; i++)
			assert_int_equal(objpool_push((void *)i, &c->pool), 0);
	return c;
}

static void
end_common(struct common *c)
{
	assert_int_equal(objpool_nr_free(&c->pool), NR);
	assert_int_equal(objpool_free(&c->pool), 0);
	munmap(c, MAP_SIZE);
	shm_unlink(name);
}

/* --- what creator and programs do --- */

/* The word for the holder of an object, seen from here. */
static _Atomic(uint64_t) *
word_of(struct common *c, void *obj)
{
	uintptr_t at = (uintptr_t)obj;

	if (at <= NR)
		return &c->holder[at - 1];
	return (void *)((char *)c + (at - c->base));
}

/* Pop and push, up to `most` objects at a time. What went wrong, 0 if nothing
 * did. */
static int
play(struct common *c, uint64_t who, unsigned int most)
{
	struct rng rng;
	void *objs[NR];

	rng_init(&rng, env_seed(), who);
	for (unsigned int i = 0; i < env_times(PAIRS); i++) {
		unsigned int n = rng_upto(&rng, most);

		if (objpool_pop_bulk(&c->pool, objs, n) != 0)
			return 3;
		for (unsigned int k = 0; k < n; k++)
			if (atomic_exchange(word_of(c, objs[k]), who) != 0)
				return 4;
		for (unsigned int k = 0; k < n; k++)
			if (atomic_exchange(word_of(c, objs[k]), 0) != who)
				return 5;
		if (objpool_push_bulk(objs, n, &c->pool) != 0)
			return 6;
	}
	return 0;
}

/* Map it where its creator has it, or elsewhere; there, nothing is where the
 * creator has it. */
static struct common *
attach(bool elsewhere)
{
	struct common *c = map_at(0);
	uintptr_t base;

	if (c == MAP_FAILED)
		return NULL;
	base = c->base;
	if (!elsewhere) {
		munmap(c, MAP_SIZE);
		c = map_at(base);
	} else if (mmap((void *)base, MAP_SIZE, PROT_NONE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE,
			   -1, 0) != (void *)base) {
		return NULL;
	}
	return c;
}

/* The program: NAME same|elsewhere play|play all|hold|end. */
static int
be_program(char **args)
{
	struct common *c;
	void *objs[NR];

	snprintf(name, sizeof(name), "%s", args[1]);
	c = attach(strcmp(args[2], "elsewhere") == 0);
	if (c == NULL || (void *)c == MAP_FAILED)
		return 11;
	if (strcmp(args[3], "play") == 0)
		return play(c, (uint64_t)getpid(), NR / 3);
	if (strcmp(args[3], "play all") == 0)
		return play(c, (uint64_t)getpid(), NR);
	if (strcmp(args[3], "end") == 0)
		return objpool_fini(&c->pool) == -EPERM &&
				objpool_free(&c->pool) == -EPERM &&
				objpool_free_forced(&c->pool) == -EPERM ?
			0 :
			12;
	/* Objects in private blocks, some in hand, and death. */
	if (objpool_pop_bulk(&c->pool, objs, NR) != 0 ||
		objpool_push_bulk(objs, NR - HELD, &c->pool) != 0)
		return 13;
	for (unsigned int k = NR - HELD; k < NR; k++)
		atomic_store(word_of(c, objs[k]), 1);
	raise(SIGKILL);
	return 14;
}

static pid_t
run(const char *where, const char *what)
{
	char seed[40];
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid != 0)
		return pid;
	snprintf(seed, sizeof(seed), "%" PRIu64, env_seed());
	setenv("OBJPOOL_TEST_SEED", seed, 1);
	execl(self, self, name, where, what, NULL);
	_exit(127);
}

static int
status_of(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void
expect_content(pid_t pid)
{
	int status = status_of(pid);

	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* The creator and two programs. */
static void
share(struct objpool_attr attr, const char *one, const char *other)
{
	struct common *c = make_common(&attr);
	pid_t a = run(one, "play");
	pid_t b = run(other, "play");

	assert_int_equal(play(c, (uint64_t)getpid(), NR / 3), 0);
	expect_content(a);
	expect_content(b);
	expect_content(run(other, "end"));
	end_common(c);
}

/* covers G2 G3 */
static void
programs_that_map_it_at_the_same_address_share_a_pool(void **state)
{
	(void)state;
	share(plain, "same", "same");
}

/* covers G2 G3 */
static void
programs_that_map_it_elsewhere_share_a_pool(void **state)
{
	struct objpool_attr attr = plain;

	(void)state;
	share(attr, "same", "elsewhere");
	share(attr, "elsewhere", "elsewhere");
	attr.flags = OBJPOOL_F_COMPACT;
	share(attr, "same", "elsewhere");
	attr.flags = OBJPOOL_F_MARKED;
	share(attr, "same", "elsewhere");
}

static void
programs_share_a_pool_of_numbers_wherever_it_is(void **state)
{
	struct objpool_attr attr = plain;

	(void)state;
	attr.flags = OBJPOOL_F_EXTERNAL;
	attr.obj_size = 0;
	share(attr, "same", "elsewhere");
}

/* In checked mode a process knows objects by where they are. */
static void
programs_share_a_checked_pool_where_its_creator_has_it(void **state)
{
	struct objpool_attr attr = plain;

	(void)state;
	attr.flags = OBJPOOL_F_CHECKED;
	share(attr, "same", "same");
}

/* On behalf of the dead: push what has their mark. */
static unsigned int
push_marked(struct common *c, void *const *all)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < NR; i++)
		if (atomic_exchange(word_of(c, all[i]), 0) != 0) {
			assert_int_equal(objpool_push(all[i], &c->pool), 0);
			n++;
		}
	return n;
}

/* covers G7 */
static void
killed_programs_take_away_what_they_held(void **state)
{
	struct common *c = make_common(&plain);
	void *all[NR];

	(void)state;
	assert_int_equal(objpool_pop_bulk(&c->pool, all, NR), 0);
	assert_int_equal(objpool_push_bulk(all, NR, &c->pool), 0);
	for (unsigned int i = 0; i < 10; i++) {
		pid_t pid = run(i % 2 ? "same" : "elsewhere", "hold");

		assert_true(WIFSIGNALED(status_of(pid)));
		assert_int_equal(objpool_nr_free(&c->pool), NR - HELD);
		assert_int_equal(push_marked(c, all), HELD);
		assert_int_equal(objpool_pop_bulk(&c->pool, all, NR), 0);
		assert_null(objpool_pop(&c->pool));
		assert_int_equal(objpool_push_bulk(all, NR, &c->pool), 0);
	}
	/* More programs died than there are slots. */
	assert_true(stats_of(&c->pool).takeovers > 0);
	end_common(c);
}

static void
control_a_program_that_pushes_an_object_twice_is_noticed(void **state)
{
	struct common *c = make_common(&plain);
	void *obj = objpool_pop(&c->pool);
	int status;
	pid_t pid;

	(void)state;
	assert_non_null(obj);
	atomic_store(word_of(c, obj), 1); /* we go on holding it */
	assert_int_equal(objpool_push(obj, &c->pool), 0);
	pid = run("elsewhere", "play all");
	status = status_of(pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 4);
	assert_int_equal(objpool_free_forced(&c->pool), 0);
	munmap(c, MAP_SIZE);
	shm_unlink(name);
}

int
main(int argc, char **args)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			programs_that_map_it_at_the_same_address_share_a_pool),
		cmocka_unit_test(programs_that_map_it_elsewhere_share_a_pool),
		cmocka_unit_test(
			programs_share_a_pool_of_numbers_wherever_it_is),
		cmocka_unit_test(
			programs_share_a_checked_pool_where_its_creator_has_it),
		cmocka_unit_test(killed_programs_take_away_what_they_held),
		cmocka_unit_test(
			control_a_program_that_pushes_an_object_twice_is_noticed),
	};

	if (argc == 4)
		return be_program(args);
	self = args[0];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
