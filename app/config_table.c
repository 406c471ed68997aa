/* SPDX-License-Identifier: BSD-2-Clause */
/* app/config_table.c -- a list may stand in a CSV file (RFC 4180): the first line names the keys of
 * a list of maps, or the list itself; every other line is one entry.
 *
 * The values are those of the same rows of config.def, read by the same readers; a bare empty cell
 * is a key that was not given. What it must never do: expand ${file:}. */
#include "app/config_parts.h"

#include <assert.h>
#include <stdlib.h>

#include "app/csv.h"

enum { COLUMNS_MAX = 32 };

struct table {
	struct rf_config_reader *reader;
	const struct rf_config_field *field;
	struct rf_csv csv;
	const struct rf_config_field *column[COLUMNS_MAX];
	uint32_t columns;
};

static yaml_mark_t
mark_here(const struct table *t)
{
	return (yaml_mark_t){ .line = t->csv.line,
		.column = (size_t)(t->csv.p - t->csv.line_start) };
}

static yaml_mark_t
mark_of(const struct rf_csv_cell *cell)
{
	return (yaml_mark_t){ .line = cell->line, .column = cell->column };
}

/* False after a complaint: the rest of the table cannot be read. */
static bool
next_cell(struct table *t, struct rf_csv_cell *cell)
{
	if (rf_csv_next(&t->csv, cell))
		return true;
	rf_config_complain(t->reader,
	    (yaml_mark_t){ .line = t->csv.why_line, .column = t->csv.why_column }, "%s",
	    t->csv.why);
	return false;
}

/* One column, called like the list; its values, one a line. */
static void
read_values(struct table *t, char *base)
{
	struct rf_config_reader *reader = t->reader;
	size_t size = rf_config_kind_size[t->field->kind], lines = 1;
	struct rf_csv_cell cell;
	uint32_t count = 0;
	if (!next_cell(t, &cell))
		return;
	if (!cell.is_last || !rf_slice_equal(cell.text, rf_slice_of(t->field->key))) {
		rf_config_complain(reader, mark_of(&cell), "expected one column \"%s\"; got %s",
		    t->field->key, rf_config_quote(cell.text).text);
		return;
	}
	for (const char *p = t->csv.p; p < t->csv.end && lines < RF_CONFIG_ROWS_MAX; p++)
		lines += *p == '\n';
	char *values = rf_config_list_make(reader, t->field, base, lines);
	while (t->csv.p < t->csv.end && !rf_config_is_hopeless(reader)) {
		if (rf_csv_skip_empty(&t->csv))
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
			rf_config_complain(reader, mark_of(&cell), "expected one value a line");
			good = false;
		} else if (good) {
			rf_config_place_add(reader, out, size, mark_of(&cell));
			rf_config_value_read(reader, t->field, mark_of(&cell), cell.text, out);
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
	struct rf_csv_cell cell = { .is_last = false };
	uint32_t before = reader->errors->count;
	while (!cell.is_last) {
		if (!next_cell(t, &cell))
			return false;
		const struct rf_config_field *field =
		    rf_config_field_find(reader, t->field->inner, mark_of(&cell), cell.text);
		if (field == NULL)
			continue;
		if (field->shape != RF_SHAPE_VALUE)
			rf_config_complain(reader, mark_of(&cell), "\"%s\" cannot be a column",
			    field->key);
		else if (is_column(t, field))
			rf_config_complain(reader, mark_of(&cell), "column \"%s\" is given twice",
			    field->key);
		else if (t->columns == COLUMNS_MAX)
			rf_config_complain(reader, mark_of(&cell), "more than %d columns",
			    COLUMNS_MAX);
		else
			t->column[t->columns++] = field;
	}
	rf_config_missing(reader, t->field->inner, (yaml_mark_t){ 0 }, is_column, t);
	return reader->errors->count == before;
}

static void
read_value(struct table *t, const struct rf_config_field *field, const struct rf_csv_cell *cell,
    char *row)
{
	struct rf_config_reader *reader = t->reader;
	size_t back = rf_config_name_push(reader, rf_slice_of(field->key), 0);
	char *out = row + field->offset;
	if (cell->text.len > 0 || cell->is_quoted) {
		rf_config_place_add(
		    reader, out, rf_config_kind_size[field->kind], mark_of(cell));
		rf_config_value_read(reader, field, mark_of(cell), cell->text, out);
	} else if (field->preset == NULL) {
		rf_config_complain(reader, mark_of(cell), "expected a value");
	}
	rf_config_name_pop(reader, back);
}

/* False after a complaint: the rest of the table cannot be read. */
static bool
read_row(struct table *t, char *row, size_t size, uint32_t index)
{
	struct rf_config_reader *reader = t->reader;
	struct rf_csv_cell cell = { .is_last = false };
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
	for (const char *p = t->csv.p; p < t->csv.end && lines < (size_t)t->field->max; p++)
		lines += *p == '\n';
	char *row = rf_config_rows_make(reader, t->field, base, lines, &size);
	while (t->csv.p < t->csv.end && !rf_config_is_hopeless(reader)) {
		if (rf_csv_skip_empty(&t->csv))
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
	struct table t = { .reader = reader, .field = field };
	rf_csv_begin(&t.csv, bytes, len);
	if (reader->config != NULL)
		rf_config_hash_add(reader->config, bytes, len);
	reader->table = path;
	if (field->shape == RF_SHAPE_LIST)
		read_values(&t, base);
	else if (read_header(&t))
		read_rows(&t, base);
	reader->table = NULL;
	free(bytes);
}
