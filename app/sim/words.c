/* SPDX-License-Identifier: BSD-2-Clause */
/* app/sim/words.c -- what a study says, in sentences that need no statistician. */
#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>

#include "app/sim/study.h"

struct text {
	char *p;
	size_t len, max;
};

static void
add(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void
add(struct text *t, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	int len = vsnprintf(t->p + t->len, t->max - t->len, format, arguments);
	va_end(arguments);
	t->len += len > 0 ? (size_t)len : 0;
	t->len = t->len < t->max ? t->len : t->max - 1;
}

static void
add_value(struct text *t, enum rf_metric metric, double value)
{
	char text[64] = "";
	FILE *f = fmemopen(text, sizeof text, "w");
	if (f == NULL)
		return;
	rf_metric_write(f, metric, value);
	fclose(f);
	add(t, "%s", text);
}

/* The name of a side inside of a sentence: "With backoff" becomes "with backoff". */
static void
add_name(struct text *t, const struct rf_sim_study *study, uint32_t side, bool first)
{
	const char *name = study->side[side].name;
	bool word = study->side[side].variant->name[0] != '\0' && !isupper((unsigned char)name[1]);
	if (first || !word)
		add(t, "%s", name);
	else
		add(t, "%c%s", tolower((unsigned char)name[0]), name + 1);
}

/* "With backoff 97.2 % of callers reached an agent; without 61.0 %." */
static void
say_reached(const struct rf_sim_study *study, struct text *t)
{
	for (uint32_t s = 0; s < study->sides; s++) {
		add(t, "%s", s == 0 ? "" : "; ");
		if (study->sides > 1) {
			add_name(t, study, s, s == 0);
			add(t, " ");
		}
		add_value(t, RF_METRIC_REACHED,
		    rf_sim_value(study, s, RF_METRIC_REACHED).middle);
		add(t, "%s", s == 0 ? " of the callers who were handed back reached an agent" : "");
	}
	add(t, ".");
}

/* Where the others went, on each side. */
static void
say_others(const struct rf_sim_study *study, struct text *t)
{
	static const struct {
		enum rf_metric metric;
		const char *words;
	} other[] = { { RF_METRIC_RESCUED, "ended at the IVR" },
		{ RF_METRIC_ABANDONED, "hung up waiting" },
		{ RF_METRIC_LOST, "found nobody" },
		{ RF_METRIC_REFUSED, "were refused" } };
	for (uint32_t s = 0; s < study->sides; s++) {
		bool any = false;
		add(t, "%s", s == 0 ? "" : "; ");
		if (study->sides > 1) {
			add_name(t, study, s, s == 0);
			add(t, ": ");
		}
		for (uint32_t i = 0; i < RF_ARRAY_LEN(other); i++) {
			double value = rf_sim_value(study, s, other[i].metric).middle;
			if (value <= 0)
				continue;
			add(t, "%s", any ? ", " : "");
			add_value(t, other[i].metric, value);
			add(t, " %s", other[i].words);
			any = true;
		}
		add(t, "%s", any ? "" : study->sides > 1 ? "all of them" : "All of them did");
	}
	add(t, ".");
}

static void
say_promise(const struct rf_sim_study *study, struct text *t)
{
	double dropped = 0, violations = 0, transfers = 0;
	for (uint32_t s = 0; s < study->sides; s++) {
		for (uint32_t k = 0; k < study->repetitions; k++) {
			const double *v = study->side[s].run[k]->value;
			dropped += v[RF_METRIC_DROPPED];
			violations += v[RF_METRIC_VIOLATIONS];
			transfers += v[RF_METRIC_TRANSFERS];
		}
	}
	if (dropped == 0)
		add(t, "referee dropped nobody: 0 of %.0f callers it had promised to hand over",
		    transfers);
	else
		add(t, "referee DROPPED %.0f of %.0f callers it had promised to hand over", dropped,
		    transfers);
	add(t, "; %.0f invariants were broken.", violations);
}

static void
say_work(const struct rf_sim_study *study, struct text *t)
{
	for (uint32_t s = 0; s < study->sides; s++) {
		add(t, "%s", s == 0 ? "" : "; ");
		if (study->sides > 1) {
			add_name(t, study, s, s == 0);
			add(t, " ");
		}
		add(t, "%s", s == 0 ? "an agent answered within " : "within ");
		add_value(t, RF_METRIC_TRANSFER_P90,
		    rf_sim_value(study, s, RF_METRIC_TRANSFER_P90).middle);
		add(t, "%s", s == 0 ? " for 9 of 10 who reached one, after " : ", after ");
		add_value(t, RF_METRIC_ATTEMPTS,
		    rf_sim_value(study, s, RF_METRIC_ATTEMPTS).middle);
		add(t, "%s", s == 0 ? " INVITEs a hand-back" : "");
	}
	add(t, ".");
	if (study->sides == 1)
		t->p[0] = (char)toupper((unsigned char)t->p[0]);
}

static void
say_flips(
    const struct rf_sim_study *study, const struct rf_sim_difference *d, struct text *t)
{
	uint64_t all = d->both + d->first_only + d->other_only + d->neither;
	add(t, "Of the same %llu callers, %llu reached an agent only ", (unsigned long long)all,
	    (unsigned long long)d->first_only);
	add_name(t, study, 0, false);
	add(t, " and %llu only ", (unsigned long long)d->other_only);
	add_name(t, study, d->other, false);
	if (d->first_only + d->other_only == 0)
		add(t, ": it made no difference to anybody.");
	else if (d->p < 0.001)
		add(t, ": that is no chance (p < 0.001).");
	else if (d->p < 0.05)
		add(t, ": that is hardly chance (p = %.3f).", d->p);
	else
		add(t, ": no detectable difference (p = %.2f).", d->p);
}

void
rf_sim_question(const struct rf_sim_study *study, char out[RF_SIM_SENTENCE_MAX])
{
	struct text t = { out, 0, RF_SIM_SENTENCE_MAX };
	const struct rf_sim_side *last = &study->side[study->sides - 1];
	if (study->side[0].file == last->file)
		add(&t, "%s", study->side[0].file->question);
	else
		add(&t, "How does %s differ from %s?", study->side[0].file->name, last->file->name);
}

bool
rf_sim_headline(const struct rf_sim_study *study, uint32_t n, char out[RF_SIM_SENTENCE_MAX])
{
	struct text t = { out, 0, RF_SIM_SENTENCE_MAX };
	out[0] = '\0';
	if (n == 0)
		say_reached(study, &t);
	else if (n == 1)
		say_others(study, &t);
	else if (n == 2)
		say_work(study, &t);
	else if (n < 3 + study->sides - 1 && study->paired)
		say_flips(study, &study->difference[n - 3], &t);
	else if (n == 3 + (study->paired ? study->sides - 1 : 0))
		say_promise(study, &t);
	else
		return false;
	return true;
}

void
rf_sim_difference_words(const struct rf_sim_study *study, const struct rf_sim_difference *d,
    enum rf_metric metric, char out[RF_SIM_SENTENCE_MAX])
{
	struct text t = { out, 0, RF_SIM_SENTENCE_MAX };
	struct rf_interval i = d->metric[metric];
	out[0] = '\0';
	if (study->repetitions < 2) {
		add(&t, "%s", i.middle == 0 ? "the same" : i.middle > 0 ? "more by " :
		    "less by ");
		if (i.middle != 0) {
			add_value(&t, metric, fabs(i.middle));
			add(&t, " (one run; how sure, only repetitions tell)");
		}
		return;
	}
	if (!d->told_apart[metric]) {
		add(&t, i.low == 0 && i.high == 0 ? "the same" : "no detectable difference");
		return;
	}
	double low = fabs(i.middle) - (i.high - i.middle), high = fabs(i.middle) + (i.high -
	    i.middle);
	add(&t, "%s by ", i.middle > 0 ? "more" : "less");
	add_value(&t, metric, low > 0 ? low : 0);
	add(&t, " to ");
	add_value(&t, metric, high);
}
