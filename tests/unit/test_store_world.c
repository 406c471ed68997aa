/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_store_world.c -- see its header. */
#include "tests/unit/test_store_world.h"

#include <dirent.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void
on_done(void *user, rf_token token, bool stored)
{
	struct store_world *w = user;
	w->re_entered |= w->inside;
	w->answers++;
	w->stored += stored;
	w->refused += !stored;
	if (token < STORE_ANSWERS_MAX) {
		CHECK(w->answer[token] == 0);
		w->answer[token] = stored ? 1 : -1;
	}
	if (w->on_done != NULL)
		w->on_done(w, token, stored);
}

static void
on_notice(void *user, enum rf_store_level level, const char *event, const char *text)
{
	struct store_world *w = user;
	size_t len = strlen(w->notices);
	(void)level;
	if (!w->quiet)
		check_note("%s: %s", event, text);
	snprintf(w->notices + len, sizeof w->notices - len, "%s ", event);
}

struct store_world *
store_world_new(const char *scheme)
{
	struct store_world *w = calloc(1, sizeof *w);
	CHECK_OR_STOP(w != NULL);
	w->base = event_base_new();
	snprintf(w->folder, sizeof w->folder, "/tmp/referee-store-XXXX" "XX");
	CHECK_OR_STOP(mkdtemp(w->folder) != NULL);
	snprintf(w->path, sizeof w->path, "%s/test.db", w->folder);
	snprintf(w->url, sizeof w->url, "%s%s", scheme,
	    strcmp(scheme, "sqlite:") == 0 ? w->path : "");
	w->config = (struct rf_store_config){ .url = w->url, .commit_interval = RF_MS };
	return w;
}

bool
store_world_open(struct store_world *w)
{
	static const struct rf_store_callbacks callbacks = { .done = on_done, .notice = on_notice };
	w->store = rf_store_open(w->base, &w->config, &callbacks, w, w->error);
	return w->store != NULL;
}

void
store_world_close(struct store_world *w)
{
	rf_store_close(w->store);
	w->store = NULL;
}

void
store_world_reopen(struct store_world *w)
{
	store_world_close(w);
	if (!store_world_open(w))
		check_note("%s", w->error);
	CHECK_OR_STOP(w->store != NULL);
}

static void
remove_folder(const char *folder)
{
	char path[512];
	const struct dirent *entry;
	DIR *d = opendir(folder);
	while (d != NULL && (entry = readdir(d)) != NULL) {
		snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
		unlink(path);
	}
	if (d != NULL)
		closedir(d);
	rmdir(folder);
}

void
store_world_free(struct store_world *w)
{
	store_world_close(w);
	event_base_free(w->base);
	remove_folder(w->folder);
	free(w);
}

static struct rf_slice
slice_of(const char *text)
{
	return (struct rf_slice){ text, (uint32_t)strlen(text) };
}

void
store_world_put(struct store_world *w, rf_token token, enum rf_store_kind kind, uint64_t session,
    const char *snapshot, const char *event)
{
	w->inside = true;
	rf_store_put(w->store,
	    &(struct rf_store_put){ .token = token,
		.kind = kind,
		.session = session,
		.saved_us = 1700000000 * RF_SECOND,
		.snapshot = slice_of(snapshot),
		.event = slice_of(event),
		.cdr = kind == RF_STORE_OUTCOME });
	w->inside = false;
}

static void
on_tick(evutil_socket_t fd, short what, void *user)
{
	(void)fd;
	(void)what;
	(void)user;
}

/* In steps of at most a ms, so that waits end soon. */
static void
turn(struct store_world *w)
{
	event_base_once(
	    w->base, -1, EV_TIMEOUT, on_tick, NULL, &(struct timeval){ .tv_usec = 1000 });
	event_base_loop(w->base, EVLOOP_ONCE);
}

static int64_t
now_ms(void)
{
	struct timeval now;
	evutil_gettimeofday(&now, NULL);
	return (int64_t)now.tv_sec * 1000 + now.tv_usec / 1000;
}

bool
store_world_await(struct store_world *w, uint32_t answers)
{
	int64_t until = now_ms() + STORE_WAIT_MS;
	while (w->answers < answers && now_ms() < until)
		turn(w);
	return w->answers >= answers;
}

void
store_world_run(struct store_world *w, uint32_t ms)
{
	int64_t until = now_ms() + ms;
	while (now_ms() < until)
		turn(w);
}

static void
append(char text[2048], const char *piece, size_t piece_len)
{
	size_t len = strlen(text);
	snprintf(text + len, 2048 - len, "%.*s ", (int)piece_len, piece);
}

static void
on_event(void *user, enum rf_store_kind kind, struct rf_slice event)
{
	(void)kind;
	append(user, event.p, event.len);
}

const char *
store_world_events(struct store_world *w, uint64_t session)
{
	static char text[2048];
	text[0] = '\0';
	rf_store_events(w->store, session, on_event, text);
	return text;
}

const char *
store_world_sql(struct store_world *w, const char *sql)
{
	static char text[2048];
	sqlite3 *db;
	sqlite3_stmt *statement = NULL;
	text[0] = '\0';
	CHECK(sqlite3_open(w->path, &db) == SQLITE_OK);
	sqlite3_busy_timeout(db, 5000);
	int rc = sqlite3_prepare_v2(db, sql, -1, &statement, NULL);
	if (rc != SQLITE_OK)
		check_note("%s: %s", sql, sqlite3_errmsg(db));
	CHECK(rc == SQLITE_OK);
	while (rc == SQLITE_OK && sqlite3_step(statement) == SQLITE_ROW)
		append(text, (const char *)sqlite3_column_text(statement, 0),
		    (size_t)sqlite3_column_bytes(statement, 0));
	sqlite3_finalize(statement);
	sqlite3_close(db);
	return text;
}

struct rf_store_stats
store_world_stats(const struct store_world *w)
{
	struct rf_store_stats stats;
	rf_store_stats(w->store, &stats);
	return stats;
}
