/* SPDX-License-Identifier: BSD-2-Clause */
/* sim/swarm_parts.h -- between swarm.c (the run) and swarm_options.c (what is drawn for it). */
#ifndef RF_SIM_SWARM_PARTS_H
#define RF_SIM_SWARM_PARTS_H

#include "sim/swarm.h"

struct swarm {
	struct swarm_options o;
	struct chooser c;
	struct world_options world;
	struct actor_profile profile[WORLD_PARTIES_MAX];
	uint32_t families, calls;
	uint64_t spells;
	uint8_t transport[WORLD_PARTIES_MAX];
	rf_time chaos;          /* until then */
	struct world *w;
	struct actors *actors;
	uint64_t messages;
};
void swarm_draw(struct swarm *);        /* options and profiles; there is no world yet */
void swarm_begin(struct swarm *);       /* calls and faults into the world */
void swarm_heal(struct swarm *);

#endif
