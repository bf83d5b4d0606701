/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* The kinds of pools, in the order of their bits (repertoire.h).
 *
 * In mode kill all pools are shared, and the victim is the second process of most:
 * it pays for fences. Of a pool that is *at home* nobody had a slot when the
 * victim came; so that one is the first, and does without until others come.
 * These kinds are for that mode only.
 */

#include "repertoire.h"

const struct kind kinds[KINDS] = {
	{ .name = "membarrier" },
	{ .name = "fenced", .flags = OBJPOOL_F_FENCED },
	{ .name = "marked", .flags = OBJPOOL_F_MARKED },
	{ .name = "fenced and marked",
		.flags = OBJPOOL_F_FENCED | OBJPOOL_F_MARKED },
	{ .name = "for handlers",
		.flags = OBJPOOL_F_SIGNALS | OBJPOOL_F_FENCED },
	{ .name = "checked", .flags = OBJPOOL_F_CHECKED },
	{ .name = "compact", .flags = OBJPOOL_F_COMPACT },
	{ .name = "with limbo", .limbo = true },
	{ .name = "for handlers, and marked",
		.flags = OBJPOOL_F_SIGNALS | OBJPOOL_F_MARKED },
	{ .name = "compact, with limbo",
		.flags = OBJPOOL_F_COMPACT,
		.limbo = true },
	{ .name = "shared", .shared = true },
	{ .name = "homing", .flags = OBJPOOL_F_HOMING },
	{ .name = "with holders", .flags = OBJPOOL_F_HOLDERS, .shared = true },
	{ .name = "compact, with holders",
		.flags = OBJPOOL_F_HOLDERS | OBJPOOL_F_COMPACT,
		.shared = true },
	{ .name = "with limbo and holders",
		.flags = OBJPOOL_F_HOLDERS,
		.limbo = true },
	{ .name = "at home", .shared = true, .home = true },
	{ .name = "at home, and marked",
		.flags = OBJPOOL_F_MARKED,
		.shared = true,
		.home = true },
	{ .name = "for handlers, marked, with limbo",
		.flags = OBJPOOL_F_SIGNALS | OBJPOOL_F_MARKED,
		.limbo = true },
	{ .name = "shared, with a domain",
		.flags = OBJPOOL_F_FENCED | OBJPOOL_F_MARKED,
		.limbo = true,
		.shared = true },
};
