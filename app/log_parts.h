/* SPDX-License-Identifier: BSD-2-Clause */
/* app/log_parts.h -- between log.c and log_privacy.c. */
#ifndef RF_APP_LOG_PARTS_H
#define RF_APP_LOG_PARTS_H

#include "app/log.h"

/* What may be shown of a user part, and of a text with URIs and display names in it; the length. */
uint32_t rf_privacy_user(enum rf_log_privacy, const uint8_t salt[RF_LOG_SALT_LEN], char *out,
    uint32_t max, struct rf_slice in);
uint32_t rf_privacy_address(enum rf_log_privacy, const uint8_t salt[RF_LOG_SALT_LEN], char *out,
    uint32_t max, struct rf_slice in);

#endif
