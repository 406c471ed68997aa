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
	include abnf_runs "grammar/abnf_runs.rl";

	action start { start = p; }
	action display { out->display = rf_cut(start, p); }
	action uri { uri = rf_cut(start, p); }
	action bracket { fbreak; }

	# The RFC wants LWS behind a token, and RFC 4475 3.1.1.6 wants its absence accepted.
	display_name    = token ( LWS token )* | quoted_run;
	name_addr       = ( display_name >start %display )? LAQUOT @bracket;
	addr_spec       = addr_text_bare >start %uri;

	main := name_addr | addr_spec ( ( SWS [;,] @bracket ) | SWS );

	write data noerror noentry;
}%%

/* A blank before '=' makes a parameter end twice, the first time without its value. */
static void
param_take(struct rf_name_addr *out, struct rf_slice name, struct rf_slice value)
{
	if (out->tag.len == 0 && RF_IS(name, "tag"))
		out->tag = value;
}

%%{
	machine name_addr_tail;
	include abnf_runs "grammar/abnf_runs.rl";

	action start { start = p; }
	action param { if (params == NULL) params = p; if (++count > RF_PARAMS_MAX) fbreak; }
	action more { fbreak; }
	action name { name = rf_cut(start, p); value = (struct rf_slice){ 0 }; }
	action value { value = rf_cut(start, p); }
	action quoted { value = rf_cut(start + 1, p - 1); }
	action took { param_take(out, name, value); }

	gen_value_run   = EQUAL ( value_run >start %value | quoted_run >start %quoted )?;
	header_param    = ( token_run >start %name gen_value_run? ) %took;

	main := SWS ( ";" >param SWS header_param SWS )* ( "," @more )?;

	write data noerror noentry;
}%%

/* The header parameters, from behind the address on; NULL: they are wrong.  Else where the element
 * ends: at a comma's next byte or at pe. */
static const unsigned char *
tail_parse(struct rf_name_addr *out, const unsigned char *p, const unsigned char *pe)
{
	const unsigned char *eof = pe, *start = p, *params = NULL;
	struct rf_slice name = { 0 }, value = { 0 };
	unsigned count = 0;
	int cs;

	%% machine name_addr_tail;
	%% write init;
	%% write exec;

	if (cs < name_addr_tail_first_final || count > RF_PARAMS_MAX)
		return NULL;
	if (params != NULL)
		out->params = rf_slice_trim(rf_cut(params, p > params && p[-1] == ',' ? p - 1 : p));
	return p;
}

%% machine name_addr;

bool
rf_name_addr_next(struct rf_slice *rest, struct rf_name_addr *out)
{
	struct rf_slice in = rf_slice_trim(*rest), uri = { 0 };
	const unsigned char *p = (const unsigned char *)in.p, *pe = p + in.len, *eof = pe;
	const unsigned char *begin = p, *start = p;
	int cs;

	*rest = in;
	out->display = out->params = out->tag = (struct rf_slice){ 0 };

	%% write init;
	%% write exec;

	if (cs < name_addr_first_final)
		return false;
	if (p[-1] == '<') {             /* uri.rl will read what memchr skips */
		const unsigned char *close = p == pe ? NULL : memchr(p, '>', (size_t)(pe - p));
		if (close == NULL)
			return false;
		uri = rf_cut(p, close);
		if (uri.len > 0 && (rf_is_lws(uri.p[0]) || rf_is_lws(uri.p[uri.len - 1])))
			return false;   /* rf_uri_parse trims; RFC 4475 3.1.2.14 would not */
		p = close + 1;
	} else if (p[-1] == ';' || p[-1] == ',') {
		p--;
	}
	p = tail_parse(out, p, pe);
	if (p == NULL || !rf_uri_parse(&out->uri, uri))
		return false;
	bool more = p[-1] == ',';
	out->all = rf_slice_trim(rf_cut(begin, more ? p - 1 : p));
	return rf_list_go_on(rest, p, pe, more);
}

bool
rf_name_addr_parse(struct rf_name_addr *out, struct rf_slice in)
{
	return rf_name_addr_next(&in, out) && in.len == 0;
}

struct rf_slice
rf_name_addr_tag(const struct rf_name_addr *address)
{
	return address->tag;
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

bool
rf_referred_by_parse(struct rf_referred_by *out, struct rf_slice in)
{
	if (!rf_name_addr_parse(&out->address, in))
		return false;
	if (!rf_param_find(out->address.params, RF_SLICE("cid"), &out->cid))
		out->cid = (struct rf_slice){ 0 };
	return true;
}

bool
rf_route_next(struct rf_slice *rest, struct rf_name_addr *out)
{
	struct rf_slice before = *rest;
	if (!rf_name_addr_next(rest, out))
		return false;
	/* the byte behind the URI is '>' or it stood without brackets */
	const char *end = out->uri.all.p + out->uri.all.len;
	if (end < before.p + before.len && *end == '>')
		return true;
	*rest = before;
	return false;
}

bool
rf_route_parse(struct rf_name_addr *out, struct rf_slice in)
{
	return rf_route_next(&in, out) && in.len == 0;
}

bool
rf_history_next(struct rf_slice *rest, struct rf_history *out)
{
	if (!rf_name_addr_next(rest, &out->address))
		return false;
	if (!rf_param_find(out->address.params, RF_SLICE("index"), &out->index))
		out->index = (struct rf_slice){ 0 };
	return true;
}

bool
rf_diversion_next(struct rf_slice *rest, struct rf_diversion *out)
{
	struct rf_slice counter;
	uint64_t value;
	if (!rf_name_addr_next(rest, &out->address))
		return false;
	if (!rf_param_find(out->address.params, RF_SLICE("reason"), &out->reason))
		out->reason = (struct rf_slice){ 0 };
	out->counter = rf_param_find(out->address.params, RF_SLICE("counter"), &counter) &&
	    rf_slice_number(&value, counter, UINT32_MAX) ? (uint32_t)value : 0;
	return true;
}
