/* SPDX-License-Identifier: BSD-2-Clause */
/* sim/checkers.c -- invariants of transactions and dialogs; those of REFER are in checkers_refer.c.
 *
 * Keys are hashes of what RFC 3261 says identifies a thing.  It must never look into the engine. */
#include "sim/checkers.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/checkers_parts.h"

enum { CHECK_T4_MS = 5000 };

void
checkers_init(struct checkers *c, rf_time t1, rf_time t2)
{
	memset(c, 0, sizeof *c);
	c->t1 = t1;
	c->t2 = t2;
}

void
checkers_fini(struct checkers *c)
{
	checkers_tables_fini(c);
}

void
checkers_report(struct checkers *c, uint32_t invariant, rf_time at, const char *format, ...)
{
	assert(invariant < CHECK_MAX);
	if ((c->allowed >> invariant & 1) != 0 || c->violations == CHECK_VIOLATIONS_MAX)
		return;
	struct check_violation *v = &c->violation[c->violations++];
	va_list arguments;
	*v = (struct check_violation){ .invariant = invariant, .at = at };
	va_start(arguments, format);
	vsnprintf(v->text, sizeof v->text, format, arguments);
	va_end(arguments);
}

/* RFC 3261 12: Call-ID, local tag, remote tag, seen from referee; 0: no dialog yet. */
static uint64_t
dialog_key(const struct check_fact *f)
{
	bool we_are_from = f->sent == f->text->is_request;
	struct rf_slice from = sip_tag(f->text, "From"), to = sip_tag(f->text, "To");
	if (from.len == 0 || to.len == 0)
		return 0;
	uint64_t h = checkers_hash(1, sip_value(f->text, "Call-ID"));
	h = checkers_hash(h, we_are_from ? from : to);
	return checkers_hash(h, we_are_from ? to : from);
}

/* RFC 3261 17.2.3 for both directions: the topmost Via and the method.  CANCEL and ACK are their
 * own. */
static uint64_t
transaction_key(const struct check_fact *f)
{
	struct rf_slice via = sip_without_params(sip_value(f->text, "Via"));
	uint64_t h = checkers_hash(f->sent == f->text->is_request, sip_branch(f->text));
	return checkers_hash(checkers_hash(h, via), f->text->method) + f->party;
}

/* ---- 0: as RFC 3261 wants it ----------------------------------------------------------------- */

static void
check_form(struct checkers *c, const struct check_fact *f)
{
	static const char *const once[] = { "From", "To", "Call-ID", "CSeq", "Content-Length" };
	const struct sip_text *t = f->text;
	for (size_t i = 0; i < RF_ARRAY_LEN(once); i++) {
		if (sip_count(t, once[i]) != 1)
			checkers_report(c, CHECK_WELL_FORMED, f->at, "%u times %s",
			    sip_count(t, once[i]), once[i]);
	}
	if (sip_number(sip_value(t, "Content-Length")) != t->body.len)
		checkers_report(
		    c, CHECK_WELL_FORMED, f->at, "Content-Length is not the body's length");
	if (sip_tag(t, "From").len == 0 || sip_count(t, "Via") == 0)
		checkers_report(c, CHECK_WELL_FORMED, f->at, "no From tag, or no Via");
	if (t->body.len > 0 && sip_count(t, "Content-Type") != 1)
		checkers_report(c, CHECK_WELL_FORMED, f->at, "a body without Content-Type");
	if (t->is_request && sip_count(t, "Max-Forwards") != 1)
		checkers_report(c, CHECK_WELL_FORMED, f->at, "no Max-Forwards");
	bool makes_dialog = sip_is(t->method, "INVITE") && (t->is_request || t->status / 100 == 2);
	if (makes_dialog && sip_count(t, "Contact") != 1)
		checkers_report(c, CHECK_WELL_FORMED, f->at, "no Contact");
	if (!t->is_request && t->status > 100 && sip_tag(t, "To").len == 0)
		checkers_report(c, CHECK_WELL_FORMED, f->at, "a response without To tag");
}

/* ---- 3: when our requests may be repeated ---------------------------------------------------- */

static void
check_instants(struct checkers *c, const struct check_fact *f, struct check_transaction *t)
{
	rf_time since = f->at - t->last, interval = c->t1;
	t->sends++;
	if (t->bytes != checkers_hash(0, f->text->all))
		checkers_report(c, CHECK_INSTANTS, f->at, "a retransmission with other bytes");
	if (t->reliable && t->cut_off) {        /* once over each connection: ADR 004 */
		t->cut_off = false;
		t->status = 0;
		return;
	}
	if (t->reliable) {
		checkers_report(
		    c, CHECK_INSTANTS, f->at, "a retransmission over a reliable transport");
		return;
	}
	if (t->status != 0 || (t->provisional && t->method_invite))
		checkers_report(c, CHECK_INSTANTS, f->at, "a retransmission after the answer");
	for (uint32_t i = 2; i < t->sends && i < 16; i++)
		interval *= 2;
	if (!t->method_invite && interval > c->t2)
		interval = c->t2;
	bool in_time = since >= interval && !checkers_is_late(c, f->at, since, interval);
	bool at_t2 = since >= c->t2 && !checkers_is_late(c, f->at, since, c->t2);
	if (!in_time && !(t->provisional && at_t2))
		checkers_report(c, CHECK_INSTANTS, f->at, "send %u came after %lld us, not %lld us",
		    t->sends, (long long)since, (long long)interval);
	if (t->sends > (t->method_invite ? 7U : 11U))
		checkers_report(c, CHECK_INSTANTS, f->at, "%u sends", t->sends);
	t->last = f->at;
}

/* ---- requests we send ------------------------------------------------------------------------ */

static void
check_cancel(struct checkers *c, const struct check_fact *f)
{
	struct check_transaction *t = checkers_invite(c, checkers_hash(1, sip_branch(f->text)));
	if (t == NULL || t->party != f->party || t->cseq != f->text->cseq) {
		checkers_report(c, CHECK_CANCEL, f->at, "CANCEL for no INVITE of ours");
		return;
	}
	bool ended = t->status != 0 && !t->lost;        /* it may ring yet */
	if (!t->provisional || ended || t->cancelled != RF_TIME_NEVER)
		checkers_report(c, CHECK_CANCEL, f->at, "CANCEL %s",
		    !t->provisional ? "before a provisional answer"
		    : ended           ? "after the final answer"
				    : "twice");
	t->cancelled = f->at;
	checkers_cancelled(c, f, t);
}

static void
check_one_attempt(struct checkers *c, const struct check_fact *f)
{
	const struct check_session *s = checkers_session(c, f->session);
	for (const struct check_transaction *t = s != NULL ? s->attempts : NULL; t != NULL;
	     t = t->next) {
		if (t->status != 0)
			continue;
		rf_time since = t->cancelled != RF_TIME_NEVER ? t->cancelled
				: t->provisional              ? RF_TIME_NEVER
							      : t->first;
		/* After a restart silence means that it was answered before (RFC 6026 7.1). */
		rf_time silence = c->restarts > 0 && !t->provisional ? 0 : 64 * c->t1;
		if (since == RF_TIME_NEVER || f->at - since < silence)
			checkers_report(c, CHECK_ONE_ATTEMPT, f->at, "two attempts at a time");
	}
}

static void
check_in_dialog(struct checkers *c, const struct check_fact *f, uint64_t key)
{
	struct check_dialog *d = checkers_dialog(c, key);
	if (f->text->cseq <= d->our_cseq)
		checkers_report(
		    c, CHECK_CSEQ, f->at, "CSeq %u after %u", f->text->cseq, d->our_cseq);
	d->our_cseq = f->text->cseq;
	if (d->our_bye != RF_TIME_NEVER)
		checkers_report(
		    c, CHECK_AFTER_BYE, f->at, "%.*s after our BYE", SIP_SLICE(f->text->method));
	if (!sip_is(f->text->method, "BYE"))
		return;
	d->our_bye = f->at;
	d->over = true;
	if (d->ack_owed != 0 && d->owed_since == c->restarts)
		checkers_report(c, CHECK_AFTER_BYE, f->at, "BYE before the ACK that is owed");
}

static void
see_our_request(struct checkers *c, const struct check_fact *f)
{
	uint64_t key = transaction_key(f), in_dialog = dialog_key(f);
	if (sip_is(f->text->method, "ACK")) {
		struct check_dialog *d = in_dialog != 0 ? checkers_dialog(c, in_dialog) : NULL;
		if (d != NULL && d->ack_owed == f->text->cseq)
			d->ack_owed = 0;
		return;
	}
	struct check_transaction *t = checkers_transaction(c, key);
	if (t != NULL) {
		check_instants(c, f, t);
		return;
	}
	bool cancel = sip_is(f->text->method, "CANCEL"), invite = sip_is(f->text->method, "INVITE");
	bool initial = invite && in_dialog == 0;
	if (cancel)
		check_cancel(c, f);
	else if (in_dialog != 0)
		check_in_dialog(c, f, in_dialog);
	if (initial)
		check_one_attempt(c, f);
	t = checkers_transaction_new(c, key);
	/* An INVITE is found again by its CANCEL through the branch they share. */
	t->dialog = invite ? checkers_hash(1, sip_branch(f->text)) : in_dialog;
	t->session = f->session;
	t->bytes = checkers_hash(0, f->text->all);
	t->party = f->party;
	t->method_invite = invite;
	t->method = checkers_hash(9, f->text->method);
	t->cseq = f->text->cseq;
	t->sends = 1;
	t->first = t->last = f->at;
	t->ours = true;
	t->initial = initial;
	t->reliable = f->reliable;
	if (invite)
		checkers_invite_add(c, t);
	if (initial)
		checkers_attempt(c, f, t);
	checkers_dialog_we_ask(c, f, t, in_dialog);
	checkers_refer_sent(c, f, t);
	if (sip_is(f->text->method, "BYE"))
		checkers_replace_bye(c, f, in_dialog);
}

static void
see_their_response(struct checkers *c, const struct check_fact *f)
{
	uint64_t in_dialog = dialog_key(f);
	struct check_transaction *t = checkers_transaction(c, transaction_key(f));
	if (t == NULL) {
		/* Of a process before: the dialog stands for them, and may be ended again. */
		if (c->restarts > 0 && sip_is(f->text->method, "INVITE") && in_dialog != 0)
			checkers_dialog(c, in_dialog)->our_bye = RF_TIME_NEVER;
		return;
	}
	/* Nobody waits for it any more: Timer B, 64 x T1 after CANCEL. */
	bool timed_out = t->status == 0 && !t->provisional && f->at - t->first >= 64 * c->t1;
	bool given_up = t->cancelled != RF_TIME_NEVER && f->at - t->cancelled >= 64 * c->t1;
	if (t->initial && (timed_out || given_up))
		return;
	bool ok_to_invite = t->method_invite && f->text->status / 100 == 2;
	if (in_dialog != 0 && t->initial) {
		struct check_dialog *d = checkers_dialog(c, in_dialog);
		if (d->our_cseq == 0)
			d->our_cseq = t->cseq;
		checkers_join(c, d, t->session);
	}
	if (ok_to_invite && in_dialog != 0) {
		t->reached = in_dialog;
		struct check_dialog *d = checkers_dialog(c, in_dialog);
		d->established = true;
		d->doubtful = d->doubtful || (t->initial && t->lost);
		if (d->our_bye == RF_TIME_NEVER && !d->doubtful) {
			d->ack_owed = t->cseq;
			d->owed_since = c->restarts;
		} else if (t->status != 0) {
			d->doubtful = d->doubtful || !t->initial;
			d->our_bye = RF_TIME_NEVER; /* to them it stands: it may be ended again */
		}
	}
	/* RFC 5057 5.1: there is no such dialog; to a NOTIFY, no such subscription. */
	bool gone = f->text->status == 481 || f->text->status == 408;
	if (gone && t->notify_of == 0 && in_dialog != 0 && !t->initial) {
		struct check_dialog *d = checkers_dialog(c, in_dialog);
		d->over = true;
		if (d->their_bye == RF_TIME_NEVER)
			d->their_bye = f->at;
	}
	if (f->text->status < 200)
		t->provisional = true;
	else if (t->status == 0)
		t->status = f->text->status;
	if (f->text->status >= 300 && t->failed == RF_TIME_NEVER) {
		t->failed = f->at;
		checkers_attempt_failed(c, f, t);
	}
	checkers_dialog_they_answer(c, f, t, in_dialog);
	if (f->text->status >= 200)
		checkers_notify_answered(c, f, t);
}

/* ---- requests they send ---------------------------------------------------------------------- */

static void
see_their_request(struct checkers *c, const struct check_fact *f)
{
	uint64_t key = transaction_key(f), in_dialog = dialog_key(f);
	if (sip_is(f->text->method, "ACK")) {
		checkers_replace_acked(c, in_dialog);
		checkers_dialog_acked(c, f, in_dialog);
		return;
	}
	struct check_transaction *t = checkers_transaction(c, key);
	/* After Timers I, J and L a replayed request is a new one. */
	if (t != NULL && (t->status == 0 || f->at - t->last < (t->method_invite && t->status >= 300
								      ? CHECK_T4_MS * RF_MS
								      : 64 * c->t1)))
		return;
	t = checkers_transaction_new(c, key);
	t->dialog = in_dialog;
	t->party = f->party;
	t->method_invite = sip_is(f->text->method, "INVITE");
	t->method = checkers_hash(9, f->text->method);
	t->first = t->last = f->at;
	t->bytes = checkers_hash(
	    checkers_hash(7, sip_value(f->text, "From")), sip_value(f->text, "Call-ID"));
	t->cseq = f->text->cseq;
	checkers_dialog_they_ask(c, f, t, in_dialog);
	if (sip_is(f->text->method, "REFER"))
		checkers_refer_received(c, f, key, in_dialog);
	if (t->method_invite)
		checkers_replace_received(c, f, key);
	if (sip_is(f->text->method, "BYE") && in_dialog != 0) {
		struct check_dialog *d = checkers_dialog(c, in_dialog);
		d->over = true;
		if (d->their_bye == RF_TIME_NEVER)
			d->their_bye = f->at;
	}
}

static void
see_our_response(struct checkers *c, const struct check_fact *f)
{
	struct check_transaction *t = checkers_transaction(c, transaction_key(f));
	uint64_t bytes = checkers_hash(0, f->text->all), in_dialog = dialog_key(f);
	if (t == NULL) {
		checkers_report(
		    c, CHECK_WELL_FORMED, f->at, "%u answers no request", f->text->status);
		return;
	}
	if (t->bytes != checkers_hash(checkers_hash(7, sip_value(f->text, "From")),
			    sip_value(f->text, "Call-ID")) ||
	    t->cseq != f->text->cseq)
		checkers_report(
		    c, CHECK_WELL_FORMED, f->at, "%u does not echo its request", f->text->status);
	checkers_dialog_we_answer(c, f, t, in_dialog, t->status != 0);
	if (f->text->status < 200) {
		if (t->status != 0)
			checkers_report(
			    c, CHECK_ONE_FINAL, f->at, "%u after %u", f->text->status, t->status);
		return;
	}
	if (t->status != 0) {
		if (t->response != bytes && !c->cuts)
			checkers_report(c, CHECK_ONE_FINAL, f->at, "%u differs from the %u before",
			    f->text->status, t->status);
		return;
	}
	t->status = f->text->status;
	t->response = bytes;
	t->last = f->at;
	if (t->method_invite && t->status / 100 == 2 && in_dialog != 0) {
		struct check_dialog *d = checkers_dialog(c, in_dialog);
		struct check_session *session = checkers_session(c, f->session);
		d->established = true;
		checkers_join(c, d, f->session);
		if (session != NULL)
			session->answered = true;
	}
	checkers_refer_answered(c, f, t->key, in_dialog);
	checkers_replace_answered(c, f, t->key, in_dialog);
}

void
checkers_see(struct checkers *c, const struct check_fact *f)
{
	assert(f->text != NULL);
	c->last_seen = f->at;
	if (!f->sent)
		c->last_input = f->at;
	if (f->sent) {
		check_form(c, f);
		if (f->text->is_request)
			see_our_request(c, f);
		else
			see_our_response(c, f);
	} else if (f->text->is_request) {
		see_their_request(c, f);
	} else {
		see_their_response(c, f);
	}
}

void
checkers_unsent(struct checkers *c, const struct check_fact *f)
{
	uint64_t key = dialog_key(f);
	struct check_transaction *t =
	    f->text->is_request ? NULL : checkers_transaction(c, transaction_key(f));
	if (t != NULL)
		t->excused = true; /* it was answered, but the way back was gone */
	if (f->text->is_request && sip_is(f->text->method, "BYE") && key != 0)
		checkers_dialog(c, key)->over = true;
}

void
checkers_party_lost(struct checkers *c, uint32_t party)
{
	for (uint32_t i = 0; i < c->transactions; i++) {
		struct check_transaction *t = c->transaction[i];
		if (!t->ours || t->party != party || t->status != 0)
			continue;
		t->status = 503; /* RFC 3261 8.1.3.1 */
		t->cut_off = !t->method_invite;
		t->lost = true;
	}
}

/* A new process neither knows what was answered nor what was sent, but for what is durable. */
void
checkers_restart(struct checkers *c)
{
	c->restarts++;
	for (uint32_t i = 0; i < c->transactions; i++) {
		struct check_transaction *t = c->transaction[i];
		t->excused = true;
		if (t->ours && t->status == 0)
			t->status = 503;
		if (t->ours)
			checkers_forget_transaction(c, t);
		else
			t->status = 0;          /* it may be answered again, or be repeated */
	}
	for (uint32_t i = 0; i < c->dialogs; i++) {
		struct check_dialog *d = c->dialog[i];
		if (d->our_bye != RF_TIME_NEVER) /* it may be ended again, and asked */
			d->our_cseq = 0;
		d->our_bye = RF_TIME_NEVER;
		checkers_dialog_restart(c, d);
	}
	checkers_refer_restart(c);
}

/* ---- 1, 5, 51: when all is over -------------------------------------------------------------- */

/* Was it passed on to somebody who did not answer?  There is no 408 to a non-INVITE (RFC 4320). */
static bool
is_passed_in_vain(const struct checkers *c, const struct check_transaction *t)
{
	const struct check_dialog *d = checkers_dialog_find(c, t->dialog);
	if (t->method_invite || d == NULL)
		return false;
	for (uint32_t i = 0; i < c->transactions; i++) {
		const struct check_transaction *ours = c->transaction[i];
		if (ours->ours && ours->status == 0 && ours->session == d->session &&
		    ours->method == t->method && ours->first == t->first)
			return true;
	}
	return false;
}

void
checkers_quiet(struct checkers *c, rf_time at, const struct rf_stats *s)
{
	for (uint32_t i = 0; i < c->transactions; i++) {
		const struct check_transaction *t = c->transaction[i];
		if (!t->ours && t->status == 0 && !t->excused && !is_passed_in_vain(c, t))
			checkers_report(c, CHECK_ONE_FINAL, at,
			    "a request of %.3f s was never answered", (double)t->first / 1e6);
	}
	for (uint32_t i = 0; i < c->dialogs; i++) {
		if (c->dialog[i]->ack_owed != 0 && c->dialog[i]->their_bye == RF_TIME_NEVER)
			checkers_report(c, CHECK_ACKED, at, "a 2xx was never ACKed");
	}
	checkers_refer_quiet(c, at);
	checkers_replace_quiet(c, at);
	checkers_dialog_quiet(c, at);
	checkers_route_quiet(c, at);
	if (c->rest_max != 0 && at - c->last_input > c->rest_max)
		checkers_report(c, CHECK_REST, at, "at rest %lld s after the last input",
		    (long long)((at - c->last_input) / RF_SECOND));
	if (s->calls + s->legs + s->dialogs + s->transactions + s->refers + s->deliveries +
		    s->timers + s->text_chunks !=
		0 ||
	    s->text_bytes != 0)
		checkers_report(c, CHECK_GAUGES, at,
		    "left: %u calls, %u legs, %u dialogs, "
		    "%u transactions, %u refers, %u timers, %u texts of %llu bytes",
		    s->calls, s->legs, s->dialogs, s->transactions, s->refers, s->timers,
		    s->text_chunks, (unsigned long long)s->text_bytes);
}
