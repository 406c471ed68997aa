/* SPDX-License-Identifier: BSD-2-Clause */
/* app/journal.h -- the journal of a running referee: from the configuration to the log. */
#ifndef RF_APP_JOURNAL_H
#define RF_APP_JOURNAL_H

#include "app/config.h"
#include "app/log.h"
#include "journal/writer.h"

/* The journal that the configuration asks for, of an engine with this seed; NULL with an empty
 * error: it asks for none; NULL and a sentence: it cannot be had.  One a process: it is told when
 * the process aborts. */
struct rf_journal *rf_journal_start(
    const struct rf_config *, const uint8_t seed[16], char error[256]);
void rf_journal_stop(struct rf_journal *, const struct rf_engine *);
/* After rf_journal_hear said that something changed: tells the log what. */
void rf_journal_report(struct rf_journal *, struct rf_log *);

#endif
