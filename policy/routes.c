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
judge(const struct rf_policy *policy, const struct rf_route_question *question,
    const struct rf_policy_partner *partner, struct rf_slice key, uint32_t index)
{
	const struct rf_policy_route *route = &policy->tables->routes[index];
	const char *queue = route->to.kind == RF_TO_QUEUE ? route->to.text : NULL;
	if (!rf_trigger_fits(route->trigger, question->trigger))
		return RF_ROUTE_OTHER_TRIGGER;
	if (route->partner != NULL && strcmp(route->partner, partner->name) != 0)
		return RF_ROUTE_OTHER_PARTNER;
	if (route->key != NULL && !rf_glob_match(rf_slice_of(route->key), key))
		return RF_ROUTE_OTHER_KEY;
	if (route->to.kind == RF_TO_SKILL) {
		uint32_t skill = rf_index_find(&policy->skills, key);
		if (skill == RF_POLICY_NONE)
			return RF_ROUTE_NO_SKILL;
		queue = policy->tables->skills[skill].queue;
	}
	if (!rf_hours_hold(route->hours, route->hours_count, question))
		return RF_ROUTE_CLOSED;
	if (queue != NULL && !rf_queues_are_open(policy, queue, question))
		return RF_ROUTE_QUEUE_CLOSED;
	return RF_ROUTE_TAKEN;
}

/* The rule that comes next, by its key; or any, because somebody wants to know why not. */
static uint32_t
next_rule(struct rf_route_search *search, const struct rf_policy *policy, bool any, uint32_t last)
{
	uint32_t next = last == RF_POLICY_NONE ? 0 : last + 1;
	if (!any)
		return rf_route_search_next(search);
	return next < policy->tables->routes_count ? next : RF_POLICY_NONE;
}

static void
tell(struct rf_route_trail *trail, uint32_t route, enum rf_route_verdict verdict)
{
	/* Its end says where the call goes: in doubt the middle is left out. */
	uint32_t at = trail->count < RF_POLICY_TRAIL_MAX ? trail->count++ : trail->count - 1;
	trail->left_out = route - at;
	trail->at[at].route = route;
	trail->at[at].verdict = verdict;
}

void
rf_route_find(const struct rf_policy *policy, const struct rf_route_question *question,
    const struct rf_policy_partner *partner, struct rf_slice key, struct rf_route_found *out)
{
	struct rf_route_trail *trail = question->trail;
	struct rf_route_search search;
	uint32_t i = RF_POLICY_NONE;
	*out = (struct rf_route_found){ RF_POLICY_NONE, RF_POLICY_NONE, false };
	if (trail == NULL)
		rf_route_search_begin(&search, policy, partner->name, key);
	while ((i = next_rule(&search, policy, trail != NULL, i)) != RF_POLICY_NONE) {
		enum rf_route_verdict verdict = judge(policy, question, partner, key, i);
		if (trail != NULL)
			tell(trail, i, verdict);
		out->closed = out->closed || verdict == RF_ROUTE_CLOSED ||
		    verdict == RF_ROUTE_QUEUE_CLOSED;
		if (verdict != RF_ROUTE_TAKEN)
			continue;
		out->route = i;
		if (policy->tables->routes[i].to.kind == RF_TO_SKILL)
			out->skill = rf_index_find(&policy->skills, key);
		return;
	}
}

uint32_t
rf_queue_find(const struct rf_policy *policy, const char *name)
{
	return name == NULL ? RF_POLICY_NONE : rf_index_find(&policy->queues, rf_slice_of(name));
}
