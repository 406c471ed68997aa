/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of journal/event.c, frame.c and replay.c: the format, byte by byte. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/snapshot.h"
#include "journal/build.h"
#include "journal/replay.h"
#include "tests/check.h"
#include "tests/unit/test_journal_rig.h"

static const uint64_t key[2] = { 11, 12 };

/* ---- a segment in memory --------------------------------------------------------------------- */

struct tape {
	uint8_t *bytes;
	size_t len, events_at;                  /* where the first EVENT begins */
	uint32_t records;
};

static uint8_t *
room(struct tape *t)
{
	return t->bytes + t->len + RF_JOURNAL_FRAME_LEN;
}

static void
put_frame(struct tape *t, enum rf_journal_type type, size_t len)
{
	uint8_t *frame = t->bytes + t->len;
	t->len += rf_journal_frame_begin(frame, type, len);
	rf_journal_frame_seal(frame, key);
}

static void
put_checkpoint(struct tape *t, const struct rig *g, const struct rf_journal_head *like)
{
	struct rf_journal_head head = *like;
	struct rf_checkpoint_run run;
	uint64_t cursor = 0;
	memcpy(t->bytes, RF_JOURNAL_MAGIC, RF_JOURNAL_MAGIC_LEN);
	t->len = RF_JOURNAL_MAGIC_LEN;
	put_frame(t, RF_JOURNAL_HEAD,
	    rf_journal_head_write(room(t), RF_JOURNAL_PAYLOAD_MAX, &head));
	while (rf_checkpoint_next(g->engine, &cursor, &run))
		put_frame(t, RF_JOURNAL_PAGES,
		    rf_journal_pages_write(room(t), RF_JOURNAL_PAYLOAD_MAX, &run));
	put_frame(t, RF_JOURNAL_READY, 0);
	t->events_at = t->len;
}

static void
put_step(struct tape *t, struct rig *g, const struct rf_event *event)
{
	uint64_t hash[2];
	rf_engine_effect_hash(g->engine, hash);
	put_frame(t, RF_JOURNAL_EVENT,
	    rf_journal_event_write(room(t), RF_JOURNAL_PAYLOAD_MAX, g->now, hash, event));
	rf_engine_step(g->engine, g->now, event, &g->out);
	t->records++;
}

static struct rf_journal_head
head_of(const struct rig *g)
{
	struct rf_journal_head head = { .version = RF_JOURNAL_VERSION, .number = 7,
		.wall_clock_us = 1, .now = g->now };
	rf_checkpoint_describe(g->engine, rig_build, &head.checkpoint);
	return head;
}

/* Five requests and an END. */
static struct tape
tape_new(struct rig *g)
{
	struct tape t = { .bytes = calloc(4, MIB) };
	struct rf_journal_head head = head_of(g);
	uint64_t hash[2];
	assert(t.bytes != NULL);
	put_checkpoint(&t, g, &head);
	for (unsigned i = 0; i < 5; i++) {
		struct rf_event e = rig_request(g, "secret");
		put_step(&t, g, &e);
	}
	rf_engine_effect_hash(g->engine, hash);
	put_frame(&t, RF_JOURNAL_END,
	    rf_journal_end_write(room(&t), RF_JOURNAL_PAYLOAD_MAX, hash));
	return t;
}

static char file[] = "/tmp/referee-segment-XXXXXX";

static struct rf_replay *
open_bytes(const uint8_t *bytes, size_t len, char error[256])
{
	FILE *f = fopen(file, "w");
	assert(f != NULL);
	size_t n = fwrite(bytes, 1, len, f);
	assert(n == len);
	fclose(f);
	return rf_replay_open(file, rig_build, error);
}

/* How a segment ends when it is replayed; *records says how many steps it took. */
static enum rf_replay_result
replay(struct rf_replay *r, uint64_t *records)
{
	enum rf_replay_result result;
	assert(r != NULL);
	while ((result = rf_replay_next(r)) == RF_REPLAY_STEP)
		continue;
	*records = r->record;
	rf_replay_free(r);
	return result;
}

static void
a_segment_replays_to_its_end(void)
{
	struct rig *g = rig_new();
	struct tape t = tape_new(g);
	char error[256];
	uint64_t records;
	CHECK(replay(open_bytes(t.bytes, t.len, error), &records) == RF_REPLAY_END);
	CHECK(records == 5);
	free(t.bytes);
	rig_free(g);
}

static void
a_torn_tail_reads_up_to_the_last_whole_record(void)
{
	struct rig *g = rig_new();
	struct tape t = tape_new(g);
	char error[256];
	struct rf_journal_frame frame;
	size_t whole = t.events_at;
	uint64_t records, expected = 0;
	for (size_t len = t.events_at; len < t.len; len++) {
		size_t next = whole;
		if (rf_journal_frame_next(t.bytes, len, &next, &frame)) {
			whole = next;
			expected++;
		}
		CHECK(replay(open_bytes(t.bytes, len, error), &records) == RF_REPLAY_TORN);
		CHECK(records == expected);
	}
	CHECK(expected == 5);
	free(t.bytes);
	rig_free(g);
}

static void
a_torn_checkpoint_is_refused(void)
{
	struct rig *g = rig_new();
	struct tape t = tape_new(g);
	char error[256];
	for (size_t len = 0; len < t.events_at; len += len < 200 ? 1 : 997) {
		struct rf_replay *r = open_bytes(t.bytes, len, error);
		CHECK(r == NULL);
		CHECK(error[0] != '\0');
	}
	CHECK(open_bytes(t.bytes, t.events_at - 1, error) == NULL);
	CHECK(strcmp(error, "its checkpoint is not whole") == 0);
	free(t.bytes);
	rig_free(g);
}

static void
a_flipped_bit_ends_the_segment_before_its_record(void)
{
	struct rig *g = rig_new();
	struct tape t = tape_new(g);
	char error[256];
	struct rf_journal_frame frame;
	size_t end = t.events_at;
	uint64_t records, whole = 0;
	for (size_t at = t.events_at; at < t.len; at++) {
		if (at == end) {
			rf_journal_frame_next(t.bytes, t.len, &end, &frame);
			whole++;
		}
		t.bytes[at] ^= (uint8_t)(1 << at % 8);
		CHECK(replay(open_bytes(t.bytes, t.len, error), &records) == RF_REPLAY_TORN);
		CHECK(records == whole - 1);
		t.bytes[at] ^= (uint8_t)(1 << at % 8);
	}
	free(t.bytes);
	rig_free(g);
}

static void
zeros_behind_the_tail_are_no_records(void)
{
	struct rig *g = rig_new();
	struct tape t = tape_new(g);
	char error[256];
	uint64_t records;
	size_t end_frame = RF_JOURNAL_FRAME_LEN + 16;
	memset(t.bytes + t.len - end_frame, 0, end_frame);      /* power loss: size, no bytes */
	CHECK(replay(open_bytes(t.bytes, t.len, error), &records) == RF_REPLAY_TORN);
	CHECK(records == 5);
	free(t.bytes);
	rig_free(g);
}

static void
another_build_layout_or_format_is_refused_by_name(void)
{
	struct rig *g = rig_new();
	struct tape t = tape_new(g);
	char error[256];
	struct rf_journal_head head = head_of(g);
	head.checkpoint.build[3] ^= 1;
	put_checkpoint(&t, g, &head);
	CHECK(open_bytes(t.bytes, t.len, error) == NULL);
	CHECK(strcmp(error, "it was recorded by another build of referee: 7468697220627569..., and "
			    "this is 7468697320627569...") == 0);
	head = head_of(g);
	head.checkpoint.layout++;
	put_checkpoint(&t, g, &head);
	CHECK(open_bytes(t.bytes, t.len, error) == NULL);
	CHECK(strcmp(error, "its engine is laid out differently") == 0);
	head = head_of(g);
	head.checkpoint.limits.calls++;
	put_checkpoint(&t, g, &head);
	CHECK(open_bytes(t.bytes, t.len, error) == NULL);
	head = head_of(g);
	head.checkpoint.size += 4096;
	put_checkpoint(&t, g, &head);
	CHECK(open_bytes(t.bytes, t.len, error) == NULL);
	head = head_of(g);
	head.checkpoint.magic++;
	put_checkpoint(&t, g, &head);
	CHECK(open_bytes(t.bytes, t.len, error) == NULL);
	CHECK(strcmp(error, "this is not a checkpoint of the engine") == 0);
	head = head_of(g);
	head.version++;
	put_checkpoint(&t, g, &head);
	CHECK(open_bytes(t.bytes, t.len, error) == NULL);
	CHECK(strcmp(error, "its format has another version") == 0);
	CHECK(open_bytes((const uint8_t *)"something else entirely", 23, error) == NULL);
	CHECK(strcmp(error, "this is not a journal") == 0);
	CHECK(rf_replay_open("/tmp/there-is-no-such-file", rig_build, error) == NULL);
	CHECK(strcmp(error, "No such file or directory") == 0);
	free(t.bytes);
	rig_free(g);
}

static void
the_running_program_has_a_build_id(void)
{
	uint8_t id[RF_BUILD_ID_LEN] = { 0 }, none[RF_BUILD_ID_LEN] = { 0 };
	CHECK(rf_build_id(id));
	CHECK(memcmp(id, none, sizeof id) != 0);
}

static void
every_member_of_an_event_survives(void)
{
	static struct rf_plan plan;
	static struct rf_journal_entry out;
	static uint8_t bytes[RF_JOURNAL_PAYLOAD_MAX];
	const struct rf_addr addresses[2] = { { .ip = { 1 }, .port = 2, .proto = RF_TLS },
		{ .ip = { 3 }, .scope = 4, .port = 5 } };
	plan.size = sizeof plan - 100;
	plan.allow = true;
	const struct rf_event in = { .kind = RF_EV_RESTORE, .token = 1, .path.local.port = 2,
		.path.remote.ip = { 3 }, .path.link = 4, .bytes = RF_SLICE("five"),
		.reason = RF_LINK_CERTIFICATE, .addresses = addresses, .address_count = 2,
		.plan = &plan, .stored = true, .value = 6, .wall_clock_us = -7, .session = 8,
		.away = 9, .restarts = 11, .identity = RF_SLICE("twelve") };
	size_t len = rf_journal_event_write(bytes, sizeof bytes, 10, key, &in);
	CHECK(len > 0);
	CHECK(rf_journal_event_parse(&out, (struct rf_slice){ (char *)bytes, (uint32_t)len }));
	const struct rf_event *e = &out.event;
	CHECK(out.now == 10 && out.before[0] == key[0] && out.before[1] == key[1]);
	CHECK(e->kind == in.kind && e->token == 1 && e->reason == in.reason && e->stored);
	CHECK(memcmp(&e->path, &in.path, sizeof in.path) == 0);
	CHECK(rf_slice_equal(e->bytes, in.bytes));
	CHECK(e->address_count == 2 && memcmp(e->addresses, addresses, sizeof addresses) == 0);
	CHECK(e->plan != NULL && e->plan->size == plan.size && e->plan->allow);
	CHECK(e->value == 6 && e->wall_clock_us == -7 && e->session == 8 && e->away == 9);
	CHECK(e->restarts == 11 && rf_slice_equal(e->identity, in.identity));
	for (size_t room = 0; room < len; room++)       /* never half an event */
		CHECK_OR_STOP(rf_journal_event_write(bytes, room, 10, key, &in) == 0);
	rf_journal_event_write(bytes, sizeof bytes, 10, key, &in);
	for (uint32_t cut = 0; cut < len; cut++)
		CHECK_OR_STOP(
		    !rf_journal_event_parse(&out, (struct rf_slice){ (char *)bytes, cut }));
}

static bool
holds(const uint8_t *bytes, size_t len, const char *text)
{
	return memmem(bytes, len, text, strlen(text)) != NULL;
}

static void
credentials_are_blanked_and_the_replay_is_the_same(void)
{
	struct rig *g = rig_new();
	struct tape t = tape_new(g);
	char error[256];
	uint64_t records;
	CHECK(!holds(t.bytes, t.len, "secret"));
	CHECK(holds(t.bytes, t.len, "Authorization: Digest "));
	CHECK(holds(t.bytes, t.len, "sip:bob:"));
	CHECK(replay(open_bytes(t.bytes, t.len, error), &records) == RF_REPLAY_END);
	/* The engine still holds the last one: a checkpoint blanks its texts as well. */
	struct rf_event e = rig_request(g, "shibboleth");
	rf_engine_step(g->engine, g->now, &e, &g->out);
	struct rf_journal_head head = head_of(g);
	put_checkpoint(&t, g, &head);
	CHECK(!holds(t.bytes, t.len, "shibboleth"));
	free(t.bytes);
	rig_free(g);
}

static void
equal_secrets_stay_equal_and_others_do_not(void)
{
	static uint8_t frame[3][512];
	static const char *const text[3] = { "Authorization: opensesame\r\n",
		"Authorization: opensesame\r\n", "Authorization: openbarley\r\n" };
	size_t len = 0;
	for (unsigned i = 0; i < 3; i++) {
		len = strlen(text[i]);
		memcpy(frame[i] + RF_JOURNAL_FRAME_LEN, text[i], len);
		rf_journal_frame_begin(frame[i], RF_JOURNAL_EVENT, len);
		rf_journal_frame_seal(frame[i], key);
		CHECK(rf_journal_frame_check(frame[i], sizeof frame[i]) ==
		    RF_JOURNAL_FRAME_LEN + len);
		CHECK(!holds(frame[i], sizeof frame[i], "open"));
	}
	CHECK(memcmp(frame[0], frame[1], RF_JOURNAL_FRAME_LEN + len) == 0);
	CHECK(memcmp(frame[0], frame[2], RF_JOURNAL_FRAME_LEN + len) != 0);
	/* Another key: nobody can look a known secret up. */
	memcpy(frame[1] + RF_JOURNAL_FRAME_LEN, text[1], len);
	rf_journal_frame_seal(frame[1], (const uint64_t[2]){ 1, 1 });
	CHECK(memcmp(frame[0], frame[1], RF_JOURNAL_FRAME_LEN + len) != 0);
}

static void
numbers_that_look_like_a_secret_stay(void)
{
	static uint8_t frame[512];
	static struct rf_journal_entry entry;
	/* "\nk=" and what follows, in the effect hash as it is written; found by parallel-50. */
	const uint64_t before[2] = { 0x321f847a69a81c32, 0x5cee703d6b0ac6e3 };
	struct rf_slice bytes = RF_SLICE("v=0\r\nk=clear:secret\r\n");
	size_t len = rf_journal_event_write(frame + RF_JOURNAL_FRAME_LEN, 400, 0x613d6b0a, before,
	    &(struct rf_event){ .kind = RF_EV_MESSAGE, .token = 0x613d6b0a, .bytes = bytes });
	rf_journal_frame_begin(frame, RF_JOURNAL_EVENT, len);
	rf_journal_frame_seal(frame, key);
	CHECK_OR_STOP(rf_journal_event_parse(&entry,
	    (struct rf_slice){ (char *)frame + RF_JOURNAL_FRAME_LEN, (uint32_t)len }));
	CHECK(entry.before[0] == before[0] && entry.before[1] == before[1]);
	CHECK(entry.now == 0x613d6b0a && entry.event.token == 0x613d6b0a);
	CHECK(!holds(frame, sizeof frame, "secret"));
}

static void
a_blanked_snapshot_is_sealed_anew(void)
{
	static uint8_t frame[512];
	static struct rf_journal_entry entry;
	char snapshot[] = "R\1....<sip:alice:secret@example.com>";
	struct rf_slice bytes = { snapshot, sizeof snapshot - 1 };
	rf_snapshot_seal(snapshot, bytes.len);
	size_t len = rf_journal_event_write(frame + RF_JOURNAL_FRAME_LEN, 400, 1, key,
	    &(struct rf_event){ .kind = RF_EV_RESTORE, .session = 1, .bytes = bytes });
	rf_journal_frame_begin(frame, RF_JOURNAL_EVENT, len);
	rf_journal_frame_seal(frame, key);
	CHECK(!holds(frame, sizeof frame, "secret"));
	CHECK_OR_STOP(rf_journal_event_parse(&entry,
	    (struct rf_slice){ (char *)frame + RF_JOURNAL_FRAME_LEN, (uint32_t)len }));
	CHECK(rf_snapshot_is_whole(entry.event.bytes));
	/* What was not whole does not become so. */
	snapshot[3] ^= 1;
	len = rf_journal_event_write(frame + RF_JOURNAL_FRAME_LEN, 400, 1, key,
	    &(struct rf_event){ .kind = RF_EV_RESTORE, .session = 1, .bytes = bytes });
	rf_journal_frame_begin(frame, RF_JOURNAL_EVENT, len);
	rf_journal_frame_seal(frame, key);
	CHECK_OR_STOP(rf_journal_event_parse(&entry,
	    (struct rf_slice){ (char *)frame + RF_JOURNAL_FRAME_LEN, (uint32_t)len }));
	CHECK(!rf_snapshot_is_whole(entry.event.bytes));
}

int
main(void)
{
	static const struct check_test tests[] = {
		CHECK_TEST(a_segment_replays_to_its_end),
		CHECK_TEST(a_torn_tail_reads_up_to_the_last_whole_record),
		CHECK_TEST(a_torn_checkpoint_is_refused),
		CHECK_TEST(a_flipped_bit_ends_the_segment_before_its_record),
		CHECK_TEST(zeros_behind_the_tail_are_no_records),
		CHECK_TEST(another_build_layout_or_format_is_refused_by_name),
		CHECK_TEST(the_running_program_has_a_build_id),
		CHECK_TEST(every_member_of_an_event_survives),
		CHECK_TEST(credentials_are_blanked_and_the_replay_is_the_same),
		CHECK_TEST(equal_secrets_stay_equal_and_others_do_not),
		CHECK_TEST(numbers_that_look_like_a_secret_stay),
		CHECK_TEST(a_blanked_snapshot_is_sealed_anew),
	};
	int fd = mkstemp(file);
	assert(fd >= 0);
	close(fd);
	int status = check_main("journal", tests, sizeof tests / sizeof tests[0]);
	unlink(file);
	return status;
}
