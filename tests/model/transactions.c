/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/model/transactions.c -- RFC 3261 17 with RFC 6026 and RFC 4320, case by case. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/model/model.h"

void
model_say(struct model *m, enum model_party party, const char *format, ...)
{
	va_list arguments;
	if (m->outs == OUT_MAX) {
		m->failed = true;
		return;
	}
	struct model_out *out = &m->out[m->outs++];
	out->party = party;
	va_start(arguments, format);
	vsnprintf(out->what, sizeof out->what, format, arguments);
	va_end(arguments);
}

static int
txn_new(struct model *m, bool client, enum model_party party, const char *method, int leg)
{
	if (m->txns == TXNS_MAX) {
		m->failed = true;
		return TXNS_MAX - 1;
	}
	m->txn[m->txns] = (struct model_txn){ .client = client,
		.party = party,
		.leg = leg,
		.invite = strcmp(method, "INVITE") == 0,
		.again = NEVER,
		.late = NEVER,
		.end = NEVER };
	snprintf(m->txn[m->txns].method, sizeof m->txn[0].method, "%s", method);
	return m->txns++;
}

int
model_find(const struct model *m, enum model_party party, const char *method, bool client)
{
	for (int i = m->txns; i-- > 0;) {
		if (m->txn[i].client == client && m->txn[i].party == party &&
		    strcmp(m->txn[i].method, method) == 0)
			return i;
	}
	return -1;
}

static int64_t
least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* ---- ours ------------------------------------------------------------------------------------ */

int
model_client(struct model *m, enum model_party party, const char *method, enum purpose purpose,
    int leg, int refer, const char *what)
{
	int i = txn_new(m, true, party, method, leg);
	struct model_txn *t = &m->txn[i];
	t->purpose = purpose;
	t->refer = refer;
	snprintf(t->last, sizeof t->last, "%s", what);
	model_say(m, party, "%s", what);
	t->end = m->now + 64 * m->set.t1; /* Timers B and F */
	if (!m->set.reliable[party]) {    /* Timers A and E */
		t->interval = m->set.t1;
		t->again = m->now + t->interval;
	}
	return i;
}

/* Nobody wants to know any more: what comes is taken in by the transaction alone. */
void
model_leave(struct model *m, int txn)
{
	struct model_txn *t = &m->txn[txn];
	if (!t->invite || (t->state != T_TRYING && t->state != T_PROCEEDING))
		return;
	t->state = T_LEFT;
	t->left = true;
	t->again = NEVER;
	t->end = m->now + 64 * m->set.t1;
}

static void
invite_answered(struct model *m, int txn, int status)
{
	struct model_txn *t = &m->txn[txn];
	bool reliable = m->set.reliable[t->party];
	if (status < 200) {
		if (t->state != T_TRYING && t->state != T_PROCEEDING)
			return;
		t->state = T_PROCEEDING; /* 17.1.1.2: no more A, no more B */
		t->again = t->end = NEVER;
		model_heard(m, txn, status);
	} else if (status < 300) {
		if (t->state == T_COMPLETED || t->state == T_OVER)
			return;
		if (t->state != T_ACCEPTED)
			t->end = m->now + 64 * m->set.t1; /* Timer M */
		t->state = T_ACCEPTED;
		t->again = NEVER;
		if (!t->left)
			model_heard(m, txn, status); /* every one goes up */
	} else if (t->state == T_COMPLETED) {
		model_say(m, t->party, "ACK");
	} else if (t->state != T_ACCEPTED && t->state != T_OVER) {
		model_say(m, t->party, "ACK");
		t->state = reliable ? T_OVER : T_COMPLETED;
		t->again = NEVER;
		t->end = reliable ? NEVER : m->now + 64 * m->set.t1; /* Timer D */
		if (!t->left)
			model_heard(m, txn, status);
	}
}

static void
request_answered(struct model *m, int txn, int status)
{
	struct model_txn *t = &m->txn[txn];
	bool reliable = m->set.reliable[t->party];
	if (t->state != T_TRYING && t->state != T_PROCEEDING)
		return;
	if (status < 200) {
		t->state = T_PROCEEDING;
		return;
	}
	t->state = reliable ? T_OVER : T_COMPLETED;
	t->again = NEVER;
	t->end = reliable ? NEVER : m->now + m->set.t4; /* Timer K */
	model_heard(m, txn, status);
}

void
model_response_again(struct model *m, enum model_party party, const char *method, int status)
{
	int i = model_find(m, party, method, true);
	if (i < 0)
		return;
	if (m->txn[i].invite)
		invite_answered(m, i, status);
	else
		request_answered(m, i, status);
}

/* A party answers the newest request that has no final answer. */
void
model_response(struct model *m, enum model_party party, const char *method, int status)
{
	for (int i = m->txns; i-- > 0;) {
		struct model_txn *t = &m->txn[i];
		if (!t->client || t->party != party || strcmp(t->method, method) != 0 ||
		    t->answered)
			continue;
		t->answered = status >= 200;
		if (t->invite)
			invite_answered(m, i, status);
		else
			request_answered(m, i, status);
		return;
	}
}

static void
client_tick(struct model *m, int txn)
{
	struct model_txn *t = &m->txn[txn];
	if (t->end == m->now) {
		enum txn_state before = t->state;
		t->state = T_OVER;
		t->again = t->end = NEVER;
		if (before == T_TRYING || before == T_PROCEEDING)
			model_heard(m, txn, 408);
	} else if (t->again == m->now) {
		model_say(m, t->party, "%s", t->last);
		t->interval = t->invite                  ? 2 * t->interval
			      : t->state == T_PROCEEDING ? m->set.t2
							 : least(2 * t->interval, m->set.t2);
		t->again = m->now + t->interval;
	}
}

/* ---- theirs ---------------------------------------------------------------------------------- */

int
model_server(struct model *m, enum model_party party, const char *method, int leg)
{
	int i = txn_new(m, false, party, method, leg);
	if (m->txn[i].invite) {
		model_answer(m, i, 100);
	} else {
		m->txn[i].late = m->now + m->set.t2; /* RFC 4320 4.1 */
		m->txn[i].end = m->now + 64 * m->set.t1;
	}
	return i;
}

void
model_answer(struct model *m, int txn, int status)
{
	struct model_txn *t = &m->txn[txn];
	bool reliable = m->set.reliable[t->party];
	if (t->state != T_TRYING && t->state != T_PROCEEDING)
		return;
	char method[sizeof t->method];
	memcpy(method, t->method, sizeof method);
	snprintf(t->last, sizeof t->last, "%d %s", status, method);
	model_say(m, t->party, "%s", t->last);
	t->state = T_PROCEEDING;
	if (status < 200)
		return;
	t->late = NEVER;
	if (!t->invite) {
		t->state = reliable ? T_OVER : T_COMPLETED;
		t->end = reliable ? NEVER : m->now + 64 * m->set.t1; /* Timer J */
	} else if (status < 300) {
		t->state = T_ACCEPTED;
		t->end = m->now + 64 * m->set.t1; /* Timer L */
	} else {
		t->state = T_COMPLETED;
		t->end = m->now + 64 * m->set.t1; /* Timer H */
		if (!reliable) {                  /* Timer G */
			t->interval = m->set.t1;
			t->again = m->now + t->interval;
		}
	}
}

void
model_again(struct model *m, enum model_party party, const char *method)
{
	int i = model_find(m, party, method, false);
	struct model_txn *t = &m->txn[i < 0 ? 0 : i];
	if (i < 0 || t->state == T_TRYING || t->state == T_ACCEPTED || t->state == T_CONFIRMED)
		return;
	model_say(m, party, "%s", t->last);
}

static void
server_tick(struct model *m, int txn)
{
	struct model_txn *t = &m->txn[txn];
	if (t->end == m->now) {
		t->state = T_OVER;
		t->again = t->end = t->late = NEVER;
	} else if (t->late == m->now) {
		t->late = NEVER;
		model_answer(m, txn, 100);
	} else if (t->again == m->now) {
		model_say(m, t->party, "%s", t->last);
		t->interval = least(2 * t->interval, m->set.t2);
		t->again = m->now + t->interval;
	}
}

/* ---- both ------------------------------------------------------------------------------------ */

int64_t
model_txn_deadline(const struct model_txn *t)
{
	int64_t at = INT64_MAX;
	if (t->end != NEVER)
		at = least(at, t->end);
	if (t->again != NEVER)
		at = least(at, t->again);
	if (t->late != NEVER)
		at = least(at, t->late);
	return at;
}

void
model_txn_tick(struct model *m, int txn)
{
	while (model_txn_deadline(&m->txn[txn]) <= m->now) {
		if (m->txn[txn].client)
			client_tick(m, txn);
		else
			server_tick(m, txn);
	}
}
