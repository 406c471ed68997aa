/* SPDX-License-Identifier: BSD-2-Clause */
/* transport/transport.c -- opening and closing of the whole, and the end of a turn.
 *
 * Everything that must not happen inside a call of the caller's is scheduled: output, failures and
 * burials wait for one event that runs behind all others of the turn. */
#include "transport/transport.h"

#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "transport/internal.h"

int64_t
rf_now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void
rf_transport_log(struct rf_transports *t, enum rf_transport_level level, const char *format, ...)
{
	char text[512];
	va_list arguments;
	if (t->call.log == NULL)
		return;
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	t->call.log(t->user, level, text);
}

/* ---- the end of a turn --------------------------------------------------------------------- */

void
rf_transport_schedule(struct rf_transports *t)
{
	if (t->scheduled)
		return;
	t->scheduled = true;
	event_active(&t->turn_end, EV_TIMEOUT, 0);
}

void
rf_transport_fail(struct rf_transports *t, rf_token token, enum rf_link_reason reason)
{
	t->counters.sends_failed++;
	if (token == 0)
		return;
	if (t->failure_count == t->failure_max) {
		uint32_t max = t->failure_max == 0 ? 64 : t->failure_max * 2;
		struct rf_failure *grown = NULL;
		if (max <= RF_DEFERRED_MAX)
			grown = realloc(t->failure, max * sizeof(struct rf_failure));
		if (grown == NULL)
			return;         /* the timer of its transaction tells the same, later */
		t->failure = grown;
		t->failure_max = max;
	}
	t->failure[t->failure_count++] = (struct rf_failure){ token, reason };
	rf_transport_schedule(t);
}

/* What callbacks let fail meanwhile is told by the next event. */
static void
tell_failures(struct rf_transports *t)
{
	struct rf_failure *now = t->failure;
	uint32_t count = t->failure_count;
	t->failure = NULL;
	t->failure_count = t->failure_max = 0;
	for (uint32_t i = 0; i < count; i++)
		t->call.send_failed(t->user, now[i].token, now[i].reason);
	free(now);
}

static void
on_turn_end(evutil_socket_t fd, short what, void *arg)
{
	struct rf_transports *t = arg;
	(void)fd;
	(void)what;
	t->scheduled = false;
	rf_transport_flush(t);
	tell_failures(t);
	rf_links_bury(t);
}

/* Links whose share of a turn was used up; those that use it up again wait for the next. */
static void
on_resume(evutil_socket_t fd, short what, void *arg)
{
	struct rf_transports *t = arg;
	uint32_t count = 0;
	struct rf_link *link;
	(void)fd;
	(void)what;
	TAILQ_FOREACH(link, &t->again, again_entry)
		count++;
	while (count-- > 0 && (link = TAILQ_FIRST(&t->again)) != NULL) {
		if (!link->doomed) {
			rf_stream_read(link);
			continue;
		}
		TAILQ_REMOVE(&t->again, link, again_entry);
		link->again = false;
	}
}

void
rf_transport_flush(struct rf_transports *t)
{
	for (uint32_t i = 0; i < t->config.listener_count; i++) {
		if (t->udp[i] != NULL && t->udp[i]->count > 0)
			rf_udp_flush(t->udp[i]);
	}
	struct rf_link *link;
	while ((link = TAILQ_FIRST(&t->dirty)) != NULL) {
		TAILQ_REMOVE(&t->dirty, link, dirty_entry);
		link->dirty = false;
		if (!link->doomed && !event_pending(&link->writable, EV_WRITE, NULL))
			rf_stream_write(link);
	}
}

/* ---- sending ------------------------------------------------------------------------------- */

uint32_t
rf_transport_listener_of(const struct rf_transports *t, const struct rf_addr *local,
    const struct rf_addr *remote)
{
	uint32_t second_best = UINT32_MAX;
	for (uint32_t i = 0; i < t->config.listener_count; i++) {
		const struct rf_addr *a = &t->listener[i].local;
		if (a->proto != remote->proto || rf_addr_is_ipv4(a) != rf_addr_is_ipv4(remote))
			continue;
		if (rf_addr_same(a, local))
			return i;
		if (second_best == UINT32_MAX)
			second_best = i;
	}
	return second_best;
}

static void
send_over_link(struct rf_transports *t, const struct rf_path *path, struct rf_slice bytes,
    struct rf_slice identity, rf_token token)
{
	enum rf_link_reason reason = RF_LINK_RESET;
	struct rf_link *link = path->link != 0 ? rf_link_find(t, path->link)
					       : rf_link_reach(t, path, identity, token, &reason);
	if (link == NULL) {
		rf_transport_fail(t, token, reason);
	} else if (!rf_stream_queue(link, bytes, token)) {
		rf_transport_fail(t, token, RF_LINK_BACKPRESSURE);
	} else {
		t->counters.tx_messages++;
	}
}

void
rf_transport_send(struct rf_transports *t, const struct rf_path *path, struct rf_slice bytes,
    struct rf_slice identity, rf_token token)
{
	if (path->remote.proto != RF_UDP) {
		send_over_link(t, path, bytes, identity, token);
		return;
	}
	uint32_t i = rf_transport_listener_of(t, &path->local, &path->remote);
	if (i < t->config.listener_count)
		rf_udp_send(t->udp[i], &path->remote, bytes, token);
	else
		rf_transport_fail(t, token, RF_LINK_REFUSED);
}

void
rf_transport_close(struct rf_transports *t, uint32_t id)
{
	struct rf_link *link = rf_link_find(t, id);
	if (link != NULL)
		rf_link_doom(link, RF_LINK_CLOSED);
}

/* ---- opening and closing ------------------------------------------------------------------- */

static bool
complain(char error[RF_TRANSPORT_ERROR_MAX], const char *why)
{
	snprintf(error, RF_TRANSPORT_ERROR_MAX, "%s", why);
	return false;
}

static int32_t
time_or(int32_t given, int32_t otherwise)
{
	return given == 0 ? otherwise : given;
}

static bool
take_config(struct rf_transports *t, const struct rf_transport_config *config,
    char error[RF_TRANSPORT_ERROR_MAX])
{
	struct rf_transport_config *c = &t->config;
	*c = *config;
	c->links_max = c->links_max == 0 ? RF_LINKS_DEFAULT : c->links_max;
	if (c->links_per_source_max == 0)
		c->links_per_source_max = RF_LINKS_PER_SOURCE_DEFAULT;
	c->connect_ms = time_or(c->connect_ms, RF_CONNECT_MS_DEFAULT);
	c->handshake_ms = time_or(c->handshake_ms, RF_HANDSHAKE_MS_DEFAULT);
	c->idle_ms = time_or(c->idle_ms, RF_IDLE_MS_DEFAULT);
	c->keepalive_ms = time_or(c->keepalive_ms, RF_KEEPALIVE_MS_DEFAULT);
	if (c->links_max > RF_LINKS_MAX)
		return complain(error, "more connections than a link can name");
	if (c->connect_ms < 0 || c->handshake_ms < 0)
		return complain(error, "connect and handshake times cannot be switched off");
	if (c->listener_count > RF_TRANSPORT_LISTENERS_MAX)
		return complain(error, "too many listeners");
	for (uint32_t i = 0; i < c->listener_count; i++) {
		t->listener[i] = config->listener[i];
		uint8_t proto = t->listener[i].local.proto;
		if (proto != RF_UDP && proto != RF_TCP && proto != RF_TLS)
			return complain(error, "a listener is udp, tcp or tls");
		if (t->listener[i].dscp > 63)
			return complain(error, "dscp is 0..63");
	}
	c->listener = NULL;
	c->tls = NULL;
	return true;
}

static bool
open_listeners(struct rf_transports *t, char error[RF_TRANSPORT_ERROR_MAX])
{
	for (uint32_t i = 0; i < t->config.listener_count; i++) {
		if (t->listener[i].local.proto == RF_UDP)
			t->udp[i] = rf_udp_open(t, &t->listener[i], error);
		else
			t->acceptor[i] = rf_acceptor_open(t, i, error);
		if (t->udp[i] == NULL && t->acceptor[i] == NULL)
			return false;
	}
	return true;
}

struct rf_transports *
rf_transport_open(struct event_base *base, const struct rf_transport_config *config,
    const struct rf_transport_callbacks *callbacks, void *user, char error[RF_TRANSPORT_ERROR_MAX])
{
	assert(callbacks->message != NULL && callbacks->link_up != NULL);
	assert(callbacks->link_down != NULL && callbacks->send_failed != NULL);
	error[0] = '\0';
	struct rf_transports *t = calloc(1, sizeof(*t));
	if (t == NULL) {
		complain(error, "out of memory");
		return NULL;
	}
	t->base = base;
	t->call = *callbacks;
	t->user = user;
	event_assign(&t->turn_end, base, -1, 0, on_turn_end, t);
	event_assign(&t->resume, base, -1, 0, on_resume, t);
	if (getrandom(&t->hash_seed, sizeof(t->hash_seed), 0) != (ssize_t)sizeof(t->hash_seed))
		t->hash_seed = (uint64_t)rf_now_ms() * 0x9e3779b97f4a7c15u;
	if (take_config(t, config, error) &&
	    rf_transport_tls_reload(t, config->tls, config->tls_count, error)) {
		if (!rf_links_init(t))
			complain(error, "out of memory");
		else if (open_listeners(t, error))
			return t;
	}
	rf_transport_free(t);
	return NULL;
}

void
rf_transport_free(struct rf_transports *t)
{
	if (t == NULL)
		return;
	rf_transport_flush(t);
	for (uint32_t i = 0; i < RF_TRANSPORT_LISTENERS_MAX; i++) {
		if (t->udp[i] != NULL)
			rf_udp_free(t->udp[i]);
		if (t->acceptor[i] != NULL)
			rf_acceptor_free(t->acceptor[i]);
	}
	rf_links_fini(t);
	event_del(&t->turn_end);
	event_del(&t->resume);
	for (uint32_t i = 0; i < t->tls_count; i++)
		rf_tls_context_fini(&t->tls[i]);
	free(t->failure);
	free(t);
}

void
rf_transport_hold(struct rf_transports *t, bool held)
{
	for (uint32_t i = 0; i < t->config.listener_count; i++) {
		struct event *readable = t->udp[i] != NULL ? &t->udp[i]->readable :
		    &t->acceptor[i]->readable;
		if (held)
			event_del(readable);
		else
			event_add(readable, NULL);
	}
}

void
rf_transport_drain(struct rf_transports *t)
{
	t->draining = true;
	for (uint32_t i = 0; i < t->config.listener_count; i++) {
		if (t->acceptor[i] == NULL)
			continue;
		event_del(&t->acceptor[i]->readable);
		event_del(&t->acceptor[i]->resume);
		/* On a listening socket: newcomers are refused instead of left waiting. */
		(void)shutdown(t->acceptor[i]->fd, SHUT_RDWR);
	}
}

/* ---- reading ------------------------------------------------------------------------------- */

struct rf_addr
rf_transport_local(const struct rf_transports *t, uint32_t listener)
{
	assert(listener < t->config.listener_count);
	return t->listener[listener].local;
}

bool
rf_transport_link_next(const struct rf_transports *t, uint32_t *cursor, struct rf_link_view *out)
{
	while (*cursor < t->config.links_max) {
		const struct rf_link *link = t->slot[(*cursor)++];
		if (link == NULL)
			continue;
		*out = (struct rf_link_view){
			.path = link->path,
			.incoming = link->incoming,
			.up = link->stage == RF_STAGE_UP,
			.identity = rf_identity_first(link->names),
			.unsent_bytes = link->out_len,
			.age_ms = rf_now_ms() - link->born_ms,
		};
		return true;
	}
	return false;
}

void
rf_transport_counters(const struct rf_transports *t, struct rf_transport_counters *out)
{
	*out = t->counters;
	for (uint32_t i = 0; i < t->config.listener_count; i++) {
		if (t->udp[i] != NULL)
			out->kernel_dropped += rf_udp_kernel_dropped(t->udp[i]);
	}
}
