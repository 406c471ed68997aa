/* SPDX-License-Identifier: BSD-2-Clause */
/* bench/sizes.c -- bytes of a slot of each pool, as name=bytes: what the gauges of `referee ctl
 * status` are multiplied with. */
#include <stdio.h>

#include "engine/leg.h"
#include "engine/refer.h"
#include "engine/route.h"
#include "engine/state.h"
#include "engine/timers.h"
#include "engine/txn.h"

int
main(void)
{
	printf("call=%zu leg=%zu dialog=%zu refer=%zu subscription=%zu route=%zu txn=%zu "
	    "timer=%zu\n",
	    sizeof(struct rf_call), sizeof(struct rf_leg), sizeof(struct rf_dialog),
	    sizeof(struct rf_refer), sizeof(struct rf_subscription), sizeof(struct rf_route),
	    sizeof(struct rf_txn), sizeof(struct rf_timer));
	return 0;
}
