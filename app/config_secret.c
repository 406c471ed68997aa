/* SPDX-License-Identifier: BSD-2-Clause */
/* app/config_secret.c -- ${env:NAME} and ${file:PATH} in values; $${ is a literal ${.
 *
 * What they stand for is not looked at again: a secret that holds "${" stays as it is. Where a
 * file is wanted, `${file:x}` alone is that file and not what it holds: TLS keys are read by
 * OpenSSL. */
#include "app/config_parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct text {
	char *p;
	size_t len, max;
};

static void
append(struct text *text, const char *p, size_t len)
{
	if (text->len + len > text->max) {
		text->max = (text->len + len) * 2;
		text->p = realloc(text->p, text->max);
		if (text->p == NULL)
			abort();
	}
	memcpy(text->p + text->len, p, len);
	text->len += len;
}

static void
resolve(char *out, size_t max, const struct rf_config_reader *reader, struct rf_slice path)
{
	if (path.p[0] == '/')
		snprintf(out, max, "%.*s", (int)path.len, path.p);
	else
		snprintf(out, max, "%s/%.*s", reader->folder, (int)path.len, path.p);
}

static bool
append_file(struct rf_config_reader *reader, yaml_mark_t mark, struct text *text,
    struct rf_slice path)
{
	char name[1024], bytes[4096];
	size_t start = text->len, got;
	resolve(name, sizeof(name), reader, path);
	FILE *file = fopen(name, "re");
	if (file == NULL) {
		rf_config_complain(reader, mark, "cannot read the file of ${file:%.*s}: %s",
		    (int)path.len, path.p, strerror(errno));
		return false;
	}
	while ((got = fread(bytes, 1, sizeof(bytes), file)) > 0 &&
	    text->len - start <= RF_CONFIG_SECRET_MAX)
		append(text, bytes, got);
	bool failed = ferror(file) != 0;
	fclose(file);
	explicit_bzero(bytes, sizeof(bytes));
	if (failed || text->len - start > RF_CONFIG_SECRET_MAX) {
		rf_config_complain(reader, mark, "${file:%.*s} %s", (int)path.len, path.p,
		    failed ? "cannot be read" : "is longer than 64 KiB");
		return false;
	}
	/* Editors end files with a newline; nobody means it. */
	while (text->len > start && (text->p[text->len - 1] == '\n' || text->p[text->len - 1] ==
	    '\r'))
		text->len--;
	return true;
}

static bool
append_variable(struct rf_config_reader *reader, yaml_mark_t mark, struct text *text,
    struct rf_slice name)
{
	char copy[256];
	snprintf(copy, sizeof(copy), "%.*s", (int)name.len, name.p);
	const char *value = name.len < sizeof(copy) ? getenv(copy) : NULL;
	if (value == NULL) {
		rf_config_complain(reader, mark, "the environment has no variable %s", copy);
		return false;
	}
	append(text, value, strlen(value));
	return true;
}

static bool
starts(struct rf_slice s, const char *with)
{
	size_t len = strlen(with);
	return s.len >= len && memcmp(s.p, with, len) == 0;
}

/* One "${...}"; *used: its length in the file. */
static bool
append_reference(struct rf_config_reader *reader, yaml_mark_t mark, bool is_path,
    struct rf_slice raw, uint32_t at, struct text *text, uint32_t *used)
{
	struct rf_slice rest = { raw.p + at, raw.len - at };
	const char *end = memchr(rest.p, '}', rest.len);
	if (end == NULL) {
		rf_config_complain(reader, mark, "\"${\" without its '}'; $${ writes a plain one");
		return false;
	}
	*used = (uint32_t)(end - rest.p) + 1;
	if (starts(rest, "${env:") && *used > 7)
		return append_variable(reader, mark, text, rf_slice_between(rest.p + 6, end));
	if (starts(rest, "${file:") && *used > 8) {
		struct rf_slice path = rf_slice_between(rest.p + 7, end);
		if (!is_path || *used != raw.len)
			return append_file(reader, mark, text, path);
		append(text, path.p, path.len);
		return true;
	}
	rf_config_complain(reader, mark, "expected ${env:NAME} or ${file:PATH}, got %s",
	    rf_config_quote((struct rf_slice){ rest.p, *used }).text);
	return false;
}

bool
rf_config_expand(struct rf_config_reader *reader, yaml_mark_t mark, bool is_path,
    struct rf_slice raw, struct rf_slice *out)
{
	struct text text = { NULL, 0, 0 };
	bool good = true;
	*out = raw;
	if (raw.len == 0 || memmem(raw.p, raw.len, "${", 2) == NULL)
		return true;
	for (uint32_t i = 0; i < raw.len && good;) {
		struct rf_slice rest = { raw.p + i, raw.len - i };
		uint32_t used = 1;
		if (starts(rest, "$${")) {
			append(&text, "${", 2);
			used = 3;
		} else if (starts(rest, "${")) {
			good = append_reference(reader, mark, is_path, raw, i, &text, &used);
		} else {
			append(&text, rest.p, 1);
		}
		i += used;
	}
	if (good && text.len > 0 && memchr(text.p, '\0', text.len) != NULL) {
		rf_config_complain(reader, mark, "%s stands for text with a NUL byte",
		    rf_config_quote(raw).text);
		good = false;
	}
	if (good)
		*out = (struct rf_slice){ rf_config_copy(reader->memory, text.p, text.len),
			(uint32_t)text.len };
	if (text.p != NULL)
		explicit_bzero(text.p, text.max);
	free(text.p);
	return good;
}
