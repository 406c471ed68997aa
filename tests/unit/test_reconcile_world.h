/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_reconcile_world.h -- a store with records of ours, a file of another platform,
 * and what a comparison finds. */
#ifndef RF_TESTS_TEST_RECONCILE_WORLD_H
#define RF_TESTS_TEST_RECONCILE_WORLD_H

#include "app/reconcile.h"
#include "tests/unit/test_store_world.h"

#define DAY ((int64_t)1763942400 * RF_SECOND)   /* 2025-11-24T00:00:00Z */

struct found {
	enum rf_reconcile_class class;
	enum rf_reconcile_key key;
	uint32_t line;
	uint64_t session;
	char call_id[64], text[RF_RECONCILE_TEXT_MAX];
};

struct reconcile_world {
	struct store_world *store;
	rf_token puts;                          /* all of them wait for their commit */
	char path[96];                          /* of their file */
	struct rf_config_reconcile map;         /* as the configuration's presets */
	int64_t since_us, until_us, now_us;
	struct found *found;
	size_t count, max;
	struct rf_reconcile_result result;
	struct rf_config_errors errors;
	char text[4096];                        /* of errors: "3:7: ..." a line */
};

struct reconcile_world *reconcile_world_new(void);
void reconcile_world_free(struct reconcile_world *);
/* An event of ours; format and what follows are its fields behind the type. */
void reconcile_world_put(struct reconcile_world *, enum rf_store_kind, uint64_t session,
    int64_t time_us, bool deliver, const char *format, ...) __attribute__((format(printf, 6, 7)));
/* All that was put is in the file. */
void reconcile_world_commit(struct reconcile_world *);
void reconcile_world_write(struct reconcile_world *, const char *bytes, size_t len);
/* False: errors, in w->text. */
bool reconcile_world_run(struct reconcile_world *, const char *theirs);
bool reconcile_world_run_file(struct reconcile_world *);

#endif
