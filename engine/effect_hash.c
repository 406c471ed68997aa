/* SPDX-License-Identifier: BSD-2-Clause */
/* engine/effect_hash.c -- the rolling hash over effects: the same run has the same one.
 *
 * It tells runs apart and protects from nobody, so it is made of multiplications and has no key. */
#include "engine/effect_hash.h"

#include <string.h>

#include "engine/snapshot.h"
#include "grammar/secret.h"

static void
mix(uint64_t hash[2], uint64_t value)
{
	hash[0] = (hash[0] ^ value) * 0x9e3779b97f4a7c15u;
	hash[0] ^= hash[0] >> 29;
	hash[1] = (hash[1] + hash[0]) * 0xbf58476d1ce4e5b9u;
	hash[1] ^= hash[1] >> 32;
}

static inline void
mix_words(uint64_t hash[2], const uint64_t word[2])
{
	hash[0] = (hash[0] ^ word[0]) * 0x9e3779b97f4a7c15u;
	hash[0] ^= hash[0] >> 32;
	hash[1] = (hash[1] ^ word[1]) * 0xbf58476d1ce4e5b9u;
	hash[1] ^= hash[1] >> 32;
}

/* Half of sixteen bytes into each word: every step of either is a bijection, so a difference stays
 * one. */
void
rf_mix_bytes(uint64_t hash[2], const void *bytes, uint64_t len)
{
	const char *p = bytes;
	uint64_t left = len, word[2];
	for (; left >= sizeof word; left -= sizeof word, p += sizeof word) {
		memcpy(word, p, sizeof word);
		mix_words(hash, word);
	}
	if (left > 0) {
		memset(word, 0, sizeof word);
		memcpy(word, p, left);
		mix_words(hash, word);
	}
	mix(hash, len);
}

/* A secret counts by its place and its length. */
static void
mix_text(uint64_t hash[2], struct rf_slice text)
{
	struct rf_slice secret;
	uint32_t at = 0, from = 0;
	if (text.len == 0) {
		mix(hash, 0);
		return;
	}
	while (rf_secret_next(text, &at, &secret)) {
		rf_mix_bytes(hash, text.p + from, (uint64_t)(secret.p - text.p) - from);
		mix(hash, secret.len);
		from = at;
	}
	rf_mix_bytes(hash, text.p + from, text.len - from);
}

void
rf_effects_hash(uint64_t hash[2], const struct rf_effects *out)
{
	for (uint32_t i = 0; i < out->count; i++) {
		const struct rf_effect *x = &out->at[i];
		mix(hash, (uint64_t)x->kind | (uint64_t)x->trigger << 8 |
			      (uint64_t)x->store << 16 | (uint64_t)x->cdr << 24 |
			      (uint64_t)x->secure << 25 | (uint64_t)x->proto << 32 |
			      (uint64_t)x->port << 40);
		mix(hash, x->token);
		if (x->kind >= RF_FX_FETCH) {
			mix(hash, (uint64_t)x->receiver | (uint64_t)x->count << 8 |
			    (uint64_t)x->settled << 16 | (uint64_t)x->attempts << 32);
			mix(hash, (uint64_t)x->number);
		}
		mix(hash, x->session);
		mix(hash, (uint64_t)x->path.link | (uint64_t)x->transfers << 32);
		rf_mix_bytes(hash, &x->path.local, sizeof x->path.local);
		rf_mix_bytes(hash, &x->path.remote, sizeof x->path.remote);
		mix_text(hash, x->bytes);
		mix_text(hash, x->identity);
		mix_text(hash, x->partner);
		if (x->named.remote.proto != 0)
			rf_mix_bytes(hash, &x->named.remote, sizeof x->named.remote);
		/* Its seal is a hash of all of it, secrets too. */
		struct rf_slice whole = x->snapshot;
		if (whole.len >= RF_SNAPSHOT_HEAD)
			whole = (struct rf_slice){ whole.p + RF_SNAPSHOT_HEAD,
				whole.len - RF_SNAPSHOT_HEAD };
		mix_text(hash, whole);
	}
}
