/* SPDX-License-Identifier: BSD-2-Clause */
/* app/platform_json.h -- some values of one flat JSON object. */
#ifndef RF_APP_PLATFORM_JSON_H
#define RF_APP_PLATFORM_JSON_H

#include "app/config.h"

/* Strings, numbers and truths under those keys; what is null, or within an inner map or list, is
 * passed over.  Their text goes to `room`, which is as long as the line; `column` is where each
 * ended (from 0).  NULL: done; else what is wrong at byte *at. */
const char *rf_platform_json_read(struct rf_slice line, const char *const key[RF_COLUMN_MAX],
    struct rf_slice text[RF_COLUMN_MAX], size_t column[RF_COLUMN_MAX], char *room,
    size_t *at);

#endif
