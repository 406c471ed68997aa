/* SPDX-License-Identifier: BSD-2-Clause */
/* sim/actor_call.c -- calling, answering, talking, hanging up: RFC 3261 13 to 15, with patience.
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "sim/actor_parts.h"

enum {
	TIMER_C_S = 180,        /* nobody waits longer for an answer */
	UNACKED_T1 = 64,        /* RFC 3261 13.3.1.4: then the 2xx was for nothing */
	WAIT_FOR_ACK_MS = 500,  /* RFC 3261 15: no BYE of the callee before the ACK */
	FORK_MS = 120,
};

static struct party_transaction *
transaction(const struct actor_at *at, uint32_t index)
{
	struct party_transaction *t = index != UINT32_MAX ? at->p->transaction[index] : NULL;
	return t != NULL && t->used ? t : NULL;
}

/* ---- the caller ------------------------------------------------------------------------------ */

void
actor_begin(const struct actor_at *at)
{
	char header[64];
	struct party_dialog *d =
	    party_dialog_begin(at->p, rf_slice_of(at->profile->calls));
	struct party_line line = { .is_request = true, .uri = rf_slice_of(at->profile->calls),
		.headers = 1 };
	snprintf(d->local, sizeof d->local, "<sip:%s-%llu@%s.example>", at->p->name,
	    (unsigned long long)at->call->number, at->p->name);
	snprintf(header, sizeof header, "%llu", (unsigned long long)at->call->number);
	line.header[0] = (struct sip_field){ RF_SLICE("X-Call"), rf_slice_of(header) };
	d->owner = at->call->number;
	d->owner_leg = (uint32_t)(at->leg - at->call->leg);
	at->leg->dialog = d->index;
	at->leg->invite = party_request(at->p, d, &line, "INVITE")->index;
	at->call->result.began = at->a->w->now;
	rf_time patience = TIMER_C_S * RF_SECOND;
	if (actor_yes(at, CHOOSE_ACTOR_GIVES_UP, 0, at->profile->gives_up))
		patience = actor_time(at, CHOOSE_ACTOR_PATIENCE, 0, &at->profile->patience);
	actor_later(at, patience, ACT_GIVE_UP);
	actor_later(at, 65 * at->p->t1, ACT_UNANSWERED);
}

/* RFC 3261 9.1: not before a provisional answer. */
static void
give_up(const struct actor_at *at)
{
	struct party_transaction *t = transaction(at, at->leg->invite);
	at->leg->gives_up = true;
	if (at->leg->state != LEG_CALLING || t == NULL || t->final || t->status < 100)
		return;
	at->call->result.gave_up = true;
	at->leg->left = true;
	party_cancel(at->p, t, &(struct party_line){ .status = 0 });
	actor_later(at, 65 * at->p->t1, ACT_FINISH);
}

static void
unanswered(const struct actor_at *at)
{
	const struct party_transaction *t = transaction(at, at->leg->invite);
	if (at->leg->state == LEG_CALLING && (t == NULL || t->status < 100))
		actor_leg_over(at);     /* Timer B */
}

void
actor_answered(const struct actor_at *at, const struct sip_text *text)
{
	struct party_transaction *t = transaction(at, at->leg->invite);
	assert(t != NULL);
	if (text->status < 200) {
		if (at->leg->gives_up && !at->call->result.gave_up)
			give_up(at);
		return;
	}
	if (at->leg == &at->call->leg[0])
		at->call->result.status = (uint16_t)text->status;
	if (text->status < 300 &&
	    actor_yes(at, CHOOSE_ACTOR_ACKS, 0, at->profile->manners.never_acks))
		return;         /* its BYE, or ours after 64 x T1, ends that */
	party_ack(at->p, t, text, &(struct party_line){ .status = 0 });
	if (at->leg->state != LEG_CALLING)
		return;
	if (text->status >= 300) {
		actor_leg_over(at);
		return;
	}
	actor_up(at);
	if (at->leg->gives_up)          /* RFC 3261 9.1: the 2xx crossed the CANCEL */
		actor_hang_up(at);
}

/* ---- who is called --------------------------------------------------------------------------- */

static void
ask_desk(const struct actor_at *at, uint32_t index)
{
	const struct actor_desk *desk = at->a->desk;
	uint32_t retry_after = 0;
	uint16_t status = desk->called(
	    desk->user, at->call->number, at->leg->party, at->leg->nth, &retry_after);
	if (!actor_is_open(at))
		return;
	if (status == 0)
		actor_respond(at, index, 180, NULL);
	else
		actor_final(at, status, retry_after);
}

void
actor_called(const struct actor_at *at, uint32_t index)
{
	const struct actor_answers *how = &at->profile->answers;
	if (at->call->result.referred != RF_TIME_NEVER)
		at->call->result.attempts++;
	actor_respond(at, index, 100, NULL);
	if (at->a->desk != NULL) {
		ask_desk(at, index);
		return;
	}
	rf_time answer = actor_time(at, CHOOSE_ACTOR_ANSWER, 0, &how->answer);
	rf_time ring = actor_time(at, CHOOSE_ACTOR_RING, 0, &how->ring);
	if (ring < answer)
		actor_later(at, ring, ACT_RING);
	if (actor_yes(at, CHOOSE_ACTOR_EARLY, 0, how->early_media))
		actor_later(at, (ring + answer) / 2, ACT_EARLY);
	actor_later(at, answer, ACT_ANSWER);
}

bool
actor_is_open(const struct actor_at *at)
{
	const struct party_transaction *t = transaction(at, at->leg->invite);
	return at->leg->state == LEG_CALLED && t != NULL && !t->final;
}

static void
early_media(const struct actor_at *at)
{
	const struct party_transaction *t = transaction(at, at->leg->invite);
	struct party_line line = { .sdp = RF_SLICE("sendrecv") };
	if (!actor_is_open(at))
		return;
	line.reliable = strstr(t->request, "100rel") != NULL &&
	    actor_yes(at, CHOOSE_ACTOR_RELIABLE, 0, at->profile->answers.reliable);
	actor_respond(at, at->leg->invite, 183, &line);
}

static void
refuse(const struct actor_at *at, uint16_t status)
{
	static const char *const retry_after[] = { [ACTOR_RETRY_0] = "0", [ACTOR_RETRY_5] = "5",
		[ACTOR_RETRY_300] = "300 (maintenance);duration=60",
		[ACTOR_RETRY_DATE] = "Sat, 13 Nov 2027 23:29:00 GMT",
		[ACTOR_RETRY_GARBAGE] = "soon" };
	struct party_line line = { .status = status };
	uint32_t kind = status != 503 ? 0 : choose_weighted(at->a->c, CHOOSE_ACTOR_RETRY_AFTER,
	    at->call->number, actor_n(at, 0), at->profile->answers.retry_after, ACTOR_RETRY_MAX);
	if (kind != ACTOR_RETRY_NONE)
		line.header[line.headers++] = (struct sip_field){ RF_SLICE("Retry-After"),
			rf_slice_of(retry_after[kind]) };
	if (status / 100 == 3)
		line.header[line.headers++] = (struct sip_field){ RF_SLICE("Contact"),
			RF_SLICE("<sip:queue2@queue2.example>") };
	actor_respond(at, at->leg->invite, status, &line);
	actor_leg_over(at);
}

static void
answer(const struct actor_at *at)
{
	if (!actor_is_open(at))
		return;
	uint16_t status = actor_code(at, CHOOSE_ACTOR_CODE, 0, &at->profile->answers.final);
	if (status == 0)
		return;         /* silence; CANCEL or the end comes */
	if (status >= 300) {
		refuse(at, status);
		return;
	}
	bool forks = actor_yes(at, CHOOSE_ACTOR_FORK, 0, at->profile->answers.forks);
	actor_respond(at, at->leg->invite, status, NULL);
	if (forks)
		actor_later(at, FORK_MS * RF_MS, ACT_FORK);
	actor_up(at);
}

void
actor_final(const struct actor_at *at, uint16_t status, uint32_t retry_after_s)
{
	char seconds[16];
	struct party_line line = { .status = status };
	if (status < 300) {
		actor_respond(at, at->leg->invite, status, NULL);
		actor_up(at);
		return;
	}
	snprintf(seconds, sizeof seconds, "%u", retry_after_s);
	if (retry_after_s > 0)
		line.header[line.headers++] =
		    (struct sip_field){ RF_SLICE("Retry-After"), rf_slice_of(seconds) };
	actor_respond(at, at->leg->invite, status, &line);
	actor_leg_over(at);
}

/* Another device behind the same proxy answers, too (RFC 3261 13.2.2.4). */
static void
fork(const struct actor_at *at)
{
	struct party_line line = { .fork = "other" };
	struct party_transaction *t = transaction(at, at->leg->invite);
	struct party_dialog *d = actor_dialog(at);
	if (!actor_talks(at) || t == NULL || d == NULL || t->acked)
		return;
	actor_respond(at, at->leg->invite, 200, &line);
	at->leg->fork = party_dialog_fork(at->p, d, "other")->index;
}

/* ---- in the call ----------------------------------------------------------------------------- */

static void
plan_offers(const struct actor_at *at)
{
	const struct actor_manners *m = &at->profile->manners;
	const struct {
		double rate;
		enum actor_act act;
	} offers[] = { { m->holds, ACT_HOLD }, { m->reinvites, ACT_REINVITE },
		{ m->updates, ACT_UPDATE }, { m->pings, ACT_PING }, { m->infos, ACT_INFO } };
	for (uint32_t i = 0; i < RF_ARRAY_LEN(offers); i++) {
		if (actor_yes(at, CHOOSE_ACTOR_OFFERS, i, offers[i].rate))
			actor_later(at, actor_time(at, CHOOSE_ACTOR_OFFERS_AT, i, &m->pause),
			    offers[i].act);
	}
}

void
actor_up(const struct actor_at *at)
{
	const struct actor_manners *m = &at->profile->manners;
	struct actor_result *result = &at->call->result;
	at->leg->state = LEG_UP;
	if (at->leg == &at->call->leg[0]) {
		result->answered = at->a->w->now;
	} else if (result->referred != RF_TIME_NEVER) {
		result->reached++;
		if (result->connected == RF_TIME_NEVER)
			result->connected = at->a->w->now;
	}
	if (!at->leg->caller)
		actor_later(at, UNACKED_T1 * at->p->t1, ACT_UNACKED);
	if (actor_yes(at, CHOOSE_ACTOR_HANGS_UP, 0, m->hangs_up))
		actor_later(at, actor_time(at, CHOOSE_ACTOR_TALK, 0, &m->talk), ACT_HANG_UP);
	plan_offers(at);
	actor_plans_refer(at);
	if (at->a->finishing)
		actor_later(at, at->a->finish > at->a->w->now ? at->a->finish - at->a->w->now : 0,
		    ACT_FINISH);
}

static void
unacked(const struct actor_at *at)
{
	const struct party_transaction *t = transaction(at, at->leg->invite);
	if (actor_talks(at) && t != NULL && !t->acked)
		actor_hang_up(at);
}

void
actor_hang_up(const struct actor_at *at)
{
	const struct party_transaction *t = transaction(at, at->leg->invite);
	if (!actor_talks(at)) {
		const struct party_dialog *d = actor_dialog(at);
		if (at->leg->state == LEG_UP && (d == NULL || d->ended))
			actor_leg_over(at);
		return;
	}
	if (!at->leg->caller && t != NULL && !t->acked &&
	    at->a->w->now - t->started < UNACKED_T1 * at->p->t1) {
		actor_later(at, WAIT_FOR_ACK_MS * RF_MS, ACT_HANG_UP);
		return;
	}
	at->leg->left = true;
	if (at->leg == &at->call->leg[0])
		at->call->result.left = true;
	actor_say(at, "BYE", NULL);
	at->leg->finishing = true;
	actor_later(at, 66 * at->p->t1, ACT_FINISH);
}

/* RFC 3261 14.1: no second INVITE while one is under way, in either direction. */
static bool
may_offer(const struct actor_at *at)
{
	const struct party_transaction *own = transaction(at, at->leg->offering),
				       *theirs = transaction(at, at->leg->reoffered);
	const struct party_transaction *first = transaction(at, at->leg->invite);
	if (own != NULL && own->dialog == at->leg->dialog && !own->final)
		return false;
	if (theirs != NULL && theirs->dialog == at->leg->dialog && !theirs->final)
		return false;
	return actor_talks(at) && (at->leg->caller || first == NULL || first->acked);
}

static void
offer(const struct actor_at *at, const char *method, const char *sdp)
{
	if (!may_offer(at))
		return;
	struct party_transaction *t = actor_say(
	    at, method, &(struct party_line){ .is_request = true, .sdp = rf_slice_of(sdp) });
	if (t != NULL && strcmp(method, "INVITE") == 0)
		at->leg->offering = t->index;
}

/* A re-INVITE came; party.c has answered it if its number was too low. */
void
actor_reoffered(const struct actor_at *at, uint32_t index)
{
	const struct party_transaction *own = transaction(at, at->leg->offering);
	const struct party_dialog *d = actor_dialog(at);
	if (d == NULL || d->left || d->ended) {
		actor_respond(at, index, 481, NULL);
		return;
	}
	if (own != NULL && own->dialog == at->leg->dialog && !own->final) {
		actor_respond(at, index, 491, NULL);    /* RFC 3261 14.2 */
		return;
	}
	rf_time after = actor_time(at, CHOOSE_ACTOR_REOFFERED_AT, at->leg->offers,
	    &at->profile->manners.reoffered_after);
	at->leg->reoffered = index;
	if (after > 0)
		actor_later(at, after, ACT_REOFFERED);
	else
		actor_call_act(at, ACT_REOFFERED);
}

static void
answer_reoffer(const struct actor_at *at)
{
	const struct party_transaction *t = transaction(at, at->leg->reoffered);
	if (t == NULL || t->final || t->dialog != at->leg->dialog)
		return;
	uint16_t status = actor_code(
	    at, CHOOSE_ACTOR_REOFFERED, at->leg->offers++, &at->profile->manners.reoffered);
	if (status != 0)
		actor_respond(at, at->leg->reoffered, status, NULL);
}

void
actor_call_act(const struct actor_at *at, enum actor_act what)
{
	switch (what) {
	case ACT_GIVE_UP:
		give_up(at);
		break;
	case ACT_UNANSWERED:
		unanswered(at);
		break;
	case ACT_RING:
		if (actor_is_open(at))
			actor_respond(at, at->leg->invite, 180, NULL);
		break;
	case ACT_EARLY:
		early_media(at);
		break;
	case ACT_ANSWER:
		answer(at);
		break;
	case ACT_FORK:
		fork(at);
		break;
	case ACT_UNACKED:
		unacked(at);
		break;
	case ACT_HANG_UP:
		actor_hang_up(at);
		break;
	case ACT_HOLD:
		offer(at, "INVITE", "hold");
		actor_later(at, actor_time(at, CHOOSE_ACTOR_OFFERS_AT, 9,
		    &at->profile->manners.pause), ACT_UNHOLD);
		break;
	case ACT_UNHOLD:
	case ACT_REINVITE:
		offer(at, "INVITE", "");
		break;
	case ACT_UPDATE:
		offer(at, "UPDATE", "");
		break;
	case ACT_PING:
		if (actor_talks(at))
			actor_say(at, "OPTIONS", NULL);
		break;
	case ACT_INFO:
		if (actor_talks(at))
			actor_say(at, "INFO", NULL);
		break;
	case ACT_REOFFERED:
		answer_reoffer(at);
		break;
	case ACT_CALL:
	case ACT_REFER:
	case ACT_REFER_AGAIN:
	case ACT_REPLACE:
	case ACT_LEAVE:
	case ACT_FINISH:
		assert(false);
		break;
	}
}
