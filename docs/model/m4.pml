/* SPDX-License-Identifier: BSD-2-Clause */
/* M4: one accepted REFER, from the moment it arrives until all is at rest (RFC 3515, RFC 5589 6).
 *
 * A (referrer) and B (survivor) are connected; C is the target, D the ivr.  Everybody may leave at any
 * time; the store is quick, late or fails; a 200 may cross our CANCEL; B's ACK to our 2xx may still be
 * owed; B may refuse new media, find it comes at a bad time (491), or say nothing.  Transactions are
 * not here (m1, m2): a request is answered, refused, or times out, which is a refusal.
 *
 * What an action means is written here by its name where it matters; the rest is what its sort says. */
#define A 0
#define B 1
#define C 2
#define D 3
#define NOBODY 7

#ifndef ATTEMPTS
#define ATTEMPTS 1              /* further ones: of the same target after a back-off, or of the next */
#endif
#define RINGS 1                 /* ring timers of one attempt */
#ifndef BUSY
#define BUSY 1                  /* 491s to our re-INVITE, and looks whether B has acknowledged */
#endif

#define NUMBERS_ONLY
#include "refer.pml"
#include "call.pml"
#include "route.pml"
#include "leg.pml"
#include "offer.pml"
#include "subscription.pml"
#undef NUMBERS_ONLY

/* ---- machines that raise events for each other, run to completion */
#define REFER 1
#define CALL 2
#define ROUTE 3
#define LEG 4
#define OFFER 5
#define SUB 6
chan queue = [10] of { byte, byte, byte, byte };        /* machine, subject, event, about whom */
byte machine, me, event, other;
#define RAISE(m, w, e, o) assert(nfull(queue)); queue!m,w,e,o

/* ---- states */
byte refer, call = call_BRIDGED, route, sub, offer;
byte leg[4], leg_timers[4];
bool ivr, silent, promised, refused_it, concluded, moved, rescued, closed, sub_dead, told, reported;
bool kept;                      /* of the formula: concluded, and reported if anybody hears */
bool accepted;
byte concluding;                /* 0: nothing; 1: won, 2: not won: the call hears it at once */

/* ---- parties */
bool cancelled[4], heard[4], answered[4], bye_out[4], lost[4];
bool talks[4];                  /* C and D: it said 200, and nobody has said BYE */
bool ack_pending;               /* our 2xx to B */
byte rings, further, busy;
byte target = NOBODY, attempt = NOBODY, partner = A /* B's other half */;
bool in_ivr, resolving, owned = true /* the call waits for this REFER */, releasing;
bool referrer_left, survivor_left;
byte stores;                    /* the commit whose answer is awaited: 1 promise, 2 withdrawal, 3 outcome */
bool offer_out, offer_wanted, is_491;
byte offered = NOBODY;
bool probed, attempt_stored;     /* OPTIONS to A, the commit of an attempt: not answered yet */
bool untold;                    /* the last NOTIFY was refused, or there is nobody to tell */
bool notify_out, terminated, news, waits, finished;

#define GONE(w) (leg[w] == leg_DOWN || leg[w] == leg_NEW)

/* ---- leg.def */
#define leg_running leg_timers[me]
#define leg_G_not_cancelled (!cancelled[me])
#define leg_G_ack_pending (me == B && ack_pending)
#define leg_G_shared (me == A && !sub_dead)
#define leg_G_may_be_acked (false)
#define leg_A_send_probe probed = true
#define leg_A_send_cancel cancelled[me] = true
#define leg_A_tell_ringing RAISE(ROUTE, 0, route_E_PROGRESS, me)
#define leg_A_tell_up RAISE(ROUTE, 0, route_E_ANSWERED, me)
#define leg_A_tell_failed \
	if :: attempt == me -> RAISE(ROUTE, 0, route_E_FAILED, me) :: else -> skip fi
#define leg_A_tell_gone RAISE(CALL, 0, call_E_PARTY_GONE, me)
#define leg_A_mark_lost lost[me] = true
#define leg_A_send_bye bye_out[me] = true; talks[me] = false; \
	assert(me != B || !accepted || concluded || lost[B]); \
	assert(me != A || !accepted || sub_dead || silent || lost[A] || (terminated && !notify_out))
#define leg_A_release \
	if :: me == B -> offer_out = false; offer_running = 0 :: else -> skip fi; \
	RAISE(CALL, 0, call_E_LEG_DOWN, me)

/* ---- offer.def: B's leg only; nobody passes offers on here */
#define offer_G_passable (false)
#define offer_G_passed (false)
#define offer_G_passed_own_waits (false)
#define offer_G_settled (!ack_pending)
#define offer_G_own_waits (offer_wanted)
#define offer_G_glare (is_491)
#define offer_A_remember offer_wanted = true
#define offer_A_send_own offer_wanted = false; offer_out = true
#define offer_A_settle skip
#define offer_A_take_back offer_out = false
#define offer_A_tell_agreed RAISE(REFER, 0, refer_E_AGREED, B)
#define offer_A_tell_refused offer_wanted = false; RAISE(REFER, 0, refer_E_REFUSED, B)
#define offer_A_end_usage skip

/* ---- route.def */
#define route_G_has_target (true)
#define route_G_next_address (false)
#define route_G_must_store (further > 0 || in_ivr)
#define route_G_next_to_store (false)
#define route_G_unheard_again (false)
#define route_A_store_attempt attempt_stored = true
#define route_G_may_retry_yes (further < ATTEMPTS && !in_ivr)
#define route_G_may_retry_no (true)
#define route_G_may_overflow (false)
#define route_G_may_ivr (false)
#define route_G_has_next_yes (further < ATTEMPTS && !in_ivr)
#define route_G_has_next_no (true)
#define route_G_has_ivr (ivr && !in_ivr)
#define route_A_take_next further++
#define route_A_take_ivr in_ivr = true
#define route_A_resolve resolving = true; attempt = NOBODY
#define route_A_arm_retry further++; route_running = route_running | (1 << route_E_T_RETRY)
#define route_A_place \
	attempt = (in_ivr -> D : C); rings = 0; \
	assert(GONE(attempt)); leg[attempt] = leg_NEW; cancelled[attempt] = false; \
	heard[attempt] = false; answered[attempt] = false; bye_out[attempt] = false; talks[attempt] = false; \
	RAISE(LEG, attempt, leg_E_PLACE, 0)
#define route_A_give_up RAISE(LEG, attempt, leg_E_HANG_UP, 0)
#define route_A_drop if :: attempt != NOBODY -> RAISE(LEG, attempt, leg_E_HANG_UP, 0) :: else -> skip fi
#define route_A_tell_ringing RAISE(REFER, 0, refer_E_TARGET_RINGING, other)
#define route_A_tell_up RAISE(REFER, 0, refer_E_TARGET_UP, other)
#define route_A_tell_failed RAISE(REFER, 0, refer_E_TARGET_FAILED, 0)

/* ---- subscription.def */
#define NOTIFY assert(!notify_out && !terminated && !sub_dead); notify_out = true
#define subscription_G_news_waits (news)
#define subscription_A_send_100 NOTIFY
#define subscription_A_send_news NOTIFY; news = false
#define subscription_A_send_final NOTIFY; terminated = true; reported = concluded
#define subscription_A_send_timeout NOTIFY; terminated = true
#define subscription_A_keep_news news = true
#define subscription_A_tell_done RAISE(REFER, 0, refer_E_NOTIFIED, 0)
#define subscription_A_release sub_dead = true; subscription_running = 0

/* ---- refer.def */
#define refer_G_ill_formed (false)
#define refer_G_another_pending (false)
#define refer_G_too_many (false)
#define refer_G_early (false)
#define refer_G_one_legged (leg[A] != leg_UP || leg[B] != leg_UP || call != call_BRIDGED)
#define HAS_IVR (ivr && !in_ivr)
#define refer_G_to_ivr_yes (HAS_IVR)
#define refer_G_to_ivr_no (!(HAS_IVR && referrer_left))
#define refer_G_referrer_gone_ivr (HAS_IVR && referrer_left)
#define refer_G_rescuable (concluded && !moved && !closed && !rescued && !survivor_left && HAS_IVR)
#define STAYS (!referrer_left && leg[A] == leg_UP)
#define refer_G_in_doubt (untold && refer_G_rescuable && STAYS && !silent)
#define refer_G_must_release (STAYS && (moved || rescued))
#define refer_G_must_hang_up (STAYS && (closed || survivor_left))
#define REFUSE assert(!accepted && !refused_it); refused_it = true
#define refer_A_reply_400 REFUSE
#define refer_A_reply_481 REFUSE
#define refer_A_reply_487 REFUSE
#define refer_A_reply_491 REFUSE
#define refer_A_reply_503 REFUSE
#define refer_A_reply_refusal REFUSE
/* The promise: only what is stored may be spoken. */
#define refer_A_accept assert(!accepted && !refused_it && promised); accepted = true; \
	RAISE(CALL, 0, call_E_ACCEPTED, 0)
#define refer_A_subscribe if :: silent -> sub_dead = true :: else -> RAISE(SUB, 0, subscription_E_START, 0) fi
#define refer_A_store_promise stores = 1
#define refer_A_store_withdrawal stores = 2; owned = false
#define refer_A_store_outcome assert(concluded); stores = 3
#define refer_A_notify_ringing if :: !sub_dead -> RAISE(SUB, 0, subscription_E_PROGRESS, 0) :: else -> skip fi
#define refer_G_unstored (!finished)
#define refer_A_notify_final finished = true; \
	if :: sub_dead -> untold = true; RAISE(REFER, 0, refer_E_NOTIFIED, 0) \
	:: else -> RAISE(SUB, 0, subscription_E_FINISH, 0) fi
#define refer_A_start_route RAISE(ROUTE, 0, route_E_START, 0)
#define refer_A_stop_route RAISE(ROUTE, 0, route_E_STOP, 0)
#define refer_A_start_rescue RAISE(ROUTE, 0, route_E_RESCUE, 0)
#define OFFER_OF(w) offered = w; if :: !GONE(B) -> RAISE(OFFER, B, offer_E_REOFFER, 0) :: else -> skip fi
#define HANG_UP(w) if :: w != NOBODY -> RAISE(LEG, w, leg_E_HANG_UP, 0) :: else -> skip fi
#define refer_A_swap_media target = other; OFFER_OF(target)
#define refer_A_restore_media OFFER_OF(A)
#define refer_A_drop_target HANG_UP(target)
#define refer_A_back_out HANG_UP(target); OFFER_OF(A)
#define refer_A_mark_left survivor_left = true
#define refer_A_mark_told told = true
#define refer_A_retell if :: told -> RAISE(REFER, 0, refer_E_NOTIFIED, 0) :: else -> skip fi
#define LET_GO(how) if :: owned -> concluding = how :: else -> skip fi
#define refer_A_call_won rescued = true; LET_GO(1)
#define refer_A_call_lost LET_GO(2)
#define refer_A_mute referrer_left = true
/* The only writer of the outcome, once. */
#define CONCLUDE assert(accepted && !concluded); concluded = true
#define refer_A_conclude_moved CONCLUDE; moved = true; LET_GO(1); releasing = true
#define refer_A_conclude_rescued CONCLUDE; rescued = true; LET_GO(1); releasing = true
#define refer_A_conclude_failed CONCLUDE; if :: referrer_left -> LET_GO(2) :: else -> skip fi
#define refer_A_conclude_left CONCLUDE; closed = true; if :: referrer_left -> LET_GO(2) :: else -> skip fi
#define refer_A_hang_up HANG_UP(A)
#define refer_A_release owned = false; releasing = false; stores = 0; refer_running = 0; resolving = false; \
	attempt_stored = false; route_running = 0; RAISE(CALL, 0, call_E_REFER_OVER, 0)

/* ---- call.def */
#define call_G_of_pair (other == B || other == partner)
#define call_G_by_referrer (owned && other == A)
#define call_G_by_survivor (owned && other == B)
#define call_G_nothing_left (GONE(A) && GONE(B) && GONE(C) && GONE(D) && refer == refer_DONE)
#define call_A_tell_refer \
	if \
	:: owned && other == B -> RAISE(REFER, 0, refer_E_SURVIVOR_LEFT, other) \
	:: (owned || releasing) && other == A -> RAISE(REFER, 0, refer_E_REFERRER_LEFT, other) \
	:: owned && other == target && other != A && other != B -> \
		RAISE(REFER, 0, refer_E_TARGET_LEFT, other) \
	:: else -> skip \
	fi
#define call_A_end_pair HANG_UP(B); HANG_UP(partner)
#define call_A_end_refer if :: owned -> RAISE(REFER, 0, refer_E_SURVIVOR_LEFT, NOBODY) :: else -> skip fi
#define call_A_swap partner = target
#include "refer.pml"
#include "call.pml"
#include "route.pml"
#include "leg.pml"
#include "offer.pml"
#include "subscription.pml"

#define TELL(m, w, e) machine = m; me = w; event = e; other = w
/* Of A and B, and of an answered C or D. */
#define UP(w) (leg[w] == leg_UP)
#define RINGING(w) (leg[w] == leg_CALLING || leg[w] == leg_PROCEEDING || leg[w] == leg_CANCELLING)

init {
	atomic {
		leg[A] = leg_UP; leg[B] = leg_UP;
		select (ivr : 0 .. 1); select (ack_pending : 0 .. 1); select (silent : 0 .. 1)
	}
	do
	:: atomic {
		if
		:: refer == refer_IDLE -> TELL(REFER, 0, refer_E_RX_REFER)
		/* questions and their answers */
		:: refer == refer_SCREENING -> TELL(REFER, 0, refer_E_POLICY_OK)
		:: refer == refer_SCREENING -> TELL(REFER, 0, refer_E_POLICY_NO)
		:: stores != 0 -> promised = promised || stores == 1; stores = 0; TELL(REFER, 0, refer_E_STORED)
		:: stores != 0 -> stores = 0; TELL(REFER, 0, refer_E_STORE_FAIL)
		:: resolving -> resolving = false; TELL(ROUTE, 0, route_E_RESOLVED)
		:: resolving -> resolving = false; TELL(ROUTE, 0, route_E_FAILED)
		/* time */
		:: refer_running != 0 -> refer_timer(event); TELL(REFER, 0, event)
		:: route_running != 0 -> route_timer(event); TELL(ROUTE, 0, event);
			if
			:: event == route_E_T_RING && rings == RINGS -> machine = 0
			:: event == route_E_T_RING && rings < RINGS -> rings++
			:: else -> skip
			fi
		:: leg_timers[C] != 0 -> me = C; leg_timer(event); TELL(LEG, C, event); answered[C] = true
		:: leg_timers[D] != 0 -> me = D; leg_timer(event); TELL(LEG, D, event); answered[D] = true
		:: offer_running != 0 && !(ack_pending && busy == BUSY) -> offer_timer(event); TELL(OFFER, B, event);
			if :: ack_pending -> busy++ :: else -> skip fi
		:: subscription_running != 0 -> subscription_timer(event); TELL(SUB, 0, event)
		/* A and B leave, or are found to be lost */
		:: UP(A) -> TELL(LEG, A, leg_E_RX_BYE)
		:: UP(B) -> TELL(LEG, B, leg_E_RX_BYE)
		:: UP(B) && accepted -> TELL(LEG, B, leg_E_LOST)
		:: leg[B] == leg_PARTING || leg[A] == leg_PARTING ->
			me = (leg[B] == leg_PARTING -> B : A); TELL(LEG, me, leg_E_RX_BYE)
		:: ack_pending && !GONE(B) -> ack_pending = false; TELL(LEG, B, leg_E_ACKED)
		:: ack_pending && !GONE(B) -> ack_pending = false; TELL(LEG, B, leg_E_UNACKED)
		/* was A still there? */
		:: probed -> probed = false; if :: UP(A) -> TELL(LEG, A, leg_E_LOST) :: else -> skip fi
		:: probed -> probed = false
		:: attempt_stored -> attempt_stored = false; TELL(ROUTE, 0, route_E_STORED)
		/* C and D: provisional, final, crossing our CANCEL or not; BYE */
		:: RINGING(C) && !heard[C] -> heard[C] = true; TELL(LEG, C, leg_E_RX_1XX)
		:: RINGING(C) && !answered[C] -> answered[C] = true; talks[C] = true; TELL(LEG, C, leg_E_RX_2XX)
		:: RINGING(C) && !answered[C] -> answered[C] = true; TELL(LEG, C, leg_E_RX_FAILURE)
		:: RINGING(D) && !heard[D] -> heard[D] = true; TELL(LEG, D, leg_E_RX_1XX)
		:: RINGING(D) && !answered[D] -> answered[D] = true; talks[D] = true; TELL(LEG, D, leg_E_RX_2XX)
		:: RINGING(D) && !answered[D] -> answered[D] = true; TELL(LEG, D, leg_E_RX_FAILURE)
		:: UP(C) -> talks[C] = false; TELL(LEG, C, leg_E_RX_BYE)
		:: UP(D) -> talks[D] = false; TELL(LEG, D, leg_E_RX_BYE)
		/* our BYEs are answered, or time out */
		:: bye_out[A] -> bye_out[A] = false; TELL(LEG, A, leg_E_BYE_DONE)
		:: bye_out[B] -> bye_out[B] = false; TELL(LEG, B, leg_E_BYE_DONE)
		:: bye_out[C] -> bye_out[C] = false; TELL(LEG, C, leg_E_BYE_DONE)
		:: bye_out[D] -> bye_out[D] = false; TELL(LEG, D, leg_E_BYE_DONE)
		/* B and the new media */
		:: offer_out -> offer_out = false; TELL(OFFER, B, offer_E_RX_2XX)
		:: offer_out -> offer_out = false; TELL(OFFER, B, offer_E_RX_FAILURE)
		:: offer_out && busy < BUSY -> busy++; is_491 = true; offer_out = false;
			TELL(OFFER, B, offer_E_RX_FAILURE)
		/* NOTIFY is answered, refused (481), or times out */
		:: notify_out -> notify_out = false; untold = false; TELL(SUB, 0, subscription_E_OK)
		:: notify_out -> notify_out = false; untold = true; TELL(SUB, 0, subscription_E_REFUSED)
		fi;
		/* run to completion: first what is at hand, then what was raised, in order */
		do
		:: machine == REFER -> machine = 0;
			if :: refer != refer_DONE -> refer_take(refer, event) :: else -> skip fi;
			/* the call hears the outcome before anything else */
			if
			:: concluding != 0 -> machine = CALL; other = NOBODY;
				event = (concluding == 1 -> call_E_WON : call_E_NOT_WON)
			:: else -> skip
			fi
		:: machine == CALL -> machine = 0;
			if :: call != call_DONE -> call_take(call, event) :: else -> skip fi;
			if :: concluding != 0 -> owned = false; concluding = 0 :: else -> skip fi
		:: machine == ROUTE -> machine = 0;
			if :: refer != refer_DONE -> route_take(route, event) :: else -> skip fi
		:: machine == LEG -> machine = 0;
			if :: leg[me] != leg_DOWN -> leg_take(leg[me], event) :: else -> skip fi
		:: machine == OFFER -> machine = 0;
			if :: !GONE(B) -> offer_take(offer, event) :: else -> skip fi
		:: machine == SUB -> machine = 0;
			if :: !sub_dead -> subscription_take(sub, event) :: else -> skip fi
		:: machine == 0 && nempty(queue) -> queue?machine,me,event,other
		:: machine == 0 && empty(queue) -> break
		od;
		is_491 = false; event = 0; other = 0; me = 0;
		kept = concluded && (terminated || sub_dead) && finished
	}
	:: timeout -> break
	od;
	/* Nothing is left to happen.  A promise was kept, and told: */
	assert(accepted || refused_it);
	assert(!accepted || concluded);
	assert(!accepted || sub_dead);
	assert(refer == refer_DONE && stores == 0 && refer_running == 0 && route_running == 0);
	/* what is left is a call of two, or nothing: */
	assert(call == call_BRIDGED || call == call_DONE);
	assert(call != call_DONE || (GONE(A) && GONE(B) && GONE(C) && GONE(D)));
	assert(call != call_BRIDGED || (UP(B) && UP(partner)));
	assert((!talks[C] || UP(C)) && (!talks[D] || UP(D)));
	assert(call != call_BRIDGED || ((GONE(A) || partner == A) && (GONE(C) || partner == C) &&
	    (GONE(D) || partner == D)))
}
