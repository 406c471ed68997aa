/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_webhook_world.c -- libevent's own HTTP server over OpenSSL: none of our code. */
#include "tests/unit/test_webhook_world.h"

#include <event2/buffer.h>
#include <event2/bufferevent_ssl.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/test_transport_certificates.h"

static struct issued authority, other, leaf;

void
hook_certificates_init(void)
{
	certificates_init();
	authority = certificate_make(
	    &(struct wish){ .file = "hook-ca", .common_name = "hook authority", .is_ca = 1 });
	other = certificate_make(
	    &(struct wish){ .file = "hook-other", .common_name = "another authority", .is_ca = 1 });
	leaf = certificate_make(&(struct wish){ .file = "hook",
	    .common_name = "localhost",
	    .alternatives = "DNS:localhost,IP:127.0.0.1",
	    .issuer = &authority });
}

void
hook_certificates_fini(void)
{
	certificate_free(&authority);
	certificate_free(&other);
	certificate_free(&leaf);
	certificates_fini();
}

const char *
hook_authority(void)
{
	return authority.certificate;
}

const char *
hook_other_authority(void)
{
	return other.certificate;
}

/* ---- the servers ---------------------------------------------------------------------------- */

static void
copy_header(struct evkeyvalq *headers, const char *name, char out[HOOK_TEXT_MAX])
{
	const char *value = evhttp_find_header(headers, name);
	snprintf(out, HOOK_TEXT_MAX, "%s", value != NULL ? value : "");
}

static void
hear(struct hook_heard *h, struct evhttp_request *request, const char *path)
{
	struct evkeyvalq *headers = evhttp_request_get_input_headers(request);
	struct evbuffer *body = evhttp_request_get_input_buffer(request);
	char *peer;
	ev_uint16_t port;
	ssize_t len = evbuffer_copyout(body, h->body, sizeof h->body - 1);
	h->body[len > 0 ? len : 0] = '\0';
	snprintf(h->path, sizeof h->path, "%s", path);
	evhttp_connection_get_peer(evhttp_request_get_connection(request), &peer, &port);
	h->port = port;
	copy_header(headers, "Authorization", h->authorization);
	copy_header(headers, "Idempotency-Key", h->key);
	copy_header(headers, "X-SIP-Call-ID", h->call_id);
	copy_header(headers, "X-SIP-From-Tag", h->from_tag);
	copy_header(headers, "Content-Type", h->type);
	copy_header(headers, "webhook-id", h->id);
	copy_header(headers, "webhook-timestamp", h->stamp);
	copy_header(headers, "webhook-signature", h->signature);
}

static void
give_token(struct hook_world *w, struct evhttp_request *request)
{
	struct evbuffer *body = evbuffer_new();
	if (w->token_answer == NULL) {
		evhttp_send_error(request, 500, NULL);
	} else {
		evbuffer_add_printf(body, w->token_answer, ++w->token_number);
		evhttp_send_reply(request, 200, "OK", body);
	}
	evbuffer_free(body);
}

struct late_token {
	struct hook_world *world;
	struct evhttp_request *request;
};

static void
on_late_token(evutil_socket_t fd, short what, void *user)
{
	struct late_token *late = user;
	(void)fd;
	(void)what;
	give_token(late->world, late->request);
	free(late);
}

static void
serve_token(struct hook_world *w, struct evhttp_request *request)
{
	if (w->on_asked != NULL)
		w->on_asked(w);
	if (w->token_hangs)
		return;
	if (w->token_delay_ms == 0) {
		give_token(w, request);
		return;
	}
	struct late_token *late = malloc(sizeof *late);
	*late = (struct late_token){ w, request };
	event_base_once(w->base, -1, EV_TIMEOUT, on_late_token, late,
	    &(struct timeval){ .tv_usec = (suseconds_t)w->token_delay_ms * 1000 });
}

static void
answer(struct hook_world *w, struct evhttp_request *request, const char *path)
{
	struct evbuffer *body = evbuffer_new();
	int status = atoi(path + 1);
	struct evkeyvalq *headers = evhttp_request_get_output_headers(request);
	if (w->refuse > 0) {
		w->refuse--;
		status = 401;
	}
	if (strcmp(path, "/cut") == 0) {
		evhttp_connection_free(evhttp_request_get_connection(request));
	} else if (strcmp(path, "/stall") == 0) {
		evbuffer_add_printf(body, "{\"half\":");
		evhttp_send_reply_start(request, 200, "OK");
		evhttp_send_reply_chunk(request, body);
	} else if (strcmp(path, "/long") == 0) {
		static char filler[RF_WEBHOOK_ANSWER_MAX + 1];
		memset(filler, 'x', sizeof filler);
		evbuffer_add(body, filler, sizeof filler);
		evhttp_send_reply(request, 200, "OK", body);
	} else if (status != 0) {
		if (status == 301)
			evhttp_add_header(headers, "Location", "/200");
		if (status == 429 || status == 503)
			evhttp_add_header(headers, "Retry-After", "7");
		evbuffer_add_printf(body, "thanks");
		evhttp_send_reply(request, status, "As asked", status == 204 ? NULL : body);
	} /* else it hangs */
	evbuffer_free(body);
}

static void
serve(struct evhttp_request *request, void *user)
{
	struct hook_world *w = user;
	const char *path = evhttp_request_get_uri(request);
	bool token = strcmp(path, "/token") == 0;
	struct hook_heard *heard = token ? &w->asked[w->askings++ % HOOK_HEARD_MAX]
					 : &w->heard[w->hearings++ % HOOK_HEARD_MAX];
	hear(heard, request, path);
	if (token)
		serve_token(w, request);
	else
		answer(w, request, path);
}

static struct bufferevent *
accept_tls(struct event_base *base, void *user)
{
	return bufferevent_openssl_socket_new(
	    base, -1, SSL_new(user), BUFFEREVENT_SSL_ACCEPTING, BEV_OPT_CLOSE_ON_FREE);
}

/* ---- the client ----------------------------------------------------------------------------- */

static void
on_done(void *user, const struct rf_webhook_answer *a)
{
	struct hook_world *w = user;
	struct hook_answer *to = &w->answer[w->answers++ % HOOK_ANSWERS_MAX];
	w->re_entered = w->re_entered || w->inside;
	*to = (struct hook_answer){ a->token, a->result, a->status, a->retry_after_s, "" };
	snprintf(to->why, sizeof to->why, "%s", a->why);
}

static void
on_token(void *user, uint32_t receiver, const char *text)
{
	struct hook_world *w = user;
	(void)receiver;
	snprintf(w->told, sizeof w->told, "%s", text != NULL ? text : "");
}

struct hook_world *
hook_world_new(const char *path, const struct rf_webhook_receiver *receiver)
{
	char error[256];
	struct hook_world *w = calloc(1, sizeof *w);
	w->base = event_base_new();
	w->server = evhttp_new(w->base);
	w->tls = SSL_CTX_new(TLS_server_method());
	CHECK_OR_STOP(SSL_CTX_use_certificate_chain_file(w->tls, leaf.certificate) == 1);
	CHECK_OR_STOP(SSL_CTX_use_PrivateKey_file(w->tls, leaf.key, SSL_FILETYPE_PEM) == 1);
	evhttp_set_bevcb(w->server, accept_tls, w->tls);
	evhttp_set_gencb(w->server, serve, w);
	struct evhttp_bound_socket *socket =
	    evhttp_bind_socket_with_handle(w->server, "127.0.0.1", 0);
	CHECK_OR_STOP(socket != NULL);
	struct sockaddr_in bound;
	socklen_t len = sizeof bound;
	getsockname(evhttp_bound_socket_get_fd(socket), (struct sockaddr *)&bound, &len);
	w->port = ntohs(bound.sin_port);
	w->token_answer =
	    "{\"access_token\":\"T%u\",\"token_type\":\"Bearer\",\"expires_in\":3600}";
	snprintf(w->url, sizeof w->url, "https://127.0.0.1:%u%s", w->port, path);
	snprintf(w->token_url, sizeof w->token_url, "https://127.0.0.1:%u/token", w->port);
	w->receiver = *receiver;
	if (w->receiver.name == NULL)
		w->receiver.name = "crm";
	if (w->receiver.url == NULL)
		w->receiver.url = w->url;
	if (w->receiver.ca == NULL)
		w->receiver.ca = hook_authority();
	if (w->receiver.auth == RF_WEBHOOK_OAUTH2 && w->receiver.token_url == NULL)
		w->receiver.token_url = w->token_url;
	w->client = rf_webhook_new(w->base,
	    &(struct rf_webhook_config){ .receiver = &w->receiver, .receivers = 1 },
	    &(struct rf_webhook_callbacks){ .done = on_done, .token = on_token }, w, error);
	CHECK_OR_STOP(w->client != NULL);
	return w;
}

void
hook_world_free(struct hook_world *w)
{
	CHECK(!w->re_entered);
	rf_webhook_free(w->client);
	evhttp_free(w->server);
	SSL_CTX_free(w->tls);
	event_base_free(w->base);
	free(w);
}

void
hook_world_post(struct hook_world *w, rf_token token, const char *id, const char *body)
{
	w->inside = true;
	rf_webhook_post(w->client, &(struct rf_webhook_post){ .token = token,
				       .now_us = 1614265330 * RF_SECOND,
				       .id = rf_slice_of(id),
				       .call_id = RF_SLICE("a84b4c76e66710@pc33.example"),
				       .from_tag = RF_SLICE("1928301774"),
				       .body = rf_slice_of(body) });
	w->inside = false;
}

static void
on_time_up(evutil_socket_t fd, short what, void *user)
{
	(void)fd;
	(void)what;
	*(bool *)user = true;
}

static void
run(struct hook_world *w, unsigned ms, unsigned answers)
{
	bool up = false;
	struct event *timer = evtimer_new(w->base, on_time_up, &up);
	event_add(timer, &(struct timeval){ .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 });
	while (!up && w->answers < answers)
		event_base_loop(w->base, EVLOOP_ONCE);
	event_free(timer);
}

bool
hook_world_await(struct hook_world *w, unsigned answers)
{
	run(w, 60000, answers);
	return w->answers >= answers;
}

void
hook_world_run(struct hook_world *w, unsigned ms)
{
	run(w, ms, UINT32_MAX);
}
