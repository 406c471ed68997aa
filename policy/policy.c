/* SPDX-License-Identifier: BSD-2-Clause */
/* policy/policy.c -- the order of the decisions: who, whether, what, where.
 *
 * Everything that can refuse a REFER is asked before a plan allows it, because after the 2xx
 * there is only NOTIFY left to say no with (T22). */
#include "policy/policy.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "policy/parts.h"

static bool
compile_partners(struct rf_policy *policy)
{
	const struct rf_policy_tables *tables = policy->tables;
	policy->refers_due = calloc((size_t)tables->partners_count + 1,
	    sizeof(*policy->refers_due));
	policy->allowed = rf_allowlists_new(tables->partners_count);
	if (policy->refers_due == NULL || policy->allowed == NULL)
		return false;
	for (uint32_t i = 0; i < tables->partners_count; i++) {
		const struct rf_policy_partner *partner = &tables->partners[i];
		if (partner->name != NULL)
			rf_index_add(&policy->partners, partner->name, i);
		if (!rf_allowlist_init(rf_allowlist_at(policy->allowed, i), partner->referred_by,
		    partner->referred_by_count))
			return false;
	}
	return true;
}

/* Everything that is looked up by name, and patterns; false: no memory. */
static bool
compile(struct rf_policy *policy)
{
	const struct rf_policy_tables *tables = policy->tables;
	policy->position = calloc((size_t)tables->queues_count + 1, sizeof(*policy->position));
	policy->pattern = calloc((size_t)tables->normalise_count + 1, sizeof(*policy->pattern));
	if (policy->position == NULL || policy->pattern == NULL ||
	    !rf_index_init(&policy->partners, tables->partners_count) ||
	    !rf_index_init(&policy->queues, tables->queues_count) ||
	    !rf_index_init(&policy->skills, tables->skills_count) || !compile_partners(policy))
		return false;
	for (uint32_t i = 0; i < tables->queues_count; i++) {
		if (tables->queues[i].name != NULL)
			rf_index_add(&policy->queues, tables->queues[i].name, i);
	}
	for (uint32_t i = 0; i < tables->skills_count; i++) {
		if (tables->skills[i].key != NULL)
			rf_index_add(&policy->skills, tables->skills[i].key, i);
	}
	for (uint32_t i = 0; i < tables->normalise_count; i++) {
		if (tables->normalise[i].match != NULL && tables->normalise[i].replace != NULL)
			policy->pattern[i] = rf_pattern_new(tables->normalise[i].match);
	}
	return rf_route_index_init(&policy->routes, policy);
}

struct rf_policy *
rf_policy_new(const struct rf_policy_tables *tables)
{
	assert(tables != NULL);
	struct rf_policy *policy = calloc(1, sizeof(*policy));
	if (policy == NULL)
		return NULL;
	policy->tables = tables;
	if (compile(policy))
		return policy;
	rf_policy_free(policy);
	return NULL;
}

void
rf_policy_free(struct rf_policy *policy)
{
	if (policy == NULL)
		return;
	rf_allowlists_free(policy->allowed, policy->tables->partners_count);
	free(policy->refers_due);
	rf_index_fini(&policy->partners);
	rf_index_fini(&policy->queues);
	rf_index_fini(&policy->skills);
	rf_route_index_fini(&policy->routes);
	for (uint32_t i = 0; policy->pattern != NULL && i < policy->tables->normalise_count; i++)
		rf_pattern_free(policy->pattern[i]);
	free(policy->pattern);
	free(policy->position);
	free(policy);
}

const struct rf_policy_denials *
rf_policy_denials(const struct rf_policy *policy)
{
	return &policy->denials;
}

uint64_t
rf_policy_embedded_dropped(const struct rf_policy *policy)
{
	return policy->embedded_dropped;
}

/* A dialog that a request names, without being sent in it, must be of the same partner: who we
 * called is known by where we called it. */
static bool
is_of_named(const struct rf_policy_tables *tables, const struct rf_route_question *question,
    uint32_t index)
{
	const struct rf_route_question of = { .path = question->named,
		.names = question->named_names, .names_count = question->named_names_count };
	return question->named.remote.proto == RF_TRANSPORT_NONE ||
	    rf_partner_identify(tables, &of) == index;
}

static const struct rf_policy_partner *
find_partner(const struct rf_policy *policy, const struct rf_route_question *question,
    enum rf_refusal *why)
{
	const struct rf_policy_tables *tables = policy->tables;
	if (question->partner.len == 0) {
		uint32_t index = rf_partner_identify(tables, question);
		*why = RF_WHY_SOURCE;
		if (index == RF_POLICY_NONE)
			return NULL;
		*why = RF_WHY_NAMED_DIALOG;
		return is_of_named(tables, question, index) ? &tables->partners[index] : NULL;
	}
	uint32_t bits, index = rf_index_find(&policy->partners, question->partner);
	*why = RF_WHY_NO_PARTNER;
	if (index == RF_POLICY_NONE)
		return NULL;
	/* Who knows a dialog's tags is not therefore its partner. */
	*why = RF_WHY_DIALOG;
	const struct rf_policy_partner *partner = &tables->partners[index];
	return question->partner_assumed || rf_partner_holds(partner, question, &bits) ? partner :
	    NULL;
}

/* The REFER's own part: leaves the URI to be called in *uri; 0 or a status. */
static uint32_t
screen_refer(struct rf_drafting *draft, struct rf_policy *policy,
    const struct rf_route_question *question, const struct rf_policy_partner *partner,
    struct rf_uri *uri, enum rf_refusal *why)
{
	struct rf_message *message = question->message;
	struct rf_slice referred_by;
	if (partner->refer == RF_POLICY_REJECT) {
		*why = RF_WHY_REFER;
		return partner->refer_code != 0 ? partner->refer_code : 403;
	}
	uint32_t status = rf_refer_limit(policy, question, partner, why);
	if (status == 0)
		status = rf_refer_to_screen(message, why);
	if (status != 0)
		return status;
	status = rf_refer_authorise(partner, rf_allowlist_at(policy->allowed,
	    (uint32_t)(partner - policy->tables->partners)), message, &referred_by, why);
	draft->plan->referred_by = rf_draft_text(draft, referred_by);
	if (status != 0)
		return status;
	*uri = rf_message_refer_to(message)->address.uri;
	return rf_refer_to_embedded(draft, uri->headers, policy, why);
}

static uint32_t
screen_invite(const struct rf_message *message, struct rf_uri *uri, enum rf_refusal *why)
{
	*uri = message->uri;
	*why = RF_WHY_URI_SCHEME;
	return uri->scheme == RF_SCHEME_OTHER ? 416 : 0;
}

/* What of the caller's INVITE every INVITE of the session will carry (R3): not what we say. */
static void
draft_passed(struct rf_drafting *draft, const struct rf_policy_tables *tables,
    const struct rf_message *message)
{
	char lines[RF_PASSED_MAX];
	struct rf_writer w;
	rf_writer_init(&w, lines, sizeof lines);
	rf_write_passed(&w, message, rf_plan_text(draft->plan, draft->plan->pass));
	if (!w.overflow)
		draft->plan->headers = rf_draft_text(draft,
		    rf_lines_without(lines, w.len, tables->recording_header));
}

static void
trail_key(struct rf_route_trail *trail, const struct rf_key *key)
{
	if (trail == NULL)
		return;
	trail->has_key = true;
	trail->key_len = (uint16_t)key->len;
	memcpy(trail->key, key->text, key->len);
}

/* Where a key leads that no route takes now: it is told, even if it leads somewhere. */
static uint32_t
screen_unmatched(struct rf_drafting *draft, struct rf_policy *policy,
    const struct rf_route_question *question, const struct rf_policy_partner *partner, bool closed,
    enum rf_refusal *why)
{
	uint32_t status = closed ? 480 : 404;
	*why = closed ? RF_WHY_CLOSED : RF_WHY_UNMATCHED;
	uint32_t row = rf_failover_screening(policy->tables, partner->name, status);
	if (row == RF_POLICY_NONE || !rf_draft_screening(draft, policy, question, row))
		return status;
	draft->plan->why = rf_draft_string(draft, rf_refusal_text(*why));
	return 0;
}

static uint32_t
choose(struct rf_drafting *draft, struct rf_policy *policy,
    const struct rf_route_question *question, const struct rf_policy_partner *partner,
    struct rf_slice key, enum rf_refusal *why)
{
	struct rf_route_found found;
	rf_route_find(policy, question, partner, key, &found);
	if (found.route == RF_POLICY_NONE)
		return screen_unmatched(draft, policy, question, partner, found.closed, why);
	rf_draft_route(draft, policy, question, found.route, found.skill);
	const struct rf_policy_route *route = &policy->tables->routes[found.route];
	*why = RF_WHY_REJECTS;
	if (route->to.kind == RF_TO_REJECT)
		return route->status != 0 ? route->status : 403;
	*why = RF_WHY_NO_TARGET;
	return !draft->full && draft->plan->target_count == 0 ? 500 : 0;
}

/* Everything behind the partner; 0: the plan stands. */
static uint32_t
decide(struct rf_drafting *draft, struct rf_policy *policy,
    const struct rf_route_question *question,
    const struct rf_policy_partner *partner, enum rf_refusal *why)
{
	const struct rf_policy_tables *tables = policy->tables;
	struct rf_uri uri;
	struct rf_key key;
	uint32_t status = question->trigger == RF_TRIGGER_REFER ?
	    screen_refer(draft, policy, question, partner, &uri, why) :
	    screen_invite(question->message, &uri, why);
	if (status != 0)
		return status;
	*why = RF_WHY_KEY;
	if (!rf_key_make(&key, &uri))
		return 400;
	trail_key(question->trail, &key);
	status = rf_key_normalise(policy, question, partner, &uri, &key, why);
	draft->plan->key = rf_draft_text(draft, rf_key_slice(&key));
	if (status != 0)
		return status;
	if (question->trigger == RF_TRIGGER_REFER)
		status = rf_refer_destination(partner, rf_key_slice(&key), why);
	if (status != 0)
		return status;
	if (question->trigger == RF_TRIGGER_INVITE)
		draft_passed(draft, tables, question->message);
	status = choose(draft, policy, question, partner, rf_key_slice(&key), why);
	if (status != 0)
		return status;
	rf_draft_failover(draft, tables, partner->name);
	if (question->trigger != RF_TRIGGER_REFER)
		draft->plan->wrap_up.len = 0;
	else if (draft->plan->wrap_up.len == 0)
		draft->plan->wrap_up = rf_draft_string(draft, "REFER_TRANSFER");
	return 0;
}

void
rf_policy_route(struct rf_policy *policy, const struct rf_route_question *question,
    struct rf_plan *out)
{
	struct rf_drafting draft;
	enum rf_refusal why = RF_WHY_SOURCE;
	assert(question->message != NULL || question->trigger == RF_TRIGGER_OPTIONS);
	rf_draft_begin(&draft, out);
	if (question->trail != NULL) {
		question->trail->has_key = false;
		question->trail->steps = question->trail->count = 0;
		question->trail->left_out = 0;
	}
	const struct rf_policy_partner *partner = find_partner(policy, question, &why);
	uint32_t status = partner == NULL ? 403 : 0;
	if (partner != NULL)
		rf_draft_partner(&draft, partner);
	if (partner != NULL && (question->trigger == RF_TRIGGER_INVITE ||
	    question->trigger == RF_TRIGGER_REFER))
		status = decide(&draft, policy, question, partner, &why);
	out->allow = status == 0;
	if (status != 0)
		rf_draft_refusal(&draft, status, why);
	else if (draft.full)
		why = RF_WHY_FULL;
	rf_draft_end(&draft);
	if (!out->allow)
		rf_refusal_count(&policy->denials, why);
}

/* What a partner's own part takes of the text. */
static uint32_t
partner_text_len(const struct rf_policy_tables *tables, const struct rf_policy_partner *partner)
{
	uint32_t len = rf_slice_of(partner->name).len;
	for (uint32_t i = 0; i < tables->failover_count; i++) {
		const struct rf_policy_failover *row = &tables->failover[i];
		if (row->partner != NULL && row->wrap_up != NULL &&
		    strcmp(row->partner, partner->name) == 0)
			len += rf_slice_of(row->wrap_up).len;
	}
	for (uint32_t i = 0; i < partner->pass_count; i++)
		len += rf_slice_of(partner->pass[i]).len + 1;
	return len;
}

/* Of a plan that so far holds what a route or a skill brings. */
static const char *
fit_error(struct rf_drafting *draft, const struct rf_policy_tables *tables)
{
	if (draft->plan->target_count == RF_PLAN_TARGETS_MAX && draft->full)
		return "too many targets with those of the overflow queues";
	rf_draft_failover(draft, tables, NULL);
	uint32_t most = 0;
	for (uint32_t i = 0; i < tables->partners_count; i++) {
		uint32_t len = partner_text_len(tables, &tables->partners[i]);
		most = len > most ? len : most;
	}
	if (draft->full ||
	    draft->plan->text_len + most + RF_POLICY_TEXT_RESERVE > RF_PLAN_TEXT_MAX)
		return "too much text in URIs, header names and wrap-up codes for one plan";
	return NULL;
}

const char *
rf_policy_fit_error(struct rf_policy *policy, uint32_t route)
{
	struct rf_plan plan;
	struct rf_drafting draft;
	rf_draft_begin(&draft, &plan);
	rf_draft_route(&draft, policy, NULL, route, RF_POLICY_NONE);
	return fit_error(&draft, policy->tables);
}

const char *
rf_policy_skill_fit_error(struct rf_policy *policy, uint32_t skill)
{
	struct rf_plan plan;
	struct rf_drafting draft;
	rf_draft_begin(&draft, &plan);
	rf_draft_skill(&draft, policy, NULL, skill);
	return fit_error(&draft, policy->tables);
}

int64_t
rf_policy_partner_index(const struct rf_policy *policy, const char *name)
{
	uint32_t index = rf_index_find(&policy->partners, rf_slice_of(name));
	return index == RF_POLICY_NONE ? -1 : (int64_t)index;
}

int64_t
rf_policy_queue_index(const struct rf_policy *policy, const char *name)
{
	uint32_t index = rf_queue_find(policy, name);
	return index == RF_POLICY_NONE ? -1 : (int64_t)index;
}

int64_t
rf_policy_skill_index(const struct rf_policy *policy, const char *key)
{
	uint32_t index = rf_index_find(&policy->skills, rf_slice_of(key));
	return index == RF_POLICY_NONE ? -1 : (int64_t)index;
}
