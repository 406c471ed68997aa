/* SPDX-License-Identifier: BSD-2-Clause */
/* engine/pool.h -- fixed slots with generations, and hash maps of slots, inside the engine's
 * block. */
#ifndef RF_ENGINE_POOL_H
#define RF_ENGINE_POOL_H

#include <stddef.h>
#include <stdint.h>

/* Names a slot for as long as it lives: generation << 32 | index.  0: nobody (generations start
 * at 1). */
typedef uint64_t rf_ref;

struct rf_slot {                                /* first member of every slot */
	uint32_t generation;                    /* odd: taken */
	uint32_t next;                          /* free list; while taken: chain of its map */
};

enum { RF_POOL_KINDS_MAX = 16 };
struct rf_pool {
	uint64_t offset;                        /* of slot 0, from the start of the block */
	uint32_t slot_size, count;              /* capacity */
	uint32_t used, fresh;                   /* taken now; never taken yet begins here */
	uint32_t free_head;                     /* 1 + index; 0: none */
};
struct rf_pools {
	struct rf_pool pool[RF_POOL_KINDS_MAX]; /* indexed by enum rf_kind */
};

struct rf_engine;

/* Takes a zeroed slot; NULL when the pool is full. */
void *rf_pool_take(struct rf_engine *, unsigned kind);
void rf_pool_give(struct rf_engine *, unsigned kind, void *slot);
/* NULL if ref is 0 or its slot has been given back since. */
void *rf_pool_at(const struct rf_engine *, unsigned kind, rf_ref);
rf_ref rf_pool_ref(const struct rf_engine *, unsigned kind, const void *slot);
uint32_t rf_pool_index(const struct rf_engine *, unsigned kind, const void *slot);
/* The taken slot of that index. */
void *rf_pool_slot(const struct rf_engine *, unsigned kind, uint32_t index);
/* The next taken slot at or after *index (which is advanced past it); NULL at the end. */
void *rf_pool_next(const struct rf_engine *, unsigned kind, uint32_t *index);

/* Chained hash map over the slots of one pool; keys are 64-bit and already keyed-hashed, so that an
 * outsider cannot choose collisions.  The chain runs through rf_slot.next. */
struct rf_map {
	uint64_t offset;                        /* of the bucket array (uint32_t, 1 + index) */
	uint32_t buckets;                       /* a power of two */
	uint32_t kind;
};
void rf_map_put(struct rf_engine *, struct rf_map *, uint64_t key, void *slot);
void rf_map_drop(struct rf_engine *, struct rf_map *, uint64_t key, void *slot);
/* First slot in the bucket of key, then the next one; the caller compares its own key. */
void *rf_map_first(const struct rf_engine *, const struct rf_map *, uint64_t key);
void *rf_map_next(const struct rf_engine *, const struct rf_map *, const void *slot);

#endif
