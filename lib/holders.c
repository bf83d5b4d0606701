/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Who has which object: a word for each, on the slow path of pop, push and
 * drop.
 *
 * Words of the pool's own objects are a table in its memory; those of external
 * objects lie with them, at a distance that the user gave. They are written
 * inside the operation's mark: after an object left its block, and before it
 * enters one. As in checked mode that also tells a second push from a first; of
 * a foreign object it does where the objects are the pool's.
 *
 * What the words are good for: reclaim.c.
 */

#include <errno.h>

#include "holders.h"
#include "identity.h"

static_assert(HOLDER_TOKEN_BITS == IDENTITY_NAME_BITS,
	"tokens and free words differ in the bits that are 0 in one");
static_assert(HOLDER_COUNT_SHIFT < 64 - 24, "room to count pushes");

size_t
holders_bytes(uint32_t nr_objs)
{
	return (size_t)nr_objs * sizeof(uint64_t);
}

_Atomic(uint64_t) *
holders_word(const struct arena *a, const void *obj)
{
	uintptr_t at = (uintptr_t)obj + (uintptr_t)a->holder_at;
	uint32_t index;

	if (a->stride == 0)
		return at % sizeof(uint64_t) == 0 ? (void *)at : NULL;
	index = object_index(a, obj);
	return index < a->nr_objs ?
		(_Atomic(uint64_t) *)at_offset(a, a->holders) + index :
		NULL;
}

void
holders_init(const struct arena *a)
{
	_Atomic(uint64_t) *word = at_offset(a, a->holders);

	for (uint32_t i = 0; i < a->nr_objs; i++)
		atomic_init(&word[i], HOLDER_FIRST);
}

void
holders_popped(const struct arena *a, void *const *objs, unsigned int n)
{
	uint64_t token = n > 0 ? identity_process_token(a->place) : 0;

	for (unsigned int i = 0; i < n; i++) {
		_Atomic(uint64_t) *word = holders_word(a, objs[i]);

		/* None where the pool is not where its creator has it. */
		if (word != NULL)
			holder_pop(word, token);
	}
}

static unsigned int
change(const struct arena *a, void *const *objs, unsigned int n, uint64_t to,
	int *error)
{
	*error = 0;
	for (unsigned int i = 0; i < n; i++) {
		_Atomic(uint64_t) *word = holders_word(a, objs[i]);

		if (word == NULL)
			*error = -EINVAL;
		else if (!holder_push(word, to))
			*error = -EEXIST;
		if (*error != 0)
			return i;
	}
	return n;
}

unsigned int
holders_pushable(const struct arena *a, struct slot *s, void *const *objs,
	unsigned int n, int *error)
{
	return change(a, objs, n, holder_new(s), error);
}

unsigned int
holders_dropped(const struct arena *a, void *const *objs, unsigned int n,
	int *error)
{
	unsigned int done = 0, m;
	int why;

	*error = 0;
	for (; n > 0; objs += m, n -= m) {
		m = change(a, objs, n, HOLDER_GONE, &why);
		done += m;
		if (why != 0) {
			*error = why;
			m++;
		}
	}
	return done;
}

void
holders_renew(struct arena *a, struct slot *s, void *const *objs,
	unsigned int n)
{
	uint64_t to = holder_new(s);

	for (unsigned int i = 0; i < n; i++) {
		_Atomic(uint64_t) *word = holders_word(a, objs[i]);

		if (word != NULL)
			holder_renew(word, to);
	}
}
