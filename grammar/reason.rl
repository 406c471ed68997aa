/* SPDX-License-Identifier: BSD-2-Clause */
/* grammar/reason.rl -- one element of Reason, RFC 3326 2: protocol, cause, text. */
#include "grammar/internal.h"

#pragma GCC diagnostic ignored "-Wimplicit-fallthrough"

%%{
	machine reason;
	include abnf_addr "grammar/abnf_addr.rl";

	action protocol { out->protocol = rf_cut(start, p); }
	action params { if (params == NULL) params = p; }

	main := token %protocol ( SWS ";" >params SWS generic_param )*;

	write data noerror noentry;
}%%

bool
rf_reason_parse(struct rf_reason *out, struct rf_slice in)
{
	in = rf_slice_trim(in);
	const unsigned char *p = (const unsigned char *)in.p, *pe = p + in.len, *eof = pe;
	const unsigned char *start = p, *params = NULL;
	int cs;

	*out = (struct rf_reason){ 0 };

	%% write init;
	%% write exec;

	if (cs < reason_first_final)
		return false;
	struct rf_slice rest = { 0 }, name, value;
	uint64_t cause;
	if (params != NULL)
		rest = rf_cut(params, pe);
	while (rf_param_next(&rest, &name, &value)) {
		if (rf_slice_equal_nocase(name, RF_SLICE("text"))) {
			out->text = value;
		} else if (rf_slice_equal_nocase(name, RF_SLICE("cause"))) {
			if (!rf_slice_number(&cause, value, UINT16_MAX))
				return false;
			out->has_cause = true;
			out->cause = (uint16_t)cause;
		}
	}
	return true;
}
