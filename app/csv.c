/* SPDX-License-Identifier: BSD-2-Clause */
/* app/csv.c -- see its header. */
#include "app/csv.h"

#include <assert.h>
#include <string.h>

static bool
wrong(struct rf_csv *t, size_t line, size_t column, const char *why)
{
	t->why = why;
	t->why_line = line;
	t->why_column = column;
	return false;
}

static bool
wrong_here(struct rf_csv *t, const char *why)
{
	return wrong(t, t->line, (size_t)(t->p - t->line_start), why);
}

static void
skip_blanks(struct rf_csv *t)
{
	while (t->p < t->end && (*t->p == ' ' || *t->p == '\t'))
		t->p++;
}

/* Behind a cell: a comma, the end of the line, or something that should not be there. */
static bool
end_cell(struct rf_csv *t, struct rf_csv_cell *cell)
{
	cell->is_last = true;
	if (t->p < t->end && *t->p == ',') {
		t->p++;
		cell->is_last = false;
		return true;
	}
	if (t->end - t->p >= 2 && t->p[0] == '\r' && t->p[1] == '\n')
		t->p++;
	if (t->p < t->end && *t->p != '\n')
		return false;
	t->p += t->p < t->end;
	t->line++;
	t->line_start = t->p;
	return true;
}

/* Its text is put together in place: two quotes are one. */
static bool
next_quoted(struct rf_csv *t, struct rf_csv_cell *cell)
{
	char *to = ++t->p;
	cell->text.p = to;
	cell->is_quoted = true;
	for (; t->p < t->end; t->p++) {
		if (*t->p == '"' && (t->end - t->p < 2 || t->p[1] != '"'))
			break;
		t->p += *t->p == '"';
		if (*t->p == '\n') {
			t->line++;
			t->line_start = t->p + 1;
		}
		*to++ = *t->p;
	}
	cell->text.len = (uint32_t)(to - cell->text.p);
	if (t->p == t->end)
		return wrong(t, cell->line, cell->column, "a quote is never closed");
	t->p++;
	skip_blanks(t);
	return end_cell(t, cell) ||
	    wrong_here(t, "expected ',' or the end of the line behind a closing quote");
}

bool
rf_csv_next(struct rf_csv *t, struct rf_csv_cell *cell)
{
	skip_blanks(t);
	*cell = (struct rf_csv_cell){ .line = t->line, .column = (size_t)(t->p - t->line_start) };
	if (t->p < t->end && *t->p == '"')
		return next_quoted(t, cell);
	const char *start = t->p;
	while (t->p < t->end && *t->p != ',' && *t->p != '\n' && *t->p != '"')
		t->p++;
	if (t->p < t->end && *t->p == '"')
		return wrong_here(t, "a quote inside of a value: put the whole value in quotes, "
				     "and this one twice");
	cell->text = rf_slice_trim(rf_slice_between(start, t->p));
	bool ended = end_cell(t, cell);
	assert(ended);
	(void)ended;
	return true;
}

bool
rf_csv_skip_empty(struct rf_csv *t)
{
	struct rf_csv_cell nothing;
	char *start = t->p;
	skip_blanks(t);
	if (t->p == t->end || (end_cell(t, &nothing) && nothing.is_last))
		return true;
	t->p = start;
	return false;
}

void
rf_csv_begin(struct rf_csv *t, char *bytes, size_t len)
{
	*t = (struct rf_csv){ .p = bytes, .end = bytes + len };
	if (len >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0)
		t->p += 3;
	t->line_start = t->p;
}
