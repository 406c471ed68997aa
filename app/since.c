/* SPDX-License-Identifier: BSD-2-Clause */
/* app/since.c -- moments as they are written on a command line. */
#include <string.h>
#include <time.h>

#include "app/cdr.h"

bool
rf_cdr_since_parse(int64_t *out_us, const char *text, int64_t now_us)
{
	static const struct {
		char unit;
		int64_t seconds;
	} units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 } };
	struct tm day = { 0 };
	unsigned number;
	char unit, more;
	if (sscanf(text, "%9u%c%c", &number, &unit, &more) == 2) {
		for (uint32_t i = 0; i < RF_ARRAY_LEN(units); i++) {
			if (units[i].unit != unit)
				continue;
			*out_us = now_us - (int64_t)number * units[i].seconds * RF_SECOND;
			return true;
		}
		return false;
	}
	const char *end = strptime(text, "%Y-%m-%d", &day);
	if (end != NULL && *end != '\0')
		end = strptime(end, "T%H:%M:%SZ", &day);
	if (end == NULL || *end != '\0')
		return false;
	*out_us = (int64_t)timegm(&day) * RF_SECOND;
	return true;
}
