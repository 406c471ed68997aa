/* SPDX-License-Identifier: BSD-2-Clause */
/* engine/delivery.h -- events on their way to receivers: a window on the store's backlog (ADR 024).
 *
 * Two machines: one a receiver (delivery by delivery it learns whether the receiver works), one a
 * delivery.  Of each session a receiver has one delivery at a time, so the order is kept. */
#ifndef RF_ENGINE_DELIVERY_H
#define RF_ENGINE_DELIVERY_H

#include "engine/state.h"

enum rf_receiver_event {
#define EVENT(n, s, m) RF_RECEIVER_##n,
#include "engine/receiver.def"
};
enum rf_receiver_state {
#define STATE(n, k, m) RF_RECEIVER_IS_##n,
#include "engine/receiver.def"
};
enum rf_delivery_event {
#define EVENT(n, s, m) RF_DELIVERY_##n,
#include "engine/delivery.def"
};
enum rf_delivery_state {
#define STATE(n, k, m) RF_DELIVERY_IS_##n,
#include "engine/delivery.def"
};

/* The store has deliveries for these receivers (bit n: index n). */
void rf_receiver_news(struct rf_step *, uint64_t receivers);
/* Answers to questions (s->event): FETCH; POST, SETTLE. */
void rf_receiver_answered(struct rf_step *, rf_ref);
void rf_delivery_answered(struct rf_step *, rf_ref, uint8_t question);
/* A slot for that row, which is then OFFERED. */
void rf_delivery_new(struct rf_step *, struct rf_receiver *, const struct rf_outbox_row *);
/* May none go out now? */
bool rf_receiver_holds(const struct rf_engine *, const struct rf_receiver *);
/* How it is treated, defaults filled in. */
struct rf_receiver_rules rf_receiver_rules(const struct rf_engine *, const struct rf_receiver *);

#endif
