/* SPDX-License-Identifier: BSD-2-Clause */
/* transport/address.c -- rf_addr <-> sockaddr, and sockets with the options that all of ours share.
 *
 * IPv4 is mapped in rf_addr but never on a socket: an IPv6 socket is IPv6 only, so that one address
 * has one spelling whatever way a packet came. */
#include "transport/internal.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <string.h>
#include <unistd.h>

static const uint8_t mapped_prefix[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

bool
rf_addr_same(const struct rf_addr *a, const struct rf_addr *b)
{
	return a->port == b->port && a->proto == b->proto && a->scope == b->scope &&
	       memcmp(a->ip, b->ip, sizeof(a->ip)) == 0;
}

bool
rf_addr_is_ipv4(const struct rf_addr *a)
{
	return memcmp(a->ip, mapped_prefix, sizeof(mapped_prefix)) == 0;
}

bool
rf_addr_is_wildcard(const struct rf_addr *a)
{
	static const uint8_t zero[16];
	size_t from = rf_addr_is_ipv4(a) ? sizeof(mapped_prefix) : 0;
	return memcmp(a->ip + from, zero, sizeof(a->ip) - from) == 0;
}

socklen_t
rf_addr_to_sockaddr(struct sockaddr_storage *out, const struct rf_addr *a)
{
	if (rf_addr_is_ipv4(a)) {
		struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons(a->port) };
		memcpy(&v4.sin_addr, a->ip + sizeof(mapped_prefix), sizeof(v4.sin_addr));
		memcpy(out, &v4, sizeof(v4));
		return sizeof(v4);
	}
	struct sockaddr_in6 v6 = {
		.sin6_family = AF_INET6, .sin6_port = htons(a->port), .sin6_scope_id = a->scope
	};
	memcpy(&v6.sin6_addr, a->ip, sizeof(v6.sin6_addr));
	memcpy(out, &v6, sizeof(v6));
	return sizeof(v6);
}

struct rf_addr
rf_addr_of_sockaddr(const struct sockaddr_storage *in, uint8_t proto)
{
	struct rf_addr a = { .proto = proto };
	if (in->ss_family == AF_INET) {
		struct sockaddr_in v4;
		memcpy(&v4, in, sizeof(v4));
		memcpy(a.ip, mapped_prefix, sizeof(mapped_prefix));
		memcpy(a.ip + sizeof(mapped_prefix), &v4.sin_addr, sizeof(v4.sin_addr));
		a.port = ntohs(v4.sin_port);
	} else if (in->ss_family == AF_INET6) {
		struct sockaddr_in6 v6;
		memcpy(&v6, in, sizeof(v6));
		memcpy(a.ip, &v6.sin6_addr, sizeof(a.ip));
		a.port = ntohs(v6.sin6_port);
		/* Elsewhere the kernel's scope is noise that would tell equal addresses apart. */
		if (IN6_IS_ADDR_LINKLOCAL(&v6.sin6_addr))
			a.scope = v6.sin6_scope_id;
	}
	return a;
}

void
rf_addr_text(char out[64], const struct rf_addr *a)
{
	char ip[48];
	uint32_t len = rf_ip_write(ip, a->ip, true);
	snprintf(out, 64, "%.*s:%u", (int)len, ip, (unsigned int)a->port);
}

int
rf_socket_open(const struct rf_addr *a, int type)
{
	bool ipv4 = rf_addr_is_ipv4(a);
	int fd = socket(ipv4 ? AF_INET : AF_INET6, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int on = 1;
	if (fd >= 0 && !ipv4 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) != 0) {
		int why = errno;
		close(fd);
		errno = why;
		return -1;
	}
	return fd;
}

/* A mark is a wish: networks without one still carry the packets. */
void
rf_socket_mark(int fd, bool ipv4, uint8_t dscp)
{
	int value = dscp << 2;
	if (ipv4)
		(void)setsockopt(fd, IPPROTO_IP, IP_TOS, &value, sizeof(value));
	else
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_TCLASS, &value, sizeof(value));
}

/* Messages leave at once, and a peer that has silently gone is found out by the kernel: bytes that
 * nobody acknowledges end the connection, and so do unanswered probes of an idle one. */
void
rf_socket_tune_stream(int fd)
{
	int on = 1, idle = RF_TCP_KEEPIDLE_S, stall = RF_STALL_MS;
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	(void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof(idle));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &stall, sizeof(stall));
}
