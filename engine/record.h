/* SPDX-License-Identifier: BSD-2-Clause */
/* engine/record.h -- what the store keeps of a session: one JSON object per commit. */
#ifndef RF_ENGINE_RECORD_H
#define RF_ENGINE_RECORD_H

#include "engine/state.h"

/* A STORE effect with the record of s->call, and of s->refer unless kind is ESTABLISHED. */
void rf_record(struct rf_step *, enum rf_store_kind, rf_token);

#endif
