/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/crash/crash.c -- kills referee at random moments of random hand-backs, and asks afterwards
 * whether it kept its promises.  The world is the scenes' one; the seed alone decides a run.
 *
 *      crash [--runs N] [--seed FIRST] [--store ok|late|fail|disk|lie] [--verbose]
 *
 * Without --store: the first four in turn, as TAP, and a store that lies, which must be found out.
 * disk: the production store, on a disk that loses its power (disk.h).
 * Claims, after everything healed: every REFER that got a 2xx has one outcome in the store and its
 * final NOTIFY says the same; whoever is connected gets 200 to OPTIONS and BYE; nothing is left in
 * the engine nor in the store; and the checkers of every scene hold. */
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/world.h"
#include "tests/crash/disk.h"

enum {
	ACTS_MAX = 256,
	SESSIONS_MAX = 3,
	CUSTOMER = 0,
	CHAOS_MS = 20 * 1000,                   /* crashes and losses end by then */
	HEAL_MS = 400 * 1000,                   /* 64 x T1, a few times over, and wait_for_bye */
	STEPS_MAX = 200000,
	TEXT_MAX = 512,
	DISK_RUNS = 20,
};

enum act_kind {
	ACT_CALL,
	ACT_REFER,
	ACT_REPLACE,
	ACT_BYE,
	ACT_RING,
	ACT_ANSWER,
	ACT_CRASH,
	ACT_STORE
};
struct act {
	rf_time at;
	enum act_kind kind;
	uint32_t party, which, status;          /* which: dialog, from 1, or transaction */
	bool done;
};

enum store_mode { STORE_OK, STORE_LATE, STORE_FAIL, STORE_DISK, STORE_LIE };
struct run {
	uint64_t random, seed;
	bool quiet;
	enum store_mode mode;
	struct world *w;
	struct crash_disk *disk;                /* NULL: the world's own store */
	struct act act[ACTS_MAX];
	uint32_t acts, crashes, sessions;
	uint32_t seen[WORLD_PARTIES_MAX];       /* transactions of each party looked at */
	uint32_t phantoms;                      /* targets left in the window of ADR 010 */
	uint32_t undurable;                     /* what was said before it was durable */
	uint32_t uncommitted;                   /* dialogs of that which are gone */
	char error[TEXT_MAX];
};

static uint64_t
draw(struct run *r, uint64_t below)             /* splitmix64 */
{
	uint64_t z = r->random += 0x9e3779b97f4a7c15u;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return (z ^ z >> 31) % below;
}

static void __attribute__((format(printf, 2, 3)))
fail(struct run *r, const char *format, ...)
{
	va_list arguments;
	if (r->error[0] != '\0')
		return;
	va_start(arguments, format);
	vsnprintf(r->error, sizeof r->error, format, arguments);
	va_end(arguments);
}

static struct party *
party_named(struct run *r, const char *name)
{
	uint32_t i = world_party_find(rf_slice_of(name));
	assert(i < r->w->parties);
	return &r->w->party[i];
}

static void
plan(struct run *r, rf_time at, enum act_kind kind, uint32_t party, uint32_t which, uint32_t status)
{
	assert(r->acts < ACTS_MAX);
	r->act[r->acts++] = (struct act){ at, kind, party, which, status, false };
}

/* ---- what parties do ------------------------------------------------------------------------- */

static void
say(struct run *r, struct party *p, uint32_t dialog, const char *method, const char *uri)
{
	struct party_line line = { .is_request = true, .dialog = dialog, .uri = rf_slice_of(uri) };
	snprintf(line.method, sizeof line.method, "%s", method);
	if (strcmp(method, "REFER") == 0) {
		line.headers = 2;
		line.header[0] = (struct sip_field){ RF_SLICE("Refer-To"),
			RF_SLICE("<sip:billing@referee.example>") };
		line.header[1] = (struct sip_field){ RF_SLICE("Referred-By"),
			RF_SLICE("<sip:agent@acme.example>") };
	}
	if (!party_send(p, &line))
		fail(r, "%s", p->error);
}

/* Another device of the center wants the place of the center's dialog (RFC 3891). */
static void
take_over(struct run *r, struct party *p, uint32_t dialog)
{
	char named[32];
	struct party_line line = { .is_request = true, .method = "INVITE",
		.uri = RF_SLICE("sip:center@referee.example") };
	snprintf(named, sizeof named, "center,dialog=%u", dialog);
	line.replaces = rf_slice_of(named);
	if (draw(r, 3) == 0)
		line.sdp = RF_SLICE("none");
	if (!party_send(p, &line))
		fail(r, "%s", p->error);
}

static bool
talks(const struct party_dialog *d)
{
	return d->confirmed && !d->ended && !d->left;
}

/* What referee said before it was durable, because the store was late or said no: it counts that,
 * and a crash may contradict it. */
static void
count_undurable(struct run *r)
{
	struct rf_stats stats;
	rf_engine_stats(r->w->engine, &stats);
	r->undurable += (uint32_t)(stats.undurable_outcomes + stats.attempts_uncommitted +
	    stats.promised_uncommitted);
}

static void
crash(struct run *r)
{
	count_undurable(r);
	world_crash(r->w, (rf_time)draw(r, 4) * (rf_time)draw(r, 3000) * RF_MS, draw(r, 2) == 0);
	r->crashes++;
}

static void
carry_out(struct run *r, const struct act *a)
{
	struct party *p = &r->w->party[a->party];
	struct party_transaction *t = a->kind == ACT_RING || a->kind == ACT_ANSWER ?
	    p->transaction[a->which] : NULL;
	switch (a->kind) {
	case ACT_CALL:
		say(r, p, 0, "INVITE", "sip:center@referee.example");
		break;
	case ACT_REFER:
		if (a->which <= p->dialogs && talks(p->dialog[a->which - 1]))
			say(r, p, a->which, "REFER", "");
		break;
	case ACT_REPLACE:
		if (a->which <= party_named(r, "center")->dialogs &&
		    talks(party_named(r, "center")->dialog[a->which - 1]))
			take_over(r, p, a->which);
		break;
	case ACT_BYE:
		if (a->which <= p->dialogs && talks(p->dialog[a->which - 1]))
			say(r, p, a->which, "BYE", "");
		break;
	case ACT_RING:
	case ACT_ANSWER:
		if (!t->final)
			party_respond(p, t, &(struct party_line){ .status = a->status });
		break;
	case ACT_CRASH:
		if (!r->w->down && r->disk != NULL && draw(r, 2) == 0)
			crash_disk_fails_at(r->disk, 1 + draw(r, 40));
		else if (!r->w->down)
			crash(r);
		break;
	case ACT_STORE:
		for (size_t i = 0; i < RF_ARRAY_LEN(r->w->store); i++)
			r->w->store[i] = (struct world_oracle){ (enum world_answer)a->status,
				(rf_time)a->which * RF_MS };
		break;
	}
}

/* Everybody who is called rings and answers after a while, somehow. */
static void
look_at_calls(struct run *r)
{
	static const uint32_t failures[] = { 486, 404, 503, 603 };
	for (uint32_t i = CUSTOMER + 1; i < r->w->parties; i++) {
		struct party *p = &r->w->party[i];
		bool center = strcmp(p->name, "center") == 0, ivr = strcmp(p->name, "ivr") == 0;
		for (; r->seen[i] < p->transactions; r->seen[i]++) {
			const struct party_transaction *t = p->transaction[r->seen[i]];
			if (t->client || t->final || strcmp(t->method, "INVITE") != 0)
				continue;
			bool fails = !center && !ivr && draw(r, 3) == 0;
			bool silent = !center && !ivr && draw(r, 12) == 0;
			rf_time now = r->w->now, wait = (rf_time)draw(r, 2500) * RF_MS;
			plan(r, now, ACT_RING, i, r->seen[i], draw(r, 3) > 0 ? 180 : 100);
			if (!silent)
				plan(r, now + wait, ACT_ANSWER, i, r->seen[i],
				    fails ? failures[draw(r, RF_ARRAY_LEN(failures))] : 200);
		}
	}
}

static struct act *
next_act(struct run *r)
{
	struct act *first = NULL;
	for (uint32_t i = 0; i < r->acts; i++) {
		if (!r->act[i].done && (first == NULL || r->act[i].at < first->at))
			first = &r->act[i];
	}
	return first;
}

static void
play_until(struct run *r, rf_time until)
{
	uint32_t steps = 0;
	while (r->error[0] == '\0' && r->w->error[0] == '\0') {
		struct act *a = next_act(r);
		rf_time stop = a != NULL && a->at < until ? a->at : until;
		if (world_next(r->w, stop)) {
			if (++steps > STEPS_MAX)
				fail(r, "the world does not come to rest");
			if (r->w->powerless)
				crash(r);
			look_at_calls(r);
		} else if (a != NULL && a->at <= r->w->now) {
			a->done = true;
			carry_out(r, a);
		} else {
			return;
		}
	}
}

static void
lose_some(struct run *r)
{
	for (uint32_t n = (uint32_t)draw(r, 6); n > 0; n--)
		r->w->fault[r->w->faults++] = (struct world_fault){ .kind = draw(r, 3) > 0 ?
		    WORLD_DROP : WORLD_DUP, .skip = (uint32_t)draw(r, 12), .count = 1,
			.match = { .party = (uint32_t)draw(r, 4), .from_party = draw(r, 2) == 0,
			    .any = true } };
}

static void
plan_sessions(struct run *r)
{
	uint32_t center = party_named(r, "center")->index;
	r->sessions = 1 + (uint32_t)draw(r, SESSIONS_MAX);
	for (uint32_t n = 1; n <= r->sessions; n++) {
		rf_time called = (rf_time)draw(r, 2000) * RF_MS;
		rf_time refers = called + (rf_time)(2600 + draw(r, 3000)) * RF_MS;
		plan(r, called, ACT_CALL, CUSTOMER, 0, 0);
		plan(r, refers, ACT_REFER, center, n, 0);
		if (draw(r, 3) == 0)
			plan(r, refers - (rf_time)draw(r, 700) * RF_MS, ACT_REPLACE,
			    party_named(r, "phone")->index, n, 0);
		switch (draw(r, 4)) {
		case 0:                                 /* T2: the referrer leaves early */
			plan(r, refers + (rf_time)draw(r, 900) * RF_MS, ACT_BYE, center, n, 0);
			break;
		case 1:
			plan(r, refers + 9 * RF_SECOND, ACT_BYE, center, n, 0);
			break;
		case 2:                                 /* T6: the customer does */
			plan(r, refers + (rf_time)draw(r, 4000) * RF_MS, ACT_BYE, CUSTOMER, n, 0);
			break;
		default:
			break;
		}
	}
	for (uint64_t n = 1 + draw(r, 2); n > 0; n--)
		plan(r, (rf_time)(100 + draw(r, 9000)) * RF_MS, ACT_CRASH, 0, 0, 0);
	if (r->mode == STORE_LATE)
		plan(r, (rf_time)draw(r, 6000) * RF_MS, ACT_STORE, 0, (uint32_t)draw(r, 4000),
		    WORLD_ANSWER);
	if (r->mode == STORE_FAIL)
		plan(r, (rf_time)draw(r, 6000) * RF_MS, ACT_STORE, 0, 1, WORLD_FAIL);
	plan(r, (rf_time)(9000 + draw(r, 4000)) * RF_MS, ACT_STORE, 0, 1, WORLD_ANSWER);
}

/* ---- claims ---------------------------------------------------------------------------------- */

static uint32_t
field_of(const char *json, const char *name)
{
	const char *at = strstr(json, name);
	return at != NULL ? (uint32_t)strtoul(at + strlen(name), NULL, 10) : 0;
}

static void
check_refer(struct run *r, const struct party *center, struct rf_slice call_id, uint32_t cseq)
{
	static struct sip_text t;
	char wanted[TEXT_MAX];
	uint32_t outcomes = 0, status = 0, told = 0, told_status = 0;
	snprintf(wanted, sizeof wanted, "\"refer_call_id\":\"%.*s\"", SIP_SLICE(call_id));
	for (uint32_t i = 0; i < r->w->records; i++) {
		const struct world_record *record = &r->w->record[i];
		if (record->kind != RF_STORE_OUTCOME || strstr(record->text, wanted) == NULL ||
		    field_of(record->text, "\"refer_cseq\":") != cseq)
			continue;
		outcomes++;
		status = field_of(record->text, "\"status\":");
	}
	bool left = false;
	for (uint32_t i = 0; i < center->inbox_count; i++) {
		const struct party_mail *mail = &center->inbox[i];
		if (mail->again || !sip_read(&t, (struct rf_slice){ mail->bytes, mail->len }) ||
		    !t.is_request || !rf_slice_equal(sip_value(&t, "Call-ID"), call_id) ||
		    !sip_is(t.method, "NOTIFY") ||
		    !rf_star_match(RF_SLICE("terminated*"), sip_value(&t, "Subscription-State")))
			continue;
		told++;
		if (told_status != 0 && told_status != sip_frag_status(t.body) && r->undurable == 0)
			fail(r, "REFER %u: told %u and then %u", cseq, told_status,
			    sip_frag_status(t.body));
		told_status = sip_frag_status(t.body);
	}
	for (uint32_t i = 0; i < center->dialogs; i++)
		left = left || (rf_slice_equal(rf_slice_of(center->dialog[i]->call_id), call_id) &&
		    (center->dialog[i]->left || center->dialog[i]->ended));
	if (outcomes != 1)
		fail(r, "REFER %u: %u outcomes in the store", cseq, outcomes);
	else if (told == 0 && !left)
		fail(r, "REFER %u: its outcome %u was never told", cseq, status);
	else if (told > 0 && told_status != status && r->undurable == 0)
		fail(r, "REFER %u: stored %u, told %u", cseq, status, told_status);
}

static void
check_promises(struct run *r)
{
	static struct sip_text t;
	const struct party *center = party_named(r, "center");
	uint32_t promises = 0, outcomes = 0;
	for (uint32_t i = 0; i < center->inbox_count; i++) {
		const struct party_mail *mail = &center->inbox[i];
		if (mail->again || !sip_read(&t, (struct rf_slice){ mail->bytes, mail->len }) ||
		    t.is_request || !sip_is(t.method, "REFER") || t.status / 100 != 2)
			continue;
		struct rf_slice call_id = sip_value(&t, "Call-ID");
		uint32_t cseq = t.cseq;
		promises++;
		check_refer(r, center, call_id, cseq);
	}
	for (uint32_t i = 0; i < r->w->records; i++)
		outcomes += r->w->record[i].kind == RF_STORE_OUTCOME;
	/* A 2xx may be lost on its way; an outcome may not come from nothing. */
	if (outcomes < promises)
		fail(r, "%u promises, %u outcomes", promises, outcomes);
}

static uint32_t
established(const struct run *r)
{
	uint32_t count = 0;
	for (uint32_t i = 0; i < r->w->records; i++)
		count += strstr(r->w->record[i].text, "\"call.connected\"") != NULL;
	return count;
}

/* Asks in every dialog that its party takes for living: 200, or the party is wrong about it. */
static void
ask_everybody(struct run *r, const char *method)
{
	uint32_t first[WORLD_PARTIES_MAX];
	for (uint32_t i = 0; i < r->w->parties; i++) {
		struct party *p = &r->w->party[i];
		first[i] = p->transactions;
		for (uint32_t d = 0; d < p->dialogs; d++) {
			if (talks(p->dialog[d]))
				say(r, p, d + 1, method, "");
		}
	}
	play_until(r, r->w->now + 40 * RF_SECOND);
	for (uint32_t i = 0; i < r->w->parties; i++) {
		const struct party *p = &r->w->party[i];
		/* A call that was killed while it was set up is no call. */
		bool called = strcmp(p->name, "queue") == 0 || strcmp(p->name, "queue2") == 0 ||
		    strcmp(p->name, "ivr") == 0 || (i != CUSTOMER && r->crashes > 0 &&
		    established(r) < r->sessions);
		for (uint32_t k = first[i]; k < p->transactions; k++) {
			const struct party_transaction *t = p->transaction[k];
			if (!t->client || strcmp(t->method, method) != 0 || t->status == 200)
				continue;
			if (t->status == 481 && r->undurable > 0)
				r->uncommitted++;
			else if (called && t->status == 481 && r->crashes > 0)
				r->phantoms++;
			else if (t->status != 481 || !called)
				fail(r, "%s gets %u to its %s", p->name, t->status, method);
		}
	}
}

static void
check_rest(struct run *r)
{
	struct rf_stats stats;
	play_until(r, r->w->now + HEAL_MS * RF_MS);
	rf_engine_stats(r->w->engine, &stats);
	checkers_quiet(&r->w->checkers, r->w->now, &stats);
	for (uint32_t i = 0; i < r->w->checkers.violations; i++) {
		const struct check_violation *v = &r->w->checkers.violation[i];
		bool contradicted = v->invariant == CHECK_NOTIFY_ONCE ||
		    v->invariant == CHECK_NOTIFY_GONE || v->invariant == CHECK_SURVIVOR;
		if (!contradicted || r->undurable == 0)
			fail(r, "invariant %u at %.3f s: %s", v->invariant, (double)v->at / 1e6,
			    v->text);
	}
	if (r->disk != NULL)
		crash_disk_reread(r->disk);
	if (r->w->kepts > 0)
		fail(r, "%u sessions are left in the store", r->w->kepts);
	if (stats.restore_refused > 0)
		fail(r, "%llu snapshots were refused", (unsigned long long)stats.restore_refused);
	if (r->w->error[0] != '\0')
		fail(r, "%s", r->w->error);
}

/* ---- one run --------------------------------------------------------------------------------- */

static bool
play(struct run *r, bool verbose)
{
	struct world_options options;
	world_options_init(&options);
	options.seed = (uint32_t)r->seed;
	r->random = r->seed;
	r->w = world_new(&options);
	assert(r->w != NULL);
	r->w->lies = r->mode == STORE_LIE;
	r->disk = r->mode == STORE_DISK ? crash_disk_new(r->w, r->seed) : NULL;
	for (uint32_t i = 0; i < r->w->parties; i++)
		r->w->party[i].automatic |= PARTY_AUTO_GONE;
	plan_sessions(r);
	lose_some(r);
	play_until(r, CHAOS_MS * RF_MS);
	r->w->faults = 0;
	if (r->disk != NULL)
		crash_disk_fails_at(r->disk, 0);
	play_until(r, r->w->now + HEAL_MS * RF_MS);
	count_undurable(r);
	if (r->disk != NULL)
		crash_disk_reread(r->disk);
	check_promises(r);
	ask_everybody(r, "OPTIONS");
	ask_everybody(r, "BYE");
	check_rest(r);
	if ((r->error[0] != '\0' && !r->quiet) || verbose)
		printf("# seed %llu:\n%.*s", (unsigned long long)r->seed, (int)r->w->ladder_len,
		    r->w->ladder);
	if (r->disk != NULL)
		crash_disk_free(r->disk);
	world_free(r->w);
	return r->error[0] == '\0';
}

struct options {
	uint64_t first, runs;
	bool verbose, quiet;                    /* quiet: failures are only counted */
};

/* Runs of one mode; how many failed. */
static unsigned
play_all(const struct options *o, enum store_mode mode)
{
	static struct run run;
	uint64_t phantoms = 0, crashes = 0, undurable = 0;
	unsigned failed = 0;
	for (uint64_t seed = o->first; seed < o->first + o->runs; seed++) {
		memset(&run, 0, sizeof run);
		run.seed = seed;
		run.mode = mode;
		run.quiet = o->quiet;
		if (!play(&run, o->verbose)) {
			failed++;
			if (!o->quiet)
				printf("# seed %llu: %s\n", (unsigned long long)seed, run.error);
		}
		phantoms += run.phantoms;
		crashes += run.crashes;
		undurable += run.undurable > 0;
	}
	printf("# %llu runs, %llu crashes, %u failed; %llu targets left in the window of ADR 010, "
	    "%llu runs with something said before it was durable\n", (unsigned long long)o->runs,
	    (unsigned long long)crashes, failed, (unsigned long long)phantoms,
	    (unsigned long long)undurable);
	return failed;
}

static int
usage(void)
{
	fprintf(stderr, "crash [--runs N] [--seed FIRST] [--store ok|late|fail|disk|lie] "
	    "[--verbose]\n");
	return 64;
}

int
main(int argc, char **argv)
{
	static const char *const modes[] = { "ok", "late", "fail", "disk", "lie" };
	struct options o = { .first = 1, .runs = 200 };
	int mode = -1;
	bool asked = false;
	unsigned failed = 0;
	for (int i = 1; i < argc; i++) {
		bool more = i + 1 < argc;
		if (strcmp(argv[i], "--verbose") == 0)
			o.verbose = true;
		else if (more && strcmp(argv[i], "--runs") == 0)
			asked = true, o.runs = strtoull(argv[++i], NULL, 10);
		else if (more && strcmp(argv[i], "--seed") == 0)
			o.first = strtoull(argv[++i], NULL, 10);
		else if (more && strcmp(argv[i], "--store") == 0)
			for (i++, mode = 0; mode < 4 && strcmp(modes[mode], argv[i]) != 0; mode++)
				continue;
		else
			return usage();
	}
	if (mode >= 0)
		return play_all(&o, (enum store_mode)mode) == 0 ? 0 : 1;
	printf("TAP version 13\n1..5\n");
	for (mode = 0; mode < 4; mode++) {
		struct options some = o;
		if (mode == STORE_DISK && !asked)       /* it really writes */
			some.runs = DISK_RUNS;
		bool ok = play_all(&some, (enum store_mode)mode) == 0;
		printf("%s %d - every promise outlives kill -9, store: %s\n", ok ? "ok" : "not ok",
		    mode + 1, modes[mode]);
		failed += !ok;
	}
	o.quiet = true;
	bool caught = play_all(&o, STORE_LIE) > 0;
	printf("%s 5 - a store that lies is found out\n", caught ? "ok" : "not ok");
	return failed == 0 && caught ? 0 : 1;
}
