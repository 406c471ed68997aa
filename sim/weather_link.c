/* SPDX-License-Identifier: BSD-2-Clause */
/* sim/weather_link.c -- flows and connections: how they come about, break, and whom they prove. */
#include "sim/weather.h"

#include <string.h>

#include "sim/middlebox.h"
#include "sim/world.h"

enum weather_break
weather_breaks(struct world *w, const struct weather_message *m, rf_time *notice)
{
	const struct world_spell *s = weather_next(w, NULL, SPELL_RESET, m->party, m->way);
	*notice = 0;
	if (!m->stream)
		return WEATHER_NO_BREAK;
	if (s != NULL && choose_yes(w->chooser, CHOOSE_STREAM_RESET, m->entity, m->n, s->rate)) {
		weather_happened(w, SPELL_RESET);
		return WEATHER_RESET;
	}
	s = weather_next(w, NULL, SPELL_HALF_OPEN, m->party, m->way);
	if (s == NULL || m->way != WORLD_WAY_OUT ||
	    !choose_yes(w->chooser, CHOOSE_STREAM_HALF_OPEN, m->entity, m->n, s->rate))
		return WEATHER_NO_BREAK;
	weather_happened(w, SPELL_HALF_OPEN);
	*notice = s->amount;
	return WEATHER_HALF_OPEN;
}

enum { PIECES_MAX = 4096 }; /* of one message, so that a choice has a name of its own */

uint32_t
weather_piece(struct world *w, const struct weather_message *m, uint32_t done)
{
	const struct world_spell *s = weather_next(w, NULL, SPELL_SEGMENT, m->party, m->way);
	if (s == NULL || !m->stream || m->way != WORLD_WAY_IN || s->amount <= 0 ||
	    !choose_yes(w->chooser, CHOOSE_STREAM_SEGMENT, m->entity, m->n, s->rate))
		return 0;
	if (done == 0)
		weather_happened(w, SPELL_SEGMENT);
	/* From one byte to the most; usually the most. */
	return (uint32_t)choose_between(w->chooser, CHOOSE_STREAM_PIECE, m->entity,
	    m->n * PIECES_MAX + done % PIECES_MAX, 1, s->amount, s->amount);
}

static bool
is_refused(struct world *w, const struct world_spell *s, uint32_t party)
{
	if (s == NULL)
		return false;
	uint64_t n = weather_count(w, UINT64_C(1) << 40 | party);
	if (!choose_yes(w->chooser, CHOOSE_TLS_REFUSE, party, n, s->rate))
		return false;
	weather_happened(w, s->kind);
	return true;
}

bool
weather_connects(struct world *w, uint32_t party, bool tls, struct rf_slice identity,
    enum rf_link_reason *why, rf_time *after)
{
	const struct world_spell *s = weather_next(w, NULL, SPELL_REFUSE, party, WORLD_BOTH_WAYS);
	*after = 0;
	if (is_refused(w, s, party)) {
		*why = s->amount > 0 ? RF_LINK_TIMEOUT : RF_LINK_REFUSED;
		*after = s->amount;
		return false;
	}
	if (!tls)
		return true;
	*why = RF_LINK_CERTIFICATE;
	s = weather_next(w, NULL, SPELL_HANDSHAKE, party, WORLD_BOTH_WAYS);
	if (is_refused(w, s, party))
		return false;
	if (identity.len == 0)
		return true;
	/* RFC 5922 7: the name that was asked for must be among those it proves. */
	const char *name = w->party[party].proves;
	return strcmp(weather_proves(w, party, name), name) == 0;
}

const char *
weather_proves(struct world *w, uint32_t party, const char *name)
{
	static const struct {
		enum world_spell_kind kind;
		const char *proves;
	} wrong[] = { { SPELL_NAMELESS, "" }, { SPELL_MISNAMED, "impostor.example" } };
	for (size_t i = 0; i < RF_ARRAY_LEN(wrong); i++) {
		const struct world_spell *s =
		    weather_next(w, NULL, wrong[i].kind, party, WORLD_BOTH_WAYS);
		if (s == NULL)
			continue;
		uint64_t n = weather_count(w, UINT64_C(2) << 40 | party);
		if (!choose_yes(w->chooser, CHOOSE_TLS_IDENTITY, party, n, s->rate))
			continue;
		weather_happened(w, s->kind);
		return wrong[i].proves;
	}
	return name;
}

/* Ports that a NAT gives: 40000 and up, a hundred for each party. */
enum { PORT_FIRST = 40000, PORTS_EACH = 100 };

uint16_t
weather_port(const struct world *w, uint32_t party, uint16_t own)
{
	uint16_t times = w->weather.rebound[party];
	if (times == 0)
		return own;
	return (uint16_t)(PORT_FIRST + PORTS_EACH * party + times % PORTS_EACH);
}

bool
weather_was_port(const struct world *w, uint32_t party, uint16_t own, uint16_t port)
{
	uint32_t first = PORT_FIRST + PORTS_EACH * party;
	return w->weather.rebound[party] > 0 &&
	       (port == own || (port >= first && port < first + PORTS_EACH));
}

uint32_t
weather_rewrite(struct world *w, uint32_t party, enum world_way way, const struct sip_text *t,
    char *out, uint32_t room)
{
	uint32_t boxes = 0;
	for (uint32_t i = 0; i < SPELL_KIND_MAX - SPELL_BOX_TAGS; i++) {
		enum world_spell_kind kind = (enum world_spell_kind)(SPELL_BOX_TAGS + i);
		if (weather_next(w, NULL, kind, party, way) != NULL)
			boxes |= 1U << i;
	}
	if (boxes == 0)
		return 0;
	uint32_t did = 0;
	uint32_t len = middlebox_rewrite(boxes, way == WORLD_WAY_IN, t, out, room, &did);
	for (uint32_t i = 0; i < SPELL_KIND_MAX - SPELL_BOX_TAGS; i++) {
		if ((did >> i & 1) != 0)
			weather_happened(w, (enum world_spell_kind)(SPELL_BOX_TAGS + i));
	}
	return did != 0 ? len : 0;
}
