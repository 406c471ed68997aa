/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_transport_tls.c -- who may talk over TLS, as whom, and how it ends. */
#include "tests/unit/test_transport_world.h"

#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/test_transport_certificates.h"
#include "transport/internal.h"

static struct issued ca, stranger_ca;
static struct issued alice, bob, stranger, expired;

static struct rf_tls_profile
profile(const struct issued *own, enum rf_tls_client client)
{
	return (struct rf_tls_profile){ .name = "test", .certificate = own->certificate,
		.key = own->key, .ca = ca.certificate, .client = client };
}

static struct world *
open_with(struct event_base *base, struct rf_tls_profile tls, struct rf_transport_config config)
{
	struct rf_transport_listener l = world_listener(RF_TLS, "127.0.0.1");
	config.listener = &l;
	config.listener_count = 1;
	config.tls = &tls;
	config.tls_count = 1;
	struct world *w = world_open(base, &config);
	if (w->t == NULL)
		check_note("%s", w->error);
	CHECK_OR_STOP(w->t != NULL);
	return w;
}

static const struct rf_transport_config defaults;

struct pair {
	struct world *client, *server;
};

/* The first to connect to the second, on one loop. */
static struct pair
open_pair(struct rf_tls_profile client, struct rf_tls_profile server)
{
	struct pair p;
	p.client = open_with(NULL, client, defaults);
	p.server = open_with(p.client->base, server, defaults);
	return p;
}

static void
close_pair(struct pair p)
{
	world_close(p.server);
	world_close(p.client);
}

static void
send_text(struct world *from, struct world *to, const char *body, const char *identity,
    rf_token token)
{
	char text[WORLD_TEXT_MAX];
	struct rf_path path = world_path(from, to);
	world_send(from, &path, world_message(text, body), identity, token);
}

/* ---- who is who ---------------------------------------------------------------------------- */

static void
both_ends_prove_their_names(void)
{
	struct pair p = open_pair(profile(&alice, RF_TLS_CLIENT_NONE),
	    profile(&bob, RF_TLS_CLIENT_REQUIRE));
	send_text(p.client, p.server, "hi", "bob.example", 5);
	CHECK(world_wait(p.server, SAID_MESSAGE, 1));
	CHECK(p.client->count[SAID_UP] == 1 && p.server->count[SAID_UP] == 1);
	CHECK(world_said(p.client, SAID_UP, 0)->token == 5);
	CHECK(strcmp(world_said(p.client, SAID_UP, 0)->text, "bob.example ") == 0);
	CHECK(world_said(p.server, SAID_UP, 0)->token == 0);
	/* URIs first, lower case, no wildcard, no user, nothing but sip: */
	CHECK(strcmp(world_said(p.server, SAID_UP, 0)->text,
		  "sip.alice.example alice.example www.alice.example ") == 0);
	close_pair(p);
}

static void
refused_by_the_server(struct rf_tls_profile client)
{
	struct pair p = open_pair(client, profile(&bob, RF_TLS_CLIENT_REQUIRE));
	send_text(p.client, p.server, "hi", "bob.example", 5);
	/* With TLS 1.3 a client is done before the server has judged it. */
	CHECK(world_wait(p.client, SAID_DOWN, 1));
	CHECK(world_said(p.client, SAID_DOWN, 0)->reason == RF_LINK_CERTIFICATE);
	CHECK(p.server->count[SAID_UP] == 0 && p.server->count[SAID_MESSAGE] == 0);
	CHECK(p.server->count[SAID_DOWN] == 0);
	struct rf_transport_counters c = world_counters(p.server);
	CHECK(c.certificates_refused == 1 && c.handshakes_failed == 1 && c.links == 0);
	close_pair(p);
}

static void
a_client_of_another_authority_is_refused(void)
{
	refused_by_the_server(profile(&stranger, RF_TLS_CLIENT_NONE));
}

static void
a_client_whose_time_is_over_is_refused(void)
{
	refused_by_the_server(profile(&expired, RF_TLS_CLIENT_NONE));
}

static void
without_a_tls_listener_nothing_is_sent_over_tls(void)
{
	struct world *server = open_with(NULL, profile(&bob, RF_TLS_CLIENT_REQUIRE), defaults);
	struct rf_transport_listener l = world_listener(RF_TCP, "127.0.0.1");
	struct rf_tls_profile bare = { .name = "bare", .ca = ca.certificate };
	struct world *client = world_open(server->base, &(struct rf_transport_config){
		.listener = &l, .listener_count = 1, .tls = &bare, .tls_count = 1 });
	CHECK_OR_STOP(client->t != NULL);
	/* No TLS listener of its own: there is nothing it could open the link from. */
	send_text(client, server, "hi", "bob.example", 5);
	CHECK(world_wait(client, SAID_FAILED, 1));
	world_close(client);
	world_close(server);
}

/* ---- a client of OpenSSL's ----------------------------------------------------------------- */

struct peer {
	struct world *w;
	int fd, result;
	SSL_CTX *ctx;
	SSL *ssl;
};

static struct peer
peer_open(struct world *w, const struct issued *own, SSL_SESSION *session)
{
	struct peer p = { .w = w, .fd = peer_socket(w, 0, SOCK_STREAM | SOCK_NONBLOCK * 0) };
	p.ctx = SSL_CTX_new(TLS_client_method());
	SSL_CTX_set_options(p.ctx, SSL_OP_LEGACY_SERVER_CONNECT);
	if (own != NULL) {
		SSL_CTX_use_certificate_file(p.ctx, own->certificate, SSL_FILETYPE_PEM);
		SSL_CTX_use_PrivateKey_file(p.ctx, own->key, SSL_FILETYPE_PEM);
	}
	p.ssl = SSL_new(p.ctx);
	evutil_make_socket_nonblocking(p.fd);
	SSL_set_fd(p.ssl, p.fd);
	SSL_set_connect_state(p.ssl);
	if (session != NULL)
		SSL_set_session(p.ssl, session);
	return p;
}

static bool
handshake_ended(void *arg)
{
	struct peer *p = arg;
	p->result = SSL_do_handshake(p->ssl);
	if (p->result == 1)
		return true;
	int error = SSL_get_error(p->ssl, p->result);
	return error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE;
}

static bool
peer_shakes_hands(struct peer *p)
{
	return world_wait_until(p->w, handshake_ended, p) && p->result == 1;
}

static void
peer_close(struct peer *p)
{
	SSL_free(p->ssl);
	SSL_CTX_free(p->ctx);
	close(p->fd);
}

static void
nobody_need_prove_anything_where_it_is_only_requested(void)
{
	struct world *w = open_with(NULL, profile(&bob, RF_TLS_CLIENT_REQUEST), defaults);
	struct peer p = peer_open(w, NULL, NULL);
	CHECK(peer_shakes_hands(&p));
	CHECK(world_wait(w, SAID_UP, 1));
	CHECK(world_said(w, SAID_UP, 0)->text[0] == '\0');
	peer_close(&p);
	world_close(w);
}

static void
a_bad_certificate_is_refused_even_where_none_is_required(void)
{
	struct world *w = open_with(NULL, profile(&bob, RF_TLS_CLIENT_REQUEST), defaults);
	struct peer p = peer_open(w, &stranger, NULL);
	(void)peer_shakes_hands(&p);
	CHECK(peer_sees_end(w, p.fd));
	CHECK(w->count[SAID_UP] == 0);
	peer_close(&p);
	world_close(w);
}

static void
no_certificate_where_one_is_required_is_refused(void)
{
	struct world *w = open_with(NULL, profile(&bob, RF_TLS_CLIENT_REQUIRE), defaults);
	struct peer p = peer_open(w, NULL, NULL);
	(void)peer_shakes_hands(&p);
	CHECK(peer_sees_end(w, p.fd));
	struct rf_transport_counters c = world_counters(w);
	CHECK(w->count[SAID_UP] == 0 && c.certificates_refused == 1);
	peer_close(&p);
	world_close(w);
}

static void
tls_1_1_is_refused(void)
{
	struct world *w = open_with(NULL, profile(&bob, RF_TLS_CLIENT_NONE), defaults);
	struct peer p = peer_open(w, NULL, NULL);
	SSL_set_security_level(p.ssl, 0);
	SSL_set_cipher_list(p.ssl, "ALL:@SECLEVEL=0");
	CHECK(SSL_set_min_proto_version(p.ssl, TLS1_VERSION) == 1);
	CHECK(SSL_set_max_proto_version(p.ssl, TLS1_1_VERSION) == 1);
	CHECK(!peer_shakes_hands(&p));
	CHECK(peer_sees_end(w, p.fd));
	struct rf_transport_counters c = world_counters(w);
	CHECK(w->count[SAID_UP] == 0 && c.handshakes_failed == 1);
	peer_close(&p);
	world_close(w);
}

static void
tls_1_2_and_1_3_are_spoken(void)
{
	static const int version[] = { TLS1_2_VERSION, TLS1_3_VERSION };
	for (size_t i = 0; i < RF_ARRAY_LEN(version); i++) {
		struct world *w = open_with(NULL, profile(&bob, RF_TLS_CLIENT_REQUIRE), defaults);
		struct peer p = peer_open(w, &alice, NULL);
		SSL_set_min_proto_version(p.ssl, version[i]);
		SSL_set_max_proto_version(p.ssl, version[i]);
		CHECK(peer_shakes_hands(&p));
		CHECK(world_wait(w, SAID_UP, 1));
		CHECK(SSL_version(p.ssl) == version[i]);
		peer_close(&p);
		world_close(w);
	}
}

static void
renegotiation_is_off(void)
{
	struct world *w = open_with(NULL, profile(&bob, RF_TLS_CLIENT_NONE), defaults);
	struct peer p = peer_open(w, NULL, NULL);
	SSL_set_max_proto_version(p.ssl, TLS1_2_VERSION);
	CHECK(peer_shakes_hands(&p));
	CHECK(SSL_renegotiate(p.ssl) == 1);
	CHECK(!peer_shakes_hands(&p));
	peer_close(&p);
	world_close(w);
}

static void
a_resumed_session_proves_the_same_names(void)
{
	struct world *w = open_with(NULL, profile(&bob, RF_TLS_CLIENT_REQUIRE), defaults);
	struct peer p = peer_open(w, &alice, NULL);
	SSL_set_max_proto_version(p.ssl, TLS1_2_VERSION);
	CHECK(peer_shakes_hands(&p));
	CHECK(world_wait(w, SAID_UP, 1));
	SSL_SESSION *session = SSL_get1_session(p.ssl);
	struct peer again = peer_open(w, &alice, session);
	SSL_set_max_proto_version(again.ssl, TLS1_2_VERSION);
	CHECK(peer_shakes_hands(&again));
	CHECK(SSL_session_reused(again.ssl));
	CHECK(world_wait(w, SAID_UP, 2));
	CHECK(strcmp(world_said(w, SAID_UP, 0)->text, world_said(w, SAID_UP, 1)->text) == 0);
	SSL_SESSION_free(session);
	peer_close(&again);
	peer_close(&p);
	world_close(w);
}

static void
a_stalled_handshake_is_cut_off(void)
{
	struct world *w = open_with(NULL, profile(&bob, RF_TLS_CLIENT_NONE),
	    (struct rf_transport_config){ .handshake_ms = 40 });
	int silent = peer_socket(w, 0, SOCK_STREAM);
	CHECK(peer_write(silent, "\x16\x03\x01", 3));
	CHECK(peer_sees_end(w, silent));
	struct rf_transport_counters c = world_counters(w);
	CHECK(c.handshakes_failed == 1 && c.timeouts == 1 && c.links == 0);
	CHECK(w->said_count == 0);
	close(silent);
	world_close(w);
}

static void
garbage_is_no_handshake(void)
{
	struct world *w = open_with(NULL, profile(&bob, RF_TLS_CLIENT_NONE), defaults);
	int lost = peer_socket(w, 0, SOCK_STREAM);
	CHECK(peer_write(lost, "OPTIONS sip:a SIP/2.0\r\n\r\n", 25));
	CHECK(peer_sees_end(w, lost));
	CHECK(w->said_count == 0);
	CHECK(strstr(w->logged, "tls from 127.0.0.1:") != NULL);
	close(lost);
	world_close(w);
}

static void
an_end_without_notice_is_truncation(void)
{
	struct world *w = open_with(NULL, profile(&bob, RF_TLS_CLIENT_NONE), defaults);
	struct peer rude = peer_open(w, NULL, NULL), polite = peer_open(w, NULL, NULL);
	CHECK(peer_shakes_hands(&rude));
	CHECK(world_wait(w, SAID_UP, 1));
	shutdown(rude.fd, SHUT_WR);
	CHECK(world_wait(w, SAID_DOWN, 1));
	CHECK(world_said(w, SAID_DOWN, 0)->reason == RF_LINK_TRUNCATED);
	CHECK(peer_shakes_hands(&polite));
	CHECK(world_wait(w, SAID_UP, 2));
	SSL_shutdown(polite.ssl);
	CHECK(world_wait(w, SAID_DOWN, 2));
	CHECK(world_said(w, SAID_DOWN, 1)->reason == RF_LINK_CLOSED);
	peer_close(&rude);
	peer_close(&polite);
	world_close(w);
}

static void
records_of_one_byte_are_still_messages(void)
{
	char text[WORLD_TEXT_MAX];
	struct rf_slice m = world_message(text, "slow");
	struct world *w = open_with(NULL, profile(&bob, RF_TLS_CLIENT_NONE), defaults);
	struct peer p = peer_open(w, NULL, NULL);
	CHECK(peer_shakes_hands(&p));
	for (uint32_t i = 0; i < m.len; i++)
		CHECK(SSL_write(p.ssl, m.p + i, 1) == 1);
	CHECK(world_wait(w, SAID_MESSAGE, 1));
	CHECK(strcmp(world_said(w, SAID_MESSAGE, 0)->text, text) == 0);
	peer_close(&p);
	world_close(w);
}

/* ---- whom we talk to ----------------------------------------------------------------------- */

static void
server_is(const struct issued *server, const char *identity, bool expected)
{
	struct pair p = open_pair(profile(&alice, RF_TLS_CLIENT_NONE),
	    profile(server, RF_TLS_CLIENT_NONE));
	send_text(p.client, p.server, "hi", identity, 5);
	if (expected) {
		CHECK(world_wait(p.server, SAID_MESSAGE, 1));
		CHECK(p.client->count[SAID_FAILED] == 0);
	} else {
		CHECK(world_wait(p.client, SAID_FAILED, 1));
		CHECK(world_said(p.client, SAID_FAILED, 0)->token == 5);
		CHECK(world_said(p.client, SAID_FAILED, 0)->reason == RF_LINK_CERTIFICATE);
		CHECK(p.client->count[SAID_UP] == 0 && p.client->count[SAID_DOWN] == 0);
		CHECK(p.server->count[SAID_MESSAGE] == 0);
	}
	close_pair(p);
}

static void
made_server_is(const char *common_name, const char *alternatives, const char *identity,
    bool expected)
{
	struct issued made = certificate_make(&(struct wish){ .file = "made", .issuer = &ca,
		.common_name = common_name, .alternatives = alternatives });
	server_is(&made, identity, expected);
	certificate_free(&made);
}

static void
the_wanted_name_may_be_in_any_case(void)
{
	server_is(&bob, "BOB.Example", true);
}

static void
another_name_is_refused(void)
{
	server_is(&bob, "mallory.example", false);
}

static void
any_verified_name_does_where_none_is_wanted(void)
{
	server_is(&bob, "", true);
}

static void
a_self_signed_server_is_refused(void)
{
	struct issued self = certificate_make(&(struct wish){ .file = "self",
		.alternatives = "DNS:bob.example" });
	server_is(&self, "bob.example", false);
	server_is(&self, "", false);
	certificate_free(&self);
}

static void
an_expired_server_is_refused(void)
{
	server_is(&expired, "expired.example", false);
}

static void
a_wildcard_matches_nobody(void)
{
	made_server_is(NULL, "DNS:*.wild.example", "sip.wild.example", false);
	made_server_is(NULL, "DNS:*.wild.example", "*.wild.example", false);
}

static void
the_common_name_counts_only_without_alternatives(void)
{
	made_server_is("only.example", NULL, "only.example", true);
	made_server_is("only.example", "DNS:other.example", "only.example", false);
	made_server_is("only.example", "email:a@other.example", "only.example", false);
}

static void
a_sip_uri_names_a_domain_unless_it_names_a_user(void)
{
	made_server_is(NULL, "URI:sip:domain.example", "domain.example", true);
	made_server_is(NULL, "URI:sip:user@domain.example", "domain.example", false);
	made_server_is(NULL, "URI:https://domain.example", "domain.example", false);
}

static void
an_address_is_proved_by_an_address(void)
{
	made_server_is(NULL, "IP:127.0.0.1", "127.0.0.1", true);
	made_server_is(NULL, "IP:2001:db8::1", "[2001:db8:0::1]", true);
	made_server_is(NULL, "DNS:127.0.0.1", "127.0.0.1", false);
}

static void
a_certificate_meant_for_something_else_is_refused(void)
{
	static const struct {
		const char *uses;
		bool expected;
	} row[] = {
		{ "serverAuth", true }, { "clientAuth", true }, { "1.3.6.1.5.5.7.3.20", true },
		{ "anyExtendedKeyUsage", true }, { "codeSigning", false },
		{ "emailProtection,timeStamping", false },
	};
	for (size_t i = 0; i < RF_ARRAY_LEN(row); i++) {
		struct issued made = certificate_make(&(struct wish){ .file = "made", .issuer = &ca,
			.alternatives = "DNS:made.example", .uses = row[i].uses });
		server_is(&made, "made.example", row[i].expected);
		struct world *w = open_with(NULL, profile(&bob, RF_TLS_CLIENT_REQUIRE), defaults);
		struct peer p = peer_open(w, &made, NULL);
		(void)peer_shakes_hands(&p);
		CHECK(row[i].expected ? world_wait(w, SAID_UP, 1) : peer_sees_end(w, p.fd));
		CHECK(w->count[SAID_UP] == row[i].expected);
		peer_close(&p);
		world_close(w);
		certificate_free(&made);
	}
}

static void
a_revoked_certificate_is_refused(void)
{
	struct rf_tls_profile careful = profile(&alice, RF_TLS_CLIENT_NONE);
	struct issued revoked = certificate_make(&(struct wish){ .file = "made", .issuer = &ca,
		.alternatives = "DNS:made.example" });
	careful.crl = certificate_revoke(&ca, &revoked);
	struct pair p = open_pair(careful, profile(&revoked, RF_TLS_CLIENT_NONE));
	send_text(p.client, p.server, "hi", "made.example", 5);
	CHECK(world_wait(p.client, SAID_FAILED, 1));
	CHECK(world_said(p.client, SAID_FAILED, 0)->reason == RF_LINK_CERTIFICATE);
	CHECK(strstr(p.client->logged, "revoked") != NULL);
	close_pair(p);
	p = open_pair(careful, profile(&bob, RF_TLS_CLIENT_NONE));
	send_text(p.client, p.server, "hi", "bob.example", 5);
	CHECK(world_wait(p.server, SAID_MESSAGE, 1));
	close_pair(p);
	certificate_free(&revoked);
}

/* ---- links that live ------------------------------------------------------------------------ */

static void
the_accepted_link_carries_requests_back(void)
{
	struct pair p = open_pair(profile(&alice, RF_TLS_CLIENT_NONE),
	    profile(&bob, RF_TLS_CLIENT_REQUIRE));
	char text[WORLD_TEXT_MAX];
	send_text(p.client, p.server, "there", "bob.example", 1);
	CHECK(world_wait(p.server, SAID_MESSAGE, 1));
	struct rf_path back = world_said(p.server, SAID_UP, 0)->path;
	back.link = 0;
	world_send(p.server, &back, world_message(text, "back"), "alice.example", 2);
	CHECK(world_wait(p.client, SAID_MESSAGE, 1));
	CHECK(world_said(p.client, SAID_MESSAGE, 0)->path.link ==
	      world_said(p.client, SAID_UP, 0)->path.link);
	struct rf_transport_counters c = world_counters(p.server);
	CHECK(c.connects == 0);
	/* For somebody else it is not the way. */
	world_send(p.server, &back, world_message(text, "not you"), "mallory.example", 3);
	CHECK(world_wait(p.server, SAID_FAILED, 1));
	CHECK(p.client->count[SAID_MESSAGE] == 1);
	close_pair(p);
}

static void
an_alias_carries_requests_whatever_the_port(void)
{
	struct pair p;
	char text[WORLD_TEXT_MAX];
	p.client = open_with(NULL, profile(&alice, RF_TLS_CLIENT_REQUIRE), defaults);
	p.server = open_with(p.client->base, profile(&bob, RF_TLS_CLIENT_REQUIRE),
	    (struct rf_transport_config){ .alias = true });
	send_text(p.client, p.server, "there", "bob.example", 1);
	CHECK(world_wait(p.server, SAID_MESSAGE, 1));
	struct rf_path back = world_path(p.server, p.client);
	world_send(p.server, &back, world_message(text, "back"), "alice.example", 2);
	CHECK(world_wait(p.client, SAID_MESSAGE, 1));
	struct rf_transport_counters c = world_counters(p.server);
	CHECK(c.connects == 0);
	/* Who is not named is not an alias of anybody. */
	world_send(p.server, &back, world_message(text, "anybody"), "", 3);
	CHECK(world_wait(p.client, SAID_MESSAGE, 2));
	c = world_counters(p.server);
	CHECK(c.connects == 1);
	close_pair(p);
}

static void
many_messages_keep_their_order_both_ways(void)
{
	enum { MANY = 500 };
	struct pair p = open_pair(profile(&alice, RF_TLS_CLIENT_NONE),
	    profile(&bob, RF_TLS_CLIENT_REQUIRE));
	char body[16], one[WORLD_TEXT_MAX];
	for (int i = 0; i < MANY; i++) {
		snprintf(body, sizeof(body), "%d", i);
		send_text(p.client, p.server, body, "bob.example", 0);
	}
	CHECK(world_wait(p.server, SAID_MESSAGE, MANY));
	for (int i = 0; i < MANY; i++) {
		snprintf(body, sizeof(body), "%d", i);
		world_message(one, body);
		CHECK(strcmp(world_said(p.server, SAID_MESSAGE, (uint32_t)i)->text, one) == 0);
	}
	close_pair(p);
}

static void
an_unread_link_ends_at_its_bound(void)
{
	enum { PIECE = 16000 };
	struct world *w = open_with(NULL, profile(&bob, RF_TLS_CLIENT_NONE), defaults);
	struct peer p = peer_open(w, NULL, NULL);
	char *piece = calloc(1, PIECE);
	CHECK(peer_shakes_hands(&p));
	CHECK(world_wait(w, SAID_UP, 1));
	struct rf_path path = world_said(w, SAID_UP, 0)->path;
	for (rf_token token = 1; token < 10000 && w->count[SAID_DOWN] == 0; token++) {
		world_send(w, &path, (struct rf_slice){ piece, PIECE }, "", token);
		world_turn(w);
	}
	CHECK(world_said(w, SAID_DOWN, 0)->reason == RF_LINK_BACKPRESSURE);
	CHECK(w->count[SAID_FAILED] > 0);
	free(piece);
	peer_close(&p);
	world_close(w);
}

struct sink {
	struct peer *p;
	char *got;
	size_t len, max;
};

static bool
all_read(void *arg)
{
	struct sink *s = arg;
	int n;
	while (s->len < s->max &&
	       (n = SSL_read(s->p->ssl, s->got + s->len, (int)(s->max - s->len))) > 0)
		s->len += (size_t)n;
	return s->len == s->max;
}

/* A blocked SSL_write is repeated from a buffer that has grown and moved meanwhile. */
static void
a_slow_reader_gets_every_byte_in_order(void)
{
	enum { PIECES = 50, PIECE = 15000 };
	struct world *w = open_with(NULL, profile(&bob, RF_TLS_CLIENT_NONE), defaults);
	struct peer p = peer_open(w, NULL, NULL);
	int small = 32 * 1024;
	char *piece = calloc(1, PIECE);
	struct sink sink = { .p = &p, .got = malloc(PIECES * PIECE), .max = PIECES * PIECE };
	setsockopt(p.fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	CHECK(peer_shakes_hands(&p));
	CHECK(world_wait(w, SAID_UP, 1));
	struct rf_path path = world_said(w, SAID_UP, 0)->path;
	struct rf_link *link = rf_link_find(w->t, path.link);
	setsockopt(link->fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof(small));
	for (int i = 0; i < PIECES; i++) {
		memset(piece, i, PIECE);
		world_send(w, &path, (struct rf_slice){ piece, PIECE }, "", (rf_token)i + 1);
		world_turn(w);
	}
	CHECK(link->out_len > 0);
	CHECK(world_wait_until(w, all_read, &sink));
	bool same = true;
	for (size_t i = 0; i < sink.len; i++)
		same = same && sink.got[i] == (char)(i / PIECE);
	CHECK(same);
	CHECK(w->count[SAID_DOWN] == 0 && w->count[SAID_FAILED] == 0 && link->unsent_count == 0);
	free(piece);
	free(sink.got);
	peer_close(&p);
	world_close(w);
}

/* ---- profiles ------------------------------------------------------------------------------- */

static void
a_reload_serves_new_links_and_leaves_the_old(void)
{
	struct issued first = certificate_make(&(struct wish){ .file = "rotating", .issuer = &ca,
		.alternatives = "DNS:first.example,DNS:same.example" });
	struct pair p = open_pair(profile(&alice, RF_TLS_CLIENT_NONE),
	    profile(&first, RF_TLS_CLIENT_NONE));
	char error[RF_TRANSPORT_ERROR_MAX];
	send_text(p.client, p.server, "1", "same.example", 1);
	CHECK(world_wait(p.server, SAID_MESSAGE, 1));
	struct issued second = certificate_make(&(struct wish){ .file = "rotating", .issuer = &ca,
		.alternatives = "DNS:second.example,DNS:same.example" });
	CHECK(rf_transport_tls_reload(p.server->t, NULL, 0, error));
	CHECK(rf_transport_tls_reload(p.client->t, NULL, 0, error));
	/* By its name the old link still works; without, a fresh one is made. */
	struct rf_path path = world_said(p.client, SAID_UP, 0)->path;
	char text[WORLD_TEXT_MAX];
	world_send(p.client, &path, world_message(text, "2"), "", 2);
	CHECK(world_wait(p.server, SAID_MESSAGE, 2));
	CHECK(p.client->count[SAID_UP] == 1);
	send_text(p.client, p.server, "3", "same.example", 3);
	CHECK(world_wait(p.server, SAID_MESSAGE, 3));
	CHECK(p.client->count[SAID_UP] == 2 && p.client->count[SAID_DOWN] == 0);
	CHECK(strcmp(world_said(p.client, SAID_UP, 1)->text, "second.example same.example ") == 0);
	close_pair(p);
	certificate_free(&first);
	certificate_free(&second);
}

static void
complaint(struct rf_tls_profile tls, const char *expected)
{
	struct world *w = open_with(NULL, profile(&bob, RF_TLS_CLIENT_NONE), defaults);
	char error[RF_TRANSPORT_ERROR_MAX];
	CHECK(!rf_transport_tls_reload(w->t, &tls, 1, error));
	if (strstr(error, expected) == NULL)
		check_note("%s", error);
	CHECK(strstr(error, expected) != NULL);
	/* Nothing has changed. */
	struct peer p = peer_open(w, NULL, NULL);
	CHECK(peer_shakes_hands(&p));
	peer_close(&p);
	world_close(w);
}

static void
a_bad_profile_is_named_and_changes_nothing(void)
{
	struct rf_tls_profile tls = profile(&bob, RF_TLS_CLIENT_NONE);
	tls.certificate = "/nowhere/bob.pem";
	complaint(tls, "tls test: certificate /nowhere/bob.pem: No such file or directory");
	tls = profile(&bob, RF_TLS_CLIENT_NONE);
	tls.key = alice.key;
	complaint(tls, "does not belong to the certificate");
	tls = profile(&bob, RF_TLS_CLIENT_NONE);
	tls.certificate = bob.key;
	complaint(tls, "tls test: certificate ");
	tls = profile(&bob, RF_TLS_CLIENT_NONE);
	tls.ca = "/nowhere/ca.pem";
	complaint(tls, "tls test: ca /nowhere/ca.pem: No such file");
	tls.certificate = NULL;
	complaint(tls, "a listener needs profile 0 with a certificate");
}

static void
an_expired_certificate_of_ours_is_a_warning(void)
{
	struct world *w = open_with(NULL, profile(&expired, RF_TLS_CLIENT_NONE), defaults);
	struct rf_tls_view view;
	CHECK(strstr(w->logged, "has expired") != NULL);
	CHECK(rf_transport_tls(w->t, 0, &view));
	CHECK(view.not_after > view.not_before && view.not_before > 0);
	CHECK(!rf_transport_tls(w->t, 1, &view));
	world_close(w);
}

static void
links_can_be_listed(void)
{
	struct pair p = open_pair(profile(&alice, RF_TLS_CLIENT_NONE),
	    profile(&bob, RF_TLS_CLIENT_REQUIRE));
	struct rf_link_view view;
	uint32_t cursor = 0;
	CHECK(!rf_transport_link_next(p.server->t, &cursor, &view));
	send_text(p.client, p.server, "hi", "bob.example", 1);
	CHECK(world_wait(p.server, SAID_UP, 1));
	cursor = 0;
	CHECK(rf_transport_link_next(p.server->t, &cursor, &view));
	CHECK(view.incoming && view.up && strcmp(view.identity, "sip.alice.example") == 0);
	CHECK(!rf_transport_link_next(p.server->t, &cursor, &view));
	close_pair(p);
}

int
main(void)
{
	static const struct check_test tests[] = {
		CHECK_TEST(both_ends_prove_their_names),
		CHECK_TEST(a_client_of_another_authority_is_refused),
		CHECK_TEST(a_client_whose_time_is_over_is_refused),
		CHECK_TEST(without_a_tls_listener_nothing_is_sent_over_tls),
		CHECK_TEST(nobody_need_prove_anything_where_it_is_only_requested),
		CHECK_TEST(a_bad_certificate_is_refused_even_where_none_is_required),
		CHECK_TEST(no_certificate_where_one_is_required_is_refused),
		CHECK_TEST(tls_1_1_is_refused),
		CHECK_TEST(tls_1_2_and_1_3_are_spoken),
		CHECK_TEST(renegotiation_is_off),
		CHECK_TEST(a_resumed_session_proves_the_same_names),
		CHECK_TEST(a_stalled_handshake_is_cut_off),
		CHECK_TEST(garbage_is_no_handshake),
		CHECK_TEST(an_end_without_notice_is_truncation),
		CHECK_TEST(records_of_one_byte_are_still_messages),
		CHECK_TEST(the_wanted_name_may_be_in_any_case),
		CHECK_TEST(another_name_is_refused),
		CHECK_TEST(any_verified_name_does_where_none_is_wanted),
		CHECK_TEST(a_self_signed_server_is_refused),
		CHECK_TEST(an_expired_server_is_refused),
		CHECK_TEST(a_wildcard_matches_nobody),
		CHECK_TEST(the_common_name_counts_only_without_alternatives),
		CHECK_TEST(a_sip_uri_names_a_domain_unless_it_names_a_user),
		CHECK_TEST(an_address_is_proved_by_an_address),
		CHECK_TEST(a_certificate_meant_for_something_else_is_refused),
		CHECK_TEST(a_revoked_certificate_is_refused),
		CHECK_TEST(the_accepted_link_carries_requests_back),
		CHECK_TEST(an_alias_carries_requests_whatever_the_port),
		CHECK_TEST(many_messages_keep_their_order_both_ways),
		CHECK_TEST(an_unread_link_ends_at_its_bound),
		CHECK_TEST(a_slow_reader_gets_every_byte_in_order),
		CHECK_TEST(a_reload_serves_new_links_and_leaves_the_old),
		CHECK_TEST(a_bad_profile_is_named_and_changes_nothing),
		CHECK_TEST(an_expired_certificate_of_ours_is_a_warning),
		CHECK_TEST(links_can_be_listed),
	};
	certificates_init();
	ca = certificate_make(&(struct wish){ .file = "ca", .common_name = "Test CA", .is_ca = 1 });
	stranger_ca = certificate_make(&(struct wish){ .file = "stranger-ca",
		.common_name = "Another CA", .is_ca = 1 });
	alice = certificate_make(&(struct wish){ .file = "alice", .issuer = &ca,
		.common_name = "ignored.example",
		.alternatives = "DNS:Alice.Example,URI:sip:SIP.alice.example,DNS:*.alice.example,"
				"URI:sip:me@alice.example,URI:https://web.example,"
				"DNS:www.alice.example,IP:127.0.0.1" });
	bob = certificate_make(&(struct wish){ .file = "bob", .issuer = &ca,
		.alternatives = "DNS:bob.example" });
	stranger = certificate_make(&(struct wish){ .file = "stranger", .issuer = &stranger_ca,
		.alternatives = "DNS:bob.example" });
	expired = certificate_make(&(struct wish){ .file = "expired", .issuer = &ca,
		.alternatives = "DNS:expired.example", .days_from = -10, .days_to = -2 });
	int status = check_main("transport over TLS", tests, RF_ARRAY_LEN(tests));
	struct issued *all[] = { &ca, &stranger_ca, &alice, &bob, &stranger, &expired };
	for (size_t i = 0; i < RF_ARRAY_LEN(all); i++)
		certificate_free(all[i]);
	certificates_fini();
	return status;
}
