/* SPDX-License-Identifier: BSD-2-Clause */
/* transport/resolve_internal.h -- between resolve.c (who asked, what is known) and
 * resolve_walk.c (how it is found out). */
#ifndef RF_TRANSPORT_RESOLVE_INTERNAL_H
#define RF_TRANSPORT_RESOLVE_INTERNAL_H

#include <ares.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <sys/queue.h>

#include "transport/dns_record.h"
#include "transport/resolve.h"

enum {
	RF_RESOLVE_SOCKETS_MAX = 64,
	RF_RESOLVE_CANDIDATES_MAX = 4,          /* SRV names tried one after the other */
	RF_RESOLVE_QUERY_MS = 800,              /* first try of a query; then twice that */
	RF_RESOLVE_TRIES = 2,
};

struct rf_target {                              /* where one SRV record leads */
	uint16_t priority, weight, port;
	uint8_t proto, count;
	uint8_t ip[RF_RESOLVE_ADDRESSES_MAX][16];
};

struct rf_found {
	uint32_t count;
	struct rf_target target[RF_RESOLVE_TARGETS_MAX];
};

struct rf_asked {                               /* one question, until it is answered */
	rf_token token;
	uint32_t count;
	struct rf_addr address[RF_RESOLVE_ADDRESSES_MAX];
	TAILQ_ENTRY(rf_asked) entry;
};
TAILQ_HEAD(rf_asked_list, rf_asked);

struct rf_walk;
struct rf_lookup {                              /* one name and what is known of it */
	char host[RF_DNS_NAME_MAX + 1];         /* lower case */
	uint16_t port;
	uint8_t proto;
	bool secure;
	struct rf_walk *walk;                   /* NULL: not being looked up */
	int64_t expires_ms, stale_ms;           /* 0: nothing known yet; no use after */
	struct rf_found found;
	struct rf_asked_list waiting;
	TAILQ_ENTRY(rf_lookup) entry;
};
TAILQ_HEAD(rf_lookup_list, rf_lookup);

struct rf_resolve_socket {
	struct rf_resolver *r;
	struct event event;
	ares_socket_t fd;
	bool used;
};

struct rf_resolver {
	struct event_base *base;
	struct rf_resolver_config config;
	rf_resolved_fn *answer;
	void *user;
	ares_channel channel;
	struct rf_resolve_socket socket[RF_RESOLVE_SOCKETS_MAX];
	struct event tick, deliver;
	struct rf_lookup_list lookups;          /* most recently asked first */
	uint32_t lookup_count, asked_count;
	struct rf_asked_list ready;
	struct rf_resolver_counters counters;
};

/* resolve.c: `found` is what could be found; unsure: somebody did not answer. */
void rf_lookup_done(struct rf_resolver *, struct rf_lookup *, const struct rf_found *found,
    uint32_t ttl_s, bool unsure);
int64_t rf_resolve_now_ms(void);

/* resolve_walk.c */
bool rf_walk_open_channel(struct rf_resolver *, char error[256]);
void rf_walk_close_channel(struct rf_resolver *);
/* Ends in rf_lookup_done(), perhaps before it returns. */
void rf_walk_start(struct rf_resolver *, struct rf_lookup *);
void rf_walk_abandon(struct rf_walk *);

#endif
