/* SPDX-License-Identifier: BSD-2-Clause */
/* sim/pcapng.h -- a run as a capture that Wireshark opens: SIP over synthetic IP, UDP and TCP.
 *
 * It is what a capture on referee's host would show, and what never came there, marked as such.
 * A packet's comment says whose it is, to which call and session it belongs, and what the weather
 * did to it.  TLS is written as plain SIP over TCP, port 5061 as 5060, so that it can be read.  The
 * clock of a run begins at 2000-01-01T00:00:00Z. */
#ifndef RF_SIM_PCAPNG_H
#define RF_SIM_PCAPNG_H

#include <stdio.h>

#include "sim/world.h"

struct pcapng;
/* Begins a file on `out`, which stays the caller's; NULL only without memory. */
struct pcapng *pcapng_new(FILE *out);
/* A world_tap_fn: one packet. */
void pcapng_see(void *pcapng, const struct world *, const struct world_sight *);
/* False: something could not be written. */
bool pcapng_free(struct pcapng *);

#endif
