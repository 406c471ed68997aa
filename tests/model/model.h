/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/model/model.h -- what referee has to do, once more: naive, slow, and sharing nothing with
 * it.
 *
 * One customer calls one center, which may hand the call back to one queue.  The model hears what
 * the parties send and says what they must receive, and when.  It is written from RFC 3261 (12 to
 * 17), 6026, 3515, 6665 and from the promises of the README, as a list of cases: no tables, no
 * slots, no timer wheel.  Times are milliseconds.  lockstep.c compares the two. */
#ifndef RF_TESTS_MODEL_MODEL_H
#define RF_TESTS_MODEL_MODEL_H

#include <stdbool.h>
#include <stdint.h>

enum model_party { CUSTOMER, CENTER, QUEUE, PARTIES };
enum model_commit { ESTABLISHED, PROMISE, OUTCOME, COMMITS };

struct model_settings {
	int64_t t1, t2, t4, ring, store_wait, commit_wait, wait_for_bye;
	bool reliable[PARTIES];
	int64_t store_delay[COMMITS]; /* -1: it never answers */
	bool store_fails[COMMITS];
};

enum { NEVER = -1, OUT_MAX = 32, TXNS_MAX = 64, LEGS_MAX = 8, REFERS_MAX = 8, WORD_MAX_ = 32 };

/* RFC 3261 17: one transaction, ours (client) or theirs. */
enum txn_state { T_TRYING, T_PROCEEDING, T_ACCEPTED, T_COMPLETED, T_CONFIRMED, T_LEFT, T_OVER };
enum purpose { FOR_LEG, FOR_REINVITE, FOR_BYE, FOR_NOTIFY, FOR_CANCEL, FOR_SPARE };
struct model_txn {
	bool client, invite, answered; /* answered: the party's final is known */
	bool left;                     /* 9.1: nobody waits for its answer any more */
	enum txn_state state;
	enum model_party party;
	enum purpose purpose;
	int leg, refer;
	char method[12], last[WORD_MAX_]; /* last: what is sent again */
	int64_t again, interval, late, end;
};

enum leg_state { L_OFFERED, L_CALLING, L_CANCELLING, L_UP, L_PARTING, L_LEAVING, L_DOWN };
struct model_leg {
	enum model_party party;
	enum leg_state state;
	int invite, status, refer;           /* refer: the transfer it is an attempt of; or -1 */
	bool provisional, cancelled, offers; /* offers: a re-INVITE of ours waits or is out */
	int64_t ring, cancel_end;            /* of an attempt */
	int64_t repeat, interval, unacked;   /* our 2xx until its ACK */
	int64_t offer;                       /* when to look again whether we may re-INVITE */
};

enum call_state { C_CONNECTING, C_COMMITTING, C_BRIDGED, C_TRANSFERRING, C_ALONE, C_ENDING };
enum refer_state {
	R_PROMISING,
	R_TRYING,
	R_SWAPPING,
	R_CONCLUDING,
	R_TELLING,
	R_RELEASING,
	R_DONE
};
enum sub_state { S_NONE, S_ACTIVE, S_NOTIFYING, S_CLOSING, S_ENDING };
struct model_refer {
	enum refer_state state;
	enum sub_state sub;
	bool referrer_left, survivor_left, moved, closed;
	int status, request, target; /* request: its transaction; target: its leg */
	int64_t wait, store;         /* until we go on without the store; its answer */
	int64_t swap, bye;
};

struct model_out {
	enum model_party party;
	char what[WORD_MAX_];
};

struct model {
	struct model_settings set;
	int64_t now;
	struct model_txn txn[TXNS_MAX];
	struct model_leg leg[LEGS_MAX];
	struct model_refer refer[REFERS_MAX];
	int txns, legs, refers, pending; /* pending: the transfer under way, or -1 */
	enum call_state call;
	int pair[2]; /* legs */
	int64_t commit, commit_store,
	    store_due; /* store_due: of the last commit, they keep order */
	struct model_out out[OUT_MAX];
	int outs;
	bool failed; /* it ran out of room: the run does not count */
};

void model_init(struct model *, const struct model_settings *);

/* ---- what parties send; each says what must be received in m->out ---------------------------- */

void model_request(struct model *, enum model_party, const char *method);
/* The newest request of that method once more, byte for byte. */
void model_again(struct model *, enum model_party, const char *method);
/* To the newest request of ours of that method; final ones to one that has none yet. */
void model_response(struct model *, enum model_party, const char *method, int status);
/* The same response once more. */
void model_response_again(struct model *, enum model_party, const char *method, int status);
/* To the final response of the customer's INVITE. */
void model_ack(struct model *);

/* When the model has something to do by itself (INT64_MAX: never), and doing it at that time. */
int64_t model_deadline(const struct model *);
void model_tick(struct model *, int64_t now);

/* ---- for who chooses what happens next ------------------------------------------------------- */

/* The newest request of ours of that method to that party; -1: none. */
int model_find(const struct model *, enum model_party, const char *method, bool client);
/* The newest leg of that party; -1: none. */
int model_leg_of(const struct model *, enum model_party);

/* ---- between transactions.c and session.c ---------------------------------------------------- */

void model_say(struct model *, enum model_party, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
int model_client(struct model *, enum model_party, const char *method, enum purpose, int leg,
    int refer, const char *what);
int model_server(struct model *, enum model_party, const char *method, int leg);
/* Answers a request of theirs; status < 200 may be followed by another. */
void model_answer(struct model *, int txn, int status);
void model_leave(struct model *, int txn);
void model_txn_tick(struct model *, int txn);
int64_t model_txn_deadline(const struct model_txn *);
/* session.c: a response, or 408 when there was none in time. */
void model_heard(struct model *, int txn, int status);

#endif
