/* SPDX-License-Identifier: BSD-2-Clause */
/* sim/party_write.c -- how a party writes its messages, and how it understands a line of a scene.
 */
#include "sim/party.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "sim/world.h"

#define PARTY_ALLOW "INVITE, ACK, CANCEL, BYE, REFER, NOTIFY, OPTIONS, UPDATE, PRACK, INFO"

static const char *
transport_name(const struct party *p)
{
	return p->addr.proto == RF_UDP ? "UDP" : p->addr.proto == RF_TCP ? "TCP" : "TLS";
}

void
party_emit(struct party *p, const char *bytes)
{
	world_party_send(p->world, p, rf_slice_of(bytes));
}

/* ---- SDP: "", "hold", "inactive", "recvonly", "ice", "4002" and any of them with commas ------ */

static bool
next_word(struct rf_slice *rest, struct rf_slice *word)
{
	if (rest->len == 0)
		return false;
	const char *comma = memchr(rest->p, ',', rest->len), *end = rest->p + rest->len;
	const char *stop = comma != NULL ? comma : end;
	*word = (struct rf_slice){ rest->p, (uint32_t)(stop - rest->p) };
	stop += comma != NULL;
	*rest = (struct rf_slice){ stop, (uint32_t)(end - stop) };
	return true;
}

/* RFC 3264 6.1: what an answer may say to an offer of that direction. */
static const char *
answer_direction(const char *offered)
{
	return strcmp(offered, "sendonly") == 0   ? "recvonly"
	       : strcmp(offered, "recvonly") == 0 ? "sendonly"
						  : offered;
}

static void
write_sdp(struct party *p, struct party_dialog *d, struct rf_slice spec, const char *offered,
    struct sip_out *out)
{
	uint32_t port = p->media_port;
	const char *direction = offered != NULL ? answer_direction(offered) : "sendrecv", *ice = "";
	char said[PARTY_TEXT_MAX];
	struct rf_slice word;
	while (next_word(&spec, &word)) {
		if (sip_number(word) != 0)
			port = sip_number(word);
		else if (sip_is(word, "hold"))
			direction = "sendonly";
		else if (sip_is(word, "inactive"))
			direction = "inactive";
		else if (sip_is(word, "recvonly"))
			direction = "recvonly";
		else if (sip_is(word, "sendrecv"))
			direction = "sendrecv";
		else if (sip_is(word, "ice"))
			ice = "a=ice-ufrag:abcd\r\na=ice-pwd:0123456789012345678901\r\n";
	}
	snprintf(said, sizeof said, "%u %s %s", port, direction, ice);
	if (strcmp(said, d->sdp) != 0)
		d->sdp_version++;
	snprintf(d->sdp, sizeof d->sdp, "%s", said);
	sip_put(out,
	    "v=0\r\no=%s 1 %u IN IP4 %s\r\ns=-\r\nc=IN IP4 %s\r\nt=0 0\r\n"
	    "m=audio %u RTP/AVP 0 8\r\n%sa=%s\r\n",
	    p->name, d->sdp_version, p->ip, p->ip, port, ice, direction);
}

/* ---- headers --------------------------------------------------------------------------------- */

static bool
is_given(const struct party_line *l, const char *name)
{
	for (uint32_t i = 0; i < l->headers; i++) {
		if (l->header[i].name.len == strlen(name) &&
		    strncasecmp(l->header[i].name.p, name, strlen(name)) == 0)
			return true;
	}
	return false;
}

static void
put_field(struct sip_out *out, const struct party_line *l, const char *name, const char *value)
{
	if (!is_given(l, name) && value[0] != '\0')
		sip_put(out, "%s: %s\r\n", name, value);
}

/* The headers of the line, then the body with its length. */
static void
put_rest(struct sip_out *out, const struct party_line *l, struct rf_slice body, const char *type)
{
	char length[16];
	for (uint32_t i = 0; i < l->headers; i++) {
		if (l->header[i].value.len > 0)
			sip_put(out, "%.*s: %.*s\r\n", SIP_SLICE(l->header[i].name),
			    SIP_SLICE(l->header[i].value));
	}
	if (body.len > 0)
		put_field(out, l, "Content-Type", type);
	snprintf(length, sizeof length, "%u", body.len);
	put_field(out, l, "Content-Length", length);
	sip_put(out, "\r\n%.*s", SIP_SLICE(body));
}

/* The body of a line: as given, or SDP if that is what the line or the protocol wants. */
static struct rf_slice
make_body(struct party *p, struct party_dialog *d, const struct party_line *l, bool wanted,
    const char *offered, char *room, uint32_t max)
{
	struct sip_out out = { room, 0, max };
	if (l->body.len > 0)
		return l->body;
	if (sip_is(l->sdp, "none") || d == NULL || (!wanted && l->sdp.len == 0))
		return RF_SLICE("");
	write_sdp(p, d, l->sdp, offered, &out);
	return (struct rf_slice){ out.p, out.len };
}

static void
put_contact(struct sip_out *out, const struct party *p, const struct party_line *l)
{
	char contact[PARTY_TEXT_MAX];
	snprintf(contact, sizeof contact, "<sip:%s@%s:%u%s>", p->name, p->ip, p->addr.port,
	    p->addr.proto == RF_UDP   ? ""
	    : p->addr.proto == RF_TCP ? ";transport=tcp"
				      : ";transport=tls");
	put_field(out, l, "Contact", contact);
}

/* ---- requests -------------------------------------------------------------------------------- */

static void
put_request_head(struct sip_out *out, struct party *p, const struct party_dialog *d,
    const struct party_line *l, const char *method, const char *branch, uint32_t cseq)
{
	char value[3 * PARTY_TEXT_MAX];
	if (l->uri.len > 0)
		sip_put(out, "%s %.*s SIP/2.0\r\n", method, SIP_SLICE(l->uri));
	else
		sip_put(out, "%s %s SIP/2.0\r\n", method, d->target);
	snprintf(value, sizeof value, "SIP/2.0/%s %s:%u;branch=%s;rport", transport_name(p), p->ip,
	    p->addr.port, branch);
	put_field(out, l, "Via", value);
	for (uint32_t i = 0; i < d->routes; i++)
		put_field(out, l, "Route", d->route[i]);
	put_field(out, l, "Max-Forwards", "70");
	snprintf(value, sizeof value, "%s;tag=%s", d->local, d->local_tag);
	put_field(out, l, "From", value);
	snprintf(value, sizeof value, "%s%s%s", d->remote, d->remote_tag[0] != '\0' ? ";tag=" : "",
	    d->remote_tag);
	put_field(out, l, "To", value);
	put_field(out, l, "Call-ID", d->call_id);
	snprintf(value, sizeof value, "%u %s", cseq, method);
	put_field(out, l, "CSeq", value);
}

struct party_transaction *
party_request(
    struct party *p, struct party_dialog *d, const struct party_line *l, const char *method)
{
	char bytes[SIP_BYTES_MAX], body_room[1024], value[3 * PARTY_TEXT_MAX];
	struct sip_out out = { bytes, 0, sizeof bytes };
	struct party_transaction *t = party_transaction_new(p, true);
	bool invite = strcmp(method, "INVITE") == 0;
	struct rf_slice body = make_body(
	    p, d, l, invite || strcmp(method, "UPDATE") == 0, NULL, body_room, sizeof body_room);
	party_transaction_in(p, t, d);
	d->left = d->left || strcmp(method, "BYE") == 0;
	t->cseq = l->cseq != 0 ? (uint32_t)l->cseq : l->same_cseq ? d->local_cseq : ++d->local_cseq;
	snprintf(t->branch, sizeof t->branch, "z9hG4bK-%s-%u", p->name, ++p->drawn);
	snprintf(t->method, sizeof t->method, "%s", method);
	party_transaction_index(p, t);
	t->offer = body.len > 0;
	put_request_head(&out, p, d, l, method, t->branch, t->cseq);
	if (strcmp(method, "BYE") != 0 && strcmp(method, "PRACK") != 0)
		put_contact(&out, p, l);
	put_field(&out, l, "Allow", PARTY_ALLOW);
	put_field(&out, l, "Supported", "replaces");
	if (l->replaces.len > 0 && party_dialog_name(p, l->replaces, true, value, sizeof value))
		put_field(&out, l, "Replaces", value);
	if (l->names.len > 0 && party_dialog_name(p, l->names, false, value, sizeof value))
		put_field(&out, l, "Target-Dialog", value);
	put_rest(&out, l, body, "application/sdp");
	t->request = strndup(bytes, out.len);
	t->started = p->world->now;
	party_emit(p, t->request);
	if (p->addr.proto == RF_UDP)
		party_repeat(p, t, p->t1);
	return t;
}

bool
party_cancel(struct party *p, struct party_transaction *invite, const struct party_line *l)
{
	char bytes[SIP_BYTES_MAX], value[32];
	struct sip_out out = { bytes, 0, sizeof bytes };
	static struct sip_text text;
	if (invite == NULL || !sip_read(&text, rf_slice_of(invite->request)))
		return party_fail(p, "there is no INVITE to CANCEL");
	struct party_transaction *t = party_transaction_new(p, true);
	memcpy(t->branch, invite->branch, sizeof t->branch);
	snprintf(t->method, sizeof t->method, "CANCEL");
	t->cseq = invite->cseq;
	if (invite->dialog != UINT32_MAX)
		party_transaction_in(p, t, p->dialog[invite->dialog]);
	party_transaction_index(p, t);
	sip_put(&out, "CANCEL %.*s SIP/2.0\r\nVia: %.*s\r\nMax-Forwards: 70\r\n",
	    SIP_SLICE(text.uri), SIP_SLICE(sip_value(&text, "Via")));
	sip_put(&out, "From: %.*s\r\nTo: %.*s\r\nCall-ID: %.*s\r\n",
	    SIP_SLICE(sip_value(&text, "From")), SIP_SLICE(sip_value(&text, "To")),
	    SIP_SLICE(sip_value(&text, "Call-ID")));
	snprintf(value, sizeof value, "%u CANCEL", invite->cseq);
	put_field(&out, l, "CSeq", value);
	put_rest(&out, l, RF_SLICE(""), "");
	t->request = strndup(bytes, out.len);
	t->started = p->world->now;
	party_emit(p, t->request);
	if (p->addr.proto == RF_UDP)
		party_repeat(p, t, p->t1);
	return true;
}

void
party_ack(struct party *p, struct party_transaction *t, const struct sip_text *final,
    const struct party_line *l)
{
	char bytes[SIP_BYTES_MAX], body_room[1024], branch[PARTY_TEXT_MAX];
	struct sip_out out = { bytes, 0, sizeof bytes };
	struct party_dialog *d = p->dialog[t->dialog];
	static struct sip_text request;
	struct sip_media media;
	struct party_line line = *l;
	bool ok = final->status < 300,
	     answers = ok && !t->offer && sip_media_read(&media, final->body);
	if (!sip_read(&request, rf_slice_of(t->request)))
		return;
	struct rf_slice body = make_body(
	    p, d, l, answers, answers ? media.direction : NULL, body_room, sizeof body_room);
	if (ok)
		snprintf(branch, sizeof branch, "z9hG4bK-%s-%u", p->name, ++p->drawn);
	else
		party_copy(branch, sizeof branch, sip_branch(&request));
	if (ok) {
		put_request_head(&out, p, d, &line, "ACK", branch, t->cseq);
	} else {
		/* RFC 3261 17.1.1.3: all but To is the INVITE's. */
		sip_put(&out, "ACK %.*s SIP/2.0\r\nVia: %.*s\r\nMax-Forwards: 70\r\n",
		    SIP_SLICE(request.uri), SIP_SLICE(sip_value(&request, "Via")));
		sip_put(&out, "From: %.*s\r\nTo: %.*s\r\nCall-ID: %.*s\r\nCSeq: %u ACK\r\n",
		    SIP_SLICE(sip_value(&request, "From")), SIP_SLICE(sip_value(final, "To")),
		    SIP_SLICE(sip_value(&request, "Call-ID")), t->cseq);
	}
	put_rest(&out, l, body, "application/sdp");
	free(t->ack);
	t->ack = strndup(bytes, out.len);
	party_emit(p, t->ack);
}

/* ---- responses ------------------------------------------------------------------------------- */

/* RFC 3261 12.1.1: another answer of a forking proxy behind us has another tag. */
struct party_dialog *
party_dialog_fork(struct party *p, struct party_dialog *of, const char *fork)
{
	for (uint32_t i = 0; i < p->dialogs; i++) {
		struct party_dialog *d = p->dialog[i];
		if (strcmp(d->call_id, of->call_id) == 0 && strcmp(d->fork, fork) == 0)
			return d;
	}
	struct party_dialog *d = party_dialog_new(p);
	const struct party_dialog fresh = *d;
	*d = *of;
	d->index = fresh.index;
	d->users = 0;
	d->hh = fresh.hh;
	d->next = NULL;
	snprintf(d->fork, sizeof d->fork, "%s", fork);
	snprintf(d->local_tag, sizeof d->local_tag, "%s-t%u", p->name, ++p->drawn);
	d->local_cseq = 0;
	d->confirmed = false;
	party_dialog_index(p, d);
	return d;
}

static void
put_response_head(struct sip_out *out, const struct sip_text *request, const struct party_dialog *d,
    const struct party *p, uint32_t status)
{
	sip_put(out, "SIP/2.0 %u %s\r\n", status,
	    status < 200   ? "Progress"
	    : status < 300 ? "OK"
			   : "No");
	for (uint32_t i = 0; i < sip_count(request, "Via"); i++)
		sip_put(out, "Via: %.*s\r\n", SIP_SLICE(sip_value_at(request, "Via", i)));
	sip_put(out, "From: %.*s\r\nTo: %.*s", SIP_SLICE(sip_value(request, "From")),
	    SIP_SLICE(sip_value(request, "To")));
	if (sip_tag(request, "To").len == 0 && status > 100)
		sip_put(out, ";tag=%s", d != NULL ? d->local_tag : p->name);
	sip_put(out, "\r\nCall-ID: %.*s\r\nCSeq: %u %.*s\r\n",
	    SIP_SLICE(sip_value(request, "Call-ID")), request->cseq, SIP_SLICE(request->method));
	bool makes_dialog = sip_is(request->method, "INVITE") && status > 100 && status < 300;
	for (uint32_t i = 0; makes_dialog && i < sip_count(request, "Record-Route"); i++)
		sip_put(out, "Record-Route: %.*s\r\n",
		    SIP_SLICE(sip_value_at(request, "Record-Route", i)));
}

/* The final answer is out: it is repeated until ACK where RFC 3261 says so. */
static void
conclude(struct party *p, struct party_transaction *t, struct party_dialog *d, uint32_t status)
{
	bool invite = strcmp(t->method, "INVITE") == 0, ok = status < 300;
	t->final = true;
	t->started = p->world->now;
	if (invite && (ok || p->addr.proto == RF_UDP))
		party_repeat(p, t, p->t1);
	if (d == NULL)
		return;
	if (invite && ok)
		d->confirmed = true;
	if ((invite && !ok && !d->confirmed) || strcmp(t->method, "BYE") == 0)
		d->ended = true;
}

bool
party_respond(struct party *p, struct party_transaction *t, const struct party_line *l)
{
	char bytes[SIP_BYTES_MAX], body_room[1024], rseq[16];
	struct sip_out out = { bytes, 0, sizeof bytes };
	static struct sip_text request;
	struct sip_media offer;
	if (!sip_read(&request, rf_slice_of(t->request)))
		return party_fail(p, "the request cannot be read");
	struct party_dialog *d = t->dialog != UINT32_MAX ? p->dialog[t->dialog] : NULL;
	if (d != NULL && l->fork[0] != '\0')
		d = party_dialog_fork(p, d, l->fork);
	bool invite = strcmp(t->method, "INVITE") == 0, ok = l->status / 100 == 2;
	bool offered = sip_media_read(&offer, request.body);
	bool wanted =
	    ok && ((invite && !d->answered) || (offered && strcmp(t->method, "UPDATE") == 0));
	struct rf_slice body = make_body(
	    p, d, l, wanted, offered ? offer.direction : NULL, body_room, sizeof body_room);
	put_response_head(&out, &request, d, p, l->status);
	if ((invite || strcmp(t->method, "UPDATE") == 0 || strcmp(t->method, "NOTIFY") == 0) &&
	    l->status > 100 && l->status < 300)
		put_contact(&out, p, l);
	if (l->reliable && d != NULL) {
		snprintf(rseq, sizeof rseq, "%u", ++d->rseq);
		put_field(&out, l, "Require", "100rel");
		put_field(&out, l, "RSeq", rseq);
		d->answered |= body.len > 0;
	}
	if (ok) {
		put_field(&out, l, "Allow", PARTY_ALLOW);
		put_field(&out, l, "Supported", "replaces");
	}
	put_rest(&out, l, body, "application/sdp");
	free(t->response);
	t->response = strndup(bytes, out.len);
	t->status = l->status;
	party_emit(p, t->response);
	if (l->status >= 200)
		conclude(p, t, d, l->status);
	return true;
}
