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

/* The status of a response of our own, 0 and the method of a request. */
static uint16_t
read_start(struct rf_slice bytes, enum rf_method *method)
{
	if (bytes.len > 12 && memcmp(bytes.p, "SIP/2.0 ", 8) == 0)
		return (uint16_t)((bytes.p[8] - '0') * 100 + (bytes.p[9] - '0') * 10 +
		    (bytes.p[10] - '0'));
	const char *space = memchr(bytes.p, ' ', bytes.len);
	*method = space != NULL ? rf_method_find(rf_slice_between(bytes.p, space)) :
	    RF_METHOD_OTHER;
	return 0;
}

void
rf_send_as(struct rf_step *s, const struct rf_path *path, struct rf_slice bytes,
    struct rf_slice identity, rf_token token, uint64_t session, uint8_t leg_number, uint8_t role,
    enum rf_method answered, bool retransmission)
{
	enum rf_method method = answered;
	if (bytes.len == 0 || !rf_send_keep(s, &bytes) || !rf_send_keep(s, &identity))
		return;                                 /* as if the network had lost it */
	struct rf_effect *x = rf_effect_new(s, RF_FX_SEND);
	x->token = token;
	x->path = *path;
	x->bytes = bytes;
	x->identity = identity;
	x->session = session;
	uint16_t status = read_start(bytes, &method);
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
	rf_send_as(s, path, bytes, identity, token, session, leg_number, role, RF_METHOD_INVITE,
	    retransmission);
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
