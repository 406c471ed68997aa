/* SPDX-License-Identifier: BSD-2-Clause */
/* app/sim/report.c -- one file of a report; CSV and JUnit. */
#include "app/sim/report.h"

#include <errno.h>
#include <string.h>

static const struct {
	const char *ending;
	void (*write)(const struct rf_sim_study *, FILE *);
} formats[] = {
	{ ".html", rf_sim_report_html },
	{ ".json", rf_sim_report_json },
	{ ".csv", rf_sim_report_csv },
	{ ".xml", rf_sim_report_junit },
};

bool
rf_sim_report_write(const struct rf_sim_study *study, const char *path, FILE *err)
{
	const char *dot = strrchr(path, '.');
	FILE *f = fopen(path, "we");
	if (f == NULL) {
		fprintf(err, "referee: %s: %s\n", path, strerror(errno));
		return false;
	}
	for (size_t i = 0; i < RF_ARRAY_LEN(formats) && dot != NULL; i++) {
		if (strcmp(dot, formats[i].ending) == 0)
			formats[i].write(study, f);
	}
	bool good = ferror(f) == 0;
	if (fclose(f) != 0 || !good) {
		fprintf(err, "referee: %s: %s\n", path, strerror(errno));
		return false;
	}
	return true;
}

/* ---- CSV: a line a call ---------------------------------------------------------------------- */

static void
csv_time(FILE *f, rf_time at)
{
	if (at == RF_TIME_NEVER)
		fputc(',', f);
	else
		fprintf(f, ",%.6f", (double)at / (double)RF_SECOND);
}

static void
csv_name(FILE *f, const char *name)
{
	fputc('"', f);
	for (; *name != '\0'; name++)
		fprintf(f, *name == '"' ? "\"\"" : "%c", *name);
	fputc('"', f);
}

void
rf_sim_report_csv(const struct rf_sim_study *study, FILE *f)
{
	fputs("variant,seed,call,counts,outcome,began_s,answered_s,refer_s,accepted_s,"
	      "first_notify_s,told_s,agent_s,ended_s,status,refer_status,notify_status,attempts,"
	      "refusals_503,wrap_up,session\n", f);
	for (uint32_t s = 0; s < study->sides; s++) {
		for (uint32_t k = 0; k < study->repetitions; k++) {
			const struct rf_sim_run *r = study->side[s].run[k];
			for (uint32_t i = 0; i < r->calls; i++) {
				const struct rf_sim_call *c = &r->call[i];
				const rf_time at[] = { c->began, c->answered, c->referred,
					c->accepted, c->notified, c->told, c->reached, c->ended };
				csv_name(f, study->side[s].name);
				fprintf(f, ",%llu,%u,%d,%s", (unsigned long long)r->seed, i + 1,
				    c->counts, rf_sim_outcome_name(c->outcome));
				for (size_t t = 0; t < RF_ARRAY_LEN(at); t++)
					csv_time(f, at[t]);
				fprintf(f, ",%u,%u,%u,%u,%u,%s,%012llx\n", c->status,
				    c->refer_status, c->outcome_status, c->attempts,
				    c->refusals, c->wrap_up, (unsigned long long)c->session);
			}
		}
	}
}

/* ---- JUnit ----------------------------------------------------------------------------------- */

static void
xml_text(FILE *f, const char *text)
{
	for (; *text != '\0'; text++) {
		switch (*text) {
		case '<':
			fputs("&lt;", f);
			break;
		case '>':
			fputs("&gt;", f);
			break;
		case '&':
			fputs("&amp;", f);
			break;
		case '"':
			fputs("&quot;", f);
			break;
		default:
			fputc((unsigned char)*text < 0x20 ? ' ' : *text, f);
		}
	}
}

static void
junit_case(FILE *f, const char *suite, const char *name, bool good, const char *why)
{
	fputs("    <testcase classname=\"", f);
	xml_text(f, suite);
	fputs("\" name=\"", f);
	xml_text(f, name);
	if (good) {
		fputs("\"/>\n", f);
		return;
	}
	fputs("\"><failure message=\"", f);
	xml_text(f, why);
	fputs("\"/></testcase>\n", f);
}

static void
junit_side(const struct rf_sim_study *study, uint32_t s, FILE *f)
{
	const struct rf_sim_side *side = &study->side[s];
	const struct rf_sim_variant *v = side->variant;
	fputs("  <testsuite name=\"", f);
	xml_text(f, side->name);
	fprintf(f, "\" tests=\"%u\">\n", v->expected_count + 1);
	for (uint32_t i = 0; i < v->expected_count; i++) {
		const struct rf_sim_expectation *e = &v->expected[i];
		double value = rf_sim_value(study, s, e->metric).middle;
		char why[64];
		snprintf(why, sizeof why, "got %g", value);
		junit_case(f, side->name, e->text, rf_sim_expectation_holds(e, value), why);
	}
	const char *error = "";
	uint32_t violations = 0;
	for (uint32_t k = 0; k < study->repetitions; k++) {
		const struct rf_sim_run *r = side->run[k];
		error = r->error[0] != '\0' ? r->error :
		    r->violations > 0 ? r->violation[0].text : error;
		violations += r->violations;
	}
	junit_case(f, side->name, "no invariant is broken", violations == 0 && error[0] == '\0',
	    error);
	fputs("  </testsuite>\n", f);
}

void
rf_sim_report_junit(const struct rf_sim_study *study, FILE *f)
{
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"", f);
	xml_text(f, study->side[0].file->path);
	fputs("\">\n", f);
	for (uint32_t s = 0; s < study->sides; s++)
		junit_side(study, s, f);
	fputs("</testsuites>\n", f);
}
