/* SPDX-License-Identifier: BSD-2-Clause */
/* journal/build.h -- which program is this? */
#ifndef RF_JOURNAL_BUILD_H
#define RF_JOURNAL_BUILD_H

#include "engine/checkpoint.h"

/* The build id that the linker wrote into the running program (a hash over all of it); false: it
 * wrote none, and nothing recorded by this program could be told from another's. */
bool rf_build_id(uint8_t out[RF_BUILD_ID_LEN]);

#endif
