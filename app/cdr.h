/* SPDX-License-Identifier: BSD-2-Clause */
/* app/cdr.h -- `referee cdr`: call detail records for people, spreadsheets and programs. */
#ifndef RF_APP_CDR_H
#define RF_APP_CDR_H

#include <stdio.h>

#include "app/config.h"
#include "app/options.h"

/* Reads the store of that configuration, whether it is being served or not; exit status. */
int rf_cdr(const struct rf_config *, const struct rf_options *, FILE *out, FILE *err);

/* "7d", "90m": that long before now_us; "2026-11-25", "2026-11-25T20:15:00Z": that moment. False:
 * neither. */
bool rf_cdr_since_parse(int64_t *out_us, const char *text, int64_t now_us);
/* One field of a line, in quotes if RFC 4180 wants them; NULL is empty. */
void rf_csv_write(FILE *, const char *field);

#endif
