/* SPDX-License-Identifier: BSD-2-Clause */
/* transport/accept.c -- listening TCP sockets: who may come in, and how many.
 *
 * Refusal happens here, before a byte is read or a key is touched: a full house must stay cheap. */
#include "transport/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A reset instead of a FIN: nothing lingers for somebody who was never let in. */
static void
refuse(int fd)
{
	struct linger at_once = { .l_onoff = 1, .l_linger = 0 };
	(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	close(fd);
}

static void
admit(struct rf_acceptor *a, int fd, const struct sockaddr_storage *from)
{
	struct rf_transports *t = a->t;
	const struct rf_transport_listener *listener = &t->listener[a->listener];
	struct rf_path path = {
		.local = listener->local,
		.remote = rf_addr_of_sockaddr(from, listener->local.proto),
	};
	uint32_t room = t->config.links_max - t->config.links_max / RF_RESERVED_SHARE;
	if (t->counters.links >= room) {
		t->counters.refused_total++;
		refuse(fd);
		return;
	}
	if (rf_link_count_source(t, &path.remote) >= t->config.links_per_source_max) {
		t->counters.refused_source++;
		refuse(fd);
		return;
	}
	rf_socket_mark(fd, rf_addr_is_ipv4(&path.local), listener->dscp);
	rf_socket_tune_stream(fd);
	struct rf_link *link = rf_link_new(t, fd, a->listener, &path, true);
	if (link == NULL) {
		t->counters.refused_total++;
		return;
	}
	t->counters.accepted++;
	rf_link_established(link);
}

/* Out of descriptors: a listening socket stays readable, so waiting is the only way not to spin. */
static void
pause_accepting(struct rf_acceptor *a)
{
	static const struct timeval pause = { .tv_usec = RF_ACCEPT_PAUSE_MS * 1000 };
	rf_transport_log(a->t, RF_TRANSPORT_WARNING, "cannot accept: %s; new connections wait",
	    strerror(errno));
	a->t->counters.accept_paused++;
	event_del(&a->readable);
	event_add(&a->resume, &pause);
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct rf_acceptor *a = arg;
	(void)what;
	for (uint32_t i = 0; i < RF_ACCEPTS_PER_TURN && !a->t->draining; i++) {
		struct sockaddr_storage from;
		socklen_t len = sizeof(from);
		int accepted = accept4(fd, (struct sockaddr *)&from, &len,
		    SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (accepted >= 0) {
			admit(a, accepted, &from);
			continue;
		}
		if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
			pause_accepting(a);
		else if (errno != EAGAIN && errno != EWOULDBLOCK)
			continue;       /* that one connection is gone already, accept(2) */
		break;
	}
}

static void
on_resume(evutil_socket_t fd, short what, void *arg)
{
	struct rf_acceptor *a = arg;
	(void)fd;
	(void)what;
	if (!a->t->draining)
		event_add(&a->readable, NULL);
}

struct rf_acceptor *
rf_acceptor_open(struct rf_transports *t, uint32_t index, char error[RF_TRANSPORT_ERROR_MAX])
{
	struct rf_transport_listener *listener = &t->listener[index];
	struct sockaddr_storage address;
	socklen_t len = rf_addr_to_sockaddr(&address, &listener->local);
	int on = 1;
	struct rf_acceptor *a = calloc(1, sizeof(*a));
	if (a == NULL) {
		snprintf(error, RF_TRANSPORT_ERROR_MAX, "out of memory");
		return NULL;
	}
	a->fd = rf_socket_open(&listener->local, SOCK_STREAM);
	if (a->fd >= 0)
		(void)setsockopt(a->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (a->fd < 0 || bind(a->fd, (struct sockaddr *)&address, len) != 0 ||
	    listen(a->fd, RF_BACKLOG) != 0) {
		char text[64];
		rf_addr_text(text, &listener->local);
		snprintf(error, RF_TRANSPORT_ERROR_MAX, "cannot listen on %s %s: %s",
		    listener->local.proto == RF_TLS ? "tls" : "tcp", text, strerror(errno));
		if (a->fd >= 0)
			close(a->fd);
		free(a);
		return NULL;
	}
	/* The handshake of TCP itself is answered by this socket: it carries the mark, too. */
	rf_socket_mark(a->fd, rf_addr_is_ipv4(&listener->local), listener->dscp);
	len = sizeof(address);
	if (getsockname(a->fd, (struct sockaddr *)&address, &len) == 0)
		listener->local.port = rf_addr_of_sockaddr(&address, RF_TCP).port;
	a->t = t;
	a->listener = (uint8_t)index;
	event_assign(&a->readable, t->base, a->fd, EV_READ | EV_PERSIST, on_readable, a);
	event_assign(&a->resume, t->base, -1, 0, on_resume, a);
	event_add(&a->readable, NULL);
	return a;
}

void
rf_acceptor_free(struct rf_acceptor *a)
{
	event_del(&a->readable);
	event_del(&a->resume);
	close(a->fd);
	free(a);
}
