/* SPDX-License-Identifier: BSD-2-Clause */
/* engine/checkpoint.c -- which bytes of the block say something, and how a copy comes to life.
 *
 *      struct rf_engine | pools | timers | maps | page descriptors | text pages
 *      up to `message`  | each up to what was ever taken  . . . .  | those in use
 *
 * What this file must never know: where the bytes go. */
#include "engine/checkpoint.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "engine/state.h"

void
rf_checkpoint_describe(
    const struct rf_engine *e, const uint8_t build[RF_BUILD_ID_LEN], struct rf_checkpoint *out)
{
	memset(out, 0, sizeof *out);
	out->magic = RF_CHECKPOINT_MAGIC;
	out->version = RF_CHECKPOINT_VERSION;
	out->size = rf_engine_size(&e->limits);
	out->layout = rf_engine_layout(&e->limits);
	out->limits = e->limits;
	memcpy(out->build, build, sizeof out->build);
}

/* ---- taking one ----------------------------------------------------------------------------- */

struct area {
	uint64_t from, to;
};

enum {                                          /* in the order of the block */
	AREA_ENGINE,
	AREA_POOLS,                             /* one per kind */
	AREA_TIMERS = AREA_POOLS + RF_KIND_MAX, /* likewise */
	AREA_TXN_MAP = AREA_TIMERS + RF_KIND_MAX,
	AREA_DIALOG_MAP,
	AREA_PAGES,
	AREA_MAX
};

static struct area
area_from(uint64_t from, uint64_t bytes)
{
	return (struct area){ from, from + bytes };
}

static struct area
area_of(const struct rf_engine *e, unsigned index)
{
	if (index == AREA_ENGINE)               /* `message` is good during its step only */
		return area_from(0, offsetof(struct rf_engine, message));
	if (index < AREA_TIMERS) {
		const struct rf_pool *pool = &e->pools.pool[index - AREA_POOLS];
		return area_from(pool->offset, (uint64_t)pool->fresh * pool->slot_size);
	}
	if (index < AREA_TXN_MAP) {
		unsigned kind = index - AREA_TIMERS;
		uint64_t size = sizeof(struct rf_timer);
		return area_from(e->timers.offset + e->timers.base[kind] * size,
		    (uint64_t)e->pools.pool[kind].fresh * e->timers.per_slot[kind] * size);
	}
	if (index == AREA_TXN_MAP)
		return area_from(e->txn_map.offset, e->txn_map.buckets * sizeof(uint32_t));
	if (index == AREA_DIALOG_MAP)
		return area_from(e->dialog_map.offset, e->dialog_map.buckets * sizeof(uint32_t));
	return area_from(e->texts.pages_offset,
	    (uint64_t)e->texts.pages_fresh * sizeof(struct rf_text_page));
}

static bool
is_zero(const char *p, uint64_t len)
{
	return len == 0 || (p[0] == 0 && memcmp(p, p + 1, len - 1) == 0);
}

/* The first run in the area at or after *cursor. */
static bool
run_in(const struct rf_engine *e, struct area area, uint64_t *cursor,
    struct rf_checkpoint_run *out)
{
	const char *block = (const char *)e;
	uint64_t from = *cursor > area.from ? *cursor : area.from, to = from;
	while (to < area.to && to - from < RF_CHECKPOINT_RUN_MAX) {
		uint64_t left = area.to - to;
		uint64_t len = left < RF_CHECKPOINT_PAGE ? left : RF_CHECKPOINT_PAGE;
		if (!is_zero(block + to, len))
			to += len;
		else if (to > from)
			break;
		else
			from = to = from + len;
	}
	*cursor = to;
	*out = (struct rf_checkpoint_run){ .at = from,
		.bytes = { block + from, (uint32_t)(to - from) } };
	return to > from;
}

/* The first page of text in use at or after *cursor: free ones are taken anew before they are
 * read. */
static bool
text_page_in(const struct rf_engine *e, uint64_t *cursor, struct rf_checkpoint_run *out)
{
	const struct rf_text_page *page =
	    (const struct rf_text_page *)((const char *)e + e->texts.pages_offset);
	uint64_t n = *cursor > e->texts.offset ? (*cursor - e->texts.offset) / RF_TEXT_PAGE : 0;
	while (n < e->texts.pages_fresh && page[n].used == 0)
		n++;
	if (n == e->texts.pages_fresh)
		return false;
	uint64_t at = e->texts.offset + n * RF_TEXT_PAGE;
	*cursor = at + RF_TEXT_PAGE;
	*out = (struct rf_checkpoint_run){ .at = at,
		.bytes = { (const char *)e + at, RF_TEXT_PAGE },
		.chunk = (uint32_t)64 << page[n].class };
	return true;
}

bool
rf_checkpoint_next(const struct rf_engine *e, uint64_t *cursor, struct rf_checkpoint_run *out)
{
	assert(e->queue_len == 0);              /* between two steps */
	for (unsigned i = 0; i < AREA_MAX; i++) {
		struct area area = area_of(e, i);
		if (*cursor < area.to && run_in(e, area, cursor, out))
			return true;
	}
	return text_page_in(e, cursor, out);
}

bool
rf_checkpoint_chunk_next(
    const struct rf_checkpoint_run *page, uint32_t *at, struct rf_checkpoint_chunk *out)
{
	uint32_t header = sizeof(uint32_t), len = 0;
	if (page->chunk == 0 || *at + page->chunk > page->bytes.len)
		return false;
	*out = (struct rf_checkpoint_chunk){ .at = *at + header, .room = page->chunk - header };
	if (rf_text_chunk_taken(page->bytes.p + *at, &len))
		out->len = len < out->room ? len : out->room;
	*at += page->chunk;
	return true;
}

/* ---- going on from one ---------------------------------------------------------------------- */

const char *
rf_checkpoint_refusal(const struct rf_checkpoint *c, const uint8_t build[RF_BUILD_ID_LEN])
{
	if (c->magic != RF_CHECKPOINT_MAGIC)
		return "this is not a checkpoint of the engine";
	if (c->version != RF_CHECKPOINT_VERSION)
		return "its checkpoint has another format version";
	if (memcmp(c->build, build, sizeof c->build) != 0)
		return "it was recorded by another build of referee";
	if (c->limits.calls == 0 || c->limits.transactions == 0 ||
	    c->layout != rf_engine_layout(&c->limits) || c->size != rf_engine_size(&c->limits))
		return "its engine is laid out differently";
	return NULL;
}

bool
rf_checkpoint_put(
    const struct rf_checkpoint *c, void *block, uint64_t at, struct rf_slice bytes)
{
	if (at > c->size || bytes.len > c->size - at)
		return false;
	memcpy((char *)block + at, bytes.p, bytes.len);
	return true;
}

static bool
is_consistent(const struct rf_engine *e)
{
	for (unsigned k = 1; k < RF_KIND_MAX; k++) {
		const struct rf_pool *pool = &e->pools.pool[k];
		if (pool->fresh > pool->count || pool->used > pool->fresh ||
		    pool->free_head > pool->fresh)
			return false;
	}
	return e->queue_len == 0 && e->texts.pages_fresh <= e->texts.pages &&
	    e->texts.pages_used <= e->texts.pages_fresh;
}

struct rf_engine *
rf_checkpoint_adopt(const struct rf_checkpoint *c, void *block, const char **why)
{
	struct rf_engine *e = block;
	if (!rf_engine_lay_out(e, &c->limits)) {
		*why = "the checkpoint holds no engine";
		return NULL;
	}
	memset(&e->message, 0, sizeof e->message);
	if (!is_consistent(e)) {
		*why = "the engine in the checkpoint is damaged";
		return NULL;
	}
	return e;
}
