/* SPDX-License-Identifier: BSD-2-Clause */
/* app/setup.h -- what a loaded configuration means for the engine, wherever that runs. */
#ifndef RF_APP_SETUP_H
#define RF_APP_SETUP_H

#include "app/config.h"
#include "engine/engine.h"

/* Fills all that the file decides.  Listeners stand at the addresses of the file; who really binds
 * them writes the bound ones over it. */
void rf_setup_engine(
    const struct rf_config *, struct rf_engine_limits *, struct rf_engine_config *);

#endif
