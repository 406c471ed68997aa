/* SPDX-License-Identifier: BSD-2-Clause */
/* sim/scene_run.c -- plays a scene: sends what it says, waits for what it expects.
 *
 * A line is carried out as soon as the one before is done; time goes on only while something is
 * awaited.  An expectation looks at what its party received since its last expectation and passes
 * over what it does not mean: the golden trace sees the rest. */
#include "sim/scene.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/policy.h"

enum { SCENE_MACHINES_MAX = 16 };

struct play {
	struct scene *scene;
	struct world_options options;
	struct world *w; /* NULL until the first line that is no `set` */
	bool loud, failed;
	uint32_t row_cursor[SCENE_MACHINES_MAX];
	uint32_t never_from[SCENE_LINES_MAX]; /* length of the inbox when the line was read */
};

static void
fail(struct play *p, const struct scene_line *line, const char *text)
{
	scene_error(p->scene, line, "%s", text);
	p->failed = true;
}

/* ---- expectations ---------------------------------------------------------------------------- */

static bool
match_sdp(struct play *p, struct rf_slice spec, const struct sip_text *t)
{
	struct sip_media media;
	bool has = sip_media_read(&media, t->body);
	if (sip_is(spec, "none"))
		return t->body.len == 0;
	while (has && spec.len > 0) {
		const char *comma = memchr(spec.p, ',', spec.len), *end = spec.p + spec.len;
		struct rf_slice word = { spec.p,
			(uint32_t)((comma != NULL ? comma : end) - spec.p) };
		uint32_t party = world_party_find(word);
		if (party != WORLD_PARTIES_MAX)
			has = sip_is(media.ip, p->w->party[party].ip);
		else if (sip_number(word) != 0)
			has = sip_number(word) == sip_number(media.port);
		else
			has = sip_is(word, media.direction);
		word.p += word.len + (comma != NULL);
		spec = (struct rf_slice){ word.p, (uint32_t)(end - word.p) };
	}
	return has;
}

static bool
match_header(const struct sip_field *wanted, const struct sip_text *t)
{
	char name[SCENE_WORD_MAX];
	party_copy(name, sizeof name, wanted->name);
	uint32_t count = sip_count(t, name);
	if (wanted->value.len == 0)
		return count == 0;
	for (uint32_t i = 0; i < count; i++) {
		if (rf_star_match(wanted->value, sip_value_at(t, name, i)))
			return true;
	}
	return false;
}

static bool
match_mail(struct play *p, const struct party_line *l, const struct party_mail *mail)
{
	static struct sip_text t;
	if (mail->again != l->again || !sip_read(&t, (struct rf_slice){ mail->bytes, mail->len }))
		return false;
	if (t.is_request != l->is_request || (l->method[0] != '\0' && !sip_is(t.method, l->method)))
		return false;
	if (!l->is_request && t.status != l->status && t.status / 100 != l->status_class)
		return false;
	if (l->uri.len > 0 && !rf_star_match(l->uri, t.uri))
		return false;
	if (l->body.len > 0 && !rf_star_match(l->body, t.body))
		return false;
	if (l->sdp.len > 0 && !match_sdp(p, l->sdp, &t))
		return false;
	for (uint32_t i = 0; i < l->headers; i++) {
		if (!match_header(&l->header[i], &t))
			return false;
	}
	return true;
}

static bool
mail_came(struct play *p, const struct scene_line *line)
{
	struct party *party = &p->w->party[line->party];
	for (uint32_t i = party->inbox_cursor; i < party->inbox_count; i++) {
		if (match_mail(p, &line->line, &party->inbox[i])) {
			party->inbox_cursor = i + 1;
			return true;
		}
	}
	return false;
}

static bool
row_taken(struct play *p, const struct scene_line *line)
{
	for (uint32_t m = 0; world_machine(p->w, m) != NULL && m < SCENE_MACHINES_MAX; m++) {
		const struct rf_fsm *fsm = world_machine(p->w, m);
		for (uint32_t i = p->row_cursor[m]; i < p->w->rows; i++) {
			const struct world_row *taken = &p->w->row[i];
			if (taken->machine != m || strcmp(fsm->name, line->word[0]) != 0)
				continue;
			const struct rf_row *row = &fsm->row[taken->row];
			char full[SCENE_WORD_MAX];
			snprintf(
			    full, sizeof full, "%s -> %s", row->name, fsm->state[row->to].name);
			if (strcmp(line->word[1], row->name) != 0 &&
			    strcmp(line->word[1], full) != 0)
				continue;
			p->row_cursor[m] = i + 1;
			return true;
		}
	}
	return false;
}

static void
await(struct play *p, const struct scene_line *line)
{
	bool (*came)(struct play *, const struct scene_line *) =
	    line->kind == SCENE_ROW ? row_taken : mail_came;
	rf_time until = p->w->now + line->within;
	char text[SCENE_WORD_MAX];
	while (!came(p, line)) {
		if (world_next(p->w, until))
			continue;
		if (came(p, line))
			return;
		snprintf(text, sizeof text, "this did not happen within %lld ms",
		    (long long)(line->within / RF_MS));
		fail(p, line, text);
		return;
	}
}

static void
check_never(struct play *p, const struct scene_line *line, uint32_t from)
{
	static struct sip_text t;
	const struct party *party = &p->w->party[line->fault.match.party];
	for (uint32_t i = from; i < party->inbox_count; i++) {
		if (sip_read(&t, (struct rf_slice){ party->inbox[i].bytes, party->inbox[i].len }) &&
		    world_match(&line->fault.match, party->index, false, &t))
			fail(p, line, "this happened");
	}
}

/* ---- statements ------------------------------------------------------------------------------ */

static bool
is_equal(const struct rf_stats *s, const char *name, uint64_t value, char *text, size_t room)
{
	const struct {
		const char *name;
		uint64_t value;
	} known[] = { { "calls", s->calls }, { "legs", s->legs }, { "dialogs", s->dialogs },
		{ "transactions", s->transactions }, { "refers", s->refers },
		{ "timers", s->timers },
#define RF_COUNTER(counter) { #counter, s->counter },
		RF_COUNTERS(RF_COUNTER)
#undef RF_COUNTER
	};
	for (size_t i = 0; i < RF_ARRAY_LEN(known); i++) {
		if (strcmp(known[i].name, name) != 0)
			continue;
		snprintf(text, room, "%s is %llu", name, (unsigned long long)known[i].value);
		return known[i].value == value;
	}
	snprintf(text, room, "there is no gauge or counter %s", name);
	return false;
}

static void
do_count(struct play *p, const struct scene_line *line)
{
	struct rf_stats stats;
	char text[2 * SCENE_WORD_MAX];
	rf_engine_stats(p->w->engine, &stats);
	if (!is_equal(&stats, line->word[0], line->value, text, sizeof text))
		fail(p, line, text);
}

/* A text of the newest record of that type; an empty one: it is not there. */
static void
do_record(struct play *p, const struct scene_line *line)
{
	const struct world *w = p->w;
	const char *record = NULL, *value = strchr(line->word[1], '=') + 1;
	char type[SCENE_WORD_MAX + 16], member[SCENE_WORD_MAX + 16];
	snprintf(type, sizeof type, "{\"type\":\"%s\",", line->word[0]);
	for (uint32_t i = 0; i < w->records; i++) {
		if (strncmp(w->record[i].text, type, strlen(type)) == 0)
			record = w->record[i].text;
	}
	if (value[0] == '\0')
		snprintf(member, sizeof member, "\"%.*s\":", (int)(value - line->word[1]) - 1,
		    line->word[1]);
	else
		snprintf(member, sizeof member, "\"%.*s\":\"%s\"",
		    (int)(value - line->word[1]) - 1, line->word[1], value);
	if (record == NULL || (strstr(record, member) != NULL) != (value[0] != '\0'))
		fail(p, line, record == NULL ? "there is no such record" : record);
}

static void
do_resolve(struct play *p, const struct scene_line *line)
{
	struct world *w = p->w;
	struct world_name *name = world_name_find(w, rf_slice_of(line->word[0]));
	if (name == NULL && w->names < WORLD_NAMES_MAX) {
		name = &w->name[w->names++];
		party_copy(name->host, sizeof name->host, rf_slice_of(line->word[0]));
	}
	if (name == NULL) {
		fail(p, line, "too many names");
		return;
	}
	if (!line->on) {
		name->oracle = (struct world_oracle){ line->answer, line->delay };
		return;
	}
	name->count = 0;
	for (int shift = 60; shift >= 0 && name->count < RF_RESOLVED_MAX; shift -= 4) {
		uint64_t party = line->value >> shift & 15;
		if (party != 0)
			name->address[name->count++] = w->party[party - 1].addr;
	}
}

static void
do_link(struct play *p, const struct scene_line *line)
{
	if (strcmp(line->word[0], "down") == 0) {
		world_link_down(p->w, line->party, RF_LINK_RESET);
		return;
	}
	p->w->refused[line->party] = strcmp(line->word[0], "up") != 0;
	p->w->refused_why[line->party] = (enum rf_link_reason)line->value;
}

/* The n-th living session, from 1. */
static void
do_end_session(struct play *p, const struct scene_line *line)
{
	struct rf_session_view view = { .session = 0 };
	uint32_t cursor = 0;
	for (uint64_t n = 0; n < line->value; n++) {
		if (!rf_engine_session_next(p->w->engine, &cursor, &view)) {
			fail(p, line, "there is no such session");
			return;
		}
	}
	world_tell(p->w, &(struct rf_event){ .kind = RF_EV_COMMAND,
			     .token = 1,
			     .verb = RF_VERB_SESSION_END,
			     .value = view.session });
}

static void
do_party(struct play *p, const struct scene_line *line)
{
	struct rf_addr *addr = &p->w->party[line->party].addr;
	addr->proto = (uint8_t)line->value;
	addr->port = line->value == RF_TLS ? 5061 : 5060;
}

static void
do_send(struct play *p, const struct scene_line *line)
{
	struct party *party = &p->w->party[line->party];
	if (!party_send(party, &line->line))
		fail(p, line, party->error);
}

static void
do_quiet(struct play *p, const struct scene_line *line)
{
	struct rf_stats stats;
	rf_time until = p->w->now + SCENE_QUIET_MS * RF_MS;
	while (!world_is_quiet(p->w) && world_next(p->w, until))
		continue;
	if (!world_is_quiet(p->w)) {
		fail(p, line, "the world does not come to rest");
		return;
	}
	rf_engine_stats(p->w->engine, &stats);
	checkers_quiet(&p->w->checkers, p->w->now, &stats);
	world_outbox_quiet(p->w);
}

static void
pass_time(struct play *p, rf_time until)
{
	while (world_next(p->w, until))
		continue;
}

static void
do_spell(struct play *p, const struct scene_line *line)
{
	struct world_spell spell = line->spell;
	if (spell.from < p->w->now)
		spell.from = p->w->now;
	if (line->delay > 0)
		spell.until = spell.from + line->delay;
	if (!world_spell_add(p->w, &spell))
		fail(p, line, "too many spells");
}

static void
do_line(struct play *p, const struct scene_line *line)
{
	struct world *w = p->w;
	if (line->timed)
		pass_time(p, line->relative ? w->now + line->at : line->at);
	switch (line->kind) {
	case SCENE_SET:
		fail(p, line, "`set` belongs before everything else");
		break;
	case SCENE_PARTY:
		do_party(p, line);
		break;
	case SCENE_AUTO:
		if (line->on)
			w->party[line->party].automatic |= line->flags;
		else
			w->party[line->party].automatic &= ~line->flags;
		break;
	case SCENE_SEND:
		do_send(p, line);
		break;
	case SCENE_EXPECT:
	case SCENE_ROW:
		await(p, line);
		break;
	case SCENE_NEVER:
		p->never_from[line - p->scene->line] =
		    w->party[line->fault.match.party].inbox_count;
		break;
	case SCENE_FAULT:
		if (w->faults == WORLD_FAULTS_MAX)
			fail(p, line, "too many faults");
		else
			w->fault[w->faults++] = line->fault;
		break;
	case SCENE_STORE:
		for (uint32_t i = 0; i < RF_ARRAY_LEN(w->store); i++) {
			if ((line->flags >> i & 1) != 0)
				w->store[i] = (struct world_oracle){ line->answer, line->delay };
		}
		break;
	case SCENE_POLICY:
		w->route = (struct world_oracle){ line->answer, line->delay };
		break;
	case SCENE_RESOLVE:
		do_resolve(p, line);
		break;
	case SCENE_RECEIVER:
		if (line->on)
			w->outbox.fails = line->hook.times;
		else
			w->outbox.hook[line->value % RF_RECEIVERS_MAX] = line->hook;
		break;
	case SCENE_LINK:
		do_link(p, line);
		break;
	case SCENE_ADVANCE:
		pass_time(p, w->now + line->delay);
		break;
	case SCENE_COUNT:
		do_count(p, line);
		break;
	case SCENE_RECORD:
		do_record(p, line);
		break;
	case SCENE_ALLOW:
		w->checkers.allowed |= UINT64_C(1) << line->value;
		break;
	case SCENE_DRAIN:
		world_tell(w, &(struct rf_event){ .kind = RF_EV_DRAIN });
		break;
	case SCENE_CRASH:
		world_crash(w, line->delay, line->on);
		while (w->down && world_next(w, RF_TIME_NEVER - 1))
			continue;
		break;
	case SCENE_END_SESSION:
		do_end_session(p, line);
		break;
	case SCENE_SPELL:
		do_spell(p, line);
		break;
	case SCENE_HEAL:
		world_heal(w);
		break;
	case SCENE_QUIET:
		do_quiet(p, line);
		break;
	case SCENE_OPEN:
		pass_time(p, w->now + SCENE_OPEN_MS * RF_MS);
		break;
	}
}

/* ---- the whole scene ------------------------------------------------------------------------- */

static bool
begin(struct play *p, const struct scene_line *line)
{
	char error[WORLD_ERROR_MAX];
	if (p->w == NULL && line->kind == SCENE_SET) {
		if (!world_options_set(&p->options, line->word[0], line->word[1], error))
			fail(p, line, error);
		return false;
	}
	if (p->w == NULL) {
		p->w = world_new(&p->options);
		assert(p->w != NULL);
		p->w->loud = p->loud;
		p->w->heard = p->scene->heard;
		p->w->heard_user = p->scene->heard_user;
		p->w->tap = p->scene->tap;
		p->w->tap_user = p->scene->tap_user;
		p->w->party_tap = p->scene->party_tap;
		p->w->party_tap_user = p->scene->party_tap_user;
	}
	return true;
}

static void
check_world(struct play *p, const struct scene_line *line)
{
	char text[WORLD_ERROR_MAX + 64];
	if (p->w->checkers.violations > 0) {
		const struct check_violation *v = &p->w->checkers.violation[0];
		snprintf(text, sizeof text, "invariant %u broken at %.3f ms: %s", v->invariant,
		    (double)v->at / 1000, v->text);
		fail(p, line, text);
	}
	if (p->w->error[0] != '\0')
		fail(p, line, p->w->error);
}

void
scene_run(struct scene *scene, bool loud, struct scene_result *result)
{
	struct play p = { .scene = scene, .loud = loud };
	memset(result, 0, sizeof *result);
	world_options_init(&p.options);
	p.options.config.machines = scene->machines;
	p.options.shim = scene->shim;
	const struct scene_line *line = scene->line;
	for (uint32_t i = 0; i < scene->lines && !p.failed; i++) {
		line = &scene->line[i];
		if (!begin(&p, line))
			continue;
		do_line(&p, line);
		check_world(&p, line);
	}
	for (uint32_t i = 0; i < scene->lines && !p.failed && p.w != NULL; i++) {
		if (scene->line[i].kind == SCENE_NEVER)
			check_never(&p, &scene->line[i], p.never_from[i]);
	}
	result->passed = !p.failed;
	if (p.w == NULL)
		return;
	result->ladder = strndup(p.w->ladder != NULL ? p.w->ladder : "", p.w->ladder_len);
	result->ended = p.w->now;
	result->row = p.w->row;
	result->rows = p.w->rows;
	p.w->row = NULL;
	rf_engine_effect_hash(p.w->engine, result->hash);
	rf_engine_stats(p.w->engine, &result->stats);
	world_free(p.w);
}
