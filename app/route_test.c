/* SPDX-License-Identifier: BSD-2-Clause */
/* app/route_test.c -- writes the request the operator means, asks the very policy that `serve`
 * asks, and shows every rule it tried.  Nothing is sent, and round-robin starts at its beginning.
 */
#include "app/route_test.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "app/cdr.h"
#include "app/json.h"
#include "app/zone.h"
#include "policy/policy.h"

static const char *const verdict_text[] = {
	[RF_ROUTE_TAKEN] = "taken", [RF_ROUTE_OTHER_TRIGGER] = "not for this request",
	[RF_ROUTE_OTHER_PARTNER] = "another partner", [RF_ROUTE_OTHER_KEY] = "key does not match",
	[RF_ROUTE_NO_SKILL] = "key leads to no skill", [RF_ROUTE_CLOSED] = "outside of its hours",
	[RF_ROUTE_QUEUE_CLOSED] = "its queue is closed",
};

static const char *const step_text[] = {
	[RF_STEP_DONE] = "done", [RF_STEP_OTHER_TRIGGER] = "not for this request",
	[RF_STEP_OTHER_PARTNER] = "another partner", [RF_STEP_OTHER_KEY] = "not for this key",
	[RF_STEP_NO_PART] = "the URI has no such part", [RF_STEP_NO_MATCH] = "does not match",
	[RF_STEP_NO_NUMBER] = "no number with these prefixes",
	[RF_STEP_TOO_LONG] = "too long", [RF_STEP_TOO_MANY_STEPS] = "too many steps",
};

static bool
write_request(struct rf_writer *w, const struct rf_options *o)
{
	const char *method = o->invite ? "INVITE " : "REFER ";
	rf_write_text(w, method);
	rf_write_text(w, o->invite ? o->refer_to : "sip:referee@localhost");
	rf_write_text(w, " SIP/2.0\r\nVia: SIP/2.0/UDP localhost;branch=z9hG4bKroutetest\r\n"
			 "From: <sip:test@localhost>;tag=1\r\nTo: "
			 "<sip:referee@localhost>\r\nCall-ID: route-test\r\n"
			 "CSeq: 1 ");
	rf_write_text(w, method);
	rf_write_text(w, "\r\nContact: <sip:test@localhost>\r\n");
	if (!o->invite)
		rf_write_header(w, RF_H_REFER_TO, rf_slice_of(o->refer_to));
	if (o->referred_by != NULL)
		rf_write_header(w, RF_H_REFERRED_BY, rf_slice_of(o->referred_by));
	rf_write_body(w, RF_SLICE(""));
	return !w->overflow;
}

static void
write_trail(FILE *f, const struct rf_config *config, const struct rf_route_trail *trail, bool json)
{
	for (uint32_t i = 0; i < trail->count && i < RF_POLICY_TRAIL_MAX; i++) {
		const struct rf_policy_route *r = &config->policy.routes[trail->at[i].route];
		const char *why = verdict_text[trail->at[i].verdict];
		if (!json && trail->left_out > 0 && i + 1 == trail->count)
			fprintf(f, "  ... and %u more\n", trail->left_out);
		if (json)
			fprintf(f, "%s{\"route\":%u,\"verdict\":\"%s\"}", i > 0 ? "," : "",
			    trail->at[i].route, why);
		else
			fprintf(f, "  routes[%u]%s%s  %s\n", trail->at[i].route,
			    r->key != NULL ? "  key " : "", r->key != NULL ? r->key : "", why);
	}
}

/* What a rule does, as the file says it. */
static void
write_rule(FILE *f, const struct rf_policy_rule *rule)
{
	static const char *const part[] = { "", "host", "parameter/", "header/" };
	if (rule->take.kind != RF_TAKE_NOTHING)
		fprintf(f, "take %s%s", part[rule->take.kind], rule->take.name);
	else if (rule->country != NULL)
		fprintf(f, "country %s", rule->country);
	else if (rule->fold != RF_FOLD_NOTHING)
		fprintf(f, "case %s", rule->fold == RF_FOLD_LOWER ? "lower" : "upper");
	else
		fprintf(f, "match %s", rule->match);
}

/* The key, and what each rule made of it. */
static void
write_steps(FILE *f, const struct rf_config *config, const struct rf_route_trail *trail, bool json)
{
	if (!trail->has_key)
		return;
	if (json) {
		fputs(",\"user\":", f);
		rf_json_write(f, (struct rf_slice){ trail->key, trail->key_len });
		fputs(",\"normalised\":[", f);
	} else if (trail->steps > 0) {
		fprintf(f, "key as written: %.*s\nrules of normalise:\n", (int)trail->key_len,
		    trail->key);
	}
	for (uint32_t i = 0; i < trail->steps; i++) {
		struct rf_slice key = { trail->step[i].key, trail->step[i].len };
		const char *verdict = step_text[trail->step[i].verdict];
		if (json) {
			fprintf(f, "%s{\"rule\":%u,\"verdict\":\"%s\",\"key\":",
			    i > 0 ? "," : "", i, verdict);
			rf_json_write(f, key);
			fputc('}', f);
			continue;
		}
		fprintf(f, "  normalise[%u]  ", i);
		write_rule(f, &config->policy.normalise[i]);
		fprintf(f, "  %s", verdict);
		if (trail->step[i].verdict == RF_STEP_DONE)
			fprintf(f, ": %.*s", (int)key.len, key.p);
		fputc('\n', f);
	}
	if (json)
		fputc(']', f);
}

static void
write_target(FILE *f, const struct rf_plan *p, const struct rf_plan_target *target, bool json)
{
	const struct {
		const char *name;
		struct rf_slice value;
	} own[] = {
		{ "queue", rf_plan_text(p, target->queue) },
		{ "recording_policy", rf_plan_text(p, target->recording_policy) },
	};
	struct rf_slice uri = rf_plan_text(p, target->uri);
	if (json) {
		fputs("{\"uri\":", f);
		rf_json_write(f, uri);
		fprintf(f, ",\"ring_ms\":%u,\"overflow\":%s", target->ring_ms,
		    target->overflow ? "true" : "false");
	} else {
		fprintf(f, "%-8s %.*s  ring %u ms", target->overflow ? "overflow" : "target",
		    (int)uri.len, uri.p, target->ring_ms);
	}
	for (size_t i = 0; i < RF_ARRAY_LEN(own); i++) {
		struct rf_slice value = own[i].value;
		if (value.len == 0)
			continue;
		fprintf(f, json ? ",\"%s\":\"%.*s\"" : "  %s %.*s", own[i].name, (int)value.len,
		    value.p);
	}
	fputc(json ? '}' : '\n', f);
}

static void
write_plan(FILE *f, const struct rf_plan *p, bool json)
{
	const struct {
		const char *name;
		struct rf_slice value;
	} row[] = {
		{ "key", rf_plan_text(p, p->key) }, { "route", rf_plan_text(p, p->route) },
		{ "queue", rf_plan_text(p, p->queue) }, { "skill", rf_plan_text(p, p->skill) },
		{ "recording_policy", rf_plan_text(p, p->recording_policy) },
		{ "wrap_up", rf_plan_text(p, p->wrap_up) }, { "ivr", rf_plan_text(p, p->ivr) },
		{ "why", rf_plan_text(p, p->why) },
	};
	for (size_t i = 0; i < RF_ARRAY_LEN(row); i++) {
		if (row[i].value.len == 0)
			continue;
		if (json) {
			fprintf(f, ",\"%s\":", row[i].name);
			rf_json_write(f, row[i].value);
		} else {
			fprintf(
			    f, "%-8s %.*s\n", row[i].name, (int)row[i].value.len, row[i].value.p);
		}
	}
	if (json)
		fprintf(f, ",\"targets\":[");
	for (unsigned i = 0; i < p->target_count; i++) {
		if (json && i > 0)
			fputc(',', f);
		write_target(f, p, &p->target[i], json);
	}
	if (json)
		fputc(']', f);
}

struct moment {
	struct rf_zones *zones;
	int64_t us;
};

static void
local_time(void *user, const char *zone, struct rf_policy_local *out)
{
	const struct moment *moment = user;
	rf_zones_local(moment->zones, zone, moment->us, out);
}

static bool
has_partner(const struct rf_policy_tables *tables, const char *name)
{
	for (uint32_t i = 0; i < tables->partners_count; i++) {
		if (strcmp(tables->partners[i].name, name) == 0)
			return true;
	}
	return false;
}

int
rf_route_test(const struct rf_config *config, const struct rf_options *o, FILE *out)
{
	static struct rf_message message;
	static struct rf_plan plan;
	static struct rf_route_trail trail;
	char request[RF_MESSAGE_MAX];
	struct rf_writer w;
	const char *why = "";
	if (!has_partner(&config->policy, o->partner)) {
		fprintf(out, "referee route test: --partner: there is no partner \"%s\"\n",
		    o->partner);
		return RF_EXIT_USAGE;
	}
	rf_writer_init(&w, request, sizeof request);
	if (!write_request(&w, o) ||
	    rf_message_parse(&message, rf_written(&w), &why) != RF_VERDICT_OK) {
		fprintf(out, "no such request can be written: %s\n", why);
		return RF_EXIT_USAGE;
	}
	struct moment moment = { .us = (int64_t)time(NULL) * RF_SECOND };
	if (o->at != NULL && !rf_cdr_since_parse(&moment.us, o->at, moment.us)) {
		fprintf(out,
		    "referee route test: --at: expected 2026-11-25T20:15:00Z, got \"%s\"\n",
		    o->at);
		return RF_EXIT_USAGE;
	}
	moment.zones = rf_zones_new();
	struct rf_policy *policy = rf_policy_new(&config->policy);
	if (policy == NULL || moment.zones == NULL)
		abort();
	rf_policy_route(policy,
	    &(struct rf_route_question){
		.trigger = o->invite ? RF_TRIGGER_INVITE : RF_TRIGGER_REFER,
		.partner = rf_slice_of(o->partner),
		.partner_assumed = true,
		.message = &message,
		.trail = &trail,
		.local_time = local_time,
		.user = &moment },
	    &plan);
	if (o->json) {
		fprintf(out, "{\"allow\":%s,\"status\":%u", plan.allow ? "true" : "false",
		    plan.allow ? 0u : plan.status);
		write_plan(out, &plan, true);
		write_steps(out, config, &trail, true);
		fprintf(out, ",\"tried\":[");
		write_trail(out, config, &trail, true);
		fprintf(out, "],\"left_out\":%u}\n", trail.left_out);
	} else {
		if (plan.allow)
			fprintf(out, "allowed\n");
		else
			fprintf(out, "refused: %u\n", plan.status);
		write_plan(out, &plan, false);
		write_steps(out, config, &trail, false);
		fprintf(out, "rules tried:\n");
		write_trail(out, config, &trail, false);
	}
	rf_policy_free(policy);
	rf_zones_free(moment.zones);
	return plan.allow ? RF_EXIT_OK : RF_EXIT_FAILED;
}
