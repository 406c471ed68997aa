/* SPDX-License-Identifier: BSD-2-Clause */
/* sim/ladder.c -- what happened, for people: messages at referee's edge and rows of its tables.
 *
 * Golden traces are these lines, so they hold nothing that a reader could not check by hand: no
 * tags, no branches, no addresses but those of media. */
#include "sim/world.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void
world_ladder(struct world *w, const char *format, ...)
{
	enum { LINE_MAX = 32 * 1024 };
	va_list arguments;
	if (w->options.quiet || WORLD_LADDER_MAX - w->ladder_len < LINE_MAX)
		return;
	while (w->ladder_room - w->ladder_len < LINE_MAX)
		w->ladder = world_grow(w->ladder, w->ladder_room, &w->ladder_room, 1);
	uint32_t room = w->ladder_room - w->ladder_len;
	va_start(arguments, format);
	int n = vsnprintf(w->ladder + w->ladder_len, room, format, arguments);
	va_end(arguments);
	assert(n >= 0);
	assert((uint32_t)n < room);
	w->ladder_len += (uint32_t)n;
}

void
world_ladder_time(struct world *w)
{
	world_ladder(w, "%8lld.%03d  ", (long long)(w->now / RF_MS), (int)(w->now % RF_MS));
}

static bool
was_seen(struct world *w, uint32_t party, bool from_party, struct rf_slice bytes)
{
	uint64_t hash = checkers_hash(party * 2 + from_party, bytes);
	uint32_t mask = 2 * WORLD_SEEN_MAX - 1, slot = (uint32_t)hash & mask;
	for (; w->seen[slot] != 0; slot = (slot + 1) & mask) {
		if (w->seen[slot] == hash)
			return true;
	}
	if (w->seens < WORLD_SEEN_MAX) {
		w->seen[slot] = hash;
		w->seens++;
	}
	return false;
}

static void
put_header(struct world *w, const struct sip_text *t, const char *name)
{
	struct rf_slice value = sip_value(t, name);
	if (value.len > 0)
		world_ladder(w, "  %s: %.*s", name, SIP_SLICE(value));
}

/* The number behind the last `-` of the user part; 0: there is none. */
static uint64_t
number_in(const struct sip_text *t, const char *header)
{
	struct rf_slice uri = sip_address_uri(sip_value(t, header));
	const char *at = uri.len > 0 ? memchr(uri.p, '@', uri.len) : NULL;
	uint64_t number = 0, place = 1;
	for (const char *p = at; p != NULL && p > uri.p && p[-1] >= '0' && p[-1] <= '9'; p--) {
		number += place * (uint64_t)(p[-1] - '0');
		place *= 10;
	}
	return number;
}

/* Which of many calls it belongs to, as sim/actor.h numbers them. */
static void
put_number(struct world *w, const struct world_sight *sight)
{
	if (!w->numbered)
		return;
	uint64_t number = number_in(sight->text, "From");
	if (number == 0)
		number = number_in(sight->text, "To");
	if (number == 0)
		return;
	world_ladder(w, "  #%llu", (unsigned long long)number);
	if (sight->session != 0)
		w->number_of[sight->session % WORLD_NUMBERS_MAX] = number;
}

void
world_see(struct world *w, const struct world_sight *sight)
{
	const struct sip_text *t = sight->text;
	const char *fate = sight->fate;
	bool from_party = sight->from_party;
	struct sip_media media;
	if (w->tap != NULL)
		w->tap(w->tap_user, w, sight);
	if (w->options.quiet)
		return;
	world_ladder_time(w);
	world_ladder(w, "%-8s %s referee  ", sight->party->name, from_party ? "->" : "<-");
	if (!t->is_request)
		world_ladder(w, "%u %.*s", t->status, SIP_SLICE(t->method));
	else
		world_ladder(w, "%.*s", SIP_SLICE(t->method));
	if (t->is_request && sip_tag(t, "To").len == 0)
		world_ladder(w, " %.*s", SIP_SLICE(t->uri));
	uint32_t frag = sip_frag_status(t->body);
	if (frag != 0)
		world_ladder(w, " [%u]", frag);
	else if (sip_media_read(&media, t->body))
		world_ladder(w, " [%.*s:%.*s%s%s]", SIP_SLICE(media.ip), SIP_SLICE(media.port),
		    strcmp(media.direction, "sendrecv") == 0 ? "" : " ",
		    strcmp(media.direction, "sendrecv") == 0 ? "" : media.direction);
	put_header(w, t, "Refer-To");
	put_header(w, t, "Referred-By");
	put_header(w, t, "Event");
	put_header(w, t, "Subscription-State");
	put_header(w, t, "Refer-Sub");
	put_header(w, t, "Reason");
	put_header(w, t, "Retry-After");
	put_header(w, t, "RSeq");
	put_header(w, t, "RAck");
	if (was_seen(w, sight->party->index, from_party, t->all))
		world_ladder(w, "  (again)");
	put_number(w, sight);
	world_ladder(w, "%s%s\n", fate[0] != '\0' ? "  " : "", fate);
}

static bool
is_told(const char *machine)
{
	static const char *const quiet[] = { "ict", "nict", "ist", "nist", "dialog", "accept" };
	for (size_t i = 0; i < RF_ARRAY_LEN(quiet); i++) {
		if (strcmp(machine, quiet[i]) == 0)
			return false;
	}
	return true;
}

const struct rf_fsm *
world_machine(const struct world *w, uint32_t index)
{
	const struct rf_fsm *compiled = rf_engine_machine(index);
	const struct rf_fsm *const *patched = w->options.config.machines;
	return compiled != NULL && patched != NULL ? patched[index] : compiled;
}

void
world_ladder_rows(struct world *w)
{
	struct rf_trace t;
	while (rf_trace_next(w->engine, &w->trace_cursor, &t)) {
		if (t.kind == RF_TRACE_NOTE && w->loud)
			world_ladder(w, "%14s  | note  %s\n", "", t.text);
		if (t.kind != RF_TRACE_ROW)
			continue;
		const struct rf_fsm *fsm = world_machine(w, t.machine);
		assert(fsm != NULL);
		assert(t.row < fsm->rows);
		assert(t.row < WORLD_ROWS_MAX);
		assert(t.machine < WORLD_MACHINES_MAX);
		const struct rf_row *row = &fsm->row[t.row];
		w->row_count[t.machine][t.row]++;
		w->last = (struct world_row){ t.machine, t.row };
		if (w->options.quiet)
			continue;
		w->row = world_grow(w->row, w->rows, &w->row_room, sizeof *w->row);
		w->row[w->rows++] = (struct world_row){ t.machine, t.row };
		if (!w->loud && !is_told(fsm->name))
			continue;
		bool of_leg = t.leg != UINT8_MAX;
		world_ladder_time(w);
		world_ladder(w, "  | %s%s%.*d  %s -> %s", fsm->name, of_leg ? " " : "",
		    of_leg ? 1 : 0, of_leg ? t.leg : 0, row->name, fsm->state[row->to].name);
		if (w->numbered && w->number_of[t.session % WORLD_NUMBERS_MAX] != 0)
			world_ladder(w, "  #%llu", (unsigned long long)
			    w->number_of[t.session % WORLD_NUMBERS_MAX]);
		world_ladder(w, "\n");
	}
}
