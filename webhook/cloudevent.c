/* SPDX-License-Identifier: BSD-2-Clause */
/* webhook/cloudevent.c -- the envelope: CloudEvents 1.0, JSON format 3.1. */
#include "webhook/cloudevent.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <yajl/yajl_tree.h>

static const char *
text_of(yajl_val tree, const char *name)
{
	const char *path[] = { name, NULL };
	yajl_val value = yajl_tree_get(tree, path, yajl_t_string);
	return value != NULL ? YAJL_GET_STRING(value) : NULL;
}

static long long
number_of(yajl_val tree, const char *name)
{
	const char *path[] = { name, NULL };
	yajl_val value = yajl_tree_get(tree, path, yajl_t_number);
	return value != NULL && YAJL_IS_INTEGER(value) ? YAJL_GET_INTEGER(value) : -1;
}

/* The engine writes bytes above ASCII as Latin-1, so that none is lost; back to bytes. */
static char *
raw_of(yajl_val tree, const char *name)
{
	const char *text = text_of(tree, name);
	char *out = text != NULL ? strdup(text) : NULL;
	char *to = out;
	for (const char *p = out; p != NULL && *p != '\0'; p++) {
		unsigned char first = (unsigned char)*p;
		if (first >= 0xc2 && first <= 0xc3)
			*to++ = (char)((first & 3) << 6 | (*++p & 0x3f));
		else
			*to++ = *p;
	}
	if (to != NULL)
		*to = '\0';
	return out;
}

/* RFC 3339, UTC, microseconds. */
static void
write_time(char out[40], long long us)
{
	time_t seconds = (time_t)(us / 1000000);
	struct tm utc;
	gmtime_r(&seconds, &utc);
	size_t len = strftime(out, 40, "%Y-%m-%dT%H:%M:%S", &utc);
	snprintf(out + len, 40 - len, ".%06lldZ", us % 1000000);
}

static bool
write_body(struct rf_cloudevent *out, struct rf_slice event, const char *source, const char *type,
    const char *session, long long us)
{
	char time[40];
	write_time(time, us);
	for (int round = 0; round < 2; round++) {
		int len = snprintf(out->body, out->body_len,
		    "{\"specversion\":\"1.0\",\"id\":\"%s\",\"source\":\"%s\",\"type\":\"%s\","
		    "\"subject\":\"%s\",\"time\":\"%s\",\"datacontenttype\":\"application/json\","
		    "\"data\":%.*s}",
		    out->id, source, type, session, time, (int)event.len, event.p);
		if (round == 1)
			return true;
		out->body = malloc((size_t)len + 1);
		out->body_len = (uint32_t)len + 1;
		if (out->body == NULL)
			return false;
	}
	return false;
}

bool
rf_cloudevent_write(struct rf_cloudevent *out, struct rf_slice event, const char *source)
{
	char *text = strndup(event.p, event.len);
	yajl_val tree = text != NULL ? yajl_tree_parse(text, NULL, 0) : NULL;
	const char *type = tree != NULL ? text_of(tree, "type") : NULL;
	const char *session = tree != NULL ? text_of(tree, "session") : NULL;
	long long sequence = tree != NULL ? number_of(tree, "sequence") : -1;
	long long us = tree != NULL ? number_of(tree, "time_us") : -1;
	bool ok = false;
	memset(out, 0, sizeof *out);
	if (type != NULL && session != NULL && sequence >= 0 && us >= 0) {
		snprintf(out->id, sizeof out->id, "%s-%lld", session, sequence);
		out->call_id = raw_of(tree, "call_id");
		out->from_tag = raw_of(tree, "from_tag");
		ok = write_body(out, event, source, type, session, us);
	}
	if (ok)
		out->body_len--; /* without the NUL */
	else
		rf_cloudevent_fini(out);
	yajl_tree_free(tree);
	free(text);
	return ok;
}

void
rf_cloudevent_fini(struct rf_cloudevent *c)
{
	free(c->call_id);
	free(c->from_tag);
	free(c->body);
	memset(c, 0, sizeof *c);
}
