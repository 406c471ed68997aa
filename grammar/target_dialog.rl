/* SPDX-License-Identifier: BSD-2-Clause */
/* grammar/target_dialog.rl -- Target-Dialog, RFC 4538 7: a dialog by its three names. */
#include "grammar/internal.h"

#pragma GCC diagnostic ignored "-Wimplicit-fallthrough"

%%{
	machine target_dialog;
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
rf_target_dialog_parse(struct rf_target_dialog *out, struct rf_slice in)
{
	in = rf_slice_trim(in);
	const unsigned char *p = (const unsigned char *)in.p, *pe = p + in.len, *eof = pe;
	const unsigned char *start = p, *params = NULL;
	int cs;

	*out = (struct rf_target_dialog){ 0 };

	%% write init;
	%% write exec;

	if (cs < target_dialog_first_final || params == NULL)
		return false;
	struct rf_slice rest = rf_cut(params, pe), name, value;
	while (rf_param_next(&rest, &name, &value)) {
		if (rf_slice_equal_nocase(name, RF_SLICE("local-tag"))) {
			if (!tag_take(&out->local_tag, value))
				return false;
		} else if (rf_slice_equal_nocase(name, RF_SLICE("remote-tag"))) {
			if (!tag_take(&out->remote_tag, value))
				return false;
		}
	}
	return out->local_tag.len > 0 && out->remote_tag.len > 0;
}
