/* SPDX-License-Identifier: BSD-2-Clause */
/* engine/branch.c -- copies of the block to come back to.
 *
 *      struct rf_engine | pools | timers | maps | page descriptors | text pages
 *      two parts of it  | each up to what was ever taken  . . . .  | likewise
 *
 * What was never taken is zero, and is so again after coming back.  What this file must never know:
 * what is in a slot. */
#include "engine/branch.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "engine/state.h"

enum {
	PART_BEFORE_QUEUE,
	PART_AFTER_INDEX,
	PART_SLOTS,                             /* one per kind */
	PART_TIMERS = PART_SLOTS + RF_KIND_MAX, /* likewise */
	PART_TXN_MAP = PART_TIMERS + RF_KIND_MAX,
	PART_DIALOG_MAP,
	PART_PAGES,
	PART_TEXT                               /* one per page that was ever taken */
};

struct part {
	uint64_t at, len;
};

static const struct rf_text_page *
page_at(const struct rf_engine *e, uint32_t page)
{
	return (const struct rf_text_page *)((const char *)e + e->texts.pages_offset) + page;
}

static struct part
slots_part(const struct rf_engine *e, unsigned kind)
{
	const struct rf_pool *pool = &e->pools.pool[kind];
	return (struct part){ pool->offset, (uint64_t)pool->fresh * pool->slot_size };
}

static struct part
timers_part(const struct rf_engine *e, unsigned kind)
{
	uint64_t size = sizeof(struct rf_timer);
	return (struct part){ e->timers.offset + e->timers.base[kind] * size,
		(uint64_t)e->pools.pool[kind].fresh * e->timers.per_slot[kind] * size };
}

/* In the order of the block's head, which says how long the others are. */
static struct part
part_of(const struct rf_engine *e, unsigned n)
{
	if (n == PART_BEFORE_QUEUE)
		return (struct part){ 0, offsetof(struct rf_engine, queue) };
	if (n == PART_AFTER_INDEX) {
		size_t from = offsetof(struct rf_engine, strays_until);
		return (struct part){ from, offsetof(struct rf_engine, trace_count) - from };
	}
	if (n < PART_TIMERS)
		return slots_part(e, n - PART_SLOTS);
	if (n < PART_TXN_MAP)
		return timers_part(e, n - PART_TIMERS);
	if (n == PART_TXN_MAP)
		return (struct part){ e->txn_map.offset, e->txn_map.buckets * sizeof(uint32_t) };
	if (n == PART_DIALOG_MAP)
		return (struct part){ e->dialog_map.offset,
			e->dialog_map.buckets * sizeof(uint32_t) };
	if (n == PART_PAGES)
		return (struct part){ e->texts.pages_offset,
			(uint64_t)e->texts.pages_fresh * sizeof(struct rf_text_page) };
	const struct rf_text_page *page = page_at(e, n - PART_TEXT);
	uint64_t len = page->used == 0 ? 0 : (uint64_t)page->fresh * (64u << page->class);
	return (struct part){ e->texts.offset + (uint64_t)(n - PART_TEXT) * RF_TEXT_PAGE, len };
}

static unsigned
parts_of(const struct rf_engine *e)
{
	return PART_TEXT + e->texts.pages_fresh;
}

size_t
rf_branch_size(const struct rf_engine *e)
{
	size_t size = 0;
	for (unsigned n = 0; n < parts_of(e); n++)
		size += part_of(e, n).len;
	return size;
}

void
rf_branch_save(const struct rf_engine *e, void *out)
{
	char *to = out;
	assert(e->queue_len == 0);              /* between two steps */
	for (unsigned n = 0; n < parts_of(e); n++) {
		struct part part = part_of(e, n);
		memcpy(to, (const char *)e + part.at, part.len);
		to += part.len;
	}
}

static void
zero(struct rf_engine *e, struct part part)
{
	memset((char *)e + part.at, 0, part.len);
}

/* Slots and timers that are taken now may be fresh ones then. */
static void
forget_slots(struct rf_engine *e)
{
	for (unsigned n = PART_SLOTS; n < PART_TXN_MAP; n++)
		zero(e, part_of(e, n));
}

void
rf_branch_restore(struct rf_engine *e, const void *saved)
{
	const char *from = saved;
	forget_slots(e);
	/* The head comes first: from then on part_of speaks of the saved engine. */
	for (unsigned n = 0; n < PART_TEXT || n < parts_of(e); n++) {
		struct part part = part_of(e, n);
		memcpy((char *)e + part.at, from, part.len);
		from += part.len;
	}
}

void
rf_branch_clear(struct rf_engine *e)
{
	forget_slots(e);
	for (unsigned n = PART_TXN_MAP; n <= PART_PAGES; n++)
		zero(e, part_of(e, n));
}
