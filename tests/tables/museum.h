/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/tables/museum.h -- rows as they were wrong in other programs, by their public reports. */
#ifndef RF_TESTS_TABLES_MUSEUM_H
#define RF_TESTS_TABLES_MUSEUM_H

#include "tests/tables/patched.h"

struct museum_piece {
	const char *report; /* NULL: the last one */
	const char *machine, *row, *to, *action[RF_FSM_ACTIONS_MAX];
};
extern const struct museum_piece museum[];

/* The index of its machine; *p becomes its table with that row. */
uint32_t museum_patch(struct patched *p, const struct museum_piece *);
/* Every machine as compiled, but that one. */
void museum_machines(
    const struct rf_fsm **machines, struct patched *p, const struct museum_piece *);

#endif
