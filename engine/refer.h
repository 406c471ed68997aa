/* SPDX-License-Identifier: BSD-2-Clause */
/* engine/refer.h -- REFER, recipient side: the promise and its keeping. */
#ifndef RF_ENGINE_REFER_H
#define RF_ENGINE_REFER_H

#include "engine/state.h"

enum rf_refer_event {
#define EVENT(n, s, m) RF_REFER_##n,
#include "engine/refer.def"
};
enum rf_refer_state {
#define STATE(n, k, m) RF_REFER_IS_##n,
#include "engine/refer.def"
};

/* A REFER (s->message) about the call of `leg`: sent within its dialog, or naming it (RFC 4538);
 * then the dialog given is the REFER's own.  repeated: its CSeq was seen before. */
void rf_refer_received(
    struct rf_step *, struct rf_leg *leg, struct rf_dialog *, struct rf_txn *server, bool repeated);
/* The answer to a question of the REFER (s->event). */
void rf_refer_answered(struct rf_step *, rf_ref, uint8_t question);
/* A leg of the call is gone: whose it was is looked up in its transfers. */
void rf_refer_party_left(struct rf_step *, struct rf_call *, rf_ref leg);
/* Our own re-INVITE to `leg` was accepted (its answer is in leg->sdp), or refused. */
void rf_refer_media_agreed(struct rf_step *, struct rf_leg *);
void rf_refer_media_refused(struct rf_step *, struct rf_leg *);

#endif
