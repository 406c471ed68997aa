/* SPDX-License-Identifier: BSD-2-Clause */
/* store/pack.h -- snapshots made short for the disk: LZ4 with a dictionary of SIP and SDP
 * (ADR 016).
 *
 * A snapshot is mostly text that every other one has, too, so a dictionary does what a longer text
 * would.  What this file must never know: what a snapshot means. */
#ifndef RF_STORE_PACK_H
#define RF_STORE_PACK_H

#include "grammar/slice.h"

struct rf_packer;

/* NULL: no memory.  Of one thread. */
struct rf_packer *rf_packer_new(void);
void rf_packer_free(struct rf_packer *);
/* The bytes to be stored instead, until the next call; empty: there is nothing to gain. */
struct rf_slice rf_pack(struct rf_packer *, struct rf_slice whole);
/* Writes `len` bytes, as long as the whole was; false: these are not the bytes of such a one. */
bool rf_unpack(struct rf_slice packed, char *whole, uint32_t len);

#endif
