/* SPDX-License-Identifier: BSD-2-Clause */
/* engine/text.h -- variable text inside the engine's block: size classes of 64 bytes to 32 KiB.
 *
 * A handle, not a pointer; 0 is the empty text.  Pages belong to a class while any of their
 * chunks is taken, and go back when the last one is given. */
#ifndef RF_ENGINE_TEXT_H
#define RF_ENGINE_TEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "grammar/slice.h"

typedef uint32_t rf_text;

enum { RF_TEXT_MAX = 32 * 1024 - 8, RF_TEXT_PAGE = 32 * 1024, RF_TEXT_CLASSES = 10 };

struct rf_texts {
	uint64_t offset;                        /* of page 0 */
	uint64_t pages_offset;                  /* of the page descriptors */
	uint32_t pages, pages_used, pages_fresh;
	uint32_t free_page;                     /* 1 + page; 0: none */
	uint32_t partial[RF_TEXT_CLASSES];      /* 1 + page with room, per class; 0: none */
	uint32_t chunks;                        /* taken now */
	uint64_t bytes;                         /* in taken chunks, class sizes */
};

struct rf_text_page {                           /* one per page, in the array at pages_offset */
	uint8_t class;
	uint8_t zero;
	uint16_t used, fresh;                   /* chunks taken; chunks never taken begin here */
	uint16_t free_head;                     /* 1 + chunk; 0: none */
	uint32_t previous, next;                /* 1 + page; of the partial or the free list */
};

struct rf_engine;

/* Copies `in`; 0 when in is empty - or when there is no room, which *full (never cleared) tells. */
rf_text rf_text_put(struct rf_engine *, struct rf_slice in, bool *full);
/* The text; valid until it is dropped.  Writable memory of the engine's: see rf_text_memory. */
struct rf_slice rf_text_get(const struct rf_engine *, rf_text);
void *rf_text_memory(struct rf_engine *, rf_text);
/* Gives *text back and makes it 0. */
void rf_text_drop(struct rf_engine *, rf_text *text);
/* Drops the old, puts the new; `in` may be a part of the old. */
void rf_text_set(struct rf_engine *, rf_text *text, struct rf_slice in, bool *full);
/* Would a message of `bytes` still find room without touching the last eighth?  (admission of new
 * work: what goes on already may use it up) */
bool rf_text_room(const struct rf_engine *, uint32_t bytes);

/* For who looks at a copy of a page: is this chunk taken, and how long is its text? */
bool rf_text_chunk_taken(const void *chunk, uint32_t *len);

#endif
