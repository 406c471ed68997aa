/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_zone.c -- local time where clocks change. */
#include "app/zone.h"

#include "app/cdr.h"
#include "tests/check.h"

static struct rf_policy_local
local(const char *zone, const char *utc)
{
	struct rf_policy_local out = { 9, 0 };
	struct rf_zones *zones = rf_zones_new();
	int64_t us;
	CHECK_OR_STOP(rf_cdr_since_parse(&us, utc, 0));
	rf_zones_local(zones, "UTC", us, &out);
	rf_zones_local(zones, zone, us, &out);
	rf_zones_free(zones);
	return out;
}

static bool
is(struct rf_policy_local have, unsigned weekday, unsigned hour, unsigned minute)
{
	bool same = have.weekday == weekday && have.minute == hour * 60 + minute;
	if (!same)
		check_note("got day %u, %02u:%02u", have.weekday, have.minute / 60u,
		    have.minute % 60u);
	return same;
}

static void
an_hour_is_missing_in_spring(void)
{
	CHECK(is(local("Europe/Berlin", "2026-03-29T00:59:59Z"), 6, 1, 59));
	CHECK(is(local("Europe/Berlin", "2026-03-29T01:00:00Z"), 6, 3, 0));
	CHECK(is(local("America/New_York", "2026-03-08T06:59:00Z"), 6, 1, 59));
	CHECK(is(local("America/New_York", "2026-03-08T07:00:00Z"), 6, 3, 0));
}

static void
an_hour_is_there_twice_in_autumn(void)
{
	CHECK(is(local("Europe/Berlin", "2026-10-25T00:30:00Z"), 6, 2, 30));
	CHECK(is(local("Europe/Berlin", "2026-10-25T01:30:00Z"), 6, 2, 30));
	CHECK(is(local("Europe/Berlin", "2026-10-25T02:00:00Z"), 6, 3, 0));
}

static void
the_day_is_that_of_the_place(void)
{
	CHECK(is(local("UTC", "2026-11-25T23:15:00Z"), 2, 23, 15));
	CHECK(is(local("Asia/Kathmandu", "2026-11-25T23:15:00Z"), 3, 5, 0));
	CHECK(is(local("Pacific/Honolulu", "2026-11-25T03:00:00Z"), 1, 17, 0));
	CHECK(is(local("Nowhere/Atall", "2026-11-25T23:15:00Z"), 2, 23, 15));
}

static void
only_zones_of_the_database_are_known(void)
{
	CHECK(rf_zone_is_known("Europe/Berlin"));
	CHECK(rf_zone_is_known("UTC"));
	CHECK(!rf_zone_is_known("Europe/Berln"));
	CHECK(!rf_zone_is_known(""));
	CHECK(!rf_zone_is_known("GMT+25"));
}

int
main(void)
{
	static const struct check_test tests[] = {
		CHECK_TEST(an_hour_is_missing_in_spring),
		CHECK_TEST(an_hour_is_there_twice_in_autumn),
		CHECK_TEST(the_day_is_that_of_the_place),
		CHECK_TEST(only_zones_of_the_database_are_known),
	};
	return check_main("zone", tests, RF_ARRAY_LEN(tests));
}
