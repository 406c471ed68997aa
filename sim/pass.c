/* SPDX-License-Identifier: BSD-2-Clause */
/* sim/pass.c -- a message on its way between a party and referee: the faults a scene names, and the
 * weather.
 *
 * What this file must never know: what becomes of a message once it has arrived. */
#include "sim/world.h"

#include <string.h>

/* ---- matching -------------------------------------------------------------------------------- */

bool
world_match(const struct world_match *m, uint32_t party, bool from_party, const struct sip_text *t)
{
	if (m->party != party || m->from_party != from_party)
		return false;
	if (m->any)
		return true;
	if (m->is_request != t->is_request)
		return false;
	if (!m->is_request && (t->status < m->status_min || t->status > m->status_max))
		return false;
	return m->method[0] == '\0' || sip_is(t->method, m->method);
}

/* The first fault that means this message now; counts it off. */
static const struct world_fault *
take_fault(struct world *w, uint32_t party, bool from_party, const struct sip_text *t)
{
	for (uint32_t i = 0; i < w->faults; i++) {
		struct world_fault *f = &w->fault[i];
		if (f->count == 0 || !world_match(&f->match, party, from_party, t))
			continue;
		if (f->skip > 0) {
			f->skip--;
			continue;
		}
		if (f->count != UINT32_MAX)
			f->count--;
		return f;
	}
	return NULL;
}

/* ---- delivery -------------------------------------------------------------------------------- */

/* Puts one copy on its way; a stream keeps its order. */
void
world_carry(struct world *w, enum world_item_kind kind, const struct party *p,
    const struct rf_path *path, struct rf_slice bytes, rf_time extra)
{
	struct world_item *item = world_item_new(kind, bytes);
	rf_time at = w->now + w->options.link_delay + extra;
	item->party = p->index;
	item->link = path->link;
	item->event = (struct rf_event){ .kind = RF_EV_MESSAGE, .path = *path };
	if (path->link != 0 && p->addr.proto == RF_TLS && kind != WORLD_TO_PARTY)
		item->event.identity = rf_slice_of(w->link[path->link - 1].proves);
	if (path->link != 0) {
		rf_time *last = &w->link[path->link - 1].last[kind == WORLD_TO_PARTY];
		at = at < *last ? *last : at;
		*last = at;
	}
	world_put(w, at, item);
}

/* One message into a stream, whole or in pieces. */
static void
carry_in_pieces(struct world *w, const struct weather_message *m, const struct party *p,
    const struct rf_path *path, struct rf_slice bytes, rf_time extra)
{
	uint32_t done = 0, len;
	while ((len = weather_piece(w, m, done)) != 0 && len < bytes.len - done) {
		world_carry(
		    w, WORLD_BYTES, p, path, (struct rf_slice){ bytes.p + done, len }, extra);
		done += len;
	}
	if (done == 0)
		world_carry(w, WORLD_TO_REFEREE, p, path, bytes, extra);
	else
		world_carry(w, WORLD_BYTES, p, path,
		    (struct rf_slice){ bytes.p + done, bytes.len - done }, extra);
}

/* Breaks the connection under a message, if that is its fate; NULL: it is not. */
static const char *
break_under(struct world *w, const struct weather_message *m, uint32_t number)
{
	rf_time notice;
	if (number == 0)
		return NULL;
	if (w->link[number - 1].half && m->way == WORLD_WAY_OUT)
		return world_spell_about(SPELL_HALF_OPEN)->fate;
	switch (weather_breaks(w, m, &notice)) {
	case WEATHER_NO_BREAK:
		return NULL;
	case WEATHER_RESET:
		world_link_end(w, number, RF_LINK_RESET);
		return world_spell_about(SPELL_RESET)->fate;
	case WEATHER_HALF_OPEN:
		w->link[number - 1].half = true;
		if (notice > 0)
			world_link_notice(w, number, notice);
		return world_spell_about(SPELL_HALF_OPEN)->fate;
	}
	return NULL;
}

/* Sends a message through the weather; returns what became of it.  t: NULL if it is no SIP. */
static const char *
weather(struct world *w, enum world_item_kind kind, const struct party *p,
    const struct rf_path *path, const struct sip_text *t, uint64_t session, struct rf_slice bytes)
{
	struct weather_fate fate;
	struct weather_message m = { .party = p->index,
		.way = kind == WORLD_TO_REFEREE ? WORLD_WAY_IN : WORLD_WAY_OUT,
		.stream = path->link != 0,
		.len = bytes.len,
		.port = path->remote.port };
	if (w->weather.list.spells == 0) {
		world_carry(w, kind, p, path, bytes, 0);
		return "";
	}
	m.entity = weather_entity(w, m.party, m.way, t, session);
	m.n = weather_count(w, m.entity);
	const char *broken = break_under(w, &m, path->link);
	if (broken != NULL)
		return broken;
	weather_pass(w, &m, &fate);
	if (fate.lost)
		return fate.said;
	rf_time at = w->now + w->options.link_delay + fate.late;
	at = at < fate.not_before ? fate.not_before : at;
	rf_time extra = at - w->now - w->options.link_delay;
	if (kind == WORLD_TO_REFEREE)
		carry_in_pieces(w, &m, p, path, bytes, extra);
	else
		world_carry(w, kind, p, path, bytes, extra);
	for (uint32_t i = 0; i < fate.copies; i++)
		world_carry(w, kind, p, path, bytes, extra + fate.copy_by[i]);
	return fate.said;
}

/* Sends a message through the faults of the scene and the weather; returns what became of it. */
const char *
world_pass(struct world *w, enum world_item_kind kind, const struct party *p,
    const struct rf_path *path, const struct sip_text *t, uint64_t session, struct rf_slice bytes)
{
	static struct sip_text other;
	static char rewritten[2 * SIP_BYTES_MAX];
	enum world_way way = kind == WORLD_TO_REFEREE ? WORLD_WAY_IN : WORLD_WAY_OUT;
	bool readable = t != NULL;
	uint32_t len = readable && w->weather.list.spells > 0
			   ? weather_rewrite(w, p->index, way, t, rewritten, sizeof rewritten)
			   : 0;
	if (len > 0)
		bytes = (struct rf_slice){ rewritten, len };
	/* A message has the names that it has on referee's side. */
	if (len > 0 && way == WORLD_WAY_IN && sip_read(&other, bytes))
		t = &other;
	const struct world_fault *fault =
	    readable ? take_fault(w, p->index, kind == WORLD_TO_REFEREE, t) : NULL;
	if (fault == NULL)
		return weather(w, kind, p, path, t, session, bytes);
	switch (fault->kind) {
	case WORLD_DROP:
		return "(lost)";
	case WORLD_DELAY:
		world_carry(w, kind, p, path, bytes, fault->by);
		return "(delayed)";
	case WORLD_DUP:
		world_carry(w, kind, p, path, bytes, 0);
		world_carry(w, kind, p, path, bytes, fault->by);
		return "(doubled)";
	case WORLD_REPLAY:
		world_carry(w, kind, p, path, bytes, 0);
		world_carry(w, kind, p, path, bytes, fault->by);
		return "(replayed later)";
	}
	return "";
}
