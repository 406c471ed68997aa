/* SPDX-License-Identifier: BSD-2-Clause */
/* app/sim/ladders.h -- of thousands of calls, the few whose ladders a report shows. */
#ifndef RF_APP_SIM_LADDERS_H
#define RF_APP_SIM_LADDERS_H

#include "app/sim/study.h"

enum { RF_SIM_LADDERS_MAX = 200 };

/* Indices of calls of the first repetition, ascending; returns how many.  With the same callers on
 * all sides they are the same calls: first those that only one side served, then some of each
 * outcome. */
uint32_t rf_sim_ladders_choose(
    const struct rf_sim_study *, uint32_t side, uint32_t chosen[RF_SIM_LADDERS_MAX]);

#endif
