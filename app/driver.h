/* SPDX-License-Identifier: BSD-2-Clause */
/* app/driver.h -- the engine in the real world: effects become sockets, names, plans and commits;
 * what comes back becomes events.  The simulator has the same loop around the same engine. */
#ifndef RF_APP_DRIVER_H
#define RF_APP_DRIVER_H

#include <event2/event.h>

#include "app/blackbox.h"
#include "app/config.h"
#include "app/ladder.h"
#include "app/log.h"
#include "app/outbox.h"
#include "app/reconcile_job.h"
#include "engine/engine.h"
#include "journal/writer.h"
#include "policy/policy.h"
#include "store/store.h"
#include "tools/fsm_rows.h"
#include "transport/resolve.h"
#include "transport/transport.h"

struct rf_driver;

/* Everything started and listening; NULL and a sentence in error. */
struct rf_driver *rf_driver_new(struct event_base *, const struct rf_config *, struct rf_log *,
    char error[256]);
void rf_driver_free(struct rf_driver *);
/* No new work; `idle` is called once when the last session is gone. */
void rf_driver_drain(struct rf_driver *, void (*idle)(void *user), void *user);
/* An operator ends a session; false, and why not in reply. */
bool rf_driver_end_session(struct rf_driver *, uint64_t session, char reply[128]);

/* What an operator decides of dead letters, all of them if number is 0; `judged` says whether it
 * is durable.  False: another one is under way. */
typedef void rf_driver_judged_fn(void *user, bool stored);
bool rf_driver_judge(struct rf_driver *, enum rf_store_verdict, int64_t number,
    rf_driver_judged_fn *judged, void *user);
/* Whoever waited does not any more. */
void rf_driver_judged_by_nobody(struct rf_driver *);

/* For who only reads. */
const struct rf_outbox *rf_driver_outbox(const struct rf_driver *); /* NULL: there is none */
const struct rf_reconcile_job *rf_driver_reconcile(const struct rf_driver *); /* NULL: none */
const struct rf_engine *rf_driver_engine(const struct rf_driver *);
const struct rf_transports *rf_driver_transports(const struct rf_driver *);
const struct rf_ladder *rf_driver_ladder(const struct rf_driver *);
const struct rf_fsm_rows *rf_driver_rows(const struct rf_driver *);
const struct rf_store *rf_driver_store(const struct rf_driver *);
struct rf_journal *rf_driver_journal(const struct rf_driver *); /* NULL: none is kept */
struct rf_blackbox *rf_driver_blackbox(const struct rf_driver *); /* NULL: there is none */
uint64_t rf_driver_poisoned_dropped(const struct rf_driver *);
const struct rf_policy *rf_driver_policy(const struct rf_driver *);
const struct rf_config *rf_driver_config(const struct rf_driver *);
bool rf_driver_draining(const struct rf_driver *);

#endif
