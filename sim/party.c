/* SPDX-License-Identifier: BSD-2-Clause */
/* sim/party.c -- what a user agent does with what it receives: transactions, dialogs, politeness.
 *
 * Sending is in party_write.c.  A party trusts nothing: what it cannot match it answers 481 or lets
 * lie, as RFC 3261 says, and keeps in its inbox for the scene to look at. */
#include "sim/party.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/world.h"

void
party_init(struct party *p, struct world *world, uint32_t index, const char *name, const char *ip,
    uint16_t media_port)
{
	memset(p, 0, sizeof *p);
	p->world = world;
	p->index = index;
	snprintf(p->name, sizeof p->name, "%s", name);
	snprintf(p->ip, sizeof p->ip, "%s", ip);
	snprintf(p->proves, sizeof p->proves, "%s.example", name);
	p->addr = world_addr(ip, 5060, RF_UDP);
	p->media_port = media_port;
	p->automatic = PARTY_AUTO_DEFAULT;
}

void
party_fini(struct party *p)
{
	party_tables_fini(p);
	for (uint32_t i = 0; i < p->inbox_count; i++)
		free(p->inbox[i].bytes);
	free(p->inbox);
}

bool
party_fail(struct party *p, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(p->error, sizeof p->error, format, arguments);
	va_end(arguments);
	return false;
}

void
party_copy(char *out, size_t room, struct rf_slice s)
{
	size_t len = s.len < room - 1 ? s.len : room - 1;
	if (len > 0)
		memcpy(out, s.p, len);
	out[len] = '\0';
}

/* ---- repeating ------------------------------------------------------------------------------- */

void
party_repeat(struct party *p, struct party_transaction *t, rf_time interval)
{
	if ((p->automatic & PARTY_AUTO_REPEAT) == 0)
		return;
	t->repeating = true;
	t->interval = interval;
	t->generation = ++p->timers;
	world_party_timer(p->world, p, p->world->now + interval, t->index, t->generation);
}

void
party_timer(struct party *p, rf_time now, uint32_t timer, uint64_t generation)
{
	struct party_transaction *t = p->transaction[timer];
	if (!t->repeating || t->generation != generation)
		return;
	if (now - t->started >= 64 * p->t1) {
		t->repeating = false;
		return;
	}
	party_emit(p, t->client ? t->request : t->response);
	rf_time next = t->interval * 2;
	bool doubles_on = t->client && strcmp(t->method, "INVITE") == 0;
	party_repeat(p, t, next > p->t2 && !doubles_on ? p->t2 : next);
}

/* ---- finding --------------------------------------------------------------------------------- */

static struct party_dialog *
find_dialog(struct party *p, const struct sip_text *text)
{
	return party_dialog_find(p, sip_value(text, "Call-ID"), sip_tag(text, "To"));
}

/* ---- requests -------------------------------------------------------------------------------- */

static void
refresh_target(struct party_dialog *d, const struct sip_text *text)
{
	struct rf_slice contact = sip_value(text, "Contact");
	if (contact.len > 0)
		party_copy(d->target, sizeof d->target, sip_address_uri(contact));
}

static void
add_routes(struct party_dialog *d, const struct sip_text *text, bool reversed)
{
	uint32_t count = sip_count(text, "Record-Route");
	d->routes = 0;
	for (uint32_t i = 0; i < count && i < PARTY_ROUTES_MAX; i++)
		party_copy(d->route[d->routes++], PARTY_TEXT_MAX,
		    sip_value_at(text, "Record-Route", reversed ? count - 1 - i : i));
}

static struct party_dialog *
answer_dialog(struct party *p, const struct sip_text *text)
{
	struct party_dialog *d = party_dialog_new(p);
	party_copy(d->call_id, sizeof d->call_id, sip_value(text, "Call-ID"));
	party_copy(d->remote, sizeof d->remote, sip_without_params(sip_value(text, "From")));
	party_copy(d->remote_tag, sizeof d->remote_tag, sip_tag(text, "From"));
	party_copy(d->local, sizeof d->local, sip_without_params(sip_value(text, "To")));
	snprintf(d->local_tag, sizeof d->local_tag, "%s-t%u", p->name, ++p->drawn);
	d->remote_cseq = text->cseq;
	refresh_target(d, text);
	add_routes(d, text, false);
	party_dialog_index(p, d);
	return d;
}

static void
answer(struct party *p, struct party_transaction *t, uint32_t status)
{
	struct party_line line = { .status = status };
	party_respond(p, t, &line);
}

static void
answer_cancel(struct party *p, struct party_transaction *t)
{
	struct party_transaction *invite =
	    party_transaction_find(p, false, rf_slice_of(t->branch), "INVITE");
	if (invite == NULL) {
		answer(p, t, 481);
		return;
	}
	if (invite->dialog != UINT32_MAX)
		party_transaction_in(p, t, p->dialog[invite->dialog]);
	answer(p, t, 200);
	if (!invite->final)
		answer(p, invite, 487);
}

/* What a polite user agent answers by itself. */
static void
answer_by_itself(struct party *p, struct party_transaction *t, bool in_dialog)
{
	static const struct {
		const char *method;
		uint32_t flag;
	} polite[] = {
		{ "BYE", PARTY_AUTO_BYE },
		{ "NOTIFY", PARTY_AUTO_NOTIFY },
		{ "UPDATE", PARTY_AUTO_UPDATE },
		{ "PRACK", PARTY_AUTO_PRACK },
		{ "OPTIONS", PARTY_AUTO_OPTIONS },
		{ "INFO", PARTY_AUTO_OPTIONS },
	};
	if (strcmp(t->method, "CANCEL") == 0 && (p->automatic & PARTY_AUTO_CANCEL) != 0)
		answer_cancel(p, t);
	if (strcmp(t->method, "INVITE") == 0 && in_dialog &&
	    (p->automatic & PARTY_AUTO_REINVITE) != 0)
		answer(p, t, 200);
	if (strcmp(t->method, "INVITE") == 0 && !in_dialog &&
	    (p->automatic & PARTY_AUTO_INVITE) != 0) {
		answer(p, t, 180);
		answer(p, t, 200);
	}
	for (size_t i = 0; i < RF_ARRAY_LEN(polite); i++) {
		if (strcmp(t->method, polite[i].method) == 0 &&
		    (p->automatic & polite[i].flag) != 0)
			answer(p, t, 200);
	}
}

static uint32_t
index_of(const struct party_transaction *t)
{
	return t == NULL ? UINT32_MAX : t->index;
}

static void
receive_ack(struct party *p, const struct sip_text *text, struct party_mail *mail)
{
	struct party_transaction *t = party_transaction_find(p, false, sip_branch(text), "INVITE");
	struct party_dialog *d = find_dialog(p, text);
	if (t == NULL && d != NULL)
		t = party_accepted_find(p, d, text->cseq);
	mail->transaction = index_of(t);
	if (t != NULL) {
		t->repeating = false;
		t->acked = true;
	}
}

/* False: a retransmission. */
static bool
receive_request(struct party *p, const struct sip_text *text, struct party_mail *mail)
{
	char method[16];
	party_copy(method, sizeof method, text->method);
	if (strcmp(method, "ACK") == 0) {
		receive_ack(p, text, mail);
		return true;
	}
	struct party_transaction *t = party_transaction_find(p, false, sip_branch(text), method);
	mail->transaction = index_of(t);
	if (t != NULL) {
		/* A 2xx to INVITE is repeated by its own timer, RFC 6026 7.1. */
		bool absorbed = strcmp(method, "INVITE") == 0 && t->final && t->status < 300;
		if (t->response != NULL && !absorbed)
			party_emit(p, t->response);
		return false;
	}
	t = party_transaction_new(p, false);
	mail->transaction = index_of(t);
	party_copy(t->branch, sizeof t->branch, sip_branch(text));
	party_copy(t->method, sizeof t->method, text->method);
	t->request = strndup(text->all.p, text->all.len);
	t->cseq = text->cseq;
	t->offer = text->body.len > 0;
	party_transaction_index(p, t);
	bool in_dialog = sip_tag(text, "To").len > 0;
	struct party_dialog *d = in_dialog ? find_dialog(p, text) : NULL;
	bool gone = d != NULL && (d->ended || d->left) && (p->automatic & PARTY_AUTO_GONE) != 0;
	if (in_dialog && (d == NULL || (gone && strcmp(method, "BYE") != 0))) {
		answer(p, t, 481);
		return true;
	}
	if (!in_dialog && strcmp(method, "INVITE") == 0)
		d = answer_dialog(p, text);
	if (d != NULL) {
		party_transaction_in(p, t, d);
		bool cancel = strcmp(method, "CANCEL") == 0;    /* it bears the INVITE's number */
		if (in_dialog && !cancel && text->cseq <= d->remote_cseq) {
			answer(p, t, 500);
			return true;
		}
		d->remote_cseq = text->cseq;
		if (in_dialog && (strcmp(method, "INVITE") == 0 || strcmp(method, "UPDATE") == 0))
			refresh_target(d, text);
	}
	answer_by_itself(p, t, in_dialog);
	return true;
}

/* ---- responses ------------------------------------------------------------------------------- */

static void
learn_dialog(struct party_dialog *d, const struct sip_text *text)
{
	if (d->confirmed || sip_tag(text, "To").len == 0)
		return;
	party_copy(d->remote_tag, sizeof d->remote_tag, sip_tag(text, "To"));
	refresh_target(d, text);
	add_routes(d, text, true);
	d->confirmed = text->status >= 200;
}

static void
acknowledge_provisional(struct party *p, struct party_transaction *t, const struct sip_text *text)
{
	struct party_dialog *d = p->dialog[t->dialog];
	uint32_t rseq = sip_number(sip_value(text, "RSeq"));
	char rack[PARTY_TEXT_MAX];
	if (rseq == 0 || rseq <= d->rseq || (p->automatic & PARTY_AUTO_PRACK) == 0)
		return;
	d->rseq = rseq;
	snprintf(rack, sizeof rack, "%u %u INVITE", rseq, t->cseq);
	struct party_line line = { .is_request = true,
		.headers = 1,
		.header = { { RF_SLICE("RAck"), rf_slice_of(rack) } } };
	party_request(p, d, &line, "PRACK");
}

static void
receive_invite_response(struct party *p, struct party_transaction *t, const struct sip_text *text)
{
	struct party_dialog *d = p->dialog[t->dialog];
	static const struct party_line as_usual;
	if (text->status < 200) {
		learn_dialog(d, text);
		acknowledge_provisional(p, t, text);
		return;
	}
	if (text->status < 300) {
		learn_dialog(d, text);
		refresh_target(d, text);
	} else if (!d->confirmed) {
		d->ended = true;
	}
	if ((p->automatic & PARTY_AUTO_ACK) != 0)
		party_ack(p, t, text, &as_usual);
}

static bool
receive_response(struct party *p, const struct sip_text *text, struct party_mail *mail)
{
	char method[16];
	party_copy(method, sizeof method, text->method);
	struct party_transaction *t = party_transaction_find(p, true, sip_branch(text), method);
	mail->transaction = index_of(t);
	if (t == NULL)
		return true;
	bool invite = strcmp(method, "INVITE") == 0;
	if (t->final) {
		if (t->ack != NULL)
			party_emit(p, t->ack);
		return false;
	}
	t->status = text->status;
	if (invite || text->status >= 200)
		t->repeating = false;
	free(t->response);
	t->response = strndup(text->all.p, text->all.len);
	t->final = text->status >= 200;
	if (t->dialog == UINT32_MAX)
		return true;
	struct party_dialog *d = p->dialog[t->dialog];
	if (invite)
		receive_invite_response(p, t, text);
	else if (strcmp(method, "REFER") == 0 && text->status / 100 == 2)
		learn_dialog(d, text); /* RFC 3515 2.4.4: outside of a dialog it makes one */
	else if (strcmp(method, "UPDATE") == 0 && text->status / 100 == 2)
		refresh_target(d, text);
	if (strcmp(method, "BYE") == 0 && t->final)
		d->ended = true;
	return true;
}

void
party_receive(struct party *p, rf_time now, struct rf_slice bytes)
{
	static struct sip_text text; /* big, and never used twice at a time */
	struct party_mail mail = { .at = now, .transaction = UINT32_MAX, .len = bytes.len };
	mail.bytes = malloc(bytes.len + 1); /* there may be a NUL in it */
	assert(mail.bytes != NULL);
	memcpy(mail.bytes, bytes.p, bytes.len);
	mail.bytes[bytes.len] = '\0';
	bool readable = sip_read(&text, (struct rf_slice){ mail.bytes, bytes.len });
	if (!readable)
		world_fail(p->world, "%s got what is no SIP message: %.*s", p->name,
		    bytes.len < 60 ? (int)bytes.len : 60, bytes.p);
	else if (text.is_request)
		mail.again = !receive_request(p, &text, &mail);
	else
		mail.again = !receive_response(p, &text, &mail);
	if (p->heard == NULL) {
		if (p->inbox_count == p->inbox_room) {
			p->inbox_room = p->inbox_room == 0 ? 64 : 2 * p->inbox_room;
			p->inbox = realloc(p->inbox, p->inbox_room * sizeof *p->inbox);
			assert(p->inbox != NULL);
		}
		p->inbox[p->inbox_count++] = mail;
		return;
	}
	if (readable)
		p->heard(p->heard_user, p, &mail, &text);
	free(mail.bytes);
}
