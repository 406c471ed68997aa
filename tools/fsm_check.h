/* SPDX-License-Identifier: BSD-2-Clause */
/* tools/fsm_check.h -- what must be true of every machine, read from its compiled table.
 *
 * The compiler has already refused two rows for one cell and guard, a missing REST and unknown
 * names (engine/fsm_expand.h); here is what it cannot see.  Nothing here knows a machine by name:
 * a table that is added is checked like the others. */
#ifndef RF_TOOLS_FSM_CHECK_H
#define RF_TOOLS_FSM_CHECK_H

#include <stdio.h>

#include "engine/fsm.h"

enum {
	RF_ROW_TX_MAX = 3,      /* messages one row may send by itself */
	RF_ROW_EFFECTS_MAX = 4, /* messages and questions one row may lead to by itself */
};

struct rf_fsm_report {
	FILE *out; /* each defect is a line here; NULL: only counted */
	unsigned defects;
};

struct rf_fsm_check {
	const char *sentence;
	void (*run)(const struct rf_fsm *, struct rf_fsm_report *);
};
/* Every check; the last one has no sentence. */
extern const struct rf_fsm_check rf_fsm_checks[];

/* ---- small questions that printers and checks share ------------------------------------------ */

/* NULL: no ACTION line declares it. */
const struct rf_action_name *rf_fsm_action(const struct rf_fsm *, rf_action_fn *);
/* The event of that name, or fsm->events. */
unsigned rf_fsm_event(const struct rf_fsm *, const char *name);
bool rf_fsm_is_timer(const struct rf_fsm *, unsigned event);
bool rf_fsm_has_row(const struct rf_fsm *, unsigned state, unsigned event);

/* Timers as bits by their event.  What runs after the row, given what ran before it. */
uint32_t rf_fsm_timers_after(const struct rf_fsm *, const struct rf_row *, uint32_t before);

#endif
