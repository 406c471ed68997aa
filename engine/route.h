/* SPDX-License-Identifier: BSD-2-Clause */
/* engine/route.h -- reaching somebody by a plan: targets, addresses, back-off, overflow, ivr. */
#ifndef RF_ENGINE_ROUTE_H
#define RF_ENGINE_ROUTE_H

#include "engine/state.h"

enum rf_route_event {
#define EVENT(n, s, m) RF_ROUTE_##n,
#include "engine/route.def"
};
enum rf_route_state {
#define STATE(n, k, m) RF_ROUTE_IS_##n,
#include "engine/route.def"
};

/* A route for a call or a transfer; the plan is copied.  NULL: no room. */
struct rf_route *rf_route_new(
    struct rf_step *, enum rf_kind owner_kind, rf_ref owner, const struct rf_plan *);
void rf_route_free(struct rf_step *, rf_ref);
/* The answer to a RESOLVE (s->event). */
void rf_route_answered(struct rf_step *, rf_ref, uint8_t question);

const struct rf_plan *rf_route_plan(const struct rf_engine *, const struct rf_route *);
/* Wrap-up code of the failover row for that status; empty: none. */
struct rf_slice rf_route_wrap_up(
    const struct rf_engine *, const struct rf_route *, uint16_t status);
/* Did that row say: to the ivr? */
bool rf_route_wants_ivr(const struct rf_engine *, const struct rf_route *);
bool rf_route_has_ivr(const struct rf_engine *, const struct rf_route *);
/* URI of the target being tried. */
struct rf_slice rf_route_target(const struct rf_engine *, const struct rf_route *);
/* Its queue, and the recording policy of whoever is tried; empty: none.  The ivr has those of the
 * target before it: what was to be recorded still is. */
struct rf_slice rf_route_queue(const struct rf_engine *, const struct rf_route *);
struct rf_slice rf_route_recording_policy(const struct rf_engine *, const struct rf_route *);

/* invite.c: writes and sends the INVITE of s->leg for its route. */
void rf_route_compose_invite(struct rf_step *);

#endif
