/* SPDX-License-Identifier: BSD-2-Clause */
/* grammar/replaces.rl -- Replaces, RFC 3891 6.1: exactly one to-tag, exactly one from-tag.
 *
 * Text out of a Refer-To URI must be unescaped by the caller first. */
#include "grammar/internal.h"

#pragma GCC diagnostic ignored "-Wimplicit-fallthrough"

%%{
	machine replaces;
	include abnf_addr "grammar/abnf_addr.rl";

	action call_id { out->call_id = rf_cut(start, p); }
	action params { if (params == NULL) params = p; }

	main := callid %call_id ( SWS ";" >params SWS generic_param )*;

	write data noerror noentry;
}%%

/* A tag given twice names no dialog; so does an empty one. */
static bool
tag_take(struct rf_slice *tag, struct rf_slice value)
{
	if (tag->len > 0 || value.len == 0)
		return false;
	*tag = value;
	return true;
}

bool
rf_replaces_parse(struct rf_replaces *out, struct rf_slice in)
{
	in = rf_slice_trim(in);
	const unsigned char *p = (const unsigned char *)in.p, *pe = p + in.len, *eof = pe;
	const unsigned char *start = p, *params = NULL;
	int cs;

	*out = (struct rf_replaces){ 0 };

	%% write init;
	%% write exec;

	if (cs < replaces_first_final || params == NULL)
		return false;
	struct rf_slice rest = rf_cut(params, pe), name, value;
	while (rf_param_next(&rest, &name, &value)) {
		if (rf_slice_equal_nocase(name, RF_SLICE("to-tag"))) {
			if (!tag_take(&out->to_tag, value))
				return false;
		} else if (rf_slice_equal_nocase(name, RF_SLICE("from-tag"))) {
			if (!tag_take(&out->from_tag, value))
				return false;
		} else if (rf_slice_equal_nocase(name, RF_SLICE("early-only"))) {
			out->early_only = true;
		}
	}
	return out->to_tag.len > 0 && out->from_tag.len > 0;
}
