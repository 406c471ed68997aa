/* SPDX-License-Identifier: BSD-2-Clause */
/* bench/parse_sofia.c -- sofia-sip: every header it knows into structs of a heap per message. */
#include "bench/parse.h"

#include <sys/types.h>

#include <sofia-sip/msg_mclass.h>
#include <sofia-sip/msg_parser.h>
#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_parser.h>

static const msg_mclass_t *class;

bool
bench_init(void)
{
	class = sip_default_mclass();
	return class != NULL;
}

static bool
whole(const char *text, size_t len, unsigned index)
{
	msg_t *message = msg_make(class, 0, text, (ssize_t)len);
	(void)index;
	if (message == NULL)
		return false;
	const sip_t *sip = sip_object(message);
	bool good = sip != NULL && sip->sip_error == NULL &&
		    (sip->sip_flags & MSG_FLG_ERROR) == 0 &&
		    (sip->sip_request != NULL || sip->sip_status != NULL);
	msg_destroy(message);
	return good;
}

const struct bench_level bench_levels[] = {
	{ "sofia-sip", "everything it knows into structs; a heap a message", whole },
};
const size_t bench_levels_count = 1;
