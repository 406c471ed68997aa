/* SPDX-License-Identifier: BSD-2-Clause */
/* sim/spread.c -- distributions: 64 random bits in, one value out, the same one everywhere.
 *
 * libm may differ in the last bit from one version to the next, and one bit is another world.  So
 * logarithm and exponential are written out here, of operations that IEEE 754 rounds exactly; they
 * are good to about 15 digits, which is more than any model of a human being deserves. */
#include "sim/choose.h"

#include <assert.h>
#include <float.h>
#include <string.h>

_Static_assert(FLT_EVAL_METHOD == 0, "doubles must be doubles, or seeds differ between machines");

static const struct {
	const char *name, *parameter[2];
} names[] = {
#define SPREAD(name, text, a, b) { text, { a, b } },
	SPREADS(SPREAD)
#undef SPREAD
};

const char *
spread_name(enum spread_kind kind)
{
	assert(kind < SPREAD_KIND_MAX);
	return names[kind].name;
}

const char *
spread_parameter(enum spread_kind kind, uint32_t nth)
{
	assert(kind < SPREAD_KIND_MAX);
	assert(nth < 2);
	return names[kind].parameter[nth];
}

enum spread_kind
spread_find(struct rf_slice name)
{
	size_t i = 0;
	while (i < SPREAD_KIND_MAX && !rf_slice_equal(name, rf_slice_of(names[i].name)))
		i++;
	return (enum spread_kind)i;
}

/* ---- arithmetic ------------------------------------------------------------------------------ */

static const double ln2_high = 0x1.62e42feep-1, ln2_low = 0x1.a39ef35793c76p-33;

/* Of a positive, normal number: x = m * 2^e with m near 1, and 2 atanh((m - 1) / (m + 1)). */
static double
logarithm(double x)
{
	uint64_t bits;
	memcpy(&bits, &x, sizeof bits);
	int e = (int)(bits >> 52) - 1023;
	bits = (bits & (UINT64_MAX >> 12)) | UINT64_C(1023) << 52;
	memcpy(&x, &bits, sizeof x);
	if (x > 0x1.6a09e667f3bcdp0) { /* the root of 2 */
		x /= 2;
		e++;
	}
	double s = (x - 1) / (x + 1), square = s * s, sum = 0;
	for (int i = 27; i >= 1; i -= 2)
		sum = sum * square + 1.0 / i;
	return e * ln2_high + (2 * s * sum + e * ln2_low);
}

/* Taylor's series where it is short, moved by a power of 2. */
static double
exponential(double x)
{
	uint64_t bits;
	if (x < -700)
		return 0;
	if (x > 700)
		x = 700;
	int e = (int)(x / (ln2_high + ln2_low) + (x < 0 ? -0.5 : 0.5));
	double r = x - e * ln2_high - e * ln2_low, sum = 1;
	for (int i = 18; i >= 1; i--)
		sum = 1 + sum * r / i;
	bits = (uint64_t)(e + 1023) << 52;
	memcpy(&x, &bits, sizeof x);
	return sum * x;
}

static double
power(double x, double exponent)
{
	return exponential(logarithm(x) * exponent);
}

/* In (0, 1), never at its ends. */
static double
between_0_and_1(uint64_t bits)
{
	return ((double)(bits >> 12) + 0.5) / (double)(UINT64_C(1) << 52);
}

/* ---- the normal distribution, by its inverse ------------------------------------------------- */

static double
polynomial(const double *coefficient, size_t count, double x)
{
	double sum = 0;
	while (count-- > 0)
		sum = sum * x + coefficient[count];
	return sum;
}

/* Acklam's rational approximation; relative error below 1.2e-9. */
static double
normal(double p)
{
	static const double a[] = { 2.506628277459239, -3.066479806614716e+1, 1.383577518672690e+2,
		-2.759285104469687e+2, 2.209460984245205e+2, -3.969683028665376e+1 };
	static const double b[] = { 1, -1.328068155288572e+1, 6.680131188771972e+1,
		-1.556989798598866e+2, 1.615858368580409e+2, -5.447609879822406e+1 };
	static const double c[] = { 2.938163982698783, 4.374664141464968, -2.549732539343734,
		-2.400758277161838, -3.223964580411365e-1, -7.784894002430293e-3 };
	static const double d[] = { 1, 3.754408661907416, 2.445134137142996, 3.224671290700398e-1,
		7.784695709041462e-3 };
	static const double tail = 0.02425;
	if (p >= tail && p <= 1 - tail) {
		double q = p - 0.5, r = q * q;
		return q * polynomial(a, 6, r) / polynomial(b, 6, r);
	}
	double q = power(-2 * logarithm(p < tail ? p : 1 - p), 0.5);
	double x = polynomial(c, 6, q) / polynomial(d, 5, q);
	return p < tail ? x : -x;
}

/* ---- gamma, by rejection (Marsaglia and Tsang 2000) ------------------------------------------ */

enum { GAMMA_TRIES_MAX = 64 }; /* one try in twenty is rejected */

/* The n-th 64 bits that follow from these (the finalizer of splitmix64, by a counter). */
static uint64_t
more_bits(uint64_t bits, uint64_t n)
{
	uint64_t x = bits + (n + 1) * 0x9e3779b97f4a7c15;
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
	x = (x ^ x >> 27) * 0x94d049bb133111eb;
	return x ^ x >> 31;
}

static double
gamma_of(double k, double theta, uint64_t bits)
{
	/* Below 1: a draw with k + 1, times a power of one more. */
	double shape = k < 1 ? k + 1 : k, d = shape - 1.0 / 3, c = 1 / power(9 * d, 0.5);
	double value = d;
	for (uint64_t n = 1; n < 2 * GAMMA_TRIES_MAX; n += 2) {
		double x = normal(between_0_and_1(more_bits(bits, n))), v = 1 + c * x;
		double u = between_0_and_1(more_bits(bits, n + 1));
		if (v <= 0)
			continue;
		v = v * v * v;
		value = d * v;
		if (logarithm(u) < x * x / 2 + d - d * v + d * logarithm(v))
			break;
	}
	if (k < 1)
		value *= power(between_0_and_1(more_bits(bits, 0)), 1 / k);
	return value * theta;
}

/* ---- values ---------------------------------------------------------------------------------- */

/* Between two quantiles all are equally likely. */
static double
empirical(const struct spread *s, double p)
{
	assert(s->points >= 2);
	double place = p * (s->points - 1);
	uint32_t i = (uint32_t)place;
	i = i < s->points - 1 ? i : s->points - 2;
	return s->point[i] + (place - i) * (s->point[i + 1] - s->point[i]);
}

static double
quantile(const struct spread *s, double p)
{
	switch (s->kind) {
	case SPREAD_FIXED:
		return s->a;
	case SPREAD_UNIFORM:
		return s->a + p * (s->b - s->a);
	case SPREAD_EXPONENTIAL:
		return -s->a * logarithm(1 - p);
	case SPREAD_NORMAL:
		return s->a + s->b * normal(p);
	case SPREAD_LOGNORMAL:
		return exponential(s->a + s->b * normal(p));
	case SPREAD_WEIBULL:
		return s->a * power(-logarithm(1 - p), 1 / s->b);
	case SPREAD_PARETO:
		return s->b * power(1 - p, -1 / s->a);
	case SPREAD_EMPIRICAL:
		return empirical(s, p);
	case SPREAD_GAMMA:
	case SPREAD_KIND_MAX:
		break;
	}
	assert(false);
	return 0;
}

double
spread_draw(const struct spread *s, uint64_t bits)
{
	double value = s->kind == SPREAD_GAMMA ? gamma_of(s->a, s->b, bits)
					       : quantile(s, between_0_and_1(bits));
	return value > 0 ? value : 0;
}

double
spread_usual(const struct spread *s)
{
	double value = 0;
	switch (s->kind) {
	case SPREAD_EXPONENTIAL:
		value = s->a;
		break;
	case SPREAD_LOGNORMAL:
		value = exponential(s->a + s->b * s->b / 2);
		break;
	case SPREAD_GAMMA:
		value = s->a * s->b;
		break;
	case SPREAD_FIXED:
	case SPREAD_UNIFORM:
	case SPREAD_NORMAL:
	case SPREAD_WEIBULL:
	case SPREAD_PARETO:
	case SPREAD_EMPIRICAL:
		value = quantile(s, 0.5);
		break;
	case SPREAD_KIND_MAX:
		assert(false);
	}
	return value > 0 ? value : 0;
}
