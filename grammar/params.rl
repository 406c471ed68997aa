/* SPDX-License-Identifier: BSD-2-Clause */
/* grammar/params.rl -- walking ";name=value" and "name=value&", and %HH.
 *
 * These run over text another machine has accepted, so they are wider than any one header's
 * grammar (a value may be a token, a host, a quoted string, a URI's paramchars); they still never
 * run on into the next parameter. */
#include <string.h>

#include "grammar/internal.h"

#pragma GCC diagnostic ignored "-Wimplicit-fallthrough"

%%{
	machine param;
	include abnf_runs "grammar/abnf_runs.rl";

	action start { start = p; }
	action name { found_name = rf_cut(start, p); }
	action value { found_value = rf_cut(start, p); }
	action quoted { found_value = rf_cut(start + 1, p - 1); }
	action next { fhold; fbreak; }

	text            = ( 0x21..0xFF - [;,="<>] - 0x7F )+;
	value_text      = ( 0x21..0xFF - [;,"<>] - 0x7F )+;
	one_param       = text >start %name
	                  ( EQUAL ( value_text >start %value | quoted_run >start %quoted )? )?;

	main := SWS ";" SWS one_param SWS ( ";" @next )?;

	write data noerror noentry;
}%%

bool
rf_param_next(struct rf_slice *rest, struct rf_slice *name, struct rf_slice *value)
{
	struct rf_slice in = rf_slice_trim(*rest);
	const unsigned char *p = (const unsigned char *)in.p, *pe = p + in.len, *eof = pe;
	const unsigned char *start = p;
	struct rf_slice found_name = { 0 }, found_value = { 0 };
	int cs;

	%% write init;
	%% write exec;

	if (cs < param_first_final)
		return false;
	*rest = rf_cut(p, pe);
	*name = found_name;
	*value = found_value;
	return true;
}

bool
rf_param_find(struct rf_slice params, struct rf_slice name, struct rf_slice *value)
{
	struct rf_slice found, found_value;
	while (rf_param_next(&params, &found, &found_value)) {
		if (rf_slice_equal_nocase(found, name)) {
			*value = found_value;
			return true;
		}
	}
	return false;
}

bool
rf_uri_header_next(struct rf_slice *rest, struct rf_slice *name, struct rf_slice *value)
{
	if (rest->len == 0)
		return false;
	const char *end = rest->p + rest->len;
	const char *and = memchr(rest->p, '&', rest->len);
	const char *stop = and == NULL ? end : and;
	const char *equal = stop == rest->p ? NULL : memchr(rest->p, '=', (size_t)(stop - rest->p));
	if (equal == NULL || equal == rest->p)
		return false;
	*name = rf_slice_between(rest->p, equal);
	*value = rf_slice_between(equal + 1, stop);
	*rest = rf_slice_between(and == NULL ? end : and + 1, end);
	return true;
}

int32_t
rf_unescape(char *out, uint32_t max, struct rf_slice in)
{
	uint32_t len = 0;
	for (uint32_t i = 0; i < in.len; i++) {
		char c = in.p[i];
		if (c == '%') {
			if (in.len - i < 3)
				return -1;
			int high = rf_hex_digit(in.p[i + 1]), low = rf_hex_digit(in.p[i + 2]);
			if (high < 0 || low < 0)
				return -1;
			c = (char)(high * 16 + low);
			i += 2;
		}
		if (len == max || len == INT32_MAX)
			return -1;
		out[len++] = c;
	}
	return (int32_t)len;
}
