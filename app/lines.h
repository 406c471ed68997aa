/* SPDX-License-Identifier: BSD-2-Clause */
/* app/lines.h -- a file of any size, record by record, in the memory of one record. */
#ifndef RF_APP_LINES_H
#define RF_APP_LINES_H

#include <stdbool.h>
#include <stddef.h>

enum { RF_RECORD_LEN_MAX = 64 * 1024 };         /* bytes of one record */

struct rf_lines {
	int fd;
	char *bytes;                            /* a buffer */
	size_t at, len, max;                    /* of it: the next record; what is filled */
	size_t line;                            /* of the record that was given, from 0 */
	size_t next_line;
	bool quotes;                            /* a line end within quotes ends no record */
	bool at_end;
};

enum rf_lines_end { RF_LINES_ONE, RF_LINES_END, RF_LINES_LONG, RF_LINES_FAILED };

/* False: errno. */
bool rf_lines_open(struct rf_lines *, const char *path);
void rf_lines_close(struct rf_lines *);
/* From the beginning; false: errno. */
bool rf_lines_rewind(struct rf_lines *);
/* The next record with its line end, to be changed at will until the next call.  LONG: it has more
 * than RF_RECORD_LEN_MAX bytes; FAILED: errno. */
enum rf_lines_end rf_lines_next(struct rf_lines *, char **record, size_t *len);
/* The first byte that is no blank and no part of a byte order mark, before anything is read; 0:
 * there is none within the first record's room. */
char rf_lines_peek(struct rf_lines *);

#endif
