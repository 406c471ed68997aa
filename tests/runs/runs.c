/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/runs/runs.c -- what the value machines make of files and of every file with one byte
 * damaged, as a sum a file.
 *
 * Linked twice: with the grammar as it is, and with one whose runs (abnf_runs.rl) do nothing, so
 * that every byte goes through its machine.  tests/runs/runs.sh wants the same sums. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "grammar/grammar.h"

enum { INPUT_MAX = 8 * 1024 };

static uint64_t sum;

static void
sum_add(uint64_t value)
{
	sum = (sum ^ value) * UINT64_C(0x100000001b3);
}

static void
sum_slice(struct rf_slice in, struct rf_slice s)
{
	sum_add(s.len == 0 ? 0 : (uint64_t)(s.p - in.p) << 32 | s.len);
}

static void
lists_sum(struct rf_slice in)
{
	struct rf_slice rest = in;
	struct rf_name_addr address;
	struct rf_via via;
	while (rest.len > 0 && rf_name_addr_next(&rest, &address)) {
		sum_slice(in, address.all);
		sum_slice(in, address.display);
		sum_slice(in, address.params);
		sum_slice(in, address.tag);
		sum_slice(in, address.uri.user);
		sum_slice(in, address.uri.host);
		sum_slice(in, address.uri.params);
		sum_add(address.uri.port);
	}
	for (rest = in; rest.len > 0 && rf_via_next(&rest, &via);) {
		sum_slice(in, via.all);
		sum_slice(in, via.host);
		sum_slice(in, via.branch);
		sum_slice(in, via.received);
		sum_add(via.rport_value);
	}
}

static void
values_sum(struct rf_slice in)
{
	struct rf_uri uri;
	struct rf_auth auth;
	struct rf_media_type media;
	for (unsigned id = RF_H_OTHER; id < RF_H_MAX; id++)
		sum_add(rf_value_parses((enum rf_header_id)id, in));
	lists_sum(in);
	if (rf_uri_parse(&uri, in)) {
		sum_slice(in, uri.user);
		sum_slice(in, uri.host);
		sum_slice(in, uri.params);
		sum_slice(in, uri.headers);
	}
	if (rf_auth_parse(&auth, in)) {
		sum_slice(in, auth.realm);
		sum_slice(in, auth.nonce);
		sum_slice(in, auth.rest);
	}
	if (rf_media_type_parse(&media, in))
		sum_slice(in, media.params);
}

/* A seed of one value; those of fuzz_headers begin with a byte that is none of it. */
static void
input_sum(struct rf_slice in)
{
	values_sum(in);
	if (in.len > 0)
		values_sum((struct rf_slice){ in.p + 1, in.len - 1 });
}

static void
message_sum(struct rf_slice in)
{
	static struct rf_message m;
	const char *why;
	sum_add(rf_message_parse(&m, in, &why));
	for (uint32_t i = 0; i < m.count; i++)
		sum_add(rf_value_parses((enum rf_header_id)m.header[i].id, m.header[i].value));
}

int
main(int argc, char **argv)
{
	static const char bad[] = { '\0', '\r', '\n', ' ', '"', '<', '>', ';', ',', '%', ':', '=',
		'@', '[', '-', '.', '/', '\\', '0', 'a', (char)0xff };
	static char text[INPUT_MAX];
	for (int i = 1; i < argc; i++) {
		FILE *file = fopen(argv[i], "rb");
		if (file == NULL)
			return 2;
		uint32_t len = (uint32_t)fread(text, 1, sizeof(text), file);
		fclose(file);
		struct rf_slice in = { text, len };
		bool is_message = len > 200;
		sum = UINT64_C(0xcbf29ce484222325);
		for (uint32_t at = 0; at < len; at++) {
			char was = text[at];
			for (size_t j = 0; j < sizeof(bad); j += is_message ? 7 : 1) {
				text[at] = bad[(j + at) % sizeof(bad)];
				if (is_message)
					message_sum(in);
				else
					input_sum(in);
			}
			text[at] = was;
		}
		printf("%s %016llx\n", argv[i], (unsigned long long)sum);
	}
	return 0;
}
