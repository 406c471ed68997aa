/* SPDX-License-Identifier: BSD-2-Clause */
/* app/sim/metrics.h -- what is measured in a run, by name: the rows of metrics.def.
 *
 * Expectations, comparisons and every kind of report read the same values from here. */
#ifndef RF_APP_SIM_METRICS_H
#define RF_APP_SIM_METRICS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "grammar/slice.h"

enum rf_metric {
#define METRIC(name, text, unit, better, meaning) RF_METRIC_##name,
#include "app/sim/metrics.def"
#undef METRIC
	RF_METRIC_MAX
};
enum rf_metric_unit { RF_UNIT_COUNT, RF_UNIT_SHARE, RF_UNIT_TIME, RF_UNIT_RATIO };
enum rf_metric_better { RF_BETTER_MORE, RF_BETTER_LESS, RF_BETTER_NONE };

struct rf_metric_info {
	const char *name;
	enum rf_metric_unit unit;               /* TIME: in seconds */
	enum rf_metric_better better;
	const char *meaning;
};
const struct rf_metric_info *rf_metric_info(enum rf_metric);

enum rf_sim_relation { RF_AT_LEAST, RF_AT_MOST, RF_ABOVE, RF_BELOW, RF_EQUAL };
struct rf_sim_expectation {
	enum rf_metric metric;
	enum rf_sim_relation relation;
	double value;
	const char *text;                       /* as it was written */
};
/* "reached >= 95%", "transfer_p90 < 12s", "dropped = 0".  NULL: it is none, *why says so. */
bool rf_sim_expectation_parse(
    struct rf_sim_expectation *, const char *text, char *why, size_t why_max);
bool rf_sim_expectation_holds(const struct rf_sim_expectation *, double value);

/* "97.2 %", "12.3 s", "1.84", "17": for people. */
void rf_metric_write(FILE *, enum rf_metric, double value);

#endif
