/* SPDX-License-Identifier: BSD-2-Clause */
/* grammar/lists.c -- cutting comma separated lists, and one question for all values: is it right?
 *
 * Cutting needs no machine: quotes and <> are all that can hide a comma. */
#include <string.h>

#include "grammar/internal.h"

static const bool list_marks[256] = { ['"'] = true, [','] = true, ['<'] = true };

/* Behind the quoted string that begins at p. */
static const char *
quoted_end(const char *p, const char *end)
{
	for (p++; p < end && *p != '"'; p++) {
		if (*p == '\\' && end - p > 1)
			p++;
	}
	return p < end ? p + 1 : end;
}

/* Where the list element that begins at p ends: its comma or the end. */
static const char *
element_end(const char *p, const char *end)
{
	while (p < end) {
		if (!list_marks[(unsigned char)*p]) {
			p++;
		} else if (*p == ',') {
			return p;
		} else if (*p == '"') {
			p = quoted_end(p, end);
		} else {
			const char *close = memchr(p, '>', (size_t)(end - p));
			p = close == NULL ? end : close + 1;
		}
	}
	return end;
}

bool
rf_list_next(struct rf_slice *rest, struct rf_slice *element)
{
	struct rf_slice in = rf_slice_trim(*rest);
	if (in.len == 0)
		return false;
	const char *end = in.p + in.len;
	const char *stop = element_end(in.p, end);
	*element = rf_slice_trim(rf_slice_between(in.p, stop));
	*rest = rf_slice_between(stop < end ? stop + 1 : end, end);
	return true;
}

bool
rf_token_next(struct rf_slice *rest, struct rf_slice *token)
{
	struct rf_slice in = rf_slice_trim(*rest);
	const unsigned char *begin = (const unsigned char *)in.p, *end = begin + in.len;
	*rest = in;
	if (in.len == 0 || (rf_classes[*begin] & RF_CLASS_TOKEN) == 0)
		return false;
	const unsigned char *p = rf_span(RF_CLASS_TOKEN, begin, end) + 1;
	*token = rf_cut(begin, p);
	while (p < end && rf_is_lws((char)*p))
		p++;
	if (p == end)
		return rf_list_go_on(rest, p, end, false);
	return *p == ',' && rf_list_go_on(rest, p + 1, end, true);
}

/* ---- is a value right? ----------------------------------------------------------------------- */

#define ONE(kind, type, parse) kind,
#define LIST(kind, type, next) kind,
#define STAR(kind, type, next) kind,
#define MAYBE(kind, type, next) kind,
enum kind {
	TEXT,
	CALL_ID,
#include "grammar/kinds.def"
};
#undef ONE
#undef LIST
#undef STAR
#undef MAYBE

static const uint8_t kinds[RF_H_MAX] = {
	[RF_H_OTHER] = TEXT,
#define HEADER(id, name, compact, multi, kind) [RF_H_##id] = kind,
#include "grammar/headers.def"
#undef HEADER
};

/* A function for each kind of list: are all its elements right? */
#define ONE(kind, type, parse)
#define LIST(kind, type, next)                                                                     \
	static bool all_##kind(struct rf_slice rest)                                               \
	{                                                                                          \
		type out;                                                                          \
		while (rest.len > 0 && next(&rest, &out))                                          \
			;                                                                          \
		return rest.len == 0;                                                              \
	}
#define STAR(kind, type, next) LIST(kind, type, next)
#define MAYBE(kind, type, next) LIST(kind, type, next)
#include "grammar/kinds.def"
#undef ONE
#undef LIST
#undef STAR
#undef MAYBE

bool
rf_value_parses(enum rf_header_id id, struct rf_slice value)
{
	enum kind kind = (enum kind)kinds[id];
	switch (kind) {
	case TEXT:
		return true;
	case CALL_ID:
		return rf_call_id_is_sane(value);
#define ONE(kind, type, parse)                                                                     \
	case kind:                                                                                 \
		return parse(&(type){ 0 }, value);
#define LIST(kind, type, next)                                                                     \
	case kind:                                                                                 \
		value = rf_slice_trim(value);                                                      \
		return value.len > 0 && all_##kind(value);
#define STAR(kind, type, next)                                                                     \
	case kind:                                                                                 \
		value = rf_slice_trim(value);                                                      \
		return value.len > 0 &&                                                            \
		       (all_##kind(value) || rf_slice_equal(value, RF_SLICE("*")));
#define MAYBE(kind, type, next)                                                                    \
	case kind:                                                                                 \
		return all_##kind(rf_slice_trim(value));
#include "grammar/kinds.def"
#undef ONE
#undef LIST
#undef STAR
#undef MAYBE
	}
	return true;
}
