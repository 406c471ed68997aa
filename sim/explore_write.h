/* SPDX-License-Identifier: BSD-2-Clause */
/* sim/explore_write.h -- what the explorer's parties say, as SIP. */
#ifndef RF_SIM_EXPLORE_WRITE_H
#define RF_SIM_EXPLORE_WRITE_H

#include "sim/explore_world.h"

/* The customer before its INVITE. */
void explore_write_customer(struct explore_party *);
/* Peer, tags and where it can be reached, from its INVITE (as UAS) or its 2xx. */
void explore_remember_dialog(struct explore_party *, const struct sip_text *, bool uas);
bool explore_same_call(const struct explore_party *, const struct sip_text *);
/* An INVITE outside of any dialog; false: it repeats one of a call before. */
bool explore_begin_call(struct explore_party *, const struct sip_text *);
/* The lines that a response echoes; its length. */
uint16_t explore_write_head(const struct sip_text *, char *out, uint32_t max);
/* Composed and put on its way.  The same request has the same bytes each time. */
void explore_write_request(struct explore *, uint32_t who, enum explore_method, uint32_t cseq);
/* head: of explore_write_head, or the whole request. */
void explore_write_response(
    struct explore *, uint32_t who, struct rf_slice head, enum explore_method, uint16_t status);

#endif
