/* SPDX-License-Identifier: BSD-2-Clause */
/* engine/ist.c -- guards and actions of the INVITE server transaction; the table is ist.def.
 *
 * What this file must never know: who answers, and that a 2xx is repeated elsewhere
 * (accept.def). */
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

/* RFC 3261 8.2.6.1: a 100, and no other response, carries the request's Timestamp. */
static void
write_timestamp(struct rf_writer *w, const struct rf_message *m)
{
	for (uint32_t i = 0; i < m->count; i++) {
		const struct rf_header *h = &m->header[i];
		if (h->id != RF_H_TIMESTAMP)
			continue;
		rf_write_header(w, RF_H_TIMESTAMP, h->value);
		return;
	}
}

static void
send_100(struct rf_step *s)
{
	struct rf_writer w;
	rf_bytes_begin(s, &w);
	rf_write_response(s, &w, s->txn, 100, 0, false);
	write_timestamp(&w, s->message);
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
arm_g(struct rf_step *s)
{
	rf_txn_arm_retransmit(s, s->e->config.t2);
}

static void
arm_h(struct rf_step *s)
{
	rf_txn_arm(s, RF_T_TXN_END, 64 * s->e->config.t1);
}

static void
arm_i(struct rf_step *s)
{
	rf_text_drop(s->e, &s->txn->sent);
	rf_txn_arm(s, RF_T_TXN_END, s->e->config.t4);
}

static void
arm_l(struct rf_step *s)
{
	rf_text_drop(s->e, &s->txn->sent);
	rf_txn_arm(s, RF_T_TXN_END, 64 * s->e->config.t1);
}

static void
stop_g(struct rf_step *s)
{
	rf_txn_stop(s, RF_T_TXN_RETRANSMIT);
}

static void
pass_up(struct rf_step *s)
{
	rf_tu_request(s, s->txn);
}

static void
pass_ack(struct rf_step *s)
{
	rf_tu_ack(s);
}

static void
tell_done(struct rf_step *s)
{
	rf_tu_server_done(s, s->txn);
}

#define FSM ist
#define FSM_DEF "engine/ist.def"
#include "engine/fsm_expand.h"
