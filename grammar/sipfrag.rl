/* SPDX-License-Identifier: BSD-2-Clause */
/* grammar/sipfrag.rl -- the status in a NOTIFY's message/sipfrag, RFC 3420 and RFC 3515 2.4.5.
 *
 * Liberal about line ends and blanks, because the end of a transfer hangs on this line; never
 * about the number: three digits and no more, or a large one could wrap into a success. */
#include <string.h>

#include "grammar/internal.h"

#pragma GCC diagnostic ignored "-Wimplicit-fallthrough"

%%{
	machine sipfrag;
	include abnf_core "grammar/abnf_core.rl";

	action start { start = p; }
	action status { code = rf_cut(start, p); }
	action reason { phrase = rf_cut(start, p); }
	action done { fbreak; }

	line_end        = 0x0D | 0x0A;
	phrase          = ( any - line_end )*;

	main := line_end* "SIP/2.0"i SP+ ( [1-6] DIGIT{2} ) >start %status
		( WSP phrase >start %reason )? ( line_end @done )?;

	write data noerror noentry;
}%%

bool
rf_sipfrag_parse(uint16_t *status, struct rf_slice *reason, struct rf_slice body)
{
	body = body.len == 0 ? RF_SLICE("") : body;
	const unsigned char *p = (const unsigned char *)body.p, *pe = p + body.len, *eof = pe;
	const unsigned char *start = p;
	struct rf_slice code = { 0 }, phrase = RF_SLICE("");
	uint64_t value;
	int cs;

	%% write init;
	%% write exec;

	if (cs < sipfrag_first_final || !rf_slice_number(&value, code, 699))
		return false;
	*status = (uint16_t)value;
	if (reason != NULL)
		*reason = rf_slice_trim(phrase);
	return true;
}

/* "REFER sip:a@b SIP/2.0": RFC 3420 2 lets a request's line stand there as well. */
static bool
request_line_take(struct rf_sipfrag *out, struct rf_slice line)
{
	struct rf_message m;
	if (rf_start_line_parse(&m, line) != RF_START_REQUEST)
		return false;
	out->method = m.method_text;
	out->request_uri = m.request_uri;
	return true;
}

bool
rf_sipfrag_read(struct rf_sipfrag *out, struct rf_slice body)
{
	struct rf_slice rest = body.len == 0 ? RF_SLICE("") : body;
	struct rf_header h;
	bool clean = true;
	*out = (struct rf_sipfrag){ 0 };
	while (rest.len > 0 && (rest.p[0] == '\r' || rest.p[0] == '\n'))
		rest = (struct rf_slice){ .p = rest.p + 1, .len = rest.len - 1 };
	const char *end = rest.p + rest.len;
	const char *lf = rf_line_end(rest.p, end, &clean);
	struct rf_slice line = rf_slice_trim(rf_slice_between(rest.p, lf == NULL ? end : lf));
	bool is_status = line.len >= 4 && memcmp(line.p, "SIP/", 4) == 0;
	if (is_status && !rf_sipfrag_parse(&out->status, &out->reason, rest))
		return false;
	if (is_status || request_line_take(out, line))
		rest = rf_slice_between(lf == NULL ? end : lf + 1, end);
	rf_fields_split(rest, &out->fields, &out->body);
	if (out->status != 0 || out->method.len > 0)
		return true;
	rest = out->fields;
	return rf_field_next(&rest, &h);
}
