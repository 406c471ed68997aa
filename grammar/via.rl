/* SPDX-License-Identifier: BSD-2-Clause */
/* grammar/via.rl -- one Via, RFC 3261 20.42 with the rport of RFC 3581.
 *
 * received and branch are taken as they come (RFC 5118 4.5: an IPv6 address with or without its
 * brackets): they are echoed and compared, never resolved. */
#include <assert.h>
#include <string.h>

#include "grammar/internal.h"

#pragma GCC diagnostic ignored "-Wimplicit-fallthrough"

/* A blank before '=' makes a parameter end twice, the first time without its value. */
static void
param_take(struct rf_via *out, struct rf_slice name, struct rf_slice value)
{
	if (RF_IS(name, "branch")) {
		if (out->branch.len == 0)
			out->branch = value;
	} else if (RF_IS(name, "received")) {
		if (out->received.len == 0)
			out->received = value;
	} else if (RF_IS(name, "rport")) {
		out->rport = true;
		out->rport_text = value;
	}
}

%%{
	machine via;
	include abnf_runs "grammar/abnf_runs.rl";

	action start { start = p; }
	action transport { out->transport_text = rf_cut(start, p); }
	action host { out->host = rf_cut(start, p); }
	action port { port = rf_cut(start, p); }
	action param { if (params == NULL) params = p; if (++count > RF_PARAMS_MAX) fbreak; }
	action more { fbreak; }
	action name { name = rf_cut(start, p); value = (struct rf_slice){ 0 }; }
	action value { value = rf_cut(start, p); }
	action took { param_take(out, name, value); }

	sent_protocol   = token_run SLASH token_run SLASH token_run >start %transport;
	sent_by         = host_run >start %host ( COLON port >start %port )?;
	# via-received, via-branch, response-port and the others are all of this form
	via_value       = EQUAL ( value_run >start %value | quoted_run )?;
	via_params      = ( token_run >start %name via_value? ) %took;

	via_rest        = ( SWS ";" >param SWS via_params )* SWS ( "," @more )?;
	# where nearly every Via can begin
	behind_version := token_run >start %transport LWS sent_by via_rest;
	main := sent_protocol LWS sent_by via_rest;

	write data noerror;
}%%

enum rf_transport
rf_transport_find(struct rf_slice text)
{
	if (text.len != 3)
		return RF_TRANSPORT_OTHER;
	switch (rf_lower(text.p[0]) << 16 | rf_lower(text.p[1]) << 8 | rf_lower(text.p[2])) {
	case 'u' << 16 | 'd' << 8 | 'p':
		return RF_UDP;
	case 't' << 16 | 'c' << 8 | 'p':
		return RF_TCP;
	case 't' << 16 | 'l' << 8 | 's':
		return RF_TLS;
	default:
		return RF_TRANSPORT_OTHER;
	}
}

static bool
port_parse(uint16_t *out, struct rf_slice text)
{
	uint64_t value;
	if (text.len == 0)
		return true;
	if (!rf_slice_number(&value, text, UINT16_MAX) || value == 0)
		return false;
	*out = (uint16_t)value;
	return true;
}

bool
rf_via_next(struct rf_slice *rest, struct rf_via *out)
{
	struct rf_slice in = rf_slice_trim(*rest);
	const unsigned char *p = (const unsigned char *)in.p, *pe = p + in.len, *eof = pe;
	const unsigned char *begin = p, *start = p, *params = NULL;
	struct rf_slice port = { 0 }, name = { 0 }, value = { 0 };
	unsigned count = 0;
	uint8_t ip[16];
	int cs;

	*rest = in;
	*out = (struct rf_via){ 0 };

	%% write init;
	if (in.len > 8 && memcmp(p, "SIP/2.0/", 8) == 0) {
		p += 8;
		cs = via_en_behind_version;
	} else {
		assert(cs == via_en_main);
	}
	%% write exec;

	if (cs < via_first_final || count > RF_PARAMS_MAX)
		return false;
	bool more = p[-1] == ',';
	const unsigned char *end = more ? p - 1 : pe;
	out->all = rf_slice_trim(rf_cut(begin, end));
	if (params != NULL)
		out->params = rf_slice_trim(rf_cut(params, end));
	if (out->host.p[0] == '[' && !rf_ip_parse(ip, out->host))
		return false;
	out->transport = rf_transport_find(out->transport_text);
	if (!port_parse(&out->port, port) || !port_parse(&out->rport_value, out->rport_text))
		return false;
	return rf_list_go_on(rest, more ? p : pe, pe, more);
}

bool
rf_via_parse(struct rf_via *out, struct rf_slice in)
{
	return rf_via_next(&in, out) && in.len == 0;
}
