/* SPDX-License-Identifier: BSD-2-Clause */
/* grammar/message.c -- one message into a start line, header fields with ids, and a body.
 *
 * Lines and colons are found by scan.h, sixteen bytes at a time: half the bytes of a message never
 * need a state machine.  Framing does not stop at the first fault, because a request is answered
 * with its own Via, From, To, Call-ID and CSeq, and they may stand behind the fault.  It does stop
 * where top Via and CSeq of a sound request have been seen, for who knows what it repeats, and goes
 * on from there for who does not.  What this file must never know: what a header means, but for
 * those without which there is no message. */
#include <assert.h>
#include <string.h>

#include "grammar/internal.h"

enum { SINGLE, MULTI };

static const bool is_single[RF_H_MAX] = {
	[RF_H_OTHER] = false,
#define HEADER(id, name, compact, multi, kind) [RF_H_##id] = (multi) == SINGLE,
#include "grammar/headers.def"
#undef HEADER
};

/* The first fault that was seen, the graver one if two matter. */
static void
fault_note(struct rf_framing *framing, enum rf_verdict verdict, const char *why)
{
	if (framing->fault >= verdict)
		return;
	framing->fault = verdict;
	framing->why = why;
}

/* Adds header[count], which framing has just filled, to the chain of its id. */
static void
header_link(struct rf_message *m, struct rf_header *h, enum rf_header_id id)
{
	uint16_t index = m->count++;
	h->id = (uint16_t)id;
	h->next = 0;
	if (m->first[id] == 0) {
		m->first[id] = (uint16_t)(index + 1);
	} else {
		m->header[m->framing.last[id]].next = index;
		if (is_single[id])
			fault_note(&m->framing, RF_VERDICT_BAD,
			    "a header field that may stand once stands twice");
	}
	m->framing.last[id] = index;
}

/* One field, its line end excluded; `colon` is where its name ends. */
static void
field_take(struct rf_message *m, const char *from, const char *colon, const char *end)
{
	if (end - from > RF_HEADER_LEN_MAX) {
		fault_note(&m->framing, RF_VERDICT_TOO_LARGE, "a header field is too long");
		return;
	}
	if (m->count == RF_HEADERS_MAX) {
		fault_note(&m->framing, RF_VERDICT_TOO_LARGE, "too many header fields");
		return;
	}
	struct rf_header *h = &m->header[m->count];
	if (!rf_field_split(h, from, colon, end)) {
		fault_note(&m->framing, RF_VERDICT_BAD, "a line that is no header field");
		return;
	}
	enum rf_header_id id = rf_header_find(h->name);
	if (id == RF_H_OTHER && !rf_token_is(h->name)) {
		fault_note(&m->framing, RF_VERDICT_BAD, "a line that is no header field");
		return;
	}
	header_link(m, h, id);
}

/* The fields from where framing stands, up to the blank line; with `brief` only until a transaction
 * could be found, if nothing is wrong so far. */
static void
fields_take(struct rf_message *m, bool brief)
{
	struct rf_framing *framing = &m->framing;
	const char *p = framing->at, *end = framing->end;
	bool clean = true;
	while (p < end) {
		if (*p == '\r' && end - p > 1 && p[1] == '\n')
			goto found;
		if (brief && m->first[RF_H_CSEQ] != 0 && m->first[RF_H_VIA] != 0 && clean &&
		    framing->fault == RF_VERDICT_OK) {
			framing->at = p;
			return;
		}
		const char *colon = rf_scan_colon(p, end);
		const char *lf = rf_field_end(colon, end, &clean);
		if (lf == NULL)
			break;
		if (lf == p) { /* a bare LF: its author means the blank line */
			fault_note(framing, RF_VERDICT_BAD, "a CR or LF stands alone");
			framing->at = lf + 1;
			framing->whole = true;
			return;
		}
		field_take(m, p, colon, lf[-1] == '\r' ? lf - 1 : lf);
		p = lf + 1;
	}
	fault_note(framing, RF_VERDICT_BAD, "no blank line behind the header fields");
	framing->at = end;
	framing->whole = true;
	return;
found:
	if (!clean)
		fault_note(framing, RF_VERDICT_BAD, "a CR or LF stands alone");
	framing->at = p + 2;
	framing->whole = true;
}

static void
body_take(struct rf_message *m)
{
	struct rf_framing *framing = &m->framing;
	const char *body = framing->at;
	uint64_t room = (uint64_t)(framing->end - body), value = room;
	if (m->first[RF_H_CONTENT_LENGTH] != 0) {
		struct rf_slice length = rf_message_value(m, RF_H_CONTENT_LENGTH);
		if (!rf_slice_number(&value, length, UINT32_MAX))
			fault_note(framing, RF_VERDICT_BAD, "Content-Length is no number");
		else if (value > room)
			fault_note(
			    framing, RF_VERDICT_BAD, "Content-Length is larger than the body");
		if (framing->fault != RF_VERDICT_OK)
			value = 0;
	}
	if (value > RF_BODY_MAX)
		fault_note(framing, RF_VERDICT_BODY_TOO_LARGE, "the body is too large");
	m->body = rf_slice_between(body, body + value);
	m->raw = rf_slice_between(m->raw.p, body + value);
}

/* What finds a transaction. */
static const char *
key_fault(struct rf_message *m)
{
	m->via_rest = rf_message_value(m, RF_H_VIA);
	if (!rf_cseq_parse(&m->cseq, rf_message_value(m, RF_H_CSEQ)))
		return "CSeq does not parse";
	if (m->is_request) {
		if (m->cseq.method != m->method ||
		    (m->method == RF_METHOD_OTHER &&
			!rf_slice_equal(m->cseq.method_text, m->method_text)))
			return "the methods of CSeq and request line differ";
	} else {
		m->method = m->cseq.method;
		m->method_text = m->cseq.method_text;
	}
	return rf_via_next(&m->via_rest, &m->via) ? NULL : "Via does not parse";
}

/* What else RFC 3261 8.1.1 wants of every message. */
static const char *
essence_fault(struct rf_message *m)
{
	if (!rf_name_addr_parse(&m->from, rf_message_value(m, RF_H_FROM)))
		return "From does not parse";
	if (!rf_name_addr_parse(&m->to, rf_message_value(m, RF_H_TO)))
		return "To does not parse";
	if (!rf_call_id_is_sane(rf_message_value(m, RF_H_CALL_ID)))
		return "Call-ID is empty or holds blanks";
	if (!m->is_request)
		return NULL;
	if (!rf_uri_parse(&m->uri, m->request_uri))
		return "the Request-URI does not parse";
	if (m->uri.headers.len > 0) /* RFC 3261 19.1.1, table 1: not allowed there */
		return "header fields in the Request-URI";
	return NULL;
}

static enum rf_verdict
message_drop(const char **why, const char *text)
{
	*why = text;
	return RF_VERDICT_DROP;
}

/* What framing found, and `wrong` besides (NULL: nothing).  Nothing may answer an ACK or a
 * response. */
static enum rf_verdict
verdict_settle(struct rf_message *m, const char *wrong, const char **why)
{
	if (wrong != NULL)
		fault_note(&m->framing, RF_VERDICT_BAD, wrong);
	*why = m->framing.why;
	if (m->framing.fault == RF_VERDICT_OK || (m->is_request && m->method != RF_METHOD_ACK))
		return m->framing.fault;
	return RF_VERDICT_DROP;
}

/* Everything in front of the header fields; RF_VERDICT_DROP: there is no message. */
static enum rf_verdict
head_take(struct rf_message *m, const char **why)
{
	struct rf_framing *framing = &m->framing;
	const char *p = framing->at;
	bool clean = true;
	const char *lf = rf_line_end(p, framing->end, &clean);
	if (lf == NULL || lf - p > RF_HEADER_LEN_MAX)
		return message_drop(why, "no start line");
	framing->at = lf + 1;
	struct rf_slice line = rf_slice_between(p, lf > p && lf[-1] == '\r' ? lf - 1 : lf);
	switch (rf_start_line_parse(m, line)) {
	case RF_START_REQUEST:
	case RF_START_RESPONSE:
		break;
	case RF_START_MALFORMED:
		fault_note(framing, RF_VERDICT_BAD, "the request line does not parse");
		break;
	case RF_START_VERSION:
		fault_note(framing, RF_VERDICT_VERSION, "another version of SIP");
		break;
	case RF_START_ALIEN:
		return message_drop(why, "no start line of SIP");
	}
	if (m->request_uri.len > RF_URI_MAX)
		fault_note(framing, RF_VERDICT_URI_TOO_LONG, "the Request-URI is too long");
	if (!clean)
		fault_note(framing, RF_VERDICT_BAD, "a CR or LF stands alone");
	return RF_VERDICT_OK;
}

/* Up to the first header field; whatever is wrong is in m->framing if this is RF_VERDICT_OK. */
static enum rf_verdict
frame_begin(struct rf_message *m, struct rf_slice in, const char **why)
{
	memset(m, 0, offsetof(struct rf_message, via));
	m->framing.fault = RF_VERDICT_OK;
	m->framing.why = "";
	m->framing.whole = false;
	if (in.len == 0)
		return message_drop(why, "nothing");
	const char *p = in.p, *end = in.p + in.len;
	while (end - p >= 2 && p[0] == '\r' && p[1] == '\n')
		p += 2;
	if (p == end) {
		*why = "a keep-alive";
		return RF_VERDICT_KEEPALIVE;
	}
	m->raw = rf_slice_between(p, end);
	m->framing.at = p;
	m->framing.end = end;
	return head_take(m, why);
}

/* From where framing stands to the end of the body. */
static enum rf_verdict
frame_end(struct rf_message *m, const char **why)
{
	if (!m->framing.whole)
		fields_take(m, false);
	body_take(m);
	if (m->raw.len > RF_MESSAGE_MAX)
		fault_note(&m->framing, RF_VERDICT_TOO_LARGE, "the message is too large");
	if (m->first[RF_H_VIA] == 0 || m->first[RF_H_FROM] == 0 || m->first[RF_H_TO] == 0 ||
	    m->first[RF_H_CALL_ID] == 0 || m->first[RF_H_CSEQ] == 0)
		return message_drop(why, "Via, From, To, Call-ID or CSeq is missing");
	return verdict_settle(m, NULL, why);
}

enum rf_verdict
rf_message_frame(struct rf_message *out, struct rf_slice in, const char **why)
{
	assert(out != NULL);
	assert(why != NULL);
	enum rf_verdict verdict = frame_begin(out, in, why);
	return verdict == RF_VERDICT_OK ? frame_end(out, why) : verdict;
}

enum rf_verdict
rf_message_key(struct rf_message *out, struct rf_slice in, const char **why)
{
	assert(out != NULL);
	assert(why != NULL);
	enum rf_verdict verdict = frame_begin(out, in, why);
	if (verdict != RF_VERDICT_OK)
		return verdict;
	fields_take(out, out->is_request);
	const char *wrong = out->framing.whole ? NULL : key_fault(out);
	if (!out->framing.whole && wrong == NULL)
		return verdict_settle(out, NULL, why);
	verdict = frame_end(out, why);
	if (verdict != RF_VERDICT_OK)
		return verdict;
	return verdict_settle(out, wrong != NULL ? wrong : key_fault(out), why);
}

enum rf_verdict
rf_message_check(struct rf_message *m, const char **why)
{
	assert(m != NULL);
	assert(why != NULL);
	enum rf_verdict verdict = m->framing.whole ? RF_VERDICT_OK : frame_end(m, why);
	return verdict == RF_VERDICT_OK ? verdict_settle(m, essence_fault(m), why) : verdict;
}

enum rf_verdict
rf_message_parse(struct rf_message *out, struct rf_slice in, const char **why)
{
	enum rf_verdict verdict = rf_message_frame(out, in, why);
	if (verdict == RF_VERDICT_OK)
		verdict = verdict_settle(out, key_fault(out), why);
	return verdict == RF_VERDICT_OK ? rf_message_check(out, why) : verdict;
}

uint16_t
rf_verdict_status(enum rf_verdict verdict)
{
	switch (verdict) {
	case RF_VERDICT_OK:
	case RF_VERDICT_KEEPALIVE:
	case RF_VERDICT_DROP:
		break;
	case RF_VERDICT_BAD:
		return 400;
	case RF_VERDICT_VERSION:
		return 505;
	case RF_VERDICT_URI_TOO_LONG:
		return 414;
	case RF_VERDICT_BODY_TOO_LARGE:
		return 413;
	case RF_VERDICT_TOO_LARGE:
		return 513;
	}
	return 0;
}

const struct rf_header *
rf_message_header(const struct rf_message *m, enum rf_header_id id)
{
	assert(id < RF_H_MAX);
	return m->first[id] == 0 ? NULL : &m->header[m->first[id] - 1];
}

const struct rf_header *
rf_message_next(const struct rf_message *m, const struct rf_header *h)
{
	return h->next == 0 ? NULL : &m->header[h->next];
}

struct rf_slice
rf_message_value(const struct rf_message *m, enum rf_header_id id)
{
	const struct rf_header *h = rf_message_header(m, id);
	return h == NULL ? (struct rf_slice){ 0 } : h->value;
}

uint32_t
rf_message_count(const struct rf_message *m, enum rf_header_id id)
{
	uint32_t count = 0;
	for (const struct rf_header *h = rf_message_header(m, id); h != NULL;
	     h = rf_message_next(m, h))
		count++;
	return count;
}

bool
rf_message_has_token(const struct rf_message *m, enum rf_header_id id, struct rf_slice token)
{
	for (const struct rf_header *h = rf_message_header(m, id); h != NULL;
	     h = rf_message_next(m, h)) {
		if (rf_slice_has_token(h->value, token))
			return true;
	}
	return false;
}
