/* SPDX-License-Identifier: BSD-2-Clause */
/* engine/tu.c -- sorts what the transaction layer hands up: to dialogs, legs, transfers, or to a
 * plain answer (RFC 3261 8.2, 12.2.2).  Keeps no state and decides nothing that a table decides. */
#include "engine/tu.h"

#include <assert.h>
#include <string.h>

#include "engine/call.h"
#include "engine/compose.h"
#include "engine/delivery.h"
#include "engine/dialog.h"
#include "engine/leg.h"
#include "engine/refer.h"
#include "engine/replace.h"
#include "engine/route.h"
#include "engine/snapshot.h"
#include "engine/subscription.h"
#include "engine/txn.h"

#define ACCEPTED "Accept: application/sdp, message/sipfrag\r\nAllow-Events: refer\r\n"

/* ---- requests that no dialog is needed to refuse -------------------------------------------- */

/* Writes the option tags of `id` that we do not know into `w`; false: all are known. */
static bool
unsupported(const struct rf_message *m, struct rf_writer *w)
{
	static const char *const known[] = { "replaces", "norefersub", "tdialog", "100rel" };
	bool any = false;
	for (const struct rf_header *h = rf_message_header(m, RF_H_REQUIRE); h != NULL;
	    h = rf_message_next(m, h)) {
		struct rf_slice rest = h->value, tag;
		while (rf_list_next(&rest, &tag)) {
			bool found = false;
			for (unsigned i = 0; i < RF_ARRAY_LEN(known); i++)
				found = found || rf_slice_equal_nocase(tag, rf_slice_of(known[i]));
			if (!found) {
				rf_write_text(w, any ? ", " : "Unsupported: ");
				rf_write(w, tag);
				any = true;
			}
		}
	}
	if (any)
		rf_write_text(w, "\r\n");
	return any;
}

/* RFC 3261 8.2.3: a body that should be an offer, that we cannot read and may not ignore. */
static bool
unreadable(struct rf_message *m)
{
	struct rf_slice coding = rf_message_value(m, RF_H_CONTENT_ENCODING);
	if (m->body.len == 0 || (m->method != RF_METHOD_INVITE && m->method != RF_METHOD_UPDATE))
		return false;
	const struct rf_content_disposition *disposition = rf_message_content_disposition(m);
	if (disposition != NULL && disposition->optional)
		return false;
	if (coding.len > 0 && !rf_slice_equal_nocase(coding, RF_SLICE("identity")))
		return true;
	const struct rf_media_type *type = rf_message_content_type(m);
	if (type == NULL)
		return true;
	return !rf_slice_equal_nocase(type->type, RF_SLICE("multipart")) &&
	    !(rf_slice_equal_nocase(type->type, RF_SLICE("application")) &&
		rf_slice_equal_nocase(type->subtype, RF_SLICE("sdp")));
}

/* The checks of RFC 3261 8.2 every request goes through; true: it was answered. */
static bool
refuse_plainly(struct rf_step *s, struct rf_txn *server)
{
	struct rf_message *m = s->message;
	struct rf_slice hops = rf_message_value(m, RF_H_MAX_FORWARDS);
	uint64_t left = 70;
	struct rf_writer w;
	if (m->method == RF_METHOD_OTHER || m->method == RF_METHOD_REGISTER ||
	    m->method == RF_METHOD_PUBLISH || m->method == RF_METHOD_MESSAGE) {
		rf_bytes_begin(s, &w);
		rf_write_abilities(&w, true, false);
		rf_respond(
		    s, server, m->method == RF_METHOD_OTHER ? 501 : 405, rf_bytes_end(s, &w));
		return true;
	}
	if (m->uri.scheme == RF_SCHEME_OTHER) {
		rf_respond(s, server, 416, RF_SLICE(""));
		return true;
	}
	if (hops.len > 0 && !rf_slice_number(&left, hops, 255)) {
		rf_respond(s, server, 400, RF_SLICE(""));
		return true;
	}
	if (left == 0) {
		rf_respond(s, server, 483, RF_SLICE(""));
		return true;
	}
	if (rf_message_count(m, RF_H_REPLACES) > 0 && m->method != RF_METHOD_INVITE) {
		rf_respond(s, server, 400, RF_SLICE(""));      /* RFC 3891 3 */
		return true;
	}
	if (unreadable(m)) {
		rf_respond(s, server, 415, RF_SLICE("Accept: application/sdp\r\n"));
		return true;
	}
	rf_bytes_begin(s, &w);
	if (m->method != RF_METHOD_CANCEL && unsupported(m, &w)) {
		rf_respond(s, server, 420, rf_bytes_end(s, &w));
		return true;
	}
	return false;
}

/* An INVITE that carries a Via of ours has come full circle (RFC 3261 16.3). */
static bool
looped(const struct rf_step *s)
{
	for (const struct rf_header *h = rf_message_header(s->message, RF_H_VIA); h != NULL;
	    h = rf_message_next(s->message, h)) {
		struct rf_slice rest = h->value, one;
		struct rf_via via;
		while (rf_list_next(&rest, &one)) {
			if (rf_via_parse(&via, one) && rf_branch_read(s->e, via.branch) != 0)
				return true;
		}
	}
	return false;
}

/* The request enters the trace when it is known whose it is. */
static void
trace_received(struct rf_step *s, const struct rf_leg *leg)
{
	const struct rf_call *call = leg != NULL ? rf_call_at(s->e, leg->call) : NULL;
	rf_trace_message(s, RF_TRACE_RX, &s->event->path, call != NULL ? call->session : 0,
	    leg != NULL ? leg->number : UINT8_MAX, leg != NULL ? leg->role : RF_ROLE_MAX, 0,
	    (uint8_t)s->message->method, false);
}

/* ---- out of dialog -------------------------------------------------------------------------- */

static void
ask_options(struct rf_step *s, struct rf_txn *server)
{
	struct rf_effect *x = rf_effect_new(s, RF_FX_ROUTE);
	x->token = rf_token_of(RF_KIND_TXN, rf_txn_ref(s->e, server), RF_ASKED_PLAN);
	x->trigger = RF_TRIGGER_OPTIONS;
	x->path = s->event->path;
	x->message = s->message;
}

void
rf_tu_planned(struct rf_step *s, rf_ref ref)
{
	struct rf_txn *server = rf_txn_at(s->e, ref);
	const struct rf_plan *plan = s->event->plan;
	struct rf_writer w;
	if (server == NULL)
		return;
	if (plan == NULL || !plan->allow) {
		rf_respond(s, server, plan != NULL && plan->status >= 300 ? plan->status : 500,
		    RF_SLICE(""));
		return;
	}
	if (s->e->draining) {                           /* T20: unhealthy for new work */
		rf_bytes_begin(s, &w);
		rf_write_retry_after(s, &w);
		rf_respond(s, server, 503, rf_bytes_end(s, &w));
		return;
	}
	rf_bytes_begin(s, &w);
	rf_write_abilities(&w, plan->refer_allowed, false);
	rf_write_text(&w, ACCEPTED);
	rf_respond(s, server, 200, rf_bytes_end(s, &w));
}

static void
refuse_overload(struct rf_step *s, struct rf_txn *server)
{
	struct rf_writer w;
	s->e->stats.shed_overload++;
	rf_bytes_begin(s, &w);
	rf_write_retry_after(s, &w);
	rf_respond(s, server, 503, rf_bytes_end(s, &w));
}

static void
answer_event(struct rf_step *s, struct rf_txn *server)
{
	const struct rf_event_type *event = rf_message_event(s->message);
	bool known = event != NULL && rf_slice_equal_nocase(event->package, RF_SLICE("refer"));
	rf_respond(s, server, known ? 481 : 489,
	    known ? RF_SLICE("") : RF_SLICE("Allow-Events: refer\r\n"));
}

/* RFC 4538: a REFER acts on the dialog it names, which it knows; without a name on none. */
static void
refer_outside(struct rf_step *s, struct rf_txn *server)
{
	struct rf_message *m = s->message;
	bool asked = rf_message_count(m, RF_H_TARGET_DIALOG) > 0;
	const struct rf_target_dialog *named = rf_message_target_dialog(m);
	/* Whose local and whose remote is read both ways: our tags cannot be mistaken (ADR 015). */
	struct rf_dialog *d = named == NULL ? NULL :
	    rf_dialog_match(s->e, named->call_id, named->remote_tag, named->local_tag);
	if (d == NULL && named != NULL)
		d = rf_dialog_match(s->e, named->call_id, named->local_tag, named->remote_tag);
	struct rf_leg *leg = d != NULL ? rf_leg_at(s->e, d->leg) : NULL;
	struct rf_call *call = leg != NULL ? rf_call_at(s->e, leg->call) : NULL;
	/* Of that session, but of no leg: who sent it may be somebody else than who it is about. */
	rf_trace_message(s, RF_TRACE_RX, &s->event->path, call != NULL ? call->session : 0,
	    UINT8_MAX, RF_ROLE_MAX, 0, (uint8_t)m->method, false);
	uint16_t refusal = !asked ? 403
	    : named == NULL || rf_message_count(m, RF_H_CONTACT) != 1 ? 400
	    : !rf_dialog_fits(m) ? 513
	    : call == NULL ? 481 : 0;
	if (refusal != 0) {
		rf_respond(s, server, refusal, RF_SLICE(""));
		return;
	}
	d = rf_dialog_new_outside(s, call);
	if (d == NULL) {
		refuse_overload(s, server);
		return;
	}
	server->owner_kind = RF_KIND_DIALOG;
	server->owner = rf_pool_ref(s->e, RF_KIND_DIALOG, d);
	server->session = call->session;
	rf_refer_received(s, leg, d, server, false);
}

static void
out_of_dialog(struct rf_step *s, struct rf_txn *server)
{
	if (s->message->method != RF_METHOD_INVITE && s->message->method != RF_METHOD_REFER)
		trace_received(s, NULL);
	switch (s->message->method) {
	case RF_METHOD_INVITE:
		if (rf_message_count(s->message, RF_H_CONTACT) != 1)   /* RFC 3261 8.1.1.8 */
			rf_respond(s, server, 400, RF_SLICE(""));
		else if (!rf_dialog_fits(s->message))
			rf_respond(s, server, 513, RF_SLICE(""));
		else if (looped(s))
			rf_respond(s, server, 482, RF_SLICE(""));
		else if (rf_message_count(s->message, RF_H_REPLACES) == 0)
			rf_call_begin(s, server);
		else if (rf_message_count(s->message, RF_H_JOIN) > 0)
			rf_respond(s, server, 400, RF_SLICE("")); /* RFC 3891 3: contradictory */
		else
			rf_replace_received(s, server);
		break;
	case RF_METHOD_OPTIONS:
		ask_options(s, server);
		break;
	case RF_METHOD_REFER:
		refer_outside(s, server);
		break;
	case RF_METHOD_NOTIFY:
	case RF_METHOD_SUBSCRIBE:
		answer_event(s, server);
		break;
	default:
		rf_respond(s, server, 481, RF_SLICE(""));
		break;
	}
}

/* ---- in dialog ------------------------------------------------------------------------------ */

static void
within(struct rf_step *s, struct rf_dialog *d, struct rf_txn *server, enum rf_cseq_verdict cseq)
{
	struct rf_leg *leg = rf_leg_at(s->e, d->leg);
	rf_ref me = d->leg, txn = rf_txn_ref(s->e, server);
	const struct rf_message *m = s->message;
	struct rf_writer w;
	if (leg != NULL) {
		const struct rf_call *call = rf_call_at(s->e, leg->call);
		server->owner_kind = RF_KIND_LEG;
		server->owner = me;
		server->leg_number = leg->number;
		server->session = call != NULL ? call->session : 0;
	}
	trace_received(s, leg);
	if (cseq == RF_CSEQ_LOW || (cseq == RF_CSEQ_REPEATED && m->method != RF_METHOD_REFER)) {
		rf_respond(s, server, 500, RF_SLICE(""));
		return;
	}
	if (m->method == RF_METHOD_SUBSCRIBE) {
		rf_subscription_received(s, d, server);
		return;
	}
	if (m->method == RF_METHOD_NOTIFY) {
		answer_event(s, server);
		return;
	}
	if (leg == NULL) { /* only a subscription is left of the dialog */
		rf_respond(s, server, 481, RF_SLICE(""));
		return;
	}
	if (m->method == RF_METHOD_INVITE || m->method == RF_METHOD_UPDATE ||
	    m->method == RF_METHOD_REFER)
		rf_dialog_refresh(s, d);
	switch (m->method) {
	case RF_METHOD_BYE:
		rf_run(s, RF_MACHINE_LEG, me, RF_LEG_RX_BYE, 0, txn);
		break;
	case RF_METHOD_INVITE:
		rf_run(s, RF_MACHINE_OFFER, me, RF_OFFER_RX_OFFER, 0, txn);
		break;
	case RF_METHOD_UPDATE:
		if (m->body.len > 0 && leg->state == RF_LEG_IS_UP)
			rf_run(s, RF_MACHINE_OFFER, me, RF_OFFER_RX_OFFER, 0, txn);
		else
			rf_leg_relay(s, leg, server);
		break;
	case RF_METHOD_PRACK:
	case RF_METHOD_INFO:
		rf_leg_relay(s, leg, server);
		break;
	case RF_METHOD_REFER:
		rf_refer_received(s, leg, d, server, cseq == RF_CSEQ_REPEATED);
		break;
	case RF_METHOD_OPTIONS:
		rf_bytes_begin(s, &w);
		rf_write_abilities(&w, rf_leg_may_refer(leg), false);
		rf_write_text(&w, ACCEPTED);
		rf_respond(s, server, 200, rf_bytes_end(s, &w));
		break;
	default:
		rf_respond(s, server, 405, RF_SLICE(""));
		break;
	}
}

static void
cancel(struct rf_step *s, struct rf_txn *server)
{
	struct rf_txn *invite = rf_server_find_cancelled(s);
	trace_received(s, invite != NULL && invite->owner_kind == RF_KIND_LEG ?
	    rf_leg_at(s->e, invite->owner) : NULL);
	if (invite == NULL) {
		rf_respond(s, server, 481, RF_SLICE(""));
		return;
	}
	server->session = invite->session;
	server->leg_number = invite->leg_number;
	rf_respond(s, server, 200, RF_SLICE(""));
	if (invite->owner_kind != RF_KIND_LEG)
		return;
	rf_ref leg = invite->owner;
	rf_run(s, RF_MACHINE_LEG, leg, RF_LEG_RX_CANCEL, 0, 0);
	rf_run(s, RF_MACHINE_OFFER, leg, RF_OFFER_RX_CANCEL, 0, 0);     /* a re-INVITE */
}

void
rf_tu_request(struct rf_step *s, struct rf_txn *server)
{
	server->has_body = s->message->body.len > 0;
	if (s->message->method == RF_METHOD_CANCEL) {
		cancel(s, server);
		return;
	}
	if (refuse_plainly(s, server))
		return;
	if (s->message->to.tag.len == 0) {
		out_of_dialog(s, server);
		return;
	}
	struct rf_dialog *d = rf_dialog_find(s);
	if (d == NULL) {
		trace_received(s, NULL);
		rf_respond(s, server, 481, RF_SLICE(""));
		return;
	}
	within(s, d, server, rf_dialog_take_cseq(s, d));
}

bool
rf_tu_known(const struct rf_step *s)
{
	return rf_dialog_find(s) != NULL;
}

bool
rf_tu_bye(struct rf_step *s)
{
	struct rf_dialog *d = rf_dialog_find(s);
	if (s->message->method != RF_METHOD_BYE || d == NULL || rf_leg_at(s->e, d->leg) == NULL ||
	    rf_dialog_take_cseq(s, d) != RF_CSEQ_NEW)
		return false;
	rf_run(s, RF_MACHINE_LEG, d->leg, RF_LEG_RX_BYE, 0, 0);
	return true;
}

void
rf_tu_ack(struct rf_step *s)
{
	struct rf_dialog *d = rf_dialog_find(s);
	trace_received(s, d != NULL ? rf_leg_at(s->e, d->leg) : NULL);
	if (d == NULL || d->leg == 0) {
		s->e->stats.rx_dropped++;
		return;
	}
	const struct rf_leg *leg = rf_leg_at(s->e, d->leg);
	if (leg == NULL || s->message->cseq.number != leg->final_cseq)
		return;                                 /* of an exchange before */
	rf_run(s, RF_MACHINE_ACCEPT, d->leg, RF_ACCEPT_RX_ACK, 0, 0);
}

void
rf_tu_server_done(struct rf_step *s, struct rf_txn *server)
{
	struct rf_leg *leg =
	    server->owner_kind == RF_KIND_LEG ? rf_leg_at(s->e, server->owner) : NULL;
	if (leg != NULL && leg->server == rf_txn_ref(s->e, server))
		leg->server = 0;
}

/* ---- responses ------------------------------------------------------------------------------ */

enum {
	RF_FORKS_MAX = 8,          /* 2xx of different forks to one INVITE; more are dropped */
	RF_FORK_CSEQ_JUMP = 65536, /* more requests than we ever sent in one dialog */
};

static void
end_fork(struct rf_step *s, struct rf_dialog *d, uint32_t cseq)
{
	rf_ref ref = rf_pool_ref(s->e, RF_KIND_DIALOG, d);
	/* Nothing is remembered of what we sent there.  Should its 2xx come once more, even to the
	 * next process, then this BYE is another request. */
	d->local_cseq += RF_FORK_CSEQ_JUMP + (uint32_t)(s->now / (100 * RF_MS)) % (1u << 24);
	rf_run(s, RF_MACHINE_DIALOG, ref, RF_DIALOG_CONFIRM, 0, 0);
	rf_dialog_ack(s, d, cseq, RF_SLICE(""), RF_SLICE(""));
	if (rf_dialog_request(s, d,
		&(struct rf_in_dialog){
		    .method = RF_METHOD_BYE, .owner_kind = RF_KIND_DIALOG, .owner = ref }) == NULL)
		rf_run(s, RF_MACHINE_DIALOG, ref, RF_DIALOG_UNUSE, 0, 0);
}

/* A 2xx to an INVITE that no leg waits for: the same fork again, another one, or one that comes
 * when the leg is gone (T7: every 2xx is ACKed, losers get a BYE). */
static void
spare_2xx(struct rf_step *s, struct rf_txn *client)
{
	struct rf_dialog *d = rf_dialog_find_fork(s);
	if (d != NULL) {
		if (d->ack_cseq == client->cseq)        /* else it is still owed */
			rf_dialog_repeat_ack(s, d);
		return;
	}
	d = client->forks < RF_FORKS_MAX ? rf_dialog_fork(s) : NULL;
	if (d == NULL) {
		s->e->stats.rx_dropped++;
		return;
	}
	client->forks++;
	end_fork(s, d, client->cseq);
}

/* The party took an offer that we made before the restart and know nothing of: whatever media it
 * has now, it is offered that of the party it is connected to. */
static void
acknowledge_late(struct rf_step *s, struct rf_dialog *d, uint32_t cseq)
{
	struct rf_leg *leg = rf_leg_at(s->e, d->leg);
	const struct rf_call *call = rf_call_at(s->e, leg->call);
	const struct rf_refer *r = call != NULL ? rf_refer_at(s->e, call->refer) : NULL;
	/* A swap that is under way will offer what it wants, and must not hear of this one. */
	bool swaps = r != NULL && r->survivor == d->leg && r->state != RF_REFER_IS_TRYING &&
	    r->state != RF_REFER_IS_RESCUING;
	rf_dialog_ack(s, d, cseq, RF_SLICE(""), RF_SLICE(""));
	if (cseq == d->invite_cseq || leg->client != 0 || swaps ||
	    rf_leg_at(s->e, leg->peer) == NULL)
		return;
	d->invite_cseq = cseq;
	leg->reoffer_from = leg->peer;
	rf_raise(s, RF_MACHINE_OFFER, d->leg, RF_OFFER_REOFFER, 0, 0);
}

/* Its 2xx is repeated until we ACK it, whoever of us asked for it (RFC 3261 13.2.2.4), and though
 * the connection broke under our INVITE.  One of an INVITE that went with the process is ended,
 * too: nobody waits for that party any more. */
void
rf_tu_stray_2xx(struct rf_step *s)
{
	struct rf_dialog *d = rf_dialog_find_fork(s);
	struct rf_path path;
	uint32_t cseq = s->message->cseq.number;
	const struct rf_leg *leg = d != NULL ? rf_leg_at(s->e, d->leg) : NULL;
	if (leg == NULL && s->now >= s->e->strays_until)
		return;
	if (d != NULL) {
		if (d->ack != 0 && d->ack_cseq == cseq)
			rf_dialog_repeat_ack(s, d);
		else if (leg != NULL && !leg->ack_owed && cseq <= d->local_cseq)
			acknowledge_late(s, d, cseq);
		return;
	}
	/* An attempt that is being placed again waits for just that: first it has its turn. */
	bool early = s->now < s->e->strays_until - RF_STRAYS_S * RF_SECOND + 8 * s->e->config.t1;
	d = early ? NULL : rf_dialog_fork(s);
	if (d == NULL)
		return;
	/* It says itself where it is: only if that is where it came from. */
	rf_dialog_path(d, &path);
	rf_ref ref = rf_pool_ref(s->e, RF_KIND_DIALOG, d);
	if (memcmp(path.remote.ip, s->event->path.remote.ip, sizeof path.remote.ip) != 0) {
		rf_dialog_forget(s->e, ref);
		return;
	}
	end_fork(s, d, cseq);
}

static void
invite_answered(struct rf_step *s, struct rf_leg *leg, struct rf_txn *client, uint16_t status)
{
	rf_ref me = client->owner, txn = rf_txn_ref(s->e, client);
	leg->heard = leg->heard || s->message != NULL;
	if (leg->client != txn) {
		if (status >= 200 && status < 300)
			spare_2xx(s, client);
		return;
	}
	bool first = leg->state == RF_LEG_IS_CALLING || leg->state == RF_LEG_IS_PROCEEDING ||
	    leg->state == RF_LEG_IS_CANCELLING;
	if (status >= 300) {
		const struct rf_retry_after *after = s->message != NULL &&
		    !s->message->is_request ? rf_message_retry_after(s->message) : NULL;
		leg->retry_after_s = after != NULL ? after->delay_s : 0;
	}
	if (first && status < 200) {
		struct rf_dialog *d = rf_dialog_at(s->e, leg->dialog);
		if (d != NULL && status > 100)
			rf_dialog_learn(
			    s, d); /* PRACK and UPDATE need it; the 2xx has the last word */
		rf_run(s, RF_MACHINE_LEG, me, RF_LEG_RX_1XX, status, txn);
	} else if (first) {
		rf_run(s, RF_MACHINE_LEG, me, status < 300 ? RF_LEG_RX_2XX : RF_LEG_RX_FAILURE,
		    status, txn);
	} else if (status >= 200) {
		rf_run(s, RF_MACHINE_OFFER, me,
		    status < 300 ? RF_OFFER_RX_2XX : RF_OFFER_RX_FAILURE, status, txn);
	}
}

/* A leg that passed something on is gone, or never mattered: who waits for the answer gets it. */
static void
answer_peer(struct rf_step *s, const struct rf_txn *client, uint16_t status)
{
	struct rf_txn *server = rf_txn_at(s->e, client->peer);
	if (server == NULL || status < 200)
		return;
	const struct rf_leg *asker =
	    server->owner_kind == RF_KIND_LEG ? rf_leg_at(s->e, server->owner) : NULL;
	if (asker != NULL && asker->server == client->peer)
		rf_raise(s, RF_MACHINE_OFFER, server->owner, RF_OFFER_PEER_FAILED,
		    status < 300 ? 487 : status, client->peer);
	else if (status == 408 && s->message == NULL)
		rf_server_drop(s, server);              /* RFC 4320: no 408 to a non-INVITE */
	else
		rf_leg_relay_response(s, server, status);
}

/* After a restart silence says nothing about a party: the network may come back later than we. */
static void
probed(struct rf_step *s, const struct rf_txn *client, uint16_t status)
{
	if (s->message != NULL && status >= 300 && status != 405 && status != 501 &&
	    status != 408 && rf_dialog_scope(status) != RF_SCOPE_TRANSACTION)
		rf_raise(s, RF_MACHINE_LEG, client->owner, RF_LEG_LOST, status, 0);
}

static void
answered(struct rf_step *s, struct rf_txn *client, uint16_t status)
{
	struct rf_leg *leg;
	switch ((enum rf_kind)client->owner_kind) {
	case RF_KIND_LEG:
		leg = rf_leg_at(s->e, client->owner);
		if (client->method == RF_METHOD_BYE) {
			if (status >= 200)
				rf_run(
				    s, RF_MACHINE_LEG, client->owner, RF_LEG_BYE_DONE, status, 0);
		} else if (client->method == RF_METHOD_OPTIONS && client->peer == 0) {
			probed(s, client, status);
		} else if (leg == NULL && client->method == RF_METHOD_INVITE && client->peer == 0) {
			if (status >= 200 && status < 300)
				spare_2xx(s, client);
		} else if (leg != NULL && (client->method == RF_METHOD_INVITE ||
		    leg->client == rf_txn_ref(s->e, client))) {
			invite_answered(s, leg, client, status);
		} else {
			answer_peer(s, client, status);
			if (status >= 300 && status != 405 && status != 501 &&
			    rf_dialog_scope(status) != RF_SCOPE_TRANSACTION)
				rf_raise(s, RF_MACHINE_LEG, client->owner, RF_LEG_LOST, status, 0);
		}
		break;
	case RF_KIND_SUBSCRIPTION:
		if (status >= 300)
			s->e->stats.notify_failed++;
		if (status >= 200)
			rf_run(s, RF_MACHINE_SUBSCRIPTION, client->owner,
			    status < 300 ? RF_SUBSCRIPTION_OK : RF_SUBSCRIPTION_REFUSED, status, 0);
		break;
	case RF_KIND_DIALOG:                            /* BYE of a fork that lost */
		if (status >= 200)
			rf_run(s, RF_MACHINE_DIALOG, client->owner, RF_DIALOG_UNUSE, 0, 0);
		break;
	case RF_KIND_NONE:
	case RF_KIND_TXN:
	case RF_KIND_CALL:
	case RF_KIND_REFER:
	case RF_KIND_ROUTE:
	case RF_KIND_REPLACE:
	case RF_KIND_RECEIVER:
	case RF_KIND_DELIVERY:
	case RF_KIND_MAX:
		break;
	}
}

void
rf_tu_response(struct rf_step *s, struct rf_txn *client)
{
	answered(s, client, s->message->status);
}

void
rf_tu_failed(struct rf_step *s, struct rf_txn *client, uint16_t status)
{
	answered(s, client, status);
}

/* ---- timers and commands -------------------------------------------------------------------- */

void
rf_tu_timer(struct rf_step *s, enum rf_kind kind, rf_ref ref, unsigned timer)
{
	static const struct {
		uint8_t machine, event;
	} timers[RF_KIND_MAX][RF_TIMERS_PER_SLOT_MAX] = {
		[RF_KIND_LEG] = {
			[RF_T_LEG_CANCEL] = { RF_MACHINE_LEG, RF_LEG_T_CANCEL },
			[RF_T_LEG_2XX] = { RF_MACHINE_ACCEPT, RF_ACCEPT_T_2XX },
			[RF_T_LEG_ACK] = { RF_MACHINE_ACCEPT, RF_ACCEPT_T_ACK },
			[RF_T_LEG_OFFER] = { RF_MACHINE_OFFER, RF_OFFER_T_OFFER },
		},
		[RF_KIND_CALL] = { [RF_T_CALL_COMMIT] = { RF_MACHINE_CALL, RF_CALL_T_COMMIT } },
		[RF_KIND_REFER] = {
			[RF_T_REFER_STORE] = { RF_MACHINE_REFER, RF_REFER_T_STORE },
			[RF_T_REFER_BYE] = { RF_MACHINE_REFER, RF_REFER_T_BYE },
			[RF_T_REFER_SWAP] = { RF_MACHINE_REFER, RF_REFER_T_SWAP },
		},
		[RF_KIND_SUBSCRIPTION] = {
			[RF_T_SUBSCRIPTION_EXPIRE] = { RF_MACHINE_SUBSCRIPTION,
			    RF_SUBSCRIPTION_T_EXPIRE },
		},
		[RF_KIND_ROUTE] = {
			[RF_T_ROUTE_RING] = { RF_MACHINE_ROUTE, RF_ROUTE_T_RING },
			[RF_T_ROUTE_RETRY] = { RF_MACHINE_ROUTE, RF_ROUTE_T_RETRY },
			[RF_T_ROUTE_COMMIT] = { RF_MACHINE_ROUTE, RF_ROUTE_T_COMMIT },
		},
		[RF_KIND_REPLACE] = {
			[RF_T_REPLACE_SWAP] = { RF_MACHINE_REPLACE, RF_REPLACE_T_SWAP },
			[RF_T_REPLACE_COMMIT] = { RF_MACHINE_REPLACE, RF_REPLACE_T_COMMIT },
		},
		[RF_KIND_RECEIVER] = {
			[RF_T_RECEIVER_OPEN] = { RF_MACHINE_RECEIVER, RF_RECEIVER_T_OPEN },
		},
		[RF_KIND_DELIVERY] = {
			[RF_T_DELIVERY_RETRY] = { RF_MACHINE_DELIVERY, RF_DELIVERY_T_RETRY },
		},
	};
	assert(timer < RF_TIMERS_PER_SLOT_MAX);
	rf_run(
	    s, (enum rf_machine)timers[kind][timer].machine, ref, timers[kind][timer].event, 0, 0);
}

void
rf_tu_command(struct rf_step *s)
{
	const struct rf_call *call = rf_call_at(s->e, rf_call_find(s->e, s->event->value));
	struct rf_effect *x = rf_effect_new(s, RF_FX_REPLY);
	x->token = s->event->token;
	if (call == NULL) {
		x->bytes = RF_SLICE("there is no such session");
	} else if (call->state > RF_CALL_IS_CONNECTING && call->state != RF_CALL_IS_BRIDGED) {
		x->bytes = RF_SLICE("not now: a promise is being kept, or it is ending already");
	} else {
		x->bytes = RF_SLICE("ending");
		rf_run(
		    s, RF_MACHINE_CALL, rf_pool_ref(s->e, RF_KIND_CALL, call), RF_CALL_END, 0, 0);
	}
}
