/* SPDX-License-Identifier: BSD-2-Clause */
/* app/sim/file.h -- a world file: who stands around referee, what they do, and what is asked.
 *
 * The schema is world.def, read by the machinery of the configuration, with the same complaints.
 * A loaded world is complete: every name in it exists, and each variant has a configuration of its
 * own, the production file with the overrides laid over it. */
#ifndef RF_APP_SIM_FILE_H
#define RF_APP_SIM_FILE_H

#include <yaml.h>

#include "app/config.h"
#include "app/sim/metrics.h"
#include "sim/choose.h"
#include "sim/world.h"

enum {
	RF_SIM_PARTIES_MAX = WORLD_PARTIES_MAX,
	RF_SIM_TRAFFIC_MAX = 16,
	RF_SIM_FAULTS_MAX = 32,
	RF_SIM_VARIANTS_MAX = 4,
	RF_SIM_SHIFTS_MAX = 64,
	RF_SIM_EXPECT_MAX = 32,                 /* of one variant */
	RF_SIM_REPETITIONS_MAX = 200,
	RF_SIM_CALLS_MAX = 200 * 1000,          /* of one run */
};

enum rf_sim_role { RF_SIM_CUSTOMERS, RF_SIM_CENTER, RF_SIM_AGENTS, RF_SIM_IVR };
enum rf_sim_profile { RF_SIM_PLAIN, RF_SIM_TEAMS, RF_SIM_TWILIO, RF_SIM_GENESYS };
enum rf_sim_waits { RF_SIM_RINGING, RF_SIM_ANSWERED };
enum rf_sim_then { RF_SIM_WAITS, RF_SIM_LEAVES, RF_SIM_STAYS };

struct rf_sim_shift {
	rf_time at;
	uint32_t count;
};

struct rf_sim_party {
	const char *name;
	enum rf_sim_role role;
	const char **hosts;
	uint32_t hosts_count;
	const char *address;
	enum rf_transport transport;
	const char *proves;                     /* NULL: nothing */
	enum rf_sim_profile profile;
	rf_time link_delay, link_jitter;
	double link_loss;
	struct spread ring;
	/* agents */
	uint32_t agents, waiting, busy_code;
	enum rf_sim_waits waits;
	double no_answer;
	struct spread talk, wrap_up;
	struct rf_sim_shift *shifts;
	uint32_t shifts_count;
	/* how many INVITEs its signalling can take; 0: any */
	double capacity, capacity_refusal;
	uint32_t capacity_burst;
	rf_time capacity_retry_after;
	/* center */
	struct spread hand_back_after;
	double hand_back_share;
	const char **hand_back_to;
	uint32_t hand_back_to_count;
	const char *referred_by;                /* NULL: none */
	uint32_t notify_answer;
	enum rf_sim_then hand_back_then;
};

enum rf_sim_model { RF_SIM_POISSON, RF_SIM_RATES, RF_SIM_BATCH, RF_SIM_STEP, RF_SIM_RAMP };
struct rf_sim_traffic {
	const char *from, *call;
	enum rf_sim_model model;
	double *rates;                          /* a second */
	uint32_t rates_count;
	rf_time every;
	uint32_t batch;
	double crowd;
	rf_time crowd_at, crowd_for;
	struct spread patience;
	uint32_t party;                         /* index of `from` */
};

struct rf_sim_fault {
	rf_time at, lasts;                      /* lasts 0: to the end */
	const char *kind_name;
	bool refuses;                           /* INVITEs, with code; else: */
	enum world_spell_kind spell;
	const char *party;                      /* NULL: all */
	enum world_way way;
	double share;                           /* 0: that of its kind */
	uint32_t code;
	rf_time retry_after, by, every;         /* by, every 0: those of its kind */
	uint32_t party_index;                   /* WORLD_PARTIES_MAX: all */
};

struct rf_sim_variant {
	const char *name;                       /* "": the world has none */
	yaml_node_t *overrides;                 /* while it is read */
	const char **expect;
	uint32_t expect_count;
	struct rf_config *config;
	struct rf_sim_expectation expected[RF_SIM_EXPECT_MAX];
	uint32_t expected_count;
};

struct rf_sim_file {
	char *path, *name;                      /* name: that of the file, without ending */
	uint32_t version;
	const char *question, *config_path;
	yaml_node_t *overrides;                 /* while it is read */
	uint32_t seed, repetitions, report_ladders;
	rf_time duration, warmup, report_step;
	struct rf_sim_party *parties;
	uint32_t parties_count;
	struct rf_sim_traffic *traffic;
	uint32_t traffic_count;
	struct rf_sim_fault *faults;
	uint32_t faults_count;
	const char **expect;
	uint32_t expect_count;
	struct rf_sim_variant *variants;        /* one at least */
	uint32_t variants_count;
	struct rf_config_memory *memory;
};

/* NULL: the complaints are on err, or as JSON on `json` (NULL: not wanted). */
struct rf_sim_file *rf_sim_file_load(const char *path, FILE *err, FILE *json);
void rf_sim_file_free(struct rf_sim_file *);

#endif
