/* SPDX-License-Identifier: BSD-2-Clause */
/* app/explore.h -- referee sim explore: every future of one transfer. */
#ifndef RF_APP_EXPLORE_H
#define RF_APP_EXPLORE_H

#include <stdio.h>

#include "app/options.h"

/* Exit status: RF_EXIT_OK, everything within the bounds was tried and every invariant holds;
 * RF_EXIT_VIOLATED, one does not; RF_EXIT_FAILED, no memory; RF_EXIT_USAGE, no such choices. */
int rf_explore_command(const struct rf_options *, FILE *out, FILE *err);

#endif
