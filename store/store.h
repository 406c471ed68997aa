/* SPDX-License-Identifier: BSD-2-Clause */
/* store/store.h -- what must not be forgotten: questions "is this durable?", answered later.
 *
 * Puts are gathered and committed together, one transaction a group, one group in flight; the
 * answer to each comes from the event loop, never from inside rf_store_put.  `memory:` keeps the
 * latest events only and is as durable as the process: for trials and tests.  `sqlite:PATH`
 * commits on a thread of its own (ADR 011). */
#ifndef RF_STORE_STORE_H
#define RF_STORE_STORE_H

#include "engine/engine.h"

struct event_base;
struct rf_store;

enum {
	RF_STORE_PENDING_MAX = 65536,           /* puts waiting for a commit ... */
	RF_STORE_BYTES_MAX = 64 * 1024 * 1024,  /* ... and their bytes; one more: not stored */
	RF_STORE_RETRY_BYTES_MAX = 64 * 1024 * 1024, /* truths kept while commits fail */
	RF_STORE_EVENTS_MAX = 65536,            /* kept by memory:, the oldest are forgotten */
	RF_STORE_RECORD_LEN_MAX = 32 * 1024,    /* of an event, and of a snapshot */
	RF_STORE_RESTORE_MAX = 64,              /* sessions of one batch */
	RF_STORE_COLUMNS_MAX = 40,              /* of a CDR */
	RF_STORE_ERROR_MAX = 256,
};

enum rf_store_synchronous {
	RF_STORE_FULL,                          /* a commit is on the disk before its answer */
	RF_STORE_NORMAL,                        /* survives the process, not power loss */
	RF_STORE_OFF,
};

struct rf_store_config {
	const char *url;                        /* "memory:" or "sqlite:PATH" */
	const char *vfs;                        /* of SQLite; NULL: the system's */
	enum rf_store_synchronous synchronous;
	rf_time commit_interval;                /* how long a group is gathered */
	bool forgive; /* what the last process restored did not crash it: nobody is suspect */
	const char *const *receiver;            /* names; what is to be told has their index */
	uint32_t receivers;                     /* more than 0: not for memory: */
	rf_time busy_wait; /* for another process's lock; 0: RF_STORE_BUSY_WAIT */
	struct {
		rf_time cdr, review, dlq, events; /* what is older is purged; 0: kept for ever */
	} retention;
};
#define RF_STORE_BUSY_WAIT (1 * RF_SECOND)

/* One transaction; everything in it is copied. */
struct rf_store_put {
	rf_token token;                         /* 0: nobody waits */
	enum rf_store_kind kind;
	uint64_t session;
	int64_t saved_us;                       /* wall clock */
	struct rf_slice snapshot; /* replaces the session's; empty: it is over, delete it */
	struct rf_slice event;                  /* a JSON object; empty: none */
	bool cdr;                               /* it is a call detail record, too */
	uint32_t receivers;                     /* bit n: receiver n is to be told of it */
};

/* ---- the outbox: what receivers have not acknowledged yet (ADR 024) -------------------------- */

struct rf_store_delivery {
	struct rf_outbox_row row;
	struct rf_slice event;                  /* JSON; until the callback returns */
};
/* The first delivery of each session behind `after`, in rising order. */
struct rf_store_fetch {
	rf_token token;
	uint8_t receiver, count;                /* count: at most, 1..RF_FETCH_MAX */
	int64_t after;
};
/* What became of one; the answer names the next one of its session. */
struct rf_store_settle {
	rf_token token;                         /* 0: nobody waits */
	uint8_t receiver;
	enum rf_settled settled;
	uint32_t attempts;
	int64_t number, saved_us;
	uint64_t session;
	struct rf_slice reason;                 /* DEAD: for people */
};

enum rf_store_level { RF_STORE_INFO, RF_STORE_WARNING, RF_STORE_ERROR };

struct rf_store_callbacks {                     /* all on the event loop */
	/* Exactly once for every put with a token, unless the store is closed before. */
	void (*done)(void *user, rf_token, bool stored);
	/* The same for a fetch (always stored: it is tried until it can be read) or a settle. */
	void (*outbox)(void *user, rf_token, bool stored, const struct rf_store_delivery *,
	    uint32_t count);
	/* There are deliveries that were not there before; bit n: for receiver n. */
	void (*news)(void *user, uint32_t receivers);
	/* What an operator must know: "store.corrupt", and a sentence. */
	void (*notice)(void *user, enum rf_store_level, const char *event, const char *text);
};

/* NULL and a sentence: no memory, no permission, a newer schema.  A file that is corrupt is put
 * aside and begun anew, with a notice. */
struct rf_store *rf_store_open(struct event_base *, const struct rf_store_config *,
    const struct rf_store_callbacks *, void *user, char error[RF_STORE_ERROR_MAX]);
/* Commits what is pending, without answers.  Not from inside a callback. */
void rf_store_close(struct rf_store *);

/* OUTCOME, WITHDRAWAL and ENDED are truths: when their commit fails they are answered `false` and
 * tried again with every later commit, before it, until they are durable.  An ENDED for which
 * nobody waits begins no group: it rides in the next one, and goes alone after a second. */
void rf_store_put(struct rf_store *, const struct rf_store_put *);

void rf_store_fetch(struct rf_store *, const struct rf_store_fetch *);
void rf_store_settle(struct rf_store *, const struct rf_store_settle *);
/* What a person decides of dead letters; number 0: of all of them.  Replayed ones are delivered
 * again, under the key they had.  Answered like a put. */
enum rf_store_verdict { RF_STORE_REPLAY, RF_STORE_DROP };
void rf_store_judge(struct rf_store *, rf_token, enum rf_store_verdict, int64_t number);

/* ---- restart, before the first call is carried: blocks for a commit ------------------------- */

struct rf_store_saved {
	uint64_t session;
	int64_t saved_us;
	uint32_t restarts;                      /* processes it was given to; 1: only this one */
	struct rf_slice snapshot;               /* until the next call */
};
/* The next batch of sessions; what is in it counts as being restored until the next call.  Who
 * was in one when the process ended is given alone, who was in two goes to the review queue; but
 * see `forgive`.
 * 0: these were all; -1 and a sentence. */
int rf_store_restore_next(struct rf_store *, struct rf_store_saved out[RF_STORE_RESTORE_MAX],
    char error[RF_STORE_ERROR_MAX]);
/* Moves a session to the review queue: nobody could make anything of it. */
bool rf_store_review(struct rf_store *, uint64_t session, const char *why);

/* ---- reading ------------------------------------------------------------------------------- */

typedef void rf_store_event_fn(void *user, enum rf_store_kind, struct rf_slice event);
/* Every committed event of a session, oldest first. */
void rf_store_events(const struct rf_store *, uint64_t session, rf_store_event_fn *, void *user);
/* Who had the latest event; 0: nobody. */
uint64_t rf_store_newest(const struct rf_store *);

struct rf_store_query {
	uint64_t session;                       /* 0: any */
	int64_t since_us;                       /* wall clock */
	uint64_t limit;                         /* the latest so many; 0: all */
};
/* `event`: the CDR as it was stored; value: its columns, NULL where it has none.  The first call
 * has the names only: `value` is NULL. */
typedef bool rf_store_cdr_fn(void *user, struct rf_slice event, uint32_t columns,
    const char *const *name, const char *const *value);
/* Reads the CDRs of a file that another process may be writing, oldest first, until `row` says
 * false.  False and a sentence. */
bool rf_store_cdrs(const char *url, const struct rf_store_query *, rf_store_cdr_fn *row, void *user,
    char error[RF_STORE_ERROR_MAX]);

struct rf_store_dead_letter {
	int64_t number, time_us;                /* wall clock */
	uint64_t session;
	uint32_t attempts;
	struct rf_slice receiver, reason, event;
};
typedef bool rf_store_dead_letter_fn(void *user, const struct rf_store_dead_letter *);
/* Oldest first, behind `after`, until `row` says false.  False and a sentence. */
bool rf_store_dead_letters(const char *url, int64_t after, rf_store_dead_letter_fn *row,
    void *user, char error[RF_STORE_ERROR_MAX]);
/* How many events wait for a receiver, and how many are dead letters. */
struct rf_store_depths {
	uint64_t outbox, dead_letters, review;
};
void rf_store_depths(const struct rf_store *, struct rf_store_depths *);

/* ---- what reconciliation compares (app/reconcile.h) ------------------------------------------ */

struct rf_store_fact {                          /* of an event; a number it has not: -1 */
	int64_t id, time_us;
	uint64_t session;
	enum rf_store_kind kind;
	struct rf_slice call_id, from_tag, to_tag;
	struct rf_slice refer_call_id, refer_from_tag, refer_to_tag;
	struct rf_slice refer_to, target, outcome;
	int64_t refer_cseq, started_us, answered_us, duration_ms;
};
typedef bool rf_store_fact_fn(void *user, const struct rf_store_fact *);
/* A delivery that was given up, or one that waits. */
struct rf_store_lost {
	int64_t number, time_us;                /* of the dead letter or delivery; of its event */
	uint64_t session;
	bool dead;
	uint32_t attempts;
	struct rf_slice receiver, type, reason;
};
typedef bool rf_store_lost_fn(void *user, const struct rf_store_lost *);

/* A connection that only reads, for one thread; NULL and a sentence. */
struct rf_store_reader;
struct rf_store_reader *rf_store_reader_open(const char *url, char error[RF_STORE_ERROR_MAX]);
void rf_store_reader_close(struct rf_store_reader *);
/* Facts of all events of since <= time < until in the order of their ids, in pages, until `fact`
 * says false; an event that is no JSON is passed over.  False and a sentence. */
bool rf_store_reader_facts(struct rf_store_reader *, int64_t since_us, int64_t until_us,
    rf_store_fact_fn *fact, void *user, char error[RF_STORE_ERROR_MAX]);
/* Of one event; false: it is gone. */
bool rf_store_reader_fact(struct rf_store_reader *, int64_t id, rf_store_fact_fn *fact, void *user);
/* transfer.* events of that time that are dead letters, then those that wait in the outbox though
 * they are older than `before`. */
bool rf_store_reader_lost(struct rf_store_reader *, int64_t since_us, int64_t until_us,
    int64_t before_us, rf_store_lost_fn *lost, void *user, char error[RF_STORE_ERROR_MAX]);

#define RF_STORE_COUNTERS(X) \
	X(puts) X(refused) X(rides) X(rides_alone) X(commits) X(commits_failed) X(rows) X(bytes) \
	X(snapshot_bytes) X(retries) X(lost) X(checkpoints) X(purged) X(corrupt) X(quarantined)
struct rf_store_stats {
	uint32_t pending;                       /* gauges: puts that wait for their commit */
	uint32_t undurable;                     /* truths that are still tried */
	uint64_t wal_bytes;
	uint64_t commit_us_p50, commit_us_p99, commit_us_max; /* since the start */
#define RF_COUNTER(name) uint64_t name;
	RF_STORE_COUNTERS(RF_COUNTER)
#undef RF_COUNTER
};
void rf_store_stats(const struct rf_store *, struct rf_store_stats *);

#endif
