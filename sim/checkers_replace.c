/* SPDX-License-Identifier: BSD-2-Clause */
/* sim/checkers_replace.c -- invariants of an INVITE with Replaces (RFC 3891): what is answered 2xx,
 * and when the parties of the old call may get a BYE. */
#include <string.h>

#include "policy/policy.h"
#include "sim/checkers_parts.h"

/* The dialog that Replaces or Target-Dialog names, as a key of ours: Call-ID, our tag, theirs. */
uint64_t
checkers_named(struct rf_slice value, const char *our_tag, const char *their_tag)
{
	const char *semicolon = value.len > 0 ? memchr(value.p, ';', value.len) : NULL;
	if (semicolon == NULL)
		return 0;
	const struct rf_slice call_id = { value.p, (uint32_t)(semicolon - value.p) };
	uint64_t h = checkers_hash(checkers_hash(1, call_id), sip_param(value, our_tag));
	return checkers_hash(h, sip_param(value, their_tag));
}

void
checkers_replace_received(struct checkers *c, const struct check_fact *f, uint64_t transaction)
{
	struct rf_slice value = sip_value(f->text, "Replaces");
	if (value.len == 0)
		return;
	uint64_t named = checkers_named(value, "to-tag", "from-tag");
	const struct check_dialog *d = checkers_dialog_find(c, named);
	struct check_replace *r = checkers_replace_new(c, transaction);
	r->named = named;
	r->over = d != NULL && (d->our_bye != RF_TIME_NEVER || d->their_bye != RF_TIME_NEVER);
	r->early_only = rf_star_match(RF_SLICE("*;early-only*"), value);
	r->party = f->party;
}

void
checkers_replace_answered(struct checkers *c, const struct check_fact *f, uint64_t transaction,
    uint64_t dialog)
{
	struct check_replace *r;
	HASH_FIND(hh, c->replace_by_transaction, &transaction, sizeof transaction, r);
	if (r == NULL)
		return;
	const struct check_dialog *d = checkers_dialog_find(c, r->named);
	r->session = d != NULL ? d->session : 0;
	struct check_session *s = checkers_session(c, r->session);
	if (s != NULL && !r->listed)
		LL_APPEND(s->replaces, r);
	r->listed = s != NULL;
	if (f->text->status >= 300)
		return;
	if (r->made == 0 && dialog != 0) {
		r->made = dialog;
		HASH_ADD(hh_made, c->replace_by_made, made, sizeof r->made, r);
	}
	if (d == NULL || !d->established)
		checkers_report(c, CHECK_REPLACED, f->at, "2xx to a Replaces that names no call");
	else if (r->early_only)
		checkers_report(
		    c, CHECK_REPLACED, f->at, "2xx to early-only on a confirmed dialog");
	else if (r->over)
		checkers_report(
		    c, CHECK_REPLACED, f->at, "2xx to a Replaces of a call that is over");
}

void
checkers_replace_acked(struct checkers *c, uint64_t dialog)
{
	struct check_replace *r;
	HASH_FIND(hh_made, c->replace_by_made, &dialog, sizeof dialog, r);
	if (r != NULL)
		r->confirmed = true;
}

/* Did any party of that session hang up? */
static bool
somebody_left(struct checkers *c, const struct check_session *s, rf_time at)
{
	for (const struct check_dialog *d = s->dialogs; d != NULL; d = d->next) {
		if (d->their_bye != RF_TIME_NEVER || checkers_unacked(c, d, at) ||
		    checkers_mute(c, d, at))
			return true;
	}
	return false;
}

bool
checkers_replaced(const struct checkers *c, uint64_t session, uint64_t dialog)
{
	const struct check_session *s;
	HASH_FIND(hh, c->session, &session, sizeof session, s);
	const struct check_replace *r = s != NULL ? s->replaces : NULL;
	for (; r != NULL; r = r->next) {
		if (r->confirmed && r->named == dialog)
			return true;
	}
	return false;
}

void
checkers_replace_bye(struct checkers *c, const struct check_fact *f, uint64_t dialog)
{
	const struct check_dialog *d = checkers_dialog_find(c, dialog);
	bool asked = false, replaced = false, again = false;
	const struct check_session *s = d != NULL ? checkers_session(c, d->session) : NULL;
	for (struct check_replace *r = s != NULL ? s->replaces : NULL; r != NULL; r = r->next) {
		if (r->made == dialog)
			continue;
		asked = true;
		again = again || (r->ended && r->named == dialog);
		r->ended = r->ended || r->named == dialog;
		replaced = replaced || (r->confirmed && r->named == dialog);
	}
	/* A process before may have known who left, and for whom; this one may not.  Where somebody
	 * was referred, too, parties come and go. */
	if (!asked || again || c->restarts > 0 || s->refers != NULL ||
	    somebody_left(c, s, f->at))
		return;
	if (!replaced)
		checkers_report(c, CHECK_REPLACED, f->at,
		    "BYE to a party of the old call, but no replacement was confirmed");
	else if (!rf_star_match(RF_SLICE("SIP*cause=200*"), sip_value(f->text, "Reason")))
		checkers_report(c, CHECK_REPLACED, f->at, "replaced, and not told so");
}

void
checkers_replace_quiet(struct checkers *c, rf_time at)
{
	for (uint32_t i = 0; i < c->replaces; i++) {
		const struct check_replace *r = c->replace[i];
		const struct check_dialog *d = checkers_dialog_find(c, r->named);
		if (r->confirmed && !r->ended && d != NULL && !d->over)
			checkers_report(c, CHECK_REPLACED, at, "a replaced dialog was never ended");
	}
}
