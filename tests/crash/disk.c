/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/crash/disk.c -- see disk.h.  A put waits here for its answer, so that a run depends on its
 * seed alone, although the store commits on a thread of its own. */
#include "tests/crash/disk.h"

#include <assert.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/store.h"
#include "tests/crash/vfs.h"

enum { SEEN_MAX = 64 };

struct crash_disk {
	struct world *w;
	struct event_base *base;
	struct rf_store *store;
	uint64_t seed;
	char folder[64], url[96];
	bool answered, stored;
	uint64_t seen[SEEN_MAX];                /* sessions that were put */
	uint32_t seens;
};

static void
done(void *user, rf_token token, bool stored)
{
	struct crash_disk *d = user;
	(void)token;
	d->answered = true;
	d->stored = stored;
}

static void
notice(void *user, enum rf_store_level level, const char *event, const char *text)
{
	(void)user, (void)level, (void)event, (void)text;
}

static void
open_store(struct crash_disk *d)
{
	static const struct rf_store_callbacks callbacks = { .done = done, .notice = notice };
	char error[RF_STORE_ERROR_MAX];
	crash_vfs_power_on(++d->seed);
	d->store = rf_store_open(d->base, &(struct rf_store_config){ .url = d->url,
		.vfs = CRASH_VFS, .synchronous = RF_STORE_FULL }, &callbacks, d, error);
	if (d->store == NULL)
		world_fail(d->w, "the store does not open: %s", error);
}

static bool
durable(void *user, const struct world_item *item)
{
	struct crash_disk *d = user;
	bool known = false;
	for (uint32_t i = 0; i < d->seens; i++)
		known = known || d->seen[i] == item->session;
	if (!known) {
		assert(d->seens < SEEN_MAX);
		d->seen[d->seens++] = item->session;
	}
	d->answered = false;
	rf_store_put(d->store, &(struct rf_store_put){ .token = 1, .kind = item->store,
		.session = item->session, .saved_us = d->w->now,
		.snapshot = { item->bytes, item->snapshot_len },
		.event = { item->bytes + item->snapshot_len, item->len - item->snapshot_len } });
	while (!d->answered)
		event_base_loop(d->base, EVLOOP_ONCE);
	d->w->powerless = crash_vfs_is_off();
	return d->stored;
}

struct reading {
	struct world *w;
	uint64_t session;
};

static void
take_event(void *user, enum rf_store_kind kind, struct rf_slice event)
{
	const struct reading *reading = user;
	world_record_add(reading->w, reading->session, kind, event);
}

/* After the power failure the world remembers what the file does, and nothing else. */
static void
reread(void *user, struct world *w)
{
	struct crash_disk *d = user;
	struct rf_store_saved saved[RF_STORE_RESTORE_MAX];
	char error[RF_STORE_ERROR_MAX], memory[128];
	int count;
	crash_vfs_power_off();
	rf_store_close(d->store);
	snprintf(memory, sizeof memory, "%s/crash.db-shm", d->folder);
	unlink(memory);
	open_store(d);
	world_keep_fini(w);
	w->powerless = false;
	if (d->store == NULL)
		return;
	while ((count = rf_store_restore_next(d->store, saved, error)) > 0) {
		for (int i = 0; i < count; i++) {
			struct world_kept *kept = world_keep(w, saved[i].session,
			    saved[i].snapshot);
			kept->at = saved[i].saved_us;
			kept->start = w->starts + 1 - saved[i].restarts;
		}
	}
	if (count < 0)
		world_fail(w, "the sessions cannot be read: %s", error);
	for (uint32_t i = 0; i < d->seens; i++) {
		struct reading reading = { w, d->seen[i] };
		rf_store_events(d->store, d->seen[i], take_event, &reading);
	}
}

struct crash_disk *
crash_disk_new(struct world *w, uint64_t seed)
{
	struct crash_disk *d = calloc(1, sizeof *d);
	assert(d != NULL);
	crash_vfs_install();
	d->w = w;
	d->seed = seed * 1000;
	d->base = event_base_new();
	snprintf(d->folder, sizeof d->folder, "/tmp/referee-crash-XXXXXX");
	char *made = mkdtemp(d->folder);
	assert(d->base != NULL && made != NULL);
	snprintf(d->url, sizeof d->url, "sqlite:%s/crash.db", d->folder);
	open_store(d);
	w->disk = d;
	w->durable = durable;
	w->reread = reread;
	return d;
}

void
crash_disk_fails_at(struct crash_disk *d, uint64_t operation)
{
	(void)d;
	crash_vfs_power_fails_at(operation);
}

void
crash_disk_reread(struct crash_disk *d)
{
	reread(d, d->w);
}

void
crash_disk_free(struct crash_disk *d)
{
	static const char *const names[] = { "crash.db", "crash.db-wal", "crash.db-shm" };
	char path[128];
	if (d->store != NULL)
		rf_store_close(d->store);
	for (size_t i = 0; i < RF_ARRAY_LEN(names); i++) {
		snprintf(path, sizeof path, "%s/%s", d->folder, names[i]);
		unlink(path);
	}
	rmdir(d->folder);
	event_base_free(d->base);
	free(d);
}
