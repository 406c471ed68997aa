/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/crash/test_crash_store.c -- the power fails at a random moment, again and again: what was
 * answered `stored` is there, nothing is there by halves, nothing is there twice.
 *
 *        test_crash_store [RUNS [FIRST-SEED]]
 *
 * A run is one file that lives through several power failures - while it is made, written,
 * checkpointed, recovered.  After each, the file below is read by the system's own VFS. */
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/crash/vfs.h"
#include "tests/unit/test_store_world.h"

enum { RUNS_DEFAULT = 60, FAILURES = 4, SESSIONS = 8, PUTS_MAX = 400, PAD_MAX = 1500 };

/* One put of the run, and what the world was told of it. */
struct put {
	uint32_t session;
	enum rf_store_kind kind;
	bool over;                              /* it ended the session */
	bool stored;
};

struct run {
	struct store_world *w;
	uint64_t seed, random;
	uint32_t puts;
	uint32_t first_of_life;                 /* the first put since the file was opened */
	bool good, planted;                     /* planted: it is expected not to be */
	struct put put[PUTS_MAX + 1];           /* by number, from 1; which is its token, too */
};

static uint32_t runs = RUNS_DEFAULT;
static uint64_t first_seed = 1;

static uint64_t
draw(struct run *r, uint64_t bound)
{
	r->random ^= r->random << 13;
	r->random ^= r->random >> 7;
	r->random ^= r->random << 17;
	return (r->random >> 11) % bound;
}

static void
expect(struct run *r, bool truth, const char *what, uint32_t number)
{
	if (truth)
		return;
	if (!r->planted)
		check_note(
		    "seed %llu: %s (put %u)", (unsigned long long)r->seed, what, number);
	r->good = false;
}

/* Whole or not, one can see. */
static void
write_text(char out[PAD_MAX + 64], uint32_t number, uint32_t pad)
{
	int len = snprintf(out, 32, "{\"n\":%u,\"pad\":\"", number);
	for (uint32_t i = 0; i < pad; i++)      /* letters that cannot be packed */
		out[(uint32_t)len + i] = (char)('a' + ((number * 31 + i) * 2654435761u >> 20) % 26);
	snprintf(out + len + pad, 32, "\",\"m\":%u}", number);
}

/* 0: it is not one of ours, or not whole. */
static uint32_t
number_of(struct rf_slice text)
{
	char copy[PAD_MAX + 64], again[PAD_MAX + 64];
	uint32_t number;
	if (text.len >= sizeof copy)
		return 0;
	memcpy(copy, text.p, text.len);
	copy[text.len] = '\0';
	const char *pad = strstr(copy, "\"pad\":\""), *end = strstr(copy, "\",\"m\":");
	if (sscanf(copy, "{\"n\":%u,", &number) != 1 || pad == NULL || end == NULL)
		return 0;
	write_text(again, number, (uint32_t)(end - pad - 7));
	return strcmp(copy, again) == 0 ? number : 0;
}

static void
put_one(struct run *r)
{
	static const enum rf_store_kind kinds[] = { RF_STORE_ESTABLISHED, RF_STORE_PROMISE,
		RF_STORE_OUTCOME, RF_STORE_WITHDRAWAL, RF_STORE_ENDED };
	char snapshot[PAD_MAX + 64] = "", event[PAD_MAX + 64];
	uint32_t number = ++r->puts;
	struct put *put = &r->put[number];
	*put = (struct put){ .session = 1 + (uint32_t)draw(r, SESSIONS),
		.kind = kinds[draw(r, 5)] };
	put->over = put->kind == RF_STORE_ENDED;
	write_text(event, number, (uint32_t)draw(r, 600));
	if (!put->over)
		write_text(snapshot, number, (uint32_t)draw(r, PAD_MAX));
	store_world_put(r->w, number, put->kind, put->session, snapshot, event);
}

/* ---- after the power came back -------------------------------------------------------------- */

struct reading {
	struct run *r;
	uint32_t session, last;                 /* being read; its last number */
	uint32_t times[PUTS_MAX + 1];           /* events found, by number */
};

static void
take_event(void *user, enum rf_store_kind kind, struct rf_slice event)
{
	struct reading *found = user;
	uint32_t number = number_of(event);
	if (number == 0 || number > found->r->puts) {
		expect(found->r, false, "an event is not whole", number);
		return;
	}
	expect(found->r, found->r->put[number].session == found->session, "wrong session", number);
	expect(found->r, found->r->put[number].kind == kind, "wrong kind", number);
	expect(found->r, number > found->last, "events are out of order", number);
	found->last = number;
	found->times[number]++;
}

static void
check_events(struct run *r)
{
	static struct reading found;
	found = (struct reading){ .r = r };
	for (found.session = 1; found.session <= SESSIONS; found.session++) {
		found.last = 0;
		rf_store_events(r->w->store, found.session, take_event, &found);
	}
	for (uint32_t i = 1; i <= r->puts; i++) {
		expect(r, found.times[i] <= 1, "an event is there twice", i);
		expect(r, !r->put[i].stored || found.times[i] == 1, "a stored event is lost", i);
		/* What is in the file now must stay. */
		r->put[i].stored = found.times[i] == 1;
	}
}

/* A session is as the last of its events in the file says. */
static void
check_sessions(struct run *r)
{
	struct rf_store_saved saved[RF_STORE_RESTORE_MAX];
	uint32_t now[SESSIONS + 1] = { 0 }, durable[SESSIONS + 1] = { 0 };
	int count;
	while ((count = rf_store_restore_next(r->w->store, saved, r->w->error)) > 0) {
		for (int i = 0; i < count; i++) {
			uint32_t number = number_of(saved[i].snapshot);
			expect(r, number > 0 && number <= r->puts, "a snapshot is not whole", 0);
			if (saved[i].session <= SESSIONS)
				now[saved[i].session] = number;
		}
	}
	expect(r, count == 0, r->w->error, 0);
	for (uint32_t i = 1; i <= r->puts; i++) {
		if (r->put[i].stored)
			durable[r->put[i].session] = i;
	}
	for (uint32_t s = 1; s <= SESSIONS; s++) {
		bool over = durable[s] == 0 || r->put[durable[s]].over;
		expect(r, over ? now[s] == 0 : now[s] == durable[s],
		    "a session is not as its last event says", durable[s]);
	}
}

static void
check_file(struct run *r)
{
	r->w->config.vfs = NULL;
	if (!store_world_open(r->w)) {
		expect(r, false, r->w->error, 0);
		return;
	}
	check_events(r);
	check_sessions(r);
	expect(r, store_world_stats(r->w).corrupt == 0, "the file is corrupt", 0);
	store_world_close(r->w);
	expect(r, strcmp(store_world_sql(r->w, "PRAGMA integrity_check"), "ok ") == 0,
	    "the integrity check found something", 0);
	expect(r, strcmp(store_world_sql(r->w, "PRAGMA user_version"), "5 ") == 0,
	    "the schema is of another version", 0);
}

/* ---- a life of the process ------------------------------------------------------------------ */

static void
write_until_the_power_fails(struct run *r)
{
	uint32_t puts = 20 + (uint32_t)draw(r, 60);
	for (uint32_t i = 0; i < puts && r->puts < PUTS_MAX && !crash_vfs_is_off(); i++) {
		put_one(r);
		if (draw(r, 4) == 0)
			event_base_loop(r->w->base, EVLOOP_ONCE);
	}
	if (draw(r, 2) == 0)                    /* else the power fails behind the last put */
		store_world_run(r->w, 3);
	crash_vfs_power_off();
	for (uint32_t i = r->first_of_life; i <= r->puts; i++)
		r->put[i].stored |= r->w->answer[i] == 1;
	store_world_close(r->w);
}

static void
live(struct run *r)
{
	char path[128];
	r->w->config.vfs = CRASH_VFS;
	crash_vfs_power_on(r->seed * 31 + r->puts);
	crash_vfs_power_fails_at(1 + draw(r, draw(r, 4) == 0 ? 40 : 400));
	r->first_of_life = r->puts + 1;
	if (store_world_open(r->w)) {
		write_until_the_power_fails(r);
	} else {
		expect(r, crash_vfs_is_off(), r->w->error, 0);
		crash_vfs_power_off();
	}
	snprintf(path, sizeof path, "%s-shm", r->w->path); /* it is memory, as its name says */
	unlink(path);
}

static bool
run_seed(uint64_t seed, enum rf_store_synchronous synchronous)
{
	static struct run r;
	r = (struct run){ .w = store_world_new("sqlite:"), .seed = seed, .good = true,
		.random = (seed * 0x9e3779b97f4a7c15u) | 1 };
	r.planted = synchronous != RF_STORE_FULL;
	r.w->quiet = true;
	r.w->config.synchronous = synchronous;
	r.w->config.commit_interval = 0;
	for (uint32_t i = 0; i < FAILURES && r.good; i++) {
		live(&r);
		check_file(&r);
	}
	store_world_free(r.w);
	return r.good;
}

static void
what_was_answered_stored_survives_every_power_failure(void)
{
	uint32_t bad = 0;
	crash_vfs_install();
	for (uint64_t seed = first_seed; seed < first_seed + runs && bad < 5; seed++)
		bad += !run_seed(seed, RF_STORE_FULL);
	CHECK(bad == 0);
	check_note("%u runs of %d power failures each", runs, FAILURES);
}

/* The checks above see it when commits are answered before they are on the disk. */
static void
a_store_that_does_not_sync_its_commits_is_caught(void)
{
	uint32_t bad = 0;
	crash_vfs_install();
	for (uint64_t seed = 1; seed <= 20 && bad == 0; seed++)
		bad += !run_seed(seed, RF_STORE_NORMAL);
	CHECK(bad > 0);
}

int
main(int argc, char **argv)
{
	static const struct check_test tests[] = {
		CHECK_TEST(what_was_answered_stored_survives_every_power_failure),
		CHECK_TEST(a_store_that_does_not_sync_its_commits_is_caught),
	};
	if (argc > 1)
		runs = (uint32_t)strtoul(argv[1], NULL, 10);
	if (argc > 2)
		first_seed = strtoull(argv[2], NULL, 10);
	return check_main("crash-store", tests, sizeof tests / sizeof tests[0]);
}
