/* SPDX-License-Identifier: BSD-2-Clause */
/* store/sqlite_maintain.c -- what is done between commits, each step bounded: checkpoints, and
 * retention. */
#include <time.h>

#include "store/sqlite_internal.h"

enum {
	CHECKPOINT_PAGES = 1000,                /* of the write-ahead log, 4 KiB each */
	PURGE_ROWS = 512,                       /* looked at in one step */
	PURGE_EVERY_S = 3600,
	PAGE_BYTES = 4096,
};

/* Passive: it waits for nobody.  A reader may hold part of the log; then later. */
static void
checkpoint(struct rf_sqlite *s)
{
	int pages = 0, moved = 0;
	if (s->wal_pages < s->checkpoint_at || s->wal_pages < CHECKPOINT_PAGES)
		return;
	if (sqlite3_wal_checkpoint_v2(s->db, NULL, SQLITE_CHECKPOINT_PASSIVE, &pages, &moved) !=
	    SQLITE_OK)
		pages = s->wal_pages;
	rf_store_count(s->store, RF_STORE_COUNT_checkpoints, 1);
	s->checkpoint_at = pages > moved ? pages + CHECKPOINT_PAGES : 0;
	if (pages == moved)
		s->wal_pages = 0;               /* the next commit begins at its start again */
}

static int64_t
older_than(int64_t wall_us, rf_time keep)
{
	return keep == 0 ? INT64_MIN : wall_us - keep;
}

static int
run_with(struct rf_sqlite *s, const char *sql, const int64_t *value, int count)
{
	sqlite3_stmt *statement;
	int rc = sqlite3_prepare_v2(s->db, sql, -1, &statement, NULL);
	for (int i = 0; i < count && rc == SQLITE_OK; i++)
		rc = sqlite3_bind_int64(statement, i + 1, value[i]);
	if (rc == SQLITE_OK)
		rc = rf_sqlite_run(statement);
	if (rc == SQLITE_OK)
		rf_store_count(s->store, RF_STORE_COUNT_purged, (uint64_t)sqlite3_changes(s->db));
	sqlite3_finalize(statement);
	return rc;
}

/* Looks at the next events; *first is the oldest time among them, *last the id to go on from. */
static int
look_ahead(struct rf_sqlite *s, int64_t cdr_before, int64_t before, int64_t *last, int *rows,
    int *victims, int64_t *first)
{
	sqlite3_stmt *statement;
	int rc = sqlite3_prepare_v2(s->db,
	    "SELECT id, time, cdr FROM event WHERE id > ?1 ORDER BY id LIMIT ?2", -1, &statement,
	    NULL);
	*rows = *victims = 0;
	*first = INT64_MAX;
	if (rc == SQLITE_OK) {
		sqlite3_bind_int64(statement, 1, s->purged_to);
		sqlite3_bind_int(statement, 2, PURGE_ROWS);
	}
	while (rc == SQLITE_OK && sqlite3_step(statement) == SQLITE_ROW) {
		int64_t time = sqlite3_column_int64(statement, 1);
		*last = sqlite3_column_int64(statement, 0);
		*victims += time < (sqlite3_column_int(statement, 2) ? cdr_before : before);
		*first = time < *first ? time : *first;
		++*rows;
	}
	sqlite3_finalize(statement);
	return rc;
}

static void
purge_step(struct rf_sqlite *s, int64_t wall_us)
{
	int64_t last = s->purged_to, first, cdr_before = older_than(wall_us, s->keep_cdr),
		before = older_than(wall_us, s->keep_events);
	int rows, victims;
	int rc = look_ahead(s, cdr_before, before, &last, &rows, &victims, &first);
	if (rc == SQLITE_OK && victims > 0)
		rc = run_with(s,
		    "DELETE FROM event WHERE id > ?1 AND id <= ?2 AND "
		    "time < CASE cdr WHEN 1 THEN ?3 ELSE ?4 END AND "
		    "NOT EXISTS (SELECT 1 FROM delivery d WHERE d.event = event.id)",
		    (const int64_t[]){ s->purged_to, last, cdr_before, before }, 4);
	s->purged_to = last;
	/* What follows is younger still. */
	s->purging = rc == SQLITE_OK && rows == PURGE_ROWS &&
	    (first < cdr_before || first < before);
}

static void
begin_pass(struct rf_sqlite *s, int64_t wall_us)
{
	s->purging = true;
	s->purged_to = INT64_MIN;
	run_with(s,
	    "DELETE FROM review WHERE id IN (SELECT id FROM review WHERE time < ?1 LIMIT ?2)",
	    (const int64_t[]){ older_than(wall_us, s->keep_review), PURGE_ROWS }, 2);
	run_with(s,
	    "DELETE FROM dead_letter WHERE id IN "
	    "(SELECT id FROM dead_letter WHERE time < ?1 LIMIT ?2)",
	    (const int64_t[]){ older_than(wall_us, s->keep_dlq), PURGE_ROWS }, 2);
}

static rf_time
clock_us(clockid_t clock)
{
	struct timespec t;
	clock_gettime(clock, &t);
	return (rf_time)t.tv_sec * RF_SECOND + t.tv_nsec / 1000;
}

bool
rf_sqlite_maintain(void *self)
{
	struct rf_sqlite *s = self;
	pthread_mutex_lock(&s->lock);
	if (s->db != NULL && !s->failing) {
		checkpoint(s);
		if (s->purging) {
			purge_step(s, clock_us(CLOCK_REALTIME));
		} else if (clock_us(CLOCK_MONOTONIC) >= s->purge_next) {
			s->purge_next = clock_us(CLOCK_MONOTONIC) + PURGE_EVERY_S * RF_SECOND;
			begin_pass(s, clock_us(CLOCK_REALTIME));
		}
	}
	rf_store_wal_bytes(s->store, (uint64_t)s->wal_pages * PAGE_BYTES);
	bool more = s->purging && s->db != NULL && !s->failing;
	pthread_mutex_unlock(&s->lock);
	return more;
}
