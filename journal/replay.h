/* SPDX-License-Identifier: BSD-2-Clause */
/* journal/replay.h -- a segment through the same engine again, step by step. */
#ifndef RF_JOURNAL_REPLAY_H
#define RF_JOURNAL_REPLAY_H

#include "journal/journal.h"

enum rf_replay_result {
	RF_REPLAY_STEP,                         /* a record was stepped, its effects the same */
	RF_REPLAY_DIVERGED,                     /* they were not: `entry` is the record */
	RF_REPLAY_END,                          /* all were the same, and it ends in order */
	RF_REPLAY_TORN,                         /* likewise, but it ends in the middle */
};

struct rf_replay {
	struct rf_journal_head head;
	struct rf_engine *engine;               /* as it is after the last step */
	struct rf_journal_entry entry;          /* the last record stepped ... */
	uint64_t record;                        /* ... its number, from 1 */
	uint64_t trace_before;                  /* cursor for rf_trace_next: what that step did */
	struct rf_effects out;                  /* and what came out of it */
	/* within */
	const uint8_t *bytes;                   /* the file, mapped */
	size_t len, at;
	bool ended;
};

/* Opens a segment and brings its engine to life.  NULL and a sentence in error: it is none, its
 * checkpoint is not whole, or another build or layout recorded it. */
struct rf_replay *rf_replay_open(
    const char *path, const uint8_t build[RF_BUILD_ID_LEN], char error[256]);
void rf_replay_free(struct rf_replay *);
/* Steps the next record.  After DIVERGED, END or TORN there is no next. */
enum rf_replay_result rf_replay_next(struct rf_replay *);

#endif
