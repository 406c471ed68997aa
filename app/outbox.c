/* SPDX-License-Identifier: BSD-2-Clause */
/* app/outbox.c -- texts of the deliveries under way, found by their number, and by the token of
 * what is asked about them. */
#include "app/outbox.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "grammar/grammar.h"
#include "policy/policy.h"
#include "transport/resolve.h"
#include "webhook/cloudevent.h"

struct delivery {
	int64_t number;
	rf_token token;                         /* of the question that is open; 0: none */
	bool settling;                          /* that question is what became of it */
	struct rf_cloudevent message;
	char why[RF_WEBHOOK_WHY_MAX];           /* of the last attempt */
	UT_hash_handle hh, hh_token;
};

struct rf_outbox {
	const struct rf_config *config;
	struct rf_store *store;
	struct rf_log *log;
	struct rf_resolver *resolver;
	struct rf_webhook *client;
	rf_outbox_posted_fn *posted;
	void *user;
	char source[RF_NAME_MAX + 16];
	struct delivery *by_number, *by_token;
};

/* ---- texts ---------------------------------------------------------------------------------- */

static struct delivery *
find(struct rf_outbox *o, int64_t number)
{
	struct delivery *d;
	HASH_FIND(hh, o->by_number, &number, sizeof number, d);
	return d;
}

static struct delivery *
find_token(struct rf_outbox *o, rf_token token)
{
	struct delivery *d;
	HASH_FIND(hh_token, o->by_token, &token, sizeof token, d);
	return d;
}

static void
close_question(struct rf_outbox *o, struct delivery *d)
{
	if (d->token != 0)
		HASH_DELETE(hh_token, o->by_token, d);
	d->token = 0;
}

static void
open_question(struct rf_outbox *o, struct delivery *d, rf_token token, bool settling)
{
	close_question(o, d);
	d->token = token;
	d->settling = settling;
	HASH_ADD(hh_token, o->by_token, token, sizeof d->token, d);
}

static void
forget(struct rf_outbox *o, struct delivery *d)
{
	close_question(o, d);
	HASH_DELETE(hh, o->by_number, d);
	rf_cloudevent_fini(&d->message);
	free(d);
}

/* An event that is none - a file that somebody changed - is sent as it is: whoever gets it sees
 * more than we do, and nothing is held up by it. */
static void
keep_as_it_is(struct delivery *d, struct rf_slice event)
{
	snprintf(d->message.id, sizeof d->message.id, "delivery-%lld", (long long)d->number);
	d->message.body = strndup(event.p, event.len);
	d->message.body_len = d->message.body != NULL ? event.len : 0;
}

static void
keep(struct rf_outbox *o, const struct rf_store_delivery *from)
{
	struct delivery *d = find(o, from->row.number);
	if (d != NULL)
		return;
	d = calloc(1, sizeof *d);
	if (d == NULL)
		abort();                                /* 1,024 of them are the most there are */
	d->number = from->row.number;
	if (!rf_cloudevent_write(&d->message, from->event, o->source))
		keep_as_it_is(d, from->event);
	HASH_ADD(hh, o->by_number, number, sizeof d->number, d);
}

/* ---- effects -------------------------------------------------------------------------------- */

uint32_t
rf_outbox_receivers(const struct rf_config *c, struct rf_slice type)
{
	uint32_t mask = 0;
	for (uint32_t i = 0; i < c->receivers_count; i++) {
		const struct rf_config_receiver *r = &c->receivers[i];
		for (uint32_t k = 0; k < r->events_count; k++) {
			if (rf_star_match(rf_slice_of(r->events[k]), type))
				mask |= 1u << i;
		}
	}
	return mask;
}

void
rf_outbox_fetch(struct rf_outbox *o, const struct rf_effect *x)
{
	rf_store_fetch(o->store, &(struct rf_store_fetch){ .token = x->token,
		.receiver = x->receiver, .count = x->count, .after = x->number });
}

void
rf_outbox_post(struct rf_outbox *o, const struct rf_effect *x, int64_t wall_us)
{
	struct delivery *d = find(o, x->number);
	assert(d != NULL);                              /* the engine had its number from us */
	const struct rf_cloudevent *m = &d->message;
	open_question(o, d, x->token, false);
	rf_webhook_post(o->client,
	    &(struct rf_webhook_post){ .token = x->token,
		.receiver = x->receiver,
		.now_us = wall_us,
		.id = rf_slice_of(m->id),
		.call_id = m->call_id != NULL ? rf_slice_of(m->call_id) : RF_SLICE(""),
		.from_tag = m->from_tag != NULL ? rf_slice_of(m->from_tag) : RF_SLICE(""),
		.body = { m->body, m->body_len } });
}

static void
log_dead(struct rf_outbox *o, const struct rf_effect *x, const struct delivery *d)
{
	rf_log_event(o->log, RF_LOG_ERROR, "webhook.dead",
	    (const struct rf_log_pair[]){
		rf_log_text("receiver", o->config->receivers[x->receiver].name),
		rf_log_text("id", d->message.id), rf_log_number("attempts", x->attempts),
		rf_log_text("reason", d->why), { 0 } });
}

void
rf_outbox_settle(struct rf_outbox *o, const struct rf_effect *x, int64_t wall_us)
{
	struct delivery *d = find(o, x->number);
	assert(d != NULL);
	if (x->token != 0)
		open_question(o, d, x->token, true);
	if (x->settled == RF_SETTLED_DEAD)
		log_dead(o, x, d);
	rf_store_settle(o->store,
	    &(struct rf_store_settle){ .token = x->token,
		.receiver = x->receiver,
		.settled = x->settled,
		.attempts = x->attempts,
		.number = x->number,
		.session = x->session,
		.saved_us = wall_us,
		.reason = rf_slice_of(d->why) });
}

void
rf_outbox_answered(struct rf_outbox *o, rf_token token, bool stored,
    const struct rf_store_delivery *delivery, uint32_t count,
    struct rf_outbox_row rows[RF_FETCH_MAX])
{
	struct delivery *settled = find_token(o, token);
	if (settled != NULL && settled->settling && stored)
		forget(o, settled);
	for (uint32_t i = 0; i < count; i++) {
		keep(o, &delivery[i]);
		rows[i] = delivery[i].row;
	}
}

/* ---- what the client says ------------------------------------------------------------------- */

static void
log_posted(struct rf_outbox *o, const struct rf_webhook_answer *a, const struct delivery *d)
{
	bool acked = a->result == RF_WEBHOOK_ACKED;
	enum rf_log_level level = acked ? RF_LOG_DEBUG : RF_LOG_WARNING;
	if (!rf_log_wants(o->log, level))
		return;
	rf_log_event(o->log, level, acked ? "webhook.acked" : "webhook.failed",
	    (const struct rf_log_pair[]){ rf_log_text("id", d->message.id),
		rf_log_text("result", rf_webhook_result_name(a->result)),
		rf_log_number("status", a->status), rf_log_text("reason", a->why), { 0 } });
}

static void
on_done(void *user, const struct rf_webhook_answer *a)
{
	struct rf_outbox *o = user;
	struct delivery *d = find_token(o, a->token);
	enum rf_posted posted = a->result == RF_WEBHOOK_ACKED ? RF_POSTED_ACKED
	    : a->result == RF_WEBHOOK_UNSENT ? RF_POSTED_UNSENT : RF_POSTED_REFUSED;
	if (d != NULL) {
		snprintf(d->why, sizeof d->why, "%s", a->why);
		close_question(o, d);
		log_posted(o, a, d);
	}
	o->posted(o->user, a->token, posted, a->retry_after_s);
}

static void
on_token(void *user, uint32_t receiver, const char *text)
{
	struct rf_outbox *o = user;
	if (text != NULL)
		rf_log_event(o->log, RF_LOG_WARNING, "webhook.token",
		    (const struct rf_log_pair[]){
			rf_log_text("receiver", o->config->receivers[receiver].name),
			rf_log_text("text", text), { 0 } });
}

static void
on_resolved(void *user, rf_token token, const struct rf_addr *addresses, uint32_t count)
{
	struct rf_outbox *o = user;
	rf_webhook_resolved(o->client, token, addresses, count);
}

static void
resolve(void *user, struct rf_slice host, uint16_t port, rf_token question)
{
	struct rf_outbox *o = user;
	rf_resolve(o->resolver,
	    &(struct rf_question){ .host = host, .port = port, .proto = RF_TCP }, question);
}

/* ---- start and end -------------------------------------------------------------------------- */

static struct rf_webhook_receiver
receiver_of(const struct rf_config_receiver *c)
{
	struct rf_webhook_receiver r = { .name = c->name,
		.url = c->url,
		.timeout = c->timeout,
		.connections = c->connections,
		.auth = c->token_url != NULL ? RF_WEBHOOK_OAUTH2
		    : c->bearer != NULL ? RF_WEBHOOK_BEARER : RF_WEBHOOK_OPEN,
		.bearer = c->bearer,
		.token_url = c->token_url,
		.client_id = c->client_id,
		.client_secret = c->client_secret,
		.scope = c->scope,
		.ca = c->ca,
		.certificate = c->certificate,
		.key = c->key,
		.proxy = c->proxy };
	for (uint32_t i = 0; i < c->secrets_count && i < RF_WEBHOOK_SECRETS_MAX; i++)
		r.secret[i] = c->secrets[i];
	return r;
}

struct rf_outbox *
rf_outbox_new(struct event_base *base, const struct rf_config *c, struct rf_store *store,
    struct rf_log *log, rf_outbox_posted_fn *posted, void *user, char error[256])
{
	static const struct rf_webhook_callbacks callbacks = { .done = on_done,
		.resolve = resolve, .token = on_token };
	struct rf_webhook_receiver receiver[RF_WEBHOOK_RECEIVERS_MAX];
	struct rf_outbox *o = calloc(1, sizeof *o);
	snprintf(error, 256, "no memory");
	if (o == NULL)
		return NULL;
	o->config = c;
	o->store = store;
	o->log = log;
	o->posted = posted;
	o->user = user;
	snprintf(o->source, sizeof o->source, "//%s/referee", c->domain);
	for (uint32_t i = 0; i < c->receivers_count; i++)
		receiver[i] = receiver_of(&c->receivers[i]);
	o->resolver =
	    rf_resolver_new(base, &(struct rf_resolver_config){ 0 }, on_resolved, o, error);
	if (o->resolver != NULL)
		o->client = rf_webhook_new(base,
		    &(struct rf_webhook_config){ .receiver = receiver,
			.receivers = c->receivers_count },
		    &callbacks, o, error);
	if (o->client != NULL)
		return o;
	rf_outbox_free(o);
	return NULL;
}

void
rf_outbox_free(struct rf_outbox *o)
{
	if (o == NULL)
		return;
	rf_webhook_free(o->client);
	if (o->resolver != NULL)
		rf_resolver_free(o->resolver);
	while (o->by_number != NULL)
		forget(o, o->by_number);
	free(o);
}

void
rf_outbox_stats(const struct rf_outbox *o, uint32_t receiver, struct rf_webhook_stats *out)
{
	rf_webhook_stats(o->client, receiver, out);
}
