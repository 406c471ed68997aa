/* SPDX-License-Identifier: BSD-2-Clause */
/* sim/middlebox.c -- writes a message again, field by field, as a box in between would.
 *
 * What this file must never know: grammar/.  A box that read messages as the engine does would
 * never send it anything that surprises it. */
#include "sim/middlebox.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

struct box {
	uint32_t on, did;
	bool to_referee;
	const struct sip_text *t;
	char *out;
	uint32_t len, room; /* len > room: it did not fit */
};

static bool
is_on(const struct box *b, enum world_spell_kind kind)
{
	return (b->on >> (kind - SPELL_BOX_TAGS) & 1) != 0;
}

static void
did(struct box *b, enum world_spell_kind kind)
{
	b->did |= 1U << (kind - SPELL_BOX_TAGS);
}

static void
put(struct box *b, const char *p, uint32_t len)
{
	if (b->len + len <= b->room && len > 0)
		memcpy(b->out + b->len, p, len);
	b->len += len;
}

static void
put_text(struct box *b, const char *text)
{
	put(b, text, (uint32_t)strlen(text));
}

/* ---- names ----------------------------------------------------------------------------------- */

/* Marks of names: whose they are on the other side of the box. */
static const char of_party[] = ".p", of_referee[] = ".r";

static bool
ends_with(struct rf_slice s, const char *mark)
{
	uint32_t len = (uint32_t)strlen(mark);
	return s.len > len && memcmp(s.p + s.len - len, mark, len) == 0;
}

static void
put_name(struct box *b, struct rf_slice name, enum world_spell_kind kind)
{
	const char *gets = b->to_referee ? of_party : of_referee;
	const char *loses = b->to_referee ? of_referee : of_party;
	if (!is_on(b, kind) || name.len == 0) {
		put(b, name.p, name.len);
		return;
	}
	did(b, kind);
	if (ends_with(name, loses)) {
		put(b, name.p, name.len - (uint32_t)strlen(loses));
		return;
	}
	put(b, name.p, name.len);
	put_text(b, gets);
}

/* A NOTIFY of the party's bears a tag that referee has never seen; what it answers is put right. */
static void
put_tag(struct box *b, struct rf_slice tag, bool from)
{
	static const char other[] = "lb-";
	bool notify = from && is_on(b, SPELL_BOX_NOTIFY) && sip_is(b->t->method, "NOTIFY");
	if (notify && b->to_referee && b->t->is_request) {
		put_text(b, other);
		did(b, SPELL_BOX_NOTIFY);
	}
	if (notify && !b->to_referee && !b->t->is_request && tag.len > 3 &&
	    memcmp(tag.p, other, 3) == 0)
		tag = (struct rf_slice){ tag.p + 3, tag.len - 3 };
	put_name(b, tag, SPELL_BOX_TAGS);
}

/* ---- values ---------------------------------------------------------------------------------- */

/* From and To: the address, the tag, and - unless they are stripped - other parameters. */
static void
put_party(struct box *b, struct rf_slice value, bool from)
{
	struct rf_slice address = sip_without_params(value), tag = sip_param(value, "tag");
	const char *end = value.p + value.len, *p = address.p + address.len;
	put(b, address.p, address.len);
	while (p < end) {
		const char *next = memchr(p + 1, ';', (size_t)(end - p - 1));
		next = next == NULL ? end : next;
		struct rf_slice param = { p, (uint32_t)(next - p) };
		if (tag.len > 0 && tag.p >= p && tag.p < next) {
			put(b, p, (uint32_t)(tag.p - p));
			put_tag(b, tag, from);
		} else if (is_on(b, SPELL_BOX_PARAMS)) {
			did(b, SPELL_BOX_PARAMS);
		} else {
			put(b, param.p, param.len);
		}
		p = next;
	}
}

static bool
begins(const char *p, const char *end, const char *with)
{
	size_t len = strlen(with);
	return (size_t)(end - p) >= len && strncasecmp(p, with, len) == 0;
}

/* How long a name of a dialog is, whether or not it stands in a URI: up to ; & > or an escape of ;.
 */
static uint32_t
name_len(const char *p, const char *end)
{
	const char *at = p;
	while (at < end && strchr(";&>, ", *at) == NULL && !begins(at, end, "%3B"))
		at++;
	return (uint32_t)(at - p);
}

/* Replaces, Target-Dialog and Refer-To name dialogs: "CALL-ID;to-tag=T;from-tag=F", in a URI with
 * escapes. */
static void
put_dialog(struct box *b, struct rf_slice value, bool in_uri)
{
	static const char *const before[] = { "-tag=", "-tag%3D" };
	const char *p = value.p, *end = value.p + value.len;
	bool call_id = !in_uri;
	while (p < end) {
		uint32_t len = 0;
		if (call_id)
			put_name(
			    b, (struct rf_slice){ p, len = name_len(p, end) }, SPELL_BOX_CALL_ID);
		call_id = false;
		p += len;
		if (in_uri && begins(p, end, "Replaces=")) {
			put(b, p, 9);
			p += 9;
			call_id = true;
			continue;
		}
		for (size_t i = 0; i < RF_ARRAY_LEN(before) && len == 0; i++) {
			uint32_t skip = (uint32_t)strlen(before[i]);
			if (!begins(p, end, before[i]))
				continue;
			put(b, p, skip);
			len = name_len(p + skip, end);
			put_name(b, (struct rf_slice){ p + skip, len }, SPELL_BOX_TAGS);
			p += skip + len;
		}
		if (len == 0 && p < end)
			put(b, p++, 1);
	}
}

static void
put_stripped(struct box *b, struct rf_slice value)
{
	struct rf_slice address = sip_without_params(value);
	if (is_on(b, SPELL_BOX_PARAMS) && address.len < value.len) {
		did(b, SPELL_BOX_PARAMS);
		value = address;
	}
	put(b, value.p, value.len);
}

/* RFC 3261 7.3.1: a line may go on in the next one, behind a blank. */
static void
put_folded(struct box *b, struct rf_slice value)
{
	const char *semicolon = value.len > 0 ? memchr(value.p, ';', value.len) : NULL;
	if (semicolon == NULL || !b->to_referee) {
		put(b, value.p, value.len);
		return;
	}
	uint32_t first = (uint32_t)(semicolon - value.p);
	put(b, value.p, first);
	put_text(b, "\r\n\t ");
	put(b, semicolon, value.len - first);
	did(b, SPELL_BOX_FOLD);
}

/* ---- fields ---------------------------------------------------------------------------------- */

static bool
is_any(const struct sip_field *f, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (sip_field_is(f, names[i]))
			return true;
	}
	return false;
}

static bool
is_stripped(struct box *b, const struct sip_field *f)
{
	static const char *const supported[] = { "Supported", "Allow" };
	if (is_on(b, SPELL_BOX_ROUTE) && sip_field_is(f, "Record-Route")) {
		did(b, SPELL_BOX_ROUTE);
		return true;
	}
	if (is_on(b, SPELL_BOX_SUPPORTED) && is_any(f, supported, RF_ARRAY_LEN(supported))) {
		did(b, SPELL_BOX_SUPPORTED);
		return true;
	}
	return false;
}

static void
put_field_name(struct box *b, struct rf_slice name, uint32_t nth)
{
	const char *compact = is_on(b, SPELL_BOX_COMPACT) ? sip_compact(name) : NULL;
	if (compact != NULL) {
		put_text(b, compact);
		did(b, SPELL_BOX_COMPACT);
		return;
	}
	for (uint32_t i = 0; i < name.len; i++) {
		unsigned char c = (unsigned char)name.p[i];
		char other = (char)(nth % 2 == 0 ? tolower(c) : toupper(c));
		put(b, is_on(b, SPELL_BOX_CASE) ? &other : &name.p[i], 1);
	}
	if (is_on(b, SPELL_BOX_CASE))
		did(b, SPELL_BOX_CASE);
}

static void
put_field(struct box *b, const struct sip_field *f, uint32_t nth)
{
	static const char *const dialogs[] = { "Replaces", "Target-Dialog" };
	static const char *const stripped[] = { "Contact", "Event" };
	put_field_name(b, f->name, nth);
	put_text(b, ": ");
	if (sip_field_is(f, "From") || sip_field_is(f, "To"))
		put_party(b, f->value, sip_field_is(f, "From"));
	else if (sip_field_is(f, "Call-ID"))
		put_name(b, f->value, SPELL_BOX_CALL_ID);
	else if (is_any(f, dialogs, RF_ARRAY_LEN(dialogs)))
		put_dialog(b, f->value, false);
	else if (sip_field_is(f, "Refer-To"))
		put_dialog(b, f->value, true);
	else if (is_any(f, stripped, RF_ARRAY_LEN(stripped)))
		put_stripped(b, f->value);
	else if (is_on(b, SPELL_BOX_FOLD) && sip_field_is(f, "Via"))
		put_folded(b, f->value);
	else
		put(b, f->value.p, f->value.len);
	put_text(b, "\r\n");
}

uint32_t
middlebox_rewrite(uint32_t boxes, bool to_referee, const struct sip_text *t, char *out,
    uint32_t room, uint32_t *did_what)
{
	struct box b = { .on = boxes, .to_referee = to_referee, .t = t, .out = out, .room = room };
	const char *end = memmem(t->all.p, t->all.len, "\r\n", 2);
	put(&b, t->all.p, (uint32_t)(end - t->all.p));
	put_text(&b, "\r\n");
	for (uint32_t i = 0; i < t->count; i++) {
		if (!is_stripped(&b, &t->field[i]))
			put_field(&b, &t->field[i], i);
	}
	put_text(&b, "\r\n");
	put(&b, t->body.p, t->body.len);
	*did_what = b.did;
	return b.len <= room ? b.len : 0;
}
