/* SPDX-License-Identifier: BSD-2-Clause */
/* sim/explore.h -- every future of one transfer, tried on the engine itself.
 *
 *      state --choice--> state --choice--> ...     depth first; a state seen before is not tried
 *
 * The world is small enough for all of it: one call with one REFER, parties that are a few numbers
 * each, a network that is a set of messages.  A choice is one thing that happens next: a message
 * arrives or is lost, a question is answered, time passes, a party acts, the process is killed.
 * After every choice the invariants of the design are asked (sim/explore_watch.c).
 *
 * What "every" means here is in docs/adr/022-every-future-of-one-transfer.md. */
#ifndef RF_SIM_EXPLORE_H
#define RF_SIM_EXPLORE_H

#include <stdio.h>

#include "engine/engine.h"
#include "sim/shim.h"

enum { EXPLORE_DEPTH_MAX = 1024, EXPLORE_TEXT = 160 };

/* How often each of these may happen in one future. */
#define EXPLORE_BUDGETS(X) \
	X(losses, "messages that are lost") \
	X(dups, "messages that arrive twice") \
	X(crashes, "kill -9 of the process, and a restart from the store") \
	X(lates, "times that a timer runs out before what is on its way arrives") \
	X(fails, "questions to store, names and policy that are answered with no") \
	X(leaves, "parties that hang up by themselves") \
	X(glares, "re-INVITEs that are answered 491")

struct explore_budget {
#define EXPLORE_BUDGET(name, meaning) uint8_t name;
	EXPLORE_BUDGETS(EXPLORE_BUDGET)
#undef EXPLORE_BUDGET
};

struct explore_options {
	struct explore_budget budget;
	uint64_t states_max;                    /* give up then; 0: never */
	uint32_t shorten_max; /* states kept in memory to find the shortest way; 0: the first way */
	const struct rf_fsm *const *machines;   /* tests: tables to run instead; NULL: compiled */
	const struct sim_shim *shim;            /* tests: a planted defect; NULL: none */
	FILE *progress;                         /* a line now and then; NULL: none */
};

struct explore_result {
	uint64_t states, transitions, merged, ends; /* ends: futures that came to rest */
	uint64_t snapshot_bytes;                /* of the largest state */
	uint32_t depth;                         /* of the longest future */
	uint64_t table_bytes, stack_bytes;
	bool exhausted;                         /* nothing within the budget was left out */
	/* the violation; empty: none */
	char violation[EXPLORE_TEXT];
	uint16_t choice[EXPLORE_DEPTH_MAX];     /* what led there */
	uint32_t choices;
	bool shortest;
};

/* False: without memory.  A violation ends the search. */
bool explore_run(const struct explore_options *, struct explore_result *);
/* Makes those choices again and writes their ladder; *violation ("": none) must have room for
 * EXPLORE_TEXT.  False: there is no such choice. */
bool explore_replay(const struct explore_options *, const uint16_t *choice, uint32_t choices,
    FILE *ladder, char *violation);

#endif
