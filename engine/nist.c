/* SPDX-License-Identifier: BSD-2-Clause */
/* engine/nist.c -- guards and actions of the non-INVITE server transaction; the table is nist.def.
 *
 * What this file must never know: which method it serves. */
#include "engine/txn.h"

#include <assert.h>
#include <stddef.h>

#include "engine/compose.h"

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
send_100(struct rf_step *s)
{
	struct rf_writer w;
	rf_bytes_begin(s, &w);
	rf_write_response(s, &w, s->txn, 100, 0, false);
	rf_write_body(&w, RF_SLICE(""));
	if (!w.overflow)
		rf_txn_reply(s, rf_bytes_end(s, &w), 100);
}

static void
reply(struct rf_step *s)
{
	rf_txn_reply(s, rf_txn_out(s), s->status);
}

static void
resend(struct rf_step *s)
{
	rf_txn_emit(s, rf_text_get(s->e, s->txn->sent), true);
}

static void
arm_late(struct rf_step *s)
{
	rf_txn_arm(s, RF_T_TXN_RETRANSMIT, s->e->config.t2);
}

static void
arm_give_up(struct rf_step *s)
{
	rf_txn_arm(s, RF_T_TXN_END, 64 * s->e->config.t1);
}

static void
arm_j(struct rf_step *s)
{
	rf_txn_arm(s, RF_T_TXN_END, 64 * s->e->config.t1);
}

static void
stop_late(struct rf_step *s)
{
	rf_txn_stop(s, RF_T_TXN_RETRANSMIT);
}

static void
pass_up(struct rf_step *s)
{
	rf_tu_request(s, s->txn);
}

#define FSM nist
#define FSM_DEF "engine/nist.def"
#include "engine/fsm_expand.h"
