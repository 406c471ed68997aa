/* SPDX-License-Identifier: BSD-2-Clause */
/* app/ladder.h -- what happened in a session, drawn: who sent what to whom, and which rows it took.
 *
 * Trace records of all sessions go into one bounded ring, the oldest are overwritten; a ladder is
 * drawn from what is left of a session when somebody asks.  Names of rows come from a callback, so
 * that this file links without the engine. */
#ifndef RF_APP_LADDER_H
#define RF_APP_LADDER_H

#include <stdio.h>

#include "engine/engine.h"

enum {
	RF_LADDER_RECORDS_DEFAULT = 64 * 1024,
	RF_LADDER_COLUMNS_MAX = 100,
	RF_LADDER_PARTIES_MAX = 8,
};

struct rf_ladder;
struct rf_ladder *rf_ladder_new(uint32_t records_max);         /* 0: the default; NULL: no memory */
void rf_ladder_free(struct rf_ladder *);
/* Takes one record; drain rf_trace_next into it after every step. */
void rf_ladder_add(struct rf_ladder *, const struct rf_trace *);
/* The session of the newest record that has one; 0: none. */
uint64_t rf_ladder_newest(const struct rf_ladder *);
/* How many records of that session are left. */
uint32_t rf_ladder_count(const struct rf_ladder *, uint64_t session);

/* Writes "refer TRYING/LEG_ANSWERED/ELSE -> SWAPPING" into out; false: leave the row out. */
typedef bool rf_ladder_row_fn(void *user, uint8_t machine, uint16_t row, char *out, size_t max);

struct rf_ladder_style {
	rf_ladder_row_fn *row_name;             /* NULL: no rows */
	void *user;
	const char *title;                      /* NULL: "session 00000000002a" */
};

/* ladder_rows.c, which knows the engine's tables: "refer TRYING/TARGET_UP/ELSE -> SWAPPING". */
bool rf_ladder_row_name(void *user, uint8_t machine, uint16_t row, char *out, size_t max);
/* Transactions repeat what the arrows say: a ladder shows who decided what. */
bool rf_ladder_row_is_shown(uint8_t machine);

/* The drawing, at most RF_LADDER_COLUMNS_MAX wide; false: nothing is left of that session. */
bool rf_ladder_write(const struct rf_ladder *, uint64_t session, const struct rf_ladder_style *,
    FILE *out);
/* {"session": "00000000002a", "parties": [...], "records": [...]} */
bool rf_ladder_write_json(const struct rf_ladder *, uint64_t session,
    const struct rf_ladder_style *, FILE *out);

#endif
