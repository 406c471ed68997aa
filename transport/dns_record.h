/* SPDX-License-Identifier: BSD-2-Clause */
/* transport/dns_record.h -- SRV and NAPTR records out of a DNS answer (RFC 1035, 2782, 3403).
 *
 * c-ares has parsers for both, but in Debian 12 they drop the TTL, and a cache without TTL is
 * wrong. */
#ifndef RF_TRANSPORT_DNS_RECORD_H
#define RF_TRANSPORT_DNS_RECORD_H

#include <stdbool.h>
#include <stdint.h>

enum { RF_DNS_NAME_MAX = 255, RF_DNS_SRV = 33, RF_DNS_NAPTR = 35 };

struct rf_dns_record {
	char name[RF_DNS_NAME_MAX + 1];         /* target, "": the root; or replacement */
	uint16_t priority, weight, port;        /* NAPTR: order, preference */
	char service[16], flags[4];             /* NAPTR; longer ones come out empty */
	uint32_t ttl_s;
};

/* Keeps the best `max` records of one type, lowest priority first, equal ones in the order of the
 * answer; returns how many.  A damaged answer yields what precedes the damage. */
uint32_t rf_dns_records(struct rf_dns_record *out, uint32_t max, uint16_t type,
    const uint8_t *answer, uint32_t len);

#endif
