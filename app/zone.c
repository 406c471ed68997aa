/* SPDX-License-Identifier: BSD-2-Clause */
/* app/zone.c -- ICU's calendars, one a zone; opening one takes longer than asking it a million
 * times. What it must never know: what the hours are for. */
#include "app/zone.h"

#include <stdlib.h>
#include <string.h>
#include <unicode/ucal.h>

enum { ZONES_MAX = 64, NAME_MAX_LEN = 64 };

struct rf_zones {
	uint32_t count;
	struct {
		char name[NAME_MAX_LEN];
		UCalendar *calendar;
	} at[ZONES_MAX];
};

/* Zone names are ASCII; 0: it is not one. */
static int32_t
to_icu(UChar out[NAME_MAX_LEN], const char *zone)
{
	size_t len = strlen(zone);
	if (len == 0 || len >= NAME_MAX_LEN)
		return 0;
	for (size_t i = 0; i <= len; i++)
		out[i] = (UChar)(unsigned char)zone[i];
	return (int32_t)len;
}

bool
rf_zone_is_known(const char *zone)
{
	UChar name[NAME_MAX_LEN], canonical[NAME_MAX_LEN * 2];
	UErrorCode status = U_ZERO_ERROR;
	UBool is_system = false;
	int32_t len = to_icu(name, zone);
	if (len == 0)
		return false;
	ucal_getCanonicalTimeZoneID(name, len, canonical, (int32_t)RF_ARRAY_LEN(canonical),
	    &is_system, &status);
	return U_SUCCESS(status) && is_system;
}

static UCalendar *
calendar_open(const char *zone)
{
	UChar name[NAME_MAX_LEN];
	UErrorCode status = U_ZERO_ERROR;
	int32_t len = to_icu(name, zone);
	UCalendar *calendar = ucal_open(name, len, "en_US", UCAL_GREGORIAN, &status);
	return U_SUCCESS(status) ? calendar : NULL;
}

struct rf_zones *
rf_zones_new(void)
{
	return calloc(1, sizeof(struct rf_zones));
}

void
rf_zones_free(struct rf_zones *zones)
{
	if (zones == NULL)
		return;
	for (uint32_t i = 0; i < zones->count; i++)
		ucal_close(zones->at[i].calendar);
	free(zones);
}

/* The calendar of a zone; *own: it was opened for this once, because there is no room. */
static UCalendar *
calendar_of(struct rf_zones *zones, const char *zone, bool *own)
{
	*own = false;
	for (uint32_t i = 0; i < zones->count; i++) {
		if (strcmp(zones->at[i].name, zone) == 0)
			return zones->at[i].calendar;
	}
	UCalendar *calendar = calendar_open(zone);
	*own = calendar != NULL && (zones->count == ZONES_MAX || strlen(zone) >= NAME_MAX_LEN);
	if (calendar == NULL || *own)
		return calendar;
	memcpy(zones->at[zones->count].name, zone, strlen(zone) + 1);
	zones->at[zones->count++].calendar = calendar;
	return calendar;
}

void
rf_zones_local(struct rf_zones *zones, const char *zone, int64_t us, struct rf_policy_local *out)
{
	UErrorCode status = U_ZERO_ERROR;
	bool own;
	int64_t minutes = us / (60 * INT64_C(1000000));
	UCalendar *calendar = calendar_of(zones, zone, &own);
	/* 1 January 1970 was a Thursday. */
	*out = (struct rf_policy_local){ .weekday = (uint8_t)((minutes / (24 * 60) + 3) % 7),
		.minute = (uint16_t)(minutes % (24 * 60)) };
	if (calendar == NULL)
		return;
	ucal_setMillis(calendar, (UDate)us / 1000.0, &status);
	int32_t day = ucal_get(calendar, UCAL_DAY_OF_WEEK, &status);    /* 1: Sunday */
	int32_t hour = ucal_get(calendar, UCAL_HOUR_OF_DAY, &status);
	int32_t minute = ucal_get(calendar, UCAL_MINUTE, &status);
	if (U_SUCCESS(status))
		*out = (struct rf_policy_local){ .weekday = (uint8_t)((day + 5) % 7),
			.minute = (uint16_t)(hour * 60 + minute) };
	if (own)
		ucal_close(calendar);
}
