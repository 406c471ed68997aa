/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/wire/tlsbridge.c -- plain TCP on one side, TLS on the other, for a SIPp built without TLS.
 *
 *         tlsbridge client LISTEN CONNECT CERTIFICATE KEY CA [BIND]
 *                 accepts TCP on LISTEN, opens TLS to CONNECT (from address BIND)
 *         tlsbridge server LISTEN CONNECT CERTIFICATE KEY CA
 *                 accepts TLS on LISTEN, opens TCP to CONNECT
 *
 * Addresses are IPv4:port.  Mutual TLS both ways: the peer must show a certificate of CA; as a
 * client its name must be the address connected to.  Says "ready" on stdout when it listens; ends
 * with 0 on SIGTERM.  It stands for a stranger's TLS stack: nothing of referee's own code is used
 * on purpose. */
#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PAIRS_MAX = 64, BUFFER_MAX = 64 * 1024 };

struct buffer {
	size_t at, len;                         /* bytes[at .. at + len) wait to be written */
	char bytes[BUFFER_MAX];
};

/* One connection: plain and secret are its two ends. */
struct pair {
	bool used;
	bool plain_up, secret_up;               /* connected, and the handshake done */
	bool plain_over, secret_over;           /* that end will send no more */
	bool plain_told, secret_told;           /* ... and the other end has been told so */
	int plain, secret;
	short secret_wants;                     /* POLLIN or POLLOUT: what OpenSSL waits for */
	SSL *ssl;
	struct buffer to_plain, to_secret;
};

static struct pair pairs[PAIRS_MAX];
static volatile sig_atomic_t stopped;

static void
stop(int signal_number)
{
	(void)signal_number;
	stopped = 1;
}

static void
die(const char *what)
{
	fprintf(stderr, "tlsbridge: %s: %s\n", what, strerror(errno));
	ERR_print_errors_fp(stderr);
	exit(1);
}

static struct sockaddr_in
address_of(const char *text)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	char host[INET_ADDRSTRLEN];
	const char *colon = strchr(text, ':');
	size_t len = colon != NULL ? (size_t)(colon - text) : strlen(text);
	if (len >= sizeof(host)) {
		errno = EINVAL;
		die(text);
	}
	memcpy(host, text, len);
	host[len] = '\0';
	if (colon != NULL)
		address.sin_port = htons((uint16_t)strtoul(colon + 1, NULL, 10));
	if (inet_pton(AF_INET, host, &address.sin_addr) != 1) {
		errno = EINVAL;
		die(text);
	}
	return address;
}

static void
prepare(int fd)
{
	int on = 1;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (fcntl(fd, F_SETFL, O_NONBLOCK) != 0)
		die("fcntl");
}

static int
listen_on(struct sockaddr_in address)
{
	int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		die("socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0 ||
	    listen(fd, PAIRS_MAX) != 0)
		die("listen");
	prepare(fd);
	return fd;
}

static int
connect_to(struct sockaddr_in address, const struct sockaddr_in *from)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		die("socket");
	prepare(fd);
	if (from != NULL && bind(fd, (const struct sockaddr *)from, sizeof(*from)) != 0)
		die("bind");
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0 &&
	    errno != EINPROGRESS) {
		close(fd);
		return -1;
	}
	return fd;
}

static SSL_CTX *
context_of(bool server, char *const files[3])
{
	SSL_CTX *context = SSL_CTX_new(server ? TLS_server_method() : TLS_client_method());
	if (context == NULL)
		die("SSL_CTX_new");
	SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
	SSL_CTX_set_mode(
	    context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	if (SSL_CTX_use_certificate_chain_file(context, files[0]) != 1
	    || SSL_CTX_use_PrivateKey_file(context, files[1], SSL_FILETYPE_PEM) != 1
	    || SSL_CTX_load_verify_locations(context, files[2], NULL) != 1)
		die("certificates");
	if (server) {
		/* A server that asks for certificates has to name its sessions. */
		SSL_CTX_set_session_id_context(context, (const unsigned char *)"tlsbridge", 9);
		SSL_CTX_set_client_CA_list(context, SSL_load_client_CA_file(files[2]));
	}
	return context;
}

static void
pair_close(struct pair *pair)
{
	if (pair->secret_up && !pair->secret_told)
		SSL_shutdown(pair->ssl);
	ERR_clear_error();
	SSL_free(pair->ssl);
	close(pair->plain);
	close(pair->secret);
	pair->used = false;
}

static void
pair_open(SSL_CTX *context, bool server, int accepted, struct sockaddr_in there,
    const struct sockaddr_in *from)
{
	struct pair *pair = NULL;
	for (size_t i = 0; i < PAIRS_MAX && pair == NULL; i++) {
		if (!pairs[i].used)
			pair = &pairs[i];
	}
	int other = pair != NULL ? connect_to(there, from) : -1;
	if (other < 0) {
		fprintf(stderr, "tlsbridge: a connection had to be turned away\n");
		close(accepted);
		return;
	}
	prepare(accepted);
	memset(pair, 0, offsetof(struct pair, to_plain));
	pair->to_plain.at = pair->to_plain.len = pair->to_secret.at = pair->to_secret.len = 0;
	pair->used = true;
	pair->plain = server ? other : accepted;
	pair->secret = server ? accepted : other;
	pair->plain_up = !server;
	pair->secret_wants = server ? POLLIN : POLLOUT;
	pair->ssl = SSL_new(context);
	if (pair->ssl == NULL || SSL_set_fd(pair->ssl, pair->secret) != 1)
		die("SSL_new");
	if (server) {
		SSL_set_accept_state(pair->ssl);
	} else {
		X509_VERIFY_PARAM_set1_ip(SSL_get0_param(pair->ssl),
		    (const unsigned char *)&there.sin_addr, sizeof(there.sin_addr));
		SSL_set_connect_state(pair->ssl);
	}
}

/* What an SSL_* call that did not succeed waits for; false: the connection is lost. */
static bool
secret_waits(struct pair *pair, int result)
{
	switch (SSL_get_error(pair->ssl, result)) {
	case SSL_ERROR_WANT_READ:
		pair->secret_wants = POLLIN;
		return true;
	case SSL_ERROR_WANT_WRITE:
		pair->secret_wants = POLLOUT;
		return true;
	case SSL_ERROR_ZERO_RETURN:
		pair->secret_over = true;
		return true;
	default:
		if (!pair->secret_up) {
			fprintf(stderr, "tlsbridge: handshake failed\n");
			ERR_print_errors_fp(stderr);
		}
		return false;
	}
}

static bool
secret_shake(struct pair *pair)
{
	ERR_clear_error();
	int result = SSL_do_handshake(pair->ssl);
	if (result != 1)
		return secret_waits(pair, result);
	pair->secret_up = true;
	pair->secret_wants = POLLIN;
	return true;
}

static void
took(struct buffer *buffer, size_t len)
{
	assert(len <= buffer->len);
	buffer->at += len;
	buffer->len -= len;
	if (buffer->len == 0)
		buffer->at = 0;
}

/* Moves whatever can be moved, plain to secret. */
static bool
encrypt(struct pair *pair)
{
	struct buffer *buffer = &pair->to_secret;
	if (buffer->len == 0 && !pair->plain_over) {
		ssize_t len = recv(pair->plain, buffer->bytes, BUFFER_MAX, 0);
		if (len == 0)
			pair->plain_over = true;
		else if (len > 0)
			buffer->len = (size_t)len;
		else if (errno != EAGAIN)
			return false;
	}
	while (buffer->len > 0) {
		ERR_clear_error();
		int result = SSL_write(pair->ssl, buffer->bytes + buffer->at, (int)buffer->len);
		if (result <= 0)
			return secret_waits(pair, result);
		took(buffer, (size_t)result);
	}
	pair->secret_wants = POLLIN;
	if (pair->plain_over && !pair->secret_told) {
		SSL_shutdown(pair->ssl);
		shutdown(pair->secret, SHUT_WR);
		pair->secret_told = true;
	}
	return true;
}

/* And back. */
static bool
decrypt(struct pair *pair)
{
	struct buffer *buffer = &pair->to_plain;
	for (;;) {
		if (buffer->len == 0 && !pair->secret_over) {
			ERR_clear_error();
			int result = SSL_read(pair->ssl, buffer->bytes, BUFFER_MAX);
			if (result > 0)
				buffer->len = (size_t)result;
			else if (!secret_waits(pair, result))
				return false;
		}
		if (buffer->len == 0)
			break;
		ssize_t len =
		    send(pair->plain, buffer->bytes + buffer->at, buffer->len, MSG_NOSIGNAL);
		if (len < 0)
			return errno == EAGAIN;
		took(buffer, (size_t)len);
	}
	if (pair->secret_over && !pair->plain_told) {
		shutdown(pair->plain, SHUT_WR);
		pair->plain_told = true;
	}
	return true;
}

/* One turn of a pair whose sockets are ready; false: it is over. */
static bool
pair_turn(struct pair *pair, short plain_ready)
{
	if (!pair->plain_up && plain_ready != 0) {
		int failure = 0;
		socklen_t len = sizeof(failure);
		getsockopt(pair->plain, SOL_SOCKET, SO_ERROR, &failure, &len);
		if (failure != 0)
			return false;
		pair->plain_up = true;
	}
	if (!pair->secret_up && !secret_shake(pair))
		return false;
	if (!pair->plain_up || !pair->secret_up)
		return true;
	if (!encrypt(pair) || !decrypt(pair))
		return false;
	return !(pair->plain_over && pair->secret_over);
}

static short
plain_events(const struct pair *pair)
{
	if (!pair->plain_up)
		return POLLOUT;
	short events = pair->to_plain.len > 0 ? POLLOUT : 0;
	if (pair->secret_up && pair->to_secret.len == 0 && !pair->plain_over)
		events |= POLLIN;
	return events;
}

static void
serve(SSL_CTX *context, bool server, int listener, struct sockaddr_in there,
    const struct sockaddr_in *from)
{
	struct pollfd polled[1 + 2 * PAIRS_MAX];
	while (!stopped) {
		polled[0] = (struct pollfd){ .fd = listener, .events = POLLIN };
		for (size_t i = 0; i < PAIRS_MAX; i++) {
			struct pair *pair = &pairs[i];
			/* An end that is over would be ready for ever: poll ignores negative
			 * descriptors. */
			bool read_secret = !pair->secret_over && pair->to_plain.len == 0;
			polled[1 + 2 * i] = (struct pollfd){
				.fd = pair->used && plain_events(pair) != 0 ? pair->plain : -1,
				.events = plain_events(pair),
			};
			polled[2 + 2 * i] = (struct pollfd){
				.fd = pair->used && (read_secret || pair->to_secret.len > 0)
					  ? pair->secret
					  : -1,
				.events = pair->secret_wants,
			};
		}
		if (poll(polled, 1 + 2 * PAIRS_MAX, 1000) < 0 && errno != EINTR)
			die("poll");
		if (stopped)
			break;
		for (size_t i = 0; i < PAIRS_MAX; i++) {
			short ready = polled[1 + 2 * i].revents;
			if (!pairs[i].used || (ready | polled[2 + 2 * i].revents) == 0)
				continue;
			if (!pair_turn(&pairs[i], ready))
				pair_close(&pairs[i]);
		}
		if (polled[0].revents != 0) {
			int accepted = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
			if (accepted >= 0)
				pair_open(context, server, accepted, there, from);
		}
	}
}

int
main(int argc, char **argv)
{
	bool server = argc > 1 && strcmp(argv[1], "server") == 0;
	if (!(server && argc == 7) && !(argc > 6 && argc < 9 && strcmp(argv[1], "client") == 0)) {
		fputs("usage: tlsbridge client|server LISTEN CONNECT CERTIFICATE KEY CA [BIND]\n",
		    stderr);
		return 64;
	}
	struct sockaddr_in from;
	if (argc == 8)
		from = address_of(argv[7]);
	signal(SIGPIPE, SIG_IGN);
	sigaction(SIGTERM, &(struct sigaction){ .sa_handler = stop }, NULL);
	sigaction(SIGINT, &(struct sigaction){ .sa_handler = stop }, NULL);
	SSL_CTX *context = context_of(server, argv + 4);
	int listener = listen_on(address_of(argv[2]));
	puts("ready");
	fflush(stdout);
	serve(context, server, listener, address_of(argv[3]), argc == 8 ? &from : NULL);
	for (size_t i = 0; i < PAIRS_MAX; i++) {
		if (pairs[i].used)
			pair_close(&pairs[i]);
	}
	close(listener);
	SSL_CTX_free(context);
	return 0;
}
