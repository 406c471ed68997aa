/* SPDX-License-Identifier: BSD-2-Clause */
/* app/reconcile_job.h -- reconciliation while calls are carried: looks for a file from time to
 * time, and compares it on a thread of its own, with a connection that only reads. */
#ifndef RF_APP_RECONCILE_JOB_H
#define RF_APP_RECONCILE_JOB_H

#include "app/log.h"
#include "app/reconcile.h"

struct event_base;
struct rf_reconcile_job;

enum { RF_RECONCILE_LOGGED_MAX = 20 };          /* findings of a run that are logged one by one */

#define RF_RECONCILE_COUNTERS(X) X(runs) X(failures)
struct rf_reconcile_gauges {
	struct rf_reconcile_result last;        /* of the last run that came to its end */
	bool running;
#define RF_COUNTER(name) uint64_t name;
	RF_RECONCILE_COUNTERS(RF_COUNTER)
#undef RF_COUNTER
};

/* NULL and a sentence.  Only with reconcile.cdr. */
struct rf_reconcile_job *rf_reconcile_job_new(
    struct event_base *, const struct rf_config *, struct rf_log *, char error[256]);
/* Waits for a run to give up: within a page of the store. */
void rf_reconcile_job_free(struct rf_reconcile_job *);
/* NULL job: all 0. */
void rf_reconcile_job_gauges(const struct rf_reconcile_job *, struct rf_reconcile_gauges *);

#endif
