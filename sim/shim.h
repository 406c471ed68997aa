/* SPDX-License-Identifier: BSD-2-Clause */
/* sim/shim.h -- a defect between referee and the world: what it hears or says is spoiled on the
 * way.
 *
 * For who proves that the checks find what is planted (tests/museum).  Nothing else sets one. */
#ifndef RF_SIM_SHIM_H
#define RF_SIM_SHIM_H

#include "engine/engine.h"

struct sim_shim {
	/* May change what it is given; what that then points to must last until the next call. */
	void (*hear)(struct rf_event *);        /* before the step; NULL: nothing is spoiled */
	void (*say)(struct rf_effects *);       /* after it, before anything is carried out */
};

/* One step of referee, as the shim (NULL: none) lets it be. */
static inline void
sim_shim_step(const struct sim_shim *shim, struct rf_engine *engine, rf_time now,
    const struct rf_event *event, struct rf_effects *out)
{
	struct rf_event heard = *event;
	if (shim != NULL && shim->hear != NULL)
		shim->hear(&heard);
	rf_engine_step(engine, now, &heard, out);
	if (shim != NULL && shim->say != NULL)
		shim->say(out);
}

#endif
