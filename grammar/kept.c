/* SPDX-License-Identifier: BSD-2-Clause */
/* grammar/kept.c -- values of a message that are parsed when somebody asks, once.
 *
 * No value is parsed for nobody, and none for the second time: most messages pass without anybody
 * wanting their Contact, and of a REFER three want its Refer-To. */
#include <assert.h>

#include "grammar/internal.h"

enum asked { NEVER, GOOD, BAD };
enum part { WHOLE, ELEMENT };

/* A list may be spread over several fields, and the first ones may be empty. */
static struct rf_slice
first_value(const struct rf_message *m, enum rf_header_id id, enum part part)
{
	struct rf_slice element;
	if (part == WHOLE)
		return rf_message_value(m, id);
	for (const struct rf_header *h = rf_message_header(m, id); h != NULL;
	     h = rf_message_next(m, h)) {
		struct rf_slice rest = h->value;
		if (rf_list_next(&rest, &element))
			return element;
	}
	return (struct rf_slice){ 0 };
}

#define KEPT(header, noun, type, parser, part)                                                     \
	const type *rf_message_##noun(struct rf_message *m)                                        \
	{                                                                                          \
		assert(m != NULL);                                                                 \
		uint8_t *asked = &m->asked[RF_KEPT_##header];                                      \
		if (m->first[RF_H_##header] == 0)                                                  \
			return NULL;                                                               \
		if (*asked == NEVER)                                                               \
			*asked = parser(&m->kept.noun, first_value(m, RF_H_##header, part)) ?      \
			    GOOD : BAD;                                                            \
		return *asked == GOOD ? &m->kept.noun : NULL;                                      \
	}
#include "grammar/kept.def"
#undef KEPT
