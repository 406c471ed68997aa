/* SPDX-License-Identifier: BSD-2-Clause */
/* policy/reasons.c -- the table of reasons.h, as text and as counters. */
#include "policy/reasons.h"

#include <assert.h>

const char *
rf_refusal_text(enum rf_refusal reason)
{
	static const char *const text[RF_WHY_MAX] = {
#define REASON(id, counter, sentence) [RF_WHY_##id] = sentence,
		RF_POLICY_REASONS(REASON)
#undef REASON
	};
	assert(reason < RF_WHY_MAX);
	return text[reason];
}

void
rf_refusal_count(struct rf_policy_denials *denials, enum rf_refusal reason)
{
	switch (reason) {
#define REASON(id, counter, sentence) case RF_WHY_##id: denials->counter++; break;
	RF_POLICY_REASONS(REASON)
#undef REASON
	case RF_WHY_MAX:
		break;
	}
}
