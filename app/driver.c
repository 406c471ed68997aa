/* SPDX-License-Identifier: BSD-2-Clause */
/* app/driver.c -- effect -> component, answer -> event.  It must never know SIP.
 *
 * One thread decides: everything here runs on the event loop.  Answers that are known at once
 * (policy) are still given in a step of their own, when the effects of the asking one are carried
 * out. */
#include "app/driver.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "app/driver_parts.h"
#include "app/journal.h"

enum {
	RF_DRAIN_POLL_MS = 50,
	RF_WALL_CLOCK_S = 60,           /* how often the engine is told the wall clock */
};

/* So late is a timer at most that nobody else brings along: a message does, and what falls together
 * costs one wake-up.  The shortest that SIP knows is 500 ms long. */
#define DEADLINE_SLACK (10 * RF_MS)

rf_time
rf_driver_now_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (rf_time)t.tv_sec * RF_SECOND + t.tv_nsec / 1000;
}

int64_t
rf_driver_wall_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * RF_SECOND + t.tv_nsec / 1000;
}

/* ---- effects -------------------------------------------------------------------------------- */

/* What the connection of that path has proved; NULL: nothing. */
static const struct rf_link_names *
names_of(const struct rf_driver *d, const struct rf_path *path)
{
	const struct rf_link_names *names = path->link != 0 ? d->links[path->link & 0xffff] : NULL;
	return names != NULL && names->link == path->link ? names : NULL;
}

static void
local_time(void *user, const char *zone, struct rf_policy_local *out)
{
	const struct rf_driver *d = user;
	rf_zones_local(d->zones, zone, rf_driver_wall_us(), out);
}

static void
answer_route(struct rf_driver *d, const struct rf_effect *x)
{
	const struct rf_link_names *names = names_of(d, &x->path), *named = names_of(d, &x->named);
	assert(d->plans < RF_PLANS_PENDING_MAX);
	struct rf_planned *p = &d->planned[d->plans++];
	p->token = x->token;
	rf_policy_route(d->policy,
	    &(struct rf_route_question){ .trigger = x->trigger,
		.path = x->path,
		.names = names != NULL ? names->name : NULL,
		.names_count = names != NULL ? names->count : 0,
		.partner = x->partner,
		.named = x->named,
		.named_names = named != NULL ? named->name : NULL,
		.named_names_count = named != NULL ? named->count : 0,
		.message = x->message,
		.transfers = x->transfers,
		.now = rf_driver_now_us(),
		.local_time = local_time,
		.user = d },
	    &p->plan);
	if (p->plan.allow && p->plan.why.len == 0)
		return;
	char session[20];
	snprintf(session, sizeof session, "%012llx", (unsigned long long)x->session);
	bool is_refer = x->trigger == RF_TRIGGER_REFER;
	bool unmatched = p->plan.allow || p->plan.status == 404 || p->plan.status == 480;
	const char *event = unmatched ? "route.unmatched" : "security.denied";
	rf_log_event(d->log, RF_LOG_WARNING, event, (const struct rf_log_pair[]){
		rf_log_text("session", session),
		rf_log_number("status", p->plan.allow ? 0 : p->plan.status),
		rf_log_user("key", rf_plan_text(&p->plan, p->plan.key)),
		rf_log_address(is_refer ? "refer_to" : "request_uri", is_refer ?
		    rf_message_value(x->message, RF_H_REFER_TO) : x->message->request_uri),
		rf_log_address("from", rf_message_value(x->message, RF_H_FROM)),
		rf_log_slice("partner", rf_plan_text(&p->plan, p->plan.partner)),
		rf_log_slice("reason", rf_plan_text(&p->plan, p->plan.why)),
		rf_log_slice("method", x->message->method_text), { 0 } });
}

/* The record's own type is the event's name: {"type":"transfer.requested",... */
static struct rf_slice
type_of(struct rf_slice record)
{
	static const char before[] = "{\"type\":\"";
	const uint32_t skip = sizeof before - 1;
	if (record.len <= skip || memcmp(record.p, before, skip) != 0)
		return RF_SLICE("record");
	const char *end = memchr(record.p + skip, '"', record.len - skip);
	return rf_slice_between(record.p + skip, end != NULL ? end : record.p + record.len);
}

static void
log_record(struct rf_driver *d, const struct rf_effect *x)
{
	char session[20], type[40];
	struct rf_slice name = type_of(x->bytes);
	if (!rf_log_wants(d->log, RF_LOG_INFO))
		return;
	snprintf(session, sizeof session, "%012llx", (unsigned long long)x->session);
	snprintf(type, sizeof type, "%.*s", (int)name.len, name.p);
	rf_log_event(d->log, RF_LOG_INFO, type,
	    (const struct rf_log_pair[]){ rf_log_text("session", session), { 0 } });
}

static void
carry_out(struct rf_driver *d, const struct rf_effect *x)
{
	switch (x->kind) {
	case RF_FX_SEND:
		rf_transport_send(d->transports, &x->path, x->bytes, x->identity, x->token);
		break;
	case RF_FX_CLOSE:
		rf_transport_close(d->transports, x->path.link);
		break;
	case RF_FX_REPLY:
		snprintf(d->reply, sizeof d->reply, "%.*s", (int)x->bytes.len, x->bytes.p);
		break;
	case RF_FX_RESOLVE:
		rf_resolve(d->resolver, &(struct rf_question){ .host = x->bytes, .port = x->port,
			.proto = x->proto, .secure = x->secure }, x->token);
		break;
	case RF_FX_ROUTE:
		answer_route(d, x);
		break;
	case RF_FX_STORE:
		rf_store_put(d->store,
		    &(struct rf_store_put){ .token = x->token,
			.kind = x->store,
			.session = x->session,
			.saved_us = rf_driver_wall_us(),
			.snapshot = x->snapshot,
			.event = x->bytes,
			.cdr = x->cdr,
			.receivers = x->bytes.len > 0
					 ? rf_outbox_receivers(d->config, type_of(x->bytes))
					 : 0 });
		if (x->bytes.len > 0)
			log_record(d, x);
		break;
	case RF_FX_FETCH:
		rf_outbox_fetch(d->outbox, x);
		break;
	case RF_FX_POST:
		rf_outbox_post(d->outbox, x, rf_driver_wall_us());
		break;
	case RF_FX_SETTLE:
		rf_outbox_settle(d->outbox, x, rf_driver_wall_us());
		break;
	case RF_FX_KIND_MAX:
		assert(false);
	}
}

static void
log_note(struct rf_driver *d, const struct rf_trace *t)
{
	char session[20] = "", peer[64] = "";
	if (!rf_log_wants(d->log, RF_LOG_WARNING))
		return;
	if (t->session != 0)
		snprintf(session, sizeof session, "%012llx", (unsigned long long)t->session);
	if (t->remote.port != 0) {
		char ip[48];
		uint32_t len = rf_ip_write(ip, t->remote.ip, true);
		snprintf(peer, sizeof peer, "%.*s:%u", (int)len, ip, t->remote.port);
	}
	static const char failover[] = "failover: ";
	bool is_failover = strncmp(t->text, failover, sizeof failover - 1) == 0;
	/* A stranger's bytes lead here: warnings are the lines whose bursts are cut. */
	rf_log_event(d->log, RF_LOG_WARNING, is_failover ? "route.failover" : "engine.note",
	    (const struct rf_log_pair[]){ rf_log_text("text", t->text),
		rf_log_text("session", session[0] != '\0' ? session : NULL),
		rf_log_text("peer", peer[0] != '\0' ? peer : NULL), { 0 } });
}

static void
take_traces(struct rf_driver *d)
{
	struct rf_trace t;
	while (rf_trace_next(d->engine, &d->trace_cursor, &t)) {
		if (t.kind != RF_TRACE_ROW || rf_ladder_row_is_shown(t.machine))
			rf_ladder_add(d->ladder, &t);
		rf_fsm_rows_add(&d->rows, &t);
		if (t.kind == RF_TRACE_NOTE)
			log_note(d, &t);
	}
}

static void
step(struct rf_driver *d, rf_time now, const struct rf_event *event)
{
	if (d->journal != NULL && rf_journal_hear(d->journal, d->engine, now, event))
		rf_journal_report(d->journal, d->log);
	rf_engine_step(d->engine, now, event, &d->out);
	for (uint32_t i = 0; i < d->out.count; i++)
		carry_out(d, &d->out.at[i]);
	take_traces(d);
}

static void
answer_plans(struct rf_driver *d, rf_time now)
{
	while (d->plans > 0) {
		struct rf_planned *p = &d->planned[0];
		step(d, now,
		    &(struct rf_event){
			.kind = RF_EV_ANSWER, .token = p->token, .plan = &p->plan });
		d->plans--;
		memmove(&d->planned[0], &d->planned[1], d->plans * sizeof d->planned[0]);
	}
}

static void
arm_deadline(struct rf_driver *d, rf_time now)
{
	rf_time at = rf_engine_deadline(d->engine);
	if (at == RF_TIME_NEVER || at + DEADLINE_SLACK >= d->armed_for)
		return; /* it fires earlier, and then we look again */
	at += DEADLINE_SLACK;
	rf_time wait = at > now ? at - now : 0;
	d->armed_for = at;
	event_add(d->deadline,
	    &(struct timeval){ .tv_sec = wait / RF_SECOND, .tv_usec = wait % RF_SECOND });
}

void
rf_driver_tell(struct rf_driver *d, const struct rf_event *event)
{
	rf_time now = rf_driver_now_us();
	assert(!d->stepping);
	d->stepping = true;
	while (rf_engine_deadline(d->engine) <= now) {
		step(d, now, &(struct rf_event){ .kind = RF_EV_DEADLINE });
		answer_plans(d, now);
	}
	if (event->kind != RF_EV_DEADLINE) {
		step(d, now, event);
		answer_plans(d, now);
	}
	d->stepping = false;
	arm_deadline(d, now);
}

/* ---- what comes back ------------------------------------------------------------------------ */

struct rf_log_pair
rf_driver_source_pair(char text[48], const struct rf_addr *address)
{
	text[rf_ip_write(text, address->ip, false)] = '\0';
	return rf_log_text("source", text);
}

static void
drop_poisoned(struct rf_driver *d, const struct rf_addr *source)
{
	char text[48];
	d->poisoned_dropped++;
	rf_log_event(d->log, RF_LOG_WARNING, "source.dropped",
	    (const struct rf_log_pair[]){ rf_driver_source_pair(text, source), { 0 } });
}

static void
on_message(void *user, const struct rf_path *path, struct rf_slice bytes)
{
	struct rf_driver *d = user;
	if (rf_blackbox_is_poison(d->blackbox, &path->remote)) {
		drop_poisoned(d, &path->remote);
		return;
	}
	const struct rf_link_names *names = names_of(d, path);
	rf_blackbox_enter(d->blackbox, &path->remote);
	rf_driver_tell(d, &(struct rf_event){ .kind = RF_EV_MESSAGE, .path = *path, .bytes = bytes,
		.identity = names != NULL ? names->name[0] : RF_SLICE("") });
	rf_blackbox_leave(d->blackbox);
}

static void
forget_link(struct rf_driver *d, uint32_t link)
{
	free(d->links[link & 0xffff]);
	d->links[link & 0xffff] = NULL;
}

static void
remember_link(struct rf_driver *d, uint32_t link, const struct rf_identities *identities)
{
	size_t bytes = sizeof(struct rf_link_names) + identities->count * sizeof(struct rf_slice);
	size_t text = 0;
	for (uint32_t i = 0; i < identities->count; i++)
		text += strlen(identities->name[i]);
	forget_link(d, link);
	struct rf_link_names *names = malloc(bytes + text);
	if (names == NULL)
		return;                                 /* without its names it is a stranger */
	char *p = (char *)names + bytes;
	names->link = link;
	names->count = identities->count;
	for (uint32_t i = 0; i < identities->count; i++) {
		size_t len = strlen(identities->name[i]);
		memcpy(p, identities->name[i], len);
		names->name[i] = (struct rf_slice){ p, (uint32_t)len };
		p += len;
	}
	d->links[link & 0xffff] = names;
}

static void
on_link_up(void *user, const struct rf_path *path, rf_token opened_by,
    const struct rf_identities *identities)
{
	struct rf_driver *d = user;
	if (identities->count > 0)
		remember_link(d, path->link, identities);
	rf_driver_tell(d,
	    &(struct rf_event){ .kind = RF_EV_LINK_UP, .path = *path, .token = opened_by });
}

static void
on_link_down(void *user, const struct rf_path *path, enum rf_link_reason reason)
{
	struct rf_driver *d = user;
	rf_driver_tell(d,
	    &(struct rf_event){ .kind = RF_EV_LINK_DOWN, .path = *path, .reason = reason });
	forget_link(d, path->link);
}

static void
on_send_failed(void *user, rf_token token, enum rf_link_reason reason)
{
	rf_driver_tell(user,
	    &(struct rf_event){ .kind = RF_EV_SEND_FAILED, .token = token, .reason = reason });
}

static void
on_transport_log(void *user, enum rf_transport_level level, const char *text)
{
	static const enum rf_log_level to[] = { [RF_TRANSPORT_DEBUG] = RF_LOG_DEBUG,
		[RF_TRANSPORT_INFO] = RF_LOG_WARNING, [RF_TRANSPORT_WARNING] = RF_LOG_WARNING };
	struct rf_driver *d = user;
	rf_log_event(d->log, to[level], "transport", (const struct rf_log_pair[]){
		rf_log_text("text", text), { 0 } });
}

void
rf_driver_on_resolved(void *user, rf_token token, const struct rf_addr *addresses, uint32_t count)
{
	rf_driver_tell(user, &(struct rf_event){ .kind = RF_EV_ANSWER, .token = token,
		.addresses = addresses, .address_count = count });
}

/* The engine's tokens begin with the kind of a slot; there is none of that number. */
#define TOKEN_OF_JUDGEMENT ((rf_token)15 << 60)

static void
on_stored(void *user, rf_token token, bool stored)
{
	struct rf_driver *d = user;
	if (token == TOKEN_OF_JUDGEMENT) {
		rf_driver_judged_fn *judged = d->judged;
		d->judged = NULL;
		if (judged != NULL)
			judged(d->judged_user, stored);
		return;
	}
	rf_driver_tell(user,
	    &(struct rf_event){ .kind = RF_EV_ANSWER, .token = token, .stored = stored });
}

static void
on_outbox(void *user, rf_token token, bool stored, const struct rf_store_delivery *delivery,
    uint32_t count)
{
	struct rf_driver *d = user;
	struct rf_outbox_row rows[RF_FETCH_MAX];
	rf_outbox_answered(d->outbox, token, stored, delivery, count, rows);
	rf_driver_tell(d, &(struct rf_event){ .kind = RF_EV_ANSWER, .token = token,
		.stored = stored, .outbox = rows, .outbox_count = count });
}

static void
on_news(void *user, uint32_t receivers)
{
	rf_driver_tell(user, &(struct rf_event){ .kind = RF_EV_NEWS, .value = receivers });
}

void
rf_driver_on_posted(void *user, rf_token token, enum rf_posted posted, uint32_t retry_after_s)
{
	rf_driver_tell(user, &(struct rf_event){ .kind = RF_EV_ANSWER, .token = token,
		.posted = posted, .retry_after_s = retry_after_s });
}

void
rf_driver_on_deadline(evutil_socket_t fd, short what, void *user)
{
	struct rf_driver *d = user;
	(void)fd;
	(void)what;
	d->armed_for = RF_TIME_NEVER;
	rf_driver_tell(d, &(struct rf_event){ .kind = RF_EV_DEADLINE });
}

void
rf_driver_on_wall_clock(evutil_socket_t fd, short what, void *user)
{
	struct rf_driver *d = user;
	(void)fd;
	(void)what;
	rf_driver_tell(d,
	    &(struct rf_event){ .kind = RF_EV_FACT, .wall_clock_us = rf_driver_wall_us() });
	event_add(d->wall_clock, &(struct timeval){ .tv_sec = RF_WALL_CLOCK_S });
}

void
rf_driver_on_drain_poll(evutil_socket_t fd, short what, void *user)
{
	struct rf_driver *d = user;
	struct rf_stats stats;
	(void)fd;
	(void)what;
	rf_engine_stats(d->engine, &stats);
	if (stats.calls == 0 && stats.refers == 0)
		d->idle(d->idle_user);
	else
		event_add(d->drain_poll, &(struct timeval){ .tv_usec = RF_DRAIN_POLL_MS * 1000 });
}

static void
on_store_notice(void *user, enum rf_store_level level, const char *event, const char *text)
{
	static const enum rf_log_level to[] = { [RF_STORE_INFO] = RF_LOG_INFO,
		[RF_STORE_WARNING] = RF_LOG_WARNING, [RF_STORE_ERROR] = RF_LOG_ERROR };
	struct rf_driver *d = user;
	rf_log_event(d->log, to[level], event,
	    (const struct rf_log_pair[]){ rf_log_text("text", text), { 0 } });
}

const struct rf_transport_callbacks rf_driver_of_transport = { .message = on_message,
	.link_up = on_link_up,
	.link_down = on_link_down,
	.send_failed = on_send_failed,
	.log = on_transport_log };
const struct rf_store_callbacks rf_driver_of_store = { .done = on_stored,
	.outbox = on_outbox,
	.news = on_news,
	.notice = on_store_notice };

/* ---- commands, and who reads ---------------------------------------------------------------- */

void
rf_driver_drain(struct rf_driver *d, void (*idle)(void *user), void *user)
{
	if (d->draining)
		return;
	d->draining = true;
	d->idle = idle;
	d->idle_user = user;
	rf_transport_drain(d->transports);
	rf_driver_tell(d, &(struct rf_event){ .kind = RF_EV_DRAIN });
	event_active(d->drain_poll, EV_TIMEOUT, 0);
}

bool
rf_driver_end_session(struct rf_driver *d, uint64_t session, char reply[128])
{
	d->reply[0] = '\0';
	rf_driver_tell(d,
	    &(struct rf_event){
		.kind = RF_EV_COMMAND, .verb = RF_VERB_SESSION_END, .token = 1, .value = session });
	memcpy(reply, d->reply, sizeof d->reply);
	return strcmp(d->reply, "ending") == 0;
}

bool
rf_driver_judge(struct rf_driver *d, enum rf_store_verdict verdict, int64_t number,
    rf_driver_judged_fn *judged, void *user)
{
	if (d->judged != NULL)
		return false;
	d->judged = judged;
	d->judged_user = user;
	rf_store_judge(d->store, TOKEN_OF_JUDGEMENT, verdict, number);
	return true;
}

static void
judged_for_nobody(void *user, bool stored)
{
	(void)user;
	(void)stored;
}

void
rf_driver_judged_by_nobody(struct rf_driver *d)
{
	if (d->judged != NULL)
		d->judged = judged_for_nobody;
}

const struct rf_outbox *
rf_driver_outbox(const struct rf_driver *d)
{
	return d->outbox;
}

const struct rf_reconcile_job *
rf_driver_reconcile(const struct rf_driver *d)
{
	return d->reconcile;
}

const struct rf_engine *
rf_driver_engine(const struct rf_driver *d)
{
	return d->engine;
}

const struct rf_transports *
rf_driver_transports(const struct rf_driver *d)
{
	return d->transports;
}

const struct rf_ladder *
rf_driver_ladder(const struct rf_driver *d)
{
	return d->ladder;
}

const struct rf_fsm_rows *
rf_driver_rows(const struct rf_driver *d)
{
	return &d->rows;
}

const struct rf_store *
rf_driver_store(const struct rf_driver *d)
{
	return d->store;
}

struct rf_journal *
rf_driver_journal(const struct rf_driver *d)
{
	return d->journal;
}

struct rf_blackbox *
rf_driver_blackbox(const struct rf_driver *d)
{
	return d->blackbox;
}

uint64_t
rf_driver_poisoned_dropped(const struct rf_driver *d)
{
	return d->poisoned_dropped;
}

const struct rf_config *
rf_driver_config(const struct rf_driver *d)
{
	return d->config;
}

const struct rf_policy *
rf_driver_policy(const struct rf_driver *d)
{
	return d->policy;
}

bool
rf_driver_draining(const struct rf_driver *d)
{
	return d->draining;
}
