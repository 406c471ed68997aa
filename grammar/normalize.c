/* SPDX-License-Identifier: BSD-2-Clause */
/* grammar/normalize.c -- are two URIs the same?  RFC 3261 19.1.4, RFC 3966 4, RFC 5954 4.  And:
 * one spelling for what has several, the raw material of a routing key (R10).
 *
 * Comparing builds no canonical copy: 19.1.4 is not transitive, so no spelling could stand for it.
 * What this file must never know: what the URI is used for (19.1.4 is not the comparison of dialogs
 * or of routes). */
#include <assert.h>
#include <string.h>

#include "grammar/internal.h"

/* Finding each parameter of one URI in the other is quadratic, so it stops being tried: a URI with
 * more than this many equals nothing. */
enum { PARAMS_MAX = 32 };

/* One character, its escape undone. */
struct unit {
	unsigned char byte;
	bool escaped;
};

static struct unit
unit_take(struct rf_slice *s)
{
	struct unit unit = { .byte = (unsigned char)s->p[0] };
	uint32_t len = 1;
	if (s->p[0] == '%' && s->len >= 3) {
		int high = rf_hex_digit(s->p[1]), low = rf_hex_digit(s->p[2]);
		if (high >= 0 && low >= 0) {
			unit.byte = (unsigned char)(high * 16 + low);
			unit.escaped = true;
			len = 3;
		}
	}
	s->p += len;
	s->len -= len;
	return unit;
}

/* RFC 2396 2.2: escaping one of these changes what the URI says. */
static bool
is_reserved(unsigned char c)
{
	return memchr(";/?:@&=+$,", c, 10) != NULL;
}

static bool
text_equal(struct rf_slice a, struct rf_slice b, bool nocase)
{
	while (a.len > 0 && b.len > 0) {
		struct unit x = unit_take(&a), y = unit_take(&b);
		if (nocase) {
			x.byte = (unsigned char)rf_lower((char)x.byte);
			y.byte = (unsigned char)rf_lower((char)y.byte);
		}
		if (x.byte != y.byte || (x.escaped != y.escaped && is_reserved(x.byte)))
			return false;
	}
	return a.len == 0 && b.len == 0;
}

static bool
host_equal(struct rf_slice a, struct rf_slice b)
{
	uint8_t ip_a[16], ip_b[16];
	if (a.len > 0 && b.len > 0 && a.p[0] == '[' && b.p[0] == '[' && rf_ip_parse(ip_a, a) &&
	    rf_ip_parse(ip_b, b))
		return memcmp(ip_a, ip_b, sizeof(ip_a)) == 0;
	return rf_slice_equal_nocase(a, b);
}

/* Parameters that mean something by their absence; transport by the RFC's own examples. */
static bool
must_be_in_both(struct rf_slice name)
{
	return text_equal(name, RF_SLICE("user"), true) ||
	       text_equal(name, RF_SLICE("ttl"), true) ||
	       text_equal(name, RF_SLICE("method"), true) ||
	       text_equal(name, RF_SLICE("maddr"), true) ||
	       text_equal(name, RF_SLICE("transport"), true);
}

/* A list of ";a=b" or of "a=b&".  Not a function pointer: the library stays free of relocations. */
enum list { PARAMS, HEADERS };

static bool
next(enum list list, struct rf_slice *rest, struct rf_slice *name, struct rf_slice *value)
{
	return list == PARAMS ? rf_param_next(rest, name, value)
			      : rf_uri_header_next(rest, name, value);
}

static bool
find(enum list list, struct rf_slice rest, struct rf_slice wanted, struct rf_slice *value)
{
	struct rf_slice name;
	for (uint32_t i = 0; i < PARAMS_MAX && next(list, &rest, &name, value); i++) {
		if (text_equal(name, wanted, true))
			return true;
	}
	return false;
}

/* Everything of a that b has too is equal there, and what must be in both is. */
static bool
covers(enum list list, struct rf_slice a, struct rf_slice b, bool all, bool nocase)
{
	struct rf_slice name, value, other;
	for (uint32_t i = 0; next(list, &a, &name, &value); i++) {
		if (i == PARAMS_MAX)
			return false;
		if (find(list, b, name, &other)) {
			if (!text_equal(value, other, nocase))
				return false;
		} else if (all || must_be_in_both(name)) {
			return false;
		}
	}
	return true;
}

static bool
both_cover(enum list list, struct rf_slice a, struct rf_slice b, bool all, bool nocase)
{
	return covers(list, a, b, all, nocase) && covers(list, b, a, all, nocase);
}

static bool
is_visual_separator(char c)
{
	return c == '-' || c == '.' || c == '(' || c == ')';
}

/* RFC 3966 4: what only helps the eye does not count. */
static bool
number_equal(struct rf_slice a, struct rf_slice b)
{
	uint32_t i = 0, j = 0;
	for (;;) {
		while (i < a.len && is_visual_separator(a.p[i]))
			i++;
		while (j < b.len && is_visual_separator(b.p[j]))
			j++;
		if (i == a.len || j == b.len)
			return i == a.len && j == b.len;
		if (rf_lower(a.p[i++]) != rf_lower(b.p[j++]))
			return false;
	}
}

bool
rf_uri_equal(const struct rf_uri *a, const struct rf_uri *b)
{
	assert(a != NULL);
	assert(b != NULL);
	if (a->scheme != b->scheme)
		return false;
	switch (a->scheme) {
	case RF_SCHEME_TEL:
		return number_equal(a->user, b->user) &&
		       both_cover(PARAMS, a->params, b->params, true, true);
	case RF_SCHEME_OTHER: {
		struct rf_slice rest_a =
		    rf_slice_between(a->scheme_text.p + a->scheme_text.len, a->all.p + a->all.len);
		struct rf_slice rest_b =
		    rf_slice_between(b->scheme_text.p + b->scheme_text.len, b->all.p + b->all.len);
		return rf_slice_equal_nocase(a->scheme_text, b->scheme_text) &&
		       rf_slice_equal(rest_a, rest_b);
	}
	case RF_SCHEME_SIP:
	case RF_SCHEME_SIPS:
		break;
	}
	return a->port == b->port && host_equal(a->host, b->host) &&
	       text_equal(a->user, b->user, false) && text_equal(a->password, b->password, false) &&
	       both_cover(PARAMS, a->params, b->params, false, true) &&
	       both_cover(HEADERS, a->headers, b->headers, true, false);
}

static bool
is_unreserved(unsigned char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c != '\0' && memchr("-_.!~*'()", c, 9) != NULL);
}

static void
write_byte(struct rf_writer *w, unsigned char c)
{
	char text = (char)c;
	rf_write(w, (struct rf_slice){ .p = &text, .len = 1 });
}

static void
write_lower(struct rf_writer *w, struct rf_slice s)
{
	for (uint32_t i = 0; i < s.len; i++)
		write_byte(w, (unsigned char)rf_lower(s.p[i]));
}

void
rf_write_user(struct rf_writer *w, struct rf_slice user)
{
	static const char hex[] = "0123456789ABCDEF";
	while (user.len > 0) {
		struct unit unit = unit_take(&user);
		if (!unit.escaped || is_unreserved(unit.byte)) {
			write_byte(w, unit.byte);
			continue;
		}
		write_byte(w, '%');
		write_byte(w, (unsigned char)hex[unit.byte >> 4]);
		write_byte(w, (unsigned char)hex[unit.byte & 15]);
	}
}

/* The next character of a number; -1: at its end, -2: what no number has. */
static int
digit_take(struct rf_slice *user, bool first)
{
	while (user->len > 0) {
		struct unit unit = unit_take(user);
		if (unit.byte == ';')
			return -1;
		if (is_visual_separator((char)unit.byte))
			continue;
		bool is_digit = unit.byte >= '0' && unit.byte <= '9';
		if (is_digit || unit.byte == '*' || unit.byte == '#' || (first && unit.byte == '+'))
			return unit.byte;
		return -2;
	}
	return -1;
}

bool
rf_write_number_of(struct rf_writer *w, struct rf_slice user)
{
	uint32_t digits = 0;
	struct rf_slice rest = user;
	int c = digit_take(&rest, true);
	for (; c >= 0; c = digit_take(&rest, false))
		digits += c != '+';
	if (c != -1 || digits == 0)
		return false;
	for (c = digit_take(&user, true); c >= 0; c = digit_take(&user, false))
		write_byte(w, (unsigned char)c);
	return true;
}

static void
write_host(struct rf_writer *w, struct rf_slice host)
{
	uint8_t ip[16];
	char text[48];
	if (host.len > 0 && host.p[0] == '[' && rf_ip_parse(ip, host) &&
	    !rf_ip_is_mapped(ip)) {
		uint32_t len = rf_ip_write(text, ip, true);
		rf_write(w, (struct rf_slice){ .p = text, .len = len });
		return;
	}
	write_lower(w, host);
}

static void
write_params(struct rf_writer *w, struct rf_slice params)
{
	struct rf_slice name, value;
	while (rf_param_next(&params, &name, &value)) {
		write_byte(w, ';');
		write_lower(w, name);
		if (value.len > 0) {
			write_byte(w, '=');
			rf_write(w, value);
		}
	}
}

void
rf_write_uri(struct rf_writer *w, const struct rf_uri *uri)
{
	write_lower(w, uri->scheme_text);
	write_byte(w, ':');
	if (uri->scheme == RF_SCHEME_OTHER) {
		rf_write(w, rf_slice_between(uri->scheme_text.p + uri->scheme_text.len + 1,
		    uri->all.p + uri->all.len));
		return;
	}
	if (uri->scheme == RF_SCHEME_TEL) {
		if (!rf_write_number_of(w, uri->user))
			rf_write_user(w, uri->user);
		write_params(w, uri->params);
		return;
	}
	if (uri->user.len > 0) {
		rf_write_user(w, uri->user);
		if (uri->password.len > 0) {
			write_byte(w, ':');
			rf_write_user(w, uri->password);
		}
		write_byte(w, '@');
	}
	write_host(w, uri->host);
	if (uri->port != 0) {
		write_byte(w, ':');
		rf_write_number(w, uri->port);
	}
	write_params(w, uri->params);
	if (uri->headers.len > 0) {
		write_byte(w, '?');
		rf_write(w, uri->headers);
	}
}
