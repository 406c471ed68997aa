/* SPDX-License-Identifier: BSD-2-Clause */
/* webhook/cloudevent.h -- an event as stored becomes a CloudEvents 1.0 message in structured mode.
 *
 * A function of the stored event alone: the same bytes in every attempt and after every restart. */
#ifndef RF_WEBHOOK_CLOUDEVENT_H
#define RF_WEBHOOK_CLOUDEVENT_H

#include "engine/types.h"

enum { RF_CLOUDEVENT_ID_MAX = 64 };

struct rf_cloudevent {
	char id[RF_CLOUDEVENT_ID_MAX];          /* SESSION-SEQUENCE: the key of every attempt */
	char *call_id, *from_tag;               /* raw; NULL: the event has none */
	char *body;                             /* NUL-terminated */
	uint32_t body_len;
};

/* `event`: a JSON object as the engine records it.  `source`: who says so, a URI reference.  False:
 * it is none, or no memory.  rf_cloudevent_fini after true only. */
bool rf_cloudevent_write(struct rf_cloudevent *out, struct rf_slice event, const char *source);
void rf_cloudevent_fini(struct rf_cloudevent *);

#endif
