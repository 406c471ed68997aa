/* SPDX-License-Identifier: BSD-2-Clause */
/* bench/parse_osip2.c -- libosip2: every header it has a type for, others as strings, the body. */
#include "bench/parse.h"

#include <stdlib.h>
#include <sys/time.h>

#include <osipparser2/osip_parser.h>

bool
bench_init(void)
{
	return parser_init() == 0;
}

static bool
whole(const char *text, size_t len, unsigned index)
{
	osip_message_t *message;
	(void)index;
	if (osip_message_init(&message) != 0)
		return false;
	bool good = osip_message_parse(message, text, len) == 0;
	osip_message_free(message);
	return good;
}

const struct bench_level bench_levels[] = {
	{ "libosip2", "everything: its types, others as strings, the body; a malloc each", whole },
};
const size_t bench_levels_count = 1;
