/* SPDX-License-Identifier: BSD-2-Clause */
/* grammar/event.rl -- Event, RFC 6665 8.2.1: a package, its templates, perhaps an id. */
#include "grammar/internal.h"

#pragma GCC diagnostic ignored "-Wimplicit-fallthrough"

%%{
	machine event;
	include abnf_addr "grammar/abnf_addr.rl";

	action package { out->package = rf_cut(start, p); }
	action params { if (params == NULL) params = p; }

	main := event_type %package ( SWS ";" >params SWS generic_param )*;

	write data noerror noentry;
}%%

bool
rf_event_type_parse(struct rf_event_type *out, struct rf_slice in)
{
	in = rf_slice_trim(in);
	const unsigned char *p = (const unsigned char *)in.p, *pe = p + in.len, *eof = pe;
	const unsigned char *start = p, *params = NULL;
	int cs;

	*out = (struct rf_event_type){ 0 };

	%% write init;
	%% write exec;

	if (cs < event_first_final)
		return false;
	if (params == NULL)
		return true;
	out->params = rf_cut(params, pe);
	if (!rf_param_find(out->params, RF_SLICE("id"), &out->id))
		out->id = (struct rf_slice){ 0 };
	return true;
}

%%{
	machine event_list;
	include abnf_addr "grammar/abnf_addr.rl";

	action package { *package = rf_cut(start, p); }
	action more { fbreak; }

	main := event_type %package SWS ( "," @more )?;

	write data noerror noentry;
}%%

bool
rf_event_package_next(struct rf_slice *rest, struct rf_slice *package)
{
	struct rf_slice in = rf_slice_trim(*rest);
	const unsigned char *p = (const unsigned char *)in.p, *pe = p + in.len, *eof = pe;
	const unsigned char *start = p;
	int cs;

	*rest = in;

	%% machine event_list;
	%% write init;
	%% write exec;

	if (cs < event_list_first_final)
		return false;
	return rf_list_go_on(rest, p, pe, p[-1] == ',');
}
