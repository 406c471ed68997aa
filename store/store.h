/* SPDX-License-Identifier: BSD-2-Clause */
/* store/store.h -- what must not be forgotten: questions "is this durable?", answered later.
 *
 * Puts are gathered and committed together every commit_interval; the answer to each comes from the
 * event loop, never from inside rf_store_put.  `memory:` keeps the latest records only and is as
 * durable as the process: for trials, tests and the simulator's twin. */
#ifndef RF_STORE_STORE_H
#define RF_STORE_STORE_H

#include "engine/engine.h"

struct event_base;
struct rf_store;

enum {
	RF_STORE_PENDING_MAX = 65536, /* puts waiting for a commit; one more gets no answer */
	RF_STORE_RECORDS_MAX = 65536, /* kept by memory:, the oldest are forgotten */
	RF_STORE_RECORD_LEN_MAX = 32 * 1024,
};

typedef void rf_store_done_fn(void *user, rf_token, bool stored);

/* NULL only without memory. */
struct rf_store *rf_store_open_memory(
    struct event_base *, rf_time commit_interval, rf_store_done_fn *, void *user);
void rf_store_close(struct rf_store *);
/* One record, a JSON object, copied.  token 0: nobody waits. */
void rf_store_put(
    struct rf_store *, rf_token, enum rf_store_kind, uint64_t session, struct rf_slice record);
/* Iterates over the records of a session, oldest first; *cursor starts at 0. */
bool rf_store_record_next(const struct rf_store *, uint64_t session, uint64_t *cursor,
    enum rf_store_kind *, struct rf_slice *record);
/* Puts that wait for their commit. */
uint32_t rf_store_pending(const struct rf_store *);

#endif
