/* SPDX-License-Identifier: BSD-2-Clause */
/* policy/failover.c -- what becomes of a final failure: the user's rows, then the shipped ones,
 * which have an answer to every status; and of a key that no route takes. */
#include "policy/parts.h"

#include <assert.h>
#include <string.h>

#define ROW(first, last, what, name)                                                              \
	{ .code = { first, last }, .action = what, .wrap_up = name }
static const struct rf_policy_failover shipped[] = {
	{
		.code = { 503, 503 },
		.action = RF_FAILOVER_RETRY,
		.times = 2,
		.backoff_ms = { 2000, 5000 },
		.backoff_factor = 2,
		.backoff_ms_cap = 30 * 1000,
		.retry_after_ms_max = 60 * 1000,
		.wrap_up = "UNAVAILABLE",
	},
	ROW(404, 404, RF_FAILOVER_OVERFLOW, "NOT_FOUND"),
	ROW(481, 481, RF_FAILOVER_IVR, "DIALOG_LOST"),
	ROW(403, 403, RF_FAILOVER_END, "POLICY"),
	ROW(486, 486, RF_FAILOVER_NEXT, "BUSY"),
	ROW(480, 480, RF_FAILOVER_NEXT, "NO_ANSWER"),
	ROW(408, 408, RF_FAILOVER_NEXT, "NO_ANSWER"),
	ROW(487, 487, RF_FAILOVER_END, "CANCELLED"),
	ROW(600, 699, RF_FAILOVER_END, "DECLINED"),
	ROW(500, 599, RF_FAILOVER_NEXT, "UNAVAILABLE"),
	ROW(400, 499, RF_FAILOVER_NEXT, "REJECTED"),
	ROW(300, 399, RF_FAILOVER_END, "REDIRECTED"),
};

#undef ROW

static_assert(RF_ARRAY_LEN(shipped) <= RF_PLAN_FAILOVER_MAX, "the shipped rows fit a plan");

/* Is it about what becomes of that partner's targets? */
static bool
is_for(const struct rf_policy_failover *row, enum rf_policy_stage stage, const char *partner)
{
	return row->stage == stage && (row->partner == NULL ||
	    (partner != NULL && strcmp(row->partner, partner) == 0));
}

/* A shipped row that a row of the user's wholly covers would never be reached: it makes room. */
static bool
is_covered(const struct rf_policy_tables *tables, const char *partner, struct rf_policy_codes code)
{
	for (uint32_t i = 0; i < tables->failover_count; i++) {
		const struct rf_policy_failover *row = &tables->failover[i];
		if (is_for(row, RF_STAGE_TARGET, partner) && row->code.min <= code.min &&
		    code.max <= row->code.max)
			return true;
	}
	return false;
}

uint32_t
rf_failover_rows(const struct rf_policy_tables *tables, const char *partner,
    struct rf_failover_row *out, uint32_t max)
{
	uint32_t count = 0;
	for (uint32_t i = 0; i < tables->failover_count; i++) {
		if (!is_for(&tables->failover[i], RF_STAGE_TARGET, partner))
			continue;
		if (count < max)
			out[count] = (struct rf_failover_row){ &tables->failover[i], i };
		count++;
	}
	for (uint32_t i = 0; i < RF_ARRAY_LEN(shipped); i++) {
		if (is_covered(tables, partner, shipped[i].code))
			continue;
		if (count < max)
			out[count] = (struct rf_failover_row){ &shipped[i],
				RF_FAILOVER_SHIPPED + i };
		count++;
	}
	return count;
}

uint32_t
rf_failover_count(const struct rf_policy_tables *tables, const char *partner)
{
	return rf_failover_rows(tables, partner, NULL, 0);
}

uint32_t
rf_failover_screening(const struct rf_policy_tables *tables, const char *partner, uint32_t status)
{
	for (uint32_t i = 0; i < tables->failover_count; i++) {
		const struct rf_policy_failover *row = &tables->failover[i];
		if (is_for(row, RF_STAGE_SCREENING, partner) && row->code.min <= status &&
		    status <= row->code.max)
			return i;
	}
	return RF_POLICY_NONE;
}
