/* SPDX-License-Identifier: BSD-2-Clause */
/* app/platform.h -- call detail records of another platform: a CSV file with a header line, or one
 * JSON object a line, read as the configuration maps its columns.
 *
 * Bounds: RF_RECORD_LEN_MAX bytes a record, RF_PLATFORM_COLUMNS_MAX columns; one record is in
 * memory at a time. */
#ifndef RF_APP_PLATFORM_H
#define RF_APP_PLATFORM_H

#include "app/config.h"

enum { RF_PLATFORM_COLUMNS_MAX = 512 };

struct rf_platform_record {
	uint32_t line;                          /* from 1 */
	struct rf_slice text[RF_COLUMN_MAX];    /* until the next one; empty: none */
	enum rf_reconcile_word word;
	uint64_t session;                       /* 0: none */
	bool has_start, has_duration;
	int64_t start_us, duration_us;
};

struct rf_platform;
/* NULL after a complaint: it cannot be read, or has not the columns. */
struct rf_platform *rf_platform_open(const char *path, const struct rf_config_reconcile *,
    struct rf_config_errors *);
void rf_platform_close(struct rf_platform *);
/* To the first record again; false after a complaint. */
bool rf_platform_rewind(struct rf_platform *);
/* A record that means nothing is complained about and passed over; what cannot be read at all ends
 * the file, after a complaint.  False: the end. */
bool rf_platform_next(struct rf_platform *, struct rf_platform_record *);
/* The key of the configuration; for the command line, too. */
const char *rf_reconcile_column_name(enum rf_reconcile_column);

/* 2026-11-25T20:15:00[.123][Z|+01:00], the T may be a blank, without zone it is UTC; or seconds,
 * milliseconds or microseconds since 1970, by their size. */
bool rf_platform_moment(int64_t *us, struct rf_slice);
/* 90, 90.5, 1:30 or 0:01:30. */
bool rf_platform_duration(int64_t *us, struct rf_slice, enum rf_reconcile_unit);

#endif
