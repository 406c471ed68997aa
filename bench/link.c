/* SPDX-License-Identifier: BSD-2-Clause */
/* bench/link.c -- sockets of a load generator; see link.h. */
#include "bench/link.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { EVENTS = 64, BATCH = 32, SOCKET_BUFFER = 8 << 20, WRITE_WAIT_MS = 5000 };

struct traffic traffic;
static int poller = -1;

static void
die(const char *what)
{
	perror(what);
	ERR_print_errors_fp(stderr);
	exit(1);
}

int64_t
now_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

static struct sockaddr_in
address(const char *ip, uint16_t port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(port) };
	inet_pton(AF_INET, ip, &a.sin_addr);
	return a;
}

/* The lowest bit tells a listening endpoint from a link. */
static void
watch(int fd, void *what, bool listener)
{
	struct epoll_event event = { .events = EPOLLIN };
	event.data.u64 = (uint64_t)(uintptr_t)what | listener;
	if (poller < 0)
		poller = epoll_create1(EPOLL_CLOEXEC);
	if (poller < 0 || epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event) != 0)
		die("epoll");
}

static int
open_socket(int type, const char *ip, uint16_t port)
{
	int size = SOCKET_BUFFER, on = 1, fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
	struct sockaddr_in a = address(ip, port);
	if (fd < 0)
		die("socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size);
	setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size);
	if (bind(fd, (struct sockaddr *)&a, sizeof a) != 0)
		die(ip);
	return fd;
}

static struct link *
link_new(struct endpoint *e, int fd)
{
	int on = 1;
	struct link *l = calloc(1, sizeof *l);
	if (l == NULL)
		die("link");
	l->endpoint = e;
	l->fd = fd;
	if (e->tls != NULL) {
		l->ssl = SSL_new(e->tls);
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
		SSL_set_fd(l->ssl, fd);
	}
	return l;
}

static void
link_up(struct link *l)
{
	fcntl(l->fd, F_SETFL, O_NONBLOCK);
	watch(l->fd, l, false);
}

static SSL_CTX *
tls_context(const char *certificates, const char *name)
{
	char file[512];
	SSL_CTX *tls = SSL_CTX_new(TLS_method());
	snprintf(file, sizeof file, "%s/%s.pem", certificates, name);
	if (tls == NULL || SSL_CTX_use_certificate_chain_file(tls, file) != 1)
		die(file);
	snprintf(file, sizeof file, "%s/%s.key.pem", certificates, name);
	if (SSL_CTX_use_PrivateKey_file(tls, file, SSL_FILETYPE_PEM) != 1)
		die(file);
	SSL_CTX_set_num_tickets(tls, 0);
	SSL_CTX_set_mode(tls, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_AUTO_RETRY);
	return tls;
}

void
endpoint_open(struct endpoint *e, const char *ip, uint16_t port, uint16_t peer_port,
    const char *certificates, const char *name, uint32_t links)
{
	struct sockaddr_in peer = address("127.0.0.1", peer_port);
	e->ip = ip;
	e->port = port;
	e->listener = -1;
	if (certificates == NULL) {
		int fd = open_socket(SOCK_DGRAM, ip, port);
		if (connect(fd, (struct sockaddr *)&peer, sizeof peer) != 0)
			die("connect");
		e->link[e->links++] = link_new(e, fd);
		link_up(e->link[0]);
		return;
	}
	e->tls = tls_context(certificates, name);
	e->listener = open_socket(SOCK_STREAM, ip, port);
	if (listen(e->listener, 64) != 0)
		die("listen");
	watch(e->listener, e, true);
	for (; e->links < links; e->links++) {
		int fd = open_socket(SOCK_STREAM, ip, 0);
		struct link *l = e->link[e->links] = link_new(e, fd);
		if (connect(fd, (struct sockaddr *)&peer, sizeof peer) != 0)
			die("connect");
		if (SSL_connect(l->ssl) != 1)
			die("TLS");
		link_up(l);
	}
}

struct link *
endpoint_link(struct endpoint *e)
{
	return e->link[e->next++ % e->links];
}

void
link_send(struct link *l, const char *message, size_t len)
{
	traffic.sent++;
	traffic.sent_bytes += len;
	if (l->ssl == NULL) {
		if (send(l->fd, message, len, 0) < 0 && errno != ECONNREFUSED)
			die("send");
		return;
	}
	while (len > 0) {
		int n = SSL_write(l->ssl, message, (int)len);
		if (n > 0) {
			message += n;
			len -= (size_t)n;
			continue;
		}
		struct pollfd full = { .fd = l->fd, .events = POLLOUT };
		if (SSL_get_error(l->ssl, n) != SSL_ERROR_WANT_WRITE ||
		    poll(&full, 1, WRITE_WAIT_MS) <= 0)
			die("TLS write");
	}
}

/* ---- input --------------------------------------------------------------------------------- */

static void
take(struct link *l, const char *message, size_t len)
{
	traffic.received++;
	traffic.received_bytes += len;
	l->endpoint->received(l, message, len);
}

static void
read_datagrams(struct link *l)
{
	static char bytes[BATCH][MESSAGE_MAX];
	struct iovec vector[BATCH];
	struct mmsghdr in[BATCH];
	memset(in, 0, sizeof in);
	for (int i = 0; i < BATCH; i++) {
		vector[i] = (struct iovec){ bytes[i], MESSAGE_MAX - 1 };
		in[i].msg_hdr.msg_iov = &vector[i];
		in[i].msg_hdr.msg_iovlen = 1;
	}
	int got = recvmmsg(l->fd, in, BATCH, MSG_DONTWAIT, NULL);
	for (int i = 0; i < got; i++)
		take(l, bytes[i], in[i].msg_len);
}

/* Length of the first whole message of a stream, 0: it has not come yet. */
static size_t
whole_message(const char *p, size_t len)
{
	static const char name[] = "\r\nContent-Length:";
	const char *end = memmem(p, len, "\r\n\r\n", 4);
	if (end == NULL)
		return 0;
	size_t head = (size_t)(end - p) + 4;
	const char *length = memmem(p, head, name, sizeof name - 1);
	size_t whole = head + (length != NULL ? strtoul(length + sizeof name - 1, NULL, 10) : 0);
	return whole <= len ? whole : 0;
}

static void
read_stream(struct link *l)
{
	int n;
	while ((n = SSL_read(l->ssl, l->bytes + l->len, (int)(sizeof l->bytes - l->len))) > 0) {
		size_t at = 0, len;
		l->len += (size_t)n;
		for (;;) {
			while (at < l->len && (l->bytes[at] == '\r' || l->bytes[at] == '\n'))
				at++;                   /* a keepalive */
			if ((len = whole_message(l->bytes + at, l->len - at)) == 0)
				break;
			take(l, l->bytes + at, len);
			at += len;
		}
		l->len -= at;
		memmove(l->bytes, l->bytes + at, l->len);
	}
	if (SSL_get_error(l->ssl, n) != SSL_ERROR_WANT_READ) {
		fprintf(stderr, "a connection of %s is gone\n", l->endpoint->ip);
		exit(1);
	}
}

static void
accept_link(struct endpoint *e)
{
	int fd = accept(e->listener, NULL, NULL);
	if (fd < 0)
		return;
	struct link *l = link_new(e, fd);
	if (SSL_accept(l->ssl) != 1)
		die("TLS accept");
	traffic.accepted++;
	link_up(l);
}

void
links_turn(int64_t wait_ns)
{
	struct epoll_event event[EVENTS];
	struct timespec wait = { .tv_sec = wait_ns / 1000000000, .tv_nsec = wait_ns % 1000000000 };
	int n = epoll_pwait2(poller, event, EVENTS, &wait, NULL);
	for (int i = 0; i < n; i++) {
		void *what = (void *)(uintptr_t)(event[i].data.u64 & ~(uint64_t)1);
		struct link *l = what;
		if ((event[i].data.u64 & 1) != 0)
			accept_link(what);
		else if (l->ssl != NULL)
			read_stream(l);
		else
			read_datagrams(l);
	}
}
