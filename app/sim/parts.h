/* SPDX-License-Identifier: BSD-2-Clause */
/* app/sim/parts.h -- what the files of world reading know of each other. */
#ifndef RF_APP_SIM_PARTS_H
#define RF_APP_SIM_PARTS_H

#include "app/config_parts.h"
#include "app/sim/file.h"

/* fields.c */
extern const struct rf_config_schema rf_sim_schema;
/* check.c: what only the whole file can tell; reader->base is the struct rf_sim_file. */
void rf_sim_check(struct rf_config_reader *);

#endif
