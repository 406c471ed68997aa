/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/wire/crash.h -- the parts of tests/wire/crash: user agents of sim/party.c on real sockets.
 *
 *      crash.c         one run from its seed to its report
 *      crash_parties.c what the parties do, and when referee is killed
 *      crash_claims.c  what is claimed afterwards
 *      crash_wire.c    the sockets, UDP or TLS, and the little of a world that a party knows
 *      crash_receiver.c a receiver of events beside it, and what is claimed of that
 *      crash_server.c  the process: configuration, start, kill -9, ctl, cdr, rows of the store */
#ifndef RF_TESTS_WIRE_CRASH_H
#define RF_TESTS_WIRE_CRASH_H

#include <openssl/ssl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/types.h>

#include "sim/heap.h"
#include "sim/world.h"

enum {
	PEERS_MAX = 8192,
	LINKS_MAX = 64,
	PATH_LEN_MAX = 512,
	ERRORS_MAX = 20,                        /* shown; all are counted */
	STATUS_LEN_MAX = 16 * 1024,
	LOST_MS = 64 * 50 + 500,                /* a transaction is over by then, with that T1 */
};

enum role { CUSTOMER, CENTER, QUEUE, ROLES };   /* one address and one certificate each */

/* One party in one call. */
struct peer {
	struct party party;
	enum role role;
	uint32_t call;                          /* all peers of a call see its media port */
	uint64_t key;                           /* of its Call-ID */
	uint32_t looked;                        /* transactions looked at */
	bool planned;                           /* a center: its REFER; a customer: dialed again */
	bool waits;                             /* a center: promised, and not told the outcome */
};

enum item_kind {
	ITEM_TIMER,                             /* of the party's own */
	ITEM_CALL, ITEM_RING, ITEM_ANSWER, ITEM_REFER, ITEM_BYE, ITEM_CANCEL,
	ITEM_AGAIN,                             /* still unanswered after a crash: once more */
	ITEM_KILL
};
struct item {
	enum item_kind kind;
	struct peer *peer;
	uint32_t which, status;                 /* which: transaction; TIMER: its timer */
	uint64_t generation;
};

/* A TLS connection. */
struct link {
	bool used, up, fresh;                   /* fresh: opened by us */
	enum role role;
	int fd;
	SSL *ssl;
	short wants;
	char *out;
	size_t out_len;
	char in[128 * 1024];
	size_t in_len;
};
struct waiting {                                /* written when there was no connection */
	char *bytes;
	size_t len;
};

struct options {
	uint32_t calls, kills, seconds;
	uint64_t seed;
	bool tls, keep, forget;
	const char *referee, *certs, *receiver; /* receiver: program, or NULL */
};

struct crash {
	struct options o;
	uint64_t random;
	struct world_heap heap;
	struct peer *peer[PEERS_MAX];
	uint32_t peers, calls;
	rf_time begin, chaos;                   /* chaos: until then */
	bool over;                              /* nobody begins anything new */
	unsigned failures, failed, number;      /* of this report, of those before; reports */
	/* crash_wire.c */
	int socket[ROLES];                      /* UDP, or listening */
	uint16_t port[ROLES];
	struct rf_addr referee;
	SSL_CTX *server[ROLES], *client[ROLES];
	struct link link[LINKS_MAX], *current[ROLES];
	struct waiting *waiting[ROLES];
	size_t waitings[ROLES];
	rf_time reconnect[ROLES];
	uint32_t connections;
	/* crash_server.c */
	pid_t pid, receiver_pid;
	uint16_t receiver_port;
	char directory[PATH_LEN_MAX], config[PATH_LEN_MAX + 32];
	char status[STATUS_LEN_MAX];
	char *records;                          /* JSON lines */
	FILE *messages;                         /* all that was said, for who has to find out */
	/* figures */
	uint32_t kills, in_flight, in_flight_peak, undurable;
	uint32_t redials, phantoms, asked, promises, told, left, twice, uncommitted;
	uint32_t outcomes, sessions;
};

extern struct world crash_world;

/* ---- crash_parties.c */
void crash_fail(struct crash *, const char *format, ...) __attribute__((format(printf, 2, 3)));
rf_time crash_draw_ms(struct crash *, uint64_t below);
void crash_plan(struct crash *, rf_time at, enum item_kind, struct peer *, uint32_t which,
    uint32_t status);
struct peer *crash_find(const struct crash *, enum role, struct rf_slice call_id);
struct party_dialog *crash_dialog(struct peer *); /* its last one; NULL: none yet */
bool crash_talks(struct peer *);
void crash_say(struct crash *, struct peer *, const char *method);
void crash_play(struct crash *, rf_time ms);
/* Writes a message down; referee got it, or said it. */
void crash_note(struct crash *, enum role, bool to_referee, struct rf_slice bytes);
void crash_receive(struct crash *, enum role, struct rf_slice bytes);
bool crash_is_over(const struct sip_text *);    /* a NOTIFY: is it the last one? */

/* ---- crash_claims.c: each says by crash_fail what is wrong */
void claim_promises(struct crash *);
void claim_origins(struct crash *);
void claim_ends(struct crash *);
void claim_company(struct crash *);
void claim_rest(struct crash *);
/* Asks in the dialog of everybody who talks and whom `whom` names; waits for the answers. */
void claim_answers(struct crash *, const char *method, bool (*whom)(struct crash *, struct peer *));

/* ---- crash_receiver.c */
void receiver_start(struct crash *);
void receiver_stop(struct crash *);
void receiver_config(const struct crash *, FILE *);
void claim_deliveries(struct crash *);

/* ---- crash_wire.c */
extern const char *const role_ip[ROLES], *const role_name[ROLES];
void wire_open(struct crash *);
void wire_close(struct crash *);
/* Sleeps until something arrives, at most so long; hands all of it to crash_receive. */
void wire_poll(struct crash *, rf_time wait);
rf_time wire_now(void);

/* ---- crash_server.c */
void server_prepare(struct crash *);
void server_start(struct crash *);
void server_kill(struct crash *);
void server_forget(struct crash *);             /* removes its database */
bool server_ended(struct crash *);              /* by itself: it must not */
void server_stop(struct crash *);
void server_clean(struct crash *);
/* Fills crash->status; false: nobody answers. */
bool server_status(struct crash *);
uint64_t server_number(const struct crash *, const char *name);
void server_records(struct crash *);
uint64_t server_rows(struct crash *, const char *table);

#endif
