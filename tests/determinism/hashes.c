/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/determinism/hashes.c -- a line for each run: its name, what referee did, what was seen.
 *
 *      hashes SCENES-FOLDER SEEDS
 *
 * Two builds of this program, of any compiler and level of optimisation, must print the same bytes.
 * Runs are all scenes, and hand-backs under all kinds of weather. */
#include <assert.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/drbg.h"
#include "sim/actor.h"
#include "sim/scene.h"

enum { SCENES_MAX = 2048, CALLS = 4, CHAOS_S = 60, REST_S = 3000 };

static void
put_line(const char *name, const uint64_t effects[2], const char *ladder)
{
	static const uint64_t key[2] = { 1, 2 };
	uint64_t seen = ladder != NULL ? rf_siphash(key, ladder, strlen(ladder)) : 0;
	printf("%016llx%016llx %016llx %s\n", (unsigned long long)effects[0],
	    (unsigned long long)effects[1], (unsigned long long)seen, name);
}

/* ---- scenes ---------------------------------------------------------------------------------- */

static int
compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void
play_scene(const char *folder, const char *name)
{
	char path[4096];
	struct scene_result result;
	snprintf(path, sizeof path, "%s/%s", folder, name);
	struct scene *scene = scene_open(path);
	assert(scene != NULL);
	scene_run(scene, true, &result);
	put_line(name, result.hash, result.ladder);
	free(result.ladder);
	free(result.row);
	scene_free(scene);
}

static void
play_scenes(const char *folder)
{
	static char *name[SCENES_MAX];
	size_t count = 0;
	DIR *dir = opendir(folder);
	if (dir == NULL) {
		perror(folder);
		exit(2);
	}
	for (const struct dirent *d; (d = readdir(dir)) != NULL && count < SCENES_MAX;) {
		size_t len = strlen(d->d_name);
		if (len > 4 && strcmp(d->d_name + len - 4, ".scn") == 0)
			name[count++] = strdup(d->d_name);
	}
	closedir(dir);
	qsort(name, count, sizeof name[0], compare);
	for (size_t i = 0; i < count; i++) {
		play_scene(folder, name[i]);
		free(name[i]);
	}
}

/* ---- weather --------------------------------------------------------------------------------- */

static struct actor_profile profile[WORLD_PARTIES_MAX];

static void
cast_parties(void)
{
	const struct spread about = { .kind = SPREAD_GAMMA, .a = 2, .b = 3, .unit = RF_SECOND };
	for (uint32_t i = 0; i < WORLD_PARTIES_MAX; i++) {
		actor_profile_init(&profile[i]);
		profile[i].manners.hangs_up = 0.5;
		profile[i].manners.talk = about;
	}
	struct actor_profile *center = &profile[world_party_find(RF_SLICE("center"))];
	profile[world_party_find(RF_SLICE("customer"))].calls = "sip:center@referee.example";
	center->refers.rate = 0.9;
	center->refers.after = about;
	center->refers.targets = 1;
	center->refers.target[0] = "sip:billing@referee.example";
	center->refers.weight[0] = 1;
	center->refers.referred_by = "<sip:agent@acme.example>";
	center->refers.leaves[ACTOR_LEAVES_TOLD] = 1;
}

/* One kind of spell in five, at some time of the chaos. */
static void
draw_weather(struct world_options *o, struct chooser *c)
{
	for (int kind = 0; kind < SPELL_KIND_MAX; kind++) {
		uint64_t n = (uint64_t)kind;
		struct world_spell s = world_spell_of((enum world_spell_kind)kind);
		if (!choose_yes(c, CHOOSE_SPELL_HAPPENS, 1, n, 0.2))
			continue;
		s.from = choose_between(c, CHOOSE_SPELL_MOMENT, 1, n, 0, CHAOS_S * RF_SECOND, 0);
		s.until = s.from + choose_about(c, CHOOSE_SPELL_MOMENT, 2, n, 20 * RF_SECOND);
		o->weather.spell[o->weather.spells++] = s;
	}
}

static void
play_weather(uint32_t seed)
{
	static struct world_options options;
	struct chooser c;
	uint64_t hash[2];
	char name[32];
	choose_init(&c, seed);
	world_options_init(&options);
	options.seed = seed;
	options.chooser = &c;
	draw_weather(&options, &c);
	struct world *w = world_new(&options);
	assert(w != NULL);
	for (uint32_t i = 0; i < w->parties; i++)
		w->party[i].addr.proto = (uint8_t)(RF_UDP + seed % 3);
	struct actors *actors = actors_new(w, &c, profile, NULL, NULL);
	assert(actors != NULL);
	for (uint64_t n = 1; n <= CALLS; n++)
		actors_call(actors, n, 0, (rf_time)n * 7 * RF_SECOND);
	while (world_next(w, CHAOS_S * RF_SECOND))
		continue;
	world_heal(w);
	actors_finish(actors, w->now + 40 * RF_SECOND);
	while (!world_is_quiet(w) && world_next(w, REST_S * RF_SECOND))
		continue;
	rf_engine_effect_hash(w->engine, hash);
	snprintf(name, sizeof name, "weather %u", seed);
	put_line(name, hash, w->ladder);
	actors_free(actors);
	world_free(w);
}

int
main(int argc, char **argv)
{
	if (argc != 3) {
		fputs("usage: hashes SCENES-FOLDER SEEDS\n", stderr);
		return 64;
	}
	play_scenes(argv[1]);
	cast_parties();
	uint32_t seeds = (uint32_t)strtoul(argv[2], NULL, 10);
	for (uint32_t seed = 1; seed <= seeds; seed++)
		play_weather(seed);
	return 0;
}
