/* SPDX-License-Identifier: BSD-2-Clause */
/* store/sqlite_facts.c -- the columns that reconciliation compares, of every event of a period, and
 * the deliveries that came to nothing.
 *
 * Read in pages by id: no page holds the write-ahead log for long, however large the file.  What it
 * must never do: write. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/sqlite_internal.h"

enum { PAGE_ROWS = 1024 };

struct rf_store_reader {
	sqlite3 *db;
	sqlite3_stmt *page, *one;
	char url[256];                          /* for complaints */
};

#define J(name) "json_extract(body, '$." name "')"
#define COLUMNS                                                                                    \
	"SELECT id, time, session, kind, " J("call_id") ", " J("from_tag") ", " J("to_tag") ", "   \
	J("refer_call_id") ", " J("refer_from_tag") ", " J("refer_to_tag") ", " J("refer_to") ", " \
	J("target") ", " J("outcome") ", " J("refer_cseq") ", " J("started_us") ", "               \
	J("answered_us") ", " J("duration_ms") " FROM event "

/* The page is cut before its rows are judged: a page without any that counts is still a step. */
static const char page_sql[] = COLUMNS
    "WHERE id > ?1 AND id <= ?2 AND time >= ?3 AND time < ?4 AND json_valid(body) ORDER BY id";
static const char one_sql[] = COLUMNS "WHERE id = ?1 AND json_valid(body)";
static const char edge_sql[] =
    "SELECT max(id), count(*) FROM (SELECT id FROM event WHERE id > ?1 ORDER BY id LIMIT ?2)";

static const char dead_sql[] =
    "SELECT id, coalesce(" J("time_us") ", time), session, 1, attempts, receiver, "
    J("type") ", reason FROM dead_letter WHERE json_valid(body) AND " J("type")
    " LIKE 'transfer.%' ORDER BY id";
static const char waiting_sql[] =
    "SELECT id, time, session, 0, attempts, receiver, type, '' FROM (SELECT d.id AS id, "
    "coalesce(json_extract(coalesce(d.body, e.body), '$.time_us'), e.time) AS time, "
    "d.session AS session, d.attempts AS attempts, d.receiver AS receiver, "
    "json_extract(coalesce(d.body, e.body), '$.type') AS type "
    "FROM delivery d LEFT JOIN event e ON e.id = d.event "
    "WHERE json_valid(coalesce(d.body, e.body))) WHERE type LIKE 'transfer.%' ORDER BY id";

static int64_t
number_of(sqlite3_stmt *statement, int column)
{
	return sqlite3_column_type(statement, column) == SQLITE_NULL
		   ? -1
		   : sqlite3_column_int64(statement, column);
}

static bool
give(sqlite3_stmt *s, rf_store_fact_fn *fact, void *user)
{
	const struct rf_store_fact f = {
		.id = sqlite3_column_int64(s, 0),
		.time_us = sqlite3_column_int64(s, 1),
		.session = (uint64_t)sqlite3_column_int64(s, 2),
		.kind = (enum rf_store_kind)sqlite3_column_int(s, 3),
		.call_id = rf_sqlite_text(s, 4),
		.from_tag = rf_sqlite_text(s, 5),
		.to_tag = rf_sqlite_text(s, 6),
		.refer_call_id = rf_sqlite_text(s, 7),
		.refer_from_tag = rf_sqlite_text(s, 8),
		.refer_to_tag = rf_sqlite_text(s, 9),
		.refer_to = rf_sqlite_text(s, 10),
		.target = rf_sqlite_text(s, 11),
		.outcome = rf_sqlite_text(s, 12),
		.refer_cseq = number_of(s, 13),
		.started_us = number_of(s, 14),
		.answered_us = number_of(s, 15),
		.duration_ms = number_of(s, 16)
	};
	return fact(user, &f);
}

struct rf_store_reader *
rf_store_reader_open(const char *url, char error[RF_STORE_ERROR_MAX])
{
	struct rf_store_reader *r = calloc(1, sizeof *r);
	snprintf(error, RF_STORE_ERROR_MAX, "no memory");
	if (r == NULL)
		return NULL;
	snprintf(r->url, sizeof r->url, "%s", url);
	r->db = rf_sqlite_reader_of(url, error);
	if (r->db != NULL &&
	    sqlite3_prepare_v2(r->db, page_sql, -1, &r->page, NULL) == SQLITE_OK &&
	    sqlite3_prepare_v2(r->db, one_sql, -1, &r->one, NULL) == SQLITE_OK)
		return r;
	if (r->db != NULL)
		rf_sqlite_explain(error, url, "cannot be read", r->db);
	rf_store_reader_close(r);
	return NULL;
}

void
rf_store_reader_close(struct rf_store_reader *r)
{
	if (r == NULL)
		return;
	sqlite3_finalize(r->page);
	sqlite3_finalize(r->one);
	sqlite3_close(r->db);
	free(r);
}

/* The id of the last row of the page behind `after`; SQLITE_DONE: there is none. */
static int
find_edge(struct rf_store_reader *r, int64_t after, int64_t *last)
{
	sqlite3_stmt *s;
	int rc = sqlite3_prepare_v2(r->db, edge_sql, -1, &s, NULL);
	if (rc != SQLITE_OK)
		return rc;
	sqlite3_bind_int64(s, 1, after);
	sqlite3_bind_int(s, 2, PAGE_ROWS);
	rc = sqlite3_step(s);
	if (rc == SQLITE_ROW) {
		*last = sqlite3_column_int64(s, 0);
		if (sqlite3_column_int(s, 1) == 0)
			rc = SQLITE_DONE;
	}
	sqlite3_finalize(s);
	return rc;
}

bool
rf_store_reader_facts(struct rf_store_reader *r, int64_t since_us, int64_t until_us,
    rf_store_fact_fn *fact, void *user, char error[RF_STORE_ERROR_MAX])
{
	int64_t after = INT64_MIN, last = 0;
	int rc;
	while ((rc = find_edge(r, after, &last)) == SQLITE_ROW) {
		sqlite3_bind_int64(r->page, 1, after);
		sqlite3_bind_int64(r->page, 2, last);
		sqlite3_bind_int64(r->page, 3, since_us);
		sqlite3_bind_int64(r->page, 4, until_us);
		bool wanted = true;
		while (wanted && (rc = sqlite3_step(r->page)) == SQLITE_ROW)
			wanted = give(r->page, fact, user);
		sqlite3_reset(r->page);
		if (!wanted)
			return true;
		if (rc != SQLITE_DONE)
			break;
		after = last;
	}
	if (rc != SQLITE_DONE)
		rf_sqlite_explain(error, r->url, "cannot be read", r->db);
	return rc == SQLITE_DONE;
}

bool
rf_store_reader_fact(struct rf_store_reader *r, int64_t id, rf_store_fact_fn *fact, void *user)
{
	sqlite3_bind_int64(r->one, 1, id);
	bool found = sqlite3_step(r->one) == SQLITE_ROW;
	if (found)
		give(r->one, fact, user);
	sqlite3_reset(r->one);
	return found;
}

struct period {
	int64_t since_us, until_us, before_us;
};

static int
give_lost(struct rf_store_reader *r, const char *sql, const struct period *period,
    rf_store_lost_fn *lost, void *user)
{
	sqlite3_stmt *s;
	int rc = sqlite3_prepare_v2(r->db, sql, -1, &s, NULL);
	while (rc == SQLITE_OK && (rc = sqlite3_step(s)) == SQLITE_ROW) {
		const struct rf_store_lost l = {
			.number = sqlite3_column_int64(s, 0),
			.time_us = sqlite3_column_int64(s, 1),
			.session = (uint64_t)sqlite3_column_int64(s, 2),
			.dead = sqlite3_column_int(s, 3) != 0,
			.attempts = (uint32_t)sqlite3_column_int64(s, 4),
			.receiver = rf_sqlite_text(s, 5),
			.type = rf_sqlite_text(s, 6),
			.reason = rf_sqlite_text(s, 7)
		};
		rc = SQLITE_OK;
		if (l.time_us < period->since_us || l.time_us >= period->until_us ||
		    (!l.dead && l.time_us >= period->before_us))
			continue;
		if (!lost(user, &l))
			rc = SQLITE_DONE;
	}
	sqlite3_finalize(s);
	return rc;
}

bool
rf_store_reader_lost(struct rf_store_reader *r, int64_t since_us, int64_t until_us,
    int64_t before_us, rf_store_lost_fn *lost, void *user, char error[RF_STORE_ERROR_MAX])
{
	const struct period period = { since_us, until_us, before_us };
	int rc = give_lost(r, dead_sql, &period, lost, user);
	if (rc == SQLITE_DONE)
		rc = give_lost(r, waiting_sql, &period, lost, user);
	if (rc != SQLITE_DONE)
		rf_sqlite_explain(error, r->url, "cannot be read", r->db);
	return rc == SQLITE_DONE;
}
