/* SPDX-License-Identifier: BSD-2-Clause */
/* transport/dns_record.c -- reads what a stranger sent over UDP: every length is checked, every
 * loop moves forward.  It knows nothing of what the records are for. */
#include "transport/dns_record.h"

#include <ares.h>
#include <string.h>

enum { HEADER_LEN = 12, FIXED_LEN = 10 };      /* FIXED: type, class, TTL, data length */

struct cursor {
	const uint8_t *all;
	uint32_t len, at;
};

static uint16_t
u16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static bool
skip_name(struct cursor *c)
{
	while (c->at < c->len) {
		uint8_t label = c->all[c->at];
		c->at += 1;
		if (label == 0)
			return true;
		if ((label & 0xc0) == 0xc0) {
			c->at += 1;             /* a pointer ends it */
			return c->at <= c->len;
		}
		c->at += label;
	}
	return false;
}

/* Follows pointers; c-ares bounds them. */
static bool
read_name(const struct cursor *c, uint32_t at, char out[RF_DNS_NAME_MAX + 1])
{
	char *name = NULL;
	long used = 0;
	if (at >= c->len ||
	    ares_expand_name(c->all + at, c->all, (int)c->len, &name, &used) != ARES_SUCCESS)
		return false;
	size_t len = strlen(name);
	bool fits = len <= RF_DNS_NAME_MAX;
	if (fits)
		memcpy(out, name, len + 1);
	ares_free_string(name);
	return fits;
}

/* A character string; too long for `out` is empty, not cut. */
static bool
read_string(const uint8_t *data, uint32_t len, uint32_t *at, char *out, uint32_t max)
{
	if (*at >= len || len - *at - 1 < data[*at])
		return false;
	uint32_t n = data[*at];
	out[0] = '\0';
	if (n < max && memchr(data + *at + 1, '\0', n) == NULL) {
		memcpy(out, data + *at + 1, n);
		out[n] = '\0';
	}
	*at += 1 + n;
	return true;
}

static bool
read_srv(struct rf_dns_record *out, const struct cursor *c, uint32_t at, uint32_t len)
{
	const uint8_t *data = c->all + at;
	if (len < 7)
		return false;
	out->priority = u16(data);
	out->weight = u16(data + 2);
	out->port = u16(data + 4);
	return read_name(c, at + 6, out->name);
}

static bool
read_naptr(struct rf_dns_record *out, const struct cursor *c, uint32_t at, uint32_t len)
{
	const uint8_t *data = c->all + at;
	char regexp[2];
	uint32_t used = 4;
	if (len < 4)
		return false;
	out->priority = u16(data);
	out->weight = u16(data + 2);
	return read_string(data, len, &used, out->flags, sizeof(out->flags)) &&
	       read_string(data, len, &used, out->service, sizeof(out->service)) &&
	       read_string(data, len, &used, regexp, sizeof(regexp)) && used < len &&
	       read_name(c, at + used, out->name);
}

/* Of NAPTR the preference ranks too; the weight of SRV does not. */
static bool
before(const struct rf_dns_record *a, const struct rf_dns_record *b, uint16_t type)
{
	if (a->priority != b->priority)
		return a->priority < b->priority;
	return type == RF_DNS_NAPTR && a->weight < b->weight;
}

static uint32_t
insert(struct rf_dns_record *out, uint32_t count, uint32_t max, const struct rf_dns_record *record,
    uint16_t type)
{
	uint32_t at = count;
	while (at > 0 && before(record, &out[at - 1], type))
		at--;
	if (at == max)
		return count;
	if (count == max)
		count--;
	memmove(&out[at + 1], &out[at], (count - at) * sizeof(*out));
	out[at] = *record;
	return count + 1;
}

uint32_t
rf_dns_records(struct rf_dns_record *out, uint32_t max, uint16_t type,
    const uint8_t *answer, uint32_t len)
{
	struct cursor c = { .all = answer, .len = len, .at = HEADER_LEN };
	uint32_t count = 0;
	if (len < HEADER_LEN)
		return 0;
	for (uint32_t questions = u16(answer + 4); questions > 0; questions--) {
		if (!skip_name(&c) || c.len < c.at + 4)
			return 0;
		c.at += 4;
	}
	for (uint32_t answers = u16(answer + 6); answers > 0; answers--) {
		if (!skip_name(&c) || c.len < c.at + FIXED_LEN)
			break;
		const uint8_t *fixed = answer + c.at;
		uint32_t data_len = u16(fixed + 8);
		struct rf_dns_record record = {
			.ttl_s = (uint32_t)u16(fixed + 4) << 16 | u16(fixed + 6),
		};
		c.at += FIXED_LEN;
		if (c.len - c.at < data_len)
			break;
		/* Others in between are the CNAMEs that led here. */
		if (u16(fixed) == type &&
		    (type == RF_DNS_SRV ? read_srv(&record, &c, c.at, data_len)
					: read_naptr(&record, &c, c.at, data_len)))
			count = insert(out, count, max, &record, type);
		c.at += data_len;
	}
	return count;
}
