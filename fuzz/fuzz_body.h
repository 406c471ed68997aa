/* SPDX-License-Identifier: BSD-2-Clause */
/* fuzz/fuzz_body.h -- what is promised of a NOTIFY body, whatever its type. */
#ifndef RF_FUZZ_BODY_H
#define RF_FUZZ_BODY_H

#include "fuzz/fuzz.h"
#include "grammar/body.h"

static const struct rf_body_mapping mapping = {
	.json = { "refer.status.code", "*.sip", "legs.*.*" },
	.xml = { "event/{urn:acme}sipStatus", "*/leg/@status", "sip" },
	.alias = { "code=rc, resultCode", "sipStatus=sip" },
};

static void
read_once(struct rf_slice type, struct rf_slice in, const struct rf_body_mapping *with)
{
	struct rf_body body;
	rf_body_read(&body, type, RF_SLICE(""), in, with);
	fuzz_promise(body.status == 0 || (body.status >= 100 && body.status <= 699),
	    "a status is one");
	fuzz_promise((body.status != 0) ==
			 (body.trust == RF_BODY_OK || body.trust == RF_BODY_LENIENT),
	    "what is not trusted says nothing");
	fuzz_promise(body.why != NULL, "there is always a why");
}

static int
read_body(struct rf_slice type, const uint8_t *data, size_t size)
{
	read_once(type, fuzz_input(data, size), NULL);
	read_once(type, fuzz_input(data, size), &mapping);
	return 0;
}

#endif
