/* SPDX-License-Identifier: BSD-2-Clause */
/* sim/checkers_route.c -- invariants of the attempts to reach somebody, and of the records. */
#include "sim/checkers_parts.h"

enum { RETRY_AFTER_MS_MAX = 60 * 1000 };

/* The transfer of that session that is not told yet; NULL: none. */
static struct check_refer *
pending_refer(const struct check_session *s)
{
	struct check_refer *found = NULL;
	for (struct check_refer *r = s->refers; r != NULL; r = r->next) {
		if (r->accepted)
			found = r;
	}
	return found;
}

/* 38: may it be tried again, and is it time?  Before: an attempt at the same target. */
static void
check_again(struct checkers *c, const struct check_fact *f, const struct check_transaction *before)
{
	if (before->failed == RF_TIME_NEVER || before->excused || c->tries == 0)
		return;         /* no answer, or none that counts: another address, or a restart */
	if (before->status != 503) {
		checkers_report(c, CHECK_RETRY, f->at, "tried again after %u", before->status);
		return;
	}
	rf_time wait = before->retry_after > c->backoff ? before->retry_after : c->backoff;
	if (f->at - before->failed < wait)
		checkers_report(c, CHECK_RETRY, f->at, "tried again %lld ms after 503, not %lld ms",
		    (long long)((f->at - before->failed) / RF_MS), (long long)(wait / RF_MS));
}

void
checkers_attempt(struct checkers *c, const struct check_fact *f, struct check_transaction *t)
{
	struct check_session *s = checkers_session(c, f->session);
	if (s == NULL)
		return;
	const struct check_refer *r = pending_refer(s);
	uint32_t tries = 1;
	t->target = checkers_hash(5 + f->party, f->text->uri);
	t->uri = checkers_uri(f->text->uri);
	t->refer = r != NULL ? r->index + 1 : 0;
	if (s->answered && r == NULL)
		checkers_report(c, CHECK_AUTHORISED, f->at,
		    "an INVITE in a call that stands, and no REFER was accepted");
	for (const struct check_transaction *b = s->attempts; b != NULL; b = b->next) {
		if (b->target != t->target || b->refer != t->refer)
			continue;
		if (tries++ == 1)
			check_again(c, f, b);
	}
	if (c->tries != 0 && tries > c->tries && c->restarts == 0)
		checkers_report(c, CHECK_RETRY, f->at, "tried %u times", tries);
	LL_PREPEND(s->attempts, t);
}

void
checkers_attempt_failed(struct checkers *c, const struct check_fact *f, struct check_transaction *t)
{
	struct rf_slice value = sip_without_params(sip_value(f->text, "Retry-After"));
	(void)c;
	if (!t->initial || value.len == 0 || value.len > 6)
		return;
	rf_time ms = (rf_time)sip_number(value) * 1000;
	t->retry_after = (ms < RETRY_AFTER_MS_MAX ? ms : RETRY_AFTER_MS_MAX) * RF_MS;
}

uint64_t
checkers_uri(struct rf_slice uri)
{
	return checkers_hash(6, uri);
}

/* Did it come to nothing: refused, unanswered, given up, or hung up again? */
static bool
is_over(const struct checkers *c, const struct check_transaction *t)
{
	const struct check_dialog *d =
	    t->reached != 0 ? checkers_dialog_find(c, t->reached) : NULL;
	if (t->status / 100 == 2)
		return d != NULL && (d->over || c->restarts > 0);
	if (t->status != 0 || t->cancelled != RF_TIME_NEVER || c->restarts > 0)
		return true;
	return !t->provisional && c->last_seen - t->first >= 64 * c->t1 - RF_SECOND;
}

bool
checkers_failed(struct checkers *c, const struct check_refer *r)
{
	const struct check_session *s = checkers_session(c, r->session);
	for (const struct check_transaction *t = s->attempts; t != NULL; t = t->next) {
		if (t->refer == r->index + 1 && !is_over(c, t))
			return false;
	}
	return true;
}

bool
checkers_exhausted(struct checkers *c, const struct check_refer *r)
{
	const struct check_session *s = checkers_session(c, r->session);
	bool ivr_tried = c->ivr == 0;
	for (const struct check_transaction *t = s->attempts; t != NULL; t = t->next)
		ivr_tried = ivr_tried || (t->refer == r->index + 1 && t->uri == c->ivr);
	return ivr_tried && checkers_failed(c, r);
}

/* 30: the referrer's leaving is not the end of the attempt. */
void
checkers_cancelled(
    struct checkers *c, const struct check_fact *f, const struct check_transaction *t)
{
	const struct check_session *s = checkers_session(c, t->session);
	const struct check_refer *r = s != NULL ? pending_refer(s) : NULL;
	if (!t->initial || r == NULL || r->final != 0 || r->survivor == 0)
		return;
	const struct check_dialog *referrer = checkers_dialog(c, r->referrer),
				  *survivor = checkers_dialog(c, r->survivor);
	if (referrer->their_bye == f->at && survivor->their_bye == RF_TIME_NEVER)
		checkers_report(
		    c, CHECK_REFERRER_LEFT, f->at, "CANCEL because the referrer left");
}

/* ---- 41, 42, 50: what is durable ------------------------------------------------------------- */

void
checkers_stored(struct checkers *c, rf_time at, uint64_t session, enum rf_store_kind kind,
    struct rf_slice event)
{
	struct check_session *s = checkers_session(c, session);
	(void)at;
	if (s == NULL || event.len == 0)
		return;
	s->promises += kind == RF_STORE_PROMISE;
	s->outcomes += kind == RF_STORE_OUTCOME;
}

void
checkers_promised(struct checkers *c, const struct check_fact *f)
{
	const struct check_session *s = checkers_session(c, f->session);
	uint32_t accepted = 0;
	for (const struct check_refer *r = s != NULL ? s->refers : NULL; r != NULL; r = r->next)
		accepted++;
	if (s != NULL && c->judges_store && s->promises < accepted)
		checkers_report(c, CHECK_STORE_FAILS, f->at, "a 2xx to REFER that is not durable");
}

void
checkers_route_quiet(struct checkers *c, rf_time at)
{
	struct check_session *s, *next;
	if (!c->judges_store || c->unwell)
		return;
	HASH_ITER(hh, c->session, s, next) {
		uint32_t accepted = 0;
		for (const struct check_refer *r = s->refers; r != NULL; r = r->next)
			accepted++;
		if (s->outcomes != accepted)
			checkers_report(c, CHECK_ONE_RECORD, at,
			    "%u REFERs were accepted, %u outcomes are recorded", accepted,
			    s->outcomes);
	}
}
