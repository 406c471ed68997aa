/* SPDX-License-Identifier: BSD-2-Clause */
/* app/replay.h -- referee sim replay: what was recorded, through the same engine again. */
#ifndef RF_APP_REPLAY_H
#define RF_APP_REPLAY_H

#include <stdio.h>

#include "app/options.h"
#include "journal/replay.h"

/* Exit status: RF_EXIT_OK, all the same; RF_EXIT_DIVERGED, the first divergence of each segment was
 * shown; RF_EXIT_FAILED, a segment could not be replayed (which is said first). */
int rf_replay_run(const struct rf_options *, FILE *out, FILE *err);

/* ---- replay_words.c: what happened, in the words of the ladder */

/* "message from 192.0.2.9:5060 udp: REFER sip:... SIP/2.0" */
void rf_replay_write_event(FILE *, const struct rf_event *);
/* "send to 192.0.2.9:5060 udp: SIP/2.0 202 Accepted" */
void rf_replay_write_effect(FILE *, const struct rf_effect *);
/* "REFER sip:... to sip:billing@... from 192.0.2.9:5060 udp": what policy is asked about. */
void rf_replay_write_request(FILE *, const struct rf_effect *);
/* "refer SCREENING/POLICY_OK/ELSE -> PROMISING"; false: the record is none of a row. */
bool rf_replay_write_row(FILE *, const struct rf_trace *);

#endif
