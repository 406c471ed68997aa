/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/wire/crash_claims.c -- what must be true after everything healed. */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/wire/crash.h"

enum { DRAIN_MS = 40 * 1000 };

/* ---- claims ---------------------------------------------------------------------------------- */

/* The next line of the records that has `wanted` in it, from *at on; it is cut off its end. */
static bool
next_record(const char **at, const char *wanted, char *line, size_t room)
{
	while (**at != '\0') {
		const char *end = strchr(*at, '\n');
		size_t len = end != NULL ? (size_t)(end - *at) : strlen(*at);
		snprintf(line, room, "%.*s", (int)len, *at);
		*at += len + (end != NULL);
		if (strstr(line, wanted) != NULL)
			return true;
	}
	return false;
}

static uint32_t
field_of(const char *json, const char *name)
{
	const char *at = strstr(json, name);
	return at != NULL ? (uint32_t)strtoul(at + strlen(name), NULL, 10) : 0;
}

/* The value of a text field; false: there is none. */
static bool
text_of(const char *json, const char *name, char *value, size_t room)
{
	const char *at = strstr(json, name);
	if (at == NULL)
		return false;
	at += strlen(name);
	snprintf(value, room, "%.*s", (int)strcspn(at, "\""), at);
	return true;
}

/* The final NOTIFYs to a referrer for the REFER with that CSeq: their status; 0: none.  Those of
 * the first one need no id (RFC 3515 2.4.6).  *denied: one was answered 481. */
static uint32_t
told_status(struct crash *c, struct peer *center, uint32_t cseq, bool first, bool *denied)
{
	static struct sip_text t;
	uint32_t told = 0, count = 0;
	for (uint32_t k = 0; k < center->party.transactions; k++) {
		const struct party_transaction *notify = center->party.transaction[k];
		if (notify->client || strcmp(notify->method, "NOTIFY") != 0 ||
		    !sip_read(&t, rf_slice_of(notify->request)))
			continue;
		struct rf_slice id = sip_param(sip_value(&t, "Event"), "id");
		if (id.len > 0 ? sip_number(id) != cseq : !first)
			continue;
		*denied = *denied || notify->status == 481;
		if (!crash_is_over(&t))
			continue;
		uint32_t status = sip_frag_status(t.body);
		if (told != 0 && told != status && c->undurable == 0)
			crash_fail(c, "%s: told %u and then %u of its REFER %u",
			    center->party.name, told, status, cseq);
		told = status;
		count++;
	}
	c->twice += count > 1;
	return told;
}

static void
check_refer(struct crash *c, struct peer *center, const struct party_transaction *t)
{
	char wanted[PARTY_TEXT_MAX + 32], line[8192];
	const char *at = c->records, *name = center->party.name;
	const struct party_dialog *d = center->party.dialog[t->dialog];
	uint32_t outcomes = 0, status = 0;
	bool denied = false, first = true;
	snprintf(wanted, sizeof wanted, "\"refer_call_id\":\"%s\"", d->call_id);
	while (next_record(&at, wanted, line, sizeof line)) {
		/* What never arrived cannot be the first one. */
		first = first && field_of(line, "\"refer_cseq\":") >= t->cseq;
		if (field_of(line, "\"refer_cseq\":") != t->cseq)
			continue;
		if (strstr(line, "transfer.withdrawn") != NULL)
			crash_fail(c, "%s: REFER %u was answered %u and withdrawn", name, t->cseq,
			    t->status);
		if (strstr(line, "\"outcome\":\"") == NULL)
			continue;
		outcomes++;
		status = field_of(line, "\"status\":");
	}
	uint32_t told = told_status(c, center, t->cseq, first, &denied);
	c->promises++;
	c->told += told != 0;
	c->left += told == 0 && (d->left || denied);
	if (outcomes != 1)
		crash_fail(c, "%s: %u outcomes of its REFER %u (%s)", name, outcomes, t->cseq,
		    d->call_id);
	else if (told == 0 && !d->left && !denied)
		crash_fail(c, "%s: outcome %u of its REFER %u was never told (%s)", name, status,
		    t->cseq, d->call_id);
	else if (told != 0 && told != status && c->undurable == 0)
		crash_fail(c, "%s: stored %u, told %u of its REFER %u (%s)", name, status, told,
		    t->cseq, d->call_id);
}

void
claim_promises(struct crash *c)
{
	server_records(c);
	for (uint32_t i = 0; i < c->peers; i++) {
		struct peer *center = c->peer[i];
		for (uint32_t n = 0; n < center->party.transactions; n++) {
			const struct party_transaction *t = center->party.transaction[n];
			if (t->client && strcmp(t->method, "REFER") == 0 && t->status / 100 == 2)
				check_refer(c, center, t);
		}
	}
}

/* An outcome may not come from nothing. */
void
claim_origins(struct crash *c)
{
	char line[8192], call_id[PARTY_TEXT_MAX];
	const char *at = c->records;
	while (next_record(&at, "\"outcome\":\"", line, sizeof line)) {
		struct peer *center = text_of(line, "\"refer_call_id\":\"", call_id,
		    sizeof call_id) ? crash_find(c, CENTER, rf_slice_of(call_id)) : NULL;
		uint32_t cseq = field_of(line, "\"refer_cseq\":");
		bool sent = false;
		for (uint32_t k = 0; center != NULL && k < center->party.transactions; k++) {
			const struct party_transaction *t = center->party.transaction[k];
			sent = sent || (t->client && t->cseq == cseq &&
			    strcmp(t->method, "REFER") == 0);
		}
		c->outcomes++;
		if (!sent)
			crash_fail(c, "an outcome of a REFER nobody sent: %s", line);
	}
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* Every session that has a record ended, once. */
void
claim_ends(struct crash *c)
{
	char line[8192], session[16], (*ended)[16] = calloc(PEERS_MAX, sizeof *ended);
	uint32_t count = 0;
	assert(ended != NULL);
	for (const char *at = c->records; count < PEERS_MAX &&
	    next_record(&at, "\"type\":\"call.ended\"", line, sizeof line);)
		count += text_of(line, "\"session\":\"", ended[count], sizeof *ended);
	qsort(ended, count, sizeof *ended, by_text);
	for (uint32_t i = 1; i < count; i++) {
		if (strcmp(ended[i - 1], ended[i]) == 0)
			crash_fail(c, "session %s ended twice", ended[i]);
	}
	for (const char *at = c->records; next_record(&at, "\"session\":\"", line, sizeof line);) {
		if (text_of(line, "\"session\":\"", session, sizeof session) &&
		    bsearch(session, ended, count, sizeof *ended, by_text) == NULL)
			crash_fail(c, "session %s never ended: %s", session, line);
	}
	c->sessions = count;
	free(ended);
}

static bool
was_connected(const struct crash *c, uint32_t call)
{
	for (uint32_t i = 0; i < c->peers; i++) {
		if (c->peer[i]->call == call && c->peer[i]->role == CUSTOMER &&
		    crash_dialog(c->peer[i])->confirmed)
			return true;
	}
	return false;
}

/* A target that was acknowledged but not connected (ADR 010), and a center whose call a crash
 * ended while it was set up, may be alone. */
static void
check_answer(struct crash *c, struct peer *peer, const struct party_transaction *t)
{
	bool may_be_gone = peer->role == QUEUE ||
	    (peer->role == CENTER && !was_connected(c, peer->call));
	c->asked++;
	if (t->status == 481 && may_be_gone)
		c->phantoms++;
	else if (t->status == 481 && c->undurable > 0)
		c->uncommitted++;
	else if (t->status != 200)
		crash_fail(c, "%s gets %u to its %s (%s)", peer->party.name, t->status, t->method,
		    crash_dialog(peer)->call_id);
}

void
claim_answers(struct crash *c, const char *method, bool (*whom)(struct crash *, struct peer *))
{
	uint32_t first[PEERS_MAX], peers = c->peers, open = 1;
	for (uint32_t i = 0; i < peers; i++) {
		first[i] = c->peer[i]->party.transactions;
		if (crash_talks(c->peer[i]) && whom(c, c->peer[i]))
			crash_say(c, c->peer[i], method);
		if (i % 32 == 0)
			crash_play(c, 5);
	}
	for (rf_time ms = 0; open > 0 && ms < LOST_MS; ms += 50) {
		crash_play(c, 50);
		open = 0;
		for (uint32_t i = 0; i < peers; i++) {
			const struct party *p = &c->peer[i]->party;
			for (uint32_t k = first[i]; k < p->transactions; k++)
				open += p->transaction[k]->client && !p->transaction[k]->final;
		}
	}
	for (uint32_t i = 0; i < peers; i++) {
		for (uint32_t k = first[i]; k < c->peer[i]->party.transactions; k++) {
			const struct party_transaction *t = c->peer[i]->party.transaction[k];
			if (t->client && strcmp(t->method, method) == 0)
				check_answer(c, c->peer[i], t);
		}
	}
}

/* Who talks has somebody to talk to: one whose OPTIONS were answered 200. */
void
claim_company(struct crash *c)
{
	uint32_t alone = 0;
	for (uint32_t i = 0; i < c->peers; i++) {
		struct peer *customer = c->peer[i];
		bool company = false;
		if (customer->role != CUSTOMER || !crash_talks(customer))
			continue;
		for (uint32_t k = 0; k < c->peers; k++) {
			const struct party *p = &c->peer[k]->party;
			const struct party_transaction *t = p->transactions > 0 ?
			    p->transaction[p->transactions - 1] : NULL;
			company = company || (c->peer[k]->call == customer->call &&
			    c->peer[k]->role != CUSTOMER && crash_talks(c->peer[k]) && t->client &&
			    t->status == 200 && strcmp(t->method, "OPTIONS") == 0);
		}
		if (!company) {
			alone++;
			crash_fail(c, "%s is alone in its call (%s)", customer->party.name,
			    crash_dialog(customer)->call_id);
		}
	}
}

static bool
nothing_is_left(struct crash *c)
{
	static const char *const gauge[] = { "calls", "legs", "dialogs", "transactions", "refers",
		"timers", "text_chunks", "text_bytes", "store_pending", "store_undurable" };
	bool nothing = server_status(c);
	for (size_t i = 0; nothing && i < RF_ARRAY_LEN(gauge); i++)
		nothing = server_number(c, gauge[i]) == 0;
	return nothing;
}

void
claim_rest(struct crash *c)
{
	rf_time ms = 0;
	for (; ms < DRAIN_MS && !nothing_is_left(c); ms += 200)
		crash_play(c, 200);
	if (ms >= DRAIN_MS)
		crash_fail(c, "left behind: %.400s", c->status);
	if (server_number(c, "restore_refused") != 0)
		crash_fail(c, "snapshots were refused");
	if (server_rows(c, "session") != 0)
		crash_fail(c, "%" PRIu64 " sessions are left in the store",
		    server_rows(c, "session"));
	if (server_rows(c, "review") != 0)
		crash_fail(c, "%" PRIu64 " sessions were put aside", server_rows(c, "review"));
}
