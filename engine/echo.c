/* SPDX-License-Identifier: BSD-2-Clause */
/* engine/echo.c -- what a response repeats from its request, and our own identifiers.
 *
 * Our tags and branches are two hex digits of node and sixteen of number, so that several nodes
 * never meet and what is not ours is told apart without a search.  What this file must never
 * know: which response is the right one. */
#include "engine/compose.h"

#include <assert.h>
#include <string.h>

#include "engine/txn.h"

enum { NODE_DIGITS = 2, NUMBER_DIGITS = 16, ECHO_MAX = RF_MESSAGE_MAX + 1024 };

/* ---- our identifiers ------------------------------------------------------------------------- */

static void
write_number_of_node(const struct rf_engine *e, struct rf_writer *w, uint64_t number)
{
	rf_write_hex(w, e->config.node_id, NODE_DIGITS);
	rf_write_hex(w, number, NUMBER_DIGITS);
}

/* 0: not in the form that write_number_of_node gives, or another node's. */
static uint64_t
read_number_of_node(const struct rf_engine *e, struct rf_slice in)
{
	uint64_t value[2] = { 0, 0 };
	if (in.len != NODE_DIGITS + NUMBER_DIGITS)
		return 0;
	for (uint32_t i = 0; i < in.len; i++) {
		char c = in.p[i];
		uint64_t digit = c >= '0' && c <= '9' ? (uint64_t)(c - '0') :
		    c >= 'a' && c <= 'f' ? (uint64_t)(c - 'a' + 10) : 16;
		if (digit == 16)
			return 0;
		value[i >= NODE_DIGITS] = value[i >= NODE_DIGITS] << 4 | digit;
	}
	return value[0] == e->config.node_id ? value[1] : 0;
}

#define COOKIE RF_SLICE("z9hG4bK")

void
rf_write_branch(const struct rf_engine *e, struct rf_writer *w, uint64_t branch)
{
	assert(branch != 0);
	rf_write(w, COOKIE);
	write_number_of_node(e, w, branch);
}

uint64_t
rf_branch_read(const struct rf_engine *e, struct rf_slice branch)
{
	struct rf_slice cookie = COOKIE;
	if (branch.len <= cookie.len ||
	    !rf_slice_equal_nocase((struct rf_slice){ branch.p, cookie.len }, cookie))
		return 0;
	return read_number_of_node(e,
	    rf_slice_between(branch.p + cookie.len, branch.p + branch.len));
}

void
rf_write_tag(const struct rf_engine *e, struct rf_writer *w, uint64_t tag)
{
	assert(tag != 0);
	write_number_of_node(e, w, tag);
}

uint64_t
rf_tag_read(const struct rf_engine *e, struct rf_slice tag)
{
	return read_number_of_node(e, tag);
}

/* ---- where we are ---------------------------------------------------------------------------- */

const struct rf_listener *
rf_listener_of(const struct rf_engine *e, const struct rf_path *path)
{
	const struct rf_engine_config *c = &e->config;
	const struct rf_listener *same_transport = NULL;
	assert(c->listener_count > 0);
	assert(c->listener_count <= RF_LISTENERS_MAX);
	for (unsigned i = 0; i < c->listener_count; i++) {
		const struct rf_addr *local = &c->listener[i].local;
		if (local->proto != path->local.proto)
			continue;
		if (local->port == path->local.port &&
		    memcmp(local->ip, path->local.ip, sizeof local->ip) == 0)
			return &c->listener[i];
		if (same_transport == NULL)
			same_transport = &c->listener[i];
	}
	return same_transport != NULL ? same_transport : &c->listener[0];
}

void
rf_write_via(const struct rf_engine *e, struct rf_writer *w, const struct rf_path *path,
    uint64_t branch)
{
	uint8_t proto = path->remote.proto;
	assert(proto == RF_UDP || proto == RF_TCP || proto == RF_TLS);
	rf_write_text(w, proto == RF_UDP ? "Via: SIP/2.0/UDP " : proto == RF_TCP ?
	    "Via: SIP/2.0/TCP " : "Via: SIP/2.0/TLS ");
	rf_write_text(w, rf_listener_of(e, path)->advertise);
	rf_write_text(w, ";rport;branch=");
	rf_write_branch(e, w, branch);
	rf_write_text(w, "\r\n");
}

void
rf_write_contact_uri(const struct rf_engine *e, struct rf_writer *w, const struct rf_path *path,
    uint64_t id)
{
	const struct rf_listener *listener = rf_listener_of(e, path);
	uint8_t proto = listener->local.proto;
	rf_write_text(w, "<sip:");
	write_number_of_node(e, w, id);
	rf_write_text(w, "@");
	rf_write_text(w, listener->advertise);
	rf_write_text(w, proto == RF_TLS ? ";transport=tls>" : proto == RF_TCP ?
	    ";transport=tcp>" : ">");
}

/* ---- the echo -------------------------------------------------------------------------------- */

/* One parameter cut off *rest, as it was written. */
static bool
param_cut(struct rf_slice *rest, struct rf_slice *name, struct rf_slice *raw)
{
	struct rf_slice before = *rest, value;
	if (!rf_param_next(rest, name, &value))
		return false;
	assert(rest->len < before.len);
	*raw = (struct rf_slice){ before.p, before.len - rest->len };
	return true;
}

/* The top Via with received and rport as RFC 3261 18.2.1 and RFC 3581 4 want them. */
static void
write_top_via(struct rf_writer *w, const struct rf_via *via, const struct rf_addr *source)
{
	uint8_t ip[16];
	char text[48];
	struct rf_slice rest = via->params, name, raw;
	bool same = rf_ip_parse(ip, via->host) && memcmp(ip, source->ip, sizeof ip) == 0;
	rf_write(w,
	    via->params.len == 0 ? via->all : rf_slice_between(via->all.p, via->params.p));
	while (param_cut(&rest, &name, &raw)) {
		/* A "received" from outside is a guess or a lie; ours is what the socket says. */
		if (!rf_slice_equal_nocase(name, RF_SLICE("received")) &&
		    !rf_slice_equal_nocase(name, RF_SLICE("rport")))
			rf_write(w, raw);
	}
	if (!same || via->rport) {
		rf_write_text(w, ";received=");
		rf_write(w, (struct rf_slice){ text, rf_ip_write(text, source->ip, false) });
	}
	if (via->rport) {
		rf_write_text(w, ";rport=");
		rf_write_number(w, source->port);
	}
}

/* Folding turned into spaces in what was written since `from`: a response has one line per
 * header. */
static void
unfold(struct rf_writer *w, uint32_t from)
{
	for (uint32_t i = from; i < w->len; i++) {
		if (w->p[i] == '\r' || w->p[i] == '\n')
			w->p[i] = ' ';
	}
}

/* via: the top one, NULL if it does not parse; rest: what follows it in its header field. */
static void
write_vias(struct rf_writer *w, const struct rf_message *m, const struct rf_via *via,
    struct rf_slice rest, const struct rf_addr *source)
{
	const struct rf_header *h = rf_message_header(m, RF_H_VIA);
	if (via != NULL) {
		rf_write_text(w, "Via: ");
		uint32_t from = w->len;
		write_top_via(w, via, source);
		if (rest.len > 0) {
			rf_write_text(w, ", ");
			rf_write(w, rest);
		}
		unfold(w, from);
		rf_write_text(w, "\r\n");
		h = rf_message_next(m, h);
	}
	for (; h != NULL; h = rf_message_next(m, h))
		rf_write_header(w, RF_H_VIA, h->value);
}

/* Via .. To, the end of To still open for a tag. */
static void
write_before(struct rf_writer *w, const struct rf_message *m, const struct rf_via *via,
    struct rf_slice rest, const struct rf_path *path)
{
	write_vias(w, m, via, rest, &path->remote);
	rf_write_header(w, RF_H_FROM, rf_message_value(m, RF_H_FROM));
	rf_write_header(w, RF_H_CALL_ID, rf_message_value(m, RF_H_CALL_ID));
	rf_write_header(w, RF_H_CSEQ, rf_message_value(m, RF_H_CSEQ));
	rf_write_header(w, RF_H_TO, rf_message_value(m, RF_H_TO));
	if (!w->overflow)
		w->len -= (uint32_t)strlen("\r\n");
}

bool
rf_echo_take(struct rf_step *s, const struct rf_path *path, rf_text *echo)
{
	union {
		struct rf_echo echo;
		char bytes[ECHO_MAX];
	} u;
	struct rf_writer w;
	bool full = false;
	assert(s->message != NULL && s->message->is_request);
	rf_writer_init(&w, u.echo.text, ECHO_MAX - (uint32_t)offsetof(struct rf_echo, text));
	write_before(&w, s->message, &s->message->via, s->message->via_rest, path);
	u.echo.before_len = (uint16_t)w.len;
	u.echo.has_to_tag = s->message->to.tag.len > 0;
	const struct rf_header *h = rf_message_header(s->message, RF_H_RECORD_ROUTE);
	if (s->message->method != RF_METHOD_INVITE && s->message->method != RF_METHOD_REFER &&
	    s->message->method != RF_METHOD_SUBSCRIBE)
		h = NULL;
	for (; h != NULL; h = rf_message_next(s->message, h))
		rf_write_header(&w, RF_H_RECORD_ROUTE, h->value);
	if (w.overflow)
		return false;
	u.echo.record_route_len = (uint16_t)(w.len - u.echo.before_len);
	rf_text_set(s->e, echo, (struct rf_slice){ u.bytes,
	    (uint32_t)offsetof(struct rf_echo, text) + w.len }, &full);
	return !full;
}

bool
rf_echo_is_whole(struct rf_slice stored)
{
	const struct rf_echo *echo = (const void *)stored.p;
	const uint32_t head = (uint32_t)offsetof(struct rf_echo, text);
	return stored.len > head && echo->before_len > 0 &&
	    (uint8_t)stored.p[offsetof(struct rf_echo, has_to_tag)] <= 1 &&
	    (uint32_t)echo->before_len + echo->record_route_len == stored.len - head;
}

static void
write_status_line(struct rf_writer *w, uint16_t status)
{
	assert(status >= 100 && status <= 699);
	rf_write_text(w, "SIP/2.0 ");
	rf_write_number(w, status);
	rf_write_text(w, " ");
	rf_write(w, rf_reason_phrase(status));
	rf_write_text(w, "\r\n");
}

static void
write_server(const struct rf_engine *e, struct rf_writer *w, uint16_t status)
{
	if (status == 100 || e->config.software[0] == '\0')
		return;
	rf_write_text(w, "Server: ");
	rf_write_text(w, e->config.software);
	rf_write_text(w, "\r\n");
}

static void
write_to_tag(const struct rf_engine *e, struct rf_writer *w, uint64_t tag)
{
	rf_write_text(w, ";tag=");
	rf_write_tag(e, w, tag);
}

void
rf_write_response(struct rf_step *s, struct rf_writer *w, const struct rf_txn *server,
    uint16_t status, uint64_t to_tag, bool with_record_route)
{
	if (server->echo == 0)          /* answered already: rf_server_respond lets this one fall */
		return;
	const struct rf_echo *echo = (const void *)rf_text_get(s->e, server->echo).p;
	write_status_line(w, status);
	rf_write(w, (struct rf_slice){ echo->text, echo->before_len });
	if (!echo->has_to_tag && (to_tag != 0 || status > 100))
		write_to_tag(s->e, w, to_tag != 0 ? to_tag :
		    rf_draw(&s->e->drbg, server->key, RF_DRAW_TAG, 0) | 1);
	rf_write_text(w, "\r\n");
	if (with_record_route)
		rf_write(w, (struct rf_slice){ echo->text + echo->before_len,
		    echo->record_route_len });
	write_server(s->e, w, status);
}

struct rf_slice
rf_compose_stateless(struct rf_step *s, uint16_t status)
{
	struct rf_slice rest = rf_message_value(s->message, RF_H_VIA);
	struct rf_via via;
	struct rf_name_addr to;
	struct rf_writer w;
	assert(s->message != NULL && s->message->is_request);
	assert(status > 100);
	rf_bytes_begin(s, &w);
	write_status_line(&w, status);
	/* It may be malformed: framing has not parsed its values, or could not. */
	bool known = rf_via_next(&rest, &via);
	write_before(&w, s->message, known ? &via : NULL, rest, &s->event->path);
	if (!rf_name_addr_parse(&to, rf_message_value(s->message, RF_H_TO)) || to.tag.len == 0) {
		/* The same for a retransmission, though nothing is remembered (RFC 3261 8.2.7). */
		struct rf_slice call_id = rf_message_value(s->message, RF_H_CALL_ID);
		write_to_tag(s->e, &w, rf_hash_slice(&s->e->drbg, call_id) | 1);
	}
	rf_write_text(&w, "\r\n");
	write_server(s->e, &w, status);
	if (status == 503)
		rf_write_retry_after(s, &w);
	rf_write_body(&w, RF_SLICE(""));
	if (w.overflow)                         /* headers that cannot be echoed: better silence */
		return RF_SLICE("");
	return rf_bytes_end(s, &w);
}
