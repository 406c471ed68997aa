/* SPDX-License-Identifier: BSD-2-Clause */
/* engine/record.c -- writes the record of a session: raw identifiers as received (R6), the outcome
 * as conclude() wrote it.  JSON by hand, because the engine links against nothing. */
#include "engine/record.h"

#include <assert.h>

#include "engine/compose.h"
#include "engine/dialog.h"
#include "engine/replace.h"
#include "engine/route.h"
#include "engine/snapshot.h"
#include "grammar/scan.h"

enum { VALUE_MAX = 4096, VALUE_SHORT_MAX = 256 }; /* raw bytes of a value; when that is too much */

struct record {
	struct rf_writer w;
	uint32_t value_max;
	bool cut;                               /* some value was longer */
};

static bool
is_special(char c)
{
	return (unsigned char)c < 0x20 || (unsigned char)c >= 0x7f || c == '"' || c == '\\';
}

static void
write_string(struct rf_writer *w, struct rf_slice text)
{
	const char *p = text.p, *end = text.p + text.len, *from;
	rf_write_text(w, "\"");
	if (rf_scan_is_graphic(p, end) && rf_scan_either(p, end, '"', '\\') == end) {
		rf_write(w, text);                      /* nearly always */
		p = end;
	}
	while (p < end) {
		for (from = p; p < end && !is_special(*p); p++)
			continue;
		rf_write(w, rf_slice_between(from, p));
		if (p == end)
			break;
		rf_write_text(w, "\\u00"); /* bytes above ASCII as Latin-1: nothing is lost */
		rf_write_hex(w, (unsigned char)*p++, 2);
	}
	rf_write_text(w, "\"");
}

static void
field(struct record *out, const char *name, struct rf_slice value)
{
	if (value.len == 0)
		return;
	if (value.len > out->value_max) {
		value.len = out->value_max;
		out->cut = true;
	}
	rf_write_text(&out->w, ",\"");
	rf_write_text(&out->w, name);
	rf_write_text(&out->w, "\":");
	write_string(&out->w, value);
}

static void
number(struct record *out, const char *name, uint64_t value)
{
	rf_write_text(&out->w, ",\"");
	rf_write_text(&out->w, name);
	rf_write_text(&out->w, "\":");
	rf_write_number(&out->w, value);
}

static void
tag_field(const struct rf_engine *e, struct record *out, const char *name, uint64_t tag)
{
	rf_write_text(&out->w, ",\"");
	rf_write_text(&out->w, name);
	rf_write_text(&out->w, "\":\"");
	rf_write_tag(e, &out->w, tag);
	rf_write_text(&out->w, "\"");
}

static const char *
type_of(enum rf_store_kind kind, const struct rf_call *call, const struct rf_refer *refer,
    const struct rf_replace *replace)
{
	switch (kind) {
	case RF_STORE_ESTABLISHED:
		return replace == NULL ? "call.connected"
		    : replace->state == RF_REPLACE_IS_COMMITTING ? "call.replacing"
		    : call->pair[1] == replace->leg ? "call.replaced" : "call.kept";
	case RF_STORE_PROMISE:
		return "transfer.requested";
	case RF_STORE_WITHDRAWAL:
		return "transfer.withdrawn";
	case RF_STORE_OUTCOME:
		return refer->outcome == RF_OUTCOME_TRANSFERRED ? "transfer.connected" :
		    refer->outcome == RF_OUTCOME_CLOSED ? "transfer.closed" : "transfer.failed";
	case RF_STORE_ENDED:
		return "call.ended";
	case RF_STORE_ATTEMPT:                          /* the session only, no event */
	case RF_STORE_KIND_MAX:
		break;
	}
	return "";
}

static const char *const outcome_name[] = {
	[RF_OUTCOME_NONE] = "", [RF_OUTCOME_TRANSFERRED] = "TRANSFERRED",
	[RF_OUTCOME_FAILED] = "FAILED", [RF_OUTCOME_CLOSED] = "CLOSED",
};

static void
write_outcome(struct rf_step *s, struct record *out)
{
	const struct rf_refer *r = s->refer;
	struct rf_slice wrap_up = RF_SLICE("");
	number(out, "status", r->status);
	field(out, "outcome", rf_slice_of(outcome_name[r->outcome]));
	if (r->outcome == RF_OUTCOME_CLOSED)
		wrap_up = RF_SLICE("ABANDONED");
	else if (r->outcome == RF_OUTCOME_FAILED && r->referrer_left && !r->rescued)
		wrap_up = RF_SLICE("NO_PARTY_LEFT");
	else if (s->route != NULL && r->outcome == RF_OUTCOME_TRANSFERRED)
		wrap_up = rf_plan_text(
		    rf_route_plan(s->e, s->route), rf_route_plan(s->e, s->route)->wrap_up);
	else if (s->route != NULL)
		wrap_up = rf_route_wrap_up(s->e, s->route, r->status);
	field(out, "wrap_up", wrap_up);
	if (r->rescued)
		rf_write_text(&out->w, ",\"rescued\":true");
	if (s->route != NULL)
		number(out, "attempts", s->route->attempts);
	/* What the referrer is about to be told (RFC 3515 2.4.5), if there is somebody to tell. */
	bool told = rf_subscription_at(s->e, r->subscription) != NULL;
	number(out, "refer_status", r->accept_code);
	if (told)
		number(out, "notify_status", r->status);
	field(out, "subscription_state", told ? RF_SLICE("terminated") : RF_SLICE("none"));
	field(out, "reason", rf_reason_phrase(r->status));
}

/* Why it went where it went. */
static void
write_route(const struct rf_engine *e, struct record *out, const struct rf_route *route)
{
	const struct rf_plan *plan = rf_route_plan(e, route);
	field(out, "partner", rf_plan_text(plan, plan->partner));
	field(out, "key", rf_plan_text(plan, plan->key));
	field(out, "route", rf_plan_text(plan, plan->route));
	field(out, "queue", rf_route_queue(e, route));
	field(out, "skill", rf_plan_text(plan, plan->skill));
	field(out, "recording_policy", rf_route_recording_policy(e, route));
	field(out, "target", rf_route_target(e, route));
}

static void
write_refer(struct rf_step *s, struct record *out, enum rf_store_kind kind)
{
	const struct rf_refer *r = s->refer;
	struct rf_slice ids = rf_text_get(s->e, r->ids);
	uint32_t call_id_len = r->ids_call_id_len;
	field(out, "refer_call_id", (struct rf_slice){ ids.p, call_id_len });
	field(out, "refer_from_tag", (struct rf_slice){ ids.p + call_id_len,
		ids.len - call_id_len });
	tag_field(s->e, out, "refer_to_tag", r->ids_to_tag);
	number(out, "refer_cseq", r->cseq);
	field(out, "refer_to", rf_text_get(s->e, r->refer_to));
	field(out, "referred_by", rf_text_get(s->e, r->referred_by));
	if (s->route != NULL)
		write_route(s->e, out, s->route);
	if (kind == RF_STORE_OUTCOME)
		write_outcome(s, out);
}

/* The plan of a call goes when somebody answered; what the record of its end needs of it stays, as
 * the text that it is going to be. */
static void
write_connected(struct rf_step *s, struct record *out)
{
	const struct rf_route *route = rf_route_at(s->e, s->call->route);
	uint32_t from = out->w.len;
	bool full = false;
	if (route == NULL)
		return;
	write_route(s->e, out, route);
	if (!out->w.overflow)
		rf_text_set(s->e, &s->call->about,
		    (struct rf_slice){ out->w.p + from, out->w.len - from }, &full);
}

static void
write_end(struct rf_step *s, struct record *out)
{
	const struct rf_call *call = s->call;
	const struct rf_route *route = rf_route_at(s->e, call->route);
	if (call->about != 0)
		rf_write(&out->w, rf_text_get(s->e, call->about));
	else if (route != NULL)                         /* nobody ever answered */
		write_route(s->e, out, route);
	number(out, "started_us", (uint64_t)(s->e->wall_clock_us + call->since));
	if (call->answered != 0)
		number(out, "answered_us", (uint64_t)(s->e->wall_clock_us + call->answered));
	else
		number(out, "status", call->status != 0 ? call->status : 487);
	number(out, "duration_ms", (uint64_t)((s->now - call->since) / RF_MS));
}

/* Whose place the new party takes, and by which dialog it is known. */
static void
write_replacer(struct rf_step *s, struct record *out)
{
	const struct rf_leg *leg = rf_leg_at(s->e, s->replace->leg);
	const struct rf_leg *replaced = rf_leg_at(s->e, s->replace->replaced);
	const struct rf_dialog *d = leg != NULL ? rf_dialog_at(s->e, leg->dialog) : NULL;
	const struct rf_dialog *old =
	    replaced != NULL ? rf_dialog_at(s->e, replaced->dialog) : NULL;
	if (old != NULL) {
		field(out, "replaced_call_id", rf_dialog_text(s->e, old, RF_DT_CALL_ID));
		tag_field(s->e, out, "replaced_tag", old->local_tag);
	}
	if (d != NULL) {
		field(out, "replacer_call_id", rf_dialog_text(s->e, d, RF_DT_CALL_ID));
		tag_field(s->e, out, "replacer_tag", d->local_tag);
		field(out, "partner", rf_text_get(s->e, leg->partner));
	}
}

static struct rf_slice
write_record(struct rf_step *s, enum rf_store_kind kind, uint32_t value_max)
{
	struct rf_slice origin = rf_text_get(s->e, s->call->origin);
	uint32_t call_id_len = s->call->origin_call_id_len;
	struct record record = { .value_max = value_max }, *out = &record;
	rf_bytes_begin(s, &out->w);
	rf_write_text(&out->w, "{\"type\":\"");
	rf_write_text(&out->w, type_of(kind, s->call, s->refer, s->replace));
	rf_write_text(&out->w, "\",\"session\":\"");
	rf_write_hex(&out->w, s->call->session, 12);
	rf_write_text(&out->w, "\"");
	number(out, "sequence", s->call->events);
	number(out, "time_us", (uint64_t)(s->e->wall_clock_us + s->now));
	field(out, "call_id", (struct rf_slice){ origin.p, call_id_len });
	field(
	    out, "from_tag", (struct rf_slice){ origin.p + call_id_len, origin.len - call_id_len });
	tag_field(s->e, out, "to_tag", s->call->origin_to_tag);
	if (s->replace != NULL)
		write_replacer(s, out);
	if (kind == RF_STORE_ENDED)
		write_end(s, out);
	else if (kind == RF_STORE_ESTABLISHED)
		write_connected(s, out);
	else
		write_refer(s, out, kind);
	rf_write_text(&out->w, out->cut ? ",\"cut\":true}" : "}");
	return rf_bytes_end(s, &out->w);
}

void
rf_record(struct rf_step *s, enum rf_store_kind kind, rf_token token)
{
	assert(s->call != NULL);
	struct rf_slice snapshot = RF_SLICE(""), bytes = RF_SLICE("");
	if (kind != RF_STORE_ATTEMPT) {
		s->call->events++;
		bytes = write_record(s, kind, VALUE_MAX);
		if (bytes.len == 0)
			bytes = write_record(s, kind, VALUE_SHORT_MAX);
	}
	/* With what the record left in the call. */
	if (kind != RF_STORE_ENDED && !s->e->config.no_snapshots) {
		snapshot = rf_snapshot(s);
		s->e->stats.snapshots++;
		s->e->stats.snapshot_bytes += snapshot.len;
	}
	s->e->stats.writes_awaited += token != 0;
	struct rf_effect *x = rf_effect_new(s, RF_FX_STORE);
	x->token = token;
	x->store = kind;
	x->session = s->call->session;
	x->bytes = bytes;
	x->snapshot = snapshot;
	x->cdr = kind == RF_STORE_OUTCOME || kind == RF_STORE_ENDED;
}
