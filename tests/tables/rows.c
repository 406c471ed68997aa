/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/tables/rows.c -- which rows of the tables were taken, by whom, and which never.
 *
 *      rows [--exceptions FILE] REPORT...      what was never taken; fails if that is too much
 *      rows --rfc REPORT...                    RFC section -> rows -> who takes them, as Markdown
 *
 * REPORT: lines as tools/fsm_rows.h writes them.  FILE: "MACHINE FROM/EVENT/GUARD reason", # begins
 * a comment.  An exception must name a row that is there and that nothing takes; they may be at
 * most 2 % of all rows. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/fsm.h"
#include "tools/fsm_rows.h"

enum { TAKERS_MAX = 1024, NAMED_MAX = 3, LINE_MAX_ = 512, EXCEPTIONS_PERCENT = 2 };

struct row {
	const struct rf_fsm *fsm;
	const struct rf_row *row;
	const char *taker[TAKERS_MAX];
	unsigned takers;
	bool excepted;
};

static struct row *all;
static size_t count;
static unsigned mistakes;

static void
find_rows(void)
{
	const struct rf_fsm *fsm;
	for (uint32_t m = 0; (fsm = rf_engine_machine(m)) != NULL; m++)
		count += fsm->rows;
	all = calloc(count, sizeof *all);
	assert(all != NULL);
	count = 0;
	for (uint32_t m = 0; (fsm = rf_engine_machine(m)) != NULL; m++) {
		for (unsigned i = 0; i < fsm->rows; i++)
			all[count++] = (struct row){ .fsm = fsm, .row = &fsm->row[i] };
	}
}

static struct row *
row_of(const char *machine, const char *name)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(all[i].fsm->name, machine) == 0 && strcmp(all[i].row->name, name) == 0)
			return &all[i];
	}
	return NULL;
}

static void
mistake(const char *file, const char *what, const char *machine, const char *name)
{
	printf("%s: %s: %s %s\n", file, what, machine, name);
	mistakes++;
}

static FILE *
open_file(const char *path)
{
	FILE *f = fopen(path, "r");
	if (f == NULL) {
		perror(path);
		exit(EXIT_FAILURE);
	}
	return f;
}

static void
read_report(const char *path)
{
	char source[128], machine[32], name[128];
	FILE *f = open_file(path);
	while (fscanf(f, "%127s %31s %127s", source, machine, name) == 3) {
		struct row *row = row_of(machine, name);
		if (row == NULL)
			mistake(path, "no such row", machine, name);
		else if (row->takers < TAKERS_MAX)
			row->taker[row->takers++] = strdup(source);
	}
	fclose(f);
}

static void
read_exceptions(const char *path)
{
	char line[LINE_MAX_], machine[32], name[128];
	int end;
	FILE *f = open_file(path);
	while (fgets(line, sizeof line, f) != NULL) {
		if (line[0] == '#' || sscanf(line, "%31s %127s %n", machine, name, &end) < 2)
			continue;
		struct row *row = row_of(machine, name);
		if (row == NULL)
			mistake(path, "no such row", machine, name);
		else if (line[end] == '\0')
			mistake(path, "an exception without a reason", machine, name);
		else if (row->takers > 0)
			mistake(path, "it is taken after all: strike it out", machine, name);
		else
			row->excepted = true;
	}
	fclose(f);
}

/* ---- what was never taken -------------------------------------------------------------------- */

static bool
put_coverage(void)
{
	size_t taken = 0, excepted = 0, missing = 0;
	for (size_t i = 0; i < count;) {
		const struct rf_fsm *fsm = all[i].fsm;
		unsigned here = 0, spared = 0;
		for (; i < count && all[i].fsm == fsm; i++) {
			here += all[i].takers > 0;
			spared += all[i].excepted;
		}
		printf("%-12s %3u of %3u rows taken", fsm->name, here, fsm->rows);
		printf(spared > 0 ? ", %u excepted\n" : "\n", spared);
		taken += here;
		excepted += spared;
	}
	for (size_t i = 0; i < count; i++) {
		if (all[i].takers > 0 || all[i].excepted)
			continue;
		printf("never taken: %s %s -> %s\n", all[i].fsm->name, all[i].row->name,
		    all[i].fsm->state[all[i].row->to].name);
		missing++;
	}
	printf("%zu of %zu rows taken, %zu excepted with a reason, %zu never\n", taken, count,
	    excepted, missing);
	if (excepted * 100 > count * EXCEPTIONS_PERCENT) {
		printf("more than %d %% are excepted\n", EXCEPTIONS_PERCENT);
		mistakes++;
	}
	return missing == 0 && mistakes == 0;
}

/* ---- by RFC section -------------------------------------------------------------------------- */

/* RFC by number, then section by section; ADRs last. */
static int
by_source(const void *a, const void *b)
{
	const struct row *x = a, *y = b;
	const char *p = x->row->cite, *q = y->row->cite;
	if ((p[0] == 'A') != (q[0] == 'A'))
		return p[0] == 'A' ? 1 : -1;
	while (*p != '\0' && *q != '\0') {
		if (strspn(p, "0123456789") > 0 && strspn(q, "0123456789") > 0) {
			char *p_end, *q_end;
			unsigned long m = strtoul(p, &p_end, 10), n = strtoul(q, &q_end, 10);
			if (m != n)
				return m < n ? -1 : 1;
			p = p_end;
			q = q_end;
		} else if (*p != *q) {
			return *p < *q ? -1 : 1;
		} else {
			p++;
			q++;
		}
	}
	if (*p != *q)
		return *p == '\0' ? -1 : 1;
	return x->row < y->row ? -1 : 1;
}

static void
put_takers(const struct row *row)
{
	for (unsigned i = 0; i < row->takers && i < NAMED_MAX; i++) {
		const char *name = row->taker[i];
		size_t len = strlen(name);
		bool scene = len > 4 && strcmp(name + len - 4, ".scn") == 0;
		printf("%s%.*s", i > 0 ? ", " : "", (int)(scene ? len - 4 : len), name);
	}
	if (row->takers > NAMED_MAX)
		printf(" and %u more", row->takers - NAMED_MAX);
	if (row->takers == 0)
		printf("nothing");
}

static void
put_rfc(void)
{
	const char *last = "";
	qsort(all, count, sizeof *all, by_source);
	printf(
	    "# Where the rules come from\n\n"
	    "Every row of the tables by the section it cites, and the scenes (tests/scenes/) and\n"
	    "cases on the wire (tests/wire/run) that take it.  Made by `make docs/rfc.md`.\n");
	for (size_t i = 0; i < count; i++) {
		if (strcmp(all[i].row->cite, last) != 0)
			printf("\n## %s\n\n| row | to | taken by |\n|---|---|---|\n",
			    all[i].row->cite);
		last = all[i].row->cite;
		printf("| %s %s | %s | ", all[i].fsm->name, all[i].row->name,
		    all[i].fsm->state[all[i].row->to].name);
		put_takers(&all[i]);
		printf(" |\n");
	}
}

int
main(int argc, char **argv)
{
	const char *exceptions = NULL;
	bool rfc = false;
	find_rows();
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--rfc") == 0)
			rfc = true;
		else if (strcmp(argv[i], "--exceptions") == 0 && i + 1 < argc)
			exceptions = argv[++i];
		else
			read_report(argv[i]);
	}
	if (exceptions != NULL)
		read_exceptions(exceptions);
	if (rfc)
		put_rfc();
	else if (!put_coverage())
		return EXIT_FAILURE;
	return mistakes == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
