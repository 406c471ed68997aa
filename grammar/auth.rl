/* SPDX-License-Identifier: BSD-2-Clause */
/* grammar/auth.rl -- credentials and challenges: (Proxy-)Authorization, WWW- and
 * Proxy-Authenticate, RFC 3261 20.7, 20.27, 20.28, 20.44; RFC 8898 for Bearer.
 *
 * One scheme a field, as RFC 3261 7.3.1 has it.  Another scheme than Digest is kept whole. */
#include "grammar/internal.h"

#pragma GCC diagnostic ignored "-Wimplicit-fallthrough"

static void
param_take(struct rf_auth *out, struct rf_slice name, struct rf_slice value)
{
	const struct { struct rf_slice name, *to; } known[] = {
		{ RF_SLICE("username"), &out->username },
		{ RF_SLICE("realm"), &out->realm },
		{ RF_SLICE("nonce"), &out->nonce }, { RF_SLICE("uri"), &out->uri },
		{ RF_SLICE("response"), &out->response },
		{ RF_SLICE("algorithm"), &out->algorithm },
		{ RF_SLICE("cnonce"), &out->cnonce }, { RF_SLICE("opaque"), &out->opaque },
		{ RF_SLICE("qop"), &out->qop }, { RF_SLICE("nc"), &out->nc },
	};
	for (size_t i = 0; i < RF_ARRAY_LEN(known); i++) {
		if (name.len == known[i].name.len && rf_slice_equal_nocase(name, known[i].name)) {
			if (known[i].to->len == 0)
				*known[i].to = value;
			return;
		}
	}
	if (RF_IS(name, "stale"))
		out->stale = RF_IS(value, "true");
}

%%{
	machine auth;
	include abnf_runs "grammar/abnf_runs.rl";

	action start { start = p; }
	action scheme { out->scheme = rf_cut(start, p); }
	action rest { if (rest == NULL) rest = p; }
	action name { name = rf_cut(start, p); }
	action value { any = true; param_take(out, name, rf_cut(start, p)); }
	action quoted { any = true; param_take(out, name, rf_cut(start + 1, p - 1)); }

	auth_value      = token_run >start %value | quoted_run >start %quoted;
	auth_param      = token >start %name EQUAL auth_value;
	token68         = ( alphanum | "-" | "." | "_" | "~" | "+" | "/" )+ "="*;

	main := token >start %scheme
		( LWS ( auth_param ( COMMA auth_param )* | token68 ) >rest SWS )?;

	write data noerror noentry;
}%%

bool
rf_auth_parse(struct rf_auth *out, struct rf_slice in)
{
	in = rf_slice_trim(in);
	const unsigned char *p = (const unsigned char *)in.p, *pe = p + in.len, *eof = pe;
	const unsigned char *start = p, *rest = NULL;
	struct rf_slice name = { 0 };
	bool any = false;
	int cs;

	*out = (struct rf_auth){ 0 };

	%% write init;
	%% write exec;

	if (cs < auth_first_final)
		return false;
	out->digest = RF_IS(out->scheme, "Digest");
	if (out->digest && !any)        /* parameters are all it is */
		return false;
	if (rest != NULL)
		out->rest = rf_slice_trim(rf_cut(rest, pe));
	return true;
}
