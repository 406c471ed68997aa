/* SPDX-License-Identifier: BSD-2-Clause */
/* grammar/uri.rl -- SIP, SIPS and tel URIs into slices; any other scheme is only checked.
 *
 * An '@' may stand in a SIP URI only behind the userinfo, so memchr finds the border between the
 * two machines below: one for both would have the product of their states. */
#include <string.h>

#include "grammar/internal.h"

#pragma GCC diagnostic ignored "-Wimplicit-fallthrough"

%%{
	machine sip_userinfo;
	include abnf_runs "grammar/abnf_runs.rl";

	action user { user_end = p; }

	main := user_run %user ( ":" password )?;

	write data noerror noentry;
}%%

static bool
userinfo_parse(struct rf_uri *out, const unsigned char *p, const unsigned char *pe)
{
	const unsigned char *eof = pe, *begin = p, *user_end = p;
	int cs;

	%% write init;
	%% write exec;

	if (cs < sip_userinfo_first_final)
		return false;
	out->user = rf_cut(begin, user_end);
	if (user_end < pe)
		out->password = rf_cut(user_end + 1, pe);
	return true;
}

%%{
	machine sip_hostport;
	include abnf_runs "grammar/abnf_runs.rl";

	action start { start = p; }
	action host { out->host = rf_cut(start, p); }
	action port { port = rf_cut(start, p); }
	action params { params = p; }
	action headers { headers = p + 1; }

	main := host_run >start %host ( ":" digits_run >start %port )?
		( ( ";" >params uri_param_run ) ( ";" uri_param_run )* )? ( headers >headers )?;

	write data noerror noentry;
}%%

static bool
hostport_parse(struct rf_uri *out, const unsigned char *p, const unsigned char *pe)
{
	const unsigned char *eof = pe, *start = p, *params = NULL, *headers = NULL;
	struct rf_slice port = { 0 };
	uint64_t value = 0;
	uint8_t ip[16];
	int cs;

	%% write init;
	%% write exec;

	if (cs < sip_hostport_first_final)
		return false;
	if (port.len > 0 && (!rf_slice_number(&value, port, UINT16_MAX) || value == 0))
		return false;
	if (out->host.p[0] == '[' && !rf_ip_parse(ip, out->host))
		return false;
	out->port = (uint16_t)value;
	if (params != NULL)
		out->params = rf_cut(params, headers != NULL ? headers - 1 : pe);
	if (headers != NULL)
		out->headers = rf_cut(headers, pe);
	return true;
}

%%{
	machine tel;
	include abnf_runs "grammar/abnf_runs.rl";

	action number { out->user = rf_cut(start, p); }
	action params { params = p; }

	main := telephone_subscriber %number ( ( ";" >params uri_parameter ) uri_parameters )?;

	write data noerror noentry;
}%%

static bool
tel_parse(struct rf_uri *out, const unsigned char *p, const unsigned char *pe)
{
	const unsigned char *eof = pe, *start = p, *params = NULL;
	int cs;

	%% write init;
	%% write exec;

	if (params != NULL)
		out->params = rf_cut(params, pe);
	return cs >= tel_first_final;
}

%%{
	machine absolute_uri;
	include abnf_runs "grammar/abnf_runs.rl";

	main := absoluteURI;

	write data noerror noentry;
}%%

static bool
absolute_uri_parse(const unsigned char *p, const unsigned char *pe)
{
	int cs;

	%% write init;
	%% write exec;

	return cs >= absolute_uri_first_final;
}

/* The scheme, its colon cut off; NULL: none.  Three letters tell what is common. */
static const char *
scheme_take(struct rf_uri *out, struct rf_slice in)
{
	const char *colon = NULL;
	if (in.len > 4) {
		char a = rf_lower(in.p[0]), b = rf_lower(in.p[1]), c = rf_lower(in.p[2]);
		if (a == 's' && b == 'i' && c == 'p') {
			if (in.p[3] == ':') {
				out->scheme = RF_SCHEME_SIP;
				colon = in.p + 3;
			} else if (rf_lower(in.p[3]) == 's' && in.p[4] == ':') {
				out->scheme = RF_SCHEME_SIPS;
				colon = in.p + 4;
			}
		} else if (a == 't' && b == 'e' && c == 'l' && in.p[3] == ':') {
			out->scheme = RF_SCHEME_TEL;
			colon = in.p + 3;
		}
	}
	return colon != NULL || in.len == 0 ? colon : memchr(in.p, ':', in.len);
}

static bool
sip_parse(struct rf_uri *out, const unsigned char *p, const unsigned char *pe)
{
	const unsigned char *at = p == pe ? NULL : memchr(p, '@', (size_t)(pe - p));
	if (at == NULL)
		return hostport_parse(out, p, pe);
	if (at == p)                    /* "sip:@host": against the grammar, sent by some */
		return hostport_parse(out, at + 1, pe);
	return userinfo_parse(out, p, at) && hostport_parse(out, at + 1, pe);
}

bool
rf_uri_parse(struct rf_uri *out, struct rf_slice in)
{
	in = rf_slice_trim(in);
	*out = (struct rf_uri){ .all = in };
	const char *colon = scheme_take(out, in);
	if (colon == NULL)
		return false;
	out->scheme_text = rf_slice_between(in.p, colon);

	const unsigned char *p = (const unsigned char *)colon + 1;
	const unsigned char *pe = (const unsigned char *)in.p + in.len;
	switch (out->scheme) {
	case RF_SCHEME_SIP:
	case RF_SCHEME_SIPS:
		return sip_parse(out, p, pe);
	case RF_SCHEME_TEL:
		return tel_parse(out, p, pe);
	case RF_SCHEME_OTHER:
		break;
	}
	return absolute_uri_parse((const unsigned char *)in.p, pe);
}

enum rf_transport
rf_uri_transport(const struct rf_uri *uri)
{
	struct rf_slice value;
	if (!rf_param_find(uri->params, RF_SLICE("transport"), &value))
		return RF_TRANSPORT_NONE;
	return rf_transport_find(value);
}
