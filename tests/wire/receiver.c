/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/wire/receiver.c -- a receiver of events and its token server over TLS, as bad as they come.
 *
 *      receiver --certs DIRECTORY --log FILE [--seed N] [--good]
 *
 * Prints the port it listens on.  Writes one line a POST, before it answers: the key, what it is
 * going to do, a hash of the body, and the type of the event.  It does one of: answer 200, 202,
 * 204, 301, 401, 429, 500 or 503; hang; cut the connection; take the event and lose the answer.
 * --good: it always answers 200.  Its tokens live for seconds, and it does not always give one. */
#include <event2/buffer.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <inttypes.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

struct receiver {
	FILE *log;
	uint64_t random;
	unsigned tokens;
	bool good;
};

/* splitmix64 */
static unsigned
draw(struct receiver *r, unsigned below)
{
	uint64_t z = (r->random += 0x9e3779b97f4a7c15u);
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return (unsigned)((z ^ (z >> 31)) % below);
}

/* FNV-1a */
static uint64_t
hash(const unsigned char *p, size_t len)
{
	uint64_t h = 0xcbf29ce484222325u;
	for (size_t i = 0; i < len; i++)
		h = (h ^ p[i]) * 0x100000001b3u;
	return h;
}

static void
serve_token(struct receiver *r, struct evhttp_request *request)
{
	unsigned what = r->good ? 99 : draw(r, 100);
	struct evbuffer *body = evbuffer_new();
	if (what < 10) {
		evhttp_send_error(request, 500, NULL);
	} else if (what >= 15) { /* else it hangs */
		evbuffer_add_printf(body,
		    "{\"access_token\":\"t%u\",\"token_type\":\"Bearer\",\"expires_in\":%u}",
		    ++r->tokens, 1 + draw(r, 4));
		evhttp_send_reply(request, 200, "OK", body);
	}
	evbuffer_free(body);
}

static const struct {
	unsigned share;
	const char *name;
	int status; /* 0: it hangs; -1: it is cut; -2: taken, and the answer is lost */
} acts[] = { { 60, "200", 200 }, { 5, "202", 202 }, { 3, "204", 204 }, { 3, "301", 301 },
	{ 4, "401", 401 }, { 4, "429", 429 }, { 4, "500", 500 }, { 4, "503", 503 },
	{ 3, "hang", 0 }, { 5, "cut", -1 }, { 5, "lost", -2 } };

static void
serve_event(struct receiver *r, struct evhttp_request *request)
{
	struct evkeyvalq *in = evhttp_request_get_input_headers(request);
	struct evbuffer *body = evhttp_request_get_input_buffer(request);
	const char *key = evhttp_find_header(in, "Idempotency-Key");
	size_t len = evbuffer_get_length(body), act = 0;
	unsigned left = r->good ? 0 : draw(r, 100);
	char type[64] = "?";
	while (left >= acts[act].share)
		left -= acts[act++].share;
	char *text = (char *)evbuffer_pullup(body, -1);
	const char *at = text != NULL ? memmem(text, len, "\"type\":\"", 8) : NULL;
	if (at != NULL)
		snprintf(type, sizeof type, "%.*s", (int)strcspn(at + 8, "\""), at + 8);
	fprintf(r->log, "%s %s %016" PRIx64 " %s\n", key != NULL ? key : "?", acts[act].name,
	    hash((const unsigned char *)text, len), type);
	fflush(r->log);
	int status = acts[act].status;
	if (status < 0) {
		evhttp_connection_free(evhttp_request_get_connection(request));
	} else if (status > 0) {
		if (status == 429)
			evhttp_add_header(evhttp_request_get_output_headers(request),
			    "Retry-After", "1");
		evhttp_send_reply(request, status, "As it comes", NULL);
	}
}

static void
serve(struct evhttp_request *request, void *user)
{
	if (strcmp(evhttp_request_get_uri(request), "/token") == 0)
		serve_token(user, request);
	else
		serve_event(user, request);
}

static struct bufferevent *
accept_tls(struct event_base *base, void *user)
{
	return bufferevent_openssl_socket_new(base, -1, SSL_new(user), BUFFEREVENT_SSL_ACCEPTING,
	    BEV_OPT_CLOSE_ON_FREE);
}

static SSL_CTX *
open_tls(const char *certs)
{
	char certificate[4096], key[4096];
	SSL_CTX *tls = SSL_CTX_new(TLS_server_method());
	snprintf(certificate, sizeof certificate, "%s/queue.pem", certs);
	snprintf(key, sizeof key, "%s/queue.key.pem", certs);
	if (SSL_CTX_use_certificate_chain_file(tls, certificate) == 1 &&
	    SSL_CTX_use_PrivateKey_file(tls, key, SSL_FILETYPE_PEM) == 1)
		return tls;
	fprintf(stderr, "receiver: no certificate in %s\n", certs);
	exit(1);
}

int
main(int argc, char **argv)
{
	struct receiver r = { .random = 1 };
	const char *certs = NULL, *log = NULL;
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--good") == 0)
			r.good = true;
		else if (i + 1 < argc && strcmp(argv[i], "--certs") == 0)
			certs = argv[++i];
		else if (i + 1 < argc && strcmp(argv[i], "--log") == 0)
			log = argv[++i];
		else if (i + 1 < argc && strcmp(argv[i], "--seed") == 0)
			r.random = strtoull(argv[++i], NULL, 10);
	}
	if (certs == NULL || log == NULL || (r.log = fopen(log, "a")) == NULL) {
		fputs("receiver --certs DIRECTORY --log FILE [--seed N] [--good]\n", stderr);
		return 64;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL); /* whoever started it is gone: so is it */
	signal(SIGPIPE, SIG_IGN);
	struct event_base *base = event_base_new();
	struct evhttp *server = evhttp_new(base);
	evhttp_set_bevcb(server, accept_tls, open_tls(certs));
	evhttp_set_gencb(server, serve, &r);
	struct evhttp_bound_socket *bound = evhttp_bind_socket_with_handle(server, "127.0.0.1", 0);
	struct sockaddr_in address;
	socklen_t len = sizeof address;
	if (bound == NULL ||
	    getsockname(evhttp_bound_socket_get_fd(bound), (struct sockaddr *)&address, &len) != 0)
		return 1;
	printf("%u\n", ntohs(address.sin_port));
	fflush(stdout);
	event_base_dispatch(base);
	return 0;
}
