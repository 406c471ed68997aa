/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_sipp_export.c -- every party of every scene becomes a scenario that SIPp's rules
 * allow, or says why not.  That SIPp then plays it as it was is for tests/wire (exported-*). */
#include "sim/sipp_export.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/scene.h"
#include "sim/sipp.h"
#include "tests/check.h"

#define FILE_NAME "test_sipp_export.xml"

static struct sipp_export *export[WORLD_PARTIES_MAX];
static uint32_t written, refused, unreadable;

static void
everybody_sees(void *user, const struct world *w, const struct world_sight *s)
{
	(void)user;
	for (uint32_t i = 0; i < WORLD_PARTIES_MAX; i++)
		sipp_export_see(export[i], w, s);
}

/* Reasons that are true of some scenes, and not of their export. */
static bool
is_known(const char *why)
{
	static const char *const known[] = { "which SIPp takes for a keyword",
		"which it never heard", "cannot be read", "does not begin with a request" };
	for (size_t i = 0; i < RF_ARRAY_LEN(known); i++) {
		if (strstr(why, known[i]) != NULL)
			return true;
	}
	return false;
}

static void
write_one(const char *scene, uint32_t party, uint32_t call)
{
	static const struct sipp_key key = { "names", "Replaces: x" };
	char why[WORLD_ERROR_MAX] = "", error[SIPP_ERROR_MAX];
	FILE *out = fopen(FILE_NAME, "w");
	CHECK_OR_STOP(out != NULL);
	bool good = sipp_export_write(export[party], call, out, why);
	fclose(out);
	if (!good) {
		refused++;
		if (!is_known(why))
			check_note("%s: party %u, call %u: %s", scene, party, call, why);
		CHECK(is_known(why));
		return;
	}
	written++;
	struct sipp_scenario *s = sipp_open(FILE_NAME, &key, 1, error);
	if (s == NULL) {
		unreadable++;
		check_note("%s: party %u, call %u: %s", scene, party, call, error);
	}
	CHECK(s != NULL);
	sipp_close(s);
}

static void
export_scene(const char *path)
{
	struct scene_result result;
	struct scene *scene = scene_open(path);
	CHECK_OR_STOP(scene != NULL);
	for (uint32_t i = 0; i < WORLD_PARTIES_MAX; i++)
		export[i] = sipp_export_new(i);
	scene->party_tap = everybody_sees;
	scene_run(scene, false, &result);
	for (uint32_t i = 0; i < WORLD_PARTIES_MAX; i++) {
		for (uint32_t call = 1; call <= sipp_export_calls(export[i]); call++)
			write_one(path, i, call);
		sipp_export_free(export[i]);
	}
	free(result.ladder);
	free(result.row);
	scene_free(scene);
}

static void
every_party_of_every_scene_can_be_exported(void)
{
	char pattern[512];
	glob_t scenes;
	const char *srcdir = getenv("srcdir");
	snprintf(pattern, sizeof pattern, "%s/tests/scenes/*.scn", srcdir != NULL ? srcdir : ".");
	CHECK_OR_STOP(glob(pattern, 0, NULL, &scenes) == 0);
	for (size_t i = 0; i < scenes.gl_pathc; i++)
		export_scene(scenes.gl_pathv[i]);
	globfree(&scenes);
	check_note("%u calls of parties exported, %u refused with a reason", written, refused);
	CHECK(written > 1000);
	CHECK(unreadable == 0);
	remove(FILE_NAME);
}

int
main(void)
{
	static const struct check_test tests[] = {
		CHECK_TEST(every_party_of_every_scene_can_be_exported),
	};
	return check_main("sipp_export", tests, RF_ARRAY_LEN(tests));
}
