/* SPDX-License-Identifier: BSD-2-Clause */
/* grammar/write.c -- text of messages into the caller's memory.
 *
 * Two promises: never a byte past max, and never a header line that the caller did not mean: a CR
 * or LF in a value is folding or it is refused. */
#include <assert.h>
#include <string.h>

#include "grammar/internal.h"

void
rf_writer_init(struct rf_writer *w, char *memory, uint32_t max)
{
	assert(memory != NULL || max == 0);
	*w = (struct rf_writer){ .p = memory, .max = max };
}

void
rf_write_number(struct rf_writer *w, uint64_t value)
{
	char digits[20];
	uint32_t at = sizeof(digits);
	do {
		digits[--at] = (char)('0' + value % 10);
		value /= 10;
	} while (value > 0);
	rf_write(w, rf_slice_between(digits + at, digits + sizeof(digits)));
}

void
rf_write_hex(struct rf_writer *w, uint64_t value, uint32_t digits)
{
	char text[16];
	assert(digits > 0);
	assert(digits <= sizeof(text));
	for (uint32_t i = digits; i > 0; i--) {
		text[i - 1] = "0123456789abcdef"[value & 15];
		value >>= 4;
	}
	rf_write(w, (struct rf_slice){ .p = text, .len = digits });
}

/* The end of the LWS that begins at p, or NULL if p has a CR or LF that is no folding. */
static const char *
fold_skip(const char *p, const char *end)
{
	if (end - p < 3 || p[0] != '\r' || p[1] != '\n' || !rf_is_wsp(p[2]))
		return NULL;
	for (p += 3; p < end && rf_is_wsp(*p); p++)
		;
	return p;
}

static void
write_unfolded(struct rf_writer *w, struct rf_slice value)
{
	const char *p = value.p, *end = value.p + value.len;
	if (value.len > 0 && memchr(p, '\r', value.len) == NULL &&
	    memchr(p, '\n', value.len) == NULL) {      /* nearly always */
		rf_write(w, value);
		return;
	}
	while (p < end) {
		const char *stop = p;
		while (stop < end && *stop != '\r' && *stop != '\n')
			stop++;
		rf_write(w, rf_slice_between(p, stop));
		if (stop == end)
			return;
		p = fold_skip(stop, end);
		if (p == NULL) {
			w->overflow = true;
			return;
		}
		rf_write(w, RF_SLICE(" "));
	}
}

static void
write_line(struct rf_writer *w, struct rf_slice name, struct rf_slice value)
{
	rf_write(w, name);
	rf_write(w, RF_SLICE(": "));
	write_unfolded(w, rf_slice_trim(value));
	rf_write(w, RF_SLICE("\r\n"));
}

void
rf_write_header_named(struct rf_writer *w, struct rf_slice name, struct rf_slice value)
{
	if (rf_token_is(name))
		write_line(w, name, value);
	else
		w->overflow = true;
}

void
rf_write_header(struct rf_writer *w, enum rf_header_id id, struct rf_slice value)
{
	assert(id != RF_H_OTHER);
	write_line(w, rf_header_name(id), value);
}

void
rf_write_body(struct rf_writer *w, struct rf_slice body)
{
	rf_write(w, RF_SLICE("Content-Length: "));
	rf_write_number(w, body.len);
	rf_write(w, RF_SLICE("\r\n\r\n"));
	rf_write(w, body);
}

/* ---- a whole message ------------------------------------------------------------------------- */

static bool
is_edited(const struct rf_edit *edits, uint32_t count, enum rf_header_id id)
{
	for (uint32_t i = 0; i < count; i++) {
		if (edits[i].id == id &&
		    (edits[i].kind == RF_EDIT_REMOVE || edits[i].kind == RF_EDIT_REPLACE))
			return true;
	}
	return false;
}

static void
write_edits(struct rf_writer *w, const struct rf_edit *edits, uint32_t count,
    enum rf_edit_kind kind, enum rf_header_id id)
{
	for (uint32_t i = 0; i < count; i++) {
		if (edits[i].kind == kind && edits[i].id == id)
			rf_write_header(w, id, edits[i].value);
	}
}

/* One field as it came, and what is to stand before or instead of it. */
static void
write_field(struct rf_writer *w, const struct rf_message *m, uint32_t index,
    const struct rf_edit *edits, uint32_t count)
{
	const struct rf_header *h = &m->header[index];
	enum rf_header_id id = (enum rf_header_id)h->id;
	if (id == RF_H_CONTENT_LENGTH)
		return;
	if (id != RF_H_OTHER && m->first[id] == index + 1) {
		write_edits(w, edits, count, RF_EDIT_PREPEND, id);
		write_edits(w, edits, count, RF_EDIT_REPLACE, id);
	}
	if (id != RF_H_OTHER && is_edited(edits, count, id))
		return;
	rf_write(w, rf_slice_between(h->name.p, h->value.p + h->value.len));
	rf_write(w, RF_SLICE("\r\n"));
}

void
rf_write_message(struct rf_writer *w, const struct rf_message *m, const struct rf_edit *edits,
    uint32_t count, const struct rf_slice *start_line, const struct rf_slice *body)
{
	bool clean = true;
	const char *line_end = rf_line_end(m->raw.p, m->raw.p + m->raw.len, &clean);
	assert(line_end != NULL);
	rf_write(w, start_line != NULL ? *start_line
				       : rf_slice_trim(rf_slice_between(m->raw.p, line_end)));
	rf_write(w, RF_SLICE("\r\n"));
	for (uint32_t i = 0; i < count; i++) {
		assert(edits[i].id != RF_H_OTHER);
		assert(edits[i].id != RF_H_CONTENT_LENGTH);
		if (edits[i].kind == RF_EDIT_PREPEND && m->first[edits[i].id] == 0)
			rf_write_header(w, edits[i].id, edits[i].value);
	}
	for (uint32_t i = 0; i < m->count; i++)
		write_field(w, m, i, edits, count);
	for (uint32_t i = 0; i < count; i++) {
		if (edits[i].kind == RF_EDIT_APPEND ||
		    (edits[i].kind == RF_EDIT_REPLACE && m->first[edits[i].id] == 0))
			rf_write_header(w, edits[i].id, edits[i].value);
	}
	rf_write_body(w, body != NULL ? *body : m->body);
}

struct rf_slice
rf_written(const struct rf_writer *w)
{
	return w->len == 0 ? RF_SLICE("") : (struct rf_slice){ .p = w->p, .len = w->len };
}
