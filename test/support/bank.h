/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* A source of memory that keeps accounts: it can fail at the k-th request,
 * knows what is still out, and turns what was given back into memory that
 * faults. */

#ifndef TEST_SUPPORT_BANK_H
#define TEST_SUPPORT_BANK_H

#include <stdbool.h>
#include <stdint.h>

#include <objpool/mem.h>

#define BANK_AREAS 256

struct bank {
	struct objpool_mem mem; /* for objpool_attr.mem */
	unsigned int fail_at;   /* fail this request, from 1; 0: none */
	int error;              /* with this; -ENOMEM by default */
	uint64_t limit;         /* bytes one request may ask for; 0: any */

	unsigned int nr_asked; /* requests */
	unsigned int nr_live;  /* areas out */
	unsigned int nr_bad;   /* requests or returns against the rules */
	uint64_t bytes_asked;  /* sum of all requests */
	uint64_t bytes_most;   /* largest request */
	unsigned int nr_areas;
	struct {
		struct objpool_area area;
		void *base;
		size_t mapped; /* with the guard page */
		bool live;
	} areas[BANK_AREAS];
};

/* Open an empty bank; with shared its memory stays common after fork(). */
void
bank_open(struct bank *b, bool shared);

/* Does the address lie in an area that is out? */
bool
bank_has(const struct bank *b, const void *addr);

/* Forget everything; what is still out is unmapped. */
void
bank_close(struct bank *b);

#endif /* TEST_SUPPORT_BANK_H */
