/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/model/session.c -- the call and its transfers, case by case: RFC 3261 9, 13, 15; RFC 3515;
 * RFC 6665 4.2; and what the README promises: a 2xx to REFER is kept. */
#include <stdio.h>
#include <string.h>

#include "tests/model/model.h"

static void gone(struct model *m, int leg);
static void conclude(struct model *m, int refer, int status);
static void told(struct model *m, int refer);

void
model_init(struct model *m, const struct model_settings *set)
{
	memset(m, 0, sizeof *m);
	m->set = *set;
	m->pending = -1;
	m->commit = m->commit_store = NEVER;
}

int
model_leg_of(const struct model *m, enum model_party party)
{
	for (int i = m->legs; i-- > 0;) {
		if (m->leg[i].party == party)
			return i;
	}
	return -1;
}

/* When the store answers a commit it is given now; NEVER: it does not. */
static int64_t
store(struct model *m, int64_t delay)
{
	if (delay < 0)
		return NEVER;
	if (m->store_due < m->now + delay)
		m->store_due = m->now + delay;
	return m->store_due;
}

static int
leg_new(struct model *m, enum model_party party, enum leg_state state, int refer)
{
	if (m->legs == LEGS_MAX) {
		m->failed = true;
		return LEGS_MAX - 1;
	}
	m->leg[m->legs] = (struct model_leg){ .party = party,
		.state = state,
		.refer = refer,
		.ring = NEVER,
		.cancel_end = NEVER,
		.repeat = NEVER,
		.unacked = NEVER,
		.offer = NEVER };
	return m->legs++;
}

/* ---- legs ------------------------------------------------------------------------------------ */

static void
leg_down(struct model *m, int leg)
{
	struct model_leg *l = &m->leg[leg];
	l->state = L_DOWN;
	l->ring = l->cancel_end = l->repeat = l->unacked = l->offer = NEVER;
	for (int i = 0; i < m->txns; i++) { /* nobody waits for the answer any more */
		if (m->txn[i].client && m->txn[i].leg == leg && m->txn[i].purpose == FOR_REINVITE)
			model_leave(m, i);
	}
	l->offers = false;
}

static void
send_bye(struct model *m, int leg)
{
	struct model_leg *l = &m->leg[leg];
	l->state = L_LEAVING;
	l->repeat = l->unacked = NEVER;
	model_client(m, l->party, "BYE", FOR_BYE, leg, -1, "BYE");
}

static void
place(struct model *m, enum model_party party, int refer)
{
	int leg = leg_new(m, party, L_CALLING, refer);
	if (refer >= 0)
		m->refer[refer].target = leg;
	else
		m->pair[1] = leg;
	m->leg[leg].ring = m->now + m->set.ring;
	m->leg[leg].invite = model_client(m, party, "INVITE", FOR_LEG, leg, refer, "INVITE");
}

static void
send_cancel(struct model *m, int leg)
{
	m->leg[leg].cancelled = true;
	model_client(m, m->leg[leg].party, "CANCEL", FOR_CANCEL, leg, -1, "CANCEL");
}

/* In whatever state: CANCEL needs a provisional answer first (9.1), BYE needs our 2xx to have its
 * ACK (15). */
static void
hang_up(struct model *m, int leg)
{
	struct model_leg *l = &m->leg[leg];
	if (l->state == L_CALLING) {
		l->state = L_CANCELLING;
		l->cancel_end = m->now + 64 * m->set.t1;
		if (l->provisional)
			send_cancel(m, leg);
	} else if (l->state == L_UP && l->repeat != NEVER) {
		l->state = L_PARTING;
	} else if (l->state == L_UP) {
		send_bye(m, leg);
	}
}

static void
attempt_failed(struct model *m, int leg, int status)
{
	struct model_leg *l = &m->leg[leg];
	int caller = m->pair[0], refer = l->refer;
	if (l->status != 0)
		status = l->status;
	if (refer >= 0) {
		if (m->refer[refer].state == R_TRYING)
			conclude(m, refer, status);
	} else if (m->call == C_CONNECTING) {
		m->call = C_ENDING;
		m->leg[caller].state = L_DOWN;
		model_answer(m, m->leg[caller].invite, status);
	}
}

static void
attempt_answered(struct model *m, int leg)
{
	struct model_leg *l = &m->leg[leg];
	l->ring = NEVER;
	if (l->refer < 0) {
		m->call = C_COMMITTING; /* the caller's 2xx waits, but not for ever */
		m->commit = m->now + m->set.commit_wait;
		m->commit_store = store(m, m->set.store_delay[ESTABLISHED]);
	} else {
		m->refer[l->refer].state = R_SWAPPING;
		m->refer[l->refer].swap = m->now + 64 * m->set.t1;
		m->leg[m->pair[0]].offers = true;
		m->leg[m->pair[0]].offer = m->now;
	}
}

static void
invite_heard(struct model *m, int leg, int status)
{
	struct model_leg *l = &m->leg[leg];
	bool attempt = l->state == L_CALLING || l->state == L_CANCELLING;
	if (status >= 200 && status < 300)
		model_say(m, l->party, "ACK"); /* 13.2.2.4: to every one */
	if (status < 200 && l->state == L_CALLING) {
		l->provisional = true;
		if (status > 100 && l->refer < 0)
			model_answer(m, m->leg[m->pair[0]].invite, status);
	} else if (status < 200 && l->state == L_CANCELLING && !l->cancelled) {
		send_cancel(m, leg);
	} else if (status >= 300 && attempt) {
		leg_down(m, leg);
		attempt_failed(m, leg, status);
	} else if (status >= 200 && l->state == L_CALLING) {
		l->state = L_UP;
		attempt_answered(m, leg);
	} else if (status >= 200 && l->state == L_CANCELLING) {
		l->cancel_end = NEVER;
		send_bye(m, leg); /* it crossed our CANCEL */
	} else if (status >= 200 && l->state == L_DOWN) {
		model_client(m, l->party, "BYE", FOR_SPARE, leg, -1, "BYE");
	}
}

/* ---- the subscription of a REFER ------------------------------------------------------------- */

static void
notify(struct model *m, int refer, int status, bool last)
{
	char what[WORD_MAX_];
	snprintf(what, sizeof what, "NOTIFY %d %s", status, last ? "terminated" : "active");
	m->refer[refer].sub = last ? S_ENDING : S_NOTIFYING;
	model_client(m, CENTER, "NOTIFY", FOR_NOTIFY, -1, refer, what);
}

static void
tell(struct model *m, int refer)
{
	struct model_refer *r = &m->refer[refer];
	r->state = R_TELLING;
	r->wait = r->store = NEVER;
	if (r->sub == S_NONE)
		told(m, refer); /* nobody is to be told */
	else if (r->sub == S_NOTIFYING)
		r->sub = S_CLOSING; /* one at a time */
	else if (r->sub == S_ACTIVE)
		notify(m, refer, r->status, true);
}

static void
notify_heard(struct model *m, int refer, int status)
{
	struct model_refer *r = &m->refer[refer];
	enum sub_state before = r->sub;
	if (status < 300 && before == S_NOTIFYING) {
		r->sub = S_ACTIVE;
	} else if (status < 300 && before == S_CLOSING) {
		notify(m, refer, r->status, true);
	} else {
		r->sub = S_NONE;
		if (before == S_CLOSING || before == S_ENDING)
			told(m, refer);
	}
}

/* ---- the transfer ---------------------------------------------------------------------------- */

static void
refer_begin(struct model *m, int request, int leg)
{
	if (m->pending >= 0) {
		model_answer(m, request, 491);
		return;
	}
	if (m->call == C_CONNECTING || m->call == C_COMMITTING) {
		model_answer(m, request, 491); /* not yet: the other party has no 2xx */
		return;
	}
	if (m->call != C_BRIDGED || (leg != m->pair[0] && leg != m->pair[1])) {
		model_answer(m, request, 481);
		return;
	}
	if (m->refers == REFERS_MAX) {
		m->failed = true;
		return;
	}
	m->pending = m->refers;
	m->refer[m->refers++] = (struct model_refer){ .request = request,
		.target = -1,
		.wait = m->now + m->set.store_wait,
		.store = store(m, m->set.store_delay[PROMISE]),
		.swap = NEVER,
		.bye = NEVER };
}

/* What was not promised can be refused. */
static void
withdraw(struct model *m, int refer, int status, bool late)
{
	m->refer[refer].state = R_DONE;
	m->refer[refer].wait = m->refer[refer].store = NEVER;
	m->pending = -1;
	model_answer(m, m->refer[refer].request, status);
	if (late)
		store(m, 1); /* what may be stored yet is undone */
}

static void
promised(struct model *m, int refer)
{
	struct model_refer *r = &m->refer[refer];
	r->state = R_TRYING;
	r->wait = r->store = NEVER;
	model_answer(m, r->request, 202);
	m->call = C_TRANSFERRING;
	notify(m, refer, 100, false);
	place(m, QUEUE, refer);
}

static void
end_pair(struct model *m)
{
	m->call = C_ENDING;
	hang_up(m, m->pair[0]);
	hang_up(m, m->pair[1]);
}

/* The transfer came to nothing: the old call goes on if both are there. */
static void
not_won(struct model *m, int refer)
{
	if (m->pending != refer)
		return;
	m->pending = -1;
	if (m->call == C_TRANSFERRING)
		m->call = C_BRIDGED;
	else if (m->call == C_ALONE)
		end_pair(m);
}

static void
conclude(struct model *m, int refer, int status)
{
	struct model_refer *r = &m->refer[refer];
	r->state = R_CONCLUDING;
	r->status = status;
	r->swap = NEVER;
	if (r->moved && m->call != C_ENDING) {
		m->pair[1] = r->target;
		m->call = C_BRIDGED;
		m->pending = -1;
	} else if (r->moved) {
		m->pending = -1;
	} else if (r->referrer_left) {
		not_won(m, refer);
	}
	r->wait = m->now + m->set.store_wait;
	r->store = store(m, m->set.store_delay[OUTCOME]);
}

/* The final NOTIFY is answered, or there is nobody to tell. */
static void
told(struct model *m, int refer)
{
	struct model_refer *r = &m->refer[refer];
	int center = model_leg_of(m, CENTER);
	bool stays = !r->referrer_left && m->leg[center].state == L_UP;
	r->state = R_DONE;
	if (stays && r->moved) {
		r->state = R_RELEASING;
		r->bye = m->now + m->set.wait_for_bye;
	} else if (stays && (r->closed || r->survivor_left)) {
		if (m->pending == refer)
			m->pending = -1;
		hang_up(m, center);
	} else {
		not_won(m, refer);
	}
}

static void
survivor_left(struct model *m, int refer)
{
	struct model_refer *r = &m->refer[refer];
	if (r->state == R_PROMISING) {
		withdraw(m, refer, 487, true);
	} else if (r->state == R_TRYING || r->state == R_SWAPPING) {
		hang_up(m, r->target);
		m->leg[r->target].ring = NEVER;
		r->closed = true;
		conclude(m, refer, 487);
	} else {
		r->survivor_left = true;
	}
}

static void
referrer_left(struct model *m, int refer)
{
	struct model_refer *r = &m->refer[refer];
	if (r->state == R_PROMISING)
		withdraw(m, refer, 487, true);
	else if (r->state == R_RELEASING)
		r->state = R_DONE, r->bye = NEVER;
	else
		r->referrer_left = true;
}

static void
offer_heard(struct model *m, int leg, int status)
{
	int refer = m->pending;
	m->leg[leg].offers = false;
	if (status < 300)
		model_say(m, m->leg[leg].party, "ACK");
	if (refer < 0 || m->refer[refer].state != R_SWAPPING)
		return;
	m->refer[refer].moved = status < 300;
	if (status >= 300)
		hang_up(m, m->refer[refer].target);
	conclude(m, refer, status < 300 ? 200 : status);
}

/* ---- parties leave --------------------------------------------------------------------------- */

static void
gone(struct model *m, int leg)
{
	int refer = m->pending;
	bool of_pair = leg == m->pair[0] || leg == m->pair[1];
	enum model_party party = m->leg[leg].party;
	if (m->call == C_CONNECTING) {
		m->call = C_ENDING;
		m->leg[m->pair[1]].status = 487;
		m->leg[m->pair[1]].ring = NEVER;
		hang_up(m, m->pair[1]);
		return;
	}
	if (m->call == C_COMMITTING) {
		m->call = C_ENDING;
		m->commit = m->commit_store = NEVER;
		if (party == CUSTOMER) {
			hang_up(m, m->pair[1]);
		} else {
			m->leg[m->pair[0]].state = L_DOWN;
			model_answer(m, m->leg[m->pair[0]].invite, 480);
		}
		return;
	}
	if (m->call == C_BRIDGED && of_pair)
		end_pair(m);
	else if (m->call == C_TRANSFERRING && party == CENTER)
		m->call = C_ALONE;
	else if ((m->call == C_TRANSFERRING || m->call == C_ALONE) && party == CUSTOMER)
		m->call = C_ENDING;
	if (refer >= 0 && party == CUSTOMER)
		survivor_left(m, refer);
	for (int i = 0; i < m->refers && party == CENTER; i++) {
		if (m->refer[i].state != R_DONE)
			referrer_left(m, i);
	}
}

/* ---- from the wire --------------------------------------------------------------------------- */

void
model_request(struct model *m, enum model_party party, const char *method)
{
	int leg = model_leg_of(m, party);
	if (strcmp(method, "INVITE") == 0) {
		int caller = leg_new(m, CUSTOMER, L_OFFERED, -1);
		m->leg[caller].invite = model_server(m, CUSTOMER, "INVITE", caller);
		m->pair[0] = caller;
		place(m, CENTER, -1);
		return;
	}
	int txn = model_server(m, party, method, leg);
	struct model_leg *l = &m->leg[leg];
	if (strcmp(method, "CANCEL") == 0) {
		model_answer(m, txn, 200);
		if (l->state == L_OFFERED) {
			leg_down(m, leg);
			model_answer(m, l->invite, 487);
			gone(m, leg);
		}
	} else if (l->state == L_DOWN) {
		model_answer(m, txn, 481);
	} else if (strcmp(method, "REFER") == 0) {
		refer_begin(m, txn, leg);
	} else {
		model_answer(m, txn, 200);
		if (strcmp(method, "BYE") != 0)
			return;
		if (l->state == L_UP) {
			leg_down(m, leg);
			gone(m, leg);
		} else if (l->state == L_PARTING) {
			leg_down(m, leg);
		}
	}
}

void
model_ack(struct model *m)
{
	int leg = model_leg_of(m, CUSTOMER);
	struct model_leg *l = &m->leg[leg];
	struct model_txn *t = &m->txn[l->invite];
	if (t->state == T_COMPLETED) {
		bool reliable = m->set.reliable[CUSTOMER];
		t->state = reliable ? T_OVER : T_CONFIRMED;
		t->again = NEVER;
		t->end = reliable ? NEVER : m->now + m->set.t4; /* Timer I */
	} else if (l->repeat != NEVER) {
		l->repeat = l->unacked = NEVER;
		if (l->state == L_PARTING)
			send_bye(m, leg);
	}
}

void
model_heard(struct model *m, int txn, int status)
{
	struct model_txn *t = &m->txn[txn];
	switch (t->purpose) {
	case FOR_LEG:
		invite_heard(m, t->leg, status);
		break;
	case FOR_REINVITE:
		if (status >= 200 && m->leg[t->leg].offers)
			offer_heard(m, t->leg, status);
		else if (status >= 200 && status < 300)
			model_say(m, t->party, "ACK");
		break;
	case FOR_BYE:
		if (status >= 200 && m->leg[t->leg].state == L_LEAVING) {
			leg_down(m, t->leg);
			if (m->leg[t->leg].status != 0)
				attempt_failed(m, t->leg, m->leg[t->leg].status);
		}
		break;
	case FOR_NOTIFY:
		if (status >= 200)
			notify_heard(m, t->refer, status);
		break;
	case FOR_CANCEL:
	case FOR_SPARE:
		break;
	}
}

/* ---- time ------------------------------------------------------------------------------------ */

static void
sooner(int64_t *least, int64_t at)
{
	if (at != NEVER && at < *least)
		*least = at;
}

int64_t
model_deadline(const struct model *m)
{
	int64_t at = INT64_MAX;
	for (int i = 0; i < m->txns; i++)
		sooner(&at, model_txn_deadline(&m->txn[i]));
	for (int i = 0; i < m->legs; i++) {
		const struct model_leg *l = &m->leg[i];
		sooner(&at, l->ring);
		sooner(&at, l->cancel_end);
		sooner(&at, l->repeat);
		sooner(&at, l->unacked);
		sooner(&at, l->offer);
	}
	for (int i = 0; i < m->refers; i++) {
		sooner(&at, m->refer[i].wait);
		sooner(&at, m->refer[i].store);
		sooner(&at, m->refer[i].swap);
		sooner(&at, m->refer[i].bye);
	}
	sooner(&at, m->commit);
	sooner(&at, m->commit_store);
	return at;
}

static void
leg_tick(struct model *m, int leg)
{
	struct model_leg *l = &m->leg[leg];
	if (l->unacked == m->now) { /* 13.3.1.4: nobody acknowledged: BYE */
		bool up = l->state == L_UP;
		send_bye(m, leg);
		if (up)
			gone(m, leg);
	} else if (l->repeat == m->now) {
		model_say(m, l->party, "200 INVITE");
		l->interval = 2 * l->interval < m->set.t2 ? 2 * l->interval : m->set.t2;
		l->repeat = m->now + l->interval;
	}
	if (l->ring == m->now) {
		l->ring = NEVER;
		l->status = 408;
		hang_up(m, leg);
	}
	if (l->cancel_end == m->now) {
		model_leave(m, l->invite);
		leg_down(m, leg);
		attempt_failed(m, leg, 487);
	}
	if (l->offer == m->now && l->repeat != NEVER) {
		l->offer = m->now + 100; /* 14.1: not before our 2xx has its ACK */
	} else if (l->offer == m->now) {
		l->offer = NEVER;
		if (l->state == L_UP)
			model_client(
			    m, l->party, "INVITE", FOR_REINVITE, leg, m->pending, "INVITE");
	}
}

static void
refer_tick(struct model *m, int refer)
{
	struct model_refer *r = &m->refer[refer];
	bool stored = r->store == m->now, late = r->wait == m->now;
	if (r->state == R_PROMISING && stored && !m->set.store_fails[PROMISE])
		promised(m, refer);
	else if (r->state == R_PROMISING && (stored || late))
		withdraw(m, refer, 503, !stored);
	else if (r->state == R_CONCLUDING && (stored || late))
		tell(m, refer);
	if (r->swap == m->now) {
		r->swap = NEVER;
		m->failed = true; /* an offer nobody answers is not this model's affair */
	}
	if (r->bye == m->now) {
		r->bye = NEVER;
		r->state = R_DONE;
		hang_up(m, model_leg_of(m, CENTER));
	}
}

void
model_tick(struct model *m, int64_t now)
{
	m->now = now;
	while (model_deadline(m) <= now && !m->failed) {
		for (int i = 0; i < m->txns; i++)
			model_txn_tick(m, i);
		for (int i = 0; i < m->legs; i++)
			leg_tick(m, i);
		for (int i = 0; i < m->refers; i++)
			refer_tick(m, i);
		if (m->commit == now || m->commit_store == now) {
			struct model_leg *caller = &m->leg[m->pair[0]];
			m->commit = m->commit_store = NEVER;
			m->call = C_BRIDGED;
			caller->state = L_UP;
			caller->interval = m->set.t1;
			caller->repeat = now + m->set.t1;
			caller->unacked = now + 64 * m->set.t1;
			model_answer(m, caller->invite, 200);
		}
	}
}
