/* SPDX-License-Identifier: BSD-2-Clause */
/* bench/sim.c -- how fast the simulator is: its timers, its messages, whole hand-backs, seeds.
 *
 *      bench/sim [--calls N] [--seconds N]
 *
 * CPU time of this process, one core.  Every row is the fastest of three, because a shared machine
 * only ever makes things slower.  Goals are those of the design; nothing is asserted. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine/state.h"
#include "sim/actor.h"
#include "sim/explore.h"
#include "sim/heap.h"
#include "sim/swarm.h"
#include "sim/world.h"

enum {
	PENDING = 10 * 1000,
	ROUNDS = 3,
	CUSTOMER = 0,
	CENTER = 1,
	HORIZON_S = 3600,
};

static uint64_t calls_wanted = 5000;

static double
cpu_seconds(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
row(const char *what, double value, const char *unit, double goal)
{
	char goals[32] = "";
	if (goal > 0)
		snprintf(goals, sizeof goals, "%14.0f  %5.2f", goal, value / goal);
	printf("%-58s %14.0f %-14s %s\n", what, value, unit, goals);
	fflush(stdout);
}

/* ---- timers ---------------------------------------------------------------------------------- */

static uint64_t state = 88172645463325252u;

static uint64_t
draw(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

/* As SIP has them: the network, T1 and its doublings, 32 s, minutes. */
static rf_time
delay(void)
{
	static const rf_time of[] = { 20 * RF_MS, 20 * RF_MS, 500 * RF_MS, RF_SECOND, 2 * RF_SECOND,
		4 * RF_SECOND, 32 * RF_SECOND, 180 * RF_SECOND };
	uint64_t bits = draw();
	return of[bits & 7] + (rf_time)(bits >> 8 & 0xfff);
}

/* The earliest leaves, another one comes: so many in a second. */
static double
heap_holds(void)
{
	enum { TIMES = 5 * 1000 * 1000 };
	struct world_heap h = { 0 };
	static int item;
	for (int i = 0; i < PENDING; i++)
		world_heap_put(&h, delay(), 0, &item);
	double began = cpu_seconds();
	for (int i = 0; i < TIMES; i++) {
		rf_time now = world_heap_due(&h);
		world_heap_take(&h);
		world_heap_put(&h, now + delay(), 0, &item);
	}
	double took = cpu_seconds() - began;
	while (h.count > 0)
		world_heap_take(&h);
	world_heap_fini(&h);
	return TIMES / took;
}

/* The engine's wheel, in an engine: a timer fires and is armed again; one more is moved. */
static double
wheel_holds(void)
{
	enum { TIMES = 5 * 1000 * 1000 };
	const struct rf_engine_limits limits = {
		.calls = 16, .transactions = PENDING, .text_bytes = 1024 * 1024
	};
	static const struct rf_engine_config config;
	static const uint8_t seed[16];
	void *block = calloc(1, rf_engine_size(&limits));
	assert(block != NULL);
	struct rf_engine *e = rf_engine_init(block, &limits, &config, seed, 0);
	static struct rf_txn *txn[PENDING];
	for (uint32_t i = 0; i < PENDING; i++) {
		txn[i] = rf_pool_take(e, RF_KIND_TXN);
		assert(txn[i] != NULL);
		rf_timer_arm(e, RF_KIND_TXN, txn[i], 0, delay());
	}
	double began = cpu_seconds();
	for (int fired = 0; fired < TIMES; fired++) {
		unsigned kind, index;
		uint32_t slot;
		e->now = rf_timer_deadline(e);
		bool due = rf_timer_next(e, e->now, &kind, &slot, &index);
		assert(due);
		(void)due;
		rf_timer_arm(e, RF_KIND_TXN, txn[slot], 0, delay());
		rf_timer_arm(e, RF_KIND_TXN, txn[draw() % PENDING], 0, delay());
	}
	double took = cpu_seconds() - began;
	free(block);
	return TIMES / took;
}

/* ---- whole calls ----------------------------------------------------------------------------- */

struct run {
	double cpu;
	uint64_t messages, transfers;
	rf_time simulated;
	uint32_t violations;
};

static void
add_spell(struct world_weather *weather, enum world_spell_kind kind, double rate)
{
	struct world_spell *s = &weather->spell[weather->spells++];
	*s = world_spell_of(kind);
	s->rate = rate;
}

/* Every call is handed back; they come evenly, so many in a second. */
static struct run
hand_back(uint64_t calls, double rate, bool faults)
{
	static struct actor_profile profile[WORLD_PARTIES_MAX];
	struct world_options options;
	struct chooser chooser;
	struct rf_stats s;
	world_options_init(&options);
	options.quiet = true;
	options.limits = (struct rf_engine_limits){
		.calls = 8192, .transactions = 65536, .text_bytes = 64 * 1024 * 1024
	};
	if (faults) {
		add_spell(&options.weather, SPELL_LOSS, 0.02);
		add_spell(&options.weather, SPELL_DUPLICATE, 0.01);
		add_spell(&options.weather, SPELL_DELAY, 0.05);
	}
	choose_init(&chooser, 1);
	options.chooser = &chooser;
	for (uint32_t i = 0; i < WORLD_PARTIES_MAX; i++)
		actor_profile_init(&profile[i]);
	profile[CUSTOMER].calls = "sip:center@referee.example";
	profile[CUSTOMER].manners.hangs_up = 1;
	profile[CUSTOMER].manners.talk.a = 5;
	struct actor_refers *r = &profile[CENTER].refers;
	r->rate = 1;
	r->targets = 1;
	r->target[0] = "sip:billing@referee.example";
	r->weight[0] = 1;
	r->referred_by = "<sip:agent@acme.example>";
	struct world *w = world_new(&options);
	assert(w != NULL);
	struct actors *a = actors_new(w, &chooser, profile, NULL, NULL);
	for (uint64_t n = 1; n <= calls; n++)
		actors_call(a, n, CUSTOMER, (rf_time)((double)n / rate * 1e6));
	double began = cpu_seconds();
	while (!world_is_quiet(w) && world_next(w, HORIZON_S * RF_SECOND))
		continue;
	double took = cpu_seconds() - began;
	rf_engine_stats(w->engine, &s);
	if (w->error[0] != '\0')
		printf("# %s\n", w->error);
	struct run run = { .cpu = took,
		.messages = s.rx_requests + s.rx_responses + s.tx_requests + s.tx_responses,
		.transfers = s.transfers_succeeded,
		.simulated = (rf_time)((double)calls / rate * 1e6),
		.violations = w->checkers.violations };
	actors_free(a);
	world_free(w);
	return run;
}

static struct run
fastest(uint64_t calls, double rate, bool faults)
{
	struct run best = { .cpu = 1e9 };
	for (int i = 0; i < ROUNDS; i++) {
		struct run run = hand_back(calls, rate, faults);
		if (run.cpu < best.cpu)
			best = run;
	}
	return best;
}

/* Each seed draws its own oddities and weather, heals, and has to come to rest. */
static double
seeds(uint32_t calls, uint32_t count, uint32_t *failed)
{
	static struct swarm_result result;
	double began = cpu_seconds();
	*failed = 0;
	for (uint32_t i = 1; i <= count; i++) {
		swarm_run(&(struct swarm_options){ .seed = i, .calls = calls }, &result);
		*failed += !result.passed;
		free(result.ladder);
	}
	return count / (cpu_seconds() - began);
}

/* One transfer, one message lost and one timer early: the first states of that search. */
static double
transitions(uint64_t *states, uint64_t *bytes)
{
	const struct explore_options options = { .budget = { .losses = 1, .lates = 1 },
		.states_max = 100 * 1000 };
	static struct explore_result result;
	double began = cpu_seconds();
	bool ran = explore_run(&options, &result);
	assert(ran);
	(void)ran;
	*states = result.states;
	*bytes = result.snapshot_bytes;
	return (double)result.transitions / (cpu_seconds() - began);
}

static double
best_of(double (*measure)(void))
{
	double best = 0;
	for (int i = 0; i < ROUNDS; i++) {
		double now = measure();
		best = now > best ? now : best;
	}
	return best;
}

int
main(int argc, char **argv)
{
	for (int i = 1; i + 1 < argc; i += 2) {
		if (strcmp(argv[i], "--calls") == 0)
			calls_wanted = strtoull(argv[i + 1], NULL, 10);
		if (strcmp(argv[i], "--once") == 0) { /* for callgrind */
			hand_back(calls_wanted, 100, strcmp(argv[i + 1], "foul") == 0);
			return 0;
		}
	}
	printf("%-58s %14s %-14s %14s  %5s\n", "what", "now", "", "goal", "ratio");
	row("timers of the world: one leaves, one comes, 10,000 pending", best_of(heap_holds),
	    "events/s", 10e6);
	row("timers of the engine: the same, and one is moved", best_of(wheel_holds), "events/s",
	    10e6);
	struct run calm = fastest(calls_wanted, 100, false);
	row("SIP messages through referee, whole hand-backs", (double)calm.messages / calm.cpu,
	    "messages/s", 280e3);
	row("hand-backs", (double)calm.transfers / calm.cpu, "hand-backs/s", 10e3);
	struct run foul = fastest(calls_wanted, 100, true);
	row("hand-backs with loss, doubles and delays", (double)foul.transfers / foul.cpu,
	    "hand-backs/s", 0);
	row("simulated to real time, 100 calls/s, with these faults",
	    (double)foul.simulated / 1e6 / foul.cpu, "times", 250);
	uint32_t failed;
	row("seeds of 50 calls, one core (goal: 300 on two)", seeds(50, 200, &failed), "seeds/s",
	    150);
	row("seeds as the sweep draws them", seeds(0, 200, &failed), "seeds/s", 0);
	uint64_t states, bytes;
	row("transitions of the explorer, the engine itself", transitions(&states, &bytes),
	    "transitions/s", 100e3);
	printf("# explorer: %llu states, the largest has %llu bytes\n", (unsigned long long)states,
	    (unsigned long long)bytes);
	printf("# %.1f messages a hand-back (%.1f with faults); violations %u, %u\n",
	    (double)calm.messages / (double)calls_wanted,
	    (double)foul.messages / (double)calls_wanted, calm.violations, foul.violations);
	return 0;
}
