/* SPDX-License-Identifier: BSD-2-Clause */
/* grammar/warning.rl -- Warning, RFC 3261 20.43: three digits, who says so, and what. */
#include "grammar/internal.h"

#pragma GCC diagnostic ignored "-Wimplicit-fallthrough"

%%{
	machine warning;
	include abnf_runs "grammar/abnf_runs.rl";

	action start { start = p; }
	action code { code = rf_cut(start, p); }
	action agent { out->agent = rf_cut(start, p); }
	action text { out->text = rf_cut(start + 1, p - 1); }
	action more { fbreak; }

	warn_code       = DIGIT{3};
	pseudonym       = token;
	warn_agent      = hostport | pseudonym;
	warn_text       = quoted_run;
	warning_value   = warn_code >start %code SP warn_agent >start %agent SP
			  warn_text >start %text;

	main := warning_value SWS ( "," @more )?;

	write data noerror noentry;
}%%

bool
rf_warning_next(struct rf_slice *rest, struct rf_warning *out)
{
	struct rf_slice in = rf_slice_trim(*rest), code = { 0 };
	const unsigned char *p = (const unsigned char *)in.p, *pe = p + in.len, *eof = pe;
	const unsigned char *start = p;
	uint64_t value;
	int cs;

	*rest = in;
	*out = (struct rf_warning){ 0 };

	%% write init;
	%% write exec;

	if (cs < warning_first_final || !rf_slice_number(&value, code, 999))
		return false;
	out->code = (uint16_t)value;
	return rf_list_go_on(rest, p, pe, p[-1] == ',');
}
