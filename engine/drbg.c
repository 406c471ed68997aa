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
	/* Spelled out, compilers see one load in it. */
	return (uint64_t)p[0] | (uint64_t)p[1] << 8 | (uint64_t)p[2] << 16 | (uint64_t)p[3] << 24 |
	    (uint64_t)p[4] << 32 | (uint64_t)p[5] << 40 | (uint64_t)p[6] << 48 |
	    (uint64_t)p[7] << 56;
}

static void
write_le64(uint8_t *p, uint64_t x)
{
	for (unsigned i = 0; i < 8; i++, x >>= 8)
		p[i] = (uint8_t)x;
}

/* Four words in registers: an array that somebody points to would live in memory, and every
 * snapshot goes through here whole. */
struct sip {
	uint64_t a, b, c, d;
};

static inline __attribute__((always_inline)) void
sip_round(struct sip *v)
{
	v->a += v->b;
	v->b = rotate(v->b, 13) ^ v->a;
	v->a = rotate(v->a, 32);
	v->c += v->d;
	v->d = rotate(v->d, 16) ^ v->c;
	v->a += v->d;
	v->d = rotate(v->d, 21) ^ v->a;
	v->c += v->b;
	v->b = rotate(v->b, 17) ^ v->c;
	v->c = rotate(v->c, 32);
}

static inline __attribute__((always_inline)) void
sip_compress(struct sip *v, uint64_t word)
{
	v->d ^= word;
	sip_round(v);
	sip_round(v);
	v->a ^= word;
}

uint64_t
rf_siphash(const uint64_t key[2], const void *bytes, uint64_t len)
{
	assert(bytes != NULL || len == 0);
	const uint8_t *p = bytes;
	struct sip v = {
		key[0] ^ 0x736f6d6570736575u, key[1] ^ 0x646f72616e646f6du,
		key[0] ^ 0x6c7967656e657261u, key[1] ^ 0x7465646279746573u,
	};
	uint64_t left = len;
	for (; left >= 8; left -= 8, p += 8)
		sip_compress(&v, read_le64(p));
	uint64_t last = len << 56;
	for (uint64_t i = 0; i < left; i++)
		last |= (uint64_t)p[i] << (8 * i);
	sip_compress(&v, last);
	v.c ^= 0xff;
	for (unsigned i = 0; i < 4; i++)
		sip_round(&v);
	return v.a ^ v.b ^ v.c ^ v.d;
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
