/* SPDX-License-Identifier: BSD-2-Clause */
/* app/sim/metrics.c -- names of what is measured, and sentences about it: "reached >= 95%". */
#include "app/sim/metrics.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct rf_metric_info infos[] = {
#define METRIC(id, text, unit, better, meaning)                                                    \
	{ text, RF_UNIT_##unit, RF_BETTER_##better, meaning },
#include "app/sim/metrics.def"
#undef METRIC
};

const struct rf_metric_info *
rf_metric_info(enum rf_metric metric)
{
	assert(metric < RF_METRIC_MAX);
	return &infos[metric];
}

static bool
find_metric(const char *text, size_t len, enum rf_metric *metric)
{
	for (uint32_t i = 0; i < RF_METRIC_MAX; i++) {
		if (strlen(infos[i].name) != len || memcmp(infos[i].name, text, len) != 0)
			continue;
		*metric = (enum rf_metric)i;
		return true;
	}
	return false;
}

static const struct {
	const char *text;
	enum rf_sim_relation relation;
} relations[] = {
	{ ">=", RF_AT_LEAST },
	{ "<=", RF_AT_MOST },
	{ ">", RF_ABOVE },
	{ "<", RF_BELOW },
	{ "=", RF_EQUAL },
};

/* The value in the unit of its metric: "95%", "12s", "300ms", "3". */
static bool
read_value(const char *text, enum rf_metric_unit unit, double *value)
{
	char *end;
	if (*text < '0' || *text > '9')
		return false;
	*value = strtod(text, &end);
	if (*end == '%' && unit == RF_UNIT_SHARE) {
		*value /= 100;
		end++;
	} else if (unit == RF_UNIT_TIME) {
		if (strcmp(end, "ms") == 0)
			*value /= 1000;
		else if (strcmp(end, "m") == 0)
			*value *= 60;
		else if (strcmp(end, "s") != 0)
			return false;
		return true;
	}
	return *end == '\0';
}

bool
rf_sim_expectation_parse(
    struct rf_sim_expectation *out, const char *text, char *why, size_t why_max)
{
	static const char *const unit[] = { "a number", "a share such as 95%",
		"a time such as 12s or 300ms", "a number" };
	size_t len = strcspn(text, " ><=");
	*out = (struct rf_sim_expectation){ .text = text };
	if (!find_metric(text, len, &out->metric)) {
		int used = snprintf(why, why_max, "there is no metric \"%.*s\"; there are:",
		    len < 40 ? (int)len : 40, text);
		for (uint32_t i = 0; i < RF_METRIC_MAX && (size_t)used < why_max; i++)
			used += snprintf(why + used, why_max - (size_t)used, " %s", infos[i].name);
		return false;
	}
	const char *p = text + len + strspn(text + len, " ");
	for (size_t i = 0; i < RF_ARRAY_LEN(relations); i++) {
		size_t sign = strlen(relations[i].text);
		if (strncmp(p, relations[i].text, sign) != 0)
			continue;
		out->relation = relations[i].relation;
		p += sign + strspn(p + sign, " ");
		if (read_value(p, infos[out->metric].unit, &out->value))
			return true;
		snprintf(why, why_max, "expected %s behind the sign",
		    unit[infos[out->metric].unit]);
		return false;
	}
	snprintf(why, why_max, "expected METRIC >= VALUE, or one of <= > < =");
	return false;
}

bool
rf_sim_expectation_holds(const struct rf_sim_expectation *e, double value)
{
	switch (e->relation) {
	case RF_AT_LEAST:
		return value >= e->value;
	case RF_AT_MOST:
		return value <= e->value;
	case RF_ABOVE:
		return value > e->value;
	case RF_BELOW:
		return value < e->value;
	case RF_EQUAL:
		return fabs(value - e->value) < 1e-9;
	}
	return false;
}

void
rf_metric_write(FILE *f, enum rf_metric metric, double value)
{
	switch (infos[metric].unit) {
	case RF_UNIT_COUNT:
		fprintf(f, "%.*f", value == floor(value) ? 0 : 1, value);
		break;
	case RF_UNIT_SHARE:
		fprintf(f, "%.1f %%", value * 100);
		break;
	case RF_UNIT_TIME:
		if (value < 1)
			fprintf(f, "%.0f ms", value * 1000);
		else
			fprintf(f, "%.1f s", value);
		break;
	case RF_UNIT_RATIO:
		fprintf(f, "%.2f", value);
		break;
	}
}
