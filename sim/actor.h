/* SPDX-License-Identifier: BSD-2-Clause */
/* sim/actor.h -- parties that act by themselves: customers call, centers answer and refer, queues
 * ring, are busy or silent, ivrs always pick up.  What they do is drawn from a profile.
 *
 *      actors_new -> actors_call (as often as wanted, at any time) -> the world runs ->
 *      done() for each call -> actors_free
 *
 * Every draw is named by the number of its call, the party and how often that party was called in
 * it, so a call that is left out changes nothing in the others.  The number travels in the user
 * part of From (`customer-17`) and as X-Call.  Written from the RFCs, on top of sim/party.h; it
 * must never know the engine. */
#ifndef RF_SIM_ACTOR_H
#define RF_SIM_ACTOR_H

#include "sim/choose.h"
#include "sim/world.h"

enum { ACTOR_CODES_MAX = 16, ACTOR_TARGETS_MAX = 8, ACTOR_LEGS_MAX = 24 };

/* One of several codes, by weight; the first is the usual one.  0: silence. */
struct actor_codes {
	uint32_t count;
	uint16_t code[ACTOR_CODES_MAX];
	double weight[ACTOR_CODES_MAX];
};

/* Retry-After of a 503; weights in this order. */
enum actor_retry_after {
	ACTOR_RETRY_NONE, ACTOR_RETRY_0, ACTOR_RETRY_5, ACTOR_RETRY_300, ACTOR_RETRY_DATE,
	ACTOR_RETRY_GARBAGE, ACTOR_RETRY_MAX
};

/* How somebody answers who is called. */
struct actor_answers {
	struct spread ring;     /* until 180; the 100 comes at once */
	struct spread answer;   /* from the INVITE until the final answer */
	struct actor_codes final;
	double retry_after[ACTOR_RETRY_MAX];
	double early_media;     /* rates: 183 with SDP before; ... */
	double reliable;        /* ... by 100rel, if it is supported */
	double forks;           /* a second 2xx of another device */
	double crosses;         /* 200 although it was CANCELled */
};

/* What somebody does in a call that stands. */
struct actor_manners {
	double hangs_up;        /* rate; else it waits for the others to do so */
	struct spread talk;     /* from the answer until it hangs up */
	double holds, reinvites, updates, pings, infos; /* rates: once in a call */
	struct spread pause;    /* until then */
	struct actor_codes asked;     /* what it answers to OPTIONS, UPDATE and INFO */
	struct actor_codes reoffered; /* what it answers to a re-INVITE */
	struct spread reoffered_after;
	double never_acks;      /* its 2xx are never ACKed */
};

/* When a referrer sends its BYE. */
enum actor_leaves {
	ACTOR_LEAVES_TOLD,      /* after the final NOTIFY */
	ACTOR_LEAVES_NEVER,
	ACTOR_LEAVES_WITH_REFER,
	ACTOR_LEAVES_ACCEPTED,  /* after the 2xx */
	ACTOR_LEAVES_NOTIFIED,  /* after the first NOTIFY */
	ACTOR_LEAVES_AFTER,     /* some time after the REFER */
	ACTOR_LEAVES_MAX
};

struct actor_refers {
	double rate;            /* of calls in which it refers the other party on */
	struct spread after;    /* the answer */
	uint32_t targets;
	const char *target[ACTOR_TARGETS_MAX]; /* Refer-To, without <> */
	double weight[ACTOR_TARGETS_MAX];
	const char *referred_by;      /* NULL: none */
	double leaves[ACTOR_LEAVES_MAX];
	struct spread leaves_after;
	double outside;         /* by Target-Dialog, RFC 4538 */
	double replaces;        /* another device takes over the leg instead (RFC 3891) */
	double twice;           /* a second REFER right behind the first */
	double again;           /* the same bytes once more, later */
	double holds_before;
	struct actor_codes notified; /* what it answers to NOTIFY */
};

struct actor_profile {
	const char *calls;      /* Request-URI; NULL: it never calls */
	double gives_up;        /* rate: it has no more patience than ... */
	struct spread patience; /* ... this */
	struct actor_answers answers;
	struct actor_manners manners;
	struct actor_refers refers;
};
/* Somebody who does nothing odd, and does it quickly. */
void actor_profile_init(struct actor_profile *);

/* How a call went, as its parties saw it. */
struct actor_result {
	uint64_t call;
	/* RF_TIME_NEVER: it did not happen */
	rf_time began, answered, referred, accepted, told, connected, ended;
	uint16_t status;        /* final answer to the customer's INVITE; 0: none came */
	uint16_t refer_status;  /* final answer to the (first) REFER; 0: none came */
	uint16_t outcome;       /* of the final NOTIFY; 0: none came */
	uint16_t reached;       /* parties that a new leg was established with, after the REFER */
	uint16_t attempts;      /* INVITEs to queues and the like */
	bool gave_up;           /* the caller CANCELled */
	bool left;              /* the caller hung up by itself */
	bool dropped;           /* the caller got a BYE it did not ask for, in a call never ended */
};
typedef void actor_done_fn(void *user, const struct actor_result *);

struct actors;
/* profile: WORLD_PARTIES_MAX of them, by index of the party; the caller's, as is the chooser.
 * From now on the parties are not polite by themselves.  done: NULL, nobody asks. */
struct actors *actors_new(struct world *, struct chooser *, const struct actor_profile *profile,
    actor_done_fn *done, void *user);
void actors_free(struct actors *);
/* That party calls at that time.  Numbers begin with 1 and are never used twice. */
void actors_call(struct actors *, uint64_t number, uint32_t party, rf_time at);
/* Nobody begins anything new, and whoever still talks `by` then hangs up. */
void actors_finish(struct actors *, rf_time by);
uint32_t actors_living(const struct actors *); /* calls */

/* ---- somebody else decides, for whoever models more than single calls ----------------------- */

/* A leg is named by its call, its party, and how often that party was called in that call. */
struct actor_desk {
	/* A party is called.  0: it rings until actors_answer; else the final answer at once, with
	 * Retry-After unless *retry_after_s is 0. */
	uint16_t (*called)(void *user, uint64_t call, uint32_t party, uint32_t nth,
	    uint32_t *retry_after_s);
	/* That leg is over, for whatever reason. */
	void (*over)(void *user, uint64_t call, uint32_t party, uint32_t nth);
	void *user;
};
/* From now on nobody answers by profile; NULL: they do again.  It must stay. */
void actors_desk(struct actors *, const struct actor_desk *);
/* False: there is no such leg, or it is past that. */
bool actors_answer(struct actors *, uint64_t call, uint32_t party, uint32_t nth, uint16_t status);
/* That party's leg sends a REFER, drawn from the profile. */
bool actors_refer(struct actors *, uint64_t call, uint32_t party);
/* Who called hangs up, or gives up. */
bool actors_hang_up(struct actors *, uint64_t call);

#endif
