/* What tells processes and threads from each other, for good. */

#ifndef OBJPOOL_IDENTITY_H
#define OBJPOOL_IDENTITY_H

#include <stdbool.h>
#include <stdint.h>

/* The namespaces in which thread ids and start times mean the same to us as to
 * another process of the same place; 0 if that cannot be known. */
uint64_t
identity_place(void);

/* This process, a number that no other has, nor the image it ran before. */
uint64_t
identity_process(void);

/* The calling thread, for a pool made in `place`. */
uint64_t
identity_token(uint64_t place);

/* Does the thread run? In doubt it does. */
bool
identity_is_alive(uint64_t token);

/* Who tells it of the owners in a pool made in `place`: the above, or if the
 * calling thread is in another place, where their ids mean others or nobody, one
 * who takes all for alive. */
typedef bool
identity_alive_fn(uint64_t token);

identity_alive_fn *
identity_judge(uint64_t place);

/* Bits of a token, the low ones, that are never all 0. */
#define IDENTITY_NAME_BITS 23

/* The calling process, for a pool made in `place`. */
uint64_t
identity_process_token(uint64_t place);

/* Does any of the process's threads run? In doubt one does. */
bool
identity_process_is_alive(uint64_t token);

/* The only thread of a forked child: another one than before. */
void
identity_after_fork(void);

#endif /* OBJPOOL_IDENTITY_H */
