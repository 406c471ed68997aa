/* SPDX-License-Identifier: BSD-2-Clause */
/* app/sim/agents.h -- a group of agents with a waiting line: who answers whom, and when.
 *
 * It is the automatic call distributor behind a target.  It has no clock and draws nothing: who
 * uses it says what happened, and is told what follows.  First come, first served; one agent is
 * like another. */
#ifndef RF_APP_SIM_AGENTS_H
#define RF_APP_SIM_AGENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/types.h"

enum { RF_AGENTS_MAX = 4096, RF_AGENTS_LINE_MAX = 16 * 1024 };

enum rf_agents_answer {
	RF_AGENTS_RINGS, /* an agent's telephone rings */
	RF_AGENTS_WAITS, /* in the line */
	RF_AGENTS_FULL,  /* and no room in the line either */
};

struct rf_agents;
/* on_duty: agents at first.  line: how many may wait; 0: who finds nobody is turned away. */
struct rf_agents *rf_agents_new(uint32_t on_duty, uint32_t line);
void rf_agents_free(struct rf_agents *);

/* A call comes; it must not be there already. */
enum rf_agents_answer rf_agents_arrive(struct rf_agents *, uint64_t call);
/* It leaves while it rings, waits or talks; false: it was not there.  *served: an agent is busy
 * with what is left of it until rf_agents_ready. */
bool rf_agents_leave(struct rf_agents *, uint64_t call, bool *served);
/* An agent has wrapped up.  True: the longest waiting call rings at it now, *next. */
bool rf_agents_ready(struct rf_agents *, uint64_t *next);
/* The shift changes to that many.  Who is too many goes after the call.  True: see above; ask again
 * until it is false. */
void rf_agents_duty(struct rf_agents *, uint32_t on_duty);
bool rf_agents_next(struct rf_agents *, uint64_t *next);

uint32_t rf_agents_busy(const struct rf_agents *);
uint32_t rf_agents_waiting(const struct rf_agents *);
uint32_t rf_agents_on_duty(const struct rf_agents *);

#endif
