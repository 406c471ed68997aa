/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_transport_world.c -- records what a transport tells; peers are plain sockets. */
#include "tests/unit/test_transport_world.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "transport/internal.h"

static struct said *
say(struct world *w, enum said_kind kind)
{
	static struct said overflow;
	w->re_entered = w->re_entered || w->inside;
	w->count[kind]++;
	if (w->said_count == WORLD_SAID_MAX)
		return &overflow;
	struct said *said = &w->said[w->said_count++];
	said->kind = kind;
	return said;
}

static void
on_message(void *user, const struct rf_path *path, struct rf_slice bytes)
{
	struct world *w = user;
	struct said *said = say(w, SAID_MESSAGE);
	said->path = *path;
	said->len = bytes.len;
	memcpy(said->text, bytes.p, bytes.len < WORLD_TEXT_MAX ? bytes.len : WORLD_TEXT_MAX - 1);
	if (w->on_message != NULL)
		w->on_message(w, path, bytes);
}

static void
on_link_up(void *user, const struct rf_path *path, rf_token token, const struct rf_identities *who)
{
	struct said *said = say(user, SAID_UP);
	said->path = *path;
	said->token = token;
	for (uint32_t i = 0; i < who->count; i++) {
		size_t len = strlen(said->text);
		snprintf(said->text + len, WORLD_TEXT_MAX - len, "%s ", who->name[i]);
	}
}

static void
on_link_down(void *user, const struct rf_path *path, enum rf_link_reason reason)
{
	struct said *said = say(user, SAID_DOWN);
	said->path = *path;
	said->reason = reason;
}

static void
on_send_failed(void *user, rf_token token, enum rf_link_reason reason)
{
	struct said *said = say(user, SAID_FAILED);
	said->token = token;
	said->reason = reason;
}

static void
on_turn_end(void *user)
{
	((struct world *)user)->turns++;
}

static void
on_log(void *user, enum rf_transport_level level, const char *text)
{
	struct world *w = user;
	(void)level;
	snprintf(w->logged, sizeof(w->logged), "%s", text);
}

struct rf_transport_listener
world_listener(uint8_t proto, const char *ip)
{
	struct rf_transport_listener l = { .local = { .proto = proto } };
	CHECK_OR_STOP(rf_ip_parse(l.local.ip, rf_slice_of(ip)));
	return l;
}

struct world *
world_open(struct event_base *base, const struct rf_transport_config *config)
{
	static const struct rf_transport_callbacks callbacks = {
		on_message, on_link_up, on_link_down, on_send_failed, on_turn_end, on_log
	};
	struct world *w = calloc(1, sizeof(*w));
	CHECK_OR_STOP(w != NULL);
	signal(SIGPIPE, SIG_IGN);
	w->owns_base = base == NULL;
	w->base = base != NULL ? base : event_base_new();
	w->t = rf_transport_open(w->base, config, &callbacks, w, w->error);
	return w;
}

void
world_close(struct world *w)
{
	CHECK(!w->re_entered);
	rf_transport_free(w->t);
	if (w->owns_base)
		event_base_free(w->base);
	free(w);
}

int64_t
peer_now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void
on_tick(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
}

bool
world_wait_until(struct world *w, bool (*done)(void *), void *arg)
{
	static const struct timeval tick = { .tv_usec = 5000 };
	int64_t end = peer_now_ms() + WORLD_WAIT_MS;
	struct event *timer = event_new(w->base, -1, EV_PERSIST, on_tick, NULL);
	event_add(timer, &tick);
	while (!done(arg) && peer_now_ms() < end)
		event_base_loop(w->base, EVLOOP_ONCE);
	event_free(timer);
	return done(arg);
}

struct wanted {
	const struct world *w;
	enum said_kind kind;
	uint32_t count;
};

static bool
enough_said(void *arg)
{
	const struct wanted *wanted = arg;
	return wanted->w->count[wanted->kind] >= wanted->count;
}

bool
world_wait(struct world *w, enum said_kind kind, uint32_t count)
{
	return world_wait_until(w, enough_said, &(struct wanted){ w, kind, count });
}

void
world_turn(struct world *w)
{
	for (int i = 0; i < 4; i++)
		event_base_loop(w->base, EVLOOP_NONBLOCK);
}

const struct said *
world_said(const struct world *w, enum said_kind kind, uint32_t n)
{
	static const struct said nothing = { .kind = SAID_KINDS, .reason = RF_LINK_REASON_MAX };
	for (uint32_t i = 0; i < w->said_count; i++) {
		if (w->said[i].kind == kind && n-- == 0)
			return &w->said[i];
	}
	return &nothing;
}

struct rf_transport_counters
world_counters(const struct world *w)
{
	struct rf_transport_counters c;
	rf_transport_counters(w->t, &c);
	return c;
}

void
world_send(struct world *w, const struct rf_path *path, struct rf_slice bytes, const char *identity,
    rf_token token)
{
	w->inside = true;
	rf_transport_send(w->t, path, bytes, rf_slice_of(identity), token);
	w->inside = false;
}

struct rf_path
world_path(const struct world *from, const struct world *to)
{
	return (struct rf_path){ .local = rf_transport_local(from->t, 0),
		.remote = rf_transport_local(to->t, 0) };
}

struct rf_slice
world_message(char out[WORLD_TEXT_MAX], const char *body)
{
	int len = snprintf(out, WORLD_TEXT_MAX,
	    "OPTIONS sip:a@example.com SIP/2.0\r\nCall-ID: 1\r\nContent-Length: %zu\r\n\r\n%s",
	    strlen(body), body);
	return (struct rf_slice){ out, (uint32_t)len };
}

int
peer_socket(const struct world *w, uint32_t listener, int type)
{
	struct rf_addr to = rf_transport_local(w->t, listener);
	struct sockaddr_storage address;
	socklen_t len = rf_addr_to_sockaddr(&address, &to);
	int fd = socket(address.ss_family, type | SOCK_CLOEXEC, 0);
	CHECK_OR_STOP(fd >= 0);
	CHECK_OR_STOP(connect(fd, (struct sockaddr *)&address, len) == 0);
	return fd;
}

bool
peer_write(int fd, const void *bytes, size_t len)
{
	return send(fd, bytes, len, MSG_NOSIGNAL) == (ssize_t)len;
}

struct reading {
	int fd;
	char *out;
	size_t len, got;
	bool ended;
};

static bool
read_some(void *arg)
{
	struct reading *r = arg;
	while (r->got < r->len && !r->ended) {
		ssize_t n = recv(r->fd, r->out + r->got, r->len - r->got, MSG_DONTWAIT);
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return false;
		if (n <= 0)
			r->ended = true;
		else
			r->got += (size_t)n;
	}
	return true;
}

bool
peer_read(struct world *w, int fd, char *out, size_t len)
{
	struct reading r = { .fd = fd, .out = out, .len = len };
	return world_wait_until(w, read_some, &r) && r.got == len;
}

bool
peer_sees_end(struct world *w, int fd)
{
	char rest[4096];
	struct reading r = { .fd = fd, .out = rest, .len = sizeof(rest) };
	while (world_wait_until(w, read_some, &r) && !r.ended)
		r.got = 0;
	return r.ended;
}
