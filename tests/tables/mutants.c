/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/tables/mutants.c -- rows are spoiled one at a time; the scenes must notice.
 *
 *      mutants [--every N] [--verbose] --scenes DIRECTORY --survivors FILE
 *
 * A mutant is a copy of one table, run by the same object code (rf_engine_config.machines).  It is
 * played through the scenes that take the rows it touches: no other scene can tell.  A scene
 * notices by what it expects, by a checker, by an assertion of the engine, or by what can be seen
 * from outside: messages, counters, gauges, and when it came to rest (rows of the ladder do not
 * count: they would tell on every mutant).  What no scene notices is shown to the checks of the
 * tables, and runs beside the reference model.  What survives that must be in FILE, with a reason:
 * "KIND MACHINE ROW DETAIL reason", - for no detail. */
#include <assert.h>
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/scene.h"
#include "tests/model/harness.h"
#include "tests/tables/museum.h"
#include "tools/fsm_check.h"
#include "tools/fsm_rows.h"

enum {
	SCENES_MAX = 1024,
	HANG_SECONDS = 12, /* of processor time: a machine under load is no hanging mutant */
	MODEL_INPUTS = 4000,
	SURVIVORS_PERCENT = 3,
	NAME_LEN = 160
};

enum verdict {
	SURVIVED,
	BY_SCENE,
	BY_WIRE,
	BY_ASSERTION,
	BY_HANGING,
	BY_CHECK,
	BY_MODEL,
	VERDICTS
};
static const char *const verdict_name[VERDICTS] = { "survived", "scene", "wire", "assertion",
	"hanging", "check", "model" };

enum kind { DELETE, STAY, RETARGET, ALWAYS, FLIP, FORGET, MUSEUM, KINDS };
static const struct {
	const char *name, *meaning;
} kinds[KINDS] = {
	[DELETE] = { "delete", "the row is not there: the next one of its cell, or the REST" },
	[STAY] = { "stay", "the row does what it does, and the state stays" },
	[RETARGET] = { "retarget", "the row leads to the state declared after its own" },
	[ALWAYS] = { "always", "the guard is not asked: the row hides those behind it" },
	[FLIP] = { "flip", "two rows of a cell do each other's work" },
	[FORGET] = { "forget", "one action is left out" },
	[MUSEUM] = { "museum", "defects that hurt somebody (simulation of the design, 4.9)" },
};

struct played {
	struct scene *scene;
	char *wire;
	struct rf_stats stats;
	rf_time ended;
	struct rf_fsm_rows rows;
};
struct mutant {
	enum kind kind;
	uint32_t machine;
	unsigned row, row_too; /* in the compiled table; row_too: the other one it touches */
	char name[NAME_LEN];
};

static struct played played[SCENES_MAX];
static size_t scenes;
static unsigned counts[KINDS][VERDICTS], made, every = 1, mistakes;
static bool verbose;
static FILE *survivors_found;
static char *survivors_text;
static size_t survivors_len;

/* ---- scenes ---------------------------------------------------------------------------------- */

/* The ladder without its rows. */
static char *
wire_of(const char *ladder)
{
	char *wire = malloc(strlen(ladder) + 1), *out = wire;
	assert(wire != NULL);
	while (*ladder != '\0') {
		size_t len = strcspn(ladder, "\n");
		const char *bar = memmem(ladder, len, "  | ", 4);
		len += ladder[len] == '\n';
		if (bar == NULL)
			out = mempcpy(out, ladder, len);
		ladder += len;
	}
	*out = '\0';
	return wire;
}

static void
add_scene(const char *path)
{
	struct scene_result result;
	struct played *p = &played[scenes++];
	assert(scenes <= SCENES_MAX);
	p->scene = scene_open(path);
	assert(p->scene != NULL);
	if (p->scene->error[0] == '\0')
		scene_run(p->scene, false, &result);
	if (p->scene->error[0] != '\0' || !result.passed) {
		fprintf(stderr, "mutants: without any mutant: %s\n", p->scene->error);
		exit(EXIT_FAILURE);
	}
	p->wire = wire_of(result.ladder);
	p->stats = result.stats;
	p->ended = result.ended;
	for (uint32_t i = 0; i < result.rows; i++)
		rf_fsm_rows_add(&p->rows, &(struct rf_trace){ .kind = RF_TRACE_ROW,
					      .machine = result.row[i].machine,
					      .row = result.row[i].row });
	free(result.ladder);
	free(result.row);
}

static int
by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static void
find_scenes(const char *directory)
{
	struct dirent **entry;
	char path[1024];
	int count = scandir(directory, &entry, NULL, by_name);
	for (int i = 0; i < count; i++) {
		size_t len = strlen(entry[i]->d_name);
		snprintf(path, sizeof path, "%s/%s", directory, entry[i]->d_name);
		if (len > 4 && strcmp(entry[i]->d_name + len - 4, ".scn") == 0)
			add_scene(path);
		free(entry[i]);
	}
	free(count >= 0 ? entry : NULL);
	if (scenes == 0) {
		fprintf(stderr, "mutants: no scenes in %s\n", directory);
		exit(EXIT_FAILURE);
	}
}

/* ---- trying one ------------------------------------------------------------------------------ */

static bool
is_refused(const struct rf_fsm *fsm)
{
	struct rf_fsm_report report = { .out = NULL };
	for (const struct rf_fsm_check *check = rf_fsm_checks; check->sentence != NULL; check++)
		check->run(fsm, &report);
	return report.defects > 0;
}

static enum verdict
play(const struct mutant *m, const struct rf_fsm *fsm)
{
	static const struct rf_fsm *machines[RF_FSM_MACHINES_MAX];
	for (uint32_t i = 0; rf_engine_machine(i) != NULL; i++)
		machines[i] = i == m->machine ? fsm : rf_engine_machine(i);
	for (size_t i = 0; i < scenes; i++) {
		struct scene_result result;
		const bool *taken = played[i].rows.taken[m->machine];
		if (!taken[m->row] && !taken[m->row_too])
			continue;
		played[i].scene->machines = machines;
		scene_run(played[i].scene, false, &result);
		if (!result.passed)
			return BY_SCENE;
		if (strcmp(wire_of(result.ladder), played[i].wire) != 0 ||
		    memcmp(&result.stats, &played[i].stats, sizeof result.stats) != 0 ||
		    result.ended != played[i].ended)
			return BY_WIRE;
		free(result.ladder);
		free(result.row);
	}
	if (is_refused(fsm))
		return BY_CHECK;
	struct lockstep l = { .machines = machines, .inputs_max = MODEL_INPUTS };
	return lockstep_run(&l) ? SURVIVED : BY_MODEL;
}

/* In a process of its own: assertions end it, and memory need not be given back. */
static void
try(const struct mutant *m, const struct rf_fsm *fsm)
{
	int status;
	if (made++ % every != 0)
		return;
	fflush(stdout);
	pid_t child = fork();
	assert(child >= 0);
	if (child == 0) {
		if (freopen("/dev/null", "w", stderr) == NULL)
			_exit(EXIT_FAILURE);
		setrlimit(RLIMIT_CPU, &(struct rlimit){ HANG_SECONDS, HANG_SECONDS + 1 });
		_exit((int)play(m, fsm));
	}
	pid_t ended = waitpid(child, &status, 0);
	assert(ended == child);
	enum verdict verdict = BY_ASSERTION;
	if (WIFEXITED(status) && WEXITSTATUS(status) < VERDICTS)
		verdict = (enum verdict)WEXITSTATUS(status);
	else if (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU)
		verdict = BY_HANGING;
	counts[m->kind][verdict]++;
	if (verbose)
		printf("%-9s %s\n", verdict_name[verdict], m->name);
	if (verdict == SURVIVED)
		fprintf(survivors_found, "%s\n", m->name);
}

static struct mutant
name_mutant(enum kind kind, uint32_t machine, unsigned row, unsigned row_too, const char *detail)
{
	const struct rf_fsm *fsm = rf_engine_machine(machine);
	struct mutant m = { kind, machine, row, row_too, "" };
	snprintf(m.name, sizeof m.name, "%s %s %s %s", kinds[kind].name, fsm->name,
	    fsm->row[row].name, detail);
	return m;
}

/* ---- making them ----------------------------------------------------------------------------- */

static bool
same_cell(const struct rf_row *a, const struct rf_row *b)
{
	return a->from == b->from && a->event == b->event;
}

static void
spoil_row(uint32_t machine, unsigned row)
{
	static struct patched p;
	const struct rf_fsm *fsm = rf_engine_machine(machine);
	const struct rf_row *r = &fsm->row[row];
	bool first = row == 0 || !same_cell(r, r - 1);
	bool last = row + 1u == fsm->rows || !same_cell(r, r + 1);
	if (!last || first) { /* an ELSE behind others cannot just be missing */
		patched_init(&p, fsm);
		patched_delete_row(&p, row);
		struct mutant m = name_mutant(DELETE, machine, row, row, "-");
		try(&m, &p.fsm);
	}
	if (r->to != r->from) {
		patched_init(&p, fsm);
		p.row[row].to = r->from;
		struct mutant m = name_mutant(STAY, machine, row, row, "-");
		try(&m, &p.fsm);
	}
	patched_init(&p, fsm);
	p.row[row].to = (uint8_t)((r->to + 1) % fsm->states);
	struct mutant to = name_mutant(RETARGET, machine, row, row, fsm->state[p.row[row].to].name);
	try(&to, &p.fsm);
	if (last)
		return;
	patched_init(&p, fsm);
	p.row[row].guard = NULL;
	while (row + 1u < p.fsm.rows && same_cell(r, &p.row[row + 1]))
		patched_delete_row(&p, row + 1);
	/* Any row of the cell may be hidden: count those who take the next one. */
	struct mutant always = name_mutant(ALWAYS, machine, row, row + 1, "-");
	try(&always, &p.fsm);
	patched_init(&p, fsm);
	struct rf_row here = p.row[row], there = p.row[row + 1];
	p.row[row].to = there.to;
	p.row[row + 1].to = here.to;
	memcpy(p.row[row].action, there.action, sizeof there.action);
	memcpy(p.row[row + 1].action, here.action, sizeof here.action);
	struct mutant flip = name_mutant(FLIP, machine, row, row + 1, "-");
	try(&flip, &p.fsm);
}

static void
forget_actions(uint32_t machine, unsigned row)
{
	static struct patched p;
	const struct rf_fsm *fsm = rf_engine_machine(machine);
	const struct rf_row *r = &fsm->row[row];
	for (unsigned i = 0; i < RF_FSM_ACTIONS_MAX && r->action[i] != NULL; i++) {
		const char *name = rf_fsm_action(fsm, r->action[i])->name;
		if (strcmp(name, "none") == 0)
			continue;
		patched_init(&p, fsm);
		patched_delete_action(&p, row, i);
		struct mutant m = name_mutant(FORGET, machine, row, row, name);
		try(&m, &p.fsm);
	}
}

static void
reopen_the_museum(void)
{
	static struct patched p;
	for (const struct museum_piece *piece = museum; piece->report != NULL; piece++) {
		uint32_t machine = museum_patch(&p, piece);
		unsigned row = patched_row(&p, piece->row);
		struct mutant m = name_mutant(MUSEUM, machine, row, row, piece->report);
		try(&m, &p.fsm);
	}
}

/* ---- survivors ------------------------------------------------------------------------------- */

static bool
is_found(const char *name)
{
	size_t len = strlen(name);
	for (const char *p = survivors_text; p != NULL && *p != '\0';) {
		if (strncmp(p, name, len) == 0 && p[len] == '\n')
			return true;
		p = strchr(p, '\n');
		p = p != NULL ? p + 1 : NULL;
	}
	return false;
}

static bool
is_excused(FILE *file, const char *name, size_t len)
{
	char line[1024];
	rewind(file);
	while (fgets(line, sizeof line, file) != NULL) {
		if (strncmp(line, name, len) == 0 && line[len] == ' ' && line[len + 1] != '\n')
			return true;
	}
	return false;
}

static void
compare_survivors(const char *path)
{
	char line[1024], word[4][NAME_LEN], name[4 * NAME_LEN];
	FILE *file = fopen(path, "r");
	if (file == NULL) {
		perror(path);
		exit(EXIT_FAILURE);
	}
	for (const char *p = survivors_text; *p != '\0'; p += strcspn(p, "\n") + 1) {
		size_t len = strcspn(p, "\n");
		bool excused = is_excused(file, p, len);
		printf(
		    "%s %.*s\n", excused ? "survives, with a reason:" : "SURVIVES:", (int)len, p);
		mistakes += !excused;
	}
	rewind(file);
	while (every == 1 && fgets(line, sizeof line, file) != NULL) {
		if (line[0] == '#' || sscanf(line, "%159s %159s %159s %159s", word[0], word[1],
					  word[2], word[3]) != 4)
			continue;
		snprintf(name, sizeof name, "%s %s %s %s", word[0], word[1], word[2], word[3]);
		if (is_found(name))
			continue;
		printf("%s: %s does not survive, or is no mutant: strike it out\n", path, name);
		mistakes++;
	}
	fclose(file);
}

static void
put_table(void)
{
	unsigned all = 0, survived = 0;
	printf("%-9s", "");
	for (unsigned v = 0; v < VERDICTS; v++)
		printf(" %9s", verdict_name[v]);
	printf("\n");
	for (unsigned k = 0; k < KINDS; k++) {
		printf("%-9s", kinds[k].name);
		for (unsigned v = 0; v < VERDICTS; v++) {
			printf(" %9u", counts[k][v]);
			all += counts[k][v];
		}
		printf("  %s\n", kinds[k].meaning);
		survived += counts[k][SURVIVED];
	}
	printf("%u mutants, %u killed, %u survive (%.1f %%)\n", all, all - survived, survived,
	    all > 0 ? 100.0 * survived / all : 0);
	if (every == 1 && survived * 100 > all * SURVIVORS_PERCENT) { /* of all, not of a sample */
		printf("more than %d %% survive\n", SURVIVORS_PERCENT);
		mistakes++;
	}
}

int
main(int argc, char **argv)
{
	const char *directory = NULL, *survivors = NULL;
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--verbose") == 0)
			verbose = true;
		else if (strcmp(argv[i], "--every") == 0 && i + 1 < argc)
			every = (unsigned)strtoul(argv[++i], NULL, 10);
		else if (strcmp(argv[i], "--scenes") == 0 && i + 1 < argc)
			directory = argv[++i];
		else if (strcmp(argv[i], "--survivors") == 0 && i + 1 < argc)
			survivors = argv[++i];
	}
	if (directory == NULL || survivors == NULL || every == 0) {
		fputs(
		    "usage: mutants [--every N] [--verbose] --scenes DIRECTORY --survivors FILE\n",
		    stderr);
		return EXIT_FAILURE;
	}
	survivors_found = open_memstream(&survivors_text, &survivors_len);
	assert(survivors_found != NULL);
	find_scenes(directory);
	const struct rf_fsm *fsm;
	for (uint32_t machine = 0; (fsm = rf_engine_machine(machine)) != NULL; machine++) {
		for (unsigned row = 0; row < fsm->rows; row++) {
			spoil_row(machine, row);
			forget_actions(machine, row);
		}
	}
	unsigned sample = every;
	every = 1; /* the museum is always open */
	reopen_the_museum();
	every = sample;
	fclose(survivors_found);
	put_table();
	compare_survivors(survivors);
	return mistakes == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
