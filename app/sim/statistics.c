/* SPDX-License-Identifier: BSD-2-Clause */
/* app/sim/statistics.c -- intervals, tests and formulas, each as its textbook writes it. */
#include "app/sim/statistics.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

/* Of the normal distribution, two-sided 95 %. */
static const double z95 = 1.959963985;

struct rf_interval
rf_share(uint64_t hits, uint64_t n)
{
	assert(hits <= n);
	if (n == 0)
		return (struct rf_interval){ 0, 0, 1 };
	double total = (double)n, p = (double)hits / total, z2 = z95 * z95;
	double center = (p + z2 / (2 * total)) / (1 + z2 / total);
	double half = z95 * sqrt(p * (1 - p) / total + z2 / (4 * total * total)) / (1 + z2 / total);
	return (struct rf_interval){ p, fmax(0, center - half), fmin(1, center + half) };
}

double
rf_student(uint32_t freedom)
{
	static const double table[] = { 12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306,
		2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086,
		2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042 };
	assert(freedom >= 1);
	if (freedom <= sizeof table / sizeof table[0])
		return table[freedom - 1];
	/* Cornish and Fisher, good to three digits from here on. */
	return z95 + (z95 * z95 * z95 + z95) / (4.0 * freedom);
}

struct rf_interval
rf_mean(const double *value, uint32_t count)
{
	double sum = 0, squares = 0;
	for (uint32_t i = 0; i < count; i++)
		sum += value[i];
	double mean = count > 0 ? sum / count : 0;
	if (count < 2)
		return (struct rf_interval){ mean, -INFINITY, INFINITY };
	for (uint32_t i = 0; i < count; i++)
		squares += (value[i] - mean) * (value[i] - mean);
	double half = rf_student(count - 1) * sqrt(squares / (count - 1) / count);
	return (struct rf_interval){ mean, mean - half, mean + half };
}

bool
rf_interval_excludes(struct rf_interval interval, double value)
{
	return value < interval.low || value > interval.high;
}

double
rf_mcnemar(uint64_t better, uint64_t worse)
{
	uint64_t n = better + worse, few = better < worse ? better : worse;
	double p = 0;
	/* Twice the tail of a binomial with 1/2; in logarithms, for it gets small. */
	for (uint64_t k = 0; k <= few && n > 0; k++)
		p += exp(lgamma((double)n + 1) - lgamma((double)k + 1) -
		    lgamma((double)(n - k) + 1) - (double)n * log(2));
	return n == 0 || 2 * p > 1 ? 1 : 2 * p;
}

static int
ascending(const void *a, const void *b)
{
	double x = **(double *const *)a, y = **(double *const *)b;
	return x < y ? -1 : x > y;
}

void
rf_holm(double *p, uint32_t count)
{
	enum { QUESTIONS_MAX = 64 };
	double *order[QUESTIONS_MAX], least = 0;
	assert(count <= QUESTIONS_MAX);
	for (uint32_t i = 0; i < count; i++)
		order[i] = &p[i];
	qsort(order, count, sizeof order[0], ascending);
	for (uint32_t i = 0; i < count; i++) {
		double adjusted = *order[i] * (count - i);
		least = adjusted > least ? adjusted : least;
		*order[i] = least > 1 ? 1 : least;
	}
}

/* ---- histogram ------------------------------------------------------------------------------- */

static uint32_t
bucket_of(uint64_t value)
{
	if (value < 2 * RF_TALLY_STEPS)
		return (uint32_t)value;
	uint32_t shift = 63 - (uint32_t)__builtin_clzll(value) - 6;
	return (shift + 1) * RF_TALLY_STEPS + (uint32_t)(value >> shift) - RF_TALLY_STEPS;
}

/* The largest value that falls into it. */
static uint64_t
bucket_top(uint32_t bucket)
{
	if (bucket < 2 * RF_TALLY_STEPS)
		return bucket;
	uint32_t shift = bucket / RF_TALLY_STEPS - 1;
	uint64_t first = bucket % RF_TALLY_STEPS + RF_TALLY_STEPS;
	return ((first + 1) << shift) - 1;
}

void
rf_tally_add(struct rf_tally *h, uint64_t value)
{
	h->bucket[bucket_of(value)]++;
	h->count++;
	h->sum += value;
	h->max = value > h->max ? value : h->max;
}

void
rf_tally_merge(struct rf_tally *into, const struct rf_tally *from)
{
	for (uint32_t i = 0; i < RF_TALLY_BUCKETS; i++)
		into->bucket[i] += from->bucket[i];
	into->count += from->count;
	into->sum += from->sum;
	into->max = from->max > into->max ? from->max : into->max;
}

uint64_t
rf_tally_at(const struct rf_tally *h, double share)
{
	uint64_t wanted = (uint64_t)ceil(share * (double)h->count), seen = 0;
	wanted = wanted == 0 ? 1 : wanted;
	for (uint32_t i = 0; i < RF_TALLY_BUCKETS; i++) {
		seen += h->bucket[i];
		if (seen >= wanted)
			return bucket_top(i) < h->max ? bucket_top(i) : h->max;
	}
	return h->max;
}

/* ---- Erlang ---------------------------------------------------------------------------------- */

double
rf_erlang_b(double offered, uint32_t agents)
{
	double blocked = 1;
	for (uint32_t n = 1; n <= agents; n++)
		blocked = offered * blocked / (n + offered * blocked);
	return blocked;
}

double
rf_erlang_c(double offered, uint32_t agents)
{
	double b = rf_erlang_b(offered, agents), load = offered / agents;
	return load >= 1 ? 1 : b / (1 - load * (1 - b));
}

double
rf_erlang_a(double offered, uint32_t agents, double patience)
{
	/* Birth and death: state n has n busy agents, and n - agents who wait and lose patience. */
	enum { WAITING_MAX = 100 * 1000 };
	double weight = 1, sum = 1, lost = 0;
	for (uint32_t n = 1; n < agents + WAITING_MAX; n++) {
		double waiting = n > agents ? n - agents : 0;
		double busy = n > agents ? agents : n;
		weight *= offered / (busy + waiting / patience);
		sum += weight;
		lost += weight * waiting / patience;
		/* Rescaled, or the sum of a large house leaves the range of a double. */
		if (sum > 1e200) {
			weight /= 1e200;
			lost /= 1e200;
			sum /= 1e200;
		}
		if (n > agents && weight < sum * 1e-14)
			break;
	}
	return lost / sum / offered;
}
