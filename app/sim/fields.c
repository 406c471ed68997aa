/* SPDX-License-Identifier: BSD-2-Clause */
/* app/sim/fields.c -- the schema of world files, from the rows of world.def. */
#include "app/sim/parts.h"

#define RF_SCHEMA_DEF "app/sim/world.def"
#define RF_SCHEMA rf_sim_schema
#include "app/config_schema.h"
