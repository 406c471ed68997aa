/* SPDX-License-Identifier: BSD-2-Clause */
/* app/sim/sweep_report.c -- what a sweep found: failures of one kind together, and what was never
 * tried.  And the ladder of one seed. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "app/sim/shrink.h"
#include "app/sim/sweep_parts.h"

enum { SEEDS_SHOWN = 8 };

void
sweep_finding_of(struct sweep_finding *f, uint64_t seed, const struct swarm_result *result)
{
	*f = (struct sweep_finding){ .seed = seed, .spells = result->spells,
		.invariant = result->invariant, .families = result->families,
		.at = (double)result->at / 1e6, .machine = result->last.machine,
		.row = result->last.row };
	memcpy(f->text, result->text, sizeof f->text);
}

/* ---- failures of one kind -------------------------------------------------------------------- */

int
sweep_texts_compare(const char *a, const char *b)
{
	for (;; a++, b++) {
		while (isdigit((unsigned char)*a))
			a++;
		while (isdigit((unsigned char)*b))
			b++;
		if (*a != *b || *a == '\0')
			return (unsigned char)*a - (unsigned char)*b;
	}
}

static int
compare_kinds(const struct sweep_finding *a, const struct sweep_finding *b)
{
	if (a->invariant != b->invariant)
		return a->invariant < b->invariant ? -1 : 1;
	int texts = sweep_texts_compare(a->text, b->text);
	if (texts != 0)
		return texts;
	int machines = (int)a->machine - (int)b->machine;
	return machines != 0 ? machines : (int)a->row - (int)b->row;
}

static int
by_kind(const void *a, const void *b)
{
	const struct sweep_finding *x = a, *y = b;
	int kinds = compare_kinds(x, y);
	return kinds != 0 ? kinds : x->seed < y->seed ? -1 : x->seed > y->seed;
}

static void
put_faults(FILE *out, uint32_t families, uint64_t spells)
{
	const char *before = "";
	for (uint32_t i = 0; i < SWARM_FAMILY_MAX; i++) {
		if ((families >> i & 1) == 0)
			continue;
		fprintf(out, "%s%s", before, swarm_family_name((enum swarm_family)i));
		before = ", ";
	}
	for (uint32_t i = 0; i < SPELL_KIND_MAX; i++) {
		if ((spells >> i & 1) == 0)
			continue;
		fprintf(out, "%s%s", before, world_spell_about((enum world_spell_kind)i)->name);
		before = ", ";
	}
	fputs(before[0] == '\0' ? "nothing\n" : "\n", out);
}

static void
put_kind(FILE *out, const struct sweep_finding *f, uint32_t count)
{
	uint32_t families = UINT32_MAX;
	uint64_t spells = UINT64_MAX;
	const struct rf_fsm *fsm = rf_engine_machine(f->machine);
	if (f->invariant == SWEEP_DIED)
		fprintf(out, "process gone: %s\n", f->text);
	else if (f->invariant == CHECK_MAX)
		fprintf(out, "world: %s\n", f->text);
	else
		fprintf(out, "invariant %u: %s\n", f->invariant, f->text);
	if (f->invariant != SWEEP_DIED && fsm != NULL && f->row < fsm->rows)
		fprintf(out, "  last row   %s %s\n", fsm->name, fsm->row[f->row].name);
	fprintf(out, "  %u seed%s    ", count, count == 1 ? " " : "s");
	for (uint32_t i = 0; i < count; i++) {
		families &= f[i].families;
		spells &= f[i].spells;
		if (i < SEEDS_SHOWN)
			fprintf(out, " %llu", (unsigned long long)f[i].seed);
	}
	fputs(count > SEEDS_SHOWN ? " ...\n" : "\n", out);
	fputs("  in common  ", out);
	put_faults(out, families, spells);
	fprintf(out, "  look       referee sim ladder --seed %llu\n", (unsigned long long)f->seed);
}

/* ---- what was never tried -------------------------------------------------------------------- */

static void
put_rows(FILE *out, const struct sweep_seen *seen, bool verbose)
{
	uint32_t all = 0, taken = 0;
	const struct rf_fsm *fsm;
	for (uint32_t m = 0; (fsm = rf_engine_machine(m)) != NULL; m++) {
		for (uint32_t r = 0; r < fsm->rows; r++) {
			all++;
			taken += seen->row[m][r];
			if (verbose && !seen->row[m][r])
				fprintf(out, "never taken: %s %s\n", fsm->name, fsm->row[r].name);
		}
	}
	fprintf(out, "rows: %u of %u taken\n", taken, all);
}

static void
put_spells(FILE *out, const struct sweep_seen *seen, bool verbose)
{
	uint32_t happened = 0;
	for (uint32_t i = 0; i < SPELL_KIND_MAX; i++) {
		const char *name = world_spell_about((enum world_spell_kind)i)->name;
		happened += seen->happened[i] > 0;
		if (verbose && seen->happened[i] == 0)
			fprintf(out, "never happened: %s\n", name);
	}
	fprintf(out, "faults: %u of %u happened\n", happened, (unsigned)SPELL_KIND_MAX);
}

void
sweep_report(struct sweep *s, double elapsed, bool verbose, FILE *out)
{
	uint32_t kinds = 0;
	if (s->findings > 0)
		qsort(s->finding, s->findings, sizeof *s->finding, by_kind);
	for (uint32_t i = 0, next; i < s->findings; i = next) {
		next = i + 1;
		while (next < s->findings &&
		    compare_kinds(&s->finding[i], &s->finding[next]) == 0)
			next++;
		put_kind(out, &s->finding[i], next - i);
		kinds++;
	}
	put_rows(out, &s->seen, verbose);
	put_spells(out, &s->seen, verbose);
	fprintf(out, "%llu calls, %llu transfers, %llu messages; %.1f seeds/s\n",
	    (unsigned long long)s->seen.calls, (unsigned long long)s->seen.transfers,
	    (unsigned long long)s->seen.messages,
	    elapsed > 0 ? (double)s->seen.seeds / elapsed : 0);
	fprintf(out, "effects: %016llx%016llx\n", (unsigned long long)s->seen.hash[0],
	    (unsigned long long)s->seen.hash[1]);
	fprintf(out, "seeds %llu..%llu: %u failed in %u way%s\n", (unsigned long long)s->first,
	    (unsigned long long)s->last, s->findings, kinds, kinds == 1 ? "" : "s");
}

/* ---- one seed -------------------------------------------------------------------------------- */

int
rf_sweep_ladder(const struct rf_options *options, FILE *out, FILE *err)
{
	static struct swarm_result result;
	struct rf_script script = { .seed = options->seed };
	struct swarm_options o = { .ladder = true, .loud = options->verbose,
		.calls_only = (uint32_t)options->call };
	if (options->has_seed == (options->script != NULL)) {
		fprintf(err, "referee sim ladder: either --seed or --script\n");
		return RF_EXIT_USAGE;
	}
	if (options->script != NULL) {
		if (!rf_script_read(&script, options->script, err))
			return RF_EXIT_FAILED;
		o.by = CHOOSE_BY_NOBODY;
		o.fixed = &script.choices;
		o.calls_without = script.calls_without;
	}
	o.seed = script.seed;
	swarm_run(&o, &result);
	choices_free(&script.choices);
	fputs(result.ladder != NULL ? result.ladder : "", out);
	free(result.ladder);
	fputs("odd here: ", out);
	put_faults(out, result.families, result.spells);
	if (result.passed) {
		fprintf(out, "seed %llu: all invariants hold\n", (unsigned long long)o.seed);
		return RF_EXIT_OK;
	}
	fprintf(out, "seed %llu: %s %u broken at %.3f ms: %s\n", (unsigned long long)o.seed,
	    result.invariant < CHECK_MAX ? "invariant" : "world", result.invariant,
	    (double)result.at / 1000, result.text);
	return RF_EXIT_VIOLATED;
}
