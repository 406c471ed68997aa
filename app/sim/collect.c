/* SPDX-License-Identifier: BSD-2-Clause */
/* app/sim/collect.c -- what is seen at referee's edge, sorted by call: ladders, first NOTIFYs, and
 * what the store holds in the end.
 *
 * A call is known by the number its customer wrote into From; its legs by their Call-IDs. */
#include <stdlib.h>
#include <string.h>

#include "app/ladder.h"
#include "app/sim/run_parts.h"

enum { GIVE_UP_S = 15 };        /* a caller after the center heard that nobody can be had */

/* ---- which call ------------------------------------------------------------------------------ */

static uint64_t
key_of(struct rf_slice s)
{
	uint64_t h = 0xcbf29ce484222325U;       /* FNV-1a */
	for (uint32_t i = 0; i < s.len; i++)
		h = (h ^ (uint8_t)s.p[i]) * 0x100000001b3U;
	return h != 0 ? h : 1;
}

static struct study_known *
find_slot(struct study_map *m, uint64_t key)
{
	uint32_t i = (uint32_t)(key ^ key >> 32) & (m->room - 1);
	while (m->at[i].call != 0 && m->at[i].key != key)
		i = (i + 1) & (m->room - 1);
	return &m->at[i];
}

static void
know(struct study_map *m, uint64_t key, uint32_t call)
{
	if (2 * (m->count + 1) > m->room) {
		struct study_map bigger = { .room = m->room > 0 ? 2 * m->room : 1024 };
		bigger.at = calloc(bigger.room, sizeof *bigger.at);
		if (bigger.at == NULL)
			abort();
		for (uint32_t i = 0; i < m->room; i++) {
			if (m->at[i].call != 0)
				*find_slot(&bigger, m->at[i].key) = m->at[i];
		}
		bigger.count = m->count;
		free(m->at);
		*m = bigger;
	}
	struct study_known *slot = find_slot(m, key);
	m->count += slot->call == 0;
	*slot = (struct study_known){ key, call };
}

/* Index + 1; 0: unknown. */
static uint32_t
known(struct study_map *m, uint64_t key)
{
	return m->room > 0 ? find_slot(m, key)->call : 0;
}

/* The digits behind the user part of From: "sip:carrier-17@...". */
static uint32_t
number_of(const struct sip_text *t)
{
	struct rf_slice uri = sip_address_uri(sip_value(t, "From"));
	const char *at = uri.len > 0 ? memchr(uri.p, '@', uri.len) : NULL;
	uint32_t end = at != NULL ? (uint32_t)(at - uri.p) : 0, first = end;
	uint64_t number = 0;
	while (first > 0 && uri.p[first - 1] >= '0' && uri.p[first - 1] <= '9')
		first--;
	for (; first < end && number < RF_SIM_CALLS_MAX; first++)
		number = number * 10 + (uint64_t)(uri.p[first] - '0');
	return (uint32_t)number;
}

static uint32_t
call_of(struct study *s, const struct world_sight *sight)
{
	const struct sip_text *t = sight->text;
	uint64_t key = key_of(sip_value(t, "Call-ID"));
	uint32_t call = known(&s->calls, key);
	if (call == 0 && t->is_request && sip_is(t->method, "INVITE")) {
		call = number_of(t);
		if (call == 0 || call > s->run->calls)
			return 0;
		know(&s->calls, key, call);
	}
	if (call != 0 && sight->session != 0) {
		know(&s->sessions, sight->session, call);
		s->run->call[call - 1].session = sight->session;
	}
	return call;
}

/* ---- ladders --------------------------------------------------------------------------------- */

static struct rf_sim_step *
step_new(struct study *s, uint32_t call)
{
	struct rf_sim_run *r = s->run;
	if (r->steps == RF_SIM_STEPS_MAX)
		return NULL;
	if (r->steps == r->step_room) {
		r->step_room = 2 * r->step_room + 1024;
		r->step = realloc(r->step, r->step_room * sizeof *r->step);
		if (r->step == NULL)
			abort();
	}
	struct rf_sim_step *step = &r->step[r->steps++];
	*step = (struct rf_sim_step){ .at = s->w->now, .call = call - 1 };
	return step;
}

/* The rows that tables took since the last message, of calls that are known by now. */
static void
take_rows(struct study *s)
{
	struct rf_trace t;
	if (s->w->down)
		return;
	if (s->trace_starts != s->w->starts) {
		s->trace_starts = s->w->starts;
		s->trace_cursor = 0;
	}
	while (rf_trace_next(s->w->engine, &s->trace_cursor, &t)) {
		uint32_t call = t.kind == RF_TRACE_ROW && t.session != 0 &&
			rf_ladder_row_is_shown(t.machine) ? known(&s->sessions, t.session) : 0;
		struct rf_sim_step *step = call != 0 ? step_new(s, call) : NULL;
		if (step == NULL)
			continue;
		step->at = t.time;
		step->party = WORLD_PARTIES_MAX;
		step->machine = t.machine;
		step->row = t.row;
	}
}

static void
take_step(struct study *s, const struct world_sight *sight, uint32_t call, uint32_t frag)
{
	const struct sip_text *t = sight->text;
	struct rf_sim_step *step = step_new(s, call);
	if (step == NULL)
		return;
	step->party = (uint8_t)sight->party->index;
	step->from_party = sight->from_party;
	step->lost = strncmp(sight->fate, "(lost", 5) == 0;
	step->status = t->is_request ? 0 : (uint16_t)t->status;
	step->frag = (uint16_t)frag;
	memcpy(step->method, t->method.p,
	    t->method.len < sizeof step->method ? t->method.len : sizeof step->method - 1);
}

/* ---- what matters of a message --------------------------------------------------------------- */

static void
notify_seen(struct study *s, uint32_t call, const struct sip_text *t, uint32_t frag)
{
	struct rf_sim_call *c = &s->run->call[call - 1];
	struct rf_slice state = sip_value(t, "Subscription-State");
	bool last = state.len >= 10 && memcmp(state.p, "terminated", 10) == 0;
	if (c->notified == RF_TIME_NEVER)
		c->notified = s->w->now;
	if (!last || c->told != RF_TIME_NEVER)
		return;
	c->told = s->w->now;
	c->outcome_status = (uint16_t)frag;
	if (frag >= 300)
		study_later(s, GIVE_UP_S * RF_SECOND, STUDY_GIVES_UP, call, 0, 0);
}

static void
refer_answered(struct study *s, uint32_t call, const struct sip_text *t)
{
	struct rf_sim_call *c = &s->run->call[call - 1];
	if (t->status < 200 || c->refer_status != 0)
		return;
	c->refer_status = (uint16_t)t->status;
	if (t->status < 300)
		c->accepted = s->w->now;
	else
		study_later(s, GIVE_UP_S * RF_SECOND, STUDY_GIVES_UP, call, 0, 0);
}

void
study_see(void *user, const struct world *w, const struct world_sight *sight)
{
	struct study *s = user;
	const struct sip_text *t = sight->text;
	uint32_t call = sight->party->index < w->parties ? call_of(s, sight) : 0;
	bool notify = t->is_request && sip_is(t->method, "NOTIFY");
	uint32_t frag = notify ? (uint32_t)sip_frag_status(t->body) : 0;
	if (s->capture != NULL)
		pcapng_see(s->capture, w, sight);
	if (s->wants_steps)
		take_rows(s);
	if (call == 0)
		return;
	if (s->wants_steps)
		take_step(s, sight, call, frag);
	if (notify && !sight->from_party)
		notify_seen(s, call, t, frag);
	else if (!t->is_request && sip_is(t->method, "REFER") && !sight->from_party)
		refer_answered(s, call, t);
}

/* ---- the store ------------------------------------------------------------------------------- */

/* The value of a key in a record of ours: quotes within values are escaped, so it is found so. */
static struct rf_slice
value_of(const char *record, const char *key)
{
	char pattern[40];
	snprintf(pattern, sizeof pattern, "\"%s\":\"", key);
	const char *p = strstr(record, pattern);
	if (p == NULL)
		return (struct rf_slice){ "", 0 };
	p += strlen(pattern);
	return (struct rf_slice){ p, (uint32_t)strcspn(p, "\"") };
}

void
study_read_records(struct study *s)
{
	for (uint32_t i = 0; i < s->w->records; i++) {
		const char *record = s->w->record[i].text;
		struct rf_slice wrap_up = value_of(record, "wrap_up");
		uint32_t call = wrap_up.len > 0 && wrap_up.len < RF_SIM_WRAP_UP_MAX ?
		    known(&s->calls, key_of(value_of(record, "call_id"))) : 0;
		if (call != 0)
			snprintf(s->run->call[call - 1].wrap_up, RF_SIM_WRAP_UP_MAX, "%.*s",
			    (int)wrap_up.len, wrap_up.p);
	}
}

void
study_collect_fini(struct study *s)
{
	free(s->calls.at);
	free(s->sessions.at);
}
