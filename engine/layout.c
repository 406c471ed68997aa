/* SPDX-License-Identifier: BSD-2-Clause */
/* engine/layout.c -- where what lies in the one block, and a block that is begun.
 *
 *      struct rf_engine | pools, one a kind | timers | maps | pages of text and their list
 *
 * All of it follows from the limits and from the program, and nothing of it from what happens. */
#include <assert.h>
#include <string.h>

#include "engine/state.h"

struct layout {
	size_t size;
	uint64_t pool[RF_KIND_MAX], txn_map, dialog_map, timers, text_pages, text;
	uint32_t count[RF_KIND_MAX], txn_buckets, dialog_buckets, pages;
};

static const uint32_t slot_size[RF_KIND_MAX] = {
	[RF_KIND_TXN] = sizeof(struct rf_txn), [RF_KIND_DIALOG] = sizeof(struct rf_dialog),
	[RF_KIND_LEG] = sizeof(struct rf_leg), [RF_KIND_CALL] = sizeof(struct rf_call),
	[RF_KIND_REFER] = sizeof(struct rf_refer),
	[RF_KIND_SUBSCRIPTION] = sizeof(struct rf_subscription),
	[RF_KIND_ROUTE] = sizeof(struct rf_route),
	[RF_KIND_REPLACE] = sizeof(struct rf_replace),
	[RF_KIND_RECEIVER] = sizeof(struct rf_receiver),
	[RF_KIND_DELIVERY] = sizeof(struct rf_delivery),
};

static const uint8_t timers_per_slot[RF_KIND_MAX] = {
	[RF_KIND_TXN] = 2, [RF_KIND_LEG] = 4, [RF_KIND_CALL] = 1, [RF_KIND_REFER] = 3,
	[RF_KIND_SUBSCRIPTION] = 1, [RF_KIND_ROUTE] = 3, [RF_KIND_REPLACE] = 2,
	[RF_KIND_RECEIVER] = 1, [RF_KIND_DELIVERY] = 1,
};

static uint32_t
power_of_two(uint32_t least)
{
	uint32_t n = 64;
	while (n < least)
		n *= 2;
	return n;
}

static uint64_t
place(size_t *size, uint64_t bytes)
{
	uint64_t at = (*size + 63) & ~(uint64_t)63;
	*size = (size_t)(at + bytes);
	return at;
}

static void
layout_init(struct layout *l, const struct rf_engine_limits *limits)
{
	assert(limits->calls > 0);
	assert(limits->transactions > 0);
	*l = (struct layout){ .size = sizeof(struct rf_engine) };
	l->count[RF_KIND_TXN] = limits->transactions;
	l->count[RF_KIND_CALL] = limits->calls;
	l->count[RF_KIND_LEG] = limits->calls * 3 + 8;
	l->count[RF_KIND_DIALOG] = l->count[RF_KIND_LEG] + limits->calls;
	l->count[RF_KIND_REFER] = limits->calls + 8;
	l->count[RF_KIND_SUBSCRIPTION] = limits->calls + 8;
	l->count[RF_KIND_ROUTE] = limits->calls * 2 + 8;
	l->count[RF_KIND_REPLACE] = limits->calls + 8;
	l->count[RF_KIND_RECEIVER] = limits->deliveries > 0 ? RF_RECEIVERS_MAX : 0;
	l->count[RF_KIND_DELIVERY] = limits->deliveries;
	uint64_t timers = 0;
	for (unsigned k = 1; k < RF_KIND_MAX; k++) {
		l->pool[k] = place(&l->size, (uint64_t)slot_size[k] * l->count[k]);
		timers += (uint64_t)timers_per_slot[k] * l->count[k];
	}
	l->timers = place(&l->size, timers * sizeof(struct rf_timer));
	l->txn_buckets = power_of_two(l->count[RF_KIND_TXN]);
	l->dialog_buckets = power_of_two(l->count[RF_KIND_DIALOG]);
	l->txn_map = place(&l->size, (uint64_t)l->txn_buckets * sizeof(uint32_t));
	l->dialog_map = place(&l->size, (uint64_t)l->dialog_buckets * sizeof(uint32_t));
	l->pages = limits->text_bytes / RF_TEXT_PAGE + RF_TEXT_CLASSES;
	l->text_pages = place(&l->size, (uint64_t)l->pages * sizeof(struct rf_text_page));
	l->size = (l->size + 4095) & ~(size_t)4095;
	l->text = place(&l->size, (uint64_t)l->pages * RF_TEXT_PAGE);
}

size_t
rf_engine_size(const struct rf_engine_limits *limits)
{
	struct layout l;
	layout_init(&l, limits);
	return l.size;
}

static const struct rf_fsm *const machines[RF_MACHINE_MAX] = {
#define MACHINE(id, fsm, kind, type, field) [RF_MACHINE_##id] = &rf_##fsm##_fsm,
	RF_MACHINES(MACHINE)
#undef MACHINE
};

/* The block holds a pointer only where a test put one: it may be laid out in another process. */
const struct rf_fsm *
rf_machine_of(const struct rf_engine *e, unsigned machine)
{
	return e->config.machines != NULL ? e->config.machines[machine] : machines[machine];
}

/* Everything in the block that follows from the limits and from the program, and nothing else. */
static void
place_parts(struct rf_engine *e, const struct layout *l)
{
	uint32_t base = 0;
	for (unsigned k = 1; k < RF_KIND_MAX; k++) {
		e->pools.pool[k].offset = l->pool[k];
		e->pools.pool[k].slot_size = slot_size[k];
		e->pools.pool[k].count = l->count[k];
		e->timers.base[k] = base;
		e->timers.per_slot[k] = timers_per_slot[k];
		base += timers_per_slot[k] * l->count[k];
	}
	e->timers.offset = l->timers;
	e->txn_map = (struct rf_map){ l->txn_map, l->txn_buckets, RF_KIND_TXN };
	e->dialog_map = (struct rf_map){ l->dialog_map, l->dialog_buckets, RF_KIND_DIALOG };
	e->texts.offset = l->text;
	e->texts.pages_offset = l->text_pages;
	e->texts.pages = l->pages;
	for (unsigned m = 0; m < RF_MACHINE_MAX; m++)
		rf_fsm_index_init(&e->index[m], rf_machine_of(e, m));
}

static void
layout_mix(uint64_t *hash, const void *bytes, uint64_t len)
{
	*hash = rf_siphash((const uint64_t[2]){ *hash, len }, bytes, len);
}

uint64_t
rf_engine_layout(const struct rf_engine_limits *limits)
{
	struct layout l;
	uint64_t hash = sizeof(struct rf_engine);
	layout_init(&l, limits);
	const uint64_t parts[] = { l.size, l.timers, l.txn_map, l.dialog_map, l.text_pages, l.text,
		l.pages, l.txn_buckets, l.dialog_buckets };
	layout_mix(&hash, parts, sizeof parts);
	layout_mix(&hash, l.pool, sizeof l.pool);
	layout_mix(&hash, l.count, sizeof l.count);
	layout_mix(&hash, slot_size, sizeof slot_size);
	layout_mix(&hash, timers_per_slot, sizeof timers_per_slot);
	for (unsigned m = 0; m < RF_MACHINE_MAX; m++) {
		for (uint16_t i = 0; i < machines[m]->rows; i++) {
			const struct rf_row *row = &machines[m]->row[i];
			layout_mix(&hash, (const uint8_t[3]){ row->from, row->event, row->to }, 3);
			layout_mix(&hash, row->name, strlen(row->name));
		}
	}
	return hash;
}

bool
rf_engine_lay_out(struct rf_engine *e, const struct rf_engine_limits *limits)
{
	struct layout l;
	if (e->magic != RF_MAGIC || e->limits.calls != limits->calls ||
	    e->limits.transactions != limits->transactions ||
	    e->limits.text_bytes != limits->text_bytes ||
	    e->limits.deliveries != limits->deliveries)
		return false;
	layout_init(&l, limits);
	e->config.machines = NULL;              /* an address of the process before */
	place_parts(e, &l);
	return true;
}

struct rf_engine *
rf_engine_init(void *block, const struct rf_engine_limits *limits,
    const struct rf_engine_config *config, const uint8_t seed[16], rf_time now)
{
	struct layout l;
	layout_init(&l, limits);
	struct rf_engine *e = block;
	memset(e, 0, sizeof *e);
	e->magic = RF_MAGIC;
	e->limits = *limits;
	e->config = *config;
	if (e->config.t1 == 0)
		e->config.t1 = 500 * RF_MS;
	if (e->config.t2 == 0)
		e->config.t2 = 4 * RF_SECOND;
	if (e->config.t4 == 0)
		e->config.t4 = 5 * RF_SECOND;
	if (e->config.store_wait == 0)
		e->config.store_wait = 2 * RF_SECOND;
	if (e->config.commit_wait == 0)
		e->config.commit_wait = 200 * RF_MS;
	e->now = now;
	rf_drbg_init(&e->drbg, seed);
	e->timers.now_ms = now / RF_MS;
	place_parts(e, &l);
	return e;
}

const struct rf_fsm *
rf_engine_machine(uint32_t index)
{
	return index < RF_MACHINE_MAX ? machines[index] : NULL;
}

/* ---- slots by reference --------------------------------------------------------------------- */

#define RF_AT(type, KIND) \
	struct rf_##type *rf_##type##_at(const struct rf_engine *e, rf_ref ref) \
	{ \
		return rf_pool_at(e, RF_KIND_##KIND, ref); \
	}
RF_AT(txn, TXN)
RF_AT(dialog, DIALOG)
RF_AT(leg, LEG)
RF_AT(call, CALL)
RF_AT(refer, REFER)
RF_AT(subscription, SUBSCRIPTION)
RF_AT(route, ROUTE)
RF_AT(replace, REPLACE)
RF_AT(receiver, RECEIVER)
RF_AT(delivery, DELIVERY)
#undef RF_AT
