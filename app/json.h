/* SPDX-License-Identifier: BSD-2-Clause */
/* app/json.h -- a string for JSON, out of bytes that may be anything. */
#ifndef RF_APP_JSON_H
#define RF_APP_JSON_H

#include <stdio.h>

#include "grammar/slice.h"

/* In quotes; a byte that is no printable ASCII is written as \u00HH, so that nothing is lost. */
void rf_json_write(FILE *, struct rf_slice);

#endif
