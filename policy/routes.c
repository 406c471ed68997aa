/* SPDX-License-Identifier: BSD-2-Clause */
/* policy/routes.c -- the ordered rules: the first that matches says where a call goes. */
#include "policy/parts.h"

#include <string.h>

static enum rf_route_verdict
judge(const struct rf_policy_route *route, enum rf_plan_trigger trigger,
    const struct rf_policy_partner *partner, struct rf_slice key)
{
	if ((route->trigger == RF_ON_INVITE && trigger != RF_TRIGGER_INVITE) ||
	    (route->trigger == RF_ON_REFER && trigger != RF_TRIGGER_REFER))
		return RF_ROUTE_OTHER_TRIGGER;
	if (route->partner != NULL && strcmp(route->partner, partner->name) != 0)
		return RF_ROUTE_OTHER_PARTNER;
	if (route->key != NULL && !rf_glob_match(rf_slice_of(route->key), key))
		return RF_ROUTE_OTHER_KEY;
	return RF_ROUTE_TAKEN;
}

uint32_t
rf_route_find(const struct rf_policy_tables *tables, const struct rf_route_question *question,
    const struct rf_policy_partner *partner, struct rf_slice key)
{
	struct rf_route_trail *trail = question->trail;
	for (uint32_t i = 0; i < tables->routes_count; i++) {
		enum rf_route_verdict verdict =
		    judge(&tables->routes[i], question->trigger, partner, key);
		if (trail != NULL && trail->count < RF_POLICY_TRAIL_MAX) {
			trail->at[trail->count].route = i;
			trail->at[trail->count++].verdict = verdict;
		}
		if (verdict == RF_ROUTE_TAKEN)
			return i;
	}
	return RF_POLICY_NONE;
}

uint32_t
rf_queue_find(const struct rf_policy_tables *tables, const char *name)
{
	for (uint32_t i = 0; name != NULL && i < tables->queues_count; i++) {
		/* A table that is still being checked may have a queue without name. */
		if (tables->queues[i].name != NULL && strcmp(tables->queues[i].name, name) == 0)
			return i;
	}
	return RF_POLICY_NONE;
}
