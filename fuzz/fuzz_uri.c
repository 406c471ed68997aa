/* SPDX-License-Identifier: BSD-2-Clause */
/* fuzz/fuzz_uri.c -- one URI, or two on two lines: parsed, spelled anew, compared. */
#include "fuzz/fuzz.h"

enum { SPELLED_MAX = 256 * 1024 };

static void
walk(const struct rf_uri *uri)
{
	static char text[SPELLED_MAX];
	struct rf_slice rest = uri->params, name, value;
	while (rf_param_next(&rest, &name, &value))
		fuzz_inside(uri->params, name);
	rest = uri->headers;
	while (rf_uri_header_next(&rest, &name, &value)) {
		int32_t len = rf_unescape(text, sizeof(text), value);
		fuzz_promise(len <= (int32_t)value.len, "unescaping makes nothing longer");
	}
	(void)rf_uri_transport(uri);
	struct rf_writer w;
	rf_writer_init(&w, text, sizeof(text));
	(void)rf_write_number_of(&w, uri->user);
}

static struct rf_slice
spell(char *memory, const struct rf_uri *uri)
{
	struct rf_writer w;
	rf_writer_init(&w, memory, SPELLED_MAX);
	rf_write_uri(&w, uri);
	fuzz_promise(!w.overflow || uri->all.len > SPELLED_MAX / 4, "there is room");
	return rf_written(&w);
}

/* One spelling: it parses, means the same, and is its own spelling. */
static void
spelling_is_kept(const struct rf_uri *uri)
{
	static char first[SPELLED_MAX], second[SPELLED_MAX];
	struct rf_uri again;
	struct rf_slice text = spell(first, uri);
	fuzz_promise(rf_uri_parse(&again, text), "what is spelled anew parses");
	fuzz_promise(rf_slice_equal(spell(second, &again), text), "a spelling is stable");
	bool equal = rf_uri_equal(uri, uri); /* not with too many parameters */
	fuzz_promise(rf_uri_equal(uri, &again) == equal, "a spelling means the same");
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rf_slice in = fuzz_input(data, size);
	if (size == 0 || size > SPELLED_MAX / 8)
		return 0;
	const char *line = memchr(in.p, '\n', in.len), *end = in.p + in.len;
	struct rf_uri a, b;
	uint8_t ip[16];
	char text[48];
	if (rf_ip_parse(ip, in))
		(void)rf_ip_write(text, ip, true);
	if (!rf_uri_parse(&a, rf_slice_between(in.p, line == NULL ? end : line)))
		return 0;
	fuzz_uri_inside(in, &a);
	walk(&a);
	spelling_is_kept(&a);
	if (line != NULL && rf_uri_parse(&b, rf_slice_between(line + 1, end)))
		fuzz_promise(rf_uri_equal(&a, &b) == rf_uri_equal(&b, &a),
		    "equality goes both ways");
	return 0;
}
