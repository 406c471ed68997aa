/* SPDX-License-Identifier: BSD-2-Clause */
/* sim/checkers_refer.c -- invariants of a transfer: its subscription, its survivor, its last BYE.
 */
#include <string.h>

#include "policy/policy.h"
#include "sim/checkers_parts.h"

void
checkers_refer_received(
    struct checkers *c, const struct check_fact *f, uint64_t transaction, uint64_t dialog)
{
	struct check_refer *r = checkers_refer_new(c, transaction);
	r->dialog = dialog;
	/* RFC 4538: our tag is the remote one of who sent it. */
	r->referrer = dialog != 0 ? dialog : checkers_named(
	    sip_value(f->text, "Target-Dialog"), "remote-tag", "local-tag");
	r->cseq = f->text->cseq;
}

enum { FIRST_MS = 100, EXPIRES_S = 600, LATE_MS = 3000 };

/* Those of the session in which this was said. */
static struct check_refer *
refers_of(struct checkers *c, uint64_t session)
{
	const struct check_session *s = checkers_session(c, session);
	return s != NULL ? s->refers : NULL;
}

/* The one other party of the session that is up; 0 if that is not clear. */
static uint64_t
find_survivor(struct checkers *c, const struct check_refer *r)
{
	uint64_t found = 0;
	const struct check_session *s = checkers_session(c, r->session);
	for (const struct check_dialog *d = s->dialogs; d != NULL; d = d->next) {
		if (!d->established || d->key == r->referrer ||
		    d->our_bye != RF_TIME_NEVER || d->their_bye != RF_TIME_NEVER)
			continue;
		if (found != 0)
			return 0;
		found = d->key;
	}
	return found;
}

void
checkers_refer_answered(
    struct checkers *c, const struct check_fact *f, uint64_t transaction, uint64_t dialog)
{
	struct check_refer *r = checkers_refer_find(c, transaction);
	if (r == NULL || r->accepted || f->text->status / 100 != 2)
		return;
	r->accepted = true;
	if (r->dialog == 0)
		r->dialog = dialog; /* of its own: the 2xx made it */
	for (const struct check_refer *other = refers_of(c, f->session); other != NULL;
	     other = other->next) {
		if (other->dialog == r->dialog && other->cseq == r->cseq)
			return;         /* the same one, with another branch */
	}
	r->silent = rf_star_match(RF_SLICE("false*"), sip_value(f->text, "Refer-Sub"));
	r->session = f->session;
	r->survivor = r->session != 0 ? find_survivor(c, r) : 0;
	r->nth = ++checkers_dialog(c, r->dialog)->refers;
	r->accepted_at = f->at;
	r->restarts = c->restarts;
	struct check_session *s = checkers_session(c, r->session);
	if (s != NULL)
		LL_APPEND(s->refers, r);
	checkers_promised(c, f);
}

/* RFC 3515 2.4.6: by id, which only the first REFER of a dialog may go without.  Without one it is
 * taken for the REFER that still lives, so that the missing id can be named. */
static struct check_refer *
find_notified(struct checkers *c, const struct check_fact *f, uint64_t dialog)
{
	struct rf_slice id = sip_param(sip_value(f->text, "Event"), "id");
	struct check_refer *found = NULL;
	for (struct check_refer *r = refers_of(c, f->session); r != NULL; r = r->next) {
		if (r->dialog != dialog ||
		    (id.len > 0 && r->cseq != sip_number(id)))
			continue;
		if (found == NULL || found->terminated)
			found = r;
	}
	return found;
}

static bool
is_over(const struct checkers *c, const struct check_refer *r, rf_time at)
{
	return r->in_flight == 0 || at - r->sent >= 64 * c->t1;
}

/* 18, 23, 31: at once; not behind its expiry; soon after the survivor left. */
static void
check_deadlines(
    struct checkers *c, const struct check_fact *f, struct check_refer *r, bool ends)
{
	rf_time since = f->at - r->accepted_at;
	rf_time left = r->survivor != 0 ? checkers_dialog(c, r->survivor)->their_bye :
					  RF_TIME_NEVER;
	if (!r->notified && r->restarts == c->restarts &&
	    checkers_is_late(c, f->at, since, FIRST_MS * RF_MS))
		checkers_report(c, CHECK_FIRST_NOTIFY, f->at, "the first NOTIFY came after %lld ms",
		    (long long)(since / RF_MS));
	r->notified = true;
	if (since > EXPIRES_S * RF_SECOND + 64 * c->t1)
		checkers_report(c, CHECK_SUBSCRIBED, f->at, "the subscription lives %lld s",
		    (long long)(since / RF_SECOND));
	/* One NOTIFY may be in flight, and the store may be late. */
	if (ends && left != RF_TIME_NEVER && left > r->accepted_at && r->restarts == c->restarts &&
	    f->at - left > 64 * c->t1 + LATE_MS * RF_MS)
		checkers_report(c, CHECK_SURVIVOR_LEFT, f->at,
		    "the survivor left %lld ms before the final NOTIFY",
		    (long long)((f->at - left) / RF_MS));
}

static void
see_notify(struct checkers *c, const struct check_fact *f, struct check_transaction *t)
{
	struct check_refer *r = find_notified(c, f, t->dialog);
	uint32_t status = sip_frag_status(f->text->body);
	bool ends =
	    rf_star_match(RF_SLICE("terminated*"), sip_value(f->text, "Subscription-State"));
	if (r == NULL || r->silent) {
		checkers_report(c, CHECK_SUBSCRIPTION, f->at, "NOTIFY without a subscription");
		return;
	}
	t->notify_of = (uint64_t)r->index + 1;
	check_deadlines(c, f, r, ends);
	if (r->may_be_told_again &&
	    (!r->terminated || (ends && status == r->final) || c->unwell)) {
		r->gone = r->terminated = false;
		r->final = 0;
	}
	r->may_be_told_again = false;
	if (r->nth > 1 && sip_param(sip_value(f->text, "Event"), "id").len == 0)
		checkers_report(c, CHECK_NOTIFY_ID, f->at, "Event without id");
	if (r->gone || (r->in_flight != 0 && is_over(c, r, f->at)))
		checkers_report(
		    c, CHECK_NOTIFY_GONE, f->at, "NOTIFY to a subscription that is gone");
	if (r->terminated || (r->final != 0 && status != r->final))
		checkers_report(c, CHECK_NOTIFY_ONCE, f->at, "NOTIFY %u after %s", status,
		    r->terminated ? "the terminated one" : "another final status");
	if (!is_over(c, r, f->at))
		checkers_report(c, CHECK_NOTIFY_FLIGHT, f->at, "two NOTIFYs in flight");
	if (status == 0 ||
	    !rf_star_match(RF_SLICE("message/sipfrag*"), sip_value(f->text, "Content-Type")))
		checkers_report(c, CHECK_NOTIFY_FLIGHT, f->at, "no sipfrag with a status line");
	if (status >= 200)
		r->final = status;
	if (ends) {
		r->terminated = true;
		r->ended = f->at;
	}
	r->in_flight = t->key;
	r->sent = f->at;
}

void
checkers_notify_answered(
    struct checkers *c, const struct check_fact *f, const struct check_transaction *t)
{
	if (t->notify_of == 0)
		return;
	struct check_refer *r = c->refer[t->notify_of - 1];
	if (r->in_flight == t->key && f->at - r->sent >= 64 * c->t1)
		return; /* too late: the NOTIFY timed out, and took the subscription with it */
	if (r->in_flight == t->key)
		r->in_flight = 0;
	/* RFC 6665 4.2.2, RFC 3265 3.2.2: a refused NOTIFY takes the subscription with it. */
	if (f->text->status >= 300)
		r->gone = true;
}

/* Did somebody leave whose leaving ends the call of the survivor, too? */
static bool
may_end_survivor(struct checkers *c, const struct check_refer *r, rf_time at)
{
	rf_time referrer_left = checkers_dialog(c, r->referrer)->their_bye;
	const struct check_session *s = checkers_session(c, r->session);
	const struct check_dialog *referrer = checkers_dialog(c, r->referrer);
	if (referrer_left == RF_TIME_NEVER &&
	    (checkers_mute(c, referrer, at) || checkers_unacked(c, referrer, at)))
		referrer_left = at;
	const struct check_dialog *survivor = checkers_dialog(c, r->survivor);
	if (checkers_unacked(c, survivor, at) || checkers_replaced(c, r->session, r->survivor))
		return true; /* it never ACKed (RFC 3261 13.3.1.4); another device has its place */
	if (checkers_mute(c, survivor, at))
		return true; /* it does not answer */
	if (referrer_left != RF_TIME_NEVER && (c->cuts || checkers_exhausted(c, r)))
		return true; /* nobody is left, and there is nobody to go to (ADR 005) */
	for (const struct check_dialog *d = s->dialogs; d != NULL; d = d->next) {
		if (d->key != r->referrer && d->key != r->survivor &&
		    (d->their_bye != RF_TIME_NEVER || checkers_unacked(c, d, at) ||
			checkers_mute(c, d, at)))
			return true; /* the target: the new call ended like any other */
	}
	/* The referrer took no NOTIFY any more; it left when all had failed already. */
	bool untold = r->gone || (r->in_flight != 0 && is_over(c, r, at));
	if (untold && referrer_left != RF_TIME_NEVER && checkers_failed(c, r))
		return true;
	for (const struct check_refer *later = r->next; later != NULL; later = later->next) {
		if (later->referrer == r->survivor || later->survivor == r->survivor)
			return true; /* it referred next, or is judged by the next one */
	}
	/* The transfer failed and was told; the old call went on and now ended. */
	return r->final >= 300 && referrer_left != RF_TIME_NEVER && referrer_left > r->ended;
}

static void
see_bye(struct checkers *c, const struct check_fact *f, const struct check_transaction *t)
{
	for (struct check_refer *r = refers_of(c, f->session); r != NULL; r = r->next) {
		if (r->survivor != 0 && r->survivor == t->dialog &&
		    !may_end_survivor(c, r, f->at) &&
		    checkers_dialog(c, r->survivor)->their_bye == RF_TIME_NEVER)
			checkers_report(c, CHECK_SURVIVOR, f->at, "the survivor got a BYE");
		if (r->referrer != t->dialog || r->silent || r->gone ||
		    checkers_mute(c, checkers_dialog(c, r->referrer), f->at) ||
		    checkers_dialog(c, r->referrer)->their_bye != RF_TIME_NEVER)
			continue;
		if (is_over(c, r, f->at) && (r->terminated || r->in_flight != 0))
			continue;
		checkers_report(c, CHECK_AFTER_BYE, f->at, "BYE to the referrer before %s",
		    r->terminated ? "the final NOTIFY was answered" : "the final NOTIFY");
	}
}

void
checkers_refer_sent(struct checkers *c, const struct check_fact *f, struct check_transaction *t)
{
	if (sip_is(f->text->method, "NOTIFY"))
		see_notify(c, f, t);
	else if (sip_is(f->text->method, "BYE"))
		see_bye(c, f, t);
}

void
checkers_refer_restart(struct checkers *c)
{
	for (uint32_t i = 0; i < c->refers; i++) {
		struct check_refer *r = c->refer[i];
		if (r->in_flight != 0 && c->last_seen - r->sent >= 64 * c->t1)
			r->gone = true; /* it timed out */
		r->in_flight = 0;
		r->may_be_told_again = true;
	}
}

void
checkers_refer_quiet(struct checkers *c, rf_time at)
{
	for (uint32_t i = 0; i < c->refers; i++) {
		const struct check_refer *r = c->refer[i];
		/* A referrer that left has nobody to listen any more (T2). */
		if (!r->accepted || r->silent || r->gone || r->terminated ||
		    checkers_dialog(c, r->referrer)->their_bye != RF_TIME_NEVER)
			continue;
		if (r->in_flight != 0)
			continue; /* its NOTIFY timed out: the subscription went with it */
		checkers_report(
		    c, CHECK_NOTIFY_ONCE, at, "a REFER was accepted and never concluded");
	}
}
