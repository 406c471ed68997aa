/* SPDX-License-Identifier: BSD-2-Clause */
/* engine/checkpoint.h -- the engine's block as runs of bytes, and a block that goes on from them.
 *
 * The block is relocatable: it holds offsets and indices, no pointers that outlive a step.  So a
 * checkpoint is a sparse copy of it, taken between two steps, and only good for the very program
 * that took it: it is for replay, never for an upgrade (that is what snapshots are for). */
#ifndef RF_ENGINE_CHECKPOINT_H
#define RF_ENGINE_CHECKPOINT_H

#include "engine/engine.h"

enum {
	RF_CHECKPOINT_MAGIC = 0x72666370,
	RF_CHECKPOINT_VERSION = 1,
	RF_BUILD_ID_LEN = 32,                   /* of the program; shorter ones end in zeros */
	RF_CHECKPOINT_PAGE = 4096,              /* pages of zeros are left out */
	RF_CHECKPOINT_RUN_MAX = 64 * 1024,
};

struct rf_checkpoint {                          /* what a checkpoint says of itself */
	uint32_t magic, version;
	uint64_t size;                          /* of the block */
	uint64_t layout;                        /* hash of limits, slots, offsets and tables */
	uint8_t build[RF_BUILD_ID_LEN];
	struct rf_engine_limits limits;
};

struct rf_checkpoint_run {
	uint64_t at;                            /* offset in the block */
	struct rf_slice bytes;                  /* at most RF_CHECKPOINT_RUN_MAX */
	uint32_t chunk;                         /* a page of text: bytes of its chunks; else 0 */
};

void rf_checkpoint_describe(
    const struct rf_engine *, const uint8_t build[RF_BUILD_ID_LEN], struct rf_checkpoint *out);
/* The next run at or after *cursor (starts at 0, moved behind it); false: that was all.  The slice
 * points into the block.  What was never taken is not even looked at. */
bool rf_checkpoint_next(
    const struct rf_engine *, uint64_t *cursor, struct rf_checkpoint_run *out);
/* In a page of text, the text of the chunk at *at (starts at 0, moved to the next); false: no chunk
 * is left.  A chunk that is free has length 0 and `room` says what may be wiped. */
struct rf_checkpoint_chunk {
	uint32_t at, len, room;                 /* text; bytes it could have */
};
bool rf_checkpoint_chunk_next(
    const struct rf_checkpoint_run *page, uint32_t *at, struct rf_checkpoint_chunk *out);

/* Can this program go on from such a checkpoint?  NULL: yes; else the sentence that says why not.
 * */
const char *rf_checkpoint_refusal(
    const struct rf_checkpoint *, const uint8_t build[RF_BUILD_ID_LEN]);
/* Puts one run into `block` (checkpoint.size zeroed bytes); false: it does not fit. */
bool rf_checkpoint_put(
    const struct rf_checkpoint *, void *block, uint64_t at, struct rf_slice bytes);
/* The engine that goes on where the checkpoint was taken; NULL and *why if the block cannot be that
 * of the checkpoint.  What depends on the program is built anew. */
struct rf_engine *rf_checkpoint_adopt(
    const struct rf_checkpoint *, void *block, const char **why);

#endif
