/* SPDX-License-Identifier: BSD-2-Clause */
/* sim/party_send.c -- what a line of a scene means to a party: in which dialog, for which request.
 */
#include "sim/party.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/world.h"

static bool
send_raw(struct party *p, struct rf_slice raw)
{
	char bytes[SIP_BYTES_MAX];
	uint32_t len = 0;
	for (uint32_t i = 0; i < raw.len && len < sizeof bytes; i++) {
		char c = raw.p[i];
		if (c == '\\' && i + 1 < raw.len) {
			c = raw.p[++i];
			c = c == 'r'   ? '\r'
			    : c == 'n' ? '\n'
			    : c == 't' ? '\t'
			    : c == '0' ? '\0'
				       : c;
		}
		bytes[len++] = c;
	}
	world_party_send(p->world, p, (struct rf_slice){ bytes, len });
	return true;
}

/* The last one of that kind; final: 0 unanswered only, 1 any. */
static struct party_transaction *
last_transaction(struct party *p, bool client, const char *method, bool any)
{
	for (uint32_t i = p->transactions; i-- > 0;) {
		struct party_transaction *t = p->transaction[i];
		if (t->client == client && (method[0] == '\0' || strcmp(t->method, method) == 0) &&
		    (any || !t->final))
			return t;
	}
	return NULL;
}

static bool
send_again(struct party *p, const struct party_line *l)
{
	bool ack = l->is_request && strcmp(l->method, "ACK") == 0;
	struct party_transaction *t =
	    last_transaction(p, l->is_request, ack ? "INVITE" : l->method, true);
	const char *bytes = t == NULL       ? NULL
			    : ack           ? t->ack
			    : l->is_request ? t->request
					    : t->response;
	if (bytes == NULL)
		return party_fail(p, "%s has not sent that before", p->name);
	party_emit(p, bytes);
	return true;
}

static bool
send_response(struct party *p, const struct party_line *l)
{
	struct party_transaction *t = last_transaction(p, false, l->method, l->fork[0] != '\0');
	if (t == NULL)
		return party_fail(
		    p, "%s has no unanswered request to answer with %u", p->name, l->status);
	return party_respond(p, t, l);
}

static bool
send_ack(struct party *p, const struct party_line *l)
{
	static struct sip_text final;
	struct party_transaction *t = last_transaction(p, true, "INVITE", true);
	if (t == NULL || t->response == NULL || !sip_read(&final, rf_slice_of(t->response)))
		return party_fail(p, "%s has nothing to ACK", p->name);
	party_ack(p, t, &final, l);
	return true;
}

struct party_dialog *
party_dialog_begin(struct party *p, struct rf_slice uri)
{
	struct party_dialog *d = party_dialog_new(p);
	d->client = true;
	snprintf(d->call_id, sizeof d->call_id, "%s-%u@%s", p->name, ++p->drawn, p->ip);
	snprintf(d->local_tag, sizeof d->local_tag, "%s-t%u", p->name, ++p->drawn);
	snprintf(d->local, sizeof d->local, "<sip:%s@%s.example>", p->name, p->name);
	snprintf(d->remote, sizeof d->remote, "<%.*s>", SIP_SLICE(uri));
	party_dialog_index(p, d);
	return d;
}

static struct party_dialog *
find_dialog(struct party *p, const struct party_line *l)
{
	struct party_dialog *last = NULL;
	if (l->dialog != 0)
		return l->dialog <= p->dialogs ? p->dialog[l->dialog - 1] : NULL;
	for (uint32_t i = 0; i < p->dialogs; i++) {
		struct party_dialog *d = p->dialog[i];
		if (l->fork[0] != '\0'
			? strcmp(d->fork, l->fork) == 0
			: d->remote_tag[0] != '\0' && (last == NULL || !d->ended || last->ended))
			last = d;
	}
	return last;
}

/* The next of the words between commas. */
static struct rf_slice
next_word(struct rf_slice *rest)
{
	const char *end = rest->p + rest->len;
	const char *comma = rest->len > 0 ? memchr(rest->p, ',', rest->len) : NULL;
	struct rf_slice word = { rest->p, (uint32_t)((comma != NULL ? comma : end) - rest->p) };
	const char *next = comma != NULL ? comma + 1 : end;
	*rest = (struct rf_slice){ next, (uint32_t)(end - next) };
	return word;
}

bool
party_dialog_name(
    const struct party *p, struct rf_slice spec, bool replaces, char *out, size_t room)
{
	uint32_t whose = world_party_find(next_word(&spec));
	struct party_line line = { .dialog = 0 };
	bool swapped = false, wrong = false, early_only = false;
	while (spec.len > 0) {
		struct rf_slice word = next_word(&spec);
		swapped = swapped || sip_is(word, "swapped");
		wrong = wrong || sip_is(word, "wrong");
		early_only = early_only || sip_is(word, "early-only");
		if (word.len == 8 && memcmp(word.p, "dialog=", 7) == 0)
			line.dialog = (uint32_t)(word.p[7] - '0');
	}
	const struct party_dialog *d =
	    whose != WORLD_PARTIES_MAX ? find_dialog(&p->world->party[whose], &line) : NULL;
	if (d == NULL) {
		world_fail(p->world, "%s names a dialog that nobody has", p->name);
		return false;
	}
	/* As referee sees it, its own tag is the remote one of the owner. */
	const char *far = swapped ? d->local_tag : d->remote_tag;
	const char *near = swapped ? d->remote_tag : d->local_tag;
	snprintf(out, room, "%s;%s=%s;%s=%s%s%s", d->call_id,
	    replaces ? "to-tag" : "remote-tag", far, replaces ? "from-tag" : "local-tag", near,
	    wrong ? "x" : "", early_only ? ";early-only" : "");
	return true;
}

bool
party_send(struct party *p, const struct party_line *l)
{
	p->error[0] = '\0';
	if (l->raw.len > 0)
		return send_raw(p, l->raw);
	if (l->again)
		return send_again(p, l);
	if (!l->is_request)
		return send_response(p, l);
	if (strcmp(l->method, "ACK") == 0)
		return send_ack(p, l);
	if (strcmp(l->method, "CANCEL") == 0)
		return party_cancel(p, last_transaction(p, true, "INVITE", true), l);
	bool outside = l->uri.len > 0 && l->dialog == 0;
	struct party_dialog *d = outside ? party_dialog_begin(p, l->uri) : find_dialog(p, l);
	if (d == NULL)
		return party_fail(p, "%s has no dialog for %s", p->name, l->method);
	party_request(p, d, l, l->method);
	return true;
}
