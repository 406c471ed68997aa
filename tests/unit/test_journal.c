/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of journal/: the format byte by byte, and the writer on disks that are slow, full and
 * shared. */
#include <assert.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "journal/build.h"
#include "journal/replay.h"
#include "journal/writer.h"
#include "tests/check.h"

enum { MIB = 1024 * 1024 };

static const struct rf_engine_limits limits = { .calls = 4, .transactions = 64, .text_bytes = MIB };
static const uint8_t build[RF_BUILD_ID_LEN] = "this build";
static const uint64_t key[2] = { 11, 12 };

/* ---- an engine that is asked for its options ------------------------------------------------- */

struct rig {
	struct rf_engine *engine;
	struct rf_effects out;
	rf_time now;
	uint32_t asked;
	char text[1024];
};

static struct rig *
rig_new(void)
{
	static const uint8_t seed[16] = "sixteen letters";
	struct rig *g = calloc(1, sizeof *g);
	void *block = calloc(1, rf_engine_size(&limits));
	struct rf_engine_config config = { .hash_effects = true, .listener_count = 1 };
	assert(g != NULL);
	assert(block != NULL);
	config.listener[0].local = (struct rf_addr){ .port = 5060, .proto = RF_UDP };
	snprintf(config.listener[0].advertise, RF_NAME_MAX, "192.0.2.1:5060");
	snprintf(config.domain, RF_NAME_MAX, "referee.example");
	g->engine = rf_engine_init(block, &limits, &config, seed, 0);
	return g;
}

static void
rig_free(struct rig *g)
{
	free(g->engine);
	free(g);
}

/* The next OPTIONS, with a secret of this caller. */
static struct rf_event
next_request(struct rig *g, const char *secret)
{
	struct rf_event e = { .kind = RF_EV_MESSAGE };
	g->now += 40 * RF_SECOND;                       /* the one before is forgotten */
	g->asked++;
	e.path.local = (struct rf_addr){ .port = 5060, .proto = RF_UDP };
	e.path.remote = (struct rf_addr){ .ip = { 9 }, .port = 5060, .proto = RF_UDP };
	snprintf(g->text, sizeof g->text,
	    "OPTIONS sip:bob:%s@referee.example SIP/2.0\r\n"
	    "Via: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK%u\r\nFrom: <sip:a@b>;tag=%u\r\n"
	    "To: <sip:bob@referee.example>\r\nCall-ID: %u\r\nCSeq: 1 OPTIONS\r\n"
	    "Authorization: Digest response=\"%s\"\r\nMax-Forwards: 70\r\n"
	    "Content-Length: 0\r\n\r\n",
	    secret, g->asked, g->asked, g->asked, secret);
	e.bytes = rf_slice_of(g->text);
	return e;
}

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
	rf_checkpoint_describe(g->engine, build, &head.checkpoint);
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
		struct rf_event e = next_request(g, "secret");
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
	return rf_replay_open(file, build, error);
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
	CHECK(rf_replay_open("/tmp/there-is-no-such-file", build, error) == NULL);
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
		.away = 9, .restarts = 11 };
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
	CHECK(e->restarts == 11);
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
	struct rf_event e = next_request(g, "shibboleth");
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

/* ---- the writer ------------------------------------------------------------------------------ */

static char dir[] = "/tmp/referee-journals-XXXXXX/j";

static struct rf_journal_config
config_of(uint64_t segment, uint64_t keep)
{
	struct rf_journal_config c = { .dir = dir, .segment = segment, .keep = keep,
		.retry_ms = 20, .blank = { 5, 6 } };
	memcpy(c.build, build, sizeof build);
	return c;
}

static void
clear_folder(void)
{
	DIR *d = opendir(dir);
	const struct dirent *entry;
	while (d != NULL && (entry = readdir(d)) != NULL)
		unlinkat(dirfd(d), entry->d_name, 0);
	if (d != NULL)
		closedir(d);
	rmdir(dir);
}

struct seen {
	unsigned files, incomplete, wrong, ended; /* of ours; .incomplete; not the same; with END */
	uint64_t bytes, records, largest;
	bool modes;                             /* all of them 0600 */
};

/* Looks at every file of the folder and replays it. */
static struct seen
look(void)
{
	struct seen s = { .modes = true };
	DIR *d = opendir(dir);
	const struct dirent *entry;
	assert(d != NULL);
	while ((entry = readdir(d)) != NULL) {
		struct stat status;
		char path[512], error[256];
		uint64_t records = 0;
		if (entry->d_name[0] == '.' || strcmp(entry->d_name, "not-ours") == 0)
			continue;
		snprintf(path, sizeof path, "%s/%s", dir, entry->d_name);
		CHECK(stat(path, &status) == 0);
		s.files++;
		s.incomplete += strstr(entry->d_name, ".incomplete") != NULL;
		s.modes = s.modes && (status.st_mode & 0777) == 0600;
		s.bytes += (uint64_t)status.st_size;
		s.largest = (uint64_t)status.st_size > s.largest ? (uint64_t)status.st_size :
		    s.largest;
		struct rf_replay *r = rf_replay_open(path, build, error);
		if (r == NULL) {
			check_note("%s: %s", entry->d_name, error);
			s.wrong++;
			continue;
		}
		enum rf_replay_result result = replay(r, &records);
		s.wrong += result == RF_REPLAY_DIVERGED;
		s.ended += result == RF_REPLAY_END;
		s.records += records;
	}
	closedir(d);
	return s;
}

static void
wait_ms(long ms)
{
	nanosleep(&(struct timespec){ .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 }, NULL);
}

/* Until the disk has nearly all of it. */
static void
let_it_write(struct rf_journal *j)
{
	struct rf_journal_counters c;
	for (unsigned i = 0; i < 5000; i++) {
		rf_journal_counters(j, &c);
		if (c.waiting == 0)
			return;
		wait_ms(1);
	}
}

/* n requests, heard and stepped; the disk may catch up after every 64 KiB. */
static void
ask(struct rf_journal *j, struct rig *g, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		struct rf_event e = next_request(g, "secret");
		if (rf_engine_deadline(g->engine) <= g->now) {
			struct rf_event deadline = { .kind = RF_EV_DEADLINE };
			rf_journal_hear(j, g->engine, g->now, &deadline);
			rf_engine_step(g->engine, g->now, &deadline, &g->out);
		}
		rf_journal_hear(j, g->engine, g->now, &e);
		rf_engine_step(g->engine, g->now, &e, &g->out);
		if (i % 128 == 127)
			let_it_write(j);
	}
}

static void
what_is_heard_is_on_the_disk_and_replays(void)
{
	char error[256];
	struct stat status;
	struct rf_journal_counters c;
	struct rf_journal_config config = config_of(MIB, 4 * MIB);
	struct rig *g = rig_new();
	clear_folder();
	struct rf_journal *j = rf_journal_open(&config, error);
	CHECK_OR_STOP(j != NULL);
	ask(j, g, 100);
	rf_journal_counters(j, &c);
	CHECK(c.recording);
	CHECK(c.records >= 100 && c.unrecorded == 0 && c.stops == 0);
	rf_journal_close(j, g->engine);
	struct seen s = look();
	CHECK(s.files == 1 && s.ended == 1 && s.wrong == 0 && s.incomplete == 0);
	CHECK(s.records == c.records);
	CHECK(s.modes);
	CHECK(stat(dir, &status) == 0 && (status.st_mode & 0777) == 0700);
	rig_free(g);
}

static void
a_record_is_on_the_disk_soon(void)
{
	char error[256];
	struct rf_journal_config config = config_of(MIB, 4 * MIB);
	struct rig *g = rig_new();
	clear_folder();
	struct rf_journal *j = rf_journal_open(&config, error);
	CHECK_OR_STOP(j != NULL);
	ask(j, g, 3);
	struct seen s = { .files = 0 };
	for (unsigned i = 0; i < 100 && s.records < 3; i++) {
		wait_ms(50);
		s = look();
	}
	CHECK(s.records >= 3 && s.wrong == 0 && s.ended == 0);
	rf_journal_close(j, g->engine);
	rig_free(g);
}

static void
segments_and_their_sum_are_bounded_and_the_oldest_go(void)
{
	char error[256];
	struct rf_journal_counters c;
	struct rf_journal_config config = config_of(MIB, 3 * MIB);
	struct rig *g = rig_new();
	clear_folder();
	struct rf_journal *j = rf_journal_open(&config, error);
	CHECK_OR_STOP(j != NULL);
	char other[64];
	snprintf(other, sizeof other, "%s/not-ours", dir);
	fclose(fopen(other, "w"));
	ask(j, g, 20000);
	rf_journal_counters(j, &c);
	rf_journal_close(j, g->engine);
	CHECK(c.stops == 0);
	CHECK(c.bytes > 6 * MIB);
	CHECK(c.segments > 5);
	struct seen s = look();
	CHECK(s.bytes <= 3 * MIB);
	CHECK(s.largest <= MIB);
	CHECK(s.files >= 2 && s.files < c.segments);
	CHECK(s.wrong == 0 && s.ended == s.files);
	CHECK(access(other, F_OK) == 0);
	/* The next one goes on counting. */
	j = rf_journal_open(&config, error);
	CHECK_OR_STOP(j != NULL);
	ask(j, g, 1);
	rf_journal_close(j, g->engine);
	s = look();
	CHECK(s.bytes <= 3 * MIB);
	CHECK(s.wrong == 0 && s.ended == s.files);
	rig_free(g);
}

static void
one_folder_has_one_writer(void)
{
	char error[256];
	struct rf_journal_config config = config_of(MIB, 4 * MIB);
	struct rig *g = rig_new();
	clear_folder();
	struct rf_journal *j = rf_journal_open(&config, error);
	CHECK_OR_STOP(j != NULL);
	CHECK(rf_journal_open(&config, error) == NULL);
	CHECK(strstr(error, "another referee writes there") != NULL);
	rf_journal_close(j, g->engine);
	chmod(dir, 0750);
	CHECK(rf_journal_open(&config, error) == NULL);
	CHECK(strstr(error, "expected mode 0700") != NULL);
	clear_folder();
	config.dir = "/nowhere/at/all";
	CHECK(rf_journal_open(&config, error) == NULL);
	CHECK(strstr(error, "No such file or directory") != NULL);
	rig_free(g);
}

static void
limit_files(rlim_t bytes)
{
	struct rlimit limit;
	getrlimit(RLIMIT_FSIZE, &limit);
	limit.rlim_cur = bytes < limit.rlim_max ? bytes : limit.rlim_max;
	setrlimit(RLIMIT_FSIZE, &limit);
}

static void
a_full_disk_stops_the_journal_and_it_begins_anew(void)
{
	char error[256];
	struct rf_journal_counters c = { .stops = 0 };
	struct rf_journal_config config = config_of(4 * MIB, 16 * MIB);
	struct rig *g = rig_new();
	clear_folder();
	signal(SIGXFSZ, SIG_IGN);
	struct rf_journal *j = rf_journal_open(&config, error);
	CHECK_OR_STOP(j != NULL);
	limit_files(MIB);
	for (unsigned i = 0; i < 100 && c.stops == 0; i++) {
		ask(j, g, 100);
		wait_ms(10);
		rf_journal_counters(j, &c);
	}
	CHECK(c.stops == 1);
	CHECK(strstr(c.trouble, "File too large") != NULL);
	CHECK(c.unrecorded > 0);
	limit_files(RLIM_INFINITY);
	for (unsigned i = 0; i < 100 && !c.recording; i++) {
		wait_ms(20);
		ask(j, g, 1);
		rf_journal_counters(j, &c);
	}
	CHECK(c.recording);
	uint64_t unrecorded = c.unrecorded;
	ask(j, g, 100);
	rf_journal_counters(j, &c);
	CHECK(c.unrecorded == unrecorded);
	rf_journal_close(j, g->engine);
	struct seen s = look();
	CHECK(s.incomplete >= 1);
	CHECK(s.ended == 1);
	CHECK(s.wrong == 0);
	rig_free(g);
}

static void
no_room_for_a_checkpoint_leaves_no_file(void)
{
	char error[256];
	struct rf_journal_counters c = { .stops = 0 };
	struct rf_journal_config config = config_of(MIB, 4 * MIB);
	struct rig *g = rig_new();
	clear_folder();
	signal(SIGXFSZ, SIG_IGN);
	struct rf_journal *j = rf_journal_open(&config, error);
	CHECK_OR_STOP(j != NULL);
	limit_files(4096);
	for (unsigned i = 0; i < 100 && c.stops < 2; i++) {
		ask(j, g, 1);
		wait_ms(20);
		rf_journal_counters(j, &c);
	}
	CHECK(c.stops == 2);                            /* it tried again */
	CHECK(c.segments == 0);
	rf_journal_close(j, g->engine);
	limit_files(RLIM_INFINITY);
	CHECK(look().files == 0);
	rig_free(g);
}

static void
a_slow_disk_stops_the_journal_and_never_its_caller(void)
{
	char error[256];
	struct rf_journal_counters c = { .stops = 0 };
	struct rf_journal_config config = config_of(64 * MIB, 256 * MIB);
	struct rig *g = rig_new();
	config.blocks = 1;                              /* whatever the disk, memory is faster */
	clear_folder();
	struct rf_journal *j = rf_journal_open(&config, error);
	CHECK_OR_STOP(j != NULL);
	for (unsigned i = 0; i < 100000 && c.stops == 0; i++) {
		struct rf_event e = next_request(g, "secret");
		rf_journal_hear(j, g->engine, g->now, &e);
		rf_engine_step(g->engine, g->now, &e, &g->out);
		rf_journal_counters(j, &c);
	}
	CHECK(c.stops == 1);
	CHECK(strstr(c.trouble, "too slow") != NULL);
	CHECK(!c.recording && c.unrecorded > 0);
	for (unsigned i = 0; i < 100 && !c.recording; i++) {
		wait_ms(20);
		ask(j, g, 1);
		rf_journal_counters(j, &c);
	}
	CHECK(c.recording);
	rf_journal_close(j, g->engine);
	struct seen s = look();
	CHECK(s.incomplete == 1 && s.files == 2);
	CHECK(s.wrong == 0);
	rig_free(g);
}

static void
an_abort_leaves_the_input_that_led_to_it(void)
{
	char error[256];
	struct rf_journal_config config = config_of(MIB, 4 * MIB);
	struct rig *g = rig_new();
	clear_folder();
	pid_t child = fork();
	CHECK_OR_STOP(child >= 0);
	if (child == 0) {
		struct rf_journal *j = rf_journal_open(&config, error);
		if (j == NULL)
			_exit(1);
		for (unsigned i = 0; i < 10; i++) {
			struct rf_event e = next_request(g, "secret");
			rf_journal_hear(j, g->engine, g->now, &e);
		}
		rf_journal_last_words(j);
		_exit(0);
	}
	int status = 0;
	CHECK(waitpid(child, &status, 0) == child);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	char path[512] = "";
	DIR *d = opendir(dir);
	const struct dirent *entry;
	while (d != NULL && (entry = readdir(d)) != NULL) {
		if (entry->d_name[0] != '.')
			snprintf(path, sizeof path, "%s/%s", dir, entry->d_name);
	}
	if (d != NULL)
		closedir(d);
	struct rf_replay *r = rf_replay_open(path, build, error);
	CHECK_OR_STOP(r != NULL);
	unsigned events = 0;
	struct rf_journal_frame frame;
	while (rf_journal_frame_next(r->bytes, r->len, &r->at, &frame))
		events += frame.type == RF_JOURNAL_EVENT;
	CHECK(events == 10);
	rf_replay_free(r);
	rig_free(g);
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
		CHECK_TEST(what_is_heard_is_on_the_disk_and_replays),
		CHECK_TEST(a_record_is_on_the_disk_soon),
		CHECK_TEST(segments_and_their_sum_are_bounded_and_the_oldest_go),
		CHECK_TEST(one_folder_has_one_writer),
		CHECK_TEST(a_full_disk_stops_the_journal_and_it_begins_anew),
		CHECK_TEST(no_room_for_a_checkpoint_leaves_no_file),
		CHECK_TEST(a_slow_disk_stops_the_journal_and_never_its_caller),
		CHECK_TEST(an_abort_leaves_the_input_that_led_to_it),
	};
	int fd = mkstemp(file);
	assert(fd >= 0);
	close(fd);
	dir[strlen(dir) - 2] = '\0';
	char *made = mkdtemp(dir);
	assert(made != NULL);
	dir[strlen(dir)] = '/';
	int status = check_main("journal", tests, sizeof tests / sizeof tests[0]);
	clear_folder();
	dir[strlen(dir) - 2] = '\0';
	rmdir(dir);
	unlink(file);
	return status;
}
