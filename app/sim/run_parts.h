/* SPDX-License-Identifier: BSD-2-Clause */
/* app/sim/run_parts.h -- between run.c (from the first call to the sums), desk.c (who answers,
 * talks and hands back) and collect.c (what was seen on the wire). */
#ifndef RF_APP_SIM_RUN_PARTS_H
#define RF_APP_SIM_RUN_PARTS_H

#include "app/sim/agents.h"
#include "app/sim/run.h"
#include "app/sim/traffic.h"
#include "sim/actor.h"
#include "sim/pcapng.h"

/* What somebody of the call center is going to do. */
enum study_act {
	STUDY_ARRIVES,          /* the next caller */
	STUDY_CENTER_ANSWERS,
	STUDY_HANDS_BACK,
	STUDY_CALL_ENDS,        /* which was not handed back */
	STUDY_LOSES_PATIENCE,
	STUDY_AGENT_ANSWERS,
	STUDY_TALK_ENDS,
	STUDY_AGENT_READY,
	STUDY_SHIFT_CHANGES,
	STUDY_GIVES_UP,         /* nobody took the call */
	STUDY_TICKS,
	STUDY_FINISHES,
};

struct study_party {
	struct rf_agents *agents;               /* of the role agents */
	double tokens;                          /* INVITEs it can take now */
	rf_time refilled;
};

/* What the run keeps of a call beside its result. */
struct study_call {
	uint32_t talking;       /* leg, see study_leg; 0: none */
	rf_time center_left;    /* NEVER: not yet */
};

struct study_known {            /* which call has this Call-ID, or session */
	uint64_t key;
	uint32_t call;          /* index + 1; 0: free */
};
struct study_map {
	struct study_known *at;
	uint32_t count, room;   /* room: a power of 2 */
};

struct study {
	const struct rf_sim_file *file;
	const struct rf_sim_variant *variant;
	struct rf_sim_run *run;
	struct world *w;
	struct chooser chooser;
	struct actors *actors;
	struct actor_desk desk;
	struct actor_profile profile[WORLD_PARTIES_MAX];
	struct study_party party[WORLD_PARTIES_MAX];
	struct rf_sim_arrival *arrival;
	struct study_call *call;
	char uri[WORLD_PARTIES_MAX][256];       /* whom customers call */
	bool wants_steps;
	struct pcapng *capture;                 /* NULL: nobody wants one */
	double waiting_max, legs_max;
	/* collect.c */
	struct study_map calls, sessions;
	uint64_t trace_cursor;
	uint32_t trace_starts;
};

/* ---- run.c */
void study_later(struct study *, rf_time after, enum study_act, uint64_t call, uint32_t party,
    uint32_t nth);
/* Adds to a timeline at this moment; or the most that was seen in the step. */
void study_count(struct study *, enum rf_sim_series, double);
void study_peak(struct study *, enum rf_sim_series, double);
/* call: as the actors number it, from 1; NULL: none of them. */
struct rf_sim_call *study_call(struct study *, uint64_t number);

/* ---- desk.c */
/* Everybody who waits or talks, anywhere, now. */
void study_note_load(struct study *);
bool study_desk_open(struct study *);
void study_desk_close(struct study *);
void study_desk_act(struct study *, enum study_act, uint64_t call, uint32_t party, uint32_t nth);
void study_profiles(struct study *);

/* ---- collect.c */
void study_see(void *study, const struct world *, const struct world_sight *);
/* What the store holds at the end. */
void study_read_records(struct study *);
void study_collect_fini(struct study *);

#endif
