/* SPDX-License-Identifier: BSD-2-Clause */
/* grammar/part.c -- header fields inside of bodies, and multipart bodies: RFC 2046 5.1, RFC 5621.
 *
 * Bodies come from further away than messages: a bare LF ends a line here, a line that is no header
 * field is passed over, a missing closing delimiter ends the last part.  What this file must never
 * know: what a part means.  Who walks into parts of parts counts RF_PARTS_MAX and
 * RF_PART_DEPTH_MAX. */
#include <assert.h>
#include <string.h>

#include "grammar/internal.h"

enum { BOUNDARY_MAX = 70 };             /* RFC 2046 5.1.1 */

bool
rf_field_next(struct rf_slice *fields, struct rf_header *out)
{
	while (fields->len > 0) {
		const char *p = fields->p, *end = fields->p + fields->len;
		bool clean = true;
		const char *colon = rf_scan_colon(p, end);
		const char *lf = rf_field_end(colon, end, &clean);
		*fields = rf_slice_between(lf == NULL ? end : lf + 1, end);
		if (!rf_field_split(out, p, colon, lf == NULL ? end : lf) ||
		    !rf_token_is(out->name))
			continue;
		out->id = (uint16_t)rf_header_find(out->name);
		out->next = 0;
		return true;
	}
	return false;
}

void
rf_fields_split(struct rf_slice text, struct rf_slice *fields, struct rf_slice *body)
{
	const char *p = text.p, *end = text.len == 0 ? text.p : text.p + text.len;
	*fields = text;
	*body = (struct rf_slice){ .p = end, .len = 0 };
	while (p < end) {
		const char *line = p, *lf = memchr(p, '\n', (size_t)(end - p));
		if (lf == NULL)
			return;
		p = lf + 1;
		if (lf == line || (lf == line + 1 && *line == '\r')) {
			*fields = rf_slice_between(text.p, line);
			*body = rf_slice_between(p, end);
			return;
		}
	}
}

bool
rf_boundary_find(struct rf_slice *boundary, struct rf_slice content_type)
{
	struct rf_media_type media;
	if (!rf_media_type_parse(&media, content_type) ||
	    !RF_IS(media.type, "multipart") ||
	    !rf_param_find(media.params, RF_SLICE("boundary"), boundary))
		return false;
	return boundary->len > 0 && boundary->len <= BOUNDARY_MAX &&
	       boundary->p[boundary->len - 1] != ' ' &&
	       memchr(boundary->p, '\n', boundary->len) == NULL;
}

/* A delimiter line. */
struct delimiter {
	const char *line, *next;        /* where it begins, where the line behind it begins */
	bool closing;
};

static bool
delimiter_at(struct delimiter *out, const char *line, const char *end, struct rf_slice boundary)
{
	if ((size_t)(end - line) < boundary.len + 2 || line[0] != '-' || line[1] != '-' ||
	    memcmp(line + 2, boundary.p, boundary.len) != 0)
		return false;
	const char *p = line + 2 + boundary.len;
	*out = (struct delimiter){ .line = line };
	if (end - p >= 2 && p[0] == '-' && p[1] == '-') {
		out->closing = true;
		p += 2;
	}
	while (p < end && (rf_is_wsp(*p) || *p == '\r'))
		p++;
	if (p < end && *p != '\n')
		return false;           /* a longer boundary that begins like ours */
	out->next = p < end ? p + 1 : end;
	return true;
}

/* The first delimiter line from `line`, the beginning of one, on. */
static bool
delimiter_find(struct delimiter *out, const char *line, const char *end, struct rf_slice boundary)
{
	while (line < end) {
		if (delimiter_at(out, line, end, boundary))
			return true;
		const char *lf = memchr(line, '\n', (size_t)(end - line));
		if (lf == NULL)
			return false;
		line = lf + 1;
	}
	return false;
}

static void
fields_take(struct rf_part *out)
{
	struct rf_slice rest = out->fields;
	struct rf_header h;
	while (rf_field_next(&rest, &h)) {
		if (h.id == RF_H_CONTENT_TYPE)
			out->content_type = h.value;
		else if (h.id == RF_H_CONTENT_ID)
			out->content_id = h.value;
		else if (h.id == RF_H_CONTENT_DISPOSITION)
			out->disposition = h.value;
		else if (rf_slice_equal_nocase(h.name, RF_SLICE("Content-Transfer-Encoding")))
			out->encoding = h.value;
	}
}

bool
rf_part_next(struct rf_slice *rest, struct rf_slice boundary, struct rf_part *out)
{
	struct delimiter first, second;
	assert(boundary.len > 0);
	if (rest->len == 0)
		return false;
	const char *end = rest->p + rest->len;
	if (!delimiter_find(&first, rest->p, end, boundary) || first.closing) {
		*rest = rf_slice_between(end, end);
		return false;
	}
	const char *stop = end;
	*rest = rf_slice_between(end, end);
	*out = (struct rf_part){ .unclosed = true };
	if (delimiter_find(&second, first.next, end, boundary)) {
		*rest = rf_slice_between(second.line, end);
		out->unclosed = false;
		stop = second.line;     /* the line end before it belongs to it */
		if (stop > first.next)
			stop--;
		if (stop > first.next && stop[-1] == '\r')
			stop--;
	}
	rf_fields_split(rf_slice_between(first.next, stop), &out->fields, &out->body);
	fields_take(out);
	return true;
}
