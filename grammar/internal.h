/* SPDX-License-Identifier: BSD-2-Clause */
/* grammar/internal.h -- what the files of this folder share and nobody outside may include. */
#ifndef RF_GRAMMAR_INTERNAL_H
#define RF_GRAMMAR_INTERNAL_H

#include <string.h>

#include "grammar/grammar.h"
#include "grammar/scan.h"

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
	return (unsigned char)c <= ' ' && (c == ' ' || c == '\t'); /* one comparison for most */
}

static inline bool
rf_is_lws(char c)
{
	return (unsigned char)c <= ' ' && (rf_is_wsp(c) || c == '\r' || c == '\n');
}

#define RF_ALWAYS_INLINE inline __attribute__((always_inline))

static RF_ALWAYS_INLINE uint64_t
rf_word_at(const char *p, size_t n)
{
	uint64_t word = 0;
	memcpy(&word, p, n);
	return word;
}

/* The bits in which n bytes at `at` of both differ, letters' case left out: a letter of the name is
 * known by its bit 6, and bit 5 is its case.  Everything about the name is a constant. */
static RF_ALWAYS_INLINE uint64_t
rf_unlike(const char *p, const char *name, size_t at, size_t n)
{
	uint64_t word = rf_word_at(name + at, n);
	uint64_t fold = (word & 0x4040404040404040u) >> 1;
	return (rf_word_at(p + at, n) | fold) ^ (word | fold);
}

/* Equal when case is ignored?  n is a constant. */
static RF_ALWAYS_INLINE bool
rf_alike(const char *p, const char *name, size_t n)
{
	if (n < 4)
		return rf_unlike(p, name, 0, n) == 0;
	if (n < 8)
		return (rf_unlike(p, name, 0, 4) | rf_unlike(p, name, n - 4, 4)) == 0;
	uint64_t bits = rf_unlike(p, name, 0, 8) | rf_unlike(p, name, n - 8, 8);
	if (n > 16)
		bits |= rf_unlike(p, name, 8, 8);
	return bits == 0;
}

/* Is the slice this literal, case ignored? */
#define RF_IS(slice, literal)                                                                      \
	((slice).len == sizeof(literal) - 1 && rf_alike((slice).p, literal, sizeof(literal) - 1))

/* What a byte may be part of, RFC 3261 25.1. */
enum {
	RF_CLASS_TOKEN = 1,     /* token */
	RF_CLASS_ALPHANUM = 2,  /* alphanum */
	RF_CLASS_VALUE = 4,     /* field_value of abnf_addr.rl */
	RF_CLASS_QUOTED = 8,    /* qdtext and SP, ASCII only */
	RF_CLASS_GRAPHIC = 16,  /* no blank and no control character */
	RF_CLASS_PARAM = 32,    /* paramchar but '%' */
	RF_CLASS_USER = 64,     /* user but '%' */
	RF_CLASS_DIGIT = 128,
};
extern const uint8_t rf_classes[256];

/* The last byte of a run of one class; p, where it begins, is taken to be in it. */
static inline const unsigned char *
rf_span(unsigned class, const unsigned char *p, const unsigned char *pe)
{
	for (; pe - p > 4; p += 4) {
		if ((rf_classes[p[1]] & class) == 0)
			return p;
		if ((rf_classes[p[2]] & class) == 0)
			return p + 1;
		if ((rf_classes[p[3]] & class) == 0)
			return p + 2;
		if ((rf_classes[p[4]] & class) == 0)
			return p + 3;
	}
	while (p + 1 < pe && (rf_classes[p[1]] & class) != 0)
		p++;
	return p;
}

/* The same for the machines (abnf_runs.rl). */
static inline const unsigned char *
rf_run(unsigned class, const unsigned char *p, const unsigned char *pe)
{
#ifdef RF_PLAIN_RUNS /* for tests/runs: every byte goes through its machine */
	pe = p;
#endif
	return rf_span(class, p, pe);
}
/* 1*( alphanum and -.!%*_+`'~ ), RFC 3261 25.1. */
bool rf_token_is(struct rf_slice);
/* 0..15, or -1. */
int rf_hex_digit(char c);
/* delta-seconds; what is too large to hold is the largest value, as RFC 9111 1.2.2 advises. */
bool rf_delta_seconds(uint32_t *out, struct rf_slice);

/* The end of every rf_<noun>_next: an element ends before `p`, its comma too if there are `more`.
 * False: a comma with nothing behind it. */
static inline bool
rf_list_go_on(struct rf_slice *rest, const unsigned char *p, const unsigned char *pe, bool more)
{
	while (p < pe && rf_is_lws((char)*p)) /* behind the last element nothing is left to trim */
		p++;
	if (more && p == pe)
		return false;
	*rest = rf_cut(p, pe);
	return true;
}

/* ::ffff:0:0/96, the form in which an IPv4 address is kept. */
bool rf_ip_is_mapped(const uint8_t ip[16]);

/* Header fields up to a blank line, and what stands behind it; a bare LF ends a line. */
void rf_fields_split(struct rf_slice text, struct rf_slice *fields, struct rf_slice *body);

/* Cuts "head;a=b;c" off a list; *params as rf_param_next wants them. */
bool rf_head_next(struct rf_slice *rest, struct rf_slice *head, struct rf_slice *params);

/* A word or two words with an '@', RFC 3261 20.8; the field has stranger ones, but no blanks. */
bool rf_call_id_is_sane(struct rf_slice value);

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

/* Finds the LF that ends a line; NULL: none.  *clean turns false if a CR or LF stands alone: line
 * ends are CR LF and nothing else, or two elements could see two different messages in the same
 * bytes. */
static inline const char *
rf_line_end(const char *p, const char *end, bool *clean)
{
	for (;; p++) {
		p = rf_scan_low(p, end);
		if (p == end)
			return NULL;
		if (*p == '\r' && end - p > 1 && p[1] == '\n')
			return p + 1;
		if (*p == '\r' || *p == '\n')
			*clean = false;
		if (*p == '\n')
			return p;
	}
}

/* The same for a header field: its last LF, folded lines included. */
static inline const char *
rf_field_end(const char *p, const char *end, bool *clean)
{
	for (;;) {
		p = rf_line_end(p, end, clean);
		if (p == NULL || p + 1 == end || !rf_is_wsp(p[1]))
			return p;
		p++;
	}
}

/* Splits it; `colon` is what rf_scan_colon found from `from` on.  False: there is no colon, or no
 * name.  Whether the name is a token is not looked at: one that rf_header_find knows is. */
static inline bool
rf_field_split(struct rf_header *out, const char *from, const char *colon, const char *end)
{
	if (colon >= end || *colon != ':')
		return false;
	const char *p = colon + 1;
	while (colon > from && rf_is_wsp(colon[-1]))
		colon--;
	out->name = (struct rf_slice){ .p = from, .len = (uint32_t)(colon - from) };
	while (p < end && rf_is_lws(*p))
		p++;
	while (end > p && rf_is_lws(end[-1]))
		end--;
	out->value = (struct rf_slice){ .p = p, .len = (uint32_t)(end - p) };
	return out->name.len > 0;
}

#endif
