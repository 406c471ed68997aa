/* SPDX-License-Identifier: BSD-2-Clause */
/* engine/send.c -- the one place where a SEND leaves the engine: kept, counted, traced.
 *
 * What this file must never know: why something is sent. */
#include "engine/txn.h"

#include <assert.h>
#include <string.h>

enum { UDP_REQUEST_MAX = 1300 };

bool
rf_send_keep(struct rf_step *s, struct rf_slice *in)
{
	uintptr_t at = (uintptr_t)in->p - (uintptr_t)s->out->bytes;
	if (in->len == 0 || at < RF_STEP_BYTES_MAX)
		return true;
	struct rf_writer w;
	rf_bytes_begin(s, &w);
	rf_write(&w, *in);
	if (w.overflow)
		return false;
	*in = rf_bytes_end(s, &w);
	return true;
}

/* Status and method of a message of our own; its CSeq is written as "CSeq: n METHOD". */
static void
read_start(struct rf_slice bytes, uint16_t *status, enum rf_method *method)
{
	const char *end = bytes.p + bytes.len, *p;
	*status = 0;
	*method = RF_METHOD_OTHER;
	if (bytes.len > 12 && memcmp(bytes.p, "SIP/2.0 ", 8) == 0) {
		for (p = bytes.p + 8; p < bytes.p + 11; p++)
			*status = (uint16_t)(*status * 10 + (*p - '0'));
		p = memmem(bytes.p, bytes.len, "\r\nCSeq: ", 8);
		p = p != NULL ? memchr(p + 8, ' ', (size_t)(end - p - 8)) : NULL;
		const char *line_end = p != NULL ? memchr(p, '\r', (size_t)(end - p)) : NULL;
		if (line_end != NULL)
			*method = rf_method_find(rf_slice_between(p + 1, line_end));
		return;
	}
	p = memchr(bytes.p, ' ', bytes.len);
	if (p != NULL)
		*method = rf_method_find(rf_slice_between(bytes.p, p));
}

void
rf_send_as(struct rf_step *s, const struct rf_path *path, struct rf_slice bytes,
    struct rf_slice identity, rf_token token, uint64_t session, uint8_t leg_number, uint8_t role,
    bool retransmission)
{
	uint16_t status;
	enum rf_method method;
	if (bytes.len == 0 || !rf_send_keep(s, &bytes) || !rf_send_keep(s, &identity))
		return;                                 /* as if the network had lost it */
	struct rf_effect *x = rf_effect_new(s, RF_FX_SEND);
	x->token = token;
	x->path = *path;
	x->bytes = bytes;
	x->identity = identity;
	x->session = session;
	read_start(bytes, &status, &method);
	if (status == 0)
		s->e->stats.tx_requests++;
	else
		s->e->stats.tx_responses++;
	if (retransmission)
		s->e->stats.retransmissions++;
	rf_trace_message(s, RF_TRACE_TX, path, session, leg_number, role, status, (uint8_t)method,
	    retransmission);
}

void
rf_send(struct rf_step *s, const struct rf_path *path, struct rf_slice bytes,
    struct rf_slice identity, rf_token token, uint64_t session, uint8_t leg_number,
    bool retransmission)
{
	uint8_t role = s->leg != NULL && s->leg->number == leg_number ? s->leg->role : RF_ROLE_MAX;
	rf_send_as(s, path, bytes, identity, token, session, leg_number, role, retransmission);
}

bool
rf_prefers_stream(const struct rf_engine *e, uint32_t len)
{
	if (len <= UDP_REQUEST_MAX)
		return false;
	for (unsigned i = 0; i < e->config.listener_count; i++) {
		if (e->config.listener[i].local.proto == RF_TCP)
			return true;
	}
	return false;
}
