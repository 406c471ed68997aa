/* SPDX-License-Identifier: BSD-2-Clause */
/* engine/relay.c -- what passes from one party to the other unchanged in meaning: bodies,
 * provisional answers, requests that are nobody's business but theirs.  Decides nothing about the
 * call. */
#include <assert.h>
#include <string.h>

#include "engine/call.h"
#include "engine/compose.h"
#include "engine/dialog.h"
#include "engine/effect_hash.h"
#include "engine/leg.h"
#include "engine/txn.h"

void
rf_leg_take_sdp(struct rf_step *s, struct rf_leg *leg)
{
	bool full = false;
	if (s->message == NULL || s->message->body.len == 0)
		return;
	leg->sdp_offered = s->message->is_request &&
	    (s->message->method == RF_METHOD_INVITE || s->message->method == RF_METHOD_UPDATE);
	rf_text_set(s->e, &leg->sdp, s->message->body, &full);
	rf_text_set(
	    s->e, &leg->content_type, rf_message_value(s->message, RF_H_CONTENT_TYPE), &full);
}

bool
rf_leg_read_sdp(struct rf_sdp *out, struct rf_slice content_type, struct rf_slice body)
{
	return body.len > 0 && rf_media_type_is(content_type, "application", "sdp") &&
	    rf_sdp_parse(out, body);
}

struct rf_slice
rf_leg_write_sdp(struct rf_step *s, struct rf_leg *leg, const struct rf_sdp *sdp, bool reset)
{
	struct rf_writer w;
	uint64_t hash[2] = { reset, 0 };
	rf_mix_bytes(hash, sdp->all.p, sdp->all.len);
	if (leg->sdp_version == 0 || hash[1] != leg->sdp_sent) {
		leg->sdp_sent = hash[1];
		leg->sdp_version++;                     /* RFC 3264 8: one up with every change */
	}
	rf_bytes_begin(s, &w);
	rf_write_sdp(&w, sdp, &(struct rf_sdp_edit){ .session_id = leg->sdp_id,
		.version = leg->sdp_version, .reset_direction = reset });
	return w.overflow ? sdp->all : rf_bytes_end(s, &w);
}

struct rf_slice
rf_leg_sdp(struct rf_step *s, struct rf_leg *leg, struct rf_slice content_type,
    struct rf_slice body)
{
	struct rf_sdp sdp;
	return rf_leg_read_sdp(&sdp, content_type, body) ? rf_leg_write_sdp(s, leg, &sdp, false)
							 : body;
}

void
rf_leg_relay(struct rf_step *s, struct rf_leg *leg, struct rf_txn *server)
{
	struct rf_leg *peer = rf_leg_at(s->e, leg->peer);
	struct rf_dialog *d = peer != NULL ? rf_dialog_at(s->e, peer->dialog) : NULL;
	struct rf_message *m = s->message;
	struct rf_writer w;
	if (d == NULL || peer->state == RF_LEG_IS_NEW || peer->state >= RF_LEG_IS_PARTING) {
		rf_respond(s, server, 480, RF_SLICE(""));
		return;
	}
	if (d->fixed_len[RF_DT_REMOTE_TAG] == 0) {      /* nobody has answered there yet */
		rf_respond(s, server, 491, RF_SLICE(""));
		return;
	}
	rf_bytes_begin(s, &w);
	if (m->method == RF_METHOD_PRACK) {
		const struct rf_rack *rack = rf_message_rack(m);
		if (rack == NULL || rack->rseq != leg->rseq || rack->method != RF_METHOD_INVITE ||
		    peer->remote_rseq == 0) {
			rf_respond(s, server, 481, RF_SLICE(""));
			return;
		}
		rf_write_text(&w, "RAck: ");
		rf_write_number(&w, peer->remote_rseq);
		rf_write_text(&w, " ");
		rf_write_number(&w, peer->remote_rseq_cseq);
		rf_write_text(&w, " INVITE\r\n");
	}
	const struct rf_call *call = rf_call_at(s->e, leg->call);
	if (call != NULL)
		rf_write_passed(&w, m, rf_text_get(s->e, call->pass));
	if (m->method == RF_METHOD_INFO)
		rf_write_passed(&w, m, RF_SLICE("Info-Package, Content-Disposition"));
	struct rf_slice headers = rf_bytes_end(s, &w);
	struct rf_slice type = rf_message_value(m, RF_H_CONTENT_TYPE);
	if (m->method == RF_METHOD_PRACK || m->method == RF_METHOD_UPDATE)
		rf_leg_take_sdp(s, leg);
	struct rf_slice body = rf_leg_sdp(s, peer, type, m->body);
	if (rf_dialog_request(s, d, &(struct rf_in_dialog){ .method = m->method, .headers = headers,
		.content_type = type, .body = body, .owner_kind = RF_KIND_LEG,
		.owner = rf_leg_ref(s->e, peer), .peer = rf_txn_ref(s->e, server) }) == NULL)
		rf_respond(s, server, 500, RF_SLICE(""));
}

void
rf_leg_relay_response(struct rf_step *s, struct rf_txn *server, uint16_t status)
{
	struct rf_leg *leg =
	    server->owner_kind == RF_KIND_LEG ? rf_leg_at(s->e, server->owner) : NULL;
	const struct rf_dialog *d = leg != NULL ? rf_dialog_at(s->e, leg->dialog) : NULL;
	struct rf_writer w;
	if (d == NULL || s->message == NULL || s->message->is_request || status >= 300) {
		rf_respond(s, server, status == 503 ? 500 : status, RF_SLICE(""));
		return;
	}
	struct rf_slice type = rf_message_value(s->message, RF_H_CONTENT_TYPE);
	struct rf_slice body = rf_leg_sdp(s, leg, type, s->message->body);
	rf_bytes_begin(s, &w);
	rf_write_response(s, &w, server, status, d->local_tag, false);
	if (server->method == RF_METHOD_UPDATE) {
		rf_write_text(&w, "Contact: ");
		rf_write_contact_uri(s->e, &w, &server->path, d->local_tag);
		rf_write_text(&w, "\r\n");
	}
	if (body.len > 0)
		rf_write_header(&w, RF_H_CONTENT_TYPE, type);
	rf_write_body(&w, body);
	rf_respond_written(s, server, status, &w);
}

void
rf_leg_relay_provisional(struct rf_step *s, struct rf_leg *from, struct rf_leg *to)
{
	struct rf_txn *server = rf_txn_at(s->e, to->server);
	const struct rf_dialog *d = rf_dialog_at(s->e, to->dialog);
	const struct rf_message *m = s->message;
	struct rf_writer w;
	uint64_t rseq = 0;
	if (server == NULL || d == NULL || m->status == 100)
		return;
	bool reliable = to->rel100 && rf_message_has_token(m, RF_H_REQUIRE, RF_SLICE("100rel")) &&
	    rf_slice_number(&rseq, rf_message_value(m, RF_H_RSEQ), UINT32_MAX) && rseq > 0;
	if (reliable &&
	    from->remote_rseq != rseq) { /* RFC 3262 3: our own numbering, rising by one */
		from->remote_rseq = (uint32_t)rseq;
		from->remote_rseq_cseq = m->cseq.number;
		to->rseq = to->rseq != 0 ? to->rseq + 1 : (uint32_t)rf_draw_between(&s->e->drbg,
		    d->local_tag, RF_DRAW_RSEQ, 0, 1, 1u << 30);
	}
	rf_leg_take_sdp(s, from);
	struct rf_slice type = rf_message_value(m, RF_H_CONTENT_TYPE);
	struct rf_slice body = rf_leg_sdp(s, to, type, m->body);
	rf_bytes_begin(s, &w);
	rf_write_response(s, &w, server, m->status, d->local_tag, true);
	rf_write_text(&w, "Contact: ");
	rf_write_contact_uri(s->e, &w, &server->path, d->local_tag);
	rf_write_text(&w, "\r\n");
	rf_write_abilities(&w, rf_leg_may_refer(to), false);
	if (reliable) {
		rf_write_text(&w, "Require: 100rel\r\nRSeq: ");
		rf_write_number(&w, to->rseq);
		rf_write_text(&w, "\r\n");
	}
	if (body.len > 0)
		rf_write_header(&w, RF_H_CONTENT_TYPE, type);
	rf_write_body(&w, body);
	rf_respond_written(s, server, m->status, &w);
}

void
rf_write_retry_after(struct rf_step *s, struct rf_writer *w)
{
	/* Jittered, so that refused callers do not come back together (R35). */
	rf_write_text(w, "Retry-After: ");
	uint64_t whose = s->message != NULL ?
	    rf_hash_slice(&s->e->drbg, rf_message_value(s->message, RF_H_CALL_ID)) : 0;
	rf_write_number(w, rf_draw_between(&s->e->drbg, whose, RF_DRAW_RETRY_AFTER, 0, 1, 10));
	rf_write_text(w, "\r\n");
}

const struct rf_addr *
rf_stream_beside(const struct rf_engine *e, const struct rf_addr *udp)
{
	for (unsigned i = 0; i < e->config.listener_count; i++) {
		const struct rf_addr *a = &e->config.listener[i].local;
		if (a->proto == RF_TCP && memcmp(a->ip, udp->ip, 12) == 0)
			return a;
	}
	for (unsigned i = 0; i < e->config.listener_count; i++) {
		if (e->config.listener[i].local.proto == RF_TCP)
			return &e->config.listener[i].local;
	}
	assert(false);
	return udp;
}
