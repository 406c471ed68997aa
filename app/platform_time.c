/* SPDX-License-Identifier: BSD-2-Clause */
/* app/platform_time.c -- moments and durations as other platforms write them. */
#include "app/platform.h"

#include <string.h>
#include <time.h>

enum { TEXT_MAX = 48 };

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* ".123456789": microseconds, the rest is cut; *p goes behind it. */
static int64_t
read_fraction(const char **p)
{
	int64_t us = 0, unit = 100000;
	if (**p != '.')
		return 0;
	for (++*p; is_digit(**p); ++*p, unit /= 10)
		us += (**p - '0') * unit;
	return us;
}

/* At most 17 digits; false: none. */
static bool
read_number(const char **p, int64_t *out)
{
	const char *start = *p;
	for (*out = 0; is_digit(**p) && *p - start < 17; ++*p)
		*out = *out * 10 + (**p - '0');
	return *p > start && !is_digit(**p);
}

static bool
read_zone(const char *p, int64_t *offset_us)
{
	int hours, minutes, used = 0;
	char sign;
	*offset_us = 0;
	if (*p == '\0' || strcmp(p, "Z") == 0)
		return true;
	if (sscanf(p, "%c%2d:%2d%n", &sign, &hours, &minutes, &used) != 3 &&
	    sscanf(p, "%c%2d%2d%n", &sign, &hours, &minutes, &used) != 3)
		return false;
	if ((sign != '+' && sign != '-') || p[used] != '\0' || hours < 0 || hours > 14 ||
	    minutes < 0 || minutes > 59)
		return false;
	*offset_us = (sign == '+' ? 1 : -1) * (hours * 60 + minutes) * 60 * RF_SECOND;
	return true;
}

bool
rf_platform_moment(int64_t *us, struct rf_slice s)
{
	char text[TEXT_MAX];
	struct tm t = { 0 };
	int64_t number, offset;
	if (s.len == 0 || s.len >= sizeof text)
		return false;
	snprintf(text, sizeof text, "%.*s", (int)s.len, s.p);
	const char *p = text;
	if (strlen(text) != s.len)
		return false;                           /* a NUL */
	if (read_number(&p, &number) && (*p == '\0' || *p == '.')) {
		bool is_seconds = number < 100000000000;
		int64_t fraction = read_fraction(&p);
		*us = is_seconds ? number * RF_SECOND + fraction
		    : number < 100000000000000 ? number * RF_MS : number;
		return *p == '\0';
	}
	p = strptime(text, "%Y-%m-%d", &t);
	if (p != NULL && (*p == 'T' || *p == ' '))
		p = strptime(p + 1, "%H:%M:%S", &t);
	else
		p = NULL;
	if (p == NULL)
		return false;
	int64_t fraction = read_fraction(&p);
	if (!read_zone(p, &offset))
		return false;
	*us = (int64_t)timegm(&t) * RF_SECOND + fraction - offset;
	return true;
}

bool
rf_platform_duration(int64_t *us, struct rf_slice s, enum rf_reconcile_unit unit)
{
	char text[TEXT_MAX];
	int64_t number, total = 0;
	bool has_colon = false;
	if (s.len == 0 || s.len >= sizeof text)
		return false;
	snprintf(text, sizeof text, "%.*s", (int)s.len, s.p);
	const char *p = text;
	if (strlen(text) != s.len)
		return false;
	for (int parts = 0; parts < 3; parts++) {
		if (!read_number(&p, &number) || number > 1000000000000)
			return false;
		total = total * 60 + number;
		if (*p != ':')
			break;
		has_colon = true;
		p++;
	}
	int64_t fraction = read_fraction(&p);
	*us = unit == RF_UNIT_MS && !has_colon ? total * RF_MS : total * RF_SECOND + fraction;
	return *p == '\0';
}
