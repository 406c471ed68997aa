/* SPDX-License-Identifier: BSD-2-Clause */
/* fuzz/fuzz_json.c -- any bytes as a NOTIFY body in JSON, with and without a partner's mapping. */
#include "fuzz/fuzz_body.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return read_body(RF_SLICE("application/json"), data, size);
}
