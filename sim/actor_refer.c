/* SPDX-License-Identifier: BSD-2-Clause */
/* sim/actor_refer.c -- a referrer, from the REFER to its leaving (RFC 3515, RFC 5589), and another
 * device that takes a leg over (RFC 3891). */
#include <stdio.h>
#include <string.h>

#include "sim/actor_parts.h"

enum { HOW_HOLDS, HOW_OUTSIDE, HOW_REPLACES, HOW_TWICE, HOW_AGAIN };
enum { AGAIN_MS = 900, TWICE_MS = 40 };

void
actor_plans_refer(const struct actor_at *at)
{
	const struct actor_refers *r = &at->profile->refers;
	if (r->targets == 0 || at->leg->referred ||
	    !actor_yes(at, CHOOSE_ACTOR_REFERS, 0, r->rate))
		return;
	at->leg->referred = true;
	bool replaces = actor_yes(at, CHOOSE_ACTOR_REFER_HOW, HOW_REPLACES, r->replaces);
	rf_time after = actor_time(at, CHOOSE_ACTOR_REFERS_AT, 0, &r->after);
	if (replaces)
		actor_later(at, after, ACT_REPLACE);
	actor_later(at, replaces ? 2 * after + RF_SECOND : after, ACT_REFER);
}

/* ---- REFER ----------------------------------------------------------------------------------- */

/* The dialog it is sent in: the call's, or one of its own that only names the call. */
static struct party_dialog *
refer_dialog(const struct actor_at *at, struct party_line *line, char *name, size_t room)
{
	struct party_dialog *d = actor_dialog(at);
	if (d == NULL || d->remote_tag[0] == '\0' ||
	    !actor_yes(at, CHOOSE_ACTOR_REFER_HOW, HOW_OUTSIDE, at->profile->refers.outside))
		return d;
	snprintf(name, room, "%s;remote-tag=%s;local-tag=%s", d->call_id, d->remote_tag,
	    d->local_tag);
	line->header[line->headers++] =
	    (struct sip_field){ RF_SLICE("Target-Dialog"), rf_slice_of(name) };
	line->uri = RF_SLICE("sip:referee@referee.example");
	struct party_dialog *own = party_dialog_begin(at->p, line->uri);
	own->owner = d->owner;
	own->owner_leg = d->owner_leg;
	return own;
}

static void
refer(const struct actor_at *at)
{
	const struct actor_refers *r = &at->profile->refers;
	char to[PARTY_TEXT_MAX], name[3 * PARTY_TEXT_MAX];
	if (!actor_talks(at) || at->a->finishing)
		return;
	uint32_t which = choose_weighted(at->a->c, CHOOSE_ACTOR_REFER_TO, at->call->number,
	    actor_n(at, 0), r->weight, r->targets);
	snprintf(to, sizeof to, "<%s?X-Call=%llu>", r->target[which],
	    (unsigned long long)at->call->number);
	struct party_line line = { .is_request = true, .headers = 1,
		.header = { { RF_SLICE("Refer-To"), rf_slice_of(to) } } };
	if (r->referred_by != NULL)
		line.header[line.headers++] =
		    (struct sip_field){ RF_SLICE("Referred-By"), rf_slice_of(r->referred_by) };
	if (actor_yes(at, CHOOSE_ACTOR_REFER_HOW, HOW_HOLDS, r->holds_before))
		actor_call_act(at, ACT_HOLD);
	struct party_dialog *d = refer_dialog(at, &line, name, sizeof name);
	if (d == NULL)
		return;
	struct party_transaction *t = party_request(at->p, d, &line, "REFER");
	if (at->leg->refer == UINT32_MAX)
		at->leg->refer = t->index;
	if (at->call->result.referred == RF_TIME_NEVER)
		at->call->result.referred = at->a->w->now;
}

static void
refer_first(const struct actor_at *at)
{
	const struct actor_refers *r = &at->profile->refers;
	if (!actor_talks(at))
		return;
	at->leg->referring = true;
	at->leg->leaves = (enum actor_leaves)choose_weighted(at->a->c, CHOOSE_ACTOR_LEAVES,
	    at->call->number, actor_n(at, 0), r->leaves, ACTOR_LEAVES_MAX);
	refer(at);
	if (actor_yes(at, CHOOSE_ACTOR_REFER_HOW, HOW_TWICE, r->twice))
		actor_later(at, TWICE_MS * RF_MS, ACT_REFER);
	if (at->p->addr.proto == RF_UDP &&
	    actor_yes(at, CHOOSE_ACTOR_REFER_HOW, HOW_AGAIN, r->again))
		actor_later(at, AGAIN_MS * RF_MS, ACT_REFER_AGAIN);
	if (at->leg->leaves == ACTOR_LEAVES_WITH_REFER)
		actor_later(at, 0, ACT_LEAVE);
	else if (at->leg->leaves == ACTOR_LEAVES_AFTER)
		actor_later(at, actor_time(at, CHOOSE_ACTOR_LEAVES_AT, 0, &r->leaves_after),
		    ACT_LEAVE);
}

void
actor_refer_answered(const struct actor_at *at, uint32_t index, const struct sip_text *text)
{
	if (at->call->result.refer_status == 0)
		at->call->result.refer_status = (uint16_t)text->status;
	if (index != at->leg->refer)
		return;
	if (text->status >= 300) {
		at->leg->refer = UINT32_MAX;
		return;
	}
	at->call->result.accepted = at->a->w->now;
	if (at->leg->leaves == ACTOR_LEAVES_ACCEPTED)
		actor_later(at, 0, ACT_LEAVE);
}

void
actor_notified(const struct actor_at *at, uint32_t index, const struct sip_text *text)
{
	struct rf_slice state = sip_value(text, "Subscription-State");
	bool last = state.len >= 10 && memcmp(state.p, "terminated", 10) == 0;
	uint32_t n = at->leg->notifies++;
	uint16_t status = actor_code(
	    at, CHOOSE_ACTOR_NOTIFIED, n, &at->profile->refers.notified);
	if (status != 0)
		actor_respond(at, index, status, NULL);
	if (last && at->call->result.told == RF_TIME_NEVER) {
		at->call->result.told = at->a->w->now;
		at->call->result.outcome = (uint16_t)sip_frag_status(text->body);
	}
	bool leaves = (last && at->leg->leaves == ACTOR_LEAVES_TOLD &&
			  sip_frag_status(text->body) < 300) ||
	    at->leg->leaves == ACTOR_LEAVES_NOTIFIED;
	if (leaves)
		actor_later(at, 0, ACT_LEAVE);
}

/* ---- Replaces -------------------------------------------------------------------------------- */

static void
replace(const struct actor_at *at)
{
	static const char name[] = "phone";
	char value[3 * PARTY_TEXT_MAX];
	const struct party_dialog *d = actor_dialog(at);
	uint32_t device = world_party_find(RF_SLICE(name));
	if (!actor_talks(at) || d == NULL || device == WORLD_PARTIES_MAX || at->a->finishing)
		return;
	struct actor_leg *leg = actor_leg_new(at->call, device, true);
	if (leg == NULL)
		return;
	struct actor_at of = { at->a, at->call, leg, &at->a->w->party[device],
		&at->a->profile[device] };
	snprintf(value, sizeof value, "%s;to-tag=%s;from-tag=%s", d->call_id, d->remote_tag,
	    d->local_tag);
	struct party_line line = { .is_request = true,
		.uri = RF_SLICE("sip:center@referee.example"), .headers = 1,
		.header = { { RF_SLICE("Replaces"), rf_slice_of(value) } } };
	struct party_dialog *made = party_dialog_begin(of.p, line.uri);
	made->owner = at->call->number;
	made->owner_leg = (uint32_t)(leg - at->call->leg);
	leg->dialog = made->index;
	leg->invite = party_request(of.p, made, &line, "INVITE")->index;
	actor_later(&of, 65 * of.p->t1, ACT_UNANSWERED);
}

void
actor_refer_act(const struct actor_at *at, enum actor_act what)
{
	const struct party_transaction *t =
	    at->leg->refer != UINT32_MAX ? at->p->transaction[at->leg->refer] : NULL;
	if (what == ACT_REFER && !at->leg->referring)
		refer_first(at);
	else if (what == ACT_REFER)
		refer(at);
	else if (what == ACT_REFER_AGAIN && t != NULL && t->used && t->client)
		party_emit(at->p, t->request);
	else if (what == ACT_REPLACE)
		replace(at);
	else if (what == ACT_LEAVE)
		actor_hang_up(at);
}
