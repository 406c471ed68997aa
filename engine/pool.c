/* SPDX-License-Identifier: BSD-2-Clause */
/* engine/pool.c -- slots with generations, and the maps that find them.
 *
 *      offset                                          count
 *      | taken | free -> ... | taken | ... | fresh ... |      fresh: never touched, still zero
 *
 * A slot given back is the next one taken, so that memory nobody needed is never touched.  What
 * this file must never know: what is in a slot beyond its first member. */
#include "engine/pool.h"

#include <assert.h>
#include <string.h>

#include "engine/state.h"

static struct rf_pool *
pool_of(struct rf_engine *e, unsigned kind)
{
	assert(kind < RF_POOL_KINDS_MAX);
	return &e->pools.pool[kind];
}

static const struct rf_pool *
pool_of_const(const struct rf_engine *e, unsigned kind)
{
	assert(kind < RF_POOL_KINDS_MAX);
	return &e->pools.pool[kind];
}

/* Slots belong to the engine's block; reading one does not make it const for whoever asked. */
static struct rf_slot *
slot_at(const struct rf_engine *e, const struct rf_pool *pool, uint32_t index)
{
	assert(index < pool->count);
	return (struct rf_slot *)((uintptr_t)e + pool->offset + (uint64_t)index * pool->slot_size);
}

void *
rf_pool_take(struct rf_engine *e, unsigned kind)
{
	struct rf_pool *pool = pool_of(e, kind);
	assert(pool->slot_size >= sizeof(struct rf_slot));
	uint32_t index;
	if (pool->free_head != 0) {
		index = pool->free_head - 1;
		pool->free_head = slot_at(e, pool, index)->next;
	} else if (pool->fresh < pool->count) {
		index = pool->fresh++;
	} else {
		return NULL;
	}
	struct rf_slot *slot = slot_at(e, pool, index);
	uint32_t generation = slot->generation + 1;
	assert(generation % 2 == 1);
	memset(slot, 0, pool->slot_size);
	slot->generation = generation;
	pool->used++;
	return slot;
}

void
rf_pool_give(struct rf_engine *e, unsigned kind, void *memory)
{
	struct rf_pool *pool = pool_of(e, kind);
	struct rf_slot *slot = memory;
	uint32_t index = rf_pool_index(e, kind, slot);
	assert(slot->generation % 2 == 1);      /* given back once */
	assert(pool->used > 0);
	slot->generation++;
	slot->next = pool->free_head;
	pool->free_head = index + 1;
	pool->used--;
}

void *
rf_pool_at(const struct rf_engine *e, unsigned kind, rf_ref ref)
{
	const struct rf_pool *pool = pool_of_const(e, kind);
	uint32_t generation = (uint32_t)(ref >> 32), index = (uint32_t)ref;
	if (generation % 2 == 0 || index >= pool->fresh)
		return NULL;
	struct rf_slot *slot = slot_at(e, pool, index);
	return slot->generation == generation ? slot : NULL;
}

rf_ref
rf_pool_ref(const struct rf_engine *e, unsigned kind, const void *memory)
{
	const struct rf_slot *slot = memory;
	assert(slot->generation % 2 == 1);
	return (rf_ref)slot->generation << 32 | rf_pool_index(e, kind, slot);
}

uint32_t
rf_pool_index(const struct rf_engine *e, unsigned kind, const void *memory)
{
	const struct rf_pool *pool = pool_of_const(e, kind);
	uint64_t distance = (uintptr_t)memory - (uintptr_t)e - pool->offset;
	assert(distance % pool->slot_size == 0);
	assert(distance / pool->slot_size < pool->fresh);
	return (uint32_t)(distance / pool->slot_size);
}

void *
rf_pool_slot(const struct rf_engine *e, unsigned kind, uint32_t index)
{
	struct rf_slot *slot = slot_at(e, pool_of_const(e, kind), index);
	assert(slot->generation % 2 == 1);
	return slot;
}

void *
rf_pool_next(const struct rf_engine *e, unsigned kind, uint32_t *index)
{
	const struct rf_pool *pool = pool_of_const(e, kind);
	while (*index < pool->fresh) {
		struct rf_slot *slot = slot_at(e, pool, (*index)++);
		if (slot->generation % 2 == 1)
			return slot;
	}
	return NULL;
}

static uint32_t *
bucket_of(const struct rf_engine *e, const struct rf_map *map, uint64_t key)
{
	assert(map->buckets != 0);
	assert((map->buckets & (map->buckets - 1)) == 0);
	return (uint32_t *)((uintptr_t)e + map->offset) + (key & (map->buckets - 1));
}

void
rf_map_put(struct rf_engine *e, struct rf_map *map, uint64_t key, void *memory)
{
	struct rf_slot *slot = memory;
	uint32_t *bucket = bucket_of(e, map, key);
	assert(slot->generation % 2 == 1);
	slot->next = *bucket;
	*bucket = rf_pool_index(e, map->kind, slot) + 1;
}

void
rf_map_drop(struct rf_engine *e, struct rf_map *map, uint64_t key, void *memory)
{
	const struct rf_pool *pool = pool_of(e, map->kind);
	struct rf_slot *slot = memory;
	uint32_t number = rf_pool_index(e, map->kind, slot) + 1;
	uint32_t *at = bucket_of(e, map, key);
	while (*at != number) {
		assert(*at != 0);               /* it is in the map, under that key */
		at = &slot_at(e, pool, *at - 1)->next;
	}
	*at = slot->next;
	slot->next = 0;
}

void *
rf_map_first(const struct rf_engine *e, const struct rf_map *map, uint64_t key)
{
	uint32_t number = *bucket_of(e, map, key);
	return number == 0 ? NULL : slot_at(e, pool_of_const(e, map->kind), number - 1);
}

void *
rf_map_next(const struct rf_engine *e, const struct rf_map *map, const void *memory)
{
	const struct rf_slot *slot = memory;
	assert(slot->generation % 2 == 1);
	return slot->next == 0 ? NULL : slot_at(e, pool_of_const(e, map->kind), slot->next - 1);
}
