/* SPDX-License-Identifier: BSD-2-Clause */
/* transport/resolve_walk.c -- the way from a name to addresses: NAPTR, then SRV, then A and AAAA,
 * with c-ares on the event loop.
 *
 * A walk outlives its lookup when time runs out: c-ares still holds it and calls back later.  It
 * must not know who asked. */
#include "transport/resolve_internal.h"

#include <assert.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CLASS_IN = 1 };

struct candidate {
	char name[RF_DNS_NAME_MAX + 1];         /* of the SRV record set */
	uint8_t proto;
};

struct rf_walk {
	struct rf_resolver *r;
	struct rf_lookup *lookup;               /* NULL: abandoned */
	struct event deadline;
	uint32_t pending;                       /* calls c-ares owes us, and 1 while adding */
	bool unsure;                            /* not every "no" was an answer */
	bool unavailable;                       /* an SRV target of "." says so, RFC 2782 */
	uint32_t ttl_s;
	struct candidate candidate[RF_RESOLVE_CANDIDATES_MAX];
	uint32_t candidate_count, candidate_next;
	char host[RF_RESOLVE_TARGETS_MAX][RF_DNS_NAME_MAX + 1];
	struct rf_found found;
};

struct host_query {
	struct rf_walk *walk;
	uint32_t target;
};

static void try_next_candidate(struct rf_walk *);

/* ---- c-ares on the loop -------------------------------------------------------------------- */

static void
arm_tick(struct rf_resolver *r)
{
	struct timeval in, *next = ares_timeout(r->channel, NULL, &in);
	if (next != NULL)
		event_add(&r->tick, next);
	else
		event_del(&r->tick);
}

static void
on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct rf_resolver *r = arg;
	(void)fd;
	(void)what;
	ares_process_fd(r->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
	arm_tick(r);
}

static void
on_socket(evutil_socket_t fd, short what, void *arg)
{
	struct rf_resolver *r = ((struct rf_resolve_socket *)arg)->r;
	ares_process_fd(r->channel, (what & EV_READ) != 0 ? fd : ARES_SOCKET_BAD,
	    (what & EV_WRITE) != 0 ? fd : ARES_SOCKET_BAD);
	arm_tick(r);
}

static void
on_socket_state(void *arg, ares_socket_t fd, int readable, int writable)
{
	struct rf_resolver *r = arg;
	struct rf_resolve_socket *mine = NULL;
	for (uint32_t i = 0; i < RF_RESOLVE_SOCKETS_MAX; i++) {
		struct rf_resolve_socket *s = &r->socket[i];
		if (s->used && s->fd == fd) {
			mine = s;
			break;
		}
		if (!s->used && mine == NULL)
			mine = s;
	}
	if (mine == NULL)
		return;         /* nobody listens to it: its queries run out of time */
	if (mine->used)
		event_del(&mine->event);
	mine->used = readable || writable;
	if (!mine->used)
		return;
	mine->fd = fd;
	mine->r = r;
	event_assign(&mine->event, r->base, fd,
	    (short)(EV_PERSIST | (readable ? EV_READ : 0) | (writable ? EV_WRITE : 0)), on_socket,
	    mine);
	event_add(&mine->event, NULL);
}

bool
rf_walk_open_channel(struct rf_resolver *r, char error[256])
{
	struct ares_options options = {
		.flags = ARES_FLAG_NOSEARCH,
		.timeout = RF_RESOLVE_QUERY_MS,
		.tries = RF_RESOLVE_TRIES,
		.sock_state_cb = on_socket_state,
		.sock_state_cb_data = r,
	};
	event_assign(&r->tick, r->base, -1, 0, on_tick, r);
	int status = ares_library_init(ARES_LIB_INIT_ALL);
	if (status == ARES_SUCCESS) {
		status = ares_init_options(&r->channel, &options,
		    ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB);
		if (status != ARES_SUCCESS) {
			r->channel = NULL;
			ares_library_cleanup();
		}
	}
	if (status == ARES_SUCCESS && r->config.servers != NULL)
		status = ares_set_servers_ports_csv(r->channel, r->config.servers);
	if (status == ARES_SUCCESS)
		return true;
	snprintf(error, 256, "dns: %s", ares_strerror(status));
	rf_walk_close_channel(r);
	return false;
}

void
rf_walk_close_channel(struct rf_resolver *r)
{
	if (r->channel != NULL) {
		ares_destroy(r->channel);
		ares_library_cleanup();
	}
	r->channel = NULL;
	event_del(&r->tick);
}

/* ---- the walk ------------------------------------------------------------------------------ */

/* The walk goes on without a purpose until c-ares has let go of it. */
void
rf_walk_abandon(struct rf_walk *walk)
{
	event_del(&walk->deadline);
	walk->lookup->walk = NULL;
	walk->lookup = NULL;
}

static void
answer(struct rf_walk *walk)
{
	struct rf_lookup *lookup = walk->lookup;
	if (lookup == NULL)
		return;
	struct rf_found found = { .count = 0 };
	for (uint32_t i = 0; i < walk->found.count; i++) {
		if (walk->found.target[i].count > 0)
			found.target[found.count++] = walk->found.target[i];
	}
	rf_walk_abandon(walk);
	rf_lookup_done(walk->r, lookup, &found, walk->ttl_s, walk->unsure);
}

/* One of the reasons to keep the walk is gone; without any it has arrived. */
static void
release(struct rf_walk *walk)
{
	assert(walk->pending > 0);
	if (--walk->pending > 0)
		return;
	answer(walk);
	free(walk);
}

static void
on_deadline(evutil_socket_t fd, short what, void *arg)
{
	struct rf_walk *walk = arg;
	(void)fd;
	(void)what;
	walk->r->counters.timeouts++;
	walk->unsure = true;
	answer(walk);           /* and then it waits for c-ares to let go */
}

static void
note_ttl(struct rf_walk *walk, uint32_t ttl_s)
{
	if (ttl_s < walk->ttl_s)
		walk->ttl_s = ttl_s;
}

static void
note_status(struct rf_walk *walk, int status)
{
	if (status != ARES_SUCCESS && status != ARES_ENOTFOUND && status != ARES_ENODATA)
		walk->unsure = true;
}

static void
take_address(struct rf_target *target, const struct sockaddr *address)
{
	uint8_t ip[16] = { [10] = 0xff, [11] = 0xff };
	if (address->sa_family == AF_INET) {
		struct sockaddr_in v4;
		memcpy(&v4, address, sizeof(v4));
		memcpy(ip + 12, &v4.sin_addr, 4);
	} else if (address->sa_family == AF_INET6) {
		struct sockaddr_in6 v6;
		memcpy(&v6, address, sizeof(v6));
		memcpy(ip, &v6.sin6_addr, 16);
	} else {
		return;
	}
	for (uint32_t i = 0; i < target->count; i++) {
		if (memcmp(target->ip[i], ip, sizeof(ip)) == 0)
			return;
	}
	if (target->count < RF_RESOLVE_ADDRESSES_MAX)
		memcpy(target->ip[target->count++], ip, sizeof(ip));
}

static void
on_host(void *arg, int status, int timeouts, struct ares_addrinfo *list)
{
	struct host_query query = *(struct host_query *)arg;
	struct rf_walk *walk = query.walk;
	(void)timeouts;
	free(arg);
	note_status(walk, status);
	if (status == ARES_SUCCESS && walk->lookup != NULL) {
		for (struct ares_addrinfo_node *n = list->nodes; n != NULL; n = n->ai_next) {
			take_address(&walk->found.target[query.target], n->ai_addr);
			note_ttl(walk, n->ai_ttl > 0 ? (uint32_t)n->ai_ttl : 0);
		}
	}
	if (list != NULL)
		ares_freeaddrinfo(list);
	release(walk);
}

static void
ask_hosts(struct rf_walk *walk)
{
	struct rf_resolver *r = walk->r;
	struct ares_addrinfo_hints hints = {
		.ai_family = r->config.no_ipv6 ? AF_INET : r->config.no_ipv4 ? AF_INET6 : AF_UNSPEC,
	};
	for (uint32_t i = 0; i < walk->found.count; i++) {
		struct host_query *query = malloc(sizeof(*query));
		if (query == NULL) {
			walk->unsure = true;
			break;
		}
		*query = (struct host_query){ walk, i };
		walk->pending++;
		r->counters.queries++;
		ares_getaddrinfo(r->channel, walk->host[i], NULL, &hints, on_host, query);
	}
}

static void
add_target(struct rf_walk *walk, const char *host, uint16_t port, uint8_t proto, uint16_t priority,
    uint16_t weight)
{
	uint32_t i = walk->found.count;
	size_t len = strlen(host);
	if (i == RF_RESOLVE_TARGETS_MAX || len > RF_DNS_NAME_MAX)
		return;
	memcpy(walk->host[i], host, len + 1);
	walk->found.target[i] = (struct rf_target){ .priority = priority, .weight = weight,
		.port = port, .proto = proto };
	walk->found.count++;
}

/* No SRV leads anywhere: the name itself, on the port of the protocol (RFC 3263 4.2). */
static void
ask_name_itself(struct rf_walk *walk)
{
	const struct rf_lookup *lookup = walk->lookup;
	uint8_t proto = lookup->proto;
	if (proto == RF_TRANSPORT_NONE)
		proto = lookup->secure ? RF_TLS : RF_UDP;
	uint16_t port = lookup->port;
	if (port == 0)
		port = proto == RF_TLS ? 5061 : 5060;
	add_target(walk, lookup->host, port, proto, 0, 0);
	ask_hosts(walk);
}

static void
on_srv(void *arg, int status, int timeouts, unsigned char *bytes, int len)
{
	struct rf_walk *walk = arg;
	struct rf_dns_record record[RF_RESOLVE_TARGETS_MAX];
	uint32_t count = 0;
	(void)timeouts;
	note_status(walk, status);
	if (walk->lookup == NULL) {
		release(walk);
		return;
	}
	if (status == ARES_SUCCESS && len > 0)
		count = rf_dns_records(record, RF_RESOLVE_TARGETS_MAX, RF_DNS_SRV, bytes,
		    (uint32_t)len);
	uint8_t proto = walk->candidate[walk->candidate_next - 1].proto;
	for (uint32_t i = 0; i < count; i++) {
		note_ttl(walk, record[i].ttl_s);
		if (record[i].name[0] == '\0')
			walk->unavailable = true;
		else if (record[i].port != 0)
			add_target(walk, record[i].name, record[i].port, proto, record[i].priority,
			    record[i].weight);
	}
	if (walk->found.count > 0)
		ask_hosts(walk);
	else
		try_next_candidate(walk);
	release(walk);
}

static void
try_next_candidate(struct rf_walk *walk)
{
	if (walk->candidate_next < walk->candidate_count) {
		const struct candidate *c = &walk->candidate[walk->candidate_next++];
		walk->pending++;
		walk->r->counters.queries++;
		ares_query(walk->r->channel, c->name, CLASS_IN, RF_DNS_SRV, on_srv, walk);
	} else if (!walk->unavailable) {
		ask_name_itself(walk);
	}
}

static void
add_candidate(struct rf_walk *walk, const char *prefix, const char *host, uint8_t proto)
{
	struct candidate *c = &walk->candidate[walk->candidate_count];
	if (walk->candidate_count == RF_RESOLVE_CANDIDATES_MAX)
		return;
	int len = snprintf(c->name, sizeof(c->name), "%s%s", prefix, host);
	if (len < 0 || (size_t)len >= sizeof(c->name))
		return;         /* a name that cannot be: it has no SRV either */
	c->proto = proto;
	walk->candidate_count++;
}

static void
add_candidates_of(struct rf_walk *walk, uint8_t proto)
{
	const char *host = walk->lookup->host;
	switch (proto) {
	case RF_UDP:
		add_candidate(walk, "_sip._udp.", host, RF_UDP);
		break;
	case RF_TCP:
		add_candidate(walk, "_sip._tcp.", host, RF_TCP);
		break;
	case RF_TLS:
		add_candidate(walk, "_sips._tcp.", host, RF_TLS);
		break;
	}
}

static void
on_naptr(void *arg, int status, int timeouts, unsigned char *bytes, int len)
{
	static const struct {
		const char *service;
		uint8_t proto;
	} known[] = { { "SIPS+D2T", RF_TLS }, { "SIP+D2T", RF_TCP }, { "SIP+D2U", RF_UDP } };
	struct rf_walk *walk = arg;
	struct rf_dns_record record[RF_RESOLVE_TARGETS_MAX];
	uint32_t count = 0;
	(void)timeouts;
	if (walk->lookup == NULL) {
		release(walk);
		return;
	}
	/* Many servers fail on a type they have never heard of: that is a no like any other. */
	if (status == ARES_SUCCESS && len > 0)
		count = rf_dns_records(record, RF_RESOLVE_TARGETS_MAX, RF_DNS_NAPTR, bytes,
		    (uint32_t)len);
	for (uint32_t i = 0; i < count; i++) {
		for (size_t k = 0; k < RF_ARRAY_LEN(known); k++) {
			if (strcasecmp(record[i].service, known[k].service) != 0 ||
			    strcasecmp(record[i].flags, "s") != 0 || record[i].name[0] == '\0' ||
			    (walk->lookup->secure && known[k].proto != RF_TLS))
				continue;
			note_ttl(walk, record[i].ttl_s);
			add_candidate(walk, "", record[i].name, known[k].proto);
		}
	}
	if (walk->candidate_count == 0 && walk->lookup->secure) {
		add_candidates_of(walk, RF_TLS);
	} else if (walk->candidate_count == 0) {
		add_candidates_of(walk, RF_UDP);
		add_candidates_of(walk, RF_TCP);
	}
	try_next_candidate(walk);
	release(walk);
}

void
rf_walk_start(struct rf_resolver *r, struct rf_lookup *lookup)
{
	struct rf_walk *walk = calloc(1, sizeof(*walk));
	if (walk == NULL) {
		rf_lookup_done(r, lookup, &(struct rf_found){ .count = 0 }, 0, true);
		return;
	}
	struct timeval in = { .tv_sec = r->config.timeout_ms / 1000,
		.tv_usec = (suseconds_t)(r->config.timeout_ms % 1000) * 1000 };
	walk->r = r;
	walk->lookup = lookup;
	walk->ttl_s = UINT32_MAX;
	walk->pending = 1;
	lookup->walk = walk;
	event_assign(&walk->deadline, r->base, -1, 0, on_deadline, walk);
	event_add(&walk->deadline, &in);
	/* One label is a host of this network (/etc/hosts): nobody publishes SRV for it. */
	if (lookup->port != 0 || strchr(lookup->host, '.') == NULL) {
		ask_name_itself(walk);
	} else if (lookup->proto != RF_TRANSPORT_NONE) {
		add_candidates_of(walk, lookup->proto);
		try_next_candidate(walk);
	} else {
		walk->pending++;
		r->counters.queries++;
		ares_query(r->channel, lookup->host, CLASS_IN, RF_DNS_NAPTR, on_naptr, walk);
	}
	release(walk);
	arm_tick(r);
}
