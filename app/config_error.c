/* SPDX-License-Identifier: BSD-2-Clause */
/* app/config_error.c -- mistakes in the file: where they are and how they are said.
 *
 * What a value expanded to is never printed, only what stands in the file: it may be a secret. */
#include "app/config_parts.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

struct rf_config_memory {
	struct rf_config_memory *next;
	max_align_t bytes[];
};

void *
rf_config_take(struct rf_config_memory **all, size_t size)
{
	struct rf_config_memory *memory = calloc(1, sizeof(*memory) + size);
	/* A file of one MiB never needs much; who cannot have that cannot go on serving either. */
	if (memory == NULL)
		abort();
	memory->next = *all;
	*all = memory;
	return memory->bytes;
}

char *
rf_config_copy(struct rf_config_memory **all, const char *text, size_t len)
{
	char *copy = rf_config_take(all, len + 1);
	if (len > 0)
		memcpy(copy, text, len);
	return copy;
}

void
rf_config_memory_free(struct rf_config_memory *memory)
{
	for (struct rf_config_memory *next; memory != NULL; memory = next) {
		next = memory->next;
		free(memory);
	}
}

void
rf_config_free(struct rf_config *config)
{
	if (config == NULL)
		return;
	rf_config_memory_free(config->memory);
	free(config);
}

static void
complain(struct rf_config_errors *errors, const char *table, uint32_t line, uint32_t column,
    const char *name, const char *format, va_list arguments)
{
	if (errors->count == RF_CONFIG_ERRORS_MAX) {
		errors->more = true;
		return;
	}
	struct rf_config_error *error = &errors->at[errors->count++];
	snprintf(error->table, sizeof(error->table), "%s", table != NULL ? table : "");
	error->line = line;
	error->column = column;
	int len = 0;
	if (name[0] != '\0')
		len = snprintf(error->text, sizeof(error->text), "%s: ", name);
	vsnprintf(error->text + len, sizeof(error->text) - (size_t)len, format, arguments);
}

void
rf_config_complain_at(struct rf_config_errors *errors, uint32_t line, uint32_t column,
    const char *name, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	complain(errors, NULL, line, column, name, format, arguments);
	va_end(arguments);
}

void
rf_config_complain(struct rf_config_reader *reader, yaml_mark_t mark, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	complain(reader->errors, reader->table, (uint32_t)mark.line + 1,
	    (uint32_t)mark.column + 1, reader->name, format, arguments);
	va_end(arguments);
}

/* Names of places are as many as the values of the files, and as short-lived as the reader. */
static size_t
keep_name(struct rf_config_reader *reader)
{
	size_t at = reader->names_len, size = strlen(reader->name) + 1;
	if (at + size > reader->names_max) {
		size_t max = reader->names_max == 0 ? 4096 : reader->names_max * 2;
		char *names = realloc(reader->names, max);
		if (names == NULL)
			abort();
		reader->names = names;
		reader->names_max = max;
	}
	memcpy(reader->names + at, reader->name, size);
	reader->names_len += size;
	return at;
}

void
rf_config_place_add(struct rf_config_reader *reader, const void *start, size_t size,
    yaml_mark_t mark)
{
	if (reader->places_count == reader->places_max) {
		uint32_t max = reader->places_max == 0 ? 256 : reader->places_max * 2;
		struct rf_config_place *places = realloc(reader->places, max * sizeof(*places));
		if (places == NULL)
			abort();
		reader->places = places;
		reader->places_max = max;
	}
	reader->places[reader->places_count++] = (struct rf_config_place){
		.start = start,
		.size = size,
		.line = (uint32_t)mark.line + 1,
		.column = (uint32_t)mark.column + 1,
		.table = reader->table,
		.name = keep_name(reader),
		.errors = reader->errors,
	};
}

void
rf_config_complain_about(struct rf_config_reader *reader, const void *piece, const char *format,
    ...)
{
	const struct rf_config_place *best = NULL;
	const char *p = piece;
	for (uint32_t i = 0; i < reader->places_count; i++) {
		const struct rf_config_place *place = &reader->places[i];
		/* What was laid over it is what holds. */
		bool over = best != NULL && place->size == best->size &&
		    place->errors != best->errors;
		if (p >= place->start && p < place->start + place->size &&
		    (best == NULL || place->size < best->size || over))
			best = place;
	}
	va_list arguments;
	va_start(arguments, format);
	if (best != NULL)
		complain(best->errors, best->table, best->line, best->column,
		    reader->names + best->name, format, arguments);
	else
		complain(reader->errors, NULL, 1, 1, "", format, arguments);
	va_end(arguments);
}

static int
compare(const void *a, const void *b)
{
	const struct rf_config_error *x = a, *y = b;
	int files = strcmp(x->table, y->table);         /* the configuration itself comes first */
	if (files != 0)
		return files;
	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	if (x->column != y->column)
		return x->column < y->column ? -1 : 1;
	return strcmp(x->text, y->text);
}

void
rf_config_errors_sort(struct rf_config_errors *errors)
{
	qsort(errors->at, errors->count, sizeof(errors->at[0]), compare);
}

/* ---- hints -------------------------------------------------------------------------------- */

static uint32_t
least(uint32_t a, uint32_t b, uint32_t c)
{
	uint32_t smaller = a < b ? a : b;
	return smaller < c ? smaller : c;
}

/* Edits from a to b, two swapped neighbours counted as one; both at most 40 bytes. */
static uint32_t
distance(struct rf_slice a, struct rf_slice b)
{
	uint32_t d[42][42];
	for (uint32_t i = 0; i <= a.len; i++)
		d[i][0] = i;
	for (uint32_t j = 0; j <= b.len; j++)
		d[0][j] = j;
	for (uint32_t i = 1; i <= a.len; i++) {
		for (uint32_t j = 1; j <= b.len; j++) {
			uint32_t change = a.p[i - 1] == b.p[j - 1] ? 0 : 1;
			d[i][j] = least(d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + change);
			if (i > 1 && j > 1 && a.p[i - 1] == b.p[j - 2] && a.p[i - 2] ==
			    b.p[j - 1] &&
			    d[i - 2][j - 2] + 1 < d[i][j])
				d[i][j] = d[i - 2][j - 2] + 1;
		}
	}
	return d[a.len][b.len];
}

struct rf_config_hint
rf_config_suggest(struct rf_slice word, const char *words)
{
	struct rf_config_hint hint = { "" };
	struct rf_slice best = { NULL, 0 };
	uint32_t best_distance = 3;
	for (const char *p = words; p != NULL && word.len <= 40;) {
		const char *end = strchrnul(p, '|');
		struct rf_slice candidate = rf_slice_between(p[0] == '!' ? p + 1 : p, end);
		if (candidate.len > 0 && candidate.len <= 40) {
			uint32_t edits = distance(word, candidate);
			if (edits < best_distance && edits * 2 <= candidate.len) {
				best = candidate;
				best_distance = edits;
			}
		}
		p = *end == '|' ? end + 1 : NULL;
	}
	if (best.len > 0)
		snprintf(hint.text, sizeof(hint.text), " - did you mean \"%.*s\"?", (int)best.len,
		    best.p);
	return hint;
}

struct rf_config_hint
rf_config_quote(struct rf_slice s)
{
	struct rf_config_hint quoted;
	uint32_t len = 0;
	quoted.text[len++] = '"';
	for (uint32_t i = 0; i < s.len && i < 60; i++) {
		unsigned char c = (unsigned char)s.p[i];
		quoted.text[len++] = c < 0x20 || c == 0x7f ? '?' : (char)c;
	}
	/* A cut may split a UTF-8 character: take its rest off. */
	if (s.len > 60) {
		while (len > 1 && ((unsigned char)quoted.text[len - 1] & 0xc0) == 0x80)
			len--;
		if (len > 1 && ((unsigned char)quoted.text[len - 1] & 0x80) != 0)
			len--;
	}
	snprintf(quoted.text + len, sizeof(quoted.text) - len, "%s\"", s.len > 60 ? "..." : "");
	return quoted;
}

/* ---- printing ------------------------------------------------------------------------------ */

void
rf_config_errors_write(const struct rf_config_errors *errors, FILE *out)
{
	for (uint32_t i = 0; i < errors->count; i++) {
		const struct rf_config_error *error = &errors->at[i];
		const char *path = error->table[0] != '\0' ? error->table : errors->path;
		if (error->line > 0)
			fprintf(out, "%s:%u:%u: %s\n", path, error->line, error->column,
			    error->text);
		else
			fprintf(out, "%s: %s\n", path, error->text);
	}
	if (errors->more)
		fprintf(out, "%s: more than %d mistakes; the rest is not shown\n", errors->path,
		    RF_CONFIG_ERRORS_MAX);
}

static void
write_json_string(const char *text, FILE *out)
{
	putc('"', out);
	for (const char *p = text; *p != '\0'; p++) {
		if (*p == '"' || *p == '\\')
			fprintf(out, "\\%c", *p);
		else if ((unsigned char)*p < 0x20)
			fprintf(out, "\\u%04x", (unsigned)*p);
		else
			putc(*p, out);
	}
	putc('"', out);
}

void
rf_config_errors_write_json(const struct rf_config_errors *errors, FILE *out)
{
	fputs("{\"file\":", out);
	write_json_string(errors->path, out);
	fprintf(out, ",\"ok\":%s,\"more\":%s,\"errors\":[", errors->count == 0 ? "true" : "false",
	    errors->more ? "true" : "false");
	for (uint32_t i = 0; i < errors->count; i++) {
		fprintf(out, "%s{", i > 0 ? "," : "");
		if (errors->at[i].table[0] != '\0') {
			fputs("\"file\":", out);
			write_json_string(errors->at[i].table, out);
			putc(',', out);
		}
		fprintf(out, "\"line\":%u,\"column\":%u,\"text\":", errors->at[i].line,
		    errors->at[i].column);
		write_json_string(errors->at[i].text, out);
		putc('}', out);
	}
	fputs("]}\n", out);
}
