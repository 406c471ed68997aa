/* SPDX-License-Identifier: BSD-2-Clause */
/* sim/sip.h -- the parties' and checkers' own reading of SIP text.
 *
 * Written from RFC 3261 and not from grammar/: a world that read messages with the engine's parser
 * would agree with its mistakes.  Small and strict; it must never know the engine. */
#ifndef RF_SIM_SIP_H
#define RF_SIM_SIP_H

#include <stdbool.h>
#include <stdint.h>

#include "grammar/slice.h"

enum {
	SIP_FIELDS_MAX = 96,
	SIP_BYTES_MAX = 20 * 1024, /* more than referee takes: too long is a test, too */
};

struct sip_field {
	struct rf_slice name, value;
	uint32_t key; /* of the long name, for finding it; 0: not read from a message */
};
struct sip_text {
	struct rf_slice all, body;
	bool is_request;
	struct rf_slice method, uri; /* request; method: of CSeq in a response */
	uint32_t status;             /* response */
	uint32_t cseq;
	uint32_t count;
	struct sip_field field[SIP_FIELDS_MAX];
};

/* False: no SIP message, or one without CSeq. */
bool sip_read(struct sip_text *, struct rf_slice bytes);
/* The n-th header field with that long name (compact forms are found, too); empty: there is none.
 */
struct rf_slice sip_value(const struct sip_text *, const char *name);
struct rf_slice sip_value_at(const struct sip_text *, const char *name, uint32_t n);
uint32_t sip_count(const struct sip_text *, const char *name);
bool sip_is(struct rf_slice, const char *text); /* case matters */
/* Is it the field of that long name, in whatever form? */
bool sip_field_is(const struct sip_field *, const char *name);
/* The compact form of a name; NULL: there is none. */
const char *sip_compact(struct rf_slice name);

/* The value of ";name=value" behind the address of a header; empty: none. */
struct rf_slice sip_param(struct rf_slice value, const char *name);
struct rf_slice sip_tag(const struct sip_text *, const char *header);
struct rf_slice sip_branch(const struct sip_text *);
/* The URI of a name-addr or addr-spec, and the value without the parameters behind the address. */
struct rf_slice sip_address_uri(struct rf_slice value);
struct rf_slice sip_without_params(struct rf_slice value);
/* The status line inside a message/sipfrag body; 0: none. */
uint32_t sip_frag_status(struct rf_slice body);

/* What a ladder wants to know of SDP. */
struct sip_media {
	struct rf_slice ip, port;
	const char *direction;
};
bool sip_media_read(struct sip_media *, struct rf_slice body);

/* 0 on anything that is not a number. */
uint32_t sip_number(struct rf_slice);

/* A growing line of text over memory of the caller's; too long is a programmer's mistake. */
struct sip_out {
	char *p;
	uint32_t len, max;
};
void sip_put(struct sip_out *, const char *format, ...) __attribute__((format(printf, 2, 3)));
#define SIP_SLICE(s) (int)(s).len, (s).p /* for "%.*s" */

#endif
