/* SPDX-License-Identifier: BSD-2-Clause */
/* grammar/start_line.rl -- Request-Line and Status-Line, RFC 3261 7.1 and 7.2.
 *
 * Strict: one SP between the elements and none behind them.  A line that misses this is still
 * looked at, because a request that can be answered gets its 400 or 505. */
#include <string.h>

#include "grammar/internal.h"

#pragma GCC diagnostic ignored "-Wimplicit-fallthrough"

%%{
	machine request_line;
	include abnf_addr "grammar/abnf_addr.rl";

	action start { start = p; }
	action method { method = rf_cut(start, p); }
	action uri { uri = rf_cut(start, p); }
	action version { version = rf_cut(start, p); }

	main := Method >start %method SP ( 0x21..0xFF - 0x7F )+ >start %uri
		SP SIP_Version >start %version;

	write data noerror noentry;
}%%

%%{
	machine status_line;
	include abnf_addr "grammar/abnf_addr.rl";

	action start { start = p; }
	action status { status = rf_cut(start, p); }
	action reason { reason = rf_cut(start, p); }

	# The phrase is for people: any byte that cannot end the line.  The SP before an empty
	# one is often forgotten.
	Reason_Phrase = ( any - 0x00 - 0x0A - 0x0D )*;
	main := "SIP/2.0"i SP ( [1-6] DIGIT{2} ) >start %status
	        ( SP Reason_Phrase >start %reason )?;

	write data noerror noentry;
}%%

static bool
status_line_parse(struct rf_message *out, struct rf_slice line)
{
	const unsigned char *p = (const unsigned char *)line.p, *pe = p + line.len, *eof = pe;
	const unsigned char *start = p;
	struct rf_slice status = { 0 }, reason = RF_SLICE("");
	uint64_t value;
	int cs;

	%% machine status_line;
	%% write init;
	%% write exec;

	if (cs < status_line_first_final || !rf_slice_number(&value, status, 699))
		return false;
	out->status = (uint16_t)value;
	out->reason = reason;
	return true;
}

/* A line the grammar refused: its last word says whether it was meant to be a request of SIP. */
static enum rf_start_line
request_line_excuse(struct rf_message *out, struct rf_slice line)
{
	struct rf_slice rest = rf_slice_trim(line);
	uint32_t last = rest.len, first = 0;
	while (last > 0 && !rf_is_wsp(rest.p[last - 1]))
		last--;
	while (first < rest.len && !rf_is_wsp(rest.p[first]))
		first++;
	struct rf_slice version = { .p = rest.p + last, .len = rest.len - last };
	struct rf_slice method = { .p = rest.p, .len = first };
	if (last == 0 || !rf_token_is(method) || version.len < 4)
		return RF_START_ALIEN;
	version.len = 4;
	if (!RF_IS(version, "SIP/"))
		return RF_START_ALIEN;
	out->method_text = method;
	out->method = rf_method_find(method);
	return RF_START_MALFORMED;
}

/* What nearly every request line is: a method of ours, one SP, the URI, " SIP/2.0". */
static bool
request_line_is_plain(struct rf_message *out, struct rf_slice line)
{
	static const uint32_t tail = sizeof(" SIP/2.0") - 1;
	const char *end = line.p + line.len;
	const char *space = rf_scan_either(line.p, end, ' ', '\t');
	if (end - space <= (ptrdiff_t)tail + 1 || memcmp(end - tail, " SIP/2.0", tail) != 0)
		return false;
	out->method_text = rf_slice_between(line.p, space);
	out->method = rf_method_find(out->method_text);
	out->request_uri = rf_slice_between(space + 1, end - tail);
	if (out->method == RF_METHOD_OTHER)
		return false;
	/* rf_uri_parse will refuse whatever else does not belong in there */
	return rf_scan_either(space + 1, end - tail, ' ', '\t') == end - tail;
}

static enum rf_start_line
request_line_parse(struct rf_message *out, struct rf_slice line)
{
	const unsigned char *p = (const unsigned char *)line.p, *pe = p + line.len, *eof = pe;
	const unsigned char *start = p;
	struct rf_slice method = { 0 }, uri = { 0 }, version = { 0 };
	int cs;

	%% machine request_line;
	%% write init;
	%% write exec;

	if (cs < request_line_first_final)
		return request_line_excuse(out, line);
	out->method_text = method;
	out->method = rf_method_find(method);
	out->request_uri = uri;
	return RF_IS(version, "SIP/2.0") ? RF_START_REQUEST
								    : RF_START_VERSION;
}

enum rf_start_line
rf_start_line_parse(struct rf_message *out, struct rf_slice line)
{
	out->is_request = line.len < 4 || !rf_alike(line.p, "SIP/", 4);
	if (line.len == 0)
		return RF_START_ALIEN;
	if (out->is_request)
		return request_line_is_plain(out, line) ? RF_START_REQUEST
							: request_line_parse(out, line);
	return status_line_parse(out, line) ? RF_START_RESPONSE : RF_START_ALIEN;
}
