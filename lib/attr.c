/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* Are a pool's attributes within their limits, and does objinit return what it
 * may? One line tells whoever made them which is not, what it is, and what it
 * may be.
 */

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "attr.h"
#include "core/word.h"

#define FLAGS_NOT_EXTERNAL                                                     \
	(OBJPOOL_F_CHECKED | OBJPOOL_F_COMPACT | OBJPOOL_F_HOMING)

/* Where the complaint goes. */
struct complaint {
	const struct objpool_attr *attr;
	char line[160];
};

static bool
is_power_of_two(uint32_t n)
{
	return n != 0 && (n & (n - 1)) == 0;
}

static int
refuse(const struct complaint *c)
{
	char line[256];

	snprintf(line, sizeof(line), "pool %.*s: %s", (int)OBJPOOL_NAME_MAX,
		c->attr->name != NULL ? c->attr->name : "unnamed", c->line);
	if (c->attr->log != NULL)
		c->attr->log(c->attr->ctx, line);
	else
		fprintf(stderr, "objpool: %s\n", line);
	return -EINVAL;
}

/* 0 if it may be that. */
static int
range(struct complaint *c, const char *what, uint64_t is, uint64_t least,
	uint64_t most)
{
	if (is >= least && is <= most)
		return 0;
	snprintf(c->line, sizeof(c->line),
		"%s is %" PRIu64 ", not %" PRIu64 " to %" PRIu64, what, is,
		least, most);
	return refuse(c);
}

static int
power(struct complaint *c, const char *what, uint32_t is, uint32_t least,
	uint32_t most)
{
	if (is == 0 || (is_power_of_two(is) && is >= least && is <= most))
		return 0;
	snprintf(c->line, sizeof(c->line),
		"%s is %" PRIu32 ", not a power of two from %" PRIu32
		" to %" PRIu32,
		what, is, least, most);
	return refuse(c);
}

/* Of pools whose objects are elsewhere. */
static int
check_external(struct complaint *c)
{
	const struct objpool_attr *attr = c->attr;

	if (attr->obj_size != 0)
		strcpy(c->line, "OBJPOOL_F_EXTERNAL goes with obj_size 0");
	else if (attr->objinit != NULL)
		strcpy(c->line, "OBJPOOL_F_EXTERNAL goes without objinit");
	else if (attr->flags & FLAGS_NOT_EXTERNAL)
		strcpy(c->line,
			"OBJPOOL_F_EXTERNAL goes without "
			"OBJPOOL_F_CHECKED, OBJPOOL_F_COMPACT and "
			"OBJPOOL_F_HOMING");
	else
		return 0;
	return refuse(c);
}

static int
check_holders(struct complaint *c)
{
	const struct objpool_attr *attr = c->attr;
	const uint32_t both = OBJPOOL_F_EXTERNAL | OBJPOOL_F_HOLDERS;

	if (attr->holder_at == 0 || (attr->flags & both) == both)
		return 0;
	strcpy(c->line,
		"holder_at goes with OBJPOOL_F_EXTERNAL and OBJPOOL_F_HOLDERS");
	return refuse(c);
}

int
attr_check(const struct objpool_attr *attr)
{
	struct complaint c = { .attr = attr };
	int rc;

	if (attr->flags & ~OBJPOOL_F_ALL) {
		snprintf(c.line, sizeof(c.line),
			"flags 0x%" PRIx32 " are not known to this version",
			attr->flags & ~OBJPOOL_F_ALL);
		return refuse(&c);
	}
	rc = range(&c, "nr_objs", attr->nr_objs, 1, OBJPOOL_OBJS_MAX);
	if (rc == 0 && attr->flags & OBJPOOL_F_EXTERNAL)
		rc = check_external(&c);
	else if (rc == 0)
		rc = range(&c, "obj_size", attr->obj_size, 1, OBJPOOL_SIZE_MAX);
	if (rc == 0)
		rc = check_holders(&c);
	if (rc == 0)
		rc = power(&c, "obj_align", attr->obj_align, 1, ATTR_ALIGN_MAX);
	if (rc == 0)
		rc = range(&c, "nr_slots", attr->nr_slots, 0,
			OBJPOOL_SLOTS_MAX);
	if (rc == 0)
		rc = power(&c, "block_objs", attr->block_objs, 4,
			BLOCK_OBJS_MAX);
	if (rc == 0 && attr->name != NULL)
		rc = range(&c, "the length of its name", strlen(attr->name), 0,
			OBJPOOL_NAME_MAX);
	return rc;
}

int
attr_init_object(const struct objpool_attr *attr, void *obj)
{
	struct complaint c = { .attr = attr };
	int rc = attr->objinit(obj, attr->ctx);

	if (rc <= 0)
		return rc;
	snprintf(c.line, sizeof(c.line),
		"objinit returned %d, neither 0 nor a negative error", rc);
	return refuse(&c);
}
