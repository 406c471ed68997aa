/* SPDX-License-Identifier: BSD-2-Clause */
/* transport/udp.c -- datagrams, in batches both ways: take what is there, never wait for more.
 *
 * A socket that has no room keeps one batch; beyond it datagrams are lost and counted, as on any
 * other link of the way, and SIP's retransmissions care for the rest. */
#include "transport/internal.h"

#include <errno.h>
#include <linux/errqueue.h>
#include <linux/sock_diag.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- ICMP (RFC 3261 18.4) ------------------------------------------------------------------ */

static void
remember(struct rf_udp *u, uint32_t sent)
{
	if (u->token[sent] == 0)
		return;
	uint32_t i = u->recent_next++ % RF_UDP_RECENT_MAX;
	u->recent[i].remote = rf_addr_of_sockaddr(&u->to[sent], RF_UDP);
	u->recent[i].token = u->token[sent];
}

/* The network says of an address, not of a datagram, that it cannot be reached. */
static void
fail_recent(struct rf_udp *u, const struct rf_addr *remote)
{
	for (uint32_t i = 0; i < RF_UDP_RECENT_MAX; i++) {
		if (u->recent[i].token == 0 || !rf_addr_same(&u->recent[i].remote, remote))
			continue;
		rf_transport_fail(u->t, u->recent[i].token, RF_LINK_REFUSED);
		u->recent[i].token = 0;
	}
}

static bool
means_unreachable(const struct sock_extended_err *e)
{
	return (e->ee_origin == SO_EE_ORIGIN_ICMP || e->ee_origin == SO_EE_ORIGIN_ICMP6) &&
	       (e->ee_errno == ECONNREFUSED || e->ee_errno == EHOSTUNREACH ||
		   e->ee_errno == ENETUNREACH);
}

static void
read_errors(struct rf_udp *u)
{
	for (uint32_t n = 0; n < RF_UDP_ERRORS_PER_TURN; n++) {
		struct sockaddr_storage to;
		alignas(struct cmsghdr) char control[512];
		struct msghdr in = {
			.msg_name = &to, .msg_namelen = sizeof(to),
			.msg_control = control, .msg_controllen = sizeof(control),
		};
		if (recvmsg(u->fd, &in, MSG_ERRQUEUE | MSG_DONTWAIT) < 0)
			return;
		for (struct cmsghdr *c = CMSG_FIRSTHDR(&in); c != NULL; c = CMSG_NXTHDR(&in, c)) {
			struct sock_extended_err e;
			if (!(c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_RECVERR) &&
			    !(c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_RECVERR))
				continue;
			memcpy(&e, CMSG_DATA(c), sizeof(e));
			if (!means_unreachable(&e) || in.msg_namelen == 0)
				continue;
			struct rf_addr remote = rf_addr_of_sockaddr(&to, RF_UDP);
			u->t->counters.rx_unreachable++;
			fail_recent(u, &remote);
		}
	}
}

/* ---- input --------------------------------------------------------------------------------- */

/* Once: mostly one datagram has come, and a batch of empty places is long. */
static void
prepare_input(struct rf_udp *u)
{
	for (uint32_t i = 0; i < RF_UDP_BATCH; i++) {
		u->places[i] = (struct iovec){ u->t->scratch[i], RF_DATAGRAM_MAX };
		u->in[i].msg_hdr = (struct msghdr){
			.msg_iov = &u->places[i], .msg_iovlen = 1,
			.msg_name = &u->from[i], .msg_namelen = sizeof(u->from[i]),
		};
	}
}

static uint32_t
read_batch(struct rf_udp *u)
{
	struct rf_transports *t = u->t;
	struct mmsghdr *in = u->in;
	int got = recvmmsg(u->fd, in, RF_UDP_BATCH, MSG_DONTWAIT, NULL);
	for (int i = 0; i < got; i++) {
		struct rf_path path = {
			.local = u->local,
			.remote = rf_addr_of_sockaddr(&u->from[i], RF_UDP),
		};
		in[i].msg_hdr.msg_namelen = sizeof(u->from[i]); /* the kernel wrote there */
		t->counters.rx_datagrams++;
		t->counters.rx_datagram_bytes += in[i].msg_len;
		if ((in[i].msg_hdr.msg_flags & MSG_TRUNC) != 0)
			t->counters.rx_truncated++;
		if (in[i].msg_len > 0 && path.remote.port != 0)
			t->call.message(t->user, &path,
			    (struct rf_slice){ t->scratch[i], in[i].msg_len });
	}
	/* Woken for nothing to read: something to hear about what was sent. */
	if (got <= 0)
		read_errors(u);
	return got > 0 ? (uint32_t)got : 0;
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct rf_udp *u = arg;
	(void)fd;
	(void)what;
	for (uint32_t batch = 0; batch < RF_UDP_BATCHES_PER_TURN; batch++) {
		uint32_t got = read_batch(u);
		if (got > 0 && u->t->call.turn_end != NULL)
			u->t->call.turn_end(u->t->user);
		if (got < RF_UDP_BATCH)
			break;
	}
}

static void
on_writable(evutil_socket_t fd, short what, void *arg)
{
	struct rf_udp *u = arg;
	(void)fd;
	(void)what;
	u->blocked = false;
	rf_udp_flush(u);
}

struct rf_udp *
rf_udp_open(struct rf_transports *t, struct rf_transport_listener *listener,
    char error[RF_TRANSPORT_ERROR_MAX])
{
	struct sockaddr_storage address;
	socklen_t len = rf_addr_to_sockaddr(&address, &listener->local);
	int size = RF_UDP_RECEIVE_BUFFER;
	struct rf_udp *u = calloc(1, sizeof(*u));
	if (u == NULL) {
		snprintf(error, RF_TRANSPORT_ERROR_MAX, "out of memory");
		return NULL;
	}
	u->fd = rf_socket_open(&listener->local, SOCK_DGRAM);
	if (u->fd < 0 || bind(u->fd, (struct sockaddr *)&address, len) != 0) {
		char text[64];
		rf_addr_text(text, &listener->local);
		snprintf(error, RF_TRANSPORT_ERROR_MAX, "cannot listen on udp %s: %s", text,
		    strerror(errno));
		if (u->fd >= 0)
			close(u->fd);
		free(u);
		return NULL;
	}
	/* More than net.core.rmem_max needs a privilege; without it the limit is what we get. */
	if (setsockopt(u->fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) != 0)
		(void)setsockopt(u->fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	bool ipv4 = rf_addr_is_ipv4(&listener->local);
	int on = 1;
	(void)setsockopt(u->fd, ipv4 ? IPPROTO_IP : IPPROTO_IPV6,
	    ipv4 ? IP_RECVERR : IPV6_RECVERR, &on, sizeof(on));
	rf_socket_mark(u->fd, ipv4, listener->dscp);
	len = sizeof(address);
	if (getsockname(u->fd, (struct sockaddr *)&address, &len) == 0)
		listener->local.port = rf_addr_of_sockaddr(&address, RF_UDP).port;
	u->t = t;
	prepare_input(u);
	u->local = listener->local;
	event_assign(&u->readable, t->base, u->fd, EV_READ | EV_PERSIST, on_readable, u);
	event_assign(&u->writable, t->base, u->fd, EV_WRITE, on_writable, u);
	event_add(&u->readable, NULL);
	return u;
}

void
rf_udp_send(struct rf_udp *u, const struct rf_addr *remote, struct rf_slice bytes, rf_token token)
{
	struct rf_transports *t = u->t;
	if (bytes.len > UINT16_MAX || rf_addr_is_ipv4(remote) != rf_addr_is_ipv4(&u->local)) {
		t->counters.tx_datagrams_failed++;
		rf_transport_fail(t, token, RF_LINK_REFUSED);
		return;
	}
	if (u->count == RF_UDP_QUEUE_MAX || u->bytes + bytes.len > RF_UDP_QUEUE_BYTES_MAX) {
		rf_udp_flush(u);
		if (u->count == RF_UDP_QUEUE_MAX || u->bytes + bytes.len > RF_UDP_QUEUE_BYTES_MAX) {
			t->counters.tx_datagrams_dropped++;
			return;
		}
	}
	uint32_t i = u->count++;
	memcpy(u->queue + u->bytes, bytes.p, bytes.len);
	u->vector[i] = (struct iovec){ u->queue + u->bytes, bytes.len };
	u->bytes += bytes.len;
	u->token[i] = token;
	u->out[i] = (struct mmsghdr){ .msg_hdr = {
		.msg_name = &u->to[i],
		.msg_namelen = rf_addr_to_sockaddr(&u->to[i], remote),
		.msg_iov = &u->vector[i],
		.msg_iovlen = 1,
	} };
	rf_transport_schedule(t);
}

/* An error may be news of an earlier datagram (IP_RECVERR): only the second in a row is of this
 * one. */
void
rf_udp_flush(struct rf_udp *u)
{
	struct rf_transports *t = u->t;
	bool again = false;
	while (u->sent < u->count && !u->blocked) {
		int n = sendmmsg(u->fd, u->out + u->sent, u->count - u->sent, MSG_DONTWAIT);
		if (n > 0) {
			for (int i = 0; i < n; i++) {
				remember(u, u->sent);
				t->counters.tx_datagram_bytes += u->vector[u->sent++].iov_len;
			}
			t->counters.tx_datagrams += (uint64_t)n;
			again = false;
		} else if (errno == EAGAIN || errno == EWOULDBLOCK) {
			u->blocked = true;
			event_add(&u->writable, NULL);
		} else if (errno == ENOBUFS || errno == ENOMEM) {
			/* The queue of the device is full: lost like anywhere on the way. */
			t->counters.tx_datagrams_dropped++;
			u->sent++;
		} else if (errno != EINTR && !again) {
			again = true;
		} else if (errno != EINTR) {
			again = false;
			t->counters.tx_datagrams_failed++;
			rf_transport_fail(t, u->token[u->sent], RF_LINK_REFUSED);
			u->sent++;
		}
	}
	if (u->sent == u->count)
		u->sent = u->count = u->bytes = 0;
}

uint64_t
rf_udp_kernel_dropped(const struct rf_udp *u)
{
	uint32_t info[SK_MEMINFO_VARS] = { 0 };
	socklen_t len = sizeof(info);
	if (getsockopt(u->fd, SOL_SOCKET, SO_MEMINFO, info, &len) != 0)
		return 0;
	return info[SK_MEMINFO_DROPS];
}

void
rf_udp_free(struct rf_udp *u)
{
	event_del(&u->readable);
	event_del(&u->writable);
	close(u->fd);
	free(u);
}
