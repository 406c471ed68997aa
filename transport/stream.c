/* SPDX-License-Identifier: BSD-2-Clause */
/* transport/stream.c -- the bytes of one link: messages cut out of what comes, output gathered into
 * one run of bytes until the turn ends.
 *
 * An idle link owns no buffer: input is read into memory that all links share, and only what an
 * unfinished message leaves over is kept. */
#include "transport/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	INPUT_MAX = RF_MESSAGE_MAX + RF_READ_MAX,
	INPUT_MIN = 2048,
	OUTPUT_MIN = 4096,
	UNSENT_MIN = 8,
};

/* ---- input --------------------------------------------------------------------------------- */

/* CRLFs between messages.  Two are a ping and get one back, one is an answer to ours or the first
 * half of a ping (RFC 5626 4.4.1).  Returns how many bytes that were. */
static uint32_t
take_keepalives(struct rf_link *link, const char *p, uint32_t len)
{
	uint32_t used = 0;
	while (!link->doomed && len - used >= 2 && p[used] == '\r' && p[used + 1] == '\n') {
		used += 2;
		if (link->half_ping) {
			link->half_ping = false;
			link->t->counters.pings_received++;
			(void)rf_stream_queue(link, RF_SLICE("\r\n"), 0);
		} else if (link->awaits_pong) {
			link->awaits_pong = false;
			link->answers_pings = true;
		} else {
			link->half_ping = true;
		}
	}
	return used;
}

/* Tells the whole messages at the head of the bytes; returns how many bytes they were. */
static uint32_t
tell_messages(struct rf_link *link, const char *p, uint32_t len, uint32_t *quota)
{
	struct rf_transports *t = link->t;
	uint32_t used = 0;
	while (!link->doomed && *quota > 0) {
		uint32_t blank = take_keepalives(link, p + used, len - used);
		if (blank > 0)
			link->scanned = 0;      /* it counts from where the message begins */
		used += blank;
		if (used == len)
			break;
		struct rf_slice rest = { p + used, len - used };
		int32_t n = rf_frame_next(rest, &link->scanned);
		if (n == 0)
			break;
		link->scanned = 0;
		if (n < 0) {
			char text[64];
			rf_addr_text(text, &link->path.remote);
			rf_transport_log(t, RF_TRANSPORT_INFO, "%s: %s", text,
			    n == RF_FRAME_TOO_LARGE ? "message too large for a stream"
						    : "stream cannot be followed");
			rf_link_doom(link, RF_LINK_FRAMING);
			break;
		}
		link->half_ping = false;
		link->in_since_ms = link->heard_ms;
		t->counters.rx_messages++;
		(*quota)--;
		t->call.message(t->user, &link->path, (struct rf_slice){ p + used, (uint32_t)n });
		used += (uint32_t)n;
	}
	return used;
}

/* Keeps what is left over of `p`: the shared memory, or the link's own buffer. */
static void
keep(struct rf_link *link, const char *p, uint32_t len)
{
	bool begins = link->in_len == 0 && len > 0;
	if (len == 0) {
		free(link->in);
		link->in = NULL;
		link->in_max = 0;
	} else if (link->in == NULL) {
		uint32_t max = len > INPUT_MIN / 2 ? len + INPUT_MIN : INPUT_MIN;
		link->in = malloc(max);
		if (link->in == NULL) {
			rf_link_doom(link, RF_LINK_LIMIT);
			return;
		}
		link->in_max = max;
		memcpy(link->in, p, len);
	} else {
		memmove(link->in, p, len);
	}
	link->in_len = len;
	if (begins) {
		link->in_since_ms = link->heard_ms;
		rf_link_watch(link);
	}
}

static bool
grow_input(struct rf_link *link)
{
	if (link->in_max - link->in_len >= INPUT_MIN / 2)
		return true;
	uint32_t max = link->in_max * 2 < INPUT_MAX ? link->in_max * 2 : INPUT_MAX;
	char *grown = realloc(link->in, max);
	if (grown == NULL || max == link->in_len) {
		rf_link_doom(link, grown == NULL ? RF_LINK_LIMIT : RF_LINK_FRAMING);
		link->in = grown != NULL ? grown : link->in;
		return false;
	}
	link->in = grown;
	link->in_max = max;
	return true;
}

static int32_t
read_plain(struct rf_link *link, char *to, uint32_t max)
{
	ssize_t n;
	do
		n = recv(link->fd, to, max, MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	if (n > 0)
		return (int32_t)n;
	if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return 0;
	if (n == 0)
		rf_link_doom(link, link->in_len > 0 ? RF_LINK_TRUNCATED : RF_LINK_CLOSED);
	else
		rf_link_doom(link, errno == ETIMEDOUT ? RF_LINK_TIMEOUT : RF_LINK_RESET);
	return -1;
}

/* One read and what it completes.  True: there may be more at once. */
static bool
read_once(struct rf_link *link, uint32_t *quota)
{
	struct rf_transports *t = link->t;
	char *base = &t->scratch[0][0];
	uint32_t room = RF_READ_MAX;
	if (link->in_len > 0) {
		if (!grow_input(link))
			return false;
		base = link->in;
		room = link->in_max - link->in_len;
	}
	int32_t n = link->ssl != NULL ? rf_tls_read(link, base + link->in_len, room)
				      : read_plain(link, base + link->in_len, room);
	if (n <= 0)
		return false;
	link->heard_ms = rf_now_ms();
	t->counters.rx_bytes += (uint32_t)n;
	uint32_t have = link->in_len + (uint32_t)n;
	uint32_t used = tell_messages(link, base, have, quota);
	if (!link->doomed)
		keep(link, base + used, have - used);
	/* What is still in the socket makes the loop come back. */
	return !link->doomed && (link->ssl != NULL ? SSL_has_pending(link->ssl) == 1
						   : (uint32_t)n == room);
}

/* Readable, or whole messages were left over from the last turn.  One link has its share of a turn
 * and no more; the rest waits behind the others. */
void
rf_stream_read(struct rf_link *link)
{
	struct rf_transports *t = link->t;
	uint32_t quota = RF_MESSAGES_PER_TURN, reads = 0;
	if (link->doomed)
		return;
	if (link->in_len > 0 && link->again) {
		uint32_t used = tell_messages(link, link->in, link->in_len, &quota);
		if (!link->doomed)
			keep(link, link->in + used, link->in_len - used);
	}
	if (link->again) {
		TAILQ_REMOVE(&t->again, link, again_entry);
		link->again = false;
	}
	bool more = !link->doomed;
	while (more && quota > 0 && reads++ < RF_READS_PER_TURN)
		more = read_once(link, &quota);
	if (!link->doomed && (quota == 0 || more)) {
		static const struct timeval next_turn;
		TAILQ_INSERT_TAIL(&t->again, link, again_entry);
		link->again = true;
		event_add(&t->resume, &next_turn);
	}
	if (quota < RF_MESSAGES_PER_TURN && t->call.turn_end != NULL)
		t->call.turn_end(t->user);
}

/* ---- output -------------------------------------------------------------------------------- */

static bool
reserve_output(struct rf_link *link, uint32_t len)
{
	if (link->out_start + link->out_len + len <= link->out_max)
		return true;
	if (link->out_start > 0) {
		memmove(link->out, link->out + link->out_start, link->out_len);
		link->out_start = 0;
	}
	uint32_t max = link->out_max < OUTPUT_MIN ? OUTPUT_MIN : link->out_max;
	while (max < link->out_len + len)
		max *= 2;
	if (max == link->out_max)
		return true;
	char *grown = realloc(link->out, max);
	if (grown == NULL)
		return false;
	link->out = grown;
	link->out_max = max;
	return true;
}

static bool
remember_token(struct rf_link *link, rf_token token, uint64_t end)
{
	if (link->unsent_first + link->unsent_count == link->unsent_max) {
		if (link->unsent_first > 0) {
			memmove(link->unsent, link->unsent + link->unsent_first,
			    link->unsent_count * sizeof(struct rf_unsent));
			link->unsent_first = 0;
		} else {
			uint32_t max = link->unsent_max == 0 ? UNSENT_MIN : link->unsent_max * 2;
			struct rf_unsent *grown =
			    realloc(link->unsent, max * sizeof(struct rf_unsent));
			if (grown == NULL)
				return false;
			link->unsent = grown;
			link->unsent_max = max;
		}
	}
	link->unsent[link->unsent_first + link->unsent_count++] = (struct rf_unsent){ token, end };
	return true;
}

bool
rf_stream_queue(struct rf_link *link, struct rf_slice bytes, rf_token token)
{
	struct rf_transports *t = link->t;
	uint32_t bound = link->stage == RF_STAGE_UP ? RF_LINK_OUTPUT_MAX : RF_LINK_PENDING_MAX;
	if (link->out_len + (uint64_t)bytes.len > bound) {
		if (link->stage == RF_STAGE_UP)
			rf_link_doom(link, RF_LINK_BACKPRESSURE);
		return false;
	}
	if (link->unsent_count >= RF_LINK_TOKENS_MAX || !reserve_output(link, bytes.len))
		return false;
	uint64_t end = link->written + link->out_len + bytes.len;
	if (token != 0 && !remember_token(link, token, end))
		return false;
	if (link->out_len == 0)
		link->out_since_ms = rf_now_ms();
	memcpy(link->out + link->out_start + link->out_len, bytes.p, bytes.len);
	link->out_len += bytes.len;
	if (link->stage == RF_STAGE_UP && !link->dirty) {
		TAILQ_INSERT_TAIL(&t->dirty, link, dirty_entry);
		link->dirty = true;
		rf_transport_schedule(t);
	}
	return true;
}

static int32_t
write_plain(struct rf_link *link, const char *from, uint32_t len)
{
	ssize_t n;
	do
		n = send(link->fd, from, len, MSG_DONTWAIT | MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	if (n >= 0)
		return (int32_t)n;
	if (errno == EAGAIN || errno == EWOULDBLOCK)
		return 0;
	rf_link_doom(link, errno == ETIMEDOUT ? RF_LINK_TIMEOUT : RF_LINK_RESET);
	return -1;
}

static void
forget_written(struct rf_link *link, uint32_t n)
{
	link->written += n;
	link->out_start += n;
	link->out_len -= n;
	link->t->counters.tx_bytes += n;
	while (link->unsent_count > 0 && link->unsent[link->unsent_first].end <= link->written) {
		link->unsent_first++;
		link->unsent_count--;
	}
	if (link->unsent_count == 0)
		link->unsent_first = 0;
}

void
rf_stream_write(struct rf_link *link)
{
	int32_t n = 1;
	while (link->out_len > 0 && n > 0) {
		const char *from = link->out + link->out_start;
		n = link->ssl != NULL ? rf_tls_write(link, from, link->out_len)
				      : write_plain(link, from, link->out_len);
		if (n > 0) {
			link->wrote_ms = link->out_since_ms = rf_now_ms();
			forget_written(link, (uint32_t)n);
		}
	}
	if (link->out_len == 0) {
		rf_stream_free(link);
	} else if (!link->doomed && !event_pending(&link->writable, EV_WRITE, NULL)) {
		event_add(&link->writable, NULL);
		rf_link_watch(link);
	}
}

/* Output memory, and at the end of its life the rest. */
void
rf_stream_free(struct rf_link *link)
{
	free(link->out);
	link->out = NULL;
	link->out_start = link->out_max = 0;
	if (link->unsent_count == 0 || link->doomed) {
		free(link->unsent);
		link->unsent = NULL;
		link->unsent_first = link->unsent_count = link->unsent_max = 0;
	}
	if (link->doomed) {
		free(link->in);
		link->in = NULL;
		link->in_len = link->in_max = 0;
	}
}
