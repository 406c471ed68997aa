/* SPDX-License-Identifier: BSD-2-Clause */
/* M3: the implicit subscription of a REFER and its NOTIFYs, RFC 3515 2.4, RFC 6665 4.2.
 *
 * Each NOTIFY is a client transaction of its own (nict.def); one at a time, so one is enough.  Copies
 * of an earlier NOTIFY and their answers find no transaction and are left out.  The 2xx of the REFER
 * is on its way, too: a NOTIFY may be there before it. */
#define LOSSES 2
#define DOUBLES 1
#define REPEATS 2
#define IN_FLIGHT 2
#define REFRESHES 2

byte sub, notify, event;                        /* states */
byte requests, answers, refusals;               /* in flight */
byte losses = LOSSES, doubles = DOUBLES, repeats = REPEATS, refreshes = REFRESHES;
byte sent, ended, told;                         /* NOTIFYs; those that said terminated; told of */
bool accepted_came, gone;                       /* at the subscriber: the 2xx; it forgot us */
bool rang, finished, out, news, timed_out, refused, final_waits, reported, early;

#define PUT(what) if :: what < IN_FLIGHT -> what++ :: else -> skip fi

/* ---- the client transaction of the NOTIFY */
#define nict_G_unreliable (true)
#define nict_G_may_return (false)
#define nict_TX(what) PUT(requests)
#define ANSWERED 1
#define REFUSED 2
byte raised;                                    /* to the subscription: it runs after this step */
hidden byte heard;
#define nict_A_pass_up raised = heard
#define nict_A_tell_timeout raised = REFUSED; timed_out = true
#define nict_A_tell_failed raised = REFUSED

/* ---- the subscription */
bool wants_notify;
#define NOTIFY assert(!wants_notify && !out); assert(ended == 0); assert(!refused); \
	wants_notify = true; sent++
#define subscription_G_news_waits (news)
#define subscription_A_send_100 NOTIFY
#define subscription_A_send_news NOTIFY; news = false
#define subscription_A_send_final NOTIFY; ended++; reported = final_waits
#define subscription_A_send_timeout NOTIFY; ended++
#define subscription_A_keep_news news = true
#define subscription_A_keep_renewal news = true
#define subscription_A_keep_final if :: finished -> final_waits = true :: else -> skip fi
/* Before the outcome is known the transfer takes it for what it is: the subscription ran out. */
#define subscription_A_tell_done if :: finished -> assert(told == 0); told++ :: else -> skip fi
#include "nict.pml"
#include "subscription.pml"

#define ALIVE (sub != subscription_DONE)
#define CLIENT 1
#define NOTIFIER 2
hidden byte who;
#define TELL(w, e) who = w; event = e
#define TELL_NOTIFIER(e) if :: ALIVE -> TELL(NOTIFIER, e) :: else -> who = 0 fi
#define TELL_CLIENT(e) if :: notify != nict_TERMINATED -> TELL(CLIENT, e) :: else -> who = 0 fi

init {
	atomic { notify = nict_TERMINATED }
	do
	:: atomic {
		if
		:: sub == subscription_NEW -> TELL(NOTIFIER, subscription_E_START)
		:: !accepted_came -> accepted_came = true
		/* the subscriber: takes it, or says 481 - then it will say so for ever */
		:: requests > 0 -> requests--; early = early || !accepted_came;
			if
			:: !gone -> PUT(answers)
			:: gone = true; PUT(refusals)
			fi
		:: answers > 0 -> answers--; heard = ANSWERED; TELL_CLIENT(nict_E_RX_FINAL)
		:: refusals > 0 -> refusals--; heard = REFUSED; TELL_CLIENT(nict_E_RX_FINAL)
		:: requests > 0 && losses > 0 -> requests--; losses--
		:: answers > 0 && losses > 0 -> answers--; losses--
		:: requests > 0 && requests < IN_FLIGHT && doubles > 0 -> requests++; doubles--
		:: nict_running != 0 -> who = CLIENT; nict_timer(event);
			if
			:: event == nict_E_T_RETRANSMIT && repeats == 0 -> who = 0
			:: event == nict_E_T_RETRANSMIT && repeats > 0 -> repeats--
			:: else -> skip
			fi
		:: subscription_running != 0 -> who = NOTIFIER; subscription_timer(event)
		/* the transfer */
		:: !rang && !finished && sent > 0 -> rang = true; TELL_NOTIFIER(subscription_E_PROGRESS)
		:: !finished && sent > 0 -> finished = true;
			if :: ALIVE -> TELL(NOTIFIER, subscription_E_FINISH) :: else -> told++ fi
		/* SUBSCRIBE, once the subscriber knows the dialog */
		:: refreshes > 0 && sent > 0 && ALIVE && !gone -> refreshes--;
			TELL(NOTIFIER, subscription_E_REFRESH)
		:: refreshes > 0 && sent > 0 && ALIVE && !gone -> refreshes--;
			TELL(NOTIFIER, subscription_E_CANCELLED)
		fi;
		/* run to completion: the transaction tells the subscription, which may begin another */
		do
		:: who == CLIENT -> who = 0; raised = 0; nict_take(notify, event);
			if
			:: notify == nict_TERMINATED -> nict_running = 0
			:: else -> skip
			fi;
			if
			:: raised == ANSWERED && ALIVE -> out = false; TELL(NOTIFIER, subscription_E_OK)
			:: raised == REFUSED && ALIVE -> out = false; refused = true;
				TELL(NOTIFIER, subscription_E_REFUSED)
			:: else -> skip
			fi
		:: who == NOTIFIER -> who = 0; subscription_take(sub, event);
			if
			:: sub == subscription_DONE -> subscription_running = 0
			:: else -> skip
			fi;
			if
			:: wants_notify -> wants_notify = false; out = true; notify = nict_IDLE;
				nict_running = 0; requests = 0; answers = 0; refusals = 0;
				TELL(CLIENT, nict_E_OPEN)
			:: else -> skip
			fi
		:: who == 0 -> break
		od;
		raised = 0; event = 0
	}
	:: timeout -> break
	od;
	/* nothing is left to happen: it is over, and the transfer knows that it was told or cannot be */
	assert(sub == subscription_DONE && subscription_running == 0);
	assert(finished && told <= 1 && ended <= 1);
	assert(refused || ended == 1);
	assert(refused || told == 1)
}
