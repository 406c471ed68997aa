/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/tables/patched.c -- copies a table, and cuts into the copy. */
#include "tests/tables/patched.h"

#include <assert.h>
#include <string.h>

void
patched_init(struct patched *p, const struct rf_fsm *fsm)
{
	assert(fsm->rows <= PATCHED_ROWS_MAX);
	assert(fsm->actions <= PATCHED_WORDS_MAX && fsm->guards <= PATCHED_WORDS_MAX);
	p->fsm = *fsm;
	memcpy(p->row, fsm->row, fsm->rows * sizeof *p->row);
	memcpy(p->rest, fsm->rest, fsm->rests * sizeof *p->rest);
	memcpy(p->state, fsm->state, fsm->states * sizeof *p->state);
	memcpy(p->event, fsm->event, fsm->events * sizeof *p->event);
	memcpy(p->action, fsm->action, fsm->actions * sizeof *p->action);
	memcpy(p->guard, fsm->guard, fsm->guards * sizeof *p->guard);
	p->fsm.row = p->row;
	p->fsm.rest = p->rest;
	p->fsm.state = p->state;
	p->fsm.event = p->event;
	p->fsm.action = p->action;
	p->fsm.guard = p->guard;
}

void
patched_delete_row(struct patched *p, unsigned row)
{
	assert(row < p->fsm.rows);
	p->fsm.rows--;
	memmove(&p->row[row], &p->row[row + 1], (p->fsm.rows - row) * sizeof *p->row);
}

void
patched_delete_action(struct patched *p, unsigned row, unsigned place)
{
	struct rf_row *r = &p->row[row];
	assert(place < RF_FSM_ACTIONS_MAX && r->action[place] != NULL);
	for (unsigned i = place; i < RF_FSM_ACTIONS_MAX; i++)
		r->action[i] = i + 1 < RF_FSM_ACTIONS_MAX ? r->action[i + 1] : NULL;
}

unsigned
patched_row(const struct patched *p, const char *name)
{
	unsigned row = 0;
	while (row < p->fsm.rows && strcmp(p->row[row].name, name) != 0)
		row++;
	assert(row < p->fsm.rows);
	return row;
}

unsigned
patched_state(const struct patched *p, const char *name)
{
	unsigned state = 0;
	while (state < p->fsm.states && strcmp(p->state[state].name, name) != 0)
		state++;
	assert(state < p->fsm.states);
	return state;
}

rf_action_fn *
patched_action(const struct patched *p, const char *name)
{
	unsigned action = 0;
	while (action < p->fsm.actions && strcmp(p->action[action].name, name) != 0)
		action++;
	assert(action < p->fsm.actions);
	return p->action[action].fn;
}
