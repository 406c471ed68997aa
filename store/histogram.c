/* SPDX-License-Identifier: BSD-2-Clause */
/* store/histogram.c -- how long commits take: eight buckets a power of two, nothing forgotten. */
#include "store/internal.h"

enum { STEPS = 8, STEPS_LOG2 = 3 };

static uint32_t
bucket_of(uint64_t value)
{
	if (value < STEPS)
		return (uint32_t)value;
	uint32_t log2 = 63 - (uint32_t)__builtin_clzll(value);
	uint32_t bucket = (log2 - STEPS_LOG2 + 1) * STEPS +
	    (uint32_t)(value >> (log2 - STEPS_LOG2) & (STEPS - 1));
	return bucket < RF_HISTOGRAM_BUCKETS ? bucket : RF_HISTOGRAM_BUCKETS - 1;
}

static uint64_t
last_of(uint32_t bucket)
{
	if (bucket < STEPS)
		return bucket;
	uint32_t shift = bucket / STEPS - 1;
	return ((uint64_t)(STEPS + bucket % STEPS + 1) << shift) - 1;
}

void
rf_histogram_add(struct rf_histogram *h, uint64_t value)
{
	h->count++;
	h->bucket[bucket_of(value)]++;
	if (value > h->max)
		h->max = value;
}

uint64_t
rf_histogram_quantile(const struct rf_histogram *h, uint32_t permille)
{
	uint64_t rank = (h->count * permille + 999) / 1000, seen = 0;
	for (uint32_t i = 0; i < RF_HISTOGRAM_BUCKETS && rank > 0; i++) {
		seen += h->bucket[i];
		if (seen >= rank)
			return last_of(i) < h->max ? last_of(i) : h->max;
	}
	return 0;
}
