/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of journal/writer.c and folder.c, on disks that are slow, full and shared. */
#include <assert.h>
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "journal/replay.h"
#include "journal/writer.h"
#include "tests/check.h"
#include "tests/unit/test_journal_rig.h"

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

static char dir[] = "/tmp/referee-journals-XXXXXX/j";

static struct rf_journal_config
config_of(uint64_t segment, uint64_t keep)
{
	struct rf_journal_config c = { .dir = dir, .segment = segment, .keep = keep,
		.retry_ms = 20, .blank = { 5, 6 } };
	memcpy(c.build, rig_build, sizeof rig_build);
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
		struct rf_replay *r = rf_replay_open(path, rig_build, error);
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
		struct rf_event e = rig_request(g, "secret");
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
		struct rf_event e = rig_request(g, "secret");
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
			struct rf_event e = rig_request(g, "secret");
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
	struct rf_replay *r = rf_replay_open(path, rig_build, error);
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
		CHECK_TEST(what_is_heard_is_on_the_disk_and_replays),
		CHECK_TEST(a_record_is_on_the_disk_soon),
		CHECK_TEST(segments_and_their_sum_are_bounded_and_the_oldest_go),
		CHECK_TEST(one_folder_has_one_writer),
		CHECK_TEST(a_full_disk_stops_the_journal_and_it_begins_anew),
		CHECK_TEST(no_room_for_a_checkpoint_leaves_no_file),
		CHECK_TEST(a_slow_disk_stops_the_journal_and_never_its_caller),
		CHECK_TEST(an_abort_leaves_the_input_that_led_to_it),
	};
	dir[strlen(dir) - 2] = '\0';
	char *made = mkdtemp(dir);
	assert(made != NULL);
	(void)made;
	dir[strlen(dir)] = '/';
	int status = check_main("journal_writer", tests, sizeof tests / sizeof tests[0]);
	clear_folder();
	dir[strlen(dir) - 2] = '\0';
	rmdir(dir);
	return status;
}
