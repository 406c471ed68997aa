/* SPDX-License-Identifier: BSD-2-Clause */
/* sim/heap.h -- what is still to come, earliest first: a 4-ary heap of the world's moments.
 *
 * Ties are broken by class and then by order of arrival, so that a run never depends on the shape
 * of the heap.  Nothing is ever taken out of the middle: what is no longer wanted fires into
 * nothing. */
#ifndef RF_SIM_HEAP_H
#define RF_SIM_HEAP_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/types.h"

struct world_heap_entry {
	rf_time at;
	uint32_t class;
	uint64_t sequence;
	void *item;
};
struct world_heap {
	struct world_heap_entry *at;
	uint32_t count, room;
	uint64_t sequence;
};

void world_heap_put(struct world_heap *, rf_time at, uint32_t class, void *item);
/* When the first one is due; RF_TIME_NEVER: none. */
rf_time world_heap_due(const struct world_heap *);
/* The first one; the heap must not be empty. */
void *world_heap_take(struct world_heap *);
void world_heap_fini(struct world_heap *);

#endif
