/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* The machine that contests run on, as far as it is not Relacy: the ledger, the
 * heavy fence, death, and the events that show in W.
 */

#include "model.h"
#include "grace.h"

struct hand hands[THREADS];

/* --- the ledger --- */

struct ledger {
	int holder[OBJS];
	unsigned int touched[OBJS];
	bool found[OBJS];
	uint64_t due[OBJS]; /* nobody's before that grace period is over */
	rl::var<unsigned int> content[OBJS];
	cell<uint32_t> idle;
	rl::var<unsigned int> is_gone; /* guarded memory */
	/* From the caller of a heavy fence to a thread and back. */
	cell<uint32_t> mail[THREADS][THREADS];
};

static unsigned int nr_objs;
static char ledger_memory[sizeof(struct ledger)] __attribute__((aligned(64)));
static struct ledger *const ledger = (struct ledger *)ledger_memory;

void
ledger_start(unsigned int n)
{
	new (ledger) struct ledger();
	nr_objs = n;
	for (unsigned int i = 0; i < OBJS; i++) {
		ledger->holder[i] = NOBODY;
		ledger->touched[i] = 0;
		ledger->found[i] = false;
		ledger->due[i] = 0;
		ledger->content[i]($) = 0;
	}
	memset(hands, 0, sizeof(hands));
}

void
ledger_stop(void)
{
	ledger->~ledger();
}

static unsigned int
index_of(const void *obj)
{
	uintptr_t i = (uintptr_t)obj - 1;

	CHECK("an object" && i < nr_objs);
	return (unsigned int)i;
}

/* Write the content: a race if two do, and it must be what the last one wrote.
 */
static void
touch(unsigned int i)
{
	CHECK("its content" &&
		(unsigned int)ledger->content[i]($) == ledger->touched[i]);
	ledger->content[i]($) = ++ledger->touched[i];
}

void *
ledger_deal(unsigned int obj, int thread)
{
	struct hand *h = &hands[thread];

	ledger->holder[obj] = thread;
	h->objs[h->n++] = (void *)(uintptr_t)(obj + 1);
	return (void *)(uintptr_t)(obj + 1);
}

void
ledger_got(void *const *objs, unsigned int n)
{
	for (unsigned int k = 0; k < n; k++) {
		unsigned int i = index_of(objs[k]);

		CHECK("one holder" && ledger->holder[i] == NOBODY);
		CHECK("its grace period" && ledger->due[i] <= grace_over());
		ledger->holder[i] = self();
		touch(i);
	}
}

void
ledger_give(void *const *objs, unsigned int n)
{
	for (unsigned int k = 0; k < n; k++) {
		unsigned int i = index_of(objs[k]);

		CHECK("its holder" && ledger->holder[i] == self());
		touch(i);
		ledger->holder[i] = NOBODY;
	}
}

void
ledger_give_rcu(void *const *objs, unsigned int n)
{
	for (unsigned int k = 0; k < n; k++) {
		unsigned int i = index_of(objs[k]);

		CHECK("its holder" && ledger->holder[i] == self());
		ledger->due[i] = grace_next();
		ledger->holder[i] = NOBODY;
	}
}

void
ledger_bury(const void *obj)
{
	ledger->holder[index_of(obj)] = NOBODY;
}

void
ledger_park(unsigned int obj)
{
	ledger->due[obj] = 1;
}

unsigned int
ledger_look(const void *obj)
{
	return ledger->content[index_of(obj)]($);
}

void
ledger_idle(void)
{
	ledger->idle.load(mo_relaxed, $);
}

void
ledger_found(void *obj)
{
	unsigned int i = index_of(obj);

	CHECK("in one place" && !ledger->found[i]);
	CHECK("not held" && ledger->holder[i] == NOBODY);
	ledger->found[i] = true;
}

void
ledger_balance(unsigned int lost)
{
	unsigned int missing = 0;

	for (unsigned int i = 0; i < nr_objs; i++)
		missing += ledger->holder[i] == NOBODY && !ledger->found[i];
	CHECK("nothing lost" && missing <= lost);
	if (missing > 0)
		saw(LOST_OBJECT);
}

/* --- the heavy fence --- */

/* What lib/membarrier.c does on a machine, done to the model: each thread passes
 * a full fence somewhere between call and return, wherever it is in its program.
 * It sees then what the caller did before, and the caller sees afterwards what
 * it did before that. A thread that is over passed one at its end. */

static bool wanted[THREADS][THREADS]; /* of a thread, by a caller */
static bool is_over[THREADS];

static void
pass_fence(int thread, int caller)
{
	cell<uint32_t> *mail = &ledger->mail[thread][caller];

	mail->fetch_add(0, mo_acquire, $);
	rl::ctx().atomic_thread_fence_seq_cst();
	mail->fetch_add(0, mo_release, $);
	wanted[thread][caller] = false;
}

static void
pass_fences(unsigned int one_in)
{
	int thread = self();

	for (int caller = 0; caller < THREADS; caller++)
		if (wanted[thread][caller] && rl::rand(one_in) == 0)
			pass_fence(thread, caller);
}

void
machine_end_thread(void)
{
	for (int caller = 0; caller < THREADS && flavour == FREE; caller++)
		ledger->mail[self()][caller].fetch_add(0, mo_release, $);
	is_over[self()] = true;
}

unsigned int nr_threads_apart;
bool reach_is_short;
bool (*may_run)(uint64_t token);

/* How many a thread has made, now and when it last marked a block. */
static unsigned int nr_heavy[THREADS];
static unsigned int nr_heavy_then[THREADS];

/* Is it of the other process? */
static bool
is_apart(int thread)
{
	return (unsigned int)(THREADS - 1 - thread) < nr_threads_apart;
}

void
fence_all(unsigned int reach)
{
	int caller = self();

	CHECK("a fence that there is" && fence_works(reach));
	on_access(NULL);
	nr_heavy[caller]++;
	saw(reach & REACH_OTHERS ? REACHED_OTHERS : REACHED_OWN);
	/* Half the time all pass it at once: then more is left for later. */
	if (rl::rand(2) == 0 &&
		(nr_threads_apart == 0 || (reach & REACH_OTHERS))) {
		rl::systemwide_fence($);
		return;
	}
	for (int t = 0; t < THREADS; t++) {
		if (!(reach & REACH_OTHERS) && is_apart(t) != is_apart(caller))
			continue;
		ledger->mail[t][caller].fetch_add(0, mo_release, $);
		wanted[t][caller] = t != caller;
	}
	for (int t = 0; t < THREADS; t++) {
		while (wanted[t][caller] && !is_over[t]) {
			pass_fences(1);
			ledger_idle();
		}
		ledger->mail[t][caller].fetch_add(0, mo_acquire, $);
	}
	rl::ctx().atomic_thread_fence_seq_cst();
}

bool
fence_join(void)
{
	return true;
}

uint64_t
fence_process(void)
{
	return 2 + is_apart(self());
}

bool
fence_is_needed(uint64_t, uint64_t token)
{
	return token != 0 && (may_run == NULL || may_run(token));
}

bool
fence_works(unsigned int reach)
{
	return !(reach & REACH_OTHERS) || !reach_is_short;
}

/* --- memory that is freed --- */

void (*on_resume)(void);

static uintptr_t guarded;
static size_t guarded_size;

void
guard_memory(const void *from, size_t size)
{
	guarded = (uintptr_t)from;
	guarded_size = size;
	ledger->is_gone($) = 0;
}

static void
touch_memory(const void *at)
{
	if ((uintptr_t)at - guarded < guarded_size)
		CHECK("not freed" && (unsigned int)ledger->is_gone($) == 0);
}

void
guard_free(void)
{
	CHECK("freed once" && (unsigned int)ledger->is_gone($) == 0);
	ledger->is_gone($) = 1;
	saw(RELEASED_POOL);
}

/* --- death --- */

static unsigned int steps_left[THREADS];

void
die_at(unsigned int n)
{
	steps_left[self()] = n;
}

void
on_access(const void *at)
{
	unsigned int *left = &steps_left[self()];

	touch_memory(at);

	pass_fences(2);
	grace_step();
	if (*left > 0 && --*left == 0) {
		saw(DIED);
		throw death();
	}
}

/* --- what happens to blocks --- */

#define BLOCKS_MAX 160
#define RUNS_MAX   2

/* Blocks side by side; of each region some. */
static struct {
	uintptr_t first;
	size_t stride;
	unsigned int n;
} runs[RUNS_MAX];
static unsigned int nr_runs;
static unsigned int nr_watched;
static unsigned int block_cap;

/* Whose batch it was, if it is in limbo and was let go before it was full. */
static unsigned int early_of[BLOCKS_MAX];

/* The last W that a thread saw. */
uint64_t last_w[THREADS];
bool settled_itself[THREADS];

void
watch_blocks(void *first, size_t stride, unsigned int n, unsigned int cap)
{
	nr_runs = nr_watched = 0;
	memset(early_of, 0, sizeof(early_of));
	block_cap = cap;
	watch_more_blocks(first, stride, n);
}

void
watch_more_blocks(void *first, size_t stride, unsigned int n)
{
	CHECK(nr_runs < RUNS_MAX && nr_watched + n <= BLOCKS_MAX);
	runs[nr_runs++] = { (uintptr_t)first, stride, n };
	nr_watched += n;
}

/* The number of the block whose W this is; nr_watched if it is none. */
static unsigned int
block_with_w(const void *at)
{
	unsigned int before = 0;

	for (unsigned int i = 0; i < nr_runs; i++) {
		uintptr_t offset = (uintptr_t)at - runs[i].first;

		if (offset < runs[i].n * runs[i].stride)
			return offset % runs[i].stride ==
					offsetof(struct objpool_block, w) ?
				before +
					(unsigned int)(offset /
						runs[i].stride) :
				nr_watched;
		before += runs[i].n;
	}
	return nr_watched;
}

static bool
is_w(const void *at)
{
	return block_with_w(at) < nr_watched;
}

void
on_load(const void *at, uint64_t value)
{
	if (is_w(at))
		last_w[self()] = value;
}

static void
classify_public(uint64_t from, uint64_t to)
{
	if (w_mode(to) == MODE_PRIV) {
		saw(w_own(from) == OWN_NONE ? ADOPTED : REBIASED);
		if (w_gen(to) != w_gen(from) + 1)
			saw(COLLIDED);
	} else if (w_mode(to) == MODE_LIMBO) {
		saw(OPENED);
	} else if (w_own(to) != w_own(from)) {
		saw(w_own(to) != OWN_NONE ? BOUND : RELEASED_PUB);
	} else {
		saw(w_len(to) < w_len(from) ? TAKEN : PUT);
	}
}

/* A slot has let go of a batch before it was full: it has no other such. */
static void
note_early(unsigned int block, unsigned int own)
{
	saw(LET_GO_EARLY);
	for (unsigned int i = 0; i < nr_watched; i++)
		CHECK("one early batch" && early_of[i] != own);
	early_of[block] = own;
}

static void
classify_limbo(unsigned int block, uint64_t from, uint64_t to)
{
	if (w_mode(to) != MODE_LIMBO) {
		saw(w_len(from) > 0 ? RIPENED : DISSOLVED);
		early_of[block] = 0;
		return;
	}
	if (w_flip(to) < w_flip(from))
		saw(REOPENED);
	else if (w_flip(to) == w_flip(from) && w_own(to) == w_own(from))
		saw(PARKED);
	else if (w_flip(to) > w_flip(from))
		saw((int)w_own(from) == self() + 1 ? CLOSED : CLOSED_BY_OTHER);
	if (w_own(to) != w_own(from)) {
		saw(LET_GO);
		if (w_len(to) < block_cap)
			note_early(block, w_own(from));
	}
}

void
on_change(const void *at, bool done, uint64_t from, uint64_t to)
{
	if (!is_w(at))
		return;
	last_w[self()] = done ? to : from;
	if (!done) {
		saw(RACED);
		return;
	}
	switch (w_mode(from)) {
	case MODE_PUB:
		classify_public(from, to);
		break;
	case MODE_PRIV:
		saw(w_mode(to) == MODE_REVK ? MARKED : RELEASED);
		nr_heavy_then[self()] = nr_heavy[self()];
		break;
	case MODE_LIMBO:
		classify_limbo(block_with_w(at), from, to);
		break;
	case MODE_REVK:
		if (w_own(to) == OWN_NONE) {
			saw(RELEASED_REVK);
		} else if ((int)w_own(to) == self() + 1) {
			saw(SETTLED_BY_OWNER);
			settled_itself[self()] = true;
		} else {
			saw(SETTLED);
			if (nr_heavy[self()] == nr_heavy_then[self()])
				saw(SPARED);
		}
		break;
	}
}

void
machine_start(void)
{
	on_resume = NULL;
	nr_threads_apart = 0;
	reach_is_short = false;
	may_run = NULL;
	memset(nr_heavy, 0, sizeof(nr_heavy));
	memset(nr_heavy_then, 0, sizeof(nr_heavy_then));
	guarded_size = 0;
	memset(steps_left, 0, sizeof(steps_left));
	memset(wanted, 0, sizeof(wanted));
	memset(is_over, 0, sizeof(is_over));
}
