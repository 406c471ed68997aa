/* SPDX-License-Identifier: BSD-2-Clause */
/* grammar/pass.c -- header fields that may travel from one leg to another (R3): an allowlist of
 * names, and a few that no list may name, because they belong to one hop or one dialog. */
#include "grammar/grammar.h"

/* Does the comma separated list of names, "X-A-*" too, hold this one? */
static bool
passes(struct rf_slice list, struct rf_slice name)
{
	struct rf_slice one;
	while (rf_list_next(&list, &one)) {
		if (one.len > 0 && one.p[one.len - 1] == '*') {
			if (name.len >= one.len - 1 &&
			    rf_slice_equal_nocase((struct rf_slice){ name.p, one.len - 1 },
				(struct rf_slice){ one.p, one.len - 1 }))
				return true;
		} else if (rf_slice_equal_nocase(one, name)) {
			return true;
		}
	}
	return false;
}

void
rf_write_passed(struct rf_writer *w, const struct rf_message *m, struct rf_slice list)
{
	uint32_t start = w->len;
	for (uint32_t i = 0; i < m->count; i++) {
		const struct rf_header *h = &m->header[i];
		switch (h->id) { /* never by list: they belong to one hop or dialog */
		case RF_H_VIA: case RF_H_FROM: case RF_H_TO: case RF_H_CALL_ID: case RF_H_CSEQ:
		case RF_H_CONTACT:
		case RF_H_ROUTE:
		case RF_H_RECORD_ROUTE:
		case RF_H_CONTENT_LENGTH:
		case RF_H_CONTENT_TYPE:
		case RF_H_MAX_FORWARDS:
		case RF_H_REQUIRE:
		case RF_H_SUPPORTED:
		case RF_H_ALLOW: case RF_H_REFER_TO: case RF_H_REFERRED_BY: case RF_H_AUTHORIZATION:
		case RF_H_PROXY_AUTHORIZATION:
			continue;
		default:
			break;
		}
		if (passes(list, h->name) &&
		    w->len - start + h->name.len + h->value.len < RF_PASSED_MAX)
			rf_write_header_named(w, h->name, h->value);
	}
}

