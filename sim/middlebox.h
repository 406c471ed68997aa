/* SPDX-License-Identifier: BSD-2-Clause */
/* sim/middlebox.h -- what carriers and border controllers do to messages on their way.
 *
 * Text in, text out, by sim/sip.h's reading alone.  It keeps no state: a name of the party's gets
 * a mark on its way to referee, a name of referee's another one on its way out, and each loses its
 * mark on the way back.  So every dialog is whole on both sides, and has other names on each. */
#ifndef RF_SIM_MIDDLEBOX_H
#define RF_SIM_MIDDLEBOX_H

#include "sim/sip.h"
#include "sim/weather.h"

/* boxes, *did: bit n is spell kind SPELL_BOX_TAGS + n; *did: what made a difference.  Returns the
 * length written to out; 0: there is no room. */
uint32_t middlebox_rewrite(uint32_t boxes, bool to_referee, const struct sip_text *, char *out,
    uint32_t room, uint32_t *did);

#endif
