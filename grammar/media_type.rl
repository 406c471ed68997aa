/* SPDX-License-Identifier: BSD-2-Clause */
/* grammar/media_type.rl -- Content-Type and the ranges of Accept, RFC 3261 20.15 and 20.1. */
#include "grammar/internal.h"

#pragma GCC diagnostic ignored "-Wimplicit-fallthrough"

%%{
	machine media_type;
	include abnf_runs "grammar/abnf_runs.rl";

	action start { start = p; }
	action type { out->type = rf_cut(start, p); }
	action subtype { out->subtype = rf_cut(start, p); }
	action params { if (params == NULL) params = p; }

	action more { fbreak; }

	m_parameter     = token EQUAL ( value_run | quoted_run );

	# a ';' with nothing behind it is common, and harmless here
	main := token_run >start %type SLASH token_run >start %subtype
		( SWS ";" >params SWS m_parameter )* SWS ( ";" SWS )? ( "," @more )?;

	write data noerror noentry;
}%%

bool
rf_media_range_next(struct rf_slice *rest, struct rf_media_type *out)
{
	struct rf_slice in = rf_slice_trim(*rest);
	const unsigned char *p = (const unsigned char *)in.p, *pe = p + in.len, *eof = pe;
	const unsigned char *start = p, *params = NULL;
	int cs;

	*rest = in;
	*out = (struct rf_media_type){ 0 };

	%% write init;
	%% write exec;

	if (cs < media_type_first_final)
		return false;
	bool more = p[-1] == ',';
	if (params != NULL)
		out->params = rf_slice_trim(rf_cut(params, more ? p - 1 : p));
	return rf_list_go_on(rest, p, pe, more);
}

bool
rf_media_type_parse(struct rf_media_type *out, struct rf_slice in)
{
	return rf_media_range_next(&in, out) && in.len == 0;
}

bool
rf_media_type_is(struct rf_slice content_type, const char *type, const char *subtype)
{
	struct rf_media_type media;
	return rf_media_type_parse(&media, content_type) &&
	    rf_slice_equal_nocase(media.type, rf_slice_of(type)) &&
	    rf_slice_equal_nocase(media.subtype, rf_slice_of(subtype));
}
