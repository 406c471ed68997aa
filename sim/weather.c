/* SPDX-License-Identifier: BSD-2-Clause */
/* sim/weather.c -- spells on their time, and what they do to a message.
 *
 * What this file must never know: what a message is about, beyond its Call-ID. */
#include "sim/weather.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "sim/world.h"

_Static_assert((int)WEATHER_PARTIES_MAX == (int)WORLD_PARTIES_MAX, "one entry for each party");

/* ---- counters and periods by name ------------------------------------------------------------ */

struct weather_note {
	uint64_t key;
	uint64_t count; /* how many so far; the root of a call; the period it is */
	rf_time end;    /* of that period */
	UT_hash_handle hh;
};

/* One name, of several parts; kinds of names never meet. */
enum note { NOTE_COUNT = 1, NOTE_CALL_ID, NOTE_SESSION, NOTE_PERIOD };

static uint64_t
note_key(enum note kind, uint64_t a)
{
	uint8_t bytes[9] = { (uint8_t)kind };
	for (unsigned i = 0; i < 8; i++)
		bytes[1 + i] = (uint8_t)(a >> 8 * i);
	return checkers_hash(0, (struct rf_slice){ (const char *)bytes, sizeof bytes });
}

static struct weather_note *
note_find(const struct world *w, uint64_t key)
{
	struct weather_note *note, *notes = w->weather.notes;
	HASH_FIND(hh, notes, &key, sizeof key, note);
	return note;
}

static struct weather_note *
note_new(struct world *w, uint64_t key)
{
	struct weather_note *note = calloc(1, sizeof *note);
	assert(note != NULL);
	note->key = key;
	HASH_ADD(hh, w->weather.notes, key, sizeof note->key, note);
	return note;
}

uint64_t
weather_count(struct world *w, uint64_t about)
{
	uint64_t key = note_key(NOTE_COUNT, about);
	struct weather_note *note = note_find(w, key);
	if (note == NULL)
		note = note_new(w, key);
	return note->count++;
}

void
weather_fini(struct world *w)
{
	struct weather_note *note, *next;
	HASH_ITER(hh, w->weather.notes, note, next)
	{
		HASH_DEL(w->weather.notes, note);
		free(note);
	}
}

/* ---- which call ------------------------------------------------------------------------------ */

/* Actors number their calls (actor.h); so may a Call-ID; else its hash names it. */
static uint64_t
root_of(const struct sip_text *t, struct rf_slice call_id)
{
	uint64_t number = 0;
	uint32_t digits = 0;
	if (sip_value(t, "X-Call").len > 0)
		return sip_number(sip_value(t, "X-Call"));
	for (; digits < call_id.len && digits < 9; digits++) {
		if (call_id.p[digits] < '0' || call_id.p[digits] > '9')
			break;
		number = number * 10 + (uint64_t)(call_id.p[digits] - '0');
	}
	bool ends = digits == call_id.len || call_id.p[digits] == '-' || call_id.p[digits] == '@';
	return digits > 0 && ends ? number : checkers_hash(1, call_id) >> 32;
}

uint64_t
weather_call(struct world *w, const struct sip_text *t, uint64_t session)
{
	struct rf_slice call_id = t != NULL ? sip_value(t, "Call-ID") : RF_SLICE("");
	uint64_t by_id = note_key(NOTE_CALL_ID, checkers_hash(2, call_id));
	uint64_t by_session = note_key(NOTE_SESSION, session);
	struct weather_note *id = t != NULL ? note_find(w, by_id) : NULL;
	struct weather_note *of = session != 0 ? note_find(w, by_session) : NULL;
	if (t == NULL)
		return of != NULL ? of->count : 0;
	uint64_t root = id != NULL ? id->count : of != NULL ? of->count : root_of(t, call_id);
	if (id == NULL)
		note_new(w, by_id)->count = root;
	if (of == NULL && session != 0)
		note_new(w, by_session)->count = root;
	return root;
}

void
weather_learn(struct world *w, struct rf_slice message)
{
	static struct sip_text text;
	uint64_t cursor = w->trace_cursor;
	struct rf_trace t;
	if (w->weather.list.spells == 0 || !sip_read(&text, message))
		return;
	while (rf_trace_next(w->engine, &cursor, &t)) {
		if (t.kind != RF_TRACE_ROW || t.session == 0)
			continue;
		weather_call(w, &text, t.session);
		return;
	}
}

uint64_t
weather_entity(
    struct world *w, uint32_t party, enum world_way way, const struct sip_text *t, uint64_t session)
{
	return weather_call(w, t, session) << 8 | party << 1 | (way == WORLD_WAY_OUT);
}

/* ---- the list -------------------------------------------------------------------------------- */

static bool
is_momentary(enum world_spell_kind kind)
{
	return kind == SPELL_REBIND || kind == SPELL_CUT || kind == SPELL_ROTATE ||
	       kind == SPELL_CRASH || kind == SPELL_STALL || kind == SPELL_CLOCK;
}

static bool
is_box(enum world_spell_kind kind)
{
	return kind >= SPELL_BOX_TAGS;
}

/* Puts the moment of the n-th period on the calendar, if there is such a period. */
static void
await_moment(struct world *w, uint32_t index, uint64_t n)
{
	const struct world_spell *s = &w->weather.list.spell[index];
	rf_time at = s->from;
	if (n > 0 && s->every == 0)
		return;
	if (s->every > 0)
		at += (rf_time)n * s->every +
		      choose_between(w->chooser, CHOOSE_SPELL_MOMENT, s->id, n, 0, s->every - 1, 0);
	if (at >= s->until)
		return;
	struct world_item *item = world_item_new(WORLD_SPELL, RF_SLICE(""));
	item->timer = index;
	item->generation = n;
	w->weather.waiting++;
	world_put(w, at, item);
}

bool
world_spell_add(struct world *w, const struct world_spell *given)
{
	struct world_weather *list = &w->weather.list;
	if (list->spells == WORLD_SPELLS_MAX)
		return false;
	struct world_spell *s = &list->spell[list->spells++];
	*s = *given;
	if (s->id == 0)
		s->id = list->spells;
	if (s->from < w->now)
		s->from = w->now;
	if (is_momentary(s->kind))
		await_moment(w, list->spells - 1, 0);
	return true;
}

void
weather_begin(struct world *w)
{
	const struct world_weather *given = &w->options.weather;
	for (uint32_t i = 0; i < given->spells; i++)
		world_spell_add(w, &given->spell[i]);
}

void
world_heal(struct world *w)
{
	for (uint32_t i = 0; i < w->weather.list.spells; i++) {
		struct world_spell *s = &w->weather.list.spell[i];
		if (!is_box(s->kind) && s->until > w->now)
			s->until = w->now;
	}
	w->weather.stands_still_until = 0;
}

const struct world_spell *
weather_next(const struct world *w, const struct world_spell *after, enum world_spell_kind kind,
    uint32_t party, enum world_way way)
{
	const struct world_spell *s = after != NULL ? after + 1 : w->weather.list.spell;
	for (; s < w->weather.list.spell + w->weather.list.spells; s++) {
		if (s->kind == kind && s->from <= w->now && w->now < s->until &&
		    (s->party == party || s->party == WORLD_EVERYBODY ||
			party == WORLD_EVERYBODY) &&
		    (s->way == way || s->way == WORLD_BOTH_WAYS || way == WORLD_BOTH_WAYS))
			return s;
	}
	return NULL;
}

void
weather_happened(struct world *w, enum world_spell_kind kind)
{
	w->weather.happened[kind]++;
}

/* ---- moments --------------------------------------------------------------------------------- */

static bool
rebind(struct world *w, uint32_t party)
{
	w->weather.rebound[party]++;
	for (uint32_t i = 0; i < w->links; i++)
		w->link[i].half |= w->link[i].party == party;
	return true;
}

static bool
break_all(struct world *w, uint32_t party, enum rf_link_reason reason)
{
	bool any = false;
	for (uint32_t i = 0; i < w->links; i++)
		any |= w->link[i].up && w->link[i].party == party;
	if (any)
		world_link_down(w, party, reason);
	return any;
}

static bool
crash(struct world *w, const struct world_spell *s, uint64_t n)
{
	if (w->down)
		return false;
	world_crash(w, choose_about(w->chooser, CHOOSE_PROCESS_AWAY, s->id, n, s->amount),
	    choose_yes(w->chooser, CHOOSE_PROCESS_PENDING, s->id, n, 0.5));
	return true;
}

/* Where the wall clock of a world begins: 2026-01-01. */
static const int64_t wall_clock_begin_us = INT64_C(1767225600) * 1000000;

static bool
set_clock(struct world *w, const struct world_spell *s, uint64_t n)
{
	char text[32];
	int64_t by = choose_between(
	    w->chooser, CHOOSE_PROCESS_CLOCK, s->id, n, -s->amount, s->amount, 0);
	if (w->down || by == 0)
		return false;
	world_duration_write(by < 0 ? -by : by, text);
	world_ladder_time(w);
	world_ladder(w, "%-8s -> referee  jumps %s by %s\n", "clock", by < 0 ? "back" : "forth",
	    text);
	world_tell(w, &(struct rf_event){ .kind = RF_EV_FACT,
			  .wall_clock_us = wall_clock_begin_us + w->now + by });
	return true;
}

static bool
happen(struct world *w, const struct world_spell *s, uint64_t n)
{
	bool did = false;
	if (s->kind == SPELL_CRASH)
		return crash(w, s, n);
	if (s->kind == SPELL_CLOCK)
		return set_clock(w, s, n);
	if (s->kind == SPELL_STALL) {
		w->weather.stands_still_until = w->now + s->amount;
		w->checkers.stood_still = w->weather.stands_still_until;
		return true;
	}
	for (uint32_t party = 0; party < w->parties; party++) {
		if (s->party != party && s->party != WORLD_EVERYBODY)
			continue;
		if (s->kind == SPELL_REBIND)
			did |= rebind(w, party);
		else
			did |= break_all(
			    w, party, s->kind == SPELL_CUT ? RF_LINK_RESET : RF_LINK_CLOSED);
	}
	return did;
}

void
weather_moment(struct world *w, const struct world_item *item)
{
	const struct world_spell *s = &w->weather.list.spell[item->timer];
	w->weather.waiting--;
	if (w->now >= s->until)
		return;
	if (choose_yes(w->chooser, CHOOSE_SPELL_HAPPENS, s->id, item->generation, s->rate) &&
	    happen(w, s, item->generation))
		weather_happened(w, s->kind);
	await_moment(w, item->timer, item->generation + 1);
}

/* ---- messages -------------------------------------------------------------------------------- */

/* Gilbert and Elliott's two states over time instead of over messages, so that the weather of a
 * link does not depend on who uses it. */
static bool
is_bad_period(struct world *w, const struct world_spell *s, const struct weather_message *m)
{
	uint64_t about = (uint64_t)s->id << 8 | m->party << 1 | (m->way == WORLD_WAY_OUT);
	uint64_t key = note_key(NOTE_PERIOD, about);
	struct weather_note *note = note_find(w, key);
	if (note == NULL) {
		note = note_new(w, key);
		note->end =
		    s->from + choose_about(w->chooser, CHOOSE_LINK_BURST, about, 0, s->every);
	}
	while (note->end <= w->now) {
		rf_time mean = ++note->count % 2 == 1 ? s->amount : s->every;
		rf_time length =
		    choose_about(w->chooser, CHOOSE_LINK_BURST, about, note->count, mean);
		note->end += length > RF_MS ? length : RF_MS; /* an hour has an end */
	}
	return note->count % 2 == 1;
}

static void
say(struct world *w, struct weather_fate *fate, enum world_spell_kind kind)
{
	if (fate->said[0] == '\0')
		fate->said = world_spell_about(kind)->fate;
	weather_happened(w, kind);
}

static void
lose(struct world *w, struct weather_fate *fate, enum world_spell_kind kind)
{
	fate->lost = true;
	fate->said = world_spell_about(kind)->fate;
	weather_happened(w, kind);
}

/* Until the end of the spell, or for ever. */
static void
keep_until(struct world *w, struct weather_fate *fate, const struct world_spell *s)
{
	if (s->until == RF_TIME_NEVER) {
		lose(w, fate, s->kind);
		fate->said = "(lost: held for ever)";
		return;
	}
	if (fate->not_before < s->until)
		fate->not_before = s->until;
	fate->said = world_spell_about(SPELL_HOLD)->fate;
	weather_happened(w, s->kind);
}

static void
pass_walls(struct world *w, const struct weather_message *m, struct weather_fate *fate)
{
	const struct world_spell *s = weather_next(w, NULL, SPELL_PARTITION, m->party, m->way);
	if (s != NULL && m->stream)
		keep_until(w, fate, s);
	else if (s != NULL)
		lose(w, fate, s->kind);
	if (!fate->lost && (s = weather_next(w, NULL, SPELL_HOLD, m->party, m->way)) != NULL)
		keep_until(w, fate, s);
	s = weather_next(w, NULL, SPELL_MTU, m->party, m->way);
	if (!fate->lost && s != NULL && !m->stream && m->len > s->amount)
		lose(w, fate, s->kind);
	if (!fate->lost && m->way == WORLD_WAY_OUT && !m->stream && m->port != 0 &&
	    m->port != weather_port(w, m->party, 0) && w->weather.rebound[m->party] > 0)
		lose(w, fate, SPELL_REBIND);
}

enum { TCP_AGAIN_MS = 200 }; /* the least that systems in use wait before they repeat a segment */

static void
drop(struct world *w, const struct weather_message *m, struct weather_fate *fate,
    enum world_spell_kind kind)
{
	if (!m->stream) {
		lose(w, fate, kind);
		return;
	}
	fate->late += TCP_AGAIN_MS * RF_MS;
	say(w, fate, kind);
	fate->said = world_spell_about(SPELL_DELAY)->fate;
}

static void
pass_loss(struct world *w, const struct weather_message *m, struct weather_fate *fate)
{
	const struct world_spell *s = NULL;
	while (!fate->lost && (s = weather_next(w, s, SPELL_BURST, m->party, m->way)) != NULL) {
		if (is_bad_period(w, s, m) &&
		    choose_yes(w->chooser, CHOOSE_LINK_BURST_LOSS, m->entity, m->n, s->rate))
			drop(w, m, fate, s->kind);
	}
	s = NULL;
	while (!fate->lost && (s = weather_next(w, s, SPELL_LOSS, m->party, m->way)) != NULL) {
		if (choose_yes(w->chooser, CHOOSE_LINK_LOSS, m->entity, m->n, s->rate))
			drop(w, m, fate, s->kind);
	}
}

static void
pass_delay(struct world *w, const struct weather_message *m, struct weather_fate *fate)
{
	static const struct {
		enum world_spell_kind kind;
		enum choose_site site;
	} delays[] = { { SPELL_DELAY, CHOOSE_LINK_DELAY }, { SPELL_JITTER, CHOOSE_LINK_JITTER },
		{ SPELL_REORDER, CHOOSE_LINK_REORDER } };
	for (size_t i = 0; i < RF_ARRAY_LEN(delays); i++) {
		const struct world_spell *s = NULL;
		while ((s = weather_next(w, s, delays[i].kind, m->party, m->way)) != NULL) {
			if (!choose_yes(w->chooser, delays[i].site, m->entity, m->n, s->rate))
				continue;
			fate->late += s->kind == SPELL_JITTER
					  ? choose_about(w->chooser, CHOOSE_LINK_JITTER_BY,
						m->entity, m->n, s->amount)
					  : s->amount;
			say(w, fate, s->kind);
		}
	}
}

static void
pass_copies(struct world *w, const struct weather_message *m, struct weather_fate *fate)
{
	static const struct {
		enum world_spell_kind kind;
		enum choose_site site, by;
	} copies[] = { { SPELL_DUPLICATE, CHOOSE_LINK_DUPLICATE, CHOOSE_LINK_DUPLICATE_BY },
		{ SPELL_REPLAY, CHOOSE_LINK_REPLAY, CHOOSE_LINK_REPLAY_BY } };
	for (size_t i = 0; i < RF_ARRAY_LEN(copies) && !m->stream; i++) {
		const struct world_spell *s =
		    weather_next(w, NULL, copies[i].kind, m->party, m->way);
		if (s == NULL || !choose_yes(w->chooser, copies[i].site, m->entity, m->n, s->rate))
			continue;
		fate->copy_by[fate->copies++] =
		    choose_about(w->chooser, copies[i].by, m->entity, m->n, s->amount);
		say(w, fate, s->kind);
	}
}

void
weather_pass(struct world *w, const struct weather_message *m, struct weather_fate *fate)
{
	*fate = (struct weather_fate){ .said = "" };
	pass_walls(w, m, fate);
	if (!fate->lost)
		pass_loss(w, m, fate);
	if (fate->lost)
		return;
	pass_delay(w, m, fate);
	pass_copies(w, m, fate);
}
