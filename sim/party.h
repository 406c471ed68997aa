/* SPDX-License-Identifier: BSD-2-Clause */
/* sim/party.h -- a scripted SIP user agent: customer, center, queue, ivr.
 *
 * It does what RFC 3261 asks of any user agent (dialogs, transactions, retransmission) and a few
 * polite things by itself (see PARTY_AUTO_*); everything else the script says.  Written from the
 * RFCs; it must never know grammar/ or engine/ beyond the types of time and address. */
#ifndef RF_SIM_PARTY_H
#define RF_SIM_PARTY_H

#include <uthash.h>
#include <utlist.h>

#include "engine/types.h"
#include "sim/sip.h"

enum {
	PARTY_TEXT_MAX = 256,
	PARTY_ROUTES_MAX = 4,
	PARTY_HEADERS_MAX = 12, /* given by one line of a script */
};

/* What a party does unasked; `manual` in a scene switches it off. */
enum {
	PARTY_AUTO_ACK = 1 << 0,      /* every final to its INVITEs */
	PARTY_AUTO_BYE = 1 << 1,      /* 200 */
	PARTY_AUTO_NOTIFY = 1 << 2,   /* 200 */
	PARTY_AUTO_REINVITE = 1 << 3, /* 200 with its SDP */
	PARTY_AUTO_UPDATE = 1 << 4,   /* 200, with its SDP if there was an offer */
	PARTY_AUTO_CANCEL = 1 << 5,   /* 200, and 487 to the INVITE */
	PARTY_AUTO_PRACK = 1 << 6,    /* PRACK to reliable provisionals; 200 to PRACK */
	PARTY_AUTO_OPTIONS = 1 << 7,  /* 200; also to INFO */
	PARTY_AUTO_REPEAT = 1 << 8,   /* retransmit, RFC 3261 17 and 13.3.1.4 */
	PARTY_AUTO_INVITE = 1 << 9,   /* 180 and 200; off unless the scene asks for it */
	PARTY_AUTO_GONE = 1 << 10,    /* 481 in a dialog it has left; off unless asked for */
	PARTY_AUTO_DEFAULT = (1 << 9) - 1,
};

struct party_dialog {
	uint32_t index, users;           /* users: transactions */
	uint64_t key;
	UT_hash_handle hh;
	struct party_dialog *next;       /* free ones */
	uint64_t owner;                  /* a behaviour's own: which call, and which leg of it */
	uint32_t owner_leg;
	bool used, client, confirmed, ended, answered; /* answered: by a reliable provisional */
	bool left;                                     /* its own BYE is out */
	char fork[16];                                 /* "": the first answer to its INVITE */
	char call_id[PARTY_TEXT_MAX], local_tag[64], remote_tag[PARTY_TEXT_MAX];
	char local[PARTY_TEXT_MAX], remote[PARTY_TEXT_MAX]; /* From/To values without tags */
	char target[PARTY_TEXT_MAX];
	char route[PARTY_ROUTES_MAX][PARTY_TEXT_MAX];
	uint32_t routes;
	uint32_t local_cseq, remote_cseq, rseq;
	uint32_t sdp_version;
	char sdp[PARTY_TEXT_MAX]; /* what was said last, to know when it changed */
};

struct party_transaction {
	uint32_t index;
	uint64_t key, ack_key;           /* ack_key: server INVITE */
	UT_hash_handle hh, hh_ack;
	struct party_transaction *next, *prev; /* by age; or free ones */
	bool used, client, final, acked;
	uint32_t dialog;
	char branch[PARTY_TEXT_MAX], method[16];
	uint32_t cseq;
	uint32_t status;                /* last one sent or received */
	char *request, *response, *ack; /* NUL-terminated; response: server only */
	bool offer;                     /* the request carried SDP */
	rf_time interval, started;      /* of the retransmission going on */
	uint64_t generation;            /* of its timer; old ones fire into nothing */
	bool repeating;
};

struct party_mail {
	rf_time at;
	bool again;           /* a retransmission */
	uint32_t transaction; /* its own, or the one it answers or acknowledges; UINT32_MAX: none */
	char *bytes;
	uint32_t len;
};

struct world;
struct party;
/* Hears each message after the party did what it does by itself.  It may send; the text and the
 * mail are gone when it returns, and the inbox stays empty. */
typedef void party_heard_fn(
    void *user, struct party *, const struct party_mail *, const struct sip_text *);

/* Somebody else who plays a party, on bytes: no dialogs, no transactions, no politeness of ours.
 * Sends by world_party_send, arms by world_party_timer. */
struct party_player {
	/* NULL: party.c plays. */
	void (*receive)(void *user, struct party *, struct rf_slice bytes);
	void (*timer)(void *user, struct party *, uint32_t timer, uint64_t generation);
	void *user;
};

struct party {
	struct world *world;
	uint32_t index;
	char name[16];
	char ip[16];
	char proves[128]; /* by its certificate, over TLS */
	struct rf_addr addr;
	uint16_t media_port;
	uint32_t automatic; /* PARTY_AUTO_* */
	rf_time t1, t2;
	uint32_t drawn; /* Call-IDs, tags and branches so far */
	bool forgets;       /* gives back what is over; else a script may ask for it yet */
	uint64_t timers;    /* set so far */
	/* party_tables.c; `dialogs` and `transactions` count free entries, too, if it forgets */
	struct party_dialog **dialog, *dialog_by_key, *free_dialog;
	struct party_transaction **transaction, *transaction_by_key, *by_ack, *oldest,
	    *free_transaction;
	uint32_t dialogs, transactions, dialog_room, transaction_room;
	struct party_mail *inbox;
	uint32_t inbox_count, inbox_cursor, inbox_room;
	party_heard_fn *heard; /* NULL: what comes is kept in the inbox */
	void *heard_user;
	struct party_player player;
	char error[PARTY_TEXT_MAX]; /* a line that cannot be carried out */
};

/* One line of a script: what to send, or - with patterns for values - what to expect. */
struct party_line {
	bool is_request;
	uint32_t status;       /* response; expectation: 0 with status_class */
	uint32_t status_class; /* expectation: 1xx is 1 */
	char method[16];       /* "": the last unanswered request; any */
	struct rf_slice uri;   /* request outside of a dialog */
	struct rf_slice sdp;   /* "": by itself; "none"; see party_sdp */
	struct rf_slice body;  /* pattern; or what to send instead of SDP */
	struct rf_slice raw;   /* bytes as they are, \r \n \0 \t escaped */
	struct rf_slice replaces, names; /* PARTY[,WORD...]: whose dialog, see party_dialog_name */
	char fork[16];
	uint32_t dialog; /* 1 + index; 0: the last one that lives */
	bool again, reliable, same_cseq, nothing;
	int64_t cseq; /* 0: the next one */
	uint32_t headers;
	struct sip_field header[PARTY_HEADERS_MAX]; /* no value: leave it out; must be absent */
};

void party_init(struct party *, struct world *, uint32_t index, const char *name, const char *ip,
    uint16_t media_port);
void party_fini(struct party *);
/* False: it cannot be done; party->error says why. */
bool party_send(struct party *, const struct party_line *);
void party_receive(struct party *, rf_time, struct rf_slice bytes);
void party_timer(struct party *, rf_time, uint32_t timer, uint64_t generation);

/* The value of Replaces (RFC 3891 6.1) or Target-Dialog (RFC 4538 7) for the last living dialog of
 * a party: "center", "center,early-only", "center,swapped" (its tags), "center,wrong" (one of
 * them), "center,dialog=2".  False: there is no such dialog. */
bool party_dialog_name(const struct party *, struct rf_slice spec, bool replaces, char *out,
    size_t room);

/* ---- party_tables.c: entries stay where they are while they are used */
struct party_dialog *party_dialog_new(struct party *);
/* Its Call-ID and local tag are known: it can be found now. */
void party_dialog_index(struct party *, struct party_dialog *);
struct party_dialog *party_dialog_find(
    struct party *, struct rf_slice call_id, struct rf_slice local_tag);
struct party_transaction *party_transaction_new(struct party *, bool client);
/* Its branch and method are known: it can be found now. */
void party_transaction_index(struct party *, struct party_transaction *);
struct party_transaction *party_transaction_find(
    struct party *, bool client, struct rf_slice branch, const char *method);
void party_transaction_in(struct party *, struct party_transaction *, struct party_dialog *);
/* The INVITE that a 2xx of ours answered, by its number: its ACK has a branch of its own. */
struct party_transaction *party_accepted_find(
    struct party *, const struct party_dialog *, uint32_t cseq);
uint64_t party_hash(uint64_t seed, struct rf_slice);
void party_tables_fini(struct party *);

/* ---- between party.c and party_write.c; behaviours use them, too */
bool party_fail(struct party *, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A dialog that its first request will make. */
struct party_dialog *party_dialog_begin(struct party *, struct rf_slice uri);
struct party_transaction *party_request(
    struct party *, struct party_dialog *, const struct party_line *, const char *method);
bool party_respond(struct party *, struct party_transaction *, const struct party_line *);
void party_ack(struct party *, struct party_transaction *, const struct sip_text *final,
    const struct party_line *);
bool party_cancel(struct party *, struct party_transaction *, const struct party_line *);
void party_emit(struct party *, const char *bytes);
void party_repeat(struct party *, struct party_transaction *, rf_time interval);
struct party_dialog *party_dialog_fork(struct party *, struct party_dialog *, const char *fork);
void party_copy(char *out, size_t room, struct rf_slice);

#endif
