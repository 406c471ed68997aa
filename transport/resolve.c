/* SPDX-License-Identifier: BSD-2-Clause */
/* transport/resolve.c -- questions, what is known already, and answers in the order to be tried.
 *
 * What is kept of a name are its SRV records with their addresses, not an answer: the weighted
 * choice of RFC 2782 is made anew for every question.  Equal questions share one walk. */
#include "transport/resolve.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "transport/resolve_internal.h"

int64_t
rf_resolve_now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- the answer ---------------------------------------------------------------------------- */

/* RFC 2782: among equals of the lowest priority left, one by the weight of chance; those without
 * weight stand first, so that only a draw of 0 takes them. */
static uint32_t
choose(struct rf_resolver *r, const struct rf_found *found, const bool *used)
{
	uint32_t lowest = UINT32_MAX, sum = 0;
	for (uint32_t i = 0; i < found->count; i++) {
		if (!used[i] && found->target[i].priority < lowest)
			lowest = found->target[i].priority;
	}
	for (uint32_t i = 0; i < found->count; i++) {
		if (!used[i] && found->target[i].priority == lowest)
			sum += found->target[i].weight;
	}
	uint32_t draw = 0, running = 0, chosen = UINT32_MAX;
	if (r->config.random != NULL)
		draw = r->config.random(r->config.random_user, sum + 1);
	for (uint32_t pass = 0; pass < 2; pass++) {
		for (uint32_t i = 0; i < found->count; i++) {
			const struct rf_target *t = &found->target[i];
			if (used[i] || t->priority != lowest || (t->weight == 0) != (pass == 0))
				continue;
			running += t->weight;
			if (chosen == UINT32_MAX && running >= draw)
				chosen = i;
		}
	}
	assert(chosen != UINT32_MAX);
	return chosen;
}

/* Every target keeps a place: eight addresses of the first must not hide the spare one. */
static void
fill(struct rf_resolver *r, struct rf_asked *asked, const struct rf_found *found)
{
	bool used[RF_RESOLVE_TARGETS_MAX] = { false };
	asked->count = 0;
	for (uint32_t n = 0; n < found->count; n++) {
		uint32_t at = choose(r, found, used);
		const struct rf_target *t = &found->target[at];
		uint32_t room = RF_RESOLVE_ADDRESSES_MAX - asked->count - (found->count - n - 1);
		used[at] = true;
		for (uint32_t i = 0; i < t->count && i < room; i++) {
			struct rf_addr *a = &asked->address[asked->count++];
			*a = (struct rf_addr){ .port = t->port, .proto = t->proto };
			memcpy(a->ip, t->ip[i], sizeof(a->ip));
		}
	}
}

static void
make_ready(struct rf_resolver *r, struct rf_asked *asked)
{
	TAILQ_INSERT_TAIL(&r->ready, asked, entry);
	event_active(&r->deliver, EV_TIMEOUT, 0);
}

static void
on_deliver(evutil_socket_t fd, short what, void *arg)
{
	struct rf_resolver *r = arg;
	struct rf_asked_list now = TAILQ_HEAD_INITIALIZER(now);
	struct rf_asked *asked;
	(void)fd;
	(void)what;
	TAILQ_CONCAT(&now, &r->ready, entry);
	while ((asked = TAILQ_FIRST(&now)) != NULL) {
		TAILQ_REMOVE(&now, asked, entry);
		r->asked_count--;
		r->counters.answered += asked->count > 0;
		r->counters.failed += asked->count == 0;
		r->answer(r->user, asked->token, asked->address, asked->count);
		free(asked);
	}
}

/* ---- what is known ------------------------------------------------------------------------- */

void
rf_lookup_done(struct rf_resolver *r, struct rf_lookup *lookup, const struct rf_found *found,
    uint32_t ttl_s, bool unsure)
{
	int64_t now = rf_resolve_now_ms();
	uint32_t keep_s = ttl_s < RF_RESOLVE_TTL_S_MIN ? RF_RESOLVE_TTL_S_MIN : ttl_s;
	if (keep_s > RF_RESOLVE_TTL_S_MAX)
		keep_s = RF_RESOLVE_TTL_S_MAX;
	if (found->count == 0 || (unsure && keep_s > RF_RESOLVE_NEGATIVE_S))
		keep_s = RF_RESOLVE_NEGATIVE_S;
	if (found->count > 0 || !unsure || now >= lookup->stale_ms) {
		lookup->found = *found;
		lookup->stale_ms = now + (int64_t)(keep_s + RF_RESOLVE_STALE_S) * 1000;
	} else {
		/* Nobody said that the old answer is wrong (RFC 8767). */
		r->counters.stale++;
	}
	lookup->expires_ms = now + (int64_t)keep_s * 1000;
	struct rf_asked *asked;
	while ((asked = TAILQ_FIRST(&lookup->waiting)) != NULL) {
		TAILQ_REMOVE(&lookup->waiting, asked, entry);
		fill(r, asked, &lookup->found);
		make_ready(r, asked);
	}
}

static struct rf_lookup *
find_lookup(struct rf_resolver *r, const char *host, const struct rf_question *q)
{
	struct rf_lookup *l;
	TAILQ_FOREACH(l, &r->lookups, entry) {
		if (l->port == q->port && l->proto == q->proto && l->secure == q->secure &&
		    strcmp(l->host, host) == 0)
			break;
	}
	if (l == NULL)
		return NULL;
	TAILQ_REMOVE(&r->lookups, l, entry);
	TAILQ_INSERT_HEAD(&r->lookups, l, entry);
	return l;
}

static struct rf_lookup *
new_lookup(struct rf_resolver *r, const char *host, const struct rf_question *q)
{
	struct rf_lookup *l = NULL;
	if (r->lookup_count == RF_RESOLVE_LOOKUPS_MAX) {
		TAILQ_FOREACH_REVERSE(l, &r->lookups, rf_lookup_list, entry) {
			if (l->walk == NULL)
				break;
		}
		if (l == NULL)
			return NULL;
		TAILQ_REMOVE(&r->lookups, l, entry);
		r->lookup_count--;
		free(l);
	}
	l = calloc(1, sizeof(*l));
	if (l == NULL)
		return NULL;
	strcpy(l->host, host);
	l->port = q->port;
	l->proto = q->proto;
	l->secure = q->secure;
	TAILQ_INIT(&l->waiting);
	TAILQ_INSERT_HEAD(&r->lookups, l, entry);
	r->lookup_count++;
	return l;
}

/* Lower case, without the final dot; false: no name of DNS. */
static bool
host_key(char out[RF_DNS_NAME_MAX + 1], struct rf_slice host)
{
	if (host.len > 0 && host.p[host.len - 1] == '.')
		host.len--;
	if (host.len == 0 || host.len > RF_DNS_NAME_MAX - 2)
		return false;
	for (uint32_t i = 0; i < host.len; i++) {
		char c = host.p[i];
		if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		else if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '-' &&
			 c != '.' && c != '_')
			return false;
		out[i] = c;
	}
	out[host.len] = '\0';
	return true;
}

static bool
answer_literal(struct rf_asked *asked, const struct rf_question *q)
{
	struct rf_addr a = { .port = q->port, .proto = q->proto };
	if (!rf_ip_parse(a.ip, q->host))
		return false;
	if (a.proto == RF_TRANSPORT_NONE)
		a.proto = q->secure ? RF_TLS : RF_UDP;
	if (a.port == 0)
		a.port = a.proto == RF_TLS ? 5061 : 5060;
	asked->address[0] = a;
	asked->count = 1;
	return true;
}

void
rf_resolve(struct rf_resolver *r, const struct rf_question *question, rf_token token)
{
	char host[RF_DNS_NAME_MAX + 1];
	struct rf_asked *asked = calloc(1, sizeof(*asked));
	r->counters.questions++;
	assert(asked != NULL);
	asked->token = token;
	r->asked_count++;
	if (answer_literal(asked, question)) {
		r->counters.literals++;
		make_ready(r, asked);
		return;
	}
	struct rf_question q = *question;
	if (q.proto == RF_TRANSPORT_OTHER || !host_key(host, q.host) ||
	    r->asked_count > RF_RESOLVE_QUESTIONS_MAX) {
		r->counters.refused++;
		make_ready(r, asked);
		return;
	}
	struct rf_lookup *lookup = find_lookup(r, host, &q);
	if (lookup == NULL)
		lookup = new_lookup(r, host, &q);
	if (lookup == NULL) {
		r->counters.refused++;
		make_ready(r, asked);
	} else if (lookup->walk == NULL && rf_resolve_now_ms() < lookup->expires_ms) {
		r->counters.cached++;
		fill(r, asked, &lookup->found);
		make_ready(r, asked);
	} else {
		TAILQ_INSERT_TAIL(&lookup->waiting, asked, entry);
		if (lookup->walk == NULL)
			rf_walk_start(r, lookup);
	}
}

/* ---- opening and closing ------------------------------------------------------------------- */

struct rf_resolver *
rf_resolver_new(struct event_base *base, const struct rf_resolver_config *config,
    rf_resolved_fn *answer, void *user, char error[256])
{
	struct rf_resolver *r = calloc(1, sizeof(*r));
	if (r == NULL) {
		strcpy(error, "out of memory");
		return NULL;
	}
	r->base = base;
	r->config = *config;
	if (r->config.timeout_ms == 0)
		r->config.timeout_ms = RF_RESOLVE_MS_DEFAULT;
	r->answer = answer;
	r->user = user;
	TAILQ_INIT(&r->lookups);
	TAILQ_INIT(&r->ready);
	event_assign(&r->deliver, base, -1, 0, on_deliver, r);
	if (!rf_walk_open_channel(r, error)) {
		free(r);
		return NULL;
	}
	r->config.servers = NULL;       /* the caller's */
	return r;
}

static void
free_asked(struct rf_asked_list *list)
{
	struct rf_asked *asked;
	while ((asked = TAILQ_FIRST(list)) != NULL) {
		TAILQ_REMOVE(list, asked, entry);
		free(asked);
	}
}

void
rf_resolver_free(struct rf_resolver *r)
{
	struct rf_lookup *l;
	if (r == NULL)
		return;
	/* A walk that still had a purpose would ask again while c-ares takes its leave. */
	TAILQ_FOREACH(l, &r->lookups, entry) {
		if (l->walk != NULL)
			rf_walk_abandon(l->walk);
	}
	rf_walk_close_channel(r);
	event_del(&r->deliver);
	free_asked(&r->ready);
	while ((l = TAILQ_FIRST(&r->lookups)) != NULL) {
		TAILQ_REMOVE(&r->lookups, l, entry);
		free_asked(&l->waiting);
		free(l);
	}
	free(r);
}

void
rf_resolver_counters(const struct rf_resolver *r, struct rf_resolver_counters *out)
{
	*out = r->counters;
}
