/* SPDX-License-Identifier: BSD-2-Clause */
/* grammar/name_addr.rl -- name-addr / addr-spec of From, To, Contact, Route, Refer-To ...
 *
 * RFC 3261 20 and RFC 8217: outside <> a ';' begins header parameters, and a URI with '?' or ',' is
 * an error rather than a guess. */
#include <string.h>

#include "grammar/internal.h"

#pragma GCC diagnostic ignored "-Wimplicit-fallthrough"

%%{
	machine name_addr;
	include abnf_addr "grammar/abnf_addr.rl";

	action start { start = p; }
	action display { out->display = rf_cut(start, p); }
	action uri_start { start = p; }
	action uri { uri = rf_cut(start, p); }
	action params { if (params == NULL) params = p; }
	action bracket { fbreak; }

	# The RFC wants LWS behind a token, and RFC 4475 3.1.1.6 wants its absence accepted.
	display_name    = token ( LWS token )* | quoted_string;
	name_addr       = ( display_name >start %display )? LAQUOT @bracket;
	addr_spec       = addr_text_bare >uri_start %uri;
	header_params   = ( SWS ";" >params SWS generic_param )*;

	main := name_addr | addr_spec header_params;
}%%

%%{
	machine name_addr_tail;
	include abnf_addr "grammar/abnf_addr.rl";

	action params { if (params == NULL) params = p; }

	main := RAQUOT ( ";" >params SWS generic_param ( SWS ";" SWS generic_param )* )?;

	write data noerror noentry;
}%%

/* From '>' on; *params stays NULL if there are none. */
static bool
tail_parse(const unsigned char *p, const unsigned char *pe, const unsigned char **first)
{
	const unsigned char *params = NULL;
	int cs;

	%% machine name_addr_tail;
	%% write init;
	%% write exec;

	*first = params;
	return cs >= name_addr_tail_first_final;
}

%% machine name_addr;
%% write data noerror noentry;

bool
rf_name_addr_parse(struct rf_name_addr *out, struct rf_slice in)
{
	in = rf_slice_trim(in);
	const unsigned char *p = (const unsigned char *)in.p, *pe = p + in.len, *eof = pe;
	const unsigned char *start = p, *params = NULL;
	struct rf_slice uri = { 0 };
	int cs;

	out->all = in;
	out->display = out->params = (struct rf_slice){ 0 };

	%% write init;
	%% write exec;

	if (cs < name_addr_first_final)
		return false;
	if (p < pe) {                   /* behind '<': uri.rl will read what memchr skips */
		const unsigned char *close = memchr(p, '>', (size_t)(pe - p));
		if (close == NULL || !tail_parse(close, pe, &params))
			return false;
		uri = rf_cut(p, close);
		if (uri.len > 0 && (rf_is_lws(uri.p[0]) || rf_is_lws(uri.p[uri.len - 1])))
			return false;   /* rf_uri_parse trims; RFC 4475 3.1.2.14 would not */
	}
	if (params != NULL)
		out->params = rf_cut(params, pe);
	return rf_uri_parse(&out->uri, uri);
}

struct rf_slice
rf_name_addr_tag(const struct rf_name_addr *address)
{
	struct rf_slice tag = { 0 };
	if (!rf_param_find(address->params, RF_SLICE("tag"), &tag))
		return (struct rf_slice){ 0 };
	return tag;
}

bool
rf_refer_to_parse(struct rf_refer_to *out, struct rf_slice in)
{
	if (!rf_name_addr_parse(&out->address, in))
		return false;
	if (!rf_param_find(out->address.uri.params, RF_SLICE("method"), &out->method))
		out->method = (struct rf_slice){ 0 };
	return true;
}
