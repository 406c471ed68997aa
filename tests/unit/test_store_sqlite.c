/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_store_sqlite.c -- what only a file can do, and all that can happen to one. */
#include <dirent.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/crash/vfs.h"
#include "tests/unit/test_store_world.h"

static struct store_world *
world(void)
{
	struct store_world *w = store_world_new("sqlite:");
	CHECK_OR_STOP(store_world_open(w));
	return w;
}

static struct store_world *
world_on_bad_disk(void)
{
	struct store_world *w = store_world_new("sqlite:");
	crash_vfs_install();
	crash_vfs_power_on(1);
	w->config.vfs = CRASH_VFS;
	CHECK_OR_STOP(store_world_open(w));
	return w;
}

/* ---- restart -------------------------------------------------------------------------------- */

/* The next batch as "5=snapshot 6=...". */
static const char *
restore_next(struct store_world *w)
{
	static struct rf_store_saved saved[RF_STORE_RESTORE_MAX];
	static char text[4096];
	int count = rf_store_restore_next(w->store, saved, w->error);
	text[0] = '\0';
	if (count < 0)
		check_note("%s", w->error);
	CHECK_OR_STOP(count >= 0);
	for (int i = 0; i < count; i++) {
		size_t len = strlen(text);
		snprintf(text + len, sizeof text - len, "%llu=%.*s ",
		    (unsigned long long)saved[i].session, (int)saved[i].snapshot.len,
		    saved[i].snapshot.p);
	}
	return text;
}

static void
live_sessions_come_back_with_their_newest_snapshot(void)
{
	struct store_world *w = world();
	CHECK(strcmp(restore_next(w), "") == 0);
	store_world_put(w, 1, RF_STORE_ESTABLISHED, 5, "five", "{}");
	store_world_put(w, 2, RF_STORE_ESTABLISHED, 6, "six", "{}");
	store_world_put(w, 3, RF_STORE_PROMISE, 5, "five-promised", "{}");
	CHECK(store_world_await(w, 3));
	store_world_put(w, 0, RF_STORE_ENDED, 6, "", "{}");
	store_world_reopen(w);
	CHECK(strcmp(restore_next(w), "5=five-promised ") == 0);
	CHECK(strcmp(restore_next(w), "") == 0);
	store_world_free(w);
}

/* A snapshot as long as a real one: text that repeats itself, and numbers that do not. */
static const char *
long_snapshot(void)
{
	static char text[2048];
	size_t len = 0;
	for (unsigned i = 0; len < sizeof text - 128; i++)
		len += (size_t)snprintf(text + len, sizeof text - len,
		    "Via: SIP/2.0/UDP 127.0.0.%u;branch=z9hG4bK%x\r\n", i % 256, i * 2654435761u);
	return text;
}

static void
a_long_snapshot_is_shorter_in_the_file_and_comes_back_whole(void)
{
	struct rf_store_saved saved[RF_STORE_RESTORE_MAX];
	struct store_world *w = world();
	const char *text = long_snapshot();
	store_world_put(w, 1, RF_STORE_ESTABLISHED, 5, text, "{}");
	store_world_reopen(w);
	CHECK_OR_STOP(rf_store_restore_next(w->store, saved, w->error) == 1);
	CHECK(saved[0].snapshot.len == strlen(text));
	CHECK(memcmp(saved[0].snapshot.p, text, strlen(text)) == 0);
	store_world_close(w);
	CHECK(strcmp(store_world_sql(w,
	    "SELECT length(snapshot) < packed * 3 / 4 FROM session"), "1 ") == 0);
	store_world_free(w);
}

static void
a_packed_snapshot_that_is_damaged_is_given_as_it_is(void)
{
	struct rf_store_saved saved[RF_STORE_RESTORE_MAX];
	struct store_world *w = world();
	store_world_put(w, 1, RF_STORE_ESTABLISHED, 5, long_snapshot(), "{}");
	store_world_put(w, 2, RF_STORE_ESTABLISHED, 6, long_snapshot(), "{}");
	store_world_close(w);
	store_world_sql(w, "UPDATE session SET snapshot = x'ff00ff' WHERE session = 5");
	store_world_sql(w, "UPDATE session SET packed = 1 << 40 WHERE session = 6");
	CHECK_OR_STOP(store_world_open(w));
	CHECK_OR_STOP(rf_store_restore_next(w->store, saved, w->error) == 2);
	CHECK(saved[0].snapshot.len == 3 && memcmp(saved[0].snapshot.p, "\xff\0\xff", 3) == 0);
	CHECK(saved[1].snapshot.len < strlen(long_snapshot()));
	store_world_free(w);
}

static void
the_time_it_was_stored_comes_back_with_it(void)
{
	struct rf_store_saved saved[RF_STORE_RESTORE_MAX];
	struct store_world *w = world();
	store_world_put(w, 1, RF_STORE_ESTABLISHED, 5, "five", "{}");
	store_world_reopen(w);
	CHECK(rf_store_restore_next(w->store, saved, w->error) == 1);
	CHECK(saved[0].saved_us == 1700000000 * RF_SECOND);
	store_world_free(w);
}

static void
many_sessions_come_in_batches(void)
{
	struct rf_store_saved saved[RF_STORE_RESTORE_MAX];
	struct store_world *w = world();
	bool seen[201] = { false };
	int count, total = 0;
	for (uint64_t i = 1; i <= 200; i++)
		store_world_put(w, i, RF_STORE_ESTABLISHED, i, "s", "");
	store_world_reopen(w);
	while ((count = rf_store_restore_next(w->store, saved, w->error)) > 0) {
		CHECK(count == (total < 192 ? RF_STORE_RESTORE_MAX : 8));
		for (int i = 0; i < count; i++) {
			CHECK(!seen[saved[i].session] && saved[i].restarts == 1);
			seen[saved[i].session] = true;
		}
		total += count;
	}
	CHECK(count == 0 && total == 200);
	CHECK(strcmp(store_world_sql(w, "SELECT sum(restores) FROM session"), "0 ") == 0);
	/* Given once more it says so: what was numbered after it must jump further. */
	store_world_reopen(w);
	CHECK(rf_store_restore_next(w->store, saved, w->error) > 0 && saved[0].restarts == 2);
	store_world_free(w);
}

static void
what_is_put_during_the_restart_is_not_restored_again(void)
{
	struct rf_store_saved saved[RF_STORE_RESTORE_MAX];
	struct store_world *w = world();
	int count, total = 0;
	for (uint64_t i = 1; i <= 100; i++)
		store_world_put(w, i, RF_STORE_ESTABLISHED, i, "s", "");
	store_world_reopen(w);
	w->answers = 0;
	memset(w->answer, 0, sizeof w->answer);
	while ((count = rf_store_restore_next(w->store, saved, w->error)) > 0) {
		uint32_t before = w->answers;
		for (int i = 0; i < count; i++)
			store_world_put(w, (rf_token)(total + i + 1), RF_STORE_OUTCOME,
			    saved[i].session, i % 2 ? "later" : "", "");
		CHECK(store_world_await(w, before + (uint32_t)count));
		total += count;
	}
	CHECK(total == 100);
	CHECK(strcmp(store_world_sql(w, "SELECT count(*) FROM session"), "50 ") == 0);
	store_world_free(w);
}

static void
a_session_whose_restore_crashed_twice_goes_to_review_alone(void)
{
	struct store_world *w = world();
	store_world_put(w, 1, RF_STORE_ESTABLISHED, 5, "five", "");
	store_world_put(w, 2, RF_STORE_ESTABLISHED, 6, "six", "");
	store_world_put(w, 3, RF_STORE_ESTABLISHED, 7, "seven", "");
	store_world_reopen(w);
	CHECK(strcmp(restore_next(w), "5=five 6=six 7=seven ") == 0);
	store_world_reopen(w);                  /* it crashed: all of them are suspect */
	CHECK(strcmp(restore_next(w), "5=five ") == 0);
	CHECK(strcmp(restore_next(w), "6=six ") == 0);
	store_world_reopen(w);                  /* and again, with 6 */
	CHECK(strcmp(restore_next(w), "7=seven ") == 0);
	CHECK(strcmp(restore_next(w), "5=five ") == 0);
	CHECK(strcmp(restore_next(w), "") == 0);
	CHECK(store_world_stats(w).quarantined == 1);
	store_world_run(w, 5);
	CHECK(strstr(w->notices, "store.quarantined") != NULL);
	CHECK(strcmp(store_world_sql(w, "SELECT session || body FROM review"), "6six ") == 0);
	store_world_reopen(w);
	CHECK(strcmp(restore_next(w), "5=five 7=seven ") == 0);
	store_world_free(w);
}

static void
a_process_that_was_killed_in_a_restore_makes_nobody_suspect(void)
{
	struct store_world *w = world();
	store_world_put(w, 1, RF_STORE_ESTABLISHED, 5, "five", "");
	store_world_put(w, 2, RF_STORE_ESTABLISHED, 6, "six", "");
	w->config.forgive = true;
	for (int killed = 0; killed < 4; killed++) {
		store_world_reopen(w);
		CHECK(strcmp(restore_next(w), "5=five 6=six ") == 0);
	}
	CHECK(store_world_stats(w).quarantined == 0);
	CHECK(strcmp(store_world_sql(w, "SELECT count(*) FROM review"), "0 ") == 0);
	store_world_free(w);
}

static void
what_the_engine_refuses_goes_to_review(void)
{
	struct store_world *w = world();
	store_world_put(w, 1, RF_STORE_ESTABLISHED, 5, "five", "");
	store_world_reopen(w);
	CHECK(strcmp(restore_next(w), "5=five ") == 0);
	CHECK(rf_store_review(w->store, 5, "it is not readable"));
	CHECK(strcmp(restore_next(w), "") == 0);
	CHECK(strcmp(store_world_sql(w, "SELECT session || reason || body FROM review"),
	    "5it is not readablefive ") == 0);
	store_world_free(w);
}

/* ---- the file ------------------------------------------------------------------------------- */

static void
the_files_are_for_their_owner_only(void)
{
	static const char *const suffix[] = { "", "-wal", "-shm" };
	mode_t mask = umask(0);
	struct store_world *w = world();
	store_world_put(w, 1, RF_STORE_ESTABLISHED, 5, "five", "");
	CHECK(store_world_await(w, 1));
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < 3; i++) {
			char path[128];
			struct stat st;
			snprintf(path, sizeof path, "%s%s", w->path, suffix[i]);
			CHECK(stat(path, &st) == 0);
			CHECK((st.st_mode & 0777) == 0600);
		}
		store_world_close(w);
		chmod(w->path, 0644);
		CHECK_OR_STOP(store_world_open(w));
	}
	umask(mask);
	store_world_free(w);
}

static void
a_newer_schema_is_refused_and_left_as_it_is(void)
{
	struct store_world *w = world();
	store_world_put(w, 1, RF_STORE_ESTABLISHED, 5, "five", "");
	store_world_close(w);
	store_world_sql(w, "PRAGMA user_version = 99");
	CHECK(!store_world_open(w));
	CHECK(strstr(w->error, "written by a newer referee") != NULL);
	CHECK(strcmp(store_world_sql(w, "PRAGMA user_version"), "99 ") == 0);
	CHECK(strcmp(store_world_sql(w, "SELECT session FROM session"), "5 ") == 0);
	store_world_free(w);
}

static void
an_older_schema_is_brought_forward(void)
{
	struct store_world *w = world();
	store_world_put(w, 1, RF_STORE_OUTCOME, 5, "five", "{\"outcome\":\"FAILED\"}");
	store_world_close(w);
	store_world_sql(w, "ALTER TABLE session DROP COLUMN packed");
	store_world_sql(w, "ALTER TABLE review DROP COLUMN packed");
	store_world_sql(w, "ALTER TABLE dead_letter DROP COLUMN session");
	store_world_sql(w, "DROP TABLE delivery");
	store_world_sql(w, "DROP VIEW cdr");
	store_world_sql(w, "DROP INDEX event_cdr");
	store_world_sql(w, "PRAGMA user_version = 1");
	CHECK_OR_STOP(store_world_open(w));
	CHECK(strcmp(store_world_sql(w, "PRAGMA user_version"), "5 ") == 0);
	CHECK(strcmp(store_world_sql(w, "SELECT outcome FROM cdr"), "FAILED ") == 0);
	CHECK(strcmp(restore_next(w), "5=five ") == 0);
	store_world_free(w);
}

static void
a_migration_that_fails_changes_nothing(void)
{
	struct store_world *w = world();
	store_world_close(w);
	store_world_sql(w, "DROP INDEX event_cdr"); /* 002 makes it, then fails at the view */
	store_world_sql(w, "PRAGMA user_version = 1");
	CHECK(!store_world_open(w));
	CHECK(strcmp(store_world_sql(w, "PRAGMA user_version"), "1 ") == 0);
	CHECK(strcmp(store_world_sql(w, "SELECT name FROM sqlite_schema WHERE name = 'event_cdr'"),
	    "") == 0);
	store_world_free(w);
}

static void
a_database_of_somebody_else_is_refused(void)
{
	struct store_world *w = store_world_new("sqlite:");
	store_world_sql(w, "CREATE TABLE theirs (x)");
	CHECK(!store_world_open(w));
	CHECK(strstr(w->error, "somebody else") != NULL);
	store_world_free(w);
}

static void
a_folder_without_permission_is_an_error_with_its_reason(void)
{
	struct store_world *w = store_world_new("sqlite:");
	w->config.url = "sqlite:/proc/referee.db";
	CHECK(!store_world_open(w));
	CHECK(strstr(w->error, "/proc/referee.db: No such file or directory") != NULL);
	store_world_free(w);
}

static uint32_t
files_like(const struct store_world *w, const char *part)
{
	uint32_t count = 0;
	const struct dirent *entry;
	DIR *d = opendir(w->folder);
	while (d != NULL && (entry = readdir(d)) != NULL)
		count += strstr(entry->d_name, part) != NULL;
	closedir(d);
	return count;
}

static void
a_file_that_is_no_database_is_put_aside(void)
{
	struct store_world *w = store_world_new("sqlite:");
	FILE *f = fopen(w->path, "w");
	for (int i = 0; i < 1000; i++)
		fputs("this is no database ", f);
	fclose(f);
	CHECK_OR_STOP(store_world_open(w));
	store_world_put(w, 1, RF_STORE_OUTCOME, 5, "five", "{}");
	CHECK(store_world_await(w, 1));
	CHECK(w->stored == 1);
	CHECK(store_world_stats(w).corrupt == 1);
	CHECK(strstr(w->notices, "store.corrupt") != NULL);
	CHECK(files_like(w, ".corrupt-") == 1);
	store_world_free(w);
}

static void
sessions_that_cannot_be_read_are_put_aside_with_their_file(void)
{
	struct store_world *w = world();
	for (uint64_t i = 1; i <= 200; i++)
		store_world_put(w, i, RF_STORE_ESTABLISHED, i, "a snapshot of some length", "{}");
	store_world_close(w);
	int fd = open(w->path, O_WRONLY);
	char garbage[4096];
	struct stat st;
	fstat(fd, &st);
	memset(garbage, 0xa5, sizeof garbage);
	for (off_t at = 4096; at < st.st_size; at += 4096)
		CHECK(pwrite(fd, garbage, sizeof garbage, at) == sizeof garbage);
	close(fd);
	CHECK_OR_STOP(store_world_open(w));
	CHECK(strcmp(restore_next(w), "") == 0);
	CHECK(store_world_stats(w).corrupt == 1);
	CHECK(files_like(w, ".corrupt-") >= 1);
	store_world_free(w);
}

static void
a_file_that_becomes_corrupt_is_put_aside_and_the_group_is_stored(void)
{
	struct store_world *w = world_on_bad_disk();
	store_world_put(w, 1, RF_STORE_ESTABLISHED, 5, "five", "{}");
	CHECK(store_world_await(w, 1));
	crash_vfs_fault(CRASH_CORRUPT);
	store_world_put(w, 2, RF_STORE_PROMISE, 6, "six", "{}");
	CHECK(store_world_await(w, 2));
	CHECK(w->answer[2] == 1);
	CHECK(store_world_stats(w).corrupt == 1);
	CHECK(strstr(w->notices, "store.corrupt") != NULL);
	CHECK(files_like(w, ".corrupt-") >= 1);
	store_world_reopen(w);
	CHECK(strcmp(restore_next(w), "6=six ") == 0);
	store_world_free(w);
}

/* ---- commits that fail ---------------------------------------------------------------------- */

/* What every failure has in common: nobody is promised anything, and no truth is lost. */
static void
truths_outlive(struct store_world *w, void (*begin)(struct store_world *),
    void (*end)(struct store_world *))
{
	store_world_put(w, 1, RF_STORE_ESTABLISHED, 5, "five", "{\"n\":1}");
	CHECK(store_world_await(w, 1));
	CHECK(w->stored == 1);
	begin(w);
	store_world_put(w, 2, RF_STORE_PROMISE, 6, "six", "{\"n\":2}");
	store_world_put(w, 3, RF_STORE_OUTCOME, 5, "five-old", "{\"n\":3}");
	CHECK(store_world_await(w, 3));
	CHECK(w->answer[2] == -1 && w->answer[3] == -1);
	CHECK(strstr(w->notices, "store.failed") != NULL);
	CHECK(store_world_stats(w).undurable == 1);
	store_world_put(w, 4, RF_STORE_WITHDRAWAL, 6, "", "{\"n\":4}");
	store_world_put(w, 5, RF_STORE_OUTCOME, 5, "five-new", "{\"n\":5}");
	CHECK(store_world_await(w, 5));
	CHECK(store_world_stats(w).undurable == 3);
	CHECK(strcmp(store_world_events(w, 5), "{\"n\":1} ") == 0);
	end(w);
	store_world_run(w, 600);                /* nobody puts anything: it is tried by itself */
	CHECK(store_world_stats(w).undurable == 0);
	CHECK(store_world_stats(w).retries > 0 && store_world_stats(w).commits_failed > 0);
	CHECK(strstr(w->notices, "store.recovered") != NULL);
	CHECK(strcmp(store_world_events(w, 5), "{\"n\":1} {\"n\":3} {\"n\":5} ") == 0);
	CHECK(strcmp(store_world_events(w, 6), "{\"n\":4} ") == 0);
	store_world_put(w, 6, RF_STORE_PROMISE, 7, "seven", "{\"n\":6}");
	CHECK(store_world_await(w, 6));
	CHECK(w->answer[6] == 1);
	store_world_reopen(w);
	CHECK(strcmp(restore_next(w), "5=five-new 7=seven ") == 0);
	store_world_free(w);
}

static void
heal(struct store_world *w)
{
	(void)w;
	crash_vfs_fault(CRASH_NO_FAULT);
}

#define ON_A_DISK_THAT(test, fault)                                                                \
	static void begin_##fault(struct store_world *w)                                           \
	{                                                                                          \
		(void)w;                                                                           \
		crash_vfs_fault(fault);                                                            \
	}                                                                                          \
	static void test(void) { truths_outlive(world_on_bad_disk(), begin_##fault, heal); }

ON_A_DISK_THAT(truths_outlive_a_disk_that_is_full, CRASH_FULL)
ON_A_DISK_THAT(truths_outlive_a_disk_that_cannot_write, CRASH_IO)
ON_A_DISK_THAT(truths_outlive_a_disk_that_cannot_sync, CRASH_SYNC)
ON_A_DISK_THAT(truths_outlive_a_disk_that_becomes_read_only, CRASH_READ_ONLY)

/* The real thing: the system refuses to let the write-ahead log grow. */
static void
limit_files(struct store_world *w)
{
	char path[128];
	struct stat st;
	struct rlimit limit;
	snprintf(path, sizeof path, "%s-wal", w->path);
	CHECK(stat(path, &st) == 0);
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &limit);
	limit.rlim_cur = (rlim_t)st.st_size;
	CHECK(setrlimit(RLIMIT_FSIZE, &limit) == 0);
}

static void
unlimit_files(struct store_world *w)
{
	struct rlimit limit;
	(void)w;
	getrlimit(RLIMIT_FSIZE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_FSIZE, &limit);
}

static void
truths_outlive_a_system_that_lets_no_file_grow(void)
{
	truths_outlive(world(), limit_files, unlimit_files);
}

static pid_t locker;
static const char *program;

/* This program again, as another process: a forked child would share what SQLite knows of locks. */
static int
lock_and_wait(const char *path)
{
	sqlite3 *db;
	bool locked = sqlite3_open(path, &db) == SQLITE_OK &&
	    sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL) == SQLITE_OK;
	if (write(STDOUT_FILENO, locked ? "y" : "n", 1) == 1)
		pause();
	return 0;
}

static void
lock_by_another_process(struct store_world *w)
{
	int ready[2];
	char byte;
	CHECK_OR_STOP(pipe(ready) == 0);
	locker = fork();
	if (locker == 0) {
		dup2(ready[1], STDOUT_FILENO);
		execl(program, program, "--lock", w->path, (char *)NULL);
		_exit(1);
	}
	close(ready[1]);
	CHECK(read(ready[0], &byte, 1) == 1 && byte == 'y');
	close(ready[0]);
}

static void
end_the_locker(struct store_world *w)
{
	(void)w;
	kill(locker, SIGKILL);
	waitpid(locker, NULL, 0);
}

static void
truths_outlive_a_lock_of_another_process(void)
{
	struct store_world *w = store_world_new("sqlite:");
	w->config.busy_wait = 100 * RF_MS;
	CHECK_OR_STOP(store_world_open(w));
	truths_outlive(w, lock_by_another_process, end_the_locker);
}

static void
a_short_lock_of_another_process_is_waited_for(void)
{
	struct store_world *w = world();
	store_world_put(w, 1, RF_STORE_ESTABLISHED, 5, "five", "{}");
	CHECK(store_world_await(w, 1));
	lock_by_another_process(w);
	store_world_put(w, 2, RF_STORE_PROMISE, 5, "five", "{}");
	store_world_run(w, 100);
	CHECK(w->answers == 1);                 /* and the loop goes on meanwhile */
	end_the_locker(w);
	CHECK(store_world_await(w, 2));
	CHECK(w->answer[2] == 1);
	store_world_free(w);
}

static void
truths_that_no_bound_can_hold_are_counted_and_told(void)
{
	struct store_world *w = world_on_bad_disk();
	char *text = malloc(RF_STORE_RECORD_LEN_MAX + 1);
	const uint32_t fit = RF_STORE_RETRY_BYTES_MAX / RF_STORE_RECORD_LEN_MAX;
	memset(text, 'x', RF_STORE_RECORD_LEN_MAX);
	text[RF_STORE_RECORD_LEN_MAX] = '\0';
	crash_vfs_fault(CRASH_FULL);
	rf_token token = 0;
	while (token < fit + 500) {
		for (int i = 0; i < 500; i++, token++)
			store_world_put(w, token + 1, RF_STORE_OUTCOME, token + 1, text, "");
		CHECK(store_world_await(w, (uint32_t)token));
	}
	CHECK(w->stored == 0);
	uint64_t lost = store_world_stats(w).lost;
	CHECK(lost > 0 && store_world_stats(w).undurable == token - lost);
	store_world_run(w, 2);
	CHECK(strstr(w->notices, "store.lost") != NULL);
	crash_vfs_fault(CRASH_NO_FAULT);
	for (int i = 0; i < 50 && store_world_stats(w).undurable > 0; i++)
		store_world_run(w, 100);
	CHECK(store_world_stats(w).undurable == 0);
	CHECK(strcmp(store_world_sql(w, "PRAGMA integrity_check"), "ok ") == 0);
	free(text);
	store_world_free(w);
}

static void
a_slow_disk_delays_answers_and_nothing_else(void)
{
	struct store_world *w = world_on_bad_disk();
	crash_vfs_slow(100);
	store_world_put(w, 1, RF_STORE_PROMISE, 5, "five", "{}");
	store_world_run(w, 20);
	for (rf_token token = 2; token <= 50; token++)
		store_world_put(w, token, RF_STORE_PROMISE, token, "s", "{}");
	CHECK(w->answers == 0);
	CHECK(store_world_stats(w).pending == 50);
	CHECK(store_world_await(w, 50));
	CHECK(w->stored == 50);
	CHECK(store_world_stats(w).commits == 2); /* one in flight, the rest in one group */
	CHECK(store_world_stats(w).commit_us_max >= 100000);
	store_world_free(w);
}

/* ---- between commits ------------------------------------------------------------------------ */

static void
the_log_is_checkpointed_and_does_not_grow_for_ever(void)
{
	struct store_world *w = world();
	char text[20001];
	for (uint32_t i = 0; i < 20000; i++)    /* nothing that could be packed */
		text[i] = (char)('!' + (i * 2654435761u ^ i * i * 40503u) % 2039 % 93);
	text[20000] = '\0';
	rf_token token = 0;
	for (int round = 0; round < 60; round++) {
		for (int i = 0; i < 50; i++)
			store_world_put(w, ++token, RF_STORE_PROMISE, (uint64_t)i, text, "");
		CHECK(store_world_await(w, (uint32_t)token));
	}
	store_world_run(w, 50);
	CHECK(store_world_stats(w).checkpoints >= 3); /* of some 15000 pages written */
	char path[128];
	struct stat st;
	snprintf(path, sizeof path, "%s-wal", w->path);
	CHECK(stat(path, &st) == 0);
	CHECK(st.st_size < 8 * 1024 * 1024);
	store_world_free(w);
}

static void
put_at(struct store_world *w, rf_token token, int64_t days_ago, enum rf_store_kind kind)
{
	struct timeval now;
	evutil_gettimeofday(&now, NULL);
	rf_store_put(w->store,
	    &(struct rf_store_put){ .token = token,
		.kind = kind,
		.session = 5,
		.saved_us = ((int64_t)now.tv_sec - days_ago * 86400) * RF_SECOND,
		.event = RF_SLICE("{}"),
		.cdr = kind == RF_STORE_OUTCOME });
}

static void
what_is_older_than_its_retention_is_purged(void)
{
	struct store_world *w = store_world_new("sqlite:");
	const rf_time day = 86400 * RF_SECOND;
	CHECK_OR_STOP(store_world_open(w));
	rf_token token = 0;
	for (int i = 0; i < 2000; i++)
		put_at(w, ++token, 100, i % 2 ? RF_STORE_OUTCOME : RF_STORE_PROMISE);
	for (int i = 0; i < 1000; i++)
		put_at(w, ++token, 30, i % 2 ? RF_STORE_OUTCOME : RF_STORE_PROMISE);
	for (int i = 0; i < 600; i++)
		put_at(w, ++token, 1, RF_STORE_PROMISE);
	CHECK(store_world_await(w, (uint32_t)token));
	store_world_sql(w, "INSERT INTO review VALUES (1, 0, 5, 'old', 'x', 0) RETURNING id");
	w->config.retention.cdr = 90 * day;
	w->config.retention.events = 7 * day;
	w->config.retention.review = 30 * day;
	store_world_reopen(w);
	store_world_run(w, 500);
	CHECK(strcmp(store_world_sql(w, "SELECT count(*) FROM event WHERE cdr = 1"), "500 ") == 0);
	CHECK(strcmp(store_world_sql(w, "SELECT count(*) FROM event WHERE cdr = 0"), "600 ") == 0);
	CHECK(strcmp(store_world_sql(w, "SELECT count(*) FROM review"), "0 ") == 0);
	CHECK(store_world_stats(w).purged == 2501);
	store_world_free(w);
}

static void
nothing_is_purged_without_a_retention(void)
{
	struct store_world *w = world();
	put_at(w, 1, 10000, RF_STORE_PROMISE);
	CHECK(store_world_await(w, 1));
	store_world_reopen(w);
	store_world_run(w, 50);
	CHECK(strcmp(store_world_events(w, 5), "{} ") == 0);
	store_world_free(w);
}

/* ---- call detail records -------------------------------------------------------------------- */

static bool
take_cdr(void *user, struct rf_slice event, uint32_t columns, const char *const *name,
    const char *const *value)
{
	char *text = user;
	CHECK(columns > 10);
	if (value == NULL)                      /* the names, once */
		return true;
	CHECK(event.len > 0);
	for (uint32_t i = 0; i < columns; i++) {
		if (strcmp(name[i], "attempts") == 0)
			strcat(strcat(text, value[i] != NULL ? value[i] : "-"), " ");
	}
	return true;
}

static const char *
cdrs(struct store_world *w, struct rf_store_query query)
{
	static char text[4096];
	text[0] = '\0';
	bool read = rf_store_cdrs(w->url, &query, take_cdr, text, w->error);
	if (!read)
		check_note("%s", w->error);
	CHECK(read);
	return text;
}

static void
call_detail_records_are_read_while_the_store_is_open(void)
{
	struct store_world *w = world();
	char event[64];
	for (rf_token token = 1; token <= 600; token++) {
		snprintf(event, sizeof event, "{\"attempts\":%llu}", (unsigned long long)token);
		store_world_put(w, token, token % 100 ? RF_STORE_PROMISE : RF_STORE_OUTCOME,
		    token % 200 ? 5 : 6, "s", event);
	}
	CHECK(store_world_await(w, 600));
	CHECK(strcmp(cdrs(w, (struct rf_store_query){ 0 }), "100 200 300 400 500 600 ") == 0);
	CHECK(strcmp(cdrs(w, (struct rf_store_query){ .limit = 2 }), "500 600 ") == 0);
	CHECK(strcmp(cdrs(w, (struct rf_store_query){ .session = 6 }), "200 400 600 ") == 0);
	CHECK(strcmp(cdrs(w, (struct rf_store_query){ .session = 6, .limit = 1 }), "600 ") == 0);
	CHECK(strcmp(cdrs(w, (struct rf_store_query){ .since_us = 1800000000 * RF_SECOND }),
	    "") == 0);
	store_world_free(w);
}

static void
call_detail_records_are_read_after_the_store_is_closed(void)
{
	struct store_world *w = world();
	store_world_put(w, 1, RF_STORE_OUTCOME, 5, "s", "{\"attempts\":3}");
	store_world_close(w);
	CHECK(strcmp(cdrs(w, (struct rf_store_query){ 0 }), "3 ") == 0);
	store_world_free(w);
}

static void
a_file_that_is_not_there_has_no_records_and_says_so(void)
{
	struct store_world *w = store_world_new("sqlite:");
	char error[RF_STORE_ERROR_MAX];
	CHECK(!rf_store_cdrs(w->url, &(struct rf_store_query){ 0 }, take_cdr, NULL, error));
	CHECK(strstr(error, w->path) != NULL);
	CHECK(!rf_store_cdrs("memory:", &(struct rf_store_query){ 0 }, take_cdr, NULL, error));
	CHECK(strstr(error, "memory:") != NULL);
	store_world_free(w);
}

int
main(int argc, char **argv)
{
	program = argv[0];
	if (argc == 3 && strcmp(argv[1], "--lock") == 0)
		return lock_and_wait(argv[2]);
	static const struct check_test tests[] = {
		CHECK_TEST(live_sessions_come_back_with_their_newest_snapshot),
		CHECK_TEST(a_long_snapshot_is_shorter_in_the_file_and_comes_back_whole),
		CHECK_TEST(a_packed_snapshot_that_is_damaged_is_given_as_it_is),
		CHECK_TEST(the_time_it_was_stored_comes_back_with_it),
		CHECK_TEST(many_sessions_come_in_batches),
		CHECK_TEST(what_is_put_during_the_restart_is_not_restored_again),
		CHECK_TEST(a_session_whose_restore_crashed_twice_goes_to_review_alone),
		CHECK_TEST(a_process_that_was_killed_in_a_restore_makes_nobody_suspect),
		CHECK_TEST(what_the_engine_refuses_goes_to_review),
		CHECK_TEST(the_files_are_for_their_owner_only),
		CHECK_TEST(a_newer_schema_is_refused_and_left_as_it_is),
		CHECK_TEST(an_older_schema_is_brought_forward),
		CHECK_TEST(a_migration_that_fails_changes_nothing),
		CHECK_TEST(a_database_of_somebody_else_is_refused),
		CHECK_TEST(a_folder_without_permission_is_an_error_with_its_reason),
		CHECK_TEST(a_file_that_is_no_database_is_put_aside),
		CHECK_TEST(sessions_that_cannot_be_read_are_put_aside_with_their_file),
		CHECK_TEST(a_file_that_becomes_corrupt_is_put_aside_and_the_group_is_stored),
		CHECK_TEST(truths_outlive_a_disk_that_is_full),
		CHECK_TEST(truths_outlive_a_disk_that_cannot_write),
		CHECK_TEST(truths_outlive_a_disk_that_cannot_sync),
		CHECK_TEST(truths_outlive_a_disk_that_becomes_read_only),
		CHECK_TEST(truths_outlive_a_system_that_lets_no_file_grow),
		CHECK_TEST(truths_outlive_a_lock_of_another_process),
		CHECK_TEST(a_short_lock_of_another_process_is_waited_for),
		CHECK_TEST(truths_that_no_bound_can_hold_are_counted_and_told),
		CHECK_TEST(a_slow_disk_delays_answers_and_nothing_else),
		CHECK_TEST(the_log_is_checkpointed_and_does_not_grow_for_ever),
		CHECK_TEST(what_is_older_than_its_retention_is_purged),
		CHECK_TEST(nothing_is_purged_without_a_retention),
		CHECK_TEST(call_detail_records_are_read_while_the_store_is_open),
		CHECK_TEST(call_detail_records_are_read_after_the_store_is_closed),
		CHECK_TEST(a_file_that_is_not_there_has_no_records_and_says_so),
	};
	return check_main("store-sqlite", tests, sizeof tests / sizeof tests[0]);
}
