/* SPDX-License-Identifier: BSD-2-Clause */
/* grammar/sipfrag.rl -- the status in a NOTIFY's message/sipfrag, RFC 3420 and RFC 3515 2.4.5.
 *
 * Liberal about line ends and blanks, because the end of a transfer hangs on this line; never
 * about the number: three digits and no more, or a large one could wrap into a success. */
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
