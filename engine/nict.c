/* SPDX-License-Identifier: BSD-2-Clause */
/* engine/nict.c -- guards and actions of the non-INVITE client transaction; the table is nict.def.
 *
 * What this file must never know: what the request was for. */
#include "engine/txn.h"

#include <assert.h>
#include <stddef.h>

static bool
unreliable(const struct rf_step *s)
{
	return !s->txn->reliable;
}

static bool
may_return(const struct rf_step *s)
{
	bool stranger = s->event->kind == RF_EV_SEND_FAILED &&
	    s->event->reason == RF_LINK_CERTIFICATE;
	return s->txn->reliable && s->txn->sent != 0 && !stranger;
}

static void
none(struct rf_step *s)
{
	assert(s->txn != NULL);
}

static void
send(struct rf_step *s)
{
	rf_txn_emit(s, rf_txn_out(s), false);
}

static void
resend(struct rf_step *s)
{
	rf_txn_emit(s, rf_text_get(s->e, s->txn->sent), true);
}

static void
arm_e(struct rf_step *s)
{
	rf_txn_arm_retransmit(s, s->e->config.t2);
}

static void
arm_e_slow(struct rf_step *s)
{
	rf_txn_arm(s, RF_T_TXN_RETRANSMIT, s->e->config.t2);
}

static void
arm_f(struct rf_step *s)
{
	rf_txn_arm(s, RF_T_TXN_END, 64 * s->e->config.t1);
}

static void
arm_k(struct rf_step *s)
{
	rf_text_drop(s->e, &s->txn->sent);
	rf_txn_arm(s, RF_T_TXN_END, s->e->config.t4);
}

static void
stop_e(struct rf_step *s)
{
	rf_txn_stop(s, RF_T_TXN_RETRANSMIT);
}

static void
pass_up(struct rf_step *s)
{
	rf_txn_pass_up(s);
}

static void
tell_timeout(struct rf_step *s)
{
	rf_txn_tell_failed(s, 408);
}

static void
tell_failed(struct rf_step *s)
{
	rf_txn_tell_failed(s, 503);
}

#define FSM nict
#define FSM_DEF "engine/nict.def"
#include "engine/fsm_expand.h"
