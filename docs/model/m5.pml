/* SPDX-License-Identifier: BSD-2-Clause */
/* M5: the outbox and one receiver, ADR 024: two events of one session, one of another.
 *
 * The receiver answers 200, something else, or takes an event and its answer is lost; a token may be
 * missing; the store may fail to settle; the process may be killed at any moment, and what it had
 * given to the store then is durable or not. */
#define RETRIES 1
#define FAILURES 2                              /* in a row open the breaker */
#define POSTS 2
#define REFUSALS 4                              /* budgets: of answers other than 200 */
#define UNSENTS 1
#define STORE_FAILS 1
#ifndef CRASHES
#define CRASHES 1
#endif
#define EVENTS 3                                /* 0, 1: of a session, in this order; 2: another */
#define SLOTS 2
#define NONE 9

#define PENDING 0
#define ACKED 1
#define DEAD 2
/* durable */
byte number[EVENTS], settled[EVENTS], counted[EVENTS];
byte last;
/* at the receiver, and what was tried in all */
bool took[EVENTS], said_200[EVENTS];
byte made[EVENTS];
/* the process */
byte recv, slot[SLOTS], event_of[SLOTS], attempts[SLOTS];
int running[SLOTS];
bool posting[SLOTS], settling[SLOTS], given_up[SLOTS];
bool fetching, news;
byte failures, posts, deliveries, fetched_to, asked, rows;
byte refusals = REFUSALS, unsents = UNSENTS, store_fails = STORE_FAILS, crashes = CRASHES;
bool crashed;
hidden byte me, row[SLOTS], next, e, i, best, out;
chan queue = [8] of { byte, byte, byte };       /* raised: machine, slot, event */
#define RECEIVER 1
#define DELIVERY 2

#define NUMBERS_ONLY
#include "receiver.pml"
#include "delivery.pml"
#undef NUMBERS_ONLY

/* ---- one delivery */
#define delivery_running running[me]
#define delivery_G_must_wait (recv == receiver_OPEN || \
	posts >= (recv == receiver_TRYING -> 1 : POSTS))
#define delivery_G_exhausted (attempts[me] > RETRIES)
#define delivery_G_has_next (next != NONE && number[next] <= fetched_to)
#define delivery_A_post \
	assert(!posting[me] && !settling[me]); \
	assert(settled[event_of[me]] == PENDING); \
	assert(event_of[me] != 1 || settled[0] != PENDING); \
	attempts[me]++; made[event_of[me]]++; posts++; posting[me] = true
#define delivery_A_tell_success queue!RECEIVER, 0, receiver_E_SUCCEEDED
#define delivery_A_tell_failure queue!RECEIVER, 0, receiver_E_FAILED
#define delivery_A_tell_untried attempts[me]--; made[event_of[me]]--; \
	queue!RECEIVER, 0, receiver_E_UNTRIED
#define delivery_A_tell_left deliveries--; news = (news || next != NONE); \
	queue!RECEIVER, 0, receiver_E_LEFT
#define delivery_A_settle_acked given_up[me] = false; settling[me] = true
#define delivery_A_settle_dead given_up[me] = true; settling[me] = true
#define delivery_A_settle_again settling[me] = true
/* Nobody waits for it: a crash may be faster. */
#define delivery_A_count_attempt if :: counted[event_of[me]] = attempts[me] :: crashes > 0 -> skip fi
#define delivery_A_take_next event_of[me] = next; attempts[me] = counted[next]; \
	queue!DELIVERY, me, delivery_E_OFFERED
#define delivery_A_release event_of[me] = NONE; attempts[me] = 0

/* ---- the receiver */
int opening;
#define receiver_running opening
#define receiver_G_idle (deliveries == 0 && failures == 0 && !fetching && !news && rows == 0)
#define receiver_G_too_often (failures + 1 >= FAILURES)
#define receiver_A_fetch if \
	:: !fetching && news && deliveries < SLOTS -> \
		fetching = true; news = false; asked = SLOTS - deliveries \
	:: else -> skip fi
#define FREE(s) (slot[s] == delivery_DONE)
#define TAKE(e) i = (FREE(0) -> 0 : 1); assert(FREE(i)); slot[i] = delivery_IDLE; \
	event_of[i] = e; attempts[i] = counted[e]; deliveries++; fetched_to = number[e]; \
	queue!DELIVERY, i, delivery_E_OFFERED
#define receiver_A_take_rows \
	if :: rows > 0 -> TAKE(row[0]) :: else -> skip fi; \
	if :: rows > 1 -> TAKE(row[1]) :: else -> skip fi; \
	news = (news || rows == asked)
#define HELD(s) (slot[s] == delivery_HELD)
#define receiver_A_let_go out = posts; \
	do \
	:: recv != receiver_OPEN && out < (recv == receiver_TRYING -> 1 : POSTS) && \
		(HELD(0) || HELD(1)) -> \
		i = (!HELD(1) || (HELD(0) && number[event_of[0]] < number[event_of[1]]) -> 0 : 1); \
		queue!DELIVERY, i, delivery_E_GO; out = POSTS \
	:: else -> break od
#define receiver_A_count_failure failures++
#define receiver_A_forget_failures failures = 0
#include "receiver.pml"
#include "delivery.pml"

inline drain() {
	do
	:: queue?[RECEIVER, _, _] -> queue?RECEIVER, i, e;
		if :: recv != receiver_DONE -> receiver_take(recv, e) :: else -> skip fi
	:: queue?[DELIVERY, _, _] -> queue?DELIVERY, me, e; delivery_take(slot[me], e)
	:: empty(queue) -> break
	od;
	next = NONE; rows = 0; e = 0; i = 0; me = 0; best = 0; out = 0; row[0] = 0; row[1] = 0
}

inline tell_news() {
	news = true;
	if :: recv == receiver_DONE -> recv = receiver_IDLE :: else -> skip fi;
	queue!RECEIVER, 0, receiver_E_NEWS
}

/* An event becomes durable, and with it that somebody is to be told. */
inline happens(n) {
	last++; number[n] = last;
	tell_news()
}

/* Is n the first of its session that waits, behind what was fetched? */
#define OFFERED(n) (number[n] > fetched_to && settled[n] == PENDING && \
	(n != 1 || settled[0] != PENDING))
inline read_row(at) {
	best = NONE;
	i = 0;
	do
	:: i < EVENTS ->
		if
		:: number[i] > 0 && OFFERED(i) && (rows == 0 || i != row[0]) &&
			(best == NONE || number[i] < number[best]) -> best = i
		:: else -> skip
		fi;
		i++
	:: else -> break
	od;
	if :: best != NONE -> row[at] = best; rows++ :: else -> skip fi
}

inline becomes_settled(s) {
	settled[event_of[s]] = (given_up[s] -> DEAD : ACKED)
}

inline ask_receiver(s) {
	me = s; posting[s] = false; posts--;
	if
	:: took[event_of[s]] = true; said_200[event_of[s]] = true;
		queue!DELIVERY, s, delivery_E_ACKED
	:: refusals > 0 -> refusals--;          /* 202, 503, silence: it may have taken it all the same */
		if :: took[event_of[s]] = true :: skip fi;
		queue!DELIVERY, s, delivery_E_REFUSED
	:: unsents > 0 -> unsents--; queue!DELIVERY, s, delivery_E_UNSENT
	fi
}

inline ask_store(s) {
	settling[s] = false;
	if
	:: becomes_settled(s);
		next = (event_of[s] == 0 && number[1] > 0 && settled[1] == PENDING -> 1 : NONE);
		queue!DELIVERY, s, delivery_E_SETTLED
	:: store_fails > 0 -> store_fails--; queue!DELIVERY, s, delivery_E_UNSTORED
	fi
}

inline forget_slot(s) {
	if :: settling[s] -> if :: becomes_settled(s) :: skip fi :: else -> skip fi;
	slot[s] = delivery_DONE; event_of[s] = NONE; attempts[s] = 0; running[s] = 0;
	posting[s] = false; settling[s] = false; given_up[s] = false
}

inline crash() {
	crashes--; crashed = true;
	forget_slot(0); forget_slot(1);
	recv = receiver_DONE; opening = 0; fetching = false; news = false;
	failures = 0; posts = 0; deliveries = 0; fetched_to = 0; asked = 0;
	tell_news()
}

init {
	atomic {
		recv = receiver_DONE; next = NONE;
		slot[0] = delivery_DONE; slot[1] = delivery_DONE;
		event_of[0] = NONE; event_of[1] = NONE;
		if :: skip :: crashes = 0 fi            /* a crash at the end would mend everything */
	}
	do
	:: atomic {
		if
		:: number[0] == 0 -> happens(0)
		:: number[0] > 0 && number[1] == 0 -> happens(1)
		:: number[2] == 0 -> happens(2)
		:: fetching -> fetching = false; read_row(0);
			if :: rows == 1 && asked > 1 -> read_row(1) :: else -> skip fi;
			queue!RECEIVER, 0, receiver_E_FETCHED
		:: posting[0] -> ask_receiver(0)
		:: posting[1] -> ask_receiver(1)
		:: settling[0] -> ask_store(0)
		:: settling[1] -> ask_store(1)
		:: running[0] != 0 -> me = 0; delivery_timer(e); queue!DELIVERY, 0, e
		:: running[1] != 0 -> me = 1; delivery_timer(e); queue!DELIVERY, 1, e
		:: opening != 0 -> receiver_timer(e); queue!RECEIVER, 0, e
		:: crashes > 0 && last > 0 -> crash()
		fi;
		drain();
		/* of one session, one at a time */
		assert(event_of[0] == NONE || event_of[1] == NONE || event_of[0] + event_of[1] != 1)
	}
	:: timeout -> break
	od;
	/* nothing is left to happen: each event was acknowledged, or given up after all its attempts */
	atomic {
		assert(last == EVENTS && deliveries == 0 && posts == 0 && !fetching);
		i = 0;
		do
		:: i < EVENTS ->
			assert(settled[i] != PENDING);
			assert(settled[i] != ACKED || said_200[i]);
			assert(settled[i] != DEAD || made[i] > RETRIES);
			assert(crashed || made[i] <= RETRIES + 1);
			i++
		:: else -> break
		od
	}
}
