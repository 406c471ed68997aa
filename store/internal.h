/* SPDX-License-Identifier: BSD-2-Clause */
/* store/internal.h -- the two halves of a store: store.c gathers, paces and answers on the event
 * loop, a backend makes groups durable, on the worker's thread if it has one. */
#ifndef RF_STORE_INTERNAL_H
#define RF_STORE_INTERNAL_H

#include "store/store.h"

/* ---- batch.c: puts behind one another in memory that is used again ------------------------- */

enum rf_store_op { RF_STORE_OP_PUT, RF_STORE_OP_FETCH, RF_STORE_OP_SETTLE, RF_STORE_OP_JUDGE };
struct rf_store_work {
	enum rf_store_op op;
	struct rf_store_put put;                /* of the others: token, session, time, reason */
	uint8_t receiver, count;                /* FETCH, SETTLE; count: FETCH */
	uint8_t what;                           /* enum rf_settled or rf_store_verdict */
	uint32_t attempts;                      /* SETTLE */
	int64_t number;                         /* FETCH: after it */
};
struct rf_store_batch {
	char *bytes;
	size_t len, max;
	uint32_t count;
};
/* False: no memory. */
bool rf_store_batch_add(struct rf_store_batch *, const struct rf_store_work *);
/* *at starts at 0; false at the end. */
bool rf_store_batch_next(const struct rf_store_batch *, size_t *at, struct rf_store_work *out);
/* Empties it, and gives memory back that only a burst needed. */
void rf_store_batch_clear(struct rf_store_batch *);
void rf_store_batch_fini(struct rf_store_batch *);

/* ---- rows.c: what a commit read, behind one another ---------------------------------------- */

struct rf_store_rows {
	char *bytes;
	size_t len, max;
	uint32_t news;                          /* bit n: deliveries for receiver n were added */
};
/* False: no memory. */
bool rf_store_rows_add(struct rf_store_rows *, rf_token, const struct rf_store_delivery *);
/* Those that answer `token`, in order; at most RF_FETCH_MAX. */
uint32_t rf_store_rows_of(const struct rf_store_rows *, rf_token,
    struct rf_store_delivery out[RF_FETCH_MAX]);
void rf_store_rows_clear(struct rf_store_rows *);
void rf_store_rows_fini(struct rf_store_rows *);

/* ---- histogram.c --------------------------------------------------------------------------- */

enum { RF_HISTOGRAM_BUCKETS = 256 };            /* 8 a power of two: within 13 percent */
struct rf_histogram {
	uint64_t count, max;
	uint32_t bucket[RF_HISTOGRAM_BUCKETS];
};
void rf_histogram_add(struct rf_histogram *, uint64_t value);
/* The least value that `permille` of all do not exceed, rounded up to its bucket. */
uint64_t rf_histogram_quantile(const struct rf_histogram *, uint32_t permille);

/* ---- backends ------------------------------------------------------------------------------ */

struct rf_store_backend {
	const char *scheme;                     /* "sqlite:" */
	bool threaded;
	/* What stands behind the scheme. NULL and a sentence. */
	void *(*open)(struct rf_store *, const struct rf_store_config *, const char *path,
	    char error[RF_STORE_ERROR_MAX]);
	void (*close)(void *);
	/* Both, in this order, in one transaction.  On the worker. */
	bool (*commit)(void *, const struct rf_store_batch *retry, const struct rf_store_batch *,
	    struct rf_store_rows *);
	/* A bounded step of what is done between commits; true: there is more.  On the worker. */
	bool (*maintain)(void *);
	int (*restore_next)(void *, struct rf_store_saved *, char error[RF_STORE_ERROR_MAX]);
	bool (*review)(void *, uint64_t session, const char *why);
	void (*events)(const void *, uint64_t session, rf_store_event_fn *, void *user);
	uint64_t (*newest)(const void *);
	void (*depths)(const void *, struct rf_store_depths *);
};
extern const struct rf_store_backend rf_store_memory, rf_store_sqlite;

/* For backends, from any thread. */
#define RF_STORE_BACKEND_COUNTERS(X) \
	X(rows) X(bytes) X(snapshot_bytes) X(checkpoints) X(purged) X(corrupt) X(quarantined)
enum rf_store_counter {
#define RF_COUNTER(name) RF_STORE_COUNT_##name,
	RF_STORE_BACKEND_COUNTERS(RF_COUNTER)
#undef RF_COUNTER
	RF_STORE_COUNT_MAX
};
void rf_store_count(struct rf_store *, enum rf_store_counter, uint64_t);
void rf_store_wal_bytes(struct rf_store *, uint64_t);
void rf_store_notice(struct rf_store *, enum rf_store_level, const char *event,
    const char *format, ...) __attribute__((format(printf, 4, 5)));

#endif
