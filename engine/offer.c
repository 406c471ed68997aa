/* SPDX-License-Identifier: BSD-2-Clause */
/* engine/offer.c -- guards and actions of offers within an established leg; the table is offer.def.
 *
 * Media is end to end: an offer is passed on as it came, but for o=, which is kept in order per
 * leg. Only the swap of a transfer makes offers of our own, out of what a party said last. */
#include <assert.h>

#include "engine/compose.h"
#include "engine/dialog.h"
#include "engine/leg.h"
#include "engine/refer.h"
#include "engine/replace.h"
#include "engine/txn.h"

static bool
leg_settled(const struct rf_leg *leg)
{
	return leg->state == RF_LEG_IS_UP && leg->accept_state == RF_ACCEPT_IS_IDLE &&
	       !leg->ack_owed;
}

static bool
settled(const struct rf_step *s)
{
	return leg_settled(s->leg);
}

static bool
passable(const struct rf_step *s)
{
	const struct rf_leg *peer = rf_leg_at(s->e, s->leg->peer);
	return peer != NULL && leg_settled(s->leg) && leg_settled(peer) &&
	    peer->offer_state == RF_OFFER_IS_STABLE && !rf_replace_turns_media(s->e, s->call);
}

static bool
own_waits(const struct rf_step *s)
{
	return s->leg->reoffer_wanted;
}

static bool
passed(const struct rf_step *s)
{
	const struct rf_txn *client = rf_txn_at(s->e, s->leg->client);
	return client != NULL && client->peer != 0;
}

static bool
passed_own_waits(const struct rf_step *s)
{
	return passed(s) && own_waits(s);
}

static bool
glare(const struct rf_step *s)
{
	return s->status == 491;
}

/* ---- actions -------------------------------------------------------------------------------- */

static void
pass_on(struct rf_step *s)
{
	s->leg->server = s->other;
	rf_leg_take_sdp(s, s->leg);
	rf_raise(s, RF_MACHINE_OFFER, s->leg->peer, RF_OFFER_PASS, 0, s->other);
}

static void
answer_491(struct rf_step *s)
{
	struct rf_txn *server = rf_txn_at(s->e, s->other);
	if (server != NULL)
		rf_respond(s, server, 491, RF_SLICE(""));
}

static void
answer_500(struct rf_step *s)
{
	struct rf_txn *server = rf_txn_at(s->e, s->other);
	struct rf_writer w;
	rf_bytes_begin(s, &w);
	rf_write_retry_after(s, &w);
	if (server != NULL)
		rf_respond(s, server, 500, rf_bytes_end(s, &w));
}

/* Sends an offer in this leg's dialog and watches its client transaction. */
static void
ask(struct rf_step *s, enum rf_method method, struct rf_slice type, struct rf_slice body,
    rf_ref peer)
{
	struct rf_leg *leg = s->leg;
	struct rf_writer w;
	rf_bytes_begin(s, &w);
	rf_write_abilities(&w, true, false);
	struct rf_txn *client = rf_dialog_request(s, s->dialog,
	    &(struct rf_in_dialog){ .method = method,
		.headers = rf_bytes_end(s, &w),
		.content_type = type,
		.body = body,
		.owner_kind = RF_KIND_LEG,
		.owner = rf_leg_ref(s->e, leg),
		.peer = peer });
	leg->client = client != NULL ? rf_txn_ref(s->e, client) : 0;
	if (client != NULL)
		return;
	if (peer != 0) {                                /* no room: the one who asked is told now */
		leg->offer_state = RF_OFFER_IS_STABLE;
		rf_raise(s, RF_MACHINE_OFFER, leg->peer, RF_OFFER_PEER_FAILED, 500, peer);
	} else {
		rf_raise(s, RF_MACHINE_OFFER, rf_leg_ref(s->e, leg), RF_OFFER_RX_FAILURE, 500, 0);
	}
}

static void
send_passed(struct rf_step *s)
{
	const struct rf_txn *server = rf_txn_at(s->e, s->other);
	struct rf_slice type = rf_message_value(s->message, RF_H_CONTENT_TYPE);
	assert(server != NULL);
	ask(s, (enum rf_method)server->method, type,
	    rf_leg_sdp(s, s->leg, type, s->message->body), s->other);
}

static void
send_own(struct rf_step *s)
{
	const struct rf_leg *from = rf_leg_at(s->e, s->leg->reoffer_from);
	s->leg->reoffer_wanted = false;
	if (from == NULL) {                             /* whose media it was has left meanwhile */
		rf_raise(
		    s, RF_MACHINE_OFFER, rf_leg_ref(s->e, s->leg), RF_OFFER_RX_FAILURE, 487, 0);
		return;
	}
	struct rf_slice type = rf_text_get(s->e, from->content_type);
	ask(s, RF_METHOD_INVITE, type,
	    rf_leg_sdp(s, s->leg, type, rf_text_get(s->e, from->sdp)), 0);
}

static void
remember(struct rf_step *s)
{
	s->leg->reoffer_wanted = true;
}

/* Does what the new party was told of this one's media before the swap hold, now that it answered?
 */
static bool
still_suits(struct rf_step *s, const struct rf_leg *leg)
{
	const struct rf_leg *from = rf_leg_at(s->e, leg->reoffer_from);
	return from != NULL && rf_sdp_suits(rf_text_get(s->e, leg->sdp), s->message->body,
		rf_text_get(s->e, from->sdp));
}

static void
settle(struct rf_step *s)
{
	struct rf_leg *leg = s->leg;
	const struct rf_txn *client = rf_txn_at(s->e, s->other);
	assert(client != NULL);
	const struct rf_txn *server = rf_txn_at(s->e, client->peer);
	leg->client = 0;
	leg->answer_from = 0;
	/* An INVITE without an offer waits for the one that this 2xx brings (RFC 3725 4.1). */
	const struct rf_leg *asker = rf_leg_at(s->e, leg->reoffer_from);
	bool late = client->peer != 0 ? server != NULL && !server->has_body
	    : !client->has_body && asker != NULL && asker->state == RF_LEG_IS_OFFERED;
	if (client->peer == 0) {
		leg->media_changed = !still_suits(s, leg);
		leg->answered_with_body = s->message->body.len > 0;
		leg->answer_from = late ? leg->reoffer_from : 0;
	}
	rf_leg_take_sdp(s, leg);
	rf_dialog_refresh(s, s->dialog);
	if (client->method != RF_METHOD_INVITE)
		return;
	if (late && s->message->body.len > 0) {
		rf_text_drop(s->e, &s->dialog->ack); /* the last exchange's ACK is not this one's */
		leg->ack_owed = true;
	} else {
		rf_dialog_ack(s, s->dialog, client->cseq, RF_SLICE(""), RF_SLICE(""));
	}
}

static void
tell_peer(struct rf_step *s)
{
	rf_ref asked = s->other != 0 ? s->other : s->leg->client;
	const struct rf_txn *client = rf_txn_at(s->e, asked);
	const struct rf_txn *server = client != NULL ? rf_txn_at(s->e, client->peer) : NULL;
	bool accepted = s->status >= 200 && s->status < 300;
	if (s->other != 0)
		s->leg->client = 0;
	if (server != NULL && server->owner_kind == RF_KIND_LEG)
		rf_raise(s, RF_MACHINE_OFFER, server->owner,
		    accepted ? RF_OFFER_PEER_2XX : RF_OFFER_PEER_FAILED,
		    s->status != 0 ? s->status : 500, client->peer);
}

/* Nobody answers: CANCEL what can be cancelled, and leave the transaction to itself. */
static void
take_back(struct rf_step *s)
{
	struct rf_txn *client = rf_txn_at(s->e, s->leg->client);
	s->leg->client = 0;
	if (client == NULL)
		return;
	if (client->method == RF_METHOD_INVITE)
		rf_client_cancel(s, client);
	rf_client_abandon(s, client);
}

static void
pass_cancel(struct rf_step *s)
{
	const struct rf_leg *peer = rf_leg_at(s->e, s->leg->peer);
	struct rf_txn *client = peer != NULL ? rf_txn_at(s->e, peer->client) : NULL;
	if (client != NULL && client->method == RF_METHOD_INVITE && client->peer == s->leg->server)
		rf_client_cancel(s, client);
}

static void
arm_answer(struct rf_step *s)
{
	rf_timer_arm(s->e, RF_KIND_LEG, s->leg, RF_T_LEG_OFFER, 64 * s->e->config.t1);
}

static void
tell_agreed(struct rf_step *s)
{
	rf_refer_media_agreed(s, s->leg);
	rf_replace_media_agreed(s, s->leg);
}

static void
tell_refused(struct rf_step *s)
{
	s->leg->client = 0;
	s->leg->reoffer_wanted = false;                 /* what was refused changed nothing */
	rf_refer_media_refused(s, s->leg);
	rf_replace_media_refused(s, s->leg);
}

static void
relay_2xx(struct rf_step *s)
{
	struct rf_leg *leg = s->leg;
	struct rf_txn *server = rf_txn_at(s->e, s->other);
	struct rf_slice type = rf_message_value(s->message, RF_H_CONTENT_TYPE);
	struct rf_writer w;
	bool full = false;
	leg->server = 0;
	if (server == NULL)
		return;
	struct rf_slice body = rf_leg_sdp(s, leg, type, s->message->body);
	rf_bytes_begin(s, &w);
	rf_write_response(s, &w, server, 200, s->dialog->local_tag, false);
	rf_write_text(&w, "Contact: ");
	rf_write_contact_uri(s->e, &w, &server->path, s->dialog->local_tag);
	rf_write_text(&w, "\r\n");
	rf_write_abilities(&w, rf_leg_may_refer(leg), false);
	if (body.len > 0)
		rf_write_header(&w, RF_H_CONTENT_TYPE, type);
	rf_write_body(&w, body);
	leg->final_path = server->path;
	leg->final_cseq = server->cseq;
	if (!rf_respond_written(s, server, 200, &w) || server->method != RF_METHOD_INVITE)
		return;
	rf_text_set(s->e, &leg->final, rf_written(&w), &full);
	rf_run(s, RF_MACHINE_ACCEPT, rf_leg_ref(s->e, leg), RF_ACCEPT_SENT, 0, 0);
}

static void
relay_no(struct rf_step *s)
{
	struct rf_txn *server = rf_txn_at(s->e, s->other);
	uint16_t status = s->status;
	s->leg->server = 0;
	if (server == NULL)
		return;
	if (status == 408 && server->method != RF_METHOD_INVITE) {
		rf_server_drop(s, server);              /* RFC 4320: their own timer says it */
		return;
	}
	/* What only makes sense between us and the other party is not this one's to act on. */
	if (status < 400 || status == 401 || status == 407 || status == 503)
		status = 500;
	rf_respond(s, server, status, RF_SLICE(""));
}

static void
arm_glare(struct rf_step *s)
{
	struct rf_leg *leg = s->leg;
	uint64_t low = 10, high = 10;                   /* units of 10 ms, RFC 3261 14.1 */
	if (s->status == 491) {
		low = s->dialog->uas ? 0 : 210;
		high = s->dialog->uas ? 200 : 400;
	}
	uint64_t ticks = rf_draw_between(&s->e->drbg, s->dialog->local_tag, RF_DRAW_GLARE,
	    s->dialog->local_cseq, low, high);
	leg->client = 0;
	rf_timer_arm(s->e, RF_KIND_LEG, leg, RF_T_LEG_OFFER, (rf_time)ticks * 10 * RF_MS);
}

static void
end_usage(struct rf_step *s)
{
	const struct rf_txn *client = rf_txn_at(s->e, s->other);
	/* A party without UPDATE is not a party that left. */
	if (client != NULL && client->method != RF_METHOD_INVITE &&
	    (s->status == 405 || s->status == 501))
		return;
	if (rf_dialog_scope(s->status) != RF_SCOPE_TRANSACTION)
		rf_raise(s, RF_MACHINE_LEG, rf_leg_ref(s->e, s->leg), RF_LEG_LOST, s->status, 0);
}

#define FSM offer
#define FSM_DEF "engine/offer.def"
#include "engine/fsm_expand.h"
