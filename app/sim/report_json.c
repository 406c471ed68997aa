/* SPDX-License-Identifier: BSD-2-Clause */
/* app/sim/report_json.c -- a study as one JSON object: what the page draws, and what machines read.
 *
 * Times are seconds, shares are between 0 and 1. */
#include <config.h>
#include <math.h>
#include <string.h>

#include "app/json.h"
#include "app/ladder.h"
#include "app/sim/ladders.h"
#include "app/sim/report.h"

static void
text(FILE *f, const char *key, const char *value)
{
	fprintf(f, "\"%s\":", key);
	rf_json_write(f, rf_slice_of(value));
}

static void
next_text(FILE *f, const char *key, const char *value)
{
	fputc(',', f);
	text(f, key, value);
}

static void
number(FILE *f, double value)
{
	if (isfinite(value))
		fprintf(f, "%.9g", value);
	else
		fputs("null", f);
}

static void
interval(FILE *f, struct rf_interval i)
{
	fputs("{\"mean\":", f);
	number(f, i.middle);
	fputs(",\"low\":", f);
	number(f, i.low);
	fputs(",\"high\":", f);
	number(f, i.high);
}

static void
seconds(FILE *f, rf_time at)
{
	if (at == RF_TIME_NEVER)
		fputs("null", f);
	else
		fprintf(f, "%.6f", (double)at / (double)RF_SECOND);
}

/* ---- one side -------------------------------------------------------------------------------- */

static void
write_values(const struct rf_sim_study *study, uint32_t s, FILE *f)
{
	fputs("\"values\":{", f);
	for (uint32_t m = 0; m < RF_METRIC_MAX; m++) {
		fprintf(f, "%s\"%s\":", m > 0 ? "," : "",
		    rf_metric_info((enum rf_metric)m)->name);
		interval(f, rf_sim_value(study, s, (enum rf_metric)m));
		fputs(",\"runs\":[", f);
		for (uint32_t k = 0; k < study->repetitions; k++) {
			fputs(k > 0 ? "," : "", f);
			number(f, study->side[s].run[k]->value[m]);
		}
		fputs("]}", f);
	}
	fputc('}', f);
}

static void
write_expectations(const struct rf_sim_study *study, uint32_t s, FILE *f)
{
	const struct rf_sim_variant *v = study->side[s].variant;
	fputs("\"expect\":[", f);
	for (uint32_t i = 0; i < v->expected_count; i++) {
		const struct rf_sim_expectation *e = &v->expected[i];
		double value = rf_sim_value(study, s, e->metric).middle;
		fputs(i > 0 ? ",{" : "{", f);
		text(f, "text", e->text);
		next_text(f, "metric", rf_metric_info(e->metric)->name);
		fputs(",\"value\":", f);
		number(f, value);
		fprintf(f, ",\"met\":%s}", rf_sim_expectation_holds(e, value) ? "true" : "false");
	}
	fputc(']', f);
}

static void
write_outcomes(const struct rf_sim_study *study, uint32_t s, FILE *f)
{
	uint64_t outcomes[RF_SIM_OUTCOME_MAX];
	bool first = true;
	rf_sim_outcomes(study, s, outcomes);
	fputs("\"outcomes\":{", f);
	uint64_t handed = 0;
	for (uint32_t i = RF_SIM_REACHED; i < RF_SIM_OUTCOME_MAX; i++)
		handed += outcomes[i];
	for (uint32_t i = 0; i < RF_SIM_OUTCOME_MAX; i++) {
		uint64_t all = i >= RF_SIM_REACHED ? handed :
		    handed + outcomes[RF_SIM_UNANSWERED] + outcomes[RF_SIM_STAYED];
		struct rf_interval share = rf_share(outcomes[i], all);
		fprintf(f, "%s\"%s\":{\"count\":%llu,\"low\":%.6f,\"high\":%.6f}", i > 0 ? "," : "",
		    rf_sim_outcome_name((enum rf_sim_outcome)i), (unsigned long long)outcomes[i],
		    share.low, share.high);
	}
	fputs("},\"codes\":{", f);
	for (uint32_t code = 0; code < RF_ARRAY_LEN(study->side[s].run[0]->codes); code++) {
		uint64_t count = 0;
		for (uint32_t k = 0; k < study->repetitions; k++)
			count += study->side[s].run[k]->codes[code];
		if (count == 0)
			continue;
		fprintf(f, "%s\"%u\":%llu", first ? "" : ",", code, (unsigned long long)count);
		first = false;
	}
	fputc('}', f);
}

/* How many calls ended with each wrap-up code; there are few. */
static void
write_wrap_ups(const struct rf_sim_side *side, uint32_t repetitions, FILE *f)
{
	enum { CODES_MAX = 32 };
	struct {
		const char *code;
		uint64_t count;
	} found[CODES_MAX];
	uint32_t count = 0;
	for (uint32_t k = 0; k < repetitions; k++) {
		const struct rf_sim_run *r = side->run[k];
		for (uint32_t i = 0; i < r->calls; i++) {
			uint32_t at = 0;
			if (r->call[i].wrap_up[0] == '\0' || !r->call[i].counts)
				continue;
			while (at < count && strcmp(found[at].code, r->call[i].wrap_up) != 0)
				at++;
			if (at == CODES_MAX)
				continue;
			if (at == count) {
				found[count].code = r->call[i].wrap_up;
				found[count++].count = 0;
			}
			found[at].count++;
		}
	}
	fputs("\"wrap_ups\":{", f);
	for (uint32_t i = 0; i < count; i++)
		fprintf(f, "%s\"%s\":%llu", i > 0 ? "," : "", found[i].code,
		    (unsigned long long)found[i].count);
	fputc('}', f);
}

/* Within what time each hundredth of them reached an agent. */
static void
write_distribution(const struct rf_sim_study *study, uint32_t s, FILE *f)
{
	enum { POINTS = 100 };
	static struct rf_tally all;
	memset(&all, 0, sizeof all);
	for (uint32_t k = 0; k < study->repetitions; k++)
		rf_tally_merge(&all, &study->side[s].run[k]->transfer);
	fputs("\"transfer_times\":[", f);
	for (uint32_t i = 0; i <= POINTS && all.count > 0; i++)
		fprintf(f, "%s%.3f", i > 0 ? "," : "",
		    (double)rf_tally_at(&all, (double)i / POINTS) / (double)RF_SECOND);
	fputc(']', f);
}

static void
write_series(const struct rf_sim_study *study, uint32_t s, FILE *f)
{
	static const char *const name[] = { "calls", "reached", "attempts", "refusals", "waiting",
		"busy", "legs" };
	const struct rf_sim_side *side = &study->side[s];
	fprintf(f, "\"series\":{\"step\":%g", (double)side->file->report_step / (double)RF_SECOND);
	for (uint32_t i = 0; i < RF_SERIES_MAX; i++) {
		fprintf(f, ",\"%s\":[", name[i]);
		for (uint32_t b = 0; b < side->run[0]->buckets; b++) {
			double sum = 0;
			for (uint32_t k = 0; k < study->repetitions; k++)
				sum += side->run[k]->series[i][b];
			fputs(b > 0 ? "," : "", f);
			number(f, sum / study->repetitions);
		}
		fputc(']', f);
	}
	fputc('}', f);
}

static void
write_step(const struct rf_sim_step *step, FILE *f)
{
	char label[96];
	if (step->party == WORLD_PARTIES_MAX) {
		if (!rf_ladder_row_name(NULL, step->machine, step->row, label, sizeof label))
			snprintf(label, sizeof label, "row %u", step->row);
	} else if (step->status != 0) {
		snprintf(label, sizeof label, "%u %s", step->status, step->method);
	} else if (step->frag != 0) {
		snprintf(label, sizeof label, "%s (%u)", step->method, step->frag);
	} else {
		snprintf(label, sizeof label, "%s", step->method);
	}
	fprintf(f, "[%.6f,%d,%d,", (double)step->at / (double)RF_SECOND,
	    step->party == WORLD_PARTIES_MAX ? -1 : step->party, step->from_party);
	rf_json_write(f, rf_slice_of(label));
	fprintf(f, ",%d]", step->lost);
}

static void
write_ladders(const struct rf_sim_study *study, uint32_t s, FILE *f)
{
	uint32_t chosen[RF_SIM_LADDERS_MAX];
	const struct rf_sim_run *r = study->side[s].run[0];
	uint32_t count = r->step != NULL ? rf_sim_ladders_choose(study, s, chosen) : 0;
	fputs("\"ladders\":[", f);
	for (uint32_t i = 0; i < count; i++) {
		const struct rf_sim_call *c = &r->call[chosen[i]];
		bool first = true;
		fprintf(f, "%s{\"call\":%u,\"session\":\"%012llx\",\"began\":", i > 0 ? "," : "",
		    chosen[i] + 1, (unsigned long long)c->session);
		seconds(f, c->began);
		fputc(',', f);
		text(f, "outcome", rf_sim_outcome_name(c->outcome));
		fputc(',', f);
		text(f, "wrap_up", c->wrap_up);
		fputs(",\"steps\":[", f);
		for (uint32_t k = 0; k < r->steps; k++) {
			if (r->step[k].call != chosen[i])
				continue;
			fputs(first ? "" : ",", f);
			write_step(&r->step[k], f);
			first = false;
		}
		fputs("]}", f);
	}
	fputc(']', f);
}

static void
write_violations(const struct rf_sim_side *side, uint32_t repetitions, FILE *f)
{
	bool first = true;
	fputs("\"violations\":[", f);
	for (uint32_t k = 0; k < repetitions; k++) {
		const struct rf_sim_run *r = side->run[k];
		for (uint32_t i = 0; i < r->violations && i < CHECK_VIOLATIONS_MAX; i++) {
			fprintf(f, "%s{\"seed\":%llu,\"invariant\":%u,\"at\":", first ? "" : ",",
			    (unsigned long long)r->seed, r->violation[i].invariant);
			seconds(f, r->violation[i].at);
			fputc(',', f);
			text(f, "text", r->violation[i].text);
			fputc('}', f);
			first = false;
		}
	}
	fputs("],\"errors\":[", f);
	first = true;
	for (uint32_t k = 0; k < repetitions; k++) {
		if (side->run[k]->error[0] == '\0')
			continue;
		fputs(first ? "" : ",", f);
		rf_json_write(f, rf_slice_of(side->run[k]->error));
		first = false;
	}
	fputc(']', f);
}

static void
write_side(const struct rf_sim_study *study, uint32_t s, FILE *f)
{
	const struct rf_sim_side *side = &study->side[s];
	fputc('{', f);
	text(f, "name", side->name);
	next_text(f, "world", side->file->path);
	next_text(f, "config", side->variant->config->path);
	fputc(',', f);
	write_values(study, s, f);
	fputc(',', f);
	write_expectations(study, s, f);
	fputc(',', f);
	write_outcomes(study, s, f);
	fputc(',', f);
	write_wrap_ups(side, study->repetitions, f);
	fputc(',', f);
	write_distribution(study, s, f);
	fputc(',', f);
	write_series(study, s, f);
	fputc(',', f);
	write_violations(side, study->repetitions, f);
	fputc(',', f);
	write_ladders(study, s, f);
	fputc('}', f);
}

/* ---- all of them ----------------------------------------------------------------------------- */

static void
write_difference(const struct rf_sim_study *study, const struct rf_sim_difference *d, FILE *f)
{
	char words[RF_SIM_SENTENCE_MAX];
	fprintf(f, "{\"first\":0,\"other\":%u,\"paired\":%s,\"both\":%llu,\"first_only\":%llu,"
		"\"other_only\":%llu,\"neither\":%llu,\"p\":%.6g,\"metrics\":{", d->other,
	    study->paired ? "true" : "false", (unsigned long long)d->both,
	    (unsigned long long)d->first_only, (unsigned long long)d->other_only,
	    (unsigned long long)d->neither, d->p);
	for (uint32_t m = 0; m < RF_METRIC_MAX; m++) {
		enum rf_metric metric = (enum rf_metric)m;
		fprintf(f, "%s\"%s\":", m > 0 ? "," : "", rf_metric_info(metric)->name);
		interval(f, d->metric[m]);
		rf_sim_difference_words(study, d, metric, words);
		fprintf(f, ",\"detectable\":%s,", d->told_apart[m] ? "true" : "false");
		text(f, "words", words);
		fputc('}', f);
	}
	fputs("}}", f);
}

static void
write_metrics(FILE *f)
{
	static const char *const unit[] = { "count", "share", "time", "ratio" };
	static const char *const better[] = { "more", "less", "none" };
	fputs("\"metrics\":[", f);
	for (uint32_t m = 0; m < RF_METRIC_MAX; m++) {
		const struct rf_metric_info *info = rf_metric_info((enum rf_metric)m);
		fputs(m > 0 ? ",{" : "{", f);
		text(f, "name", info->name);
		next_text(f, "unit", unit[info->unit]);
		next_text(f, "better", better[info->better]);
		next_text(f, "meaning", info->meaning);
		fputc('}', f);
	}
	fputs("],\"outcomes\":{", f);
	for (uint32_t i = 0; i < RF_SIM_OUTCOME_MAX; i++) {
		fputs(i > 0 ? "," : "", f);
		text(f, rf_sim_outcome_name((enum rf_sim_outcome)i),
		    rf_sim_outcome_meaning((enum rf_sim_outcome)i));
	}
	fputc('}', f);
}

/* What happens once, and then is over. */
static bool
is_moment(const struct rf_sim_fault *x)
{
	return !x->refuses && x->every == 0 && (x->spell == SPELL_REBIND ||
	    x->spell == SPELL_CUT || x->spell == SPELL_ROTATE || x->spell == SPELL_CRASH ||
	    x->spell == SPELL_STALL);
}

static void
write_world(const struct rf_sim_file *file, FILE *f)
{
	static const char *const role[] = { "customers", "center", "agents", "ivr" };
	fprintf(f, "\"duration\":%g,\"warmup\":%g,\"parties\":[",
	    (double)file->duration / (double)RF_SECOND, (double)file->warmup / (double)RF_SECOND);
	for (uint32_t i = 0; i < file->parties_count; i++) {
		fputs(i > 0 ? ",{" : "{", f);
		text(f, "name", file->parties[i].name);
		next_text(f, "role", role[file->parties[i].role]);
		fputc('}', f);
	}
	fputs("],\"faults\":[", f);
	for (uint32_t i = 0; i < file->faults_count; i++) {
		const struct rf_sim_fault *x = &file->faults[i];
		rf_time end = x->lasts > 0 ? x->at + x->lasts :
		    is_moment(x) ? x->at : file->duration;
		fputs(i > 0 ? ",{" : "{", f);
		text(f, "kind", x->kind_name);
		next_text(f, "party", x->party != NULL ? x->party : "");
		fprintf(f, ",\"from\":%g,\"until\":%g,\"code\":%u,\"share\":%g}",
		    (double)x->at / (double)RF_SECOND, (double)end / (double)RF_SECOND,
		    x->refuses ? x->code : 0, x->share);
	}
	fputc(']', f);
}

void
rf_sim_report_json(const struct rf_sim_study *study, FILE *f)
{
	char sentence[RF_SIM_SENTENCE_MAX];
	fputs("{\"format\":1,", f);
	text(f, "referee", PACKAGE_VERSION);
	fprintf(f, ",\"good\":%s,\"seed\":%llu,\"repetitions\":%u,\"paired\":%s,",
	    study->good ? "true" : "false", (unsigned long long)study->seed, study->repetitions,
	    study->paired ? "true" : "false");
	rf_sim_question(study, sentence);
	text(f, "question", sentence);
	fputc(',', f);
	write_world(study->side[0].file, f);
	fputs(",\"headlines\":[", f);
	for (uint32_t n = 0; rf_sim_headline(study, n, sentence); n++) {
		fputs(n > 0 ? "," : "", f);
		rf_json_write(f, rf_slice_of(sentence));
	}
	fputs("],", f);
	write_metrics(f);
	fputs(",\"sides\":[", f);
	for (uint32_t s = 0; s < study->sides; s++) {
		fputs(s > 0 ? "," : "", f);
		write_side(study, s, f);
	}
	fputs("],\"differences\":[", f);
	for (uint32_t s = 1; s < study->sides; s++) {
		fputs(s > 1 ? "," : "", f);
		write_difference(study, &study->difference[s - 1], f);
	}
	fputs("]}\n", f);
}
