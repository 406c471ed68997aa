/* SPDX-License-Identifier: BSD-2-Clause */
/* tools/fsm_flow.h -- checks that follow every path through a table: timers and outcomes. */
#ifndef RF_TOOLS_FSM_FLOW_H
#define RF_TOOLS_FSM_FLOW_H

#include "tools/fsm_check.h"

void rf_fsm_hot_states_are_timed(const struct rf_fsm *, struct rf_fsm_report *);
void rf_fsm_hot_states_hear(const struct rf_fsm *, struct rf_fsm_report *);
void rf_fsm_never_is_true(const struct rf_fsm *, struct rf_fsm_report *);
void rf_fsm_timers_are_owned(const struct rf_fsm *, struct rf_fsm_report *);
void rf_fsm_outcomes_are_written_once(const struct rf_fsm *, struct rf_fsm_report *);

/* Counts one defect, and prints it. */
void rf_fsm_defect(struct rf_fsm_report *, const struct rf_fsm *, const char *where);

#endif
