/* SPDX-License-Identifier: BSD-2-Clause */
/* bench/parse_referee.c -- referee's grammar, by what a caller asks of it. */
#include "bench/parse.h"

#include "grammar/grammar.h"

static struct rf_message message;

bool
bench_init(void)
{
	return true;
}

static bool
framing(const char *text, size_t len, unsigned index)
{
	const char *why;
	(void)index;
	return rf_message_parse(&message, (struct rf_slice){ text, (uint32_t)len }, &why) ==
	       RF_VERDICT_OK;
}

static bool
recognising(const char *text, size_t len, unsigned index)
{
	const char *why;
	(void)index;
	return rf_message_frame(&message, (struct rf_slice){ text, (uint32_t)len }, &why) ==
	       RF_VERDICT_OK;
}

const struct bench_level bench_levels[] = {
	{ "referee keyed", "framing, ids, CSeq, top Via", recognising },
	{ "referee checked", "framing, ids, CSeq, top Via, From, To, Request-URI", framing },
};
const size_t bench_levels_count = sizeof(bench_levels) / sizeof(bench_levels[0]);
