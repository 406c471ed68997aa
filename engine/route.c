/* SPDX-License-Identifier: BSD-2-Clause */
/* engine/route.c -- guards and actions of reaching somebody; the table is route.def.
 *
 * Follows a plan; never makes one.  One living attempt at a time: an attempt that is given up is
 * waited for, because its 200 may cross our CANCEL. */
#include "engine/route.h"

#include <assert.h>
#include <string.h>

#include "engine/call.h"
#include "engine/compose.h"
#include "engine/dialog.h"
#include "engine/leg.h"
#include "engine/record.h"
#include "engine/refer.h"
#include "engine/txn.h"

enum { NO_TARGET = UINT8_MAX };

static rf_ref
me(const struct rf_step *s)
{
	return rf_pool_ref(s->e, RF_KIND_ROUTE, s->route);
}

struct rf_route *
rf_route_new(struct rf_step *s, enum rf_kind owner_kind, rf_ref owner, const struct rf_plan *plan)
{
	struct rf_route *route = rf_pool_take(s->e, RF_KIND_ROUTE);
	bool full = false;
	if (route == NULL)
		return NULL;
	route->owner_kind = (uint8_t)owner_kind;
	route->owner = owner;
	route->plan = rf_text_put(s->e, (struct rf_slice){ (const char *)plan, plan->size }, &full);
	if (full) {
		rf_pool_give(s->e, RF_KIND_ROUTE, route);
		return NULL;
	}
	return route;
}

void
rf_route_free(struct rf_step *s, rf_ref ref)
{
	struct rf_route *route = rf_route_at(s->e, ref);
	if (route == NULL)
		return;
	rf_text_drop(s->e, &route->plan);
	rf_text_drop(s->e, &route->address_list);
	rf_text_drop(s->e, &route->identity);
	rf_timer_stop_all(s->e, RF_KIND_ROUTE, route);
	rf_pool_give(s->e, RF_KIND_ROUTE, route);
}

const struct rf_plan *
rf_route_plan(const struct rf_engine *e, const struct rf_route *route)
{
	return (const struct rf_plan *)(const void *)rf_text_get(e, route->plan).p;
}

struct rf_slice
rf_route_target(const struct rf_engine *e, const struct rf_route *route)
{
	const struct rf_plan *plan = rf_route_plan(e, route);
	if (route->in_ivr)
		return rf_plan_text(plan, plan->ivr);
	return route->target < plan->target_count ?
	    rf_plan_text(plan, plan->target[route->target].uri) : RF_SLICE("");
}

/* What the target has of its own, else what the plan has. */
static struct rf_slice
own_or_plans(const struct rf_plan *plan, struct rf_span own, struct rf_span plans)
{
	return rf_plan_text(plan, own.len > 0 ? own : plans);
}

struct rf_slice
rf_route_queue(const struct rf_engine *e, const struct rf_route *route)
{
	const struct rf_plan *plan = rf_route_plan(e, route);
	assert(route->target < RF_PLAN_TARGETS_MAX);
	return own_or_plans(plan, plan->target[route->target].queue, plan->queue);
}

struct rf_slice
rf_route_recording_policy(const struct rf_engine *e, const struct rf_route *route)
{
	const struct rf_plan *plan = rf_route_plan(e, route);
	assert(route->target < RF_PLAN_TARGETS_MAX);
	return own_or_plans(
	    plan, plan->target[route->target].recording_policy, plan->recording_policy);
}

/* The failover row for a code; NULL: none, which is as END. */
static const struct rf_plan_failover *
row_for(const struct rf_engine *e, const struct rf_route *route, uint16_t status)
{
	const struct rf_plan *plan = rf_route_plan(e, route);
	for (unsigned i = 0; i < plan->failover_count; i++) {
		const struct rf_plan_failover *f = &plan->failover[i];
		if (status >= f->code_min && status <= f->code_max)
			return f;
	}
	return NULL;
}

struct rf_slice
rf_route_wrap_up(const struct rf_engine *e, const struct rf_route *route, uint16_t status)
{
	const struct rf_plan_failover *f = row_for(e, route, status);
	return f != NULL ? rf_plan_text(rf_route_plan(e, route), f->wrap_up) : RF_SLICE("");
}

bool
rf_route_has_ivr(const struct rf_engine *e, const struct rf_route *route)
{
	return rf_route_plan(e, route)->ivr.len > 0 && !route->in_ivr;
}

bool
rf_route_wants_ivr(const struct rf_engine *e, const struct rf_route *route)
{
	const struct rf_plan_failover *f = row_for(e, route, route->status);
	return f != NULL && f->action == RF_FAILOVER_IVR;
}

/* The next target of the same sort after `from`, or NO_TARGET. */
static uint8_t
find_target(const struct rf_plan *plan, unsigned from, bool overflow)
{
	for (unsigned i = from; i < plan->target_count; i++) {
		if (plan->target[i].overflow == overflow)
			return (uint8_t)i;
	}
	return NO_TARGET;
}

/* ---- answers -------------------------------------------------------------------------------- */

void
rf_route_answered(struct rf_step *s, rf_ref ref, uint8_t question)
{
	struct rf_route *route = rf_route_at(s->e, ref);
	bool full = false;
	if (route == NULL || route->question != question)
		return;
	if ((question & RF_ASKED_MASK) == RF_ASKED_STORE) {
		rf_run(s, RF_MACHINE_ROUTE, ref, RF_ROUTE_STORED, s->event->stored, 0);
		return;
	}
	uint32_t count = s->event->address_count;
	if (count > RF_RESOLVED_MAX)
		count = RF_RESOLVED_MAX;
	if (count > 0)
		rf_text_set(s->e, &route->address_list,
		    (struct rf_slice){ (const char *)s->event->addresses,
			(uint32_t)(count * sizeof(struct rf_addr)) },
		    &full);
	route->addresses = full ? 0 : (uint8_t)count;
	route->address = 0;
	if (route->addresses == 0) {
		route->status = 503;
		rf_run(s, RF_MACHINE_ROUTE, ref, RF_ROUTE_FAILED, 503, 0);
	} else {
		rf_run(s, RF_MACHINE_ROUTE, ref, RF_ROUTE_RESOLVED, 0, 0);
	}
}

/* ---- guards --------------------------------------------------------------------------------- */

static bool
has_target(const struct rf_step *s)
{
	return find_target(rf_route_plan(s->e, s->route), 0, false) != NO_TARGET;
}

static bool
next_address(const struct rf_step *s)
{
	const struct rf_route *route = s->route;
	if (s->status != 503 && !route->silent)
		return false;
	return (route->over_stream && !route->stream_failed) ||
	       route->address + 1 < route->addresses;
}

static bool
must_store(const struct rf_step *s)
{
	return s->route->owner_kind == RF_KIND_REFER && s->route->attempts > 0;
}

static bool
uncommitted(const struct rf_step *s)
{
	return s->status == 0;
}

static bool
unheard_again(const struct rf_step *s)
{
	return s->route->again;
}

static bool
next_to_store(const struct rf_step *s)
{
	return next_address(s) && must_store(s);
}

static bool
may_retry(const struct rf_step *s)
{
	const struct rf_plan_failover *f = row_for(s->e, s->route, s->status);
	return f != NULL && !s->route->in_ivr && f->action == RF_FAILOVER_RETRY &&
	    s->route->tries <= f->times;
}

static bool
may_overflow(const struct rf_step *s)
{
	const struct rf_plan_failover *f = row_for(s->e, s->route, s->status);
	return f != NULL && !s->route->in_ivr && f->action == RF_FAILOVER_OVERFLOW &&
	    !s->route->overflow_used &&
	    find_target(rf_route_plan(s->e, s->route), 0, true) != NO_TARGET;
}

static bool
may_ivr(const struct rf_step *s)
{
	const struct rf_plan_failover *f = row_for(s->e, s->route, s->status);
	return f != NULL && f->action == RF_FAILOVER_IVR && s->route->owner_kind == RF_KIND_CALL &&
	    rf_route_has_ivr(s->e, s->route);
}

static bool
has_next(const struct rf_step *s)
{
	const struct rf_plan_failover *f = row_for(s->e, s->route, s->status);
	return f != NULL && !s->route->in_ivr &&
	       (f->action == RF_FAILOVER_NEXT || f->action == RF_FAILOVER_RETRY) &&
	       find_target(rf_route_plan(s->e, s->route), s->route->target + 1u,
		   s->route->in_overflow) != NO_TARGET;
}

static bool
has_ivr(const struct rf_step *s)
{
	return rf_route_has_ivr(s->e, s->route);
}

/* ---- actions -------------------------------------------------------------------------------- */

static void
none(struct rf_step *s)
{
	(void)s;
}

static void
take(struct rf_step *s, uint8_t target)
{
	assert(target != NO_TARGET);
	s->route->target = target;
	s->route->tries = 0;
}

/* What follows a failure, and which row says so, for the ladder. */
static void
note_row(struct rf_step *s, const char *what)
{
	const struct rf_plan_failover *f = row_for(s->e, s->route, s->status);
	char text[64];
	struct rf_writer w;
	if (s->status < 300 || f == NULL || s->call == NULL)
		return;
	rf_writer_init(&w, text, sizeof text - 1);
	rf_write_text(&w, "failover: ");
	rf_write_number(&w, s->status);
	rf_write_text(&w, ": ");
	rf_write_text(&w, what);
	if (f->row >= RF_FAILOVER_SHIPPED) {
		rf_write_text(&w, ", by shipped row ");
		rf_write_number(&w, f->code_min);
		rf_write_text(&w, f->code_min != f->code_max ? "-" : "");
		if (f->code_min != f->code_max)
			rf_write_number(&w, f->code_max);
	} else {
		rf_write_text(&w, ", by failover[");
		rf_write_number(&w, f->row);
		rf_write_text(&w, "]");
	}
	text[w.len] = '\0';
	rf_note(s, s->call->session, text);
}

static void
take_first(struct rf_step *s)
{
	take(s, find_target(rf_route_plan(s->e, s->route), 0, false));
}

static void
take_next(struct rf_step *s)
{
	note_row(s, "next target");
	take(s, find_target(
		    rf_route_plan(s->e, s->route), s->route->target + 1u, s->route->in_overflow));
}

static void
take_overflow(struct rf_step *s)
{
	note_row(s, "overflow");
	s->route->in_overflow = true;
	s->route->overflow_used = true;
	take(s, find_target(rf_route_plan(s->e, s->route), 0, true));
}

static void
take_ivr(struct rf_step *s)
{
	note_row(s, "ivr");
	s->route->in_ivr = true;
	s->route->tries = 0;
}

static void
take_address(struct rf_step *s)
{
	struct rf_route *route = s->route;
	if (route->over_stream && !route->stream_failed) {
		route->stream_failed = true; /* too long for a datagram, no stream: as it is */
		return;
	}
	route->address++;
	route->stream_failed = false;
}

static void
resolve(struct rf_step *s)
{
	struct rf_route *route = s->route;
	struct rf_uri uri;
	struct rf_addr addr = { .proto = 0 };
	bool full = false;
	route->leg = 0; /* what becomes of the last attempt is history */
	route->tries++;
	route->addresses = 0;
	route->stream_failed = false;
	uint8_t question = rf_question(&route->question, RF_ASKED_NAME);
	if (!rf_uri_parse(&uri, rf_route_target(s->e, route)) ||
	    (uri.scheme != RF_SCHEME_SIP && uri.scheme != RF_SCHEME_SIPS)) {
		route->status = 416;
		rf_raise(s, RF_MACHINE_ROUTE, me(s), RF_ROUTE_FAILED, 416, 0);
		return;
	}
	enum rf_transport proto = rf_uri_transport(&uri);
	if (uri.scheme == RF_SCHEME_SIPS)
		proto = RF_TLS;
	rf_text_set(s->e, &route->identity, uri.host, &full);
	if (!rf_ip_parse(addr.ip, uri.host)) {
		struct rf_effect *x = rf_effect_new(s, RF_FX_RESOLVE);
		x->token = rf_token_of(RF_KIND_ROUTE, me(s), question);
		x->bytes = rf_text_get(s->e, route->identity);
		x->port = uri.port;
		x->proto = (uint8_t)proto;
		x->secure = uri.scheme == RF_SCHEME_SIPS;
		return;
	}
	addr.proto = (uint8_t)(proto == RF_TRANSPORT_NONE ? RF_UDP : proto);
	addr.port = uri.port != 0 ? uri.port : addr.proto == RF_TLS ? 5061 : 5060;
	rf_text_set(s->e, &route->address_list,
	    (struct rf_slice){ (const char *)&addr, sizeof addr }, &full);
	route->addresses = full ? 0 : 1;
	route->address = 0;
	rf_raise(s, RF_MACHINE_ROUTE, me(s), full ? RF_ROUTE_FAILED : RF_ROUTE_RESOLVED,
	    full ? 503 : 0, 0);
}

/* Our listener for that transport and address family; false: we have none. */
static bool
local_for(const struct rf_engine *e, const struct rf_addr *remote, struct rf_path *path)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	bool v4 = memcmp(remote->ip, mapped, sizeof mapped) == 0;
	for (unsigned i = 0; i < e->config.listener_count; i++) {
		const struct rf_addr *local = &e->config.listener[i].local;
		if (local->proto == remote->proto &&
		    (memcmp(local->ip, mapped, sizeof mapped) == 0) == v4) {
			*path = (struct rf_path){ .local = *local, .remote = *remote };
			return true;
		}
	}
	return false;
}

/* Whom the new INVITE is from: the party that waits to be connected. */
static struct rf_slice
from_of(const struct rf_step *s)
{
	rf_ref party = s->refer != NULL ? s->refer->survivor : s->call->pair[0];
	const struct rf_leg *leg = rf_leg_at(s->e, party);
	const struct rf_dialog *d = leg != NULL ? rf_dialog_at(s->e, leg->dialog) : NULL;
	return d != NULL ? rf_dialog_text(s->e, d, RF_DT_REMOTE) :
	    RF_SLICE("<sip:anonymous@anonymous.invalid>");
}

static void
place(struct rf_step *s)
{
	struct rf_route *route = s->route;
	struct rf_path path;
	struct rf_addr remote;
	struct rf_writer w;
	route->attempts++;
	route->over_stream = false;
	memcpy(&remote, rf_text_get(s->e, route->address_list).p + route->address * sizeof remote,
	    sizeof remote);
	struct rf_leg *leg = NULL;
	struct rf_dialog *d = NULL;
	if (s->call != NULL && rf_client_room(s->e) && local_for(s->e, &remote, &path))
		leg = rf_leg_new(s, s->call, route->in_ivr ? RF_ROLE_IVR :
		    route->owner_kind == RF_KIND_REFER ? RF_ROLE_TARGET : RF_ROLE_CALLEE);
	if (leg != NULL) {
		struct rf_slice uri = rf_route_target(s->e, route);
		rf_bytes_begin(s, &w);
		rf_write_text(&w, "<");
		rf_write(&w, uri);
		rf_write_text(&w, ">");
		d = rf_dialog_new_uac(s, rf_leg_ref(s->e, leg), from_of(s), rf_bytes_end(s, &w),
		    uri, &path, rf_text_get(s->e, route->identity));
		if (d == NULL)
			rf_leg_free(s, leg);
	}
	if (d == NULL) {
		route->status = 503;
		rf_raise(s, RF_MACHINE_ROUTE, me(s), RF_ROUTE_FAILED, 503, 0);
		return;
	}
	leg->dialog = rf_pool_ref(s->e, RF_KIND_DIALOG, d);
	leg->route = me(s);
	route->leg = rf_leg_ref(s->e, leg);
	if (route->owner_kind == RF_KIND_CALL) {
		struct rf_leg *caller = rf_leg_at(s->e, s->call->pair[0]);
		leg->peer = s->call->pair[0];
		if (caller != NULL)
			caller->peer = route->leg;
	}
	rf_run(s, RF_MACHINE_LEG, route->leg, RF_LEG_PLACE, 0, 0);
}

static void
store_attempt(struct rf_step *s)
{
	rf_record(s, RF_STORE_ATTEMPT, rf_token_of(RF_KIND_ROUTE, me(s),
	    rf_question(&s->route->question, RF_ASKED_STORE)));
}

static void
arm_commit(struct rf_step *s)
{
	rf_timer_arm(s->e, RF_KIND_ROUTE, s->route, RF_T_ROUTE_COMMIT, s->e->config.commit_wait);
}

static void
count_late(struct rf_step *s)
{
	s->e->stats.attempts_uncommitted++;
}

static void
stop_commit(struct rf_step *s)
{
	rf_timer_stop(s->e, RF_KIND_ROUTE, s->route, RF_T_ROUTE_COMMIT);
}

static void
arm_ring(struct rf_step *s)
{
	const struct rf_plan *plan = rf_route_plan(s->e, s->route);
	uint32_t ms = s->route->in_ivr ? plan->ivr_ring_ms : plan->target[s->route->target].ring_ms;
	rf_time wait = (ms > 0 ? ms : 20000) * RF_MS;
	/* RFC 6026 7.1: who answered it already absorbs it without a word. */
	if (s->route->again && wait > 8 * s->e->config.t1)
		wait = 8 * s->e->config.t1;
	rf_timer_arm(s->e, RF_KIND_ROUTE, s->route, RF_T_ROUTE_RING, wait);
}

static void
arm_ring_fully(struct rf_step *s)
{
	s->route->again = false;
	arm_ring(s);
}

static void
forsake(struct rf_step *s)
{
	rf_ref leg = s->route->leg;
	s->route->again = false;
	s->route->leg = 0;
	rf_raise(s, RF_MACHINE_LEG, leg, RF_LEG_HANG_UP, 0, 0);
}

static void
stop_ring(struct rf_step *s)
{
	if (s->status >= 300)
		s->route->status = s->status;
	s->route->again = false;
	rf_timer_stop(s->e, RF_KIND_ROUTE, s->route, RF_T_ROUTE_RING);
}

static void
arm_retry(struct rf_step *s)
{
	struct rf_route *route = s->route;
	const struct rf_plan_failover *f = row_for(s->e, route, s->status);
	assert(f != NULL);
	note_row(s, "retry");
	uint64_t ms = rf_draw_between(&s->e->drbg, s->call != NULL ? s->call->session : 0,
	    RF_DRAW_BACKOFF, route->attempts, f->backoff_ms_min,
	    f->backoff_ms_max > f->backoff_ms_min ? f->backoff_ms_max : f->backoff_ms_min);
	for (unsigned n = 1; n < route->tries && ms < f->backoff_ms_cap; n++)
		ms *= 2;
	if (f->backoff_ms_cap > 0 && ms > f->backoff_ms_cap)
		ms = f->backoff_ms_cap;
	uint64_t after = (uint64_t)route->retry_after_s * 1000;
	if (after > f->retry_after_ms_max)
		after = f->retry_after_ms_max;
	if (ms < after)
		ms = after;
	rf_timer_arm(s->e, RF_KIND_ROUTE, route, RF_T_ROUTE_RETRY, (rf_time)ms * RF_MS);
}

static void
stop_retry(struct rf_step *s)
{
	rf_timer_stop(s->e, RF_KIND_ROUTE, s->route, RF_T_ROUTE_RETRY);
}

static void
end_attempt(struct rf_step *s, uint16_t status)
{
	struct rf_leg *leg = rf_leg_at(s->e, s->route->leg);
	if (leg != NULL && leg->status == 0)
		leg->status = status;
	rf_raise(s, RF_MACHINE_LEG, s->route->leg, RF_LEG_HANG_UP, 0, 0);
}

static void
give_up(struct rf_step *s)
{
	end_attempt(s, 408);
}

static void
drop(struct rf_step *s)
{
	end_attempt(s, 487);
}

static void
tell_owner(struct rf_step *s, uint8_t call_event, uint8_t refer_event, uint16_t status, rf_ref leg)
{
	bool refer = s->route->owner_kind == RF_KIND_REFER;
	rf_raise(s, refer ? RF_MACHINE_REFER : RF_MACHINE_CALL, s->route->owner,
	    refer ? refer_event : call_event, status, leg);
}

static void
tell_ringing(struct rf_step *s)
{
	tell_owner(s, RF_CALL_RINGING, RF_REFER_TARGET_RINGING, s->status, s->other);
}

static void
tell_up(struct rf_step *s)
{
	tell_owner(s, RF_CALL_ANSWERED, RF_REFER_TARGET_UP, s->status, s->other);
}

static void
tell_failed(struct rf_step *s)
{
	note_row(s, "end");
	if (s->status >= 300)
		s->route->status = s->status;
	if (s->route->status == 0)
		s->route->status = 404;                 /* the plan led nowhere */
	tell_owner(s, RF_CALL_FAILED, RF_REFER_TARGET_FAILED, s->route->status, 0);
}

#define FSM route
#define FSM_DEF "engine/route.def"
#include "engine/fsm_expand.h"
