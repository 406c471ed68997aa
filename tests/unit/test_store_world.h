/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_store_world.h -- a loop, a store in a folder of its own, and what it answered. */
#ifndef RF_TESTS_TEST_STORE_WORLD_H
#define RF_TESTS_TEST_STORE_WORLD_H

#include <event2/event.h>

#include "store/store.h"
#include "tests/check.h"

enum { STORE_ANSWERS_MAX = 200000, STORE_WAIT_MS = 20000 };

struct store_world {
	struct event_base *base;
	struct rf_store *store;
	struct rf_store_config config;
	char folder[64], path[96], url[112];
	uint32_t answers, stored, refused;      /* of tokens */
	int8_t answer[STORE_ANSWERS_MAX];       /* by token: 0 none yet, 1 stored, -1 not */
	char notices[4096];                     /* "store.corrupt store.failed " */
	char error[RF_STORE_ERROR_MAX];
	bool quiet;                             /* notices are not printed */
	bool inside;                            /* a put is running: no answer now */
	bool re_entered;
	void (*on_done)(struct store_world *, rf_token, bool stored);
};

/* scheme: "memory:" or "sqlite:"; opened, unless config says otherwise later. */
struct store_world *store_world_new(const char *scheme);
/* As configured; false: w->error. */
bool store_world_open(struct store_world *);
void store_world_close(struct store_world *);
void store_world_reopen(struct store_world *);
void store_world_free(struct store_world *);

void store_world_put(struct store_world *, rf_token, enum rf_store_kind, uint64_t session,
    const char *snapshot, const char *event);
/* Runs the loop until that many tokens were answered; false: too long. */
bool store_world_await(struct store_world *, uint32_t answers);
/* Runs the loop for so long. */
void store_world_run(struct store_world *, uint32_t ms);
/* Text of every event of a session, each followed by a space. */
const char *store_world_events(struct store_world *, uint64_t session);
/* Runs SQL on the file by a connection of its own; the first column, each followed by a space. */
const char *store_world_sql(struct store_world *, const char *sql);
struct rf_store_stats store_world_stats(const struct store_world *);

#endif
