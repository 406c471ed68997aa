/* SPDX-License-Identifier: BSD-2-Clause */
/* policy/glob.c -- patterns of routing keys: * ? [2-9] [!a-z] and \ before a literal.
 *
 * Not fnmatch(3): keys are bytes with a length, and no locale may decide where a call goes. One
 * star is remembered at a time, so that no pattern is worse than pattern x text. */
#include "policy/policy.h"

#include <string.h>

/* Matches one byte against the element at *at and moves *at behind the element. */
static bool
match_one(struct rf_slice pattern, uint32_t *at, unsigned char byte)
{
	const unsigned char *p = (const unsigned char *)pattern.p;
	uint32_t i = *at;
	if (p[i] == '?') {
		*at = i + 1;
		return true;
	}
	if (p[i] != '[') {
		if (p[i] == '\\' && i + 1 < pattern.len)
			i++;
		*at = i + 1;
		return p[i] == byte;
	}
	bool negated = i + 1 < pattern.len && p[i + 1] == '!';
	bool found = false;
	i += negated ? 2 : 1;
	/* The first byte of a class is a member even if it is ']'. */
	for (bool first = true; i < pattern.len && (first || p[i] != ']'); first = false) {
		unsigned char low = p[i], high = p[i];
		if (i + 2 < pattern.len && p[i + 1] == '-' && p[i + 2] != ']') {
			high = p[i + 2];
			i += 2;
		}
		found = found || (low <= byte && byte <= high);
		i++;
	}
	*at = i < pattern.len ? i + 1 : i;
	return found != negated;
}

bool
rf_glob_match(struct rf_slice pattern, struct rf_slice text)
{
	uint32_t at = 0, star = UINT32_MAX, retry = 0, i = 0;
	while (i < text.len) {
		uint32_t next = at;
		if (at < pattern.len && pattern.p[at] == '*') {
			star = ++at;
			retry = i;
		} else if (at < pattern.len &&
		    match_one(pattern, &next, (unsigned char)text.p[i])) {
			at = next;
			i++;
		} else if (star != UINT32_MAX) {
			at = star;
			i = ++retry;
		} else {
			return false;
		}
	}
	while (at < pattern.len && pattern.p[at] == '*')
		at++;
	return at == pattern.len;
}

bool
rf_star_match(struct rf_slice pattern, struct rf_slice text)
{
	uint32_t at = 0, star = UINT32_MAX, retry = 0, i = 0;
	while (i < text.len) {
		if (at < pattern.len && pattern.p[at] == '*') {
			star = ++at;
			retry = i;
		} else if (at < pattern.len && pattern.p[at] == text.p[i]) {
			at++;
			i++;
		} else if (star != UINT32_MAX) {
			at = star;
			i = ++retry;
		} else {
			return false;
		}
	}
	while (at < pattern.len && pattern.p[at] == '*')
		at++;
	return at == pattern.len;
}

const char *
rf_glob_error(struct rf_slice pattern)
{
	if (pattern.len > RF_POLICY_KEY_MAX)
		return "the pattern is longer than 256 bytes";
	for (uint32_t i = 0; i < pattern.len; i++) {
		if (pattern.p[i] == '\\') {
			if (++i == pattern.len)
				return "a pattern cannot end in a backslash";
		} else if (pattern.p[i] == '[') {
			uint32_t first = i + 1;
			if (first < pattern.len && pattern.p[first] == '!')
				first++;
			const char *close = first + 1 < pattern.len ?
			    memchr(pattern.p + first + 1, ']', pattern.len - first - 1) : NULL;
			if (close == NULL)
				return "'[' without its ']'";
			i = (uint32_t)(close - pattern.p);
		}
	}
	return NULL;
}
