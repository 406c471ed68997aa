/* SPDX-License-Identifier: BSD-2-Clause */
/* app/sim/shrink_parts.h -- between shrink.c (the hunt) and shrink_show.c (what is brought home) */
#ifndef RF_APP_SIM_SHRINK_PARTS_H
#define RF_APP_SIM_SHRINK_PARTS_H

#include "app/sim/shrink.h"

/* Plays it once more: the ladder to out; into the folder (NULL: none) the script, the ladder, a
 * capture, and each party's side as scenarios for SIPp. */
bool shrink_show(const struct rf_script *, const char *folder, FILE *out, FILE *err);

#endif
