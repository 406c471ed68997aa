/* SPDX-License-Identifier: BSD-2-Clause */
/* policy/refer_to.c -- headers embedded in Refer-To (RFC 3261 19.1.1): which may travel on (T12).
 *
 * The referrer writes into a request of ours here, so a short list decides, and no byte that could
 * end a line passes - not even in a header that is dropped anyway. */
#include "policy/parts.h"

#include <string.h>

enum { EMBEDDED_MAX = 16 };                     /* of them that travel on */

uint32_t
rf_elements_count(const struct rf_message *message, enum rf_header_id id, struct rf_slice *first)
{
	uint32_t count = 0;
	*first = (struct rf_slice){ NULL, 0 };
	for (const struct rf_header *h = rf_message_header(message, id); h != NULL;
	    h = rf_message_next(message, h)) {
		struct rf_slice rest = h->value, element;
		while (rf_list_next(&rest, &element)) {
			if (count++ == 0)
				*first = element;
		}
	}
	return count;
}

uint32_t
rf_refer_to_screen(struct rf_message *message, enum rf_refusal *why)
{
	struct rf_slice value;
	uint32_t count = rf_elements_count(message, RF_H_REFER_TO, &value);
	*why = count == 0 ? RF_WHY_REFER_TO_NONE : RF_WHY_REFER_TO_SEVERAL;
	if (count != 1)
		return 400;
	const struct rf_refer_to *to = rf_message_refer_to(message);
	*why = RF_WHY_REFER_TO;
	if (to == NULL)
		return 400;
	*why = RF_WHY_METHOD;
	if (to->method.len > 0 && !rf_slice_equal(to->method, RF_SLICE("INVITE")))
		return 403;
	*why = RF_WHY_REFER_TO_SCHEME;
	return to->address.uri.scheme == RF_SCHEME_OTHER ? 416 : 0;
}

struct decoded {
	char bytes[RF_PLAN_TEXT_MAX];
	uint32_t len;
};

/* 0, or a status. */
static uint32_t
decode(struct decoded *out, struct rf_slice in, enum rf_refusal *why)
{
	out->len = 0;
	if (in.len > 0) {
		int32_t len = rf_unescape(out->bytes, sizeof(out->bytes), in);
		if (len < 0) {
			*why = RF_WHY_EMBEDDED_ESCAPE;
			return 400;
		}
		out->len = (uint32_t)len;
	}
	for (uint32_t i = 0; i < out->len; i++) {
		unsigned char c = (unsigned char)out->bytes[i];
		if ((c < 0x20 && c != '\t') || c == 0x7f) {
			*why = RF_WHY_EMBEDDED_CONTROL;
			return 400;
		}
	}
	return 0;
}

static bool
is_token(struct rf_slice s)
{
	for (uint32_t i = 0; i < s.len; i++) {
		char c = s.p[i];
		bool alphanumeric = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
		    (c >= 'A' && c <= 'Z');
		if (!alphanumeric && (c == '\0' || strchr("-.!%*_+`'~", c) == NULL))
			return false;
	}
	return s.len > 0;
}

/* What a back-to-back user agent writes itself on every leg. */
static const enum rf_header_id of_the_leg[] = {
	RF_H_FROM,
	RF_H_TO,
	RF_H_CALL_ID,
	RF_H_CSEQ,
	RF_H_VIA,
	RF_H_ROUTE,
	RF_H_RECORD_ROUTE,
	RF_H_CONTACT,
	RF_H_MAX_FORWARDS,
	RF_H_CONTENT_LENGTH,
};

const char *
rf_pass_pattern_error(struct rf_slice pattern)
{
	/* '*' is a token character; as a pattern it stands at the end only. */
	if (!is_token(pattern))
		return "not a header name";
	if (memchr(pattern.p, '*', pattern.len - 1) != NULL)
		return "a '*' can only end it";
	if (pattern.len == 1 && pattern.p[0] == '*')
		return "it would pass everything";
	enum rf_header_id id = rf_header_find(pattern);
	for (uint32_t i = 0; i < RF_ARRAY_LEN(of_the_leg); i++) {
		if (of_the_leg[i] == id)
			return "this header belongs to each leg and cannot pass";
	}
	return NULL;
}

const char *
rf_own_header_error(struct rf_slice name)
{
	if (!is_token(name) || memchr(name.p, '*', name.len) != NULL)
		return "not a header name";
	/* What we know by name we write or pass on for reasons of our own. */
	return rf_header_find(name) == RF_H_OTHER ? NULL : "a header with a meaning of its own";
}

struct rf_slice
rf_lines_without(char *lines, uint32_t len, const char *name)
{
	uint32_t kept = 0, at = 0;
	while (name != NULL && at < len) {
		const char *end = memchr(lines + at, '\n', len - at);
		uint32_t line = end == NULL ? len - at : (uint32_t)(end - lines) + 1 - at;
		const char *colon = memchr(lines + at, ':', line);
		struct rf_slice is = { lines + at, colon == NULL ? 0 :
			(uint32_t)(colon - lines) - at };
		if (!rf_slice_equal_nocase(rf_slice_trim(is), rf_slice_of(name))) {
			memmove(lines + kept, lines + at, line);
			kept += line;
		}
		at += line;
	}
	return (struct rf_slice){ lines, name == NULL ? len : kept };
}

static bool
begins_with_x(struct rf_slice name)
{
	return name.len > 2 && rf_slice_equal_nocase((struct rf_slice){ name.p, 2 },
	    RF_SLICE("X-"));
}

/* The name to write, or an empty slice: not on the list. */
static struct rf_slice
admit(struct rf_slice name, struct rf_slice value)
{
	enum rf_header_id id = rf_header_find(name);
	if (id == RF_H_REPLACES || id == RF_H_USER_TO_USER ||
	    (id == RF_H_REQUIRE && rf_slice_equal_nocase(value, RF_SLICE("replaces"))))
		return rf_header_name(id);
	if (id == RF_H_OTHER && begins_with_x(name) && is_token(name))
		return name;
	return (struct rf_slice){ NULL, 0 };
}

static bool
append(char *text, uint32_t *len, struct rf_slice s)
{
	if (s.len > RF_PLAN_TEXT_MAX - *len)
		return false;
	memcpy(text + *len, s.p, s.len);
	*len += s.len;
	return true;
}

uint32_t
rf_refer_to_embedded(struct rf_drafting *draft, struct rf_slice headers, struct rf_policy *policy,
    enum rf_refusal *why)
{
	char text[RF_PLAN_TEXT_MAX];
	struct decoded name, value;
	struct rf_slice raw_name, raw_value;
	uint32_t len = 0, kept = 0, replaces = 0;
	bool fits = true;
	while (rf_uri_header_next(&headers, &raw_name, &raw_value)) {
		uint32_t status = decode(&name, raw_name, why);
		if (status == 0)
			status = decode(&value, raw_value, why);
		if (status != 0)
			return status;
		struct rf_slice clean = { value.bytes, value.len };
		clean = rf_slice_trim(clean);
		struct rf_slice as = admit((struct rf_slice){ name.bytes, name.len }, clean);
		const char *own = policy->tables->recording_header;
		if (as.len == 0 || (own != NULL && rf_slice_equal_nocase(as, rf_slice_of(own)))) {
			policy->embedded_dropped++;
			continue;
		}
		struct rf_replaces dialog;
		if (rf_slice_equal(as, RF_SLICE("Replaces")) &&
		    (replaces++ > 0 || !rf_replaces_parse(&dialog, clean))) {
			*why = RF_WHY_EMBEDDED_REPLACES;
			return 400;
		}
		if (kept++ == EMBEDDED_MAX) {
			*why = RF_WHY_EMBEDDED_MANY;
			return 400;
		}
		fits = fits && append(text, &len, as) && append(text, &len, RF_SLICE(": ")) &&
		    append(text, &len, clean) && append(text, &len, RF_SLICE("\r\n"));
	}
	if (!fits)
		draft->full = true;
	else
		draft->plan->headers = rf_draft_text(draft, (struct rf_slice){ text, len });
	return 0;
}
