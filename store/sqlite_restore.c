/* SPDX-License-Identifier: BSD-2-Clause */
/* store/sqlite_restore.c -- gives the sessions back after a restart, a batch at a time.
 *
 * A batch is marked in the file before it is given away, and the mark is taken back with the next
 * batch.  So a session whose restore ends the process is found: first its whole batch is suspect
 * and given one by one, then it alone has two marks.  Marks of a process that was killed from
 * outside mean nothing: `forgive`. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "store/sqlite_internal.h"

/* `todo`: who was there at the start; `given`: who is in the batch that is out. */
static const char begin_sql[] =
    "CREATE TEMP TABLE todo AS SELECT session, restores FROM session WHERE restores < 2 "
    "ORDER BY restores DESC, saved;"
    "CREATE TEMP TABLE given (session INTEGER PRIMARY KEY);"
    "INSERT INTO review (time, session, reason, body, packed) "
    "SELECT CAST(strftime('%s', 'now') AS INTEGER) * 1000000, session, "
    "'its restore ended the process twice', snapshot, packed FROM session WHERE restores >= 2;";
static const char forgive_sql[] = "UPDATE session SET restores = 0 WHERE restores > 0";
static const char drop_quarantined_sql[] = "DELETE FROM session WHERE restores >= 2";
static const char take_back_sql[] =
    "UPDATE session SET restores = 0 WHERE session IN (SELECT session FROM given);"
    "DELETE FROM given;";
/* The suspects stand first and are given alone. */
static const char give_sql[] =
    "INSERT INTO given SELECT todo.session FROM todo WHERE todo.rowid IN ("
    "SELECT rowid FROM todo ORDER BY rowid LIMIT "
    "coalesce((SELECT CASE restores WHEN 0 THEN %d ELSE 1 END FROM todo ORDER BY rowid "
    "LIMIT 1), 0));"
    "DELETE FROM todo WHERE session IN (SELECT session FROM given);"
    "UPDATE session SET restores = restores + 1, restarts = restarts + 1 "
    "WHERE session IN (SELECT session FROM given);";
static const char read_sql[] =
    "SELECT session, saved, restarts, snapshot, packed FROM session "
    "WHERE session IN (SELECT session FROM given)";
static const char end_sql[] = "DROP TABLE todo; DROP TABLE given;";

static int
exec(struct rf_sqlite *s, const char *sql)
{
	return sqlite3_exec(s->db, sql, NULL, NULL, NULL);
}

static bool
arena_room(struct rf_sqlite *s, size_t len)
{
	if (s->arena_max - s->arena_len < len) {
		size_t max = (s->arena_max + len) * 2;
		char *grown = realloc(s->arena, max);
		if (grown == NULL)
			return false;
		s->arena = grown;
		s->arena_max = max;
	}
	return true;
}

/* What cannot be unpacked is given as it is: its seal is not whole, and it goes to review. */
static bool
arena_keep(struct rf_sqlite *s, struct rf_slice stored, int64_t packed, uint32_t *len)
{
	bool is_packed = packed > 0 && packed <= RF_STORE_RECORD_LEN_MAX;
	*len = is_packed ? (uint32_t)packed : stored.len;
	if (!arena_room(s, *len > stored.len ? *len : stored.len))
		return false;
	if (!is_packed || !rf_unpack(stored, s->arena + s->arena_len, *len)) {
		*len = stored.len;
		if (*len > 0)
			memcpy(s->arena + s->arena_len, stored.p, *len);
	}
	s->arena_len += *len;
	return true;
}

static int
read_given(struct rf_sqlite *s, struct rf_store_saved *out, int *count)
{
	sqlite3_stmt *statement;
	int rc = sqlite3_prepare_v2(s->db, read_sql, -1, &statement, NULL);
	*count = 0;
	s->arena_len = 0;
	while (rc == SQLITE_OK && *count < RF_STORE_RESTORE_MAX &&
	    sqlite3_step(statement) == SQLITE_ROW) {
		struct rf_store_saved *saved = &out[(*count)++];
		saved->session = (uint64_t)sqlite3_column_int64(statement, 0);
		saved->saved_us = sqlite3_column_int64(statement, 1);
		saved->restarts = (uint32_t)sqlite3_column_int64(statement, 2);
		const void *bytes = sqlite3_column_blob(statement, 3);
		struct rf_slice stored = { bytes, (uint32_t)sqlite3_column_bytes(statement, 3) };
		int64_t packed = sqlite3_column_int64(statement, 4);
		if (!arena_keep(s, stored, packed, &saved->snapshot.len))
			rc = SQLITE_NOMEM;
	}
	sqlite3_finalize(statement);
	size_t at = 0;                          /* now the arena moves no more */
	for (int i = 0; i < *count; i++) {
		out[i].snapshot.p = s->arena + at;
		at += out[i].snapshot.len;
	}
	return rc;
}

static int
begin_restore(struct rf_sqlite *s)
{
	int rc = s->forgive ? exec(s, forgive_sql) : SQLITE_OK;
	if (rc == SQLITE_OK)
		rc = exec(s, begin_sql);
	if (rc == SQLITE_OK)
		rc = exec(s, drop_quarantined_sql);
	int quarantined = sqlite3_changes(s->db);
	if (rc != SQLITE_OK || quarantined == 0)
		return rc;
	rf_store_count(s->store, RF_STORE_COUNT_quarantined, (uint64_t)quarantined);
	rf_store_notice(s->store, RF_STORE_ERROR, "store.quarantined",
	    "%d sessions whose restore ended the process twice are in the review queue",
	    quarantined);
	return rc;
}

static int
next_batch(struct rf_sqlite *s, struct rf_store_saved *out, int *count)
{
	char give[sizeof give_sql + 16];
	snprintf(give, sizeof give, give_sql, RF_STORE_RESTORE_MAX);
	*count = 0;
	int rc = exec(s, "BEGIN IMMEDIATE");
	if (rc == SQLITE_OK)
		rc = s->restoring ? exec(s, take_back_sql) : begin_restore(s);
	/* Some may be over meanwhile: a batch can be empty without being the last. */
	for (int64_t left = 1; rc == SQLITE_OK && *count == 0 && left > 0;) {
		rc = exec(s, give);
		left = sqlite3_changes(s->db);
		if (rc == SQLITE_OK)
			rc = read_given(s, out, count);
	}
	if (rc == SQLITE_OK && *count == 0)
		rc = exec(s, end_sql);
	if (rc == SQLITE_OK)
		rc = exec(s, "COMMIT");
	return rc;
}

int
rf_sqlite_restore_next(void *self, struct rf_store_saved *out, char error[RF_STORE_ERROR_MAX])
{
	struct rf_sqlite *s = self;
	int count = 0;
	pthread_mutex_lock(&s->lock);
	int rc = s->db != NULL ? next_batch(s, out, &count) : SQLITE_CANTOPEN;
	s->restoring = rc == SQLITE_OK && count > 0;
	if (rc != SQLITE_OK) {
		rf_sqlite_explain(error, s->path, "sessions cannot be restored", s->db);
		if (s->db != NULL && sqlite3_get_autocommit(s->db) == 0)
			exec(s, "ROLLBACK");
		count = -1;
	}
	pthread_mutex_unlock(&s->lock);
	return count;
}

static int
move_to_review(struct rf_sqlite *s, uint64_t session, const char *why)
{
	sqlite3_stmt *insert = NULL;
	int rc = rf_sqlite_run(s->sql[RF_SQL_BEGIN]);
	if (rc == SQLITE_OK)
		rc = sqlite3_prepare_v2(s->db,
		    "INSERT INTO review (time, session, reason, body, packed) "
		    "SELECT CAST(strftime('%s', 'now') AS INTEGER) * 1000000, session, ?2, "
		    "snapshot, packed FROM session WHERE session = ?1", -1, &insert, NULL);
	if (rc == SQLITE_OK) {
		sqlite3_bind_int64(insert, 1, (int64_t)session);
		sqlite3_bind_text(insert, 2, why, -1, SQLITE_STATIC);
		rc = rf_sqlite_run(insert);
	}
	sqlite3_finalize(insert);
	sqlite3_bind_int64(s->sql[RF_SQL_FORGET], 1, (int64_t)session);
	if (rc == SQLITE_OK)
		rc = rf_sqlite_run(s->sql[RF_SQL_FORGET]);
	if (rc == SQLITE_OK)
		rc = rf_sqlite_run(s->sql[RF_SQL_COMMIT]);
	return rc;
}

bool
rf_sqlite_review(void *self, uint64_t session, const char *why)
{
	struct rf_sqlite *s = self;
	pthread_mutex_lock(&s->lock);
	int rc = s->db != NULL ? move_to_review(s, session, why) : SQLITE_CANTOPEN;
	if (rc == SQLITE_OK)
		rf_store_count(s->store, RF_STORE_COUNT_quarantined, 1);
	else if (s->db != NULL && sqlite3_get_autocommit(s->db) == 0)
		rf_sqlite_run(s->sql[RF_SQL_ROLLBACK]);
	pthread_mutex_unlock(&s->lock);
	return rc == SQLITE_OK;
}
