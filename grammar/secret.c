/* SPDX-License-Identifier: BSD-2-Clause */
/* grammar/secret.c -- finds credentials by the few bytes in front of them.
 *
 * What comes here may be anything: messages, single header lines, plans, snapshots.  So there is no
 * beginning of a line to rely on, and one pass over the bytes looks at ':' and '=' only. */
#include "grammar/secret.h"

#include <string.h>

#include "grammar/grammar.h"

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

/* Does [from, to) end in `word`, case ignored? */
static bool
ends_in(const char *from, const char *to, struct rf_slice word)
{
	if ((size_t)(to - from) < word.len)
		return false;
	const char *p = to - word.len;
	for (uint32_t i = 0; i < word.len; i++) {
		if (lower(p[i]) != word.p[i])
			return false;
	}
	return true;
}

static bool
is(const char *from, const char *to, struct rf_slice word)
{
	return (size_t)(to - from) == word.len && ends_in(from, to, word);
}

static bool
is_word(char c)
{
	return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z');
}

/* Behind the letters, digits and `others` from p on. */
static const char *
span(const char *p, const char *end, struct rf_slice others)
{
	while (p < end && (is_word(*p) || memchr(others.p, *p, others.len) != NULL))
		p++;
	return p;
}

static const char *
skip_blanks(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\t'))
		p++;
	return p;
}

/* Behind "Authorization:": up to the end of the line that no white space continues.  A scheme may
 * be read if it is a known one: any word would do for a value whose first word was blanked. */
static struct rf_slice
header_value(const char *p, const char *end)
{
	p = skip_blanks(p, end);
	const char *scheme = span(p, end, RF_SLICE(""));
	if (scheme < end && *scheme == ' ' &&
	    (is(p, scheme, RF_SLICE("digest")) || is(p, scheme, RF_SLICE("basic")) ||
		is(p, scheme, RF_SLICE("bearer"))))
		p = skip_blanks(scheme, end);
	const char *stop = p;
	while (stop < end && *stop != '\0') {
		const char *next = stop + 1;
		bool folded = next < end && (*next == ' ' || *next == '\t');
		bool crlf = *stop == '\r' && next < end && *next == '\n';
		if (crlf && next + 1 < end && (next[1] == ' ' || next[1] == '\t'))
			stop++;                         /* at its LF, which is folded */
		else if (crlf || (*stop == '\n' && !folded))
			break;
		stop++;
	}
	return rf_slice_between(p, stop);
}

/* Behind "sip:" or "http:": the password of user:password@, RFC 3261 25.1.  Not behind what
 * behind_equals takes for a secret: a ':' in that one, blanked, would move this one. */
static struct rf_slice
password(const char *p, const char *end)
{
	if (end - p > 2 && p[0] == '/' && p[1] == '/')
		p += 2;
	const char *user = p;
	p = span(p, end, RF_SLICE("-_.!~*'()%&=+$,;?/"));
	if (p == end || *p != ':')
		return RF_SLICE("");
	const char *stop = span(++p, end, RF_SLICE("-_.!~*'()%&=+$,"));
	for (const char *q = user; q < stop; q++) {
		if (*q == '=' && ends_in(user, q, RF_SLICE("authorization")))
			return RF_SLICE("");
	}
	return stop < end && *stop == '@' ? rf_slice_between(p, stop) : RF_SLICE("");
}

static struct rf_slice
behind_colon(const char *from, const char *colon, const char *end)
{
	const char *name = colon;
	while (name > from && (name[-1] == ' ' || name[-1] == '\t'))
		name--;
	if (name == from)
		return RF_SLICE("");
	switch (lower(name[-1])) {
	case 'n':
		if (ends_in(from, name, RF_SLICE("authorization")))
			return header_value(colon + 1, end);
		break;
	case 'e':
		if (ends_in(from, colon, RF_SLICE("inline")))
			return rf_slice_between(colon + 1, span(colon + 1, end, RF_SLICE("+/=")));
		break;
	case 'p':
		if (ends_in(from, colon, RF_SLICE("sip")) ||
		    ends_in(from, colon, RF_SLICE("http")))
			return password(colon + 1, end);
		break;
	case 's':
		if (ends_in(from, colon, RF_SLICE("sips")) ||
		    ends_in(from, colon, RF_SLICE("https")))
			return password(colon + 1, end);
		break;
	}
	return RF_SLICE("");
}

static struct rf_slice
behind_equals(const char *from, const char *equals, const char *end)
{
	if (ends_in(from, equals, RF_SLICE("authorization")))
		return rf_slice_between(
		    equals + 1, span(equals + 1, end, RF_SLICE("-_.!~*'()%[]/?:+$")));
	if (ends_in(from, equals, RF_SLICE("\nk"))) {
		const char *stop = equals + 1;
		while (stop < end && *stop != '\r' && *stop != '\n' && *stop != '\0')
			stop++;
		return rf_slice_between(equals + 1, stop);
	}
	return RF_SLICE("");
}

/* Not 0: one of the eight bytes is c (Mycroft's test). */
static uint64_t
holds(uint64_t word, uint8_t c)
{
	const uint64_t ones = UINT64_MAX / 255;
	uint64_t x = word ^ ones * c;
	return (x - ones) & ~x & ones << 7;
}

/* The first ':' or '=' from p on, or the end. */
static const char *
next_mark(const char *p, const char *end)
{
	uint64_t word;
	for (; end - p >= (ptrdiff_t)sizeof word; p += sizeof word) {
		memcpy(&word, p, sizeof word);
		if ((holds(word, ':') | holds(word, '=')) != 0)
			break;
	}
	while (p < end && *p != ':' && *p != '=')
		p++;
	return p;
}

bool
rf_secret_next(struct rf_slice text, uint32_t *at, struct rf_slice *secret)
{
	if (*at >= text.len)
		return false;
	/* Nothing is recognised by what stands in the secret before. */
	const char *from = text.p + *at, *end = text.p + text.len;
	for (const char *p; (p = next_mark(text.p + *at, end)) < end;) {
		*at = (uint32_t)(p - text.p) + 1;
		*secret = *p == ':' ? behind_colon(from, p, end) : behind_equals(from, p, end);
		if (secret->len == 0)
			continue;
		*at = (uint32_t)(secret->p + secret->len - text.p);
		return true;
	}
	*at = text.len;
	return false;
}
