/* SPDX-License-Identifier: BSD-2-Clause */
/* fuzz/fuzz_sipfrag.c -- any bytes as a message/sipfrag. */
#include "fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rf_slice in = fuzz_input(data, size), reason = { 0 }, fields;
	struct rf_sipfrag frag;
	struct rf_header h;
	uint16_t status = 0;
	bool has_status = rf_sipfrag_parse(&status, &reason, in);
	bool reads = rf_sipfrag_read(&frag, in);
	fuzz_promise(!has_status || (status >= 100 && status <= 699), "a status is one");
	fuzz_inside(in, reason);
	if (!reads)
		return 0;
	fuzz_promise(frag.status == 0 || (has_status && frag.status == status),
	    "both readers see one status");
	fuzz_inside(in, frag.reason);
	fuzz_inside(in, frag.method);
	fuzz_inside(in, frag.request_uri);
	fuzz_inside(in, frag.fields);
	fuzz_inside(in, frag.body);
	for (fields = frag.fields; rf_field_next(&fields, &h);) {
		fuzz_inside(frag.fields, h.name);
		fuzz_inside(frag.fields, h.value);
	}
	return 0;
}
