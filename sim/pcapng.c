/* SPDX-License-Identifier: BSD-2-Clause */
/* sim/pcapng.c -- blocks of draft-ietf-opsawg-pcapng around raw IP (LINKTYPE_RAW), by hand: libpcap
 * writes neither comments nor this format. */
#include "sim/pcapng.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <uthash.h>

enum {
	LINKTYPE_RAW = 101,
	OPT_END = 0,
	OPT_COMMENT = 1,
	BLOCK_SECTION = 0x0a0d0d0a,
	BLOCK_INTERFACE = 1,
	BLOCK_PACKET = 6,
	PROTO_TCP = 6,
	PROTO_UDP = 17,
	FLAG_FIN = 1,
	FLAG_SYN = 2,
	FLAG_PSH = 8,
	FLAG_ACK = 16,
	HEADERS_MAX = 40 + 20,
	PACKET_MAX = HEADERS_MAX + SIP_BYTES_MAX,
	COMMENT_MAX = 512,
	SIPS_PORT = 5061,
	SIP_PORT = 5060,
};
#define EPOCH_US ((uint64_t)946684800 * 1000000) /* 2000-01-01 */

struct stream {
	bool begun;
	uint32_t next[2]; /* sequence numbers: of the party, of referee */
};

struct call_known {
	uint64_t call_id; /* hash */
	uint64_t session; /* 0: not known yet */
	uint32_t number;
	UT_hash_handle hh;
};

struct pcapng {
	FILE *out;
	bool failed;
	struct stream *stream; /* by number of the link */
	uint32_t streams;
	struct call_known *calls; /* by call_id */
	uint16_t ident;           /* of IPv4 packets */
};

/* ---- bytes ----------------------------------------------------------------------------------- */

struct bytes {
	uint8_t at[PACKET_MAX];
	uint32_t len;
};

static void
put8(struct bytes *b, uint32_t value)
{
	b->at[b->len++] = (uint8_t)value;
}

static void
put16(struct bytes *b, uint32_t value)
{
	put8(b, value >> 8);
	put8(b, value);
}

static void
put32(struct bytes *b, uint32_t value)
{
	put16(b, value >> 16);
	put16(b, value);
}

static void
put(struct bytes *b, const void *p, uint32_t len)
{
	if (len > 0)
		memcpy(b->at + b->len, p, len);
	b->len += len;
}

static uint32_t
sum(uint32_t start, const uint8_t *p, uint32_t len)
{
	for (uint32_t i = 0; i < len; i++)
		start += (i & 1) != 0 ? p[i] : (uint32_t)p[i] << 8;
	return start;
}

/* RFC 1071. */
static uint16_t
checksum(uint32_t total)
{
	while (total >> 16 != 0)
		total = (total & 0xffff) + (total >> 16);
	return (uint16_t)~total;
}

static void
set16(struct bytes *b, uint32_t at, uint16_t value)
{
	b->at[at] = (uint8_t)(value >> 8);
	b->at[at + 1] = (uint8_t)value;
}

/* ---- packets --------------------------------------------------------------------------------- */

static bool
is_ipv4(const struct rf_addr *a)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	return memcmp(a->ip, mapped, sizeof mapped) == 0;
}

static uint16_t
port_of(const struct rf_addr *a)
{
	return a->proto == RF_TLS && a->port == SIPS_PORT ? SIP_PORT : a->port;
}

struct flight { /* one way of a path */
	const struct rf_addr *from, *to;
	uint8_t proto;
};

static void
put_ip(struct pcapng *g, struct bytes *b, const struct flight *f, uint32_t len)
{
	if (!is_ipv4(f->from)) {
		put32(b, 0x60000000);
		put16(b, len);
		put8(b, f->proto);
		put8(b, 64);
		put(b, f->from->ip, 16);
		put(b, f->to->ip, 16);
		return;
	}
	put16(b, 0x4500);
	put16(b, 20 + len);
	put16(b, ++g->ident);
	put16(b, 0);
	put8(b, 64);
	put8(b, f->proto);
	put16(b, 0);
	put(b, f->from->ip + 12, 4);
	put(b, f->to->ip + 12, 4);
	set16(b, 10, checksum(sum(0, b->at, 20)));
}

/* The checksum of what stands behind `start`, with its pseudo header. */
static uint16_t
payload_checksum(const struct bytes *b, const struct flight *f, uint32_t start)
{
	uint32_t skip = is_ipv4(f->from) ? 12 : 0, len = b->len - start;
	uint32_t total = f->proto + len;
	total = sum(total, f->from->ip + skip, 16 - skip);
	total = sum(total, f->to->ip + skip, 16 - skip);
	uint16_t value = checksum(sum(total, b->at + start, len));
	return value == 0 ? 0xffff : value;
}

static void
put_udp(struct pcapng *g, struct bytes *b, const struct flight *f, struct rf_slice payload)
{
	put_ip(g, b, f, 8 + payload.len);
	uint32_t start = b->len;
	put16(b, port_of(f->from));
	put16(b, port_of(f->to));
	put16(b, 8 + payload.len);
	put16(b, 0);
	put(b, payload.p, payload.len);
	set16(b, start + 6, payload_checksum(b, f, start));
}

static void
put_tcp(struct pcapng *g, struct bytes *b, const struct flight *f, struct stream *s, bool by_party,
    uint32_t flags, struct rf_slice payload)
{
	uint32_t mine = by_party ? 0 : 1;
	put_ip(g, b, f, 20 + payload.len);
	uint32_t start = b->len;
	put16(b, port_of(f->from));
	put16(b, port_of(f->to));
	put32(b, s->next[mine]);
	put32(b, (flags & FLAG_ACK) != 0 ? s->next[1 - mine] : 0);
	put16(b, 0x5000 | flags);
	put16(b, 0xffff);
	put16(b, 0);
	put16(b, 0);
	put(b, payload.p, payload.len);
	set16(b, start + 16, payload_checksum(b, f, start));
	s->next[mine] += payload.len + ((flags & (FLAG_SYN | FLAG_FIN)) != 0 ? 1 : 0);
}

/* ---- blocks ---------------------------------------------------------------------------------- */

/* The byte order is that of the machine: the section's magic number says which it is. */
static void
write_raw(struct pcapng *g, const void *p, size_t len)
{
	if (len > 0 && fwrite(p, 1, len, g->out) != len)
		g->failed = true;
}

static void
write_number(struct pcapng *g, uint32_t value)
{
	write_raw(g, &value, sizeof value);
}

static uint32_t
padded(uint32_t len)
{
	return (len + 3) & ~(uint32_t)3;
}

static void
write_padded(struct pcapng *g, const void *p, uint32_t len)
{
	static const uint8_t zero[4];
	write_raw(g, p, len);
	write_raw(g, zero, padded(len) - len);
}

static uint32_t
comment_size(const char *comment)
{
	return comment[0] != '\0' ? 4 + padded((uint32_t)strlen(comment)) + 4 : 0;
}

static void
write_comment(struct pcapng *g, const char *comment)
{
	uint16_t head[2] = { OPT_COMMENT, (uint16_t)strlen(comment) };
	if (comment[0] == '\0')
		return;
	write_raw(g, head, sizeof head);
	write_padded(g, comment, head[1]);
	write_number(g, OPT_END);
}

static void
write_head(struct pcapng *g)
{
	static const char about[] =
	    "A run of referee's simulator: nothing here was ever on a wire. "
	    "TLS is written as plain SIP over TCP, port 5061 as 5060. "
	    "The run begins at 2000-01-01T00:00:00Z.";
	uint32_t len = 28 + comment_size(about);
	uint16_t version[2] = { 1, 0 }, link[2] = { LINKTYPE_RAW, 0 };
	write_number(g, BLOCK_SECTION);
	write_number(g, len);
	write_number(g, 0x1a2b3c4d);
	write_raw(g, version, sizeof version);
	write_number(g, UINT32_MAX); /* the section's length is not told */
	write_number(g, UINT32_MAX);
	write_comment(g, about);
	write_number(g, len);
	write_number(g, BLOCK_INTERFACE);
	write_number(g, 20);
	write_raw(g, link, sizeof link);
	write_number(g, 0); /* whole packets */
	write_number(g, 20);
}

static void
write_packet(struct pcapng *g, rf_time now, const struct bytes *b, const char *comment)
{
	uint64_t at = EPOCH_US + (uint64_t)now;
	uint32_t len = 32 + padded(b->len) + comment_size(comment);
	write_number(g, BLOCK_PACKET);
	write_number(g, len);
	write_number(g, 0);
	write_number(g, (uint32_t)(at >> 32));
	write_number(g, (uint32_t)at);
	write_number(g, b->len);
	write_number(g, b->len);
	write_padded(g, b->at, b->len);
	write_comment(g, comment);
	write_number(g, len);
}

/* ---- what the world shows -------------------------------------------------------------------- */

/* Calls are counted by their Call-IDs; referee's session is known once it has said something. */
static struct call_known *
know_call(struct pcapng *g, const struct world_sight *s)
{
	uint64_t call_id = checkers_hash(1, sip_value(s->text, "Call-ID"));
	struct call_known *call;
	HASH_FIND(hh, g->calls, &call_id, sizeof call_id, call);
	if (call == NULL) {
		call = calloc(1, sizeof *call);
		if (call == NULL)
			abort();
		call->call_id = call_id;
		call->number = HASH_COUNT(g->calls) + 1;
		HASH_ADD(hh, g->calls, call_id, sizeof call->call_id, call);
	}
	if (s->session != 0)
		call->session = s->session;
	return call;
}

static void
describe(struct pcapng *g, const struct world_sight *s, char comment[COMMENT_MAX])
{
	const struct call_known *call = know_call(g, s);
	int n = snprintf(comment, COMMENT_MAX, "%s %s referee, call %u", s->party->name,
	    s->from_party ? "->" : "<-", call->number);
	if (call->session != 0)
		n += snprintf(comment + n, COMMENT_MAX - (size_t)n, ", session %012llx",
		    (unsigned long long)call->session);
	if (s->fate[0] != '\0')
		snprintf(comment + n, COMMENT_MAX - (size_t)n, ", fault %s", s->fate);
}

static struct stream *
stream_of(struct pcapng *g, uint32_t link)
{
	if (link >= g->streams) {
		uint32_t more = link + 64;
		g->stream = realloc(g->stream, more * sizeof *g->stream);
		if (g->stream == NULL)
			abort();
		memset(g->stream + g->streams, 0, (more - g->streams) * sizeof *g->stream);
		g->streams = more;
	}
	return &g->stream[link];
}

static struct flight
flight_of(const struct world_sight *s, bool from_party)
{
	return (struct flight){ .from = from_party ? &s->path.remote : &s->path.local,
		.to = from_party ? &s->path.local : &s->path.remote,
		.proto = s->path.remote.proto == RF_UDP ? PROTO_UDP : PROTO_TCP };
}

/* Who dialled is told by the port: referee's own is the listener's where the party did. */
static void
shake_hands(struct pcapng *g, rf_time now, const struct world_sight *s, struct stream *stream)
{
	bool by_party = s->path.remote.port >= 49152;
	static const uint32_t flags[3] = { FLAG_SYN, FLAG_SYN | FLAG_ACK, FLAG_ACK };
	stream->begun = true;
	for (uint32_t i = 0; i < 3; i++) {
		static struct bytes b;
		bool party = (i == 1) != by_party;
		struct flight f = flight_of(s, party);
		b.len = 0;
		put_tcp(g, &b, &f, stream, party, flags[i], RF_SLICE(""));
		write_packet(g, now, &b, "");
	}
}

void
pcapng_see(void *user, const struct world *w, const struct world_sight *s)
{
	static struct bytes b; /* big; nothing below calls back */
	struct pcapng *g = user;
	char comment[COMMENT_MAX];
	struct flight f = flight_of(s, s->from_party);
	b.len = 0;
	if (s->text->all.len > SIP_BYTES_MAX)
		return;
	describe(g, s, comment);
	if (f.proto == PROTO_UDP) {
		put_udp(g, &b, &f, s->text->all);
	} else {
		struct stream *stream = stream_of(g, s->path.link);
		if (!stream->begun)
			shake_hands(g, w->now, s, stream);
		put_tcp(g, &b, &f, stream, s->from_party, FLAG_PSH | FLAG_ACK, s->text->all);
	}
	write_packet(g, w->now, &b, comment);
}

struct pcapng *
pcapng_new(FILE *out)
{
	struct pcapng *g = calloc(1, sizeof *g);
	if (g == NULL)
		return NULL;
	g->out = out;
	write_head(g);
	return g;
}

bool
pcapng_free(struct pcapng *g)
{
	bool written = !g->failed && fflush(g->out) == 0;
	free(g->stream);
	struct call_known *call, *next;
	HASH_ITER(hh, g->calls, call, next)
	{
		HASH_DELETE(hh, g->calls, call);
		free(call);
	}
	free(g);
	return written;
}
