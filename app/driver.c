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
#include <sys/mman.h>
#include <sys/random.h>
#include <time.h>

#include "app/journal.h"

enum {
	RF_PLANS_PENDING_MAX = 8,       /* ROUTE questions of one step */
	RF_LINK_SLOTS = 65536,          /* a link is 16 bits of slot */
	RF_DRAIN_POLL_MS = 50,
	RF_WALL_CLOCK_S = 60,           /* how often the engine is told the wall clock */
};

/* What a connected peer proved, for as long as its link is up. */
struct link_names {
	uint32_t link, count;
	struct rf_slice name[];
};

/* So late is a timer at most that nobody else brings along: a message does, and what falls together
 * costs one wake-up.  The shortest that SIP knows is 500 ms long. */
#define DEADLINE_SLACK (10 * RF_MS)

struct planned {
	rf_token token;
	struct rf_plan plan;
};

struct rf_driver {
	const struct rf_config *config;
	struct rf_log *log;
	struct event_base *base;
	struct event *deadline, *drain_poll, *wall_clock;
	rf_time armed_for;
	size_t block_size;
	struct rf_engine *engine;
	struct rf_transports *transports;
	struct rf_resolver *resolver;
	struct rf_policy *policy;
	struct rf_store *store;
	struct rf_blackbox *blackbox;           /* NULL: the store is not in a file */
	uint64_t poisoned_dropped;
	struct rf_ladder *ladder;
	struct rf_journal *journal;             /* NULL: none is kept */
	struct rf_fsm_rows rows;
	uint64_t trace_cursor;
	struct link_names *links[RF_LINK_SLOTS];
	bool stepping, draining;
	char reply[128];                        /* of the command being carried out */
	void (*idle)(void *user);
	void *idle_user;
	uint32_t plans;
	struct planned planned[RF_PLANS_PENDING_MAX];
	struct rf_message message;
	struct rf_effects out;
};

static rf_time
now_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (rf_time)t.tv_sec * RF_SECOND + t.tv_nsec / 1000;
}

static int64_t
wall_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * RF_SECOND + t.tv_nsec / 1000;
}

/* ---- effects -------------------------------------------------------------------------------- */

/* What the connection of that path has proved; NULL: nothing. */
static const struct link_names *
names_of(const struct rf_driver *d, const struct rf_path *path)
{
	const struct link_names *names = path->link != 0 ? d->links[path->link & 0xffff] : NULL;
	return names != NULL && names->link == path->link ? names : NULL;
}

static void
answer_route(struct rf_driver *d, const struct rf_effect *x)
{
	const struct link_names *names = names_of(d, &x->path), *named = names_of(d, &x->named);
	const char *why = "";
	assert(d->plans < RF_PLANS_PENDING_MAX);
	struct planned *p = &d->planned[d->plans++];
	p->token = x->token;
	/* The engine took these very bytes for well formed. */
	enum rf_verdict verdict = rf_message_parse(&d->message, x->bytes, &why);
	assert(verdict == RF_VERDICT_OK);
	(void)verdict;
	rf_policy_route(d->policy,
	    &(struct rf_route_question){ .trigger = x->trigger,
		.path = x->path,
		.names = names != NULL ? names->name : NULL,
		.names_count = names != NULL ? names->count : 0,
		.partner = x->partner,
		.named = x->named,
		.named_names = named != NULL ? named->name : NULL,
		.named_names_count = named != NULL ? named->count : 0,
		.message = &d->message },
	    &p->plan);
	if (p->plan.allow)
		return;
	char session[20];
	snprintf(session, sizeof session, "%012llx", (unsigned long long)x->session);
	const char *event = p->plan.status == 404 ? "route.unmatched" : "security.denied";
	rf_log_event(d->log, RF_LOG_WARNING, event, (const struct rf_log_pair[]){
		rf_log_text("session", session), rf_log_number("status", p->plan.status),
		rf_log_user("key", rf_plan_text(&p->plan, p->plan.key)),
		rf_log_address("from", rf_message_value(&d->message, RF_H_FROM)),
		rf_log_slice("partner", rf_plan_text(&p->plan, p->plan.partner)),
		rf_log_slice("reason", rf_plan_text(&p->plan, p->plan.why)),
		rf_log_slice("method", d->message.method_text), { 0 } });
}

/* The record's own type is the event's name: {"type":"transfer.requested",... */
static void
log_record(struct rf_driver *d, const struct rf_effect *x)
{
	static const char before[] = "{\"type\":\"";
	char session[20], type[40] = "record";
	if (!rf_log_wants(d->log, RF_LOG_INFO))
		return;
	snprintf(session, sizeof session, "%012llx", (unsigned long long)x->session);
	if (x->bytes.len > sizeof before + sizeof type &&
	    memcmp(x->bytes.p, before, sizeof before - 1) == 0)
		snprintf(type, sizeof type, "%.*s",
		    (int)strcspn(x->bytes.p + sizeof before - 1, "\""),
		    x->bytes.p + sizeof before - 1);
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
			.saved_us = wall_us(),
			.snapshot = x->snapshot,
			.event = x->bytes,
			.cdr = x->cdr });
		if (x->bytes.len > 0)
			log_record(d, x);
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
	/* A stranger's bytes lead here: warnings are the lines whose bursts are cut. */
	rf_log_event(d->log, RF_LOG_WARNING, "engine.note",
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
		struct planned *p = &d->planned[0];
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

/* The only way into the engine. */
static void
tell(struct rf_driver *d, const struct rf_event *event)
{
	rf_time now = now_us();
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

static struct rf_log_pair
ip_pair(char text[48], const struct rf_addr *address)
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
	    (const struct rf_log_pair[]){ ip_pair(text, source), { 0 } });
}

static void
on_message(void *user, const struct rf_path *path, struct rf_slice bytes)
{
	struct rf_driver *d = user;
	if (rf_blackbox_is_poison(d->blackbox, &path->remote)) {
		drop_poisoned(d, &path->remote);
		return;
	}
	const struct link_names *names = names_of(d, path);
	rf_blackbox_enter(d->blackbox, &path->remote);
	tell(d, &(struct rf_event){ .kind = RF_EV_MESSAGE, .path = *path, .bytes = bytes,
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
	size_t bytes = sizeof(struct link_names) + identities->count * sizeof(struct rf_slice);
	size_t text = 0;
	for (uint32_t i = 0; i < identities->count; i++)
		text += strlen(identities->name[i]);
	forget_link(d, link);
	struct link_names *names = malloc(bytes + text);
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
	tell(d, &(struct rf_event){ .kind = RF_EV_LINK_UP, .path = *path, .token = opened_by });
}

static void
on_link_down(void *user, const struct rf_path *path, enum rf_link_reason reason)
{
	struct rf_driver *d = user;
	tell(d, &(struct rf_event){ .kind = RF_EV_LINK_DOWN, .path = *path, .reason = reason });
	forget_link(d, path->link);
}

static void
on_send_failed(void *user, rf_token token, enum rf_link_reason reason)
{
	tell(user,
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

static void
on_resolved(void *user, rf_token token, const struct rf_addr *addresses, uint32_t count)
{
	tell(user, &(struct rf_event){ .kind = RF_EV_ANSWER, .token = token, .addresses = addresses,
		.address_count = count });
}

static void
on_stored(void *user, rf_token token, bool stored)
{
	tell(user, &(struct rf_event){ .kind = RF_EV_ANSWER, .token = token, .stored = stored });
}

static void
on_deadline(evutil_socket_t fd, short what, void *user)
{
	struct rf_driver *d = user;
	(void)fd;
	(void)what;
	d->armed_for = RF_TIME_NEVER;
	tell(d, &(struct rf_event){ .kind = RF_EV_DEADLINE });
}

static void
on_wall_clock(evutil_socket_t fd, short what, void *user)
{
	struct rf_driver *d = user;
	(void)fd;
	(void)what;
	tell(d, &(struct rf_event){ .kind = RF_EV_FACT, .wall_clock_us = wall_us() });
	event_add(d->wall_clock, &(struct timeval){ .tv_sec = RF_WALL_CLOCK_S });
}

static void
on_drain_poll(evutil_socket_t fd, short what, void *user)
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

static bool
is_ipv4(const struct rf_addr *a)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	return memcmp(a->ip, mapped, sizeof mapped) == 0;
}

static uint32_t
below(void *user, uint32_t bound)
{
	(void)user;
	return arc4random_uniform(bound);
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

/* ---- restart -------------------------------------------------------------------------------- */

static void
restore(struct rf_driver *d, const struct rf_store_saved *saved)
{
	struct rf_stats before, after;
	rf_time away = wall_us() - saved->saved_us;
	rf_engine_stats(d->engine, &before);
	tell(d,
	    &(struct rf_event){ .kind = RF_EV_RESTORE,
		.session = saved->session,
		.bytes = saved->snapshot,
		.away = away > 0 ? away : 0,
		.restarts = saved->restarts });
	rf_engine_stats(d->engine, &after);
	if (after.restore_refused == before.restore_refused)
		return;
	char session[20];
	snprintf(session, sizeof session, "%012llx", (unsigned long long)saved->session);
	rf_log_event(d->log, RF_LOG_ERROR, "restore.refused",
	    (const struct rf_log_pair[]){ rf_log_text("session", session), { 0 } });
	rf_store_review(d->store, saved->session, "its snapshot cannot be restored");
}

/* Every session the last process carried, before anything new is read.  What restored sessions say
 * leaves between the batches. */
static bool
restore_all(struct rf_driver *d, char error[256])
{
	struct rf_store_saved saved[RF_STORE_RESTORE_MAX];
	int count, restored = 0;
	rf_transport_hold(d->transports, true);
	/* Perhaps there was a process before. */
	tell(d, &(struct rf_event){ .kind = RF_EV_RESTORE });
	rf_blackbox_enter_restore(d->blackbox);
	while ((count = rf_store_restore_next(d->store, saved, error)) > 0) {
		for (int i = 0; i < count; i++)
			restore(d, &saved[i]);
		restored += count;
		event_base_loop(d->base, EVLOOP_NONBLOCK);
	}
	rf_blackbox_leave(d->blackbox);
	rf_transport_hold(d->transports, false);
	if (restored > 0)
		rf_log_event(d->log, RF_LOG_INFO, "restore.done",
		    (const struct rf_log_pair[]){ rf_log_number("sessions", restored), { 0 } });
	return count == 0;
}

static void
tell_poison(struct rf_driver *d, const struct rf_blackbox_source *died)
{
	char text[48];
	if (died->aborts > 0)
		rf_log_event(d->log, RF_LOG_ERROR,
		    died->aborts < RF_BLACKBOX_ABORTS_MAX ? "source.suspected" : "source.poisoned",
		    (const struct rf_log_pair[]){ ip_pair(text, &died->address),
			rf_log_number("aborts", died->aborts), { 0 } });
}

static bool
start_store(struct rf_driver *d, char error[256])
{
	static const struct rf_store_callbacks callbacks = { .done = on_stored,
		.notice = on_store_notice };
	static const char file_scheme[] = "sqlite:";
	const struct rf_config *c = d->config;
	struct rf_blackbox_source died;
	char box[512];
	if (strncmp(c->store_url, file_scheme, sizeof file_scheme - 1) == 0) {
		snprintf(box, sizeof box, "%s-blackbox", c->store_url + sizeof file_scheme - 1);
		d->blackbox = rf_blackbox_open(box, wall_us(), &died, error);
		if (d->blackbox == NULL)
			return false;
		tell_poison(d, &died);
	}
	d->store = rf_store_open(d->base,
	    &(struct rf_store_config){ .url = c->store_url,
		.synchronous = c->store_synchronous,
		.commit_interval = c->store_commit_interval,
		.forgive = !rf_blackbox_restore_crashed(d->blackbox),
		.retention = { .cdr = c->retention_cdr,
		    .review = c->retention_review,
		    .dlq = c->retention_dlq,
		    .events = c->retention_events } },
	    &callbacks, d, error);
	return d->store != NULL;
}

/* ---- start and end -------------------------------------------------------------------------- */

static bool
start_transports(struct rf_driver *d, char error[256])
{
	const struct rf_config *c = d->config;
	struct rf_transport_listener listener[RF_TRANSPORT_LISTENERS_MAX];
	struct rf_tls_profile tls[RF_TLS_PROFILES_MAX];
	static const struct rf_transport_callbacks callbacks = { .message = on_message,
		.link_up = on_link_up, .link_down = on_link_down, .send_failed = on_send_failed,
		.log = on_transport_log };
	if (c->listen_count > RF_TRANSPORT_LISTENERS_MAX || c->tls_count > RF_TLS_PROFILES_MAX) {
		snprintf(error, 256, "too many listeners or TLS profiles");
		return false;
	}
	for (uint32_t i = 0; i < c->listen_count; i++)
		listener[i] = (struct rf_transport_listener){ .local = c->listen[i].address,
			.dscp = (uint8_t)c->listen[i].dscp,
			.tls = (uint8_t)c->listen[i].tls_index };
	for (uint32_t i = 0; i < c->tls_count; i++)
		tls[i] = (struct rf_tls_profile){ .name = c->tls[i].name,
			.certificate = c->tls[i].certificate,
			.key = c->tls[i].key,
			.ca = c->tls[i].ca,
			.crl = c->tls[i].crl,
			.client = c->tls[i].client };
	d->transports = rf_transport_open(d->base,
	    &(struct rf_transport_config){ .listener = listener,
		.listener_count = c->listen_count,
		.tls = tls,
		.tls_count = c->tls_count,
		.links_max = c->limits_connections,
		.links_per_source_max = c->limits_connections_per_source,
		.alias = true },
	    &callbacks, d, error);
	return d->transports != NULL;
}

static bool
start_engine(struct rf_driver *d, char error[256])
{
	const struct rf_config *c = d->config;
	struct rf_engine_limits limits = { .calls = c->pools_calls,
		.transactions = c->pools_transactions,
		.text_bytes = c->pools_text };
	struct rf_engine_config config = { .t1 = c->sip_t1, .t2 = c->sip_t2, .t4 = c->sip_t4,
		.listener_count = (uint8_t)c->listen_count,
		.no_snapshots = strcmp(c->store_url, "memory:") == 0,
		.hash_effects = c->journal_dir != NULL };
	uint8_t seed[16];
	snprintf(config.domain, sizeof config.domain, "%s", c->domain);
	snprintf(config.software, sizeof config.software, "referee");
	for (uint32_t i = 0; i < c->listen_count; i++) {
		config.listener[i].local = rf_transport_local(d->transports, i);
		snprintf(config.listener[i].advertise, sizeof config.listener[i].advertise, "%s",
		    c->listen[i].advertise);
	}
	if (getrandom(seed, sizeof seed, 0) != sizeof seed) {
		snprintf(error, 256, "no entropy");
		return false;
	}
	d->block_size = rf_engine_size(&limits);
	/* Pages are touched when they are needed: a large pool costs nothing until it fills. */
	void *block = mmap(NULL, d->block_size, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (block == MAP_FAILED) {
		snprintf(error, 256, "pools: no %zu bytes of memory", d->block_size);
		return false;
	}
	d->engine = rf_engine_init(block, &limits, &config, seed, now_us());
	d->journal = rf_journal_start(c, seed, error);
	return d->journal != NULL || c->journal_dir == NULL;
}

struct rf_driver *
rf_driver_new(
    struct event_base *base, const struct rf_config *config, struct rf_log *log, char error[256])
{
	struct rf_driver *d = calloc(1, sizeof *d);
	snprintf(error, 256, "no memory");
	struct rf_resolver_config resolver = { .random = below, .no_ipv4 = true, .no_ipv6 = true };
	if (d == NULL)
		return NULL;
	/* Addresses nobody here could send to are not worth asking for. */
	for (uint32_t i = 0; i < config->listen_count; i++) {
		if (is_ipv4(&config->listen[i].address))
			resolver.no_ipv4 = false;
		else
			resolver.no_ipv6 = false;
	}
	d->base = base;
	d->config = config;
	d->log = log;
	d->armed_for = RF_TIME_NEVER;
	d->deadline = event_new(base, -1, 0, on_deadline, d);
	d->drain_poll = event_new(base, -1, 0, on_drain_poll, d);
	d->wall_clock = event_new(base, -1, 0, on_wall_clock, d);
	d->policy = rf_policy_new(&config->policy);
	d->ladder = rf_ladder_new(0);
	if (d->deadline != NULL && d->drain_poll != NULL && d->wall_clock != NULL &&
	    d->policy != NULL && d->ladder != NULL && start_store(d, error) &&
	    start_transports(d, error) && start_engine(d, error) &&
	    (d->resolver = rf_resolver_new(base, &resolver, on_resolved, d, error)) != NULL) {
		on_wall_clock(-1, 0, d);
		if (restore_all(d, error))
			return d;
	}
	rf_driver_free(d);
	return NULL;
}

void
rf_driver_free(struct rf_driver *d)
{
	if (d == NULL)
		return;
	if (d->transports != NULL)
		rf_transport_free(d->transports);
	if (d->resolver != NULL)
		rf_resolver_free(d->resolver);
	rf_store_close(d->store);
	rf_blackbox_close(d->blackbox);
	rf_ladder_free(d->ladder);
	rf_policy_free(d->policy);
	if (d->deadline != NULL)
		event_free(d->deadline);
	if (d->drain_poll != NULL)
		event_free(d->drain_poll);
	if (d->wall_clock != NULL)
		event_free(d->wall_clock);
	for (uint32_t i = 0; i < RF_LINK_SLOTS; i++)
		free(d->links[i]);
	if (d->journal != NULL)
		rf_journal_stop(d->journal, d->engine);
	if (d->engine != NULL)
		munmap(d->engine, d->block_size);
	free(d);
}

void
rf_driver_drain(struct rf_driver *d, void (*idle)(void *user), void *user)
{
	if (d->draining)
		return;
	d->draining = true;
	d->idle = idle;
	d->idle_user = user;
	rf_transport_drain(d->transports);
	tell(d, &(struct rf_event){ .kind = RF_EV_DRAIN });
	event_active(d->drain_poll, EV_TIMEOUT, 0);
}

bool
rf_driver_end_session(struct rf_driver *d, uint64_t session, char reply[128])
{
	d->reply[0] = '\0';
	tell(d,
	    &(struct rf_event){
		.kind = RF_EV_COMMAND, .verb = RF_VERB_SESSION_END, .token = 1, .value = session });
	memcpy(reply, d->reply, sizeof d->reply);
	return strcmp(d->reply, "ending") == 0;
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
