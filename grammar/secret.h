/* SPDX-License-Identifier: BSD-2-Clause */
/* grammar/secret.h -- where credentials stand in the text of a message, without parsing it.
 *
 * Secrets are: values of header fields whose name ends in Authorization (RFC 3261 20.7, 20.28),
 * also as a header of a URI (19.1.1); passwords in the userinfo of a URI; keys in SDP (RFC 4566
 * 5.12, RFC 4568 9.2).  Found by what stands around them and never by what they are, so that a text
 * and its copy with the secrets blanked have them at the same places, in whatever the text is part
 * of. */
#ifndef RF_GRAMMAR_SECRET_H
#define RF_GRAMMAR_SECRET_H

#include "grammar/slice.h"

/* The next secret at or after *at, which is moved behind it (it starts at 0); false: none left.  A
 * header field's value may be folded: white space within a secret is none of it. */
bool rf_secret_next(struct rf_slice text, uint32_t *at, struct rf_slice *secret);

#endif
