/* SPDX-License-Identifier: BSD-2-Clause */
/* sim/sip.c -- a second, independent reader of SIP text; see sip.h for why there are two. */
#include "sim/sip.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* RFC 3261 7.3.3, RFC 3515, RFC 3892, RFC 6665 */
static const struct {
	const char *name, *compact;
} compact_forms[] = {
	{ "Via", "v" },
	{ "From", "f" },
	{ "To", "t" },
	{ "Call-ID", "i" },
	{ "Contact", "m" },
	{ "Content-Type", "c" },
	{ "Content-Length", "l" },
	{ "Supported", "k" },
	{ "Event", "o" },
	{ "Refer-To", "r" },
	{ "Referred-By", "b" },
	{ "Subject", "s" },
	{ "Allow-Events", "u" },
};

static struct rf_slice
between(const char *from, const char *to)
{
	return (struct rf_slice){ from, (uint32_t)(to - from) };
}

/* A value may be folded: RFC 3261 7.3.1. */
static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct rf_slice
trim(struct rf_slice s)
{
	while (s.len > 0 && is_blank(s.p[0]))
		s = (struct rf_slice){ s.p + 1, s.len - 1 };
	while (s.len > 0 && is_blank(s.p[s.len - 1]))
		s.len--;
	return s;
}

/* Cuts up to the next CRLF off *rest; false: there is none. */
static bool
next_line(struct rf_slice *rest, struct rf_slice *line)
{
	if (rest->len == 0)
		return false;
	const char *stop = rest->p + rest->len, *end = rest->p;
	do {
		end = end < stop ? memchr(end, '\r', (size_t)(stop - end)) : NULL;
		if (end == NULL || end + 1 == stop)
			return false;
	} while (*++end != '\n');
	end--;
	*line = between(rest->p, end);
	*rest = between(end + 2, rest->p + rest->len);
	return true;
}

bool
sip_is(struct rf_slice s, const char *text)
{
	return s.len == strlen(text) && memcmp(s.p, text, s.len) == 0;
}

static bool
is_name(struct rf_slice s, const char *name)
{
	return s.len == strlen(name) && strncasecmp(s.p, name, s.len) == 0;
}

/* Nearly every field is not the one that is looked for: four bytes tell.  Never 0. */
static uint32_t
key_of(const char *name, size_t len)
{
	return len == 0
		   ? 1
		   : (uint32_t)(len & 0xff) << 24 | (uint32_t)(name[0] & 0xdf) << 16 |
			 (uint32_t)(name[len / 2] & 0xdf) << 8 | (uint32_t)(name[len - 1] & 0xdf);
}

static uint32_t
key_of_field(struct rf_slice name)
{
	for (size_t i = 0; name.len == 1 && i < RF_ARRAY_LEN(compact_forms); i++) {
		if ((name.p[0] | 0x20) == compact_forms[i].compact[0])
			return key_of(compact_forms[i].name, strlen(compact_forms[i].name));
	}
	return key_of(name.p, name.len);
}

static bool
is_field(const struct sip_field *field, const char *name, uint32_t key)
{
	return (field->key != 0 ? field->key : key_of_field(field->name)) == key &&
	       sip_field_is(field, name);
}

bool
sip_field_is(const struct sip_field *field, const char *name)
{
	if (is_name(field->name, name))
		return true;
	if (field->name.len != 1)
		return false;
	for (size_t i = 0; i < RF_ARRAY_LEN(compact_forms); i++) {
		if (strcasecmp(compact_forms[i].name, name) == 0)
			return is_name(field->name, compact_forms[i].compact);
	}
	return false;
}

const char *
sip_compact(struct rf_slice name)
{
	for (size_t i = 0; i < RF_ARRAY_LEN(compact_forms); i++) {
		if (is_name(name, compact_forms[i].name))
			return compact_forms[i].compact;
	}
	return NULL;
}

uint32_t
sip_number(struct rf_slice s)
{
	uint32_t n = 0;
	for (uint32_t i = 0; i < s.len; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return 0;
		n = n * 10 + (uint32_t)(s.p[i] - '0');
	}
	return n;
}

static bool
read_start_line(struct sip_text *out, struct rf_slice line)
{
	const char *end = line.p + line.len, *first = memchr(line.p, ' ', line.len);
	if (first == NULL)
		return false;
	const char *second = memchr(first + 1, ' ', (size_t)(end - first - 1));
	if (second == NULL)
		return false;
	if (sip_is(between(line.p, first), "SIP/2.0")) {
		out->status = sip_number(between(first + 1, second));
		return out->status >= 100 && out->status <= 699;
	}
	out->is_request = true;
	out->method = between(line.p, first);
	out->uri = between(first + 1, second);
	return sip_is(between(second + 1, end), "SIP/2.0");
}

bool
sip_read(struct sip_text *out, struct rf_slice bytes)
{
	struct rf_slice rest = bytes, line;
	/* Not the fields: there is room for many, and a message has few. */
	out->all = bytes;
	out->body = out->method = out->uri = RF_SLICE("");
	out->is_request = false;
	out->status = out->cseq = out->count = 0;
	if (!next_line(&rest, &line) || !read_start_line(out, line))
		return false;
	for (;;) {
		if (!next_line(&rest, &line))
			return false;
		if (line.len == 0)
			break;
		struct rf_slice more;
		while (rest.len > 0 && (rest.p[0] == ' ' || rest.p[0] == '\t') &&
		       next_line(&rest, &more))
			line.len = (uint32_t)(more.p + more.len - line.p);
		const char *colon = memchr(line.p, ':', line.len);
		if (colon == NULL || out->count == SIP_FIELDS_MAX)
			return false;
		struct sip_field *field = &out->field[out->count++];
		field->name = trim(between(line.p, colon));
		field->value = trim(between(colon + 1, line.p + line.len));
		field->key = key_of_field(field->name);
	}
	out->body = rest;
	struct rf_slice cseq = sip_value(out, "CSeq");
	const char *space = cseq.len > 0 ? memchr(cseq.p, ' ', cseq.len) : NULL;
	if (space == NULL)
		return false;
	out->cseq = sip_number(between(cseq.p, space));
	struct rf_slice method = trim(between(space, cseq.p + cseq.len));
	if (!out->is_request)
		out->method = method;
	return true;
}

struct rf_slice
sip_value_at(const struct sip_text *text, const char *name, uint32_t n)
{
	uint32_t key = key_of(name, strlen(name));
	for (uint32_t i = 0; i < text->count; i++) {
		if (is_field(&text->field[i], name, key) && n-- == 0)
			return text->field[i].value;
	}
	return RF_SLICE("");
}

struct rf_slice
sip_value(const struct sip_text *text, const char *name)
{
	return sip_value_at(text, name, 0);
}

uint32_t
sip_count(const struct sip_text *text, const char *name)
{
	uint32_t count = 0, key = key_of(name, strlen(name));
	for (uint32_t i = 0; i < text->count; i++)
		count += is_field(&text->field[i], name, key);
	return count;
}

/* Where the parameters behind the address begin (or the end): a ';' outside <> and quotes. */
static const char *
params_of(struct rf_slice value)
{
	bool quoted = false, angle = false;
	const char *p = value.p, *end = value.p + value.len;
	if (value.len > 0 && *p == '<') { /* as most are: nothing quoted before the address */
		p = memchr(p, '>', value.len);
		p = p == NULL ? end : memchr(p, ';', (size_t)(end - p));
		return p == NULL ? end : p;
	}
	for (; p < end; p++) {
		if (*p == '\\' && quoted)
			p++;
		else if (*p == '"' && !angle)
			quoted = !quoted;
		else if (*p == '<' && !quoted)
			angle = true;
		else if (*p == '>' && !quoted)
			angle = false;
		else if (*p == ';' && !quoted && !angle)
			return p;
	}
	return end;
}

struct rf_slice
sip_param(struct rf_slice value, const char *name)
{
	const char *p = params_of(value), *end = value.p + value.len;
	while (p < end) {
		const char *next = memchr(p + 1, ';', (size_t)(end - p - 1));
		next = next == NULL ? end : next;
		const char *equals = memchr(p, '=', (size_t)(next - p));
		if (equals != NULL && is_name(trim(between(p + 1, equals)), name))
			return trim(between(equals + 1, next));
		p = next;
	}
	return RF_SLICE("");
}

struct rf_slice
sip_tag(const struct sip_text *text, const char *header)
{
	return sip_param(sip_value(text, header), "tag");
}

struct rf_slice
sip_branch(const struct sip_text *text)
{
	return sip_param(sip_value(text, "Via"), "branch");
}

struct rf_slice
sip_without_params(struct rf_slice value)
{
	return trim(between(value.p, params_of(value)));
}

struct rf_slice
sip_address_uri(struct rf_slice value)
{
	const char *open = value.len > 0 ? memchr(value.p, '<', value.len) : NULL;
	if (open == NULL)
		return sip_without_params(value);
	const char *close = memchr(open, '>', (size_t)(value.p + value.len - open));
	return close == NULL ? RF_SLICE("") : between(open + 1, close);
}

uint32_t
sip_frag_status(struct rf_slice body)
{
	struct rf_slice line;
	if (!next_line(&body, &line) || line.len < 12 || memcmp(line.p, "SIP/2.0 ", 8) != 0)
		return 0;
	return sip_number(between(line.p + 8, line.p + 11));
}

bool
sip_media_read(struct sip_media *out, struct rf_slice body)
{
	static const char *const directions[] = { "sendrecv", "sendonly", "recvonly", "inactive" };
	struct rf_slice line;
	*out = (struct sip_media){ .direction = "sendrecv" };
	while (next_line(&body, &line)) {
		if (line.len > 9 && memcmp(line.p, "c=IN IP4 ", 9) == 0)
			out->ip = between(line.p + 9, line.p + line.len);
		if (line.len > 8 && memcmp(line.p, "m=audio ", 8) == 0) {
			const char *space = memchr(line.p + 8, ' ', line.len - 8);
			out->port = between(line.p + 8, space != NULL ? space : line.p + line.len);
		}
		for (size_t i = 0; i < RF_ARRAY_LEN(directions); i++) {
			if (line.len > 2 && memcmp(line.p, "a=", 2) == 0 &&
			    sip_is(between(line.p + 2, line.p + line.len), directions[i]))
				out->direction = directions[i];
		}
	}
	return out->ip.len > 0 && out->port.len > 0;
}

static void
put_bytes(struct sip_out *out, const char *p, size_t len)
{
	assert(len < out->max - out->len);
	if (len > 0)
		memcpy(out->p + out->len, p, len);
	out->len += (uint32_t)len;
	out->p[out->len] = '\0';
}

static void
put_number(struct sip_out *out, unsigned n)
{
	char digits[10];
	size_t at = sizeof digits;
	do {
		digits[--at] = (char)('0' + n % 10);
	} while ((n /= 10) > 0);
	put_bytes(out, digits + at, sizeof digits - at);
}

/* Messages are made of %s, %.*s and %u; what else there is goes to printf. */
static bool
put_simply(struct sip_out *out, const char *format, va_list arguments)
{
	while (*format != '\0') {
		size_t plain = strcspn(format, "%");
		put_bytes(out, format, plain);
		format += plain;
		if (strncmp(format, "%s", 2) == 0) {
			const char *text = va_arg(arguments, const char *);
			put_bytes(out, text, strlen(text));
			format += 2;
		} else if (strncmp(format, "%u", 2) == 0) {
			put_number(out, va_arg(arguments, unsigned));
			format += 2;
		} else if (strncmp(format, "%.*s", 4) == 0) {
			int len = va_arg(arguments, int);
			const char *text = va_arg(arguments, const char *);
			put_bytes(out, text, len > 0 ? strnlen(text, (size_t)len) : 0);
			format += 4;
		} else if (*format != '\0') {
			return false;
		}
	}
	return true;
}

void
sip_put(struct sip_out *out, const char *format, ...)
{
	va_list arguments;
	uint32_t began = out->len;
	va_start(arguments, format);
	bool simple = put_simply(out, format, arguments);
	va_end(arguments);
	if (simple)
		return;
	out->len = began;
	va_start(arguments, format);
	int n = vsnprintf(out->p + out->len, out->max - out->len, format, arguments);
	va_end(arguments);
	assert(n >= 0);
	assert((uint32_t)n < out->max - out->len);
	out->len += (uint32_t)n;
}
