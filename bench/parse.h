/* SPDX-License-Identifier: BSD-2-Clause */
/* bench/parse.h -- what a parser must offer to be measured by bench/parse_main.c.
 *
 * One program per parser: some of the libraries define the same names. */
#ifndef RF_BENCH_PARSE_H
#define RF_BENCH_PARSE_H

#include <stdbool.h>
#include <stddef.h>

struct bench_level {
	const char *name;               /* "referee, framing" */
	const char *what;               /* what it parses, for the table */
	/* Parses one message and gives back whatever it took; true: accepted.  text[len] is NUL.
	 * `index` tells the messages apart and is the same each time. */
	bool (*parse)(const char *text, size_t len, unsigned index);
};

extern const struct bench_level bench_levels[];
extern const size_t bench_levels_count;

/* Once, before all; true: ready. */
bool bench_init(void);

#endif
