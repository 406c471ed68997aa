/* SPDX-License-Identifier: BSD-2-Clause */
/* grammar/body.c -- which reader a body gets, and which word of a NOTIFY about a transfer counts.
 *
 * A type is a claim: what the first bytes plainly are, they are read as.  HTML never is: an error
 * page of a proxy in between says nothing about the call.  What this file must never know: what is
 * done about an outcome. */
#include "grammar/body.h"

#include <string.h>

#include "grammar/body_walk.h"
#include "grammar/internal.h"

static void
say(struct rf_body *out, enum rf_body_kind kind, enum rf_body_trust trust, const char *why)
{
	*out = (struct rf_body){ .kind = kind, .trust = trust, .why = why };
}

/* ---- what it is ------------------------------------------------------------------------------ */

static bool
ends_with(struct rf_slice s, const char *suffix)
{
	struct rf_slice end = rf_slice_of(suffix);
	return s.len >= end.len &&
	       rf_slice_equal_nocase((struct rf_slice){ s.p + s.len - end.len, end.len }, end);
}

/* RF_BODY_NONE: the type says nothing of use (R20). */
static enum rf_body_kind
kind_announced(const struct rf_media_type *type)
{
	static const struct {
		const char *type, *subtype;
		enum rf_body_kind kind;
	} known[] = {
		{ "message", "sipfrag", RF_BODY_SIPFRAG },
		{ "message", "reference-info", RF_BODY_REFERENCE_INFO },
		{ "application", "json", RF_BODY_JSON },
		{ "text", "json", RF_BODY_JSON },
		{ "application", "xml", RF_BODY_XML },
		{ "text", "xml", RF_BODY_XML },
		{ "application", "x-www-form-urlencoded", RF_BODY_FORM },
		{ "text", "html", RF_BODY_UNKNOWN },
		{ "application", "xhtml+xml", RF_BODY_UNKNOWN },
	};
	for (size_t i = 0; i < RF_ARRAY_LEN(known); i++) {
		if (rf_slice_equal_nocase(type->type, rf_slice_of(known[i].type)) &&
		    rf_slice_equal_nocase(type->subtype, rf_slice_of(known[i].subtype)))
			return known[i].kind;
	}
	if (rf_slice_equal_nocase(type->type, RF_SLICE("multipart")))
		return RF_BODY_MULTIPART;
	if (ends_with(type->subtype, "+json"))
		return RF_BODY_JSON;
	return ends_with(type->subtype, "+xml") ? RF_BODY_XML : RF_BODY_NONE;
}

static bool
begins(struct rf_slice s, const char *text)
{
	size_t len = strlen(text);
	return s.len >= len && memcmp(s.p, text, len) == 0;
}

/* RF_BODY_NONE: its first bytes could be anything. */
static enum rf_body_kind
kind_seen(struct rf_slice body)
{
	if (begins(body, "\xef\xbb\xbf"))
		body = (struct rf_slice){ body.p + 3, body.len - 3 };
	body = rf_slice_trim(body);
	if (begins(body, "SIP/2.0 "))
		return RF_BODY_SIPFRAG;
	if (begins(body, "{") || begins(body, "["))
		return RF_BODY_JSON;
	return begins(body, "<") ? RF_BODY_XML : RF_BODY_NONE;
}

/* ---- the plain readers ----------------------------------------------------------------------- */

static void
sipfrag_read(struct rf_body *out, struct rf_slice body)
{
	struct rf_sipfrag frag;
	if (!rf_sipfrag_read(&frag, body)) {
		say(out, RF_BODY_SIPFRAG, RF_BODY_BAD, "no part of a SIP/2.0 message");
		return;
	}
	say(out, RF_BODY_SIPFRAG, RF_BODY_NO_STATUS, "");
	if (frag.status == 0)
		return;
	out->status = rf_body_status(out, body);
	out->trust = RF_BODY_OK;
	if (frag.reason.len > 0 && memchr(frag.reason.p, '\0', frag.reason.len) != NULL) {
		out->trust = RF_BODY_LENIENT;
		out->why = "a NUL in the reason phrase";
	}
}

static void
reference_info_read(struct rf_body *out, struct rf_slice body)
{
	uint16_t status;
	say(out, RF_BODY_REFERENCE_INFO, RF_BODY_NO_STATUS, "");
	if (rf_reference_info_parse(&status, body)) {
		out->status = status;
		out->trust = RF_BODY_OK;
	}
}

/* "a=b&c=d", read with the mapping's JSON paths of one step. */
static void
form_read(struct rf_body *out, struct rf_slice body, const struct rf_body_mapping *mapping)
{
	struct rf_body_walk walk;
	struct rf_slice name, value, rest = body;
	say(out, RF_BODY_FORM, RF_BODY_NO_STATUS, "");
	rf_body_walk_init(&walk, out, mapping == NULL ? NULL : mapping->json,
	    mapping == NULL ? NULL : mapping->alias, '.');
	while (rf_uri_header_next(&rest, &name, &value)) {
		if (!rf_body_walk_down(&walk, RF_SLICE(""), name) ||
		    !rf_body_walk_value(&walk, value, true)) {
			say(out, RF_BODY_FORM, RF_BODY_BAD, "too many fields");
			return;
		}
		rf_body_walk_up(&walk);
	}
}

static void
plain_read(struct rf_body *out, enum rf_body_kind kind, struct rf_slice body,
    const struct rf_body_mapping *mapping)
{
	switch (kind) {
	case RF_BODY_SIPFRAG:
		sipfrag_read(out, body);
		return;
	case RF_BODY_REFERENCE_INFO:
		reference_info_read(out, body);
		return;
	case RF_BODY_JSON:
		rf_body_read_json(out, body, mapping);
		return;
	case RF_BODY_XML:
		rf_body_read_xml(out, body, mapping);
		return;
	case RF_BODY_FORM:
		form_read(out, body, mapping);
		return;
	case RF_BODY_NONE:
	case RF_BODY_MULTIPART:
	case RF_BODY_UNKNOWN:
		break;
	}
	say(out, RF_BODY_UNKNOWN, RF_BODY_NO_STATUS, "a type that is not known");
}

/* Where the status comes from; the outcome of a NOTIFY, and of one part among several. */
static enum rf_outcome_source
source_of(const struct rf_body *body)
{
	if (body->status == 0)
		return RF_OUTCOME_NONE;
	switch (body->kind) {
	case RF_BODY_SIPFRAG:
		return RF_OUTCOME_SIPFRAG;
	case RF_BODY_JSON:
	case RF_BODY_XML:
	case RF_BODY_FORM:
		return RF_OUTCOME_FIELD;
	case RF_BODY_REFERENCE_INFO:
		return RF_OUTCOME_REFERENCE_INFO;
	case RF_BODY_NONE:
	case RF_BODY_MULTIPART:
	case RF_BODY_UNKNOWN:
		break;
	}
	return RF_OUTCOME_NONE;
}

/* ---- multipart ------------------------------------------------------------------------------- */

struct parts {
	struct rf_body *out;
	const struct rf_body_mapping *mapping;
	uint32_t count;
	bool open;                      /* a closing delimiter was missing */
	bool bad;                       /* some part was BAD */
};

/* One body that is not multipart, by its type or its looks. */
static void
single_read(struct rf_body *out, const struct rf_media_type *type, struct rf_slice body,
    const struct rf_body_mapping *mapping)
{
	enum rf_body_kind announced = type == NULL ? RF_BODY_NONE : kind_announced(type);
	enum rf_body_kind seen = announced == RF_BODY_UNKNOWN ? RF_BODY_NONE : kind_seen(body);
	enum rf_body_kind kind = seen == RF_BODY_NONE ? announced : seen;
	plain_read(out, kind == RF_BODY_NONE ? RF_BODY_UNKNOWN : kind, body, mapping);
	if (kind != announced && out->trust == RF_BODY_OK) {
		out->trust = RF_BODY_LENIENT;
		out->why = "another type than its Content-Type says";
	}
}

static void
part_take(struct parts *parts, const struct rf_part *part, const struct rf_media_type *type)
{
	struct rf_body found;
	if (part->encoding.len > 0 &&
	    (rf_slice_equal_nocase(part->encoding, RF_SLICE("base64")) ||
		rf_slice_equal_nocase(part->encoding, RF_SLICE("quoted-printable")))) {
		parts->bad = true;      /* RFC 3261 7.4.1 has SIP carry bodies as they are */
		return;
	}
	single_read(&found, type, part->body, parts->mapping);
	parts->bad = parts->bad || found.trust == RF_BODY_BAD;
	if (source_of(&found) < source_of(parts->out))
		*parts->out = found;
}

/* Depth first, without recursion: the stack is as deep as parts may stand in one another. */
static void
multipart_walk(struct parts *parts, struct rf_slice boundary, struct rf_slice body)
{
	struct {
		struct rf_slice rest, boundary;
	} level[RF_PART_DEPTH_MAX] = { { body, boundary } };
	uint32_t depth = 1;
	struct rf_part part;
	struct rf_media_type type;
	while (depth > 0 && parts->count <= RF_PARTS_MAX) {
		if (!rf_part_next(&level[depth - 1].rest, level[depth - 1].boundary, &part)) {
			depth--;
			continue;
		}
		parts->count++;
		parts->open = parts->open || part.unclosed;
		bool typed = rf_media_type_parse(&type, part.content_type);
		if (!rf_boundary_find(&boundary, part.content_type)) {
			part_take(parts, &part, typed ? &type : NULL);
		} else if (depth == RF_PART_DEPTH_MAX) {
			parts->bad = true;
		} else {
			level[depth].rest = part.body;
			level[depth++].boundary = boundary;
		}
	}
}

static void
multipart_read(struct rf_body *out, struct rf_slice content_type, struct rf_slice body,
    const struct rf_body_mapping *mapping)
{
	struct parts parts = { .out = out, .mapping = mapping };
	struct rf_slice boundary;
	say(out, RF_BODY_MULTIPART, RF_BODY_NO_STATUS, "no part has a status");
	if (!rf_boundary_find(&boundary, content_type)) {
		say(out, RF_BODY_MULTIPART, RF_BODY_BAD, "no boundary");
		return;
	}
	multipart_walk(&parts, boundary, body);
	if (parts.count == 0 || parts.count > RF_PARTS_MAX) {
		say(out, RF_BODY_MULTIPART, RF_BODY_BAD, "no part, or too many");
	} else if (out->status == 0) {
		if (parts.bad)
			say(out, RF_BODY_MULTIPART, RF_BODY_BAD, "a part cannot be read");
	} else if (out->trust == RF_BODY_OK && (parts.open || parts.bad)) {
		out->trust = RF_BODY_LENIENT;
		out->why = parts.open ? "the closing delimiter is missing"
				      : "another part cannot be read";
	}
}

/* ---- one body -------------------------------------------------------------------------------- */

void
rf_body_read(struct rf_body *out, struct rf_slice content_type, struct rf_slice coding,
    struct rf_slice body, const struct rf_body_mapping *mapping)
{
	struct rf_media_type type;
	bool typed = rf_media_type_parse(&type, content_type);
	if (body.len == 0) {
		say(out, RF_BODY_NONE, RF_BODY_NO_STATUS, "no body");
	} else if (coding.len > 0 && !rf_slice_equal_nocase(coding, RF_SLICE("identity"))) {
		say(out, RF_BODY_UNKNOWN, RF_BODY_BAD, "a content coding");
	} else if (body.len > RF_BODY_READ_MAX) {
		say(out, RF_BODY_UNKNOWN, RF_BODY_BAD, "too long");
	} else if (typed && kind_announced(&type) == RF_BODY_MULTIPART) {
		multipart_read(out, content_type, body, mapping);
	} else {
		single_read(out, typed ? &type : NULL, body, mapping);
	}
}

/* ---- a whole NOTIFY -------------------------------------------------------------------------- */

/* RFC 3398 8.2.6.1, the causes that a failed call brings. */
static uint16_t
q850_status(uint16_t cause)
{
	static const struct {
		uint16_t cause, status;
	} map[] = { { 1, 404 }, { 2, 404 }, { 3, 404 }, { 17, 486 }, { 18, 408 },
		{ 19, 480 }, { 20, 480 }, { 21, 403 }, { 22, 410 }, { 23, 410 }, { 26, 404 },
		{ 27, 502 }, { 28, 484 }, { 29, 501 }, { 31, 480 }, { 34, 503 }, { 38, 503 },
		{ 41, 503 }, { 42, 503 }, { 47, 503 }, { 55, 403 }, { 57, 403 }, { 58, 503 },
		{ 65, 488 }, { 70, 488 }, { 79, 501 }, { 87, 403 }, { 88, 503 }, { 102, 504 },
		{ 111, 500 }, { 127, 500 } };
	for (size_t i = 0; i < RF_ARRAY_LEN(map); i++) {
		if (map[i].cause == cause)
			return map[i].status;
	}
	return 0;
}

static uint16_t
reason_status(const struct rf_message *m)
{
	for (const struct rf_header *h = rf_message_header(m, RF_H_REASON); h != NULL;
	    h = rf_message_next(m, h)) {
		struct rf_slice rest = h->value;
		struct rf_reason reason;
		while (rf_reason_next(&rest, &reason)) {
			uint16_t status = 0;
			if (rf_slice_equal_nocase(reason.protocol, RF_SLICE("SIP")))
				status = reason.cause >= 100 && reason.cause <= 699 ? reason.cause
										    : 0;
			else if (rf_slice_equal_nocase(reason.protocol, RF_SLICE("Q.850")))
				status = q850_status(reason.cause);
			if (status != 0)
				return status;
		}
	}
	return 0;
}

/* RFC 6665 4.1.3, and a word of the field (S3).  "noresource" ends every subscription of a REFER,
 * so it says nothing of the call. */
static uint16_t
substate_status(const struct rf_subscription_state *state)
{
	static const struct {
		const char *reason;
		uint16_t status;
	} map[] = { { "rejected", 603 }, { "timeout", 408 }, { "giveup", 480 },
		{ "no-target", 404 } };
	if (state->state != RF_SUBSTATE_TERMINATED)
		return 0;
	for (size_t i = 0; i < RF_ARRAY_LEN(map); i++) {
		if (rf_slice_equal_nocase(state->reason, rf_slice_of(map[i].reason)))
			return map[i].status;
	}
	return 0;
}

void
rf_outcome_read(struct rf_outcome *out, const struct rf_message *notify,
    const struct rf_body_mapping *mapping)
{
	struct rf_subscription_state state = { 0 };
	*out = (struct rf_outcome){ .source = RF_OUTCOME_NONE };
	rf_body_read(&out->body, rf_message_value(notify, RF_H_CONTENT_TYPE),
	    rf_message_value(notify, RF_H_CONTENT_ENCODING), notify->body, mapping);
	out->review = out->body.trust == RF_BODY_BAD || out->body.trust == RF_BODY_LENIENT ||
		      out->body.kind == RF_BODY_UNKNOWN;
	if (rf_subscription_state_parse(&state, rf_message_value(notify, RF_H_SUBSCRIPTION_STATE)))
		out->terminated = state.state == RF_SUBSTATE_TERMINATED;
	out->source = source_of(&out->body);
	out->status = out->body.status;
	if (out->status == 0 && rf_reference_info_parse(&out->status,
				    rf_message_value(notify, RF_H_REFERENCE_INFO)))
		out->source = RF_OUTCOME_REFERENCE_INFO;
	if (out->status == 0 && (out->status = reason_status(notify)) != 0)
		out->source = RF_OUTCOME_REASON;
	if (out->status == 0 && (out->status = substate_status(&state)) != 0)
		out->source = RF_OUTCOME_SUBSCRIPTION_STATE;
}
