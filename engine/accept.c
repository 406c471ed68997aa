/* SPDX-License-Identifier: BSD-2-Clause */
/* engine/accept.c -- our 2xx to an INVITE until its ACK; the table is accept.def.
 *
 * The transaction is over with the 2xx (RFC 6026 keeps it only to absorb), so the repetition is the
 * user's business, over reliable transports as well: there may be an unreliable hop behind them. */
#include "engine/compose.h"
#include "engine/dialog.h"
#include "engine/leg.h"
#include "engine/replace.h"
#include "engine/txn.h"

static void
arm_repeat(struct rf_step *s)
{
	s->leg->interval_ms = (uint32_t)(s->e->config.t1 / RF_MS);
	rf_timer_arm(s->e, RF_KIND_LEG, s->leg, RF_T_LEG_2XX, s->e->config.t1);
}

static void
arm_ack(struct rf_step *s)
{
	rf_timer_arm(s->e, RF_KIND_LEG, s->leg, RF_T_LEG_ACK, 64 * s->e->config.t1);
}

static void
repeat(struct rf_step *s)
{
	struct rf_leg *leg = s->leg;
	struct rf_path path;
	struct rf_slice identity = RF_SLICE("");
	rf_time next = (rf_time)leg->interval_ms * 2 * RF_MS;
	if (next > s->e->config.t2)
		next = s->e->config.t2;
	leg->interval_ms = (uint32_t)(next / RF_MS);
	rf_timer_arm(s->e, RF_KIND_LEG, leg, RF_T_LEG_2XX, next);
	/* The request's own way back; a dead stream is replaced by the flow of the dialog. */
	path = leg->final_path;
	if (path.remote.proto != RF_UDP &&
	    (s->dialog->path.link != path.link || path.link == 0)) {
		rf_dialog_path(s->dialog, &path);
		identity = rf_dialog_text(s->e, s->dialog, RF_DT_IDENTITY);
	}
	if (leg->final != 0)
		rf_send(s, &path, rf_text_get(s->e, leg->final), identity, 0,
		    s->call != NULL ? s->call->session : 0, leg->number, true);
}

static void
stop(struct rf_step *s)
{
	rf_timer_stop(s->e, RF_KIND_LEG, s->leg, RF_T_LEG_2XX);
	rf_timer_stop(s->e, RF_KIND_LEG, s->leg, RF_T_LEG_ACK);
	rf_text_drop(s->e, &s->leg->final);
}

static void
pass_ack(struct rf_step *s)
{
	struct rf_leg *peer = rf_leg_at(s->e, s->leg->peer);
	struct rf_dialog *d = peer != NULL ? rf_dialog_at(s->e, peer->dialog) : NULL;
	rf_leg_take_sdp(s, s->leg);
	if (d == NULL || !rf_leg_owes_answer(s->e, s->leg, peer))
		return;
	peer->ack_owed = false;
	struct rf_slice type = rf_message_value(s->message, RF_H_CONTENT_TYPE);
	struct rf_slice body = rf_leg_sdp(s, peer, type, s->message->body);
	rf_dialog_ack(s, d, d->invite_cseq, type, body);
}

static void
tell_acked(struct rf_step *s)
{
	rf_raise(s, RF_MACHINE_LEG, rf_leg_ref(s->e, s->leg), RF_LEG_ACKED, 0, 0);
	rf_replace_acked(s, s->leg);
}

static void
tell_unacked(struct rf_step *s)
{
	rf_raise(s, RF_MACHINE_LEG, rf_leg_ref(s->e, s->leg), RF_LEG_UNACKED, 408, 0);
	if (s->leg->restored)                           /* its ACK may have come before that */
		rf_replace_acked(s, s->leg);
}

#define FSM accept
#define FSM_DEF "engine/accept.def"
#include "engine/fsm_expand.h"
