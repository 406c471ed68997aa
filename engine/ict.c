/* SPDX-License-Identifier: BSD-2-Clause */
/* engine/ict.c -- guards and actions of the INVITE client transaction; the table is ict.def.
 *
 * What this file must never know: dialogs, and what becomes of a 2xx beyond passing it up. */
#include "engine/txn.h"

#include <assert.h>
#include <stddef.h>

static bool
unreliable(const struct rf_step *s)
{
	return !s->txn->reliable;
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
ack(struct rf_step *s)
{
	struct rf_txn *txn = s->txn;
	bool full = false;
	struct rf_slice bytes = rf_txn_write_ack(s);
	if (!txn->reliable)
		rf_text_set(s->e, &txn->ack, bytes, &full);
	if (!full)                              /* else it is written anew each time */
		rf_text_drop(s->e, &txn->sent);
	rf_txn_emit(s, bytes, false);
}

static void
ack_again(struct rf_step *s)
{
	if (s->txn->ack != 0)
		rf_txn_emit(s, rf_text_get(s->e, s->txn->ack), true);
	else
		rf_txn_emit(s, rf_txn_write_ack(s), true);
}

static void
arm_a(struct rf_step *s)
{
	rf_txn_arm_retransmit(s, RF_TIME_NEVER);
}

static void
arm_b(struct rf_step *s)
{
	rf_txn_arm(s, RF_T_TXN_END, 64 * s->e->config.t1);
}

static void
arm_d(struct rf_step *s)
{
	rf_txn_arm(s, RF_T_TXN_END, 64 * s->e->config.t1);
}

static void
arm_m(struct rf_step *s)
{
	rf_text_drop(s->e, &s->txn->sent);
	rf_txn_arm(s, RF_T_TXN_END, 64 * s->e->config.t1);
}

static void
stop_a(struct rf_step *s)
{
	rf_txn_stop(s, RF_T_TXN_RETRANSMIT);
}

static void
stop(struct rf_step *s)
{
	rf_txn_stop(s, RF_T_TXN_RETRANSMIT);
	rf_txn_stop(s, RF_T_TXN_END);
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

#define FSM ict
#define FSM_DEF "engine/ict.def"
#include "engine/fsm_expand.h"
