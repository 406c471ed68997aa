/* SPDX-License-Identifier: BSD-2-Clause */
/* bench/parse_referee.c -- referee's grammar, by what a caller asks of it: framing alone, what
 * finds a transaction (rf_message_key), what every message gets (rf_message_parse), everything. */
#include "bench/parse.h"

#include "grammar/grammar.h"

static struct rf_message message;

bool
bench_init(void)
{
	return true;
}

static bool
framed(const char *text, size_t len, unsigned index)
{
	const char *why;
	(void)index;
	return rf_message_frame(&message, (struct rf_slice){ text, (uint32_t)len }, &why) ==
	       RF_VERDICT_OK;
}

static bool
keyed(const char *text, size_t len, unsigned index)
{
	const char *why;
	(void)index;
	return rf_message_key(&message, (struct rf_slice){ text, (uint32_t)len }, &why) ==
	       RF_VERDICT_OK;
}

static bool
checked(const char *text, size_t len, unsigned index)
{
	const char *why;
	(void)index;
	return rf_message_parse(&message, (struct rf_slice){ text, (uint32_t)len }, &why) ==
	       RF_VERDICT_OK;
}

/* The rest of what has a grammar; rf_message_parse has done From, To, CSeq, Call-ID, Content-Length
 * and the top Via. */
static bool
typed(const char *text, size_t len, unsigned index)
{
	bool via = false;
	if (!checked(text, len, index))
		return false;
	for (uint32_t i = 0; i < message.count; i++) {
		enum rf_header_id id = (enum rf_header_id)message.header[i].id;
		struct rf_slice value = message.header[i].value;
		if (id == RF_H_FROM || id == RF_H_TO || id == RF_H_CSEQ || id == RF_H_CALL_ID ||
		    id == RF_H_CONTENT_LENGTH)
			continue;
		if (id == RF_H_VIA && !via) {
			via = true;
			value = message.via_rest;
			if (value.len == 0)
				continue;
		}
		if (!rf_value_parses(id, value))
			return false;
	}
	return true;
}

const struct bench_level bench_levels[] = {
	{ "referee, framed", "index only: start line, every line and its id, body", framed },
	{ "referee, keyed", "as far as CSeq and top Via, and those", keyed },
	{ "referee, checked", "typical: index, CSeq, top Via, From, To, Request-URI", checked },
	{ "referee, typed", "everything: every value that has a grammar", typed },
};
const size_t bench_levels_count = sizeof(bench_levels) / sizeof(bench_levels[0]);
