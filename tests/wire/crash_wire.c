/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/wire/crash_wire.c -- real sockets under the parties of tests/wire/crash, UDP or TLS.
 *
 * A role is one peer of the trunk: all its calls share one socket, or one TLS connection at a time.
 * When that breaks the role opens another at once, and what it has to say meanwhile waits for it;
 * what was written into the broken one is lost, as it is for any TLS user agent. */
#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "tests/wire/crash.h"

enum { LISTENERS = ROLES, RECONNECT_MS = 50 };

const char *const role_ip[ROLES] = { "127.0.0.2", "127.0.0.3", "127.0.0.4" };
const char *const role_name[ROLES] = { "customer", "center", "queue" };

struct world crash_world;
static struct crash *crash;

static void
die(const char *what)
{
	fprintf(stderr, "crash: %s: %s\n", what, strerror(errno));
	ERR_print_errors_fp(stderr);
	exit(1);
}

rf_time
wire_now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (rf_time)t.tv_sec * RF_SECOND + (rf_time)t.tv_nsec / 1000;
}

static struct sockaddr_in
address(const char *ip, uint16_t port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(port) };
	if (inet_pton(AF_INET, ip, &a.sin_addr) != 1)
		die(ip);
	return a;
}

static int
open_socket(int type, const char *ip, uint16_t port)
{
	struct sockaddr_in a = address(ip, port);
	int on = 1, room = 4 * 1024 * 1024, fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
	if (fd < 0 || fcntl(fd, F_SETFL, O_NONBLOCK) != 0)
		die("socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (type == SOCK_DGRAM)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
	if (bind(fd, (struct sockaddr *)&a, sizeof a) != 0)
		die("bind");
	return fd;
}

static uint16_t
port_of(int fd)
{
	struct sockaddr_in a;
	socklen_t len = sizeof a;
	if (getsockname(fd, (struct sockaddr *)&a, &len) != 0)
		die("getsockname");
	return ntohs(a.sin_port);
}

static SSL_CTX *
context_of(const struct crash *c, bool server, enum role role)
{
	char file[PATH_LEN_MAX];
	SSL_CTX *context = SSL_CTX_new(server ? TLS_server_method() : TLS_client_method());
	if (context == NULL)
		die("SSL_CTX_new");
	SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE |
	    SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_session_id_context(context, (const unsigned char *)"crash", 5);
	snprintf(file, sizeof file, "%s/%s.pem", c->o.certs, role_name[role]);
	if (SSL_CTX_use_certificate_chain_file(context, file) != 1)
		die(file);
	snprintf(file, sizeof file, "%s/%s.key.pem", c->o.certs, role_name[role]);
	if (SSL_CTX_use_PrivateKey_file(context, file, SSL_FILETYPE_PEM) != 1)
		die(file);
	snprintf(file, sizeof file, "%s/ca.pem", c->o.certs);
	if (SSL_CTX_load_verify_locations(context, file, NULL) != 1)
		die(file);
	return context;
}

void
wire_open(struct crash *c)
{
	crash = c;
	int type = c->o.tls ? SOCK_STREAM : SOCK_DGRAM;
	int probe = open_socket(type, "127.0.0.1", 0);
	c->referee = world_addr("127.0.0.1", port_of(probe), c->o.tls ? RF_TLS : RF_UDP);
	close(probe);
	for (int i = 0; i < ROLES; i++) {
		c->socket[i] = open_socket(type, role_ip[i], 0);
		c->port[i] = port_of(c->socket[i]);
		if (!c->o.tls)
			continue;
		c->server[i] = context_of(c, true, (enum role)i);
		c->client[i] = context_of(c, false, (enum role)i);
		/* The customers' trunk only calls out: it is found over its own connection. */
		if (i != CUSTOMER && listen(c->socket[i], 16) != 0)
			die("listen");
	}
}

/* ---- TLS connections ------------------------------------------------------------------------- */

static struct link *
link_new(struct crash *c, enum role role, int fd, bool fresh)
{
	int on = 1;
	struct link *link = NULL;
	for (int i = 0; i < LINKS_MAX && link == NULL; i++) {
		if (!c->link[i].used)
			link = &c->link[i];
	}
	if (link == NULL)
		die("too many connections");
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	link->used = true;
	link->up = false;
	link->fresh = fresh;
	link->role = role;
	link->fd = fd;
	link->wants = fresh ? POLLOUT : POLLIN;
	link->ssl = SSL_new(fresh ? c->client[role] : c->server[role]);
	link->out = NULL;
	link->out_len = link->in_len = 0;
	if (link->ssl == NULL || SSL_set_fd(link->ssl, fd) != 1)
		die("SSL_new");
	if (fresh)
		SSL_set_connect_state(link->ssl);
	else
		SSL_set_accept_state(link->ssl);
	return link;
}

static void
link_close(struct crash *c, struct link *link)
{
	ERR_clear_error();
	SSL_free(link->ssl);
	close(link->fd);
	free(link->out);
	link->used = false;
	if (c->current[link->role] != link)
		return;
	c->current[link->role] = NULL;
	for (int i = 0; i < LINKS_MAX; i++) {
		if (c->link[i].used && c->link[i].up && c->link[i].role == link->role)
			c->current[link->role] = &c->link[i];
	}
}

static void
open_link(struct crash *c, enum role role)
{
	struct sockaddr_in there = address("127.0.0.1", c->referee.port);
	int fd = open_socket(SOCK_STREAM, role_ip[role], 0);
	c->reconnect[role] = crash_world.now + RECONNECT_MS * RF_MS;
	if (connect(fd, (struct sockaddr *)&there, sizeof there) != 0 && errno != EINPROGRESS) {
		close(fd);
		return;
	}
	link_new(c, role, fd, true);
}

static void
append(struct link *link, const char *bytes, size_t len)
{
	link->out = realloc(link->out, link->out_len + len);
	if (link->out == NULL)
		die("realloc");
	memcpy(link->out + link->out_len, bytes, len);
	link->out_len += len;
}

static void
say_what_waited(struct crash *c, struct link *link)
{
	enum role role = link->role;
	for (size_t i = 0; i < c->waitings[role]; i++) {
		append(link, c->waiting[role][i].bytes, c->waiting[role][i].len);
		free(c->waiting[role][i].bytes);
	}
	free(c->waiting[role]);
	c->waiting[role] = NULL;
	c->waitings[role] = 0;
}

/* False: the connection is lost. */
static bool
link_waits(struct link *link, int result)
{
	switch (SSL_get_error(link->ssl, result)) {
	case SSL_ERROR_WANT_READ:
		link->wants = POLLIN;
		return true;
	case SSL_ERROR_WANT_WRITE:
		link->wants = POLLOUT;
		return true;
	default:
		return false;
	}
}

/* RFC 3261 18.3: the length of the first message in there; 0: it is not complete. */
static size_t
framed(const char *bytes, size_t len)
{
	const char *end = memmem(bytes, len, "\r\n\r\n", 4);
	static const char name[] = "\r\nContent-Length:";
	if (end == NULL)
		return 0;
	size_t head = (size_t)(end - bytes) + 4, body = 0;
	for (const char *at = bytes; at < end; at++) {
		if (strncasecmp(at, name, sizeof name - 1) == 0) {
			body = strtoul(at + sizeof name - 1, NULL, 10);
			break;
		}
	}
	return head + body <= len ? head + body : 0;
}

static void
hand_over(struct crash *c, struct link *link)
{
	size_t at = 0, len;
	for (;;) {
		while (at + 1 < link->in_len && link->in[at] == '\r' && link->in[at + 1] == '\n')
			at += 2;                        /* keepalive, RFC 5626 3.5.1 */
		if ((len = framed(link->in + at, link->in_len - at)) == 0)
			break;
		crash_receive(c, link->role,
		    (struct rf_slice){ link->in + at, (uint32_t)len });
		at += len;
	}
	memmove(link->in, link->in + at, link->in_len - at);
	link->in_len -= at;
}

static bool
link_turn(struct crash *c, struct link *link)
{
	int result;
	ERR_clear_error();
	link->wants = POLLIN;
	if (!link->up) {
		if ((result = SSL_do_handshake(link->ssl)) != 1)
			return link_waits(link, result);
		link->up = true;
		c->current[link->role] = link;
		c->connections++;
		say_what_waited(c, link);
	}
	while (link->in_len < sizeof link->in) {
		result = SSL_read(link->ssl, link->in + link->in_len,
		    (int)(sizeof link->in - link->in_len));
		if (result <= 0) {
			if (!link_waits(link, result)) {
				hand_over(c, link);
				return false;
			}
			break;
		}
		link->in_len += (size_t)result;
	}
	hand_over(c, link);
	while (link->out_len > 0) {
		result = SSL_write(link->ssl, link->out, (int)link->out_len);
		if (result <= 0)
			return link_waits(link, result);
		link->out_len -= (size_t)result;
		memmove(link->out, link->out + result, link->out_len);
	}
	return true;
}

/* Customers and centers connect whenever they are not connected; the queues wait to be called,
 * unless they have something to say. */
static void
keep_connected(struct crash *c)
{
	for (int role = 0; role < ROLES; role++) {
		bool trying = c->current[role] != NULL ||
		    (role == QUEUE && c->waitings[role] == 0);
		for (int i = 0; i < LINKS_MAX; i++)
			trying = trying || (c->link[i].used && c->link[i].role == (enum role)role);
		if (!trying && crash_world.now >= c->reconnect[role])
			open_link(c, (enum role)role);
	}
}

static void
poll_tls(struct crash *c, rf_time wait)
{
	struct pollfd polled[LISTENERS + LINKS_MAX];
	keep_connected(c);
	if (wait > RECONNECT_MS * RF_MS)
		wait = RECONNECT_MS * RF_MS;
	for (int i = 0; i < ROLES; i++)
		polled[i] = (struct pollfd){ .fd = i == CUSTOMER ? -1 : c->socket[i],
			.events = POLLIN };
	for (int i = 0; i < LINKS_MAX; i++) {
		struct link *link = &c->link[i];
		short events = link->wants;
		if (link->used && link->up && link->out_len > 0)
			events |= POLLOUT;
		polled[LISTENERS + i] = (struct pollfd){ .fd = link->used ? link->fd : -1,
			.events = events };
	}
	if (poll(polled, LISTENERS + LINKS_MAX, (int)((wait + 999) / 1000)) < 0 && errno != EINTR)
		die("poll");
	crash_world.now = wire_now();
	for (int i = 0; i < LINKS_MAX; i++) {
		struct link *link = &c->link[i];
		if (link->used && polled[LISTENERS + i].revents != 0 && !link_turn(c, link))
			link_close(c, link);
	}
	for (int i = 0; i < ROLES; i++) {
		int fd = polled[i].revents != 0 ? accept4(c->socket[i], NULL, NULL,
		    SOCK_CLOEXEC | SOCK_NONBLOCK) : -1;
		if (fd >= 0)
			link_new(c, (enum role)i, fd, false);
	}
}

/* ---- UDP ------------------------------------------------------------------------------------- */

static void
poll_udp(struct crash *c, rf_time wait)
{
	static char bytes[65536];
	struct pollfd polled[ROLES];
	for (int i = 0; i < ROLES; i++)
		polled[i] = (struct pollfd){ .fd = c->socket[i], .events = POLLIN };
	if (poll(polled, ROLES, (int)((wait + 999) / 1000)) < 0 && errno != EINTR)
		die("poll");
	for (int i = 0; i < ROLES; i++) {
		ssize_t len;
		/* Not all at once: timers are due, too. */
		for (int n = 0; polled[i].revents != 0 && n < 64; n++) {
			crash_world.now = wire_now();
			len = recv(c->socket[i], bytes, sizeof bytes, 0);
			if (len < 0 && errno == ECONNREFUSED)
				continue;
			if (len < 0)
				break;
			crash_receive(c, (enum role)i,
			    (struct rf_slice){ bytes, (uint32_t)len });
		}
	}
}

void
wire_poll(struct crash *c, rf_time wait)
{
	if (c->o.tls)
		poll_tls(c, wait);
	else
		poll_udp(c, wait);
	crash_world.now = wire_now();
}

void
wire_close(struct crash *c)
{
	for (int i = 0; i < LINKS_MAX; i++) {
		if (c->link[i].used)
			link_close(c, &c->link[i]);
	}
	for (int i = 0; i < ROLES; i++) {
		for (size_t k = 0; k < c->waitings[i]; k++)
			free(c->waiting[i][k].bytes);
		free(c->waiting[i]);
		close(c->socket[i]);
		SSL_CTX_free(c->server[i]);
		SSL_CTX_free(c->client[i]);
	}
}

/* ---- what a party knows of a world ----------------------------------------------------------- */

void
world_party_send(struct world *w, struct party *p, struct rf_slice bytes)
{
	struct crash *c = crash;
	struct peer *peer = (struct peer *)p;   /* its first member */
	(void)w;
	crash_note(c, peer->role, true, bytes);
	if (!c->o.tls) {
		struct sockaddr_in there = address("127.0.0.1", c->referee.port);
		(void)sendto(c->socket[peer->role], bytes.p, bytes.len, 0,
		    (struct sockaddr *)&there, sizeof there);
		return;
	}
	struct link *link = c->current[peer->role];
	if (link != NULL) {
		append(link, bytes.p, bytes.len);
		return;
	}
	struct waiting **list = &c->waiting[peer->role];
	size_t count = c->waitings[peer->role]++;
	*list = realloc(*list, (count + 1) * sizeof **list);
	if (*list == NULL)
		die("realloc");
	(*list)[count] = (struct waiting){ malloc(bytes.len), bytes.len };
	if ((*list)[count].bytes == NULL)
		die("malloc");
	memcpy((*list)[count].bytes, bytes.p, bytes.len);
}

void
world_party_timer(struct world *w, struct party *p, rf_time at, uint32_t timer,
    uint64_t generation)
{
	struct item *item = malloc(sizeof *item);
	(void)w;
	if (item == NULL)
		die("malloc");
	*item = (struct item){ .kind = ITEM_TIMER, .peer = (struct peer *)p, .which = timer,
		.generation = generation };
	world_heap_put(&crash->heap, at, 0, item);
}

uint32_t
world_party_find(struct rf_slice name)          /* nobody here names another */
{
	(void)name;
	return WORLD_PARTIES_MAX;
}

void
world_fail(struct world *w, const char *format, ...)
{
	char text[WORLD_ERROR_MAX];
	va_list arguments;
	(void)w;
	va_start(arguments, format);
	vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	crash_fail(crash, "%s", text);
}

struct rf_addr
world_addr(const char *ipv4, uint16_t port, enum rf_transport proto)
{
	struct rf_addr a = { .ip = { [10] = 0xff, [11] = 0xff }, .port = port,
		.proto = (uint8_t)proto };
	if (inet_pton(AF_INET, ipv4, a.ip + 12) != 1)
		die(ipv4);
	return a;
}
