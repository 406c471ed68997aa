/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of journal/ with everything the scenes can tell an engine: what is recorded while one plays
 * is replayed from checkpoints taken all along it, and has the same effects to the last. */
#include <assert.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/state.h"
#include "tests/check.h"
#include "tests/unit/test_journal_tape.h"

enum { EVERY = 4 };                             /* records a segment */

static void
every_scene_replays_from_checkpoints_all_along_it(void)
{
	struct tape t = tape_new(EVERY);
	const char *srcdir = getenv("srcdir");
	char path[512];
	unsigned scenes = 0;
	snprintf(path, sizeof path, "%s/tests/scenes", srcdir != NULL ? srcdir : ".");
	DIR *dir = opendir(path);
	CHECK_OR_STOP(dir != NULL);
	const struct dirent *entry;
	while ((entry = readdir(dir)) != NULL) {
		size_t len = strlen(entry->d_name);
		if (len < 4 || strcmp(entry->d_name + len - 4, ".scn") != 0)
			continue;
		tape_play(&t, entry->d_name, false);
		CHECK(t.wrong[0] == '\0');
		if (t.wrong[0] != '\0')
			check_note("%s: %s", entry->d_name, t.wrong);
		t.wrong[0] = '\0';
		scenes++;
	}
	closedir(dir);
	check_note("%u scenes, %llu segments, %llu records", scenes,
	    (unsigned long long)t.segments, (unsigned long long)t.replayed);
	CHECK(scenes > 200);
	CHECK(t.segments > 4 * scenes);
	free(t.bytes);
}

static void
a_checkpoint_before_every_single_step_will_do(void)
{
	struct tape t = tape_new(1);
	tape_play(&t, "target-503-is-retried.scn", false);
	CHECK(t.wrong[0] == '\0');
	if (t.wrong[0] != '\0')
		check_note("%s", t.wrong);
	CHECK(t.segments > 20);
	free(t.bytes);
}

/* ---- planted differences --------------------------------------------------------------------- */

/* The record at which a replay goes another way; 0: at none. */
static uint64_t
divergence(const struct tape *t)
{
	char error[256];
	struct rf_replay *r = tape_open(t, error);
	assert(r != NULL);
	enum rf_replay_result result;
	while ((result = rf_replay_next(r)) == RF_REPLAY_STEP)
		continue;
	uint64_t record = result == RF_REPLAY_DIVERGED ? r->record : 0;
	rf_replay_free(r);
	return record;
}

static bool
is_resolved(const struct rf_event *e)
{
	return e->kind == RF_EV_ANSWER && e->address_count > 0;
}

static bool
is_request(const struct rf_event *e)
{
	return e->kind == RF_EV_MESSAGE;
}

static void
lead_elsewhere(struct rf_event *e)
{
	struct rf_addr *a = (struct rf_addr *)(uintptr_t)e->addresses;
	a[0].ip[15] ^= 1;
}

static void
come_from_elsewhere(struct rf_event *e)
{
	e->path.remote.port++;
}

static void
a_planted_difference_is_found_at_its_record(void)
{
	static const struct {
		bool (*is)(const struct rf_event *);
		unsigned which;
		void (*change)(struct rf_event *);
	} plants[] = { { tape_is_commit, 2, tape_lose_commit }, /* the promise */
		{ tape_is_plan, 1, tape_lose_plan }, { is_resolved, 1, lead_elsewhere },
		{ is_request, 1, come_from_elsewhere } };
	struct tape t = tape_new(UINT32_MAX);
	for (size_t i = 0; i < RF_ARRAY_LEN(plants); i++) {
		tape_play(&t, "target-503-is-retried.scn", true);
		CHECK_OR_STOP(t.wrong[0] == '\0');
		CHECK(divergence(&t) == 0);
		uint64_t n = tape_find(&t, plants[i].is, plants[i].which);
		CHECK_OR_STOP(n > 0);
		tape_plant(&t, n, plants[i].change);
		CHECK(divergence(&t) == n);
	}
	free(t.bytes);
}

static void
a_lost_record_is_found(void)
{
	struct tape t = tape_new(UINT32_MAX);
	tape_play(&t, "target-503-is-retried.scn", true);
	uint64_t n = tape_find(&t, tape_is_plan, 1);
	size_t len, at = tape_event_at(&t, n, &len);
	memmove(t.bytes + at, t.bytes + at + len, t.len - at - len);
	t.len -= len;
	CHECK(divergence(&t) == n - 1);
	free(t.bytes);
}

static void
a_changed_checkpoint_is_found(void)
{
	struct tape t = tape_new(UINT32_MAX);
	struct rf_journal_frame frame;
	struct rf_checkpoint_run run;
	size_t at = RF_JOURNAL_MAGIC_LEN, before = at;
	tape_play(&t, "target-503-is-retried.scn", true);
	while (rf_journal_frame_next(t.bytes, t.len, &at, &frame)) {
		if (frame.type == RF_JOURNAL_PAGES && rf_journal_pages_parse(&run, frame.payload) &&
		    run.at == 0)
			break;
		before = at;
	}
	/* Another seed: everything drawn is another. */
	size_t seed = offsetof(struct rf_engine, drbg);
	t.bytes[before + RF_JOURNAL_FRAME_LEN + 12 + seed] ^= 1;
	rf_journal_frame_seal(t.bytes + before, tape_key);
	CHECK(divergence(&t) > 0);
	free(t.bytes);
}

int
main(void)
{
	static const struct check_test tests[] = {
		CHECK_TEST(every_scene_replays_from_checkpoints_all_along_it),
		CHECK_TEST(a_checkpoint_before_every_single_step_will_do),
		CHECK_TEST(a_planted_difference_is_found_at_its_record),
		CHECK_TEST(a_lost_record_is_found),
		CHECK_TEST(a_changed_checkpoint_is_found),
	};
	return check_main("journal_scenes", tests, sizeof tests / sizeof tests[0]);
}
