/* SPDX-License-Identifier: BSD-2-Clause */
/* sim/keep.c -- the world's store, and the end and the beginning of a process.
 *
 * Durable is what was committed at its instant.  A crash takes the engine's block, its timers, its
 * connections and whatever was on the way to it; the network and the parties know nothing of it.
 * The new process has another seed, and gets the sessions back one by one, as production does. */
#include "sim/world.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	SEED_STEP = 0x101, /* between the seeds of one process and the next */
	TRIES_MAX = 60,    /* of a commit that fails; a world has to come to rest */
};

static struct world_kept *
find(struct world *w, uint64_t session)
{
	struct world_kept *kept;
	HASH_FIND(hh, w->kept_by_session, &session, sizeof session, kept);
	return kept;
}

static void
forget(struct world *w, struct world_kept *kept)
{
	HASH_DELETE(hh, w->kept_by_session, kept);
	w->kept[kept->index] = w->kept[--w->kepts];
	w->kept[kept->index]->index = kept->index;
	free(kept->snapshot);
	free(kept);
}

struct world_kept *
world_keep(struct world *w, uint64_t session, struct rf_slice snapshot)
{
	struct world_kept *kept = find(w, session);
	if (kept == NULL) {
		w->kept = world_grow(w->kept, w->kepts, &w->kept_room, sizeof(struct world_kept *));
		kept = calloc(1, sizeof *kept);
		assert(kept != NULL);
		kept->session = session;
		kept->index = w->kepts;
		w->kept[w->kepts++] = kept;
		HASH_ADD(hh, w->kept_by_session, session, sizeof kept->session, kept);
	}
	free(kept->snapshot);
	kept->snapshot = malloc(snapshot.len);
	assert(kept->snapshot != NULL);
	memcpy(kept->snapshot, snapshot.p, snapshot.len);
	kept->len = snapshot.len;
	kept->at = w->now;
	kept->start = w->starts;
	return kept;
}

void
world_record_add(struct world *w, uint64_t session, enum rf_store_kind kind, struct rf_slice text)
{
	w->record = world_grow(w->record, w->records, &w->record_room, sizeof *w->record);
	struct world_record *record = &w->record[w->records++];
	*record = (struct world_record){ .session = session, .kind = kind, .at = w->now,
		.text = strndup(text.p, text.len) };
	assert(record->text != NULL);
}

void
world_commit(struct world *w, const struct world_item *item)
{
	struct rf_slice snapshot = { item->bytes, item->snapshot_len };
	struct rf_slice event = { item->bytes + item->snapshot_len,
		item->len - item->snapshot_len };
	struct world_kept *kept = find(w, item->session);
	/* What comes late does not undo what was committed meanwhile. */
	bool lies = snapshot.len > 0 && (w->lies || weather_lies(w));
	bool overtaken = item->late && (kept == NULL || kept->put > item->put);
	if (snapshot.len > 0 && !overtaken && !lies)
		world_keep(w, item->session, snapshot)->put = item->put;
	else if (snapshot.len == 0 && kept != NULL)
		forget(w, kept);
	if (event.len > 0) {
		world_record_add(w, item->session, item->store, event);
		world_outbox_add(w, item->session, event);
	}
	if (!w->lies)
		checkers_stored(&w->checkers, w->now, item->session, item->store, event);
}

static struct weather_answer
weather_of(struct world *w, uint64_t session, enum rf_store_kind kind)
{
	uint64_t call = w->weather.list.spells > 0 ? weather_call(w, NULL, session) : 0;
	return weather_asks(w, WEATHER_STORE, call << 3 | kind);
}

void
world_fx_store(struct world *w, const struct rf_effect *x)
{
	static const char *const kind[] = { [RF_STORE_ESTABLISHED] = "established",
		[RF_STORE_PROMISE] = "promise",
		[RF_STORE_OUTCOME] = "outcome",
		[RF_STORE_WITHDRAWAL] = "withdrawal",
		[RF_STORE_ATTEMPT] = "attempt",
		[RF_STORE_ENDED] = "ended" };
	const struct world_oracle *oracle = &w->store[x->store];
	bool kept = x->store == RF_STORE_OUTCOME || x->store == RF_STORE_WITHDRAWAL ||
	    x->store == RF_STORE_ENDED;
	world_ladder_time(w);
	world_ladder(w, "%-8s <- referee  %s\n", "store", kind[x->store]);
	checkers_given(&w->checkers, w->now, x->session, x->store, x->token != 0);
	struct weather_answer weather = weather_of(w, x->session, x->store);
	w->checkers.unwell |= oracle->answer != WORLD_ANSWER || weather.never || weather.fail ||
	    weather.torn || w->lies || w->durable != NULL;
	/* Nobody waits for the end of a session: a store that hangs gets to it some day. */
	if (oracle->answer == WORLD_SILENT || (weather.never && x->store != RF_STORE_ENDED))
		return;
	bool stored = oracle->answer == WORLD_ANSWER && !weather.fail && !weather.torn;
	struct world_item *item = calloc(1, sizeof *item + x->snapshot.len + x->bytes.len + 1);
	assert(item != NULL);
	item->kind = WORLD_STORE;
	item->event = (struct rf_event){ .kind = RF_EV_ANSWER, .token = x->token,
		.stored = stored };
	item->tried_again = kept && !stored && !weather.torn;
	item->torn = weather.torn;
	item->again = weather.twice ? weather.again : RF_TIME_NEVER;
	item->session = x->session;
	item->put = ++w->puts;
	item->store = x->store;
	item->snapshot_len = x->snapshot.len;
	item->len = x->snapshot.len + x->bytes.len;
	if (x->snapshot.len > 0)
		memcpy(item->bytes, x->snapshot.p, x->snapshot.len);
	if (x->bytes.len > 0)
		memcpy(item->bytes + x->snapshot.len, x->bytes.p, x->bytes.len);
	/* Commits keep their order: a session's end is not overtaken by its beginning. */
	if (w->store_due < w->now + oracle->delay + weather.late)
		w->store_due = w->now + oracle->delay + weather.late;
	world_put(w, w->store_due, item);
}

/* What was told or is over is tried until it is durable, as the production store does: the answer
 * was no, once. */
static void
try_again(struct world *w, const struct world_item *item)
{
	struct world_item *again = malloc(sizeof *again + item->len + 1);
	assert(again != NULL);
	memcpy(again, item, sizeof *again + item->len + 1);
	again->event.token = 0;
	again->late = true;
	again->tries++;
	again->again = RF_TIME_NEVER;
	again->event.stored = w->store[item->store].answer == WORLD_ANSWER &&
	    !weather_of(w, item->session, item->store).fail;
	again->tried_again = !again->event.stored && again->tries < TRIES_MAX;
	world_put(w, w->now + RF_SECOND, again);
}

/* The same answer once more: it falls on nobody. */
static void
answer_again(struct world *w, const struct rf_event *answer, rf_time after)
{
	char about[64];
	snprintf(about, sizeof about, "%-8s -> referee ", "store");
	struct world_item *item = world_item_new(WORLD_EVENT, rf_slice_of(about));
	item->event = *answer;
	item->said = answer->stored ? "stored (again)" : "failed (again)";
	world_put(w, w->now + after, item);
}

void
world_store_item(struct world *w, const struct world_item *item)
{
	struct rf_event answer = item->event;
	if (answer.stored && w->durable != NULL)
		answer.stored = w->durable(w->disk, item);
	if (w->powerless)
		return;
	if (answer.stored || item->torn)
		world_commit(w, item);
	if (item->tried_again)
		try_again(w, item);
	if (answer.token == 0)
		return;
	world_ladder_time(w);
	world_ladder(w, "%-8s -> referee  %s\n", "store", answer.stored ? "stored" : "failed");
	if (item->again != RF_TIME_NEVER)
		answer_again(w, &answer, item->again);
	world_tell(w, &answer);
}

/* ---- the end and the beginning of a process -------------------------------------------------- */

static void
free_item(struct world_item *item)
{
	free(item->plan);
	free(item);
}

/* What was on its way into the engine from this side of the network is gone with the process. */
static void
lose_what_is_under_way(struct world *w, bool pending_is_durable)
{
	struct world_heap before = w->heap;
	w->heap = (struct world_heap){ .sequence = before.sequence };
	while (before.count > 0) {
		rf_time at = world_heap_due(&before);
		struct world_item *item = world_heap_take(&before);
		bool lost = item->kind == WORLD_EVENT || item->kind == WORLD_STORE ||
		    item->kind == WORLD_OUTBOX;
		if (item->kind == WORLD_STORE && pending_is_durable && item->event.stored)
			world_commit(w, item);
		if (lost)
			free_item(item);
		else
			world_put(w, at, item);
	}
	world_heap_fini(&before);
}

void
world_crash(struct world *w, rf_time away, bool pending_is_durable)
{
	assert(!w->down);
	world_ladder_time(w);
	world_ladder(w, "%-8s    referee  is killed\n", "");
	lose_what_is_under_way(w, pending_is_durable && w->durable == NULL);
	if (w->reread != NULL)
		w->reread(w->disk, w);
	for (uint32_t i = 0; i < w->links; i++)
		w->link[i].up = false;
	checkers_restart(&w->checkers);
	w->down = true;
	w->store_due = 0;
	world_put(w, w->now + away, world_item_new(WORLD_RESTART, RF_SLICE("")));
}

void
world_begin_engine(struct world *w)
{
	uint32_t seed = w->options.seed + SEED_STEP * w->starts++;
	const uint8_t bytes[16] = { (uint8_t)seed, (uint8_t)(seed >> 8), (uint8_t)(seed >> 16) };
	/* The first block is as calloc gave it: pages that are never used are never touched. */
	if (w->starts > 1)
		memset(w->block, 0, rf_engine_size(&w->options.limits));
	w->engine = rf_engine_init(w->block, &w->options.limits, &w->options.config, bytes, w->now);
	w->trace_cursor = 0;
	w->down = false;
}

void
world_restart(struct world *w)
{
	world_begin_engine(w);
	world_ladder_time(w);
	world_ladder(w, "%-8s    referee  is back, with %u sessions\n", "", w->kepts);
	world_tell(w, &(struct rf_event){ .kind = RF_EV_RESTORE });
	/* A session that ends while it is restored leaves the list: from the last to the first. */
	for (uint32_t i = w->kepts; i-- > 0;) {
		const struct world_kept kept = *w->kept[i];
		world_tell(w, &(struct rf_event){ .kind = RF_EV_RESTORE, .session = kept.session,
			.bytes = { kept.snapshot, kept.len }, .away = w->now - kept.at,
			.restarts = w->starts - kept.start });
	}
	world_outbox_restart(w);
}

void
world_keep_fini(struct world *w)
{
	while (w->kepts > 0)
		forget(w, w->kept[0]);
	free(w->kept);
	w->kept = NULL;
	w->kept_room = 0;
	for (uint32_t i = 0; i < w->records; i++)
		free(w->record[i].text);
	free(w->record);
	w->record = NULL;
	w->records = w->record_room = 0;
}
