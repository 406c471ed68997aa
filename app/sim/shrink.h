/* SPDX-License-Identifier: BSD-2-Clause */
/* app/sim/shrink.h -- `referee sim shrink`: from a failing seed to a run that people can read. */
#ifndef RF_APP_SIM_SHRINK_H
#define RF_APP_SIM_SHRINK_H

#include <stdio.h>

#include "app/options.h"
#include "sim/choose.h"

/* A run as a file: the seed (of the engine), the calls that are left out, and what is unusual. */
struct rf_script {
	uint64_t seed, calls_without;
	struct choices choices; /* sorted */
};
void rf_script_write(const struct rf_script *, FILE *);
/* False: *err says where it is wrong.  The caller frees the choices. */
bool rf_script_read(struct rf_script *, const char *path, FILE *err);

/* The program's exit status: 0, it shrank; 1, that seed does not fail, or not without its seed. */
int rf_shrink(const struct rf_options *, FILE *out, FILE *err);

#endif
