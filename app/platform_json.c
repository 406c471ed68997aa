/* SPDX-License-Identifier: BSD-2-Clause */
/* app/platform_json.c -- see its header.  A text is never longer than how it was written, and so
 * all of them together fit in the room of the line. */
#include "app/platform_json.h"

#include <string.h>
#include <yajl/yajl_parse.h>

enum { DEPTH_MAX = 16 };

struct reading {
	yajl_handle yajl;
	const char *const *key;
	struct rf_slice *text;
	size_t *column;
	char *room;                             /* where the next text goes */
	uint32_t depth;
	int is;                                 /* the column of the last key; -1: none */
	const char *why;
};

static int
take(struct reading *r, const char *p, size_t len)
{
	int is = r->is;
	if (r->depth == 0)
		r->why = "expected one object a line";
	if (r->depth != 1 || is < 0)
		return r->depth > 0;
	if (memchr(p, '\0', len) != NULL) {
		r->why = "a NUL byte";
		return 0;
	}
	memmove(r->room, p, len);
	r->text[is] = (struct rf_slice){ r->room, (uint32_t)len };
	r->column[is] = yajl_get_bytes_consumed(r->yajl);
	r->room += len;
	return 1;
}

static int
on_string(void *user, const unsigned char *p, size_t len)
{
	return take(user, (const char *)p, len);
}

static int
on_number(void *user, const char *p, size_t len)
{
	return take(user, p, len);
}

static int
on_boolean(void *user, int truth)
{
	return take(user, truth ? "true" : "false", truth ? 4 : 5);
}

static int
on_null(void *user)
{
	struct reading *r = user;
	if (r->depth == 0)
		r->why = "expected one object a line";
	return r->depth > 0;
}

static int
on_key(void *user, const unsigned char *p, size_t len)
{
	struct reading *r = user;
	if (r->depth != 1)
		return 1;
	r->is = -1;
	for (int i = 0; i < RF_COLUMN_MAX; i++) {
		if (rf_slice_equal_nocase((struct rf_slice){ (const char *)p, (uint32_t)len },
			rf_slice_of(r->key[i])))
			r->is = i;
	}
	return 1;
}

static int
on_open(void *user)
{
	struct reading *r = user;
	if (r->depth++ < DEPTH_MAX)
		return 1;
	r->why = "nested too deep";
	return 0;
}

static int
on_list(void *user)
{
	struct reading *r = user;
	if (r->depth == 0)
		r->why = "expected one object a line";
	return r->depth > 0 && on_open(user);
}

static int
on_close(void *user)
{
	struct reading *r = user;
	r->depth--;
	return 1;
}

const char *
rf_platform_json_read(struct rf_slice line, const char *const key[RF_COLUMN_MAX],
    struct rf_slice text[RF_COLUMN_MAX], size_t column[RF_COLUMN_MAX], char *room,
    size_t *at)
{
	static const yajl_callbacks callbacks = { .yajl_null = on_null, .yajl_boolean = on_boolean,
		.yajl_number = on_number, .yajl_string = on_string, .yajl_start_map = on_open,
		.yajl_map_key = on_key, .yajl_end_map = on_close, .yajl_start_array = on_list,
		.yajl_end_array = on_close };
	struct reading r = { .key = key, .text = text, .column = column, .room = room, .is = -1 };
	const char *why = NULL;
	r.yajl = yajl_alloc(&callbacks, NULL, &r);
	if (r.yajl == NULL)
		return "no memory";
	yajl_status status = yajl_parse(r.yajl, (const unsigned char *)line.p, line.len);
	*at = yajl_get_bytes_consumed(r.yajl);          /* the end would count anew */
	if (status != yajl_status_ok || yajl_complete_parse(r.yajl) != yajl_status_ok)
		why = r.why != NULL ? r.why : "not a JSON object";
	yajl_free(r.yajl);
	return why;
}
