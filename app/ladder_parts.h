/* SPDX-License-Identifier: BSD-2-Clause */
/* app/ladder_parts.h -- between ladder.c, which keeps, and ladder_draw.c, which draws. */
#ifndef RF_APP_LADDER_PARTS_H
#define RF_APP_LADDER_PARTS_H

#include "app/ladder.h"

struct rf_ladder {
	struct rf_trace *record;                /* ring: record[n % max] */
	uint32_t max;
	uint64_t next;                          /* how many were ever added */
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

/* Iterates over what is left of a session, oldest first; *cursor starts at 0; NULL at the end. */
const struct rf_trace *rf_ladder_next(const struct rf_ladder *, uint64_t session, uint64_t *cursor);
void rf_ladder_parties_find(const struct rf_ladder *, uint64_t session,
    struct rf_ladder_parties *out);
/* The column of a message; a party too many shares the last one. */
uint32_t rf_ladder_party_of(const struct rf_ladder_parties *, const struct rf_trace *);

#endif
