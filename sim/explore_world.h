/* SPDX-License-Identifier: BSD-2-Clause */
/* sim/explore_world.h -- the state that the explorer copies, and what may happen to it. */
#ifndef RF_SIM_EXPLORE_WORLD_H
#define RF_SIM_EXPLORE_WORLD_H

#include <setjmp.h>

#include "sim/explore.h"
#include "sim/sip.h"

enum explore_who { CUSTOMER, CENTER, TARGET, IVR, EXPLORE_PARTIES };
extern const char *const explore_name[EXPLORE_PARTIES];
extern const char *const explore_ip[EXPLORE_PARTIES];

enum explore_method { NO_METHOD, INVITE, ACK, CANCEL, BYE, REFER, NOTIFY, OPTIONS, OTHER };
enum explore_method explore_method_of(struct rf_slice);
extern const char *const explore_method_name[OTHER];

/* ---- parties: RFC 3261, as little of it as a transfer needs ---------------------------------- */

struct explore_request {                        /* one of its own, unanswered; method 0: none */
	uint8_t method;
	bool provisional;
	uint32_t cseq;
	rf_time next, interval, ends;           /* Timers A and E, B and F */
};
struct explore_invite {                         /* of referee's, and its answer */
	uint32_t cseq;                          /* 0: none yet */
	uint16_t status;                        /* 0: nothing said so far */
	bool silent;                            /* and nothing will be */
	bool acked;
	rf_time next, interval, ends;           /* of the final answer, until its ACK */
	uint16_t head_len;
	char head[512];                         /* what a response echoes */
};
enum { EXPLORE_REQUESTS_MAX = 3, EXPLORE_ANSWERED_MAX = 6, EXPLORE_CALLS_MAX = 4 };
struct explore_party {
	uint8_t dialog;                         /* enum explore_dialog */
	bool referred;
	uint32_t cseq;                          /* of its last request */
	struct explore_request request[EXPLORE_REQUESTS_MAX];
	struct explore_invite invite;
	struct {
		uint32_t cseq;
		uint16_t status;
		uint8_t method;
	} answered[EXPLORE_ANSWERED_MAX];       /* the latest first */
	uint64_t call[EXPLORE_CALLS_MAX];       /* hashes of Call-IDs it was called with */
	char call_id[80], remote_tag[48], remote[96], remote_uri[96];
};
enum explore_dialog { NO_DIALOG, EARLY, UP, LEFT };

/* ---- what is under way ----------------------------------------------------------------------- */

enum explore_item_kind { TO_REFEREE, TO_PARTY, ASK_ROUTE, ASK_NAME, ASK_STORE, KEPT };
struct explore_item {
	uint8_t kind, party, trigger, store;    /* enum rf_plan_trigger, enum rf_store_kind */
	bool waits;                             /* ASK_STORE: somebody waits for the answer */
	bool asks;                              /* TO_PARTY: a request that wants an answer */
	uint32_t at, len;                       /* its text */
	rf_token token;
	rf_time since;                          /* ASK_STORE, KEPT: when it was asked */
	uint64_t hash;                          /* of its text */
	uint64_t session;
};

/* ---- what was seen, for the invariants ------------------------------------------------------- */

enum explore_attempt { NOT_TRIED, TRIED, RINGS, ANSWERED, FAILED };
struct explore_seen {                           /* of one party, at referee's edge */
	uint32_t cseq, invite_cseq;             /* our last one, and that of our last INVITE */
	uint32_t ack_owed;                      /* CSeq of the 2xx to be ACKed */
	uint8_t attempt;                        /* enum explore_attempt: our INVITE to it */
	uint8_t method, attempts;               /* of that last request; INVITEs in all */
	bool up, bye_sent, bye_heard, lost;     /* lost: it said 481, or nothing at all */
	bool cancelled, rang_out;
	bool glared;                            /* its answer to it was 491: it is offered again */
	bool agreed, disagreed;                 /* its answer to the latest re-INVITE */
	rf_time invited;                        /* first INVITE of an attempt under way; else 0 */
	uint32_t call[EXPLORE_CALLS_MAX];       /* of our attempts, the latest first */
};
enum { EXPLORE_REPLIES_MAX = 8 };
struct explore_watch {
	bool asked, accepted, refused;          /* the REFER */
	uint32_t refer_cseq;
	bool promise_durable, spoken_undurable;
	bool killed;                            /* referee was, since */
	uint8_t outcomes;                       /* recorded */
	uint16_t told;                          /* final status in a NOTIFY; 0: not yet */
	uint32_t notify_out;                    /* CSeq of the NOTIFY that waits for its answer */
	rf_time notified, concluded;            /* when that was sent first; the outcome stored */
	bool notified_once, terminated, gone, told_again, told_and_heard;
	bool center_left_untold;                /* before it could hear the outcome */
	struct explore_seen of[EXPLORE_PARTIES];
	struct {
		uint32_t cseq, bytes;
		uint16_t status;
		uint8_t party, method;
	} reply[EXPLORE_REPLIES_MAX];           /* ours to requests of theirs */
};

/* ---- the state ------------------------------------------------------------------------------- */

enum { EXPLORE_ITEMS_MAX = 40, EXPLORE_TEXT_MAX = 160 * 1024, EXPLORE_CHOICES_MAX = 160 };
struct explore_world {
	rf_time now;
	struct explore_budget left;
	bool begun;                             /* the call is established: anything may happen */
	bool down;                              /* killed, and not back yet */
	uint32_t starts;                        /* of the process */
	struct explore_party party[EXPLORE_PARTIES];
	struct explore_watch watch;
	uint32_t items, text_len;
	struct explore_item item[EXPLORE_ITEMS_MAX];
	char text[EXPLORE_TEXT_MAX];            /* only the first text_len bytes are copied */
};

enum explore_choice_kind { DELIVER, DELIVER_TWICE, LOSE, ANSWER, PASS_TIME, ACT, KILL, START };
struct explore_choice {
	uint8_t kind, item, how;                /* how: of DELIVER and ACT, see explore_party.c */
};

struct explore {
	struct explore_options options;
	struct explore_world w;
	void *block;
	struct rf_engine *engine;
	struct rf_engine_config config;
	struct rf_plan *plan[2];                /* of the INVITE, of the REFER */
	struct rf_effects out;
	FILE *ladder;
	uint64_t trace_cursor;
	char violation[EXPLORE_TEXT];
	sigjmp_buf assertion;
};

/* ---- explore_world.c */
bool explore_open(struct explore *, const struct explore_options *);
void explore_close(struct explore *);
/* The established call, from which everything is tried. */
void explore_begin(struct explore *);
uint32_t explore_choices(const struct explore *, struct explore_choice out[EXPLORE_CHOICES_MAX]);
/* False: an invariant is broken, and x->violation says which. */
bool explore_choose(struct explore *, const struct explore_choice *);
uint64_t explore_hash(const struct explore *);
size_t explore_size(const struct explore *);
void explore_save(const struct explore *, void *out);
void explore_restore(struct explore *, const void *saved);
void explore_put(struct explore *, struct explore_item, struct rf_slice text);
uint64_t explore_mix(uint64_t hash, const void *bytes, size_t len);

/* ---- explore_plan.c */
struct rf_plan *explore_plan_new(bool of_refer);

/* ---- explore_party.c: `how` a party takes a message, and what it does by itself */
void explore_party_init(struct explore *);
uint32_t explore_party_ways(const struct explore *, const struct explore_item *);
void explore_party_receive(struct explore *, uint32_t party, struct rf_slice, uint32_t how);
uint32_t explore_party_acts(const struct explore *, uint32_t party, uint8_t act[8]);
void explore_party_act(struct explore *, uint32_t party, uint32_t act);
const char *explore_act_name(uint32_t act);
rf_time explore_party_deadline(const struct explore *);
void explore_party_time(struct explore *);
uint64_t explore_party_hash(const struct explore *);

/* ---- explore_watch.c */
void explore_watch_sent(struct explore *, uint32_t party, const struct sip_text *);
void explore_watch_heard(struct explore *, uint32_t party, const struct sip_text *);
void explore_watch_step(struct explore *); /* all effects of a step were seen */
void explore_watch_stored(struct explore *, enum rf_store_kind, bool durable);
void explore_watch_time(struct explore *);
void explore_watch_killed(struct explore *);
void explore_watch_rest(struct explore *);
uint64_t explore_watch_hash(const struct explore *);
void explore_violation(struct explore *, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* ---- explore_ladder.c: nothing without x->ladder */
void explore_ladder(struct explore *, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void explore_ladder_message(
    struct explore *, uint32_t party, bool from_party, const struct sip_text *, const char *fate);
void explore_ladder_rows(struct explore *);

#endif
