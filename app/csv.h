/* SPDX-License-Identifier: BSD-2-Clause */
/* app/csv.h -- CSV (RFC 4180), cell by cell, for tables of the configuration and for records of
 * others.
 *
 * Files come from spreadsheets and exports, so both line ends, a byte order mark, blanks around
 * values and empty lines are taken.  It must know nothing of what the cells mean. */
#ifndef RF_APP_CSV_H
#define RF_APP_CSV_H

#include <stddef.h>

#include "grammar/slice.h"

struct rf_csv {
	char *p, *end;                          /* what is not read yet */
	const char *line_start;
	size_t line;                            /* from 0 */
	const char *why;                        /* of the mistake that rf_csv_next found, ... */
	size_t why_line, why_column;            /* ... and where, from 0 */
};

struct rf_csv_cell {
	struct rf_slice text;
	size_t line, column;                    /* where it begins, from 0 */
	bool is_quoted, is_last;                /* in quotes; of its line */
};

/* Behind the byte order mark, if there is one.  Cells are put together in place. */
void rf_csv_begin(struct rf_csv *, char *bytes, size_t len);
/* False: csv->why; nothing behind it can be read. */
bool rf_csv_next(struct rf_csv *, struct rf_csv_cell *);
/* True: a line without any cell was there, and is passed; or the end. */
bool rf_csv_skip_empty(struct rf_csv *);

#endif
