/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/museum/museum.c -- defects that hurt somebody elsewhere are planted, one at a time; every
 * layer of tests is asked whether it notices.
 *
 *      museum [--only WORD] [--seeds N] [--whole]
 *
 * A piece is a row of a table as it was wrong (tests/tables/museum.c), or a shim (shims.c).
 * Layers: the scenes by what they expect or see, the sweep's seeds, the explorer.  Each piece must
 * be noticed by one at least.  Without --whole it is asked no further then.  Speaks TAP; finds the
 * scenes under $srcdir. */
#include <assert.h>
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/explore.h"
#include "sim/scene.h"
#include "sim/swarm.h"
#include "tests/museum/shims.h"
#include "tests/tables/museum.h"
#include "tools/fsm_rows.h"

enum {
	SCENES_MAX = 1024,
	HANG_SECONDS = 120, /* of processor time, of one layer */
	SEEDS = 60,
	STATES_MAX = 1000 * 1000,
	SHORTEN_STATES = 4000,
	WORDS_MAX = 96,
};

/* What cannot be planted, because what was broken there is not here: not counted. */
static const char *const not_here[] = {
	"JsSIP#767, headers behind the status line of a sipfrag: referee takes no NOTIFYs yet; "
	"the reader's tests have them (test_grammar_body)",
	"documenso#3204, another id for each attempt at a webhook: ours is that of the stored "
	"event, made outside of what is simulated (test_webhook)",
};

struct found {                                  /* what a layer's process writes */
	bool caught;
	uint32_t size;                          /* choices of the shortest way; 0: not known */
	char words[WORDS_MAX];
};
struct piece {
	const char *report;
	const struct rf_fsm *const *machines;
	const struct sim_shim *shim;
};

static struct scene *scene[SCENES_MAX];
static char *wire[SCENES_MAX];
static size_t scenes;
static uint64_t seeds = SEEDS;

/* ---- scenes ---------------------------------------------------------------------------------- */

/* The ladder without its rows. */
static char *
wire_of(const char *ladder)
{
	char *out = malloc(strlen(ladder) + 1), *end = out;
	assert(out != NULL);
	while (*ladder != '\0') {
		size_t len = strcspn(ladder, "\n");
		len += ladder[len] == '\n';
		if (memmem(ladder, len, "  | ", 4) == NULL)
			end = mempcpy(end, ladder, len);
		ladder += len;
	}
	*end = '\0';
	return out;
}

static bool
play(struct scene *s, struct scene_result *result)
{
	museum_shims_begin();
	scene_run(s, false, result);
	free(result->row);
	return result->passed;
}

static int
by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static void
open_scene(const char *path)
{
	struct scene_result result;
	assert(scenes < SCENES_MAX);
	scene[scenes] = scene_open(path);
	assert(scene[scenes] != NULL);
	if (scene[scenes]->error[0] != '\0' || !play(scene[scenes], &result)) {
		fprintf(stderr, "museum: without any defect: %s\n", scene[scenes]->error);
		exit(EXIT_FAILURE);
	}
	wire[scenes++] = wire_of(result.ladder);
	free(result.ladder);
}

static void
open_scenes(const char *directory)
{
	struct dirent **entry;
	char path[1024];                        /* longer than a directory and a name are */
	int count = scandir(directory, &entry, NULL, by_name);
	for (int i = 0; i < count; i++) {
		size_t len = strlen(entry[i]->d_name);
		snprintf(path, sizeof path, "%s/%s", directory, entry[i]->d_name);
		if (len > 4 && strcmp(entry[i]->d_name + len - 4, ".scn") == 0)
			open_scene(path);
		free(entry[i]);
	}
	free(count >= 0 ? entry : NULL);
	assert(scenes > 0);
}

static const char *
name_of(const struct scene *s)
{
	const char *slash = strrchr(s->file[0], '/');
	return slash != NULL ? slash + 1 : s->file[0];
}

static void
ask_scenes(const struct piece *piece, struct found *found)
{
	for (size_t i = 0; i < scenes && !found->caught; i++) {
		struct scene_result result;
		scene[i]->machines = piece->machines;
		scene[i]->shim = piece->shim;
		snprintf(found->words, sizeof found->words, "%s", name_of(scene[i]));
		bool passed = play(scene[i], &result);
		char *seen = wire_of(result.ladder);
		found->caught = !passed || strcmp(seen, wire[i]) != 0;
		free(seen);
		free(result.ladder);
	}
}

/* ---- the sweep ------------------------------------------------------------------------------- */

static void
ask_sweep(const struct piece *piece, struct found *found)
{
	static struct swarm_result result;
	for (uint64_t seed = 1; seed <= seeds && !found->caught; seed++) {
		struct swarm_options o = { .seed = seed, .machines = piece->machines,
			.shim = piece->shim };
		museum_shims_begin();
		swarm_run(&o, &result);
		found->caught = !result.passed;
		snprintf(found->words, sizeof found->words, "seed %llu: %u",
		    (unsigned long long)seed, result.invariant);
		free(result.ladder);
	}
}

/* ---- the explorer ---------------------------------------------------------------------------- */

static void
ask_explorer(const struct piece *piece, struct found *found)
{
	static const struct explore_budget budget[] = { { 0 }, { .losses = 1 }, { .dups = 1 },
		{ .glares = 1 }, { .leaves = 1 } };
	static struct explore_result result;
	for (size_t i = 0; i < RF_ARRAY_LEN(budget) && !found->caught; i++) {
		struct explore_options o = { .budget = budget[i], .machines = piece->machines,
			.shim = piece->shim, .states_max = STATES_MAX,
			.shorten_max = SHORTEN_STATES };
		museum_shims_begin();
		bool ran = explore_run(&o, &result);
		assert(ran);
		found->caught = result.violation[0] != '\0';
		found->size = found->caught ? result.choices : 0;
		snprintf(found->words, sizeof found->words, "%.*s", WORDS_MAX - 1,
		    result.violation);
	}
}

/* ---- asking ---------------------------------------------------------------------------------- */

typedef void ask_fn(const struct piece *, struct found *);
static const struct layer {
	const char *name;
	ask_fn *ask;
} layers[] = { { "scenes", ask_scenes }, { "sweep", ask_sweep }, { "explorer", ask_explorer } };
enum { LAYERS = RF_ARRAY_LEN(layers) };

/* In a process of its own: an assertion of the engine ends it, and has noticed, too. */
static struct found
ask(const struct layer *layer, const struct piece *piece)
{
	struct found found = { .caught = false };
	int pipes[2], status;
	fflush(stdout);
	int piped = pipe(pipes);
	assert(piped == 0);
	pid_t child = fork();
	assert(child >= 0);
	if (child == 0) {
		if (freopen("/dev/null", "w", stderr) == NULL)
			_exit(EXIT_FAILURE);
		setrlimit(RLIMIT_CPU, &(struct rlimit){ HANG_SECONDS, HANG_SECONDS + 1 });
		layer->ask(piece, &found);
		ssize_t written = write(pipes[1], &found, sizeof found);
		_exit(written == (ssize_t)sizeof found ? EXIT_SUCCESS : EXIT_FAILURE);
	}
	close(pipes[1]);
	ssize_t got = read(pipes[0], &found, sizeof found);
	close(pipes[0]);
	pid_t ended = waitpid(child, &status, 0);
	assert(ended == child);
	if (got == (ssize_t)sizeof found)
		return found;
	found = (struct found){ .caught = true };
	snprintf(found.words, sizeof found.words, "%s",
	    WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU ? "hangs" : "assertion");
	return found;
}

/* ---- the tour -------------------------------------------------------------------------------- */

static unsigned pieces, missed, caught_by[LAYERS], sizes;
static uint32_t size[64];
static const char *only;
static bool whole;

static void
show(const struct piece *piece)
{
	bool caught = false;
	if (only != NULL && strstr(piece->report, only) == NULL)
		return;
	pieces++;
	for (unsigned i = 0; i < LAYERS && (whole || !caught); i++) {
		struct found found = ask(&layers[i], piece);
		printf("#   %-9s %s", layers[i].name, found.caught ? found.words : "-");
		if (found.size > 0)
			printf(", after %u choices", found.size);
		printf("\n");
		caught = caught || found.caught;
		caught_by[i] += found.caught;
		if (found.size > 0 && sizes < RF_ARRAY_LEN(size))
			size[sizes++] = found.size;
	}
	printf("%s %u - %s is noticed\n", caught ? "ok" : "not ok", pieces, piece->report);
	missed += !caught;
}

static int
by_size(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return (x > y) - (x < y);
}

static void
tour(void)
{
	static struct patched patched;
	static const struct rf_fsm *machines[RF_FSM_MACHINES_MAX];
	for (const struct museum_piece *m = museum; m->report != NULL; m++) {
		museum_machines(machines, &patched, m);
		show(&(struct piece){ m->report, machines, NULL });
	}
	for (const struct museum_shim *m = museum_shims; m->report != NULL; m++)
		show(&(struct piece){ m->report, NULL, &m->shim });
	for (size_t i = 0; i < RF_ARRAY_LEN(not_here); i++)
		printf("# not here: %s\n", not_here[i]);
	qsort(size, sizes, sizeof size[0], by_size);
	printf("1..%u\n# %u pieces, %u noticed;", pieces, pieces, pieces - missed);
	for (unsigned i = 0; i < LAYERS; i++)
		printf(" %s %u%s", layers[i].name, caught_by[i], i + 1 < LAYERS ? "," : "");
	if (sizes > 0)
		printf("; the explorer's way to a defect has %u choices (median)",
		    size[sizes / 2]);
	printf("\n");
}

int
main(int argc, char **argv)
{
	const char *srcdir = getenv("srcdir");
	char directory[512];
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--whole") == 0) {
			whole = true;
		} else if (strcmp(argv[i], "--only") == 0 && i + 1 < argc) {
			only = argv[++i];
		} else if (strcmp(argv[i], "--seeds") == 0 && i + 1 < argc) {
			seeds = strtoull(argv[++i], NULL, 10);
		} else {
			fputs("usage: museum [--only WORD] [--seeds N] [--whole]\n", stderr);
			return EXIT_FAILURE;
		}
	}
	snprintf(directory, sizeof directory, "%s/tests/scenes", srcdir != NULL ? srcdir : ".");
	open_scenes(directory);
	tour();
	return missed == 0 && pieces > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
