/* SPDX-License-Identifier: BSD-2-Clause */
/* store/sqlite_file.c -- opens the file, brings its schema forward, puts a corrupt one aside. */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "store/schema.inc"                     /* schema[], made of schema/NNN.sql */
#include "store/sqlite_internal.h"

enum { SCHEMA_VERSION = RF_ARRAY_LEN(schema), APPLICATION_ID = 0x72656665 }; /* "refe" */

static const char *const suffixes[] = { "", "-wal", "-shm" };

static const char *const sql_text[RF_SQL_MAX] = {
	[RF_SQL_BEGIN] = "BEGIN IMMEDIATE",
	[RF_SQL_COMMIT] = "COMMIT",
	[RF_SQL_ROLLBACK] = "ROLLBACK",
	[RF_SQL_SAVE] = "REPLACE INTO session (session, saved, restores, restarts, snapshot, "
			"packed) VALUES (?1, ?2, 0, 0, ?3, ?4)",
	[RF_SQL_FORGET] = "DELETE FROM session WHERE session = ?1",
	[RF_SQL_EVENT] = "INSERT INTO event (session, time, kind, cdr, body) "
			 "VALUES (?1, ?2, ?3, ?4, ?5)",
	[RF_SQL_DELIVER] = "INSERT INTO delivery (receiver, session, event, attempts) "
			   "VALUES (?1, ?2, ?3, 0)",
	/* Of each session the first one: the others wait for it. */
	[RF_SQL_FETCH] =
	    "SELECT d.id, d.session, d.attempts, coalesce(d.body, e.body) "
	    "FROM delivery d LEFT JOIN event e ON e.id = d.event "
	    "WHERE d.receiver = ?1 AND d.id > ?2 AND NOT EXISTS (SELECT 1 FROM delivery p "
	    "WHERE p.receiver = d.receiver AND p.session = d.session AND p.id < d.id) "
	    "ORDER BY d.id LIMIT ?3",
	[RF_SQL_NEXT] = "SELECT d.id, d.session, d.attempts, coalesce(d.body, e.body) "
			"FROM delivery d LEFT JOIN event e ON e.id = d.event "
			"WHERE d.receiver = ?1 AND d.session = ?2 AND d.id > ?3 "
			"ORDER BY d.id LIMIT 1",
	[RF_SQL_SETTLE] = "DELETE FROM delivery WHERE id = ?1",
	[RF_SQL_TRIED] = "UPDATE delivery SET attempts = ?2 WHERE id = ?1",
	[RF_SQL_BURY] = "INSERT INTO dead_letter (time, receiver, session, attempts, reason, body) "
			"SELECT ?2, d.receiver, d.session, ?3, ?4, coalesce(d.body, e.body) "
			"FROM delivery d LEFT JOIN event e ON e.id = d.event WHERE d.id = ?1",
};

bool
rf_sqlite_is_corrupt(int rc)
{
	return (rc & 0xff) == SQLITE_CORRUPT || (rc & 0xff) == SQLITE_NOTADB;
}

void
rf_sqlite_explain(char error[RF_STORE_ERROR_MAX], const char *path, const char *what, sqlite3 *db)
{
	int os = db != NULL ? sqlite3_system_errno(db) : ENOMEM;
	snprintf(error, RF_STORE_ERROR_MAX, "store: %.120s: %s: %.60s%s%.30s", path, what,
	    db != NULL ? sqlite3_errmsg(db) : "no memory", os != 0 ? ": " : "",
	    os != 0 ? strerror(os) : "");
}

int
rf_sqlite_run(sqlite3_stmt *statement)
{
	int rc;
	while ((rc = sqlite3_step(statement)) == SQLITE_ROW)
		continue;
	sqlite3_reset(statement);
	return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

/* ---- the file ------------------------------------------------------------------------------- */

/* The name of a new file must survive, too. */
static void
sync_folder_of(const char *path)
{
	char copy[PATH_MAX];
	snprintf(copy, sizeof copy, "%s", path);
	int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return;
	(void)fsync(fd);
	close(fd);
}

/* SQLite gives -wal and -shm the mode of the file; so the file has it first. */
static bool
make_private(const char *path, char error[RF_STORE_ERROR_MAX])
{
	char name[PATH_MAX];
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd >= 0) {
		(void)fsync(fd);
		close(fd);
		sync_folder_of(path);
		return true;
	}
	for (uint32_t i = 0; i < RF_ARRAY_LEN(suffixes) && errno == EEXIST; i++) {
		snprintf(name, sizeof name, "%s%s", path, suffixes[i]);
		if (chmod(name, 0600) != 0 && i > 0)
			errno = EEXIST;         /* it need not be there */
	}
	if (errno == EEXIST)
		return true;
	snprintf(error, RF_STORE_ERROR_MAX, "store: %.180s: %.60s", path, strerror(errno));
	return false;
}

void
rf_sqlite_put_aside(struct rf_sqlite *s, const char *why)
{
	char from[PATH_MAX], to[PATH_MAX], reason[128];
	int64_t stamp = (int64_t)time(NULL);
	snprintf(reason, sizeof reason, "%s", why); /* it may be the connection's */
	rf_sqlite_disconnect(s);
	do
		snprintf(to, sizeof to, "%s.corrupt-%lld", s->path, (long long)stamp++);
	while (access(to, F_OK) == 0);
	for (uint32_t i = 0; i < RF_ARRAY_LEN(suffixes); i++) {
		snprintf(from, sizeof from, "%s%s", s->path, suffixes[i]);
		snprintf(to, sizeof to, "%s.corrupt-%lld%s", s->path, (long long)stamp - 1,
		    suffixes[i]);
		(void)rename(from, to);
	}
	sync_folder_of(s->path);
	rf_store_count(s->store, RF_STORE_COUNT_corrupt, 1);
	rf_store_notice(s->store, RF_STORE_ERROR, "store.corrupt",
	    "%s: %s; it is now %s.corrupt-%lld, and a new file was begun: what was stored before "
	    "is not known any more", s->path, reason, s->path, (long long)stamp - 1);
}

/* ---- the schema ----------------------------------------------------------------------------- */

static int
number_of(sqlite3 *db, const char *sql, int64_t *out)
{
	sqlite3_stmt *statement;
	int rc = sqlite3_prepare_v2(db, sql, -1, &statement, NULL);
	*out = 0;
	if (rc == SQLITE_OK && (rc = sqlite3_step(statement)) == SQLITE_ROW) {
		*out = sqlite3_column_int64(statement, 0);
		rc = SQLITE_OK;
	}
	sqlite3_finalize(statement);
	return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

/* All steps in one transaction: a file is of one version or of another. */
static int
migrate(struct rf_sqlite *s, int64_t version)
{
	char pragma[96];
	int rc = sqlite3_exec(s->db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
	for (int64_t i = version; i < SCHEMA_VERSION && rc == SQLITE_OK; i++)
		rc = sqlite3_exec(s->db, schema[i], NULL, NULL, NULL);
	snprintf(pragma, sizeof pragma, "PRAGMA user_version = %d; PRAGMA application_id = %d",
	    (int)SCHEMA_VERSION, (int)APPLICATION_ID);
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(s->db, pragma, NULL, NULL, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(s->db, "COMMIT", NULL, NULL, NULL);
	return rc;
}

/* SQLITE_OK; SQLITE_MISMATCH: it is not ours to change, *error says why. */
static int
bring_forward(struct rf_sqlite *s, char error[RF_STORE_ERROR_MAX])
{
	int64_t version, id, tables;
	int rc = number_of(s->db, "PRAGMA user_version", &version);
	if (rc == SQLITE_OK)
		rc = number_of(s->db, "PRAGMA application_id", &id);
	if (rc == SQLITE_OK)
		rc = number_of(s->db, "SELECT count(*) FROM sqlite_schema", &tables);
	if (rc != SQLITE_OK)
		return rc;
	if (tables > 0 && id != APPLICATION_ID) {
		snprintf(error, RF_STORE_ERROR_MAX, "store: %.160s: this is a database of somebody "
		    "else", s->path);
		return SQLITE_MISMATCH;
	}
	if (version > SCHEMA_VERSION) {
		snprintf(error, RF_STORE_ERROR_MAX, "store: %.120s: schema %lld was written by a "
		    "newer referee; this one knows %d", s->path, (long long)version,
		    (int)SCHEMA_VERSION);
		return SQLITE_MISMATCH;
	}
	return version == SCHEMA_VERSION ? SQLITE_OK : migrate(s, version);
}

/* ---- the connection ------------------------------------------------------------------------- */

static int
on_wal(void *user, sqlite3 *db, const char *name, int pages)
{
	struct rf_sqlite *s = user;
	(void)db;
	(void)name;
	s->wal_pages = pages;
	return SQLITE_OK;
}

static int
set_up(struct rf_sqlite *s)
{
	static const char *const synchronous[] = { [RF_STORE_FULL] = "FULL",
		[RF_STORE_NORMAL] = "NORMAL", [RF_STORE_OFF] = "OFF" };
	char pragmas[256];
	snprintf(pragmas, sizeof pragmas,
	    "PRAGMA journal_mode = WAL; PRAGMA synchronous = %s; PRAGMA cell_size_check = ON; "
	    "PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF",
	    synchronous[s->synchronous]);
	sqlite3_busy_timeout(s->db, s->busy_ms);
	int rc = sqlite3_exec(s->db, pragmas, NULL, NULL, NULL);
	/* Checkpoints are made between commits. */
	if (rc == SQLITE_OK)
		rc = sqlite3_wal_autocheckpoint(s->db, 0);
	sqlite3_wal_hook(s->db, on_wal, s);
	return rc;
}

/* Restart stands on this table: it is read whole before it is believed. */
static int
check_sessions(struct rf_sqlite *s)
{
	sqlite3_stmt *statement;
	int rc = sqlite3_prepare_v2(s->db, "PRAGMA quick_check(session)", -1, &statement, NULL);
	if (rc == SQLITE_OK && (rc = sqlite3_step(statement)) == SQLITE_ROW)
		rc = strcmp((const char *)sqlite3_column_text(statement, 0), "ok") == 0
			 ? SQLITE_OK
			 : SQLITE_CORRUPT;
	sqlite3_finalize(statement);
	return rc;
}

static int
prepare_all(struct rf_sqlite *s)
{
	int rc = SQLITE_OK;
	for (int i = 0; i < RF_SQL_MAX && rc == SQLITE_OK; i++)
		rc = sqlite3_prepare_v3(s->db, sql_text[i], -1, SQLITE_PREPARE_PERSISTENT,
		    &s->sql[i], NULL);
	return rc;
}

static int
connect_once(struct rf_sqlite *s, char error[RF_STORE_ERROR_MAX])
{
	error[0] = '\0';
	if (!make_private(s->path, error))
		return SQLITE_CANTOPEN;
	int rc = sqlite3_open_v2(s->path, &s->db,
	    SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, s->vfs);
	if (rc == SQLITE_OK)
		rc = set_up(s);
	if (rc == SQLITE_OK)
		rc = bring_forward(s, error);
	if (rc == SQLITE_OK)
		rc = check_sessions(s);
	if (rc == SQLITE_OK)
		rc = prepare_all(s);
	if (rc != SQLITE_OK && error[0] == '\0')
		rf_sqlite_explain(error, s->path, "cannot be used", s->db);
	return rc;
}

bool
rf_sqlite_connect(struct rf_sqlite *s, char error[RF_STORE_ERROR_MAX])
{
	int rc = connect_once(s, error);
	if (rf_sqlite_is_corrupt(rc)) {
		rf_sqlite_put_aside(s, sqlite3_errstr(rc));
		rc = connect_once(s, error);
	}
	if (rc == SQLITE_OK)
		return true;
	rf_sqlite_disconnect(s);
	return false;
}

void
rf_sqlite_disconnect(struct rf_sqlite *s)
{
	for (int i = 0; i < RF_SQL_MAX; i++) {
		sqlite3_finalize(s->sql[i]);
		s->sql[i] = NULL;
	}
	sqlite3_close(s->db);
	s->db = NULL;
	s->wal_pages = 0;
	s->checkpoint_at = 0;
}

sqlite3 *
rf_sqlite_reader(const char *path, const char *vfs, char error[RF_STORE_ERROR_MAX])
{
	sqlite3 *db;
	int64_t version = 0;
	int rc = sqlite3_open_v2(path, &db,
	    SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, vfs);
	if (rc == SQLITE_OK) {
		sqlite3_busy_timeout(db, (int)(RF_STORE_BUSY_WAIT / RF_MS));
		rc = number_of(db, "PRAGMA user_version", &version);
	}
	if (rc != SQLITE_OK)
		rf_sqlite_explain(error, path, "cannot be read", db);
	else if (version != SCHEMA_VERSION)
		snprintf(error, RF_STORE_ERROR_MAX,
		    "store: %.120s: schema %lld, this referee reads %d", path, (long long)version,
		    (int)SCHEMA_VERSION);
	else
		return db;
	sqlite3_close(db);
	return NULL;
}
