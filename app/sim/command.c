/* SPDX-License-Identifier: BSD-2-Clause */
/* app/sim/command.c -- loads worlds, runs them, says what came out, writes reports. */
#include "app/sim/command.h"

#include <string.h>
#include <unistd.h>

#include "app/sim/report.h"
#include "app/sim/study.h"

static void
write_table(const struct rf_sim_study *study, FILE *out)
{
	fprintf(out, "%-18s", "");
	for (uint32_t s = 0; s < study->sides; s++)
		fprintf(out, "  %-22.22s", study->side[s].name);
	fprintf(out, "%s\n", study->sides == 2 ? "  difference" : "");
	for (uint32_t m = 0; m < RF_METRIC_MAX; m++) {
		enum rf_metric metric = (enum rf_metric)m;
		fprintf(out, "%-18s", rf_metric_info(metric)->name);
		for (uint32_t s = 0; s < study->sides; s++) {
			char text[64] = "";
			FILE *f = fmemopen(text, sizeof text, "w");
			if (f != NULL) {
				rf_metric_write(f, metric, rf_sim_value(study, s, metric).middle);
				fclose(f);
			}
			fprintf(out, "  %-22s", text);
		}
		if (study->sides == 2) {
			char words[RF_SIM_SENTENCE_MAX];
			rf_sim_difference_words(study, &study->difference[0], metric, words);
			fprintf(out, "  %s", words);
		}
		fputc('\n', out);
	}
}

static void
write_expectations(const struct rf_sim_study *study, FILE *out)
{
	for (uint32_t s = 0; s < study->sides; s++) {
		const struct rf_sim_variant *v = study->side[s].variant;
		for (uint32_t i = 0; i < v->expected_count; i++) {
			const struct rf_sim_expectation *e = &v->expected[i];
			double value = rf_sim_value(study, s, e->metric).middle;
			fprintf(out, "%s  %s%s%s, got ", rf_sim_expectation_holds(e, value) ?
			    "met   " : "NOT MET", v->name, v->name[0] != '\0' ? ": " : "", e->text);
			rf_metric_write(out, e->metric, value);
			fputc('\n', out);
		}
		for (uint32_t k = 0; k < study->repetitions; k++) {
			const struct rf_sim_run *r = study->side[s].run[k];
			if (r->error[0] != '\0')
				fprintf(out, "ERROR    %s, seed %llu: %s\n", study->side[s].name,
				    (unsigned long long)r->seed, r->error);
			for (uint32_t i = 0; i < r->violations && i < CHECK_VIOLATIONS_MAX; i++)
				fprintf(out, "VIOLATED %s, seed %llu: invariant %u at %.3f s: "
				    "%s\n", study->side[s].name, (unsigned long long)r->seed,
				    r->violation[i].invariant,
				    (double)r->violation[i].at / (double)RF_SECOND,
				    r->violation[i].text);
		}
	}
}

static void
write_text(const struct rf_sim_study *study, FILE *out)
{
	char sentence[RF_SIM_SENTENCE_MAX];
	double wall = 0, virtual = 0, calls = 0;
	rf_sim_question(study, sentence);
	fprintf(out, "%s\n\n", sentence);
	for (uint32_t n = 0; rf_sim_headline(study, n, sentence); n++)
		fprintf(out, "  %s\n", sentence);
	fputc('\n', out);
	write_table(study, out);
	fputc('\n', out);
	write_expectations(study, out);
	for (uint32_t s = 0; s < study->sides; s++) {
		for (uint32_t k = 0; k < study->repetitions; k++) {
			wall += study->side[s].run[k]->wall_seconds;
			virtual += study->side[s].run[k]->virtual_seconds;
			calls += study->side[s].run[k]->calls;
		}
	}
	fprintf(out, "%.0f calls in %.0f s of the world, played in %.1f s; seed %llu, %u "
		"repetition%s\n", calls, virtual, wall, (unsigned long long)study->seed,
	    study->repetitions, study->repetitions == 1 ? "" : "s");
}

static bool
is_capture(const char *path)
{
	const char *dot = strrchr(path, '.');
	return dot != NULL && strcmp(dot, ".pcapng") == 0;
}

static int
study_files(const struct rf_options *o, struct rf_sim_file *const *file, uint32_t files, FILE *out,
    FILE *err)
{
	struct rf_sim_wanted wanted = { .repetitions = (uint32_t)o->repetitions,
		.has_seed = o->has_seed,
		.seed = o->seed,
		.ladders = o->report_count > 0,
		.progress = isatty(2) ? err : NULL };
	for (uint32_t i = 0; i < o->report_count; i++) {
		if (is_capture(o->report[i]))
			wanted.capture = o->report[i];
	}
	struct rf_sim_study *study = rf_sim_study(file, files, &wanted, err);
	if (study == NULL)
		return RF_EXIT_USAGE;
	int status = study->violated ? RF_EXIT_VIOLATED : study->good ? RF_EXIT_OK : RF_EXIT_FAILED;
	if (o->json)
		rf_sim_report_json(study, out);
	else
		write_text(study, out);
	for (uint32_t i = 0; i < o->report_count; i++) {
		if (!is_capture(o->report[i]) && !rf_sim_report_write(study, o->report[i], err))
			status = RF_EXIT_FAILED;
	}
	rf_sim_study_free(study);
	return status;
}

int
rf_sim_command(const struct rf_options *o, FILE *out, FILE *err)
{
	struct rf_sim_file *file[2] = { NULL, NULL };
	uint32_t files = 0;
	int status = RF_EXIT_CONFIG;
	bool good = true;
	bool check = o->command == RF_COMMAND_SIM_CHECK;
	for (int i = 0; i < o->file_count && files < 2 && good; i++) {
		file[files] = rf_sim_file_load(o->files[i], err, check && o->json ? out : NULL);
		good = file[files] != NULL;
		files += good;
	}
	if (good && check)
		status = RF_EXIT_OK;
	else if (good)
		status = study_files(o, file, files, out, err);
	for (uint32_t i = 0; i < files; i++)
		rf_sim_file_free(file[i]);
	return status;
}
