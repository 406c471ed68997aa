/* SPDX-License-Identifier: BSD-2-Clause */
/* bench/parse_re.c -- re: all lines found and hashed, the usual fields decoded; and with every
 * address and Via decoded besides. */
#include "bench/parse.h"

#include <stdint.h>
#include <string.h>

#include <re/re.h>

enum { MESSAGES_MAX = 64 };

static struct mbuf *buffers[MESSAGES_MAX];

bool
bench_init(void)
{
	return libre_init() == 0;
}

static struct sip_msg *
decode(const char *text, size_t len, unsigned index)
{
	struct sip_msg *message = NULL;
	struct mbuf **buffer = &buffers[index % MESSAGES_MAX];
	if (*buffer == NULL) {
		*buffer = mbuf_alloc(len);
		mbuf_write_mem(*buffer, (const uint8_t *)text, len);
	}
	(*buffer)->pos = 0;
	(*buffer)->end = len;
	return sip_msg_decode(&message, *buffer) == 0 ? message : NULL;
}

static bool
usual(const char *text, size_t len, unsigned index)
{
	struct sip_msg *message = decode(text, len, index);
	mem_deref(message);
	return message != NULL;
}

static bool
address_decode(const struct sip_hdr *header, const struct sip_msg *message, void *arg)
{
	struct sip_addr address;
	(void)message;
	(void)arg;
	(void)sip_addr_decode(&address, &header->val);
	return false;
}

static bool
via_decode(const struct sip_hdr *header, const struct sip_msg *message, void *arg)
{
	struct sip_via via;
	(void)message;
	(void)arg;
	(void)sip_via_decode(&via, &header->val);
	return false;
}

static bool
more(const char *text, size_t len, unsigned index)
{
	static const enum sip_hdrid addresses[] = { SIP_HDR_CONTACT, SIP_HDR_ROUTE,
		SIP_HDR_RECORD_ROUTE, SIP_HDR_REFER_TO, SIP_HDR_REFERRED_BY,
		SIP_HDR_P_ASSERTED_IDENTITY };
	struct sip_msg *message = decode(text, len, index);
	if (message == NULL)
		return false;
	sip_msg_hdr_apply(message, true, SIP_HDR_VIA, via_decode, NULL);
	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++)
		sip_msg_hdr_apply(message, true, addresses[i], address_decode, NULL);
	mem_deref(message);
	return true;
}

const struct bench_level bench_levels[] = {
	{ "re", "lines hashed; top Via, From, To, Call-ID, CSeq, Content-*, Expires", usual },
	{ "re, more", "besides: every Via, all addresses with their URIs", more },
};
const size_t bench_levels_count = 2;
