/* SPDX-License-Identifier: BSD-2-Clause */
/* M1: a non-INVITE request between client and server transaction, RFC 3261 17.1.2 and 17.2.2.
 *
 * Copies of a message are alike, so the net is a number of each: order does not matter, any copy may
 * be lost or doubled while the budget lasts.  Over a stream (udp == false) none is. */
#define LOSSES 3
#define DOUBLES 2
#define REPEATS 3               /* retransmissions by timer */
#define IN_FLIGHT 3             /* of one sort; more are lost */

bool udp;
byte requests, provisionals, finals;            /* in flight */
byte losses = LOSSES, doubles = DOUBLES, repeats = REPEATS;
byte client, server, event;                     /* states; the event being taken */
byte seen, outcomes, replies;                   /* by the users; final responses made */
bool last_final, dropped, replied;
hidden byte heard;                              /* what the client is being told: 100, 200 */

#define PUT(what) if :: what < IN_FLIGHT -> what++ :: else -> skip fi

#define nict_G_unreliable (udp)
#define nict_TX(what) PUT(requests)
#define nict_A_pass_up if :: heard == 200 -> outcomes++ :: else -> skip fi
#define nict_A_tell_timeout outcomes++
#define nict_A_tell_failed outcomes++
#define nist_G_unreliable (udp)
#define nist_A_send_100 PUT(provisionals)
#define nist_A_reply replies++; last_final = true; PUT(finals)
#define nist_A_resend if :: last_final -> PUT(finals) :: else -> PUT(provisionals) fi
#define nist_A_pass_up seen++
#include "nict.pml"
#include "nist.pml"

/* Who takes the event next; each table is written out once, because it is long. */
#define CLIENT 1
#define SERVER 2
hidden byte who;
#define TELL(w, e) who = w; event = e
/* A transaction that ended hears and does nothing any more. */
#define TELL_CLIENT(e) if :: client != nict_TERMINATED -> TELL(CLIENT, e) :: else -> who = 0 fi
#define TELL_SERVER(e) if :: server != nist_TERMINATED -> TELL(SERVER, e) :: else -> who = 0 fi

init {
	atomic { if :: udp = true :: udp = false; losses = 0; doubles = 0 fi }
	do
	:: atomic {
		if
		:: client == nict_IDLE -> TELL(CLIENT, nict_E_OPEN)
		/* the net; a request that comes when the server has forgotten it: Timer J is longer */
		:: requests > 0 -> requests--; TELL_SERVER(nist_E_RX_REQUEST)
		:: provisionals > 0 -> provisionals--; heard = 100; TELL_CLIENT(nict_E_RX_1XX)
		:: finals > 0 -> finals--; heard = 200; TELL_CLIENT(nict_E_RX_FINAL)
		:: requests > 0 && losses > 0 -> requests--; losses--; who = 0
		:: provisionals > 0 && losses > 0 -> provisionals--; losses--; who = 0
		:: finals > 0 && losses > 0 -> finals--; losses--; who = 0
		:: requests > 0 && requests < IN_FLIGHT && doubles > 0 -> requests++; doubles--; who = 0
		:: finals > 0 && finals < IN_FLIGHT && doubles > 0 -> finals++; doubles--; who = 0
		/* time */
		:: nict_running != 0 -> nict_timer(event); who = CLIENT;
			if
			:: event == nict_E_T_RETRANSMIT && repeats == 0 -> who = 0
			:: event == nict_E_T_RETRANSMIT && repeats > 0 -> repeats--
			:: else -> skip
			fi
		:: nist_running != 0 -> nist_timer(event); who = SERVER
		/* users and transport */
		:: seen > 0 && !replied && !dropped -> replied = true; TELL_SERVER(nist_E_TU_FINAL)
		:: seen > 0 && !replied && !dropped -> dropped = true; TELL_SERVER(nist_E_DROP)
		:: !udp && client != nict_IDLE && client != nict_TERMINATED -> TELL(CLIENT, nict_E_FAILED)
		fi;
		if
		:: who == CLIENT -> nict_take(client, event)
		:: who == SERVER -> nist_take(server, event)
		:: else -> skip
		fi;
		if :: client == nict_TERMINATED -> nict_running = 0 :: else -> skip fi;
		if :: server == nist_TERMINATED -> nist_running = 0 :: else -> skip fi;
		assert(seen <= 1 && outcomes <= 1 && replies <= 1)
	}
	:: timeout -> break
	od;
	/* nothing is left to happen: */
	assert(client == nict_TERMINATED && outcomes == 1);
	assert(server == nist_TERMINATED || server == nist_IDLE);
	assert(nict_running == 0 && nist_running == 0)
}
