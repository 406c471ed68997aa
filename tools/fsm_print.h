/* SPDX-License-Identifier: BSD-2-Clause */
/* tools/fsm_print.h -- a compiled table as text: to be read, drawn, or model-checked.
 *
 * All of it is made from the very array that runs; nothing here knows a machine by name. */
#ifndef RF_TOOLS_FSM_PRINT_H
#define RF_TOOLS_FSM_PRINT_H

#include <stdio.h>

#include "engine/fsm.h"

enum rf_fsm_format {
	RF_FSM_TABLE, /* Markdown: states, rows, and the matrix of events and states */
	RF_FSM_DOT,   /* Graphviz */
	RF_FSM_MERMAID,
	RF_FSM_JSON,
	RF_FSM_PROMELA, /* inline MACHINE_take(state, event); what docs/model/ stands on */
	RF_FSM_FORMATS
};

/* False: there is no format of that name. */
bool rf_fsm_format_parse(enum rf_fsm_format *, const char *name);

/* The machine of that name, or NULL. */
const struct rf_fsm *rf_fsm_find(const char *name);

/* NULL: every machine, in the order of rf_engine_machine. */
void rf_fsm_print(FILE *, const struct rf_fsm *, enum rf_fsm_format);

/* The actions of a row, in order: "a, b, c". */
void rf_fsm_print_actions(
    FILE *, const struct rf_fsm *, const struct rf_row *, const char *between);

/* ---- between fsm_print.c and fsm_promela.c */
void rf_fsm_print_promela(FILE *, const struct rf_fsm *);

#endif
