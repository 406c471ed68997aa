/* SPDX-License-Identifier: BSD-2-Clause */
/* app/sim/ladders.c -- chooses calls that are worth looking at. */
#include "app/sim/ladders.h"

#include <stdlib.h>

struct choice_of_calls {
	uint32_t *chosen, count, max;
};

static void
take(struct choice_of_calls *c, uint32_t call)
{
	for (uint32_t i = 0; i < c->count; i++) {
		if (c->chosen[i] == call)
			return;
	}
	if (c->count < c->max)
		c->chosen[c->count++] = call;
}

/* What happened to a call on all sides, as one number. */
static uint32_t
kind_of(const struct rf_sim_study *study, uint32_t from, uint32_t to, uint32_t call)
{
	uint32_t kind = 0;
	for (uint32_t s = from; s < to; s++)
		kind = kind * RF_SIM_OUTCOME_MAX + study->side[s].run[0]->call[call].outcome;
	return kind;
}

/* Kinds that differ between sides first, then all, round by round: one call of each kind before
 * there is a second of any. */
static void
take_round(struct choice_of_calls *c, const struct rf_sim_study *study, uint32_t from, uint32_t to,
    bool differing)
{
	enum { KINDS_MAX = 512 };
	const struct rf_sim_run *r = study->side[from].run[0];
	uint32_t seen[KINDS_MAX], seens = 0;
	for (uint32_t i = 0; i < r->calls && c->count < c->max; i++) {
		uint32_t kind = kind_of(study, from, to, i), k = 0;
		bool differs = false, taken = false;
		for (uint32_t s = from + 1; s < to; s++)
			differs = differs || study->side[s].run[0]->call[i].outcome !=
			    r->call[i].outcome;
		for (uint32_t n = 0; n < c->count; n++)
			taken = taken || c->chosen[n] == i;
		if (!r->call[i].counts || taken || (differing && !differs))
			continue;
		while (k < seens && seen[k] != kind)
			k++;
		if (k < seens || seens == KINDS_MAX)
			continue;
		seen[seens++] = kind;
		take(c, i);
	}
}

static int
ascending(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return x < y ? -1 : x > y;
}

uint32_t
rf_sim_ladders_choose(
    const struct rf_sim_study *study, uint32_t side, uint32_t chosen[RF_SIM_LADDERS_MAX])
{
	struct choice_of_calls c = { chosen, 0, study->side[0].file->report_ladders };
	uint32_t from = study->paired ? 0 : side, to = study->paired ? study->sides : side + 1;
	uint32_t max = c.max > RF_SIM_LADDERS_MAX ? RF_SIM_LADDERS_MAX : c.max;
	c.max = max / 2;
	for (uint32_t before = UINT32_MAX; before != c.count && c.count < c.max;) {
		before = c.count;
		take_round(&c, study, from, to, true);
	}
	c.max = max;
	for (uint32_t before = UINT32_MAX; before != c.count && c.count < c.max;) {
		before = c.count;
		take_round(&c, study, from, to, false);
	}
	qsort(chosen, c.count, sizeof chosen[0], ascending);
	return c.count;
}
