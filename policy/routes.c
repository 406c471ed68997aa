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

/* All of them are asked, because somebody wants to know why not. */
static uint32_t
find_and_tell(const struct rf_policy *policy, const struct rf_route_question *question,
    const struct rf_policy_partner *partner, struct rf_slice key)
{
	const struct rf_policy_tables *tables = policy->tables;
	struct rf_route_trail *trail = question->trail;
	for (uint32_t i = 0; i < tables->routes_count; i++) {
		enum rf_route_verdict verdict =
		    judge(policy, &tables->routes[i], question->trigger, partner, key);
		/* Its end says where the call goes: in doubt the middle is left out. */
		uint32_t at = trail->count < RF_POLICY_TRAIL_MAX ? trail->count++ :
		    trail->count - 1;
		trail->left_out = i - at;
		trail->at[at].route = i;
		trail->at[at].verdict = verdict;
		if (verdict == RF_ROUTE_TAKEN)
			return i;
	}
	return RF_POLICY_NONE;
}

uint32_t
rf_route_find(const struct rf_policy *policy, const struct rf_route_question *question,
    const struct rf_policy_partner *partner, struct rf_slice key, uint32_t *skill)
{
	const struct rf_policy_route *routes = policy->tables->routes;
	struct rf_route_search search;
	uint32_t found = RF_POLICY_NONE, i;
	if (question->trail != NULL) {
		found = find_and_tell(policy, question, partner, key);
	} else {
		rf_route_search_begin(&search, policy, partner->name, key);
		while (found == RF_POLICY_NONE && (i = rf_route_search_next(&search)) !=
		    RF_POLICY_NONE) {
			if (judge(policy, &routes[i], question->trigger, partner, key) ==
			    RF_ROUTE_TAKEN)
				found = i;
		}
	}
	*skill = found != RF_POLICY_NONE && routes[found].to.kind == RF_TO_SKILL ?
	    rf_index_find(&policy->skills, key) : RF_POLICY_NONE;
	return found;
}

uint32_t
rf_queue_find(const struct rf_policy *policy, const char *name)
{
	return name == NULL ? RF_POLICY_NONE : rf_index_find(&policy->queues, rf_slice_of(name));
}
