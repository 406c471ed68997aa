/* SPDX-License-Identifier: BSD-2-Clause */
/* grammar/media_type.rl -- the value of Content-Type, RFC 3261 20.15. */
#include "grammar/internal.h"

#pragma GCC diagnostic ignored "-Wimplicit-fallthrough"

%%{
	machine media_type;
	include abnf_addr "grammar/abnf_addr.rl";

	action start { start = p; }
	action type { out->type = rf_cut(start, p); }
	action subtype { out->subtype = rf_cut(start, p); }
	action params { if (params == NULL) params = p; }

	m_parameter     = token EQUAL ( token | field_value | quoted_string );

	# a ';' with nothing behind it is common, and harmless here
	main := token >start %type SLASH token >start %subtype
		( SWS ";" >params SWS m_parameter )* SEMI?;

	write data noerror noentry;
}%%

bool
rf_media_type_parse(struct rf_media_type *out, struct rf_slice in)
{
	in = rf_slice_trim(in);
	const unsigned char *p = (const unsigned char *)in.p, *pe = p + in.len, *eof = pe;
	const unsigned char *start = p, *params = NULL;
	int cs;

	*out = (struct rf_media_type){ 0 };

	%% write init;
	%% write exec;

	if (cs < media_type_first_final)
		return false;
	if (params != NULL)
		out->params = rf_cut(params, pe);
	return true;
}

bool
rf_media_type_is(struct rf_slice content_type, const char *type, const char *subtype)
{
	struct rf_media_type media;
	return rf_media_type_parse(&media, content_type) &&
	    rf_slice_equal_nocase(media.type, rf_slice_of(type)) &&
	    rf_slice_equal_nocase(media.subtype, rf_slice_of(subtype));
}
