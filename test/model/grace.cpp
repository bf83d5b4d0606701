/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Grace periods; grace.h says what they order.
 *
 * What has begun and what is over is kept in plain variables, which are as new
 * as can be for everybody: a real domain may know it later. The order between
 * threads goes through two cells for each grace period: `asked`, from those who
 * asked for it to the sections that begin after it did, and `left`, from the
 * sections that it waited for to those who learn that it is over. As each
 * access to a cell is a read-modify-write, who acquires gets the order of all
 * that released before. Cells are used again after CELLS grace periods, which
 * only adds order.
 *
 * How fast they go is up to chance, once for each run: at once, or so slowly
 * that much happens meanwhile.
 */

#include "grace.h"
#include "model.h"

#define CELLS 8

struct cells {
	cell<uint32_t> asked[CELLS];
	cell<uint32_t> left[CELLS];
};

static char cells_memory[sizeof(struct cells)] __attribute__((aligned(64)));
static struct cells *const cells = (struct cells *)cells_memory;

static bool is_on;
static unsigned int pace; /* accesses from one step to the next, roughly */
static uint64_t wanted, begun, over;
static bool reads[THREADS];
static bool is_waited_for[THREADS];
static uint64_t learned[THREADS]; /* acquired, and the last for all */

void
grace_set_up(void)
{
	new (cells) struct cells();
	is_on = true;
	pace = rl::rand(2) == 0 ? 3 : 60;
	wanted = begun = over = 0;
	memset(reads, 0, sizeof(reads));
	memset(is_waited_for, 0, sizeof(is_waited_for));
	memset(learned, 0, sizeof(learned));
}

void
grace_tear_down(void)
{
	is_on = false;
	cells->~cells();
}

static bool
is_held_up(void)
{
	for (int t = 0; t < THREADS; t++)
		if (is_waited_for[t])
			return true;
	return false;
}

void
grace_step(void)
{
	if (!is_on || (begun == over && wanted == begun) || rl::rand(pace) != 0)
		return;
	if (begun == over) {
		begun++;
		memcpy(is_waited_for, reads, sizeof(reads));
		saw(is_held_up() ? GRACE_HELD_UP : GRACE);
	} else if (!is_held_up()) {
		over = begun;
	}
}

uint64_t
grace_start(void)
{
	uint64_t cookie;

	on_access(NULL);
	/* If that one has begun meanwhile, the next. */
	do {
		cookie = begun + 1;
		cells->asked[cookie % CELLS].fetch_add(0, mo_release, $);
	} while (begun >= cookie);
	if (wanted < cookie)
		wanted = cookie;
	resume();
	return cookie;
}

bool
grace_done(uint64_t cookie)
{
	uint64_t *g = &learned[self()];

	on_access(NULL);
	if (over < cookie)
		return false;
	if (*g + CELLS < cookie)
		*g = cookie - CELLS;
	while (*g < cookie)
		cells->left[++*g % CELLS].fetch_add(0, mo_acquire, $);
	return true;
}

void
reader_enter(void)
{
	uint64_t from;

	on_access(NULL);
	reads[self()] = true;
	from = begun > CELLS ? begun - CELLS + 1 : 1;
	for (uint64_t g = from; g <= begun; g++)
		cells->asked[g % CELLS].fetch_add(0, mo_acquire, $);
}

void
reader_leave(void)
{
	uint64_t g;

	on_access(NULL);
	/* It may begin meanwhile and wait for this, but is not over before. */
	g = is_waited_for[self()] ? begun : begun + 1;
	cells->left[g % CELLS].fetch_add(0, mo_release, $);
	reads[self()] = false;
	is_waited_for[self()] = false;
}

uint64_t
grace_next(void)
{
	return is_on ? begun + 1 : 0;
}

uint64_t
grace_over(void)
{
	return over;
}
