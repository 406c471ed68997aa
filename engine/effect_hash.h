/* SPDX-License-Identifier: BSD-2-Clause */
/* engine/effect_hash.h -- what a step did, or what bytes were, rolled into 128 bits. */
#ifndef RF_ENGINE_EFFECT_HASH_H
#define RF_ENGINE_EFFECT_HASH_H

#include "engine/engine.h"

/* Rolls everything that makes a difference to the world into hash: every member of every effect, in
 * order.  Left out are the bytes of a ROUTE question (they are the input itself) and the
 * credentials in texts (grammar/secret.h), so that a journal without them replays to the same hash.
 * */
void rf_effects_hash(uint64_t hash[2], const struct rf_effects *);
/* Rolls bytes and their length into hash.  It tells apart and protects from nobody. */
void rf_mix_bytes(uint64_t hash[2], const void *bytes, uint64_t len);

#endif
