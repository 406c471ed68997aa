/* SPDX-License-Identifier: BSD-2-Clause */
/* store/sqlite_outbox.c -- deliveries: made with their event, read in their order, settled one by
 * one.  All of it runs on the worker, inside of the transaction of its commit. */
#include <string.h>

#include "store/sqlite_internal.h"

int
rf_sqlite_deliver(struct rf_sqlite *s, const struct rf_store_put *put, struct rf_store_rows *rows)
{
	sqlite3_stmt *deliver = s->sql[RF_SQL_DELIVER];
	int64_t event = sqlite3_last_insert_rowid(s->db);
	int rc = SQLITE_OK;
	for (uint32_t i = 0; i < s->receivers && rc == SQLITE_OK; i++) {
		if ((put->receivers >> i & 1) == 0)
			continue;
		sqlite3_bind_text(deliver, 1, s->receiver[i], -1, SQLITE_STATIC);
		sqlite3_bind_int64(deliver, 2, (int64_t)put->session);
		sqlite3_bind_int64(deliver, 3, event);
		rc = rf_sqlite_run(deliver);
		rows->news |= 1u << i;
	}
	return rc;
}

/* Gives every row of the statement to whoever asked. */
static int
give_rows(sqlite3_stmt *statement, rf_token token, struct rf_store_rows *rows)
{
	int rc;
	while ((rc = sqlite3_step(statement)) == SQLITE_ROW) {
		const struct rf_store_delivery d = {
			.row = { .number = sqlite3_column_int64(statement, 0),
			    .session = (uint64_t)sqlite3_column_int64(statement, 1),
			    .attempts = (uint32_t)sqlite3_column_int64(statement, 2) },
			.event = rf_sqlite_text(statement, 3)
		};
		if (!rf_store_rows_add(rows, token, &d)) {
			rc = SQLITE_NOMEM;
			break;
		}
	}
	sqlite3_reset(statement);
	return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

int
rf_sqlite_fetch(struct rf_sqlite *s, const struct rf_store_work *work, struct rf_store_rows *rows)
{
	sqlite3_stmt *fetch = s->sql[RF_SQL_FETCH];
	sqlite3_bind_text(fetch, 1, s->receiver[work->receiver], -1, SQLITE_STATIC);
	sqlite3_bind_int64(fetch, 2, work->number);
	sqlite3_bind_int(fetch, 3, work->count);
	return give_rows(fetch, work->put.token, rows);
}

static int
bury(struct rf_sqlite *s, const struct rf_store_work *work)
{
	sqlite3_stmt *bury = s->sql[RF_SQL_BURY];
	sqlite3_bind_int64(bury, 1, work->number);
	sqlite3_bind_int64(bury, 2, work->put.saved_us);
	sqlite3_bind_int64(bury, 3, work->attempts);
	sqlite3_bind_text(bury, 4, work->put.event.p, (int)work->put.event.len, SQLITE_STATIC);
	return rf_sqlite_run(bury);
}

int
rf_sqlite_settle(struct rf_sqlite *s, const struct rf_store_work *work, struct rf_store_rows *rows)
{
	sqlite3_stmt *settle = s->sql[RF_SQL_SETTLE], *next = s->sql[RF_SQL_NEXT],
		     *tried = s->sql[RF_SQL_TRIED];
	int rc = SQLITE_OK;
	if (work->what == RF_SETTLED_TRIED) {
		sqlite3_bind_int64(tried, 1, work->number);
		sqlite3_bind_int64(tried, 2, work->attempts);
		return rf_sqlite_run(tried);
	}
	if (work->what == RF_SETTLED_DEAD)
		rc = bury(s, work);
	sqlite3_bind_int64(settle, 1, work->number);
	if (rc == SQLITE_OK)
		rc = rf_sqlite_run(settle);
	if (rc != SQLITE_OK)
		return rc;
	sqlite3_bind_text(next, 1, s->receiver[work->receiver], -1, SQLITE_STATIC);
	sqlite3_bind_int64(next, 2, (int64_t)work->put.session);
	sqlite3_bind_int64(next, 3, work->number);
	return give_rows(next, work->put.token, rows);
}

/* ?1: a number, or 0 for all of them. */
static int
run_with(struct rf_sqlite *s, const char *sql, int64_t number)
{
	sqlite3_stmt *statement;
	int rc = sqlite3_prepare_v2(s->db, sql, -1, &statement, NULL);
	if (rc == SQLITE_OK) {
		sqlite3_bind_int64(statement, 1, number);
		rc = rf_sqlite_run(statement);
	}
	sqlite3_finalize(statement);
	return rc;
}

int
rf_sqlite_judge(struct rf_sqlite *s, const struct rf_store_work *work, struct rf_store_rows *rows)
{
	int rc = SQLITE_OK;
	if (work->what == RF_STORE_REPLAY) {
		rc = run_with(s,
		    "INSERT INTO delivery (receiver, session, attempts, body) "
		    "SELECT receiver, session, 0, body FROM dead_letter "
		    "WHERE ?1 = 0 OR id = ?1 ORDER BY id",
		    work->number);
		rows->news = UINT32_MAX;                /* whoever it is for */
	}
	if (rc == SQLITE_OK)
		rc = run_with(s, "DELETE FROM dead_letter WHERE ?1 = 0 OR id = ?1", work->number);
	return rc;
}

/* ---- reading, by connections that only read ---------------------------------------------------
 */

void
rf_sqlite_depths(const void *self, struct rf_store_depths *out)
{
	const struct rf_sqlite *s = self;
	char error[RF_STORE_ERROR_MAX];
	sqlite3_stmt *statement = NULL;
	sqlite3 *db = rf_sqlite_reader(s->path, s->vfs, error);
	*out = (struct rf_store_depths){ 0 };
	if (db != NULL &&
	    sqlite3_prepare_v2(db,
		"SELECT (SELECT count(*) FROM delivery), (SELECT count(*) FROM dead_letter), "
		"(SELECT count(*) FROM review)",
		-1, &statement, NULL) == SQLITE_OK &&
	    sqlite3_step(statement) == SQLITE_ROW) {
		out->outbox = (uint64_t)sqlite3_column_int64(statement, 0);
		out->dead_letters = (uint64_t)sqlite3_column_int64(statement, 1);
		out->review = (uint64_t)sqlite3_column_int64(statement, 2);
	}
	sqlite3_finalize(statement);
	sqlite3_close(db);
}

bool
rf_store_dead_letters(const char *url, int64_t after, rf_store_dead_letter_fn *row, void *user,
    char error[RF_STORE_ERROR_MAX])
{
	sqlite3_stmt *statement = NULL;
	sqlite3 *db = rf_sqlite_reader_of(url, error);
	if (db == NULL)
		return false;
	int rc = sqlite3_prepare_v2(db,
	    "SELECT id, time, session, attempts, receiver, reason, body FROM dead_letter "
	    "WHERE id > ?1 ORDER BY id",
	    -1, &statement, NULL);
	if (rc == SQLITE_OK)
		sqlite3_bind_int64(statement, 1, after);
	while (rc == SQLITE_OK && (rc = sqlite3_step(statement)) == SQLITE_ROW) {
		const struct rf_store_dead_letter letter = {
			.number = sqlite3_column_int64(statement, 0),
			.time_us = sqlite3_column_int64(statement, 1),
			.session = (uint64_t)sqlite3_column_int64(statement, 2),
			.attempts = (uint32_t)sqlite3_column_int64(statement, 3),
			.receiver = rf_sqlite_text(statement, 4),
			.reason = rf_sqlite_text(statement, 5),
			.event = rf_sqlite_text(statement, 6)
		};
		rc = row(user, &letter) ? SQLITE_OK : SQLITE_DONE;
	}
	if (rc != SQLITE_DONE)
		rf_sqlite_explain(error, url, "cannot be read", db);
	sqlite3_finalize(statement);
	sqlite3_close(db);
	return rc == SQLITE_DONE;
}
