/* SPDX-License-Identifier: BSD-2-Clause */
/* engine/branch_hash.c -- do two engines do the same from now on?
 *
 * Every living slot is hashed apart and the hashes are added up, so it does not matter where they
 * lie.  A slot's hash is that of its bytes, with what depends on the past written over: a reference
 * by a name that its slot has had from birth, a text by its content.  A member that nobody thought
 * of here is hashed as it is: equal states may then look different, never the other way round. */
#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "engine/branch.h"
#include "engine/state.h"

enum { SLOT_BYTES_MAX = 1024 };

struct field {
	uint16_t offset;
	uint8_t kind;                           /* REF: enum rf_kind of whom it names */
};
enum { OWNER = RF_KIND_MAX, TEXT, AGE, LEFT_OUT_8, LEFT_OUT_32, LEFT_OUT_64, END };

#define IN(type, member) offsetof(struct rf_##type, member)
#define AT(array, n, size) (uint16_t)(array + (n) * (size))

static const struct field txn_fields[] = {
	{ IN(txn, owner), OWNER }, { IN(txn, peer), RF_KIND_TXN },
	{ IN(txn, sent), TEXT }, { IN(txn, ack), TEXT }, { IN(txn, echo), TEXT },
	{ IN(txn, identity), TEXT }, { IN(txn, out_at), LEFT_OUT_32 },
	{ IN(txn, out_len), LEFT_OUT_32 }, { IN(txn, older), LEFT_OUT_32 },
	{ IN(txn, newer), LEFT_OUT_32 }, { 0, END },
};
static const struct field dialog_fields[] = {
	{ IN(dialog, leg), RF_KIND_LEG }, { IN(dialog, fixed), TEXT },
	{ IN(dialog, target), TEXT }, { IN(dialog, ack), TEXT }, { 0, END },
};
static const struct field leg_fields[] = {
	{ IN(leg, call), RF_KIND_CALL }, { IN(leg, peer), RF_KIND_LEG },
	{ IN(leg, dialog), RF_KIND_DIALOG }, { IN(leg, route), RF_KIND_ROUTE },
	{ IN(leg, reoffer_from), RF_KIND_LEG }, { IN(leg, answer_from), RF_KIND_LEG },
	{ IN(leg, server), RF_KIND_TXN }, { IN(leg, client), RF_KIND_TXN },
	{ IN(leg, sdp), TEXT }, { IN(leg, final), TEXT }, { IN(leg, partner), TEXT },
	{ IN(leg, content_type), TEXT }, { 0, END },
};
#define LEG_OF_CALL(n) { AT(IN(call, leg), n, sizeof(rf_ref)), RF_KIND_LEG }
static const struct field call_fields[] = {
	{ IN(call, question), LEFT_OUT_8 },
	{ IN(call, pair), RF_KIND_LEG },
	{ AT(IN(call, pair), 1, sizeof(rf_ref)), RF_KIND_LEG },
	LEG_OF_CALL(0), LEG_OF_CALL(1), LEG_OF_CALL(2), LEG_OF_CALL(3), LEG_OF_CALL(4),
	LEG_OF_CALL(5), LEG_OF_CALL(6), LEG_OF_CALL(7),
	{ IN(call, route), RF_KIND_ROUTE }, { IN(call, refer), RF_KIND_REFER },
	{ IN(call, releasing), RF_KIND_REFER }, { IN(call, replace), RF_KIND_REPLACE },
	{ IN(call, carry), TEXT }, { IN(call, origin), TEXT }, { IN(call, pass), TEXT },
	{ IN(call, about), TEXT }, { IN(call, since), LEFT_OUT_64 },
	{ IN(call, answered), LEFT_OUT_64 }, { IN(call, events), LEFT_OUT_32 }, { 0, END },
};
_Static_assert(RF_CALL_LEGS_MAX == 8, "every leg is listed");
static const struct field refer_fields[] = {
	{ IN(refer, question), LEFT_OUT_8 },
	{ IN(refer, call), RF_KIND_CALL }, { IN(refer, referrer), RF_KIND_LEG },
	{ IN(refer, survivor), RF_KIND_LEG }, { IN(refer, target), RF_KIND_LEG },
	{ IN(refer, server), RF_KIND_TXN }, { IN(refer, dialog), RF_KIND_DIALOG },
	{ IN(refer, subscription), RF_KIND_SUBSCRIPTION }, { IN(refer, route), RF_KIND_ROUTE },
	{ IN(refer, refer_to), TEXT }, { IN(refer, referred_by), TEXT },
	{ IN(refer, ids), TEXT }, { IN(refer, since), LEFT_OUT_64 }, { 0, END },
};
static const struct field subscription_fields[] = {
	{ IN(subscription, dialog), RF_KIND_DIALOG }, { IN(subscription, refer), RF_KIND_REFER },
	{ IN(subscription, expires), AGE }, { 0, END },
};
static const struct field route_fields[] = {
	{ IN(route, question), LEFT_OUT_8 },
	{ IN(route, owner), OWNER }, { IN(route, leg), RF_KIND_LEG }, { IN(route, plan), TEXT },
	{ IN(route, address_list), TEXT }, { IN(route, identity), TEXT }, { 0, END },
};
static const struct field replace_fields[] = {
	{ IN(replace, question), LEFT_OUT_8 },
	{ IN(replace, call), RF_KIND_CALL }, { IN(replace, leg), RF_KIND_LEG },
	{ IN(replace, replaced), RF_KIND_LEG }, { IN(replace, survivor), RF_KIND_LEG }, { 0, END },
};
static const struct field receiver_fields[] = {
	{ IN(receiver, question), LEFT_OUT_8 }, { 0, END },
};
static const struct field delivery_fields[] = {
	{ IN(delivery, question), LEFT_OUT_8 },
	{ IN(delivery, receiver), RF_KIND_RECEIVER }, { 0, END },
};
static const struct field *const fields_of[RF_KIND_MAX] = {
	[RF_KIND_TXN] = txn_fields, [RF_KIND_DIALOG] = dialog_fields, [RF_KIND_LEG] = leg_fields,
	[RF_KIND_CALL] = call_fields, [RF_KIND_REFER] = refer_fields,
	[RF_KIND_SUBSCRIPTION] = subscription_fields, [RF_KIND_ROUTE] = route_fields,
	[RF_KIND_REPLACE] = replace_fields, [RF_KIND_RECEIVER] = receiver_fields,
	[RF_KIND_DELIVERY] = delivery_fields,
};

/* ---- numbers -------------------------------------------------------------------------------- */

static uint64_t
mix(uint64_t hash, uint64_t value)
{
	hash = (hash ^ value) * 0x9e3779b97f4a7c15u;
	return hash ^ hash >> 32;
}

/* Two lanes: a multiplication need not wait for the one before. */
static uint64_t
mix_bytes(uint64_t hash, const void *bytes, uint64_t len)
{
	const char *p = bytes;
	uint64_t other = ~hash;
	for (uint64_t left = len; left > 0;) {
		uint64_t word[2] = { 0, 0 };
		uint64_t take = left < sizeof word ? left : sizeof word;
		memcpy(word, p, take);
		hash = mix(hash, word[0]);
		other = (other ^ word[1]) * 0xbf58476d1ce4e5b9u;
		other ^= other >> 29;
		p += take;
		left -= take;
	}
	return mix(mix(hash, other), len);
}

/* ---- names: what a slot has had since it was made, and no other of its kind has -------------- */

static uint64_t name_of(const struct rf_engine *, unsigned kind, rf_ref);

static uint64_t
leg_name(const struct rf_engine *e, const struct rf_leg *leg)
{
	const struct rf_call *call = rf_call_at(e, leg->call);
	return mix(call != NULL ? call->session : 0, leg->serial + 1);
}

static uint64_t
route_name(const struct rf_engine *e, const struct rf_route *route)
{
	return mix(route->owner_kind, name_of(e, route->owner_kind, route->owner));
}

static uint64_t
name_of(const struct rf_engine *e, unsigned kind, rf_ref ref)
{
	const void *slot = kind > RF_KIND_NONE && kind < RF_KIND_MAX ? rf_pool_at(e, kind, ref)
								      : NULL;
	if (slot == NULL)
		return 0;                       /* gone, or never there: both the same */
	switch ((enum rf_kind)kind) {
	case RF_KIND_TXN:
		return mix(1, ((const struct rf_txn *)slot)->key);
	case RF_KIND_DIALOG:
		return mix(2, ((const struct rf_dialog *)slot)->local_tag);
	case RF_KIND_LEG:
		return mix(3, leg_name(e, slot));
	case RF_KIND_CALL:
		return mix(4, ((const struct rf_call *)slot)->session);
	case RF_KIND_REFER:
		return mix(5, ((const struct rf_refer *)slot)->cseq);
	case RF_KIND_SUBSCRIPTION:
		return mix(6, ((const struct rf_subscription *)slot)->id);
	case RF_KIND_ROUTE:
		return mix(7, route_name(e, slot));
	case RF_KIND_REPLACE:
		return mix(8, name_of(e, RF_KIND_LEG, ((const struct rf_replace *)slot)->leg));
	case RF_KIND_RECEIVER:
		return mix(9, ((const struct rf_receiver *)slot)->index);
	case RF_KIND_DELIVERY:
		return mix(10, (uint64_t)((const struct rf_delivery *)slot)->number);
	case RF_KIND_NONE:
	case RF_KIND_MAX:
		break;
	}
	return 0;
}

/* ---- slots ---------------------------------------------------------------------------------- */

/* How far away, in units that grow with the distance. */
static int64_t
away(rf_time at, rf_time now, rf_time far)
{
	rf_time left = at - now;
	return left <= far ? left : (left + far - 1) / far * far;
}

static unsigned
owner_kind(unsigned kind, const void *slot)
{
	return kind == RF_KIND_TXN ? ((const struct rf_txn *)slot)->owner_kind
				   : ((const struct rf_route *)slot)->owner_kind;
}

static size_t
size_of(unsigned field)
{
	return field == LEFT_OUT_8 ? 1 : field == TEXT || field == LEFT_OUT_32 ? 4 : 8;
}

/* What the texts say, all of it: a handle has room for half of a hash only. */
static uint64_t
write_over(const struct rf_engine *e, unsigned kind, char *copy, rf_time far)
{
	uint64_t texts = 0;
	for (const struct field *f = fields_of[kind]; f->kind != END; f++) {
		uint64_t value = 0;
		if (f->kind == TEXT) {
			rf_text text;
			memcpy(&text, copy + f->offset, sizeof text);
			struct rf_slice said = rf_text_get(e, text);
			texts = mix_bytes(texts, said.p, said.len);
		} else if (f->kind == AGE) {
			rf_time at;
			memcpy(&at, copy + f->offset, sizeof at);
			value = at == 0 ? 0 : (uint64_t)away(at, e->now, far) | (uint64_t)1 << 63;
		} else if (f->kind <= OWNER) {
			rf_ref ref;
			memcpy(&ref, copy + f->offset, sizeof ref);
			unsigned of = f->kind == OWNER ? owner_kind(kind, copy) : f->kind;
			value = name_of(e, of, ref);
		}
		memcpy(copy + f->offset, &value, size_of(f->kind));
	}
	return texts;
}

/* Done, and kept for repetitions only. */
static bool
lingers(unsigned kind, const void *slot)
{
	return kind == RF_KIND_TXN && ((const struct rf_txn *)slot)->lingers;
}

/* Of timers that expire at once, who was armed first fires first. */
static uint64_t
timers_hash(const struct rf_engine *e, unsigned kind, uint32_t index, rf_time far)
{
	uint64_t hash = 0;
	const struct rf_timer *all =
	    (const struct rf_timer *)((const char *)e + e->timers.offset);
	uint32_t first = e->timers.base[kind] + index * e->timers.per_slot[kind];
	for (uint32_t i = 0; i < e->timers.per_slot[kind]; i++) {
		const struct rf_timer *t = &all[first + i];
		if (t->where == 0)
			continue;
		hash = mix(hash, (uint64_t)away(t->expires_ms * RF_MS, e->now, far) * 8 + i + 1);
		uint32_t before = 0;
		for (uint32_t n = t->previous; n != 0; n = all[n - 1].previous)
			before += all[n - 1].expires_ms == t->expires_ms;
		hash = mix(hash, before);
	}
	return hash;
}

static uint64_t
slots_hash(const struct rf_engine *e, unsigned kind, rf_time far)
{
	_Alignas(8) char copy[SLOT_BYTES_MAX];
	const struct rf_pool *pool = &e->pools.pool[kind];
	uint64_t sum = 0;
	assert(pool->slot_size <= sizeof copy);
	for (uint32_t i = 0; i < pool->fresh; i++) {
		const char *slot = (const char *)e + pool->offset + (uint64_t)i * pool->slot_size;
		if (((const struct rf_slot *)slot)->generation % 2 == 0)
			continue;
		memcpy(copy, slot, pool->slot_size);
		memset(copy, 0, sizeof(struct rf_slot));
		uint64_t hash = write_over(e, kind, copy, far);
		hash = mix_bytes(hash + kind, copy, pool->slot_size);
		sum += mix(hash, lingers(kind, slot) ? 0 : timers_hash(e, kind, i, far));
	}
	return sum;
}

/* Questions are counted: how many went before does not matter, which of them is the last does. */
static uint8_t
question_of(unsigned kind, const void *slot)
{
	switch ((enum rf_kind)kind) {
	case RF_KIND_CALL:
		return ((const struct rf_call *)slot)->question;
	case RF_KIND_REFER:
		return ((const struct rf_refer *)slot)->question;
	case RF_KIND_ROUTE:
		return ((const struct rf_route *)slot)->question;
	case RF_KIND_REPLACE:
		return ((const struct rf_replace *)slot)->question;
	case RF_KIND_RECEIVER:
		return ((const struct rf_receiver *)slot)->question;
	case RF_KIND_DELIVERY:
		return ((const struct rf_delivery *)slot)->question;
	case RF_KIND_NONE:
	case RF_KIND_TXN:
	case RF_KIND_DIALOG:
	case RF_KIND_LEG:
	case RF_KIND_SUBSCRIPTION:
	case RF_KIND_MAX:
		break;
	}
	return 0;
}

uint64_t
rf_branch_token(const struct rf_engine *e, rf_token token)
{
	unsigned kind = (unsigned)(token >> 60);
	uint32_t index = (uint32_t)token;
	if (kind == 0 || kind >= RF_KIND_MAX || index >= e->pools.pool[kind].count)
		return 0;
	const struct rf_pool *pool = &e->pools.pool[kind];
	const void *slot = (const char *)e + pool->offset + (uint64_t)index * pool->slot_size;
	uint32_t generation = ((const struct rf_slot *)slot)->generation;
	if (generation % 2 == 0 || (generation & 0xfffff) != (token >> 32 & 0xfffff))
		return 0;
	if (kind != RF_KIND_TXN && question_of(kind, slot) != (uint8_t)(token >> 52))
		return 0;                       /* another one was asked since */
	return name_of(e, kind, (rf_ref)generation << 32 | index);
}

uint64_t
rf_branch_hash(const struct rf_engine *e, rf_time far)
{
	uint64_t hash = mix(e->draining, e->link_down);
	hash = mix(hash, e->strays_until > e->now);
	hash = mix_bytes(hash, &e->drbg, sizeof e->drbg);
	for (unsigned kind = 1; kind < RF_KIND_MAX; kind++)
		hash = mix(hash, slots_hash(e, kind, far));
	return hash;
}
