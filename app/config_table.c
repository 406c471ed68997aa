/* SPDX-License-Identifier: BSD-2-Clause */
/* app/config_table.c -- a list may stand in a CSV file (RFC 4180): the first line names the keys of
 * a list of maps, or the list itself; every other line is one entry.
 *
 * The values are those of the same rows of config.def, read by the same readers. Tables come from
 * spreadsheets and exports, so both line ends, a byte order mark, blanks around values and empty
 * lines are taken; a bare empty cell is a key that was not given. What it must never do: expand
 * ${file:}. */
#include "app/config_parts.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMNS_MAX = 32 };

struct cell {
	struct rf_slice text;
	yaml_mark_t mark;                       /* where it begins, counted like YAML's: from 0 */
	bool is_quoted, is_last;                /* in quotes; of its line */
};

struct table {
	struct rf_config_reader *reader;
	const struct rf_config_field *field;
	char *p, *end;                          /* what is not read yet */
	const char *line_start;
	size_t line;
	const struct rf_config_field *column[COLUMNS_MAX];
	uint32_t columns;
};

static yaml_mark_t
mark_here(const struct table *t)
{
	return (yaml_mark_t){ .line = t->line, .column = (size_t)(t->p - t->line_start) };
}

static void
skip_blanks(struct table *t)
{
	while (t->p < t->end && (*t->p == ' ' || *t->p == '\t'))
		t->p++;
}

/* Behind a cell: a comma, the end of the line, or something that should not be there. */
static bool
end_cell(struct table *t, struct cell *cell)
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
next_quoted(struct table *t, struct cell *cell)
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
	if (t->p == t->end) {
		rf_config_complain(t->reader, cell->mark, "a quote is never closed");
		return false;
	}
	t->p++;
	skip_blanks(t);
	if (end_cell(t, cell))
		return true;
	rf_config_complain(t->reader, mark_here(t), "expected ',' or the end of the line behind a "
	    "closing quote");
	return false;
}

/* False after a complaint: the rest of the table cannot be read. */
static bool
next_cell(struct table *t, struct cell *cell)
{
	skip_blanks(t);
	*cell = (struct cell){ .mark = mark_here(t) };
	if (t->p < t->end && *t->p == '"')
		return next_quoted(t, cell);
	const char *start = t->p;
	while (t->p < t->end && *t->p != ',' && *t->p != '\n' && *t->p != '"')
		t->p++;
	if (t->p < t->end && *t->p == '"') {
		rf_config_complain(t->reader, mark_here(t), "a quote inside of a value: put the "
		    "whole value in quotes, and this one twice");
		return false;
	}
	cell->text = rf_slice_trim(rf_slice_between(start, t->p));
	bool ended = end_cell(t, cell);
	assert(ended);
	(void)ended;
	return true;
}

static bool
skip_empty_line(struct table *t)
{
	struct cell nothing;
	char *start = t->p;
	skip_blanks(t);
	if (t->p == t->end || (end_cell(t, &nothing) && nothing.is_last))
		return true;
	t->p = start;
	return false;
}

/* One column, called like the list; its values, one a line. */
static void
read_values(struct table *t, char *base)
{
	struct rf_config_reader *reader = t->reader;
	size_t size = rf_config_kind_size[t->field->kind], lines = 1;
	struct cell cell;
	uint32_t count = 0;
	if (!next_cell(t, &cell))
		return;
	if (!cell.is_last || !rf_slice_equal(cell.text, rf_slice_of(t->field->key))) {
		rf_config_complain(reader, cell.mark, "expected one column \"%s\"; got %s",
		    t->field->key, rf_config_quote(cell.text).text);
		return;
	}
	for (const char *p = t->p; p < t->end && lines < RF_CONFIG_ROWS_MAX; p++)
		lines += *p == '\n';
	char *values = rf_config_list_make(reader, t->field, base, lines);
	while (t->p < t->end && !rf_config_is_hopeless(reader)) {
		if (skip_empty_line(t))
			continue;
		if (count == RF_CONFIG_ROWS_MAX) {
			rf_config_complain(reader, mark_here(t), "expected at most %u entries",
			    count);
			break;
		}
		size_t back = rf_config_name_push(reader, (struct rf_slice){ NULL, 0 }, count);
		bool good = next_cell(t, &cell);
		char *out = values + count * size;
		if (good && !cell.is_last) {
			rf_config_complain(reader, cell.mark, "expected one value a line");
			good = false;
		} else if (good) {
			rf_config_place_add(reader, out, size, cell.mark);
			rf_config_value_read(reader, t->field, cell.mark, cell.text, out);
			count++;
		}
		rf_config_name_pop(reader, back);
		if (!good)
			break;
	}
	rf_config_rows_cut(t->field, base, count);
}

static bool
is_column(void *user, const struct rf_config_field *field)
{
	const struct table *t = user;
	for (uint32_t i = 0; i < t->columns; i++) {
		if (t->column[i] == field)
			return true;
	}
	return false;
}

/* False after a complaint: without its names no line means anything. */
static bool
read_header(struct table *t)
{
	struct rf_config_reader *reader = t->reader;
	struct cell cell = { .is_last = false };
	uint32_t before = reader->errors->count;
	while (!cell.is_last) {
		if (!next_cell(t, &cell))
			return false;
		const struct rf_config_field *field =
		    rf_config_field_find(reader, t->field->inner, cell.mark, cell.text);
		if (field == NULL)
			continue;
		if (field->shape != RF_SHAPE_VALUE)
			rf_config_complain(reader, cell.mark, "\"%s\" cannot be a column",
			    field->key);
		else if (is_column(t, field))
			rf_config_complain(reader, cell.mark, "column \"%s\" is given twice",
			    field->key);
		else if (t->columns == COLUMNS_MAX)
			rf_config_complain(reader, cell.mark, "more than %d columns", COLUMNS_MAX);
		else
			t->column[t->columns++] = field;
	}
	rf_config_missing(reader, t->field->inner, (yaml_mark_t){ 0 }, is_column, t);
	return reader->errors->count == before;
}

static void
read_value(struct table *t, const struct rf_config_field *field, const struct cell *cell, char *row)
{
	struct rf_config_reader *reader = t->reader;
	size_t back = rf_config_name_push(reader, rf_slice_of(field->key), 0);
	char *out = row + field->offset;
	if (cell->text.len > 0 || cell->is_quoted) {
		rf_config_place_add(
		    reader, out, rf_config_kind_size[field->kind], cell->mark);
		rf_config_value_read(reader, field, cell->mark, cell->text, out);
	} else if (field->preset == NULL) {
		rf_config_complain(reader, cell->mark, "expected a value");
	}
	rf_config_name_pop(reader, back);
}

/* False after a complaint: the rest of the table cannot be read. */
static bool
read_row(struct table *t, char *row, size_t size, uint32_t index)
{
	struct rf_config_reader *reader = t->reader;
	struct cell cell = { .is_last = false };
	yaml_mark_t mark = mark_here(t);
	size_t back = rf_config_name_push(reader, (struct rf_slice){ NULL, 0 }, index);
	uint32_t cells = 0;
	bool good = true;
	rf_config_preset(reader, t->field->inner, row);
	rf_config_place_add(reader, row, size, mark);
	while (good && !cell.is_last) {
		good = next_cell(t, &cell);
		if (good && cells < t->columns)
			read_value(t, t->column[cells], &cell, row);
		cells += good;
	}
	if (good && cells != t->columns)
		rf_config_complain(reader, mark, "expected %u values as in the first line; got %u",
		    t->columns, cells);
	rf_config_name_pop(reader, back);
	return good;
}

static void
read_rows(struct table *t, char *base)
{
	struct rf_config_reader *reader = t->reader;
	size_t lines = 1, size;
	uint32_t count = 0;
	for (const char *p = t->p; p < t->end && lines < (size_t)t->field->max; p++)
		lines += *p == '\n';
	char *row = rf_config_rows_make(reader, t->field, base, lines, &size);
	while (t->p < t->end && !rf_config_is_hopeless(reader)) {
		if (skip_empty_line(t))
			continue;
		if (count == (uint32_t)t->field->max) {
			rf_config_complain(reader, mark_here(t), "expected at most %u entries",
			    count);
			break;
		}
		if (!read_row(t, row + count * size, size, count))
			break;
		count++;
	}
	rf_config_rows_cut(t->field, base, count);
}

void
rf_config_table_read(struct rf_config_reader *reader, const struct rf_config_field *field,
    yaml_mark_t mark, const char *path, char *base)
{
	const char *why;
	size_t len;
	char *bytes = rf_config_file_read(path, RF_CONFIG_TABLE_MAX, &why, &len);
	assert(reader->table == NULL);
	if (bytes == NULL) {
		rf_config_complain(reader, mark, "%s: %s", path, why);
		return;
	}
	struct table t = { .reader = reader, .field = field, .p = bytes, .end = bytes + len };
	if (reader->config != NULL)
		rf_config_hash_add(reader->config, bytes, len);
	if (len >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0)
		t.p += 3;
	t.line_start = t.p;
	reader->table = path;
	if (field->shape == RF_SHAPE_LIST)
		read_values(&t, base);
	else if (read_header(&t))
		read_rows(&t, base);
	reader->table = NULL;
	free(bytes);
}
