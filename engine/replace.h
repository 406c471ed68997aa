/* SPDX-License-Identifier: BSD-2-Clause */
/* engine/replace.h -- INVITE with Replaces: one leg takes the place of another (RFC 3891). */
#ifndef RF_ENGINE_REPLACE_H
#define RF_ENGINE_REPLACE_H

#include "engine/state.h"

enum rf_replace_event {
#define EVENT(n, s, m) RF_REPLACE_##n,
#include "engine/replace.def"
};
enum rf_replace_state {
#define STATE(n, k, m) RF_REPLACE_IS_##n,
#include "engine/replace.def"
};

/* A new INVITE (s->message) outside of any dialog, with one Replaces field: answered at once when
 * it names no call of ours, else a new leg of that call. */
void rf_replace_received(struct rf_step *, struct rf_txn *server);
/* The answer to a question of the replacement (s->event). */
void rf_replace_answered(struct rf_step *, rf_ref, uint8_t question);
/* A leg of the call is gone: whose it was is looked up in its replacement. */
void rf_replace_party_left(struct rf_step *, struct rf_call *, rf_ref leg);
/* Our own re-INVITE to `leg` was accepted, or refused with s->status. */
void rf_replace_media_agreed(struct rf_step *, struct rf_leg *);
void rf_replace_media_refused(struct rf_step *, struct rf_leg *);
/* The ACK to our 2xx came from `leg`. */
void rf_replace_acked(struct rf_step *, struct rf_leg *);
/* Are the media of that call being turned to a new party?  Offers of the old ones have to wait. */
bool rf_replace_turns_media(const struct rf_engine *, const struct rf_call *);

#endif
