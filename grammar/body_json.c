/* SPDX-License-Identifier: BSD-2-Clause */
/* grammar/body_json.c -- a status out of JSON, by yajl's events: no tree is built.
 *
 * Depth and nodes are counted here, in every callback, and end the parse; a document that does not
 * end is not trusted, whatever stood in front. */
#include <string.h>
#include <yajl/yajl_parse.h>

#include "grammar/body_walk.h"

struct container {
	bool is_array;
	uint32_t index;                 /* of the next element */
};

struct json {
	struct rf_body_walk walk;
	uint32_t depth;
	struct container container[RF_BODY_DEPTH_MAX];
};

/* Within an array a value's step is its index; within an object the key took it already. */
static bool
value_begin(struct json *json)
{
	struct container *in = json->depth > 0 ? &json->container[json->depth - 1] : NULL;
	if (in == NULL || !in->is_array)
		return true;
	char text[16];
	struct rf_writer number;
	rf_writer_init(&number, text, sizeof(text));
	rf_write_number(&number, in->index++);
	return rf_body_walk_down(&json->walk, RF_SLICE(""), rf_written(&number));
}

/* The document's own value has no step. */
static void
value_end(struct json *json)
{
	if (json->depth > 0)
		rf_body_walk_up(&json->walk);
}

static int
scalar(struct json *json, struct rf_slice value, bool text)
{
	if (!value_begin(json) || !rf_body_walk_value(&json->walk, value, text))
		return 0;
	value_end(json);
	return 1;
}

static int
on_null(void *context)
{
	return scalar(context, RF_SLICE(""), false);
}

static int
on_boolean(void *context, int value)
{
	(void)value;
	return scalar(context, RF_SLICE(""), false);
}

static int
on_number(void *context, const char *text, size_t len)
{
	return scalar(context, (struct rf_slice){ text, (uint32_t)len }, false);
}

static int
on_string(void *context, const unsigned char *text, size_t len)
{
	return scalar(context, (struct rf_slice){ (const char *)text, (uint32_t)len }, true);
}

static int
on_open(struct json *json, bool is_array)
{
	if (!value_begin(json) || json->depth == RF_BODY_DEPTH_MAX ||
	    ++json->walk.nodes > RF_BODY_NODES_MAX)
		return 0;
	json->container[json->depth++] = (struct container){ .is_array = is_array };
	return 1;
}

static int
on_start_map(void *context)
{
	return on_open(context, false);
}

static int
on_start_array(void *context)
{
	return on_open(context, true);
}

static int
on_map_key(void *context, const unsigned char *text, size_t len)
{
	struct rf_slice name = { (const char *)text, (uint32_t)len };
	struct json *json = context;
	return rf_body_walk_down(&json->walk, RF_SLICE(""), name);
}

static int
on_end(void *context)
{
	struct json *json = context;
	json->depth--;
	value_end(json);
	return 1;
}

void
rf_body_read_json(struct rf_body *out, struct rf_slice body, const struct rf_body_mapping *mapping)
{
	static const yajl_callbacks callbacks = {
		.yajl_null = on_null,
		.yajl_boolean = on_boolean,
		.yajl_number = on_number,
		.yajl_string = on_string,
		.yajl_start_map = on_start_map,
		.yajl_map_key = on_map_key,
		.yajl_end_map = on_end,
		.yajl_start_array = on_start_array,
		.yajl_end_array = on_end,
	};
	struct json json = { .depth = 0 };
	bool marked = body.len >= 3 && memcmp(body.p, "\xef\xbb\xbf", 3) == 0;
	if (marked)
		body = (struct rf_slice){ body.p + 3, body.len - 3 };
	*out = (struct rf_body){ .kind = RF_BODY_JSON, .trust = RF_BODY_NO_STATUS, .why = "" };
	rf_body_walk_init(&json.walk, out, mapping == NULL ? NULL : mapping->json,
	    mapping == NULL ? NULL : mapping->alias, '.');
	yajl_handle yajl = yajl_alloc(&callbacks, NULL, &json);
	bool good = yajl != NULL &&
	    yajl_parse(yajl, (const unsigned char *)body.p, body.len) == yajl_status_ok &&
	    yajl_complete_parse(yajl) == yajl_status_ok;
	if (yajl != NULL)
		yajl_free(yajl);
	if (!good)
		*out = (struct rf_body){ .kind = RF_BODY_JSON,
			.trust = RF_BODY_BAD,
			.why = "no JSON, or too deep or too long" };
	else if (marked && out->trust == RF_BODY_OK) {
		out->trust = RF_BODY_LENIENT;
		out->why = "a byte order mark";
	}
}
