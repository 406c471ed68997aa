/* SPDX-License-Identifier: BSD-2-Clause */
/* app/sim/sweep.h -- `referee sim sweep` and `referee sim ladder`: many seeds, and one of them. */
#ifndef RF_APP_SIM_SWEEP_H
#define RF_APP_SIM_SWEEP_H

#include <stdio.h>

#include "app/options.h"

enum { RF_SWEEP_JOBS_MAX = 64 };

/* Both give the program's exit status: 0, or 2 if an invariant was broken. */
int rf_sweep(const struct rf_options *, FILE *out, FILE *err);
int rf_sweep_ladder(const struct rf_options *, FILE *out, FILE *err);

#endif
