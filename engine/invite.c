/* SPDX-License-Identifier: BSD-2-Clause */
/* engine/invite.c -- writes the INVITE of a route's attempt: who is calling whom, on whose behalf,
 * with which offer.  Decides only what RFC 3725 leaves to the sender: the offer. */
#include <assert.h>

#include "engine/call.h"
#include "engine/compose.h"
#include "engine/dialog.h"
#include "engine/leg.h"
#include "engine/refer.h"
#include "engine/route.h"
#include "engine/txn.h"

/* What the new party is offered: what the waiting one said last - unless that is bound to the old
 * party by ICE or DTLS, then it is asked for an offer of its own (T18, RFC 3725 4.3). */
static struct rf_slice
offer_for(struct rf_step *s, struct rf_leg *leg, struct rf_slice *type)
{
	const struct rf_leg *party = rf_leg_at(
	    s->e, s->refer != NULL && s->route->owner_kind == RF_KIND_REFER ? s->refer->survivor
									    : s->call->pair[0]);
	struct rf_sdp sdp;
	*type = RF_SLICE("");
	if (party == NULL || party->sdp == 0)
		return RF_SLICE("");
	struct rf_slice body = rf_text_get(s->e, party->sdp);
	*type = rf_text_get(s->e, party->content_type);
	bool transfer = s->route->owner_kind == RF_KIND_REFER;
	if (!rf_leg_read_sdp(&sdp, *type, body))
		return body;
	if (transfer && sdp.needs_fresh_offer)
		return RF_SLICE("");
	bool own_hold = sdp.held && party->sdp_offered;
	return rf_leg_write_sdp(s, leg, &sdp, transfer && !own_hold);
}

static struct rf_slice
write_invite(struct rf_step *s, struct rf_leg *leg, struct rf_dialog *d, uint32_t cseq,
    uint64_t branch, const struct rf_path *path, struct rf_slice type, struct rf_slice body)
{
	const struct rf_engine *e = s->e;
	const struct rf_plan *plan = rf_route_plan(e, s->route);
	const struct rf_leg *caller = rf_leg_at(e, s->call->pair[0]);
	bool transfer = s->route->owner_kind == RF_KIND_REFER;
	struct rf_writer w;
	rf_bytes_begin(s, &w);
	rf_write_text(&w, "INVITE ");
	rf_write(&w, rf_text_get(e, d->target));
	rf_write_text(&w, " SIP/2.0\r\n");
	rf_write_via(e, &w, path, branch);
	rf_write_text(&w, "Max-Forwards: ");
	rf_write_number(&w, s->call->max_forwards);
	rf_write_text(&w, "\r\nFrom: ");
	rf_write(&w, rf_dialog_text(e, d, RF_DT_LOCAL));
	rf_write_text(&w, ";tag=");
	rf_write_tag(e, &w, d->local_tag);
	rf_write_text(&w, "\r\nTo: ");
	rf_write(&w, rf_dialog_text(e, d, RF_DT_REMOTE));
	rf_write_text(&w, "\r\n");
	rf_write_header(&w, RF_H_CALL_ID, rf_dialog_text(e, d, RF_DT_CALL_ID));
	rf_write_text(&w, "CSeq: ");
	rf_write_number(&w, cseq);
	rf_write_text(&w, " INVITE\r\nContact: ");
	rf_write_contact_uri(e, &w, path, d->local_tag);
	rf_write_text(&w, "\r\n");
	leg->rel100 = !transfer && caller != NULL && caller->rel100;
	rf_write_abilities(&w, true, leg->rel100);
	if (leg->rel100 && caller->require_100rel)
		rf_write_text(&w, "Require: 100rel\r\n");
	rf_write_text(&w, "User-Agent: ");
	rf_write_text(&w, e->config.software);
	rf_write_text(&w, "\r\n");
	rf_write(&w, rf_text_get(e, s->call->carry));
	if (transfer) {
		if (plan->referred_by.len > 0)          /* byte for byte (T13) */
			rf_write_header(
			    &w, RF_H_REFERRED_BY, rf_plan_text(plan, plan->referred_by));
		rf_write(&w, rf_plan_text(plan, plan->headers));
	}
	struct rf_slice recording = rf_route_recording_policy(e, s->route);
	if (plan->recording_header.len > 0 && recording.len > 0)
		rf_write_header_named(&w, rf_plan_text(plan, plan->recording_header), recording);
	if (body.len > 0)
		rf_write_header(&w, RF_H_CONTENT_TYPE, type);
	rf_write_body(&w, body);
	return rf_bytes_end(s, &w);
}

void
rf_route_compose_invite(struct rf_step *s)
{
	struct rf_leg *leg = s->leg;
	struct rf_dialog *d = s->dialog;
	struct rf_step inner = *s;
	struct rf_slice type;
	inner.route = rf_route_at(s->e, leg->route);
	assert(inner.route != NULL);
	assert(d != NULL);
	inner.refer = inner.route->owner_kind == RF_KIND_REFER ?
	    rf_refer_at(s->e, inner.route->owner) : NULL;
	struct rf_path path = d->path;
	struct rf_slice body = offer_for(&inner, leg, &type);
	uint32_t cseq = d->local_cseq;
	const struct rf_drbg draws = rf_call_draws(s->call);
	uint64_t branch = rf_draw(&draws, d->local_tag, RF_DRAW_BRANCH, cseq) | 1;
	leg->late = body.len == 0;
	d->invite_cseq = cseq;
	struct rf_slice bytes = write_invite(&inner, leg, d, cseq, branch, &path, type, body);
	if (path.remote.proto == RF_UDP && !inner.route->stream_failed &&
	    rf_prefers_stream(s->e, bytes.len)) {
		inner.route->over_stream = true;        /* RFC 3261 18.1.1 */
		path.remote.proto = RF_TCP;
		path.local = *rf_stream_beside(s->e, &path.local);
		d->path = path;
		bytes = write_invite(&inner, leg, d, cseq, branch, &path, type, body);
	}
	struct rf_txn *ict =
	    rf_client_open(s, &(struct rf_client_request){ .method = RF_METHOD_INVITE,
				  .branch = branch,
				  .cseq = cseq,
				  .bytes = bytes,
				  .path = path,
				  .identity = rf_dialog_text(s->e, d, RF_DT_IDENTITY),
				  .owner_kind = RF_KIND_LEG,
				  .owner = rf_leg_ref(s->e, leg),
				  .session = s->call->session,
				  .leg_number = leg->number,
				  .has_body = body.len > 0 });
	if (ict == NULL)
		rf_raise(s, RF_MACHINE_LEG, rf_leg_ref(s->e, leg), RF_LEG_RX_FAILURE, 503, 0);
	else
		leg->client = rf_txn_ref(s->e, ict);
}
