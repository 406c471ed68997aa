/* SPDX-License-Identifier: BSD-2-Clause */
/* app/sim/command.h -- referee sim check, run, compare. */
#ifndef RF_APP_SIM_COMMAND_H
#define RF_APP_SIM_COMMAND_H

#include <stdio.h>

#include "app/options.h"

/* Exit status: RF_EXIT_OK; RF_EXIT_FAILED, an expectation was not met; RF_EXIT_VIOLATED; or
 * RF_EXIT_CONFIG, with the mistakes on err. */
int rf_sim_command(const struct rf_options *, FILE *out, FILE *err);

#endif
