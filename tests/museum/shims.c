/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/museum/shims.c -- the pieces that are no rows. */
#include "tests/museum/shims.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/sip.h"

enum { BYTES_MAX = 24 * 1024, SOURCES_MAX = 16 };

static struct sip_text text;

/* ---- changing text --------------------------------------------------------------------------- */

static bool
is_request(struct rf_slice bytes, const char *method)
{
	return sip_read(&text, bytes) && text.is_request &&
	    (method == NULL || sip_is(text.method, method));
}

/* [at, at + len) of *bytes becomes `by`; the result lies in `room`. */
static void
splice(struct rf_slice *bytes, char *room, const char *at, uint32_t len, const char *by)
{
	uint32_t before = (uint32_t)(at - bytes->p), added = (uint32_t)strlen(by);
	char copy[BYTES_MAX];
	assert(bytes->len + added < BYTES_MAX);
	memcpy(copy, bytes->p, before);
	memcpy(copy + before, by, added);
	memcpy(copy + before + added, at + len, bytes->len - before - len);
	bytes->len = bytes->len - len + added;
	memcpy(room, copy, bytes->len);
	bytes->p = room;
}

/* Header fields of that name, all of them. */
static void
drop_header(struct rf_slice *bytes, char *room, const char *name)
{
	struct rf_slice value;
	while (sip_read(&text, *bytes) && (value = sip_value(&text, name)).len > 0) {
		const char *line = value.p, *end = value.p + value.len;
		while (line[-1] != '\n')
			line--;
		splice(bytes, room, line, (uint32_t)(end + 2 - line), "");
	}
}

static void
set_value(struct rf_slice *bytes, char *room, const char *name, const char *value)
{
	if (!sip_read(&text, *bytes))
		return;
	struct rf_slice old = sip_value(&text, name);
	if (old.len > 0)
		splice(bytes, room, old.p, old.len, value);
}

/* ---- what is said ---------------------------------------------------------------------------- */

/* Each message sent, with room of its own. */
static void
each_sent(struct rf_effects *out, void (*change)(struct rf_slice *, char *room))
{
	static char room[RF_STEP_EFFECTS_MAX][BYTES_MAX];
	for (uint32_t i = 0; i < out->count; i++) {
		if (out->at[i].kind == RF_FX_SEND)
			change(&out->at[i].bytes, room[i]);
	}
}

static void
without_route(struct rf_slice *bytes, char *room)
{
	if (is_request(*bytes, NULL))
		drop_header(bytes, room, "Route");
}

static void
say_without_route(struct rf_effects *out)
{
	each_sent(out, without_route);
}

static void
with_lf(struct rf_slice *bytes, char *room)
{
	char length[16];
	if (!is_request(*bytes, "NOTIFY"))
		return;
	snprintf(length, sizeof length, "%u", text.body.len - 1);
	splice(bytes, room, text.body.p + text.body.len - 2, 1, "");
	set_value(bytes, room, "Content-Length", length);
}

static void
say_lf(struct rf_effects *out)
{
	each_sent(out, with_lf);
}

static void
without_id(struct rf_slice *bytes, char *room)
{
	if (is_request(*bytes, "NOTIFY"))
		set_value(bytes, room, "Event", "refer");
}

static void
say_without_id(struct rf_effects *out)
{
	each_sent(out, without_id);
}

static void
with_older_id(struct rf_slice *bytes, char *room)
{
	char value[32];
	if (!is_request(*bytes, "NOTIFY"))
		return;
	uint32_t id = sip_number(sip_param(sip_value(&text, "Event"), "id"));
	snprintf(value, sizeof value, "refer;id=%u", id > 0 ? id - 1 : 1);
	set_value(bytes, room, "Event", value);
}

static void
say_older_id(struct rf_effects *out)
{
	each_sent(out, with_older_id);
}

/* ---- what is heard --------------------------------------------------------------------------- */

static char heard[BYTES_MAX];

static void
hear_no_retry_after(struct rf_event *event)
{
	if (event->kind == RF_EV_MESSAGE)
		drop_header(&event->bytes, heard, "Retry-After");
}

static struct rf_plan *plan;

static void
hear_retries_without_end(struct rf_event *event)
{
	if (event->kind != RF_EV_ANSWER || event->plan == NULL)
		return;
	if (plan == NULL)
		plan = malloc(sizeof *plan);
	assert(plan != NULL);
	memcpy(plan, event->plan, event->plan->size);
	for (uint32_t i = 0; i < plan->failover_count; i++) {
		if (plan->failover[i].action == RF_FAILOVER_RETRY)
			plan->failover[i].times = UINT8_MAX;
	}
	event->plan = plan;
}

/* Call-ID and To tag of the latest provisional answer. */
static char early_call[256], early_tag[128];

static void
hear_the_early_tag(struct rf_event *event)
{
	if (event->kind != RF_EV_MESSAGE || !sip_read(&text, event->bytes) || text.is_request ||
	    !sip_is(text.method, "INVITE") || text.status == 100)
		return;
	struct rf_slice tag = sip_tag(&text, "To"), call = sip_value(&text, "Call-ID");
	if (text.status < 200 && early_call[0] == '\0') {
		snprintf(early_tag, sizeof early_tag, "%.*s", SIP_SLICE(tag));
		snprintf(early_call, sizeof early_call, "%.*s", SIP_SLICE(call));
	} else if (text.status < 300 && sip_is(call, early_call)) {
		splice(&event->bytes, heard, tag.p, tag.len, early_tag);
	}
}

/* A dialog is looked for at the connection or port it was first heard from. */
static struct rf_path source[SOURCES_MAX];
static uint32_t sources;

static void
hear_one_source_only(struct rf_event *event)
{
	if (event->kind != RF_EV_MESSAGE || !is_request(event->bytes, NULL))
		return;
	const struct rf_path *from = &event->path;
	for (uint32_t i = 0; i < sources; i++) {
		if (memcmp(source[i].remote.ip, from->remote.ip, sizeof from->remote.ip) != 0)
			continue;
		bool same = source[i].link == from->link &&
		    source[i].remote.port == from->remote.port;
		if (!same && sip_tag(&text, "To").len > 0)
			event->bytes = RF_SLICE("\r\n\r\n");
		return;
	}
	if (sources < SOURCES_MAX)
		source[sources++] = *from;
}

/* ---- the pieces ------------------------------------------------------------------------------ */

const struct museum_shim museum_shims[] = {
	{ "siphon#258-requests-leave-without-the-route-set", { NULL, say_without_route } },
	{ "siphon#101-a-dialog-is-known-by-its-connection", { hear_one_source_only, NULL } },
	{ "siphon#69-Retry-After-is-not-looked-at", { hear_no_retry_after, NULL } },
	{ "sprout#1791-a-503-is-retried-without-end", { hear_retries_without_end, NULL } },
	{ "pjproject#1647-two-REFERs-and-no-id-to-tell-them", { NULL, say_without_id } },
	{ "JsSIP#961-the-id-is-that-of-a-REFER-before", { NULL, say_older_id } },
	{ "baresip#3723-a-sipfrag-ends-in-LF", { NULL, say_lf } },
	{ "baresip#2819-the-tag-of-the-180-is-kept", { hear_the_early_tag, NULL } },
	{ NULL, { NULL, NULL } },
};

void
museum_shims_begin(void)
{
	sources = 0;
	early_call[0] = '\0';
}
