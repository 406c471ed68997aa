/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_journal_tape.c -- records what a scene tells its engine, in segments. */
#include "tests/unit/test_journal_tape.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "journal/copy.h"

enum { FILE_MAX = 8 * 1024 * 1024 };            /* bytes of one segment */

const uint64_t tape_key[2] = { 3, 4 };

static void
put_frame(struct tape *t, enum rf_journal_type type, size_t len)
{
	uint8_t *frame = t->bytes + t->len;
	t->len += rf_journal_frame_begin(frame, type, len);
	rf_journal_frame_seal(frame, tape_key);
}

static uint8_t *
room(struct tape *t)
{
	assert(FILE_MAX - t->len > RF_JOURNAL_FRAME_LEN + RF_JOURNAL_PAYLOAD_MAX);
	return t->bytes + t->len + RF_JOURNAL_FRAME_LEN;
}

/* Seals every frame from there on. */
static void
seal(struct tape *t, size_t at)
{
	struct rf_journal_frame frame;
	while (at < t->len) {
		rf_journal_frame_seal(t->bytes + at, tape_key);
		bool whole = rf_journal_frame_next(t->bytes, t->len, &at, &frame);
		assert(whole);
		(void)whole;
	}
}

static void
begin(struct tape *t, const struct rf_engine *e, rf_time now)
{
	struct rf_journal_head head = { .version = RF_JOURNAL_VERSION, .now = now };
	struct rf_journal_copy copy;
	rf_checkpoint_describe(e, t->build, &head.checkpoint);
	bool copied = rf_journal_copy_take(&copy, e, &head);
	assert(copied);
	(void)copied;
	memcpy(t->bytes, RF_JOURNAL_MAGIC, RF_JOURNAL_MAGIC_LEN);
	memcpy(t->bytes + RF_JOURNAL_MAGIC_LEN, copy.bytes, copy.len);
	t->len = RF_JOURNAL_MAGIC_LEN + copy.len;
	rf_journal_copy_give(&copy);
	seal(t, RF_JOURNAL_MAGIC_LEN);
	t->records = 0;
	t->segments++;
}

struct rf_replay *
tape_open(const struct tape *t, char error[256])
{
	char path[] = "/tmp/referee-journal-XXXXXX";
	int fd = mkstemp(path);
	assert(fd >= 0);
	ssize_t n = write(fd, t->bytes, t->len);
	assert(n == (ssize_t)t->len);
	(void)n;
	close(fd);
	struct rf_replay *r = rf_replay_open(path, t->build, error);
	unlink(path);
	return r;
}

/* Ends the segment and steps it again.  A hash of 0 is that of an engine that did nothing yet: the
 * one that was recorded has been killed, and its segment ends in the middle. */
static void
end(struct tape *t, const uint64_t hash[2])
{
	char error[256];
	bool killed = hash[0] == 0 && hash[1] == 0;
	if (!killed)
		put_frame(t, RF_JOURNAL_END,
		    rf_journal_end_write(room(t), RF_JOURNAL_PAYLOAD_MAX, hash));
	struct rf_replay *r = tape_open(t, error);
	enum rf_replay_result result = RF_REPLAY_TORN;
	while (r != NULL && (result = rf_replay_next(r)) == RF_REPLAY_STEP)
		continue;
	if (r == NULL || result != (killed ? RF_REPLAY_TORN : RF_REPLAY_END) ||
	    r->record != t->records)
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
	bool fresh = hash[0] == 0 && hash[1] == 0;
	if ((fresh || t->records == t->every) && t->len > 0 && t->wrong[0] == '\0')
		end(t, hash);
	if (t->len == 0 || fresh || t->records == t->every)
		begin(t, w->engine, w->now);
	put_frame(t, RF_JOURNAL_EVENT,
	    rf_journal_event_write(room(t), RF_JOURNAL_PAYLOAD_MAX, w->now, hash, event));
	t->records++;
}

void
tape_play(struct tape *t, const char *name, bool keep)
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

struct tape
tape_new(uint32_t every)
{
	struct tape t = { .bytes = malloc(FILE_MAX), .every = every, .build = "test" };
	assert(t.bytes != NULL);
	return t;
}

size_t
tape_event_at(const struct tape *t, uint64_t n, size_t *len)
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

uint64_t
tape_find(const struct tape *t, bool (*is)(const struct rf_event *), unsigned which)
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

void
tape_plant(struct tape *t, uint64_t n, void (*change)(struct rf_event *))
{
	static struct rf_journal_entry entry;
	static uint8_t fresh[RF_JOURNAL_FRAME_LEN + RF_JOURNAL_PAYLOAD_MAX];
	size_t len, at = tape_event_at(t, n, &len), next = at;
	struct rf_journal_frame frame;
	bool parsed = rf_journal_frame_next(t->bytes, t->len, &next, &frame) &&
	    rf_journal_event_parse(&entry, frame.payload);
	assert(parsed);
	(void)parsed;
	change(&entry.event);
	size_t payload = rf_journal_event_write(fresh + RF_JOURNAL_FRAME_LEN,
	    RF_JOURNAL_PAYLOAD_MAX, entry.now, entry.before, &entry.event);
	size_t whole = rf_journal_frame_begin(fresh, RF_JOURNAL_EVENT, payload);
	rf_journal_frame_seal(fresh, tape_key);
	memmove(t->bytes + at + whole, t->bytes + at + len, t->len - at - len);
	memcpy(t->bytes + at, fresh, whole);
	t->len = t->len - len + whole;
}

bool
tape_is_commit(const struct rf_event *e)
{
	return e->kind == RF_EV_ANSWER && e->stored;
}

bool
tape_is_plan(const struct rf_event *e)
{
	return e->kind == RF_EV_ANSWER && e->plan != NULL;
}

void
tape_lose_commit(struct rf_event *e)
{
	e->stored = false;
}

void
tape_lose_plan(struct rf_event *e)
{
	e->plan = NULL;
}
