/* SPDX-License-Identifier: BSD-2-Clause */
/* sim/checkers_dialog.c -- invariants of every dialog: who may say what when, and where to. */
#include <string.h>

#include "sim/checkers_parts.h"

static bool
method_is(const struct check_fact *f, const char *method)
{
	return sip_is(f->text->method, method);
}

static bool
is_invite(const struct check_fact *f)
{
	return method_is(f, "INVITE");
}

/* ---- 10: the route set is frozen, the target is what was refreshed last ---------------------- */

/* A hash of all values of that header; 0: one of them is a strict router's (RFC 3261 12.2.1.1). */
static uint64_t
routes_of(const struct sip_text *t, const char *header, bool reversed)
{
	uint64_t h = 3;
	uint32_t count = sip_count(t, header);
	for (uint32_t i = 0; i < count; i++) {
		struct rf_slice value = sip_value_at(t, header, reversed ? count - 1 - i : i);
		if (memmem(value.p, value.len, ";lr", 3) == NULL ||
		    memchr(value.p, ',', value.len) != NULL)
			return 0;
		h = checkers_hash(h, value);
	}
	return h;
}

static void
refresh(struct check_dialog *d, const struct sip_text *t)
{
	struct rf_slice uri = sip_address_uri(sip_value(t, "Contact"));
	if (uri.len == 0)
		return;
	uint64_t target = checkers_hash(4, uri);
	if (d->target[0] == target)
		return;
	d->target[2] = d->target[1];
	d->target[1] = d->target[0];
	d->target[0] = target;
}

static void
check_way(struct checkers *c, const struct check_fact *f, const struct check_dialog *d)
{
	if (d->routes == 0 || d->target[0] == 0)
		return;
	if (routes_of(f->text, "Route", false) != d->routes)
		checkers_report(c, CHECK_ROUTES, f->at, "%.*s with another route set",
		    SIP_SLICE(f->text->method));
	uint64_t target = checkers_hash(4, f->text->uri);
	if (target != d->target[0] && target != d->target[1] && target != d->target[2])
		checkers_report(c, CHECK_ROUTES, f->at, "%.*s to what is no target of the dialog",
		    SIP_SLICE(f->text->method));
}

/* ---- 13: one offer at a time ----------------------------------------------------------------- */

static bool
is_open(struct checkers *c, uint64_t key, rf_time at)
{
	const struct check_transaction *t = key != 0 ? checkers_transaction(c, key) : NULL;
	return t != NULL && t->status == 0 && (t->provisional || at - t->first < 64 * c->t1);
}

static uint64_t
media_of(const struct sip_text *t)
{
	struct sip_media media;
	if (!sip_media_read(&media, t->body))
		return 0;
	return checkers_hash(checkers_hash(checkers_hash(8, media.ip), media.port),
	    rf_slice_of(media.direction));
}

/* Does another party of the session want this? */
static bool
is_passed(struct checkers *c, const struct check_dialog *of, rf_time at)
{
	const struct check_session *s = checkers_session(c, of->session);
	for (const struct check_dialog *d = s != NULL ? s->dialogs : NULL; d != NULL; d = d->next) {
		if (d != of && is_open(c, d->their_offer, at))
			return true;
	}
	return false;
}

static void
check_offer(struct checkers *c, const struct check_fact *f, struct check_dialog *d, uint64_t key)
{
	uint64_t media = media_of(f->text);
	if (is_open(c, d->our_offer, f->at) || is_open(c, d->their_offer, f->at))
		checkers_report(c, CHECK_ONE_OFFER, f->at, "a second INVITE is under way");
	/* RFC 3261 14.1: who made the Call-ID waits longer.  Another offer is no second try, nor is
	 * what another party asks for. */
	bool second_try = d->glare != RF_TIME_NEVER && d->offered == media;
	if (second_try && d->ours && !is_passed(c, d, f->at) &&
	    f->at - d->glare < 2100 * RF_MS - CHECK_SLACK_MS * RF_MS)
		checkers_report(c, CHECK_ONE_OFFER, f->at, "again %lld ms after the 491",
		    (long long)((f->at - d->glare) / RF_MS));
	d->glare = RF_TIME_NEVER;
	d->our_offer = key;
	d->offered = media;
}

bool
checkers_mute(struct checkers *c, const struct check_dialog *d, rf_time at)
{
	const uint64_t asked[] = { d->our_offer, d->asked };
	for (size_t i = 0; i < RF_ARRAY_LEN(asked); i++) {
		const struct check_transaction *t =
		    asked[i] != 0 ? checkers_transaction(c, asked[i]) : NULL;
		if (t != NULL && (t->status == 0 || t->lost) && at - t->first >= 64 * c->t1)
			return true;
	}
	return false;
}

/* ---- 6, 14: our 2xx waits for its ACK -------------------------------------------------------- */

static bool
waits_for_ack(const struct checkers *c, const struct check_dialog *d)
{
	return d->answered != RF_TIME_NEVER && d->answered_restarts == c->restarts;
}

bool
checkers_unacked(const struct checkers *c, const struct check_dialog *d, rf_time at)
{
	return d->ever_unacked || (waits_for_ack(c, d) &&
	    at - d->answered >= 64 * c->t1 - CHECK_SLACK_MS * RF_MS);
}

static void
check_bye(struct checkers *c, const struct check_fact *f, struct check_dialog *d)
{
	if (!waits_for_ack(c, d) || d->their_bye != RF_TIME_NEVER)
		return;
	if (!checkers_unacked(c, d, f->at))
		checkers_report(c, CHECK_EARLY_BYE, f->at, "BYE %lld ms after a 2xx without ACK",
		    (long long)((f->at - d->answered) / RF_MS));
	d->ever_unacked = true;
}

static void
check_2xx(struct checkers *c, const struct check_fact *f, struct check_dialog *d, bool again)
{
	if (!again || d->answered_restarts != c->restarts || d->answered_cseq != f->text->cseq) {
		d->answered = d->answered_last = f->at;
		d->answered_gap = c->t1;
		d->answered_cseq = f->text->cseq;
		d->answered_restarts = c->restarts;
		return;
	}
	rf_time since = f->at - d->answered_last;
	if (d->answered == RF_TIME_NEVER)
		checkers_report(c, CHECK_2XX_REPEATED, f->at, "a 2xx repeated after its ACK");
	else if (since < d->answered_gap ||
	    checkers_is_late(c, f->at, since, d->answered_gap))
		checkers_report(c, CHECK_2XX_REPEATED, f->at,
		    "a 2xx repeated after %lld us, not %lld us", (long long)since,
		    (long long)d->answered_gap);
	d->answered_last = f->at;
	d->answered_gap = 2 * d->answered_gap < c->t2 ? 2 * d->answered_gap : c->t2;
}

void
checkers_dialog_acked(struct checkers *c, const struct check_fact *f, uint64_t dialog)
{
	struct check_dialog *d = dialog != 0 ? checkers_dialog_find(c, dialog) : NULL;
	if (d == NULL || !waits_for_ack(c, d) || d->answered_cseq != f->text->cseq)
		return;
	if (checkers_is_late(c, f->at, f->at - d->answered_last, d->answered_gap) &&
	    f->at - d->answered < 64 * c->t1 && !d->over)
		checkers_report(c, CHECK_2XX_REPEATED, f->at, "a 2xx was not repeated for %lld us",
		    (long long)(f->at - d->answered_last));
	d->answered = RF_TIME_NEVER;
}

/* ---- requests and responses ------------------------------------------------------------------ */

void
checkers_dialog_we_ask(struct checkers *c, const struct check_fact *f,
    struct check_transaction *t, uint64_t dialog)
{
	struct check_dialog *d =
	    dialog != 0 && !method_is(f, "CANCEL") ? checkers_dialog(c, dialog) : NULL;
	if (d == NULL)
		return;
	check_way(c, f, d);
	bool asks = !is_invite(f) && !method_is(f, "NOTIFY") && !method_is(f, "BYE");
	if (asks && !is_open(c, d->asked, f->at))
		d->asked = t->key;
	if (is_invite(f))
		check_offer(c, f, d, t->key);
	if (method_is(f, "BYE"))
		check_bye(c, f, d);
}

void
checkers_dialog_they_answer(struct checkers *c, const struct check_fact *f,
    const struct check_transaction *t, uint64_t dialog)
{
	if (dialog == 0 || f->text->status == 100 || !(t->method_invite || method_is(f, "UPDATE")))
		return;
	struct check_dialog *d = checkers_dialog(c, dialog);
	if (t->initial && f->text->status < 300) {
		d->exists = d->ours = true;
		d->routes = routes_of(f->text, "Record-Route", true);
	}
	if (f->text->status < 300)
		refresh(d, f->text);
	if (f->text->status == 491 && t->method_invite && t->failed == f->at)
		d->glare = f->at;
}

void
checkers_dialog_they_ask(struct checkers *c, const struct check_fact *f,
    struct check_transaction *t, uint64_t dialog)
{
	static const char *const refreshing[] = { "INVITE", "UPDATE", "REFER", "SUBSCRIBE",
		"NOTIFY" };
	struct check_dialog *d = dialog != 0 ? checkers_dialog_find(c, dialog) : NULL;
	t->known = d != NULL && d->exists;
	t->alive = t->known && d->established && !d->over && !d->doubtful;
	t->routes = routes_of(f->text, "Record-Route", false);
	t->contact = checkers_hash(4, sip_address_uri(sip_value(f->text, "Contact")));
	for (size_t i = 0; d != NULL && i < RF_ARRAY_LEN(refreshing); i++) {
		if (method_is(f, refreshing[i]))
			refresh(d, f->text);
	}
	if (d != NULL && is_invite(f) && !is_open(c, d->their_offer, f->at))
		d->their_offer = t->key;
}

/* 7: RFC 4320. */
static void
check_non_invite(struct checkers *c, const struct check_fact *f, const struct check_transaction *t)
{
	rf_time since = f->at - t->first;
	if (f->text->status == 408)
		checkers_report(c, CHECK_IN_TIME, f->at, "408 to %.*s",
		    SIP_SLICE(f->text->method));
	if (f->text->status < 200 && (f->text->status != 100 ||
	    since < c->t2 - CHECK_SLACK_MS * RF_MS))
		checkers_report(c, CHECK_IN_TIME, f->at, "%u to %.*s after %lld ms",
		    f->text->status, SIP_SLICE(f->text->method), (long long)(since / RF_MS));
	if (f->text->status >= 200 && since > 64 * c->t1)
		checkers_report(c, CHECK_IN_TIME, f->at, "%.*s was answered after %lld ms",
		    SIP_SLICE(f->text->method), (long long)(since / RF_MS));
}

/* 12, 14: what is not there is not spoken to, and what is there hears 200 to its BYE. */
static void
check_match(struct checkers *c, const struct check_fact *f, const struct check_transaction *t)
{
	if (t->dialog == 0 || c->restarts > 0)
		return;
	if (f->text->status / 100 == 2 && !t->known && !method_is(f, "CANCEL"))
		checkers_report(c, CHECK_NO_MATCH, f->at, "%u to %.*s in no dialog",
		    f->text->status, SIP_SLICE(f->text->method));
	/* 500: its number is too low; 4xx: it is malformed */
	if (method_is(f, "BYE") && f->text->status == 481 && t->alive)
		checkers_report(c, CHECK_EARLY_BYE, f->at, "481 to BYE in a dialog that stands");
}

void
checkers_dialog_we_answer(struct checkers *c, const struct check_fact *f,
    struct check_transaction *t, uint64_t dialog, bool again)
{
	bool ok = f->text->status / 100 == 2;
	if (!is_invite(f) && !again && !t->excused)
		check_non_invite(c, f, t);
	if (!again)
		check_match(c, f, t);
	if (method_is(f, "REFER") && f->text->status == 503 &&
	    sip_value(f->text, "Retry-After").len == 0)
		checkers_report(c, CHECK_STORE_FAILS, f->at, "503 to REFER without Retry-After");
	if (dialog == 0 || f->text->status == 100)
		return;
	bool makes = t->dialog == 0 && f->text->status < 300 &&
	    (is_invite(f) || method_is(f, "REFER"));
	struct check_dialog *d = makes ? checkers_dialog(c, dialog) :
					 checkers_dialog_find(c, dialog);
	if (d == NULL)
		return;
	if (makes && !d->exists) {
		d->exists = true;
		d->routes = t->routes;
		d->target[0] = t->contact;
	}
	if (f->text->status == 481)
		d->over = true;
	if (is_invite(f) && ok)
		check_2xx(c, f, d, again);
}

/* ---- the end --------------------------------------------------------------------------------- */

void
checkers_dialog_restart(struct checkers *c, struct check_dialog *d)
{
	(void)c;
	d->our_offer = d->their_offer = 0;
	d->glare = RF_TIME_NEVER;
}

void
checkers_dialog_quiet(struct checkers *c, rf_time at)
{
	for (uint32_t i = 0; i < c->dialogs; i++) {
		const struct check_dialog *d = c->dialog[i];
		if (d->over || d->doubtful || c->restarts > 0)
			continue;
		if (waits_for_ack(c, d))
			checkers_report(c, CHECK_2XX_REPEATED, at,
			    "a 2xx was never ACKed, and its dialog never ended");
		else if (d->established)
			checkers_report(c, CHECK_LOSERS, at, "a dialog was never ended");
	}
}
