/* SPDX-License-Identifier: BSD-2-Clause */
/* engine/replace.c -- guards and actions of an INVITE with Replaces; the table is replace.def.
 *
 * The old leg is left as it is until the new one is confirmed: whatever goes wrong before that, the
 * old call goes on (ADR 014).  What this file must never know: sockets, storage, policy. */
#include "engine/replace.h"

#include <assert.h>

#include "engine/call.h"
#include "engine/compose.h"
#include "engine/dialog.h"
#include "engine/leg.h"
#include "engine/record.h"
#include "engine/txn.h"

static rf_ref
me(const struct rf_step *s)
{
	return rf_pool_ref(s->e, RF_KIND_REPLACE, s->replace);
}

static void
shed(struct rf_step *s, struct rf_txn *server)
{
	struct rf_writer w;
	s->e->stats.shed_overload++;
	rf_bytes_begin(s, &w);
	rf_write_retry_after(s, &w);
	rf_respond(s, server, 503, rf_bytes_end(s, &w));
}

/* The new party's leg: a leg of the call from the start, so that its INVITE is answered, cancelled
 * and traced like any other.  NULL: no room. */
static struct rf_leg *
join(struct rf_step *s, struct rf_call *call, const struct rf_leg *replaced, struct rf_txn *server)
{
	struct rf_leg *leg = rf_leg_new(s, call, (enum rf_role)replaced->role);
	if (leg == NULL)
		return NULL;
	leg->uas = true;
	struct rf_dialog *d = rf_dialog_new_uas(s, rf_leg_ref(s->e, leg));
	if (d == NULL) {
		rf_leg_free(s, leg);
		return NULL;
	}
	leg->dialog = rf_pool_ref(s->e, RF_KIND_DIALOG, d);
	leg->server = rf_txn_ref(s->e, server);
	rf_leg_take_sdp(s, leg);
	server->owner_kind = RF_KIND_LEG;
	server->owner = rf_leg_ref(s->e, leg);
	server->session = call->session;
	server->leg_number = leg->number;
	return leg;
}

static void
begin(struct rf_step *s, struct rf_leg *replaced, bool early_only, struct rf_txn *server)
{
	struct rf_engine *e = s->e;
	struct rf_call *call = rf_call_at(e, replaced->call);
	assert(call != NULL);                           /* a leg is a leg of a call */
	struct rf_replace *r = e->draining ? NULL : rf_pool_take(e, RF_KIND_REPLACE);
	struct rf_leg *leg = r != NULL ? join(s, call, replaced, server) : NULL;
	if (leg == NULL) {
		if (r != NULL)
			rf_pool_give(e, RF_KIND_REPLACE, r);
		shed(s, server);
		return;
	}
	call->refers++;
	r->early_only = early_only;
	r->call = replaced->call;
	r->leg = rf_leg_ref(e, leg);
	r->replaced = rf_leg_ref(e, replaced);
	r->survivor = replaced->peer;
	rf_trace_message(s, RF_TRACE_RX, &s->event->path, call->session, leg->number, leg->role, 0,
	    RF_METHOD_INVITE, false);
	rf_run(s, RF_MACHINE_LEG, r->leg, RF_LEG_RX_INVITE, 0, 0);
	rf_run(s, RF_MACHINE_REPLACE, rf_pool_ref(e, RF_KIND_REPLACE, r), RF_REPLACE_RX_INVITE, 0,
	    0);
}

void
rf_replace_received(struct rf_step *s, struct rf_txn *server)
{
	const struct rf_replaces *named = rf_message_replaces(s->message);
	if (named == NULL) {
		rf_respond(s, server, 400, RF_SLICE(""));
		return;
	}
	/* RFC 3891 3: the to-tag is our tag, the from-tag theirs; never the other way round. */
	const struct rf_dialog *d =
	    rf_dialog_match(s->e, named->call_id, named->to_tag, named->from_tag);
	struct rf_leg *replaced = d != NULL ? rf_leg_at(s->e, d->leg) : NULL;
	if (replaced != NULL) {
		begin(s, replaced, named->early_only, server);
		return;
	}
	/* What no INVITE made is no call; of one that was, only a subscription is left. */
	s->e->stats.replaces_refused++;
	rf_respond(s, server, d == NULL || d->outside ? 481 : 603, RF_SLICE(""));
}

void
rf_replace_answered(struct rf_step *s, rf_ref ref, uint8_t question)
{
	struct rf_replace *r = rf_replace_at(s->e, ref);
	const struct rf_plan *plan = s->event->plan;
	bool full = false;
	if (r == NULL || r->question != question)
		return;
	if ((question & RF_ASKED_MASK) == RF_ASKED_STORE) {
		rf_run(s, RF_MACHINE_REPLACE, ref, RF_REPLACE_STORED, s->event->stored, 0);
		return;
	}
	struct rf_leg *leg = rf_leg_at(s->e, r->leg);
	if (plan == NULL || !plan->allow || leg == NULL) {
		rf_run(s, RF_MACHINE_REPLACE, ref, RF_REPLACE_POLICY_NO,
		    plan == NULL || plan->status < 300 ? 500 : plan->status, 0);
		return;
	}
	leg->refer_allowed = plan->refer_allowed;
	rf_text_set(s->e, &leg->partner, rf_plan_text(plan, plan->partner), &full);
	if (full)                                       /* nobody's: it could never refer */
		rf_run(s, RF_MACHINE_REPLACE, ref, RF_REPLACE_POLICY_NO, 503, 0);
	else
		rf_run(s, RF_MACHINE_REPLACE, ref, RF_REPLACE_POLICY_OK, 0, 0);
}

void
rf_replace_party_left(struct rf_step *s, struct rf_call *call, rf_ref leg)
{
	const struct rf_replace *r = rf_replace_at(s->e, call->replace);
	if (r == NULL || leg == 0)
		return;
	if (leg == r->leg)
		rf_raise(s, RF_MACHINE_REPLACE, call->replace, RF_REPLACE_REPLACER_LEFT, 0, leg);
	else if (leg == r->replaced)
		rf_raise(s, RF_MACHINE_REPLACE, call->replace, RF_REPLACE_REPLACED_LEFT, 0, leg);
	else if (leg == r->survivor)
		rf_raise(s, RF_MACHINE_REPLACE, call->replace, RF_REPLACE_SURVIVOR_LEFT, 0, leg);
}

/* Tells the replacement of the call what became of the offer to `leg`, if it is the survivor. */
static void
tell_offered(struct rf_step *s, const struct rf_leg *leg, uint8_t event)
{
	const struct rf_call *call = rf_call_at(s->e, leg->call);
	const struct rf_replace *r = call != NULL ? rf_replace_at(s->e, call->replace) : NULL;
	if (r != NULL && rf_leg_ref(s->e, leg) == r->survivor)
		rf_raise(s, RF_MACHINE_REPLACE, call->replace, event, s->status, 0);
}

void
rf_replace_media_agreed(struct rf_step *s, struct rf_leg *leg)
{
	tell_offered(s, leg, RF_REPLACE_AGREED);
}

void
rf_replace_media_refused(struct rf_step *s, struct rf_leg *leg)
{
	tell_offered(s, leg, RF_REPLACE_REFUSED);
}

void
rf_replace_acked(struct rf_step *s, struct rf_leg *leg)
{
	const struct rf_call *call = rf_call_at(s->e, leg->call);
	const struct rf_replace *r = call != NULL ? rf_replace_at(s->e, call->replace) : NULL;
	if (r != NULL && rf_leg_ref(s->e, leg) == r->leg)
		rf_raise(s, RF_MACHINE_REPLACE, call->replace, RF_REPLACE_ACKED, 0, 0);
}

bool
rf_replace_turns_media(const struct rf_engine *e, const struct rf_call *call)
{
	const struct rf_replace *r = call != NULL ? rf_replace_at(e, call->replace) : NULL;
	return r != NULL && r->state != RF_REPLACE_IS_SCREENING;
}

/* ---- guards --------------------------------------------------------------------------------- */

static bool
replaced_is(const struct rf_step *s, unsigned from, unsigned to)
{
	const struct rf_leg *leg = rf_leg_at(s->e, s->replace->replaced);
	return leg != NULL && leg->state >= from && leg->state <= to;
}

static bool
over(const struct rf_step *s)
{
	return replaced_is(s, RF_LEG_IS_PARTING, RF_LEG_IS_DOWN) ||
	    replaced_is(s, RF_LEG_IS_CANCELLING, RF_LEG_IS_CANCELLING) ||
	    s->call->state >= RF_CALL_IS_ENDING;
}

static bool
theirs_unanswered(const struct rf_step *s)
{
	return replaced_is(s, RF_LEG_IS_NEW, RF_LEG_IS_OFFERED);
}

static bool
ours_unanswered(const struct rf_step *s)
{
	return replaced_is(s, RF_LEG_IS_CALLING, RF_LEG_IS_PROCEEDING);
}

static bool
only_early(const struct rf_step *s)
{
	return s->replace->early_only;
}

static bool
another_pending(const struct rf_step *s)
{
	return s->call->state != RF_CALL_IS_BRIDGED || rf_refer_at(s->e, s->call->refer) != NULL ||
	    s->call->replace != 0;
}

static bool
one_legged(const struct rf_step *s)
{
	const struct rf_leg *survivor = rf_leg_at(s->e, s->replace->survivor);
	return survivor == NULL || survivor->state != RF_LEG_IS_UP;
}

static bool
uncommitted(const struct rf_step *s)
{
	return s->status == 0;
}

/* ---- refusing ------------------------------------------------------------------------------- */

static void
none(struct rf_step *s)
{
	(void)s;
}

static void
refuse(struct rf_step *s, uint16_t status)
{
	struct rf_leg *leg = rf_leg_at(s->e, s->replace->leg);
	s->e->stats.replaces_refused++;
	if (leg == NULL)
		return;
	leg->status = status;
	rf_note(s, s->call->session, "Replaces refused");
	rf_run(s, RF_MACHINE_LEG, s->replace->leg, RF_LEG_REFUSE, status, 0);
}

static void
refuse_480(struct rf_step *s)
{
	refuse(s, 480);
}

static void
refuse_481(struct rf_step *s)
{
	refuse(s, 481);
}

static void
refuse_486(struct rf_step *s)
{
	refuse(s, 486);
}

static void
refuse_491(struct rf_step *s)
{
	refuse(s, 491);
}

static void
refuse_603(struct rf_step *s)
{
	refuse(s, 603);
}

static void
refuse_denied(struct rf_step *s)
{
	refuse(s, s->status);
}

static void
refuse_media(struct rf_step *s)
{
	uint16_t status = s->status;
	/* T20: its overload is not ours, its silence no late answer of ours, its loss no unmatched
	 * Replaces; what it wants to be asked again with is not the replacer's to give. */
	if (status < 300 || status == 408 || status == 481)
		status = 480;
	else if (status < 400 || status == 401 || status == 407 || status == 503)
		status = 500;
	refuse(s, status);
}

/* ---- questions ------------------------------------------------------------------------------ */

static void
ask_policy(struct rf_step *s)
{
	const struct rf_leg *replaced = rf_leg_at(s->e, s->replace->replaced);
	s->call->replace = me(s);
	struct rf_effect *x = rf_effect_new(s, RF_FX_ROUTE);
	x->token = rf_token_of(RF_KIND_REPLACE, me(s),
	    rf_question(&s->replace->question, RF_ASKED_PLAN));
	x->trigger = RF_TRIGGER_REPLACE;
	x->path = s->event->path;
	x->message = s->message;
	x->session = s->call->session;
	rf_leg_name_partner(s->e, replaced, x);
}

static void
store_call(struct rf_step *s)
{
	rf_record(s, RF_STORE_ESTABLISHED, rf_token_of(RF_KIND_REPLACE, me(s),
	    rf_question(&s->replace->question, RF_ASKED_STORE)));
}

static void
store_result(struct rf_step *s)
{
	rf_record(s, RF_STORE_ESTABLISHED, 0);
}

static void
arm_commit(struct rf_step *s)
{
	rf_timer_arm(s->e, RF_KIND_REPLACE, s->replace, RF_T_REPLACE_COMMIT,
	    s->e->config.commit_wait);
}

static void
stop_commit(struct rf_step *s)
{
	rf_timer_stop(s->e, RF_KIND_REPLACE, s->replace, RF_T_REPLACE_COMMIT);
}

static void
count_late(struct rf_step *s)
{
	s->e->stats.promised_uncommitted++;
}

/* ---- media ---------------------------------------------------------------------------------- */

/* Who passes things on to whom. */
static void
tie(struct rf_step *s, rf_ref to)
{
	struct rf_leg *survivor = rf_leg_at(s->e, s->replace->survivor);
	struct rf_leg *replaced = rf_leg_at(s->e, s->replace->replaced);
	struct rf_leg *leg = rf_leg_at(s->e, s->replace->leg);
	bool back = to == s->replace->replaced;
	if (survivor != NULL)
		survivor->peer = to;
	if (replaced != NULL)
		replaced->peer = back ? s->replace->survivor : 0;
	if (leg != NULL)
		leg->peer = back ? 0 : s->replace->survivor;
}

static void
reoffer(struct rf_step *s, rf_ref from)
{
	struct rf_leg *survivor = rf_leg_at(s->e, s->replace->survivor);
	if (survivor == NULL)
		return;
	survivor->reoffer_from = from;
	rf_raise(s, RF_MACHINE_OFFER, s->replace->survivor, RF_OFFER_REOFFER, 0, 0);
}

static void
offer_media(struct rf_step *s)
{
	struct rf_leg *leg = rf_leg_at(s->e, s->replace->leg);
	assert(leg != NULL);                            /* its INVITE is unanswered */
	leg->peer = s->replace->survivor;               /* the old pair stays tied until the 2xx */
	reoffer(s, s->replace->leg);
}

static void
arm_swap(struct rf_step *s)
{
	rf_timer_arm(s->e, RF_KIND_REPLACE, s->replace, RF_T_REPLACE_SWAP, 64 * s->e->config.t1);
}

static void
stop_swap(struct rf_step *s)
{
	rf_timer_stop(s->e, RF_KIND_REPLACE, s->replace, RF_T_REPLACE_SWAP);
}

static void
give_back(struct rf_step *s)
{
	const struct rf_leg *leg = rf_leg_at(s->e, s->replace->leg);
	if (leg != NULL)
		rf_leg_leave_peer(s, leg);
	tie(s, s->replace->replaced);
	if (rf_leg_at(s->e, s->replace->replaced) != NULL)
		reoffer(s, s->replace->replaced);
}

/* ---- the call and its legs ------------------------------------------------------------------ */

static void
hold_call(struct rf_step *s)
{
	rf_run(s, RF_MACHINE_CALL, s->replace->call, RF_CALL_ACCEPTED, 0, 0);
}

static void
answer(struct rf_step *s)
{
	tie(s, s->replace->leg);
	rf_run(s, RF_MACHINE_LEG, s->replace->leg, RF_LEG_ANSWER, 0, 0);
}

static void
take_over(struct rf_step *s)
{
	s->e->stats.legs_replaced++;
	rf_run(s, RF_MACHINE_CALL, s->replace->call, RF_CALL_WON, 0, 0);
}

static void
call_kept(struct rf_step *s)
{
	rf_run(s, RF_MACHINE_CALL, s->replace->call, RF_CALL_NOT_WON, s->status, 0);
}

static void
end_replaced(struct rf_step *s)
{
	struct rf_leg *leg = rf_leg_at(s->e, s->replace->replaced);
	if (leg != NULL && leg->status == 0)
		leg->status = 200;                      /* RFC 3326: answered elsewhere */
	rf_raise(s, RF_MACHINE_LEG, s->replace->replaced, RF_LEG_HANG_UP, 0, 0);
}

static void
end_old(struct rf_step *s)
{
	rf_raise(s, RF_MACHINE_LEG, s->replace->replaced, RF_LEG_HANG_UP, 0, 0);
}

static void
end_new(struct rf_step *s)
{
	rf_raise(s, RF_MACHINE_LEG, s->replace->leg, RF_LEG_HANG_UP, 0, 0);
}

static void
release(struct rf_step *s)
{
	struct rf_replace *r = s->replace;
	if (s->call->replace == me(s))
		s->call->replace = 0;
	assert(s->call->refers > 0);
	s->call->refers--;
	rf_raise(s, RF_MACHINE_CALL, r->call, RF_CALL_REFER_OVER, 0, 0);
	rf_timer_stop_all(s->e, RF_KIND_REPLACE, r);
	rf_pool_give(s->e, RF_KIND_REPLACE, r);
}

#define FSM replace
#define FSM_DEF "engine/replace.def"
#include "engine/fsm_expand.h"
