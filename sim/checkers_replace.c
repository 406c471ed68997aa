/* SPDX-License-Identifier: BSD-2-Clause */
/* sim/checkers_replace.c -- invariants of an INVITE with Replaces (RFC 3891): what is answered 2xx,
 * and when the parties of the old call may get a BYE. */
#include "sim/checkers.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "policy/policy.h"

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

static struct check_dialog *
find_dialog(struct checkers *c, uint64_t key)
{
	for (uint32_t i = 0; i < c->dialogs; i++) {
		if (c->dialog[i].key == key)
			return &c->dialog[i];
	}
	return NULL;
}

void
checkers_replace_received(struct checkers *c, const struct check_fact *f, uint64_t transaction)
{
	struct rf_slice value = sip_value(f->text, "Replaces");
	if (value.len == 0)
		return;
	if (c->replaces == c->replace_room) {
		c->replace_room = c->replace_room == 0 ? 8 : 2 * c->replace_room;
		c->replace = realloc(c->replace, c->replace_room * sizeof *c->replace);
		assert(c->replace != NULL);
	}
	uint64_t named = checkers_named(value, "to-tag", "from-tag");
	const struct check_dialog *d = find_dialog(c, named);
	c->replace[c->replaces++] = (struct check_replace){ .transaction = transaction,
		.named = named,
		.over = d != NULL &&
		    (d->our_bye != RF_TIME_NEVER || d->their_bye != RF_TIME_NEVER),
		.early_only = rf_star_match(RF_SLICE("*;early-only*"), value),
		.party = f->party };
}

void
checkers_replace_answered(struct checkers *c, const struct check_fact *f, uint64_t transaction,
    uint64_t dialog)
{
	struct check_replace *r = NULL;
	for (uint32_t i = 0; i < c->replaces; i++) {
		if (c->replace[i].transaction == transaction)
			r = &c->replace[i];
	}
	if (r == NULL)
		return;
	const struct check_dialog *d = find_dialog(c, r->named);
	r->session = d != NULL ? d->session : 0;
	if (f->text->status >= 300)
		return;
	r->made = dialog;
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
	for (uint32_t i = 0; i < c->replaces; i++) {
		if (c->replace[i].made != 0 && c->replace[i].made == dialog)
			c->replace[i].confirmed = true;
	}
}

/* Did any party of that session hang up? */
static bool
somebody_left(const struct checkers *c, uint64_t session)
{
	for (uint32_t i = 0; i < c->dialogs; i++) {
		if (c->dialog[i].session == session && c->dialog[i].their_bye != RF_TIME_NEVER)
			return true;
	}
	return false;
}

void
checkers_replace_bye(struct checkers *c, const struct check_fact *f, uint64_t dialog)
{
	const struct check_dialog *d = find_dialog(c, dialog);
	bool asked = false, replaced = false, again = false;
	for (uint32_t i = 0; d != NULL && i < c->replaces; i++) {
		struct check_replace *r = &c->replace[i];
		if (r->session == 0 || d->session != r->session || r->made == dialog)
			continue;
		asked = true;
		again = again || (r->ended && r->named == dialog);
		r->ended = r->ended || r->named == dialog;
		replaced = replaced || (r->confirmed && r->named == dialog);
	}
	/* A process before may have known who left, and for whom; this one may not. */
	if (!asked || again || c->restarts > 0 || somebody_left(c, d->session))
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
		const struct check_replace *r = &c->replace[i];
		const struct check_dialog *d = find_dialog(c, r->named);
		if (r->confirmed && !r->ended && d != NULL && d->their_bye == RF_TIME_NEVER)
			checkers_report(c, CHECK_REPLACED, at, "a replaced dialog was never ended");
	}
}
