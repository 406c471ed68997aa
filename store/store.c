/* SPDX-License-Identifier: BSD-2-Clause */
/* store/store.c -- gathers puts, paces commits, gives answers: the half on the event loop.
 *
 * Three batches: `fill` takes puts; `flight` is being committed; `retry` holds the truths of
 * commits that failed.  While a commit is in flight, neither is changed: the worker reads them.  A
 * commit writes retry, then flight, so the order within a session is that of the puts. */
#include "store/store.h"

#include <assert.h>
#include <errno.h>
#include <event2/event.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "store/internal.h"

enum {
	RETRY_MS = 250,                         /* between attempts while nothing new comes */
	RIDE_MS = 1000, /* what nobody waits for, until it is committed alone */
	MAINTAIN_S = 60,                        /* an idle worker looks what can be purged */
	NOTICES_MAX = 16,                       /* of one turn of the loop; more are dropped */
};

struct notice {
	enum rf_store_level level;
	char event[32], text[RF_STORE_ERROR_MAX];
};

struct rf_store {
	const struct rf_store_backend *backend;
	void *self;
	struct rf_store_callbacks call;
	void *user;
	rf_time interval, due;                  /* when `fill` is to be committed */
	bool fill_waits;                        /* for somebody: it does not only ride */
	rf_time committed_at;                   /* when the last commit began */
	struct event *pace, *answered, *refusals;
	struct rf_store_batch fill, flight, retry;
	struct rf_store_rows rows;              /* what the flight read */
	bool in_flight;
	rf_token *refused;                      /* to be answered in the next turn */
	uint32_t refused_count;
	uint64_t puts, refused_puts, rides, rides_alone, commits, commits_failed, retries, lost;
	struct rf_histogram latency;
	/* the worker's, and what both sides share under the lock */
	pthread_t thread;
	bool thread_runs;
	int wake;                               /* eventfd: the worker has news */
	pthread_mutex_t lock;
	pthread_cond_t work;
	bool job, done, stored, stopping;
	rf_time took;
	uint64_t counted[RF_STORE_COUNT_MAX], wal_bytes;
	uint32_t notices;
	struct notice notice[NOTICES_MAX];
};

static const struct rf_store_backend *const backends[] = { &rf_store_memory, &rf_store_sqlite };

static rf_time
now_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (rf_time)t.tv_sec * RF_SECOND + t.tv_nsec / 1000;
}

/* ---- from any thread ------------------------------------------------------------------------ */

static void
wake_loop(struct rf_store *store)
{
	/* It fails only when the counter is full, and then the loop is awake anyway. */
	ssize_t written = write(store->wake, &(uint64_t){ 1 }, sizeof(uint64_t));
	(void)written;
}

void
rf_store_count(struct rf_store *store, enum rf_store_counter counter, uint64_t n)
{
	pthread_mutex_lock(&store->lock);
	store->counted[counter] += n;
	pthread_mutex_unlock(&store->lock);
}

void
rf_store_wal_bytes(struct rf_store *store, uint64_t bytes)
{
	pthread_mutex_lock(&store->lock);
	store->wal_bytes = bytes;
	pthread_mutex_unlock(&store->lock);
}

void
rf_store_notice(struct rf_store *store, enum rf_store_level level, const char *event,
    const char *format, ...)
{
	va_list arguments;
	pthread_mutex_lock(&store->lock);
	if (store->notices < NOTICES_MAX) {
		struct notice *n = &store->notice[store->notices++];
		n->level = level;
		snprintf(n->event, sizeof n->event, "%s", event);
		va_start(arguments, format);
		vsnprintf(n->text, sizeof n->text, format, arguments);
		va_end(arguments);
	}
	pthread_mutex_unlock(&store->lock);
	wake_loop(store);
}

/* ---- the worker ----------------------------------------------------------------------------- */

static void
run_job(struct rf_store *store)
{
	rf_time begun = now_us();
	bool stored = store->backend->commit(
	    store->self, &store->retry, &store->flight, &store->rows);
	rf_time took = now_us() - begun;
	pthread_mutex_lock(&store->lock);
	store->job = false;
	store->done = true;
	store->stored = stored;
	store->took = took;
	pthread_mutex_unlock(&store->lock);
	wake_loop(store);
}

static void *
work(void *user)
{
	struct rf_store *store = user;
	bool more = true;
	pthread_mutex_lock(&store->lock);
	for (;;) {
		struct timespec until;
		clock_gettime(CLOCK_MONOTONIC, &until);
		until.tv_sec += MAINTAIN_S;
		int waited = 0;
		while (!store->job && !store->stopping && !more && waited != ETIMEDOUT)
			waited = pthread_cond_timedwait(&store->work, &store->lock, &until);
		bool job = store->job;
		if (!job && store->stopping)
			break;
		pthread_mutex_unlock(&store->lock);
		if (job)
			run_job(store);
		more = store->backend->maintain(store->self);
		pthread_mutex_lock(&store->lock);
	}
	pthread_mutex_unlock(&store->lock);
	return NULL;
}

static bool
start_worker(struct rf_store *store)
{
	sigset_t all, before;
	sigfillset(&all);
	/* Signals are the main thread's. */
	pthread_sigmask(SIG_SETMASK, &all, &before);
	store->thread_runs = pthread_create(&store->thread, NULL, work, store) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return store->thread_runs;
}

/* ---- pacing --------------------------------------------------------------------------------- */

static void
arm(struct rf_store *store, rf_time wait)
{
	if (wait < 0)
		wait = 0;
	event_add(store->pace,
	    &(struct timeval){ .tv_sec = wait / RF_SECOND, .tv_usec = wait % RF_SECOND });
}

/* When is the next commit?  When the first put has waited for `interval`: a group costs one sync of
 * the disk, however many share it.  Ends make no group, they ride in one (ADR 018). */
static void
pace(struct rf_store *store)
{
	if (store->in_flight)
		return;
	if (store->fill.count > 0)
		arm(store, store->due - now_us());
	else if (store->retry.count > 0 && !event_pending(store->pace, EV_TIMEOUT, NULL))
		arm(store, RETRY_MS * RF_MS);
}

/* What must be told although its commit failed: nobody can take it back. */
static bool
is_truth(enum rf_store_kind kind)
{
	return kind == RF_STORE_OUTCOME || kind == RF_STORE_WITHDRAWAL || kind == RF_STORE_ENDED;
}

/* Of a commit that failed: truths, and what is only read and can be read later. */
static void
keep_truths(struct rf_store *store)
{
	struct rf_store_work work;
	size_t at = 0;
	while (rf_store_batch_next(&store->flight, &at, &work)) {
		bool fetch = work.op == RF_STORE_OP_FETCH;
		if (!fetch && (work.op != RF_STORE_OP_PUT || !is_truth(work.put.kind)))
			continue;
		if (!fetch)
			work.put.token = 0;             /* it has been answered */
		if (store->retry.len < RF_STORE_RETRY_BYTES_MAX &&
		    rf_store_batch_add(&store->retry, &work))
			continue;
		if (store->lost++ == 0)
			rf_store_notice(store, RF_STORE_ERROR, "store.lost",
			    "commits fail for so long that outcomes are forgotten");
	}
}

static void
answer(struct rf_store *store, const struct rf_store_work *work, bool stored)
{
	struct rf_store_delivery delivery[RF_FETCH_MAX];
	if (work->put.token == 0)
		return;
	if (work->op == RF_STORE_OP_PUT || work->op == RF_STORE_OP_JUDGE) {
		store->call.done(store->user, work->put.token, stored);
	} else if (stored || work->op == RF_STORE_OP_SETTLE) {
		uint32_t count = stored
				     ? rf_store_rows_of(&store->rows, work->put.token, delivery)
				     : 0;
		store->call.outbox(store->user, work->put.token, stored, delivery, count);
	}
}

static void
answer_all(struct rf_store *store, const struct rf_store_batch *batch, bool stored)
{
	struct rf_store_work work;
	size_t at = 0;
	while (rf_store_batch_next(batch, &at, &work))
		answer(store, &work, stored);
}

static void
finish(struct rf_store *store, bool stored, rf_time took)
{
	struct rf_store_batch late = store->retry;
	rf_histogram_add(&store->latency, (uint64_t)took);
	store->commits++;
	store->commits_failed += !stored;
	if (stored)
		store->retry = (struct rf_store_batch){ 0 };
	else
		keep_truths(store);
	/* An answer may lead to new puts: those fill the other batch. */
	if (stored) {
		answer_all(store, &late, true);
		rf_store_batch_fini(&late);
	}
	answer_all(store, &store->flight, stored);
	uint32_t news = stored ? store->rows.news : 0;
	rf_store_rows_clear(&store->rows);
	rf_store_batch_clear(&store->flight);
	store->in_flight = false;
	if (news != 0 && store->call.news != NULL)
		store->call.news(store->user, news);
	pace(store);
}

static void
begin(struct rf_store *store)
{
	struct rf_store_batch empty = store->flight;
	assert(!store->in_flight);
	assert(empty.count == 0);
	store->flight = store->fill;
	store->fill = empty;
	store->in_flight = true;
	store->rides_alone += store->flight.count > 0 && !store->fill_waits;
	store->fill_waits = false;
	store->retries += store->retry.count > 0;
	store->committed_at = now_us();
	if (!store->thread_runs) {
		bool stored = store->backend->commit(
		    store->self, &store->retry, &store->flight, &store->rows);
		finish(store, stored, now_us() - store->committed_at);
		return;
	}
	pthread_mutex_lock(&store->lock);
	store->job = true;
	pthread_cond_signal(&store->work);
	pthread_mutex_unlock(&store->lock);
}

static void
on_pace(evutil_socket_t fd, short what, void *user)
{
	struct rf_store *store = user;
	(void)fd;
	(void)what;
	if (!store->in_flight && (store->fill.count > 0 || store->retry.count > 0))
		begin(store);
}

static void
tell_notices(struct rf_store *store)
{
	struct notice notice[NOTICES_MAX];
	pthread_mutex_lock(&store->lock);
	uint32_t count = store->notices;
	memcpy(notice, store->notice, count * sizeof notice[0]);
	store->notices = 0;
	pthread_mutex_unlock(&store->lock);
	for (uint32_t i = 0; i < count && store->call.notice != NULL; i++)
		store->call.notice(
		    store->user, notice[i].level, notice[i].event, notice[i].text);
}

static void
on_answered(evutil_socket_t fd, short what, void *user)
{
	struct rf_store *store = user;
	uint64_t count;
	(void)what;
	while (read(fd, &count, sizeof count) > 0)
		continue;
	tell_notices(store);
	pthread_mutex_lock(&store->lock);
	bool done = store->done, stored = store->stored;
	rf_time took = store->took;
	store->done = false;
	pthread_mutex_unlock(&store->lock);
	if (done)
		finish(store, stored, took);
}

/* ---- puts ----------------------------------------------------------------------------------- */

static void
on_refusals(evutil_socket_t fd, short what, void *user)
{
	struct rf_store *store = user;
	uint32_t count = store->refused_count;
	(void)fd;
	(void)what;
	/* Answers may lead to new refusals: they are behind these and wait for the next turn. */
	for (uint32_t i = 0; i < count; i++)
		store->call.done(store->user, store->refused[i], false);
	store->refused_count -= count;
	memmove(store->refused, store->refused + count,
	    store->refused_count * sizeof store->refused[0]);
	if (store->refused_count > 0)
		event_active(store->refusals, EV_TIMEOUT, 0);
}

static void
refuse(struct rf_store *store, const struct rf_store_put *put)
{
	store->refused_puts++;
	store->lost += is_truth(put->kind);
	/* Beyond this the engine's own wait is the answer. */
	if (put->token == 0 || store->refused_count == RF_STORE_PENDING_MAX)
		return;
	store->refused[store->refused_count++] = put->token;
	if (store->refused_count == 1)
		event_active(store->refusals, EV_TIMEOUT, 0);
}

/* Truths have as much room again: who promised must be able to say what became of it. */
static bool
has_room(const struct rf_store *store, const struct rf_store_put *put)
{
	size_t times = is_truth(put->kind) ? 2 : 1;
	size_t len = (size_t)put->snapshot.len + put->event.len;
	return put->snapshot.len <= RF_STORE_RECORD_LEN_MAX &&
	    put->event.len <= RF_STORE_RECORD_LEN_MAX &&
	    store->fill.count + store->flight.count < RF_STORE_PENDING_MAX * times &&
	    store->fill.len + store->flight.len + len < RF_STORE_BYTES_MAX * times;
}

/* What is in `fill` now is due at the end of its interval; what rides goes with others, or later.
 */
static void
schedule(struct rf_store *store, bool rides)
{
	if (store->fill_waits || (rides && store->fill.count > 1))
		return;                                 /* a group is due, and it goes along */
	store->fill_waits = !rides;
	store->due = now_us() + (rides ? RIDE_MS * RF_MS : store->interval);
	pace(store);
}

void
rf_store_put(struct rf_store *store, const struct rf_store_put *put)
{
	assert(put->kind < RF_STORE_KIND_MAX);
	store->puts++;
	if (!has_room(store, put) ||
	    !rf_store_batch_add(
		&store->fill, &(struct rf_store_work){ .op = RF_STORE_OP_PUT, .put = *put })) {
		refuse(store, put);
		return;
	}
	bool rides = put->kind == RF_STORE_ENDED && put->token == 0;
	store->rides += rides;
	schedule(store, rides);
}

/* The window of deliveries bounds how many of these there are; so no bound of their own. */
static void
add(struct rf_store *store, const struct rf_store_work *work)
{
	bool added = rf_store_batch_add(&store->fill, work);
	assert(added);
	schedule(store, false);
}

void
rf_store_fetch(struct rf_store *store, const struct rf_store_fetch *f)
{
	assert(f->count > 0);
	assert(f->count <= RF_FETCH_MAX);
	add(store, &(struct rf_store_work){ .op = RF_STORE_OP_FETCH, .put = { .token = f->token },
	    .receiver = f->receiver, .count = f->count, .number = f->after });
}

void
rf_store_settle(struct rf_store *store, const struct rf_store_settle *t)
{
	add(store, &(struct rf_store_work){ .op = RF_STORE_OP_SETTLE,
	    .put = { .token = t->token, .session = t->session, .saved_us = t->saved_us,
		.event = t->reason },
	    .receiver = t->receiver, .what = (uint8_t)t->settled, .attempts = t->attempts,
	    .number = t->number });
}

void
rf_store_judge(
    struct rf_store *store, rf_token token, enum rf_store_verdict verdict, int64_t number)
{
	add(store, &(struct rf_store_work){ .op = RF_STORE_OP_JUDGE, .put = { .token = token },
	    .what = (uint8_t)verdict, .number = number });
}

/* ---- start and end -------------------------------------------------------------------------- */

static const struct rf_store_backend *
backend_of(const char *url, const char **path)
{
	for (uint32_t i = 0; i < RF_ARRAY_LEN(backends); i++) {
		size_t len = strlen(backends[i]->scheme);
		if (strncmp(url, backends[i]->scheme, len) != 0)
			continue;
		*path = url + len;
		return backends[i];
	}
	return NULL;
}

static bool
make_events(struct rf_store *store, struct event_base *base)
{
	store->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (store->wake < 0)
		return false;
	store->pace = event_new(base, -1, 0, on_pace, store);
	store->refusals = event_new(base, -1, 0, on_refusals, store);
	store->answered = event_new(base, store->wake, EV_READ | EV_PERSIST, on_answered, store);
	store->refused = calloc(RF_STORE_PENDING_MAX, sizeof *store->refused);
	return store->pace != NULL && store->refusals != NULL && store->answered != NULL &&
	    store->refused != NULL && event_add(store->answered, NULL) == 0;
}

struct rf_store *
rf_store_open(struct event_base *base, const struct rf_store_config *config,
    const struct rf_store_callbacks *callbacks, void *user, char error[RF_STORE_ERROR_MAX])
{
	const char *path = "";
	pthread_condattr_t clock;
	struct rf_store *store = calloc(1, sizeof *store);
	snprintf(error, RF_STORE_ERROR_MAX, "store: no memory");
	if (store == NULL)
		return NULL;
	store->wake = -1;
	store->call = *callbacks;
	store->user = user;
	pthread_mutex_init(&store->lock, NULL);
	pthread_condattr_init(&clock);
	pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
	pthread_cond_init(&store->work, &clock);
	pthread_condattr_destroy(&clock);
	store->backend = backend_of(config->url, &path);
	assert(store->backend != NULL);
	/* For memory:, too: what is answered together leaves in one batch. */
	store->interval = config->commit_interval;
	if (make_events(store, base))
		store->self = store->backend->open(store, config, path, error);
	if (store->self != NULL && (!store->backend->threaded || start_worker(store)))
		return store;
	rf_store_close(store);
	return NULL;
}

static void
stop_worker(struct rf_store *store)
{
	if (!store->thread_runs)
		return;
	pthread_mutex_lock(&store->lock);
	store->stopping = true;
	pthread_cond_signal(&store->work);
	pthread_mutex_unlock(&store->lock);
	pthread_join(store->thread, NULL);
	store->thread_runs = false;
}

/* The last commits are made here, when the worker has ended. */
static void
commit_the_rest(struct rf_store *store)
{
	if (store->in_flight && store->done) {
		if (store->stored)
			rf_store_batch_clear(&store->retry);
		else
			keep_truths(store);
		rf_store_batch_clear(&store->flight);
	}
	if (store->fill.count + store->retry.count > 0 &&
	    !store->backend->commit(store->self, &store->retry, &store->fill, &store->rows))
		rf_store_notice(store, RF_STORE_ERROR, "store.lost",
		    "the last commit failed: %u records are lost",
		    store->fill.count + store->retry.count);
}

void
rf_store_close(struct rf_store *store)
{
	if (store == NULL)
		return;
	stop_worker(store);
	if (store->self != NULL) {
		commit_the_rest(store);
		store->backend->close(store->self);
	}
	tell_notices(store);
	if (store->pace != NULL)
		event_free(store->pace);
	if (store->refusals != NULL)
		event_free(store->refusals);
	if (store->answered != NULL)
		event_free(store->answered);
	if (store->wake >= 0)
		close(store->wake);
	rf_store_batch_fini(&store->fill);
	rf_store_batch_fini(&store->flight);
	rf_store_batch_fini(&store->retry);
	rf_store_rows_fini(&store->rows);
	pthread_mutex_destroy(&store->lock);
	pthread_cond_destroy(&store->work);
	free(store->refused);
	free(store);
}

/* ---- what only backends know ---------------------------------------------------------------- */

int
rf_store_restore_next(struct rf_store *store, struct rf_store_saved out[RF_STORE_RESTORE_MAX],
    char error[RF_STORE_ERROR_MAX])
{
	return store->backend->restore_next(store->self, out, error);
}

bool
rf_store_review(struct rf_store *store, uint64_t session, const char *why)
{
	return store->backend->review(store->self, session, why);
}

void
rf_store_events(
    const struct rf_store *store, uint64_t session, rf_store_event_fn *each, void *user)
{
	store->backend->events(store->self, session, each, user);
}

uint64_t
rf_store_newest(const struct rf_store *store)
{
	return store->backend->newest(store->self);
}

void
rf_store_depths(const struct rf_store *store, struct rf_store_depths *out)
{
	store->backend->depths(store->self, out);
}

void
rf_store_stats(const struct rf_store *store, struct rf_store_stats *out)
{
	/* The counters of the worker are the one thing that reading must lock. */
	pthread_mutex_t *lock = (pthread_mutex_t *)(uintptr_t)&store->lock;
	*out = (struct rf_store_stats){ .pending = store->fill.count + store->flight.count,
		.undurable = store->retry.count,
		.commit_us_p50 = rf_histogram_quantile(&store->latency, 500),
		.commit_us_p99 = rf_histogram_quantile(&store->latency, 990),
		.commit_us_max = store->latency.max,
		.puts = store->puts,
		.refused = store->refused_puts,
		.rides = store->rides,
		.rides_alone = store->rides_alone,
		.commits = store->commits,
		.commits_failed = store->commits_failed,
		.retries = store->retries,
		.lost = store->lost };
	pthread_mutex_lock(lock);
	out->wal_bytes = store->wal_bytes;
#define RF_COUNTER(name) out->name = store->counted[RF_STORE_COUNT_##name];
	RF_STORE_BACKEND_COUNTERS(RF_COUNTER)
#undef RF_COUNTER
	pthread_mutex_unlock(lock);
}
