/* SPDX-License-Identifier: BSD-2-Clause */
/* store/memory.c -- the store without a disk: a ring of records, and answers that come a commit
 * later, so that nobody learns to rely on being answered at once. */
#include "store/store.h"

#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

struct record {
	uint64_t session;
	enum rf_store_kind kind;
	uint32_t len;
	char *text;
};

struct rf_store {
	struct event *commit;
	struct timeval interval;
	rf_store_done_fn *done;
	void *user;
	uint32_t pending, pending_max;
	struct waiting {
		rf_token token;
		bool stored;
	} *waiting;                             /* pending answers, in order */
	uint64_t count;                         /* records put so far */
	struct record ring[RF_STORE_RECORDS_MAX];
};

static void
commit(evutil_socket_t fd, short what, void *user)
{
	struct rf_store *store = user;
	uint32_t count = store->pending;
	(void)fd;
	(void)what;
	/* Answers may lead to new puts: they wait for the next commit. */
	struct waiting *batch = malloc(count * sizeof *batch + 1);
	if (batch == NULL)
		abort();
	memcpy(batch, store->waiting, count * sizeof *batch);
	store->pending = 0;
	for (uint32_t i = 0; i < count; i++)
		store->done(store->user, batch[i].token, batch[i].stored);
	free(batch);
	if (store->pending > 0)
		event_add(store->commit, &store->interval);
}

struct rf_store *
rf_store_open_memory(
    struct event_base *base, rf_time commit_interval, rf_store_done_fn *done, void *user)
{
	struct rf_store *store = calloc(1, sizeof *store);
	if (store == NULL)
		return NULL;
	store->waiting = calloc(RF_STORE_PENDING_MAX, sizeof *store->waiting);
	store->commit = event_new(base, -1, 0, commit, store);
	if (store->waiting == NULL || store->commit == NULL) {
		rf_store_close(store);
		return NULL;
	}
	store->interval = (struct timeval){ .tv_sec = commit_interval / RF_SECOND,
		.tv_usec = commit_interval % RF_SECOND };
	store->done = done;
	store->user = user;
	return store;
}

void
rf_store_close(struct rf_store *store)
{
	if (store == NULL)
		return;
	for (uint32_t i = 0; i < RF_STORE_RECORDS_MAX; i++)
		free(store->ring[i].text);
	if (store->commit != NULL)
		event_free(store->commit);
	free(store->waiting);
	free(store);
}

void
rf_store_put(struct rf_store *store, rf_token token, enum rf_store_kind kind, uint64_t session,
    struct rf_slice text)
{
	struct record *r = &store->ring[store->count % RF_STORE_RECORDS_MAX];
	char *copy = text.len <= RF_STORE_RECORD_LEN_MAX ? malloc(text.len + 1u) : NULL;
	if (copy != NULL) {
		memcpy(copy, text.p, text.len);
		free(r->text);
		*r = (struct record){ session, kind, text.len, copy };
		store->count++;
	}
	/* A full queue gives no answer: the engine bounds its wait itself. */
	if (token == 0 || store->pending == RF_STORE_PENDING_MAX)
		return;
	if (store->pending == 0)
		event_add(store->commit, &store->interval);
	store->waiting[store->pending++] = (struct waiting){ token, copy != NULL };
}

bool
rf_store_record_next(const struct rf_store *store, uint64_t session, uint64_t *cursor,
    enum rf_store_kind *kind, struct rf_slice *record)
{
	if (store->count > RF_STORE_RECORDS_MAX && *cursor < store->count - RF_STORE_RECORDS_MAX)
		*cursor = store->count - RF_STORE_RECORDS_MAX;
	while (*cursor < store->count) {
		const struct record *r = &store->ring[(*cursor)++ % RF_STORE_RECORDS_MAX];
		if (r->session == session) {
			*kind = r->kind;
			*record = (struct rf_slice){ r->text, r->len };
			return true;
		}
	}
	return false;
}

uint32_t
rf_store_pending(const struct rf_store *store)
{
	return store->pending;
}
