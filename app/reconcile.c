/* SPDX-License-Identifier: BSD-2-Clause */
/* app/reconcile.c -- see its header.
 *
 * Their file is read three times: to find its mistakes and its period before anything is said, to
 * match what has a key, and to match the rest by target and time.  So no record takes by a weak key
 * what a later one has a strict key for. */
#include "app/reconcile.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "app/config_parts.h"
#include "app/platform.h"
#include "app/reconcile_match.h"

/* Sessions that began before the period, or end behind it, are looked at, too. */
#define MARGIN (24 * 3600 * RF_SECOND)

struct run {
	const struct rf_reconcile_question *q;
	struct rf_reconcile_result *result;
	struct rf_config_errors *errors;
	struct rf_platform *file;
	struct rf_store_reader *reader;
	struct rf_reconcile_index *index;
	int64_t since, until;                   /* of ours that have to be known there */
	uint8_t *left;                          /* a bit a record: nothing strict found it */
	uint64_t left_count;
	bool too_many;
};

static const char *const class_names[RF_CLASS_MAX] = {
#define X(name, text) [RF_CLASS_##name] = text,
	RF_RECONCILE_CLASSES(X)
#undef X
};
static const char *const key_names[RF_KEY_MAX] = {
	[RF_KEY_NONE] = "none", [RF_KEY_SESSION] = "session", [RF_KEY_DIALOG] = "dialog",
	[RF_KEY_CALL_ID] = "call-id", [RF_KEY_OWN_TAG] = "own-tag", [RF_KEY_TARGET] = "target",
};
static const char *const ours_names[] = {
	[RF_OURS_OPEN] = "none", [RF_OURS_TRANSFERRED] = "transferred", [RF_OURS_FAILED] = "failed",
	[RF_OURS_CLOSED] = "closed",
};
static const char *const word_names[] = {
	[RF_WORD_TRANSFERRED] = "transferred", [RF_WORD_FAILED] = "failed",
	[RF_WORD_CLOSED] = "closed", [RF_WORD_PENDING] = "pending", [RF_WORD_CALL] = "call",
};

const char *
rf_reconcile_class_name(enum rf_reconcile_class class)
{
	return class_names[class];
}

const char *
rf_reconcile_key_name(enum rf_reconcile_key key)
{
	return key_names[key];
}

static bool
is_stopped(const struct run *run)
{
	return run->q->stop != NULL && atomic_load_explicit(run->q->stop, memory_order_relaxed);
}

static void
complain(struct run *run, const char *why)
{
	rf_config_complain_at(run->errors, 0, 0, "", "%s", why);
}

/* ---- findings ------------------------------------------------------------------------------- */

struct ours {                                   /* texts of one record of ours */
	char call_id[256], target[160];
};

static bool
keep_ours(void *user, const struct rf_store_fact *f)
{
	struct ours *o = user;
	struct rf_slice call_id = f->refer_call_id.len > 0 ? f->refer_call_id : f->call_id;
	snprintf(o->call_id, sizeof o->call_id, "%.*s", (int)call_id.len, call_id.p);
	snprintf(o->target, sizeof o->target, "%.*s", (int)f->target.len, f->target.p);
	return true;
}

static struct ours
ours_of(struct run *run, int64_t event)
{
	struct ours o = { "", "" };
	rf_store_reader_fact(run->reader, event, keep_ours, &o);
	return o;
}

static void
find(struct run *run, const struct rf_reconcile_finding *f)
{
	run->result->found[f->class]++;
	run->q->found(run->q->user, f);
}

/* About a record of theirs. */
static void
find_theirs(struct run *run, const struct rf_platform_record *r, const struct rf_reconcile_match *m,
    enum rf_reconcile_class class, const char *text, bool personal)
{
	find(run,
	    &(struct rf_reconcile_finding){ .class = class,
		.personal = personal,
		.key = m->key,
		.line = r->line,
		.session = m->call != NULL ? m->call->session : 0,
		.event = m->transfer != NULL ? m->transfer->event
		    : m->call != NULL ? m->call->event : 0,
		.call_id = r->text[RF_COLUMN_CALL_ID],
		.text = text });
}

static void
find_ours(struct run *run, const struct rf_our_call *c, int64_t event,
    enum rf_reconcile_class class, const char *text)
{
	struct ours o = ours_of(run, event);
	find(run,
	    &(struct rf_reconcile_finding){ .class = class,
		.session = c->session,
		.event = event,
		.call_id = rf_slice_of(o.call_id),
		.text = text });
}

/* ---- a record and what it found ------------------------------------------------------------- */

struct differences {
	char text[RF_RECONCILE_TEXT_MAX];
	size_t len;
	bool personal;
};

static void __attribute__((format(printf, 2, 3)))
differ(struct differences *d, const char *format, ...)
{
	va_list arguments;
	if (d->len > 0)
		d->len += (size_t)snprintf(d->text + d->len, sizeof d->text - d->len, "; ");
	if (d->len >= sizeof d->text)
		return;
	va_start(arguments, format);
	int len = vsnprintf(d->text + d->len, sizeof d->text - d->len, format, arguments);
	va_end(arguments);
	d->len += (size_t)len;
	if (d->len >= sizeof d->text)
		d->len = sizeof d->text - 1;
}

static bool
is_near(const struct run *run, int64_t theirs, int64_t ours)
{
	int64_t apart = theirs > ours ? theirs - ours : ours - theirs;
	return apart <= run->q->map->tolerance;
}

/* ours: 0 or less: not known. */
static bool
is_at(const struct run *run, int64_t theirs, int64_t ours)
{
	return ours > 0 && is_near(run, theirs, ours);
}

static bool
is_old(const struct run *run, int64_t us)
{
	return us + run->q->map->grace < run->q->now_us;
}

static void
compare_target(struct run *run, struct differences *d, const struct rf_platform_record *r,
    struct rf_target_key ours, struct rf_target_key refer_to, int64_t event)
{
	struct rf_slice text = r->text[RF_COLUMN_TARGET];
	if (text.len == 0 || ours.user == 0)
		return;
	struct rf_target_key theirs = rf_reconcile_target(run->index, text);
	if (rf_reconcile_target_is(theirs, ours) || rf_reconcile_target_is(theirs, refer_to))
		return;
	struct ours o = ours_of(run, event);
	d->personal = true;
	differ(d, "target: theirs %.*s, ours %.*s", (int)(text.len < 80 ? text.len : 80),
	    text.p, 80, o.target);
}

static void
compare_start(const struct run *run, struct differences *d, const struct rf_platform_record *r,
    int64_t first, int64_t second, int64_t third)
{
	int64_t ours = first > 0 ? first : second > 0 ? second : third;
	if (!r->has_start || ours <= 0 || is_at(run, r->start_us, first) ||
	    is_at(run, r->start_us, second) || is_at(run, r->start_us, third))
		return;
	differ(d, "start: theirs %+.3f s from ours",
	    (double)(r->start_us - ours) / (double)RF_SECOND);
}

/* Theirs is about a transfer that we promised. */
static void
compare_transfer(
    struct run *run, const struct rf_platform_record *r, const struct rf_reconcile_match *m)
{
	const struct rf_our_transfer *t = m->transfer;
	const char *theirs = word_names[r->word], *ours = ours_names[t->outcome];
	struct differences d = { .len = 0 };
	bool knows = r->word != RF_WORD_PENDING;
	bool old = is_old(run, t->asked_us != 0 ? t->asked_us : t->decided_us);
	if (t->withdrawn) {
		if (r->word == RF_WORD_TRANSFERRED)
			differ(&d, "outcome: theirs %s, but we refused the REFER", theirs);
	} else if (t->outcome == RF_OURS_OPEN) {
		if (old)
			differ(&d, "outcome: theirs %s, ours none", theirs);
		if (old)
			find_theirs(run, r, m, RF_CLASS_missed_notify, d.text, false);
		return;
	} else if (!knows) {
		differ(&d, "outcome: theirs none, ours %s", ours);
		find_theirs(run, r, m, RF_CLASS_missed_notify, d.text, false);
		return;
	} else if (strcmp(theirs, ours) != 0) {
		differ(&d, "outcome: theirs %s, ours %s", theirs, ours);
	}
	compare_target(run, &d, r, t->target, t->refer_to, t->event);
	compare_start(run, &d, r, t->asked_us, t->decided_us, t->call->started_us);
	if (d.len > 0)
		find_theirs(run, r, m, RF_CLASS_mismatch, d.text, d.personal);
}

static void
compare_duration(const struct run *run, struct differences *d, const struct rf_platform_record *r,
    const struct rf_our_call *c)
{
	int64_t talked = c->answered_us > 0 && c->started_us > 0 ?
	    c->duration_us - (c->answered_us - c->started_us) : c->duration_us;
	/* A leg of a transfer may end before its session does. */
	if (!r->has_duration || c->duration_us < 0 || c->transfers != NULL ||
	    is_near(run, r->duration_us, c->duration_us) || is_near(run, r->duration_us, talked))
		return;
	differ(d, "duration: theirs %.3f s, ours %.3f s",
	    (double)r->duration_us / (double)RF_SECOND, (double)c->duration_us / (double)RF_SECOND);
}

static void
compare_call(
    struct run *run, const struct rf_platform_record *r, const struct rf_reconcile_match *m)
{
	const struct rf_our_call *c = m->call;
	struct differences d = { .len = 0 };
	int64_t end = r->has_start ? r->start_us + (r->has_duration ? r->duration_us : 0) : 0;
	if (c->connected && !c->ended) {
		if (is_old(run, end))
			find_theirs(run, r, m, RF_CLASS_orphan_leg,
			    "it is over there; here it never ended", false);
		return;
	}
	/* Other legs than the first have a target and a time of their own. */
	if (m->leg == NULL || m->leg == c->legs) {
		if (c->transfers == NULL)
			compare_target(run, &d, r, c->target, c->target, c->event);
		compare_start(run, &d, r, c->started_us, c->answered_us, c->answered_us);
		compare_duration(run, &d, r, c);
	}
	if (d.len > 0)
		find_theirs(run, r, m, RF_CLASS_mismatch, d.text, d.personal);
}

static void
judge(struct run *run, const struct rf_platform_record *r, const struct rf_reconcile_match *m)
{
	run->result->matched[m->key]++;
	if (m->again)
		find_theirs(run, r, m, RF_CLASS_duplicate, "another record has it already", false);
	else if (r->word == RF_WORD_CALL)
		compare_call(run, r, m);
	else if (m->transfer != NULL)
		compare_transfer(run, r, m);
	else if (r->word == RF_WORD_TRANSFERRED)
		find_theirs(run, r, m, RF_CLASS_missed_notify,
		    "they transferred the call; no transfer is known here", false);
	/* Else: what was refused before it was promised has no record here. */
}

/* ---- passes over their file ----------------------------------------------------------------- */

static void
widen(struct run *run, const struct rf_platform_record *r)
{
	if (!r->has_start)
		return;
	if (run->q->since_us == INT64_MIN && (run->since == INT64_MIN || r->start_us < run->since))
		run->since = r->start_us;
	if (run->q->until_us == INT64_MAX && (run->until == INT64_MAX || r->start_us >= run->until))
		run->until = r->start_us + 1;
}

/* Finds all mistakes, and the period. */
static bool
read_through(struct run *run)
{
	struct rf_platform_record r;
	run->since = run->q->since_us;
	run->until = run->q->until_us;
	while (!is_stopped(run) && rf_platform_next(run->file, &r)) {
		run->result->records++;
		widen(run, &r);
	}
	run->left = calloc(run->result->records / 8 + 1, 1);
	if (run->left == NULL)
		complain(run, "no memory");
	return run->errors->count == 0;
}

static bool
match_strictly(struct run *run)
{
	struct rf_platform_record r;
	if (!rf_platform_rewind(run->file))
		return false;
	for (uint64_t i = 0; i < run->result->records && !is_stopped(run); i++) {
		if (!rf_platform_next(run->file, &r))
			break;
		struct rf_reconcile_match m = rf_reconcile_match(run->index, &r);
		if (m.key != RF_KEY_NONE) {
			judge(run, &r, &m);
			continue;
		}
		run->left[i / 8] |= (uint8_t)(1 << i % 8);
		run->left_count++;
	}
	return run->errors->count == 0;
}

static void
match_by_target(struct run *run, const struct rf_platform_record *r)
{
	struct rf_reconcile_match m = { .key = RF_KEY_NONE };
	struct rf_slice target = r->text[RF_COLUMN_TARGET];
	if (r->word != RF_WORD_CALL && r->has_start && target.len > 0)
		m.transfer = rf_reconcile_index_timed(run->index,
		    rf_reconcile_target(run->index, target), r->start_us,
		    run->q->map->tolerance);
	if (m.transfer == NULL) {
		run->result->matched[RF_KEY_NONE]++;
		find_theirs(
		    run, r, &m, RF_CLASS_unknown, "it belongs to nothing of ours", false);
		return;
	}
	m.key = RF_KEY_TARGET;
	m.call = m.transfer->call;
	m.call->known = m.transfer->claimed = true;
	judge(run, r, &m);
}

static bool
match_the_rest(struct run *run)
{
	struct rf_platform_record r;
	if (run->left_count == 0)
		return true;
	if (!rf_platform_rewind(run->file))
		return false;
	for (uint64_t i = 0; i < run->result->records && !is_stopped(run); i++) {
		if (!rf_platform_next(run->file, &r))
			break;
		if ((run->left[i / 8] >> i % 8 & 1) != 0)
			match_by_target(run, &r);
	}
	return run->errors->count == 0;
}

/* ---- passes over ours ----------------------------------------------------------------------- */

static bool
take_fact(void *user, const struct rf_store_fact *f)
{
	struct run *run = user;
	run->too_many = !rf_reconcile_index_add(run->index, f);
	return !run->too_many && !is_stopped(run);
}

static bool
load(struct run *run)
{
	char error[RF_STORE_ERROR_MAX];
	int64_t since = run->since < INT64_MIN + MARGIN ? run->since : run->since - MARGIN;
	int64_t until = run->until > INT64_MAX - MARGIN ? run->until : run->until + MARGIN;
	if (!rf_store_reader_facts(run->reader, since, until, take_fact, run, error))
		complain(run, error);
	else if (run->too_many)
		complain(run, "more than 4194304 sessions in that time: compare a shorter one");
	rf_reconcile_index_sort(run->index);
	return run->errors->count == 0;
}

static bool
is_within(const struct run *run, int64_t us)
{
	return us >= run->since && us < run->until;
}

/* True: something was found about it. */
static bool
look_at_transfer(struct run *run, const struct rf_our_transfer *t)
{
	int64_t when = t->asked_us != 0 ? t->asked_us : t->decided_us;
	bool wanted = run->q->map->records != RF_RECORDS_CALLS && !t->claimed && !t->withdrawn &&
	    is_within(run, when) && (t->outcome != RF_OURS_OPEN || is_old(run, when));
	char text[RF_RECONCILE_TEXT_MAX];
	run->result->transfers += is_within(run, when);
	if (t->twice && is_within(run, when))
		find_ours(run, t->call, t->event, RF_CLASS_duplicate,
		    "we have several outcomes of one transfer");
	if (!wanted)
		return false;
	snprintf(text, sizeof text, "they have no record of our transfer; outcome: %s",
	    ours_names[t->outcome]);
	find_ours(run, t->call, t->event, RF_CLASS_orphan_leg, text);
	return true;
}

static bool
look_at_ours(struct run *run)
{
	for (struct rf_our_call *c = rf_reconcile_index_next(run->index, NULL);
	    c != NULL && !is_stopped(run); c = rf_reconcile_index_next(run->index, c)) {
		bool found = false;
		int64_t when = c->started_us > 0 ? c->started_us : c->seen_us;
		for (const struct rf_our_transfer *t = c->transfers; t != NULL; t = t->next)
			found |= look_at_transfer(run, t);
		run->result->calls += is_within(run, when);
		/* A call that goes on has no record there yet. */
		if (!found && !c->known && c->ended && is_within(run, when) &&
		    run->q->map->records != RF_RECORDS_TRANSFERS)
			find_ours(run, c, c->event, RF_CLASS_orphan_leg,
			    "they have no record of our call");
	}
	return true;
}

static bool
take_lost(void *user, const struct rf_store_lost *l)
{
	struct run *run = user;
	char text[RF_RECONCILE_TEXT_MAX];
	snprintf(text, sizeof text, "%s %lld: %.*s for %.*s, %u attempts%s%.*s",
	    l->dead ? "dead letter" : "still in the outbox as", (long long)l->number,
	    (int)l->type.len, l->type.p, (int)l->receiver.len, l->receiver.p, l->attempts,
	    l->reason.len > 0 ? ": " : "", (int)l->reason.len, l->reason.p);
	find(run,
	    &(struct rf_reconcile_finding){ .class = RF_CLASS_lost_webhook,
		.session = l->session,
		.event = l->number,
		.call_id = RF_SLICE(""),
		.text = text });
	return !is_stopped(run);
}

static bool
look_for_lost(struct run *run)
{
	char error[RF_STORE_ERROR_MAX];
	if (!rf_store_reader_lost(run->reader, run->since, run->until,
		run->q->now_us - run->q->map->grace, take_lost, run, error))
		complain(run, error);
	return run->errors->count == 0;
}

bool
rf_reconcile(const struct rf_reconcile_question *q, struct rf_reconcile_result *result,
    struct rf_config_errors *errors)
{
	struct run run = { .q = q, .result = result, .errors = errors };
	char error[RF_STORE_ERROR_MAX];
	*result = (struct rf_reconcile_result){ 0 };
	run.file = rf_platform_open(q->path, q->map, errors);
	if (run.file != NULL) {
		run.index = rf_reconcile_index_new();
		run.reader = rf_store_reader_open(q->store_url, error);
		if (run.reader == NULL)
			complain(&run, error);
	}
	bool done = run.reader != NULL && read_through(&run) && load(&run) &&
	    match_strictly(&run) && match_the_rest(&run) && look_at_ours(&run) &&
	    look_for_lost(&run);
	if (is_stopped(&run))
		complain(&run, "stopped");
	rf_reconcile_index_free(run.index);
	rf_store_reader_close(run.reader);
	rf_platform_close(run.file);
	free(run.left);
	return done && errors->count == 0;
}
