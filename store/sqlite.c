/* SPDX-License-Identifier: BSD-2-Clause */
/* store/sqlite.c -- groups of puts become transactions of a SQLite file.
 *
 * Everything a commit can meet ends in one of three ways: it is durable; it is rolled back and
 * answered `false`; or the file is corrupt, is put aside, and the group goes into a new one. */
#include "store/sqlite_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int
write_put(struct rf_sqlite *s, const struct rf_store_put *put, struct rf_store_rows *rows)
{
	int rc = SQLITE_OK;
	sqlite3_stmt *save = s->sql[RF_SQL_SAVE], *forget = s->sql[RF_SQL_FORGET],
		     *event = s->sql[RF_SQL_EVENT];
	if (put->snapshot.len > 0) {
		sqlite3_bind_int64(save, 1, (int64_t)put->session);
		sqlite3_bind_int64(save, 2, put->saved_us);
		struct rf_slice packed = rf_pack(s->packer, put->snapshot);
		struct rf_slice blob = packed.len > 0 ? packed : put->snapshot;
		sqlite3_bind_blob(save, 3, blob.p, (int)blob.len, SQLITE_STATIC);
		sqlite3_bind_int64(save, 4, packed.len > 0 ? put->snapshot.len : 0);
		rc = rf_sqlite_run(save);
		rf_store_count(s->store, RF_STORE_COUNT_snapshot_bytes, blob.len);
	} else {
		sqlite3_bind_int64(forget, 1, (int64_t)put->session);
		rc = rf_sqlite_run(forget);
	}
	if (rc != SQLITE_OK || put->event.len == 0)
		return rc;
	sqlite3_bind_int64(event, 1, (int64_t)put->session);
	sqlite3_bind_int64(event, 2, put->saved_us);
	sqlite3_bind_int(event, 3, (int)put->kind);
	sqlite3_bind_int(event, 4, put->cdr);
	sqlite3_bind_text(event, 5, put->event.p, (int)put->event.len, SQLITE_STATIC);
	rc = rf_sqlite_run(event);
	return rc == SQLITE_OK ? rf_sqlite_deliver(s, put, rows) : rc;
}

static int
write_work(struct rf_sqlite *s, const struct rf_store_work *work, struct rf_store_rows *rows)
{
	switch (work->op) {
	case RF_STORE_OP_PUT:
		return write_put(s, &work->put, rows);
	case RF_STORE_OP_FETCH:
		return rf_sqlite_fetch(s, work, rows);
	case RF_STORE_OP_SETTLE:
		return rf_sqlite_settle(s, work, rows);
	case RF_STORE_OP_JUDGE:
		return rf_sqlite_judge(s, work, rows);
	}
	return SQLITE_MISUSE;
}

static int
write_batch(struct rf_sqlite *s, const struct rf_store_batch *batch, struct rf_store_rows *rows)
{
	struct rf_store_work work;
	size_t at = 0;
	while (rf_store_batch_next(batch, &at, &work)) {
		int rc = write_work(s, &work, rows);
		if (rc != SQLITE_OK)
			return rc;
	}
	return SQLITE_OK;
}

static int
write_group(struct rf_sqlite *s, const struct rf_store_batch *retry,
    const struct rf_store_batch *batch, struct rf_store_rows *rows)
{
	rf_store_rows_clear(rows);
	int rc = rf_sqlite_run(s->sql[RF_SQL_BEGIN]);
	if (rc == SQLITE_OK)
		rc = write_batch(s, retry, rows);
	if (rc == SQLITE_OK)
		rc = write_batch(s, batch, rows);
	if (rc == SQLITE_OK)
		rc = rf_sqlite_run(s->sql[RF_SQL_COMMIT]);
	return rc;
}

static void
fail(struct rf_sqlite *s, const char *why, int os)
{
	if (!s->failing)
		rf_store_notice(s->store, RF_STORE_ERROR, "store.failed",
		    "%s: %s%s%s; promises are refused until it is over", s->path, why,
		    os != 0 ? ": " : "", os != 0 ? strerror(os) : "");
	s->failing = true;
}

static void
succeed(struct rf_sqlite *s, const struct rf_store_batch *retry, const struct rf_store_batch *batch)
{
	if (s->failing)
		rf_store_notice(s->store, RF_STORE_INFO, "store.recovered",
		    "%s: commits work again, %u late records are durable", s->path, retry->count);
	s->failing = false;
	rf_store_count(s->store, RF_STORE_COUNT_rows, retry->count + batch->count);
	rf_store_count(s->store, RF_STORE_COUNT_bytes, retry->len + batch->len);
}

static bool
commit_locked(struct rf_sqlite *s, const struct rf_store_batch *retry,
    const struct rf_store_batch *batch, struct rf_store_rows *rows)
{
	char error[RF_STORE_ERROR_MAX];
	/* Twice: the second time into the file that takes the place of a corrupt one. */
	for (int attempt = 0; attempt < 2; attempt++) {
		if (s->db == NULL && !rf_sqlite_connect(s, error)) {
			fail(s, error, 0);
			return false;
		}
		int rc = write_group(s, retry, batch, rows);
		if (rc == SQLITE_OK) {
			succeed(s, retry, batch);
			return true;
		}
		if (!rf_sqlite_is_corrupt(rc)) {
			fail(s, sqlite3_errmsg(s->db), sqlite3_system_errno(s->db));
			if (sqlite3_get_autocommit(s->db) == 0)
				rf_sqlite_run(s->sql[RF_SQL_ROLLBACK]);
			return false;
		}
		rf_sqlite_put_aside(s, sqlite3_errmsg(s->db));
	}
	return false;
}

static bool
sqlite_commit(void *self, const struct rf_store_batch *retry, const struct rf_store_batch *batch,
    struct rf_store_rows *rows)
{
	struct rf_sqlite *s = self;
	pthread_mutex_lock(&s->lock);
	bool stored = commit_locked(s, retry, batch, rows);
	pthread_mutex_unlock(&s->lock);
	return stored;
}

static void
sqlite_close(void *self)
{
	struct rf_sqlite *s = self;
	rf_sqlite_disconnect(s);
	pthread_mutex_destroy(&s->lock);
	rf_packer_free(s->packer);
	free(s->arena);
	for (uint32_t i = 0; i < s->receivers; i++)
		free(s->receiver[i]);
	free(s->path);
	free(s->vfs);
	free(s);
}

static void *
sqlite_open(struct rf_store *store, const struct rf_store_config *config, const char *path,
    char error[RF_STORE_ERROR_MAX])
{
	struct rf_sqlite *s = calloc(1, sizeof *s);
	if (s == NULL)
		return NULL;
	s->store = store;
	s->packer = rf_packer_new();
	s->path = strdup(path);
	s->vfs = config->vfs != NULL ? strdup(config->vfs) : NULL;
	s->synchronous = config->synchronous;
	rf_time busy = config->busy_wait > 0 ? config->busy_wait : RF_STORE_BUSY_WAIT;
	s->busy_ms = (int)(busy / RF_MS);
	s->forgive = config->forgive;
	s->keep_cdr = config->retention.cdr;
	s->keep_review = config->retention.review;
	s->keep_dlq = config->retention.dlq;
	s->keep_events = config->retention.events;
	for (uint32_t i = 0; i < config->receivers; i++)
		s->receiver[s->receivers++] = strdup(config->receiver[i]);
	pthread_mutex_init(&s->lock, NULL);
	if (s->packer != NULL && s->path != NULL &&
	    (config->vfs == NULL || s->vfs != NULL) && rf_sqlite_connect(s, error))
		return s;
	sqlite_close(s);
	return NULL;
}

const struct rf_store_backend rf_store_sqlite = { .scheme = "sqlite:",
	.threaded = true,
	.open = sqlite_open,
	.close = sqlite_close,
	.commit = sqlite_commit,
	.maintain = rf_sqlite_maintain,
	.restore_next = rf_sqlite_restore_next,
	.review = rf_sqlite_review,
	.events = rf_sqlite_events,
	.newest = rf_sqlite_newest,
	.depths = rf_sqlite_depths };
