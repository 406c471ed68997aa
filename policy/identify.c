/* SPDX-License-Identifier: BSD-2-Clause */
/* policy/identify.c -- whose trunk a request came in on.
 *
 * Only what the transport has proved counts: the names of a verified certificate and the source
 * address.  Nothing in the message can make it somebody else's. */
#include "policy/parts.h"

#include <string.h>

static bool
network_holds(const struct rf_policy_network *network, const uint8_t ip[16])
{
	uint32_t whole = network->bits / 8, rest = network->bits % 8;
	if (memcmp(network->ip, ip, whole) != 0)
		return false;
	return rest == 0 || ((network->ip[whole] ^ ip[whole]) >> (8 - rest)) == 0;
}

static bool
name_is_proved(const char *name, const struct rf_route_question *question)
{
	for (uint32_t i = 0; i < question->names_count; i++) {
		if (rf_slice_equal_nocase(rf_slice_of(name), question->names[i]))
			return true;
	}
	return false;
}

bool
rf_partner_holds(const struct rf_policy_partner *partner, const struct rf_route_question *question,
    uint32_t *prefix_bits)
{
	bool named = partner->tls_san_count == 0, from_there = partner->source_count == 0;
	*prefix_bits = 0;
	for (uint32_t i = 0; i < partner->tls_san_count && !named; i++)
		named = name_is_proved(partner->tls_san[i], question);
	for (uint32_t i = 0; i < partner->source_count; i++) {
		if (!network_holds(&partner->source[i], question->path.remote.ip))
			continue;
		from_there = true;
		if (partner->source[i].bits > *prefix_bits)
			*prefix_bits = partner->source[i].bits;
	}
	/* Without any criterion everybody would be this partner: nobody is. */
	return named && from_there && partner->tls_san_count + partner->source_count > 0;
}

uint32_t
rf_partner_identify(const struct rf_policy_tables *tables, const struct rf_route_question *question)
{
	uint32_t best = RF_POLICY_NONE, best_rank = 0;
	for (uint32_t i = 0; i < tables->partners_count; i++) {
		const struct rf_policy_partner *partner = &tables->partners[i];
		uint32_t bits;
		if (!rf_partner_holds(partner, question, &bits))
			continue;
		/* A proved name says more than an address; among addresses the longer prefix; then
		 * the order of the file. */
		uint32_t rank = 1 + bits + (partner->tls_san_count > 0 ? 256 : 0);
		if (rank > best_rank) {
			best = i;
			best_rank = rank;
		}
	}
	return best;
}
