/* SPDX-License-Identifier: BSD-2-Clause */
/* engine/subscription.c -- guards and actions of the implicit subscription; the table is
 * subscription.def.  It tells what it is told; the outcome is not its business. */
#include "engine/subscription.h"

#include <assert.h>

#include "engine/compose.h"
#include "engine/dialog.h"
#include "engine/leg.h"
#include "engine/refer.h"
#include "engine/txn.h"

enum {
	EXPIRES_S = 600,                        /* longer than any transfer may take */
	TRIES_MAX = 60,                         /* of the terminated NOTIFY, T1 apart */
};

static rf_ref
me(const struct rf_step *s)
{
	return rf_pool_ref(s->e, RF_KIND_SUBSCRIPTION, s->subscription);
}

rf_ref
rf_subscription_begin(struct rf_step *s, struct rf_refer *refer, struct rf_dialog *d)
{
	struct rf_subscription *sub = rf_pool_take(s->e, RF_KIND_SUBSCRIPTION);
	if (sub == NULL)
		return 0;
	sub->id = refer->cseq;
	sub->with_id = refer->with_id;
	sub->last = 100;
	sub->dialog = rf_pool_ref(s->e, RF_KIND_DIALOG, d);
	sub->refer = rf_pool_ref(s->e, RF_KIND_REFER, refer);
	rf_run(s, RF_MACHINE_DIALOG, sub->dialog, RF_DIALOG_USE, 0, 0);
	rf_ref ref = rf_pool_ref(s->e, RF_KIND_SUBSCRIPTION, sub);
	refer->subscription = ref;
	rf_run(s, RF_MACHINE_SUBSCRIPTION, ref, RF_SUBSCRIPTION_START, 100, 0);
	return ref;
}

void
rf_subscription_received(struct rf_step *s, struct rf_dialog *d, struct rf_txn *server)
{
	const struct rf_event_type *event = rf_message_event(s->message);
	rf_ref dialog = rf_pool_ref(s->e, RF_KIND_DIALOG, d);
	uint64_t id = 0, expires = EXPIRES_S;
	if (event == NULL || !rf_slice_equal_nocase(event->package, RF_SLICE("refer"))) {
		rf_respond(s, server, 489, RF_SLICE("Allow-Events: refer\r\n"));
		return;
	}
	rf_slice_number(&id, event->id, UINT32_MAX);
	rf_slice_number(&expires, rf_message_value(s->message, RF_H_EXPIRES), UINT32_MAX);
	uint32_t i = 0;
	for (struct rf_subscription *sub;
	     (sub = rf_pool_next(s->e, RF_KIND_SUBSCRIPTION, &i)) != NULL;) {
		if (sub->dialog == dialog &&
		    (id == sub->id || (event->id.len == 0 && !sub->with_id))) {
			rf_run(s, RF_MACHINE_SUBSCRIPTION,
			    rf_pool_ref(s->e, RF_KIND_SUBSCRIPTION, sub),
			    expires == 0 ? RF_SUBSCRIPTION_CANCELLED : RF_SUBSCRIPTION_REFRESH,
			    (uint16_t)(expires < EXPIRES_S ? expires : EXPIRES_S),
			    rf_txn_ref(s->e, server));
			return;
		}
	}
	rf_respond(s, server, 481, RF_SLICE("")); /* it may refresh, not create (RFC 3515 3.6) */
}

static void
notify(struct rf_step *s, uint16_t status, const char *ended)
{
	struct rf_subscription *sub = s->subscription;
	struct rf_writer w;
	assert(s->dialog != NULL);
	sub->last = status;
	rf_bytes_begin(s, &w);
	rf_write_text(&w, "SIP/2.0 ");
	rf_write_number(&w, status);
	rf_write_text(&w, " ");
	rf_write(&w, rf_reason_phrase(status));
	rf_write_text(&w, "\r\n");
	struct rf_slice body = rf_bytes_end(s, &w);
	rf_bytes_begin(s, &w);
	rf_write_text(&w, "Event: refer");
	if (sub->with_id) {
		rf_write_text(&w, ";id=");
		rf_write_number(&w, sub->id);
	}
	rf_write_text(&w, "\r\nSubscription-State: ");
	if (ended != NULL) {
		rf_write_text(&w, "terminated;reason=");
		rf_write_text(&w, ended);
	} else {
		rf_time left = sub->expires - s->now;
		rf_write_text(&w, "active;expires=");
		rf_write_number(&w, sub->expires == 0 ? EXPIRES_S
				    : left > 0        ? (uint64_t)(left / RF_SECOND)
						      : 0);
	}
	rf_write_text(&w, "\r\n");
	const struct rf_txn *client = rf_dialog_request(s, s->dialog,
	    &(struct rf_in_dialog){ .method = RF_METHOD_NOTIFY,
		    .headers = rf_bytes_end(s, &w),
		    .content_type = RF_SLICE("message/sipfrag;version=2.0"),
		    .body = body,
		    .owner_kind = RF_KIND_SUBSCRIPTION,
		    .owner = me(s) });
	if (client == NULL)
		rf_raise(s, RF_MACHINE_SUBSCRIPTION, me(s), RF_SUBSCRIPTION_UNSENT, 503, 0);
	else
		s->e->stats.notify_sent++;
}

/* ---- guards and actions --------------------------------------------------------------------- */

static bool
news_waits(const struct rf_step *s)
{
	return s->subscription->renewed || s->subscription->waits > s->subscription->last;
}

static bool
persists(const struct rf_step *s)
{
	return s->subscription->tries < TRIES_MAX;
}

static void
none(struct rf_step *s)
{
	(void)s;
}

static void
send_100(struct rf_step *s)
{
	notify(s, 100, NULL);
}

static void
send_news(struct rf_step *s)
{
	struct rf_subscription *sub = s->subscription;
	uint16_t status = sub->waits > sub->last ? sub->waits : sub->last;
	sub->waits = 0;
	sub->renewed = false;
	notify(s, status, NULL);
}

static void
send_final(struct rf_step *s)
{
	notify(s, s->subscription->waits, s->subscription->waits >= 200 ? "noresource" : "timeout");
}

static void
send_timeout(struct rf_step *s)
{
	notify(s, s->subscription->last, "timeout");
}

static void
send_again(struct rf_step *s)
{
	if (s->subscription->waits >= 200)
		send_final(s);
	else
		send_timeout(s);
}

static void
arm_again(struct rf_step *s)
{
	s->subscription->tries++;
	rf_timer_arm(s->e, RF_KIND_SUBSCRIPTION, s->subscription, RF_T_SUBSCRIPTION_EXPIRE,
	    s->e->config.t1);
}

static void
keep_news(struct rf_step *s)
{
	s->subscription->waits = s->status;
}

static void
keep_final(struct rf_step *s)
{
	if (s->subscription->waits >= 200)
		return;
	s->subscription->waits = s->status >= 200 ? s->status : s->subscription->last;
}

static void
answer_200(struct rf_step *s)
{
	struct rf_txn *server = rf_txn_at(s->e, s->other);
	struct rf_writer w;
	if (server == NULL)
		return;
	rf_bytes_begin(s, &w);
	rf_write_text(&w, "Expires: ");
	rf_write_number(&w, s->status);
	rf_write_text(&w, "\r\n");
	rf_respond(s, server, 200, rf_bytes_end(s, &w));
}

static void
keep_renewal(struct rf_step *s)
{
	s->subscription->renewed = true;
}

static void
arm_expire(struct rf_step *s)
{
	/* A refresh may shorten, never lengthen what we are ready to give (RFC 6665 4.2.1.1). */
	rf_time left = (s->other != 0 ? s->status : EXPIRES_S) * RF_SECOND;
	s->subscription->expires = s->now + left;
	rf_timer_arm(s->e, RF_KIND_SUBSCRIPTION, s->subscription, RF_T_SUBSCRIPTION_EXPIRE, left);
}

void
rf_subscription_resume(struct rf_step *s, rf_ref ref)
{
	struct rf_subscription *sub = rf_subscription_at(s->e, ref);
	assert(sub != NULL && sub->state == RF_SUBSCRIPTION_IS_ACTIVE);
	rf_time least = s->now + 64 * s->e->config.t1, most = s->now + EXPIRES_S * RF_SECOND;
	if (sub->expires < least)
		sub->expires = least;
	if (sub->expires > most)
		sub->expires = most;
	rf_timer_arm(s->e, RF_KIND_SUBSCRIPTION, sub, RF_T_SUBSCRIPTION_EXPIRE,
	    sub->expires - s->now);
}

static void
tell_done(struct rf_step *s)
{
	rf_raise(s, RF_MACHINE_REFER, s->subscription->refer, RF_REFER_NOTIFIED, s->status, 0);
}

static void
release(struct rf_step *s)
{
	struct rf_subscription *sub = s->subscription;
	struct rf_refer *refer = rf_refer_at(s->e, sub->refer);
	if (refer != NULL)
		refer->subscription = 0;
	rf_run(s, RF_MACHINE_DIALOG, sub->dialog, RF_DIALOG_UNUSE, 0, 0);
	rf_timer_stop_all(s->e, RF_KIND_SUBSCRIPTION, sub);
	rf_pool_give(s->e, RF_KIND_SUBSCRIPTION, sub);
}

#define FSM subscription
#define FSM_DEF "engine/subscription.def"
#include "engine/fsm_expand.h"
