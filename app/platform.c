/* SPDX-License-Identifier: BSD-2-Clause */
/* app/platform.c -- see its header.  What it must never know: our own records. */
#include "app/platform.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "app/config_parts.h"
#include "app/csv.h"
#include "app/lines.h"
#include "app/platform_json.h"

struct rf_platform {
	const struct rf_config_reconcile *map;
	struct rf_config_errors *errors;
	struct rf_lines lines;
	bool is_json, ended;
	uint32_t columns;                       /* CSV: of the header */
	int8_t column[RF_PLATFORM_COLUMNS_MAX]; /* CSV: which of ours it is; -1: none */
	char room[RF_RECORD_LEN_MAX];           /* JSON: texts of a record */
};

static const char *const names[RF_COLUMN_MAX] = {
	[RF_COLUMN_SESSION] = "session", [RF_COLUMN_CALL_ID] = "call_id",
	[RF_COLUMN_FROM_TAG] = "from_tag", [RF_COLUMN_TO_TAG] = "to_tag",
	[RF_COLUMN_OUTCOME] = "outcome", [RF_COLUMN_TARGET] = "target",
	[RF_COLUMN_START] = "start", [RF_COLUMN_DURATION] = "duration",
};

const char *
rf_reconcile_column_name(enum rf_reconcile_column column)
{
	return names[column];
}

static const char *
name_of(const struct rf_config_reconcile *map, uint32_t column)
{
	return map->column[column] != NULL ? map->column[column] : names[column];
}

static void
complain(struct rf_platform *p, size_t line, size_t column, const char *why)
{
	rf_config_complain_at(
	    p->errors, (uint32_t)line + 1, (uint32_t)column + 1, "", "%s", why);
}

/* ---- CSV ------------------------------------------------------------------------------------ */

/* Begins to read the cells of a record. */
static struct rf_csv
cells_of(const struct rf_platform *p, char *record, size_t len)
{
	struct rf_csv csv = { .p = record, .end = record + len };
	if (p->lines.line == 0)
		rf_csv_begin(&csv, record, len);
	csv.line_start = csv.p;
	csv.line = p->lines.line;
	return csv;
}

static bool
next_cell(struct rf_platform *p, struct rf_csv *csv, struct rf_csv_cell *cell)
{
	if (!rf_csv_next(csv, cell)) {
		complain(p, csv->why_line, csv->why_column, csv->why);
		return false;
	}
	if (cell->text.len > 0 && memchr(cell->text.p, '\0', cell->text.len) != NULL) {
		complain(p, cell->line, cell->column, "a NUL byte");
		return false;
	}
	return true;
}

static bool
has_column(const struct rf_platform *p, uint32_t column)
{
	for (uint32_t i = 0; i < p->columns; i++) {
		if (p->column[i] == (int8_t)column)
			return true;
	}
	return false;
}

static bool
add_column(struct rf_platform *p, const struct rf_csv_cell *cell)
{
	if (p->columns == RF_PLATFORM_COLUMNS_MAX) {
		complain(p, cell->line, cell->column, "more than 512 columns");
		return false;
	}
	int8_t is = -1;
	for (uint32_t i = 0; i < RF_COLUMN_MAX; i++) {
		if (!rf_slice_equal_nocase(cell->text, rf_slice_of(name_of(p->map, i))))
			continue;
		if (has_column(p, i))
			complain(p, cell->line, cell->column, "this column is there twice");
		is = (int8_t)i;
	}
	p->column[p->columns++] = is;
	return true;
}

/* Without a key no record is anybody's. */
static bool
check_columns(struct rf_platform *p, size_t line)
{
	char text[512];
	uint32_t before = p->errors->count;
	for (uint32_t i = 0; i < RF_COLUMN_MAX; i++) {
		if (p->map->column[i] == NULL || has_column(p, i))
			continue;
		snprintf(text, sizeof text, "no column is called %s, which is to be %s",
		    rf_config_quote(rf_slice_of(p->map->column[i])).text, names[i]);
		complain(p, line, 0, text);
	}
	if (p->errors->count == before && !has_column(p, RF_COLUMN_SESSION) &&
	    !has_column(p, RF_COLUMN_CALL_ID) && !has_column(p, RF_COLUMN_TO_TAG) &&
	    !has_column(p, RF_COLUMN_FROM_TAG)) {
		snprintf(text, sizeof text, "no column is called %s or %s: nothing tells whose a "
		    "record is", name_of(p->map, RF_COLUMN_CALL_ID),
		    name_of(p->map, RF_COLUMN_SESSION));
		complain(p, line, 0, text);
	}
	return p->errors->count == before;
}

static bool
read_header(struct rf_platform *p, char *record, size_t len)
{
	struct rf_csv csv = cells_of(p, record, len);
	struct rf_csv_cell cell = { .is_last = false };
	uint32_t before = p->errors->count;
	p->columns = 0;
	while (!cell.is_last) {
		if (!next_cell(p, &csv, &cell) || !add_column(p, &cell))
			return false;
	}
	return p->errors->count == before && check_columns(p, p->lines.line);
}

struct found {                                  /* where the values of a record begin */
	struct rf_slice *text;
	size_t line[RF_COLUMN_MAX], column[RF_COLUMN_MAX];
};

/* False after a complaint, or (no complaint) for an empty line. */
static bool
read_cells(struct rf_platform *p, char *record, size_t len, struct found *found)
{
	struct rf_csv csv = cells_of(p, record, len);
	struct rf_csv_cell cell = { .is_last = false };
	uint32_t cells = 0;
	char text[128];
	if (rf_csv_skip_empty(&csv))
		return false;
	for (; !cell.is_last; cells++) {
		if (!next_cell(p, &csv, &cell))
			return false;
		int8_t is = cells < p->columns ? p->column[cells] : (int8_t)-1;
		if (is < 0)
			continue;
		found->text[is] = cell.text;
		found->line[is] = cell.line;
		found->column[is] = cell.column;
	}
	if (cells == p->columns)
		return true;
	snprintf(text, sizeof text, "expected %u values as in the first line; got %u", p->columns,
	    cells);
	complain(p, p->lines.line, 0, text);
	return false;
}

/* ---- JSON lines ----------------------------------------------------------------------------- */

static bool
read_object(struct rf_platform *p, char *record, size_t len, struct found *found)
{
	const char *key[RF_COLUMN_MAX], *why;
	bool has_mark = p->lines.line == 0 && len >= 3 && memcmp(record, "\xef\xbb\xbf", 3) == 0;
	size_t skip = has_mark ? 3 : 0, at = 0;
	struct rf_slice line = { record + skip, (uint32_t)(len - skip) };
	if (rf_slice_trim(line).len == 0)
		return false;
	for (uint32_t i = 0; i < RF_COLUMN_MAX; i++) {
		key[i] = name_of(p->map, i);
		found->line[i] = p->lines.line;
	}
	why = rf_platform_json_read(line, key, found->text, found->column, p->room, &at);
	if (why != NULL)
		complain(p, p->lines.line, at, why);
	return why == NULL;
}

/* ---- values --------------------------------------------------------------------------------- */

static bool
complain_value(struct rf_platform *p, const struct found *found, uint32_t is, const char *expected)
{
	char text[384];
	snprintf(text, sizeof text, "%s: expected %s, got %s", name_of(p->map, is), expected,
	    rf_config_quote(found->text[is]).text);
	complain(p, found->line[is], found->column[is], text);
	return false;
}

static struct rf_slice
lower(char out[RF_POLICY_KEY_MAX], struct rf_slice s)
{
	for (uint32_t i = 0; i < s.len; i++)
		out[i] = s.p[i] >= 'A' && s.p[i] <= 'Z' ? (char)(s.p[i] | 0x20) : s.p[i];
	return (struct rf_slice){ out, s.len };
}

/* Their words first, then ours; an empty one is a call. */
static bool
read_word(const struct rf_platform *p, struct rf_slice text, enum rf_reconcile_word *out)
{
	static const char *const ours[] = { "transferred", "failed", "closed", "pending", "call" };
	char text_room[RF_POLICY_KEY_MAX], name_room[RF_POLICY_KEY_MAX];
	if (text.len > sizeof text_room)
		return false;
	text = lower(text_room, text);
	for (uint32_t i = 0; i < p->map->outcomes_count; i++) {
		struct rf_slice name = rf_slice_of(p->map->outcomes[i].name);
		*out = p->map->outcomes[i].word;
		if (name.len <= sizeof name_room && rf_glob_match(lower(name_room, name), text))
			return true;
	}
	for (uint32_t i = 0; i < RF_ARRAY_LEN(ours); i++) {
		*out = (enum rf_reconcile_word)i;
		if (rf_slice_equal(text, rf_slice_of(ours[i])))
			return true;
	}
	return text.len == 0;                           /* *out is a call */
}

static bool
read_session(uint64_t *out, struct rf_slice text)
{
	char digits[17];
	if (text.len == 0 || text.len > 16)
		return false;
	snprintf(digits, sizeof digits, "%.*s", (int)text.len, text.p);
	*out = strtoull(digits, NULL, 16);
	return strspn(digits, "0123456789abcdefABCDEF") == text.len && *out != 0;
}

static bool
read_values(struct rf_platform *p, const struct found *found, struct rf_platform_record *out)
{
	struct rf_slice *text = out->text;
	bool good = true;
	if (!read_word(p, text[RF_COLUMN_OUTCOME], &out->word))
		good = complain_value(p, found, RF_COLUMN_OUTCOME,
		    "a name in outcomes, or transferred, failed, closed, pending or call");
	if (text[RF_COLUMN_SESSION].len > 0 &&
	    !read_session(&out->session, text[RF_COLUMN_SESSION]))
		good = complain_value(
		    p, found, RF_COLUMN_SESSION, "a session such as 00000000002a");
	out->has_start = text[RF_COLUMN_START].len > 0;
	if (out->has_start && !rf_platform_moment(&out->start_us, text[RF_COLUMN_START]))
		good = complain_value(p, found, RF_COLUMN_START,
		    "a time such as 2026-11-25T20:15:00Z, or seconds since 1970");
	out->has_duration = text[RF_COLUMN_DURATION].len > 0;
	if (out->has_duration && !rf_platform_duration(&out->duration_us,
	    text[RF_COLUMN_DURATION], p->map->duration_unit))
		good = complain_value(
		    p, found, RF_COLUMN_DURATION, "a duration such as 90 or 0:01:30");
	return good;
}

/* ---- the file ------------------------------------------------------------------------------- */

/* One record that is read, if not yet understood; false: the end, or a complaint. */
static bool
next_bytes(struct rf_platform *p, char **record, size_t *len)
{
	if (p->ended || p->errors->more)
		return false;
	enum rf_lines_end end = rf_lines_next(&p->lines, record, len);
	p->ended = end != RF_LINES_ONE;
	if (end == RF_LINES_LONG)
		complain(p, p->lines.line, 0,
		    p->lines.quotes ? "a record of more than 64 KiB; is a quote never closed?" :
				      "a record of more than 64 KiB");
	else if (end == RF_LINES_FAILED)
		rf_config_complain_at(p->errors, 0, 0, "", "%s", strerror(errno));
	return end == RF_LINES_ONE;
}

bool
rf_platform_next(struct rf_platform *p, struct rf_platform_record *out)
{
	char *record;
	size_t len;
	while (next_bytes(p, &record, &len)) {
		struct found found = { .text = out->text };
		*out = (struct rf_platform_record){ .line = (uint32_t)p->lines.line + 1 };
		if ((p->is_json ? read_object(p, record, len, &found) :
				  read_cells(p, record, len, &found)) &&
		    read_values(p, &found, out))
			return true;
	}
	return false;
}

bool
rf_platform_rewind(struct rf_platform *p)
{
	char *record;
	size_t len;
	p->ended = false;
	if (!rf_lines_rewind(&p->lines)) {
		rf_config_complain_at(p->errors, 0, 0, "", "%s", strerror(errno));
		return false;
	}
	p->is_json = rf_lines_peek(&p->lines) == '{';
	p->lines.quotes = !p->is_json;
	if (p->is_json)
		return true;
	for (;;) {
		if (!next_bytes(p, &record, &len)) {
			if (p->errors->count == 0)
				complain(p, 0, 0, "the file is empty; expected a line of names");
			return false;
		}
		struct rf_csv csv = cells_of(p, record, len);
		if (!rf_csv_skip_empty(&csv))
			return read_header(p, record, len);
	}
}

struct rf_platform *
rf_platform_open(const char *path, const struct rf_config_reconcile *map,
    struct rf_config_errors *errors)
{
	struct rf_platform *p = calloc(1, sizeof *p);
	if (p == NULL)
		abort();
	memset(errors, 0, sizeof *errors);
	snprintf(errors->path, sizeof errors->path, "%s", path);
	p->map = map;
	p->errors = errors;
	if (!rf_lines_open(&p->lines, path))
		rf_config_complain_at(errors, 0, 0, "", "%s", strerror(errno));
	else if (rf_platform_rewind(p))
		return p;
	rf_platform_close(p);
	return NULL;
}

void
rf_platform_close(struct rf_platform *p)
{
	if (p == NULL)
		return;
	rf_lines_close(&p->lines);
	free(p);
}
