/* SPDX-License-Identifier: BSD-2-Clause */
/* sim/outbox.c -- the world's outbox and its receivers of events.
 *
 * As in the real store, what is asked is read when it is answered, and deliveries outlive the
 * process.  The receivers look at what reaches them as a middleware would: by session and number
 * of the event, never at what the engine knows. */
#include "sim/world.h"

#include "sim/checkers_parts.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STORE_MS = 1, POST_MS = 5 };
enum { OP_FETCH, OP_POSTED, OP_SETTLED };

void
world_hooks_init(struct world *w)
{
	for (uint32_t i = 0; i < RF_RECEIVERS_MAX; i++)
		w->outbox.hook[i] = (struct world_hook){ .status = 200, .delay = POST_MS * RF_MS };
}

void
world_outbox_fini(struct world *w)
{
	free(w->outbox.delivery);
}

/* {"type":"transfer.connected",... */
static struct rf_slice
type_of(struct rf_slice event)
{
	const char *from = event.len > 9 ? event.p + 9 : event.p + event.len;
	const char *end = memchr(from, '"', (size_t)(event.p + event.len - from));
	return rf_slice_between(from, end != NULL ? end : event.p + event.len);
}

static void
tell_news(struct world *w)
{
	struct world_item *item = world_item_new(WORLD_EVENT, RF_SLICE(""));
	item->event = (struct rf_event){ .kind = RF_EV_NEWS, .value = UINT32_MAX };
	world_put(w, w->now + STORE_MS * RF_MS, item);
}

/* An event became durable: whoever wants to be told of it is owed a delivery. */
void
world_outbox_add(struct world *w, uint64_t session, struct rf_slice event)
{
	struct world_outbox *o = &w->outbox;
	struct rf_slice type = type_of(event);
	if (w->options.config.receiver_count == 0 ||
	    !rf_star_match(RF_SLICE("transfer.*"), type))
		return;
	for (uint8_t i = 0; i < w->options.config.receiver_count; i++) {
		o->delivery = world_grow(o->delivery, o->deliveries, &o->room, sizeof *o->delivery);
		struct world_delivery *d = &o->delivery[o->deliveries++];
		*d =
		    (struct world_delivery){ .row = { .number = o->deliveries, .session = session },
			    .receiver = i };
		party_copy(d->type, sizeof d->type, type);
	}
	tell_news(w);
}

void
world_outbox_restart(struct world *w)
{
	if (w->options.config.receiver_count > 0)
		tell_news(w);
}

static struct world_delivery *
find(struct world *w, int64_t number)
{
	assert(number > 0);
	assert(number <= w->outbox.deliveries);
	return &w->outbox.delivery[number - 1];
}

/* The first of its session that is not over, at or after `from`. */
static struct world_delivery *
first_of(struct world *w, uint8_t receiver, uint64_t session, uint32_t from)
{
	for (uint32_t i = from; i < w->outbox.deliveries; i++) {
		struct world_delivery *d = &w->outbox.delivery[i];
		if (!d->over && d->receiver == receiver && d->row.session == session)
			return d;
	}
	return NULL;
}

/* ---- the store's half ------------------------------------------------------------------------ */

static void
ask(struct world *w, const struct rf_effect *x, uint32_t op, rf_time delay)
{
	struct world_item *item = world_item_new(WORLD_OUTBOX, RF_SLICE(""));
	item->event.token = x->token;
	item->timer = op;
	item->party = x->receiver;
	item->put = (uint64_t)x->number;
	item->tries = x->count;
	world_put(w, w->now + delay, item);
}

void
world_fx_fetch(struct world *w, const struct rf_effect *x)
{
	ask(w, x, OP_FETCH, STORE_MS * RF_MS);
}

static uint32_t
fetch(struct world *w, const struct world_item *item, struct rf_outbox_row row[RF_FETCH_MAX])
{
	uint32_t count = 0;
	uint32_t all = w->outbox.deliveries;
	for (uint32_t i = (uint32_t)item->put; i < all && count < item->tries; i++) {
		const struct world_delivery *d = &w->outbox.delivery[i];
		if (!d->over && d->receiver == item->party &&
		    first_of(w, d->receiver, d->row.session, 0) == d)
			row[count++] = d->row;
	}
	return count;
}

void
world_fx_settle(struct world *w, const struct rf_effect *x)
{
	struct world_delivery *d = find(w, x->number);
	if (x->settled == RF_SETTLED_TRIED) {
		d->row.attempts = x->attempts;
		return;
	}
	world_ladder_time(w);
	world_ladder(w, "%-8s <- referee  %s %s\n", "store", d->type,
	    x->settled == RF_SETTLED_ACKED ? "is acknowledged" : "is a dead letter");
	ask(w, x, OP_SETTLED, STORE_MS * RF_MS);
	d->dead = x->settled == RF_SETTLED_DEAD;
}

/* ---- the receivers' half --------------------------------------------------------------------- */

void
world_fx_post(struct world *w, const struct rf_effect *x)
{
	struct world_delivery *d = find(w, x->number);
	struct world_hook *hook = &w->outbox.hook[x->receiver];
	if (first_of(w, d->receiver, d->row.session, 0) != d)
		checkers_report(&w->checkers, CHECK_DELIVERY_ORDER, w->now,
		    "%s of session %llx is posted before an earlier event is settled", d->type,
		    (unsigned long long)d->row.session);
	d->posts++;
	d->started = w->starts;
	world_ladder_time(w);
	world_ladder(w, "%s%u    <- referee  %s%s\n", "hook", x->receiver, d->type,
	    d->posts > 1 ? " (again)" : "");
	ask(w, x, OP_POSTED, hook->delay);
}

static void
tell_posted(struct world *w, const struct world_item *item, struct rf_event *event)
{
	struct world_hook *hook = &w->outbox.hook[item->party];
	struct world_delivery *d = find(w, (int64_t)item->put);
	uint16_t status = hook->status;
	event->retry_after_s = hook->retry_after_s;
	if (hook->times > 0 && --hook->times == 0)
		*hook = (struct world_hook){ .status = hook->next, .delay = POST_MS * RF_MS };
	d->acked = d->acked || status == 200;
	event->posted = status == 200 ? RF_POSTED_ACKED
	    : status == 1 ? RF_POSTED_UNSENT : RF_POSTED_REFUSED;
	world_ladder_time(w);
	if (status > 1)
		world_ladder(w, "%s%u    -> referee  %u\n", "hook", item->party, status);
	else
		world_ladder(w, "%s%u    -> referee  %s\n", "hook", item->party,
		    status == 1 ? "(no token)" : "(silence)");
}

void
world_outbox_item(struct world *w, const struct world_item *item)
{
	struct rf_outbox_row row[RF_FETCH_MAX];
	struct rf_event event = { .kind = RF_EV_ANSWER, .token = item->event.token, .outbox = row,
		.stored = true };
	if (item->timer == OP_FETCH) {
		event.outbox_count = fetch(w, item, row);
	} else if (item->timer == OP_POSTED) {
		tell_posted(w, item, &event);
	} else if (w->outbox.fails > 0) {
		w->outbox.fails--;
		event.stored = false;
	} else {
		struct world_delivery *d = find(w, (int64_t)item->put);
		d->over = true;
		const struct world_delivery *next =
		    first_of(w, d->receiver, d->row.session, (uint32_t)item->put);
		if (next != NULL)
			row[event.outbox_count++] = next->row;
	}
	world_tell(w, &event);
}

/* Everything has come to rest: each delivery was acknowledged or is a dead letter, not both. */
void
world_outbox_quiet(struct world *w)
{
	for (uint32_t i = 0; i < w->outbox.deliveries; i++) {
		const struct world_delivery *d = &w->outbox.delivery[i];
		if (!d->over)
			checkers_report(&w->checkers, CHECK_DELIVERED, w->now,
			    "%s was neither delivered nor given up", d->type);
		else if (d->dead == d->acked && w->starts == 1)
			checkers_report(&w->checkers, CHECK_DELIVERED, w->now,
			    "%s: acknowledged %d, dead %d", d->type, d->acked, d->dead);
	}
}
