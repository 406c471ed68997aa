/* SPDX-License-Identifier: BSD-2-Clause */
/* policy/failover.c -- what becomes of a final failure: the user's rows, then the shipped ones. */
#include "policy/parts.h"

#include <assert.h>

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
	{ { 404, 404 }, RF_FAILOVER_OVERFLOW, .wrap_up = "NOT_FOUND" },
	{ { 481, 481 }, RF_FAILOVER_IVR, .wrap_up = "DIALOG_LOST" },
	{ { 403, 403 }, RF_FAILOVER_END, .wrap_up = "POLICY" },
	{ { 486, 486 }, RF_FAILOVER_NEXT, .wrap_up = "BUSY" },
	{ { 480, 480 }, RF_FAILOVER_NEXT, .wrap_up = "NO_ANSWER" },
	{ { 408, 408 }, RF_FAILOVER_NEXT, .wrap_up = "NO_ANSWER" },
	{ { 487, 487 }, RF_FAILOVER_END, .wrap_up = "CANCELLED" },
	{ { 600, 699 }, RF_FAILOVER_END, .wrap_up = "DECLINED" },
	{ { 500, 599 }, RF_FAILOVER_NEXT, .wrap_up = "UNAVAILABLE" },
	{ { 400, 499 }, RF_FAILOVER_NEXT, .wrap_up = "REJECTED" },
	{ { 300, 399 }, RF_FAILOVER_END, .wrap_up = "REDIRECTED" },
};

static_assert(RF_ARRAY_LEN(shipped) <= RF_PLAN_FAILOVER_MAX, "the shipped rows fit a plan");

/* A shipped row that a row of the user's wholly covers would never be reached: it makes room. */
static bool
is_covered(const struct rf_policy_tables *tables, struct rf_policy_codes code)
{
	for (uint32_t i = 0; i < tables->failover_count; i++) {
		struct rf_policy_codes user = tables->failover[i].code;
		if (user.min <= code.min && code.max <= user.max)
			return true;
	}
	return false;
}

uint32_t
rf_failover_rows(const struct rf_policy_tables *tables, struct rf_policy_failover *out,
    uint32_t max)
{
	uint32_t count = 0;
	for (uint32_t i = 0; i < tables->failover_count; i++, count++) {
		if (count < max)
			out[count] = tables->failover[i];
	}
	for (uint32_t i = 0; i < RF_ARRAY_LEN(shipped); i++) {
		if (is_covered(tables, shipped[i].code))
			continue;
		if (count < max)
			out[count] = shipped[i];
		count++;
	}
	return count;
}

uint32_t
rf_failover_count(const struct rf_policy_tables *tables)
{
	return rf_failover_rows(tables, NULL, 0);
}
