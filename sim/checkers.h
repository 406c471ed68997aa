/* SPDX-License-Identifier: BSD-2-Clause */
/* sim/checkers.h -- what must hold whatever happens: the invariants of the design, on wire facts.
 *
 * A checker sees every message at referee's edge and the gauges, nothing else: it could sit on a
 * mirror port.  The numbers are those of the invariants; 0 is "a message as RFC 3261 wants it". */
#ifndef RF_SIM_CHECKERS_H
#define RF_SIM_CHECKERS_H

#include <uthash.h>
#include <utlist.h>

#include "engine/engine.h"
#include "sim/sip.h"

enum {
	CHECK_WELL_FORMED = 0,   /* mandatory headers, Content-Length, responses echo the request */
	CHECK_ONE_FINAL = 1,     /* one final response; retransmissions get the same bytes */
	CHECK_INSTANTS = 3,      /* retransmissions at the instants of Timers A and E, none later */
	CHECK_CANCEL = 4,        /* after a provisional, before the final, one, same branch */
	CHECK_ACKED = 5,         /* every final to our INVITE is ACKed */
	CHECK_2XX_REPEATED = 6,  /* our 2xx to INVITE, until its ACK or 64 x T1; absorbs (2) */
	CHECK_IN_TIME = 7,       /* non-INVITE: a final in time, no 408, 100 only after T2 */
	CHECK_REST = 8,          /* all is over soon after the last input */
	CHECK_CSEQ = 9,          /* our CSeq rises in every dialog */
	CHECK_ROUTES = 10,       /* route set and target of requests in a dialog */
	CHECK_NO_MATCH = 12,     /* in no dialog: nothing but 481 */
	CHECK_ONE_OFFER = 13,    /* no second INVITE while one is under way; 491 backs off */
	CHECK_EARLY_BYE = 14,    /* no BYE before the ACK; 200 to BYE */
	CHECK_AFTER_BYE = 16,    /* nothing new after our BYE; final NOTIFY and ACK come first */
	CHECK_SUBSCRIPTION = 17, /* 2xx to REFER <=> one subscription */
	CHECK_FIRST_NOTIFY = 18, /* at once */
	CHECK_NOTIFY_ONCE = 19,  /* 1xx*, one final, one terminated, nothing behind it */
	CHECK_NOTIFY_FLIGHT = 20, /* one NOTIFY in flight; a sipfrag with a status line */
	CHECK_NOTIFY_ID = 21,     /* from the second REFER on, Event has the id */
	CHECK_NOTIFY_GONE = 22,   /* no NOTIFY after 481 or timeout */
	CHECK_SUBSCRIBED = 23,    /* no subscription outlives its expiry */
	CHECK_SURVIVOR = 29,      /* the survivor gets no BYE */
	CHECK_REFERRER_LEFT = 30, /* which cancels nothing */
	CHECK_SURVIVOR_LEFT = 31, /* which ends the subscription */
	CHECK_ONE_ATTEMPT = 33,   /* one live attempt at a time */
	CHECK_LOSERS = 34,        /* every dialog that was made is ended */
	CHECK_REPLACED = 35,      /* Replaces: what is named, and who is ended when */
	CHECK_AUTHORISED = 36,    /* no INVITE for a REFER that was not accepted */
	CHECK_RETRY = 38,         /* what is tried again, when, how often */
	CHECK_ONE_RECORD = 41,    /* one outcome is stored for every REFER accepted (42, 49) */
	CHECK_DELIVERED = 43,     /* acknowledged or a dead letter, one of them */
	CHECK_DELIVERY_ORDER = 45, /* event n+1 waits for what becomes of n */
	CHECK_STORE_FAILS = 50,   /* no 2xx to REFER that is not durable; 503 has Retry-After */
	CHECK_GAUGES = 51,        /* at the end nothing is left */
	CHECK_WRITES = 54,        /* a hand-back waits for three writes, nobody for an end */
	CHECK_SAME = 56,          /* the same seed has the same effects: of who plays it twice */
	CHECK_MAX = 64
};

enum { CHECK_VIOLATIONS_MAX = 8, CHECK_TEXT_MAX = 160 };
struct check_violation {
	uint32_t invariant;
	rf_time at;
	char text[CHECK_TEXT_MAX];
};

struct check_transaction {
	uint64_t key, dialog, session, bytes;
	UT_hash_handle hh, hh_branch; /* hh_branch: INVITEs of ours by `dialog` */
	struct check_transaction *next; /* attempts of the session */
	uint32_t party, method_invite, cseq, sends, status; /* status: final one, 0: none yet */
	rf_time first, last, cancelled, failed; /* failed: when a final failure came */
	bool ours, initial, provisional, reliable;
	bool cut_off; /* its connection broke under it: it may be said again over another */
	bool lost;    /* that, and it may go on all the same */
	bool excused; /* referee was killed since: it need not answer any more */
	bool known, alive; /* theirs: there was such a dialog when it came; it stood */
	uint64_t response,
	    notify_of; /* bytes of the final response; NOTIFY: 1 + index of its refer */
	uint64_t method, routes, contact; /* hashes; routes, contact: theirs */
	uint64_t target, uri; /* attempts: hashes of whom and of the Request-URI */
	rf_time retry_after;  /* of the 503 it got */
	uint64_t reached;     /* attempts: the dialog that its 2xx made */
	uint32_t refer;       /* attempts: 1 + index of the REFER it serves; 0: none */
};
struct check_dialog {
	uint64_t key, session;
	UT_hash_handle hh;
	struct check_dialog *next; /* of the session */
	uint32_t our_cseq;
	uint32_t ack_owed; /* CSeq of the 2xx that waits for our ACK; 0: none */
	uint32_t owed_since; /* restarts before that 2xx: another process knows nothing of it */
	bool exists, established; /* exists: early or confirmed */
	bool doubtful;            /* by a 2xx to an INVITE whose connection had broken */
	bool over;                /* somebody sent BYE, or there is no such dialog */
	rf_time our_bye, their_bye; /* RF_TIME_NEVER: none */
	/* our 2xx to their INVITE */
	uint32_t answered_cseq, answered_restarts;
	rf_time answered, answered_last, answered_gap; /* NEVER: ACKed, or nothing answered */
	/* INVITEs under way in it, by transaction key; 0: none */
	uint64_t our_offer, their_offer;
	uint64_t asked;       /* the last request of ours that is no INVITE, NOTIFY or BYE */
	bool ours;            /* its Call-ID is of our making */
	uint64_t offered;     /* hash of the media of our last INVITE in it */
	rf_time glare;        /* our re-INVITE got a 491 then; NEVER: not */
	uint64_t routes, target[3]; /* hashes; 0: not known.  target: the latest first */
	uint32_t refers;      /* accepted in it */
	bool ever_unacked;    /* 64 x T1 without ACK for a 2xx of ours */
};
struct check_refer {
	uint64_t transaction, dialog; /* of the NOTIFYs: its own if the REFER only names a call */
	uint64_t referrer, survivor, session; /* dialogs of the call: who sent it, who stays */
	UT_hash_handle hh;
	struct check_refer *next; /* of the session */
	uint32_t index;
	uint32_t cseq, nth; /* in its dialog, from 1 */
	bool accepted, silent, gone, terminated;
	bool may_be_told_again; /* the answer to its last NOTIFY went with the process */
	bool notified;
	uint32_t final, restarts; /* restarts: before it was accepted */
	rf_time accepted_at, ended;
	uint64_t in_flight; /* transaction of the NOTIFY that waits for its answer */
	rf_time sent;
};
struct check_replace {
	uint64_t transaction, named, made, session; /* dialogs: to be replaced, new */
	UT_hash_handle hh, hh_made;
	struct check_replace *next;        /* of the session */
	bool early_only, over;             /* over: one of us had sent BYE in the named dialog */
	bool confirmed, ended, listed;     /* ended: it got our BYE; listed: in its session */
	uint32_t party;
};
struct check_session {
	uint64_t id;
	UT_hash_handle hh;
	struct check_dialog *dialogs;
	struct check_transaction *attempts; /* the latest first */
	struct check_refer *refers;
	struct check_replace *replaces;
	uint32_t promises, outcomes;       /* durable records */
	struct {                           /* what the store was given */
		uint32_t awaited, promises, outcomes, further;
		bool begun, over;
	} given;
	bool answered;                     /* its caller got a 2xx */
};

struct checkers {
	rf_time t1, t2;
	rf_time stood_still; /* until then, the last time that the process did; 0: never */
	uint64_t allowed; /* bit n: invariant n is broken on purpose */
	struct check_transaction **transaction, *transaction_by_key, *invite_by_branch;
	struct check_dialog **dialog, *dialog_by_key;
	struct check_refer **refer, *refer_by_transaction;
	struct check_replace **replace, *replace_by_transaction, *replace_by_made;
	struct check_session *session;
	uint32_t transactions, dialogs, refers, replaces, violations, restarts;
	uint32_t transaction_room, dialog_room, refer_room, replace_room;
	rf_time last_seen, last_input, rest_max; /* rest_max: for CHECK_REST; 0: not judged */
	rf_time backoff;   /* the least after a 503; */
	uint32_t tries;    /* how often a target may be tried in one transfer; 0: not judged */
	uint64_t ivr;      /* the last resort: checkers_uri of it; 0: none that can be reached */
	bool cuts;         /* so few transactions that answers are forgotten before their time */
	bool judges_store; /* it is told what is durable */
	bool unwell; /* the store said no, or nothing, or lied: what is durable is not judged */
	struct check_violation violation[CHECK_VIOLATIONS_MAX];
};

struct check_fact {
	rf_time at;
	bool sent;        /* by referee; else received by it */
	bool reliable;    /* TCP or TLS */
	uint32_t party;   /* which neighbour */
	uint64_t session; /* of a message sent; 0: none */
	const struct sip_text *text;
};

void checkers_init(struct checkers *, rf_time t1, rf_time t2);
void checkers_fini(struct checkers *);
void checkers_see(struct checkers *, const struct check_fact *);
/* The connection with that neighbour is gone: no answers come over it any more. */
void checkers_party_lost(struct checkers *, uint32_t party);
/* referee was killed: what it owed in transactions is forgotten, what it promised is not. */
void checkers_restart(struct checkers *);
/* Everything has come to rest. */
void checkers_quiet(struct checkers *, rf_time, const struct rf_stats *);

uint64_t checkers_hash(uint64_t seed, struct rf_slice);
uint64_t checkers_uri(struct rf_slice); /* never 0 */
/* referee sent that, and there was no way to go for it. */
void checkers_unsent(struct checkers *, const struct check_fact *);
/* Something is given to the store; awaited: it is spoken of only when it is durable. */
void checkers_given(struct checkers *, rf_time, uint64_t session, enum rf_store_kind, bool awaited);
/* Something became durable; event: its JSON, or nothing. */
void checkers_stored(struct checkers *, rf_time, uint64_t session, enum rf_store_kind,
    struct rf_slice event);

#endif
