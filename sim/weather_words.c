/* SPDX-License-Identifier: BSD-2-Clause */
/* sim/weather_words.c -- spells as text, for scenes, worlds, options and shrunk runs. */
#include "sim/weather.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/world.h"

static const struct world_spell_about abouts[] = {
#define SPELL(name, text, fate, rate, unit, amount, every, does)                                   \
	{ text, fate, does, rate, WORLD_UNIT_##unit, amount, every },
#include "sim/spells.def"
#undef SPELL
};

const struct world_spell_about *
world_spell_about(enum world_spell_kind kind)
{
	assert(kind < SPELL_KIND_MAX);
	return &abouts[kind];
}

enum world_spell_kind
world_spell_find(struct rf_slice name)
{
	size_t i = 0;
	while (i < SPELL_KIND_MAX && !sip_is(name, abouts[i].name))
		i++;
	return (enum world_spell_kind)i;
}

struct world_spell
world_spell_of(enum world_spell_kind kind)
{
	const struct world_spell_about *a = world_spell_about(kind);
	return (struct world_spell){ .kind = kind,
		.party = WORLD_EVERYBODY,
		.rate = a->rate,
		.amount = a->amount,
		.every = a->every,
		.until = RF_TIME_NEVER };
}

/* ---- durations ------------------------------------------------------------------------------- */

static const struct {
	const char *unit;
	rf_time us;
} units[] = {
	{ "h", 3600 * RF_SECOND },
	{ "min", 60 * RF_SECOND },
	{ "s", RF_SECOND },
	{ "ms", RF_MS },
	{ "us", 1 },
};

/* A decimal number with at most six places behind the point, in millionths; rest: behind it. */
static bool
read_millionths(struct rf_slice text, uint64_t *out, struct rf_slice *rest)
{
	uint64_t value = 0, place = 1000000;
	uint32_t i = 0;
	bool point = false, digit = false;
	for (; i < text.len; i++) {
		char c = text.p[i];
		if (c == '.' && !point) {
			point = true;
			continue;
		}
		if (c < '0' || c > '9')
			break;
		digit = true;
		place /= point ? 10 : 1;
		if (place == 0 || value > UINT64_MAX / 20)
			return false;
		value = point ? value + (uint64_t)(c - '0') * place
			      : value * 10 + (uint64_t)(c - '0') * 1000000;
	}
	*out = value;
	*rest = (struct rf_slice){ text.p + i, text.len - i };
	return digit;
}

bool
world_duration_read(rf_time *out, struct rf_slice text)
{
	uint64_t millionths;
	struct rf_slice unit;
	if (sip_is(text, "never")) {
		*out = RF_TIME_NEVER;
		return true;
	}
	if (!read_millionths(text, &millionths, &unit))
		return false;
	for (size_t i = 0; i < RF_ARRAY_LEN(units); i++) {
		if (!sip_is(unit, units[i].unit) && !(unit.len == 0 && units[i].us == RF_MS))
			continue;
		__extension__ typedef unsigned __int128 wide;
		wide us = (wide)millionths * (uint64_t)units[i].us / 1000000;
		*out = (rf_time)us;
		return us < INT64_MAX;
	}
	return false;
}

void
world_duration_write(rf_time t, char out[32])
{
	size_t i = 0;
	if (t == RF_TIME_NEVER) {
		snprintf(out, 32, "never");
		return;
	}
	while (i + 1 < RF_ARRAY_LEN(units) && (t < units[i].us || t % units[i].us != 0))
		i++;
	if (t == 0)
		i = 3;
	snprintf(out, 32, "%lld%s", (long long)(t / units[i].us), units[i].unit);
}

/* ---- spells ---------------------------------------------------------------------------------- */

static const char *const ways[] = { "both", "to-referee", "from-referee" };

static bool
set_time(rf_time *out, struct rf_slice value, char error[CHOICE_TEXT_MAX])
{
	if (world_duration_read(out, value))
		return true;
	snprintf(error, CHOICE_TEXT_MAX, "no duration: %.*s", SIP_SLICE(value));
	return false;
}

static bool
set_amount(struct world_spell *s, struct rf_slice value, char error[CHOICE_TEXT_MAX])
{
	const struct world_spell_about *about = world_spell_about(s->kind);
	uint64_t millionths;
	struct rf_slice rest;
	switch (about->unit) {
	case WORLD_UNIT_TIME:
		return set_time(&s->amount, value, error);
	case WORLD_UNIT_BYTES:
		if (read_millionths(value, &millionths, &rest) && rest.len == 0 &&
		    millionths >= 1000000) {
			s->amount = (rf_time)(millionths / 1000000);
			return true;
		}
		snprintf(error, CHOICE_TEXT_MAX, "no number of bytes: %.*s", SIP_SLICE(value));
		return false;
	case WORLD_UNIT_NONE:
		break;
	}
	snprintf(error, CHOICE_TEXT_MAX, "%s has no amount", about->name);
	return false;
}

static bool
set_rate(struct world_spell *s, struct rf_slice value, char error[CHOICE_TEXT_MAX])
{
	uint64_t millionths;
	struct rf_slice rest;
	if (!read_millionths(value, &millionths, &rest) || rest.len > 0 || millionths > 1000000) {
		snprintf(
		    error, CHOICE_TEXT_MAX, "a rate lies between 0 and 1: %.*s", SIP_SLICE(value));
		return false;
	}
	s->rate = (double)millionths / 1000000;
	return true;
}

static bool
set_party(struct world_spell *s, const struct world_options *options, struct rf_slice value,
    char error[CHOICE_TEXT_MAX])
{
	s->party = sip_is(value, "everybody") ? WORLD_EVERYBODY : world_cast_find(options, value);
	if (s->party != WORLD_PARTIES_MAX)
		return true;
	snprintf(error, CHOICE_TEXT_MAX, "nobody is called %.*s", SIP_SLICE(value));
	return false;
}

static bool
set_way(struct world_spell *s, struct rf_slice value, char error[CHOICE_TEXT_MAX])
{
	for (size_t i = 0; i < RF_ARRAY_LEN(ways); i++) {
		if (!sip_is(value, ways[i]))
			continue;
		s->way = (enum world_way)i;
		return true;
	}
	snprintf(error, CHOICE_TEXT_MAX, "a way is both, to-referee or from-referee: %.*s",
	    SIP_SLICE(value));
	return false;
}

bool
world_spell_set(struct world_spell *s, const struct world_options *options, struct rf_slice key,
    struct rf_slice value, char error[CHOICE_TEXT_MAX])
{
	if (sip_is(key, "party"))
		return set_party(s, options, value, error);
	if (sip_is(key, "way"))
		return set_way(s, value, error);
	if (sip_is(key, "from"))
		return set_time(&s->from, value, error);
	if (sip_is(key, "until"))
		return set_time(&s->until, value, error);
	if (sip_is(key, "every"))
		return set_time(&s->every, value, error);
	if (sip_is(key, "rate"))
		return set_rate(s, value, error);
	if (sip_is(key, "amount"))
		return set_amount(s, value, error);
	if (sip_is(key, "id")) {
		s->id = sip_number(value);
		return true;
	}
	snprintf(error, CHOICE_TEXT_MAX, "a spell has no %.*s", SIP_SLICE(key));
	return false;
}

static void
put_time(struct sip_out *out, const char *key, rf_time value, rf_time preset)
{
	char text[32];
	if (value == preset)
		return;
	world_duration_write(value, text);
	sip_put(out, " %s=%s", key, text);
}

void
world_spell_write(const struct world_spell *s, const struct world_options *options,
    char text[WORLD_SPELL_TEXT_MAX])
{
	const struct world_spell_about *a = world_spell_about(s->kind);
	struct sip_out out = { .p = text, .max = WORLD_SPELL_TEXT_MAX };
	sip_put(&out, "%s", a->name);
	if (s->party != WORLD_EVERYBODY)
		sip_put(&out, " party=%s", world_cast_name(options, s->party));
	if (s->way != WORLD_BOTH_WAYS)
		sip_put(&out, " way=%s", ways[s->way]);
	put_time(&out, "from", s->from, 0);
	put_time(&out, "until", s->until, RF_TIME_NEVER);
	if (s->rate != a->rate)
		sip_put(&out, " rate=%.6g", s->rate);
	if (a->unit == WORLD_UNIT_TIME)
		put_time(&out, "amount", s->amount, a->amount);
	else if (a->unit == WORLD_UNIT_BYTES && s->amount != a->amount)
		sip_put(&out, " amount=%lld", (long long)s->amount);
	put_time(&out, "every", s->every, a->every);
	if (s->id != 0)
		sip_put(&out, " id=%u", s->id);
}
