/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/sim/sanity.c -- can the numbers of a world be trusted?  Erlang knew before.
 *
 * The agents, the arrivals and the distributions of the worlds, without a single SIP message,
 * against closed formulas: the simulated mean's 95 % interval must hold the formula's value.
 * usage: sanity [REPETITIONS [CALLS]] */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "app/sim/agents.h"
#include "app/sim/statistics.h"
#include "sim/choose.h"
#include "sim/heap.h"

enum { REPETITIONS_MAX = 100, CALLS_MAX = 1000 * 1000 };

struct house {
	const char *name;
	double offered;        /* Erlang; the mean service takes one second */
	uint32_t agents, line; /* line 0: lost calls, Erlang-B */
	double patience;       /* mean, in service times; 0: endless */
};

struct call {
	enum { UNBORN, WAITING, TALKING, OVER } state;
	bool had_to_wait;
};

enum happening { ARRIVES, HANGS_UP, GOES };

struct run {
	const struct house *house;
	struct chooser chooser;
	struct rf_agents *agents;
	struct world_heap heap;
	struct call *call;
	uint64_t calls;
	rf_time now;
};

/* The item of the heap is a number: three happenings of each call. */
static void
plan(struct run *r, rf_time after, enum happening what, uint64_t call)
{
	world_heap_put(&r->heap, r->now + after, 1, (void *)(uintptr_t)(call * 3 + what + 1));
}

static rf_time
draw(struct run *r, enum choose_site site, uint64_t call, double seconds)
{
	return choose_about(
	    &r->chooser, site, call, 0, (rf_time)llrint(seconds * (double)RF_SECOND));
}

static void
talk(struct run *r, uint64_t call)
{
	r->call[call].state = TALKING;
	plan(r, draw(r, CHOOSE_STORE_LATE, call, 1), GOES, call);
}

static void
arrive(struct run *r, uint64_t call)
{
	if (call + 1 < r->calls)
		plan(r, draw(r, CHOOSE_LINK_JITTER, call, 1 / r->house->offered), ARRIVES,
		    call + 1);
	switch (rf_agents_arrive(r->agents, call)) {
	case RF_AGENTS_RINGS:
		talk(r, call);
		break;
	case RF_AGENTS_WAITS:
		r->call[call] = (struct call){ WAITING, true };
		if (r->house->patience > 0)
			plan(r, draw(r, CHOOSE_DNS_LATE, call, r->house->patience), HANGS_UP, call);
		break;
	case RF_AGENTS_FULL:
		r->call[call] = (struct call){ OVER, true };
		break;
	}
}

/* Calls that were lost, or had to wait, or hung up: what the formula of that house is about. */
static double
run(const struct house *house, uint64_t seed, uint64_t calls)
{
	struct run r = { .house = house, .calls = calls };
	uint64_t counted = 0, hits = 0, next;
	bool served;
	choose_init(&r.chooser, seed);
	r.agents = rf_agents_new(house->agents, house->line);
	r.call = calloc(calls, sizeof *r.call);
	bool *hung_up = calloc(calls, sizeof *hung_up);
	if (r.agents == NULL || r.call == NULL || hung_up == NULL)
		abort();
	plan(&r, 0, ARRIVES, 0);
	while (r.heap.count > 0) {
		r.now = world_heap_due(&r.heap);
		uint64_t item = (uint64_t)(uintptr_t)world_heap_take(&r.heap) - 1, call = item / 3;
		if (item % 3 == ARRIVES) {
			arrive(&r, call);
		} else if (item % 3 == GOES) {
			rf_agents_leave(r.agents, call, &served);
			r.call[call].state = OVER;
			if (rf_agents_ready(r.agents, &next))
				talk(&r, next);
		} else if (r.call[call].state == WAITING) {
			rf_agents_leave(r.agents, call, &served);
			r.call[call].state = OVER;
			hung_up[call] = true;
		}
	}
	/* An empty house is no stationary one: the first tenth does not count. */
	for (uint64_t i = calls / 10; i < calls; i++) {
		counted++;
		hits += house->patience > 0 ? hung_up[i] : r.call[i].had_to_wait;
	}
	world_heap_fini(&r.heap);
	rf_agents_free(r.agents);
	free(r.call);
	free(hung_up);
	return (double)hits / (double)counted;
}

static double
formula(const struct house *h)
{
	if (h->line == 0)
		return rf_erlang_b(h->offered, h->agents);
	return h->patience > 0 ? rf_erlang_a(h->offered, h->agents, h->patience) :
				 rf_erlang_c(h->offered, h->agents);
}

int
main(int argc, char **argv)
{
	static const struct house houses[] = {
		{ "Erlang-B, 10 agents, 8 Erlang: lost", 8, 10, 0, 0 },
		{ "Erlang-B, 40 agents, 40 Erlang: lost", 40, 40, 0, 0 },
		{ "Erlang-C, 12 agents, 9 Erlang: has to wait", 9, 12, RF_AGENTS_LINE_MAX, 0 },
		{ "Erlang-C, 50 agents, 42 Erlang: has to wait", 42, 50, RF_AGENTS_LINE_MAX, 0 },
		{ "Erlang-A, 10 agents, 12 Erlang, patience 1: hangs up", 12, 10,
		    RF_AGENTS_LINE_MAX, 1 },
		{ "Erlang-A, 50 agents, 50 Erlang, patience 2: hangs up", 50, 50,
		    RF_AGENTS_LINE_MAX, 2 },
	};
	double value[REPETITIONS_MAX];
	uint32_t count = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 10;
	uint64_t calls = argc > 2 ? strtoull(argv[2], NULL, 10) : 10000;
	int failed = 0;
	if (count < 2 || count > REPETITIONS_MAX || calls < 10 || calls > CALLS_MAX)
		return 64;
	printf("1..%zu\n", RF_ARRAY_LEN(houses));
	for (size_t i = 0; i < RF_ARRAY_LEN(houses); i++) {
		for (uint32_t k = 0; k < count; k++)
			value[k] = run(&houses[i], k + 1, calls);
		struct rf_interval got = rf_mean(value, count);
		double expected = formula(&houses[i]);
		bool good = !rf_interval_excludes(got, expected);
		failed += !good;
		printf("%sok %zu - %s\n# simulated %.4f [%.4f, %.4f], formula %.4f\n",
		    good ? "" : "not ", i + 1, houses[i].name, got.middle, got.low, got.high,
		    expected);
	}
	return failed > 0;
}
