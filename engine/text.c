/* SPDX-License-Identifier: BSD-2-Clause */
/* engine/text.c -- variable text in size classes.
 *
 *      page (32 KiB)   | chunk | chunk | ... |         all of one class, 64 << class bytes each
 *      chunk           | header | text ... |           taken: TAKEN + length; free: 1 + next free
 *
 * A handle is 1 + page * 512 + the chunk's first 64-byte unit.  What this file must never know:
 * what the text says. */
#include "engine/text.h"

#include <assert.h>
#include <string.h>

#include "engine/state.h"

#define TAKEN 0x80000000u

enum { UNIT = 64, UNITS = RF_TEXT_PAGE / UNIT, HEADER = sizeof(uint32_t) };

_Static_assert((UNIT << (RF_TEXT_CLASSES - 1)) == RF_TEXT_PAGE, "the last class is a whole page");
_Static_assert(RF_TEXT_MAX + (int)HEADER <= RF_TEXT_PAGE, "RF_TEXT_MAX fits");

static struct rf_text_page *
descriptor_of(const struct rf_engine *e, uint32_t page)
{
	assert(page < e->texts.pages);
	return (struct rf_text_page *)((uintptr_t)e + e->texts.pages_offset) + page;
}

static uint32_t *
chunk_at(const struct rf_engine *e, uint32_t page, uint32_t unit)
{
	assert(page < e->texts.pages);
	assert(unit < UNITS);
	return (uint32_t *)((uintptr_t)e + e->texts.offset + (uint64_t)page * RF_TEXT_PAGE +
	    (uint64_t)unit * UNIT);
}

static uint32_t *
chunk_of(const struct rf_engine *e, rf_text text)
{
	assert(text != 0);
	uint32_t *chunk = chunk_at(e, (text - 1) / UNITS, (text - 1) % UNITS);
	assert((*chunk & TAKEN) != 0);          /* not dropped */
	return chunk;
}

static uint32_t
class_of(uint32_t len)
{
	uint32_t class = 0;
	while (((uint32_t)UNIT << class) < len + (uint32_t)HEADER)
		class++;
	assert(class < RF_TEXT_CLASSES);
	return class;
}

/* Pages with room stand in one list per class; links are 1 + page. */
static void
partial_put(struct rf_engine *e, uint32_t page)
{
	struct rf_text_page *d = descriptor_of(e, page);
	uint32_t *head = &e->texts.partial[d->class];
	d->previous = 0;
	d->next = *head;
	if (*head != 0)
		descriptor_of(e, *head - 1)->previous = page + 1;
	*head = page + 1;
}

static void
partial_drop(struct rf_engine *e, uint32_t page)
{
	struct rf_text_page *d = descriptor_of(e, page);
	if (d->previous != 0)
		descriptor_of(e, d->previous - 1)->next = d->next;
	else
		e->texts.partial[d->class] = d->next;
	if (d->next != 0)
		descriptor_of(e, d->next - 1)->previous = d->previous;
	d->previous = d->next = 0;
}

/* Gives a page to a class; false: none left. */
static bool
page_take(struct rf_engine *e, uint32_t class)
{
	struct rf_texts *t = &e->texts;
	uint32_t page;
	if (t->free_page != 0) {
		page = t->free_page - 1;
		t->free_page = descriptor_of(e, page)->next;
	} else if (t->pages_fresh < t->pages) {
		page = t->pages_fresh++;
	} else {
		return false;
	}
	*descriptor_of(e, page) = (struct rf_text_page){ .class = (uint8_t)class };
	t->pages_used++;
	partial_put(e, page);
	return true;
}

static void
page_give(struct rf_engine *e, uint32_t page)
{
	struct rf_texts *t = &e->texts;
	assert(t->pages_used > 0);
	partial_drop(e, page);
	descriptor_of(e, page)->next = t->free_page;
	t->free_page = page + 1;
	t->pages_used--;
}

rf_text
rf_text_put(struct rf_engine *e, struct rf_slice in, bool *full)
{
	struct rf_texts *t = &e->texts;
	if (in.len == 0)
		return 0;
	if (in.len > RF_TEXT_MAX) {
		*full = true;
		return 0;
	}
	uint32_t class = class_of(in.len);
	if (t->partial[class] == 0 && !page_take(e, class)) {
		*full = true;
		return 0;
	}
	uint32_t page = t->partial[class] - 1, units = 1u << class;
	struct rf_text_page *d = descriptor_of(e, page);
	uint32_t index = d->free_head != 0 ? d->free_head - 1u : d->fresh++;
	uint32_t *chunk = chunk_at(e, page, index * units);
	if (d->free_head != 0)
		d->free_head = (uint16_t)*chunk;
	d->used++;
	if (d->used == UNITS / units)
		partial_drop(e, page);
	/* Text first: it may come from what was this very chunk a moment ago (rf_text_set). */
	memmove(chunk + 1, in.p, in.len);
	*chunk = TAKEN | in.len;
	t->chunks++;
	t->bytes += (uint64_t)UNIT << class;
	return page * (uint32_t)UNITS + index * units + 1;
}

struct rf_slice
rf_text_get(const struct rf_engine *e, rf_text text)
{
	if (text == 0)
		return RF_SLICE("");
	const uint32_t *chunk = chunk_of(e, text);
	return (struct rf_slice){ (const char *)(chunk + 1), *chunk & ~TAKEN };
}

void *
rf_text_memory(struct rf_engine *e, rf_text text)
{
	return text == 0 ? NULL : chunk_of(e, text) + 1;
}

void
rf_text_drop(struct rf_engine *e, rf_text *text)
{
	if (*text == 0)
		return;
	struct rf_texts *t = &e->texts;
	uint32_t *chunk = chunk_of(e, *text);
	uint32_t page = (*text - 1) / UNITS;
	struct rf_text_page *d = descriptor_of(e, page);
	uint32_t units = 1u << d->class, index = (*text - 1) % UNITS / units;
	assert(d->used > 0);
	assert(t->chunks > 0);
	*chunk = d->free_head;                  /* the text itself stays: see rf_text_set */
	d->free_head = (uint16_t)(index + 1);
	t->chunks--;
	t->bytes -= (uint64_t)UNIT << d->class;
	if (d->used-- == UNITS / units)
		partial_put(e, page);
	if (d->used == 0)
		page_give(e, page);
	*text = 0;
}

void
rf_text_set(struct rf_engine *e, rf_text *text, struct rf_slice in, bool *full)
{
	rf_text_drop(e, text);
	*text = rf_text_put(e, in, full);
}

bool
rf_text_room(const struct rf_engine *e, uint32_t bytes)
{
	const struct rf_texts *t = &e->texts;
	assert(t->pages_used <= t->pages);
	/* The last eighth is for what is already going on. */
	uint32_t wanted = 1 + bytes / RF_TEXT_PAGE;
	return t->pages - t->pages_used >= t->pages / 8 + wanted;
}

bool
rf_text_chunk_taken(const void *chunk, uint32_t *len)
{
	uint32_t header;
	memcpy(&header, chunk, sizeof header);
	*len = header & ~TAKEN;
	return (header & TAKEN) != 0;
}
