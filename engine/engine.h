/* SPDX-License-Identifier: BSD-2-Clause */
/* engine/engine.h -- the whole boundary between the engine and the world.
 *
 * The engine reads no clock, opens no socket, draws no entropy, prints nothing, and calls nobody
 * back. What happened comes in as one event; what should happen goes out as effects.  Same config,
 * seed and events give the same effects, byte for byte: that is why sim/ can drive this engine and
 * no copy of it, and why a journal recorded in production replays there.
 *
 * Protocol between driver and engine:
 *   - every event goes through rf_engine_step; the effects are carried out in order, at once (their
 *     slices point into *out or into the engine and are gone with the next step);
 *   - answers are events of their own, given in a later step, never from inside;
 *   - while rf_engine_deadline() <= now, RF_EV_DEADLINE is stepped before anything else. */
#ifndef RF_ENGINE_ENGINE_H
#define RF_ENGINE_ENGINE_H

#include "engine/plan.h"
#include "engine/types.h"

enum {
	RF_STEP_EFFECTS_MAX = 64,
	RF_STEP_BYTES_MAX = 256 * 1024,
	RF_LISTENERS_MAX = 16,
	RF_RESOLVED_MAX = 8,
	RF_NAME_MAX = 128,                      /* host names, advertised addresses */
	RF_RECEIVERS_MAX = 16,                  /* of events */
	RF_FETCH_MAX = 16,                      /* deliveries of one FETCH */
};

/* ---- what happened ------------------------------------------------------------------------ */

enum rf_event_kind {
	RF_EV_MESSAGE,          /* path, bytes: one datagram, or one message framed from a stream */
	RF_EV_LINK_UP,          /* path (with its link), token of the SEND that opened it or 0 */
	RF_EV_LINK_DOWN,        /* path.link, reason */
	RF_EV_SEND_FAILED,      /* token, reason: what RFC 3263 failover and transactions need */
	RF_EV_ANSWER,           /* token, and one of: addresses, plan, stored, posted, outbox */
	RF_EV_DEADLINE,
	RF_EV_COMMAND,          /* token, verb, value: from ctl; answered by a REPLY effect */
	RF_EV_DRAIN,            /* no new work any more */
	RF_EV_FACT,             /* wall_clock_us: what to write into records (moves no timer) */
	RF_EV_RESTORE,          /* session, bytes: a snapshot as stored; away, restarts since then.
	                         * session 0: there was a process before this one; comes first */
	RF_EV_NEWS,             /* value: bit n: receiver n has deliveries it had not before */
	RF_EV_KIND_MAX
};

/* What came of an attempt to deliver an event. */
enum rf_posted { RF_POSTED_NO, RF_POSTED_ACKED, RF_POSTED_REFUSED, RF_POSTED_UNSENT };
/* One delivery as the store keeps it. */
struct rf_outbox_row {
	int64_t number;                         /* rising; its name */
	uint64_t session;
	uint32_t attempts;                      /* made so far */
};

enum rf_verb { RF_VERB_SESSION_END };

struct rf_event {
	enum rf_event_kind kind;
	rf_token token;
	struct rf_path path;
	struct rf_slice bytes;
	struct rf_slice identity; /* MESSAGE over TLS: a name its peer has proved; empty: none */
	enum rf_link_reason reason;
	/* answer to RESOLVE; none: the name does not lead anywhere */
	const struct rf_addr *addresses;
	uint32_t address_count;
	/* answer to ROUTE; NULL: no answer can be had, treated as 500 */
	const struct rf_plan *plan;
	/* answer to STORE */
	bool stored;
	/* command */
	enum rf_verb verb;
	uint64_t value;
	int64_t wall_clock_us;
	/* restore */
	uint64_t session;
	rf_time away;
	uint32_t restarts;                      /* 1: only that of this process */
	/* answer to POST */
	enum rf_posted posted;
	uint32_t retry_after_s;                 /* 0: the receiver did not say */
	/* answer to FETCH; to SETTLE: the next delivery of that session, if there is one */
	const struct rf_outbox_row *outbox;
	uint32_t outbox_count;                  /* at most RF_FETCH_MAX */
};

/* ---- what should happen ------------------------------------------------------------------- */

enum rf_effect_kind {
	RF_FX_SEND,  /* path, bytes, identity; failure comes back as SEND_FAILED if token != 0 */
	RF_FX_CLOSE, /* path.link */
	RF_FX_REPLY, /* token, bytes: the answer to a COMMAND */
	/* questions; each gets exactly one RF_EV_ANSWER with its token: */
	RF_FX_RESOLVE, /* bytes: host; port (0: none), proto (0: not given): RFC 3263 */
	RF_FX_ROUTE,   /* trigger, path, message: the request; partner, named: whose dialog */
	RF_FX_STORE,   /* one transaction, durable before the answer; token 0: nobody waits */
	RF_FX_FETCH,   /* receiver, count: the first delivery of each session after `number` */
	RF_FX_POST,    /* receiver, number, session: one attempt */
	RF_FX_SETTLE,  /* receiver, number, settled, attempts; TRIED has no answer (token 0) */
	RF_FX_KIND_MAX
};

/* What became of a delivery: acknowledged, a dead letter, or tried so many times. */
enum rf_settled { RF_SETTLED_ACKED, RF_SETTLED_DEAD, RF_SETTLED_TRIED };

/* A hand-back waits for three commits: established, promise (with its first attempt), outcome.
 * Every further attempt is one more.  A withdrawal undoes a promise that was never spoken.  For the
 * end nobody waits; it goes with the commit of somebody else. */
enum rf_store_kind {
	RF_STORE_ESTABLISHED,
	RF_STORE_PROMISE,
	RF_STORE_OUTCOME,
	RF_STORE_WITHDRAWAL,
	RF_STORE_ATTEMPT,
	RF_STORE_ENDED,
	RF_STORE_KIND_MAX
};

struct rf_effect {
	enum rf_effect_kind kind;
	rf_token token;
	struct rf_path path;
	struct rf_slice bytes;
	struct rf_slice identity; /* SEND over TLS: the name the peer must prove (RFC 5922) */
	struct rf_slice partner;                /* ROUTE: of the dialog; empty: not known by name */
	struct rf_path named; /* ROUTE: flow of a dialog the request only names; else proto 0 */
	enum rf_plan_trigger trigger;           /* ROUTE */
	uint32_t transfers;                     /* ROUTE of a REFER: accepted in its call before */
	struct rf_message *message;             /* ROUTE: parsed; what is asked of it stays in it */
	enum rf_store_kind store;               /* STORE: why; bytes: the event, a JSON object */
	struct rf_slice snapshot; /* STORE: replaces the session's; empty: the session is over */
	bool cdr;                               /* STORE: the event is a call detail record, too */
	uint64_t session;                       /* STORE, SEND: for the log; 0: none */
	uint16_t port;                          /* RESOLVE */
	uint8_t proto;                          /* RESOLVE: enum rf_transport */
	bool secure;                            /* RESOLVE: a sips: URI */
	uint8_t receiver;                       /* FETCH, POST, SETTLE: index in the config */
	uint8_t count;                          /* FETCH */
	enum rf_settled settled;                /* SETTLE */
	uint32_t attempts;                      /* SETTLE: made so far */
	int64_t number;                         /* FETCH: after this one; POST, SETTLE: of it */
};

struct rf_effects {                             /* one step's worth, owned by the caller */
	uint32_t count, bytes_len;
	struct rf_effect at[RF_STEP_EFFECTS_MAX];
	char bytes[RF_STEP_BYTES_MAX];
};

/* ---- the engine ---------------------------------------------------------------------------- */

struct rf_listener {
	struct rf_addr local;        /* as bound; remote events carry the same path.local */
	char advertise[RF_NAME_MAX]; /* host[:port] for Via and Contact, NUL-terminated */
};

struct rf_engine_limits {                       /* fixed at start: the block never grows */
	uint32_t calls;                         /* live sessions */
	uint32_t transactions;                  /* kept transactions, Timer J and all */
	uint32_t text_bytes;                    /* variable text of all of them */
	uint32_t deliveries;                    /* known at a time, of all receivers; 0: none */
};

/* How one receiver of events is treated (R24); 0: the default. */
struct rf_receiver_rules {
	uint32_t retries;                       /* after the first attempt; UINT32_MAX: none */
	rf_time backoff, backoff_cap;           /* 1 s, 30 s; doubled, full jitter */
	rf_time retry_after_max;                /* 60 s: a longer Retry-After is cut down to it */
	uint32_t failures;                      /* 5 in a row open the breaker ... */
	rf_time open;                           /* ... for 30 s */
	uint32_t posts;                         /* 16 under way at a time */
};

struct rf_fsm;
struct rf_engine_config {
	rf_time t1, t2, t4;                     /* RFC 3261 17.1.1.1; 0: 500 ms, 4 s, 5 s */
	rf_time store_wait;                     /* 0: 2 s, before a promise becomes a 503 */
	rf_time commit_wait;                    /* 0: 200 ms, before a 2xx is relayed uncommitted */
	bool no_snapshots;                      /* STORE carries none: nobody will restore */
	bool hash_effects;                      /* keep the rolling hash (simulator, journal) */
	/* Tests only: tables to run instead of the compiled ones, in their order; NULL: those. */
	const struct rf_fsm *const *machines;
	uint8_t node_id;
	uint8_t listener_count, receiver_count;
	struct rf_listener listener[RF_LISTENERS_MAX];
	char domain[RF_NAME_MAX];               /* host part of our own From */
	char software[RF_NAME_MAX];             /* Server and User-Agent */
	struct rf_receiver_rules receiver[RF_RECEIVERS_MAX];
};

struct rf_engine;

/* Bytes of the block, and its alignment: any that malloc gives. */
size_t rf_engine_size(const struct rf_engine_limits *);
/* Builds an engine in `block` (zeroed by the caller or fresh from mmap; untouched pages stay so).
 */
struct rf_engine *rf_engine_init(void *block, const struct rf_engine_limits *,
    const struct rf_engine_config *, const uint8_t seed[16], rf_time now);

/* Runs to completion and cannot fail: what the world does wrong is a protocol answer in *out, what
 * a programmer does wrong is an assertion.  Overwrites *out. */
void rf_engine_step(
    struct rf_engine *, rf_time now, const struct rf_event *, struct rf_effects *out);

/* When to send RF_EV_DEADLINE; in the past if a step left work over.  RF_TIME_NEVER: nothing armed.
 */
rf_time rf_engine_deadline(const struct rf_engine *);

/* Rolling 128-bit hash over the effects of every step since init (needs hash_effects). */
void rf_engine_effect_hash(const struct rf_engine *, uint64_t out[2]);

/* ---- reading: gauges and views, no side effects ---------------------------------------------- */

#define RF_COUNTERS(X) \
	X(rx_requests) X(rx_responses) X(rx_malformed) X(rx_dropped) X(rx_keepalives) \
	X(tx_requests) X(tx_responses) X(retransmissions) X(rx_retransmissions) \
	X(calls_established) X(calls_refused) X(refers_accepted) X(refers_refused) \
	X(transfers_succeeded) X(transfers_failed) X(transfers_abandoned) X(rescued_by_ivr) \
	X(legs_replaced) X(replaces_refused) \
	X(notify_sent) X(notify_failed) X(shed_overload) X(linger_cut) X(stray_responses) \
	X(promised_uncommitted) X(attempts_uncommitted) X(undurable_outcomes) \
	X(writes_awaited) X(restored) X(restore_refused) X(snapshots) X(snapshot_bytes) \
	X(posts) X(posts_acked) X(posts_refused) X(posts_unsent) X(dead_letters) \
	X(breakers_opened) X(breakers_closed)

struct rf_stats {
	/* gauges: all 0 when nothing is live */
	uint32_t calls, legs, dialogs, transactions, refers, deliveries, timers, text_chunks;
	uint64_t text_bytes;
	/* counters */
#define RF_COUNTER(name) uint64_t name;
	RF_COUNTERS(RF_COUNTER)
#undef RF_COUNTER
};
void rf_engine_stats(const struct rf_engine *, struct rf_stats *out);

struct rf_leg_view {
	const char *role;                       /* "caller", "callee", "target", "ivr" */
	const char *state;                      /* of leg.def */
	struct rf_slice call_id, local_tag, remote_tag, partner;
	struct rf_path path;
};
struct rf_session_view {
	uint64_t session;
	const char *call_state, *refer_state;   /* refer_state: NULL without a transfer */
	rf_time since;
	uint32_t leg_count;
	struct rf_leg_view leg[6];
};
/* Iterates over live sessions: *cursor starts at 0; false at the end. */
bool rf_engine_session_next(
    const struct rf_engine *, uint32_t *cursor, struct rf_session_view *out);

/* ---- trace: what happened inside, in the words of the tables -------------------------------- */

enum rf_trace_kind { RF_TRACE_RX, RF_TRACE_TX, RF_TRACE_ROW, RF_TRACE_NOTE };
struct rf_trace {
	rf_time time;
	uint64_t session;                       /* 0: none */
	uint8_t kind;                           /* enum rf_trace_kind */
	uint8_t machine;                        /* ROW: index for rf_engine_machine */
	uint16_t row;                           /* ROW: index of the row */
	uint8_t leg; /* RX, TX: leg number within the session; 255: none */
	uint8_t retransmission;                 /* RX, TX */
	uint16_t status;                        /* RX, TX: of a response, else 0 */
	uint8_t method;                         /* RX, TX: enum rf_method (of CSeq) */
	char role[7];                           /* RX, TX: of the leg, NUL-terminated or full */
	struct rf_addr remote;                  /* RX, TX */
	char text[64];                          /* NOTE and extra: NUL-terminated */
};
enum { RF_TRACE_MAX = 1024 };                   /* the ring; older records are overwritten */
/* Takes the next record; *cursor (start at 0) is the caller's.  False: nothing new. */
bool rf_trace_next(const struct rf_engine *, uint64_t *cursor, struct rf_trace *out);

/* The machines as compiled, in a fixed order: table-driven names for traces; NULL past the end. */
const struct rf_fsm *rf_engine_machine(uint32_t index);

#endif
