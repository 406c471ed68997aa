/* SPDX-License-Identifier: BSD-2-Clause */
/* sim/sipp_export.h -- what one party said and heard in a run, as a scenario for the real SIPp.
 *
 * The other way round of sim/sipp.h: a run that went wrong here is played against the shipped
 * binary, over sockets.  Tags, branches, Call-IDs and addresses become SIPp's keywords, pauses
 * stay, repetitions are left to SIPp's retransmissions.  What was lost on the way can not be lost
 * by SIPp on purpose: such a message is left out, and a comment says so. */
#ifndef RF_SIM_SIPP_EXPORT_H
#define RF_SIM_SIPP_EXPORT_H

#include <stdio.h>

#include "sim/world.h"

enum { SIPP_EXPORT_EVENTS_MAX = 4096 };

struct sipp_export;
/* Listens to that party; NULL only without memory. */
struct sipp_export *sipp_export_new(uint32_t party);
/* A world_tap_fn for world->party_tap. */
void sipp_export_see(void *sipp_export, const struct world *, const struct world_sight *);
/* How many calls (Call-IDs) it took part in. */
uint32_t sipp_export_calls(const struct sipp_export *);
/* Writes the nth of them, from 1.  False: *error says why it cannot be a scenario. */
bool sipp_export_write(
    const struct sipp_export *, uint32_t nth, FILE *out, char error[WORLD_ERROR_MAX]);
void sipp_export_free(struct sipp_export *);

#endif
