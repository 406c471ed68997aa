/* SPDX-License-Identifier: BSD-2-Clause */
/* engine/addr.c -- when two addresses are the same.  It must not know names: those are
 * RESOLVE's. */
#include "engine/types.h"

#include <assert.h>
#include <string.h>

bool
rf_addr_equal(const struct rf_addr *a, const struct rf_addr *b)
{
	assert(a != NULL);
	assert(b != NULL);
	return memcmp(a->ip, b->ip, sizeof a->ip) == 0 && a->scope == b->scope &&
	    a->port == b->port && a->proto == b->proto;
}
