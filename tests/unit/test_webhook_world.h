/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_webhook_world.h -- a receiver and its token server over TLS, as bad as they come,
 * and the client, on one loop. */
#ifndef RF_TESTS_TEST_WEBHOOK_WORLD_H
#define RF_TESTS_TEST_WEBHOOK_WORLD_H

#include <event2/event.h>

#include "tests/check.h"
#include "webhook/client.h"

enum { HOOK_HEARD_MAX = 256, HOOK_TEXT_MAX = 512, HOOK_ANSWERS_MAX = 256 };

/* What the receiver saw of one request. */
struct hook_heard {
	char path[64], body[HOOK_TEXT_MAX];
	char authorization[HOOK_TEXT_MAX], key[HOOK_TEXT_MAX], call_id[HOOK_TEXT_MAX],
	    from_tag[HOOK_TEXT_MAX], type[HOOK_TEXT_MAX], id[HOOK_TEXT_MAX], stamp[HOOK_TEXT_MAX],
	    signature[HOOK_TEXT_MAX];
	unsigned port;                          /* of its connection */
};

struct hook_answer {
	rf_token token;
	enum rf_webhook_result result;
	unsigned status, retry_after_s;
	char why[RF_WEBHOOK_WHY_MAX];
};

struct hook_world {
	struct event_base *base;
	struct evhttp *server;
	void *tls;                              /* SSL_CTX */
	unsigned port;
	struct rf_webhook *client;
	struct rf_webhook_receiver receiver;
	char url[128], token_url[128];
	struct hook_heard heard[HOOK_HEARD_MAX], asked[HOOK_HEARD_MAX]; /* receiver; tokens */
	unsigned hearings, askings;
	struct hook_answer answer[HOOK_ANSWERS_MAX];
	unsigned answers;
	char told[HOOK_TEXT_MAX];               /* about the last token that could not be had */
	bool inside, re_entered;
	/* what the servers do */
	const char *token_answer;               /* body of /token; NULL: 500 */
	unsigned token_number, token_delay_ms;
	unsigned refuse;                        /* so many requests are answered 401 first */
	bool token_hangs;
	void (*on_asked)(struct hook_world *);  /* for a token, before it is answered */
};

/* Paths: /STATUS, /hang, /cut, /stall (200, and then half of a body), /long (an endless one). */
struct hook_world *hook_world_new(const char *path, const struct rf_webhook_receiver *);
void hook_world_free(struct hook_world *);
void hook_world_post(struct hook_world *, rf_token, const char *id, const char *body);
/* Until so many answers came, at most a minute. */
bool hook_world_await(struct hook_world *, unsigned answers);
void hook_world_run(struct hook_world *, unsigned ms);

/* PEM files of the authority, of whom it trusts, and of nobody's; made once. */
void hook_certificates_init(void);
void hook_certificates_fini(void);
const char *hook_authority(void);
const char *hook_other_authority(void);

#endif
