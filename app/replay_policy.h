/* SPDX-License-Identifier: BSD-2-Clause */
/* app/replay_policy.h -- a recording under another configuration: where each call would first have
 * gone another way.
 *
 * The recording is replayed as it was.  Whenever the engine asks policy, the other configuration is
 * asked, too, and when the recorded answer comes the two plans are compared.  What a call's parties
 * did after its first difference they did under the old plan: it says nothing about the new one. */
#ifndef RF_APP_REPLAY_POLICY_H
#define RF_APP_REPLAY_POLICY_H

#include <stdio.h>

#include "app/config.h"
#include "journal/replay.h"

struct rf_replay_policy;
/* For one segment.  The configuration must stay.  It aborts without memory. */
struct rf_replay_policy *rf_replay_policy_new(const struct rf_config *);
void rf_replay_policy_free(struct rf_replay_policy *);
/* After each step; session: of that step, 0: of none. */
void rf_replay_policy_see(struct rf_replay_policy *, const struct rf_replay *, uint64_t session);

/* The first difference of one call; texts last as long as the owner. */
struct rf_replay_divergence {
	uint64_t session, record;
	rf_time at;
	const char *asked, *was, *would_be;
};
uint32_t rf_replay_policy_count(const struct rf_replay_policy *);
const struct rf_replay_divergence *rf_replay_policy_at(const struct rf_replay_policy *, uint32_t n);
/* How often policy was asked. */
uint64_t rf_replay_policy_asked(const struct rf_replay_policy *);

#endif
