/* SPDX-License-Identifier: BSD-2-Clause */
/* sim/world.h -- everything around the engine that is not the engine, without sockets or a clock.
 *
 *      parties --- net (delay, loss, order) --- [ rf_engine_step ] --- oracles (dns, policy, store)
 *
 * The world drives the very object code production runs, by the same six lines (world_tell).  It
 * has no randomness of its own: the same scene gives the same run, byte for byte. */
#ifndef RF_SIM_WORLD_H
#define RF_SIM_WORLD_H

#include "engine/engine.h"
#include "engine/fsm.h"
#include "policy/policy.h"
#include "sim/checkers.h"
#include "sim/choose.h"
#include "sim/heap.h"
#include "sim/party.h"
#include "sim/shim.h"
#include "sim/weather.h"

enum {
	WORLD_PARTIES_MAX = 16,
	WORLD_HOSTS_MAX = 4,
	WORLD_FAULTS_MAX = 32,
	WORLD_NAMES_MAX = 96,
	WORLD_LADDER_MAX = 4 * 1024 * 1024,
	WORLD_SEEN_MAX = 8192,  /* distinct messages whose repetition is recognised; a power of 2 */
	WORLD_STALL_MAX = 1000, /* deadlines in a row without time going on */
	WORLD_ERROR_MAX = 256,
	WORLD_ROWS_MAX = 256,   /* of one machine */
	WORLD_MACHINES_MAX = 16,
	WORLD_NUMBERS_MAX = 4096, /* sessions whose number is known to the ladder */
};

/* ---- what a scene may set before the world begins (tables.c) --------------------------------- */

struct world_tables {
	struct rf_policy_tables tables;
	struct rf_policy_partner partner[3];
	struct rf_policy_network network[8];
	struct rf_policy_route route[16];
	struct rf_policy_queue queue[12];
	struct rf_policy_target target[16];
	struct rf_policy_skill skill[4];
	struct rf_policy_rule rule[2];
	struct rf_policy_window hours[1];
	struct rf_policy_failover failover[2];
	uint32_t provisional[2];
	const char *referred_by[2];
	const char *pass[4];
	const char *destinations[1];
	char destination[64]; /* of whoever may refer to one key only */
	char ivr[128]; /* "": none */
};
/* Who stands around referee, if it is not the cast of the scenes. */
struct world_role {
	const char *name, *ip;              /* name: at most 15 bytes */
	uint16_t port, media_port;
	enum rf_transport transport;
	const char *proves;                 /* by its certificate, over TLS; "": nothing */
	const char *host[WORLD_HOSTS_MAX];  /* names that lead there; NULL: no more */
};
struct world_options {
	struct rf_engine_limits limits;
	struct rf_engine_config config;
	struct world_tables policy;
	const struct rf_policy_tables *tables; /* a loaded configuration's; NULL: `policy` */
	const struct world_role *cast;       /* NULL: that of the scenes */
	uint32_t cast_count;
	rf_time link_delay;
	uint32_t local_minute; /* of the week, from Monday, when it begins: in every time zone */
	struct world_weather weather;
	struct chooser *chooser;             /* who decides; the caller's; NULL: `seed` */
	const struct sim_shim *shim;         /* tests: a planted defect; NULL: none */
	uint32_t seed;
	bool quiet; /* no ladder, and rows are only counted: for many runs, or long ones */
};
void world_options_init(struct world_options *);
/* False: no such key, or not such a value; *error says which. */
bool world_options_set(
    struct world_options *, const char *key, const char *value, char error[WORLD_ERROR_MAX]);
/* The tables point into the options: fixes them up after the options were copied. */
void world_tables_bind(struct world_tables *);

/* ---- parts ----------------------------------------------------------------------------------- */

/* Which messages a fault, an expectation or a `never` means. */
struct world_match {
	uint32_t party;
	bool from_party; /* party -> referee */
	bool any;
	bool is_request;
	uint16_t status_min, status_max; /* response; 0: any */
	char method[16];                 /* "": any */
};
bool world_match(
    const struct world_match *, uint32_t party, bool from_party, const struct sip_text *);

enum world_fault_kind { WORLD_DROP, WORLD_DUP, WORLD_DELAY, WORLD_REPLAY };
struct world_fault {
	enum world_fault_kind kind;
	struct world_match match;
	uint32_t skip, count; /* the next `skip` pass, then `count` are hit */
	rf_time by;           /* DELAY: additionally; DUP, REPLAY: the copy, later */
};

struct world_link { /* number: index + 1 */
	bool up;
	uint32_t party;
	struct rf_path path;
	rf_time last[2]; /* order is kept: nothing arrives before this */
	bool half;          /* the party has forgotten it */
	const char *proves; /* whom its peer has proved to be; "": nobody */
	char *in;           /* of a message that is not whole yet */
	uint32_t in_len, in_scanned;
};

/* How a receiver of events answers from now on. */
struct world_hook {
	uint16_t status; /* 0: silence until the timeout; 1: there was no token */
	uint32_t retry_after_s;
	rf_time delay;
	uint32_t times; /* so often, then `next`; 0: from now on */
	uint16_t next;
};
struct world_delivery { /* number: index + 1 */
	struct rf_outbox_row row;
	uint8_t receiver;
	char type[32];
	uint32_t posts, started; /* started: in which process the last one was */
	bool acked, dead, over;
};
struct world_outbox {
	struct world_delivery *delivery;
	uint32_t deliveries, room;
	struct world_hook hook[RF_RECEIVERS_MAX];
	uint32_t fails; /* so many settlements the store cannot take */
};

/* How an oracle answers from now on. */
enum world_answer { WORLD_ANSWER, WORLD_FAIL, WORLD_SILENT };
struct world_oracle {
	enum world_answer answer;
	rf_time delay;
};
struct world_name {
	char host[RF_NAME_MAX];
	struct rf_addr address[RF_RESOLVED_MAX];
	uint32_t count;
	struct world_oracle oracle;
};

enum world_item_kind {
	WORLD_EVENT,
	WORLD_TO_REFEREE,
	WORLD_TO_PARTY,
	WORLD_BYTES,        /* to referee: a piece of a stream */
	WORLD_PARTY_TIMER,
	WORLD_SPELL,        /* the moment of one; timer: which, generation: period */
	WORLD_STORE,                            /* a commit, and its answer if somebody waits */
	WORLD_RESTART,
	WORLD_OUTBOX,       /* an answer about deliveries; timer: of what sort */
	WORLD_LATER                             /* somebody of the world's own acts */
};
struct world_later { /* what it is about, in the words of who asked for it */
	uint64_t a;
	uint32_t b, c;
};
typedef void world_later_fn(void *user, const struct world_later *);
struct world_item { /* one thing that is going to happen */
	enum world_item_kind kind;
	struct rf_event event; /* EVENT, TO_REFEREE: path and bytes */
	uint32_t party, timer, link;
	uint64_t generation;
	struct world_later later;
	world_later_fn *act; /* LATER */
	void *user;
	const char *said; /* EVENT: for the ladder; NULL: nothing */
	bool notice;      /* EVENT: of a half-open connection, if it is still there */
	struct rf_addr address[RF_RESOLVED_MAX];
	struct rf_plan *plan;
	uint64_t session;      /* STORE */
	enum rf_store_kind store;
	bool tried_again;      /* STORE: it failed, and must not be forgotten */
	bool late;             /* STORE: tried again, after others */
	uint64_t put;          /* STORE: which put of the world's it was */
	uint32_t tries;        /* STORE: so far */
	bool torn;             /* STORE: durable whatever the answer is */
	rf_time again;         /* STORE: the answer comes once more, so much later; NEVER: no */
	uint32_t snapshot_len; /* STORE: of bytes, which the event's text follows */
	uint32_t len;
	char bytes[]; /* the message, or what `said` is about */
};

/* What is durable: the latest snapshot of each living session, and every event. */
struct world_kept {
	uint64_t session;
	uint32_t index;
	UT_hash_handle hh;
	char *snapshot;
	uint32_t len;
	rf_time at;
	uint32_t start; /* of which process */
	uint64_t put;
};
struct world_record {
	uint64_t session;
	enum rf_store_kind kind;
	rf_time at;
	char *text; /* JSON */
};

struct world_row {
	uint8_t machine; /* index for rf_engine_machine */
	uint16_t row;
};

struct world;
/* Hears what the engine is going to be told: before the step, for who records. */
typedef void world_heard_fn(void *user, const struct world *, const struct rf_event *);

/* One message at referee's edge, at the moment the ladder shows it: when referee sends it, when it
 * arrives there, or when it is lost on the way. */
struct world_sight {
	const struct party *party; /* index WORLD_PARTIES_MAX: nobody, or referee itself */
	bool from_party;           /* party -> referee */
	struct rf_path path;       /* as referee sees it; link 0 over TCP and TLS: there is none */
	uint64_t session;          /* of what referee sends; 0: none, or not known yet */
	const struct sip_text *text;
	const char *fate;          /* "": it arrives; else for people: "(lost)", "(delayed)" ... */
};
/* Sees every one of them, for who keeps pictures of a run; it must change nothing. */
typedef void world_tap_fn(void *user, const struct world *, const struct world_sight *);

struct world {
	rf_time now;
	struct world_options options;
	void *block;
	struct rf_engine *engine;
	struct rf_effects out;
	struct rf_policy *policy;
	struct chooser *chooser, by_seed;    /* the options', or its own */
	struct weather weather;
	struct world_heap heap;
	uint32_t stalled;
	/* net.c */
	struct party party[WORLD_PARTIES_MAX];
	uint32_t parties;
	struct world_link *link;
	uint32_t links, link_room;
	struct world_fault fault[WORLD_FAULTS_MAX];
	uint32_t faults;
	uint32_t unreadable; /* messages that arrived at referee and are no SIP */
	bool refused[WORLD_PARTIES_MAX]; /* connections towards this party fail ... */
	enum rf_link_reason refused_why[WORLD_PARTIES_MAX]; /* ... for this reason */
	/* oracles.c */
	struct world_oracle store[RF_STORE_KIND_MAX], route; /* store: by enum rf_store_kind */
	struct world_name name[WORLD_NAMES_MAX];
	uint32_t names;
	/* keep.c */
	struct world_kept **kept, *kept_by_session;
	uint32_t kepts, kept_room;
	struct world_record *record;
	uint32_t records, record_room;
	rf_time store_due; /* of the last commit it was given */
	uint64_t puts;
	uint32_t starts; /* of the process */
	bool down;       /* killed; what arrives is lost */
	bool lies;       /* what it says is durable is not */
	struct world_outbox outbox;
	/* A real store behind this one: is that durable now?  After a crash: what is?  Or NULL. */
	bool (*durable)(void *disk, const struct world_item *);
	void (*reread)(void *disk, struct world *);
	void *disk;
	bool powerless;  /* the disk lost its power, and the process with it: crash it */
	/* what is seen */
	struct checkers checkers;
	char *ladder;
	uint32_t ladder_len, ladder_room;
	uint64_t trace_cursor;
	uint64_t *seen; /* hashes of messages, to mark repetitions: 2 * WORLD_SEEN_MAX slots */
	uint32_t seens;
	struct world_row *row; /* every row taken, in order; not if quiet */
	uint32_t rows, row_room;
	struct world_row last; /* of them */
	uint32_t row_count[WORLD_MACHINES_MAX][WORLD_ROWS_MAX]; /* how often each was taken */
	world_heard_fn *heard;       /* NULL: nobody listens */
	void *heard_user;
	world_tap_fn *tap; /* NULL: nobody looks */
	void *tap_user;
	/* The same where the party stands: when it sends, and when something arrives there. */
	world_tap_fn *party_tap;
	void *party_tap_user;
	bool numbered;               /* the ladder says which call a line belongs to */
	uint64_t number_of[WORLD_NUMBERS_MAX]; /* by session */
	bool loud;                   /* the ladder holds transactions' rows, too */
	char error[WORLD_ERROR_MAX]; /* the world itself cannot go on */
};

/* Begins a world; NULL only without memory. */
struct world *world_new(const struct world_options *);
void world_free(struct world *);

/* One event into the engine, its effects carried out. */
void world_tell(struct world *, const struct rf_event *);
/* The next thing that happens at or before `until`; false: nothing, and it is `until` now. */
bool world_next(struct world *, rf_time until);
/* Is nothing to come any more, neither in the world nor in the engine? */
bool world_is_quiet(const struct world *);
/* Room for one more of that size behind `count` of them; a table that grows. */
void *world_grow(void *table, uint32_t count, uint32_t *room, size_t size);
void world_fail(struct world *, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* ---- net.c */
uint32_t world_party_find(struct rf_slice name); /* WORLD_PARTIES_MAX: none of the cast */
/* Index and name in the cast of these options (NULL: of the scenes); WORLD_PARTIES_MAX: none. */
uint32_t world_cast_find(const struct world_options *, struct rf_slice name);
const char *world_cast_name(const struct world_options *, uint32_t index);
void world_fx_send(struct world *, const struct rf_effect *);
void world_fx_close(struct world *, const struct rf_effect *);
/* A party lets a message go towards referee. */
void world_party_send(struct world *, struct party *, struct rf_slice bytes);
/* Bytes of a stream towards referee, in pieces of at most that length, past faults and weather. */
void world_party_write(
    struct world *, struct party *, struct rf_slice bytes, uint32_t piece_max);
void world_party_timer(
    struct world *, struct party *, rf_time at, uint32_t timer, uint64_t generation);
void world_later(
    struct world *, rf_time at, world_later_fn *, void *user, const struct world_later *);
void world_link_down(struct world *, uint32_t party, enum rf_link_reason);
/* One connection ends now, and referee is told at once; or it is half open, and that is noticed
 * after a time. */
void world_link_end(struct world *, uint32_t link, enum rf_link_reason);
void world_link_notice(struct world *, uint32_t link, rf_time after);
/* A message is at referee's edge, whole. */
void world_arrive(struct world *, const struct world_item *, struct rf_slice bytes);
struct world_item *world_item_new(enum world_item_kind, struct rf_slice bytes);
void world_put(struct world *, rf_time at, struct world_item *);
void world_do_item(struct world *, struct world_item *);

/* ---- keep.c */
void world_fx_store(struct world *, const struct rf_effect *);
/* Its moment: it becomes durable or not, and who waits hears of it. */
void world_store_item(struct world *, const struct world_item *);
void world_commit(struct world *, const struct world_item *);
/* The latest snapshot of its session, and an event: for who reads a disk. */
struct world_kept *world_keep(struct world *, uint64_t session, struct rf_slice snapshot);
void world_record_add(struct world *, uint64_t session, enum rf_store_kind, struct rf_slice);
void world_keep_fini(struct world *);
/* kill -9, and a new process `away` later; pending: what the store was given is durable already. */
void world_crash(struct world *, rf_time away, bool pending_is_durable);
void world_restart(struct world *);
void world_begin_engine(struct world *);

/* ---- outbox.c */
void world_hooks_init(struct world *);
void world_outbox_add(struct world *, uint64_t session, struct rf_slice event);
void world_fx_fetch(struct world *, const struct rf_effect *);
void world_fx_post(struct world *, const struct rf_effect *);
void world_fx_settle(struct world *, const struct rf_effect *);
void world_outbox_item(struct world *, const struct world_item *);
void world_outbox_restart(struct world *);
void world_outbox_quiet(struct world *);
void world_outbox_fini(struct world *);

/* ---- oracles.c */
void world_fx_route(struct world *, const struct rf_effect *);
void world_fx_resolve(struct world *, const struct rf_effect *);
struct world_name *world_name_find(struct world *, struct rf_slice host);
void world_names_init(struct world *);
void world_names_add(struct world *, const struct party *, const struct world_role *);
struct rf_addr world_addr(const char *ipv4, uint16_t port, enum rf_transport);

/* ---- pass.c */
/* Puts one copy on its way, `extra` later than the link takes anyway; a stream keeps its order. */
void world_carry(struct world *, enum world_item_kind, const struct party *, const struct rf_path *,
    struct rf_slice bytes, rf_time extra);
/* Sends a message through the faults of the scene and the weather.  t: NULL if it is no SIP.
 * Returns what became of it: world_sight.fate. */
const char *world_pass(struct world *, enum world_item_kind, const struct party *,
    const struct rf_path *, const struct sip_text *t, uint64_t session, struct rf_slice bytes);

/* ---- stream.c: a piece of a stream arrives, and is framed as transport/ does it */
void world_stream_arrive(struct world *, const struct world_item *);

/* ---- ladder.c */
void world_ladder(struct world *, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Begins a line: milliseconds with three decimals. */
void world_ladder_time(struct world *);
/* Into the ladder, and to the tap. */
void world_see(struct world *, const struct world_sight *);
/* The machine as this world's engine runs it; NULL past the end. */
const struct rf_fsm *world_machine(const struct world *, uint32_t index);
/* Copies what the engine's tables did since the last time. */
void world_ladder_rows(struct world *);

#endif
