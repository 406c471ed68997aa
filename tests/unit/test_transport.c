/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_transport.c -- UDP and TCP over loopback, against plain sockets. */
#include "tests/unit/test_transport_world.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "transport/internal.h"

static struct world *
open_one(uint8_t proto, const char *ip, struct rf_transport_config config)
{
	struct rf_transport_listener l = world_listener(proto, ip);
	l.dscp = 46;
	config.listener = &l;
	config.listener_count = 1;
	struct world *w = world_open(NULL, &config);
	CHECK_OR_STOP(w->t != NULL);
	return w;
}

static const struct rf_transport_config defaults;

static void
echo(struct world *w, const struct rf_path *path, struct rf_slice bytes)
{
	world_send(w, path, bytes, "", 0);
}

/* ---- UDP ----------------------------------------------------------------------------------- */

static void
exchange_datagrams(const char *ip)
{
	struct world *w = open_one(RF_UDP, ip, defaults);
	int peer = peer_socket(w, 0, SOCK_DGRAM);
	char answer[4];
	w->on_message = echo;
	CHECK(peer_write(peer, "ping", 4));
	CHECK(peer_read(w, peer, answer, sizeof(answer)));
	CHECK(memcmp(answer, "ping", 4) == 0);
	struct rf_addr local = rf_transport_local(w->t, 0);
	CHECK(rf_addr_same(&world_said(w, SAID_MESSAGE, 0)->path.local, &local));
	CHECK(world_said(w, SAID_MESSAGE, 0)->path.link == 0);
	close(peer);
	world_close(w);
}

static void
datagrams_over_ipv4(void)
{
	exchange_datagrams("127.0.0.1");
}

static void
datagrams_over_ipv6(void)
{
	exchange_datagrams("::1");
}

static void
a_wildcard_keeps_its_configured_address(void)
{
	struct world *w = open_one(RF_UDP, "0.0.0.0", defaults);
	struct rf_addr local = rf_transport_local(w->t, 0);
	int peer = peer_socket(w, 0, SOCK_DGRAM);
	CHECK(local.port != 0);
	CHECK(peer_write(peer, "ping", 4));
	CHECK(world_wait(w, SAID_MESSAGE, 1));
	CHECK(rf_addr_same(&world_said(w, SAID_MESSAGE, 0)->path.local, &local));
	close(peer);
	world_close(w);
}

static void
many_datagrams_come_and_go_in_batches(void)
{
	enum { MANY = 150 };        /* the default buffer of the peer holds them */
	struct world *w = open_one(RF_UDP, "127.0.0.1", defaults);
	int peer = peer_socket(w, 0, SOCK_DGRAM);
	char answer[4 * MANY];
	w->on_message = echo;
	for (int i = 0; i < MANY; i++)
		CHECK(peer_write(peer, "ping", 4));
	CHECK(world_wait(w, SAID_MESSAGE, MANY));
	for (int i = 0; i < MANY; i++)
		CHECK(peer_read(w, peer, answer + i * 4, 4));
	struct rf_transport_counters c = world_counters(w);
	CHECK(c.tx_datagrams == MANY);
	CHECK(w->turns >= MANY / RF_UDP_BATCH && w->turns < MANY / 2);
	close(peer);
	world_close(w);
}

static void
an_oversized_datagram_is_told_one_byte_too_long(void)
{
	struct world *w = open_one(RF_UDP, "127.0.0.1", defaults);
	int peer = peer_socket(w, 0, SOCK_DGRAM);
	char *big = calloc(1, 40000);
	CHECK(peer_write(peer, big, 40000));
	CHECK(world_wait(w, SAID_MESSAGE, 1));
	CHECK(world_said(w, SAID_MESSAGE, 0)->len == RF_MESSAGE_MAX + 1);
	struct rf_transport_counters c = world_counters(w);
	CHECK(c.rx_truncated == 1);
	free(big);
	close(peer);
	world_close(w);
}

static void
a_datagram_that_cannot_be_sent_is_told_later(void)
{
	struct world *w = open_one(RF_UDP, "127.0.0.1", defaults);
	struct rf_path path = { .local = rf_transport_local(w->t, 0) };
	path.remote = world_listener(RF_UDP, "2001:db8::1").local;
	path.remote.port = 5060;
	world_send(w, &path, RF_SLICE("x"), "", 7);
	CHECK(w->count[SAID_FAILED] == 0);
	CHECK(world_wait(w, SAID_FAILED, 1));
	CHECK(world_said(w, SAID_FAILED, 0)->token == 7);
	CHECK(world_said(w, SAID_FAILED, 0)->reason == RF_LINK_REFUSED);
	world_close(w);
}

static void
fail_where_nobody_listens(const char *ip)
{
	struct world *w = open_one(RF_UDP, ip, defaults);
	struct world *gone = open_one(RF_UDP, ip, defaults);
	struct world *there = open_one(RF_UDP, ip, defaults);
	struct rf_path path = world_path(w, gone), other = world_path(w, there);
	int peer = peer_socket(w, 0, SOCK_DGRAM);
	world_close(gone);
	world_send(w, &other, RF_SLICE("x"), "", 8);
	world_send(w, &path, RF_SLICE("x"), "", 7);
	CHECK(world_wait(w, SAID_FAILED, 1));
	CHECK(world_said(w, SAID_FAILED, 0)->token == 7);
	CHECK(world_said(w, SAID_FAILED, 0)->reason == RF_LINK_REFUSED);
	/* The error of one datagram is not taken for that of the next. */
	world_send(w, &path, RF_SLICE("x"), "", 0);
	rf_transport_flush(w->t);
	world_send(w, &other, RF_SLICE("x"), "", 9);
	world_turn(w);
	CHECK(world_wait(there, SAID_MESSAGE, 2));
	CHECK(peer_write(peer, "ping", 4));
	CHECK(world_wait(w, SAID_MESSAGE, 1));
	CHECK(w->count[SAID_FAILED] == 1);
	close(peer);
	world_close(there);
	world_close(w);
}

static void
a_datagram_to_a_closed_port_fails(void)
{
	fail_where_nobody_listens("127.0.0.1");
	fail_where_nobody_listens("::1");
}

static void
a_full_socket_keeps_one_batch_and_drops_the_rest(void)
{
	struct world *w = open_one(RF_UDP, "127.0.0.1", defaults);
	struct rf_udp *u = w->t->udp[0];
	struct rf_path path = { .local = u->local, .remote = u->local };
	u->blocked = true;              /* as after EAGAIN; loopback never says it */
	for (uint32_t i = 0; i < RF_UDP_QUEUE_MAX + 10; i++)
		world_send(w, &path, RF_SLICE("x"), "", 0);
	struct rf_transport_counters c = world_counters(w);
	CHECK(c.tx_datagrams_dropped == 10);
	event_active(&u->writable, EV_WRITE, 0);
	CHECK(world_wait(w, SAID_MESSAGE, RF_UDP_QUEUE_MAX));
	world_close(w);
}

static void
an_address_in_use_is_a_clear_error(void)
{
	struct world *w = open_one(RF_UDP, "127.0.0.1", defaults);
	struct rf_transport_listener l = { .local = rf_transport_local(w->t, 0) };
	struct world *second = world_open(NULL,
	    &(struct rf_transport_config){ .listener = &l, .listener_count = 1 });
	CHECK(second->t == NULL);
	CHECK(strstr(second->error, "cannot listen on udp 127.0.0.1:") != NULL);
	CHECK(strstr(second->error, "in use") != NULL);
	world_close(second);
	world_close(w);
}

/* ---- DSCP ---------------------------------------------------------------------------------- */

static int
mark_of(int fd, bool ipv4)
{
	int value = -1;
	socklen_t len = sizeof(value);
	getsockopt(fd, ipv4 ? IPPROTO_IP : IPPROTO_IPV6, ipv4 ? IP_TOS : IPV6_TCLASS, &value, &len);
	return value;
}

static void
datagram_sockets_carry_the_mark(void)
{
	struct world *four = open_one(RF_UDP, "127.0.0.1", defaults);
	struct world *six = open_one(RF_UDP, "::1", defaults);
	CHECK(mark_of(four->t->udp[0]->fd, true) == 46 << 2);
	CHECK(mark_of(six->t->udp[0]->fd, false) == 46 << 2);
	world_close(four);
	world_close(six);
}

static void
connections_carry_the_mark_both_ways(void)
{
	static const char *const ip[] = { "127.0.0.1", "::1" };
	for (size_t i = 0; i < RF_ARRAY_LEN(ip); i++) {
		struct world *w = open_one(RF_TCP, ip[i], defaults);
		struct rf_path path = world_path(w, w);
		world_send(w, &path, RF_SLICE("\r\n"), "", 1);
		CHECK(world_wait(w, SAID_UP, 2));
		for (uint32_t n = 0; n < 2; n++) {
			struct rf_link *link =
			    rf_link_find(w->t, world_said(w, SAID_UP, n)->path.link);
			CHECK_OR_STOP(link != NULL);
			CHECK(mark_of(link->fd, i == 0) == 46 << 2);
		}
		world_close(w);
	}
}

/* ---- TCP: input ---------------------------------------------------------------------------- */

static void
a_stream_byte_by_byte_is_one_message(void)
{
	char text[WORLD_TEXT_MAX];
	struct rf_slice m = world_message(text, "hello");
	struct world *w = open_one(RF_TCP, "127.0.0.1", defaults);
	int peer = peer_socket(w, 0, SOCK_STREAM), on = 1;
	setsockopt(peer, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	CHECK(world_wait(w, SAID_UP, 1));
	for (uint32_t i = 0; i < m.len; i++) {
		CHECK(w->count[SAID_MESSAGE] == 0);
		CHECK(peer_write(peer, m.p + i, 1));
		world_turn(w);
	}
	CHECK(world_wait(w, SAID_MESSAGE, 1));
	CHECK(strcmp(world_said(w, SAID_MESSAGE, 0)->text, text) == 0);
	CHECK(world_said(w, SAID_MESSAGE, 0)->path.link == world_said(w, SAID_UP, 0)->path.link);
	close(peer);
	CHECK(world_wait(w, SAID_DOWN, 1));
	CHECK(world_said(w, SAID_DOWN, 0)->reason == RF_LINK_CLOSED);
	world_close(w);
}

static void
several_messages_of_one_read_keep_their_order(void)
{
	enum { MANY = 200 };
	char all[MANY * WORLD_TEXT_MAX], one[WORLD_TEXT_MAX], body[16];
	size_t len = 0;
	struct world *w = open_one(RF_TCP, "127.0.0.1", defaults);
	int peer = peer_socket(w, 0, SOCK_STREAM);
	for (int i = 0; i < MANY; i++) {
		snprintf(body, sizeof(body), "%d", i);
		struct rf_slice m = world_message(one, body);
		memcpy(all + len, m.p, m.len);
		len += m.len;
	}
	CHECK(peer_write(peer, all, len));
	close(peer);
	CHECK(world_wait(w, SAID_DOWN, 1));
	CHECK(w->count[SAID_MESSAGE] == MANY);
	for (int i = 0; i < MANY; i++) {
		snprintf(body, sizeof(body), "%d", i);
		world_message(one, body);
		CHECK(strcmp(world_said(w, SAID_MESSAGE, (uint32_t)i)->text, one) == 0);
	}
	world_close(w);
}

static void
bad_framing_closes_the_stream(void)
{
	struct world *w = open_one(RF_TCP, "127.0.0.1", defaults);
	int peer = peer_socket(w, 0, SOCK_STREAM);
	static const char bad[] = "OPTIONS sip:a SIP/2.0\r\nContent-Length: -5\r\n\r\n";
	CHECK(peer_write(peer, bad, sizeof(bad) - 1));
	CHECK(world_wait(w, SAID_DOWN, 1));
	CHECK(world_said(w, SAID_DOWN, 0)->reason == RF_LINK_FRAMING);
	CHECK(w->count[SAID_MESSAGE] == 0);
	CHECK(peer_sees_end(w, peer));
	close(peer);
	world_close(w);
}

static void
a_message_without_end_closes_the_stream(void)
{
	struct world *w = open_one(RF_TCP, "127.0.0.1", defaults);
	int peer = peer_socket(w, 0, SOCK_STREAM);
	char line[100];
	memset(line, 'x', sizeof(line));
	CHECK(peer_write(peer, "OPTIONS sip:a SIP/2.0\r\n", 23));
	for (int i = 0; i < 1000 && w->count[SAID_DOWN] == 0; i++) {
		if (!peer_write(peer, line, sizeof(line)))
			break;
		world_turn(w);
	}
	CHECK(world_wait(w, SAID_DOWN, 1));
	CHECK(world_said(w, SAID_DOWN, 0)->reason == RF_LINK_FRAMING);
	close(peer);
	world_close(w);
}

static void
a_stream_that_ends_inside_a_message_is_truncated(void)
{
	struct world *w = open_one(RF_TCP, "127.0.0.1", defaults);
	int peer = peer_socket(w, 0, SOCK_STREAM);
	CHECK(peer_write(peer, "OPTIONS sip:a", 13));
	close(peer);
	CHECK(world_wait(w, SAID_DOWN, 1));
	CHECK(world_said(w, SAID_DOWN, 0)->reason == RF_LINK_TRUNCATED);
	world_close(w);
}

static void
a_half_closed_peer_still_gets_its_answer(void)
{
	char text[WORLD_TEXT_MAX], answer[WORLD_TEXT_MAX];
	struct rf_slice m = world_message(text, "last");
	struct world *w = open_one(RF_TCP, "127.0.0.1", defaults);
	int peer = peer_socket(w, 0, SOCK_STREAM);
	w->on_message = echo;
	CHECK(peer_write(peer, m.p, m.len));
	shutdown(peer, SHUT_WR);
	CHECK(peer_read(w, peer, answer, m.len));
	CHECK(memcmp(answer, m.p, m.len) == 0);
	CHECK(world_wait(w, SAID_DOWN, 1));
	close(peer);
	world_close(w);
}

static void
a_ping_is_answered_and_never_told(void)
{
	char text[WORLD_TEXT_MAX], answer[4];
	struct rf_slice m = world_message(text, "");
	struct world *w = open_one(RF_TCP, "127.0.0.1", defaults);
	int peer = peer_socket(w, 0, SOCK_STREAM);
	CHECK(peer_write(peer, "\r\n\r\n", 4));
	CHECK(peer_read(w, peer, answer, 2));
	CHECK(memcmp(answer, "\r\n", 2) == 0);
	CHECK(peer_write(peer, "\r\n\r", 3));
	world_turn(w);
	CHECK(peer_write(peer, "\n", 1));
	CHECK(peer_read(w, peer, answer, 2));
	CHECK(w->count[SAID_MESSAGE] == 0);
	CHECK(peer_write(peer, m.p, m.len));
	CHECK(world_wait(w, SAID_MESSAGE, 1));
	struct rf_transport_counters c = world_counters(w);
	CHECK(c.pings_received == 2);
	close(peer);
	world_close(w);
}

static void
an_outgoing_link_pings_and_takes_the_pong(void)
{
	struct world *w = open_one(RF_TCP, "127.0.0.1",
	    (struct rf_transport_config){ .keepalive_ms = 50 });
	struct rf_path path = world_path(w, w);
	char text[WORLD_TEXT_MAX];
	world_send(w, &path, world_message(text, ""), "", 1);
	CHECK(world_wait(w, SAID_MESSAGE, 1));
	struct rf_link *link = NULL;
	for (uint32_t i = 0; i < 2 && link == NULL; i++) {
		link = rf_link_find(w->t, world_said(w, SAID_UP, i)->path.link);
		link = link != NULL && link->incoming ? NULL : link;
	}
	CHECK_OR_STOP(link != NULL);
	int64_t end = peer_now_ms() + WORLD_WAIT_MS;
	while (!link->answers_pings && peer_now_ms() < end)
		event_base_loop(w->base, EVLOOP_ONCE);
	CHECK(link->answers_pings);
	CHECK(w->count[SAID_MESSAGE] == 1 && w->count[SAID_DOWN] == 0);
	world_close(w);
}

static void
an_idle_link_is_closed(void)
{
	struct world *w = open_one(RF_TCP, "127.0.0.1",
	    (struct rf_transport_config){ .idle_ms = 30 });
	int peer = peer_socket(w, 0, SOCK_STREAM);
	CHECK(world_wait(w, SAID_DOWN, 1));
	CHECK(world_said(w, SAID_DOWN, 0)->reason == RF_LINK_IDLE);
	CHECK(peer_sees_end(w, peer));
	close(peer);
	world_close(w);
}

/* ---- TCP: output --------------------------------------------------------------------------- */

static void
sends_share_the_link_that_the_first_one_opens(void)
{
	char text[WORLD_TEXT_MAX];
	struct world *w = open_one(RF_TCP, "127.0.0.1", defaults);
	struct rf_path path = world_path(w, w);
	world_send(w, &path, world_message(text, "a"), "", 11);
	world_send(w, &path, world_message(text, "b"), "", 12);
	CHECK(world_wait(w, SAID_MESSAGE, 2));
	CHECK(w->count[SAID_UP] == 2);          /* our end and the accepted one */
	CHECK(world_said(w, SAID_UP, 0)->token + world_said(w, SAID_UP, 1)->token == 11);
	world_send(w, &path, world_message(text, "c"), "", 13);
	CHECK(world_wait(w, SAID_MESSAGE, 3));
	struct rf_transport_counters c = world_counters(w);
	CHECK(c.connects == 1 && c.links == 2);
	CHECK(w->count[SAID_FAILED] == 0);
	world_close(w);
}

static void
a_refused_connection_fails_every_send_on_it(void)
{
	struct world *w = open_one(RF_TCP, "127.0.0.1", defaults);
	struct world *gone = open_one(RF_TCP, "127.0.0.1", defaults);
	struct rf_path path = world_path(w, gone);
	world_close(gone);
	for (rf_token token = 1; token <= 5; token++)
		world_send(w, &path, RF_SLICE("x"), "", token);
	CHECK(world_wait(w, SAID_FAILED, 5));
	for (uint32_t i = 0; i < 5; i++) {
		CHECK(world_said(w, SAID_FAILED, i)->token == i + 1);
		CHECK(world_said(w, SAID_FAILED, i)->reason == RF_LINK_REFUSED);
	}
	world_turn(w);
	CHECK(w->count[SAID_UP] == 0 && w->count[SAID_DOWN] == 0);
	struct rf_transport_counters c = world_counters(w);
	CHECK(c.links == 0 && c.connects == 1 && c.connects_failed == 1);
	world_close(w);
}

static void
a_send_over_a_dead_link_fails(void)
{
	struct world *w = open_one(RF_TCP, "127.0.0.1", defaults);
	int peer = peer_socket(w, 0, SOCK_STREAM);
	CHECK(world_wait(w, SAID_UP, 1));
	struct rf_path path = world_said(w, SAID_UP, 0)->path;
	close(peer);
	CHECK(world_wait(w, SAID_DOWN, 1));
	world_send(w, &path, RF_SLICE("x"), "", 9);
	CHECK(world_wait(w, SAID_FAILED, 1));
	CHECK(world_said(w, SAID_FAILED, 0)->reason == RF_LINK_RESET);
	world_close(w);
}

static void
an_unread_link_ends_at_its_bound(void)
{
	enum { PIECE = 16000 };
	struct world *w = open_one(RF_TCP, "127.0.0.1", defaults);
	int peer = peer_socket(w, 0, SOCK_STREAM);
	char *piece = calloc(1, PIECE);
	CHECK(world_wait(w, SAID_UP, 1));
	struct rf_path path = world_said(w, SAID_UP, 0)->path;
	struct rf_link *link = rf_link_find(w->t, path.link);
	uint32_t most = 0;
	rf_token token = 0;
	while (w->count[SAID_DOWN] == 0 && token < 10000) {
		world_send(w, &path, (struct rf_slice){ piece, PIECE }, "", ++token);
		link = rf_link_find(w->t, path.link);
		if (link != NULL && link->out_len > most)
			most = link->out_len;
		world_turn(w);
	}
	CHECK(most <= RF_LINK_OUTPUT_MAX && most > RF_LINK_OUTPUT_MAX - PIECE);
	CHECK(world_said(w, SAID_DOWN, 0)->reason == RF_LINK_BACKPRESSURE);
	/* What has not left is told, the last one included. */
	CHECK(w->count[SAID_FAILED] >= RF_LINK_OUTPUT_MAX / PIECE);
	bool last = false;
	for (uint32_t i = 0; i < w->count[SAID_FAILED]; i++)
		last = last || world_said(w, SAID_FAILED, i)->token == token;
	CHECK(last);
	free(piece);
	close(peer);
	world_close(w);
}

static void
closing_sends_what_is_queued(void)
{
	struct world *w = open_one(RF_TCP, "127.0.0.1", defaults);
	int peer = peer_socket(w, 0, SOCK_STREAM);
	char got[3];
	CHECK(world_wait(w, SAID_UP, 1));
	struct rf_path path = world_said(w, SAID_UP, 0)->path;
	world_send(w, &path, RF_SLICE("bye"), "", 1);
	rf_transport_close(w->t, path.link);
	CHECK(w->count[SAID_DOWN] == 0);
	CHECK(peer_read(w, peer, got, 3));
	CHECK(peer_sees_end(w, peer));
	CHECK(w->count[SAID_DOWN] == 1 && w->count[SAID_FAILED] == 0);
	CHECK(world_said(w, SAID_DOWN, 0)->reason == RF_LINK_CLOSED);
	close(peer);
	world_close(w);
}

static void
a_connection_nobody_answers_times_out(void)
{
	struct world *w = open_one(RF_TCP, "127.0.0.1",
	    (struct rf_transport_config){ .connect_ms = 40 });
	struct rf_addr here = world_listener(RF_TCP, "127.0.0.1").local;
	struct sockaddr_storage address;
	socklen_t len = rf_addr_to_sockaddr(&address, &here);
	/* A full backlog: the kernel drops what does not fit. */
	int deaf = socket(AF_INET, SOCK_STREAM, 0), filler[8];
	CHECK_OR_STOP(bind(deaf, (struct sockaddr *)&address, len) == 0 && listen(deaf, 0) == 0);
	len = sizeof(address);
	getsockname(deaf, (struct sockaddr *)&address, &len);
	for (size_t i = 0; i < RF_ARRAY_LEN(filler); i++) {
		filler[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		(void)!connect(filler[i], (struct sockaddr *)&address, len);
	}
	struct rf_path path = { .local = rf_transport_local(w->t, 0),
		.remote = rf_addr_of_sockaddr(&address, RF_TCP) };
	world_send(w, &path, RF_SLICE("x"), "", 3);
	CHECK(world_wait(w, SAID_FAILED, 1));
	CHECK(world_said(w, SAID_FAILED, 0)->reason == RF_LINK_TIMEOUT);
	for (size_t i = 0; i < RF_ARRAY_LEN(filler); i++)
		close(filler[i]);
	close(deaf);
	world_close(w);
}

/* ---- bounds -------------------------------------------------------------------------------- */

static void
one_source_gets_no_more_than_its_share(void)
{
	struct world *w = open_one(RF_TCP, "127.0.0.1",
	    (struct rf_transport_config){ .links_per_source_max = 3 });
	int peer[4];
	for (size_t i = 0; i < 3; i++)
		peer[i] = peer_socket(w, 0, SOCK_STREAM);
	CHECK(world_wait(w, SAID_UP, 3));
	peer[3] = peer_socket(w, 0, SOCK_STREAM);
	CHECK(peer_sees_end(w, peer[3]));
	struct rf_transport_counters c = world_counters(w);
	CHECK(c.refused_source == 1 && c.links == 3);
	CHECK(w->count[SAID_DOWN] == 0);
	close(peer[0]);
	CHECK(world_wait(w, SAID_DOWN, 1));
	close(peer[3]);
	peer[3] = peer_socket(w, 0, SOCK_STREAM);
	CHECK(world_wait(w, SAID_UP, 4));
	for (size_t i = 1; i < 4; i++)
		close(peer[i]);
	world_close(w);
}

static void
incoming_links_leave_room_for_outgoing_ones(void)
{
	struct world *w = open_one(RF_TCP, "127.0.0.1",
	    (struct rf_transport_config){ .links_max = 8 });
	int peer[8];
	for (size_t i = 0; i < 8; i++)
		peer[i] = peer_socket(w, 0, SOCK_STREAM);
	CHECK(world_wait(w, SAID_UP, 7));
	CHECK(peer_sees_end(w, peer[7]));
	struct rf_transport_counters c = world_counters(w);
	CHECK(c.refused_total == 1 && c.links == 7);
	struct world *other = open_one(RF_TCP, "127.0.0.1", defaults);
	struct rf_path path = world_path(w, other);
	world_send(w, &path, RF_SLICE("\r\n"), "", 1);
	CHECK(world_wait(w, SAID_UP, 8));
	path.remote.port++;
	world_send(w, &path, RF_SLICE("\r\n"), "", 2);
	CHECK(world_wait(w, SAID_FAILED, 1));
	CHECK(world_said(w, SAID_FAILED, 0)->reason == RF_LINK_LIMIT);
	for (size_t i = 0; i < 8; i++)
		close(peer[i]);
	world_close(other);
	world_close(w);
}

static void
without_descriptors_accepting_pauses_and_goes_on(void)
{
	const char *preload = getenv("LD_PRELOAD");
	if (preload != NULL && strstr(preload, "vgpreload") != NULL) {
		check_note("valgrind keeps the limit of descriptors to itself");
		return;
	}
	struct world *w = open_one(RF_TCP, "127.0.0.1", defaults);
	int first = peer_socket(w, 0, SOCK_STREAM);
	CHECK(world_wait(w, SAID_UP, 1));
	int second = peer_socket(w, 0, SOCK_STREAM);
	struct rlimit was, none = { .rlim_cur = 0 };
	CHECK_OR_STOP(getrlimit(RLIMIT_NOFILE, &was) == 0);
	none.rlim_max = was.rlim_max;
	CHECK_OR_STOP(setrlimit(RLIMIT_NOFILE, &none) == 0);
	world_turn(w);
	struct rf_transport_counters c = world_counters(w);
	CHECK(c.accept_paused == 1);
	CHECK(w->count[SAID_UP] == 1 && w->count[SAID_DOWN] == 0);
	setrlimit(RLIMIT_NOFILE, &was);
	CHECK(world_wait(w, SAID_UP, 2));
	close(first);
	close(second);
	world_close(w);
}

static void
draining_takes_no_new_links_and_keeps_the_old(void)
{
	char text[WORLD_TEXT_MAX];
	struct rf_slice m = world_message(text, "");
	struct world *w = open_one(RF_TCP, "127.0.0.1", defaults);
	int peer = peer_socket(w, 0, SOCK_STREAM);
	CHECK(world_wait(w, SAID_UP, 1));
	rf_transport_drain(w->t);
	struct rf_addr to = rf_transport_local(w->t, 0);
	struct sockaddr_storage address;
	socklen_t len = rf_addr_to_sockaddr(&address, &to);
	int late = socket(AF_INET, SOCK_STREAM, 0);
	CHECK(connect(late, (struct sockaddr *)&address, len) != 0);
	CHECK(peer_write(peer, m.p, m.len));
	CHECK(world_wait(w, SAID_MESSAGE, 1));
	close(late);
	close(peer);
	world_close(w);
}

static void
a_reused_slot_is_another_link(void)
{
	struct world *w = open_one(RF_TCP, "127.0.0.1",
	    (struct rf_transport_config){ .links_max = 2 });
	uint32_t seen[5];
	for (uint32_t i = 0; i < RF_ARRAY_LEN(seen); i++) {
		int peer = peer_socket(w, 0, SOCK_STREAM);
		CHECK(world_wait(w, SAID_UP, i + 1));
		close(peer);
		CHECK(world_wait(w, SAID_DOWN, i + 1));
		seen[i] = world_said(w, SAID_UP, i)->path.link;
		CHECK(seen[i] != 0);
		for (uint32_t k = 0; k < i; k++)
			CHECK(seen[k] != seen[i]);
		CHECK(rf_link_find(w->t, seen[i]) == NULL);
	}
	world_close(w);
}

int
main(void)
{
	static const struct check_test tests[] = {
		CHECK_TEST(datagrams_over_ipv4),
		CHECK_TEST(datagrams_over_ipv6),
		CHECK_TEST(a_wildcard_keeps_its_configured_address),
		CHECK_TEST(many_datagrams_come_and_go_in_batches),
		CHECK_TEST(an_oversized_datagram_is_told_one_byte_too_long),
		CHECK_TEST(a_datagram_that_cannot_be_sent_is_told_later),
		CHECK_TEST(a_datagram_to_a_closed_port_fails),
		CHECK_TEST(a_full_socket_keeps_one_batch_and_drops_the_rest),
		CHECK_TEST(an_address_in_use_is_a_clear_error),
		CHECK_TEST(datagram_sockets_carry_the_mark),
		CHECK_TEST(connections_carry_the_mark_both_ways),
		CHECK_TEST(a_stream_byte_by_byte_is_one_message),
		CHECK_TEST(several_messages_of_one_read_keep_their_order),
		CHECK_TEST(bad_framing_closes_the_stream),
		CHECK_TEST(a_message_without_end_closes_the_stream),
		CHECK_TEST(a_stream_that_ends_inside_a_message_is_truncated),
		CHECK_TEST(a_half_closed_peer_still_gets_its_answer),
		CHECK_TEST(a_ping_is_answered_and_never_told),
		CHECK_TEST(an_outgoing_link_pings_and_takes_the_pong),
		CHECK_TEST(an_idle_link_is_closed),
		CHECK_TEST(sends_share_the_link_that_the_first_one_opens),
		CHECK_TEST(a_refused_connection_fails_every_send_on_it),
		CHECK_TEST(a_send_over_a_dead_link_fails),
		CHECK_TEST(an_unread_link_ends_at_its_bound),
		CHECK_TEST(closing_sends_what_is_queued),
		CHECK_TEST(a_connection_nobody_answers_times_out),
		CHECK_TEST(one_source_gets_no_more_than_its_share),
		CHECK_TEST(incoming_links_leave_room_for_outgoing_ones),
		CHECK_TEST(without_descriptors_accepting_pauses_and_goes_on),
		CHECK_TEST(draining_takes_no_new_links_and_keeps_the_old),
		CHECK_TEST(a_reused_slot_is_another_link),
	};
	return check_main("transport", tests, RF_ARRAY_LEN(tests));
}
