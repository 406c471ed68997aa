/* SPDX-License-Identifier: BSD-2-Clause */
/* tools/fsm_flow.c -- what runs, or was written, when a state is entered: on every path to it
 * ("must") or on some path ("may").
 *
 * Guards are taken as free: a row can always be taken.  So "must" is sure, and "may" can only be
 * too careful. */
#include "tools/fsm_flow.h"

#include <string.h>

_Static_assert((int)RF_FSM_EVENTS_MAX <= 32, "a timer is a bit of a word");

uint32_t
rf_fsm_timers_after(const struct rf_fsm *fsm, const struct rf_row *row, uint32_t before)
{
	uint32_t running = before;
	if (rf_fsm_is_timer(fsm, row->event))
		running &= ~(UINT32_C(1) << row->event);
	for (unsigned i = 0; i < RF_FSM_ACTIONS_MAX && row->action[i] != NULL; i++) {
		const struct rf_action_name *action = rf_fsm_action(fsm, row->action[i]);
		unsigned timer = action != NULL ? rf_fsm_event(fsm, action->of) : fsm->events;
		uint32_t bit = timer < fsm->events ? UINT32_C(1) << timer : 0;
		if (action != NULL && strcmp(action->sort, "ARM") == 0)
			running |= bit;
		else if (action != NULL && strcmp(action->sort, "DISARM") == 0)
			running &= strcmp(action->of, "ALL") == 0 ? 0 : ~bit;
	}
	return running;
}

/* Timers by state; must: those that run whatever the path was. */
static void
follow_timers(const struct rf_fsm *fsm, bool must, uint32_t running[RF_FSM_STATES_MAX])
{
	for (unsigned state = 1; state < fsm->states; state++)
		running[state] = must ? UINT32_MAX : 0;
	running[0] = 0;
	for (bool more = true; more;) {
		more = false;
		for (unsigned i = 0; i < fsm->rows; i++) {
			const struct rf_row *row = &fsm->row[i];
			uint32_t after = rf_fsm_timers_after(fsm, row, running[row->from]);
			uint32_t now = must ? running[row->to] & after : running[row->to] | after;
			more = more || now != running[row->to];
			running[row->to] = now;
		}
	}
}

static bool
is_hot(const struct rf_fsm *fsm, unsigned state)
{
	return fsm->state[state].kind == RF_HOT || fsm->state[state].kind == RF_LINGER;
}

void
rf_fsm_hot_states_are_timed(const struct rf_fsm *fsm, struct rf_fsm_report *report)
{
	uint32_t running[RF_FSM_STATES_MAX];
	follow_timers(fsm, true, running);
	for (unsigned state = 0; state < fsm->states; state++) {
		if (is_hot(fsm, state) && running[state] == 0)
			rf_fsm_defect(report, fsm, fsm->state[state].name);
	}
}

void
rf_fsm_hot_states_hear(const struct rf_fsm *fsm, struct rf_fsm_report *report)
{
	uint32_t running[RF_FSM_STATES_MAX];
	follow_timers(fsm, true, running);
	for (unsigned state = 0; state < fsm->states; state++) {
		bool heard = !is_hot(fsm, state);
		for (unsigned event = 0; event < fsm->events; event++)
			heard = heard || ((running[state] >> event & 1) != 0 &&
					     rf_fsm_has_row(fsm, state, event));
		if (!heard)
			rf_fsm_defect(report, fsm, fsm->state[state].name);
	}
}

void
rf_fsm_never_is_true(const struct rf_fsm *fsm, struct rf_fsm_report *report)
{
	uint32_t running[RF_FSM_STATES_MAX];
	char where[128];
	follow_timers(fsm, false, running);
	for (unsigned state = 0; state < fsm->states; state++) {
		for (unsigned event = 0; event < fsm->events; event++) {
			if ((running[state] >> event & 1) == 0 ||
			    fsm->state[state].kind == RF_FINAL || /* given back, timers and all */
			    rf_fsm_has_row(fsm, state, event) ||
			    fsm->rest[event].disposition != RF_NEVER)
				continue;
			snprintf(where, sizeof where, "%s/%s", fsm->state[state].name,
			    fsm->event[event].name);
			rf_fsm_defect(report, fsm, where);
		}
	}
}

static bool
is_armed_somewhere(const struct rf_fsm *fsm, const char *timer)
{
	for (unsigned i = 0; i < fsm->actions; i++) {
		if (strcmp(fsm->action[i].sort, "ARM") == 0 &&
		    strcmp(fsm->action[i].of, timer) == 0)
			return true;
	}
	return false;
}

void
rf_fsm_timers_are_owned(const struct rf_fsm *fsm, struct rf_fsm_report *report)
{
	for (unsigned i = 0; i < fsm->actions; i++) {
		const struct rf_action_name *action = &fsm->action[i];
		bool arms = strcmp(action->sort, "ARM") == 0;
		bool stops = strcmp(action->sort, "DISARM") == 0;
		bool all = stops && strcmp(action->of, "ALL") == 0;
		if ((arms || stops) && !all && !rf_fsm_is_timer(fsm, rf_fsm_event(fsm, action->of)))
			rf_fsm_defect(report, fsm, action->name);
	}
	for (unsigned event = 0; event < fsm->events; event++) {
		if (rf_fsm_is_timer(fsm, event) && !is_armed_somewhere(fsm, fsm->event[event].name))
			rf_fsm_defect(report, fsm, fsm->event[event].name);
	}
}

static bool
writes(const struct rf_fsm *fsm, const struct rf_row *row)
{
	for (unsigned i = 0; i < RF_FSM_ACTIONS_MAX && row->action[i] != NULL; i++) {
		const struct rf_action_name *action = rf_fsm_action(fsm, row->action[i]);
		if (action != NULL && strcmp(action->sort, "WRITE") == 0)
			return true;
	}
	return false;
}

void
rf_fsm_outcomes_are_written_once(const struct rf_fsm *fsm, struct rf_fsm_report *report)
{
	bool written[RF_FSM_STATES_MAX] = { false };
	for (bool more = true; more;) {
		more = false;
		for (unsigned i = 0; i < fsm->rows; i++) {
			const struct rf_row *row = &fsm->row[i];
			if ((written[row->from] || writes(fsm, row)) && !written[row->to])
				more = written[row->to] = true;
		}
	}
	for (unsigned i = 0; i < fsm->rows; i++) {
		if (written[fsm->row[i].from] && writes(fsm, &fsm->row[i]))
			rf_fsm_defect(report, fsm, fsm->row[i].name);
	}
}
