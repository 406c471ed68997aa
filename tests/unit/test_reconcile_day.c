/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_reconcile_day.c -- a day of two sides, and every difference that was planted in
 * it: all are found, and no other.
 *
 * The day is a function of its seed.  Each kind of session is a function below: what we recorded,
 * what the platform has, and what has to be found.  Most have nothing to be found, in all the ways
 * two honest platforms may tell the same. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "engine/drbg.h"
#include "tests/unit/test_reconcile_world.h"

enum {
	SESSIONS = 6000,
	PLANTED = 500,
	ROWS_MAX = 2 * SESSIONS,
	ROW_MAX = 400,
	EXPECTED_MAX = 1000,
};

struct session {                                /* drawn: what both sides tell of it */
	uint32_t number;
	uint64_t id;
	int64_t start, answered, asked, decided, end;
	char call_id[64], tag[24], own[24];     /* of the first leg */
	char refer_id[64], refer_tag[24], refer_own[24];
	char target[64];
	uint32_t outcome;                       /* 0 TRANSFERRED, 1 FAILED, 2 CLOSED */
};

struct expected {
	enum rf_reconcile_class class;
	int row, other;                         /* the later of both; -1: in no row */
	uint64_t session;
};

struct day {
	struct reconcile_world *w;
	uint64_t key[2], draws;
	char (*row)[ROW_MAX];
	int rows;
	struct expected expected[EXPECTED_MAX];
	size_t count;
};

static const char *const ours[] = { "TRANSFERRED", "FAILED", "CLOSED" };
static const char *const theirs[] = { "Completed", "No Answer", "Abandoned" };

static uint64_t
draw(struct day *d, uint64_t below)
{
	uint64_t n = d->draws++;
	return rf_siphash(d->key, &n, sizeof n) % below;
}

static void
draw_session(struct day *d, struct session *s, uint32_t number)
{
	*s = (struct session){ .number = number, .id = draw(d, 1ull << 46) + 1 };
	s->start = DAY + (int64_t)draw(d, 82000) * RF_SECOND + (int64_t)draw(d, 1000) * RF_MS;
	s->answered = s->start + (int64_t)draw(d, 20000) * RF_MS;
	s->asked = s->answered + (int64_t)(30 + draw(d, 600)) * RF_SECOND;
	s->decided = s->asked + (int64_t)(1 + draw(d, 30)) * RF_SECOND;
	s->end = s->decided + (int64_t)(30 + draw(d, 900)) * RF_SECOND;
	s->outcome = (uint32_t)draw(d, 3);
	snprintf(s->call_id, sizeof s->call_id, "%08" PRIx64 "-%u@pbx.example", draw(d, 1u << 31),
	    number);
	snprintf(s->tag, sizeof s->tag, "t%" PRIx64, draw(d, 1ull << 60));
	snprintf(s->own, sizeof s->own, "00%014" PRIx64, draw(d, 1ull << 50));
	snprintf(s->refer_id, sizeof s->refer_id, "00%014" PRIx64 "-%u", draw(d, 1ull << 50),
	    number);
	snprintf(s->refer_tag, sizeof s->refer_tag, "r%" PRIx64, draw(d, 1ull << 60));
	snprintf(s->refer_own, sizeof s->refer_own, "00%014" PRIx64, draw(d, 1ull << 50));
	/* Busy queues and single agents. */
	if (number % 2 == 0)
		snprintf(s->target, sizeof s->target, "billing");
	else
		snprintf(s->target, sizeof s->target, "agent-%u", number);
}

/* ---- what we recorded ----------------------------------------------------------------------- */

static void
put_connected(struct day *d, const struct session *s)
{
	reconcile_world_put(d->w, RF_STORE_ESTABLISHED, s->id, s->answered, false,
	    "\"call_id\":\"%s\",\"from_tag\":\"%s\",\"to_tag\":\"%s\","
	    "\"target\":\"sip:desk@center.example\"",
	    s->call_id, s->tag, s->own);
}

static void
put_ended(struct day *d, const struct session *s)
{
	reconcile_world_put(d->w, RF_STORE_ENDED, s->id, s->end, false,
	    "\"call_id\":\"%s\",\"from_tag\":\"%s\",\"to_tag\":\"%s\","
	    "\"target\":\"sip:desk@center.example\",\"started_us\":%" PRId64
	    ",\"answered_us\":%" PRId64 ",\"duration_ms\":%" PRId64,
	    s->call_id, s->tag, s->own, s->start, s->answered, (s->end - s->start) / RF_MS);
}

/* cseq: of the REFER. */
static void
put_transfer(struct day *d, const struct session *s, enum rf_store_kind kind, uint32_t cseq,
    bool deliver)
{
	bool is_outcome = kind == RF_STORE_OUTCOME;
	reconcile_world_put(d->w, kind, s->id, is_outcome ? s->decided : s->asked, deliver,
	    "\"call_id\":\"%s\",\"from_tag\":\"%s\",\"to_tag\":\"%s\",\"refer_call_id\":\"%s\","
	    "\"refer_from_tag\":\"%s\",\"refer_to_tag\":\"%s\",\"refer_cseq\":%u,"
	    "\"refer_to\":\"<sip:%s@referee.example;user=phone?X=1>\","
	    "\"target\":\"sip:%s@acd.example;transport=tls\"%s%s%s",
	    s->call_id, s->tag, s->own, s->refer_id, s->refer_tag, s->refer_own, cseq, s->target,
	    s->target, is_outcome ? ",\"outcome\":\"" : "", is_outcome ? ours[s->outcome] : "",
	    is_outcome ? "\"" : "");
}

static void
put_call(struct day *d, const struct session *s)
{
	put_connected(d, s);
	put_ended(d, s);
}

static void
put_all(struct day *d, const struct session *s)
{
	put_connected(d, s);
	put_transfer(d, s, RF_STORE_PROMISE, 102, false);
	put_transfer(d, s, RF_STORE_OUTCOME, 102, false);
	put_ended(d, s);
}

/* ---- what they have ------------------------------------------------------------------------- */

/* Columns: session, Call-ID, from_tag, to_tag, outcome, note, target, start, duration. */
static int __attribute__((format(printf, 2, 3)))
add_row(struct day *d, const char *format, ...)
{
	va_list arguments;
	CHECK_OR_STOP(d->rows < ROWS_MAX);
	va_start(arguments, format);
	vsnprintf(d->row[d->rows], ROW_MAX, format, arguments);
	va_end(arguments);
	return d->rows++;
}

static double
seconds(int64_t us)
{
	return (double)us / (double)RF_SECOND;
}

static int
add_call(struct day *d, const struct session *s)
{
	return add_row(d, ",%s,%s,%s,,\"a \"\"call\"\", of two\",,%.3f,%.3f", s->call_id, s->tag,
	    s->own, seconds(s->start) + 1.2, seconds(s->end - s->start) - 0.7);
}

/* One way or another to name the same transfer. */
static int
add_transfer_as(struct day *d, const struct session *s, const char *outcome, uint64_t way)
{
	double when = seconds(s->asked) - 2.1;
	switch (way) {
	case 0:                                 /* all of it, From and To as the center sees them */
		return add_row(d, ",%s,%s,%s,%s,,sip:%s@acd.example,%.3f,", s->refer_id,
		    s->refer_own, s->refer_tag, outcome, s->target, when);
	case 1:                                 /* without tags */
		return add_row(d, ",\"%s\",,,%s,,%s,%.3f,", s->refer_id, outcome, s->target, when);
	case 2:                                 /* a tag was rewritten on the way */
		return add_row(d, ",%s,b2b-%u,%s,%s,,tel:%s,%.3f,", s->refer_id, s->number,
		    s->refer_tag, outcome, s->target, when);
	case 3:                                 /* the Call-ID was */
		return add_row(d, ",masked-%u@sbc,b2b-%u,%s,%s,,%s,%.3f,", s->number, s->number,
		    s->refer_own, outcome, s->target, when);
	case 4:                                 /* by our number, from the webhook */
		return add_row(d, "%012" PRIx64 ",,,,%s,,%s,%.3f,", s->id, outcome, s->target,
		    when);
	case 5:                                 /* the caller's leg, one record a call */
		return add_row(d, ",%s,%s,%s,%s,,%s,%.3f,%.1f", s->call_id, s->tag, s->own, outcome,
		    s->target, seconds(s->start), seconds(s->end - s->start));
	default:                                /* everything was rewritten */
		return add_row(d, ",masked-%u@sbc,x-%u,y-%u,%s,,%s,%.3f,", s->number, s->number,
		    s->number, outcome, s->target, when);
	}
}

static int
add_transfer(struct day *d, const struct session *s)
{
	/* Only who is called once within seconds is found by target and time. */
	return add_transfer_as(d, s, theirs[s->outcome], draw(d, s->number % 2 == 0 ? 6 : 7));
}

static void
expect(struct day *d, enum rf_reconcile_class class, int row, int other, uint64_t session)
{
	CHECK_OR_STOP(d->count < EXPECTED_MAX);
	d->expected[d->count++] = (struct expected){ class, row, other, session };
}

/* ---- nothing to be found -------------------------------------------------------------------- */

static void
honest_call(struct day *d, struct session *s)
{
	put_call(d, s);
	add_call(d, s);
}

static void
honest_transfer(struct day *d, struct session *s)
{
	put_all(d, s);
	add_transfer(d, s);
}

static void
honest_transfer_with_both_legs(struct day *d, struct session *s)
{
	put_all(d, s);
	add_call(d, s);
	add_transfer(d, s);
}

static void
honest_second_try(struct day *d, struct session *s)
{
	struct session second = *s;
	s->outcome = 1;
	put_connected(d, s);
	put_transfer(d, s, RF_STORE_PROMISE, 102, false);
	put_transfer(d, s, RF_STORE_OUTCOME, 102, false);
	second.asked = s->decided + 40 * RF_SECOND;
	second.decided = second.asked + 4 * RF_SECOND;
	second.end = second.decided + 60 * RF_SECOND;
	second.outcome = 0;
	put_transfer(d, &second, RF_STORE_PROMISE, 103, false);
	put_transfer(d, &second, RF_STORE_OUTCOME, 103, false);
	put_ended(d, &second);
	add_transfer_as(d, &second, theirs[0], draw(d, 5));
	add_transfer_as(d, s, theirs[1], draw(d, 5));
}

static void
honest_live_call(struct day *d, struct session *s)
{
	put_connected(d, s);                    /* a record of theirs comes with its end */
}

static void
honest_refusal(struct day *d, struct session *s)
{
	put_call(d, s);
	add_call(d, s);
	add_transfer_as(d, s, "No Answer", 5);  /* the REFER got 403: nothing was promised */
}

static void
honest_withdrawal(struct day *d, struct session *s)
{
	put_connected(d, s);
	put_transfer(d, s, RF_STORE_PROMISE, 102, false);
	put_transfer(d, s, RF_STORE_WITHDRAWAL, 102, false);
	put_ended(d, s);
	add_call(d, s);
	if (draw(d, 2) == 0)
		add_transfer_as(d, s, "No Answer", draw(d, 6));
}

static void
honest_other_day(struct day *d, struct session *s)
{
	const int64_t later = 30 * 3600 * RF_SECOND;
	s->start += later;
	s->answered += later;
	s->asked += later;
	s->decided += later;
	s->end += later;
	put_all(d, s);
}

static void
honest_young_delivery(struct day *d, struct session *s)
{
	put_connected(d, s);
	put_transfer(d, s, RF_STORE_PROMISE, 102, false);
	s->decided = d->w->now_us - 60 * RF_SECOND;
	put_transfer(d, s, RF_STORE_OUTCOME, 102, true);
	put_ended(d, s);
	add_transfer_as(d, s, theirs[s->outcome], 0);
}

/* ---- planted -------------------------------------------------------------------------------- */

static void
we_know_no_outcome(struct day *d, struct session *s)
{
	put_connected(d, s);
	put_transfer(d, s, RF_STORE_PROMISE, 102, false);
	put_ended(d, s);
	expect(d, RF_CLASS_missed_notify, add_transfer(d, s), -1, s->id);
}

static void
they_know_no_outcome(struct day *d, struct session *s)
{
	put_all(d, s);
	expect(d, RF_CLASS_missed_notify, add_transfer_as(d, s, "In Progress", draw(d, 6)), -1,
	    s->id);
}

static void
we_know_no_transfer(struct day *d, struct session *s)
{
	put_call(d, s);
	expect(d, RF_CLASS_missed_notify, add_transfer_as(d, s, "Completed", 5), -1, s->id);
}

static void
a_dead_letter(struct day *d, struct session *s)
{
	char sql[512];
	honest_transfer(d, s);
	reconcile_world_commit(d->w);
	snprintf(sql, sizeof sql,
	    "INSERT INTO dead_letter (time, receiver, attempts, reason, body, session) VALUES "
	    "(%" PRId64 ", 'crm', 4, 'status 500', "
	    "'{\"type\":\"transfer.connected\",\"time_us\":%" PRId64 "}', %" PRIu64 ")",
	    s->decided + 600 * RF_SECOND, s->decided, s->id);
	store_world_sql(d->w->store, sql);
	expect(d, RF_CLASS_lost_webhook, -1, -1, s->id);
}

static void
an_old_delivery(struct day *d, struct session *s)
{
	put_connected(d, s);
	put_transfer(d, s, RF_STORE_PROMISE, 102, false);
	put_transfer(d, s, RF_STORE_OUTCOME, 102, true);
	put_ended(d, s);
	add_transfer(d, s);
	expect(d, RF_CLASS_lost_webhook, -1, -1, s->id);
}

static void
we_never_ended(struct day *d, struct session *s)
{
	put_connected(d, s);
	expect(d, RF_CLASS_orphan_leg, add_call(d, s), -1, s->id);
}

static void
they_miss_a_call(struct day *d, struct session *s)
{
	put_call(d, s);
	expect(d, RF_CLASS_orphan_leg, -1, -1, s->id);
}

static void
they_miss_a_transfer(struct day *d, struct session *s)
{
	put_all(d, s);
	if (draw(d, 2) == 0)
		add_call(d, s);
	expect(d, RF_CLASS_orphan_leg, -1, -1, s->id);
}

static void
they_tell_a_transfer_twice(struct day *d, struct session *s)
{
	put_all(d, s);
	int row = add_transfer_as(d, s, theirs[s->outcome], draw(d, 6));
	expect(d, RF_CLASS_duplicate, row, add_transfer_as(d, s, theirs[s->outcome], draw(d, 6)),
	    s->id);
}

static void
they_tell_a_call_twice(struct day *d, struct session *s)
{
	put_call(d, s);
	int row = add_call(d, s);
	expect(d, RF_CLASS_duplicate, row, add_call(d, s), s->id);
}

static void
we_decided_twice(struct day *d, struct session *s)
{
	put_all(d, s);
	put_transfer(d, s, RF_STORE_OUTCOME, 102, false);
	add_transfer(d, s);
	expect(d, RF_CLASS_duplicate, -1, -1, s->id);
}

static void
another_outcome(struct day *d, struct session *s)
{
	put_all(d, s);
	expect(d, RF_CLASS_mismatch, add_transfer_as(d, s, theirs[(s->outcome + 1) % 3],
				     draw(d, 6)), -1, s->id);
}

static void
another_target(struct day *d, struct session *s)
{
	put_all(d, s);
	snprintf(s->target, sizeof s->target, "somebody-%u", s->number);
	expect(d, RF_CLASS_mismatch, add_transfer_as(d, s, theirs[s->outcome], draw(d, 6)), -1,
	    s->id);
}

static void
another_start(struct day *d, struct session *s)
{
	put_all(d, s);
	s->asked -= 5 * 3600 * RF_SECOND;
	s->start -= 5 * 3600 * RF_SECOND;
	expect(d, RF_CLASS_mismatch, add_transfer_as(d, s, theirs[s->outcome], draw(d, 6)), -1,
	    s->id);
}

static void
another_duration(struct day *d, struct session *s)
{
	put_call(d, s);
	s->end += 47 * RF_SECOND;
	expect(d, RF_CLASS_mismatch, add_call(d, s), -1, s->id);
}

static void
a_call_of_nobody(struct day *d, struct session *s)
{
	expect(d, RF_CLASS_unknown, add_call(d, s), -1, 0);
}

static void
a_transfer_of_nobody(struct day *d, struct session *s)
{
	snprintf(s->target, sizeof s->target, "nowhere-%u", s->number);
	expect(d, RF_CLASS_unknown, add_transfer_as(d, s, "Completed", draw(d, 7)), -1, 0);
}

/* ---- the day -------------------------------------------------------------------------------- */

typedef void kind_fn(struct day *, struct session *);
static kind_fn *const honest[] = { honest_call, honest_call, honest_transfer, honest_transfer,
	honest_transfer, honest_transfer_with_both_legs, honest_second_try, honest_live_call,
	honest_refusal, honest_withdrawal, honest_other_day, honest_young_delivery };
static kind_fn *const planted[] = { we_know_no_outcome, they_know_no_outcome, we_know_no_transfer,
	a_dead_letter, an_old_delivery, we_never_ended, they_miss_a_call, they_miss_a_transfer,
	they_tell_a_transfer_twice, they_tell_a_call_twice, we_decided_twice, another_outcome,
	another_target, another_start, another_duration, a_call_of_nobody, a_transfer_of_nobody };

static struct day *
make_day(uint64_t seed)
{
	struct day *d = calloc(1, sizeof *d);
	CHECK_OR_STOP(d != NULL);
	d->w = reconcile_world_new();
	d->w->now_us = DAY + 86400 * RF_SECOND;
	d->key[0] = seed;
	d->row = calloc(ROWS_MAX, sizeof *d->row);
	CHECK_OR_STOP(d->row != NULL);
	for (uint32_t i = 0; i < SESSIONS; i++) {
		struct session s;
		draw_session(d, &s, i);
		if (i % (SESSIONS / PLANTED) == 0)
			planted[i / (SESSIONS / PLANTED) % RF_ARRAY_LEN(planted)](d, &s);
		else
			honest[draw(d, RF_ARRAY_LEN(honest))](d, &s);
	}
	CHECK(d->count == PLANTED);
	return d;
}

static void
free_day(struct day *d)
{
	reconcile_world_free(d->w);
	free(d->row);
	free(d);
}

/* In any order; line[n]: where row n is. */
static void
write_rows(struct day *d, uint32_t *line)
{
	int *order = calloc((size_t)d->rows, sizeof *order);
	FILE *f = fopen(d->w->path, "w");
	CHECK_OR_STOP(order != NULL && f != NULL);
	for (int i = 0; i < d->rows; i++)
		order[i] = i;
	for (int i = d->rows - 1; i > 0; i--) {
		int k = (int)draw(d, (uint64_t)i + 1), other = order[i];
		order[i] = order[k];
		order[k] = other;
	}
	fputs("session,Call-ID,From_Tag,to_tag,Disposition,note,target,start,duration\r\n", f);
	for (int i = 0; i < d->rows; i++) {
		line[order[i]] = (uint32_t)i + 2;
		fprintf(f, "%s\r\n", d->row[order[i]]);
	}
	fclose(f);
	free(order);
}

static int
compare_found(const void *a, const void *b)
{
	const struct found *x = a, *y = b;
	if (x->class != y->class)
		return x->class < y->class ? -1 : 1;
	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	return x->session < y->session ? -1 : x->session > y->session;
}

static uint32_t
line_of(const struct expected *e, const uint32_t *line)
{
	uint32_t first = e->row < 0 ? 0 : line[e->row], second = e->other < 0 ? 0 : line[e->other];
	return first > second ? first : second;
}

static void
note(const char *what, const struct found *f)
{
	check_note("%s: %s, line %u, session %012" PRIx64 ": %s", what,
	    rf_reconcile_class_name(f->class), f->line, f->session, f->text);
}

/* Both are sorted. */
static void
check_same(const struct found *want, size_t wanted, const struct found *have, size_t had)
{
	size_t i = 0, k = 0;
	while (i < wanted || k < had) {
		int order = i == wanted ? 1 : k == had ? -1 : compare_found(&want[i], &have[k]);
		if (order < 0)
			note("not found", &want[i]);
		else if (order > 0)
			note("not planted", &have[k]);
		CHECK(order == 0);
		i += order <= 0;
		k += order >= 0;
	}
}

static void
check_day(uint64_t seed)
{
	static struct rf_config_outcome outcomes[] = { { "completed", RF_WORD_TRANSFERRED },
		{ "NO *", RF_WORD_FAILED }, { "Abandon*", RF_WORD_CLOSED },
		{ "in progress", RF_WORD_PENDING } };
	struct day *d = make_day(seed);
	uint32_t *line = calloc(ROWS_MAX, sizeof *line);
	struct found *want = calloc(PLANTED, sizeof *want);
	CHECK_OR_STOP(line != NULL && want != NULL);
	write_rows(d, line);
	for (size_t i = 0; i < d->count; i++)
		want[i] = (struct found){ .class = d->expected[i].class,
			.line = line_of(&d->expected[i], line),
			.session = d->expected[i].session };
	d->w->map.column[RF_COLUMN_CALL_ID] = "Call-ID";
	d->w->map.column[RF_COLUMN_OUTCOME] = "Disposition";
	d->w->map.outcomes = outcomes;
	d->w->map.outcomes_count = RF_ARRAY_LEN(outcomes);
	d->w->since_us = DAY;
	d->w->until_us = d->w->now_us;
	bool done = reconcile_world_run_file(d->w);
	if (!done)
		check_note("%s", d->w->text);
	CHECK(done);
	check_note("%" PRIu64 " records, %" PRIu64 " calls, %" PRIu64 " transfers, %zu findings",
	    d->w->result.records, d->w->result.calls, d->w->result.transfers, d->w->count);
	CHECK(d->w->result.records == (uint64_t)d->rows);
	for (uint32_t key = RF_KEY_SESSION; key < RF_KEY_MAX; key++)
		CHECK(d->w->result.matched[key] > 0);
	qsort(want, d->count, sizeof *want, compare_found);
	qsort(d->w->found, d->w->count, sizeof *want, compare_found);
	check_same(want, d->count, d->w->found, d->w->count);
	free(want);
	free(line);
	free_day(d);
}

static void
of_a_day_all_that_was_planted_is_found_and_nothing_else(void)
{
	check_day(1);
}

static void
of_another_day_too(void)
{
	check_day(2);
}

int
main(void)
{
	static const struct check_test tests[] = {
		CHECK_TEST(of_a_day_all_that_was_planted_is_found_and_nothing_else),
		CHECK_TEST(of_another_day_too),
	};
	return check_main("reconcile day", tests, sizeof tests / sizeof tests[0]);
}
