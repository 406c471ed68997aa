/* SPDX-License-Identifier: BSD-2-Clause */
/* policy/normalise.c -- what partners write becomes what the routes are written for.
 *
 * The key is the user part of a parsed URI (key.c); the rules work on it in their order, each on
 * what the one before left. What they cannot do is decide: a rule that does not apply is passed
 * over, and a key that a rule could not finish with is refused. */
#include "policy/parts.h"

#include <assert.h>
#include <string.h>

/* A part of the URI as a key; false: it is not there, or no key. */
static bool
take(const struct rf_policy_take *what, const struct rf_uri *uri, struct rf_key *key)
{
	struct rf_slice value = { NULL, 0 }, name = rf_slice_of(what->name), headers = uri->headers;
	struct rf_slice header, text;
	switch (what->kind) {
	case RF_TAKE_NOTHING:
		return false;
	case RF_TAKE_HOST:
		value = uri->host;
		break;
	case RF_TAKE_PARAMETER:
		if (!rf_param_find(uri->params, name, &value))
			return false;
		break;
	case RF_TAKE_HEADER:
		while (value.p == NULL && rf_uri_header_next(&headers, &header, &text)) {
			if (rf_slice_equal_nocase(header, name))
				value = text;
		}
		break;
	}
	return value.len > 0 && rf_key_set(key, value);
}

/* 00..., 0... and +... become +...: as it is written from abroad. */
static enum rf_step_verdict
to_international(const struct rf_policy_rule *rule, struct rf_key *key)
{
	struct rf_key number = *key;
	struct rf_slice from = { key->text, key->len };
	struct rf_slice abroad = rf_slice_of(rule->international);
	struct rf_slice trunk = rf_slice_of(rule->national);
	if (!rf_key_is_number(key))
		return RF_STEP_NO_NUMBER;
	rf_key_drop_separators(&number);
	from = (struct rf_slice){ number.text, number.len };
	if (from.p[0] == '+') {
		*key = number;
		return RF_STEP_DONE;
	}
	const char *country = "";
	uint32_t cut;
	if (from.len > abroad.len && memcmp(from.p, abroad.p, abroad.len) == 0) {
		cut = abroad.len;
	} else if (from.len > trunk.len && memcmp(from.p, trunk.p, trunk.len) == 0) {
		cut = trunk.len;
		country = rule->country;
	} else {
		return RF_STEP_NO_NUMBER;       /* an extension, a short code */
	}
	struct rf_slice code = rf_slice_of(country);
	if (1 + code.len + from.len - cut > sizeof(key->text))
		return RF_STEP_TOO_LONG;
	key->text[0] = '+';
	memcpy(key->text + 1, code.p, code.len);
	memcpy(key->text + 1 + code.len, from.p + cut, from.len - cut);
	key->len = 1 + code.len + from.len - cut;
	return RF_STEP_DONE;
}

static void
fold(enum rf_policy_fold how, struct rf_key *key)
{
	for (uint32_t i = 0; i < key->len; i++) {
		char c = key->text[i];
		if (how == RF_FOLD_LOWER && c >= 'A' && c <= 'Z')
			key->text[i] = (char)(c + ('a' - 'A'));
		else if (how == RF_FOLD_UPPER && c >= 'a' && c <= 'z')
			key->text[i] = (char)(c - ('a' - 'A'));
	}
}

static enum rf_step_verdict
apply(const struct rf_policy_rule *rule, const struct rf_pattern *pattern, const struct rf_uri *uri,
    struct rf_key *key)
{
	if (rule->take.kind != RF_TAKE_NOTHING)
		return take(&rule->take, uri, key) ? RF_STEP_DONE : RF_STEP_NO_PART;
	if (rule->country != NULL)
		return to_international(rule, key);
	if (rule->fold != RF_FOLD_NOTHING) {
		fold(rule->fold, key);
		return RF_STEP_DONE;
	}
	if (pattern == NULL)
		return RF_STEP_NO_MATCH;
	switch (rf_pattern_replace(pattern, rule->replace, key)) {
	case RF_PATTERN_MATCH:
		return RF_STEP_DONE;
	case RF_PATTERN_NO_MATCH:
		return RF_STEP_NO_MATCH;
	case RF_PATTERN_TOO_LONG:
		return RF_STEP_TOO_LONG;
	case RF_PATTERN_TOO_MANY_STEPS:
		break;
	}
	return RF_STEP_TOO_MANY_STEPS;
}

static enum rf_step_verdict
judge(const struct rf_policy_rule *rule, const struct rf_pattern *pattern,
    enum rf_plan_trigger trigger, const struct rf_policy_partner *partner, const struct rf_uri *uri,
    struct rf_key *key)
{
	if (!rf_trigger_fits(rule->trigger, trigger))
		return RF_STEP_OTHER_TRIGGER;
	if (rule->partner != NULL && strcmp(rule->partner, partner->name) != 0)
		return RF_STEP_OTHER_PARTNER;
	if (rule->key != NULL && !rf_glob_match(rf_slice_of(rule->key), rf_key_slice(key)))
		return RF_STEP_OTHER_KEY;
	return apply(rule, pattern, uri, key);
}

uint32_t
rf_key_normalise(const struct rf_policy *policy, const struct rf_route_question *question,
    const struct rf_policy_partner *partner, const struct rf_uri *uri, struct rf_key *key,
    enum rf_refusal *why)
{
	const struct rf_policy_tables *tables = policy->tables;
	struct rf_route_trail *trail = question->trail;
	for (uint32_t i = 0; i < tables->normalise_count; i++) {
		enum rf_step_verdict verdict = judge(&tables->normalise[i], policy->pattern[i],
		    question->trigger, partner, uri, key);
		if (trail != NULL && trail->steps < RF_POLICY_RULES_MAX) {
			trail->step[trail->steps].verdict = verdict;
			trail->step[trail->steps].len = (uint16_t)key->len;
			memcpy(trail->step[trail->steps++].key, key->text, key->len);
		}
		*why = RF_WHY_KEY_LENGTH;
		if (verdict == RF_STEP_TOO_LONG)
			return 400;
		*why = RF_WHY_KEY_STEPS;
		if (verdict == RF_STEP_TOO_MANY_STEPS)
			return 400;
	}
	return 0;
}
