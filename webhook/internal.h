/* SPDX-License-Identifier: BSD-2-Clause */
/* webhook/internal.h -- what the files of this folder share; nobody else includes it.
 *
 * A post is RESOLVING, then waits for a TOKEN, then is SENDING, then ANSWERED; each step may be
 * left out, and its deadline ends it in any of them. */
#ifndef RF_WEBHOOK_INTERNAL_H
#define RF_WEBHOOK_INTERNAL_H

#include <curl/curl.h>
#include <event2/event.h>
#include <stddef.h>

#include "engine/engine.h"
#include "webhook/client.h"

enum {
	RF_WEBHOOK_TOKEN_MAX = 16 * 1024,       /* bytes of an access token */
	RF_WEBHOOK_TOKEN_LIFE_S = 300,          /* of a token that does not say (RFC 6749 5.1) */
	RF_WEBHOOK_TOKEN_LIFE_S_MAX = 86400,
	RF_WEBHOOK_TOKEN_WAIT_S_MAX = 30,       /* between attempts to get one */
};

/* An exchange with somebody over HTTP: what curl works on, and what came back. */
struct rf_exchange {
	CURL *easy;
	struct curl_slist *headers, *addresses;
	char *answer;                           /* NULL: the body is counted, not kept */
	size_t answer_len;
	bool too_long;
	char error[CURL_ERROR_SIZE];
	/* Its end: a CURLcode; the HTTP status is in `easy`. */
	void (*over)(struct rf_exchange *, CURLcode);
};

enum rf_post_state {
	RF_POST_FREE,
	RF_POST_RESOLVING,
	RF_POST_TOKEN,
	RF_POST_SENDING,
	RF_POST_ANSWERED
};

struct rf_post {
	struct rf_exchange exchange;            /* first: curl's pointer is the post's */
	struct rf_webhook *client;
	enum rf_post_state state;
	uint32_t generation, next_free;         /* next_free: 1 + index */
	rf_token token;
	uint32_t receiver;
	int64_t now_us;
	uint64_t token_version;                 /* of the access token it was sent with */
	bool again;                             /* a 401 has been answered with a new token */
	struct event *deadline;
	char *text;                             /* id, Call-ID, tag and body, one after the other */
	uint32_t id_len, call_id_len, from_tag_len, body_len;
	struct rf_addr address[RF_RESOLVED_MAX];
	uint32_t addresses;
	enum rf_webhook_result result;
	uint16_t status;
	uint32_t retry_after_s;
	char why[RF_WEBHOOK_WHY_MAX];
};

struct rf_host {                                /* whose addresses are asked for */
	char *name;
	uint16_t port;
	bool literal;                           /* the name is an address */
};

struct rf_access {                              /* to one receiver: its OAuth 2.0 token */
	struct rf_exchange exchange;            /* first */
	struct rf_webhook *client;
	uint32_t receiver;
	struct rf_host host;                    /* of the token server */
	uint32_t generation;                    /* of the request */
	bool resolving;
	char *token;                            /* NULL: none that is valid */
	uint64_t version;
	bool asking;                            /* the one request under way */
	bool pausing;                           /* it failed lately: not again yet */
	uint32_t failures;
	struct event *refresh, *expiry, *pause, *deadline;
	char why[RF_WEBHOOK_WHY_MAX];
};

struct rf_destination {
	struct rf_webhook_receiver config;
	struct rf_host host;
	struct rf_access access;
	struct rf_webhook_stats stats;
};

struct rf_webhook {
	struct event_base *base;
	struct rf_webhook_callbacks call;
	void *user;
	char software[64];
	CURLM *multi;
	struct event *timer, *settle;
	struct rf_destination receiver[RF_WEBHOOK_RECEIVERS_MAX];
	uint32_t receivers;
	struct rf_post *post;                   /* RF_WEBHOOK_POSTS_MAX */
	uint32_t free;                          /* 1 + index; 0: none */
};

/* ---- multi.c: curl's sockets and timer on the event loop */
bool rf_multi_init(struct rf_webhook *);
void rf_multi_fini(struct rf_webhook *);
/* Sets what every exchange has in common; false: no memory. */
bool rf_exchange_begin(struct rf_webhook *, struct rf_exchange *, const struct rf_destination *,
    const char *url);
bool rf_exchange_header(struct rf_exchange *, const char *name, struct rf_slice value);
/* What curl would otherwise ask the system for. */
bool rf_exchange_addresses(
    struct rf_exchange *, const struct rf_host *, const struct rf_addr *, uint32_t count);
bool rf_exchange_start(struct rf_webhook *, struct rf_exchange *);
/* Over or given up: what it held is given back, the handle stays for the next one. */
void rf_exchange_end(struct rf_webhook *, struct rf_exchange *);
void rf_exchange_fini(struct rf_exchange *);
/* The host of a URL, or of the proxy on the way there. */
bool rf_host_read(struct rf_host *, const char *url, const char *proxy);
/* Asks where it leads; false: nobody needs to. */
bool rf_host_resolve(struct rf_webhook *, const struct rf_host *, rf_token question);

/* ---- token.c */
bool rf_access_init(struct rf_webhook *, uint32_t receiver);
void rf_access_fini(struct rf_access *);
/* A token, or NULL: it is being asked for, or *why says that none can be had now. */
const char *rf_access_token(struct rf_access *, const char **why);
void rf_access_resolved(struct rf_access *, uint32_t generation, const struct rf_addr *, uint32_t);
/* The receiver does not take this one any more. */
void rf_access_refused(struct rf_access *, uint64_t version);

/* ---- client.c: a receiver's token came, or will not come */
void rf_posts_go_on(struct rf_webhook *, uint32_t receiver, const char *why);

#endif
