/* SPDX-License-Identifier: BSD-2-Clause */
/* app/config_fields.c -- the schema of the configuration file, from the rows of config.def. */
#include "app/config_parts.h"

#define RF_SCHEMA_DEF "app/config.def"
#define RF_SCHEMA rf_config_schema
#include "app/config_schema.h"
