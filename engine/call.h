/* SPDX-License-Identifier: BSD-2-Clause */
/* engine/call.h -- sessions. */
#ifndef RF_ENGINE_CALL_H
#define RF_ENGINE_CALL_H

#include "engine/state.h"

enum rf_call_event {
#define EVENT(n, s, m) RF_CALL_##n,
#include "engine/call.def"
};
enum rf_call_state {
#define STATE(n, k, m) RF_CALL_IS_##n,
#include "engine/call.def"
};

/* A new INVITE outside of any dialog: a session, or 503 when there is no room for one. */
void rf_call_begin(struct rf_step *, struct rf_txn *server);
/* The answer to a question of the call's (s->event). */
void rf_call_answered(struct rf_step *, rf_ref call, uint8_t question);
/* The generator of a session's own identifiers: of its secret and not of the engine's seed, so
 * that a session that outlives the process goes on drawing the same ones. */
struct rf_drbg rf_call_draws(const struct rf_call *);
/* The session of that number, or 0. */
rf_ref rf_call_find(const struct rf_engine *, uint64_t session);

/* Questions: what was asked is in the upper two bits, which one in the lower six. */
enum {
	RF_ASKED_PLAN = 1 << 6,
	RF_ASKED_STORE = 2 << 6,
	RF_ASKED_NAME = 3 << 6,
	RF_ASKED_MASK = 3 << 6
};
/* The next question: changes *last and returns it. */
uint8_t rf_question(uint8_t *last, unsigned what);

#endif
