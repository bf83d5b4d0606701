/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* What can be played: scenes, each on some kinds of pools.
 *
 * A *scene* says what the victim does and in which state of the pool.
 */

#ifndef TEST_FREEZE_REPERTOIRE_H
#define TEST_FREEZE_REPERTOIRE_H

#include <stdbool.h>
#include <stdint.h>

#include <objpool/embed.h>

/* What becomes of the victim at its last step. */
enum mode {
	STOP, /* it stands still until it is told to go on */
	END,  /* the thread is gone */
	KILL, /* the process is gone */
};

/* What pools can be like. */
struct kind {
	const char *name;
	uint32_t flags;
	bool limbo;
	bool shared; /* also where there is one process only */
	bool home;   /* nobody used it: the first to come is at home */
};

#define KIND_PLAIN   (1u << 0)
#define KIND_FENCED  (1u << 1)
#define KIND_MARKED  (1u << 2)
#define KIND_BOTH    (1u << 3) /* fenced and marked */
#define KIND_SIGNALS (1u << 4)
#define KIND_CHECKED (1u << 5)
#define KIND_COMPACT (1u << 6)
#define KIND_LIMBO   (1u << 7)
#define KIND_NESTED  (1u << 8) /* for handlers, and marked */
#define KIND_NARROW  (1u << 9) /* compact, with limbo */
#define KIND_SHARED  (1u << 10)
#define KIND_HOMING  (1u << 11) /* two regions */
#define KIND_HOLDERS (1u << 12)
#define KIND_SMALL   (1u << 13) /* compact, with holders */
#define KIND_LASTING (1u << 14) /* with limbo and holders */
#define KIND_HOME    (1u << 15) /* the killed process's */
#define KIND_ABODE   (1u << 16) /* likewise, and marked */
#define KIND_GUARDED (1u << 17) /* for handlers, marked, with limbo */
#define KIND_COMMON  (1u << 18) /* marked and fenced, shared, with a domain */
#define KINDS        19u
#define KIND_USUAL   (KIND_PLAIN | KIND_FENCED | KIND_MARKED | KIND_BOTH)

extern const struct kind kinds[KINDS];

static inline bool
kind_has_holders(const struct kind *kind)
{
	return kind->flags & OBJPOOL_F_HOLDERS;
}

struct stage;

typedef void
scene_fn(struct stage *st);

#define SCENE_SEATED   (1u << 0) /* the victim has slot 0 before its act */
#define SCENE_CLOSES   (1u << 1) /* the act closes the pool */
#define SCENE_FINISHES (1u << 2) /* somebody finishes the pool */
#define SCENE_OWNS     (1u << 3) /* the victim's process made the pool */
#define SCENE_NESTED   (1u << 4) /* the interlude is a handler of the victim */
#define SCENE_DROPS    (1u << 5) /* the act drops up to DROPS objects */
/* The act keeps the pool for a while, if its process made that. */
#define SCENE_KEEPS    (1u << 6)

struct scene {
	const char *name;
	unsigned int kinds; /* KIND_* */
	unsigned int flags; /* SCENE_* */
	unsigned int nr_slots;
	scene_fn *peers_first;  /* in the main thread; each may be NULL */
	scene_fn *victim_first; /* in the victim */
	scene_fn *peers_then;   /* in the main thread */
	scene_fn *act;          /* the victim, step by step */
	scene_fn *interlude; /* in the main thread, at one of the first steps */
};

extern const struct scene scenes[], more_scenes[], last_scenes[];
extern const unsigned int nr_scenes, nr_more_scenes, nr_last_scenes;

#endif /* TEST_FREEZE_REPERTOIRE_H */
