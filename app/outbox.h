/* SPDX-License-Identifier: BSD-2-Clause */
/* app/outbox.h -- events between the store, which keeps them, the engine, which decides when, and
 * the client that posts them (ADR 024).
 *
 * The engine knows a delivery by its number; its text is here for as long as the engine has it. */
#ifndef RF_APP_OUTBOX_H
#define RF_APP_OUTBOX_H

#include "app/config.h"
#include "app/log.h"
#include "store/store.h"
#include "webhook/client.h"

struct event_base;
struct rf_outbox;

/* What came of an attempt: for the engine. */
typedef void rf_outbox_posted_fn(
    void *user, rf_token, enum rf_posted, uint32_t retry_after_s);

/* NULL and a sentence.  Only for a configuration with receivers. */
struct rf_outbox *rf_outbox_new(struct event_base *, const struct rf_config *, struct rf_store *,
    struct rf_log *, rf_outbox_posted_fn *, void *user, char error[256]);
void rf_outbox_free(struct rf_outbox *);

/* Which receivers are to be told of an event of that type: bit n, as in the configuration. */
uint32_t rf_outbox_receivers(const struct rf_config *, struct rf_slice type);
/* The engine's effects. */
void rf_outbox_fetch(struct rf_outbox *, const struct rf_effect *);
void rf_outbox_post(struct rf_outbox *, const struct rf_effect *, int64_t wall_us);
void rf_outbox_settle(struct rf_outbox *, const struct rf_effect *, int64_t wall_us);
/* The store's answer to one of them: texts are kept, rows are written for the engine. */
void rf_outbox_answered(struct rf_outbox *, rf_token, bool stored,
    const struct rf_store_delivery *, uint32_t count, struct rf_outbox_row rows[RF_FETCH_MAX]);
void rf_outbox_stats(const struct rf_outbox *, uint32_t receiver, struct rf_webhook_stats *);

#endif
