/* SPDX-License-Identifier: BSD-2-Clause */
/* sim/actor.c -- calls and their legs: who hears what, when somebody acts, when all is over. */
#include "sim/actor.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "sim/actor_parts.h"

enum {
	FORGET_S = 600,         /* a call is known so long after it was over */
	OVER_T1 = 66,           /* x T1: an unanswered BYE or CANCEL is over by then */
	POLITE = PARTY_AUTO_BYE | PARTY_AUTO_PRACK | PARTY_AUTO_REPEAT,
};

/* ---- draws ----------------------------------------------------------------------------------- */

uint64_t
actor_n(const struct actor_at *at, uint32_t n)
{
	return (uint64_t)at->leg->party << 40 | (uint64_t)at->leg->nth << 20 | n;
}

bool
actor_yes(const struct actor_at *at, enum choose_site site, uint32_t n, double rate)
{
	return choose_yes(at->a->c, site, at->call->number, actor_n(at, n), rate);
}

uint16_t
actor_code(
    const struct actor_at *at, enum choose_site site, uint32_t n, const struct actor_codes *k)
{
	assert(k->count > 0);
	return k->code[choose_weighted(
	    at->a->c, site, at->call->number, actor_n(at, n), k->weight, k->count)];
}

rf_time
actor_time(const struct actor_at *at, enum choose_site site, uint32_t n, const struct spread *s)
{
	return choose_time(at->a->c, site, at->call->number, actor_n(at, n), s);
}

void
actor_profile_init(struct actor_profile *profile)
{
	const struct spread second = { .kind = SPREAD_FIXED, .a = 1, .unit = RF_SECOND };
	const struct spread at_once = { .kind = SPREAD_FIXED };
	const struct actor_codes ok = { .count = 1, .code = { 200 }, .weight = { 1 } };
	*profile = (struct actor_profile){
		.patience = { .kind = SPREAD_FIXED, .a = 60, .unit = RF_SECOND },
		.answers = { .ring = at_once, .answer = second, .final = ok, .retry_after = { 1 } },
		.manners = { .talk = { .kind = SPREAD_FIXED, .a = 60, .unit = RF_SECOND },
		    .pause = second, .asked = ok, .reoffered = ok, .reoffered_after = at_once },
		.refers = { .after = second, .leaves = { 1 }, .leaves_after = second,
		    .notified = ok },
	};
}

/* ---- calls and legs -------------------------------------------------------------------------- */

static struct actor_call *
find_call(const struct actors *a, uint64_t number)
{
	struct actor_call *call;
	HASH_FIND(hh, a->calls, &number, sizeof number, call);
	return call;
}

static void
forget_old(struct actors *a)
{
	while (a->over != NULL && a->w->now - a->over->result.ended > FORGET_S * RF_SECOND) {
		struct actor_call *call = a->over;
		a->over = call->next;
		if (a->over == NULL)
			a->over_last = NULL;
		HASH_DELETE(hh, a->calls, call);
		free(call);
	}
}

static struct actor_call *
new_call(struct actors *a, uint64_t number)
{
	forget_old(a);
	struct actor_call *call = calloc(1, sizeof *call);
	assert(call != NULL);
	call->number = number;
	call->result = (struct actor_result){ .call = number, .began = a->w->now,
		.answered = RF_TIME_NEVER, .referred = RF_TIME_NEVER, .accepted = RF_TIME_NEVER,
		.told = RF_TIME_NEVER, .connected = RF_TIME_NEVER, .ended = RF_TIME_NEVER };
	HASH_ADD(hh, a->calls, number, sizeof call->number, call);
	a->living++;
	return call;
}

static struct actor_at
at_leg(struct actors *a, struct actor_call *call, struct actor_leg *leg)
{
	return (struct actor_at){ a, call, leg, &a->w->party[leg->party], &a->profile[leg->party] };
}

struct actor_leg *
actor_leg_new(struct actor_call *call, uint32_t party, bool caller)
{
	uint32_t nth = 0;
	if (call->legs == ACTOR_LEGS_MAX)
		return NULL;
	for (uint32_t i = 0; i < call->legs; i++)
		nth += call->leg[i].party == party;
	struct actor_leg *leg = &call->leg[call->legs++];
	*leg = (struct actor_leg){ .party = party, .nth = nth, .caller = caller,
		.state = caller ? LEG_CALLING : LEG_CALLED, .dialog = UINT32_MAX,
		.invite = UINT32_MAX, .fork = UINT32_MAX, .reoffered = UINT32_MAX,
		.offering = UINT32_MAX, .refer = UINT32_MAX };
	call->living++;
	return leg;
}

void
actor_leg_over(const struct actor_at *at)
{
	struct actor_call *call = at->call;
	if (at->leg->state == LEG_OVER)
		return;
	at->leg->state = LEG_OVER;
	if (at->a->desk != NULL)
		at->a->desk->over(at->a->desk->user, call->number, at->leg->party, at->leg->nth);
	if (--call->living > 0 || call->over)
		return;
	call->over = true;
	call->result.ended = at->a->w->now;
	at->a->living--;
	if (at->a->over_last != NULL)
		at->a->over_last->next = call;
	else
		at->a->over = call;
	at->a->over_last = call;
	if (at->a->done != NULL)
		at->a->done(at->a->user, &call->result);
}

struct party_dialog *
actor_dialog(const struct actor_at *at)
{
	struct party_dialog *d =
	    at->leg->dialog != UINT32_MAX ? at->p->dialog[at->leg->dialog] : NULL;
	return d != NULL && d->used && d->owner == at->call->number ? d : NULL;
}

bool
actor_talks(const struct actor_at *at)
{
	const struct party_dialog *d = actor_dialog(at);
	return at->leg->state == LEG_UP && d != NULL && !d->left && !d->ended;
}

struct party_transaction *
actor_say(const struct actor_at *at, const char *method, const struct party_line *line)
{
	static const struct party_line plain;
	struct party_dialog *d = actor_dialog(at);
	if (d == NULL || d->left || d->ended)
		return NULL;
	return party_request(at->p, d, line != NULL ? line : &plain, method);
}

void
actor_respond(const struct actor_at *at, uint32_t transaction, uint16_t status,
    struct party_line *line)
{
	if (status == 0)
		return; /* silence */
	struct party_line plain = { .status = status };
	struct party_transaction *t = at->p->transaction[transaction];
	if (line != NULL)
		line->status = status;
	if (t->used && !t->client)
		party_respond(at->p, t, line != NULL ? line : &plain);
}

/* ---- time ------------------------------------------------------------------------------------ */

/* However far the call is: it ends now, and in any case when nothing can be answered any more. */
static void
finish_leg(const struct actor_at *at)
{
	struct actor_leg *leg = at->leg;
	if (leg->state == LEG_OVER)
		return;
	if (leg->finishing) {
		actor_leg_over(at);
		return;
	}
	leg->finishing = true;
	if (leg->state == LEG_CALLED && leg->invite != UINT32_MAX &&
	    !at->p->transaction[leg->invite]->final)
		actor_respond(at, leg->invite, 480, NULL);
	else if (leg->state == LEG_CALLING && leg->invite == UINT32_MAX)
		actor_leg_over(at);     /* it never began */
	else if (leg->state == LEG_CALLING)
		actor_call_act(at, ACT_GIVE_UP);
	else
		actor_hang_up(at);
	actor_later(at, OVER_T1 * at->p->t1, ACT_FINISH);
}

static void
act(void *user, const struct world_later *later)
{
	struct actors *a = user;
	struct actor_call *call = find_call(a, later->a);
	if (call == NULL)
		return;
	assert(later->b < call->legs);
	struct actor_at at = at_leg(a, call, &call->leg[later->b]);
	enum actor_act what = (enum actor_act)later->c;
	if (what == ACT_FINISH || (what == ACT_CALL && a->finishing))
		finish_leg(&at);
	else if (at.leg->state == LEG_OVER)
		return;
	else if (what == ACT_CALL)
		actor_begin(&at);
	else if (what >= ACT_REFER)
		actor_refer_act(&at, what);
	else
		actor_call_act(&at, what);
}

void
actor_later(const struct actor_at *at, rf_time after, enum actor_act what)
{
	world_later(at->a->w, at->a->w->now + after, act, at->a,
	    &(struct world_later){ at->call->number, (uint32_t)(at->leg - at->call->leg), what });
}

/* ---- hearing --------------------------------------------------------------------------------- */

/* The number of the call: X-Call, or what stands behind the last `-` of From's user part. */
static uint64_t
read_number(const struct sip_text *text)
{
	struct rf_slice s = sip_value(text, "X-Call");
	uint64_t number = 0;
	if (s.len == 0) {
		s = sip_address_uri(sip_value(text, "From"));
		const char *at = s.len > 0 ? memchr(s.p, '@', s.len) : NULL;
		s.len = at != NULL ? (uint32_t)(at - s.p) : 0;
	}
	uint32_t first = s.len;
	while (first > 0 && s.p[first - 1] >= '0' && s.p[first - 1] <= '9')
		first--;
	for (; first < s.len; first++)
		number = number * 10 + (uint64_t)(s.p[first] - '0');
	return number;
}

static void
hear_new_call(struct actors *a, struct party *p, uint32_t transaction, const struct sip_text *text)
{
	struct actor_call *call = find_call(a, read_number(text));
	struct actor_leg *leg = call != NULL ? actor_leg_new(call, p->index, false) : NULL;
	struct party_transaction *t = p->transaction[transaction];
	if (leg == NULL) {
		party_respond(p, t, &(struct party_line){ .status = 404 });
		return;
	}
	struct party_dialog *d = p->dialog[t->dialog];
	d->owner = call->number;
	d->owner_leg = (uint32_t)(leg - call->leg);
	leg->dialog = d->index;
	leg->invite = transaction;
	struct actor_at at = at_leg(a, call, leg);
	actor_called(&at, transaction);
}

static void
hear_cancel(const struct actor_at *at, struct party_transaction *cancel)
{
	struct party_transaction *invite = party_transaction_find(
	    at->p, false, rf_slice_of(cancel->branch), "INVITE");
	party_respond(at->p, cancel, &(struct party_line){ .status = invite == NULL ? 481 : 200 });
	if (invite == NULL || invite->final || at->leg->state != LEG_CALLED)
		return;
	if (actor_yes(at, CHOOSE_ACTOR_CROSSES, 0, at->profile->answers.crosses)) {
		party_respond(at->p, invite, &(struct party_line){ .status = 200 });
		actor_up(at);
		return;
	}
	party_respond(at->p, invite, &(struct party_line){ .status = 487 });
	actor_leg_over(at);
}

/* The other side hung up one of this leg's dialogs. */
static void
hear_bye(const struct actor_at *at, uint32_t dialog)
{
	if (dialog == at->leg->fork)
		at->leg->fork = UINT32_MAX;
	if (dialog != at->leg->dialog)
		return;
	if (at->leg->fork != UINT32_MAX) {      /* the other device won */
		at->leg->dialog = at->leg->fork;
		at->leg->fork = UINT32_MAX;
		return;
	}
	bool other_left = false;
	for (uint32_t i = 0; i < at->call->legs; i++)
		other_left = other_left || at->call->leg[i].left;
	if (at->leg->caller && at->leg == &at->call->leg[0] && !other_left)
		at->call->result.dropped = true;
	actor_leg_over(at);
}

static void
hear_request(const struct actor_at *at, struct party_transaction *t, const struct sip_text *text)
{
	if (sip_is(text->method, "ACK")) {
		return;
	} else if (sip_is(text->method, "BYE")) {
		hear_bye(at, t->dialog);
	} else if (sip_is(text->method, "CANCEL")) {
		hear_cancel(at, t);
	} else if (t->final) {
		return;         /* party.c refused it: its number is too low */
	} else if (sip_is(text->method, "INVITE")) {
		actor_reoffered(at, t->index);
	} else if (sip_is(text->method, "NOTIFY")) {
		actor_notified(at, t->index, text);
	} else {                /* OPTIONS, UPDATE, INFO */
		const struct party_dialog *d = at->p->dialog[t->dialog];
		uint16_t status = actor_code(at, CHOOSE_ACTOR_ASKED, at->leg->asked++,
		    &at->profile->manners.asked);
		actor_respond(at, t->index, d->left || d->ended ? 481 : status, NULL);
	}
}

static void
hear_response(const struct actor_at *at, struct party_transaction *t, const struct sip_text *text)
{
	bool initial = t->index == at->leg->invite && at->leg->caller;
	if (initial) {
		actor_answered(at, text);
		return;
	}
	if (text->status < 200)
		return;
	if (sip_is(text->method, "INVITE"))
		party_ack(at->p, t, text, &(struct party_line){ .status = 0 });
	if (sip_is(text->method, "REFER"))
		actor_refer_answered(at, t->index, text);
	bool gone = text->status == 481 || text->status == 408; /* RFC 5057 5.1 */
	if (t->dialog == at->leg->dialog && (gone || sip_is(text->method, "BYE")) &&
	    !sip_is(text->method, "CANCEL"))
		actor_leg_over(at);
}

static void
hear(void *user, struct party *p, const struct party_mail *mail, const struct sip_text *text)
{
	struct actors *a = user;
	if (mail->again || mail->transaction == UINT32_MAX)
		return;
	struct party_transaction *t = p->transaction[mail->transaction];
	if (text->is_request && sip_is(text->method, "INVITE") && sip_tag(text, "To").len == 0) {
		hear_new_call(a, p, mail->transaction, text);
		return;
	}
	if (t->dialog == UINT32_MAX && strcmp(t->method, "CANCEL") == 0 && !t->client) {
		const struct party_transaction *invite =
		    party_transaction_find(p, false, rf_slice_of(t->branch), "INVITE");
		if (invite != NULL && invite->dialog != UINT32_MAX)
			party_transaction_in(p, t, p->dialog[invite->dialog]);
	}
	struct party_dialog *d = t->dialog != UINT32_MAX ? p->dialog[t->dialog] : NULL;
	struct actor_call *call = d != NULL && d->owner != 0 ? find_call(a, d->owner) : NULL;
	if (call == NULL) {
		/* Of a call that is forgotten, or of none. */
		if (text->is_request && !t->final && !sip_is(text->method, "ACK"))
			party_respond(p, t, &(struct party_line){ .status = 481 });
		return;
	}
	struct actor_at at = at_leg(a, call, &call->leg[d->owner_leg]);
	if (text->is_request)
		hear_request(&at, t, text);
	else
		hear_response(&at, t, text);
}

/* ---- from outside ---------------------------------------------------------------------------- */

struct actors *
actors_new(struct world *w, struct chooser *c, const struct actor_profile *profile,
    actor_done_fn *done, void *user)
{
	struct actors *a = calloc(1, sizeof *a);
	if (a == NULL)
		return NULL;
	*a = (struct actors){ .w = w, .c = c, .profile = profile, .done = done, .user = user };
	for (uint32_t i = 0; i < w->parties; i++) {
		struct party *p = &w->party[i];
		p->automatic = POLITE;
		p->forgets = true;
		p->heard = hear;
		p->heard_user = a;
	}
	return a;
}

void
actors_free(struct actors *a)
{
	struct actor_call *call, *next;
	if (a == NULL)
		return;
	HASH_ITER(hh, a->calls, call, next) {
		HASH_DELETE(hh, a->calls, call);
		free(call);
	}
	free(a);
}

void
actors_call(struct actors *a, uint64_t number, uint32_t party, rf_time at)
{
	assert(number > 0);
	assert(find_call(a, number) == NULL);
	struct actor_call *call = new_call(a, number);
	struct actor_at leg = at_leg(a, call, actor_leg_new(call, party, true));
	actor_later(&leg, at > a->w->now ? at - a->w->now : 0, ACT_CALL);
}

void
actors_finish(struct actors *a, rf_time by)
{
	struct actor_call *call, *next;
	a->finishing = true;
	a->finish = by;
	HASH_ITER(hh, a->calls, call, next) {
		for (uint32_t i = 0; i < call->legs; i++) {
			struct actor_at at = at_leg(a, call, &call->leg[i]);
			if (at.leg->state != LEG_OVER)
				actor_later(&at, by - a->w->now, ACT_FINISH);
		}
	}
}

uint32_t
actors_living(const struct actors *a)
{
	return a->living;
}

/* ---- the desk -------------------------------------------------------------------------------- */

void
actors_desk(struct actors *a, const struct actor_desk *desk)
{
	a->desk = desk;
}

/* nth UINT32_MAX: the last one of that party. */
static bool
find_leg(struct actors *a, uint64_t number, uint32_t party, uint32_t nth, struct actor_at *at)
{
	struct actor_call *call = find_call(a, number);
	for (uint32_t i = call != NULL ? call->legs : 0; i-- > 0;) {
		struct actor_leg *leg = &call->leg[i];
		if (leg->party != party || (leg->nth != nth && nth != UINT32_MAX))
			continue;
		*at = at_leg(a, call, leg);
		return leg->state != LEG_OVER;
	}
	return false;
}

bool
actors_answer(struct actors *a, uint64_t number, uint32_t party, uint32_t nth, uint16_t status)
{
	struct actor_at at;
	if (!find_leg(a, number, party, nth, &at) || !actor_is_open(&at))
		return false;
	actor_final(&at, status, 0);
	return true;
}

bool
actors_refer(struct actors *a, uint64_t number, uint32_t party)
{
	struct actor_at at;
	if (!find_leg(a, number, party, UINT32_MAX, &at) || !actor_talks(&at))
		return false;
	actor_refer_act(&at, ACT_REFER);
	return true;
}

bool
actors_hang_up(struct actors *a, uint64_t number)
{
	struct actor_call *call = find_call(a, number);
	if (call == NULL || call->leg[0].state == LEG_OVER)
		return false;
	struct actor_at at = at_leg(a, call, &call->leg[0]);
	if (call->leg[0].state == LEG_CALLING)
		actor_call_act(&at, ACT_GIVE_UP);
	else
		actor_hang_up(&at);
	return true;
}
