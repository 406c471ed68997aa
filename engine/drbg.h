/* SPDX-License-Identifier: BSD-2-Clause */
/* engine/drbg.h -- SipHash-2-4 (Aumasson, Bernstein 2012), the one primitive we write
 * ourselves.
 *
 * As a keyed hash it indexes maps; counting, it is the generator of everything random: the n-th
 * draw of an entity for a purpose is a pure function of (seed, entity, purpose, n), so that
 * removing one call from a run does not change what the others draw. */
#ifndef RF_ENGINE_DRBG_H
#define RF_ENGINE_DRBG_H

#include <stdint.h>

#include "grammar/slice.h"

struct rf_drbg {
	uint64_t key[2];
};

enum rf_purpose {
	RF_DRAW_TAG, RF_DRAW_BRANCH, RF_DRAW_CALL_ID, RF_DRAW_SDP, RF_DRAW_BACKOFF, RF_DRAW_GLARE,
	RF_DRAW_RETRY_AFTER, RF_DRAW_RSEQ, RF_DRAW_CSEQ, RF_DRAW_SESSION, RF_DRAW_SECRET,
	RF_DRAW_DELIVERY
};

void rf_drbg_init(struct rf_drbg *, const uint8_t seed[16]);
uint64_t rf_siphash(const uint64_t key[2], const void *bytes, uint64_t len);
/* 64 random bits. */
uint64_t rf_draw(const struct rf_drbg *, uint64_t entity, enum rf_purpose, uint64_t n);
/* Uniform in [low, high], low <= high. */
uint64_t rf_draw_between(const struct rf_drbg *, uint64_t entity, enum rf_purpose, uint64_t n,
    uint64_t low, uint64_t high);
uint64_t rf_hash_slice(const struct rf_drbg *, struct rf_slice);

#endif
