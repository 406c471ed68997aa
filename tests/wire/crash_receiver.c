/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/wire/crash_receiver.c -- a receiver beside referee, and what is claimed of the two: what it
 * acknowledged and what is a dead letter are the events, each of them once; a key is always the
 * same bytes; of each session they came in their order. */
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/wire/crash.h"

enum { LINE_MAX_LEN = 256, DRAIN_MS = 60 * 1000 };

void
receiver_start(struct crash *c)
{
	int out[2];
	char text[16] = "", log[PATH_LEN_MAX + 32], seed[32];
	snprintf(log, sizeof log, "%s/received", c->directory);
	snprintf(seed, sizeof seed, "%llu", (unsigned long long)c->o.seed);
	if (pipe(out) != 0 || (c->receiver_pid = fork()) < 0)
		exit(1);
	if (c->receiver_pid == 0) {
		dup2(out[1], 1);
		close(out[0]);
		execl(c->o.receiver, "receiver", "--certs", c->o.certs, "--log", log, "--seed",
		    seed, (char *)NULL);
		_exit(1);
	}
	close(out[1]);
	if (read(out[0], text, sizeof text - 1) > 0)
		c->receiver_port = (uint16_t)strtoul(text, NULL, 10);
	close(out[0]);
	if (c->receiver_port == 0)
		crash_fail(c, "the receiver does not start");
}

void
receiver_stop(struct crash *c)
{
	kill(c->receiver_pid, SIGTERM);
	waitpid(c->receiver_pid, NULL, 0);
}

void
receiver_config(const struct crash *c, FILE *f)
{
	fprintf(f,
	    "receivers:\n  - name: crm\n    url: \"https://127.0.0.1:%u/events\"\n"
	    "    timeout: 400ms\n    backoff: {base: 40ms, cap: 400ms}\n    retry_after_max: 1s\n"
	    "    breaker: {failures: 6, open: 300ms}\n    ca: \"%s/ca.pem\"\n"
	    "    hmac: whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n"
	    "    auth: {oauth2: {token_url: \"https://127.0.0.1:%u/token\", client_id: referee, "
	    "client_secret: secret}}\n",
	    c->receiver_port, c->o.certs, c->receiver_port);
}

/* ---- what is claimed ------------------------------------------------------------------------ */

/* One POST, in the order in which they came. */
struct post {
	char key[32], act[8], hash[20];
};
struct posts {
	struct post *at;
	uint32_t count, room;
};

static struct posts
read_posts(struct crash *c)
{
	struct posts p = { 0 };
	char path[PATH_LEN_MAX + 32], line[LINE_MAX_LEN];
	snprintf(path, sizeof path, "%s/received", c->directory);
	FILE *f = fopen(path, "r");
	while (f != NULL && fgets(line, sizeof line, f) != NULL) {
		if (p.count == p.room)
			p.at = realloc(p.at, (p.room = p.room * 2 + 1024) * sizeof *p.at);
		struct post *post = &p.at[p.count];
		if (p.at == NULL || sscanf(line, "%31s %7s %19s", post->key, post->act,
				       post->hash) != 3)
			crash_fail(c, "what the receiver wrote cannot be read: %s", line);
		else
			p.count++;
	}
	if (f != NULL)
		fclose(f);
	return p;
}

static void
load(struct crash *c, sqlite3 *db, const struct posts *p)
{
	sqlite3_stmt *s = NULL;
	sqlite3_exec(db, "CREATE TABLE post (n INTEGER PRIMARY KEY, key TEXT, act TEXT, hash TEXT)",
	    NULL, NULL, NULL);
	sqlite3_exec(db, "BEGIN", NULL, NULL, NULL);
	if (sqlite3_prepare_v2(db, "INSERT INTO post (key, act, hash) VALUES (?1, ?2, ?3)", -1, &s,
		NULL) != SQLITE_OK)
		crash_fail(c, "%s", sqlite3_errmsg(db));
	for (uint32_t i = 0; i < p->count; i++) {
		sqlite3_bind_text(s, 1, p->at[i].key, -1, SQLITE_STATIC);
		sqlite3_bind_text(s, 2, p->at[i].act, -1, SQLITE_STATIC);
		sqlite3_bind_text(s, 3, p->at[i].hash, -1, SQLITE_STATIC);
		sqlite3_step(s);
		sqlite3_reset(s);
	}
	sqlite3_finalize(s);
	sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
}

/* Each row of the query is one thing that is wrong; returns their number. */
static uint64_t
claim_none(struct crash *c, sqlite3 *db, const char *what, const char *sql)
{
	sqlite3_stmt *s = NULL;
	uint64_t rows = 0;
	if (sqlite3_prepare_v2(db, sql, -1, &s, NULL) != SQLITE_OK)
		crash_fail(c, "%s: %s", what, sqlite3_errmsg(db));
	for (; sqlite3_step(s) == SQLITE_ROW; rows++)
		crash_fail(c, "%s: %s", what, (const char *)sqlite3_column_text(s, 0));
	sqlite3_finalize(s);
	return rows;
}

static uint64_t
count(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *s = NULL;
	uint64_t n = UINT64_MAX;
	if (sqlite3_prepare_v2(db, sql, -1, &s, NULL) == SQLITE_OK &&
	    sqlite3_step(s) == SQLITE_ROW)
		n = (uint64_t)sqlite3_column_int64(s, 0);
	sqlite3_finalize(s);
	return n;
}

/* The events a receiver is owed, and the dead letters, by their keys. */
static const char views[] =
    "CREATE TEMP VIEW owed AS SELECT session, json_extract(body, '$.sequence') AS sequence, "
    "printf('%012x-%d', session, json_extract(body, '$.sequence')) AS key "
    "FROM store.event WHERE json_extract(body, '$.type') LIKE 'transfer.%';"
    "CREATE TEMP VIEW dead AS SELECT "
    "printf('%012x-%d', session, json_extract(body, '$.sequence')) AS key FROM store.dead_letter;"
    "CREATE TEMP TABLE settled AS SELECT key, min(n) AS n FROM post WHERE act = '200' GROUP BY key "
    "UNION SELECT key, NULL FROM dead WHERE key NOT IN (SELECT key FROM post WHERE act = '200');"
    "CREATE INDEX settled_key ON settled (key); CREATE INDEX post_key ON post (key)";

static void
claim_all(struct crash *c, sqlite3 *db)
{
	claim_none(c, db, "an event is neither acknowledged nor a dead letter",
	    "SELECT key FROM owed WHERE key NOT IN (SELECT key FROM settled)");
	claim_none(c, db, "the receiver was told of something that never happened",
	    "SELECT DISTINCT key FROM post WHERE key NOT IN (SELECT key FROM owed)");
	claim_none(c, db, "a key came with different bytes",
	    "SELECT key FROM post GROUP BY key HAVING count(DISTINCT hash) > 1");
	claim_none(c, db, "an event came before an earlier one of its session was settled",
	    "SELECT b.key FROM owed a JOIN owed b ON b.session = a.session "
	    "AND b.sequence > a.sequence JOIN settled s ON s.key = a.key "
	    "WHERE s.n IS NOT NULL AND (SELECT min(n) FROM post WHERE key = b.key) < s.n");
	printf("# %llu events, %llu POSTs, %llu acknowledged, %llu dead letters\n",
	    (unsigned long long)count(db, "SELECT count(*) FROM owed"),
	    (unsigned long long)count(db, "SELECT count(*) FROM post"),
	    (unsigned long long)count(db, "SELECT count(*) FROM settled WHERE n IS NOT NULL"),
	    (unsigned long long)count(db, "SELECT count(*) FROM dead"));
}

void
claim_deliveries(struct crash *c)
{
	char attach[PATH_LEN_MAX + 64], *error = NULL;
	sqlite3 *db = NULL;
	for (rf_time ms = 0; ms < DRAIN_MS; ms += 250) {
		if (server_status(c) && server_number(c, "outbox") == 0)
			break;
		crash_play(c, 250);
	}
	if (server_number(c, "outbox") != 0)
		crash_fail(c, "the outbox is not empty after a minute");
	struct posts posts = read_posts(c);
	snprintf(attach, sizeof attach, "ATTACH '%s/referee.db' AS store", c->directory);
	if (sqlite3_open(":memory:", &db) != SQLITE_OK ||
	    sqlite3_exec(db, attach, NULL, NULL, &error) != SQLITE_OK)
		crash_fail(c, "%s", error);
	load(c, db, &posts);
	if (sqlite3_exec(db, views, NULL, NULL, &error) != SQLITE_OK)
		crash_fail(c, "%s", error);
	claim_all(c, db);
	sqlite3_close(db);
	free(posts.at);
}
