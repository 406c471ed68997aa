/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/model/harness.h -- the engine and the model side by side on random events. */
#ifndef RF_TESTS_MODEL_HARNESS_H
#define RF_TESTS_MODEL_HARNESS_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/fsm.h"

struct lockstep {
	const struct rf_fsm *const *machines; /* NULL: as compiled */
	uint64_t seed;                        /* of the first run; the next one has the next */
	uint64_t inputs_max;                  /* ends after that many inputs */
	/* what came of it */
	uint64_t inputs, runs, messages; /* runs: calls; messages compared */
	uint32_t effects_max;            /* most effects in one step of the engine */
	bool taken[24][256];             /* rows, by machine */
	char *scene;                     /* the first divergence as a scene; NULL: none */
};

/* True: no divergence.  The caller frees ->scene. */
bool lockstep_run(struct lockstep *);

#endif
