/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of journal/ with everything the scenes can tell an engine: what is recorded while one plays is
 * replayed from checkpoints taken all along it, and has the same effects to the last. */
#include <assert.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/state.h"
#include "journal/replay.h"
#include "sim/scene.h"
#include "tests/check.h"

enum { EVERY = 4, FILE_MAX = 8 * 1024 * 1024 }; /* records a segment; bytes of one */

static const uint8_t build[RF_BUILD_ID_LEN] = "test";
static const uint64_t key[2] = { 3, 4 };

struct tape {
	uint8_t *bytes;                         /* the segment so far */
	size_t len;
	uint32_t records;
	uint32_t every;
	uint64_t segments, replayed;            /* how many; how many records went through again */
	char wrong[256];                        /* the first that was not the same */
	const struct world *world;
};

static void
put_frame(struct tape *t, enum rf_journal_type type, size_t len)
{
	uint8_t *frame = t->bytes + t->len;
	t->len += rf_journal_frame_begin(frame, type, len);
	rf_journal_frame_seal(frame, key);
}

static uint8_t *
room(struct tape *t)
{
	assert(FILE_MAX - t->len > RF_JOURNAL_FRAME_LEN + RF_JOURNAL_PAYLOAD_MAX);
	return t->bytes + t->len + RF_JOURNAL_FRAME_LEN;
}

static void
begin(struct tape *t, const struct rf_engine *e, rf_time now)
{
	struct rf_journal_head head = { .version = RF_JOURNAL_VERSION, .now = now };
	struct rf_checkpoint_run run;
	uint64_t cursor = 0;
	memcpy(t->bytes, RF_JOURNAL_MAGIC, RF_JOURNAL_MAGIC_LEN);
	t->len = RF_JOURNAL_MAGIC_LEN;
	t->records = 0;
	t->segments++;
	rf_checkpoint_describe(e, build, &head.checkpoint);
	put_frame(t, RF_JOURNAL_HEAD, rf_journal_head_write(room(t), RF_JOURNAL_PAYLOAD_MAX, &head));
	while (rf_checkpoint_next(e, &cursor, &run))
		put_frame(t, RF_JOURNAL_PAGES,
		    rf_journal_pages_write(room(t), RF_JOURNAL_PAYLOAD_MAX, &run));
	put_frame(t, RF_JOURNAL_READY, 0);
}

static struct rf_replay *
open_bytes(const uint8_t *bytes, size_t len, char error[256])
{
	char path[] = "/tmp/referee-journal-XXXXXX";
	int fd = mkstemp(path);
	assert(fd >= 0);
	ssize_t n = write(fd, bytes, len);
	assert(n == (ssize_t)len);
	close(fd);
	struct rf_replay *r = rf_replay_open(path, build, error);
	unlink(path);
	return r;
}

/* Ends the segment and steps it again. */
static void
end(struct tape *t, const uint64_t hash[2])
{
	char error[256];
	put_frame(t, RF_JOURNAL_END, rf_journal_end_write(room(t), RF_JOURNAL_PAYLOAD_MAX, hash));
	struct rf_replay *r = open_bytes(t->bytes, t->len, error);
	enum rf_replay_result result = RF_REPLAY_TORN;
	while (r != NULL && (result = rf_replay_next(r)) == RF_REPLAY_STEP)
		continue;
	if (r == NULL || result != RF_REPLAY_END || r->record != t->records)
		snprintf(t->wrong, sizeof t->wrong, "segment %llu, record %llu of %u: %.99s",
		    (unsigned long long)t->segments, (unsigned long long)(r ? r->record : 0),
		    t->records, r == NULL ? error : "not the same");
	t->replayed += r != NULL ? r->record : 0;
	rf_replay_free(r);
}

static void
hear(void *user, const struct world *w, const struct rf_event *event)
{
	struct tape *t = user;
	uint64_t hash[2];
	rf_engine_effect_hash(w->engine, hash);
	if (t->records == t->every && t->len > 0 && t->wrong[0] == '\0')
		end(t, hash);
	if (t->len == 0 || t->records == t->every)
		begin(t, w->engine, w->now);
	put_frame(t, RF_JOURNAL_EVENT,
	    rf_journal_event_write(room(t), RF_JOURNAL_PAYLOAD_MAX, w->now, hash, event));
	t->records++;
}

/* Plays a scene with the tape running; the last segment is left as it is when `keep`. */
static void
play(struct tape *t, const char *name, bool keep)
{
	char path[512];
	struct scene_result result;
	const char *srcdir = getenv("srcdir");
	snprintf(path, sizeof path, "%s/tests/scenes/%s", srcdir != NULL ? srcdir : ".", name);
	struct scene *scene = scene_open(path);
	assert(scene != NULL);
	assert(scene->error[0] == '\0');
	t->len = 0;
	t->records = 0;
	scene->heard = hear;
	scene->heard_user = t;
	scene_run(scene, false, &result);
	if (!result.passed)
		snprintf(t->wrong, sizeof t->wrong, "%.200s", scene->error);
	else if (!keep && t->len > 0 && t->wrong[0] == '\0')
		end(t, result.hash);
	else if (keep)
		put_frame(t, RF_JOURNAL_END,
		    rf_journal_end_write(room(t), RF_JOURNAL_PAYLOAD_MAX, result.hash));
	free(result.ladder);
	free(result.row);
	scene_free(scene);
}

static struct tape
tape_new(uint32_t every)
{
	struct tape t = { .bytes = malloc(FILE_MAX), .every = every };
	assert(t.bytes != NULL);
	return t;
}

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
		play(&t, entry->d_name, false);
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
	play(&t, "target-503-is-retried.scn", false);
	CHECK(t.wrong[0] == '\0');
	if (t.wrong[0] != '\0')
		check_note("%s", t.wrong);
	CHECK(t.segments > 20);
	free(t.bytes);
}

/* ---- planted differences --------------------------------------------------------------------- */

/* Where the n-th frame of EVENT begins, n from 1; *len its length. */
static size_t
find_event(const struct tape *t, uint64_t n, size_t *len)
{
	struct rf_journal_frame frame;
	size_t at = RF_JOURNAL_MAGIC_LEN, before = at;
	while (rf_journal_frame_next(t->bytes, t->len, &at, &frame)) {
		if (frame.type == RF_JOURNAL_EVENT && --n == 0) {
			*len = at - before;
			return before;
		}
		before = at;
	}
	assert(false);
	return 0;
}

/* The number of the which-th event of that kind, both from 1; 0: there are not so many. */
static uint64_t
find_kind(const struct tape *t, bool (*is)(const struct rf_event *), unsigned which)
{
	struct rf_journal_frame frame;
	static struct rf_journal_entry entry;
	size_t at = RF_JOURNAL_MAGIC_LEN;
	uint64_t n = 0;
	while (rf_journal_frame_next(t->bytes, t->len, &at, &frame)) {
		if (frame.type != RF_JOURNAL_EVENT)
			continue;
		n++;
		if (rf_journal_event_parse(&entry, frame.payload) && is(&entry.event) &&
		    --which == 0)
			return n;
	}
	return 0;
}

/* Puts another event into the place of the n-th, as if the engine had been told that. */
static void
plant(struct tape *t, uint64_t n, void (*change)(struct rf_event *))
{
	static struct rf_journal_entry entry;
	static uint8_t fresh[RF_JOURNAL_FRAME_LEN + RF_JOURNAL_PAYLOAD_MAX];
	size_t len, at = find_event(t, n, &len), next = at;
	struct rf_journal_frame frame;
	bool parsed = rf_journal_frame_next(t->bytes, t->len, &next, &frame) &&
	    rf_journal_event_parse(&entry, frame.payload);
	assert(parsed);
	(void)parsed;
	change(&entry.event);
	size_t payload = rf_journal_event_write(fresh + RF_JOURNAL_FRAME_LEN,
	    RF_JOURNAL_PAYLOAD_MAX, entry.now, entry.before, &entry.event);
	size_t whole = rf_journal_frame_begin(fresh, RF_JOURNAL_EVENT, payload);
	rf_journal_frame_seal(fresh, key);
	memmove(t->bytes + at + whole, t->bytes + at + len, t->len - at - len);
	memcpy(t->bytes + at, fresh, whole);
	t->len = t->len - len + whole;
}

/* The record at which a replay goes another way; 0: at none. */
static uint64_t
divergence(const struct tape *t)
{
	char error[256];
	struct rf_replay *r = open_bytes(t->bytes, t->len, error);
	assert(r != NULL);
	enum rf_replay_result result;
	while ((result = rf_replay_next(r)) == RF_REPLAY_STEP)
		continue;
	uint64_t record = result == RF_REPLAY_DIVERGED ? r->record : 0;
	rf_replay_free(r);
	return record;
}

static bool
is_commit(const struct rf_event *e)
{
	return e->kind == RF_EV_ANSWER && e->stored;
}

static bool
is_plan(const struct rf_event *e)
{
	return e->kind == RF_EV_ANSWER && e->plan != NULL;
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
lose_commit(struct rf_event *e)
{
	e->stored = false;
}

static void
lose_plan(struct rf_event *e)
{
	e->plan = NULL;
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
	} plants[] = { { is_commit, 2, lose_commit }, /* the promise */
		{ is_plan, 1, lose_plan }, { is_resolved, 1, lead_elsewhere },
		{ is_request, 1, come_from_elsewhere } };
	struct tape t = tape_new(UINT32_MAX);
	for (size_t i = 0; i < RF_ARRAY_LEN(plants); i++) {
		play(&t, "target-503-is-retried.scn", true);
		CHECK_OR_STOP(t.wrong[0] == '\0');
		CHECK(divergence(&t) == 0);
		uint64_t n = find_kind(&t, plants[i].is, plants[i].which);
		CHECK_OR_STOP(n > 0);
		plant(&t, n, plants[i].change);
		CHECK(divergence(&t) == n);
	}
	free(t.bytes);
}

static void
a_lost_record_is_found(void)
{
	struct tape t = tape_new(UINT32_MAX);
	play(&t, "target-503-is-retried.scn", true);
	uint64_t n = find_kind(&t, is_plan, 1);
	size_t len, at = find_event(&t, n, &len);
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
	play(&t, "target-503-is-retried.scn", true);
	while (rf_journal_frame_next(t.bytes, t.len, &at, &frame)) {
		if (frame.type == RF_JOURNAL_PAGES && rf_journal_pages_parse(&run, frame.payload) &&
		    run.at == 0)
			break;
		before = at;
	}
	/* Another seed: everything drawn is another. */
	size_t seed = offsetof(struct rf_engine, drbg);
	t.bytes[before + RF_JOURNAL_FRAME_LEN + 12 + seed] ^= 1;
	rf_journal_frame_seal(t.bytes + before, key);
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
