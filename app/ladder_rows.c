/* SPDX-License-Identifier: BSD-2-Clause */
/* app/ladder_rows.c -- names of rows for a ladder, from the engine's own tables. */
#include <stdio.h>

#include "app/ladder.h"
#include "engine/fsm.h"

bool
rf_ladder_row_is_shown(uint8_t machine)
{
	enum { TRANSACTIONS = 4 };              /* ICT, NICT, IST and NIST stand first */
	return machine >= TRANSACTIONS;
}

bool
rf_ladder_row_name(void *user, uint8_t machine, uint16_t row, char *out, size_t max)
{
	const struct rf_fsm *fsm = rf_engine_machine(machine);
	(void)user;
	if (fsm == NULL || row >= fsm->rows || !rf_ladder_row_is_shown(machine))
		return false;
	snprintf(out, max, "%s %s -> %s", fsm->name, fsm->row[row].name,
	    fsm->state[fsm->row[row].to].name);
	return true;
}
