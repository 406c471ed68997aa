/* SPDX-License-Identifier: BSD-2-Clause */
/* app/zone.h -- local time in the zones of the IANA database, daylight saving and all. */
#ifndef RF_APP_ZONE_H
#define RF_APP_ZONE_H

#include <stdbool.h>
#include <stdint.h>

#include "policy/policy.h"

/* "Europe/Berlin", "UTC"; case matters. */
bool rf_zone_is_known(const char *zone);

/* Calendars, each opened when its zone is first asked for. */
struct rf_zones;
struct rf_zones *rf_zones_new(void);            /* NULL only without memory */
void rf_zones_free(struct rf_zones *);
/* Of that moment, microseconds since 1970; a zone that is not known has the time of UTC. */
void rf_zones_local(struct rf_zones *, const char *zone, int64_t us, struct rf_policy_local *out);

#endif
