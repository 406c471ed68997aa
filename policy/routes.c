/* SPDX-License-Identifier: BSD-2-Clause */
/* policy/routes.c -- the ordered rules: the first that matches says where a call goes. */
#include "policy/parts.h"

#include <string.h>

bool
rf_trigger_fits(enum rf_policy_trigger wanted, enum rf_plan_trigger is)
{
	return wanted == RF_ON_ANY || (wanted == RF_ON_INVITE && is == RF_TRIGGER_INVITE) ||
	       (wanted == RF_ON_REFER && is == RF_TRIGGER_REFER);
}

static enum rf_route_verdict
judge(const struct rf_policy *policy, const struct rf_policy_route *route,
    enum rf_plan_trigger trigger, const struct rf_policy_partner *partner, struct rf_slice key)
{
	if (!rf_trigger_fits(route->trigger, trigger))
		return RF_ROUTE_OTHER_TRIGGER;
	if (route->partner != NULL && strcmp(route->partner, partner->name) != 0)
		return RF_ROUTE_OTHER_PARTNER;
	if (route->key != NULL && !rf_glob_match(rf_slice_of(route->key), key))
		return RF_ROUTE_OTHER_KEY;
	if (route->to.kind == RF_TO_SKILL &&
	    rf_index_find(&policy->skills, key) == RF_POLICY_NONE)
		return RF_ROUTE_NO_SKILL;
	return RF_ROUTE_TAKEN;
}

uint32_t
rf_route_find(const struct rf_policy *policy, const struct rf_route_question *question,
    const struct rf_policy_partner *partner, struct rf_slice key, uint32_t *skill)
{
	const struct rf_policy_tables *tables = policy->tables;
	struct rf_route_trail *trail = question->trail;
	*skill = RF_POLICY_NONE;
	for (uint32_t i = 0; i < tables->routes_count; i++) {
		enum rf_route_verdict verdict =
		    judge(policy, &tables->routes[i], question->trigger, partner, key);
		if (trail != NULL && trail->count < RF_POLICY_TRAIL_MAX) {
			trail->at[trail->count].route = i;
			trail->at[trail->count++].verdict = verdict;
		}
		if (verdict != RF_ROUTE_TAKEN)
			continue;
		if (tables->routes[i].to.kind == RF_TO_SKILL)
			*skill = rf_index_find(&policy->skills, key);
		return i;
	}
	return RF_POLICY_NONE;
}

uint32_t
rf_queue_find(const struct rf_policy *policy, const char *name)
{
	return name == NULL ? RF_POLICY_NONE : rf_index_find(&policy->queues, rf_slice_of(name));
}
