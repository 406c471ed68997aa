/* SPDX-License-Identifier: BSD-2-Clause */
/* app/reconcile_match.h -- whose a record is. */
#ifndef RF_APP_RECONCILE_MATCH_H
#define RF_APP_RECONCILE_MATCH_H

#include "app/reconcile_index.h"

struct rf_reconcile_match {
	enum rf_reconcile_key key;              /* NONE: nobody's */
	struct rf_our_call *call;
	struct rf_our_transfer *transfer;       /* NULL: a call, or none was promised */
	struct rf_our_leg *leg;                 /* of a call; NULL: by its number */
	bool again;                             /* it was claimed before */
};

/* By all keys but target and time, the strictest that finds anything.  Claims what it found. */
struct rf_reconcile_match rf_reconcile_match(
    struct rf_reconcile_index *, const struct rf_platform_record *);

#endif
