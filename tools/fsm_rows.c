/* SPDX-License-Identifier: BSD-2-Clause */
/* tools/fsm_rows.c -- a bitmap of rows, and its lines. */
#include "tools/fsm_rows.h"

#include <assert.h>

#include "engine/fsm.h"

void
rf_fsm_rows_add(struct rf_fsm_rows *rows, const struct rf_trace *t)
{
	if (t->kind != RF_TRACE_ROW)
		return;
	assert(t->machine < RF_FSM_MACHINES_MAX);
	assert(t->row < RF_FSM_ROWS_MAX);
	rows->taken[t->machine][t->row] = true;
}

bool
rf_fsm_rows_write(FILE *out, const struct rf_fsm_rows *rows, const char *source)
{
	const struct rf_fsm *fsm;
	for (uint32_t m = 0; (fsm = rf_engine_machine(m)) != NULL; m++) {
		for (unsigned i = 0; i < fsm->rows; i++) {
			if (rows->taken[m][i])
				fprintf(out, "%s %s %s\n", source, fsm->name, fsm->row[i].name);
		}
	}
	return ferror(out) == 0;
}
