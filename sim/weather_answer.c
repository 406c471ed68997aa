/* SPDX-License-Identifier: BSD-2-Clause */
/* sim/weather_answer.c -- answers that are late, wrong, given twice, or never. */
#include "sim/weather.h"

#include "sim/world.h"

static const struct {
	enum world_spell_kind late, fail, wrong, twice, never;
	enum choose_site late_site, late_by, fail_site, wrong_site, twice_site, never_site;
} oracles[] = {
	[WEATHER_DNS] = { SPELL_DNS_LATE, SPELL_DNS_FAIL, SPELL_DNS_WRONG, SPELL_DNS_TWICE,
	    SPELL_DNS_NEVER, CHOOSE_DNS_LATE, CHOOSE_DNS_LATE_BY, CHOOSE_DNS_FAIL, CHOOSE_DNS_WRONG,
	    CHOOSE_DNS_TWICE, CHOOSE_DNS_NEVER },
	[WEATHER_ROUTE] = { SPELL_ROUTE_LATE, SPELL_ROUTE_FAIL, SPELL_ROUTE_WRONG,
	    SPELL_ROUTE_TWICE, SPELL_ROUTE_NEVER, CHOOSE_ROUTE_LATE, CHOOSE_ROUTE_LATE_BY,
	    CHOOSE_ROUTE_FAIL, CHOOSE_ROUTE_WRONG, CHOOSE_ROUTE_TWICE, CHOOSE_ROUTE_NEVER },
	[WEATHER_STORE] = { SPELL_STORE_LATE, SPELL_STORE_FAIL, SPELL_STORE_TORN, SPELL_STORE_TWICE,
	    SPELL_STORE_NEVER, CHOOSE_STORE_LATE, CHOOSE_STORE_LATE_BY, CHOOSE_STORE_FAIL,
	    CHOOSE_STORE_TORN, CHOOSE_STORE_TWICE, CHOOSE_STORE_NEVER },
};

/* The spell, if it holds and takes effect this time. */
static const struct world_spell *
strikes(
    struct world *w, enum world_spell_kind kind, enum choose_site site, uint64_t entity, uint64_t n)
{
	const struct world_spell *s = weather_next(w, NULL, kind, WORLD_EVERYBODY, WORLD_BOTH_WAYS);
	if (s == NULL || !choose_yes(w->chooser, site, entity, n, s->rate))
		return NULL;
	weather_happened(w, kind);
	return s;
}

struct weather_answer
weather_asks(struct world *w, enum weather_oracle which, uint64_t entity)
{
	struct weather_answer a = { .never = false };
	if (w->weather.list.spells == 0)
		return a;
	uint64_t n = weather_count(w, UINT64_C(3) << 60 | (uint64_t)which << 56 | entity);
	const struct world_spell *s;
	if ((s = strikes(w, oracles[which].never, oracles[which].never_site, entity, n)) != NULL) {
		a.never = which == WEATHER_STORE;
		a.fail = true;
		a.late = s->amount;
		return a;
	}
	if ((s = strikes(w, oracles[which].late, oracles[which].late_site, entity, n)) != NULL)
		a.late = choose_about(w->chooser, oracles[which].late_by, entity, n, s->amount);
	if ((s = strikes(w, oracles[which].twice, oracles[which].twice_site, entity, n)) != NULL) {
		a.twice = true;
		a.again = s->amount;
	}
	a.fail = strikes(w, oracles[which].fail, oracles[which].fail_site, entity, n) != NULL;
	if (a.fail)
		return a;
	bool odd = strikes(w, oracles[which].wrong, oracles[which].wrong_site, entity, n) != NULL;
	a.wrong = odd && which != WEATHER_STORE;
	a.torn = odd && which == WEATHER_STORE;
	return a;
}

bool
weather_lies(struct world *w)
{
	if (weather_next(w, NULL, SPELL_STORE_LIES, WORLD_EVERYBODY, WORLD_BOTH_WAYS) == NULL)
		return false;
	weather_happened(w, SPELL_STORE_LIES);
	return true;
}

rf_time
weather_defers(const struct world *w)
{
	return w->weather.stands_still_until > w->now ? w->weather.stands_still_until : 0;
}
