/* SPDX-License-Identifier: BSD-2-Clause */
/* engine/snapshot.c -- writes a session as bytes, and says which of its fields that takes.
 *
 * What is left out is left out on purpose: transactions (their peers repeat, or have given up),
 * connections (peers come back on new ones), timers (the state that needs one is entered again).
 * What this file must never know: what the fields mean. */
#include "engine/snapshot.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "engine/effect_hash.h"
#include "engine/leg.h"
#include "engine/refer.h"
#include "engine/replace.h"
#include "engine/route.h"

/* ---- the fields: a tag is never used again --------------------------------------------------- */

#define FIELD(type, tag, kind, member) \
	{ tag, RF_FIELD_##kind, sizeof(((struct type *)0)->member), offsetof(struct type, member) }

static const struct rf_field call_fields[] = {
	FIELD(rf_call, 1, NUMBER, session),
	FIELD(rf_call, 2, NUMBER, secret),
	FIELD(rf_call, 3, NUMBER, state),
	FIELD(rf_call, 4, NUMBER, legs_made),
	FIELD(rf_call, 6, NUMBER, status),
	FIELD(rf_call, 7, AGE, since),
	FIELD(rf_call, 8, AGE, answered),
	FIELD(rf_call, 9, LEG, pair[0]),
	FIELD(rf_call, 10, LEG, pair[1]),
	FIELD(rf_call, 11, TEXT, carry),
	FIELD(rf_call, 12, TEXT, origin),
	FIELD(rf_call, 13, NUMBER, origin_call_id_len),
	FIELD(rf_call, 14, NUMBER, origin_to_tag),
	FIELD(rf_call, 15, TEXT, pass),
	FIELD(rf_call, 16, NUMBER, max_forwards),
	FIELD(rf_call, 17, NUMBER, events),
	FIELD(rf_call, 18, TEXT, about),
	FIELD(rf_call, 19, NUMBER, transfers),
};
static const struct rf_field leg_fields[] = {
	FIELD(rf_leg, 1, NUMBER, state),
	FIELD(rf_leg, 2, NUMBER, role),
	FIELD(rf_leg, 3, NUMBER, serial),
	FIELD(rf_leg, 4, FLAG, uas),
	FIELD(rf_leg, 5, FLAG, ack_owed),
	FIELD(rf_leg, 6, FLAG, answered_with_body),
	FIELD(rf_leg, 7, FLAG, sdp_offered),
	FIELD(rf_leg, 8, FLAG, late),
	FIELD(rf_leg, 9, FLAG, rel100),
	FIELD(rf_leg, 10, FLAG, require_100rel),
	FIELD(rf_leg, 11, NUMBER, sdp_version),
	FIELD(rf_leg, 12, NUMBER, sdp_id),
	FIELD(rf_leg, 13, NUMBER, sdp_sent),
	FIELD(rf_leg, 14, LEG, peer),
	FIELD(rf_leg, 15, TEXT, sdp),
	FIELD(rf_leg, 16, TEXT, partner),
	FIELD(rf_leg, 17, TEXT, content_type),
	FIELD(rf_leg, 18, FLAG, refer_allowed),
	FIELD(rf_leg, 19, LEG, answer_from),
	FIELD(rf_leg, 20, NUMBER, status),
};
static const struct rf_field dialog_fields[] = {
	FIELD(rf_dialog, 1, NUMBER, state),
	FIELD(rf_dialog, 2, FLAG, uas),
	FIELD(rf_dialog, 3, FLAG, strict),
	FIELD(rf_dialog, 4, FLAG, refer_seen),
	FIELD(rf_dialog, 5, FLAG, remote_cseq_known),
	FIELD(rf_dialog, 6, NUMBER, local_cseq),
	FIELD(rf_dialog, 7, NUMBER, remote_cseq),
	FIELD(rf_dialog, 8, NUMBER, invite_cseq),
	FIELD(rf_dialog, 9, NUMBER, local_tag),
	FIELD(rf_dialog, 10, TEXT, target),
	FIELD(rf_dialog, 11, PATH, path),
	FIELD(rf_dialog, 12, FLAG, outside),
};
static const struct rf_field txn_fields[] = {
	FIELD(rf_txn, 1, NUMBER, method),
	FIELD(rf_txn, 2, FLAG, has_body),
	FIELD(rf_txn, 3, NUMBER, cseq),
	FIELD(rf_txn, 4, TEXT, echo),
	FIELD(rf_txn, 5, PATH, path),
};
static const struct rf_field refer_fields[] = {
	FIELD(rf_refer, 1, NUMBER, state),
	FIELD(rf_refer, 2, FLAG, referrer_left),
	FIELD(rf_refer, 3, FLAG, survivor_left),
	FIELD(rf_refer, 4, FLAG, rescued),
	FIELD(rf_refer, 5, FLAG, silent),
	FIELD(rf_refer, 6, FLAG, concluded),
	FIELD(rf_refer, 7, FLAG, told),
	FIELD(rf_refer, 8, NUMBER, outcome),
	FIELD(rf_refer, 9, NUMBER, status),
	FIELD(rf_refer, 10, NUMBER, accept_code),
	FIELD(rf_refer, 11, NUMBER, cseq),
	FIELD(rf_refer, 12, NUMBER, wait_for_bye_ms),
	FIELD(rf_refer, 13, FLAG, notify_ringing),
	FIELD(rf_refer, 14, FLAG, with_id),
	FIELD(rf_refer, 15, LEG, referrer),
	FIELD(rf_refer, 16, LEG, survivor),
	FIELD(rf_refer, 17, LEG, target),
	FIELD(rf_refer, 18, TEXT, refer_to),
	FIELD(rf_refer, 19, TEXT, referred_by),
	FIELD(rf_refer, 20, AGE, since),
	FIELD(rf_refer, 21, TEXT, ids),
	FIELD(rf_refer, 22, NUMBER, ids_call_id_len),
	FIELD(rf_refer, 23, NUMBER, ids_to_tag),
};
static const struct rf_field subscription_fields[] = {
	FIELD(rf_subscription, 1, FLAG, with_id),
	FIELD(rf_subscription, 2, NUMBER, last),
	FIELD(rf_subscription, 3, NUMBER, id),
	FIELD(rf_subscription, 4, AGE, expires),
};
static const struct rf_field route_fields[] = {
	FIELD(rf_route, 1, NUMBER, state),
	FIELD(rf_route, 2, NUMBER, target),
	FIELD(rf_route, 3, NUMBER, tries),
	FIELD(rf_route, 4, NUMBER, address),
	FIELD(rf_route, 5, NUMBER, addresses),
	FIELD(rf_route, 6, FLAG, in_overflow),
	FIELD(rf_route, 7, FLAG, overflow_used),
	FIELD(rf_route, 8, FLAG, in_ivr),
	FIELD(rf_route, 9, FLAG, over_stream),
	FIELD(rf_route, 10, FLAG, stream_failed),
	FIELD(rf_route, 11, NUMBER, status),
	FIELD(rf_route, 12, NUMBER, attempts),
	FIELD(rf_route, 13, NUMBER, retry_after_s),
	FIELD(rf_route, 14, TEXT, address_list),
	FIELD(rf_route, 15, TEXT, identity),
};
static const struct rf_field replace_fields[] = {
	FIELD(rf_replace, 1, NUMBER, state),
	FIELD(rf_replace, 2, LEG, leg),
	FIELD(rf_replace, 3, LEG, replaced),
	FIELD(rf_replace, 4, LEG, survivor),
};
static const struct rf_field plan_fields[] = {
	FIELD(rf_plan, 1, SPAN, partner),
	FIELD(rf_plan, 2, FLAG, refer_allowed),
	FIELD(rf_plan, 3, NUMBER, accept_code),
	FIELD(rf_plan, 4, FLAG, notify_ringing),
	FIELD(rf_plan, 5, FLAG, subscription_id_always),
	FIELD(rf_plan, 6, NUMBER, wait_for_bye_ms),
	FIELD(rf_plan, 7, SPAN, pass),
	FIELD(rf_plan, 8, SPAN, key),
	FIELD(rf_plan, 9, SPAN, route),
	FIELD(rf_plan, 10, SPAN, queue),
	FIELD(rf_plan, 11, SPAN, wrap_up),
	FIELD(rf_plan, 12, SPAN, referred_by),
	FIELD(rf_plan, 13, SPAN, headers),
	FIELD(rf_plan, 14, SPAN, ivr),
	FIELD(rf_plan, 15, NUMBER, ivr_ring_ms),
	FIELD(rf_plan, 16, SPAN, skill),
	FIELD(rf_plan, 17, SPAN, recording_policy),
	FIELD(rf_plan, 18, SPAN, recording_header),
};
static const struct rf_field plan_target_fields[] = {
	FIELD(rf_plan_target, 1, SPAN, uri),
	FIELD(rf_plan_target, 2, NUMBER, ring_ms),
	FIELD(rf_plan_target, 3, FLAG, overflow),
	FIELD(rf_plan_target, 4, SPAN, queue),
	FIELD(rf_plan_target, 5, SPAN, recording_policy),
};
static const struct rf_field plan_failover_fields[] = {
	FIELD(rf_plan_failover, 1, NUMBER, code_min),
	FIELD(rf_plan_failover, 2, NUMBER, code_max),
	FIELD(rf_plan_failover, 3, NUMBER, action),
	FIELD(rf_plan_failover, 4, NUMBER, times),
	FIELD(rf_plan_failover, 5, NUMBER, backoff_ms_min),
	FIELD(rf_plan_failover, 6, NUMBER, backoff_ms_max),
	FIELD(rf_plan_failover, 7, NUMBER, backoff_ms_cap),
	FIELD(rf_plan_failover, 8, NUMBER, retry_after_ms_max),
	FIELD(rf_plan_failover, 9, SPAN, wrap_up),
	FIELD(rf_plan_failover, 10, NUMBER, row),
};

#define OBJECT(fields) { fields, RF_ARRAY_LEN(fields) }
const struct rf_fields rf_object_fields[RF_OBJECT_MAX] = {
	[RF_OBJECT_CALL] = OBJECT(call_fields),
	[RF_OBJECT_LEG] = OBJECT(leg_fields),
	[RF_OBJECT_DIALOG] = OBJECT(dialog_fields),
	[RF_OBJECT_TXN] = OBJECT(txn_fields),
	[RF_OBJECT_REFER] = OBJECT(refer_fields),
	[RF_OBJECT_SUBSCRIPTION] = OBJECT(subscription_fields),
	[RF_OBJECT_ROUTE] = OBJECT(route_fields),
	[RF_OBJECT_REPLACE] = OBJECT(replace_fields),
	[RF_OBJECT_PLAN] = OBJECT(plan_fields),
	[RF_OBJECT_PLAN_TARGET] = OBJECT(plan_target_fields),
	[RF_OBJECT_PLAN_FAILOVER] = OBJECT(plan_failover_fields),
};

/* ---- the seal -------------------------------------------------------------------------------- */

static uint32_t
hash_of(struct rf_slice snapshot)
{
	uint64_t hash[2] = { 0, 0 };
	rf_mix_bytes(hash, snapshot.p + RF_SNAPSHOT_HEAD, snapshot.len - RF_SNAPSHOT_HEAD);
	return (uint32_t)hash[1];
}

void
rf_snapshot_seal(char *bytes, uint32_t len)
{
	assert(len > RF_SNAPSHOT_HEAD);
	uint32_t hash = hash_of((struct rf_slice){ bytes, len });
	for (unsigned i = 0; i < 4; i++)
		bytes[2 + i] = (char)(hash >> (8 * i));
}

bool
rf_snapshot_is_whole(struct rf_slice s)
{
	uint32_t seal = 0;
	if (s.len <= RF_SNAPSHOT_HEAD || s.p[0] != 'R' || s.p[1] != RF_SNAPSHOT_VERSION)
		return false;
	for (unsigned i = 0; i < 4; i++)
		seal |= (uint32_t)(uint8_t)s.p[2 + i] << (8 * i);
	return seal == hash_of(s);
}

/* ---- writing --------------------------------------------------------------------------------- */

struct output {
	struct rf_step *s;
	struct rf_writer w;
	const struct rf_plan *plan;             /* whose spans are written */
	rf_ref leg[RF_CALL_LEGS_MAX];           /* the legs that are written, in order */
	uint32_t legs;
	bool lean;                              /* without descriptions: the whole was too long */
};

static void
write_varint(struct output *o, uint64_t value)
{
	for (; value > 0x7f; value >>= 7)
		rf_write_char(&o->w, (char)((value & 0x7f) | 0x80));
	rf_write_char(&o->w, (char)value);
}

static void
put_number(struct output *o, uint8_t tag, uint64_t value)
{
	if (value == 0)
		return;
	write_varint(o, (uint64_t)tag * 2);
	write_varint(o, value);
}

static void
put_bytes(struct output *o, uint8_t tag, struct rf_slice bytes)
{
	if (bytes.len == 0)
		return;
	write_varint(o, (uint64_t)tag * 2 + 1);
	write_varint(o, bytes.len);
	rf_write(&o->w, bytes);
}

/* Begins an object: its length is filled in by end_object. */
enum { LENGTH_BYTES = 3 };
static uint32_t
begin_object(struct output *o, uint8_t tag)
{
	write_varint(o, (uint64_t)tag * 2 + 1);
	rf_write(&o->w, (struct rf_slice){ "\x80\x80\x00", LENGTH_BYTES });
	return o->w.len;
}

static void
end_object(struct output *o, uint32_t begun)
{
	if (o->w.overflow)
		return;
	uint32_t len = o->w.len - begun;
	for (uint32_t i = 0; i < LENGTH_BYTES; i++)
		o->w.p[begun - LENGTH_BYTES + i] = (char)((len >> (7 * i) & 0x7f) |
		    (i + 1 < LENGTH_BYTES ? 0x80 : 0));
}

static uint32_t
position_of(const struct output *o, rf_ref leg)
{
	for (uint32_t i = 0; leg != 0 && i < o->legs; i++) {
		if (o->leg[i] == leg)
			return i + 1;
	}
	return 0;
}

static uint64_t
number_at(const void *member, uint32_t size)
{
	union {
		uint8_t u8;
		uint16_t u16;
		uint32_t u32;
		uint64_t u64;
	} value;
	memcpy(&value, member, size);
	return size == 1 ? value.u8 : size == 2 ? value.u16 : size == 4 ? value.u32 : value.u64;
}

/* Zigzag: times lie behind as well as ahead. */
static uint64_t
age_of(rf_time now, const rf_time *at)
{
	rf_time age = now - *at;
	return *at == 0 ? 0 : ((uint64_t)age << 1 ^ (uint64_t)(age >> 63)) + 1;
}

/* Transport, port, scope, and 4 or 16 bytes of IP; twice. */
static void
put_path(struct output *o, uint8_t tag, const struct rf_path *path)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	const struct rf_addr *both[] = { &path->local, &path->remote };
	uint32_t object = begin_object(o, tag);
	for (unsigned i = 0; i < RF_ARRAY_LEN(both); i++) {
		bool v4 = memcmp(both[i]->ip, mapped, sizeof mapped) == 0;
		const char *ip = (const char *)both[i]->ip;
		write_varint(o, (uint64_t)both[i]->proto << 1 | v4);
		write_varint(o, both[i]->port);
		write_varint(o, both[i]->scope);
		rf_write(&o->w, v4 ? (struct rf_slice){ ip + 12, 4 } : (struct rf_slice){ ip, 16 });
	}
	end_object(o, object);
}

static void
put_fields(struct output *o, enum rf_object object, const void *from)
{
	const struct rf_engine *e = o->s->e;
	for (uint32_t i = 0; i < rf_object_fields[object].count; i++) {
		const struct rf_field *f = &rf_object_fields[object].field[i];
		const void *member = (const char *)from + f->offset;
		switch ((enum rf_field_kind)f->kind) {
		case RF_FIELD_NUMBER:
		case RF_FIELD_FLAG:
			put_number(o, f->tag, number_at(member, f->size));
			break;
		case RF_FIELD_AGE:
			put_number(o, f->tag, age_of(o->s->now, member));
			break;
		case RF_FIELD_TEXT:
			if (!o->lean || object != RF_OBJECT_LEG ||
			    f->offset != offsetof(struct rf_leg, sdp))
				put_bytes(o, f->tag, rf_text_get(e, *(const rf_text *)member));
			break;
		case RF_FIELD_PATH:
			put_path(o, f->tag, member);
			break;
		case RF_FIELD_LEG:
			put_number(o, f->tag, position_of(o, *(const rf_ref *)member));
			break;
		case RF_FIELD_SPAN:
			put_bytes(o, f->tag,
			    rf_plan_text(o->plan, *(const struct rf_span *)member));
			break;
		}
	}
}

static void
put_dialog(struct output *o, const struct rf_dialog *d)
{
	uint32_t dialog = begin_object(o, RF_TAG_DIALOG);
	put_fields(o, RF_OBJECT_DIALOG, d);
	uint32_t fixed = begin_object(o, RF_TAG_FIXED);
	for (unsigned i = 0; i < RF_DT_MAX; i++)
		write_varint(o, d->fixed_len[i]);
	rf_write(&o->w, rf_text_get(o->s->e, d->fixed));
	end_object(o, fixed);
	end_object(o, dialog);
}

static void
put_txn(struct output *o, rf_ref ref)
{
	const struct rf_txn *txn = rf_txn_at(o->s->e, ref);
	if (txn == NULL || txn->echo == 0)
		return;
	uint32_t object = begin_object(o, RF_TAG_TXN);
	put_fields(o, RF_OBJECT_TXN, txn);
	end_object(o, object);
}

static void
put_leg(struct output *o, const struct rf_leg *leg)
{
	const struct rf_dialog *d = rf_dialog_at(o->s->e, leg->dialog);
	uint32_t object = begin_object(o, RF_TAG_LEG);
	assert(d != NULL);
	put_fields(o, RF_OBJECT_LEG, leg);
	put_dialog(o, d);
	if (leg->state == RF_LEG_IS_OFFERED)
		put_txn(o, leg->server);
	end_object(o, object);
}

static void
put_plan(struct output *o, const struct rf_plan *plan)
{
	uint32_t object = begin_object(o, RF_TAG_PLAN), row;
	o->plan = plan;
	put_fields(o, RF_OBJECT_PLAN, plan);
	for (unsigned i = 0; i < plan->target_count; i++) {
		row = begin_object(o, RF_TAG_TARGET);
		put_fields(o, RF_OBJECT_PLAN_TARGET, &plan->target[i]);
		end_object(o, row);
	}
	for (unsigned i = 0; i < plan->failover_count; i++) {
		row = begin_object(o, RF_TAG_FAILOVER);
		put_fields(o, RF_OBJECT_PLAN_FAILOVER, &plan->failover[i]);
		end_object(o, row);
	}
	end_object(o, object);
}

static void
put_subscription(struct output *o, const struct rf_subscription *sub, rf_ref own)
{
	const struct rf_dialog *d = rf_dialog_at(o->s->e, sub->dialog);
	uint32_t object = begin_object(o, RF_TAG_SUBSCRIPTION);
	put_fields(o, RF_OBJECT_SUBSCRIPTION, sub);
	if (own != 0 && sub->dialog == own)
		put_number(o, RF_TAG_ON_REFER, 1);
	else if (d != NULL && position_of(o, d->leg) != 0)
		put_number(o, RF_TAG_ON_LEG, position_of(o, d->leg));
	else if (d != NULL)
		put_dialog(o, d);
	end_object(o, object);
}

static void
put_refer(struct output *o, rf_ref ref, enum rf_refer_place place)
{
	const struct rf_engine *e = o->s->e;
	const struct rf_refer *r = rf_refer_at(e, ref);
	if (r == NULL || r->state < RF_REFER_IS_PROMISING || r->state == RF_REFER_IS_WITHDRAWN)
		return;
	const struct rf_subscription *sub = rf_subscription_at(e, r->subscription);
	const struct rf_route *route = rf_route_at(e, r->route);
	const struct rf_dialog *own = rf_dialog_at(e, r->dialog);
	uint32_t object = begin_object(o, RF_TAG_REFER);
	put_fields(o, RF_OBJECT_REFER, r);
	put_number(o, RF_TAG_PLACE, place);
	if (own != NULL)
		put_dialog(o, own);
	if (r->state == RF_REFER_IS_PROMISING)
		put_txn(o, r->server);
	if (sub != NULL)
		put_subscription(o, sub, r->dialog);
	/* A plan is long; when nobody can be tried any more it is not needed. */
	bool over = r->concluded && (r->outcome != RF_OUTCOME_FAILED || r->rescued);
	if (route != NULL && !over) {
		uint32_t inner = begin_object(o, RF_TAG_ROUTE);
		put_fields(o, RF_OBJECT_ROUTE, route);
		put_plan(o, rf_route_plan(e, route));
		end_object(o, inner);
	}
	end_object(o, object);
}

/* Only while its commit is awaited: before that it has changed nothing that lasts, after that the
 * next commit says what came of it. */
static void
put_replace(struct output *o, rf_ref ref)
{
	const struct rf_replace *r = rf_replace_at(o->s->e, ref);
	if (r == NULL || r->state != RF_REPLACE_IS_COMMITTING)
		return;
	uint32_t object = begin_object(o, RF_TAG_REPLACE);
	put_fields(o, RF_OBJECT_REPLACE, r);
	end_object(o, object);
}

/* Attempts under way are no part of it: they are made again, from the same numbers. */
static bool
lasts(const struct rf_leg *leg)
{
	return leg->state == RF_LEG_IS_OFFERED || (leg->state >= RF_LEG_IS_UP &&
	    leg->state != RF_LEG_IS_DOWN);
}

static void
put_session(struct output *o)
{
	const struct rf_engine *e = o->s->e;
	const struct rf_call *call = o->s->call;
	const char head[RF_SNAPSHOT_HEAD] = { 'R', RF_SNAPSHOT_VERSION };
	rf_write(&o->w, (struct rf_slice){ head, sizeof head });
	for (unsigned i = 0; i < RF_CALL_LEGS_MAX; i++) {
		const struct rf_leg *leg = rf_leg_at(e, call->leg[i]);
		if (leg != NULL && lasts(leg))
			o->leg[o->legs++] = call->leg[i];
	}
	put_fields(o, RF_OBJECT_CALL, call);
	for (uint32_t i = 0; i < o->legs; i++)
		put_leg(o, rf_leg_at(e, o->leg[i]));
	put_refer(o, call->refer, RF_PLACE_PENDING);
	put_refer(o, call->releasing, RF_PLACE_RELEASING);
	put_replace(o, call->replace);
}

struct rf_slice
rf_snapshot(struct rf_step *s)
{
	uint32_t room = RF_STEP_BYTES_MAX - s->out->bytes_len;
	assert(s->call != NULL);
	struct output o = { .s = s };
	for (unsigned i = 0; i < 2; i++) {
		o = (struct output){ .s = s, .lean = i > 0 };
		rf_writer_init(&o.w, s->out->bytes + s->out->bytes_len,
		    room < RF_SNAPSHOT_MAX ? room : RF_SNAPSHOT_MAX);
		put_session(&o);
		if (!o.w.overflow)
			break;
	}
	assert(!o.w.overflow);
	rf_snapshot_seal(o.w.p, o.w.len);
	s->out->bytes_len += o.w.len;
	return rf_written(&o.w);
}
