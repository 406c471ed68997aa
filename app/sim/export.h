/* SPDX-License-Identifier: BSD-2-Clause */
/* app/sim/export.h -- `referee sim export`: a scene for other tools: a capture, a SIPp scenario. */
#ifndef RF_APP_SIM_EXPORT_H
#define RF_APP_SIM_EXPORT_H

#include <stdio.h>

#include "app/options.h"

/* Plays the scene and writes what the options ask for; the program's exit status. */
int rf_export(const struct rf_options *, FILE *out, FILE *err);

#endif
