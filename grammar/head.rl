/* SPDX-License-Identifier: BSD-2-Clause */
/* grammar/head.rl -- "head *( SEMI generic-param )", the shape a dozen header fields share.
 *
 * What the head and the parameters mean is for values.c, which has one function for each field. */
#include "grammar/internal.h"

#pragma GCC diagnostic ignored "-Wimplicit-fallthrough"

%%{
	machine head;
	include abnf_runs "grammar/abnf_runs.rl";

	action start { start = p; }
	action head { *head = rf_cut(start, p); }
	action param { if (first == NULL) first = p; if (++count > RF_PARAMS_MAX) fbreak; }
	action more { fbreak; }

	main := ( token_run | quoted_run ) >start %head ( SWS ";" >param SWS param_run )* SWS
		( "," @more )?;

	write data noerror noentry;
}%%

bool
rf_head_next(struct rf_slice *rest, struct rf_slice *head, struct rf_slice *params)
{
	struct rf_slice in = rf_slice_trim(*rest);
	const unsigned char *p = (const unsigned char *)in.p, *pe = p + in.len, *eof = pe;
	const unsigned char *start = p, *first = NULL;
	unsigned count = 0;
	int cs;

	*rest = in;

	%% write init;
	%% write exec;

	if (cs < head_first_final || count > RF_PARAMS_MAX)
		return false;
	bool more = p[-1] == ',';
	const unsigned char *end = more ? p - 1 : p;
	*params = first == NULL ? rf_cut(end, end) : rf_slice_trim(rf_cut(first, end));
	return rf_list_go_on(rest, p, pe, more);
}
