/* SPDX-License-Identifier: BSD-2-Clause */
/* grammar/replaces.rl -- Replaces, RFC 3891 6.1, and Target-Dialog, RFC 4538 7: a Call-ID and
 * exactly one tag of each side.
 *
 * Text out of a Refer-To URI must be unescaped by the caller first. */
#include "grammar/internal.h"

#pragma GCC diagnostic ignored "-Wimplicit-fallthrough"

%%{
	machine dialog_id;
	include abnf_runs "grammar/abnf_runs.rl";

	action call_id { *call_id = rf_cut(start, p); }
	action param { if (first == NULL) first = p; if (++count > RF_PARAMS_MAX) fbreak; }

	main := callid %call_id ( SWS ";" >param SWS param_run )*;

	write data noerror noentry;
}%%

/* The Call-ID and the parameters; there must be some. */
static bool
dialog_id_parse(struct rf_slice *call_id, struct rf_slice *params, struct rf_slice in)
{
	in = rf_slice_trim(in);
	const unsigned char *p = (const unsigned char *)in.p, *pe = p + in.len, *eof = pe;
	const unsigned char *start = p, *first = NULL;
	unsigned count = 0;
	int cs;

	%% write init;
	%% write exec;

	if (cs < dialog_id_first_final || count > RF_PARAMS_MAX || first == NULL)
		return false;
	*params = rf_cut(first, pe);
	return true;
}

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
	struct rf_slice params, name, value;
	*out = (struct rf_replaces){ 0 };
	if (!dialog_id_parse(&out->call_id, &params, in))
		return false;
	while (rf_param_next(&params, &name, &value)) {
		if (RF_IS(name, "to-tag")) {
			if (!tag_take(&out->to_tag, value))
				return false;
		} else if (RF_IS(name, "from-tag")) {
			if (!tag_take(&out->from_tag, value))
				return false;
		} else if (RF_IS(name, "early-only")) {
			out->early_only = true;
		}
	}
	return out->to_tag.len > 0 && out->from_tag.len > 0;
}

bool
rf_target_dialog_parse(struct rf_target_dialog *out, struct rf_slice in)
{
	struct rf_slice params, name, value;
	*out = (struct rf_target_dialog){ 0 };
	if (!dialog_id_parse(&out->call_id, &params, in))
		return false;
	while (rf_param_next(&params, &name, &value)) {
		if (RF_IS(name, "local-tag")) {
			if (!tag_take(&out->local_tag, value))
				return false;
		} else if (RF_IS(name, "remote-tag")) {
			if (!tag_take(&out->remote_tag, value))
				return false;
		}
	}
	return out->local_tag.len > 0 && out->remote_tag.len > 0;
}
