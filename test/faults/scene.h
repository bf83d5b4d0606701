/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* One operation, played again and again until none of its calls is left that
 * has not failed.
 */

#ifndef TEST_FAULTS_SCENE_H
#define TEST_FAULTS_SCENE_H

#include "faults.h"

struct scene {
	const char *name;
	unsigned int kinds; /* calls that must be seen to fail */
	unsigned int only;  /* kinds that may fail; 0: all */
	bool keep_thread;   /* play in the caller, not in a thread of its own */
	bool keeps;         /* may keep something for its next time */
	bool once_only;     /* never all from the k-th on */
	/* Errors it may return, up to 0: others than the calls', and perhaps
	 * none where but one call fails. NULL: as faults.h has it. */
	const int *errors;
	/* Make ready what the operation needs. May be NULL. */
	void (*set)(void *ctx);
	/* The operation, in the thread whose calls fail. 0 or an error. */
	int (*play)(void *ctx);
	/* What it returned was right; look whether what it did, or did not do,
	 * is so as well. */
	void (*look)(void *ctx, int rc, const struct faults_seen *seen);
	/* It worked: end what it made. May be NULL. */
	void (*strike)(void *ctx);
};

/* Play it for all k, with both errors, once and from the k-th call on. After
 * each failure nothing must be left behind, and the same again must work; after
 * each end all must be as it was before. */
void
scene_play(const struct scene *scene, void *ctx);

#endif /* TEST_FAULTS_SCENE_H */
