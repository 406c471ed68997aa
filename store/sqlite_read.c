/* SPDX-License-Identifier: BSD-2-Clause */
/* store/sqlite_read.c -- reads what was committed, by connections of its own that only read: a
 * commit never waits for them.  Long answers are read in pages, so that no reader holds the
 * write-ahead log for long. */
#include <stdio.h>
#include <string.h>

#include "store/sqlite_internal.h"

enum { EVENTS_MAX = 4096, PAGE_ROWS = 256 };

struct rf_slice
rf_sqlite_text(sqlite3_stmt *statement, int column)
{
	const char *text = (const char *)sqlite3_column_text(statement, column);
	return (struct rf_slice){ text, (uint32_t)sqlite3_column_bytes(statement, column) };
}

void
rf_sqlite_events(const void *self, uint64_t session, rf_store_event_fn *each, void *user)
{
	const struct rf_sqlite *s = self;
	char error[RF_STORE_ERROR_MAX];
	sqlite3_stmt *statement = NULL;
	sqlite3 *db = rf_sqlite_reader(s->path, s->vfs, error);
	if (db != NULL &&
	    sqlite3_prepare_v2(db,
		"SELECT kind, body FROM event WHERE session = ?1 ORDER BY id LIMIT ?2", -1,
		&statement, NULL) == SQLITE_OK) {
		sqlite3_bind_int64(statement, 1, (int64_t)session);
		sqlite3_bind_int(statement, 2, EVENTS_MAX);
		while (sqlite3_step(statement) == SQLITE_ROW)
			each(user, (enum rf_store_kind)sqlite3_column_int(statement, 0),
			    rf_sqlite_text(statement, 1));
	}
	sqlite3_finalize(statement);
	sqlite3_close(db);
}

uint64_t
rf_sqlite_newest(const void *self)
{
	const struct rf_sqlite *s = self;
	char error[RF_STORE_ERROR_MAX];
	uint64_t session = 0;
	sqlite3_stmt *statement = NULL;
	sqlite3 *db = rf_sqlite_reader(s->path, s->vfs, error);
	if (db != NULL &&
	    sqlite3_prepare_v2(db, "SELECT session FROM event ORDER BY id DESC LIMIT 1", -1,
		&statement, NULL) == SQLITE_OK &&
	    sqlite3_step(statement) == SQLITE_ROW)
		session = (uint64_t)sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	sqlite3_close(db);
	return session;
}

/* ---- call detail records -------------------------------------------------------------------- */

/* ?1: id of the last one read; ?2: session or 0; ?3: since; ?4: how many. */
#define CHOSEN "FROM event WHERE cdr = 1 AND id > ?1 AND (?2 = 0 OR session = ?2) AND time >= ?3"
static const char page_sql[] =
    "SELECT * FROM cdr WHERE id IN (SELECT id " CHOSEN " ORDER BY id LIMIT ?4) "
    "ORDER BY id";
static const char latest_sql[] =
    "SELECT min(id) FROM (SELECT id " CHOSEN " ORDER BY id DESC LIMIT ?4)";

static void
bind_query(sqlite3_stmt *statement, const struct rf_store_query *query, int64_t after,
    int64_t limit)
{
	sqlite3_bind_int64(statement, 1, after);
	sqlite3_bind_int64(statement, 2, (int64_t)query->session);
	sqlite3_bind_int64(statement, 3, query->since_us);
	sqlite3_bind_int64(statement, 4, limit);
}

/* The id before the latest `limit`. */
static int
find_start(sqlite3 *db, const struct rf_store_query *query, int64_t *after)
{
	sqlite3_stmt *statement;
	int rc = sqlite3_prepare_v2(db, latest_sql, -1, &statement, NULL);
	if (rc == SQLITE_OK) {
		bind_query(statement, query, *after, (int64_t)query->limit);
		if (sqlite3_step(statement) == SQLITE_ROW)
			*after = sqlite3_column_int64(statement, 0) - 1;
	}
	sqlite3_finalize(statement);
	return rc;
}

/* The last column of the view is the event itself.  Not `is_row`: the names only. */
static bool
give(sqlite3_stmt *statement, bool is_row, rf_store_cdr_fn *row, void *user)
{
	const char *name[RF_STORE_COLUMNS_MAX], *value[RF_STORE_COLUMNS_MAX];
	int columns = sqlite3_column_count(statement) - 1;
	if (columns > RF_STORE_COLUMNS_MAX)
		columns = RF_STORE_COLUMNS_MAX;
	for (int i = 0; i < columns; i++) {
		name[i] = sqlite3_column_name(statement, i);
		value[i] = is_row ? (const char *)sqlite3_column_text(statement, i) : NULL;
	}
	return row(user, is_row ? rf_sqlite_text(statement, columns) : RF_SLICE(""),
	    (uint32_t)columns, name, is_row ? value : NULL);
}

/* SQLITE_ROW: there may be more. */
static int
read_page(sqlite3 *db, const struct rf_store_query *query, int64_t *after, bool first,
    rf_store_cdr_fn *row, void *user)
{
	sqlite3_stmt *statement;
	int rows = 0, rc = sqlite3_prepare_v2(db, page_sql, -1, &statement, NULL);
	bool wanted = true;
	if (rc == SQLITE_OK)
		bind_query(statement, query, *after, PAGE_ROWS);
	if (rc == SQLITE_OK && first)
		wanted = give(statement, false, row, user);
	while (rc == SQLITE_OK && wanted && (rc = sqlite3_step(statement)) == SQLITE_ROW) {
		*after = sqlite3_column_int64(statement, 0);
		wanted = give(statement, true, row, user);
		rows++;
		rc = SQLITE_OK;
	}
	sqlite3_finalize(statement);
	if (rc != SQLITE_OK && rc != SQLITE_DONE)
		return rc;
	return wanted && rows == PAGE_ROWS ? SQLITE_ROW : SQLITE_DONE;
}

sqlite3 *
rf_sqlite_reader_of(const char *url, char error[RF_STORE_ERROR_MAX])
{
	static const char scheme[] = "sqlite:";
	if (strncmp(url, scheme, sizeof scheme - 1) == 0)
		return rf_sqlite_reader(url + sizeof scheme - 1, NULL, error);
	snprintf(error, RF_STORE_ERROR_MAX,
	    "store: %.100s keeps no records for others; only sqlite: does", url);
	return NULL;
}

bool
rf_store_cdrs(const char *url, const struct rf_store_query *query, rf_store_cdr_fn *row, void *user,
    char error[RF_STORE_ERROR_MAX])
{
	int64_t after = INT64_MIN;
	int rc = SQLITE_ROW;
	sqlite3 *db = rf_sqlite_reader_of(url, error);
	if (db == NULL)
		return false;
	if (query->limit > 0 && find_start(db, query, &after) != SQLITE_OK)
		rc = SQLITE_ERROR;
	for (bool first = true; rc == SQLITE_ROW; first = false)
		rc = read_page(db, query, &after, first, row, user);
	if (rc != SQLITE_DONE)
		rf_sqlite_explain(error, url, "cannot be read", db);
	sqlite3_close(db);
	return rc == SQLITE_DONE;
}
