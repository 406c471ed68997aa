/* SPDX-License-Identifier: BSD-2-Clause */
/* grammar/subscription_state.rl -- Subscription-State, RFC 6665 8.2.3.
 *
 * An expires or retry-after that is no number is read as absent: the state is what matters, and a
 * NOTIFY lost for the sake of a parameter is a transfer whose end nobody hears of. */
#include "grammar/internal.h"

#pragma GCC diagnostic ignored "-Wimplicit-fallthrough"

%%{
	machine subscription_state;
	include abnf_addr "grammar/abnf_addr.rl";

	action state { out->state_text = rf_cut(start, p); }
	action params { if (params == NULL) params = p; }

	main := token %state ( SWS ";" >params SWS generic_param )*;

	write data noerror noentry;
}%%

static enum rf_substate
substate_find(struct rf_slice text)
{
	if (rf_slice_equal_nocase(text, RF_SLICE("active")))
		return RF_SUBSTATE_ACTIVE;
	if (rf_slice_equal_nocase(text, RF_SLICE("pending")))
		return RF_SUBSTATE_PENDING;
	if (rf_slice_equal_nocase(text, RF_SLICE("terminated")))
		return RF_SUBSTATE_TERMINATED;
	return RF_SUBSTATE_OTHER;
}

bool
rf_subscription_state_parse(struct rf_subscription_state *out, struct rf_slice in)
{
	in = rf_slice_trim(in);
	const unsigned char *p = (const unsigned char *)in.p, *pe = p + in.len, *eof = pe;
	const unsigned char *start = p, *params = NULL;
	int cs;

	*out = (struct rf_subscription_state){ 0 };

	%% write init;
	%% write exec;

	if (cs < subscription_state_first_final)
		return false;
	out->state = substate_find(out->state_text);
	struct rf_slice rest = { 0 }, name, value;
	if (params != NULL)
		rest = rf_cut(params, pe);
	while (rf_param_next(&rest, &name, &value)) {
		if (rf_slice_equal_nocase(name, RF_SLICE("reason")))
			out->reason = value;
		else if (rf_slice_equal_nocase(name, RF_SLICE("expires")))
			out->has_expires = rf_delta_seconds(&out->expires_s, value);
		else if (rf_slice_equal_nocase(name, RF_SLICE("retry-after")))
			out->has_retry_after = rf_delta_seconds(&out->retry_after_s, value);
	}
	return true;
}
