/* SPDX-License-Identifier: BSD-2-Clause */
/* app/sim/agents.c -- counts agents and keeps a line; Erlang's models are its tests. */
#include "app/sim/agents.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct rf_agents {
	uint32_t on_duty, busy, room;
	uint64_t *served; /* calls at an agent, `calls` of them; an agent that wraps up has none */
	uint32_t calls;
	uint64_t *line; /* in order of arrival */
	uint32_t waiting;
};

struct rf_agents *
rf_agents_new(uint32_t on_duty, uint32_t line)
{
	assert(on_duty <= RF_AGENTS_MAX);
	assert(line <= RF_AGENTS_LINE_MAX);
	struct rf_agents *a = calloc(1, sizeof *a);
	if (a == NULL)
		return NULL;
	a->on_duty = on_duty;
	a->room = line;
	a->served = calloc(RF_AGENTS_MAX, sizeof *a->served);
	a->line = calloc(line > 0 ? line : 1, sizeof *a->line);
	if (a->served != NULL && a->line != NULL)
		return a;
	rf_agents_free(a);
	return NULL;
}

void
rf_agents_free(struct rf_agents *a)
{
	if (a == NULL)
		return;
	free(a->served);
	free(a->line);
	free(a);
}

static void
serve(struct rf_agents *a, uint64_t call)
{
	assert(a->calls < RF_AGENTS_MAX);
	a->served[a->calls++] = call;
	a->busy++;
}

enum rf_agents_answer
rf_agents_arrive(struct rf_agents *a, uint64_t call)
{
	if (a->busy < a->on_duty && a->waiting == 0) {
		serve(a, call);
		return RF_AGENTS_RINGS;
	}
	if (a->waiting == a->room)
		return RF_AGENTS_FULL;
	a->line[a->waiting++] = call;
	return RF_AGENTS_WAITS;
}

/* Takes `call` out and keeps the order of the others. */
static bool
take_out(uint64_t *from, uint32_t *count, uint64_t call)
{
	for (uint32_t i = 0; i < *count; i++) {
		if (from[i] != call)
			continue;
		memmove(&from[i], &from[i + 1], (*count - i - 1) * sizeof from[0]);
		--*count;
		return true;
	}
	return false;
}

bool
rf_agents_leave(struct rf_agents *a, uint64_t call, bool *served)
{
	*served = take_out(a->served, &a->calls, call);
	return *served || take_out(a->line, &a->waiting, call);
}

bool
rf_agents_next(struct rf_agents *a, uint64_t *next)
{
	if (a->busy >= a->on_duty || a->waiting == 0)
		return false;
	*next = a->line[0];
	take_out(a->line, &a->waiting, *next);
	serve(a, *next);
	return true;
}

bool
rf_agents_ready(struct rf_agents *a, uint64_t *next)
{
	assert(a->busy > a->calls);
	a->busy--;
	return rf_agents_next(a, next);
}

void
rf_agents_duty(struct rf_agents *a, uint32_t on_duty)
{
	assert(on_duty <= RF_AGENTS_MAX);
	a->on_duty = on_duty;
}

uint32_t
rf_agents_busy(const struct rf_agents *a)
{
	return a->busy;
}

uint32_t
rf_agents_waiting(const struct rf_agents *a)
{
	return a->waiting;
}

uint32_t
rf_agents_on_duty(const struct rf_agents *a)
{
	return a->on_duty;
}
