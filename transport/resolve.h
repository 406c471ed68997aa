/* SPDX-License-Identifier: BSD-2-Clause */
/* transport/resolve.h -- where a name leads (RFC 3263 4.1, 4.2), on the caller's event loop.
 *
 * The answer is a list of addresses to try in this order.  Names are looked up in /etc/hosts and by
 * c-ares; no threads.  Every question is answered exactly once, never from inside rf_resolve. */
#ifndef RF_TRANSPORT_RESOLVE_H
#define RF_TRANSPORT_RESOLVE_H

#include "engine/types.h"

struct event_base;
struct rf_resolver;

enum {
	RF_RESOLVE_ADDRESSES_MAX = 8,           /* of one answer */
	RF_RESOLVE_TARGETS_MAX = 8,             /* names of one SRV set; the best are kept */
	RF_RESOLVE_QUESTIONS_MAX = 4096,        /* waiting for an answer */
	RF_RESOLVE_LOOKUPS_MAX = 512,           /* names known or being looked up */
	RF_RESOLVE_MS_DEFAULT = 5000,           /* for everything one question needs */
	RF_RESOLVE_TTL_S_MIN = 1,
	RF_RESOLVE_TTL_S_MAX = 300,
	RF_RESOLVE_NEGATIVE_S = 5,
	RF_RESOLVE_STALE_S = 600,               /* an old answer serves that long if DNS is down */
};

struct rf_resolver_config {
	const char *servers;                    /* "127.0.0.1:53,[::1]:53"; NULL: the system's */
	uint32_t timeout_ms;                    /* 0: default */
	bool no_ipv4, no_ipv6;                  /* families that no listener could send to */
	/* Chooses among SRV records of one priority (RFC 2782): a number below `bound`.  NULL:
	 * as if it always said 0. */
	uint32_t (*random)(void *user, uint32_t bound);
	void *random_user;
};

struct rf_question {
	struct rf_slice host;                   /* name or literal, IPv6 with or without brackets */
	uint16_t port;                          /* 0: none given, SRV is asked */
	uint8_t proto;                          /* RF_TRANSPORT_NONE: NAPTR or SRV decide */
	bool secure;                            /* a sips: URI: TLS or nothing */
};

/* count 0: the name does not lead anywhere, or not in time. */
typedef void rf_resolved_fn(void *user, rf_token, const struct rf_addr *, uint32_t count);

struct rf_resolver *rf_resolver_new(struct event_base *, const struct rf_resolver_config *,
    rf_resolved_fn *, void *user, char error[256]);
/* Unanswered questions stay unanswered. */
void rf_resolver_free(struct rf_resolver *);

void rf_resolve(struct rf_resolver *, const struct rf_question *, rf_token);

#define RF_RESOLVER_COUNTERS(X) \
	X(questions) X(literals) X(cached) X(stale) X(queries) X(answered) \
	X(failed) X(timeouts) X(refused)

struct rf_resolver_counters {
#define RF_COUNTER(name) uint64_t name;
	RF_RESOLVER_COUNTERS(RF_COUNTER)
#undef RF_COUNTER
};
void rf_resolver_counters(const struct rf_resolver *, struct rf_resolver_counters *out);

#endif
