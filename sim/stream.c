/* SPDX-License-Identifier: BSD-2-Clause */
/* sim/stream.c -- pieces of a stream become messages, by the framing that production uses.
 *
 * What transport/stream.c does with bytes, without sockets: CRLFs between messages are keepalives
 * that the engine never sees, and a stream that cannot be followed ends. */
#include "sim/world.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static void
append(struct world_link *link, const struct world_item *item)
{
	link->in = realloc(link->in, link->in_len + item->len + 1);
	assert(link->in != NULL);
	memcpy(link->in + link->in_len, item->bytes, item->len);
	link->in_len += item->len;
}

static void
skip(struct world_link *link, uint32_t len)
{
	link->in_len -= len;
	memmove(link->in, link->in + len, link->in_len);
	link->in_scanned = 0;
}

/* RFC 5626 4.4.1 */
static void
skip_keepalives(struct world_link *link)
{
	while (link->in_len >= 2 && link->in[0] == '\r' && link->in[1] == '\n')
		skip(link, 2);
}

void
world_stream_arrive(struct world *w, const struct world_item *item)
{
	uint32_t number = item->link;
	if (w->down || !w->link[number - 1].up)
		return;
	append(&w->link[number - 1], item);
	for (;;) {
		/* What a message leads to may move or end the connections: look again each time. */
		struct world_link *link = &w->link[number - 1];
		skip_keepalives(link);
		if (!link->up || link->in_len == 0)
			return;
		int32_t len =
		    rf_frame_next((struct rf_slice){ link->in, link->in_len }, &link->in_scanned);
		if (len == 0)
			return;
		if (len < 0) {
			link->in_len = 0;
			world_link_end(w, number, RF_LINK_FRAMING);
			return;
		}
		char *message = malloc((size_t)len);
		assert(message != NULL);
		memcpy(message, link->in, (size_t)len);
		skip(link, (uint32_t)len);
		world_arrive(w, item, (struct rf_slice){ message, (uint32_t)len });
		free(message);
	}
}
