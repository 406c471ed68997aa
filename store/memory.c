/* SPDX-License-Identifier: BSD-2-Clause */
/* store/memory.c -- the store without a disk: a ring of events, and no outbox.  Snapshots would be
 * read by nobody, so none is kept. */
#include "store/internal.h"

#include <stdlib.h>
#include <string.h>

struct record {
	uint64_t session;
	enum rf_store_kind kind;
	uint32_t len;
	char *text;
};

struct memory {
	struct rf_store *store;
	uint64_t count;                         /* events kept so far */
	struct record ring[RF_STORE_EVENTS_MAX];
};

static void *
memory_open(struct rf_store *store, const struct rf_store_config *config, const char *path,
    char error[RF_STORE_ERROR_MAX])
{
	struct memory *m = calloc(1, sizeof *m);
	(void)config;
	(void)path;
	(void)error;
	if (m != NULL)
		m->store = store;
	return m;
}

static void
memory_close(void *self)
{
	struct memory *m = self;
	for (uint32_t i = 0; i < RF_STORE_EVENTS_MAX; i++)
		free(m->ring[i].text);
	free(m);
}

static bool
keep(struct memory *m, const struct rf_store_batch *batch)
{
	struct rf_store_work work;
	size_t at = 0;
	while (rf_store_batch_next(batch, &at, &work)) {
		struct record *r = &m->ring[m->count % RF_STORE_EVENTS_MAX];
		const struct rf_store_put put = work.put;
		if (put.event.len == 0)
			continue;
		char *copy = malloc(put.event.len);
		if (copy == NULL)
			return false;
		memcpy(copy, put.event.p, put.event.len);
		free(r->text);
		*r = (struct record){ put.session, put.kind, put.event.len, copy };
		m->count++;
	}
	return true;
}

static bool
memory_commit(void *self, const struct rf_store_batch *retry, const struct rf_store_batch *batch,
    struct rf_store_rows *rows)
{
	struct memory *m = self;
	uint64_t before = m->count;
	(void)rows;
	if (!keep(m, retry) || !keep(m, batch)) {
		m->count = before;
		return false;
	}
	rf_store_count(m->store, RF_STORE_COUNT_rows, m->count - before);
	rf_store_count(m->store, RF_STORE_COUNT_bytes, batch->len);
	return true;
}

static bool
memory_maintain(void *self)
{
	(void)self;
	return false;
}

static int
memory_restore_next(void *self, struct rf_store_saved *out, char error[RF_STORE_ERROR_MAX])
{
	(void)self;
	(void)out;
	(void)error;
	return 0;
}

static bool
memory_review(void *self, uint64_t session, const char *why)
{
	(void)self;
	(void)session;
	(void)why;
	return false;
}

static void
memory_events(const void *self, uint64_t session, rf_store_event_fn *each, void *user)
{
	const struct memory *m = self;
	uint64_t i = m->count > RF_STORE_EVENTS_MAX ? m->count - RF_STORE_EVENTS_MAX : 0;
	for (; i < m->count; i++) {
		const struct record *r = &m->ring[i % RF_STORE_EVENTS_MAX];
		if (r->session == session)
			each(user, r->kind, (struct rf_slice){ r->text, r->len });
	}
}

static uint64_t
memory_newest(const void *self)
{
	const struct memory *m = self;
	return m->count == 0 ? 0 : m->ring[(m->count - 1) % RF_STORE_EVENTS_MAX].session;
}

static void
memory_depths(const void *self, struct rf_store_depths *out)
{
	(void)self;
	*out = (struct rf_store_depths){ 0 };
}

const struct rf_store_backend rf_store_memory = { .scheme = "memory:",
	.open = memory_open,
	.close = memory_close,
	.commit = memory_commit,
	.maintain = memory_maintain,
	.restore_next = memory_restore_next,
	.review = memory_review,
	.events = memory_events,
	.newest = memory_newest,
	.depths = memory_depths };
