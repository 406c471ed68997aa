/* SPDX-License-Identifier: BSD-2-Clause */
/* app/sim/traffic.c -- arrivals: Poisson, by intervals, in batches, and flash crowds.
 *
 * A rate that changes is drawn by thinning (Lewis and Shedler 1979): candidates at the highest
 * rate, of which a share is taken. */
#include "app/sim/traffic.h"

#include <assert.h>
#include <stdlib.h>

/* Calls a second at that time. */
static double
rate_at(const struct rf_sim_traffic *t, rf_time at)
{
	bool crowd = at >= t->crowd_at && at < t->crowd_at + t->crowd_for;
	rf_time since = at - t->crowd_at;
	switch (t->model) {
	case RF_SIM_POISSON:
	case RF_SIM_BATCH:
		break;
	case RF_SIM_RATES:
		return t->rates[(uint64_t)(at / t->every) % t->rates_count];
	case RF_SIM_STEP:
		return crowd ? t->crowd : t->rates[0];
	case RF_SIM_RAMP:                       /* up, and down again at once */
		return crowd ? t->rates[0] + (t->crowd - t->rates[0]) * (double)since /
			(double)t->crowd_for : t->rates[0];
	}
	return t->rates[0];
}

static double
highest_rate(const struct rf_sim_traffic *t)
{
	double most = t->model == RF_SIM_STEP || t->model == RF_SIM_RAMP ? t->crowd : 0;
	for (uint32_t i = 0; i < t->rates_count; i++)
		most = t->rates[i] > most ? t->rates[i] : most;
	return most;
}

struct list {
	struct rf_sim_arrival *at;
	uint32_t count, room;
};

static void
add(struct list *list, rf_time at, uint32_t traffic)
{
	if (list->count == RF_SIM_CALLS_MAX)
		return;
	if (list->count == list->room) {
		list->room = list->room * 2 + 256;
		list->at = realloc(list->at, list->room * sizeof *list->at);
		if (list->at == NULL)
			abort();
	}
	list->at[list->count++] = (struct rf_sim_arrival){ at, traffic };
}

static void
draw(const struct rf_sim_file *f, struct chooser *c, uint32_t traffic, struct list *list)
{
	const struct rf_sim_traffic *t = &f->traffic[traffic];
	double most = highest_rate(t);
	rf_time at = 0;
	if (most <= 0)
		return;
	for (uint64_t n = 0;; n++) {
		rf_time mean = (rf_time)((double)RF_SECOND / most);
		at += choose_about(c, CHOOSE_STUDY_ARRIVES, traffic, n, mean > 0 ? mean : 1);
		if (at >= f->duration)
			return;
		if (choose_below(c, CHOOSE_STUDY_THINS, traffic, n, 1000000) >=
		    rate_at(t, at) / most * 1e6)
			continue;
		uint32_t calls = t->model == RF_SIM_BATCH ? t->batch : 1;
		for (uint32_t i = 0; i < calls; i++)
			add(list, at, traffic);
	}
}

static int
by_time(const void *a, const void *b)
{
	const struct rf_sim_arrival *x = a, *y = b;
	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	return x->traffic < y->traffic ? -1 : x->traffic > y->traffic;
}

uint32_t
rf_sim_arrivals(const struct rf_sim_file *f, struct chooser *c, struct rf_sim_arrival **out)
{
	struct list list = { .count = 0 };
	for (uint32_t i = 0; i < f->traffic_count; i++)
		draw(f, c, i, &list);
	if (list.count > 0)
		qsort(list.at, list.count, sizeof list.at[0], by_time);
	*out = list.at;
	return list.count;
}
