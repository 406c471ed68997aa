/* SPDX-License-Identifier: BSD-2-Clause */
/* transport/link.c -- the life of a connection: how it is found, opened, watched, and buried.
 *
 * One table by id and one by source address.  A link is removed from both, and told to the
 * caller as down, in rf_links_bury() only, at the end of a turn. */
#include "transport/internal.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- tables ---------------------------------------------------------------------------- */

/* An IPv6 host owns its /64: counted by address it would be unlimited. */
static uint32_t
source_bucket(const struct rf_transports *t, const struct rf_addr *a)
{
	uint64_t high, low;
	memcpy(&high, a->ip, sizeof(high));
	memcpy(&low, a->ip + 8, sizeof(low));
	uint64_t h = high ^ t->hash_seed;
	if (rf_addr_is_ipv4(a))
		h ^= low;
	h *= 0x9e3779b97f4a7c15u;
	h ^= h >> 32;
	h *= t->hash_seed | 1;
	return (uint32_t)(h >> 32) & t->bucket_mask;
}

static bool
same_source(const struct rf_addr *a, const struct rf_addr *b)
{
	return memcmp(a->ip, b->ip, rf_addr_is_ipv4(a) ? 16 : 8) == 0;
}

bool
rf_links_init(struct rf_transports *t)
{
	uint32_t max = t->config.links_max, buckets = 64;
	while (buckets < max)
		buckets *= 2;
	t->bucket_mask = buckets - 1;
	t->slot = calloc(max, sizeof(struct rf_link *));
	t->generation = calloc(max, sizeof(uint16_t));
	t->free_slot = calloc(max, sizeof(uint16_t));
	t->bucket = calloc(buckets, sizeof(struct rf_link *));
	TAILQ_INIT(&t->dirty);
	TAILQ_INIT(&t->again);
	TAILQ_INIT(&t->doomed);
	if (t->slot == NULL || t->generation == NULL || t->free_slot == NULL || t->bucket == NULL)
		return false;
	for (uint32_t i = 0; i < max; i++)
		t->free_slot[i] = (uint16_t)i;
	t->free_count = max;
	return true;
}

struct rf_link *
rf_link_find(struct rf_transports *t, uint32_t id)
{
	uint32_t slot = id & 0xffff;
	if (slot >= t->config.links_max || t->slot[slot] == NULL)
		return NULL;
	struct rf_link *link = t->slot[slot];
	return link->path.link == id && !link->doomed ? link : NULL;
}

uint32_t
rf_link_count_source(struct rf_transports *t, const struct rf_addr *remote)
{
	uint32_t count = 0;
	for (struct rf_link *l = t->bucket[source_bucket(t, remote)]; l != NULL; l = l->next)
		count += l->incoming && same_source(&l->path.remote, remote);
	return count;
}

static void
unlink_tables(struct rf_link *link)
{
	struct rf_transports *t = link->t;
	struct rf_link **at = &t->bucket[source_bucket(t, &link->path.remote)];
	while (*at != link)
		at = &(*at)->next;
	*at = link->next;
	uint32_t slot = link->path.link & 0xffff;
	t->slot[slot] = NULL;
	t->free_slot[(t->free_first + t->free_count++) % t->config.links_max] = (uint16_t)slot;
	t->counters.links--;
}

/* ---- events ------------------------------------------------------------------------------ */

static void
on_connected(struct rf_link *link)
{
	int why = 0;
	socklen_t len = sizeof(why);
	if (getsockopt(link->fd, SOL_SOCKET, SO_ERROR, &why, &len) != 0 || why != 0)
		rf_link_doom(link, RF_LINK_REFUSED);
	else
		rf_link_established(link);
}

static void
become_up(struct rf_link *link)
{
	struct rf_transports *t = link->t;
	struct rf_identities identities;
	link->stage = RF_STAGE_UP;
	rf_identity_list(&identities, link->names);
	rf_link_watch(link);
	t->call.link_up(t->user, &link->path, link->opened_by, &identities);
	if (!link->doomed && link->out_len > 0)
		rf_stream_write(link);
}

static void
go_on(struct rf_link *link)
{
	if (link->stage == RF_STAGE_CONNECT) {
		on_connected(link);
	} else if (link->stage == RF_STAGE_HANDSHAKE) {
		if (rf_tls_handshake(link)) {
			become_up(link);
			/* What came with the last flight is in OpenSSL's buffer, untold. */
			if (!link->doomed)
				rf_stream_read(link);
		}
	}
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct rf_link *link = arg;
	(void)fd;
	(void)what;
	if (link->stage == RF_STAGE_UP)
		rf_stream_read(link);
	else
		go_on(link);
}

static void
on_writable(evutil_socket_t fd, short what, void *arg)
{
	struct rf_link *link = arg;
	(void)fd;
	(void)what;
	if (link->stage != RF_STAGE_UP) {
		go_on(link);
		return;
	}
	if (link->read_wants_write)
		rf_stream_read(link);
	if (!link->doomed && link->out_len > 0)
		rf_stream_write(link);
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct rf_link *link = arg;
	(void)fd;
	(void)what;
	if (link->stage == RF_STAGE_UP)
		rf_link_watch(link);
	else
		rf_link_doom(link, RF_LINK_TIMEOUT);
}

static void
arm(struct rf_link *link, int64_t ms)
{
	struct timeval in = { .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };
	event_add(&link->timer, &in);
}

/* Time left until `since` + `bound`; dooms when there is none. */
static int64_t
left(struct rf_link *link, int64_t now, int64_t since, int64_t bound, enum rf_link_reason reason)
{
	int64_t ms = since + bound - now;
	if (ms <= 0)
		rf_link_doom(link, reason);
	return ms;
}

static int64_t
lesser(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* Ends a link that has overstayed one of its times, pings, and sets the timer for the next one due.
 * Called when the timer fires and when a shorter time begins; activity itself touches no timer. */
void
rf_link_watch(struct rf_link *link)
{
	const struct rf_transport_config *config = &link->t->config;
	int64_t now = rf_now_ms(), next = INT32_MAX;
	int64_t moved = link->heard_ms > link->wrote_ms ? link->heard_ms : link->wrote_ms;
	if (config->keepalive_ms > 0 && !link->incoming) {
		/* 80 to 100 % of the period, so that links of one moment do not ping in step. */
		int64_t period = config->keepalive_ms;
		period -= link->path.link * 2654435761u % 1024 * period / 5120;
		if (now - link->wrote_ms >= period && link->out_len == 0) {
			(void)rf_stream_queue(link, RF_SLICE("\r\n\r\n"), 0);
			link->t->counters.pings_sent++;
			link->awaits_pong = true;
			link->ping_ms = link->wrote_ms = now;
		}
		next = lesser(next, link->wrote_ms + period - now);
	}
	if (config->idle_ms > 0)
		next = lesser(next, left(link, now, moved, config->idle_ms, RF_LINK_IDLE));
	if (link->in_len > 0)
		next = lesser(next,
		    left(link, now, link->in_since_ms, RF_MESSAGE_MS, RF_LINK_TIMEOUT));
	if (link->out_len > 0)
		next = lesser(next,
		    left(link, now, link->out_since_ms, RF_STALL_MS, RF_LINK_BACKPRESSURE));
	if (link->awaits_pong && link->answers_pings)
		next = lesser(next, left(link, now, link->ping_ms, RF_PONG_MS, RF_LINK_TIMEOUT));
	if (!link->doomed && next < INT32_MAX)
		arm(link, next > 0 ? next : 1);
}

/* ---- birth --------------------------------------------------------------------------------- */

struct rf_link *
rf_link_new(struct rf_transports *t, int fd, uint32_t listener, const struct rf_path *path,
    bool incoming)
{
	struct rf_link *link = t->free_count > 0 ? calloc(1, sizeof(*link)) : NULL;
	if (link == NULL) {
		close(fd);
		return NULL;
	}
	uint16_t slot = t->free_slot[t->free_first];
	t->free_first = (t->free_first + 1) % t->config.links_max;
	t->free_count--;
	if (++t->generation[slot] == 0)
		t->generation[slot] = 1;        /* 0 would make slot 0 the link that means "none" */
	t->slot[slot] = link;
	t->counters.links++;
	link->t = t;
	link->fd = fd;
	link->path = *path;
	link->path.link = (uint32_t)t->generation[slot] << 16 | slot;
	link->listener = (uint8_t)listener;
	link->incoming = incoming;
	link->tls_generation = t->tls_generation;
	link->born_ms = link->heard_ms = link->wrote_ms = rf_now_ms();
	struct rf_link **head = &t->bucket[source_bucket(t, &path->remote)];
	link->next = *head;
	*head = link;
	event_assign(&link->readable, t->base, fd, EV_READ | EV_PERSIST, on_readable, link);
	event_assign(&link->writable, t->base, fd, EV_WRITE, on_writable, link);
	event_assign(&link->timer, t->base, -1, 0, on_timer, link);
	return link;
}

void
rf_link_established(struct rf_link *link)
{
	event_add(&link->readable, NULL);
	if (link->path.remote.proto != RF_TLS) {
		become_up(link);
		return;
	}
	link->stage = RF_STAGE_HANDSHAKE;
	link->tls_generation = link->t->tls_generation;
	arm(link, link->t->config.handshake_ms);
	if (!rf_tls_start(link))
		rf_link_doom(link, RF_LINK_CERTIFICATE);
	else if (!link->incoming)
		go_on(link);
}

static bool
may_carry(const struct rf_link *link, const struct rf_path *path, struct rf_slice identity)
{
	const struct rf_addr *there = &link->path.remote;
	if (link->doomed || there->proto != path->remote.proto ||
	    !rf_addr_same(&link->path.local, &path->local))
		return false;
	bool alias = link->t->config.alias && link->incoming && identity.len > 0 &&
		     memcmp(there->ip, path->remote.ip, sizeof(there->ip)) == 0 &&
		     there->scope == path->remote.scope;
	if (!rf_addr_same(there, &path->remote) && !alias)
		return false;
	if (there->proto != RF_TLS)
		return true;
	if (link->tls_generation != link->t->tls_generation)
		return false;
	if (link->stage == RF_STAGE_UP)
		return link->names != NULL &&
		       (identity.len == 0 || rf_identity_match(link->names, identity));
	if (link->incoming)
		return false;
	return link->wanted == NULL ? identity.len == 0
				    : rf_slice_equal_nocase(rf_slice_of(link->wanted), identity);
}

/* A hit moves to the front of its bucket: one busy peer with many links costs one look. */
static struct rf_link *
find_live(struct rf_transports *t, const struct rf_path *path, struct rf_slice identity)
{
	struct rf_link **head = &t->bucket[source_bucket(t, &path->remote)];
	for (struct rf_link **at = head; *at != NULL; at = &(*at)->next) {
		struct rf_link *link = *at;
		if (!may_carry(link, path, identity))
			continue;
		*at = link->next;
		link->next = *head;
		*head = link;
		return link;
	}
	return NULL;
}

/* A listener bound to one address speaks from it; to any, the kernel chooses. */
static int
begin_connect(const struct rf_transport_listener *from, const struct rf_addr *remote)
{
	struct sockaddr_storage address;
	int fd = rf_socket_open(remote, SOCK_STREAM);
	if (fd < 0)
		return -1;
	rf_socket_mark(fd, rf_addr_is_ipv4(remote), from->dscp);
	rf_socket_tune_stream(fd);
	if (!rf_addr_is_wildcard(&from->local)) {
		struct rf_addr any_port = from->local;
		int on = 1;
		any_port.port = 0;
		(void)setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on));
		socklen_t len = rf_addr_to_sockaddr(&address, &any_port);
		if (bind(fd, (struct sockaddr *)&address, len) != 0)
			goto fail;
	}
	socklen_t len = rf_addr_to_sockaddr(&address, remote);
	if (connect(fd, (struct sockaddr *)&address, len) == 0 || errno == EINPROGRESS)
		return fd;
fail:
	close(fd);
	return -1;
}

struct rf_link *
rf_link_reach(struct rf_transports *t, const struct rf_path *asked, struct rf_slice identity,
    rf_token token, enum rf_link_reason *reason)
{
	uint32_t listener = rf_transport_listener_of(t, &asked->local, &asked->remote);
	*reason = RF_LINK_REFUSED;
	if (listener >= t->config.listener_count || identity.len > RF_IDENTITY_LEN_MAX)
		return NULL;
	struct rf_path path = { .local = t->listener[listener].local, .remote = asked->remote };
	struct rf_link *link = find_live(t, &path, identity);
	if (link != NULL)
		return link;
	*reason = RF_LINK_LIMIT;
	if (t->free_count == 0)
		return NULL;
	t->counters.connects++;
	int fd = begin_connect(&t->listener[listener], &path.remote);
	*reason = RF_LINK_REFUSED;
	if (fd < 0) {
		t->counters.connects_failed++;
		return NULL;
	}
	link = rf_link_new(t, fd, listener, &path, false);
	if (link == NULL)
		return NULL;
	link->opened_by = token;
	if (identity.len > 0 && (link->wanted = strndup(identity.p, identity.len)) == NULL) {
		rf_link_doom(link, RF_LINK_LIMIT);
		return NULL;
	}
	event_add(&link->writable, NULL);
	arm(link, t->config.connect_ms);
	return link;
}

/* ---- death --------------------------------------------------------------------------------- */

void
rf_link_doom(struct rf_link *link, enum rf_link_reason reason)
{
	if (link->doomed)
		return;
	struct rf_transports *t = link->t;
	link->doomed = true;
	link->reason = (uint8_t)reason;
	event_del(&link->readable);
	event_del(&link->writable);
	event_del(&link->timer);
	TAILQ_INSERT_TAIL(&t->doomed, link, doomed_entry);
	t->counters.framing_errors += reason == RF_LINK_FRAMING;
	t->counters.backpressure += reason == RF_LINK_BACKPRESSURE;
	t->counters.timeouts += reason == RF_LINK_TIMEOUT || reason == RF_LINK_IDLE;
	t->counters.certificates_refused += reason == RF_LINK_CERTIFICATE;
	t->counters.connects_failed += link->stage == RF_STAGE_CONNECT;
	t->counters.handshakes_failed += link->stage == RF_STAGE_HANDSHAKE;
	rf_transport_schedule(t);
}

static void
release(struct rf_link *link)
{
	struct rf_transports *t = link->t;
	bool orderly = link->reason == RF_LINK_CLOSED || link->reason == RF_LINK_IDLE ||
		       link->reason == RF_LINK_FRAMING;
	if (link->dirty)
		TAILQ_REMOVE(&t->dirty, link, dirty_entry);
	if (link->again)
		TAILQ_REMOVE(&t->again, link, again_entry);
	unlink_tables(link);
	event_del(&link->readable);
	event_del(&link->writable);
	event_del(&link->timer);
	if (link->ssl != NULL)
		rf_tls_stop(link, orderly && link->stage == RF_STAGE_UP);
	close(link->fd);
}

static void
free_link(struct rf_link *link)
{
	rf_stream_free(link);
	free(link->wanted);
	free(link->names);
	free(link);
}

static void
bury(struct rf_link *link)
{
	struct rf_transports *t = link->t;
	enum rf_link_reason reason = link->reason;
	/* An answer to somebody who has stopped sending still goes out, if there is room for it. */
	if (reason == RF_LINK_CLOSED && link->stage == RF_STAGE_UP && link->out_len > 0)
		rf_stream_write(link);
	release(link);
	for (uint32_t i = 0; i < link->unsent_count; i++) {
		t->counters.sends_failed++;
		t->call.send_failed(t->user, link->unsent[link->unsent_first + i].token, reason);
	}
	if (link->stage == RF_STAGE_UP) {
		t->counters.links_down++;
		t->call.link_down(t->user, &link->path, reason);
	}
	free_link(link);
}

/* Those doomed by now; what callbacks doom meanwhile has the next turn. */
void
rf_links_bury(struct rf_transports *t)
{
	struct rf_link_list now = TAILQ_HEAD_INITIALIZER(now);
	TAILQ_CONCAT(&now, &t->doomed, doomed_entry);
	struct rf_link *link;
	while ((link = TAILQ_FIRST(&now)) != NULL) {
		TAILQ_REMOVE(&now, link, doomed_entry);
		bury(link);
	}
}

void
rf_links_fini(struct rf_transports *t)
{
	for (uint32_t i = 0; t->slot != NULL && i < t->config.links_max; i++) {
		struct rf_link *link = t->slot[i];
		if (link == NULL)
			continue;
		if (!link->doomed) {
			link->doomed = true;
			link->reason = RF_LINK_CLOSED;
		}
		release(link);
		free_link(link);
	}
	free(t->slot);
	free(t->generation);
	free(t->free_slot);
	free(t->bucket);
}
