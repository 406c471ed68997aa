/* SPDX-License-Identifier: BSD-2-Clause */
/* grammar/internal.h -- what the files of this folder share and nobody outside may include. */
#ifndef RF_GRAMMAR_INTERNAL_H
#define RF_GRAMMAR_INTERNAL_H

#include <string.h>

#include "grammar/grammar.h"

/* Ragel runs over unsigned char: plain char has a sign on some machines and none on others. */
static inline struct rf_slice
rf_cut(const unsigned char *from, const unsigned char *to)
{
	return (struct rf_slice){ .p = (const char *)from, .len = (uint32_t)(to - from) };
}

static inline char
rf_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static inline bool
rf_is_wsp(char c)
{
	return c == ' ' || c == '\t';
}

static inline bool
rf_is_lws(char c)
{
	return rf_is_wsp(c) || c == '\r' || c == '\n';
}

/* Is each byte one of a token? */
extern const bool rf_token_chars[256];
/* 1*( alphanum and -.!%*_+`'~ ), RFC 3261 25.1. */
bool rf_token_is(struct rf_slice);
/* 0..15, or -1. */
int rf_hex_digit(char c);
/* delta-seconds; what is too large to hold is the largest value, as RFC 9111 1.2.2 advises. */
bool rf_delta_seconds(uint32_t *out, struct rf_slice);

/* UDP, TCP, TLS without case, else RF_TRANSPORT_OTHER. */
enum rf_transport rf_transport_find(struct rf_slice);

/* What the first line of a message turned out to be. */
enum rf_start_line {
	RF_START_REQUEST,
	RF_START_RESPONSE,
	RF_START_MALFORMED, /* a request line with something wrong in it */
	RF_START_VERSION,   /* a request line of another version of SIP */
	RF_START_ALIEN,     /* not SIP, or a status line we cannot read */
};
/* Fills is_request, status, method, method_text, request_uri and reason of *out. */
enum rf_start_line rf_start_line_parse(struct rf_message *out, struct rf_slice line);

/* Finds the end of one header field: its last LF, folded lines included; NULL: no LF.  *clean turns
 * false if a CR or an LF stands alone in it: line ends are CR LF and nothing else, or two elements
 * could see two different messages in the same bytes. */
static inline const char *
rf_field_end(const char *from, const char *end, bool *clean)
{
	while (from < end) {
		const char *lf = memchr(from, '\n', (size_t)(end - from));
		if (lf == NULL)
			return NULL;
		if (lf == from || memchr(from, '\r', (size_t)(lf - from)) != lf - 1)
			*clean = false;
		if (lf + 1 == end || !rf_is_wsp(lf[1]))
			return lf;
		from = lf + 1;
	}
	return NULL;
}

/* Splits it; false: the name is no token or no colon follows it. */
static inline bool
rf_field_split(struct rf_header *out, const char *from, const char *end)
{
	const char *p = from;
	while (p < end && rf_token_chars[(unsigned char)*p])
		p++;
	out->name = (struct rf_slice){ .p = from, .len = (uint32_t)(p - from) };
	while (p < end && rf_is_wsp(*p))
		p++;
	if (out->name.len == 0 || p == end || *p != ':')
		return false;
	for (p++; p < end && rf_is_lws(*p); p++)
		;
	while (end > p && rf_is_lws(end[-1]))
		end--;
	out->value = (struct rf_slice){ .p = p, .len = (uint32_t)(end - p) };
	return true;
}

#endif
