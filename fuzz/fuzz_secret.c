/* SPDX-License-Identifier: BSD-2-Clause */
/* fuzz/fuzz_secret.c -- where credentials stand in any bytes: a text and its copy with the secrets
 * blanked have them at the same places. */
#include "fuzz/fuzz.h"

#include "grammar/secret.h"

enum { TEXT_MAX = 64 * 1024 };

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char blanked[TEXT_MAX];
	struct rf_slice in = fuzz_input(data, size), copy = { blanked, in.len }, secret, again;
	uint32_t at = 0, at_again = 0;
	if (size == 0 || size > TEXT_MAX)
		return 0;
	memcpy(blanked, in.p, in.len);
	for (uint32_t before = 0; rf_secret_next(in, &at, &secret); before = at) {
		fuzz_inside(in, secret);
		fuzz_promise(at >= before && at <= in.len, "the search goes forward");
		for (uint32_t i = 0; i < secret.len; i++) {
			if (memchr(" \t\r\n", secret.p[i], 4) == NULL)
				blanked[secret.p - in.p + i] = 'x';
		}
	}
	for (at = 0; rf_secret_next(in, &at, &secret);) {
		fuzz_promise(rf_secret_next(copy, &at_again, &again), "no secret is lost");
		fuzz_promise(secret.p - in.p == again.p - copy.p && secret.len == again.len,
		    "blanking moves no secret");
	}
	fuzz_promise(!rf_secret_next(copy, &at_again, &again), "blanking makes no secret");
	return 0;
}
