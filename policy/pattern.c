/* SPDX-License-Identifier: BSD-2-Clause */
/* policy/pattern.c -- regular expressions over routing keys: PCRE2 with its steps counted.
 *
 * Keys come from strangers, so a match has a bound, and reaching it is an answer of its own: it
 * must never look like "does not match", or a key could be written to slip past a rule. Bytes, not
 * characters: no locale decides where a call goes. */
#include "policy/parts.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

enum {
	STEPS_MAX = 20 * 1000,          /* of one match */
	DEPTH_MAX = 2000,               /* remembered places to go back to */
	HEAP_KIB_MAX = 1024,
};

struct rf_pattern {
	pcre2_code *code;
	pcre2_match_data *data;
	pcre2_match_context *limits;
};

static pcre2_code *
compile(struct rf_slice pattern, uint32_t more, int *error, size_t *at)
{
	return pcre2_compile((PCRE2_SPTR)pattern.p, pattern.len,
	    PCRE2_DOLLAR_ENDONLY | PCRE2_NEVER_UTF | PCRE2_NEVER_BACKSLASH_C | more, error, at,
	    NULL);
}

static struct rf_pattern *
pattern_new(struct rf_slice text, uint32_t more)
{
	int error;
	size_t at;
	struct rf_pattern *pattern = calloc(1, sizeof(*pattern));
	if (pattern == NULL)
		return NULL;
	pattern->code = compile(text, more, &error, &at);
	pattern->limits = pcre2_match_context_create(NULL);
	if (pattern->code != NULL)
		pattern->data = pcre2_match_data_create_from_pattern(pattern->code, NULL);
	if (pattern->limits == NULL || pattern->data == NULL) {
		rf_pattern_free(pattern);
		return NULL;
	}
	pcre2_set_match_limit(pattern->limits, STEPS_MAX);
	pcre2_set_depth_limit(pattern->limits, DEPTH_MAX);
	pcre2_set_heap_limit(pattern->limits, HEAP_KIB_MAX);
	return pattern;
}

struct rf_pattern *
rf_pattern_new(const char *text)
{
	return pattern_new(rf_slice_of(text), 0);
}

void
rf_pattern_free(struct rf_pattern *pattern)
{
	if (pattern == NULL)
		return;
	pcre2_match_data_free(pattern->data);
	pcre2_match_context_free(pattern->limits);
	pcre2_code_free(pattern->code);
	free(pattern);
}

static enum rf_pattern_result
result_of(int rc)
{
	return rc == PCRE2_ERROR_NOMATCH ? RF_PATTERN_NO_MATCH :
	    rc == PCRE2_ERROR_NOMEMORY   ? RF_PATTERN_TOO_LONG :
	    rc < 0                       ? RF_PATTERN_TOO_MANY_STEPS : RF_PATTERN_MATCH;
}

enum rf_pattern_result
rf_pattern_match(const struct rf_pattern *pattern, struct rf_slice text)
{
	return result_of(pcre2_match(pattern->code, (PCRE2_SPTR)text.p, text.len, 0, 0,
	    pattern->data, pattern->limits));
}

enum rf_pattern_result
rf_pattern_replace(const struct rf_pattern *pattern, const char *replacement, struct rf_key *key)
{
	char out[RF_POLICY_KEY_MAX + 1];                /* and the NUL of the library */
	size_t len = sizeof(out);
	int rc = pcre2_substitute(pattern->code, (PCRE2_SPTR)key->text, key->len, 0,
	    PCRE2_SUBSTITUTE_UNSET_EMPTY, pattern->data, pattern->limits, (PCRE2_SPTR)replacement,
	    PCRE2_ZERO_TERMINATED, (PCRE2_UCHAR *)out, &len);
	if (rc <= 0)
		return rc == 0 ? RF_PATTERN_NO_MATCH : result_of(rc);
	memcpy(key->text, out, len);
	key->len = (uint32_t)len;
	return RF_PATTERN_MATCH;
}

/* ---- may a pattern stand in a configuration? ------------------------------------------------ */

/* A key of the bytes again and again, and one behind them that nothing expects. */
static enum rf_pattern_result
probe(const struct rf_pattern *pattern, const char *bytes, uint32_t len)
{
	char text[RF_POLICY_KEY_MAX];
	for (uint32_t i = 0; i < sizeof(text); i++)
		text[i] = bytes[i % len];
	text[sizeof(text) - 1] = '\x01';
	return rf_pattern_match(pattern, (struct rf_slice){ text, sizeof(text) });
}

/* Does the time for a match explode?  The strings that make it are made of a pattern's own letters
 * and of what its classes stand for, repeated. */
static bool
explodes(struct rf_slice text)
{
	static const char usual[] = "a0 A-_.+1";
	struct rf_pattern *pattern = pattern_new(text, PCRE2_NO_START_OPTIMIZE);
	bool found = false;
	if (pattern == NULL)
		return false;
	for (uint32_t i = 0; i + 1 < sizeof(usual) && !found; i++)
		found = probe(pattern, usual + i, 1) == RF_PATTERN_TOO_MANY_STEPS;
	for (uint32_t i = 0; i < text.len && !found; i++) {
		for (uint32_t len = 1; len <= 3 && i + len <= text.len && !found; len++)
			found = probe(pattern, text.p + i, len) == RF_PATTERN_TOO_MANY_STEPS;
	}
	rf_pattern_free(pattern);
	return found;
}

bool
rf_pattern_is_good(struct rf_slice text, char error[RF_POLICY_ERROR_MAX])
{
	int code;
	size_t at;
	char why[100] = "";
	if (text.len > RF_POLICY_KEY_MAX) {
		snprintf(error, RF_POLICY_ERROR_MAX, "it is longer than %d bytes",
		    RF_POLICY_KEY_MAX);
		return false;
	}
	pcre2_code *compiled = compile(text, 0, &code, &at);
	if (compiled == NULL) {
		pcre2_get_error_message(code, (PCRE2_UCHAR *)why, sizeof(why));
		snprintf(error, RF_POLICY_ERROR_MAX, "%s, behind byte %zu", why, at);
		return false;
	}
	pcre2_code_free(compiled);
	if (explodes(text)) {
		snprintf(error, RF_POLICY_ERROR_MAX,
		    "some keys would take more than %d steps; make what repeats possessive (a++)",
		    STEPS_MAX);
		return false;
	}
	return true;
}

/* Groups that the pattern has. */
static uint32_t
groups_of(const char *text)
{
	uint32_t count = 0;
	struct rf_pattern *pattern = rf_pattern_new(text);
	if (pattern != NULL)
		pcre2_pattern_info(pattern->code, PCRE2_INFO_CAPTURECOUNT, &count);
	rf_pattern_free(pattern);
	return count;
}

bool
rf_replacement_is_good(const char *pattern, const char *text, char error[RF_POLICY_ERROR_MAX])
{
	uint32_t groups = groups_of(pattern);
	for (const char *p = strchr(text, '$'); p != NULL; p = strchr(p, '$')) {
		bool braces = *++p == '{';
		uint32_t group = 0, digits = 0;
		if (*p == '$') {
			p++;
			continue;
		}
		for (p += braces; *p >= '0' && *p <= '9' && digits < 3; digits++)
			group = group * 10 + (uint32_t)(*p++ - '0');
		if (digits == 0 || (braces && *p != '}')) {
			snprintf(error, RF_POLICY_ERROR_MAX,
			    "expected $1, ${1} or $$ for every dollar sign");
			return false;
		}
		if (group > groups) {
			snprintf(error, RF_POLICY_ERROR_MAX, "the pattern has no group %u", group);
			return false;
		}
	}
	return true;
}
