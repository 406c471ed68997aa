/* SPDX-License-Identifier: BSD-2-Clause */
/* app/sim/study.h -- one world under one or several configurations, with the same luck for all.
 *
 * Repetition k of every variant has seed `seed + k`, and draws are named by call: so the callers of
 * two variants are the same people, and differences can be taken call by call. */
#ifndef RF_APP_SIM_STUDY_H
#define RF_APP_SIM_STUDY_H

#include "app/sim/run.h"

struct rf_sim_side {                    /* one variant */
	const struct rf_sim_file *file;
	const struct rf_sim_variant *variant;
	const char *name;               /* of the variant; of the file, if that has none */
	struct rf_sim_run **run;        /* repetitions */
};

/* The first side against each other one. */
struct rf_sim_difference {
	uint32_t other;                 /* side */
	struct rf_interval metric[RF_METRIC_MAX]; /* first - other, paired */
	bool told_apart[RF_METRIC_MAX]; /* after Holm, over all metrics that have a better */
	/* Calls that reached an agent on one side only (McNemar). */
	uint64_t both, first_only, other_only, neither;
	double p;
};

struct rf_sim_study {
	struct rf_sim_side side[RF_SIM_VARIANTS_MAX];
	uint32_t sides, repetitions;
	uint64_t seed;
	struct rf_sim_difference difference[RF_SIM_VARIANTS_MAX - 1]; /* sides - 1 */
	bool paired;                    /* the sides have the same calls */
	bool good;                      /* no error, no broken invariant, expectations met */
	bool violated;
};

struct rf_sim_wanted {
	uint32_t repetitions;           /* 0: as the file says */
	bool has_seed;
	uint64_t seed;
	bool ladders;
	const char *capture;            /* NULL: none; a file, with -2 for the second side ... */
	FILE *progress;                 /* NULL: nobody looks */
};

/* Every variant of one file; or of two files, which must have one each. */
struct rf_sim_study *rf_sim_study(struct rf_sim_file *const *, uint32_t files,
    const struct rf_sim_wanted *, FILE *err);
void rf_sim_study_free(struct rf_sim_study *);

/* The mean over the repetitions, and its interval. */
struct rf_interval rf_sim_value(
    const struct rf_sim_study *, uint32_t side, enum rf_metric);
/* All calls of a side together, for shares: out of how many. */
void rf_sim_outcomes(
    const struct rf_sim_study *, uint32_t side, uint64_t outcomes[RF_SIM_OUTCOME_MAX]);

enum { RF_SIM_SENTENCE_MAX = 400 };
/* What was asked: of one world its question. */
void rf_sim_question(const struct rf_sim_study *, char out[RF_SIM_SENTENCE_MAX]);
/* What the study says, in sentences: the n-th, or false. */
bool rf_sim_headline(const struct rf_sim_study *, uint32_t n, char out[RF_SIM_SENTENCE_MAX]);
/* "no detectable difference", "less by 12.1 % to 14.5 %": one metric of one difference. */
void rf_sim_difference_words(const struct rf_sim_study *, const struct rf_sim_difference *,
    enum rf_metric, char out[RF_SIM_SENTENCE_MAX]);

#endif
