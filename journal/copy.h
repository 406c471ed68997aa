/* SPDX-License-Identifier: BSD-2-Clause */
/* journal/copy.h -- how a segment begins: head and checkpoint, as frames in memory of their own. */
#ifndef RF_JOURNAL_COPY_H
#define RF_JOURNAL_COPY_H

#include "journal/journal.h"

struct rf_journal_copy {
	uint8_t *bytes;                         /* HEAD to READY, not sealed */
	size_t len, room;                       /* used, mapped */
	struct rf_journal_head head;
};

/* Copies the engine as it is between two steps; false: no memory.  The engine's block bounds it. */
bool rf_journal_copy_take(
    struct rf_journal_copy *, const struct rf_engine *, const struct rf_journal_head *);
void rf_journal_copy_give(struct rf_journal_copy *);

#endif
