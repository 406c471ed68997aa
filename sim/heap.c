/* SPDX-License-Identifier: BSD-2-Clause */
/* sim/heap.c -- the 4-ary heap of heap.h; children of i are 4i+1 .. 4i+4. */
#include "sim/heap.h"

#include <assert.h>
#include <stdlib.h>

static bool
before(const struct world_heap_entry *a, const struct world_heap_entry *b)
{
	if (a->at != b->at)
		return a->at < b->at;
	if (a->class != b->class)
		return a->class < b->class;
	return a->sequence < b->sequence;
}

void
world_heap_put(struct world_heap *h, rf_time at, uint32_t class, void *item)
{
	if (h->count == h->room) {
		h->room = h->room == 0 ? 64 : 2 * h->room;
		h->at = realloc(h->at, h->room * sizeof *h->at);
		assert(h->at != NULL);
	}
	struct world_heap_entry entry = { at, class, h->sequence++, item };
	uint32_t i = h->count++;
	for (; i > 0 && before(&entry, &h->at[(i - 1) / 4]); i = (i - 1) / 4)
		h->at[i] = h->at[(i - 1) / 4];
	h->at[i] = entry;
}

rf_time
world_heap_due(const struct world_heap *h)
{
	return h->count == 0 ? RF_TIME_NEVER : h->at[0].at;
}

void *
world_heap_take(struct world_heap *h)
{
	assert(h->count > 0);
	void *item = h->at[0].item;
	struct world_heap_entry last = h->at[--h->count];
	uint32_t i = 0;
	for (;;) {
		uint32_t least = 4 * i + 1;
		if (least >= h->count)
			break;
		for (uint32_t child = least + 1; child < h->count && child <= 4 * i + 4; child++) {
			if (before(&h->at[child], &h->at[least]))
				least = child;
		}
		if (!before(&h->at[least], &last))
			break;
		h->at[i] = h->at[least];
		i = least;
	}
	h->at[i] = last;
	return item;
}

void
world_heap_fini(struct world_heap *h)
{
	while (h->count > 0)
		free(world_heap_take(h));
	free(h->at);
}
