/* SPDX-License-Identifier: BSD-2-Clause */
/* webhook/client.h -- one POST an attempt, on the caller's event loop: libcurl's multi interface.
 *
 * Whether there is another attempt, and when, is decided by whoever asked.  Here an attempt is
 * bounded, authorised, signed and judged: only a complete 200 is an acknowledgement (R24).  No
 * token, secret or body ever reaches a log line. */
#ifndef RF_WEBHOOK_CLIENT_H
#define RF_WEBHOOK_CLIENT_H

#include "engine/types.h"

struct event_base;
struct rf_webhook;

enum {
	RF_WEBHOOK_RECEIVERS_MAX = 16,
	RF_WEBHOOK_POSTS_MAX = 1024,            /* under way at a time: whoever asks keeps to it */
	RF_WEBHOOK_CONNECTIONS_MAX = 16,        /* to one receiver, unless it says otherwise */
	RF_WEBHOOK_BODY_MAX = 64 * 1024,        /* bytes of a request */
	RF_WEBHOOK_ANSWER_MAX = 64 * 1024,      /* bytes of an answer that are waited for */
	RF_WEBHOOK_SECRETS_MAX = 2,             /* the present one, and the one before */
	RF_WEBHOOK_WHY_MAX = 128,
};
#define RF_WEBHOOK_TIMEOUT (3 * RF_SECOND)

enum rf_webhook_auth { RF_WEBHOOK_OPEN, RF_WEBHOOK_BEARER, RF_WEBHOOK_OAUTH2 };

/* Texts are the caller's, NUL-terminated, and outlive the client; NULL: not given. */
struct rf_webhook_receiver {
	const char *name;                       /* in logs and metrics */
	const char *url;                        /* https://..., http://... */
	rf_time timeout;                        /* of the whole attempt; 0: RF_WEBHOOK_TIMEOUT */
	uint32_t connections;                   /* 0: RF_WEBHOOK_CONNECTIONS_MAX */
	enum rf_webhook_auth auth;
	const char *bearer;                     /* BEARER: the token */
	const char *token_url, *client_id, *client_secret, *scope; /* OAUTH2, RFC 6749 4.4 */
	const char *secret[RF_WEBHOOK_SECRETS_MAX]; /* Standard Webhooks: "whsec_BASE64" */
	const char *ca;                         /* PEM file; NULL: the system's */
	const char *certificate, *key;          /* PEM files: our own, for mutual TLS */
	const char *proxy;                      /* http://host:port */
};

enum rf_webhook_result {
	RF_WEBHOOK_ACKED,                       /* 200, complete and in time */
	RF_WEBHOOK_REFUSED,                     /* any other status, 202 and 204 too */
	RF_WEBHOOK_LATE,                        /* nothing complete within the timeout */
	RF_WEBHOOK_UNREACHABLE,                 /* no name, no connection, or it was cut */
	RF_WEBHOOK_UNTRUSTED,                   /* its certificate, or what it wants of ours */
	RF_WEBHOOK_UNSENT,                      /* no token, no room: it heard nothing of it */
	RF_WEBHOOK_RESULT_MAX
};
/* "acked", "refused", ...: for logs and metrics. */
const char *rf_webhook_result_name(enum rf_webhook_result);

struct rf_webhook_answer {
	rf_token token;
	enum rf_webhook_result result;
	uint16_t status;                        /* HTTP; 0: none */
	uint32_t retry_after_s;                 /* as the receiver says; 0: it does not */
	const char *why;                        /* for people; until the callback returns */
};

struct rf_webhook_callbacks {                   /* all on the event loop */
	/* Exactly once for every post, never from inside rf_webhook_post. */
	void (*done)(void *user, const struct rf_webhook_answer *);
	/* Where a name leads; answered by rf_webhook_resolved, not from inside.  NULL: libcurl asks
	 * the system, in a thread: for tests and literals. */
	void (*resolve)(void *user, struct rf_slice host, uint16_t port, rf_token question);
	/* A token was got (text NULL) or could not be had (why not). */
	void (*token)(void *user, uint32_t receiver, const char *text);
};

struct rf_webhook_config {
	const struct rf_webhook_receiver *receiver;
	uint32_t receivers;
	const char *software;                   /* User-Agent */
};

struct rf_webhook_post {                        /* everything in it is copied */
	rf_token token;
	uint32_t receiver;                      /* index */
	int64_t now_us;                         /* wall clock, for the signature */
	struct rf_slice id;                     /* the same in every attempt: Idempotency-Key */
	struct rf_slice call_id, from_tag;      /* raw; left out if no header could carry them */
	struct rf_slice body;                   /* JSON */
};

/* NULL and a sentence. */
struct rf_webhook *rf_webhook_new(struct event_base *, const struct rf_webhook_config *,
    const struct rf_webhook_callbacks *, void *user, char error[256]);
/* What is under way stays unanswered.  Not from inside a callback. */
void rf_webhook_free(struct rf_webhook *);

void rf_webhook_post(struct rf_webhook *, const struct rf_webhook_post *);
/* count 0: the name leads nowhere. */
void rf_webhook_resolved(
    struct rf_webhook *, rf_token question, const struct rf_addr *, uint32_t count);

struct rf_webhook_stats {
	uint32_t posts;                         /* gauge: under way */
	uint64_t results[RF_WEBHOOK_RESULT_MAX];
	uint64_t accepted;                      /* of REFUSED: 202 */
	uint64_t empty;                         /* of REFUSED: 204 */
	uint64_t tokens, tokens_failed;
};
void rf_webhook_stats(const struct rf_webhook *, uint32_t receiver, struct rf_webhook_stats *);

/* ---- what a receiver can check: Standard Webhooks 1.0 --------------------------------------- */

enum { RF_WEBHOOK_SIGNATURE_MAX = 128 };
/* "v1,BASE64" of HMAC-SHA256 over "id.timestamp.body".  False: the secret is none. */
bool rf_webhook_sign(const char *secret, struct rf_slice id, int64_t timestamp_s,
    struct rf_slice body, char out[RF_WEBHOOK_SIGNATURE_MAX]);

#endif
