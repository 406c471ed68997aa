/* SPDX-License-Identifier: BSD-2-Clause */
/* engine/engine.c -- the step: one event in, effects out, run to completion.
 *
 * Hands inputs to the layer they belong to, runs machines and the queue between them.  Knows no
 * protocol: that is in the tables and their files.  How the block is laid out: layout.c. */
#include "engine/engine.h"

#include <assert.h>
#include <string.h>

#include "engine/call.h"
#include "engine/compose.h"
#include "engine/delivery.h"
#include "engine/effect_hash.h"
#include "engine/leg.h"
#include "engine/refer.h"
#include "engine/replace.h"
#include "engine/route.h"
#include "engine/snapshot.h"
#include "engine/state.h"
#include "engine/tu.h"
#include "engine/txn.h"

enum {
	RF_ROW_EFFECTS_MAX = 24, /* what one internal event may lead to before the next check */
};

/* ---- running machines ----------------------------------------------------------------------- */

/* Points the step at the subject and at what it hangs off; returns the machine's state, NULL: gone.
 */
static uint8_t *
focus(struct rf_step *s, enum rf_machine machine, rf_ref ref)
{
	const struct rf_engine *e = s->e;
	s->txn = NULL;
	s->dialog = NULL;
	s->leg = NULL;
	s->call = NULL;
	s->refer = NULL;
	s->subscription = NULL;
	s->route = NULL;
	s->replace = NULL;
	s->receiver = NULL;
	s->delivery = NULL;
	switch (machine) {
	case RF_MACHINE_ICT:
	case RF_MACHINE_NICT:
	case RF_MACHINE_IST:
	case RF_MACHINE_NIST:
		s->txn = rf_txn_at(e, ref);
		return s->txn != NULL && s->txn->machine == machine ? &s->txn->state : NULL;
	case RF_MACHINE_DIALOG:
		s->dialog = rf_dialog_at(e, ref);
		return s->dialog != NULL ? &s->dialog->state : NULL;
	case RF_MACHINE_LEG:
	case RF_MACHINE_ACCEPT:
	case RF_MACHINE_OFFER:
		if ((s->leg = rf_leg_at(e, ref)) == NULL)
			return NULL;
		s->dialog = rf_dialog_at(e, s->leg->dialog);
		s->call = rf_call_at(e, s->leg->call);
		s->refer = s->call != NULL ? rf_refer_at(e, s->call->refer) : NULL;
		return machine == RF_MACHINE_LEG ? &s->leg->state :
		    machine == RF_MACHINE_ACCEPT ? &s->leg->accept_state : &s->leg->offer_state;
	case RF_MACHINE_CALL:
		if ((s->call = rf_call_at(e, ref)) == NULL)
			return NULL;
		s->refer = rf_refer_at(e, s->call->refer);
		s->replace = rf_replace_at(e, s->call->replace);
		s->route = rf_route_at(e, s->call->route);
		return &s->call->state;
	case RF_MACHINE_REFER:
		if ((s->refer = rf_refer_at(e, ref)) == NULL)
			return NULL;
		s->call = rf_call_at(e, s->refer->call);
		s->subscription = rf_subscription_at(e, s->refer->subscription);
		s->route = rf_route_at(e, s->refer->route);
		return &s->refer->state;
	case RF_MACHINE_SUBSCRIPTION:
		if ((s->subscription = rf_subscription_at(e, ref)) == NULL)
			return NULL;
		s->dialog = rf_dialog_at(e, s->subscription->dialog);
		s->refer = rf_refer_at(e, s->subscription->refer);
		s->call = s->refer != NULL ? rf_call_at(e, s->refer->call) : NULL;
		return &s->subscription->state;
	case RF_MACHINE_ROUTE:
		if ((s->route = rf_route_at(e, ref)) == NULL)
			return NULL;
		if (s->route->owner_kind == RF_KIND_REFER) {
			s->refer = rf_refer_at(e, s->route->owner);
			s->call = s->refer != NULL ? rf_call_at(e, s->refer->call) : NULL;
		} else {
			s->call = rf_call_at(e, s->route->owner);
		}
		return &s->route->state;
	case RF_MACHINE_REPLACE:
		if ((s->replace = rf_replace_at(e, ref)) == NULL)
			return NULL;
		s->call = rf_call_at(e, s->replace->call);
		return &s->replace->state;
	case RF_MACHINE_RECEIVER:
		s->receiver = rf_receiver_at(e, ref);
		return s->receiver != NULL ? &s->receiver->state : NULL;
	case RF_MACHINE_DELIVERY:
		if ((s->delivery = rf_delivery_at(e, ref)) == NULL)
			return NULL;
		s->receiver = rf_receiver_at(e, s->delivery->receiver);
		return &s->delivery->state;
	case RF_MACHINE_MAX:
		break;
	}
	assert(false);
	return NULL;
}

static struct rf_trace *
trace_new(struct rf_step *s, enum rf_trace_kind kind, uint64_t session)
{
	struct rf_trace *t = &s->e->trace[s->e->trace_count++ % RF_TRACE_MAX];
	memset(t, 0, offsetof(struct rf_trace, text) + 1); /* behind it text is stale */
	t->time = s->now;
	t->kind = (uint8_t)kind;
	t->session = session;
	t->leg = UINT8_MAX;
	return t;
}

static uint64_t
session_of(const struct rf_step *s)
{
	return s->call != NULL ? s->call->session
	    : s->txn != NULL ? s->txn->session
	    : s->delivery != NULL ? s->delivery->session : 0;
}

void
rf_run(struct rf_step *outer, enum rf_machine machine, rf_ref subject, uint8_t event,
    uint16_t status, rf_ref other)
{
	struct rf_step s = *outer;
	uint8_t *state = focus(&s, machine, subject);
	if (state == NULL)
		return;                                 /* it ended while the event was under way */
	s.status = status;
	s.other = other;
	const struct rf_fsm *fsm = rf_machine_of(s.e, machine);
	const struct rf_row *row = rf_fsm_match(fsm, &s.e->index[machine], *state, event, &s);
	if (row == NULL) {
		assert(fsm->rest[event].disposition != RF_NEVER);
		return;
	}
	struct rf_trace *t = trace_new(&s, RF_TRACE_ROW, session_of(&s));
	t->machine = (uint8_t)machine;
	t->row = (uint16_t)(row - fsm->row);
	if (s.leg != NULL)
		t->leg = s.leg->number;
	*state = row->to;
	for (unsigned i = 0; i < RF_FSM_ACTIONS_MAX && row->action[i] != NULL; i++)
		row->action[i](&s);
}

void
rf_raise(struct rf_step *s, enum rf_machine machine, rf_ref subject, uint8_t event, uint16_t status,
    rf_ref other)
{
	struct rf_engine *e = s->e;
	if (subject == 0)
		return;
	assert(e->queue_len < RF_QUEUE_MAX);
	e->queue[(e->queue_head + e->queue_len++) % RF_QUEUE_MAX] = (struct rf_internal){
		(uint8_t)machine, event, status, subject, other };
}

static void
drain(struct rf_step *s)
{
	struct rf_engine *e = s->e;
	while (e->queue_len > 0) {
		struct rf_internal i = e->queue[e->queue_head];
		e->queue_head = (e->queue_head + 1) % RF_QUEUE_MAX;
		e->queue_len--;
		rf_run(s, (enum rf_machine)i.machine, i.subject, i.event, i.status, i.other);
	}
}

/* ---- output --------------------------------------------------------------------------------- */

struct rf_effect *
rf_effect_new(struct rf_step *s, enum rf_effect_kind kind)
{
	assert(s->out->count < RF_STEP_EFFECTS_MAX);
	struct rf_effect *x = &s->out->at[s->out->count++];
	memset(x, 0, sizeof *x);
	x->kind = kind;
	return x;
}

void
rf_bytes_begin(struct rf_step *s, struct rf_writer *w)
{
	uint32_t room = RF_STEP_BYTES_MAX - s->out->bytes_len;
	rf_writer_init(
	    w, s->out->bytes + s->out->bytes_len, room < RF_WRITE_MAX ? room : RF_WRITE_MAX);
}

struct rf_slice
rf_bytes_end(struct rf_step *s, struct rf_writer *w)
{
	assert(w->p == s->out->bytes + s->out->bytes_len);
	/* Half a message is worse than none: its length would be a lie to a stream. */
	struct rf_slice written = w->overflow ? RF_SLICE("") : rf_written(w);
	s->out->bytes_len += written.len;
	return written;
}

rf_token
rf_token_of(enum rf_kind kind, rf_ref ref, uint8_t question)
{
	return (rf_token)kind << 60 | (rf_token)question << 52 | ((ref >> 32) & 0xfffff) << 32 |
	    (ref & 0xffffffff);
}

void
rf_note(struct rf_step *s, uint64_t session, const char *text)
{
	struct rf_trace *t = trace_new(s, RF_TRACE_NOTE, session);
	size_t len = strlen(text);
	len = len < sizeof t->text - 1 ? len : sizeof t->text - 1;
	memcpy(t->text, text, len);
	t->text[len] = '\0';
	if (s->event != NULL && s->event->kind == RF_EV_MESSAGE)
		t->remote = s->event->path.remote;
}

static const char role_name[RF_ROLE_MAX][7] = {
	[RF_ROLE_CALLER] = "caller", [RF_ROLE_CALLEE] = "callee",
	[RF_ROLE_TARGET] = "target", [RF_ROLE_IVR] = "ivr",
};

void
rf_trace_message(struct rf_step *s, enum rf_trace_kind kind, const struct rf_path *path,
    uint64_t session, uint8_t leg_number, uint8_t role, uint16_t status, uint8_t method,
    bool retransmission)
{
	struct rf_trace *t = trace_new(s, kind, session);
	t->leg = leg_number;
	if (role < RF_ROLE_MAX)
		memcpy(t->role, role_name[role], sizeof t->role);
	t->status = status;
	t->method = method;
	t->retransmission = retransmission;
	t->remote = path->remote;
}

bool
rf_trace_next(const struct rf_engine *e, uint64_t *cursor, struct rf_trace *out)
{
	if (e->trace_count - *cursor > RF_TRACE_MAX)
		*cursor = e->trace_count - RF_TRACE_MAX;
	if (*cursor == e->trace_count)
		return false;
	const struct rf_trace *t = &e->trace[(*cursor)++ % RF_TRACE_MAX];
	/* Most have none. */
	memcpy(out, t, t->text[0] != '\0' ? sizeof *t : offsetof(struct rf_trace, text) + 1);
	return true;
}

/* ---- the step ------------------------------------------------------------------------------- */

static void
take_message(struct rf_step *s)
{
	struct rf_engine *e = s->e;
	const char *why = "";
	s->message = &e->message;
	enum rf_verdict verdict = rf_message_key(s->message, s->event->bytes, &why);
	if (verdict == RF_VERDICT_OK)
		verdict = rf_txn_receive(s, &why);
	switch (verdict) {
	case RF_VERDICT_OK:
		if (e->message.is_request)
			e->stats.rx_requests++;
		else
			e->stats.rx_responses++;
		break;
	case RF_VERDICT_KEEPALIVE:
		e->stats.rx_keepalives++;
		break;
	case RF_VERDICT_DROP:
		e->stats.rx_dropped++;
		rf_note(s, 0, why);
		break;
	case RF_VERDICT_BAD:
	case RF_VERDICT_VERSION:
	case RF_VERDICT_URI_TOO_LONG:
	case RF_VERDICT_BODY_TOO_LARGE:
	case RF_VERDICT_TOO_LARGE:
		e->stats.rx_malformed++;
		rf_note(s, 0, why);
		rf_txn_reject(s, rf_verdict_status(verdict));
		break;
	}
}

static rf_ref
token_ref(const struct rf_engine *e, rf_token token)
{
	unsigned kind = (unsigned)(token >> 60);
	uint32_t index = (uint32_t)token;
	if (kind == 0 || kind >= RF_KIND_MAX || index >= e->pools.pool[kind].count)
		return 0;
	const struct rf_slot *slot = (const struct rf_slot *)((const char *)e +
	    e->pools.pool[kind].offset + (uint64_t)index * e->pools.pool[kind].slot_size);
	if ((slot->generation & 0xfffff) != ((token >> 32) & 0xfffff) || slot->generation % 2 == 0)
		return 0;
	return (rf_ref)slot->generation << 32 | index;
}

static void
take_answer(struct rf_step *s)
{
	rf_ref ref = token_ref(s->e, s->event->token);
	uint8_t question = (uint8_t)(s->event->token >> 52);
	if (ref == 0)
		return;                                 /* nobody waits any more */
	switch ((enum rf_kind)(s->event->token >> 60)) {
	case RF_KIND_TXN:
		rf_tu_planned(s, ref);
		break;
	case RF_KIND_CALL:
		rf_call_answered(s, ref, question);
		break;
	case RF_KIND_REFER:
		rf_refer_answered(s, ref, question);
		break;
	case RF_KIND_ROUTE:
		rf_route_answered(s, ref, question);
		break;
	case RF_KIND_REPLACE:
		rf_replace_answered(s, ref, question);
		break;
	case RF_KIND_RECEIVER:
		rf_receiver_answered(s, ref);
		break;
	case RF_KIND_DELIVERY:
		rf_delivery_answered(s, ref, question);
		break;
	case RF_KIND_NONE:
	case RF_KIND_DIALOG:
	case RF_KIND_LEG:
	case RF_KIND_SUBSCRIPTION:
	case RF_KIND_MAX:
		break;
	}
}

static void
take_timer(struct rf_step *s, unsigned kind, uint32_t index, unsigned timer)
{
	struct rf_engine *e = s->e;
	const struct rf_pool *pool = &e->pools.pool[kind];
	rf_ref ref = rf_pool_ref(
	    e, kind, (const char *)e + pool->offset + (uint64_t)index * pool->slot_size);
	if (kind == RF_KIND_TXN)
		rf_txn_timer(s, ref, timer);
	else
		rf_tu_timer(s, (enum rf_kind)kind, ref, timer);
}

static bool
room_for_more(const struct rf_step *s)
{
	return s->out->count + RF_ROW_EFFECTS_MAX <= RF_STEP_EFFECTS_MAX &&
	    s->out->bytes_len + RF_ROW_EFFECTS_MAX / 4 * RF_WRITE_MAX <= RF_STEP_BYTES_MAX;
}

/* One transaction at a time, as long as there is room for what its user may do about it. */
static void
fail_lost_link(struct rf_step *s)
{
	while (s->e->link_down != 0 && room_for_more(s)) {
		if (!rf_txn_link_down(s, s->e->link_down, 1))
			s->e->link_down = 0;
		drain(s);
	}
}

static void
take_deadline(struct rf_step *s)
{
	unsigned kind, timer;
	uint32_t index;
	fail_lost_link(s);
	while (room_for_more(s) && rf_timer_next(s->e, s->now, &kind, &index, &timer)) {
		take_timer(s, kind, index, timer);
		drain(s);
	}
}

static void
take_link_down(struct rf_step *s)
{
	uint32_t link = s->event->path.link;
	uint32_t i = 0;
	struct rf_dialog *d;
	assert(link != 0);
	/* Dialogs outlive their connection: the next request opens or finds another one. */
	while ((d = rf_pool_next(s->e, RF_KIND_DIALOG, &i)) != NULL) {
		if (d->path.link == link)
			d->path.link = 0;
	}
	assert(s->e->link_down == 0);                   /* the deadline it left comes first */
	s->e->link_down = link;
	fail_lost_link(s);
}

void
rf_engine_step(
    struct rf_engine *e, rf_time now, const struct rf_event *event, struct rf_effects *out)
{
	assert(e->magic == RF_MAGIC);
	assert(now >= e->now);
	e->now = now;
	out->count = 0;
	out->bytes_len = 0;
	struct rf_step s = { .e = e, .now = now, .event = event, .out = out };
	switch (event->kind) {
	case RF_EV_MESSAGE:
		take_message(&s);
		break;
	case RF_EV_LINK_UP:
		if (event->token != 0 && event->token >> 60 == RF_KIND_TXN)
			rf_txn_link_up(&s, token_ref(e, event->token), event->path.link);
		break;
	case RF_EV_LINK_DOWN:
		take_link_down(&s);
		break;
	case RF_EV_SEND_FAILED:
		if (event->token >> 60 == RF_KIND_TXN)
			rf_txn_send_failed(&s, token_ref(e, event->token), event->reason);
		break;
	case RF_EV_ANSWER:
		take_answer(&s);
		break;
	case RF_EV_DEADLINE:
		take_deadline(&s);
		break;
	case RF_EV_COMMAND:
		rf_tu_command(&s);
		break;
	case RF_EV_DRAIN:
		e->draining = true;
		break;
	case RF_EV_FACT:
		e->wall_clock_us = event->wall_clock_us - now;
		break;
	case RF_EV_RESTORE:
		rf_restore(&s);
		break;
	case RF_EV_NEWS:
		rf_receiver_news(&s, event->value);
		break;
	case RF_EV_KIND_MAX:
		assert(false);
	}
	drain(&s);
	if (e->config.hash_effects)
		rf_effects_hash(e->hash, out);
}

rf_time
rf_engine_deadline(const struct rf_engine *e)
{
	return e->link_down != 0 ? e->now : rf_timer_deadline(e);
}

void
rf_engine_effect_hash(const struct rf_engine *e, uint64_t out[2])
{
	out[0] = e->hash[0];
	out[1] = e->hash[1];
}

/* ---- reading -------------------------------------------------------------------------------- */

void
rf_engine_stats(const struct rf_engine *e, struct rf_stats *out)
{
	*out = e->stats;
	out->calls = e->pools.pool[RF_KIND_CALL].used;
	out->legs = e->pools.pool[RF_KIND_LEG].used;
	out->dialogs = e->pools.pool[RF_KIND_DIALOG].used;
	out->transactions = e->pools.pool[RF_KIND_TXN].used;
	out->refers = e->pools.pool[RF_KIND_REFER].used + e->pools.pool[RF_KIND_SUBSCRIPTION].used +
	    e->pools.pool[RF_KIND_ROUTE].used + e->pools.pool[RF_KIND_REPLACE].used;
	out->deliveries = e->pools.pool[RF_KIND_DELIVERY].used;
	out->timers = e->timers.armed;
	out->text_chunks = e->texts.chunks;
	out->text_bytes = e->texts.bytes;
}

bool
rf_engine_session_next(const struct rf_engine *e, uint32_t *cursor, struct rf_session_view *out)
{
	const struct rf_call *call = rf_pool_next(e, RF_KIND_CALL, cursor);
	if (call == NULL)
		return false;
	*out = (struct rf_session_view){ .session = call->session, .since = call->since,
		.call_state = rf_call_fsm.state[call->state].name };
	const struct rf_refer *refer = rf_refer_at(e, call->refer);
	if (refer != NULL)
		out->refer_state = rf_refer_fsm.state[refer->state].name;
	for (unsigned i = 0; i < RF_CALL_LEGS_MAX; i++) {
		const struct rf_leg *leg = rf_leg_at(e, call->leg[i]);
		if (leg == NULL || out->leg_count == RF_ARRAY_LEN(out->leg))
			continue;
		rf_leg_view(e, leg, &out->leg[out->leg_count++]);
		out->leg[out->leg_count - 1].role = role_name[leg->role];
	}
	return true;
}
