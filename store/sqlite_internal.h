/* SPDX-License-Identifier: BSD-2-Clause */
/* store/sqlite_internal.h -- one database file and its one writing connection. */
#ifndef RF_STORE_SQLITE_INTERNAL_H
#define RF_STORE_SQLITE_INTERNAL_H

#include <pthread.h>
#include <sqlite3.h>

#include "store/internal.h"
#include "store/pack.h"

enum rf_sqlite_statement {
	RF_SQL_BEGIN,
	RF_SQL_COMMIT,
	RF_SQL_ROLLBACK,
	RF_SQL_SAVE,
	RF_SQL_FORGET,
	RF_SQL_EVENT,
	RF_SQL_DELIVER,
	RF_SQL_FETCH,
	RF_SQL_NEXT,
	RF_SQL_SETTLE,
	RF_SQL_TRIED,
	RF_SQL_BURY,
	RF_SQL_MAX
};

struct rf_sqlite {
	struct rf_store *store;
	char *path, *vfs;                       /* vfs NULL: the system's */
	enum rf_store_synchronous synchronous;
	int busy_ms;
	char *receiver[RF_RECEIVERS_MAX];       /* names */
	uint32_t receivers;
	bool forgive;                           /* see struct rf_store_config */
	rf_time keep_cdr, keep_review, keep_dlq, keep_events;
	pthread_mutex_t lock;                   /* of the connection: worker, or restart */
	sqlite3 *db;                            /* NULL: to be opened again */
	sqlite3_stmt *sql[RF_SQL_MAX];
	bool failing;                           /* the last commit failed, and it was told */
	int wal_pages, checkpoint_at;
	rf_time purge_next;                     /* monotonic; when the next pass begins */
	bool purging;
	int64_t purged_to;                      /* id of an event */
	struct rf_packer *packer;               /* of whoever commits */
	bool restoring;
	char *arena;                            /* snapshots of the batch that is being restored */
	size_t arena_len, arena_max;
};

/* ---- sqlite_file.c: opening, schema, putting aside ------------------------------------------ */

/* s->db and its statements; false and a sentence; a corrupt file is put aside, once. */
bool rf_sqlite_connect(struct rf_sqlite *, char error[RF_STORE_ERROR_MAX]);
void rf_sqlite_disconnect(struct rf_sqlite *);
/* Renames the file and what belongs to it, loudly. */
void rf_sqlite_put_aside(struct rf_sqlite *, const char *why);
bool rf_sqlite_is_corrupt(int rc);
/* A second, reading connection; NULL and a sentence. */
sqlite3 *rf_sqlite_reader(const char *path, const char *vfs, char error[RF_STORE_ERROR_MAX]);
/* "store: PATH: WHAT: why". */
void rf_sqlite_explain(
    char error[RF_STORE_ERROR_MAX], const char *path, const char *what, sqlite3 *);

/* Runs it to its end and resets it; SQLITE_OK or the code of the error. */
int rf_sqlite_run(sqlite3_stmt *);

/* ---- sqlite_outbox.c: each within the transaction of the commit ------------------------------ */

/* Deliveries of the event that was inserted last. */
int rf_sqlite_deliver(struct rf_sqlite *, const struct rf_store_put *, struct rf_store_rows *);
int rf_sqlite_fetch(struct rf_sqlite *, const struct rf_store_work *, struct rf_store_rows *);
int rf_sqlite_settle(struct rf_sqlite *, const struct rf_store_work *, struct rf_store_rows *);
int rf_sqlite_judge(struct rf_sqlite *, const struct rf_store_work *, struct rf_store_rows *);
void rf_sqlite_depths(const void *, struct rf_store_depths *);

/* ---- sqlite_maintain.c ---------------------------------------------------------------------- */

bool rf_sqlite_maintain(void *);

/* ---- sqlite_restore.c ----------------------------------------------------------------------- */

int rf_sqlite_restore_next(void *, struct rf_store_saved *, char error[RF_STORE_ERROR_MAX]);
bool rf_sqlite_review(void *, uint64_t session, const char *why);

/* ---- sqlite_read.c -------------------------------------------------------------------------- */

void rf_sqlite_events(const void *, uint64_t session, rf_store_event_fn *, void *user);
uint64_t rf_sqlite_newest(const void *);
/* A column of the present row, until the next step. */
struct rf_slice rf_sqlite_text(sqlite3_stmt *, int column);
/* Of a URL; NULL and a sentence: not a file, or not to be read. */
sqlite3 *rf_sqlite_reader_of(const char *url, char error[RF_STORE_ERROR_MAX]);

#endif
