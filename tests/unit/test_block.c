/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_block.c -- lays out the block of test_block.h. */
#include "tests/unit/test_block.h"

#include <assert.h>
#include <stdlib.h>

static uint64_t
place(uint64_t *size, uint64_t bytes)
{
	uint64_t at = (*size + 63) & ~(uint64_t)63;
	*size = at + bytes;
	return at;
}

struct rf_engine *
block_new(rf_time now)
{
	static const uint8_t seed[16] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 };
	struct rf_engine e = { .now = now };
	uint64_t size = sizeof e;
	e.config.t1 = 500 * RF_MS;
	e.config.t2 = 4 * RF_SECOND;
	e.config.t4 = 5 * RF_SECOND;
	rf_drbg_init(&e.drbg, seed);
	e.pools.pool[RF_KIND_TXN] = (struct rf_pool){ .slot_size = sizeof(struct rf_txn),
		.count = BLOCK_TXNS, .offset = place(&size, sizeof(struct rf_txn) * BLOCK_TXNS) };
	e.pools.pool[RF_KIND_LEG] = (struct rf_pool){ .slot_size = sizeof(struct rf_leg),
		.count = BLOCK_LEGS, .offset = place(&size, sizeof(struct rf_leg) * BLOCK_LEGS) };
	e.timers.per_slot[RF_KIND_TXN] = 2;
	e.timers.base[RF_KIND_LEG] = 2 * BLOCK_TXNS;
	e.timers.per_slot[RF_KIND_LEG] = 4;
	e.timers.offset = place(&size, sizeof(struct rf_timer) * (2 * BLOCK_TXNS + 4 * BLOCK_LEGS));
	e.txn_map = (struct rf_map){ place(&size, 4 * BLOCK_BUCKETS), BLOCK_BUCKETS, RF_KIND_TXN };
	e.texts.pages = BLOCK_PAGES;
	e.texts.pages_offset = place(&size, sizeof(struct rf_text_page) * BLOCK_PAGES);
	e.texts.offset = place(&size, (uint64_t)RF_TEXT_PAGE * BLOCK_PAGES);
	struct rf_engine *block = calloc(1, size);
	assert(block != NULL);
	*block = e;
	return block;
}

void
block_free(struct rf_engine *e)
{
	free(e);
}
