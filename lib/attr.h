/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* The limits of a pool's attributes. */

#ifndef OBJPOOL_LIB_ATTR_H
#define OBJPOOL_LIB_ATTR_H

#include <objpool/objpool.h>

/* A page: what memory is aligned to at most. */
#define ATTR_ALIGN_MAX 4096u

/* 0, or -EINVAL after a line that says why. */
int
attr_check(const struct objpool_attr *attr);

/* Have the user initialise an object. 0 or a negative error: what is above 0,
 * where callers look for no error, is one, and a line says so. */
int
attr_init_object(const struct objpool_attr *attr, void *obj);

#endif /* OBJPOOL_LIB_ATTR_H */
