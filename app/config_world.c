/* SPDX-License-Identifier: BSD-2-Clause */
/* app/config_world.c -- readers of values that only worlds of the simulator have: shares, rates,
 * and durations that vary. */
#include "app/config_parts.h"

#include <string.h>

/* Digits, and perhaps a point and digits; in [0, 1e9]. */
static bool
read_decimal(double *out, struct rf_slice s)
{
	double value = 0, step = 1;
	bool fraction = false, digit = false;
	for (uint32_t i = 0; i < s.len; i++) {
		if (s.p[i] == '.' && !fraction && digit) {
			fraction = true;
			digit = false;
			continue;
		}
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		digit = true;
		if (fraction)
			value += (s.p[i] - '0') * (step /= 10);
		else
			value = value * 10 + (s.p[i] - '0');
	}
	*out = value;
	return digit && value <= 1e9;
}

static struct rf_slice
trim(struct rf_slice s)
{
	while (s.len > 0 && s.p[0] == ' ')
		s = (struct rf_slice){ s.p + 1, s.len - 1 };
	while (s.len > 0 && s.p[s.len - 1] == ' ')
		s.len--;
	return s;
}

bool
rf_config_read_fraction(struct rf_config_reading *r, void *out)
{
	struct rf_slice s = r->text;
	bool percent = s.len > 0 && s.p[s.len - 1] == '%';
	double value;
	s.len -= percent;
	if (!read_decimal(&value, trim(s)))
		return false;
	value /= percent ? 100 : 1;
	if (value > 1)
		return false;
	memcpy(out, &value, sizeof value);
	return true;
}

bool
rf_config_read_rate(struct rf_config_reading *r, void *out)
{
	const char *slash = memchr(r->text.p, '/', r->text.len);
	double value;
	if (slash == NULL || slash + 2 != r->text.p + r->text.len ||
	    !read_decimal(&value, rf_slice_between(r->text.p, slash)))
		return false;
	if (slash[1] == 'm')
		value /= 60;
	else if (slash[1] == 'h')
		value /= 3600;
	else if (slash[1] != 's')
		return false;
	memcpy(out, &value, sizeof value);
	return true;
}

static const struct {
	const char *name;
	enum spread_kind kind;
	/* of the two parameters: a duration, a plain number, the median, or none */
	char a, b;
} forms[] = {
	{ "fixed", SPREAD_FIXED, 't', 0 },
	{ "uniform", SPREAD_UNIFORM, 't', 't' },
	{ "exponential", SPREAD_EXPONENTIAL, 't', 0 },
	{ "normal", SPREAD_NORMAL, 't', 't' },
	{ "lognormal", SPREAD_LOGNORMAL, 'm', 'n' },
	{ "weibull", SPREAD_WEIBULL, 't', 'n' },
	{ "pareto", SPREAD_PARETO, 'n', 't' },
	{ "gamma", SPREAD_GAMMA, 'n', 't' },
};

static bool
read_parameter(char form, struct rf_slice s, double *out)
{
	int64_t us;
	if (form == 'n')
		return read_decimal(out, s);
	if (!rf_config_microseconds(&us, s) || (form == 'm' && us == 0))
		return false;
	*out = (double)us;
	return true;
}

/* Values are microseconds: durations need no unit of their own. */
bool
rf_config_read_spread(struct rf_config_reading *r, void *out)
{
	struct spread spread = { .kind = SPREAD_FIXED };
	struct rf_slice s = r->text;
	int64_t us;
	const char *open = memchr(s.p, '(', s.len), *end = s.p + s.len;
	if (open == NULL && rf_config_microseconds(&us, s)) {
		spread.a = (double)us;
		memcpy(out, &spread, sizeof spread);
		return true;
	}
	if (open == NULL || end[-1] != ')')
		return false;
	struct rf_slice inner = rf_slice_between(open + 1, end - 1);
	const char *comma = memchr(inner.p, ',', inner.len);
	struct rf_slice a = trim(comma == NULL ? inner : rf_slice_between(inner.p, comma));
	for (size_t i = 0; i < RF_ARRAY_LEN(forms); i++) {
		if (!rf_slice_equal(rf_slice_between(s.p, open), rf_slice_of(forms[i].name)))
			continue;
		spread.kind = forms[i].kind;
		r->reason = "its parameters are others";
		if ((forms[i].b != 0) != (comma != NULL) ||
		    !read_parameter(forms[i].a, a, &spread.a))
			return false;
		if (comma != NULL &&
		    !read_parameter(forms[i].b, trim(rf_slice_between(comma + 1, end - 1)),
			&spread.b))
			return false;
		r->reason = NULL;
		/* Its own parameter would be the mean of the logarithm: nobody thinks in those. */
		if (forms[i].a == 'm') {
			spread.unit = (rf_time)spread.a;
			spread.a = 0;
		}
		memcpy(out, &spread, sizeof spread);
		return true;
	}
	r->reason = "there is fixed, uniform, exponential, normal, lognormal, weibull, pareto, "
		    "gamma";
	return false;
}
