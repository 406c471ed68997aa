/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/tables/patched.h -- a copy of a compiled table that may be changed: for checks that have to
 * catch a bad table, and for mutants. */
#ifndef RF_TESTS_TABLES_PATCHED_H
#define RF_TESTS_TABLES_PATCHED_H

#include "engine/fsm.h"

enum { PATCHED_ROWS_MAX = 256, PATCHED_WORDS_MAX = 96 };

struct patched {
	struct rf_fsm fsm; /* points into what follows: do not copy the struct */
	struct rf_row row[PATCHED_ROWS_MAX];
	struct rf_rest rest[RF_FSM_EVENTS_MAX];
	struct rf_state_name state[RF_FSM_STATES_MAX];
	struct rf_event_name event[RF_FSM_EVENTS_MAX];
	struct rf_action_name action[PATCHED_WORDS_MAX];
	struct rf_guard_name guard[PATCHED_WORDS_MAX];
};

void patched_init(struct patched *, const struct rf_fsm *);
void patched_delete_row(struct patched *, unsigned row);
/* Takes the action at that place of the row out; those behind it move up. */
void patched_delete_action(struct patched *, unsigned row, unsigned place);
/* The row of that name; asserted to be there. */
unsigned patched_row(const struct patched *, const char *name);
/* The action of that name; asserted to be there. */
rf_action_fn *patched_action(const struct patched *, const char *name);
unsigned patched_state(const struct patched *, const char *name);

#endif
