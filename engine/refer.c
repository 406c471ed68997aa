/* SPDX-License-Identifier: BSD-2-Clause */
/* engine/refer.c -- guards and actions of the REFER recipient; the table is refer.def.
 *
 * One machine per REFER, not per dialog: a dialog may carry several, told apart by the id of their
 * implicit subscription (RFC 3515 2.4.6).  What this file must never know: sockets, storage,
 * policy. */
#include "engine/refer.h"

#include <assert.h>

#include "engine/call.h"
#include "engine/compose.h"
#include "engine/dialog.h"
#include "engine/leg.h"
#include "engine/record.h"
#include "engine/route.h"
#include "engine/subscription.h"
#include "engine/txn.h"

enum { RF_REFERS_MAX = 4 };                     /* of one session, until each has been told */

static rf_ref
me(const struct rf_step *s)
{
	return rf_pool_ref(s->e, RF_KIND_REFER, s->refer);
}

/* The dialog that carries its NOTIFYs: the REFER's own, or that of the call. */
static struct rf_dialog *
told_in(const struct rf_step *s, const struct rf_refer *r)
{
	const struct rf_leg *leg = rf_leg_at(s->e, r->referrer);
	return rf_dialog_at(s->e, r->dialog != 0 ? r->dialog : leg != NULL ? leg->dialog : 0);
}

/* The header lines of its 2xx. */
static void
write_accepted(struct rf_step *s, struct rf_writer *w, const struct rf_refer *r,
    const struct rf_txn *server)
{
	const struct rf_dialog *d = told_in(s, r);
	if (server != NULL && d != NULL) {              /* target refresh: Contact is required */
		rf_write_text(w, "Contact: ");
		rf_write_contact_uri(s->e, w, &server->path, d->local_tag);
		rf_write_text(w, "\r\n");
	}
	if (r->silent)
		rf_write_text(w, "Refer-Sub: false\r\n");       /* RFC 4488 4 */
}

/* A REFER seen before (same dialog, same CSeq, other branch) gets the same answer and no new work.
 */
static void
answer_repeated(struct rf_step *s, const struct rf_leg *leg, struct rf_txn *server)
{
	const struct rf_call *call = rf_call_at(s->e, leg->call);
	struct rf_writer w;
	for (unsigned i = 0; call != NULL && i < 2; i++) {
		const struct rf_refer *r =
		    rf_refer_at(s->e, i == 0 ? call->refer : call->releasing);
		if (r == NULL || r->referrer != rf_leg_ref(s->e, leg) ||
		    r->cseq != s->message->cseq.number)
			continue;
		rf_bytes_begin(s, &w);
		if (r->state >= RF_REFER_IS_TRYING)
			write_accepted(s, &w, r, server);
		rf_respond(s, server, r->state >= RF_REFER_IS_TRYING ? r->accept_code : 491,
		    rf_bytes_end(s, &w));
		return;
	}
	rf_respond(s, server, 500, RF_SLICE(""));       /* concluded long ago: RFC 3261 12.2.2 */
}

void
rf_refer_received(struct rf_step *s, struct rf_leg *leg, struct rf_dialog *d, struct rf_txn *server,
    bool repeated)
{
	struct rf_engine *e = s->e;
	struct rf_writer w;
	bool full = false;
	rf_ref referrer = rf_leg_ref(e, leg), in = rf_pool_ref(e, RF_KIND_DIALOG, d);
	bool own = in != leg->dialog;                   /* it only names the dialog of its leg */
	if (repeated) {
		answer_repeated(s, leg, server);
		return;
	}
	struct rf_refer *r = rf_pool_take(e, RF_KIND_REFER);
	if (r == NULL || e->draining) {
		if (r != NULL)
			rf_pool_give(e, RF_KIND_REFER, r);
		if (own)
			rf_run(s, RF_MACHINE_DIALOG, in, RF_DIALOG_UNUSE, 0, 0);
		e->stats.shed_overload++;
		rf_bytes_begin(s, &w);
		rf_write_retry_after(s, &w);
		rf_respond(s, server, 503, rf_bytes_end(s, &w));
		return;
	}
	struct rf_call *call = rf_call_at(e, leg->call);
	assert(call != NULL);
	call->refers++;
	r->call = leg->call;
	r->referrer = referrer;
	r->survivor = leg->peer;
	r->server = rf_txn_ref(e, server);
	r->dialog = own ? in : 0;
	r->cseq = s->message->cseq.number;
	r->since = s->now;
	r->accept_code = 202;
	r->silent = rf_slice_equal_nocase(
			rf_message_value(s->message, RF_H_REFER_SUB), RF_SLICE("false")) ||
		    rf_message_has_token(s->message, RF_H_REQUIRE, RF_SLICE("norefersub"));
	r->with_id = d->refer_seen;
	rf_text_set(e, &r->refer_to, rf_message_value(s->message, RF_H_REFER_TO), &full);
	rf_text_set(e, &r->referred_by, rf_message_value(s->message, RF_H_REFERRED_BY), &full);
	/* For its records: the referrer may leave before they are written. */
	r->ids_call_id_len = rf_dialog_keep_ids(s, d, &r->ids);
	r->ids_to_tag = d->local_tag;
	rf_run(s, RF_MACHINE_REFER, rf_pool_ref(e, RF_KIND_REFER, r), RF_REFER_RX_REFER, 0, 0);
}

void
rf_refer_answered(struct rf_step *s, rf_ref ref, uint8_t question)
{
	struct rf_refer *r = rf_refer_at(s->e, ref);
	const struct rf_plan *plan = s->event->plan;
	if (r == NULL || r->question != question)
		return;
	if ((question & RF_ASKED_MASK) == RF_ASKED_STORE) {
		rf_run(s, RF_MACHINE_REFER, ref,
		    s->event->stored ? RF_REFER_STORED : RF_REFER_STORE_FAIL, 0, 0);
		return;
	}
	if (r->state != RF_REFER_IS_SCREENING)
		return;
	uint16_t refusal = plan == NULL          ? 500
			   : plan->allow         ? 0
			   : plan->status >= 300 ? plan->status
						 : 403;
	struct rf_route *route = refusal == 0 ? rf_route_new(s, RF_KIND_REFER, ref, plan) : NULL;
	if (refusal == 0 && route == NULL)
		refusal = 503;
	if (refusal != 0) {
		rf_run(s, RF_MACHINE_REFER, ref, RF_REFER_POLICY_NO, refusal, 0);
		return;
	}
	r->route = rf_pool_ref(s->e, RF_KIND_ROUTE, route);
	r->accept_code = plan->accept_code == 200 ? 200 : 202;
	r->notify_ringing = plan->notify_ringing;
	r->with_id = r->with_id || plan->subscription_id_always;
	r->wait_for_bye_ms = plan->wait_for_bye_ms;
	rf_run(s, RF_MACHINE_REFER, ref, RF_REFER_POLICY_OK, 0, 0);
}

void
rf_refer_party_left(struct rf_step *s, struct rf_call *call, rf_ref leg)
{
	const struct rf_refer *r = rf_refer_at(s->e, call->refer);
	if (leg == 0)
		return;
	if (r != NULL) {
		if (leg == r->referrer)
			rf_raise(s, RF_MACHINE_REFER, call->refer, RF_REFER_REFERRER_LEFT, 0, leg);
		else if (leg == r->survivor)
			rf_raise(s, RF_MACHINE_REFER, call->refer, RF_REFER_SURVIVOR_LEFT, 0, leg);
		else if (leg == r->target)
			rf_raise(s, RF_MACHINE_REFER, call->refer, RF_REFER_TARGET_LEFT, 0, leg);
	}
	r = rf_refer_at(s->e, call->releasing);
	if (r != NULL && leg == r->referrer)
		rf_raise(s, RF_MACHINE_REFER, call->releasing, RF_REFER_REFERRER_LEFT, 0, leg);
}

void
rf_refer_media_agreed(struct rf_step *s, struct rf_leg *leg)
{
	const struct rf_call *call = rf_call_at(s->e, leg->call);
	const struct rf_refer *r = call != NULL ? rf_refer_at(s->e, call->refer) : NULL;
	if (r == NULL || rf_leg_ref(s->e, leg) != r->survivor)
		return;
	struct rf_leg *target = rf_leg_at(s->e, r->target);
	struct rf_dialog *d = target != NULL ? rf_dialog_at(s->e, target->dialog) : NULL;
	if (d != NULL && target->ack_owed) { /* T18: its offer is answered by the survivor */
		struct rf_slice type = rf_text_get(s->e, leg->content_type);
		target->ack_owed = false;
		rf_dialog_ack(s, d, d->invite_cseq, type,
		    rf_leg_sdp(s, target, type, rf_text_get(s->e, leg->sdp)));
	} else if (d != NULL && leg->media_changed) { /* T18: one re-INVITE, and only one */
		target->reoffer_from = r->survivor;
		rf_raise(s, RF_MACHINE_OFFER, r->target, RF_OFFER_REOFFER, 0, 0);
	}
	rf_raise(s, RF_MACHINE_REFER, call->refer, RF_REFER_AGREED, 0, 0);
}

void
rf_refer_media_refused(struct rf_step *s, struct rf_leg *leg)
{
	const struct rf_call *call = rf_call_at(s->e, leg->call);
	const struct rf_refer *r = call != NULL ? rf_refer_at(s->e, call->refer) : NULL;
	if (r != NULL && rf_leg_ref(s->e, leg) == r->survivor)
		rf_raise(s, RF_MACHINE_REFER, call->refer, RF_REFER_REFUSED, s->status, 0);
}

/* ---- guards --------------------------------------------------------------------------------- */

static bool
ill_formed(const struct rf_step *s)
{
	return rf_message_count(s->message, RF_H_REFER_TO) != 1 ||
	    rf_message_count(s->message, RF_H_REFERRED_BY) > 1;
}

static bool
another_pending(const struct rf_step *s)
{
	return s->call != NULL && (rf_refer_at(s->e, s->call->refer) != NULL ||
	    s->call->replace != 0);
}

static bool
too_many(const struct rf_step *s)
{
	return s->call != NULL && s->call->refers > RF_REFERS_MAX;
}

static bool
early(const struct rf_step *s)
{
	const struct rf_leg *leg = rf_leg_at(s->e, s->refer->referrer);
	return leg == NULL || leg->state < RF_LEG_IS_UP ||
	    (s->call != NULL && s->call->state < RF_CALL_IS_BRIDGED);
}

static bool
one_legged(const struct rf_step *s)
{
	const struct rf_leg *survivor = rf_leg_at(s->e, s->refer->survivor);
	const struct rf_leg *referrer = rf_leg_at(s->e, s->refer->referrer);
	return survivor == NULL || referrer == NULL || referrer->state != RF_LEG_IS_UP ||
	       survivor->state != RF_LEG_IS_UP || s->call == NULL ||
	       s->call->state != RF_CALL_IS_BRIDGED;
}

static bool
no_room(const struct rf_step *s)
{
	return s->refer->server != 0 && !s->refer->silent && !rf_client_room(s->e);
}

static bool
wants_ringing(const struct rf_step *s)
{
	return s->refer->notify_ringing && !s->refer->referrer_left && s->status > 100;
}

static bool
referrer_gone_ivr(const struct rf_step *s)
{
	return s->refer->referrer_left && s->route != NULL && rf_route_has_ivr(s->e, s->route);
}

static bool
to_ivr(const struct rf_step *s)
{
	return referrer_gone_ivr(s) || (s->route != NULL && rf_route_wants_ivr(s->e, s->route) &&
	    rf_route_has_ivr(s->e, s->route));
}

static bool
rescuable(const struct rf_step *s)
{
	return s->refer->outcome == RF_OUTCOME_FAILED && !s->refer->rescued &&
	    !s->refer->survivor_left && s->route != NULL && rf_route_has_ivr(s->e, s->route);
}

static bool
unstored(const struct rf_step *s)
{
	return !s->refer->telling;
}

static bool
referrer_stays(const struct rf_step *s)
{
	const struct rf_leg *leg = rf_leg_at(s->e, s->refer->referrer);
	return !s->refer->referrer_left && leg != NULL && leg->state == RF_LEG_IS_UP;
}

static bool
in_doubt(const struct rf_step *s)
{
	return s->status >= 300 && rescuable(s) && referrer_stays(s) && !s->refer->silent;
}

static bool
must_release(const struct rf_step *s)
{
	return referrer_stays(s) &&
	       (s->refer->outcome == RF_OUTCOME_TRANSFERRED || s->refer->rescued);
}

static bool
must_hang_up(const struct rf_step *s)
{
	return referrer_stays(s) &&
	    (s->refer->outcome == RF_OUTCOME_CLOSED || s->refer->survivor_left);
}

/* ---- answers to the REFER ------------------------------------------------------------------- */

static void
none(struct rf_step *s)
{
	(void)s;
}

static void
reply(struct rf_step *s, uint16_t status, struct rf_slice headers)
{
	struct rf_txn *server = rf_txn_at(s->e, s->refer->server);
	s->refer->server = 0;
	if (status >= 300) {
		s->e->stats.refers_refused++;
		rf_note(s, s->call != NULL ? s->call->session : 0, "REFER refused");
	}
	if (server != NULL)
		rf_respond(s, server, status, headers);
}

static void
reply_400(struct rf_step *s)
{
	reply(s, 400, RF_SLICE(""));
}

static void
reply_481(struct rf_step *s)
{
	reply(s, 481, RF_SLICE(""));
}

static void
reply_487(struct rf_step *s)
{
	reply(s, 487, RF_SLICE(""));
}

static void
reply_491(struct rf_step *s)
{
	reply(s, 491, RF_SLICE(""));
}

static void
reply_503(struct rf_step *s)
{
	struct rf_writer w;
	rf_bytes_begin(s, &w);
	rf_write_retry_after(s, &w);
	reply(s, 503, rf_bytes_end(s, &w));
}

static void
reply_refusal(struct rf_step *s)
{
	struct rf_writer w;
	rf_bytes_begin(s, &w);
	if (s->status == 405)
		rf_write_abilities(&w, false, false);
	if (s->status == 503)
		rf_write_retry_after(s, &w);
	reply(s, s->status, rf_bytes_end(s, &w));
}

static void
accept(struct rf_step *s)
{
	struct rf_refer *r = s->refer;
	struct rf_dialog *d = told_in(s, r);
	struct rf_txn *server = rf_txn_at(s->e, r->server);
	struct rf_writer w;
	s->e->stats.refers_accepted++;
	s->call->transfers++;
	if (d != NULL)
		d->refer_seen = true;
	if (r->dialog != 0)
		rf_run(s, RF_MACHINE_DIALOG, r->dialog, RF_DIALOG_CONFIRM, 0, 0);
	rf_bytes_begin(s, &w);
	write_accepted(s, &w, r, server);
	reply(s, r->accept_code, rf_bytes_end(s, &w));
	rf_run(s, RF_MACHINE_CALL, r->call, RF_CALL_ACCEPTED, 0, 0);
}

/* ---- questions ------------------------------------------------------------------------------ */

static void
ask_policy(struct rf_step *s)
{
	const struct rf_leg *leg = rf_leg_at(s->e, s->refer->referrer);
	struct rf_effect *x = rf_effect_new(s, RF_FX_ROUTE);
	x->token =
	    rf_token_of(RF_KIND_REFER, me(s), rf_question(&s->refer->question, RF_ASKED_PLAN));
	x->trigger = RF_TRIGGER_REFER;
	x->transfers = s->call->transfers;
	x->path = s->event->path;
	x->message = s->message;
	if (s->refer->dialog != 0)
		rf_leg_name_partner(s->e, leg, x);
	else if (leg != NULL)
		x->partner = rf_text_get(s->e, leg->partner);
	x->session = s->call->session;
	s->call->refer = me(s);
}

static void
store(struct rf_step *s, enum rf_store_kind kind)
{
	rf_record(s, kind, rf_token_of(RF_KIND_REFER, me(s), rf_question(&s->refer->question,
	    RF_ASKED_STORE)));
}

static void
store_promise(struct rf_step *s)
{
	store(s, RF_STORE_PROMISE);
}

static void
store_withdrawal(struct rf_step *s)
{
	store(s, RF_STORE_WITHDRAWAL);
	if (s->call != NULL && s->call->refer == me(s))
		s->call->refer = 0; /* it was refused: another may be asked for */
}

static void
store_outcome(struct rf_step *s)
{
	store(s, RF_STORE_OUTCOME);
}

static void
arm_store(struct rf_step *s)
{
	rf_timer_arm(s->e, RF_KIND_REFER, s->refer, RF_T_REFER_STORE, s->e->config.store_wait);
}

static void
stop_store(struct rf_step *s)
{
	rf_timer_stop(s->e, RF_KIND_REFER, s->refer, RF_T_REFER_STORE);
}

static void
mark_undurable(struct rf_step *s)
{
	s->e->stats.undurable_outcomes++;
}

/* ---- telling the referrer ------------------------------------------------------------------- */

static void
subscribe(struct rf_step *s)
{
	struct rf_dialog *d = told_in(s, s->refer);
	if (!s->refer->silent && d != NULL)
		rf_subscription_begin(s, s->refer, d);
}

static void
notify_ringing(struct rf_step *s)
{
	rf_raise(s, RF_MACHINE_SUBSCRIPTION, s->refer->subscription, RF_SUBSCRIPTION_PROGRESS,
	    s->status, 0);
}

static void
notify_final(struct rf_step *s)
{
	s->refer->telling = true;
	if (rf_subscription_at(s->e, s->refer->subscription) != NULL)
		rf_raise(s, RF_MACHINE_SUBSCRIPTION, s->refer->subscription, RF_SUBSCRIPTION_FINISH,
		    s->refer->status, 0);
	else
		rf_raise(s, RF_MACHINE_REFER, me(s), RF_REFER_NOTIFIED, 481, 0);
}

/* ---- route and media ------------------------------------------------------------------------ */

static void
start_route(struct rf_step *s)
{
	rf_raise(s, RF_MACHINE_ROUTE, s->refer->route, RF_ROUTE_START, 0, 0);
}

static void
stop_route(struct rf_step *s)
{
	rf_run(s, RF_MACHINE_ROUTE, s->refer->route, RF_ROUTE_STOP, 0, 0);
}

static void
start_rescue(struct rf_step *s)
{
	if (s->refer->status == 0)
		s->refer->status =
		    s->route != NULL && s->route->status >= 300 ? s->route->status : 480;
	rf_raise(s, RF_MACHINE_ROUTE, s->refer->route, RF_ROUTE_RESCUE, 0, 0);
}

static void
offer_survivor(struct rf_step *s, rf_ref from)
{
	struct rf_leg *survivor = rf_leg_at(s->e, s->refer->survivor);
	if (survivor == NULL)
		return;
	survivor->reoffer_from = from;
	rf_raise(s, RF_MACHINE_OFFER, s->refer->survivor, RF_OFFER_REOFFER, 0, 0);
}

static void
swap_media(struct rf_step *s)
{
	s->refer->target = s->other;
	offer_survivor(s, s->other);
}

static void
arm_swap(struct rf_step *s)
{
	rf_timer_arm(s->e, RF_KIND_REFER, s->refer, RF_T_REFER_SWAP, 64 * s->e->config.t1);
}

static void
restore_media(struct rf_step *s)
{
	offer_survivor(s, s->refer->referrer);
}

static void
stop_swap(struct rf_step *s)
{
	rf_timer_stop(s->e, RF_KIND_REFER, s->refer, RF_T_REFER_SWAP);
}

static void
drop_target(struct rf_step *s)
{
	rf_raise(s, RF_MACHINE_LEG, s->refer->target, RF_LEG_HANG_UP, 0, 0);
}

static void
back_out(struct rf_step *s)
{
	drop_target(s);
	restore_media(s);
}

static void
mark_left(struct rf_step *s)
{
	s->refer->survivor_left = true;
}

static void
mark_told(struct rf_step *s)
{
	s->refer->told = true;
}

static void
retell(struct rf_step *s)
{
	if (s->refer->told)
		rf_raise(s, RF_MACHINE_REFER, me(s), RF_REFER_NOTIFIED, 0, 0);
}

static void
mute(struct rf_step *s)
{
	s->refer->referrer_left = true;
}

/* ---- the outcome ---------------------------------------------------------------------------- */

/* Tells the call how it went, and lets it be: another REFER may come. */
static void
let_go(struct rf_step *s, bool won)
{
	struct rf_call *call = s->call;
	if (call == NULL || call->refer != me(s))
		return;
	/* Before the call forgets which transfer this was. */
	rf_run(s, RF_MACHINE_CALL, s->refer->call, won ? RF_CALL_WON : RF_CALL_NOT_WON,
	    won ? 0 : s->refer->status, 0);
	call->refer = 0;
}

static void
call_won(struct rf_step *s)
{
	s->refer->rescued = true;
	s->e->stats.rescued_by_ivr++;
	let_go(s, true);
}

static void
call_lost(struct rf_step *s)
{
	let_go(s, false);
}

/* The only writer of a transfer's outcome: every way out of a promise passes here, once. */
static void
conclude(struct rf_step *s, enum rf_outcome outcome, uint16_t status)
{
	struct rf_refer *r = s->refer;
	struct rf_call *call = s->call;
	assert(!r->concluded);
	assert(call != NULL);
	r->concluded = true;
	r->outcome = (uint8_t)outcome;
	r->status = status;
	switch (outcome) {
	case RF_OUTCOME_TRANSFERRED:
		s->e->stats.transfers_succeeded++;
		break;
	case RF_OUTCOME_FAILED:
		s->e->stats.transfers_failed++;
		s->e->stats.rescued_by_ivr += r->rescued;
		break;
	case RF_OUTCOME_CLOSED:
		s->e->stats.transfers_abandoned++;
		break;
	case RF_OUTCOME_NONE:
		assert(false);
	}
	if (outcome == RF_OUTCOME_TRANSFERRED || r->rescued) {
		let_go(s, true);
		if (call->releasing != 0)
			rf_raise(s, RF_MACHINE_REFER, call->releasing, RF_REFER_HURRY, 0, 0);
		call->releasing = me(s);
	} else if (r->referrer_left) {
		let_go(s, false);                       /* nobody is left to go back to */
	}
	/* Else the call waits until the referrer knows: it may hang up before that, and then its
	 * BYE does not mean "end the call". */
}

static void
conclude_moved(struct rf_step *s)
{
	conclude(s, RF_OUTCOME_TRANSFERRED, 200);
}

static void
conclude_rescued(struct rf_step *s)
{
	s->refer->rescued = true;
	conclude(s, RF_OUTCOME_FAILED, s->refer->status);
}

static void
conclude_failed(struct rf_step *s)
{
	uint16_t status = s->refer->status != 0 ? s->refer->status
			  : s->status >= 300    ? s->status
						: 480;
	conclude(s, RF_OUTCOME_FAILED, status);
}

static void
conclude_left(struct rf_step *s)
{
	conclude(s, RF_OUTCOME_CLOSED, 487);
}

/* ---- the end -------------------------------------------------------------------------------- */

static void
arm_bye(struct rf_step *s)
{
	uint32_t ms = s->refer->wait_for_bye_ms;
	rf_timer_arm(s->e, RF_KIND_REFER, s->refer, RF_T_REFER_BYE, (rf_time)ms * RF_MS);
}

static void
probe_referrer(struct rf_step *s)
{
	rf_raise(s, RF_MACHINE_LEG, s->refer->referrer, RF_LEG_PROBE, 0, 0);
}

static void
arm_doubt(struct rf_step *s)
{
	rf_timer_arm(s->e, RF_KIND_REFER, s->refer, RF_T_REFER_BYE, 8 * s->e->config.t1);
}

static void
stop_doubt(struct rf_step *s)
{
	rf_timer_stop(s->e, RF_KIND_REFER, s->refer, RF_T_REFER_BYE);
}

static void
hang_up(struct rf_step *s)
{
	rf_raise(s, RF_MACHINE_LEG, s->refer->referrer, RF_LEG_HANG_UP, 0, 0);
}

static void
release(struct rf_step *s)
{
	struct rf_refer *r = s->refer;
	struct rf_subscription *sub = rf_subscription_at(s->e, r->subscription);
	if (sub != NULL)
		sub->refer = 0;
	if (s->call != NULL) {
		if (s->call->refer == me(s))
			s->call->refer = 0;
		if (s->call->releasing == me(s))
			s->call->releasing = 0;
		assert(s->call->refers > 0);
		s->call->refers--;
		rf_raise(s, RF_MACHINE_CALL, r->call, RF_CALL_REFER_OVER, 0, 0);
	}
	if (r->dialog != 0)
		rf_run(s, RF_MACHINE_DIALOG, r->dialog, RF_DIALOG_UNUSE, 0, 0);
	rf_route_free(s, r->route);
	rf_text_drop(s->e, &r->refer_to);
	rf_text_drop(s->e, &r->referred_by);
	rf_text_drop(s->e, &r->ids);
	rf_timer_stop_all(s->e, RF_KIND_REFER, r);
	rf_pool_give(s->e, RF_KIND_REFER, r);
}

#define FSM refer
#define FSM_DEF "engine/refer.def"
#include "engine/fsm_expand.h"
