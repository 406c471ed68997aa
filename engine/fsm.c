/* SPDX-License-Identifier: BSD-2-Clause */
/* engine/fsm.c -- the interpreter: finds the row.  What a row does is not its business. */
#include "engine/fsm.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

void
rf_fsm_index_init(struct rf_fsm_index *index, const struct rf_fsm *fsm)
{
	memset(index, 0, sizeof *index);
	for (uint16_t i = fsm->rows; i-- > 0;)
		index->first[fsm->row[i].from][fsm->row[i].event] = (uint16_t)(i + 1);
}

const struct rf_row *
rf_fsm_match(const struct rf_fsm *fsm, const struct rf_fsm_index *index, uint8_t state,
    uint8_t event, const struct rf_step *s)
{
	assert(state < fsm->states);
	assert(event < fsm->events);
	uint16_t first = index->first[state][event];
	if (first == 0)
		return NULL;
	for (uint16_t i = (uint16_t)(first - 1); i < fsm->rows; i++) {
		const struct rf_row *row = &fsm->row[i];
		assert(row->from == state && row->event == event);      /* a chain ends in ELSE */
		if (row->guard == NULL || row->guard(s))
			return row;
	}
	return NULL;
}
