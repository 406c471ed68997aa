/* SPDX-License-Identifier: BSD-2-Clause */
/* engine/delivery.c -- guards and actions of one event on its way; the table is delivery.def.
 *
 * The event itself is the store's: here it is a number.  An attempt is always the same bytes under
 * the same key, so one that is made twice (a crash, an answer that got lost) is one to whoever
 * looks at keys. */
#include "engine/delivery.h"

#include <assert.h>

enum { QUESTION_POST, QUESTION_SETTLE, QUESTION_KINDS };

static rf_ref
me(const struct rf_step *s)
{
	return rf_pool_ref(s->e, RF_KIND_DELIVERY, s->delivery);
}

static void
take_row(struct rf_delivery *d, const struct rf_outbox_row *row)
{
	d->number = row->number;
	d->session = row->session;
	d->attempts = row->attempts;
	d->retry_after_s = 0;
}

void
rf_delivery_new(struct rf_step *s, struct rf_receiver *r, const struct rf_outbox_row *row)
{
	struct rf_delivery *d = rf_pool_take(s->e, RF_KIND_DELIVERY);
	assert(d != NULL); /* no more are fetched than there is room for */
	take_row(d, row);
	d->receiver = rf_pool_ref(s->e, RF_KIND_RECEIVER, r);
	r->deliveries++;
	rf_raise(s, RF_MACHINE_DELIVERY, rf_pool_ref(s->e, RF_KIND_DELIVERY, d),
	    RF_DELIVERY_OFFERED, 0, 0);
}

static uint8_t
event_of(const struct rf_event *event, bool settling)
{
	if (settling)
		return event->stored ? RF_DELIVERY_SETTLED : RF_DELIVERY_UNSTORED;
	return event->posted == RF_POSTED_ACKED ? RF_DELIVERY_ACKED
	    : event->posted == RF_POSTED_UNSENT ? RF_DELIVERY_UNSENT : RF_DELIVERY_REFUSED;
}

void
rf_delivery_answered(struct rf_step *s, rf_ref ref, uint8_t question)
{
	struct rf_delivery *d = rf_delivery_at(s->e, ref);
	bool settling = question % QUESTION_KINDS == QUESTION_SETTLE;
	if (question != d->question)
		return;                                 /* to an earlier question */
	if (!settling) {
		rf_receiver_at(s->e, d->receiver)->posts--;
		d->retry_after_s = s->event->retry_after_s;
	}
	rf_run(s, RF_MACHINE_DELIVERY, ref, event_of(s->event, settling), 0, 0);
}

/* ---- guards --------------------------------------------------------------------------------- */

static bool
must_wait(const struct rf_step *s)
{
	return rf_receiver_holds(s->e, s->receiver);
}

static bool
exhausted(const struct rf_step *s)
{
	return s->delivery->attempts > rf_receiver_rules(s->e, s->receiver).retries;
}

static bool
has_next(const struct rf_step *s)
{
	return s->event->outbox_count > 0 &&
	    s->event->outbox[0].number <= s->receiver->fetched_to;
}

/* ---- actions -------------------------------------------------------------------------------- */

static void
none(struct rf_step *s)
{
	(void)s;
}

/* A number of which QUESTION_KINDS leaves the kind: an answer to an old one is told from a new. */
static rf_token
ask(struct rf_step *s, uint8_t kind)
{
	struct rf_delivery *d = s->delivery;
	do
		d->question++;
	while (d->question % QUESTION_KINDS != kind);
	return rf_token_of(RF_KIND_DELIVERY, me(s), d->question);
}

static struct rf_effect *
effect(struct rf_step *s, enum rf_effect_kind kind)
{
	struct rf_effect *x = rf_effect_new(s, kind);
	x->receiver = s->receiver->index;
	x->number = s->delivery->number;
	x->session = s->delivery->session;
	x->attempts = s->delivery->attempts;
	return x;
}

static void
post(struct rf_step *s)
{
	s->delivery->attempts++;
	s->receiver->posts++;
	s->e->stats.posts++;
	effect(s, RF_FX_POST)->token = ask(s, QUESTION_POST);
}

static void
tell(struct rf_step *s, uint8_t event)
{
	rf_raise(s, RF_MACHINE_RECEIVER, s->delivery->receiver, event, 0, 0);
}

static void
tell_success(struct rf_step *s)
{
	s->e->stats.posts_acked++;
	tell(s, RF_RECEIVER_SUCCEEDED);
}

static void
tell_failure(struct rf_step *s)
{
	s->e->stats.posts_refused++;
	tell(s, RF_RECEIVER_FAILED);
}

static void
tell_untried(struct rf_step *s)
{
	s->e->stats.posts_unsent++;
	s->delivery->attempts--;                        /* it was none */
	tell(s, RF_RECEIVER_UNTRIED);
}

static void
tell_left(struct rf_step *s)
{
	s->receiver->deliveries--;
	/* There is one behind what was fetched: it comes from there, or it would come twice. */
	s->receiver->news = s->receiver->news || s->event->outbox_count > 0;
	tell(s, RF_RECEIVER_LEFT);
}

static void
settle_again(struct rf_step *s)
{
	struct rf_effect *x = effect(s, RF_FX_SETTLE);
	x->settled = s->delivery->settled;
	x->token = ask(s, QUESTION_SETTLE);
}

static void
settle_acked(struct rf_step *s)
{
	s->delivery->settled = RF_SETTLED_ACKED;
	settle_again(s);
}

static void
settle_dead(struct rf_step *s)
{
	s->e->stats.dead_letters++;
	s->delivery->settled = RF_SETTLED_DEAD;
	settle_again(s);
}

static void
count_attempt(struct rf_step *s)
{
	effect(s, RF_FX_SETTLE)->settled = RF_SETTLED_TRIED;
}

static void
arm(struct rf_step *s, uint64_t low_us, uint64_t high_us)
{
	uint64_t wait = rf_draw_between(&s->e->drbg, (uint64_t)s->delivery->number,
	    RF_DRAW_DELIVERY, (uint64_t)s->delivery->attempts << 8 | s->receiver->index, low_us,
	    high_us);
	rf_timer_arm(s->e, RF_KIND_DELIVERY, s->delivery, RF_T_DELIVERY_RETRY, (rf_time)wait);
}

static void
arm_retry(struct rf_step *s)
{
	struct rf_receiver_rules rules = rf_receiver_rules(s->e, s->receiver);
	rf_time most = rules.backoff;
	for (uint32_t n = 1; n < s->delivery->attempts && most < rules.backoff_cap; n++)
		most *= 2;
	most = most < rules.backoff_cap ? most : rules.backoff_cap;
	rf_time after = (rf_time)s->delivery->retry_after_s * RF_SECOND;
	after = after < rules.retry_after_max ? after : rules.retry_after_max;
	arm(s, (uint64_t)after, (uint64_t)(after + most));
}

static void
arm_pause(struct rf_step *s)
{
	arm(s, RF_SECOND, 2 * RF_SECOND);
}

static void
take_next(struct rf_step *s)
{
	take_row(s->delivery, &s->event->outbox[0]);
	rf_raise(s, RF_MACHINE_DELIVERY, me(s), RF_DELIVERY_OFFERED, 0, 0);
}

static void
release(struct rf_step *s)
{
	rf_pool_give(s->e, RF_KIND_DELIVERY, s->delivery);
}

#define FSM delivery
#define FSM_DEF "engine/delivery.def"
#include "engine/fsm_expand.h"
