/* SPDX-License-Identifier: BSD-2-Clause */
/* grammar/slice.c -- comparing, trimming and reading slices.
 *
 * What this file must never know: SIP.  An empty slice may have a null pointer, and C allows not
 * even zero bytes of one to be compared: hence the tests of len. */
#include "grammar/slice.h"

#include <string.h>

#include "grammar/internal.h"

struct rf_slice
rf_slice_of(const char *text)
{
	return (struct rf_slice){ .p = text, .len = (uint32_t)strlen(text) };
}

bool
rf_slice_equal(struct rf_slice a, struct rf_slice b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.p, b.p, a.len) == 0);
}

bool
rf_slice_equal_nocase(struct rf_slice a, struct rf_slice b)
{
	if (a.len != b.len)
		return false;
	for (uint32_t i = 0; i < a.len; i++) {
		if (a.p[i] != b.p[i] && rf_lower(a.p[i]) != rf_lower(b.p[i]))
			return false;
	}
	return true;
}

struct rf_slice
rf_slice_trim(struct rf_slice s)
{
	if (s.len == 0)
		return RF_SLICE(""); /* never null: callers do arithmetic on it */
	while (s.len > 0 && rf_is_lws(s.p[0])) {
		s.p++;
		s.len--;
	}
	while (s.len > 0 && rf_is_lws(s.p[s.len - 1]))
		s.len--;
	return s;
}

bool
rf_slice_number(uint64_t *out, struct rf_slice s, uint64_t max)
{
	if (s.len == 0)
		return false;
	uint64_t value = 0;
	for (uint32_t i = 0; i < s.len; i++) {
		unsigned digit = (unsigned)(unsigned char)s.p[i] - '0';
		if (digit > 9 || __builtin_mul_overflow(value, UINT64_C(10), &value) ||
		    __builtin_add_overflow(value, digit, &value))
			return false;
	}
	if (value > max)
		return false;
	*out = value;
	return true;
}

bool
rf_slice_has_token(struct rf_slice list, struct rf_slice token)
{
	const char *p = list.p;
	for (uint32_t left = list.len; left > 0;) {
		const char *comma = memchr(p, ',', left);
		uint32_t len = comma == NULL ? left : (uint32_t)(comma - p);
		struct rf_slice element = rf_slice_trim((struct rf_slice){ .p = p, .len = len });
		if (element.len > 0 && rf_slice_equal_nocase(element, token))
			return true;
		if (comma == NULL)
			break;
		p = comma + 1;
		left -= len + 1;
	}
	return false;
}

/* clang-format off */
const bool rf_token_chars[256] = {
	['-'] = true, ['.'] = true, ['!'] = true, ['%'] = true, ['*'] = true, ['_'] = true,
	['+'] = true, ['`'] = true, ['\''] = true, ['~'] = true, ['0'] = true, ['1'] = true,
	['2'] = true, ['3'] = true, ['4'] = true, ['5'] = true, ['6'] = true, ['7'] = true,
	['8'] = true, ['9'] = true, ['A'] = true, ['B'] = true, ['C'] = true, ['D'] = true,
	['E'] = true, ['F'] = true, ['G'] = true, ['H'] = true, ['I'] = true, ['J'] = true,
	['K'] = true, ['L'] = true, ['M'] = true, ['N'] = true, ['O'] = true, ['P'] = true,
	['Q'] = true, ['R'] = true, ['S'] = true, ['T'] = true, ['U'] = true, ['V'] = true,
	['W'] = true, ['X'] = true, ['Y'] = true, ['Z'] = true, ['a'] = true, ['b'] = true,
	['c'] = true, ['d'] = true, ['e'] = true, ['f'] = true, ['g'] = true, ['h'] = true,
	['i'] = true, ['j'] = true, ['k'] = true, ['l'] = true, ['m'] = true, ['n'] = true,
	['o'] = true, ['p'] = true, ['q'] = true, ['r'] = true, ['s'] = true, ['t'] = true,
	['u'] = true, ['v'] = true, ['w'] = true, ['x'] = true, ['y'] = true, ['z'] = true,
};
/* clang-format on */

bool
rf_token_is(struct rf_slice s)
{
	for (uint32_t i = 0; i < s.len; i++) {
		if (!rf_token_chars[(unsigned char)s.p[i]])
			return false;
	}
	return s.len > 0;
}

int
rf_hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = rf_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool
rf_delta_seconds(uint32_t *out, struct rf_slice s)
{
	uint64_t value;
	for (uint32_t i = 0; i < s.len; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	}
	if (s.len == 0)
		return false;
	*out = rf_slice_number(&value, s, UINT32_MAX) ? (uint32_t)value : UINT32_MAX;
	return true;
}
