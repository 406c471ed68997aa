/* SPDX-License-Identifier: BSD-2-Clause */
/* app/reconcile_match.c -- see its header.
 *
 * Several transfers may have one dialog, and several dialogs one session: of all that a key finds,
 * the one is taken that nobody has claimed and whose time is nearest, then the oldest.  So the same
 * files always give the same pairs. */
#include "app/reconcile_match.h"

static int64_t
apart(int64_t a, int64_t b)
{
	return a > b ? a - b : b - a;
}

static int64_t
nearer(int64_t best, int64_t theirs, int64_t ours)
{
	return ours > 0 && apart(theirs, ours) < best ? apart(theirs, ours) : best;
}

struct score {                                  /* the smaller, the better */
	bool claimed, withdrawn, other_dialog;
	int64_t apart, event;
};

static bool
is_better(const struct score *a, const struct score *b)
{
	if (a->claimed != b->claimed)
		return b->claimed;
	if (a->withdrawn != b->withdrawn)
		return b->withdrawn;
	if (a->other_dialog != b->other_dialog)
		return b->other_dialog;
	if (a->apart != b->apart)
		return a->apart < b->apart;
	return a->event < b->event;
}

struct search {
	struct rf_reconcile_match match;
	struct score best;
	uint64_t dialog;                        /* of the record; 0: incomplete */
	const struct rf_platform_record *record;
};

static void
consider_transfers(struct search *s, struct rf_our_call *c)
{
	const struct rf_platform_record *r = s->record;
	for (struct rf_our_transfer *t = c->transfers; t != NULL; t = t->next) {
		struct score score = { t->claimed, t->withdrawn,
			s->dialog != 0 && t->dialog != s->dialog, 0, t->event };
		if (r->has_start)
			score.apart = nearer(nearer(nearer(INT64_MAX, r->start_us, t->asked_us),
						 r->start_us, t->decided_us),
			    r->start_us, c->started_us);
		if (s->match.transfer != NULL && !is_better(&score, &s->best))
			continue;
		s->match.transfer = t;
		s->match.call = c;
		s->best = score;
	}
	if (s->match.call == NULL)
		s->match.call = c;
}

/* leg: NULL: by the number of the session. */
static void
consider_call(struct search *s, struct rf_our_call *c, struct rf_our_leg *leg)
{
	const struct rf_platform_record *r = s->record;
	struct score score = { leg != NULL ? leg->claimed : c->claimed, false, false, 0, c->event };
	if (r->has_start)
		score.apart = nearer(nearer(INT64_MAX, r->start_us, c->started_us), r->start_us,
		    c->seen_us);
	if (s->match.call != NULL && !is_better(&score, &s->best))
		return;
	s->match.call = c;
	s->match.leg = leg;
	s->best = score;
}

static bool
is_transfer(const struct rf_platform_record *r)
{
	return r->word != RF_WORD_CALL;
}

static void
search_session(struct search *s, struct rf_reconcile_index *x)
{
	struct rf_our_call *c =
	    s->record->session == 0 ? NULL : rf_reconcile_index_session(x, s->record->session);
	if (c == NULL)
		return;
	if (is_transfer(s->record))
		consider_transfers(s, c);
	else
		consider_call(s, c, NULL);
}

static void
search_legs(struct search *s, struct rf_reconcile_index *x, enum rf_reconcile_key key)
{
	struct rf_our_legs legs = rf_reconcile_index_legs(x, key, s->record);
	for (struct rf_our_leg *leg; (leg = rf_reconcile_leg_next(&legs)) != NULL;) {
		if (is_transfer(s->record))
			consider_transfers(s, leg->call);
		else
			consider_call(s, leg->call, leg);
	}
}

static void
claim(struct rf_reconcile_match *m, bool transfer)
{
	m->call->known = true;
	if (m->transfer != NULL) {
		m->again = m->transfer->claimed;
		m->transfer->claimed = true;
	} else if (!transfer && m->leg != NULL) {
		m->again = m->leg->claimed;
		m->leg->claimed = true;
	} else if (!transfer) {
		m->again = m->call->claimed;
		m->call->claimed = true;
	}
}

struct rf_reconcile_match
rf_reconcile_match(struct rf_reconcile_index *x, const struct rf_platform_record *r)
{
	struct search s = { .record = r };
	s.dialog = rf_reconcile_dialog(x, r->text[RF_COLUMN_CALL_ID], r->text[RF_COLUMN_FROM_TAG],
	    r->text[RF_COLUMN_TO_TAG]);
	for (unsigned key = RF_KEY_SESSION; key < RF_KEY_TARGET && s.match.call == NULL; key++) {
		s.match.key = (enum rf_reconcile_key)key;
		if (key == RF_KEY_SESSION)
			search_session(&s, x);
		else
			search_legs(&s, x, (enum rf_reconcile_key)key);
	}
	if (s.match.call == NULL)
		s.match.key = RF_KEY_NONE;
	else
		claim(&s.match, is_transfer(r));
	return s.match;
}
