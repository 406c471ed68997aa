/* SPDX-License-Identifier: BSD-2-Clause */
/* grammar/retry_after.rl -- Retry-After, RFC 3261 20.33; the comment in it is for people. */
#include "grammar/internal.h"

#pragma GCC diagnostic ignored "-Wimplicit-fallthrough"

%%{
	machine retry_after;
	include abnf_addr "grammar/abnf_addr.rl";

	action start { start = p; }
	action delay { delay = rf_cut(start, p); }
	action duration { duration = rf_cut(start, p); }

	retry_param     = "duration"i EQUAL delta_seconds >start %duration | generic_param;

	main := delta_seconds >start %delay comment? ( SEMI retry_param )*;

	write data noerror noentry;
}%%

bool
rf_retry_after_parse(struct rf_retry_after *out, struct rf_slice in)
{
	in = rf_slice_trim(in);
	const unsigned char *p = (const unsigned char *)in.p, *pe = p + in.len, *eof = pe;
	const unsigned char *start = p;
	struct rf_slice delay = { 0 }, duration = { 0 };
	int cs;

	*out = (struct rf_retry_after){ 0 };

	%% write init;
	%% write exec;

	if (cs < retry_after_first_final)
		return false;
	out->has_duration = rf_delta_seconds(&out->duration_s, duration);
	return rf_delta_seconds(&out->delay_s, delay);
}
