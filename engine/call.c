/* SPDX-License-Identifier: BSD-2-Clause */
/* engine/call.c -- guards and actions of a session; the table is call.def.
 *
 * A session made by an inbound INVITE and one re-made by a REFER are the same thing: a pair of
 * legs, a route that looks for the missing half, and transfers.  Knows no sockets and no policy. */
#include "engine/call.h"

#include <assert.h>
#include <string.h>

#include "engine/compose.h"
#include "engine/dialog.h"
#include "engine/leg.h"
#include "engine/record.h"
#include "engine/refer.h"
#include "engine/replace.h"
#include "engine/route.h"
#include "engine/txn.h"

enum { RF_ADMISSION_BYTES = 64 * 1024 };        /* text that must be free for a new call */

static rf_ref
me(const struct rf_step *s)
{
	return rf_pool_ref(s->e, RF_KIND_CALL, s->call);
}

uint8_t
rf_question(uint8_t *last, unsigned what)
{
	*last = (uint8_t)(what | ((*last + 1u) & 0x3f));
	return *last;
}

struct rf_drbg
rf_call_draws(const struct rf_call *call)
{
	return (struct rf_drbg){ { call->session, call->secret } };
}

rf_ref
rf_call_find(const struct rf_engine *e, uint64_t session)
{
	uint32_t i = 0;
	for (const struct rf_call *c; (c = rf_pool_next(e, RF_KIND_CALL, &i)) != NULL;) {
		if (c->session == session)
			return rf_pool_ref(e, RF_KIND_CALL, c);
	}
	return 0;
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

/* What of the first INVITE every later INVITE of the session needs. */
static void
carry(struct rf_step *s, struct rf_call *call, struct rf_leg *caller)
{
	uint64_t hops = 70;
	rf_slice_number(&hops, rf_message_value(s->message, RF_H_MAX_FORWARDS), 255);
	call->max_forwards = (uint8_t)(hops > 0 ? hops - 1 : 0);
	caller->rel100 = rf_message_has_token(s->message, RF_H_SUPPORTED, RF_SLICE("100rel")) ||
	    rf_message_has_token(s->message, RF_H_REQUIRE, RF_SLICE("100rel"));
	caller->require_100rel = rf_message_has_token(s->message, RF_H_REQUIRE, RF_SLICE("100rel"));
	rf_leg_take_sdp(s, caller);
}

/* A number of 48 bits, never 0.  The first of a process is drawn, so that two processes do not meet
 * in one store; those behind it are counted, so that what lives at one time lies in the same pages
 * there. */
static uint64_t
next_session(struct rf_engine *e)
{
	uint64_t first = rf_draw(&e->drbg, 0, RF_DRAW_SESSION, 0);
	e->sessions++;
	return ((first + 2 * e->sessions) & UINT64_C(0xffffffffffff)) | 1;
}

void
rf_call_begin(struct rf_step *s, struct rf_txn *server)
{
	struct rf_engine *e = s->e;
	if (e->draining || !rf_text_room(e, RF_ADMISSION_BYTES)) {
		shed(s, server);
		return;
	}
	struct rf_call *call = rf_pool_take(e, RF_KIND_CALL);
	if (call == NULL) {
		shed(s, server);
		return;
	}
	rf_ref ref = rf_pool_ref(e, RF_KIND_CALL, call);
	call->session = next_session(e);
	call->secret = rf_draw(&e->drbg, e->sessions, RF_DRAW_SECRET, 0);
	call->since = s->now;
	struct rf_leg *caller = rf_leg_new(s, call, RF_ROLE_CALLER);
	struct rf_dialog *d = NULL;
	if (caller != NULL) {
		caller->uas = true;
		caller->refer_allowed = true;   /* until policy says else */
		d = rf_dialog_new_uas(s, rf_leg_ref(e, caller));
	}
	if (d == NULL) {
		if (caller != NULL)
			rf_leg_free(s, caller);
		rf_pool_give(e, RF_KIND_CALL, call);
		shed(s, server);
		return;
	}
	caller->dialog = rf_pool_ref(e, RF_KIND_DIALOG, d);
	caller->server = rf_txn_ref(e, server);
	call->pair[0] = rf_leg_ref(e, caller);
	server->owner_kind = RF_KIND_LEG;
	server->owner = call->pair[0];
	server->session = call->session;
	server->leg_number = caller->number;
	carry(s, call, caller);
	/* For every record of the session: parties may change, this does not. */
	call->origin_call_id_len = rf_dialog_keep_ids(s, d, &call->origin);
	call->origin_to_tag = d->local_tag;
	rf_trace_message(s, RF_TRACE_RX, &s->event->path, call->session, caller->number,
	    caller->role, 0, RF_METHOD_INVITE, false);
	rf_run(s, RF_MACHINE_LEG, call->pair[0], RF_LEG_RX_INVITE, 0, 0);
	rf_run(s, RF_MACHINE_CALL, ref, RF_CALL_RX_INVITE, 0, 0);
}

void
rf_call_answered(struct rf_step *s, rf_ref ref, uint8_t question)
{
	struct rf_call *call = rf_call_at(s->e, ref);
	const struct rf_plan *plan = s->event->plan;
	bool full = false;
	if (call == NULL || call->question != question)
		return;
	if ((question & RF_ASKED_MASK) == RF_ASKED_STORE) {
		rf_run(s, RF_MACHINE_CALL, ref, RF_CALL_STORED, s->event->stored, 0);
		return;
	}
	if (plan == NULL || !plan->allow) {
		s->e->stats.calls_refused++;
		rf_note(s, call->session, "call refused by policy");
		call->status = plan == NULL || plan->status < 300 ? 500 : plan->status;
		rf_run(s, RF_MACHINE_CALL, ref, RF_CALL_PLAN_NO, call->status, 0);
		return;
	}
	if (call->state != RF_CALL_IS_ROUTING)
		return;
	struct rf_leg *caller = rf_leg_at(s->e, call->pair[0]);
	struct rf_route *route = rf_route_new(s, RF_KIND_CALL, ref, plan);
	rf_text_set(s->e, &call->pass, rf_plan_text(plan, plan->pass), &full);
	rf_text_set(s->e, &call->carry, rf_plan_text(plan, plan->headers), &full);
	if (caller != NULL) {
		caller->refer_allowed = plan->refer_allowed;
		rf_text_set(s->e, &caller->partner, rf_plan_text(plan, plan->partner), &full);
	}
	call->route = route != NULL ? rf_pool_ref(s->e, RF_KIND_ROUTE, route) : 0;
	if (route == NULL || full) {
		call->status = 503;
		rf_run(s, RF_MACHINE_CALL, ref, RF_CALL_PLAN_NO, 503, 0);
		return;
	}
	rf_run(s, RF_MACHINE_CALL, ref, RF_CALL_PLAN_OK, 0, 0);
}

/* ---- guards --------------------------------------------------------------------------------- */

static bool
by_caller(const struct rf_step *s)
{
	return s->other == s->call->pair[0];
}

static bool
of_pair(const struct rf_step *s)
{
	return s->other == s->call->pair[0] || s->other == s->call->pair[1];
}

static bool
by_referrer(const struct rf_step *s)
{
	return (s->refer != NULL && s->other == s->refer->referrer) ||
	    (s->replace != NULL && s->other == s->replace->replaced);
}

static bool
by_survivor(const struct rf_step *s)
{
	return (s->refer != NULL && s->other == s->refer->survivor) ||
	    (s->replace != NULL && s->other == s->replace->survivor);
}

static bool
uncommitted(const struct rf_step *s)
{
	return s->status == 0;
}

static bool
nothing_left(const struct rf_step *s)
{
	for (unsigned i = 0; i < RF_CALL_LEGS_MAX; i++) {
		if (s->call->leg[i] != 0)
			return false;
	}
	return s->call->refers == 0;
}

/* ---- actions -------------------------------------------------------------------------------- */

static void
none(struct rf_step *s)
{
	(void)s;
}

static void
ask_plan(struct rf_step *s)
{
	struct rf_effect *x = rf_effect_new(s, RF_FX_ROUTE);
	x->token = rf_token_of(RF_KIND_CALL, me(s), rf_question(&s->call->question, RF_ASKED_PLAN));
	x->trigger = RF_TRIGGER_INVITE;
	x->path = s->event->path;
	x->message = s->message;
	x->session = s->call->session;
}

static void
start_route(struct rf_step *s)
{
	rf_raise(s, RF_MACHINE_ROUTE, s->call->route, RF_ROUTE_START, 0, 0);
}

static void
stop_route(struct rf_step *s)
{
	rf_run(s, RF_MACHINE_ROUTE, s->call->route, RF_ROUTE_STOP, 0, 0);
}

static void
relay_ringing(struct rf_step *s)
{
	struct rf_leg *to = rf_leg_at(s->e, s->call->pair[0]), *from = rf_leg_at(s->e, s->other);
	if (to != NULL && from != NULL)
		rf_leg_relay_provisional(s, from, to);
}

static void
take_callee(struct rf_step *s)
{
	s->call->pair[1] = s->other;
}

static void
store_call(struct rf_step *s)
{
	rf_record(s, RF_STORE_ESTABLISHED, rf_token_of(RF_KIND_CALL, me(s),
	    rf_question(&s->call->question, RF_ASKED_STORE)));
}

static void
arm_commit(struct rf_step *s)
{
	rf_timer_arm(s->e, RF_KIND_CALL, s->call, RF_T_CALL_COMMIT, s->e->config.commit_wait);
}

static void
stop_commit(struct rf_step *s)
{
	rf_timer_stop(s->e, RF_KIND_CALL, s->call, RF_T_CALL_COMMIT);
}

static void
count_late(struct rf_step *s)
{
	s->e->stats.promised_uncommitted++;
}

static void
drop_route(struct rf_step *s)
{
	rf_route_free(s, s->call->route);
	s->call->route = 0;
}

static void
answer(struct rf_step *s)
{
	s->e->stats.calls_established++;
	s->call->answered = s->now;
	rf_run(s, RF_MACHINE_LEG, s->call->pair[0], RF_LEG_ANSWER, 0, 0);
	drop_route(s);
}

static void
refuse(struct rf_step *s)
{
	struct rf_leg *caller = rf_leg_at(s->e, s->call->pair[0]);
	if (caller == NULL)
		return;
	uint16_t status = s->call->status != 0 ? s->call->status
			  : s->status >= 300   ? s->status
					       : 480;
	/* A target's 503 says nothing about us (T20): only our own overload is 503. */
	caller->status = status == 503 && s->call->status == 0 ? 500 : status;
	s->call->status = caller->status;
	rf_run(s, RF_MACHINE_LEG, s->call->pair[0], RF_LEG_REFUSE, caller->status, 0);
}

static void
end_pair(struct rf_step *s)
{
	for (unsigned i = 0; i < 2; i++) {
		struct rf_leg *leg = rf_leg_at(s->e, s->call->pair[i]);
		if (leg == NULL)
			continue;
		if (s->status >= 300 && leg->status == 0)
			leg->status = s->status;
		rf_raise(s, RF_MACHINE_LEG, s->call->pair[i], RF_LEG_HANG_UP, 0, 0);
	}
}

static void
tell_refer(struct rf_step *s)
{
	rf_refer_party_left(s, s->call, s->other);
	rf_replace_party_left(s, s->call, s->other);
}

static void
end_refer(struct rf_step *s)
{
	rf_raise(s, RF_MACHINE_REFER, s->call->refer, RF_REFER_SURVIVOR_LEFT, 0, 0);
	rf_raise(s, RF_MACHINE_REPLACE, s->call->replace, RF_REPLACE_SURVIVOR_LEFT, 0, 0);
}

static void
store_end(struct rf_step *s)
{
	rf_record(s, RF_STORE_ENDED, 0);
}

static void
swap(struct rf_step *s)
{
	rf_ref stays, comes, goes;
	if (s->refer != NULL) {
		stays = s->refer->survivor;
		comes = s->refer->target;
		goes = s->refer->referrer;
	} else {
		assert(s->replace != NULL);             /* nothing else is ever WON */
		stays = s->replace->survivor;
		comes = s->replace->leg;
		goes = s->replace->replaced;
	}
	struct rf_leg *survivor = rf_leg_at(s->e, stays), *newcomer = rf_leg_at(s->e, comes);
	struct rf_leg *released = rf_leg_at(s->e, goes);
	s->call->pair[0] = stays;
	s->call->pair[1] = comes;
	if (released != NULL)
		released->peer = 0;
	if (survivor != NULL)
		survivor->peer = comes;
	if (newcomer != NULL) {
		newcomer->peer = stays;
		newcomer->route = 0;
	}
}

static void
release(struct rf_step *s)
{
	struct rf_call *call = s->call;
	if (call->route != 0)
		drop_route(s);
	rf_text_drop(s->e, &call->carry);
	rf_text_drop(s->e, &call->origin);
	rf_text_drop(s->e, &call->pass);
	rf_text_drop(s->e, &call->about);
	rf_timer_stop_all(s->e, RF_KIND_CALL, call);
	rf_pool_give(s->e, RF_KIND_CALL, call);
}

#define FSM call
#define FSM_DEF "engine/call.def"
#include "engine/fsm_expand.h"
