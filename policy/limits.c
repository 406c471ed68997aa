/* SPDX-License-Identifier: BSD-2-Clause */
/* policy/limits.c -- how far, how often and how fast a partner may refer (R11).
 *
 * A rate is a bucket that holds as many as it lets through in its time; what is kept of it is when
 * it would be full again. */
#include "policy/parts.h"

/* Takes one out of the bucket; false: it is empty. */
static bool
takes_one(struct rf_policy_rate rate, rf_time now, rf_time *due)
{
	rf_time span = (rf_time)rate.per_ms * RF_MS, each = span / rate.count;
	rf_time from = *due > now ? *due : now;
	if (from - now > span - each)
		return false;
	*due = from + each;
	return true;
}

uint32_t
rf_refer_limit(struct rf_policy *policy, const struct rf_route_question *question,
    const struct rf_policy_partner *partner, enum rf_refusal *why)
{
	uint32_t code = partner->limit_code != 0 ? partner->limit_code : 403;
	*why = RF_WHY_DEPTH;
	if (partner->refer_depth != 0 && question->transfers >= partner->refer_depth)
		return code;
	*why = RF_WHY_RATE;
	if (partner->refer_rate.count == 0)
		return 0;
	return takes_one(partner->refer_rate, question->now,
	    &policy->refers_due[partner - policy->tables->partners]) ? 0 : code;
}

uint32_t
rf_refer_destination(const struct rf_policy_partner *partner, struct rf_slice key,
    enum rf_refusal *why)
{
	*why = RF_WHY_DESTINATION;
	for (uint32_t i = 0; i < partner->destinations_count; i++) {
		if (rf_glob_match(rf_slice_of(partner->destinations[i]), key))
			return 0;
	}
	return partner->destinations_count == 0 ? 0 : 403;
}
