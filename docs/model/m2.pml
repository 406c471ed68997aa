/* SPDX-License-Identifier: BSD-2-Clause */
/* M2: an INVITE, forked to two servers, RFC 3261 13, 16.7, 17.1.1, 17.2.1 with RFC 6026.
 *
 * The proxy between: it passes every 2xx, one failure when both failed, and acknowledges failures
 * itself.  The client's user acknowledges every 2xx that comes up; each server's user repeats its 2xx
 * until the ACK (accept.def). */
#define FORKS 2
#define LOSSES 1
#define REPEATS 2
#define IN_FLIGHT 2

bool udp, left;
byte losses = LOSSES, repeats = REPEATS;
byte client, event, me, heard_from;
byte server[FORKS], accepting[FORKS], ist_timers[FORKS], accept_timers[FORKS];
byte invites[FORKS], oks[FORKS], refusals[FORKS], acks[FORKS];          /* in flight */
bool seen[FORKS], decided[FORKS], refused[FORKS], failed[FORKS], came_up[FORKS], acked[FORKS];
bool unacked[FORKS], told_failure, passed_failure, rang, timed_out;
byte failures;                                                          /* towards the client */

#define PUT(what) if :: what < IN_FLIGHT -> what++ :: else -> skip fi

#define ict_G_unreliable (udp)
/* The INVITE goes to both; so the proxy forwards each copy. */
#define ict_A_send PUT(invites[0]); PUT(invites[1])
#define ict_A_resend PUT(invites[0]); PUT(invites[1])
#define ict_A_pass_up \
	if \
	:: left -> skip \
	:: !left && event == ict_E_RX_2XX -> came_up[heard_from] = true; PUT(acks[heard_from]) \
	:: !left && event == ict_E_RX_FAILURE -> assert(!told_failure); told_failure = true \
	:: else -> skip \
	fi
#define ict_A_tell_timeout assert(!told_failure); told_failure = true; timed_out = true
#define ict_A_tell_failed assert(!told_failure); told_failure = true; timed_out = true

#define ist_running ist_timers[me]
#define ist_G_unreliable (udp)
#define ist_A_reply \
	if \
	:: event == ist_E_TU_2XX -> PUT(oks[me]) \
	:: event == ist_E_TU_FAILURE -> PUT(refusals[me]) \
	:: else -> skip \
	fi
#define ist_A_resend if :: decided[me] && refused[me] -> PUT(refusals[me]) :: else -> skip fi
#define ist_A_pass_up assert(!seen[me]); seen[me] = true

#define accept_running accept_timers[me]
#define accept_A_repeat PUT(oks[me]); accept_running = accept_running | (1 << accept_E_T_2XX)
#define accept_A_tell_acked acked[me] = true
#define accept_A_tell_unacked unacked[me] = true
#include "ict.pml"
#include "ist.pml"
#include "accept.pml"

/* Who takes the event next, and who the one after it; each table is written out once. */
#define CLIENT 1
#define SERVER 2
#define ACCEPT 3
hidden byte who, after;
#define TELL(w, e) who = w; event = e
#define TELL_CLIENT(e) if :: client != ict_TERMINATED -> TELL(CLIENT, e) :: else -> who = 0 fi
#define TELL_SERVER(e) if :: server[me] != ist_TERMINATED -> TELL(SERVER, e) :: else -> who = 0 fi
/* One of the two for whom that is more than nothing. */
#define WHOSE(what) if :: what[0] != 0 -> me = 0 :: what[1] != 0 -> me = 1 fi
#define ANY(what) (what[0] + what[1] > 0)
/* A timer that repeats something does so while the budget lasts. */
#define BOUND(timer) \
	if \
	:: event == timer && repeats == 0 -> who = 0 \
	:: event == timer && repeats > 0 -> repeats-- \
	:: else -> skip \
	fi

init {
	atomic { if :: udp = true :: udp = false; losses = 0 fi }
	do
	:: atomic {
		if
		:: client == ict_IDLE -> TELL(CLIENT, ict_E_OPEN)
		/* towards a server; one that has ended takes no INVITE for a new one: Timers I and L */
		:: ANY(invites) -> WHOSE(invites); invites[me]--; TELL_SERVER(ist_E_RX_INVITE)
		:: ANY(acks) -> WHOSE(acks); acks[me]--; TELL(ACCEPT, accept_E_RX_ACK)
		/* towards the client, through the proxy */
		:: ANY(oks) -> WHOSE(oks); oks[me]--; heard_from = me; TELL_CLIENT(ict_E_RX_2XX)
		:: ANY(refusals) -> WHOSE(refusals); refusals[me]--; failed[me] = true;
			if
			:: failed[0] && failed[1] && !passed_failure -> passed_failure = true; PUT(failures)
			:: else -> skip
			fi;
			TELL_SERVER(ist_E_RX_ACK)
		:: failures > 0 -> failures--; TELL_CLIENT(ict_E_RX_FAILURE)
		:: seen[0] && !rang -> rang = true; TELL_CLIENT(ict_E_RX_1XX)
		/* losses */
		:: losses > 0 && ANY(invites) -> WHOSE(invites); invites[me]--; losses--; who = 0
		:: losses > 0 && ANY(oks) -> WHOSE(oks); oks[me]--; losses--; who = 0
		:: losses > 0 && ANY(acks) -> WHOSE(acks); acks[me]--; losses--; who = 0
		:: losses > 0 && ANY(refusals) -> WHOSE(refusals); refusals[me]--; losses--; who = 0
		/* users.  In PROCEEDING the client waits for ever: how long it may ring is its user's
		 * affair, who leaves then. */
		:: (seen[0] && !decided[0]) || (seen[1] && !decided[1]) ->
			if :: seen[0] && !decided[0] -> me = 0 :: seen[1] && !decided[1] -> me = 1 fi;
			decided[me] = true;
			if
			:: TELL(SERVER, ist_E_TU_2XX); after = ACCEPT
			:: refused[me] = true; TELL(SERVER, ist_E_TU_FAILURE)
			fi
		:: !left && !told_failure && (client == ict_CALLING || client == ict_PROCEEDING) ->
			left = true; TELL(CLIENT, ict_E_LEAVE)
		/* time */
		:: ict_running != 0 -> who = CLIENT; ict_timer(event); BOUND(ict_E_T_RETRANSMIT)
		:: ANY(ist_timers) -> WHOSE(ist_timers); who = SERVER; ist_timer(event);
			BOUND(ist_E_T_RETRANSMIT)
		:: ANY(accept_timers) -> WHOSE(accept_timers); who = ACCEPT; accept_timer(event);
			BOUND(accept_E_T_2XX)
		fi;
		if
		:: who == CLIENT -> ict_take(client, event)
		:: who == SERVER -> ist_take(server[me], event)
		:: else -> skip
		fi;
		/* every 2xx that finds its transaction is its user's to acknowledge */
		assert(left || who != CLIENT || event != ict_E_RX_2XX || told_failure ||
		    came_up[heard_from]);
		if :: after == ACCEPT -> TELL(ACCEPT, accept_E_SENT) :: else -> skip fi;
		if :: who == ACCEPT -> accept_take(accepting[me], event) :: else -> skip fi;
		if :: client == ict_TERMINATED -> ict_running = 0 :: else -> skip fi;
		if :: server[me] == ist_TERMINATED -> ist_running = 0 :: else -> skip fi;
		me = 0; heard_from = 0; event = 0; after = 0
	}
	:: timeout -> break
	od;
	/* nothing is left to happen: */
	assert(client == ict_TERMINATED && ict_running == 0);
	for (me : 0 .. FORKS - 1) {
		assert(server[me] == ist_TERMINATED || server[me] == ist_IDLE);
		assert(accepting[me] == accept_IDLE && accept_running == 0);
		/* a 2xx that was made was acknowledged or given up, never forgotten */
		assert(!(decided[me] && !refused[me]) || acked[me] || unacked[me]);
		assert(!came_up[me] || acked[me] || unacked[me])
	}
	assert(!(told_failure && (came_up[0] || came_up[1])))
}
