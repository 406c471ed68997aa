/* SPDX-License-Identifier: BSD-2-Clause */
/* app/sim/study.c -- runs the sides of a study and takes their differences in pairs. */
#include "app/sim/study.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct rf_interval
rf_sim_value(const struct rf_sim_study *study, uint32_t side, enum rf_metric metric)
{
	double value[RF_SIM_REPETITIONS_MAX];
	for (uint32_t k = 0; k < study->repetitions; k++)
		value[k] = study->side[side].run[k]->value[metric];
	return rf_mean(value, study->repetitions);
}

void
rf_sim_outcomes(const struct rf_sim_study *study, uint32_t side, uint64_t out[RF_SIM_OUTCOME_MAX])
{
	memset(out, 0, RF_SIM_OUTCOME_MAX * sizeof out[0]);
	for (uint32_t k = 0; k < study->repetitions; k++) {
		for (uint32_t i = 0; i < RF_SIM_OUTCOME_MAX; i++)
			out[i] += study->side[side].run[k]->outcomes[i];
	}
}

/* ---- differences ----------------------------------------------------------------------------- */

/* The p value of a paired difference, from its interval: where the interval would touch 0. */
static double
p_of(const double *value, uint32_t count)
{
	struct rf_interval i = rf_mean(value, count);
	double half = i.high - i.middle;
	if (count < 2 || (half == 0 && i.middle == 0))
		return 1;
	if (half == 0)
		return 0;
	/* Student's t by the normal distribution, scaled to agree at 5 %: good enough to sort. */
	return erfc(fabs(i.middle) / half * 1.959963985 / sqrt(2));
}

static void
compare_metrics(struct rf_sim_study *study, struct rf_sim_difference *d)
{
	double p[RF_METRIC_MAX], value[RF_SIM_REPETITIONS_MAX];
	enum rf_metric asked[RF_METRIC_MAX];
	uint32_t count = 0;
	for (uint32_t m = 0; m < RF_METRIC_MAX; m++) {
		for (uint32_t k = 0; k < study->repetitions; k++)
			value[k] = study->side[0].run[k]->value[m] -
			    study->side[d->other].run[k]->value[m];
		d->metric[m] = rf_mean(value, study->repetitions);
		if (rf_metric_info((enum rf_metric)m)->better == RF_BETTER_NONE)
			continue;
		p[count] = p_of(value, study->repetitions);
		asked[count++] = (enum rf_metric)m;
	}
	rf_holm(p, count);
	for (uint32_t i = 0; i < count; i++)
		d->told_apart[asked[i]] = p[i] < 0.05;
}

static void
compare_calls(struct rf_sim_study *study, struct rf_sim_difference *d)
{
	for (uint32_t k = 0; k < study->repetitions && study->paired; k++) {
		const struct rf_sim_run *a = study->side[0].run[k],
					*b = study->side[d->other].run[k];
		for (uint32_t i = 0; i < a->calls; i++) {
			bool in_a = a->call[i].reached != RF_TIME_NEVER,
			     in_b = b->call[i].reached != RF_TIME_NEVER;
			if (!a->call[i].counts)
				continue;
			d->both += in_a && in_b;
			d->first_only += in_a && !in_b;
			d->other_only += !in_a && in_b;
			d->neither += !in_a && !in_b;
		}
	}
	d->p = rf_mcnemar(d->first_only, d->other_only);
}

/* The same calls at the same times?  Then they are the same people. */
static bool
same_calls(const struct rf_sim_study *study)
{
	for (uint32_t s = 1; s < study->sides; s++) {
		for (uint32_t k = 0; k < study->repetitions; k++) {
			const struct rf_sim_run *a = study->side[0].run[k],
						*b = study->side[s].run[k];
			if (a->calls != b->calls)
				return false;
			for (uint32_t i = 0; i < a->calls; i++) {
				if (a->call[i].began != b->call[i].began)
					return false;
			}
		}
	}
	return true;
}

/* ---- running --------------------------------------------------------------------------------- */

static bool
take_sides(
    struct rf_sim_study *study, struct rf_sim_file *const *file, uint32_t files, FILE *err)
{
	for (uint32_t f = 0; f < files; f++) {
		for (uint32_t v = 0; v < file[f]->variants_count; v++) {
			const struct rf_sim_variant *variant = &file[f]->variants[v];
			if (study->sides == RF_SIM_VARIANTS_MAX) {
				fprintf(err, "referee: more than %d variants\n",
				    RF_SIM_VARIANTS_MAX);
				return false;
			}
			struct rf_sim_side *side = &study->side[study->sides++];
			*side = (struct rf_sim_side){ .file = file[f], .variant = variant,
				.name = variant->name[0] != '\0' ? variant->name : file[f]->name };
			side->run = calloc(study->repetitions, sizeof *side->run);
			if (side->run == NULL)
				abort();
		}
	}
	return true;
}

/* storm.pcapng, storm-2.pcapng ...; NULL: not wanted, or it cannot be written and err says why. */
static FILE *
open_capture(const char *path, uint32_t side, FILE *err)
{
	char name[1024];
	const char *dot = path != NULL ? strrchr(path, '.') : NULL;
	if (dot == NULL)
		return NULL;
	if (side == 0)
		snprintf(name, sizeof name, "%s", path);
	else
		snprintf(name, sizeof name, "%.*s-%u%s", (int)(dot - path), path, side + 1, dot);
	FILE *f = fopen(name, "we");
	if (f == NULL)
		fprintf(err, "referee: %s: %s\n", name, strerror(errno));
	return f;
}

static void
judge(struct rf_sim_study *study)
{
	study->good = true;
	for (uint32_t s = 0; s < study->sides; s++) {
		const struct rf_sim_variant *v = study->side[s].variant;
		for (uint32_t i = 0; i < v->expected_count; i++) {
			double value = rf_sim_value(study, s, v->expected[i].metric).middle;
			study->good = study->good && rf_sim_expectation_holds(&v->expected[i],
			    value);
		}
		for (uint32_t k = 0; k < study->repetitions; k++) {
			const struct rf_sim_run *run = study->side[s].run[k];
			study->violated = study->violated || run->violations > 0;
			study->good = study->good && run->error[0] == '\0';
		}
	}
	study->good = study->good && !study->violated;
}

struct rf_sim_study *
rf_sim_study(struct rf_sim_file *const *file, uint32_t files, const struct rf_sim_wanted *wanted,
    FILE *err)
{
	struct rf_sim_study *study = calloc(1, sizeof *study);
	if (study == NULL)
		abort();
	study->repetitions = wanted->repetitions > 0 ? wanted->repetitions : file[0]->repetitions;
	study->seed = wanted->has_seed ? wanted->seed : file[0]->seed;
	assert(study->repetitions <= RF_SIM_REPETITIONS_MAX);
	if (!take_sides(study, file, files, err)) {
		rf_sim_study_free(study);
		return NULL;
	}
	for (uint32_t k = 0; k < study->repetitions; k++) {
		for (uint32_t s = 0; s < study->sides; s++) {
			struct rf_sim_side *side = &study->side[s];
			struct rf_sim_watch watch = { wanted->ladders && k == 0,
				k == 0 ? open_capture(wanted->capture, s, err) : NULL };
			side->run[k] = rf_sim_run(side->file, side->variant, study->seed + k,
			    &watch);
			if (watch.capture != NULL && fclose(watch.capture) != 0)
				fprintf(err, "referee: %s: %s\n", wanted->capture,
				    strerror(errno));
			if (wanted->progress != NULL)
				fprintf(wanted->progress, "\r%u of %u runs ",
				    k * study->sides + s + 1, study->repetitions * study->sides);
		}
	}
	if (wanted->progress != NULL)
		fprintf(wanted->progress, "\r                    \r");
	study->paired = same_calls(study);
	for (uint32_t s = 1; s < study->sides; s++) {
		struct rf_sim_difference *d = &study->difference[s - 1];
		d->other = s;
		compare_metrics(study, d);
		compare_calls(study, d);
	}
	judge(study);
	return study;
}

void
rf_sim_study_free(struct rf_sim_study *study)
{
	if (study == NULL)
		return;
	for (uint32_t s = 0; s < study->sides; s++) {
		for (uint32_t k = 0; k < study->repetitions; k++)
			rf_sim_run_free(study->side[s].run[k]);
		free(study->side[s].run);
	}
	free(study);
}
