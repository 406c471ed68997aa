/* SPDX-License-Identifier: BSD-2-Clause */
/* grammar/date.rl -- Date, RFC 3261 20.17: RFC 1123's form, GMT only.
 *
 * No clock is read here and no time zone known: days are counted (the proleptic Gregorian calendar
 * repeats every 400 years). */
#include <assert.h>
#include <string.h>

#include "grammar/internal.h"

#pragma GCC diagnostic ignored "-Wimplicit-fallthrough"

%%{
	machine date;
	include abnf_core "grammar/abnf_core.rl";

	wkday           = "Mon" | "Tue" | "Wed" | "Thu" | "Fri" | "Sat" | "Sun";
	month           = "Jan" | "Feb" | "Mar" | "Apr" | "May" | "Jun" | "Jul" | "Aug" | "Sep"
	                | "Oct" | "Nov" | "Dec";
	date1           = DIGIT{2} SP month SP DIGIT{4};
	time            = DIGIT{2} ":" DIGIT{2} ":" DIGIT{2};

	main := wkday "," SP date1 SP time SP "GMT";

	write data noerror noentry;
}%%

/* Days from 1970-01-01; a year begins in March here, so that a leap day ends it. */
static int64_t
days_since_1970(int64_t year, int64_t month, int64_t day)
{
	year -= month <= 2;
	int64_t era = year / 400, in_era = year % 400;
	int64_t in_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	return era * 146097 + in_era * 365 + in_era / 4 - in_era / 100 + in_year - 719468;
}

/* Two or four digits that the machine has seen. */
static int64_t
digits_at(struct rf_slice in, uint32_t at, uint32_t len)
{
	uint64_t value = 0;
	bool is_number = rf_slice_number(&value, (struct rf_slice){ in.p + at, len }, 9999);
	assert(is_number);
	return (int64_t)value;
}

static int64_t
month_at(struct rf_slice in, uint32_t at)
{
	static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	int64_t month = 0;
	while (month < 11 && memcmp(names + 3 * month, in.p + at, 3) != 0)
		month++;
	return month + 1;
}

bool
rf_date_parse(int64_t *unix_s, struct rf_slice in)
{
	in = rf_slice_trim(in);
	const unsigned char *p = (const unsigned char *)in.p, *pe = p + in.len;
	int cs;

	%% write init;
	%% write exec;

	if (cs < date_first_final)
		return false;
	/* Sun, 06 Nov 1994 08:49:37 GMT: every place is known now */
	int64_t day = digits_at(in, 5, 2), hour = digits_at(in, 17, 2);
	int64_t minute = digits_at(in, 20, 2), second = digits_at(in, 23, 2);
	if (day < 1 || day > 31 || hour > 23 || minute > 59 || second > 60)
		return false;
	*unix_s = days_since_1970(digits_at(in, 12, 4), month_at(in, 8), day) * 86400 +
	    hour * 3600 + minute * 60 + second;
	return true;
}
