/* SPDX-License-Identifier: BSD-2-Clause */
/* engine/restore.c -- makes a session again out of the bytes that snapshot.c wrote (ADR 010).
 *
 * A session comes back in the state in which it was stored, and then hears what it was waiting for:
 * that it is durable.  So there are no rows for restarts: the tables go on where the commit was.
 * What came after that commit is learnt from the parties, by OPTIONS and by what they repeat.
 * What this file must never know: how to end a session; that is what the tables are for. */
#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "engine/call.h"
#include "engine/compose.h"
#include "engine/dialog.h"
#include "engine/leg.h"
#include "engine/refer.h"
#include "engine/replace.h"
#include "engine/route.h"
#include "engine/snapshot.h"
#include "engine/subscription.h"
#include "engine/txn.h"

enum {
	RF_JUMP = 64, /* more requests, or changes of o=, than a commit can lie behind */
	RF_REFERS_STORED_MAX = 2,
};

struct input {                                  /* what is left of an object's bytes */
	const uint8_t *p, *end;
};

struct session {                                /* as far as it has been made */
	struct rf_step *s;
	rf_ref call, leg[RF_CALL_LEGS_MAX], refer[RF_REFERS_STORED_MAX], replace;
	uint32_t legs, refers;
	bool fresh;                             /* whoever waited for an answer still waits */
	bool bad, full;                         /* cannot be read; no room */
};

struct value {
	uint32_t tag;
	bool is_bytes;
	uint64_t number;
	struct input bytes;
};

/* ---- bytes ----------------------------------------------------------------------------------- */

static bool
read_varint(struct input *in, uint64_t *out)
{
	uint64_t value = 0;
	for (unsigned shift = 0; shift < 64 && in->p < in->end; shift += 7) {
		uint8_t byte = *in->p++;
		value |= (uint64_t)(byte & 0x7f) << shift;
		if (byte < 0x80) {
			*out = value;
			return true;
		}
	}
	return false;
}

/* The next field of an object; false: the end, or *bad. */
static bool
next_value(struct input *in, struct value *out, bool *bad)
{
	uint64_t key, len;
	if (in->p == in->end || *bad)
		return false;
	*bad = true;
	if (!read_varint(in, &key) || key / 2 > UINT8_MAX)
		return false;
	*out = (struct value){ .tag = (uint32_t)(key / 2), .is_bytes = key % 2 == 1 };
	if (!out->is_bytes) {
		*bad = !read_varint(in, &out->number);
		return !*bad;
	}
	if (!read_varint(in, &len) || len > (uint64_t)(in->end - in->p))
		return false;
	out->bytes = (struct input){ in->p, in->p + len };
	in->p += len;
	*bad = false;
	return true;
}

static struct rf_slice
slice_of(const struct input *in)
{
	return rf_slice_between((const char *)in->p, (const char *)in->end);
}

/* ---- fields ---------------------------------------------------------------------------------- */

static bool
set_number(void *member, uint32_t size, uint64_t number)
{
	union {
		uint8_t u8;
		uint16_t u16;
		uint32_t u32;
		uint64_t u64;
	} value;
	if (size < 8 && number >> (8 * size) != 0)
		return false;
	switch (size) {
	case 1:
		value.u8 = (uint8_t)number;
		break;
	case 2:
		value.u16 = (uint16_t)number;
		break;
	case 4:
		value.u32 = (uint32_t)number;
		break;
	default:
		value.u64 = number;
		break;
	}
	memcpy(member, &value, size);
	return true;
}

/* Times go on by what was slept through. */
static rf_time
time_of(const struct session *m, uint64_t number)
{
	int64_t age = (int64_t)(((number - 1) >> 1) ^ -((number - 1) & 1));
	int64_t at = m->s->now - age - m->s->event->away;
	return number == 0 ? 0 : at != 0 ? at : 1;
}

static bool
set_path(struct rf_path *path, struct input in)
{
	struct rf_addr *both[] = { &path->local, &path->remote };
	for (unsigned i = 0; i < RF_ARRAY_LEN(both); i++) {
		uint64_t proto, port, scope;
		if (!read_varint(&in, &proto) || !read_varint(&in, &port) ||
		    !read_varint(&in, &scope) || port > UINT16_MAX || scope > UINT32_MAX ||
		    proto / 2 < RF_UDP || proto / 2 > RF_TLS)
			return false;
		bool v4 = proto % 2 == 1;
		uint32_t len = v4 ? 4 : 16;
		if ((uint64_t)(in.end - in.p) < len)
			return false;
		*both[i] = (struct rf_addr){ .proto = (uint8_t)(proto / 2), .port = (uint16_t)port,
			.scope = (uint32_t)scope };
		if (v4)
			both[i]->ip[10] = both[i]->ip[11] = 0xff;
		memcpy(both[i]->ip + 16 - len, in.p, len);
		in.p += len;
	}
	return in.p == in.end;
}

static bool
set_span(struct rf_plan *plan, struct rf_span *span, struct rf_slice text)
{
	if (text.len > sizeof plan->text - plan->text_len)
		return false;
	memcpy(plan->text + plan->text_len, text.p, text.len);
	*span = (struct rf_span){ plan->text_len, (uint16_t)text.len };
	plan->text_len = (uint16_t)(plan->text_len + text.len);
	return true;
}

/* Puts a value where its field says; one without a field is of a later version. */
static void
set_field(struct session *m, enum rf_object object, void *into, const struct value *v,
    struct rf_plan *plan)
{
	const struct rf_fields *fields = &rf_object_fields[object];
	const struct rf_field *f = NULL;
	for (uint32_t i = 0; f == NULL && i < fields->count; i++) {
		if (fields->field[i].tag == v->tag)
			f = &fields->field[i];
	}
	if (f == NULL)
		return;
	void *member = (char *)into + f->offset;
	bool bytes = f->kind == RF_FIELD_TEXT || f->kind == RF_FIELD_PATH ||
	    f->kind == RF_FIELD_SPAN, good = v->is_bytes == bytes;
	if (!good) {
		m->bad = true;
		return;
	}
	switch ((enum rf_field_kind)f->kind) {
	case RF_FIELD_NUMBER:
		good = set_number(member, f->size, v->number);
		break;
	case RF_FIELD_FLAG:
		good = v->number <= 1;
		*(bool *)member = v->number == 1;
		break;
	case RF_FIELD_AGE:
		*(rf_time *)member = time_of(m, v->number);
		break;
	case RF_FIELD_TEXT:
		rf_text_set(m->s->e, member, slice_of(&v->bytes), &m->full);
		break;
	case RF_FIELD_PATH:
		good = set_path(member, v->bytes);
		break;
	case RF_FIELD_LEG:                      /* the position, until all legs are there */
		good = v->number <= RF_CALL_LEGS_MAX;
		*(rf_ref *)member = v->number;
		break;
	case RF_FIELD_SPAN:
		good = set_span(plan, member, slice_of(&v->bytes));
		break;
	}
	m->bad = m->bad || !good;
}

static void
to_leg(const struct session *m, rf_ref *position)
{
	*position = *position > 0 && *position <= m->legs ? m->leg[*position - 1] : 0;
}

static void *
take(struct session *m, enum rf_kind kind, rf_ref *ref)
{
	void *slot = rf_pool_take(m->s->e, kind);
	m->full = m->full || slot == NULL;
	*ref = slot != NULL ? rf_pool_ref(m->s->e, kind, slot) : 0;
	return slot;
}

static bool
is_status(uint16_t code)
{
	return code >= 100 && code <= 699;
}

/* ---- objects --------------------------------------------------------------------------------- */

static void
set_fixed(struct session *m, struct rf_dialog *d, struct input in)
{
	uint64_t len, sum = 0;
	for (unsigned i = 0; i < RF_DT_MAX; i++) {
		if (!read_varint(&in, &len) || len > UINT16_MAX) {
			m->bad = true;
			return;
		}
		d->fixed_len[i] = (uint16_t)len;
		sum += len;
	}
	m->bad = m->bad || sum != (uint64_t)(in.end - in.p) || sum == 0;
	if (!m->bad)
		rf_text_set(m->s->e, &d->fixed, slice_of(&in), &m->full);
}

static rf_ref
make_dialog(struct session *m, struct input in, rf_ref leg)
{
	struct value v;
	rf_ref ref;
	struct rf_dialog *d = take(m, RF_KIND_DIALOG, &ref);
	if (d == NULL)
		return 0;
	while (next_value(&in, &v, &m->bad)) {
		if (v.tag == RF_TAG_FIXED && v.is_bytes)
			set_fixed(m, d, v.bytes);
		else
			set_field(m, RF_OBJECT_DIALOG, d, &v, NULL);
	}
	m->bad = m->bad || d->local_tag == 0 || d->fixed == 0 || d->target == 0 ||
	    d->state > RF_DIALOG_IS_CONFIRMED || d->path.remote.proto == RF_TRANSPORT_NONE;
	d->usages = 1;
	d->leg = leg;
	d->local_cseq += RF_JUMP * m->s->event->restarts;
	d->path.local = rf_listener_of(m->s->e, &d->path)->local;
	rf_dialog_enter(m->s->e, d);
	return ref;
}

/* Who waits for our answer to a request; its machine is where the answer is owed. */
static rf_ref
make_txn(struct session *m, struct input in, enum rf_kind owner_kind, rf_ref owner)
{
	struct rf_txn txn = { .method = 0 };
	struct value v;
	while (next_value(&in, &v, &m->bad))
		set_field(m, RF_OBJECT_TXN, &txn, &v, NULL);
	const struct rf_leg *leg = rf_leg_at(m->s->e, owner);
	const struct rf_call *call = rf_call_at(m->s->e, m->call);
	txn.owner_kind = (uint8_t)owner_kind;
	txn.owner = owner;
	txn.session = call->session;
	txn.leg_number = leg != NULL ? leg->number : UINT8_MAX;
	if (!m->bad && !m->full && m->fresh)
		return rf_server_restore(m->s, &txn);
	rf_text_drop(m->s->e, &txn.echo);
	return 0;
}

/* A leg lasts in OFFERED while its INVITE waits for our 2xx.  Where nobody waits any more it
 * stands: whoever had our 2xx goes on, and whoever had not says 481 when asked. */
static void
make_leg(struct session *m, struct input in)
{
	struct rf_engine *e = m->s->e;
	struct rf_call *call = rf_call_at(e, m->call);
	struct value v;
	rf_ref ref;
	struct rf_leg *leg = m->legs < RF_CALL_LEGS_MAX ? take(m, RF_KIND_LEG, &ref) : NULL;
	if (leg == NULL) {
		m->bad = true;
		return;
	}
	leg->call = m->call;
	leg->restored = true;
	call->leg[m->legs] = ref;
	m->leg[m->legs++] = ref;
	while (next_value(&in, &v, &m->bad)) {
		if (v.tag == RF_TAG_DIALOG && v.is_bytes && leg->dialog == 0)
			leg->dialog = make_dialog(m, v.bytes, ref);
		else if (v.tag == RF_TAG_TXN && v.is_bytes && leg->server == 0)
			leg->server = make_txn(m, v.bytes, RF_KIND_LEG, ref);
		else
			set_field(m, RF_OBJECT_LEG, leg, &v, NULL);
	}
	m->bad = m->bad || leg->dialog == 0 || leg->role >= RF_ROLE_MAX ||
	    (leg->server != 0 && !leg->uas) || (leg->status != 0 && !is_status(leg->status));
	leg->number = (uint8_t)(leg->serial % UINT8_MAX);
	leg->state = leg->server != 0 ? (uint8_t)RF_LEG_IS_OFFERED : (uint8_t)RF_LEG_IS_UP;
	struct rf_dialog *d = rf_dialog_at(e, leg->dialog);
	if (leg->server == 0 && d != NULL) {
		d->state = RF_DIALOG_IS_CONFIRMED;
		leg->sdp_version += RF_JUMP * m->s->event->restarts;
		leg->sdp_sent = 0;
	}
}

static void
make_row(struct session *m, enum rf_object object, void *row, struct input in,
    struct rf_plan *plan)
{
	struct value v;
	while (next_value(&in, &v, &m->bad))
		set_field(m, object, row, &v, plan);
}

static void
make_plan(struct session *m, struct rf_plan *plan, struct input in)
{
	struct value v;
	plan->allow = true;
	while (next_value(&in, &v, &m->bad)) {
		if (v.tag == RF_TAG_TARGET && v.is_bytes &&
		    plan->target_count < RF_PLAN_TARGETS_MAX)
			make_row(m, RF_OBJECT_PLAN_TARGET, &plan->target[plan->target_count++],
			    v.bytes, plan);
		else if (v.tag == RF_TAG_FAILOVER && v.is_bytes &&
		    plan->failover_count < RF_PLAN_FAILOVER_MAX)
			make_row(m, RF_OBJECT_PLAN_FAILOVER,
			    &plan->failover[plan->failover_count++], v.bytes, plan);
		else
			set_field(m, RF_OBJECT_PLAN, plan, &v, plan);
	}
	plan->size = (uint32_t)(offsetof(struct rf_plan, text) + plan->text_len);
}

static rf_ref
make_route(struct session *m, struct input in, rf_ref owner)
{
	struct rf_route fields = { .state = 0 };
	struct rf_plan plan = { .size = 0 };
	struct value v;
	while (next_value(&in, &v, &m->bad)) {
		if (v.tag == RF_TAG_PLAN && v.is_bytes && plan.size == 0)
			make_plan(m, &plan, v.bytes);
		else
			set_field(m, RF_OBJECT_ROUTE, &fields, &v, NULL);
	}
	struct rf_route *route = m->bad || m->full || plan.size == 0 ? NULL :
	    rf_route_new(m->s, RF_KIND_REFER, owner, &plan);
	bool whole = fields.target < RF_PLAN_TARGETS_MAX && fields.addresses <= RF_RESOLVED_MAX &&
	    fields.address <= fields.addresses && rf_text_get(m->s->e, fields.address_list).len ==
	    fields.addresses * sizeof(struct rf_addr) && fields.state <= RF_ROUTE_IS_STOPPED;
	if (route == NULL || !whole) {
		m->bad = m->bad || !whole;
		m->full = m->full || route == NULL;
		rf_text_drop(m->s->e, &fields.address_list);
		rf_text_drop(m->s->e, &fields.identity);
		return route != NULL ? rf_pool_ref(m->s->e, RF_KIND_ROUTE, route) : 0;
	}
	fields.slot = route->slot;
	fields.plan = route->plan;
	fields.owner = owner;
	fields.owner_kind = RF_KIND_REFER;
	*route = fields;
	/* An attempt under way is not part of a snapshot: what stood behind it has been tried. */
	if (route->state != RF_ROUTE_IS_IDLE && route->state != RF_ROUTE_IS_STORING &&
	    route->state < RF_ROUTE_IS_ANSWERED)
		route->state = RF_ROUTE_IS_EXHAUSTED;
	route->again = route->state == RF_ROUTE_IS_IDLE || route->state == RF_ROUTE_IS_STORING;
	return rf_pool_ref(m->s->e, RF_KIND_ROUTE, route);
}

static rf_ref
make_subscription(struct session *m, struct input in, rf_ref refer, rf_ref own)
{
	struct value v;
	rf_ref ref;
	struct rf_subscription *sub = take(m, RF_KIND_SUBSCRIPTION, &ref);
	if (sub == NULL)
		return 0;
	while (next_value(&in, &v, &m->bad)) {
		const struct rf_leg *leg = v.tag == RF_TAG_ON_LEG && v.number > 0 &&
		    v.number <= m->legs ? rf_leg_at(m->s->e, m->leg[v.number - 1]) : NULL;
		if (leg != NULL && sub->dialog == 0)
			sub->dialog = leg->dialog;
		else if (v.tag == RF_TAG_ON_REFER && !v.is_bytes && sub->dialog == 0)
			sub->dialog = own;
		else if (v.tag == RF_TAG_DIALOG && v.is_bytes && sub->dialog == 0)
			sub->dialog = make_dialog(m, v.bytes, 0);
		else
			set_field(m, RF_OBJECT_SUBSCRIPTION, sub, &v, NULL);
	}
	struct rf_dialog *d = rf_dialog_at(m->s->e, sub->dialog);
	m->bad = m->bad || d == NULL || d->state != RF_DIALOG_IS_CONFIRMED ||
	    !is_status(sub->last);
	if (d != NULL && (d->leg != 0 || sub->dialog == own))
		d->usages++;
	sub->refer = refer;
	sub->state = RF_SUBSCRIPTION_IS_ACTIVE;
	return ref;
}

static void
make_refer(struct session *m, struct input in)
{
	struct rf_engine *e = m->s->e;
	struct rf_call *call = rf_call_at(e, m->call);
	struct value v;
	rf_ref ref;
	uint64_t place = RF_PLACE_NONE;
	struct rf_refer *r = m->refers < RF_REFERS_STORED_MAX ? take(m, RF_KIND_REFER, &ref) : NULL;
	if (r == NULL) {
		m->bad = true;
		return;
	}
	m->refer[m->refers++] = ref;
	r->call = m->call;
	call->refers++;
	while (next_value(&in, &v, &m->bad)) {
		if (v.tag == RF_TAG_PLACE && !v.is_bytes)
			place = v.number;
		else if (v.tag == RF_TAG_TXN && v.is_bytes && r->server == 0)
			r->server = make_txn(m, v.bytes, RF_KIND_LEG, 0);
		else if (v.tag == RF_TAG_SUBSCRIPTION && v.is_bytes && r->subscription == 0)
			r->subscription = make_subscription(m, v.bytes, ref, r->dialog);
		else if (v.tag == RF_TAG_DIALOG && v.is_bytes && r->dialog == 0)
			r->dialog = make_dialog(m, v.bytes, 0);
		else if (v.tag == RF_TAG_ROUTE && v.is_bytes && r->route == 0)
			r->route = make_route(m, v.bytes, ref);
		else
			set_field(m, RF_OBJECT_REFER, r, &v, NULL);
	}
	to_leg(m, &r->referrer);
	to_leg(m, &r->survivor);
	to_leg(m, &r->target);
	struct rf_txn *server = rf_txn_at(e, r->server);
	if (server != NULL && r->dialog != 0) {
		server->owner_kind = RF_KIND_DIALOG;
		server->owner = r->dialog;
	} else if (server != NULL) {
		server->owner = r->referrer;
	}
	if (r->concluded && r->state != RF_REFER_IS_SAVING && r->state != RF_REFER_IS_SAVED)
		r->state = RF_REFER_IS_CONCLUDING;
	r->telling = r->told;                           /* else it begins anew when it is durable */
	bool waits = r->state == RF_REFER_IS_PROMISING || r->state == RF_REFER_IS_TRYING ||
	    r->state == RF_REFER_IS_RESCUING;
	bool over = r->state == RF_REFER_IS_CONCLUDING || r->state == RF_REFER_IS_SAVING ||
	    r->state == RF_REFER_IS_SAVED;
	m->bad = m->bad || r->ids_call_id_len > rf_text_get(e, r->ids).len || r->ids_to_tag == 0 ||
	    !(r->concluded ? over : waits) || r->outcome > RF_OUTCOME_CLOSED ||
	    place < RF_PLACE_PENDING || place > RF_PLACE_RELEASING ||
	    !is_status(r->accept_code) || (r->concluded && !is_status(r->status));
	if (place == RF_PLACE_RELEASING)
		call->releasing = ref;
	else
		call->refer = ref;
}

static void
make_replace(struct session *m, struct input in)
{
	struct rf_call *call = rf_call_at(m->s->e, m->call);
	struct value v;
	struct rf_replace *r = m->replace == 0 ? take(m, RF_KIND_REPLACE, &m->replace) : NULL;
	if (r == NULL) {
		m->bad = true;
		return;
	}
	r->call = m->call;
	call->refers++;
	call->replace = m->replace;
	while (next_value(&in, &v, &m->bad))
		set_field(m, RF_OBJECT_REPLACE, r, &v, NULL);
	to_leg(m, &r->leg);
	to_leg(m, &r->replaced);
	to_leg(m, &r->survivor);
	m->bad = m->bad || r->state != RF_REPLACE_IS_COMMITTING || r->leg == 0 ||
	    r->survivor == 0 || r->leg == r->survivor || r->leg == r->replaced;
}

static void
make_call(struct session *m, struct input in)
{
	struct rf_engine *e = m->s->e;
	struct rf_call *call = take(m, RF_KIND_CALL, &m->call);
	struct value v;
	if (call == NULL)
		return;
	while (!m->full && next_value(&in, &v, &m->bad)) {
		if (v.tag == RF_TAG_LEG && v.is_bytes)
			make_leg(m, v.bytes);
		else if (v.tag == RF_TAG_REFER && v.is_bytes)
			make_refer(m, v.bytes);
		else if (v.tag == RF_TAG_REPLACE && v.is_bytes)
			make_replace(m, v.bytes);
		else
			set_field(m, RF_OBJECT_CALL, call, &v, NULL);
	}
	to_leg(m, &call->pair[0]);
	to_leg(m, &call->pair[1]);
	for (uint32_t i = 0; i < m->legs; i++) {
		struct rf_leg *leg = rf_leg_at(e, m->leg[i]);
		to_leg(m, &leg->peer);
		to_leg(m, &leg->answer_from);
	}
	/* Who is WON by whom must be clear: a replacement refuses to stand beside a REFER. */
	m->bad = m->bad || (call->replace != 0 && call->refer != 0);
	m->bad = m->bad || call->origin_call_id_len > rf_text_get(e, call->origin).len ||
	    call->session != m->s->event->session || call->origin_to_tag == 0 ||
	    call->state < RF_CALL_IS_COMMITTING || call->state > RF_CALL_IS_ENDING;
}

/* Takes back what was made of a snapshot that cannot be used: nothing is sent, nothing stored. */
static void
unmake(struct session *m)
{
	struct rf_engine *e = m->s->e;
	struct rf_call *call = rf_call_at(e, m->call);
	if (call == NULL)
		return;
	for (unsigned i = 0; i < m->refers; i++) {
		struct rf_refer *r = rf_refer_at(e, m->refer[i]);
		struct rf_subscription *sub = rf_subscription_at(e, r->subscription);
		rf_server_forget(m->s, r->server);
		if (sub != NULL) {
			const struct rf_dialog *d = rf_dialog_at(e, sub->dialog);
			if (d != NULL && d->leg == 0)
				rf_dialog_forget(e, sub->dialog);
			rf_pool_give(e, RF_KIND_SUBSCRIPTION, sub);
		}
		rf_dialog_forget(e, r->dialog);
		rf_route_free(m->s, r->route);
		rf_text_drop(e, &r->refer_to);
		rf_text_drop(e, &r->referred_by);
		rf_text_drop(e, &r->ids);
		rf_pool_give(e, RF_KIND_REFER, r);
	}
	if (m->replace != 0)
		rf_pool_give(e, RF_KIND_REPLACE, rf_replace_at(e, m->replace));
	for (uint32_t i = 0; i < m->legs; i++) {
		struct rf_leg *leg = rf_leg_at(e, m->leg[i]);
		rf_server_forget(m->s, leg->server);
		rf_dialog_forget(e, leg->dialog);
		rf_text_drop(e, &leg->sdp);
		rf_text_drop(e, &leg->partner);
		rf_text_drop(e, &leg->content_type);
		rf_pool_give(e, RF_KIND_LEG, leg);
	}
	rf_text_drop(e, &call->carry);
	rf_text_drop(e, &call->origin);
	rf_text_drop(e, &call->pass);
	rf_text_drop(e, &call->about);
	rf_pool_give(e, RF_KIND_CALL, call);
}

/* ---- and on it goes -------------------------------------------------------------------------- */

/* Whoever waits for the store hears that it is durable. */
static void
go_on(struct session *m)
{
	struct rf_step *s = m->s;
	const struct rf_call *call = rf_call_at(s->e, m->call);
	if (call->state == RF_CALL_IS_COMMITTING)
		rf_raise(s, RF_MACHINE_CALL, m->call, RF_CALL_STORED, 1, 0);
	if (call->state == RF_CALL_IS_ENDING)           /* perhaps nothing is left of it */
		rf_raise(s, RF_MACHINE_CALL, m->call, RF_CALL_LEG_DOWN, 0, 0);
	const struct rf_replace *replace = rf_replace_at(s->e, m->replace);
	const struct rf_leg *leg = replace != NULL ? rf_leg_at(s->e, replace->leg) : NULL;
	if (leg != NULL) {
		rf_raise(s, RF_MACHINE_REPLACE, m->replace, RF_REPLACE_STORED, 1, 0);
		if (leg->server == 0)                   /* its 2xx and its ACK are long past */
			rf_raise(s, RF_MACHINE_REPLACE, m->replace, RF_REPLACE_ACKED, 0, 0);
	}
	for (unsigned i = 0; i < m->refers; i++) {
		const struct rf_refer *r = rf_refer_at(s->e, m->refer[i]);
		const struct rf_route *route = rf_route_at(s->e, r->route);
		struct rf_leg *referrer = rf_leg_at(s->e, r->referrer);
		/* Gone for the call, but there: it answered nothing, and waits for its NOTIFY. */
		if (referrer != NULL && r->referrer_left && r->subscription != 0)
			referrer->state = RF_LEG_IS_MUTE;
		if (r->subscription != 0)
			rf_subscription_resume(s, r->subscription);
		if (r->state == RF_REFER_IS_PROMISING || (r->concluded && !r->told))
			rf_raise(s, RF_MACHINE_REFER, m->refer[i], RF_REFER_STORED, 0, 0);
		else if (r->concluded)
			rf_raise(s, RF_MACHINE_REFER, m->refer[i], RF_REFER_NOTIFIED, 0, 0);
		if (route != NULL && route->state == RF_ROUTE_IS_STORING)
			rf_raise(s, RF_MACHINE_ROUTE, r->route, RF_ROUTE_STORED, 1, 0);
	}
}

static bool
is_needed(const struct session *m, rf_ref leg)
{
	const struct rf_call *call = rf_call_at(m->s->e, m->call);
	const struct rf_replace *replace = rf_replace_at(m->s->e, m->replace);
	if (replace != NULL && leg == replace->leg)
		return true;
	for (unsigned i = 0; i < m->refers; i++) {
		const struct rf_refer *r = rf_refer_at(m->s->e, m->refer[i]);
		if (leg == r->referrer)                 /* it gets its NOTIFY before its BYE (T3) */
			return true;
	}
	return call->state != RF_CALL_IS_ENDING && (leg == call->pair[0] || leg == call->pair[1]);
}

/* Legs that nobody needs were being hung up; of the others it is not known who is still there. */
static void
look_after_legs(struct session *m)
{
	for (uint32_t i = 0; i < m->legs; i++)
		rf_raise(m->s, RF_MACHINE_LEG, m->leg[i], is_needed(m, m->leg[i]) ?
		    RF_LEG_PROBE : RF_LEG_HANG_UP, 0, 0);
}

void
rf_restore(struct rf_step *s)
{
	struct rf_slice bytes = s->event->bytes;
	if (s->event->session == 0) {
		s->e->strays_until = s->now + RF_STRAYS_S * RF_SECOND;
		return;
	}
	struct session m = { .s = s, .fresh = s->event->away < 64 * s->e->config.t1 };
	struct input in = { (const uint8_t *)bytes.p, (const uint8_t *)bytes.p + bytes.len };
	bool known = rf_snapshot_is_whole(bytes);
	bool there = rf_call_find(s->e, s->event->session) != 0;
	if (known && !there) {
		in.p += RF_SNAPSHOT_HEAD;
		make_call(&m, in);
	}
	if (!known || there || m.bad || m.full) {
		unmake(&m);
		s->e->stats.restore_refused++;
		rf_note(s, s->event->session, there ? "restore: the session is there already" :
		    m.full ? "restore: no room" : "restore: the snapshot cannot be read");
		return;
	}
	s->e->stats.restored++;
	look_after_legs(&m);
	go_on(&m);
}
