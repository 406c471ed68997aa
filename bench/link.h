/* SPDX-License-Identifier: BSD-2-Clause */
/* bench/link.h -- sockets of a load generator: UDP, or TLS with certificates on both sides.
 *
 * It stands for strangers: none of referee's own code is used.  Anything the network does wrong
 * ends the program, for then the figures are worth nothing. */
#ifndef RF_BENCH_LINK_H
#define RF_BENCH_LINK_H

#include <netinet/in.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LINK_BYTES_MAX = 65536, MESSAGE_MAX = 8192 };

struct endpoint;

/* A UDP socket, or one TLS connection. */
struct link {
	struct endpoint *endpoint;
	int fd;
	SSL *ssl;
	size_t len;                             /* of a message that has not come whole */
	char bytes[LINK_BYTES_MAX];
};

/* Where a party lives.  What comes in goes to `received`. */
struct endpoint {
	void (*received)(struct link *, const char *message, size_t len);
	const char *ip;
	uint16_t port;
	int listener;                           /* TLS; -1: UDP */
	SSL_CTX *tls;
	uint32_t links, next;                   /* the ones it opened */
	struct link *link[16];
};

struct traffic {
	uint64_t received, sent, received_bytes, sent_bytes, accepted;
};
extern struct traffic traffic;

int64_t now_ns(void);

/* Opens what a party needs to talk to 127.0.0.1:peer_port: a connected UDP socket, or - with a
 * folder of certificates - a listener, and `links` connections of its own. */
void endpoint_open(struct endpoint *, const char *ip, uint16_t port, uint16_t peer_port,
    const char *certificates, const char *name, uint32_t links);
/* The next one of the endpoint's own links, in turn. */
struct link *endpoint_link(struct endpoint *);
void link_send(struct link *, const char *message, size_t len);
/* Waits so long for input, at most, and hands it on. */
void links_turn(int64_t wait_ns);

#endif
