/* SPDX-License-Identifier: BSD-2-Clause */
/* policy/hours.c -- is something open now?
 *
 * What a window says is local time, as the sign at a door does: on the night the clocks change one
 * hour is missing or there twice, and the sign still says the same. What time it is somewhere is
 * asked of whoever asks us; nothing here knows a calendar. */
#include "policy/parts.h"

#include <assert.h>

enum { DAY_MINUTES = 24 * 60 };

static bool
has_day(const struct rf_policy_window *window, unsigned weekday)
{
	return (window->days >> weekday & 1) != 0;
}

static bool
holds(const struct rf_policy_window *window, const struct rf_policy_local *now)
{
	unsigned yesterday = (now->weekday + 6u) % 7;
	assert(now->weekday < 7);
	assert(now->minute < DAY_MINUTES);
	if (window->from < window->to)
		return has_day(window, now->weekday) && now->minute >= window->from &&
		    now->minute < window->to;
	/* Over midnight: it belongs to the day it begins on. */
	return (has_day(window, now->weekday) && now->minute >= window->from) ||
	    (has_day(window, yesterday) && now->minute < window->to);
}

bool
rf_hours_hold(const struct rf_policy_window *hours, uint32_t count,
    const struct rf_route_question *question)
{
	for (uint32_t i = 0; i < count; i++) {
		struct rf_policy_local now;
		assert(question->local_time != NULL);
		question->local_time(question->user, hours[i].zone, &now);
		if (holds(&hours[i], &now))
			return true;
	}
	return count == 0;
}

bool
rf_queue_is_open(const struct rf_policy *policy, uint32_t index,
    const struct rf_route_question *question)
{
	const struct rf_policy_queue *queue = &policy->tables->queues[index];
	return question == NULL || rf_hours_hold(queue->hours, queue->hours_count, question);
}

bool
rf_queues_are_open(const struct rf_policy *policy, const char *name,
    const struct rf_route_question *question)
{
	uint32_t index = rf_queue_find(policy, name);
	/* One that is not there is a mistake and no closed door. */
	if (index == RF_POLICY_NONE)
		return true;
	for (uint32_t i = 0; index != RF_POLICY_NONE && i < policy->tables->queues_count; i++) {
		if (rf_queue_is_open(policy, index, question))
			return true;
		index = rf_queue_find(policy, policy->tables->queues[index].overflow);
	}
	return false;
}
