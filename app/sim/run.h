/* SPDX-License-Identifier: BSD-2-Clause */
/* app/sim/run.h -- one run of a world: every call that was made, and what became of it.
 *
 * The engine, policy and configuration are production's; who stands around them is sim/actor.h.
 * This file adds what a call center has: arrivals, patience, agents on duty, capacity. */
#ifndef RF_APP_SIM_RUN_H
#define RF_APP_SIM_RUN_H

#include "app/sim/file.h"
#include "app/sim/metrics.h"
#include "app/sim/statistics.h"

/* OUTCOME(NAME, "name", "what it means for the caller") */
#define RF_SIM_OUTCOMES(OUTCOME) \
	OUTCOME(UNANSWERED, "unanswered", "the first call was never answered") \
	OUTCOME(STAYED, "stayed", "was not handed back") \
	/* those below were handed back */ \
	OUTCOME(REACHED, "reached", "reached an agent") \
	OUTCOME(RESCUED, "rescued", "ended at the IVR") \
	OUTCOME(RETURNED, "returned", "nobody took the call; it stayed with the center") \
	OUTCOME(ABANDONED, "abandoned", "hung up waiting") \
	OUTCOME(REFUSED, "refused", "the hand-back was refused; the call stayed with the center") \
	OUTCOME(LOST, "lost", "nobody took the call, and the center had left") \
	OUTCOME(DROPPED, "dropped", "was cut off by referee")

enum rf_sim_outcome {
#define OUTCOME(name, text, meaning) RF_SIM_##name,
	RF_SIM_OUTCOMES(OUTCOME)
#undef OUTCOME
	RF_SIM_OUTCOME_MAX
};
const char *rf_sim_outcome_name(enum rf_sim_outcome);
const char *rf_sim_outcome_meaning(enum rf_sim_outcome);

enum { RF_SIM_WRAP_UP_MAX = 24 };
struct rf_sim_call {
	/* RF_TIME_NEVER: it did not happen */
	rf_time began, answered, referred, accepted, notified, told, reached, ended;
	uint64_t session;                       /* 0: none */
	uint16_t status, refer_status, outcome_status, last_code;
	uint16_t attempts, refusals;            /* INVITEs to agents; of them, answered 503 */
	uint8_t traffic;
	bool counts;                            /* it came after the warm-up */
	bool abandoned, left, dropped, rescued, center_left, is_over;
	enum rf_sim_outcome outcome;
	char wrap_up[RF_SIM_WRAP_UP_MAX];
};

/* One arrow, or one row that a table took, of one call's ladder. */
struct rf_sim_step {
	rf_time at;
	uint32_t call;                          /* index */
	uint8_t party;                          /* WORLD_PARTIES_MAX: a row */
	bool from_party, lost;
	uint8_t machine;
	uint16_t row, status, frag;             /* frag: status in a NOTIFY's body */
	char method[10];
};
enum { RF_SIM_STEPS_MAX = 2 * 1000 * 1000 };

enum rf_sim_series {
	RF_SERIES_CALLS, RF_SERIES_REACHED, RF_SERIES_ATTEMPTS, RF_SERIES_REFUSALS,
	RF_SERIES_WAITING, RF_SERIES_BUSY, RF_SERIES_LEGS, RF_SERIES_MAX
};
enum { RF_SIM_BUCKETS_MAX = 4096 };

struct rf_sim_run {
	uint64_t seed;
	struct rf_sim_call *call;
	uint32_t calls;
	double value[RF_METRIC_MAX];
	struct rf_tally accept, notify, transfer; /* microseconds */
	uint32_t outcomes[RF_SIM_OUTCOME_MAX];
	uint32_t codes[700];                    /* finals to INVITEs to agents */
	double *series[RF_SERIES_MAX];
	uint32_t buckets;
	struct rf_sim_step *step;               /* NULL unless they were wanted */
	uint32_t steps, step_room;
	struct check_violation violation[CHECK_VIOLATIONS_MAX];
	uint32_t violations;
	double wall_seconds, virtual_seconds;
	char error[WORLD_ERROR_MAX];            /* "": it went to its end */
};

/* What somebody wants to look at afterwards. */
struct rf_sim_watch {
	bool steps;                             /* for ladders */
	FILE *capture;                          /* pcapng; NULL: none */
};
/* A run to its end: calls, then quiet.  It aborts without memory. */
struct rf_sim_run *rf_sim_run(const struct rf_sim_file *, const struct rf_sim_variant *,
    uint64_t seed, const struct rf_sim_watch *);
void rf_sim_run_free(struct rf_sim_run *);

#endif
