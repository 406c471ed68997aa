/* SPDX-License-Identifier: BSD-2-Clause */
/* sim/actor_parts.h -- between actor.c (calls, legs, time), actor_call.c (calling, answering,
 * talking) and actor_refer.c (referring, being told, leaving). */
#ifndef RF_SIM_ACTOR_PARTS_H
#define RF_SIM_ACTOR_PARTS_H

#include "sim/actor.h"

/* What somebody does later; behind ACT_REFER: as a referrer. */
enum actor_act {
	ACT_CALL, ACT_FINISH, ACT_GIVE_UP, ACT_UNANSWERED, ACT_RING, ACT_EARLY, ACT_ANSWER,
	ACT_FORK, ACT_UNACKED, ACT_HANG_UP, ACT_HOLD, ACT_UNHOLD, ACT_REINVITE, ACT_UPDATE,
	ACT_PING, ACT_INFO, ACT_REOFFERED, ACT_REFER, ACT_REFER_AGAIN, ACT_REPLACE, ACT_LEAVE
};

enum leg_state { LEG_CALLING, LEG_CALLED, LEG_UP, LEG_OVER };
/* One party in one call. */
struct actor_leg {
	uint32_t party, nth;    /* nth: how often that party was called, or called, in this call */
	enum leg_state state;
	bool caller, gives_up, finishing, left; /* left: it hung up by itself */
	uint32_t dialog, invite, fork; /* indices of the party's; UINT32_MAX: none */
	uint32_t reoffered;      /* transaction of a re-INVITE that waits for its answer */
	uint32_t asked;          /* OPTIONS, UPDATEs and INFOs it got */
	uint32_t offers;         /* re-INVITEs it got */
	uint32_t offering;       /* transaction of its own re-INVITE; UINT32_MAX: none */
	/* as referrer */
	uint32_t refer;          /* transaction; UINT32_MAX: none */
	uint32_t notifies;
	enum actor_leaves leaves;
	bool referred, referring; /* it will; it did */
};
struct actor_call {
	uint64_t number;
	UT_hash_handle hh;
	struct actor_call *next;        /* over, and not forgotten yet */
	struct actor_result result;
	struct actor_leg leg[ACTOR_LEGS_MAX];
	uint32_t legs, living, timers;
	bool over, reported;
};
struct actors {
	struct world *w;
	struct chooser *c;
	const struct actor_profile *profile;
	actor_done_fn *done;
	void *user;
	const struct actor_desk *desk; /* NULL: nobody */
	struct actor_call *calls, *over, *over_last;
	uint32_t living;
	bool finishing;
	rf_time finish;
};

/* A leg with everything needed to act for it; only for the moment. */
struct actor_at {
	struct actors *a;
	struct actor_call *call;
	struct actor_leg *leg;
	struct party *p;
	const struct actor_profile *profile;
};

/* ---- actor.c */
/* The name of a draw of this leg: n tells apart what is drawn several times at one site. */
uint64_t actor_n(const struct actor_at *, uint32_t n);
bool actor_yes(const struct actor_at *, enum choose_site, uint32_t n, double rate);
uint16_t actor_code(const struct actor_at *, enum choose_site, uint32_t n,
    const struct actor_codes *);
rf_time actor_time(const struct actor_at *, enum choose_site, uint32_t n, const struct spread *);
void actor_later(const struct actor_at *, rf_time after, enum actor_act);
struct actor_leg *actor_leg_new(struct actor_call *, uint32_t party, bool caller);
void actor_leg_over(const struct actor_at *);
struct party_dialog *actor_dialog(const struct actor_at *); /* NULL: none */
bool actor_talks(const struct actor_at *);
/* A request in the leg's dialog; NULL: there is none. */
struct party_transaction *actor_say(
    const struct actor_at *, const char *method, const struct party_line *);
void actor_respond(const struct actor_at *, uint32_t transaction, uint16_t status,
    struct party_line *);

/* ---- actor_call.c */
void actor_begin(const struct actor_at *);
void actor_called(const struct actor_at *, uint32_t transaction);
bool actor_is_open(const struct actor_at *); /* called, and not answered finally */
void actor_final(const struct actor_at *, uint16_t status, uint32_t retry_after_s);
void actor_answered(const struct actor_at *, const struct sip_text *);
void actor_reoffered(const struct actor_at *, uint32_t transaction);
void actor_call_act(const struct actor_at *, enum actor_act);
void actor_up(const struct actor_at *);
void actor_hang_up(const struct actor_at *);

/* ---- actor_refer.c */
void actor_plans_refer(const struct actor_at *);
void actor_refer_act(const struct actor_at *, enum actor_act);
void actor_refer_answered(const struct actor_at *, uint32_t transaction, const struct sip_text *);
void actor_notified(const struct actor_at *, uint32_t transaction, const struct sip_text *);

#endif
