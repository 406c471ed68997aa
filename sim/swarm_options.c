/* SPDX-License-Identifier: BSD-2-Clause */
/* sim/swarm_options.c -- which world a seed is: families on or off, rates between rare and often.
 */
#include <stdlib.h>
#include <string.h>

#include "sim/swarm_parts.h"

enum { CUSTOMER, CENTER, QUEUE, QUEUE2, IVR, STRANGER, PHONE };
enum { CHAOS_S = 90, SPELLS_MAX = 5 };

/* ---- draws of this world; n tells them apart ------------------------------------------------- */

enum {
	N_FAMILY = 0,           /* + family */
	N_RATE = 100,           /* + which rate */
	N_CALLS = 1000, N_TRANSPORT = 1010, N_POLICY = 1100, N_TIGHT = 1200, N_DELAY = 1400,
};

static bool
is_on(const struct swarm *s, enum swarm_family family)
{
	return (s->families >> family & 1) != 0;
}

/* 0 if the family is off; else rare or often, log-uniform between 1/64 and 3/4. */
static double
rate(struct swarm *s, enum swarm_family family, uint32_t which)
{
	static const double rates[] = { 0.0156, 0.0313, 0.0625, 0.125, 0.25, 0.5, 0.75 };
	if (!is_on(s, family))
		return 0;
	return rates[choose_below(&s->c, CHOOSE_SWARM, 0, N_RATE + which, RF_ARRAY_LEN(rates))];
}

static uint32_t
draw(struct swarm *s, uint32_t n, uint32_t count)
{
	return choose_below(&s->c, CHOOSE_SWARM, 0, n, count);
}

static struct spread
seconds(double low, double high)
{
	return (struct spread){ .kind = SPREAD_UNIFORM, .a = low, .b = high, .unit = RF_SECOND };
}

static struct spread
about(double mean)
{
	return (struct spread){ .kind = SPREAD_EXPONENTIAL, .a = mean, .unit = RF_SECOND };
}

/* Mostly the first code, else one of the others. */
static struct actor_codes
codes(double rate_of_others, const uint16_t *others, uint32_t count)
{
	struct actor_codes k = { .count = count + 1, .code = { 200 }, .weight = { 1 } };
	k.weight[0] = 1 - rate_of_others;
	for (uint32_t i = 0; i < count; i++) {
		k.code[i + 1] = others[i];
		k.weight[i + 1] = rate_of_others / count;
	}
	return k;
}

/* ---- who does what --------------------------------------------------------------------------- */

static void
draw_answers(struct swarm *s, struct actor_answers *a)
{
	static const uint16_t failures[] = { 486, 503, 480, 404, 0, 603, 600, 481, 403, 408, 488,
		500, 302, 503, 501 };
	a->ring = about(0.3);
	a->answer = seconds(0.05, 4);
	a->final = codes(rate(s, SWARM_BUSY, 0), failures, RF_ARRAY_LEN(failures));
	for (uint32_t i = 0; i < ACTOR_RETRY_MAX; i++)
		a->retry_after[i] = 1;
	a->early_media = rate(s, SWARM_EARLY, 1);
	a->reliable = rate(s, SWARM_EARLY, 2);
	a->forks = rate(s, SWARM_FORKS, 3);
	a->crosses = rate(s, SWARM_FORKS, 4);
}

static void
draw_manners(struct swarm *s, struct actor_manners *m, double hangs_up)
{
	static const uint16_t refusals[] = { 491, 488, 0, 500, 481 };
	static const uint16_t silence[] = { 0, 500, 488 };
	m->hangs_up = hangs_up;
	m->talk = about(20);
	m->holds = rate(s, SWARM_OFFERS, 5);
	m->reinvites = rate(s, SWARM_OFFERS, 6);
	m->updates = rate(s, SWARM_OFFERS, 7);
	m->pings = rate(s, SWARM_OFFERS, 8);
	m->infos = rate(s, SWARM_OFFERS, 30);
	m->pause = about(4);
	m->asked = codes(rate(s, SWARM_REFUSES, 31) / 2, silence, RF_ARRAY_LEN(silence));
	m->reoffered = codes(rate(s, SWARM_REFUSES, 9), refusals, RF_ARRAY_LEN(refusals));
	m->reoffered_after = is_on(s, SWARM_REFUSES) ? about(0.5) :
						       (struct spread){ .kind = SPREAD_FIXED };
	m->never_acks = rate(s, SWARM_UNACKED, 10) / 4;
}

static void
draw_refers(struct swarm *s, struct actor_refers *r)
{
	static const char *const to[] = { "sip:billing@referee.example", "sip:both@referee.example",
		"sip:single@referee.example", "sip:turns@referee.example",
		"sip:closed@referee.example", "sip:nowhere@referee.example",
		"sip:unknown@referee.example" };
	static const double weight[] = { 5, 3, 2, 2, 0.2, 0.5, 0.2 };
	static const uint16_t refusals[] = { 481, 0, 500, 503, 489 };
	r->rate = 0.9;
	r->after = about(4);
	r->targets = RF_ARRAY_LEN(to);
	memcpy(r->target, to, sizeof to);
	memcpy(r->weight, weight, sizeof weight);
	r->referred_by = "<sip:agent@acme.example>";
	for (uint32_t i = 0; i < ACTOR_LEAVES_MAX; i++)
		r->leaves[i] = i == ACTOR_LEAVES_TOLD ? 1 : rate(s, SWARM_LEAVES, 20 + i);
	r->leaves_after = about(3);
	r->outside = rate(s, SWARM_OUTSIDE, 11);
	r->twice = rate(s, SWARM_OUTSIDE, 12);
	r->again = rate(s, SWARM_OUTSIDE, 13);
	r->replaces = rate(s, SWARM_REPLACES, 14);
	r->holds_before = rate(s, SWARM_OFFERS, 15);
	r->notified = codes(rate(s, SWARM_TOLD, 16), refusals, RF_ARRAY_LEN(refusals));
}

static void
draw_profiles(struct swarm *s)
{
	for (uint32_t i = 0; i < WORLD_PARTIES_MAX; i++) {
		actor_profile_init(&s->profile[i]);
		draw_manners(s, &s->profile[i].manners, i == CUSTOMER ? 0.7 : 0.3);
	}
	struct actor_profile *customer = &s->profile[CUSTOMER];
	customer->calls = "sip:center@referee.example";
	customer->gives_up = rate(s, SWARM_IMPATIENT, 17);
	customer->patience = about(3);
	customer->manners.talk = is_on(s, SWARM_IMPATIENT) ? about(8) : about(30);
	draw_answers(s, &s->profile[QUEUE].answers);
	draw_answers(s, &s->profile[QUEUE2].answers);
	draw_answers(s, &s->profile[IVR].answers);
	draw_refers(s, &s->profile[CENTER].refers);
	s->profile[CENTER].answers.ring = about(0.2);
	s->profile[CENTER].answers.answer = seconds(0.05, 2);
	s->profile[CENTER].answers.early_media = rate(s, SWARM_EARLY, 18);
	s->profile[CENTER].manners.hangs_up = is_on(s, SWARM_LEAVES) ? 0.3 : 0;
	if (rate(s, SWARM_OUTSIDE, 19) > 0.1) { /* the customer's trunk may refer, too */
		draw_refers(s, &s->profile[CUSTOMER].refers);
		s->profile[CUSTOMER].refers.rate = 0.1;
		s->profile[CUSTOMER].refers.referred_by = NULL;
	}
}

/* ---- the world ------------------------------------------------------------------------------- */

static void
set(struct swarm *s, const char *key, const char *value)
{
	char error[WORLD_ERROR_MAX];
	if (!world_options_set(&s->world, key, value, error))
		abort();        /* a programmer's mistake: the keys are ours */
}

static void
draw_policy(struct swarm *s)
{
	static const struct {
		const char *key, *value[4];
	} keys[] = {
		{ "acme.accept_code", { "202", "200" } },
		{ "acme.notify_provisional", { NULL, "180" } },
		{ "acme.subscription_id", { NULL, "always" } },
		{ "acme.wait_for_bye_ms", { NULL, "1000", "8000" } },
		{ "acme.referred_by_missing", { NULL, "refuse", "from" } },
		{ "ivr", { NULL, "none" } },
		{ "ring_ms", { NULL, "2000", "500" } },
		{ "failover", { NULL, "503-ivr", "503-next", "486-overflow" } },
	};
	for (uint32_t i = 0; i < RF_ARRAY_LEN(keys); i++) {
		const char *value = keys[i].value[draw(s, N_POLICY + i, 4)];
		if (value != NULL)
			set(s, keys[i].key, value);
	}
}

static void
draw_transports(struct swarm *s)
{
	for (uint32_t i = 0; i < WORLD_PARTIES_MAX; i++) {
		s->transport[i] = RF_UDP;
		if (is_on(s, SWARM_STREAMS))
			s->transport[i] = (uint8_t)(RF_UDP + draw(s, N_TRANSPORT + i, 3));
	}
}

/* ---- weather --------------------------------------------------------------------------------- */

/* What no engine can stand: a store that lies breaks every promise. */
static bool
is_bearable(enum world_spell_kind kind)
{
	return kind != SPELL_STORE_LIES;
}

/* Some spells of any kind, each for a part of the chaos; n of spell i begins at 16 * i. */
static void
draw_weather(struct swarm *s)
{
	static const double rates[] = { 1, 0.1, 0.3, 3 };
	struct chooser *c = &s->c;
	uint32_t count = choose_below(c, CHOOSE_SWARM_SPELL, 0, 0, SPELLS_MAX + 1);
	for (uint32_t i = 1; i <= count; i++) {
		enum world_spell_kind kind = (enum world_spell_kind)choose_below(
		    c, CHOOSE_SWARM_SPELL, 0, 16 * i, SPELL_KIND_MAX);
		struct world_spell spell = world_spell_of(kind);
		if (!is_bearable(kind))
			continue;
		spell.id = i;
		spell.from =
		    choose_between(c, CHOOSE_SWARM_SPELL, 0, 16 * i + 1, 0, s->chaos, 0);
		spell.until = spell.from +
		    choose_about(c, CHOOSE_SWARM_SPELL, 0, 16 * i + 2, 15 * RF_SECOND);
		if (spell.until > s->chaos)
			spell.until = s->chaos;
		if (choose_below(c, CHOOSE_SWARM_SPELL, 0, 16 * i + 3, 2) == 1)
			spell.party = choose_below(c, CHOOSE_SWARM_SPELL, 0, 16 * i + 4, PHONE + 1);
		spell.way = (enum world_way)choose_below(c, CHOOSE_SWARM_SPELL, 0, 16 * i + 5, 3);
		spell.rate *=
		    rates[choose_below(c, CHOOSE_SWARM_SPELL, 0, 16 * i + 6, RF_ARRAY_LEN(rates))];
		bool never = kind == SPELL_DNS_NEVER || kind == SPELL_ROUTE_NEVER;
		if (!never && choose_below(c, CHOOSE_SWARM_SPELL, 0, 16 * i + 7, 2) == 1)
			spell.amount *= 4;
		if (kind == SPELL_MTU)
			spell.amount /= 4; /* nobody here says more than 1300 bytes at a time */
		if (kind >= SPELL_BOX_TAGS) { /* a call cannot begin or end to have one */
			spell.from = 0;
			spell.until = RF_TIME_NEVER;
			spell.way = WORLD_BOTH_WAYS;
			spell.rate = 1;
		}
		s->world.weather.spell[s->world.weather.spells++] = spell;
		s->spells |= UINT64_C(1) << kind;
	}
}

void
swarm_draw(struct swarm *s)
{
	static const char *const delays[] = { "10", "1", "40", "150", "300" };
	world_options_init(&s->world);
	for (uint32_t i = 0; i < SWARM_FAMILY_MAX; i++) {
		uint32_t one_in = i == SWARM_WEATHER ? 2 : 3;
		bool on = draw(s, N_FAMILY + i, one_in) == one_in - 1 &&
		    (s->o.without >> i & 1) == 0;
		s->families |= (uint32_t)on << i;
	}
	s->calls = 1 + draw(s, N_CALLS, SWARM_CALLS_MAX - 1);
	if (s->o.calls > 0)
		s->calls = s->o.calls < SWARM_CALLS_MAX ? s->o.calls : SWARM_CALLS_MAX;
	s->chaos = CHAOS_S * RF_SECOND;
	s->world.quiet = !s->o.ladder;
	s->world.seed = (uint32_t)(s->o.seed & 0xffffff) + 1;
	s->world.config.machines = s->o.machines;
	s->world.shim = s->o.shim;
	s->world.limits = (struct rf_engine_limits){
		.calls = 2 * SWARM_CALLS_MAX, .transactions = 2048, .text_bytes = 4 * 1024 * 1024
	};
	if (is_on(s, SWARM_TIGHT)) {
		static const uint32_t calls[] = { 8, 4, 16 }, transactions[] = { 128, 64, 256 };
		s->world.limits.calls = calls[draw(s, N_TIGHT, 3)];
		s->world.limits.transactions = transactions[draw(s, N_TIGHT + 1, 3)];
		s->world.limits.text_bytes = 1024 * 1024;
	}
	set(s, "link_delay", delays[draw(s, N_DELAY, RF_ARRAY_LEN(delays))]);
	if (is_on(s, SWARM_POLICY))
		draw_policy(s);
	draw_transports(s);
	draw_profiles(s);
	s->world.chooser = &s->c;
	if (is_on(s, SWARM_WEATHER))
		draw_weather(s);
}

void
swarm_begin(struct swarm *s)
{
	s->w->checkers.cuts = is_on(s, SWARM_TIGHT);
	for (uint32_t i = 0; i < s->w->parties; i++) {
		s->w->party[i].addr.proto = s->transport[i];
		s->w->party[i].addr.port = s->transport[i] == RF_TLS ? 5061 : 5060;
	}
	for (uint64_t n = 1; n <= s->calls; n++) {
		if ((s->o.calls_without >> (n - 1) & 1) != 0 ||
		    (s->o.calls_only != 0 && s->o.calls_only != n))
			continue;
		actors_call(s->actors, n, CUSTOMER, choose_between(&s->c, CHOOSE_SWARM_CALL, n, 0,
		    0, s->chaos / 2, s->chaos / 4));
	}
}

void
swarm_heal(struct swarm *s)
{
	world_heal(s->w);
}
