/* SPDX-License-Identifier: BSD-2-Clause */
/* engine/fsm.h -- what a table becomes, and the interpreter that runs it.
 *
 * A machine is one .def: STATE, EVENT, GUARD, ACTION, ROW and REST lines (see refer.def for the
 * legend).  fsm_expand.h turns it into one const struct rf_fsm, from which everything else is made:
 * the running code, names in traces, checks, diagrams, models. */
#ifndef RF_ENGINE_FSM_H
#define RF_ENGINE_FSM_H

#include <stdbool.h>
#include <stdint.h>

enum { RF_FSM_ACTIONS_MAX = 4, RF_FSM_STATES_MAX = 16, RF_FSM_EVENTS_MAX = 32 };

struct rf_step;                                 /* engine/state.h: the subject and the output */
typedef bool rf_guard_fn(const struct rf_step *);
typedef void rf_action_fn(struct rf_step *);

enum rf_disposition {
	RF_ABSORB,                              /* nothing to do, and that is right */
	RF_NEVER,                               /* cannot happen: an assertion */
	RF_COVERED,                             /* every state has a row: nothing is left over */
};

enum rf_state_kind {
	RF_INITIAL,
	RF_INNER,
	RF_HOT,                                 /* a timer must be running */
	RF_LINGER, /* HOT, and done: kept for repetitions as long as there is room */
	RF_FINAL
};

struct rf_row {
	uint8_t from, event, to;
	rf_guard_fn *guard;                     /* NULL: ELSE */
	const char *name, *guard_name, *cite;
	rf_action_fn *action[RF_FSM_ACTIONS_MAX];
};
struct rf_rest {
	uint8_t event;
	enum rf_disposition disposition;
	const char *reason;
};
struct rf_state_name {
	const char *name;
	enum rf_state_kind kind;
	const char *meaning;
};
struct rf_event_name {
	const char *name, *source, *meaning;
};
struct rf_action_name {
	const char *name, *sort, *of, *meaning;
	rf_action_fn *fn;
};
struct rf_guard_name {
	const char *name, *meaning;
	rf_guard_fn *fn;
};
struct rf_fsm {
	const char *name;
	const struct rf_state_name *state;
	const struct rf_event_name *event;
	const struct rf_action_name *action;
	const struct rf_guard_name *guard;
	const struct rf_row *row;
	const struct rf_rest *rest;             /* by event, whatever the order of the lines */
	uint16_t states, events, actions, guards, rows, rests;
};

/* First row of every cell, built once at start: rows of one cell stand together (a test says so).
 */
struct rf_fsm_index {
	uint16_t first[RF_FSM_STATES_MAX][RF_FSM_EVENTS_MAX];   /* 1 + row; 0: the REST line */
};
void rf_fsm_index_init(struct rf_fsm_index *, const struct rf_fsm *);

/* The row that (state, event) takes now, or NULL: its REST.  Pure. */
const struct rf_row *rf_fsm_match(const struct rf_fsm *, const struct rf_fsm_index *, uint8_t state,
    uint8_t event, const struct rf_step *);

#endif
