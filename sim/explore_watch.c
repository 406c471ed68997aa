/* SPDX-License-Identifier: BSD-2-Clause */
/* sim/explore_watch.c -- the invariants of the design as small automata over what is said at
 * referee's edge, and what the store is told.  Numbers are those of the invariants
 * (sim/checkers.h).  It must never look into the engine. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "policy/policy.h"
#include "sim/explore_world.h"

enum { RING_MS = 20000, SILENCE_MS = 32000, DOUBT_MS = 4000, /* of the plan; 64, 8 T1 */
	ATTEMPTS_MAX = 3 };                     /* the first, and the plan's retries */

void
explore_violation(struct explore *x, const char *format, ...)
{
	va_list arguments;
	if (x->violation[0] != '\0')
		return;
	va_start(arguments, format);
	vsnprintf(x->violation, sizeof x->violation, format, arguments);
	va_end(arguments);
}

static uint32_t
hash_of(struct rf_slice s)
{
	uint64_t h = explore_mix(s.len, s.p, s.len);
	return (uint32_t)(h ^ h >> 32);
}

/* ---- our requests --------------------------------------------------------------------------- */

/* 33: one live attempt at a time. */
static void
see_attempt(struct explore *x, uint32_t party)
{
	struct explore_watch *w = &x->w.watch;
	for (uint32_t p = TARGET; p <= IVR; p++) {
		bool lives = w->of[p].attempt == TRIED || w->of[p].attempt == RINGS;
		if (lives && !w->of[p].cancelled && !w->of[p].rang_out && !w->killed)
			explore_violation(x, "33: a second attempt while %s is being tried",
			    explore_name[p]);
	}
	struct explore_seen *s = &w->of[party];
	bool up = s->up && !s->bye_sent && !s->bye_heard;
	if (up && !w->killed)
		explore_violation(x, "33: %s is up and is called again", explore_name[party]);
	struct explore_seen fresh = { .attempt = TRIED, .invited = x->w.now };
	fresh.attempts = s->attempts;
	memcpy(fresh.call, s->call, sizeof fresh.call);
	*s = fresh;
}

/* An INVITE outside of dialogs, or its CANCEL: 0, of the latest attempt; else of one before. */
static uint32_t
attempt_of(const struct explore_seen *s, const struct sip_text *t)
{
	uint32_t call = hash_of(sip_value(t, "Call-ID")), i = 0;
	while (i < EXPLORE_CALLS_MAX && s->call[i] != call)
		i++;
	return i;
}

static void
remember_attempt(struct explore_seen *s, const struct sip_text *t)
{
	memmove(&s->call[1], &s->call[0], (EXPLORE_CALLS_MAX - 1) * sizeof s->call[0]);
	s->call[0] = hash_of(sip_value(t, "Call-ID"));
}

static void
see_invite(struct explore *x, uint32_t party, const struct sip_text *t)
{
	struct explore_seen *s = &x->w.watch.of[party];
	if (sip_tag(t, "To").len > 0) {
		s->agreed = s->disagreed = false;
		s->invited = s->glared ? s->invited : x->w.now; /* the first offer counts */
		s->glared = false;
		return;
	}
	if (!x->w.begun)
		s->attempt = TRIED;
	else if (x->w.watch.accepted || x->w.watch.killed)
		see_attempt(x, party);
	else
		explore_violation(x, "17: a target is tried for a REFER that was not accepted");
	remember_attempt(s, t);
	if (s->attempts++ == ATTEMPTS_MAX && !x->w.watch.killed)
		explore_violation(x, "38: %s is tried once too often", explore_name[party]);
}

/* 4 and 30: CANCEL only while it rings, once, and not because the referrer left. */
static void
see_cancel(struct explore *x, uint32_t party)
{
	struct explore_watch *w = &x->w.watch;
	struct explore_seen *s = &w->of[party];
	if (s->attempt != RINGS && !w->killed)
		explore_violation(x, "4: CANCEL to %s, which does not ring", explore_name[party]);
	bool survivor_gone = w->of[CUSTOMER].bye_heard || w->of[CUSTOMER].lost;
	if (!survivor_gone && !s->rang_out && !w->killed)
		explore_violation(x, "30: %s is given up while the survivor waits",
		    explore_name[party]);
	s->cancelled = true;
}

/* 16, 29: who may be hung up. */
static bool
may_end_survivor(const struct explore_watch *w)
{
	const struct explore_seen *center = &w->of[CENTER], *target = &w->of[TARGET];
	const struct explore_seen *ivr = &w->of[IVR];
	bool ivr_failed = ivr->attempt == FAILED || ivr->rang_out || ivr->bye_heard || ivr->lost;
	if (w->of[CUSTOMER].bye_heard || w->of[CUSTOMER].lost)
		return true;
	if (!w->accepted)
		return center->bye_heard || center->lost;
	if (target->up && (target->bye_heard || target->lost) && w->of[CUSTOMER].agreed)
		return true;                    /* the new call ended like any other */
	if (ivr_failed)
		return true;                    /* there was nothing left to try */
	if (w->of[CUSTOMER].disagreed && ivr->attempt == ANSWERED)
		return true;                    /* it did not want the ivr */
	bool over = w->told >= 300 || w->gone || w->told_again;
	return over && !w->center_left_untold && (center->bye_heard || center->lost);
}

static void
see_bye(struct explore *x, uint32_t party)
{
	struct explore_watch *w = &x->w.watch;
	struct explore_seen *s = &w->of[party];
	if (s->ack_owed != 0)
		explore_violation(x, "16: BYE to %s before the ACK that is owed",
		    explore_name[party]);
	if (party == CUSTOMER && !may_end_survivor(w))
		explore_violation(x, "29: the survivor gets a BYE");
	bool told = w->told_and_heard || w->gone || w->killed;
	if (party == CENTER && w->accepted && !s->bye_heard && !s->lost && !told)
		explore_violation(x, "16: BYE to the referrer before it answered the last NOTIFY");
	s->bye_sent = true;
}

/* 19, 20, 22: one at a time, one that is final, one that is the last. */
static void
see_notify(struct explore *x, const struct sip_text *t)
{
	struct explore_watch *w = &x->w.watch;
	uint32_t status = sip_frag_status(t->body);
	struct rf_slice id = sip_param(sip_value(t, "Event"), "id");
	bool last = rf_star_match(RF_SLICE("terminated*"), sip_value(t, "Subscription-State"));
	if (!w->accepted)
		explore_violation(x, "17: NOTIFY for a REFER that was not accepted");
	if (w->terminated && !w->told_again)
		explore_violation(x, "19: NOTIFY after the one that said terminated");
	if (w->gone && !w->killed)
		explore_violation(x, "22: NOTIFY to a subscription that is gone");
	if (w->notify_out != 0)
		explore_violation(x, "20: two NOTIFYs in flight");
	if (status == 0 || t->body.len < 2 || memcmp(t->body.p + t->body.len - 2, "\r\n", 2) != 0)
		explore_violation(x, "20: NOTIFY without a status line that ends in CRLF");
	if (id.len > 0 && sip_number(id) != w->refer_cseq)
		explore_violation(x, "21: Event has the id of another REFER");
	if (w->told != 0 && status != w->told)
		explore_violation(x, "19: NOTIFY %u after %u", status, w->told);
	if (status == 491)
		explore_violation(x, "13: a glare is told as the outcome");
	if (status >= 200)
		w->told = (uint16_t)status;
	if (status / 100 == 2 && !w->of[TARGET].up)
		explore_violation(x, "26: NOTIFY %u, and no target answered", status);
	if (status / 100 == 2 && !w->of[CUSTOMER].agreed && !w->killed)
		explore_violation(x, "26: NOTIFY %u, and the survivor did not agree", status);
	if (status >= 200 && w->outcomes == 0)
		explore_violation(x, "42: an outcome is told that was not recorded");
	w->notified_once = true;
	w->terminated = w->terminated || last;
	w->told_again = false;
	w->notify_out = t->cseq;
	w->notified = x->w.now;
}

static void
see_request(struct explore *x, uint32_t party, const struct sip_text *t)
{
	struct explore_seen *s = &x->w.watch.of[party];
	enum explore_method method = explore_method_of(t->method);
	if (method == ACK) {
		if (s->ack_owed == t->cseq)
			s->ack_owed = 0;
		return;
	}
	if (method == CANCEL) {
		if (attempt_of(s, t) == 0 && !s->cancelled)
			see_cancel(x, party);
		return;
	}
	bool initial = method == INVITE && sip_tag(t, "To").len == 0;
	if (!initial && t->cseq == s->cseq && s->method != (uint8_t)method)
		explore_violation(x, "9: %s to %s has the CSeq of another request",
		    explore_method_name[method], explore_name[party]);
	if (initial ? attempt_of(s, t) < EXPLORE_CALLS_MAX : t->cseq <= s->cseq)
		return;                         /* said again */
	if (s->bye_sent && !initial && !x->w.watch.killed)
		explore_violation(x, "16: %s to %s after our BYE", explore_method_name[method],
		    explore_name[party]);
	if (method == INVITE)
		see_invite(x, party, t);
	else if (method == BYE)
		see_bye(x, party);
	else if (method == NOTIFY)
		see_notify(x, t);
	s->cseq = t->cseq;
	s->method = (uint8_t)method;
	s->invite_cseq = method == INVITE ? t->cseq : s->invite_cseq;
}

/* ---- our responses -------------------------------------------------------------------------- */

/* 1: one final answer, always the same bytes. */
static void
see_response(struct explore *x, uint32_t party, const struct sip_text *t)
{
	struct explore_watch *w = &x->w.watch;
	uint8_t method = (uint8_t)explore_method_of(t->method);
	uint32_t bytes = hash_of(t->all), i = 0;
	if (t->status < 200)
		return;
	for (; i < EXPLORE_REPLIES_MAX && w->reply[i].status != 0; i++) {
		if (w->reply[i].party != party || w->reply[i].method != method ||
		    w->reply[i].cseq != t->cseq)
			continue;
		if (w->reply[i].bytes != bytes && !w->killed)
			explore_violation(x, "1: %u to %s %s, after %u", t->status,
			    explore_name[party], explore_method_name[method],
			    w->reply[i].status);
		w->reply[i].bytes = bytes;
		return;
	}
	if (i < EXPLORE_REPLIES_MAX) {
		w->reply[i].party = (uint8_t)party;
		w->reply[i].method = method;
		w->reply[i].cseq = t->cseq;
		w->reply[i].status = (uint16_t)t->status;
		w->reply[i].bytes = bytes;
	}
	if (method != REFER)
		return;
	if (t->status / 100 != 2) {
		w->refused = true;
		return;
	}
	if (!w->promise_durable)
		explore_violation(x, "17: the promise is spoken before it is durable");
	w->accepted = true;
}

void
explore_watch_sent(struct explore *x, uint32_t party, const struct sip_text *t)
{
	if (t->is_request)
		see_request(x, party, t);
	else
		see_response(x, party, t);
}

/* ---- what they say -------------------------------------------------------------------------- */

static void
hear_answer_to_invite(struct explore_watch *w, uint32_t party, const struct sip_text *t)
{
	struct explore_seen *s = &w->of[party];
	if (t->cseq != s->invite_cseq)
		return;                         /* of an attempt or offer before */
	bool initial = s->attempt == TRIED || s->attempt == RINGS;
	if (t->status < 200) {
		s->attempt = s->attempt == TRIED ? RINGS : s->attempt;
		return;
	}
	if (t->status / 100 == 2) {
		s->bye_sent = s->bye_sent && !s->up; /* to them it stands: it may be ended again */
		s->ack_owed = t->cseq;
		s->agreed = s->agreed || !initial;
		s->up = true;
		s->attempt = ANSWERED;
	} else if (initial) {
		s->attempt = FAILED;
	} else {
		s->disagreed = true;
	}
	s->glared = !initial && t->status == 491;
	s->invited = s->glared ? s->invited : 0;
}

static void
end_notify(struct explore_watch *w, bool taken)
{
	w->notify_out = 0;
	w->notified = 0;
	w->gone = w->gone || !taken;
	w->told_and_heard = w->told_and_heard || w->terminated;
}

/* It failed, the referrer took no NOTIFY, and stayed as long as it is waited for (ADR 005): what it
 * does then is the end of the old call. */
static bool
is_doubt_over(const struct explore *x)
{
	const struct explore_watch *w = &x->w.watch;
	return w->gone && w->concluded != 0 && x->w.now - w->concluded >= DOUBT_MS * RF_MS;
}

void
explore_watch_heard(struct explore *x, uint32_t party, const struct sip_text *t)
{
	struct explore_watch *w = &x->w.watch;
	struct explore_seen *s = &w->of[party];
	enum explore_method method = explore_method_of(t->method);
	if (t->is_request) {
		s->bye_heard = s->bye_heard || method == BYE;
		if (method == REFER) {
			w->asked = true;
			w->refer_cseq = t->cseq;
		}
		if (method == BYE && party == CENTER && !w->told_and_heard && !is_doubt_over(x))
			w->center_left_untold = true;
		return;
	}
	if (method == INVITE)
		hear_answer_to_invite(w, party, t);
	if (t->status == 481 && method != NOTIFY)
		s->lost = true;
	if (method == NOTIFY && t->status >= 200 && t->cseq == w->notify_out)
		end_notify(w, t->status < 300);
}

/* 18: the first NOTIFY leaves with the 2xx. */
void
explore_watch_step(struct explore *x)
{
	const struct explore_watch *w = &x->w.watch;
	if (w->accepted && !w->notified_once && !w->killed)
		explore_violation(x, "18: no NOTIFY came with the 2xx to the REFER");
}

/* ---- store, time, the end ------------------------------------------------------------------- */

void
explore_watch_stored(struct explore *x, enum rf_store_kind kind, bool durable)
{
	struct explore_watch *w = &x->w.watch;
	if (kind == RF_STORE_PROMISE && durable)
		w->promise_durable = true;
	if (kind != RF_STORE_OUTCOME || durable)
		return;
	if (w->outcomes > 0 && !w->killed)
		explore_violation(x, "42: a second outcome is recorded");
	w->outcomes = 1;
	w->concluded = x->w.now;
}

void
explore_watch_time(struct explore *x)
{
	struct explore_watch *w = &x->w.watch;
	if (w->notify_out != 0 && x->w.now - w->notified >= SILENCE_MS * RF_MS)
		end_notify(w, false);           /* RFC 6665 4.2.2 */
	for (uint32_t p = 0; p < EXPLORE_PARTIES; p++) {
		struct explore_seen *s = &w->of[p];
		if (s->ack_owed != 0)           /* 5 */
			explore_violation(x, "5: a 2xx of %s gets no ACK", explore_name[p]);
		bool initial = s->attempt == TRIED || s->attempt == RINGS;
		rf_time since = s->invited != 0 ? x->w.now - s->invited : 0;
		if (initial && since >= RING_MS * RF_MS)
			s->rang_out = true;
		if (since < SILENCE_MS * RF_MS)
			continue;
		s->lost = s->lost || !initial;  /* RFC 5057 5.1: nothing at all is 408 */
		s->invited = 0;
	}
}

/* What a new process cannot know is not asked of it, and so need not be remembered. */
void
explore_watch_killed(struct explore *x)
{
	struct explore_watch *w = &x->w.watch;
	w->killed = true;
	w->told_again = true;
	w->notify_out = 0;
	w->notified = 0;
	memset(w->reply, 0, sizeof w->reply);
	for (uint32_t p = 0; p < EXPLORE_PARTIES; p++) {
		struct explore_seen *s = &w->of[p];
		s->cseq = s->invite_cseq = s->ack_owed = 0;
		s->cancelled = false;
		s->invited = 0;
		memset(s->call, 0, sizeof s->call);
	}
}

/* Nothing is under way and no timer runs: it stays like this for ever. */
void
explore_watch_rest(struct explore *x)
{
	struct explore_watch *w = &x->w.watch;
	struct rf_stats stats;
	rf_engine_stats(x->engine, &stats);
	bool customer = x->w.party[CUSTOMER].dialog == UP;
	bool other = false;
	for (uint32_t p = CENTER; p < EXPLORE_PARTIES; p++)
		other = other || x->w.party[p].dialog == UP;
	if (w->asked && !w->accepted && !w->refused && !w->killed)
		explore_violation(x, "1: the REFER was never answered");
	if (w->accepted && w->outcomes == 0)
		explore_violation(x, "31: a REFER was accepted and never concluded");
	if (w->accepted && w->told == 0 && !w->gone && x->w.party[CENTER].dialog == UP &&
	    !w->of[CENTER].lost)
		explore_violation(x, "19: the referrer was never told");
	if (customer && !other)
		explore_violation(x, "29: the survivor is with nobody");
	if (stats.calls == 0 && (customer || other))
		explore_violation(x, "51: a party is up, and the call is not");
	if (stats.transactions != 0 || stats.timers != 0 || stats.refers != 0)
		explore_violation(x, "51: left: %u transactions, %u timers, %u refers",
		    stats.transactions, stats.timers, stats.refers);
	if (!customer && !other && stats.calls + stats.legs + stats.dialogs + stats.text_chunks > 0)
		explore_violation(x, "51: left: %u calls, %u legs, %u dialogs", stats.calls,
		    stats.legs, stats.dialogs);
}

uint64_t
explore_watch_hash(const struct explore *x)
{
	struct explore_watch w = x->w.watch;
	if (w.notified != 0)
		w.notified = x->w.now - w.notified + 1;
	if (w.concluded != 0)
		w.concluded = x->w.now - w.concluded < DOUBT_MS * RF_MS ? x->w.now - w.concluded + 1
									 : DOUBT_MS * RF_MS;
	for (uint32_t p = 0; p < EXPLORE_PARTIES; p++) {
		if (w.of[p].invited != 0)
			w.of[p].invited = x->w.now - w.of[p].invited + 1;
	}
	return explore_mix(4, &w, sizeof w);
}
