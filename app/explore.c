/* SPDX-License-Identifier: BSD-2-Clause */
/* app/explore.c -- runs the explorer and says what it found. */
#include "app/explore.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "sim/explore.h"

enum { SHORTEN_STATES = 8000 };

/* What make explore tries: all at once is too much, so a crash has a run of its own, and so has
 * what makes the world wider than losses do (ADR 022). */
static const struct explore_budget plan[] = {
	{ .losses = 2, .dups = 1 },
	{ .lates = 2 },
	{ .fails = 2 },
	{ .glares = 2 },
	{ .fails = 1, .leaves = 1 },
	{ .crashes = 1 },
};

static const char *const bound_name[RF_BOUNDS_MAX] = {
#define EXPLORE_BUDGET(name, meaning) #name,
	EXPLORE_BUDGETS(EXPLORE_BUDGET)
#undef EXPLORE_BUDGET
};

static void
write_bounds(FILE *out, const struct explore_budget *b, const char *before, const char *between)
{
	uint8_t bound[RF_BOUNDS_MAX];
	_Static_assert(sizeof bound == sizeof *b, "one byte each");
	memcpy(bound, b, sizeof bound);
	for (uint32_t i = 0; i < RF_BOUNDS_MAX; i++) {
		if (bound[i] > 0)
			fprintf(out, "%s%s %u%s", before, bound_name[i], bound[i], between);
	}
}

static double
seconds(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
write_violation(
    const struct explore_options *o, const struct explore_result *r, const char *what, FILE *out)
{
	fprintf(out, "\ninvariant %s\nafter %u choices%s; again: referee sim explore", what,
	    r->choices, r->shortest ? ", there is no shorter way" : "");
	write_bounds(out, &o->budget, " --", "");
	fputs(" --replay ", out);
	for (uint32_t i = 0; i < r->choices; i++)
		fprintf(out, "%s%u", i > 0 ? "," : "", r->choice[i]);
	fputc('\n', out);
}

static int
explore(const struct explore_options *o, FILE *out)
{
	static struct explore_result r;
	char violation[EXPLORE_TEXT];
	double began = seconds();
	if (!explore_run(o, &r))
		return RF_EXIT_FAILED;
	write_bounds(out, &o->budget, "", "  ");
	fprintf(out, "%llu states, %llu transitions, %llu ends, %u choices deep, %.1f s, "
		"%.0f MiB%s\n", (unsigned long long)r.states, (unsigned long long)r.transitions,
	    (unsigned long long)r.ends, r.depth, seconds() - began,
	    (double)(r.table_bytes + r.stack_bytes) / 1048576.0,
	    r.exhausted ? ": EXHAUSTED" : r.violation[0] == '\0' ? ": NOT exhausted" : "");
	fflush(out);
	if (r.violation[0] == '\0')
		return r.exhausted ? RF_EXIT_OK : RF_EXIT_FAILED;
	fputc('\n', out);
	explore_replay(o, r.choice, r.choices, out, violation);
	write_violation(o, &r, violation, out);
	return RF_EXIT_VIOLATED;
}

/* "0,3,1"; the number of choices, or EXPLORE_DEPTH_MAX + 1: these are none. */
static uint32_t
read_choices(const char *text, uint16_t choice[EXPLORE_DEPTH_MAX])
{
	uint32_t count = 0;
	while (*text != '\0' && count < EXPLORE_DEPTH_MAX) {
		char *end;
		unsigned long number = strtoul(text, &end, 10);
		if (end == text || number > UINT16_MAX || (*end != ',' && *end != '\0'))
			return EXPLORE_DEPTH_MAX + 1;
		choice[count++] = (uint16_t)number;
		text = end + (*end == ',');
	}
	return *text == '\0' ? count : EXPLORE_DEPTH_MAX + 1;
}

static int
replay(const struct explore_options *o, const char *text, FILE *out, FILE *err)
{
	uint16_t choice[EXPLORE_DEPTH_MAX];
	char violation[EXPLORE_TEXT] = "";
	uint32_t count = read_choices(text, choice);
	if (count > EXPLORE_DEPTH_MAX || !explore_replay(o, choice, count, out, violation)) {
		fprintf(err, "referee sim explore: --replay: expected choices as a search with the "
			     "same bounds prints them, got \"%s\"\n", text);
		return RF_EXIT_USAGE;
	}
	if (violation[0] == '\0')
		return RF_EXIT_OK;
	fprintf(out, "\ninvariant %s\n", violation);
	return RF_EXIT_VIOLATED;
}

int
rf_explore_command(const struct rf_options *options, FILE *out, FILE *err)
{
	struct explore_options o = { .shorten_max = SHORTEN_STATES,
		.progress = isatty(2) ? err : NULL };
	int status = RF_EXIT_OK;
	memcpy(&o.budget, options->bound, sizeof o.budget);
	if (options->choices != NULL)
		return replay(&o, options->choices, out, err);
	if (options->has_bound)
		return explore(&o, out);
	for (size_t i = 0; i < RF_ARRAY_LEN(plan) && status == RF_EXIT_OK; i++) {
		o.budget = plan[i];
		status = explore(&o, out);
	}
	return status;
}
