/* SPDX-License-Identifier: BSD-2-Clause */
/* fuzz/fuzz_headers.c -- the value of one header field; the first byte says of which. */
#include "fuzz/fuzz.h"

static void
lists_end(struct rf_slice in)
{
	struct rf_slice rest = in, element;
	struct rf_name_addr address;
	struct rf_via via;
	while (rf_list_next(&rest, &element))
		fuzz_inside(in, element);
	for (rest = in; rest.len > 0 && rf_name_addr_next(&rest, &address);)
		fuzz_address_inside(in, &address);
	for (rest = in; rest.len > 0 && rf_via_next(&rest, &via);)
		fuzz_via_inside(in, &via);
	for (rest = in; rest.len > 0 && rf_token_next(&rest, &element);)
		fuzz_inside(in, element);
}

static void
params_end(struct rf_slice in)
{
	struct rf_slice rest = in, name, value;
	while (rf_param_next(&rest, &name, &value)) {
		fuzz_inside(in, name);
		fuzz_inside(in, value);
	}
}

static void
credentials_stay_inside(struct rf_slice in)
{
	struct rf_auth auth;
	if (!rf_auth_parse(&auth, in))
		return;
	const struct rf_slice all[] = { auth.scheme, auth.rest, auth.username, auth.realm,
		auth.nonce, auth.uri, auth.response, auth.algorithm, auth.cnonce, auth.opaque,
		auth.qop, auth.nc };
	for (size_t i = 0; i < RF_ARRAY_LEN(all); i++)
		fuzz_inside(in, all[i]);
}

/* LWS around a value never matters. */
static void
blanks_do_not_matter(enum rf_header_id id, struct rf_slice in, bool parses)
{
	static char text[RF_MESSAGE_MAX];
	if (in.len + 5 > sizeof(text) || id == RF_H_CALL_ID)
		return;
	memcpy(text, " \r\n ", 4);
	if (in.len > 0)
		memcpy(text + 4, in.p, in.len);
	text[4 + in.len] = '\t';
	fuzz_promise(rf_value_parses(id, (struct rf_slice){ text, in.len + 5 }) == parses,
	    "blanks around a value do not matter");
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	enum rf_header_id id = (enum rf_header_id)(data[0] % RF_H_MAX);
	struct rf_slice in = fuzz_input(data + 1, size - 1);
	bool parses = rf_value_parses(id, in);
	blanks_do_not_matter(id, in, parses);
	switch (id) {
	case RF_H_CONTACT:
	case RF_H_VIA:
	case RF_H_ALLOW:
		lists_end(in);
		break;
	case RF_H_FROM:
		params_end(in);
		break;
	case RF_H_AUTHORIZATION:
		credentials_stay_inside(in);
		break;
	default:
		break;
	}
	return 0;
}
