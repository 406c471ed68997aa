/* SPDX-License-Identifier: BSD-2-Clause */
/* sim/explore_plan.c -- what policy says in the explorer's world, always the same.
 *
 * One target whose name has to be resolved, 503 tried twice again after two seconds, everything
 * else the end of it, and an ivr.  Draws have no room: a future must not hang on a number. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "sim/explore_world.h"

enum { RING_MS = 20000, BACKOFF_MS = 2000, RETRIES = 2, WAIT_FOR_BYE_MS = 8000 };

static struct rf_span
add(struct rf_plan *plan, const char *text)
{
	struct rf_span span = { plan->text_len, (uint16_t)strlen(text) };
	assert(plan->text_len + span.len <= RF_PLAN_TEXT_MAX);
	memcpy(plan->text + span.at, text, span.len);
	plan->text_len = (uint16_t)(plan->text_len + span.len);
	return span;
}

struct rf_plan *
explore_plan_new(bool of_refer)
{
	struct rf_plan *plan = calloc(1, sizeof *plan);
	if (plan == NULL)
		return NULL;
	plan->allow = true;
	plan->partner = add(plan, of_refer ? "acme" : "carrier");
	plan->refer_allowed = true;
	plan->accept_code = 202;
	plan->wait_for_bye_ms = WAIT_FOR_BYE_MS;
	plan->key = add(plan, of_refer ? "queue" : "center");
	plan->route = plan->queue = plan->key;
	plan->wrap_up = add(plan, "REFER_TRANSFER");
	plan->ivr = add(plan, "sip:ivr@192.0.2.40");
	plan->ivr_ring_ms = RING_MS;
	plan->target_count = 1;
	plan->target[0] = (struct rf_plan_target){
		.uri = add(plan, of_refer ? "sip:queue@queue.example" : "sip:center@192.0.2.20"),
		.ring_ms = RING_MS };
	plan->failover_count = 2;
	plan->failover[0] = (struct rf_plan_failover){ .code_min = 503, .code_max = 503,
		.action = RF_FAILOVER_RETRY, .times = RETRIES, .backoff_ms_min = BACKOFF_MS,
		.backoff_ms_max = BACKOFF_MS, .backoff_ms_cap = BACKOFF_MS,
		.wrap_up = add(plan, "UNAVAILABLE") };
	plan->failover[1] = (struct rf_plan_failover){ .code_min = 300, .code_max = 699,
		.action = RF_FAILOVER_END, .wrap_up = plan->failover[0].wrap_up };
	plan->size = (uint32_t)offsetof(struct rf_plan, text) + plan->text_len;
	return plan;
}
