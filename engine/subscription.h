/* SPDX-License-Identifier: BSD-2-Clause */
/* engine/subscription.h -- what the referrer is told about its REFER (RFC 3515 2.4, RFC 6665 4.2).
 */
#ifndef RF_ENGINE_SUBSCRIPTION_H
#define RF_ENGINE_SUBSCRIPTION_H

#include "engine/state.h"

enum rf_subscription_event {
#define EVENT(n, s, m) RF_SUBSCRIPTION_##n,
#include "engine/subscription.def"
};

enum {
#define STATE(n, k, m) RF_SUBSCRIPTION_IS_##n,
#include "engine/subscription.def"
};

/* The subscription of s->refer in its referrer's dialog, started: NOTIFY 100 leaves.  0: no room.
 */
rf_ref rf_subscription_begin(struct rf_step *, struct rf_refer *, struct rf_dialog *);
/* It came back from the store, ACTIVE: its time runs on, at least until its last NOTIFY is over. */
void rf_subscription_resume(struct rf_step *, rf_ref);
/* A SUBSCRIBE (s->message) in a dialog: refresh or end, never a new one (RFC 3515 3.6). */
void rf_subscription_received(struct rf_step *, struct rf_dialog *, struct rf_txn *server);

#endif
