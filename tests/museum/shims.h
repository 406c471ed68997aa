/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/museum/shims.h -- defects of other programs that are no row of a table: what referee hears
 * or says is spoiled so that it behaves as they did. */
#ifndef RF_TESTS_MUSEUM_SHIMS_H
#define RF_TESTS_MUSEUM_SHIMS_H

#include "sim/shim.h"

struct museum_shim {
	const char *report;                     /* NULL: the last one */
	struct sim_shim shim;
};
extern const struct museum_shim museum_shims[];

/* Before each run: what a shim remembers is of one run. */
void museum_shims_begin(void);

#endif
