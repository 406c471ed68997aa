/* SPDX-License-Identifier: BSD-2-Clause */
/* tools/fsm_rows.h -- which rows were taken: filled from the engine's trace, written as text.
 *
 * A line is "SOURCE MACHINE FROM/EVENT/GUARD": who took it (a scene, a case on the wire), and what.
 * tests/tables/rows.c reads such lines and says what was never taken. */
#ifndef RF_TOOLS_FSM_ROWS_H
#define RF_TOOLS_FSM_ROWS_H

#include <stdio.h>

#include "engine/engine.h"

enum { RF_FSM_MACHINES_MAX = 24, RF_FSM_ROWS_MAX = 256 };

struct rf_fsm_rows {
	bool taken[RF_FSM_MACHINES_MAX][RF_FSM_ROWS_MAX];
};

/* Takes a record of the trace; what is no row is passed over. */
void rf_fsm_rows_add(struct rf_fsm_rows *, const struct rf_trace *);
/* False: it could not be written. */
bool rf_fsm_rows_write(FILE *, const struct rf_fsm_rows *, const char *source);

#endif
