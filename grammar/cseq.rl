/* SPDX-License-Identifier: BSD-2-Clause */
/* grammar/cseq.rl -- CSeq (RFC 3261 20.16) and RAck (RFC 3262 7.2): numbers and a method. */
#include "grammar/internal.h"

#pragma GCC diagnostic ignored "-Wimplicit-fallthrough"

static const uint64_t cseq_max = INT32_MAX;     /* RFC 3261 8.1.1.5: less than 2^31 */

%%{
	machine cseq;
	include abnf_runs "grammar/abnf_runs.rl";

	action start { start = p; }
	action number { number = rf_cut(start, p); }
	action method { method = rf_cut(start, p); }

	main := digits_run >start %number LWS token_run >start %method;

	write data noerror noentry;
}%%

bool
rf_cseq_parse(struct rf_cseq *out, struct rf_slice in)
{
	in = rf_slice_trim(in);
	const unsigned char *p = (const unsigned char *)in.p, *pe = p + in.len, *eof = pe;
	const unsigned char *start = p;
	struct rf_slice number = { 0 }, method = { 0 };
	uint64_t value;
	int cs;

	%% write init;
	%% write exec;

	if (cs < cseq_first_final || !rf_slice_number(&value, number, cseq_max))
		return false;
	*out = (struct rf_cseq){
		.number = (uint32_t)value,
		.method = rf_method_find(method),
		.method_text = method,
	};
	return true;
}

%%{
	machine rack;
	include abnf_runs "grammar/abnf_runs.rl";

	action start { start = p; }
	action rseq { rseq = rf_cut(start, p); }
	action cseq { cseq = rf_cut(start, p); }
	action method { method = rf_cut(start, p); }

	main := digits_run >start %rseq LWS digits_run >start %cseq LWS token_run >start %method;

	write data noerror noentry;
}%%

bool
rf_rack_parse(struct rf_rack *out, struct rf_slice in)
{
	in = rf_slice_trim(in);
	const unsigned char *p = (const unsigned char *)in.p, *pe = p + in.len, *eof = pe;
	const unsigned char *start = p;
	struct rf_slice rseq = { 0 }, cseq = { 0 }, method = { 0 };
	uint64_t rseq_value, cseq_value;
	int cs;

	%% write init;
	%% write exec;

	if (cs < rack_first_final)
		return false;
	if (!rf_slice_number(&rseq_value, rseq, UINT32_MAX))
		return false;
	if (!rf_slice_number(&cseq_value, cseq, cseq_max))
		return false;
	*out = (struct rf_rack){
		.rseq = (uint32_t)rseq_value,
		.cseq = (uint32_t)cseq_value,
		.method = rf_method_find(method),
	};
	return true;
}
