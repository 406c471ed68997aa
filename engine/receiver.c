/* SPDX-License-Identifier: BSD-2-Clause */
/* engine/receiver.c -- guards and actions of a receiver; the table is receiver.def.
 *
 * What is known here of the backlog is a window on it.  The store names deliveries in rising order,
 * of each session the first; the next one of a session comes with the answer to what became of the
 * one before (delivery.c). */
#include <assert.h>

#include "engine/delivery.h"

static rf_ref
me(const struct rf_step *s)
{
	return rf_pool_ref(s->e, RF_KIND_RECEIVER, s->receiver);
}

struct rf_receiver_rules
rf_receiver_rules(const struct rf_engine *e, const struct rf_receiver *r)
{
	struct rf_receiver_rules rules = e->config.receiver[r->index];
	rules.retries = rules.retries == 0 ? 3 : rules.retries == UINT32_MAX ? 0 : rules.retries;
	rules.backoff = rules.backoff != 0 ? rules.backoff : RF_SECOND;
	rules.backoff_cap = rules.backoff_cap != 0 ? rules.backoff_cap : 30 * RF_SECOND;
	rules.retry_after_max = rules.retry_after_max != 0 ? rules.retry_after_max : 60 * RF_SECOND;
	rules.failures = rules.failures != 0 ? rules.failures : 5;
	rules.open = rules.open != 0 ? rules.open : 30 * RF_SECOND;
	rules.posts = rules.posts != 0 ? rules.posts : 16;
	return rules;
}

bool
rf_receiver_holds(const struct rf_engine *e, const struct rf_receiver *r)
{
	if (r->state == RF_RECEIVER_IS_OPEN)
		return true;
	return r->posts >= (r->state == RF_RECEIVER_IS_TRYING ? 1 : rf_receiver_rules(e, r).posts);
}

/* ---- what comes in -------------------------------------------------------------------------- */

static struct rf_receiver *
receiver_of(struct rf_engine *e, uint8_t index)
{
	struct rf_receiver *r = rf_receiver_at(e, e->receiver[index]);
	if (r != NULL)
		return r;
	r = rf_pool_take(e, RF_KIND_RECEIVER);
	assert(r != NULL);                              /* there is one slot for each */
	r->index = index;
	r->fetched_to = e->fetched_to[index];
	e->receiver[index] = rf_pool_ref(e, RF_KIND_RECEIVER, r);
	return r;
}

void
rf_receiver_news(struct rf_step *s, uint64_t receivers)
{
	for (uint8_t i = 0; i < s->e->config.receiver_count; i++) {
		if ((receivers >> i & 1) == 0)
			continue;
		struct rf_receiver *r = receiver_of(s->e, i);
		r->news = true;
		rf_raise(s, RF_MACHINE_RECEIVER, s->e->receiver[i], RF_RECEIVER_NEWS, 0, 0);
	}
}

void
rf_receiver_answered(struct rf_step *s, rf_ref ref)
{
	struct rf_receiver *r = rf_receiver_at(s->e, ref);
	assert(s->event->outbox_count <= RF_FETCH_MAX);
	r->fetching = false;
	rf_run(s, RF_MACHINE_RECEIVER, ref, RF_RECEIVER_FETCHED, 0, 0);
}

/* ---- guards --------------------------------------------------------------------------------- */

static bool
idle(const struct rf_step *s)
{
	const struct rf_receiver *r = s->receiver;
	bool rows = s->event->kind == RF_EV_ANSWER && s->event->outbox_count > 0;
	return r->deliveries == 0 && r->failures == 0 && !r->fetching && !r->news && !rows;
}

static bool
too_often(const struct rf_step *s)
{
	return s->receiver->failures + 1 >= rf_receiver_rules(s->e, s->receiver).failures;
}

/* ---- actions -------------------------------------------------------------------------------- */

static void
none(struct rf_step *s)
{
	(void)s;
}

static uint32_t
room(const struct rf_step *s)
{
	uint32_t share = s->e->limits.deliveries / s->e->config.receiver_count;
	uint32_t left = share > s->receiver->deliveries ? share - s->receiver->deliveries : 0;
	return left < RF_FETCH_MAX ? left : RF_FETCH_MAX;
}

static void
fetch(struct rf_step *s)
{
	struct rf_receiver *r = s->receiver;
	if (r->fetching || !r->news || room(s) == 0)
		return;
	r->fetching = true;
	r->news = false;
	struct rf_effect *x = rf_effect_new(s, RF_FX_FETCH);
	x->token = rf_token_of(RF_KIND_RECEIVER, me(s), ++r->question);
	x->receiver = r->index;
	x->number = r->fetched_to;
	x->count = r->asked = (uint8_t)room(s);
}

static void
take_rows(struct rf_step *s)
{
	struct rf_receiver *r = s->receiver;
	for (uint32_t i = 0; i < s->event->outbox_count; i++) {
		assert(s->event->outbox[i].number > r->fetched_to);
		r->fetched_to = s->event->outbox[i].number;
		rf_delivery_new(s, r, &s->event->outbox[i]);
	}
	r->news = r->news || s->event->outbox_count == r->asked;
}

static const struct rf_delivery *
oldest_held(const struct rf_step *s, int64_t after)
{
	const struct rf_delivery *oldest = NULL;
	uint32_t i = 0;
	for (const struct rf_delivery *d; (d = rf_pool_next(s->e, RF_KIND_DELIVERY, &i)) != NULL;) {
		if (d->receiver == me(s) && d->state == RF_DELIVERY_IS_HELD && d->number > after &&
		    (oldest == NULL || d->number < oldest->number))
			oldest = d;
	}
	return oldest;
}

static void
let_go(struct rf_step *s)
{
	const struct rf_receiver *r = s->receiver;
	uint32_t most =
	    r->state == RF_RECEIVER_IS_TRYING ? 1 : rf_receiver_rules(s->e, r).posts;
	int64_t after = INT64_MIN;
	for (uint32_t out = r->posts; out < most; out++) {
		const struct rf_delivery *d = oldest_held(s, after);
		if (d == NULL)
			return;
		after = d->number;
		rf_raise(s, RF_MACHINE_DELIVERY, rf_pool_ref(s->e, RF_KIND_DELIVERY, d),
		    RF_DELIVERY_GO, 0, 0);
	}
}

static void
count_failure(struct rf_step *s)
{
	s->receiver->failures++;
}

static void
forget_failures(struct rf_step *s)
{
	s->receiver->failures = 0;
}

static void
arm_open(struct rf_step *s)
{
	rf_timer_arm(s->e, RF_KIND_RECEIVER, s->receiver, RF_T_RECEIVER_OPEN,
	    rf_receiver_rules(s->e, s->receiver).open);
}

static void
stop_open(struct rf_step *s)
{
	rf_timer_stop(s->e, RF_KIND_RECEIVER, s->receiver, RF_T_RECEIVER_OPEN);
}

static void
note_open(struct rf_step *s)
{
	s->e->stats.breakers_opened++;
	rf_note(s, 0, "a receiver fails: its breaker opens");
}

static void
note_closed(struct rf_step *s)
{
	s->e->stats.breakers_closed++;
	rf_note(s, 0, "a receiver works again: its breaker closes");
}

static void
release(struct rf_step *s)
{
	s->e->fetched_to[s->receiver->index] = s->receiver->fetched_to;
	s->e->receiver[s->receiver->index] = 0;
	rf_pool_give(s->e, RF_KIND_RECEIVER, s->receiver);
}

#define FSM receiver
#define FSM_DEF "engine/receiver.def"
#include "engine/fsm_expand.h"
