/* SPDX-License-Identifier: BSD-2-Clause */
/* app/ladder_parts.h -- between ladder.c, which keeps, and ladder_draw.c, which draws. */
#ifndef RF_APP_LADDER_PARTS_H
#define RF_APP_LADDER_PARTS_H

#include <stddef.h>

#include "app/ladder.h"

enum { RF_LADDER_TEXT_MAX = sizeof(((struct rf_trace *)0)->text), RF_LADDER_TEXTS_MAX = 4096 };

/* Every row that a machine takes is written here, and hardly any has a text.  So what all have
 * fills one line of a cache, and texts stand in a ring of their own. */
struct rf_ladder_entry {
	char record[offsetof(struct rf_trace, text)];
	uint64_t text;                          /* 1 + its number; 0: none */
};
struct rf_ladder {
	struct rf_ladder_entry *entry;          /* ring: entry[n % max] */
	char (*text)[RF_LADDER_TEXT_MAX];       /* ring: text[n % texts_max] */
	uint32_t max, texts_max;
	uint64_t next, next_text;               /* how many were ever added */
};

struct rf_ladder_party {                        /* one column */
	char role[sizeof(((struct rf_trace *)0)->role) + 1];
	struct rf_addr remote;
	uint8_t legs[32];                       /* bit set of leg numbers */
};

struct rf_ladder_parties {
	uint32_t count;
	struct rf_ladder_party at[RF_LADDER_PARTIES_MAX];
};

/* Iterates over what is left of a session, oldest first; *cursor starts at 0; false at the end. */
bool rf_ladder_next(const struct rf_ladder *, uint64_t session, uint64_t *cursor,
    struct rf_trace *out);
void rf_ladder_parties_find(const struct rf_ladder *, uint64_t session,
    struct rf_ladder_parties *out);
/* The column of a message; a party too many shares the last one. */
uint32_t rf_ladder_party_of(const struct rf_ladder_parties *, const struct rf_trace *);

#endif
