/* SPDX-License-Identifier: BSD-2-Clause */
/* sim/checkers.h -- what must hold whatever happens: the invariants of the design, on wire facts.
 *
 * A checker sees every message at referee's edge and the gauges, nothing else: it could sit on a
 * mirror port.  The numbers are those of the invariants; 0 is "a message as RFC 3261 wants it". */
#ifndef RF_SIM_CHECKERS_H
#define RF_SIM_CHECKERS_H

#include "engine/engine.h"
#include "sim/sip.h"

enum {
	CHECK_WELL_FORMED = 0,   /* mandatory headers, Content-Length, responses echo the request */
	CHECK_ONE_FINAL = 1,     /* one final response; retransmissions get the same bytes */
	CHECK_INSTANTS = 3,      /* retransmissions at the instants of Timers A and E, none later */
	CHECK_CANCEL = 4,        /* after a provisional, before the final, one, same branch */
	CHECK_ACKED = 5,         /* every final to our INVITE is ACKed */
	CHECK_CSEQ = 9,          /* our CSeq rises in every dialog */
	CHECK_AFTER_BYE = 16,    /* nothing new after our BYE; final NOTIFY and ACK come first */
	CHECK_SUBSCRIPTION = 17, /* 2xx to REFER <=> one subscription */
	CHECK_NOTIFY_ONCE = 19,  /* 1xx*, one final, one terminated, nothing behind it */
	CHECK_NOTIFY_FLIGHT = 20, /* one NOTIFY in flight; a sipfrag with a status line */
	CHECK_NOTIFY_ID = 21,     /* from the second REFER on, Event has the id */
	CHECK_NOTIFY_GONE = 22,   /* no NOTIFY after 481 or timeout */
	CHECK_SURVIVOR = 29,      /* the survivor gets no BYE */
	CHECK_REPLACED = 35,      /* Replaces: what is named, and who is ended when */
	CHECK_ONE_ATTEMPT = 33,   /* one live attempt at a time */
	CHECK_GAUGES = 51,        /* at the end nothing is left */
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
	uint32_t party, method_invite, cseq, sends, status; /* status: final one, 0: none yet */
	rf_time first, last, cancelled, failed; /* failed: when a final failure came */
	bool ours, initial, provisional, reliable;
	bool cut_off; /* its connection broke under it: it may be said again over another */
	bool excused; /* referee was killed since: it need not answer any more */
	uint64_t response,
	    notify_of; /* bytes of the final response; NOTIFY: 1 + index of its refer */
};
struct check_dialog {
	uint64_t key, session;
	uint32_t our_cseq;
	uint32_t ack_owed; /* CSeq of the 2xx that waits for our ACK; 0: none */
	uint32_t owed_since; /* restarts before that 2xx: another process knows nothing of it */
	bool established;
	rf_time our_bye, their_bye; /* RF_TIME_NEVER: none */
};
struct check_refer {
	uint64_t transaction, dialog; /* of the NOTIFYs: its own if the REFER only names a call */
	uint64_t referrer, survivor, session; /* dialogs of the call: who sent it, who stays */
	uint32_t cseq, nth; /* in its dialog, from 1 */
	bool accepted, silent, gone, terminated;
	bool may_be_told_again; /* the answer to its last NOTIFY went with the process */
	uint32_t final;
	rf_time ended;
	uint64_t in_flight; /* transaction of the NOTIFY that waits for its answer */
	rf_time sent;
};

struct check_replace {
	uint64_t transaction, named, made, session; /* dialogs: to be replaced, new */
	bool early_only, over;             /* over: one of us had sent BYE in the named dialog */
	bool confirmed, ended;             /* ended: it got our BYE */
	uint32_t party;
};

struct checkers {
	rf_time t1, t2;
	uint64_t allowed; /* bit n: invariant n is broken on purpose */
	struct check_transaction *transaction;
	struct check_dialog *dialog;
	struct check_refer *refer;
	struct check_replace *replace;
	uint32_t transactions, dialogs, refers, replaces, violations, restarts;
	uint32_t transaction_room, dialog_room, refer_room, replace_room;
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

/* ---- between checkers.c and checkers_refer.c */
void checkers_report(struct checkers *, uint32_t invariant, rf_time, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
uint64_t checkers_hash(uint64_t seed, struct rf_slice);
struct check_dialog *checkers_dialog(struct checkers *, uint64_t key);
/* A BYE or NOTIFY of ours, seen for the first time; the request, and its answer. */
void checkers_refer_sent(struct checkers *, const struct check_fact *, struct check_transaction *);
void checkers_refer_received(
    struct checkers *, const struct check_fact *, uint64_t transaction, uint64_t dialog);
void checkers_refer_answered(
    struct checkers *, const struct check_fact *, uint64_t transaction, uint64_t dialog);
void checkers_notify_answered(
    struct checkers *, const struct check_fact *, const struct check_transaction *);
void checkers_refer_restart(struct checkers *);
void checkers_refer_quiet(struct checkers *, rf_time);
/* ---- checkers_replace.c: an INVITE with Replaces, its final answer, the ACK, a BYE of ours */
uint64_t checkers_named(struct rf_slice value, const char *our_tag, const char *their_tag);
void checkers_replace_received(struct checkers *, const struct check_fact *, uint64_t transaction);
void checkers_replace_answered(
    struct checkers *, const struct check_fact *, uint64_t transaction, uint64_t dialog);
void checkers_replace_acked(struct checkers *, uint64_t dialog);
void checkers_replace_bye(struct checkers *, const struct check_fact *, uint64_t dialog);
void checkers_replace_quiet(struct checkers *, rf_time);

#endif
