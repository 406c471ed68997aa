/* SPDX-License-Identifier: BSD-2-Clause */
/* fuzz/fuzz.h -- what all targets share: the entry point, and how a broken promise is reported.
 *
 * A target checks promises besides what the sanitizers see: slices stay inside the input, what is
 * written parses again, an answer does not depend on how the bytes came in. */
#ifndef RF_FUZZ_FUZZ_H
#define RF_FUZZ_FUZZ_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "grammar/grammar.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A promise; abort() is what libFuzzer, AFL++ and the replayer all understand. */
static inline void
fuzz_promise(bool kept, const char *promise)
{
	if (kept)
		return;
	fprintf(stderr, "broken: %s\n", promise);
	abort();
}

static inline struct rf_slice
fuzz_input(const uint8_t *data, size_t size)
{
	return (struct rf_slice){ (const char *)data, (uint32_t)size };
}

/* An empty slice may point anywhere: to text of our own, or nowhere. */
static inline void
fuzz_inside(struct rf_slice in, struct rf_slice s)
{
	fuzz_promise(s.len == 0 || (s.p >= in.p && s.p + s.len <= in.p + in.len),
	    "a slice stays inside the input");
}

static inline void
fuzz_uri_inside(struct rf_slice in, const struct rf_uri *uri)
{
	fuzz_inside(in, uri->all);
	fuzz_inside(uri->all, uri->scheme_text);
	fuzz_inside(uri->all, uri->user);
	fuzz_inside(uri->all, uri->password);
	fuzz_inside(uri->all, uri->host);
	fuzz_inside(uri->all, uri->params);
	fuzz_inside(uri->all, uri->headers);
}

static inline void
fuzz_address_inside(struct rf_slice in, const struct rf_name_addr *address)
{
	fuzz_inside(in, address->all);
	fuzz_inside(address->all, address->display);
	fuzz_inside(address->all, address->params);
	fuzz_inside(address->all, address->tag);
	fuzz_uri_inside(address->all, &address->uri);
}

static inline void
fuzz_via_inside(struct rf_slice in, const struct rf_via *via)
{
	fuzz_inside(in, via->all);
	fuzz_inside(via->all, via->host);
	fuzz_inside(via->all, via->params);
	fuzz_inside(via->all, via->branch);
	fuzz_inside(via->all, via->received);
	fuzz_inside(via->all, via->transport_text);
}

#endif
