/* SPDX-License-Identifier: BSD-2-Clause */
/* engine/leg.c -- guards and actions of one party's INVITE usage; the table is leg.def.
 *
 * What this file must never know: why a leg is placed or ended.  It tells the route, the call and
 * the transfer what became of it, and does what they say. */
#include "engine/leg.h"

#include <assert.h>
#include <string.h>

#include "engine/call.h"
#include "engine/compose.h"
#include "engine/dialog.h"
#include "engine/refer.h"
#include "engine/route.h"
#include "engine/txn.h"

rf_ref
rf_leg_ref(const struct rf_engine *e, const struct rf_leg *leg)
{
	return leg == NULL ? 0 : rf_pool_ref(e, RF_KIND_LEG, leg);
}

struct rf_leg *
rf_leg_new(struct rf_step *s, struct rf_call *call, enum rf_role role)
{
	unsigned i = 0;
	while (i < RF_CALL_LEGS_MAX && call->leg[i] != 0)
		i++;
	struct rf_leg *leg = i < RF_CALL_LEGS_MAX ? rf_pool_take(s->e, RF_KIND_LEG) : NULL;
	if (leg == NULL)
		return NULL;
	leg->role = (uint8_t)role;
	leg->serial = call->legs_made++;
	leg->number = (uint8_t)(leg->serial % UINT8_MAX);       /* 255 is "none" */
	leg->call = rf_pool_ref(s->e, RF_KIND_CALL, call);
	const struct rf_drbg draws = rf_call_draws(call);
	leg->sdp_id = rf_draw(&draws, leg->serial, RF_DRAW_SDP, 0) >> 2;
	call->leg[i] = rf_leg_ref(s->e, leg);
	return leg;
}

/* What was passed on to this leg is not answered here any more. */
static void
leave_offer(struct rf_step *s, const struct rf_leg *leg)
{
	struct rf_txn *client = rf_txn_at(s->e, leg->client);
	if (client == NULL)
		return;
	const struct rf_txn *asker = rf_txn_at(s->e, client->peer);
	if (asker != NULL && asker->owner_kind == RF_KIND_LEG)
		rf_raise(
		    s, RF_MACHINE_OFFER, asker->owner, RF_OFFER_PEER_FAILED, 487, client->peer);
	rf_client_abandon(s, client);
}

bool
rf_leg_owes_answer(const struct rf_engine *e, const struct rf_leg *leg, const struct rf_leg *to)
{
	return to->ack_owed && (to->answer_from == 0 || to->answer_from == rf_leg_ref(e, leg));
}

void
rf_leg_leave_peer(struct rf_step *s, const struct rf_leg *leg)
{
	struct rf_leg *peer = rf_leg_at(s->e, leg->peer);
	struct rf_dialog *d = peer != NULL ? rf_dialog_at(s->e, peer->dialog) : NULL;
	if (d == NULL || !rf_leg_owes_answer(s->e, leg, peer) || peer->state != RF_LEG_IS_UP)
		return;
	peer->ack_owed = false;
	rf_dialog_ack(s, d, d->invite_cseq, RF_SLICE(""), RF_SLICE(""));
}

void
rf_leg_free(struct rf_step *s, struct rf_leg *leg)
{
	struct rf_call *call = rf_call_at(s->e, leg->call);
	rf_ref me = rf_leg_ref(s->e, leg);
	struct rf_txn *server = rf_txn_at(s->e, leg->server);
	if (server != NULL) /* RFC 3261 15.1.2: pending requests get 487 */
		rf_respond(s, server, 487, RF_SLICE(""));
	leave_offer(s, leg);
	rf_leg_leave_peer(s, leg);
	if (leg->dialog != 0) {
		struct rf_dialog *d = rf_dialog_at(s->e, leg->dialog);
		if (d != NULL && d->leg == me)
			d->leg = 0;
		rf_run(s, RF_MACHINE_DIALOG, leg->dialog, RF_DIALOG_UNUSE, 0, 0);
	}
	for (unsigned i = 0; call != NULL && i < RF_CALL_LEGS_MAX; i++) {
		if (call->leg[i] == me)
			call->leg[i] = 0;
	}
	rf_text_drop(s->e, &leg->sdp);
	rf_text_drop(s->e, &leg->final);
	rf_text_drop(s->e, &leg->partner);
	rf_text_drop(s->e, &leg->content_type);
	rf_timer_stop_all(s->e, RF_KIND_LEG, leg);
	rf_raise(s, RF_MACHINE_CALL, leg->call, RF_CALL_LEG_DOWN, 0, me);
	rf_pool_give(s->e, RF_KIND_LEG, leg);
}

void
rf_leg_view(const struct rf_engine *e, const struct rf_leg *leg, struct rf_leg_view *out)
{
	const struct rf_dialog *d = rf_dialog_at(e, leg->dialog);
	*out = (struct rf_leg_view){ .state = rf_leg_fsm.state[leg->state].name,
		.partner = rf_text_get(e, leg->partner) };
	if (d == NULL)
		return;
	out->call_id = rf_dialog_text(e, d, RF_DT_CALL_ID);
	out->remote_tag = rf_dialog_text(e, d, RF_DT_REMOTE_TAG);
	out->path = d->path;
}

/* ---- small answers -------------------------------------------------------------------------- */

void
rf_respond(struct rf_step *s, struct rf_txn *server, uint16_t status, struct rf_slice headers)
{
	const struct rf_leg *leg =
	    server->owner_kind == RF_KIND_LEG ? rf_leg_at(s->e, server->owner) : NULL;
	/* A REFER outside of the dialog it names makes a dialog of its own, with our route back. */
	bool outside = server->owner_kind == RF_KIND_DIALOG;
	const struct rf_dialog *d = outside ? rf_dialog_at(s->e, server->owner)
	    : leg != NULL ? rf_dialog_at(s->e, leg->dialog) : NULL;
	struct rf_writer w;
	rf_bytes_begin(s, &w);
	rf_write_response(s, &w, server, status, d != NULL ? d->local_tag : 0,
	    outside && status < 300);
	rf_write(&w, headers);
	rf_write_body(&w, RF_SLICE(""));
	rf_server_respond(s, server, status, rf_bytes_end(s, &w));
}

bool
rf_respond_written(struct rf_step *s, struct rf_txn *server, uint16_t status, struct rf_writer *w)
{
	if (w->overflow) {
		rf_bytes_end(s, w);
		rf_note(s, server->session, "an answer too long to pass on");
		if (status >= 200)
			rf_respond(s, server, 500, RF_SLICE(""));
		return false;
	}
	rf_server_respond(s, server, status, rf_bytes_end(s, w));
	return true;
}

bool
rf_leg_may_refer(const struct rf_leg *leg)
{
	return !leg->uas || leg->refer_allowed;
}

void
rf_leg_name_partner(const struct rf_engine *e, const struct rf_leg *leg, struct rf_effect *x)
{
	const struct rf_dialog *d = leg != NULL ? rf_dialog_at(e, leg->dialog) : NULL;
	if (leg != NULL)
		x->partner = rf_text_get(e, leg->partner);
	if (d != NULL)
		x->named = d->path;
}

void
rf_write_abilities(struct rf_writer *w, bool refer_allowed, bool with_100rel)
{
	rf_write_text(
	    w, "Allow: INVITE, ACK, BYE, CANCEL, OPTIONS, PRACK, UPDATE, INFO, NOTIFY, SUBSCRIBE");
	rf_write_text(w, refer_allowed ? ", REFER\r\n" : "\r\n");
	rf_write_text(w, "Supported: replaces, norefersub, tdialog");
	rf_write_text(w, with_100rel ? ", 100rel\r\n" : "\r\n");
}

/* ---- guards and actions --------------------------------------------------------------------- */

static bool
not_cancelled(const struct rf_step *s)
{
	const struct rf_txn *ict = rf_txn_at(s->e, s->leg->client);
	return ict != NULL && !ict->cancelled;
}

static bool
ack_pending(const struct rf_step *s)
{
	return s->leg->accept_state == RF_ACCEPT_IS_REPEATING;
}

static bool
unknown_there(const struct rf_step *s)
{
	return s->status == 481 && s->dialog != NULL && s->dialog->usages > 1;
}

static bool
shared(const struct rf_step *s)
{
	return s->dialog != NULL && s->dialog->usages > 1;
}

static bool
may_be_acked(const struct rf_step *s)
{
	return s->leg->restored;
}

static void
none(struct rf_step *s)
{
	(void)s;
}

static void
send_invite(struct rf_step *s)
{
	rf_route_compose_invite(s);
}

static void
send_cancel(struct rf_step *s)
{
	struct rf_txn *ict = rf_txn_at(s->e, s->leg->client);
	if (ict != NULL)
		rf_client_cancel(s, ict);
}

static void
await_final(struct rf_step *s)
{
	rf_timer_arm(s->e, RF_KIND_LEG, s->leg, RF_T_LEG_CANCEL, 64 * s->e->config.t1);
}

static void
stop_wait(struct rf_step *s)
{
	rf_timer_stop(s->e, RF_KIND_LEG, s->leg, RF_T_LEG_CANCEL);
}

static void
abandon(struct rf_step *s)
{
	struct rf_txn *ict = rf_txn_at(s->e, s->leg->client);
	if (ict != NULL)
		rf_client_abandon(s, ict);
	s->leg->client = 0;
}

static void
confirm(struct rf_step *s)
{
	struct rf_leg *leg = s->leg;
	rf_run(s, RF_MACHINE_DIALOG, leg->dialog, RF_DIALOG_CONFIRM, 0, 0);
	if (leg->uas)
		return;
	rf_dialog_learn(s, s->dialog);
	rf_leg_take_sdp(s, leg);
	leg->answered_with_body = s->message->body.len > 0;
	leg->ack_owed = true;
	leg->client = 0;
}

static void
acknowledge(struct rf_step *s)
{
	struct rf_leg *leg = s->leg;
	if (leg->late && leg->answered_with_body)
		return; /* the answer is the other party's to give */
	leg->ack_owed = false;
	rf_dialog_ack(s, s->dialog, s->dialog->invite_cseq, RF_SLICE(""), RF_SLICE(""));
}

static void
send_bye(struct rf_step *s)
{
	struct rf_leg *leg = s->leg;
	struct rf_writer w;
	rf_run(s, RF_MACHINE_ACCEPT, rf_leg_ref(s->e, leg), RF_ACCEPT_STOP, 0, 0);
	if (leg->ack_owed) {
		leg->ack_owed = false;
		rf_dialog_ack(s, s->dialog, s->dialog->invite_cseq, RF_SLICE(""), RF_SLICE(""));
	}
	rf_bytes_begin(s, &w);
	if (leg->status >= 200) {                       /* RFC 3326 */
		rf_write_text(&w, "Reason: SIP;cause=");
		rf_write_number(&w, leg->status);
		rf_write_text(&w, ";text=\"");
		rf_write(&w, leg->status == 200 ? RF_SLICE("Replaced")
						: rf_reason_phrase(leg->status));
		rf_write_text(&w, "\"\r\n");
	}
	rf_ref me = rf_leg_ref(s->e, leg);
	const struct rf_in_dialog bye = { .method = RF_METHOD_BYE, .headers = rf_bytes_end(s, &w),
		.owner_kind = RF_KIND_LEG, .owner = me };
	if (rf_dialog_request(s, s->dialog, &bye) == NULL) {
		rf_dialog_say(s, s->dialog, &bye);
		rf_raise(s, RF_MACHINE_LEG, me, RF_LEG_BYE_DONE, 503, 0);
	}
}

static void
send_probe(struct rf_step *s)
{
	struct rf_writer w;
	rf_bytes_begin(s, &w);
	rf_write_text(&w, "Accept: application/sdp\r\n");
	rf_dialog_request(s, s->dialog, &(struct rf_in_dialog){ .method = RF_METHOD_OPTIONS,
		.headers = rf_bytes_end(s, &w), .owner_kind = RF_KIND_LEG,
		.owner = rf_leg_ref(s->e, s->leg) });
}

static void
answer_bye(struct rf_step *s)
{
	struct rf_txn *server = rf_txn_at(s->e, s->other);
	if (server != NULL)
		rf_respond(s, server, 200, RF_SLICE(""));
}

static void
answer_2xx(struct rf_step *s)
{
	struct rf_leg *leg = s->leg;
	struct rf_txn *server = rf_txn_at(s->e, leg->server);
	const struct rf_leg *peer = rf_leg_at(s->e, leg->peer);
	struct rf_slice body = RF_SLICE(""), type = RF_SLICE("");
	struct rf_writer w;
	bool full = false;
	if (server == NULL)
		return;
	if (peer != NULL && peer->answered_with_body) {
		type = rf_text_get(s->e, peer->content_type);
		body = rf_leg_sdp(s, leg, type, rf_text_get(s->e, peer->sdp));
	}
	rf_bytes_begin(s, &w);
	rf_write_response(s, &w, server, 200, s->dialog->local_tag, true);
	rf_write_text(&w, "Contact: ");
	rf_write_contact_uri(s->e, &w, &server->path, s->dialog->local_tag);
	rf_write_text(&w, "\r\n");
	rf_write_abilities(&w, rf_leg_may_refer(leg), false);
	if (body.len > 0)
		rf_write_header(&w, RF_H_CONTENT_TYPE, type);
	rf_write_body(&w, body);
	leg->server = 0;
	leg->final_path = server->path;
	leg->final_cseq = server->cseq;
	if (!rf_respond_written(s, server, 200, &w)) {
		rf_raise(s, RF_MACHINE_LEG, rf_leg_ref(s->e, leg), RF_LEG_LOST, 500, 0);
		return;
	}
	rf_text_set(s->e, &leg->final, rf_written(&w), &full);
	rf_run(s, RF_MACHINE_ACCEPT, rf_leg_ref(s->e, leg), RF_ACCEPT_SENT, 0, 0);
}

static void
refuse(struct rf_step *s, uint16_t status)
{
	struct rf_txn *server = rf_txn_at(s->e, s->leg->server);
	struct rf_writer w;
	if (server == NULL)
		return;
	s->leg->server = 0;
	rf_bytes_begin(s, &w);
	if (status == 503)
		rf_write_retry_after(s, &w);
	rf_respond(s, server, status, rf_bytes_end(s, &w));
}

static void
answer_no(struct rf_step *s)
{
	refuse(s, s->leg->status >= 300 ? s->leg->status : 480);
}

static void
answer_487(struct rf_step *s)
{
	refuse(s, 487);
}

static void
tell_ringing(struct rf_step *s)
{
	rf_raise(s, RF_MACHINE_ROUTE, s->leg->route, RF_ROUTE_PROGRESS, s->status,
	    rf_leg_ref(s->e, s->leg));
}

static void
tell_up(struct rf_step *s)
{
	rf_raise(s, RF_MACHINE_ROUTE, s->leg->route, RF_ROUTE_ANSWERED, s->status,
	    rf_leg_ref(s->e, s->leg));
}

static void
tell_failed(struct rf_step *s)
{
	struct rf_leg *leg = s->leg;
	struct rf_route *route = rf_route_at(s->e, leg->route);
	rf_ref me = rf_leg_ref(s->e, leg);
	if (route == NULL || route->leg != me)
		return;
	route->retry_after_s = leg->retry_after_s;
	route->silent = !leg->heard;
	rf_raise(s, RF_MACHINE_ROUTE, leg->route, RF_ROUTE_FAILED,
	    leg->status >= 300 ? leg->status : s->status >= 300 ? s->status : 487, me);
}

static void
tell_gone(struct rf_step *s)
{
	rf_ref me = rf_leg_ref(s->e, s->leg);
	rf_raise(s, RF_MACHINE_CALL, s->leg->call, RF_CALL_PARTY_GONE, 0, me);
}

static void
mark_lost(struct rf_step *s)
{
	if (s->leg->status == 0)
		s->leg->status = 408;
}

static void
release(struct rf_step *s)
{
	rf_leg_free(s, s->leg);
}

#define FSM leg
#define FSM_DEF "engine/leg.def"
#include "engine/fsm_expand.h"
