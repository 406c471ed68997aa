/* SPDX-License-Identifier: BSD-2-Clause */
/* engine/drbg.c -- SipHash-2-4, and numbers drawn with it.
 *
 * What this file must never know: entropy and time.  Bytes are read and written in little-endian
 * order by hand, so that a seed means the same on every machine. */
#include "engine/drbg.h"

#include <assert.h>

static uint64_t
rotate(uint64_t x, unsigned bits)
{
	return (x << bits) | (x >> (64 - bits));
}

static uint64_t
read_le64(const uint8_t *p)
{
	uint64_t x = 0;
	for (unsigned i = 8; i-- > 0;)
		x = x << 8 | p[i];
	return x;
}

static void
write_le64(uint8_t *p, uint64_t x)
{
	for (unsigned i = 0; i < 8; i++, x >>= 8)
		p[i] = (uint8_t)x;
}

static void
sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[1] = rotate(v[1], 13) ^ v[0];
	v[0] = rotate(v[0], 32);
	v[2] += v[3];
	v[3] = rotate(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = rotate(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = rotate(v[1], 17) ^ v[2];
	v[2] = rotate(v[2], 32);
}

static void
sip_compress(uint64_t v[4], uint64_t word)
{
	v[3] ^= word;
	sip_round(v);
	sip_round(v);
	v[0] ^= word;
}

uint64_t
rf_siphash(const uint64_t key[2], const void *bytes, uint64_t len)
{
	assert(bytes != NULL || len == 0);
	const uint8_t *p = bytes;
	uint64_t v[4] = {
		key[0] ^ 0x736f6d6570736575u, key[1] ^ 0x646f72616e646f6du,
		key[0] ^ 0x6c7967656e657261u, key[1] ^ 0x7465646279746573u,
	};
	uint64_t left = len;
	for (; left >= 8; left -= 8, p += 8)
		sip_compress(v, read_le64(p));
	uint64_t last = len << 56;
	for (uint64_t i = 0; i < left; i++)
		last |= (uint64_t)p[i] << (8 * i);
	sip_compress(v, last);
	v[2] ^= 0xff;
	for (unsigned i = 0; i < 4; i++)
		sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

void
rf_drbg_init(struct rf_drbg *drbg, const uint8_t seed[16])
{
	drbg->key[0] = read_le64(seed);
	drbg->key[1] = read_le64(seed + 8);
}

uint64_t
rf_draw(const struct rf_drbg *drbg, uint64_t entity, enum rf_purpose purpose, uint64_t n)
{
	uint8_t name[24];
	write_le64(name, entity);
	write_le64(name + 8, (uint64_t)purpose);
	write_le64(name + 16, n);
	return rf_siphash(drbg->key, name, sizeof name);
}

/* The upper half of a 128-bit product. */
static uint64_t
multiply_high(uint64_t a, uint64_t b)
{
	uint64_t a0 = a & UINT32_MAX, a1 = a >> 32, b0 = b & UINT32_MAX, b1 = b >> 32;
	uint64_t middle = a1 * b0 + (a0 * b0 >> 32);
	uint64_t low = a0 * b1 + (middle & UINT32_MAX);
	return a1 * b1 + (middle >> 32) + (low >> 32);
}

uint64_t
rf_draw_between(const struct rf_drbg *drbg, uint64_t entity, enum rf_purpose purpose, uint64_t n,
    uint64_t low, uint64_t high)
{
	assert(low <= high);
	uint64_t x = rf_draw(drbg, entity, purpose, n);
	uint64_t span = high - low + 1;
	if (span == 0)                          /* all 64 bits wanted */
		return x;
	return low + multiply_high(x, span);
}

uint64_t
rf_hash_slice(const struct rf_drbg *drbg, struct rf_slice in)
{
	/* A key of its own: text from outside must not be able to name a draw. */
	const uint64_t key[2] = { ~drbg->key[0], ~drbg->key[1] };
	return rf_siphash(key, in.p, in.len);
}
