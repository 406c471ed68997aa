/* SPDX-License-Identifier: BSD-2-Clause */
/* engine/leg.h -- one party of a call, and its three machines: leg, accept, offer. */
#ifndef RF_ENGINE_LEG_H
#define RF_ENGINE_LEG_H

#include "engine/state.h"

enum rf_leg_event {
#define EVENT(n, s, m) RF_LEG_##n,
#include "engine/leg.def"
};
enum rf_leg_state {
#define STATE(n, k, m) RF_LEG_IS_##n,
#include "engine/leg.def"
};
enum rf_accept_event {
#define EVENT(n, s, m) RF_ACCEPT_##n,
#include "engine/accept.def"
};
enum rf_accept_state {
#define STATE(n, k, m) RF_ACCEPT_IS_##n,
#include "engine/accept.def"
};
enum rf_offer_event {
#define EVENT(n, s, m) RF_OFFER_##n,
#include "engine/offer.def"
};
enum rf_offer_state {
#define STATE(n, k, m) RF_OFFER_IS_##n,
#include "engine/offer.def"
};

/* A leg of the call; joins call->leg.  NULL: no room. */
struct rf_leg *rf_leg_new(struct rf_step *, struct rf_call *, enum rf_role);
rf_ref rf_leg_ref(const struct rf_engine *, const struct rf_leg *);
void rf_leg_free(struct rf_step *, struct rf_leg *);
void rf_leg_view(const struct rf_engine *, const struct rf_leg *, struct rf_leg_view *out);

/* Remembers the body of s->message as the party's latest offer or answer, if it is SDP. */
void rf_leg_take_sdp(struct rf_step *, struct rf_leg *);
/* `body` as this leg must see it: SDP with the leg's own o=; anything else unchanged.  Valid until
 * the end of the step. */
struct rf_slice rf_leg_sdp(struct rf_step *, struct rf_leg *, struct rf_slice content_type,
    struct rf_slice body);
/* Its two halves, for who must look in between.  False: nothing that could be rewritten.  reset:
 * direction back to sendrecv (T18). */
bool rf_leg_read_sdp(struct rf_sdp *, struct rf_slice content_type, struct rf_slice body);
struct rf_slice rf_leg_write_sdp(struct rf_step *, struct rf_leg *, const struct rf_sdp *,
    bool reset);

/* A request within the dialog that is not an offer (PRACK, INFO, UPDATE without body): to the peer.
 */
void rf_leg_relay(struct rf_step *, struct rf_leg *, struct rf_txn *server);
/* What came back for a relayed request: the same, on the transaction it came from. */
void rf_leg_relay_response(struct rf_step *, struct rf_txn *server, uint16_t status);
/* Passes a provisional answer of `from` to the waiting INVITE of `to`. */
void rf_leg_relay_provisional(struct rf_step *, struct rf_leg *from, struct rf_leg *to);

/* A short final response with no body to a server transaction; headers: whole lines. */
void rf_respond(struct rf_step *, struct rf_txn *server, uint16_t status, struct rf_slice headers);
/* Sends what was written; too long for a message: 500 instead, and false. */
bool rf_respond_written(
    struct rf_step *, struct rf_txn *server, uint16_t status, struct rf_writer *);
/* May this party refer?  Of those we called ourselves we only know when they try. */
bool rf_leg_may_refer(const struct rf_leg *);
/* The answer of this leg that the other party's 2xx waited for will not come: ACK it without. */
void rf_leg_leave_peer(struct rf_step *, const struct rf_leg *);
/* Does an offer of the other leg's wait for an answer of this one's? */
bool rf_leg_owes_answer(
    const struct rf_engine *, const struct rf_leg *, const struct rf_leg *to);
/* Says in a ROUTE question whose leg the request names: by its partner, or by its flow. */
void rf_leg_name_partner(const struct rf_engine *, const struct rf_leg *, struct rf_effect *);
/* Allow, Supported and Accept as they are true for this party. */
void rf_write_abilities(struct rf_writer *, bool refer_allowed, bool with_100rel);

#endif
