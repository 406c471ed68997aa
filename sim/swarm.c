/* SPDX-License-Identifier: BSD-2-Clause */
/* sim/swarm.c -- a world from its seed to its verdict; what is drawn for it is swarm_options.c. */
#include "sim/swarm.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/swarm_parts.h"

enum {
	TALK_S = 40,            /* after the chaos: who still talks hangs up by then */
	REST_S = 1200,          /* and by then all must be over */
};

static const struct {
	const char *name, *meaning;
} families[] = {
#define X(name, text, meaning) { text, meaning },
	SWARM_FAMILIES(X)
#undef X
};

const char *
swarm_family_name(enum swarm_family family)
{
	assert(family < SWARM_FAMILY_MAX);
	return families[family].name;
}

const char *
swarm_family_meaning(enum swarm_family family)
{
	assert(family < SWARM_FAMILY_MAX);
	return families[family].meaning;
}

static void
see(void *user, const struct world *w, const struct world_sight *sight)
{
	struct swarm *s = user;
	(void)w;
	(void)sight;
	s->messages++;
}

static bool
is_broken(const struct swarm *s)
{
	return s->w->error[0] != '\0' || s->w->checkers.violations > 0;
}

static void
run_until(struct swarm *s, rf_time until)
{
	while (!is_broken(s) && world_next(s->w, until))
		continue;
}

static void
judge(struct swarm *s, struct swarm_result *result)
{
	const struct world *w = s->w;
	const struct check_violation *v = &w->checkers.violation[0];
	result->passed = !is_broken(s);
	if (result->passed)
		return;
	bool checked = w->checkers.violations > 0;
	result->invariant = checked ? v->invariant : CHECK_MAX;
	result->at = checked ? v->at : w->now;
	snprintf(result->text, sizeof result->text, "%s", checked ? v->text : w->error);
}

static void
come_to_rest(struct swarm *s)
{
	struct rf_stats stats;
	rf_time until = s->w->now + REST_S * RF_SECOND;
	while (!is_broken(s) && !world_is_quiet(s->w) && world_next(s->w, until))
		continue;
	if (is_broken(s))
		return;
	rf_engine_stats(s->w->engine, &stats);
	if (!world_is_quiet(s->w))
		world_fail(s->w, "the world does not come to rest");
	else if (actors_living(s->actors) > 0)
		world_fail(s->w, "%u calls never ended", actors_living(s->actors));
	else if (s->w->kepts > 0 && (s->spells >> SPELL_STORE_NEVER & 1) == 0)
		world_fail(s->w, "%u sessions are left in the store", s->w->kepts);
	checkers_quiet(&s->w->checkers, s->w->now, &stats);
}

static void
finish(struct swarm *s, struct swarm_result *result)
{
	struct world *w = s->w;
	judge(s, result);
	result->families = s->families;
	result->spells = s->spells;
	memcpy(result->happened, w->weather.happened, sizeof result->happened);
	result->last = w->last;
	result->messages = s->messages;
	result->calls = s->calls;
	result->ended = w->now;
	if (!w->down) {
		rf_engine_effect_hash(w->engine, result->hash);
		rf_engine_stats(w->engine, &result->stats);
	}
	result->transfers = (uint32_t)result->stats.refers_accepted;
	memcpy(result->row_count, w->row_count, sizeof result->row_count);
	result->ladder = w->ladder != NULL ? strndup(w->ladder, w->ladder_len) : NULL;
}

void
swarm_run(const struct swarm_options *options, struct swarm_result *result)
{
	static struct swarm s; /* big */
	memset(&s, 0, sizeof s);
	memset(result, 0, sizeof *result);
	choose_init(&s.c, options->seed);
	s.c.by = options->by;
	s.c.tape = options->tape;
	s.c.tape_len = options->tape_len;
	s.c.fixed = options->fixed;
	s.c.record = options->record;
	s.o = *options;
	swarm_draw(&s);
	s.w = world_new(&s.world);
	assert(s.w != NULL);
	s.w->loud = options->loud;
	s.w->numbered = true;
	s.w->tap = see;
	s.w->tap_user = &s;
	s.actors = actors_new(s.w, &s.c, s.profile, NULL, NULL);
	assert(s.actors != NULL);
	swarm_begin(&s);
	if (options->begun != NULL)
		options->begun(options->user, s.w);
	run_until(&s, s.chaos);
	swarm_heal(&s);
	actors_finish(s.actors, s.w->now + TALK_S * RF_SECOND);
	come_to_rest(&s);
	finish(&s, result);
	actors_free(s.actors);
	world_free(s.w);
}
