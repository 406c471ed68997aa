/* SPDX-License-Identifier: BSD-2-Clause */
/* fuzz/fuzz_multipart.c -- a Content-Type on the first line, a body behind it. */
#include "fuzz/fuzz.h"

#include "grammar/body.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rf_slice in = fuzz_input(data, size), boundary;
	const char *lf = size == 0 ? NULL : memchr(in.p, '\n', in.len);
	struct rf_part part;
	struct rf_body body, again;
	if (lf == NULL)
		return 0;
	struct rf_slice type = rf_slice_between(in.p, lf);
	struct rf_slice rest = rf_slice_between(lf + 1, in.p + in.len), text = rest;
	if (rf_boundary_find(&boundary, type)) {
		const char *before = rest.p;
		while (rf_part_next(&rest, boundary, &part)) {
			fuzz_inside(text, part.fields);
			fuzz_inside(text, part.body);
			fuzz_inside(part.fields, part.content_type);
			fuzz_promise(rest.p > before, "every part goes forward");
			before = rest.p;
		}
		fuzz_promise(rest.len == 0, "no part is left");
	}
	rf_body_read(&body, type, RF_SLICE(""), text, NULL);
	rf_body_read(&again, type, RF_SLICE(""), text, NULL);
	fuzz_promise(body.status == again.status && body.trust == again.trust, "twice the same");
	return 0;
}
