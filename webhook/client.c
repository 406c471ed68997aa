/* SPDX-License-Identifier: BSD-2-Clause */
/* webhook/client.c -- a post from its first step to its answer.
 *
 * Answers are given by one event of the client's own, so that nobody is called back from inside
 * rf_webhook_post or from the middle of curl. */
#include "webhook/client.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "webhook/internal.h"

const char *
rf_webhook_result_name(enum rf_webhook_result result)
{
	static const char *const name[] = { [RF_WEBHOOK_ACKED] = "acked",
		[RF_WEBHOOK_REFUSED] = "refused",
		[RF_WEBHOOK_LATE] = "late",
		[RF_WEBHOOK_UNREACHABLE] = "unreachable",
		[RF_WEBHOOK_UNTRUSTED] = "untrusted",
		[RF_WEBHOOK_UNSENT] = "unsent" };
	assert(result < RF_WEBHOOK_RESULT_MAX);
	return name[result];
}

/* ---- slots ---------------------------------------------------------------------------------- */

static void on_post_over(struct rf_exchange *, CURLcode);
static void on_deadline(evutil_socket_t, short, void *);

/* Whoever asks has at most RF_WEBHOOK_POSTS_MAX under way. */
static struct rf_post *
post_take(struct rf_webhook *w)
{
	assert(w->free != 0);
	struct rf_post *p = &w->post[w->free - 1];
	w->free = p->next_free;
	return p;
}

static void
post_give(struct rf_post *p)
{
	struct rf_webhook *w = p->client;
	free(p->text);
	p->text = NULL;
	p->state = RF_POST_FREE;
	p->generation++;
	p->next_free = w->free;
	w->free = (uint32_t)(p - w->post) + 1;
}

static struct rf_slice
post_part(const struct rf_post *p, uint32_t from, uint32_t len)
{
	return (struct rf_slice){ p->text + from, len };
}
static struct rf_slice
post_id(const struct rf_post *p)
{
	return post_part(p, 0, p->id_len);
}
static struct rf_slice
post_call_id(const struct rf_post *p)
{
	return post_part(p, p->id_len, p->call_id_len);
}
static struct rf_slice
post_from_tag(const struct rf_post *p)
{
	return post_part(p, p->id_len + p->call_id_len, p->from_tag_len);
}
static struct rf_slice
post_body(const struct rf_post *p)
{
	return post_part(p, p->id_len + p->call_id_len + p->from_tag_len, p->body_len);
}

/* ---- the answer ----------------------------------------------------------------------------- */

static void
conclude(struct rf_post *p, enum rf_webhook_result result, const char *why)
{
	if (p->state == RF_POST_SENDING)
		rf_exchange_end(p->client, &p->exchange);
	event_del(p->deadline);
	p->state = RF_POST_ANSWERED;
	p->result = result;
	snprintf(p->why, sizeof p->why, "%s", why);
	event_active(p->client->settle, EV_TIMEOUT, 0);
}

static void
tell(struct rf_post *p)
{
	struct rf_webhook *w = p->client;
	struct rf_webhook_stats *stats = &w->receiver[p->receiver].stats;
	struct rf_webhook_answer answer = { p->token, p->result, p->status, p->retry_after_s,
		p->why };
	char why[RF_WEBHOOK_WHY_MAX];
	memcpy(why, p->why, sizeof why);
	answer.why = why;
	stats->posts--;
	stats->results[p->result]++;
	stats->accepted += p->result == RF_WEBHOOK_REFUSED && p->status == 202;
	stats->empty += p->result == RF_WEBHOOK_REFUSED && p->status == 204;
	post_give(p);
	w->call.done(w->user, &answer);
}

static void
on_settle(evutil_socket_t fd, short what, void *user)
{
	struct rf_webhook *w = user;
	(void)fd;
	(void)what;
	for (uint32_t i = 0; i < RF_WEBHOOK_POSTS_MAX; i++) {
		if (w->post[i].state == RF_POST_ANSWERED)
			tell(&w->post[i]);
	}
}

static void
on_deadline(evutil_socket_t fd, short what, void *user)
{
	struct rf_post *p = user;
	(void)fd;
	(void)what;
	/* It waited for a token all the time: its receiver heard nothing of it. */
	if (p->state == RF_POST_TOKEN && !p->again)
		conclude(p, RF_WEBHOOK_UNSENT, "no token in time");
	else
		conclude(p, RF_WEBHOOK_LATE, "no complete answer in time");
}

static enum rf_webhook_result
result_of(CURLcode code)
{
	switch ((int)code) {
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_CIPHER:
	case CURLE_SSL_ISSUER_ERROR:
	case CURLE_SSL_CACERT_BADFILE:
		return RF_WEBHOOK_UNTRUSTED;
	default:
		return RF_WEBHOOK_UNREACHABLE;
	}
}

static void go_on(struct rf_post *);

static void
judge(struct rf_post *p)
{
	struct rf_destination *to = &p->client->receiver[p->receiver];
	long status = 0;
	curl_off_t retry_after = 0;
	char why[RF_WEBHOOK_WHY_MAX];
	curl_easy_getinfo(p->exchange.easy, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(p->exchange.easy, CURLINFO_RETRY_AFTER, &retry_after);
	p->status = (uint16_t)status;
	p->retry_after_s = (uint32_t)(retry_after < UINT32_MAX ? retry_after : UINT32_MAX);
	if (status == 200) {
		conclude(p, RF_WEBHOOK_ACKED, "200");
		return;
	}
	if (status == 401 && to->config.auth == RF_WEBHOOK_OAUTH2 && !p->again) {
		rf_exchange_end(p->client, &p->exchange);
		rf_access_refused(&to->access, p->token_version);
		p->again = true;
		go_on(p);
		return;
	}
	snprintf(why, sizeof why, "it says %ld", status);
	conclude(p, RF_WEBHOOK_REFUSED, why);
}

static void
on_post_over(struct rf_exchange *x, CURLcode code)
{
	struct rf_post *p = (struct rf_post *)x;
	if (code == CURLE_OK)
		judge(p);
	else if (x->too_long)
		conclude(p, RF_WEBHOOK_REFUSED, "its answer is too long");
	else
		conclude(
		    p, result_of(code), x->error[0] != '\0' ? x->error : curl_easy_strerror(code));
}

/* ---- sending -------------------------------------------------------------------------------- */

static bool
write_signatures(struct rf_post *p, const struct rf_webhook_receiver *r)
{
	char all[RF_WEBHOOK_SECRETS_MAX * RF_WEBHOOK_SIGNATURE_MAX] = "", stamp[32];
	int64_t seconds = p->now_us / 1000000;
	for (uint32_t i = 0; i < RF_WEBHOOK_SECRETS_MAX && r->secret[i] != NULL; i++) {
		char one[RF_WEBHOOK_SIGNATURE_MAX];
		size_t len = strlen(all);
		if (!rf_webhook_sign(r->secret[i], post_id(p), seconds, post_body(p), one))
			return false;
		snprintf(all + len, sizeof all - len, "%s%s", len > 0 ? " " : "", one);
	}
	if (all[0] == '\0')
		return true;
	snprintf(stamp, sizeof stamp, "%lld", (long long)seconds);
	return rf_exchange_header(&p->exchange, "webhook-id", post_id(p)) &&
	       rf_exchange_header(&p->exchange, "webhook-timestamp", rf_slice_of(stamp)) &&
	       rf_exchange_header(&p->exchange, "webhook-signature", rf_slice_of(all));
}

/* Both raw, as they came: where a header could not carry them, the body does (R6). */
static void
write_identifiers(struct rf_post *p)
{
	if (p->call_id_len > 0)
		rf_exchange_header(&p->exchange, "X-SIP-Call-ID", post_call_id(p));
	if (p->from_tag_len > 0)
		rf_exchange_header(&p->exchange, "X-SIP-From-Tag", post_from_tag(p));
}

static bool
set_authorisation(struct rf_post *p, const struct rf_destination *to, const char *token)
{
	CURL *easy = p->exchange.easy;
	if (token == NULL)
		return true;
	p->token_version = to->access.version;
	return curl_easy_setopt(easy, CURLOPT_HTTPAUTH, (long)CURLAUTH_BEARER) == CURLE_OK &&
	       curl_easy_setopt(easy, CURLOPT_XOAUTH2_BEARER, token) == CURLE_OK;
}

static void
send_post(struct rf_post *p, const char *token)
{
	struct rf_webhook *w = p->client;
	struct rf_destination *to = &w->receiver[p->receiver];
	struct rf_exchange *x = &p->exchange;
	bool ok =
	    rf_exchange_begin(w, x, to, to->config.url) &&
	    (p->addresses == 0 || rf_exchange_addresses(x, &to->host, p->address, p->addresses)) &&
	    set_authorisation(p, to, token) &&
	    curl_easy_setopt(x->easy, CURLOPT_POST, 1L) == CURLE_OK &&
	    curl_easy_setopt(x->easy, CURLOPT_POSTFIELDSIZE, (long)p->body_len) == CURLE_OK &&
	    curl_easy_setopt(x->easy, CURLOPT_POSTFIELDS, post_body(p).p) == CURLE_OK &&
	    rf_exchange_header(
		x, "Content-Type", RF_SLICE("application/cloudevents+json; charset=utf-8")) &&
	    rf_exchange_header(x, "Idempotency-Key", post_id(p)) &&
	    write_signatures(p, &to->config);
	write_identifiers(p);
	p->state = RF_POST_SENDING;
	if (!ok || !rf_exchange_start(w, x))
		conclude(p, RF_WEBHOOK_UNSENT, "no memory");
}

/* The next step of a post whose address is known. */
static void
go_on(struct rf_post *p)
{
	struct rf_destination *to = &p->client->receiver[p->receiver];
	const char *token = to->config.auth == RF_WEBHOOK_BEARER ? to->config.bearer : NULL;
	const char *why = NULL;
	p->state = RF_POST_TOKEN;
	if (to->config.auth == RF_WEBHOOK_OAUTH2) {
		token = rf_access_token(&to->access, &why);
		/* Asking may fail at once, and that ends whoever waits. */
		if (p->state != RF_POST_TOKEN)
			return;
		if (token == NULL && why == NULL)
			return; /* it is on its way */
	}
	if (why != NULL && p->again)
		conclude(p, RF_WEBHOOK_REFUSED, why); /* it did hear of it: 401 */
	else if (why != NULL)
		conclude(p, RF_WEBHOOK_UNSENT, why);
	else
		send_post(p, token);
}

void
rf_posts_go_on(struct rf_webhook *w, uint32_t receiver, const char *why)
{
	for (uint32_t i = 0; i < RF_WEBHOOK_POSTS_MAX; i++) {
		struct rf_post *p = &w->post[i];
		if (p->state != RF_POST_TOKEN || p->receiver != receiver)
			continue;
		if (why == NULL)
			go_on(p);
		else
			conclude(p, p->again ? RF_WEBHOOK_REFUSED : RF_WEBHOOK_UNSENT, why);
	}
}

/* ---- beginning ------------------------------------------------------------------------------ */

static bool
keep_text(struct rf_post *p, const struct rf_webhook_post *from)
{
	const struct rf_slice part[] = { from->id, from->call_id, from->from_tag, from->body };
	size_t len = 0;
	for (size_t i = 0; i < RF_ARRAY_LEN(part); i++)
		len += part[i].len;
	p->text = malloc(len + 1);
	if (p->text == NULL)
		return false;
	char *to = p->text;
	for (size_t i = 0; i < RF_ARRAY_LEN(part); i++) {
		if (part[i].len > 0)
			memcpy(to, part[i].p, part[i].len);
		to += part[i].len;
	}
	p->id_len = from->id.len;
	p->call_id_len = from->call_id.len;
	p->from_tag_len = from->from_tag.len;
	p->body_len = from->body.len;
	return true;
}

void
rf_webhook_post(struct rf_webhook *w, const struct rf_webhook_post *from)
{
	assert(from->receiver < w->receivers);
	assert(from->body.len <= RF_WEBHOOK_BODY_MAX);
	struct rf_destination *to = &w->receiver[from->receiver];
	struct rf_post *p = post_take(w);
	p->token = from->token;
	p->receiver = from->receiver;
	p->now_us = from->now_us;
	p->again = false;
	p->status = 0;
	p->retry_after_s = 0;
	p->addresses = 0;
	to->stats.posts++;
	if (!keep_text(p, from)) {
		conclude(p, RF_WEBHOOK_UNSENT, "no memory");
		return;
	}
	event_add(p->deadline, &(struct timeval){ .tv_sec = to->config.timeout / RF_SECOND,
				   .tv_usec = to->config.timeout % RF_SECOND });
	p->state = RF_POST_RESOLVING;
	if (!rf_host_resolve(w, &to->host, (rf_token)p->generation << 32 | (uint32_t)(p - w->post)))
		go_on(p);
}

void
rf_webhook_resolved(
    struct rf_webhook *w, rf_token question, const struct rf_addr *addresses, uint32_t count)
{
	uint32_t index = (uint32_t)question, generation = (uint32_t)(question >> 32);
	if (index >= RF_WEBHOOK_POSTS_MAX) {
		rf_access_resolved(&w->receiver[index - RF_WEBHOOK_POSTS_MAX].access, generation,
		    addresses, count);
		return;
	}
	struct rf_post *p = &w->post[index];
	if (p->state != RF_POST_RESOLVING || p->generation != generation)
		return; /* its time was over */
	if (count == 0) {
		conclude(p, RF_WEBHOOK_UNREACHABLE, "its name leads nowhere");
		return;
	}
	p->addresses = count < RF_RESOLVED_MAX ? count : RF_RESOLVED_MAX;
	memcpy(p->address, addresses, p->addresses * sizeof *addresses);
	go_on(p);
}

/* ---- the whole ------------------------------------------------------------------------------ */

static bool
add_receiver(struct rf_webhook *w, const struct rf_webhook_receiver *from, char error[256])
{
	struct rf_destination *to = &w->receiver[w->receivers];
	char signature[RF_WEBHOOK_SIGNATURE_MAX];
	to->config = *from;
	if (to->config.timeout == 0)
		to->config.timeout = RF_WEBHOOK_TIMEOUT;
	w->receivers++;
	if (!rf_host_read(&to->host, from->url, from->proxy)) {
		snprintf(error, 256, "receiver %s: %s is no URL", from->name, from->url);
		return false;
	}
	for (uint32_t i = 0; i < RF_WEBHOOK_SECRETS_MAX && from->secret[i] != NULL; i++) {
		if (!rf_webhook_sign(from->secret[i], RF_SLICE(""), 0, RF_SLICE(""), signature)) {
			snprintf(error, 256,
			    "receiver %s: a secret is \"whsec_\" and 24 to 64 bytes in base64",
			    from->name);
			return false;
		}
	}
	if (from->auth == RF_WEBHOOK_OAUTH2 && !rf_access_init(w, w->receivers - 1)) {
		snprintf(error, 256, "no memory");
		return false;
	}
	return true;
}

static bool
make_posts(struct rf_webhook *w)
{
	for (uint32_t i = RF_WEBHOOK_POSTS_MAX; i-- > 0;) {
		struct rf_post *p = &w->post[i];
		p->client = w;
		p->exchange.over = on_post_over;
		p->deadline = evtimer_new(w->base, on_deadline, p);
		if (p->deadline == NULL)
			return false;
		p->next_free = w->free;
		w->free = i + 1;
	}
	return true;
}

static bool
begin(struct rf_webhook *w, const struct rf_webhook_config *config, char error[256])
{
	long connections = 0;
	w->settle = event_new(w->base, -1, 0, on_settle, w);
	w->post = calloc(RF_WEBHOOK_POSTS_MAX, sizeof *w->post);
	if (w->settle == NULL || w->post == NULL || !rf_multi_init(w) || !make_posts(w)) {
		snprintf(error, 256, "no memory");
		return false;
	}
	for (uint32_t i = 0; i < config->receivers; i++) {
		const struct rf_webhook_receiver *r = &config->receiver[i];
		long most = r->connections != 0 ? r->connections : RF_WEBHOOK_CONNECTIONS_MAX;
		connections = most > connections ? most : connections;
		if (!add_receiver(w, r, error))
			return false;
	}
	curl_multi_setopt(w->multi, CURLMOPT_MAX_HOST_CONNECTIONS, connections);
	return true;
}

struct rf_webhook *
rf_webhook_new(struct event_base *base, const struct rf_webhook_config *config,
    const struct rf_webhook_callbacks *call, void *user, char error[256])
{
	assert(config->receivers <= RF_WEBHOOK_RECEIVERS_MAX);
	struct rf_webhook *w = calloc(1, sizeof *w);
	if (w == NULL || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
		snprintf(error, 256, "no memory");
		free(w);
		return NULL;
	}
	w->base = base;
	w->call = *call;
	w->user = user;
	snprintf(w->software, sizeof w->software, "%s",
	    config->software != NULL ? config->software : "referee");
	if (begin(w, config, error))
		return w;
	rf_webhook_free(w);
	return NULL;
}

void
rf_webhook_free(struct rf_webhook *w)
{
	if (w == NULL)
		return;
	for (uint32_t i = 0; w->post != NULL && i < RF_WEBHOOK_POSTS_MAX; i++) {
		struct rf_post *p = &w->post[i];
		if (p->state == RF_POST_SENDING)
			rf_exchange_end(w, &p->exchange);
		rf_exchange_fini(&p->exchange);
		if (p->deadline != NULL)
			event_free(p->deadline);
		free(p->text);
	}
	for (uint32_t i = 0; i < w->receivers; i++) {
		rf_access_fini(&w->receiver[i].access);
		free(w->receiver[i].host.name);
	}
	rf_multi_fini(w);
	if (w->settle != NULL)
		event_free(w->settle);
	free(w->post);
	free(w);
	curl_global_cleanup();
}

void
rf_webhook_stats(const struct rf_webhook *w, uint32_t receiver, struct rf_webhook_stats *out)
{
	assert(receiver < w->receivers);
	*out = w->receiver[receiver].stats;
}
