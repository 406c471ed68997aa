/* SPDX-License-Identifier: BSD-2-Clause */
/* policy/plan.c -- writes struct rf_plan: every text inside, by offset, never past the end.
 *
 * A plan that does not fit becomes a refusal: half a plan would lose a call later and elsewhere. */
#include "policy/parts.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

void
rf_draft_begin(struct rf_drafting *draft, struct rf_plan *plan)
{
	memset(plan, 0, offsetof(struct rf_plan, text));
	draft->plan = plan;
	draft->full = false;
}

struct rf_span
rf_draft_text(struct rf_drafting *draft, struct rf_slice s)
{
	struct rf_plan *plan = draft->plan;
	assert(plan->text_len <= RF_PLAN_TEXT_MAX);
	struct rf_span span = { plan->text_len, 0 };
	if (s.len > (uint32_t)(RF_PLAN_TEXT_MAX - plan->text_len)) {
		draft->full = true;
		return span;
	}
	if (s.len > 0)
		memcpy(plan->text + plan->text_len, s.p, s.len);
	span.len = (uint16_t)s.len;
	plan->text_len = (uint16_t)(plan->text_len + s.len);
	return span;
}

struct rf_span
rf_draft_string(struct rf_drafting *draft, const char *text)
{
	return rf_draft_text(draft, rf_slice_of(text == NULL ? "" : text));
}

static bool
tells(const struct rf_policy_partner *partner, uint32_t status)
{
	for (uint32_t i = 0; i < partner->notify_provisional_count; i++) {
		if (partner->notify_provisional[i] == status)
			return true;
	}
	return false;
}

void
rf_draft_partner(struct rf_drafting *draft, const struct rf_policy_partner *partner)
{
	struct rf_plan *plan = draft->plan;
	plan->partner = rf_draft_string(draft, partner->name);
	/* T12: only the trunk that is told 405 is also told by Allow. */
	plan->refer_allowed = partner->refer != RF_POLICY_REJECT || partner->refer_code != 405;
	plan->accept_code = (uint16_t)(partner->accept_code != 0 ? partner->accept_code : 202);
	plan->notify_ringing = tells(partner, 180);
	plan->subscription_id_always = partner->subscription_id == RF_ID_ALWAYS;
	plan->wait_for_bye_ms = partner->wait_for_bye_ms;
	uint16_t start = plan->text_len;
	for (uint32_t i = 0; i < partner->pass_count; i++) {
		if (i > 0)
			rf_draft_string(draft, ",");
		rf_draft_string(draft, partner->pass[i]);
	}
	plan->pass = (struct rf_span){ start, (uint16_t)(plan->text_len - start) };
}

static void
draft_target(struct rf_drafting *draft, const char *uri, uint32_t ring_ms)
{
	struct rf_plan *plan = draft->plan;
	if (plan->target_count == RF_PLAN_TARGETS_MAX) {
		draft->full = true;
		return;
	}
	plan->target[plan->target_count++] = (struct rf_plan_target){
		.uri = rf_draft_string(draft, uri),
		.ring_ms = ring_ms != 0 ? ring_ms : RF_POLICY_RING_MS,
	};
}

static uint32_t
weight_of(const struct rf_policy_target *target)
{
	return target->weight != 0 ? target->weight : 1;
}

static uint32_t
divisor_of(uint32_t a, uint32_t b)
{
	while (b != 0) {
		uint32_t rest = a % b;
		a = b;
		b = rest;
	}
	return a;
}

/* As many calls in a row as all weights together give each target exactly its weight; steps of
 * about the golden section, without a divisor in common with that number, spread them in it. */
static uint32_t
first_by_weight(const struct rf_policy_queue *queue, uint32_t *position)
{
	uint32_t sum = 0, target = 0;
	for (uint32_t i = 0; i < queue->targets_count; i++)
		sum += weight_of(&queue->targets[i]);
	uint32_t step = sum * 5 / 8;
	while (divisor_of(sum, step) != 1)
		step++;
	uint32_t at = (uint32_t)((uint64_t)(*position % sum) * step % sum);
	*position = (*position % sum + 1) % sum;
	while (at >= weight_of(&queue->targets[target]))
		at -= weight_of(&queue->targets[target++]);
	return target;
}

static uint32_t
first_of_queue(const struct rf_policy_queue *queue, uint32_t *position)
{
	uint32_t first = 0;
	if (queue->targets_count == 0)
		return 0;
	switch (queue->strategy) {
	case RF_PRIORITY:
		break;
	case RF_ROUND_ROBIN:
		first = *position % queue->targets_count;
		*position = (first + 1) % queue->targets_count;
		break;
	case RF_WEIGHTED:
		first = first_by_weight(queue, position);
		break;
	}
	return first;
}

static void
draft_queue(struct rf_drafting *draft, struct rf_policy *policy, uint32_t index)
{
	const struct rf_policy_queue *queue = &policy->tables->queues[index];
	uint32_t first = first_of_queue(queue, &policy->position[index]);
	for (uint32_t i = 0; i < queue->targets_count; i++) {
		const struct rf_policy_target *target =
		    &queue->targets[(first + i) % queue->targets_count];
		uint32_t ring_ms = target->ring_ms != 0 ? target->ring_ms : queue->ring_ms;
		draft_target(draft, target->uri, ring_ms);
	}
}

/* The targets of an overflow queue bear its name and, unless the route or the skill has spoken, its
 * own recording policy: without one, that of the queue that overflowed. */
static void
draft_overflow(struct rf_drafting *draft, struct rf_policy *policy, uint32_t index, bool decided,
    bool is_overflow)
{
	struct rf_plan *plan = draft->plan;
	const struct rf_policy_queue *queue = &policy->tables->queues[index];
	uint8_t first = plan->target_count;
	draft_queue(draft, policy, index);
	for (uint8_t i = first; i < plan->target_count; i++) {
		plan->target[i].overflow = is_overflow;
		plan->target[i].queue = rf_draft_string(draft, queue->name);
		plan->target[i].recording_policy =
		    rf_draft_string(draft, decided ? NULL : queue->recording_policy);
	}
}

/* A queue that is closed is passed over: the first open one behind it takes its place. */
static void
draft_queues(struct rf_drafting *draft, struct rf_policy *policy,
    const struct rf_route_question *question, const char *name)
{
	const struct rf_policy_tables *tables = policy->tables;
	struct rf_plan *plan = draft->plan;
	bool decided = plan->recording_policy.len > 0;
	uint32_t index = rf_queue_find(policy, name);
	plan->queue = rf_draft_string(draft, name);
	if (index == RF_POLICY_NONE)
		return;
	const struct rf_policy_queue *queue = &tables->queues[index];
	if (plan->skill.len == 0)
		plan->skill = rf_draft_string(draft, queue->skill);
	if (!decided)
		plan->recording_policy = rf_draft_string(draft, queue->recording_policy);
	if (rf_queue_is_open(policy, index, question))
		draft_queue(draft, policy, index);
	/* A loop of overflows ends after as many steps as there are queues. */
	for (uint32_t i = 1; i < tables->queues_count; i++) {
		index = rf_queue_find(policy, tables->queues[index].overflow);
		if (index == RF_POLICY_NONE)
			return;
		if (rf_queue_is_open(policy, index, question))
			draft_overflow(draft, policy, index, decided, plan->target_count > 0);
	}
}

static const char *
first_of(const char *a, const char *b)
{
	return a != NULL ? a : b;
}

void
rf_draft_skill(struct rf_drafting *draft, struct rf_policy *policy,
    const struct rf_route_question *question, uint32_t index)
{
	const struct rf_policy_skill *skill = &policy->tables->skills[index];
	draft->plan->skill = rf_draft_string(draft, first_of(skill->skill, skill->key));
	/* The row is about this very key: it has the last word. */
	if (skill->wrap_up != NULL)
		draft->plan->wrap_up = rf_draft_string(draft, skill->wrap_up);
	if (skill->recording_policy != NULL)
		draft->plan->recording_policy = rf_draft_string(draft, skill->recording_policy);
	draft_queues(draft, policy, question, skill->queue);
}

/* What every plan has, wherever it leads. */
static void
draft_ends(struct rf_drafting *draft, const struct rf_policy_tables *tables)
{
	draft->plan->recording_header = rf_draft_string(draft, tables->recording_header);
	draft->plan->ivr = rf_draft_string(draft, tables->ivr);
	draft->plan->ivr_ring_ms = RF_POLICY_RING_MS;
}

void
rf_draft_route(struct rf_drafting *draft, struct rf_policy *policy,
    const struct rf_route_question *question, uint32_t index, uint32_t skill)
{
	const struct rf_policy_route *route = &policy->tables->routes[index];
	struct rf_plan *plan = draft->plan;
	char number[32];
	snprintf(number, sizeof(number), "routes[%u]", index);
	plan->route = rf_draft_string(draft, first_of(route->name, number));
	plan->wrap_up = rf_draft_string(draft, route->wrap_up);
	plan->recording_policy = rf_draft_string(draft, route->recording_policy);
	switch (route->to.kind) {
	case RF_TO_QUEUE:
		draft_queues(draft, policy, question, route->to.text);
		break;
	case RF_TO_SKILL:
		if (skill != RF_POLICY_NONE)
			rf_draft_skill(draft, policy, question, skill);
		break;
	case RF_TO_URI:
		draft_target(draft, route->to.text, route->ring_ms);
		break;
	case RF_TO_REJECT:
		break;
	}
	draft_ends(draft, policy->tables);
}

void
rf_draft_failover(struct rf_drafting *draft, const struct rf_policy_tables *tables,
    const char *partner)
{
	struct rf_failover_row rows[RF_PLAN_FAILOVER_MAX];
	uint32_t count = rf_failover_rows(tables, partner, rows, RF_PLAN_FAILOVER_MAX);
	if (count > RF_PLAN_FAILOVER_MAX) {
		draft->full = true;
		return;
	}
	for (uint32_t i = 0; i < count; i++) {
		const struct rf_policy_failover *row = rows[i].row;
		draft->plan->failover[i] = (struct rf_plan_failover){
			.code_min = row->code.min,
			.code_max = row->code.max,
			.action = (uint8_t)row->action,
			.times = (uint8_t)row->times,
			.row = (uint8_t)rows[i].number,
			.backoff_ms_min = row->backoff_ms.min,
			.backoff_ms_max = row->backoff_ms.max,
			.backoff_ms_cap = row->backoff_ms_cap,
			.retry_after_ms_max = row->retry_after_ms_max,
			.wrap_up = rf_draft_string(draft,
			    row->wrap_up != NULL ? row->wrap_up : "UNAVAILABLE"),
		};
	}
	draft->plan->failover_count = (uint8_t)count;
}

bool
rf_draft_screening(struct rf_drafting *draft, struct rf_policy *policy,
    const struct rf_route_question *question, uint32_t index)
{
	const struct rf_policy_failover *row = &policy->tables->failover[index];
	struct rf_plan *plan = draft->plan;
	char number[32];
	snprintf(number, sizeof(number), "failover[%u]", index);
	if (row->action == RF_FAILOVER_OVERFLOW && row->to != NULL)
		draft_queues(draft, policy, question, row->to);
	else if (row->action == RF_FAILOVER_IVR && policy->tables->ivr != NULL)
		draft_target(draft, policy->tables->ivr, RF_POLICY_RING_MS);
	if (plan->target_count == 0)
		return false;
	plan->route = rf_draft_string(draft, number);
	draft_ends(draft, policy->tables);
	return true;
}

void
rf_draft_refusal(struct rf_drafting *draft, uint32_t status, enum rf_refusal why)
{
	struct rf_plan *plan = draft->plan;
	plan->allow = false;
	plan->status = (uint16_t)status;
	plan->target_count = 0;
	plan->failover_count = 0;
	plan->why = rf_draft_string(draft, rf_refusal_text(why));
}

void
rf_draft_end(struct rf_drafting *draft)
{
	struct rf_plan *plan = draft->plan;
	if (draft->full) {
		/* A refusal that lost only its details keeps its status. */
		uint16_t status = plan->allow ? 500 : plan->status;
		bool refer_allowed = plan->refer_allowed;
		rf_draft_begin(draft, plan);
		plan->refer_allowed = refer_allowed;
		rf_draft_refusal(draft, status, RF_WHY_FULL);
	}
	assert(!draft->full);
	plan->size = (uint32_t)offsetof(struct rf_plan, text) + plan->text_len;
}
