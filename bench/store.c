/* SPDX-License-Identifier: BSD-2-Clause */
/* bench/store.c -- what a hand-back costs in the store alone: three commits somebody waits for, and
 * the end nobody does, at a given rate.
 *
 *        bench/store URL RATE SECONDS [full|normal|off]
 *
 * Prints one line: CPU of the whole process per hand-back, without that of an idle loop (measured
 * first, without puts); commits a second; how long commits took. */
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "store/store.h"

enum { SNAPSHOT_LEN = 1200, EVENT_LEN = 600, TICK_US = 1000 };

struct bench {
	struct event_base *base;
	struct rf_store *store;
	struct event *tick;
	double rate, due;
	uint64_t session, answered, stored;
	rf_time begun, until;
	char snapshot[SNAPSHOT_LEN], event[EVENT_LEN];
};

static rf_time
clock_us(clockid_t clock)
{
	struct timespec t;
	clock_gettime(clock, &t);
	return (rf_time)t.tv_sec * RF_SECOND + t.tv_nsec / 1000;
}

static void
put(struct bench *b, enum rf_store_kind kind, uint64_t session)
{
	rf_store_put(b->store,
	    &(struct rf_store_put){ .token = kind == RF_STORE_ENDED ? 0 : session * 8 + kind + 1,
		.kind = kind,
		.session = session * 0x9e3779b97f4a7c15u >> 16 | 1,
		.saved_us = clock_us(CLOCK_REALTIME),
		.snapshot = { b->snapshot, kind == RF_STORE_ENDED ? 0 : SNAPSHOT_LEN },
		.event = { b->event, EVENT_LEN },
		.cdr = kind == RF_STORE_OUTCOME });
}

/* Each answer leads to the next commit of its hand-back. */
static void
on_done(void *user, rf_token token, bool stored)
{
	struct bench *b = user;
	enum rf_store_kind kind = (enum rf_store_kind)((token - 1) % 8);
	b->answered++;
	b->stored += stored;
	if (kind == RF_STORE_OUTCOME)
		put(b, RF_STORE_ENDED, token / 8);
	else
		put(b, kind + 1, token / 8);
}

static void
on_tick(evutil_socket_t fd, short what, void *user)
{
	struct bench *b = user;
	rf_time now = clock_us(CLOCK_MONOTONIC);
	(void)fd;
	(void)what;
	if (now >= b->until) {
		event_base_loopbreak(b->base);
		return;
	}
	b->due = b->rate * (double)(now - b->begun) / 1e6;
	while ((double)b->session < b->due)
		put(b, RF_STORE_ESTABLISHED, ++b->session);
}

static double
cpu_us(void)
{
	struct rusage r;
	getrusage(RUSAGE_SELF, &r);
	return (double)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) * 1e6 +
	    (double)(r.ru_utime.tv_usec + r.ru_stime.tv_usec);
}

/* CPU of so many seconds at that rate. */
static double
run(struct bench *b, double rate, double seconds)
{
	double before = cpu_us();
	b->rate = rate;
	b->begun = clock_us(CLOCK_MONOTONIC);
	b->until = b->begun + (rf_time)(seconds * 1e6);
	event_base_dispatch(b->base);
	return cpu_us() - before;
}

int
main(int argc, char **argv)
{
	static const struct rf_store_callbacks callbacks = { .done = on_done };
	static struct bench b;
	char error[RF_STORE_ERROR_MAX];
	if (argc < 4) {
		fprintf(stderr, "usage: bench/store URL RATE SECONDS [full|normal|off]\n");
		return 64;
	}
	const char *synchronous = argc > 4 ? argv[4] : "full";
	double seconds = strtod(argv[3], NULL);
	memset(b.snapshot, 's', sizeof b.snapshot);
	memset(b.event, 'e', sizeof b.event);
	b.base = event_base_new();
	b.store = rf_store_open(b.base,
	    &(struct rf_store_config){ .url = argv[1], .commit_interval = 10 * RF_MS,
		.synchronous = strcmp(synchronous, "full") == 0 ? RF_STORE_FULL :
		    strcmp(synchronous, "normal") == 0 ? RF_STORE_NORMAL : RF_STORE_OFF },
	    &callbacks, &b, error);
	if (b.store == NULL) {
		fprintf(stderr, "%s\n", error);
		return 1;
	}
	b.tick = event_new(b.base, -1, EV_PERSIST, on_tick, &b);
	event_add(b.tick, &(struct timeval){ .tv_usec = TICK_US });
	double idle = run(&b, 0, seconds / 4) * 4;
	double used = run(&b, strtod(argv[2], NULL), seconds);
	struct rf_store_stats s;
	rf_store_stats(b.store, &s);
	printf("%s %s: %.0f hand-backs/s, %.1f us each (idle loop: %.1f more), %.0f commits/s, "
	       "p50 %llu p99 %llu max %llu us, %llu refused\n",
	    argv[1], synchronous, (double)b.session / seconds, (used - idle) / (double)b.session,
	    idle / (double)b.session, (double)s.commits / seconds,
	    (unsigned long long)s.commit_us_p50, (unsigned long long)s.commit_us_p99,
	    (unsigned long long)s.commit_us_max, (unsigned long long)(b.answered - b.stored));
	rf_store_close(b.store);
	event_free(b.tick);
	event_base_free(b.base);
	return 0;
}
