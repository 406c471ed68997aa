/* SPDX-License-Identifier: BSD-2-Clause */
/* engine/branch.h -- a copy of the engine to come back to, and whether two of them are the same.
 *
 * For who tries every future of one state (sim/explore.h): thousands of copies a second, within one
 * process and one build.  To write a state down there is engine/checkpoint.h. */
#ifndef RF_ENGINE_BRANCH_H
#define RF_ENGINE_BRANCH_H

#include "engine/engine.h"

/* Bytes that rf_branch_save writes now: of what was ever taken, without trace and input. */
size_t rf_branch_size(const struct rf_engine *);
/* Between two steps only. */
void rf_branch_save(const struct rf_engine *, void *out);
/* Back to what was saved of this very block.  What happened since is as if it never had; the trace
 * alone keeps it. */
void rf_branch_restore(struct rf_engine *, const void *saved);
/* Everything back to zero, as rf_engine_init wants it. */
void rf_branch_clear(struct rf_engine *);

/* Two engines with the same hash do the same from now on, whatever their past: slots count by what
 * is in them and not by their place, references by whom they name, text by what it says, time by
 * how far away it is.  Left out are counters, the trace and what only records would say: how long
 * a session has lasted, and how many of its events were written.  A timer that is further away than
 * `far` counts as if it were a multiple of it, and a transaction that is only kept for repetitions
 * is so for any time. */
uint64_t rf_branch_hash(const struct rf_engine *, rf_time far);
/* The same of an unanswered question: who waits for it, and is it still waited for? */
uint64_t rf_branch_token(const struct rf_engine *, rf_token);

#endif
