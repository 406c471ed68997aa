/* SPDX-License-Identifier: BSD-2-Clause */
/* webhook/token.c -- OAuth 2.0 client credentials (RFC 6749 4.4): one token a receiver, asked for
 * once however many wait, renewed before it ends, never sent when it is known to have ended.
 *
 * A token server that fails delays posts; it does not use up their attempts. */
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <yajl/yajl_tree.h>

#include "webhook/internal.h"

static void
tell(struct rf_access *a, const char *text)
{
	struct rf_webhook *w = a->client;
	struct rf_webhook_stats *stats = &w->receiver[a->receiver].stats;
	if (text == NULL)
		stats->tokens++;
	else
		stats->tokens_failed++;
	if (w->call.token != NULL)
		w->call.token(w->user, a->receiver, text);
}

static void
forget(struct rf_access *a)
{
	if (a->token != NULL) {
		OPENSSL_cleanse(a->token, strlen(a->token));
		free(a->token);
	}
	a->token = NULL;
	event_del(a->expiry);
	event_del(a->refresh);
}

static void
arm(struct event *event, double seconds)
{
	long whole = (long)seconds;
	event_add(event, &(struct timeval){ .tv_sec = whole,
			     .tv_usec = (suseconds_t)((seconds - (double)whole) * 1e6) });
}

/* ---- the answer ----------------------------------------------------------------------------- */

/* The token is a b64token (RFC 6750 2.1): anything else could break out of its header. */
static bool
is_b64token(const char *token)
{
	size_t len = strlen(token);
	return len > 0 && len <= RF_WEBHOOK_TOKEN_MAX &&
	       strspn(token,
		   "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/=") == len;
}

static const char *
text_of(yajl_val tree, const char *name)
{
	const char *path[] = { name, NULL };
	yajl_val value = yajl_tree_get(tree, path, yajl_t_string);
	return value != NULL ? YAJL_GET_STRING(value) : NULL;
}

static double
life_of(yajl_val tree)
{
	const char *path[] = { "expires_in", NULL };
	yajl_val value = yajl_tree_get(tree, path, yajl_t_any);
	double life = RF_WEBHOOK_TOKEN_LIFE_S;
	if (value != NULL && YAJL_IS_NUMBER(value))
		life = strtod(value->u.number.r, NULL);
	else if (value != NULL && YAJL_IS_STRING(value))
		life = strtod(value->u.string, NULL); /* seen in the field */
	return life < RF_WEBHOOK_TOKEN_LIFE_S_MAX ? life : RF_WEBHOOK_TOKEN_LIFE_S_MAX;
}

/* NULL: a token is there; else why not. */
static const char *
read_token(struct rf_access *a, double age)
{
	struct rf_exchange *x = &a->exchange;
	x->answer[x->answer_len] = '\0';
	yajl_val tree = yajl_tree_parse(x->answer, NULL, 0);
	const char *why = NULL;
	const char *token = tree != NULL ? text_of(tree, "access_token") : NULL;
	const char *type = tree != NULL ? text_of(tree, "token_type") : NULL;
	double life = tree != NULL ? life_of(tree) - age : 0;
	if (token == NULL || !is_b64token(token))
		why = "the token server's answer has no token";
	else if (type != NULL && strcasecmp(type, "bearer") != 0)
		why = "the token is no bearer token";
	else if (!(life > 0))
		why = "the token has ended before it came";
	else if ((a->token = strdup(token)) == NULL)
		why = "no memory";
	if (why == NULL) {
		/* Renewed when a fifth of its life is left, at most a minute before its end. */
		double early = life / 5 < 60 ? life / 5 : 60;
		a->version++;
		arm(a->expiry, life);
		arm(a->refresh, life - early);
	}
	yajl_tree_free(tree);
	OPENSSL_cleanse(x->answer, x->answer_len);
	return why;
}

static void
fail(struct rf_access *a, const char *why)
{
	uint32_t wait = 1u << (a->failures < 5 ? a->failures : 5);
	a->failures++;
	snprintf(a->why, sizeof a->why, "no token: %s", why);
	a->pausing = true;
	arm(a->pause, wait < RF_WEBHOOK_TOKEN_WAIT_S_MAX ? wait : RF_WEBHOOK_TOKEN_WAIT_S_MAX);
	tell(a, a->why);
	if (a->token == NULL)
		rf_posts_go_on(a->client, a->receiver, a->why);
}

static void
end_asking(struct rf_access *a)
{
	rf_exchange_end(a->client, &a->exchange);
	event_del(a->deadline);
	a->asking = a->resolving = false;
}

static void
give_up(struct rf_access *a, const char *why)
{
	end_asking(a);
	fail(a, why);
}

static void
settle(struct rf_access *a, CURLcode code)
{
	struct rf_exchange *x = &a->exchange;
	long status = 0;
	double age = 0;
	char why[RF_WEBHOOK_WHY_MAX];
	curl_easy_getinfo(x->easy, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(x->easy, CURLINFO_TOTAL_TIME, &age);
	const char *failed = NULL;
	if (code != CURLE_OK) {
		failed = x->too_long ? "the answer is too long" : curl_easy_strerror(code);
	} else if (status != 200) {
		snprintf(why, sizeof why, "the token server says %ld", status);
		failed = why;
	} else {
		forget(a);
		failed = read_token(a, age);
	}
	if (failed != NULL) {
		give_up(a, failed);
		return;
	}
	end_asking(a);
	a->failures = 0;
	tell(a, NULL);
	rf_posts_go_on(a->client, a->receiver, NULL);
}

static void
on_over(struct rf_exchange *x, CURLcode code)
{
	settle((struct rf_access *)x, code);
}

static void
on_deadline(evutil_socket_t fd, short what, void *user)
{
	(void)fd;
	(void)what;
	settle(user, CURLE_OPERATION_TIMEDOUT);
}

/* ---- the question --------------------------------------------------------------------------- */

/* RFC 6749 2.3.1: id and secret are form-encoded, then they are user and password of Basic. */
static bool
set_credentials(CURL *easy, const struct rf_webhook_receiver *r)
{
	char *id = curl_easy_escape(easy, r->client_id, 0);
	char *secret = curl_easy_escape(easy, r->client_secret, 0);
	bool ok = id != NULL && secret != NULL &&
		  curl_easy_setopt(easy, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC) == CURLE_OK &&
		  curl_easy_setopt(easy, CURLOPT_USERNAME, id) == CURLE_OK &&
		  curl_easy_setopt(easy, CURLOPT_PASSWORD, secret) == CURLE_OK;
	if (secret != NULL)
		OPENSSL_cleanse(secret, strlen(secret));
	curl_free(id);
	curl_free(secret);
	return ok;
}

static bool
set_form(CURL *easy, const char *scope)
{
	char form[1024];
	char *escaped = scope != NULL ? curl_easy_escape(easy, scope, 0) : NULL;
	int len = snprintf(form, sizeof form, "grant_type=client_credentials%s%s",
	    escaped != NULL ? "&scope=" : "", escaped != NULL ? escaped : "");
	bool ok = (scope == NULL || escaped != NULL) && len < (int)sizeof form &&
		  curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS, form) == CURLE_OK;
	curl_free(escaped);
	return ok;
}

static void
ask(struct rf_access *a)
{
	struct rf_destination *to = &a->client->receiver[a->receiver];
	struct rf_exchange *x = &a->exchange;
	if (a->asking || a->pausing)
		return;
	a->asking = true;
	arm(a->deadline, (double)to->config.timeout / RF_SECOND);
	if (!rf_exchange_begin(a->client, x, to, to->config.token_url) ||
	    !set_credentials(x->easy, &to->config) || !set_form(x->easy, to->config.scope) ||
	    !rf_exchange_header(x, "Accept", RF_SLICE("application/json"))) {
		give_up(a, "no memory");
		return;
	}
	a->resolving = rf_host_resolve(a->client, &a->host,
	    (rf_token)++a->generation << 32 | (RF_WEBHOOK_POSTS_MAX + a->receiver));
	if (!a->resolving && !rf_exchange_start(a->client, x))
		give_up(a, "no memory");
}

void
rf_access_resolved(
    struct rf_access *a, uint32_t generation, const struct rf_addr *address, uint32_t count)
{
	if (!a->resolving || a->generation != generation)
		return; /* its time was over */
	a->resolving = false;
	if (count == 0)
		give_up(a, "the token server's name leads nowhere");
	else if (!rf_exchange_addresses(&a->exchange, &a->host, address,
		     count < RF_RESOLVED_MAX ? count : RF_RESOLVED_MAX) ||
		 !rf_exchange_start(a->client, &a->exchange))
		give_up(a, "no memory");
}

static void
on_refresh(evutil_socket_t fd, short what, void *user)
{
	(void)fd;
	(void)what;
	ask(user);
}

static void
on_expiry(evutil_socket_t fd, short what, void *user)
{
	(void)fd;
	(void)what;
	forget(user);
}

static void
on_pause(evutil_socket_t fd, short what, void *user)
{
	struct rf_access *a = user;
	(void)fd;
	(void)what;
	a->pausing = false;
	if (a->token != NULL)
		ask(a); /* it was a renewal that failed */
}

const char *
rf_access_token(struct rf_access *a, const char **why)
{
	*why = NULL;
	if (a->token != NULL)
		return a->token;
	if (a->pausing)
		*why = a->why;
	ask(a);
	if (*why == NULL && !a->asking)
		*why = a->why;
	return NULL;
}

void
rf_access_refused(struct rf_access *a, uint64_t version)
{
	if (a->token != NULL && a->version == version)
		forget(a);
}

bool
rf_access_init(struct rf_webhook *w, uint32_t receiver)
{
	struct rf_access *a = &w->receiver[receiver].access;
	a->client = w;
	a->receiver = receiver;
	a->exchange.over = on_over;
	a->exchange.answer = malloc(RF_WEBHOOK_ANSWER_MAX + 1);
	a->refresh = evtimer_new(w->base, on_refresh, a);
	a->expiry = evtimer_new(w->base, on_expiry, a);
	a->pause = evtimer_new(w->base, on_pause, a);
	a->deadline = evtimer_new(w->base, on_deadline, a);
	const struct rf_webhook_receiver *r = &w->receiver[receiver].config;
	return rf_host_read(&a->host, r->token_url, r->proxy) && a->exchange.answer != NULL &&
	       a->refresh != NULL && a->expiry != NULL && a->pause != NULL && a->deadline != NULL;
}

void
rf_access_fini(struct rf_access *a)
{
	struct event *event[] = { a->refresh, a->pause, a->deadline };
	if (a->client == NULL)
		return;
	if (a->expiry != NULL && a->refresh != NULL)
		forget(a);
	if (a->expiry != NULL)
		event_free(a->expiry);
	for (size_t i = 0; i < RF_ARRAY_LEN(event); i++) {
		if (event[i] != NULL)
			event_free(event[i]);
	}
	if (a->asking)
		rf_exchange_end(a->client, &a->exchange);
	rf_exchange_fini(&a->exchange);
	free(a->exchange.answer);
	free(a->host.name);
}
