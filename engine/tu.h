/* SPDX-License-Identifier: BSD-2-Clause */
/* engine/tu.h -- the transaction user: which machine an incoming message, timer or answer is for.
 */
#ifndef RF_ENGINE_TU_H
#define RF_ENGINE_TU_H

#include "engine/state.h"

/* The plan for a request that is answered at once (OPTIONS). */
void rf_tu_planned(struct rf_step *, rf_ref server);
void rf_tu_timer(struct rf_step *, enum rf_kind, rf_ref, unsigned timer);
void rf_tu_command(struct rf_step *);

#endif
