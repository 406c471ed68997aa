/* SPDX-License-Identifier: BSD-2-Clause */
/* grammar/ip.c -- IPv4 and IPv6 literals to sixteen bytes and back, without the C library.
 *
 * IPv6 follows RFC 4291 2.2 exactly (RFC 5954 for SIP); what is written follows RFC 5952. */
#include <assert.h>
#include <string.h>

#include "grammar/internal.h"

static const uint8_t mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

static bool
ipv4_parse(uint8_t out[4], struct rf_slice text)
{
	uint32_t at = 0;
	for (uint32_t i = 0; i < 4; i++) {
		uint32_t value = 0, digits = 0;
		for (; at < text.len && text.p[at] >= '0' && text.p[at] <= '9'; at++) {
			value = value * 10 + (uint32_t)(text.p[at] - '0');
			if (++digits > 3)
				return false;
		}
		if (digits == 0 || value > 255)
			return false;
		if (i < 3 && (at == text.len || text.p[at++] != '.'))
			return false;
		out[i] = (uint8_t)value;
	}
	return at == text.len;
}

/* One group of hex digits at *at; -1: none. */
static int32_t
group_take(struct rf_slice text, uint32_t *at)
{
	int32_t value = 0;
	uint32_t digits = 0;
	for (; *at < text.len && rf_hex_digit(text.p[*at]) >= 0; ++*at) {
		value = value * 16 + rf_hex_digit(text.p[*at]);
		if (++digits > 4)
			return -1;
	}
	return digits == 0 ? -1 : value;
}

/* Moves what stood behind "::" to the end. */
static bool
gap_close(uint8_t out[16], uint32_t len, uint32_t gap)
{
	if (gap == UINT32_MAX)
		return len == 16;
	if (len > 14) /* "::" stands for at least one group */
		return false;
	memmove(out + 16 - (len - gap), out + gap, len - gap);
	memset(out + gap, 0, 16 - len);
	return true;
}

static bool
ipv6_parse(uint8_t out[16], struct rf_slice text)
{
	uint32_t at = 0, len = 0, gap = UINT32_MAX;
	if (text.len >= 2 && text.p[0] == ':' && text.p[1] == ':') {
		gap = 0;
		at = 2;
	}
	while (at < text.len) {
		uint32_t begin = at;
		int32_t group = group_take(text, &at);
		if (group < 0 || len > 14)
			return false;
		if (at < text.len && text.p[at] == '.') {
			struct rf_slice tail = { .p = text.p + begin, .len = text.len - begin };
			return len <= 12 && ipv4_parse(out + len, tail) &&
			       gap_close(out, len + 4, gap);
		}
		out[len++] = (uint8_t)(group >> 8);
		out[len++] = (uint8_t)(group & 0xff);
		if (at == text.len)
			break;
		if (text.p[at++] != ':' || at == text.len)
			return false;
		if (text.p[at] == ':') {
			if (gap != UINT32_MAX)
				return false;
			gap = len;
			at++;
		}
	}
	return gap_close(out, len, gap);
}

bool
rf_ip_parse(uint8_t out[16], struct rf_slice host)
{
	if (host.len == 0)
		return false;
	if (host.p[0] == '[') {
		if (host.len < 4 || host.p[host.len - 1] != ']')
			return false;
		return ipv6_parse(out, (struct rf_slice){ .p = host.p + 1, .len = host.len - 2 });
	}
	if (memchr(host.p, ':', host.len) != NULL)
		return ipv6_parse(out, host);
	memcpy(out, mapped, sizeof(mapped));
	return ipv4_parse(out + 12, host);
}

bool
rf_ip_is_mapped(const uint8_t ip[16])
{
	return memcmp(ip, mapped, sizeof(mapped)) == 0;
}

/* The longest run of at least two zero groups: the one RFC 5952 4.2 shortens. */
static void
zeros_find(const uint8_t ip[16], uint32_t *begin, uint32_t *end)
{
	*begin = *end = 8;
	uint32_t best = 1;
	for (uint32_t i = 0; i < 8; i++) {
		uint32_t j = i;
		while (j < 8 && ip[2 * j] == 0 && ip[2 * j + 1] == 0)
			j++;
		if (j - i > best) {
			best = j - i;
			*begin = i;
			*end = j;
		}
	}
}

static void
group_write(struct rf_writer *w, uint32_t value)
{
	rf_write_hex(w, value, value > 0xfff ? 4 : value > 0xff ? 3 : value > 0xf ? 2 : 1);
}

static void
ipv4_write(struct rf_writer *w, const uint8_t ip[4])
{
	for (uint32_t i = 0; i < 4; i++) {
		if (i > 0)
			rf_write_text(w, ".");
		rf_write_number(w, ip[i]);
	}
}

uint32_t
rf_ip_write(char out[48], const uint8_t ip[16], bool brackets)
{
	struct rf_writer w;
	rf_writer_init(&w, out, 48);
	if (rf_ip_is_mapped(ip)) {
		ipv4_write(&w, ip + 12);
		assert(!w.overflow);
		return w.len;
	}
	uint32_t begin, end;
	zeros_find(ip, &begin, &end);
	rf_write_text(&w, brackets ? "[" : "");
	for (uint32_t i = 0; i < 8; i++) {
		if (i == begin) {
			rf_write_text(&w, "::");
			i = end - 1;
			continue;
		}
		if (i > 0 && i != end)
			rf_write_text(&w, ":");
		group_write(&w, (uint32_t)ip[2 * i] << 8 | ip[2 * i + 1]);
	}
	rf_write_text(&w, brackets ? "]" : "");
	assert(!w.overflow);
	return w.len;
}
