/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_transport_resolve.c -- where names lead, asked of a DNS server of our own that
 * lives on the same loop and knows one small zone. */
#include "transport/resolve.h"

#include <arpa/inet.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "tests/check.h"
#include "transport/dns_record.h"
#include "transport/resolve_internal.h"

enum { A = 1, CNAME = 5, SRV = RF_DNS_SRV, NAPTR = RF_DNS_NAPTR, AAAA = 28, TTL_S = 60 };
enum { ANSWERS_MAX = 64, PACKET_MAX = 4096, WAIT_MS = 8000, NXDOMAIN = 3, SERVFAIL = 2 };

struct record {
	const char *name;
	int type;
	const char *data;                       /* address, or name */
	int priority, weight, port;             /* SRV; NAPTR: order, preference */
	const char *service;                    /* NAPTR */
};

static const struct record zone[] = {
	{ "host.example", A, "192.0.2.1" },
	{ "host.example", AAAA, "2001:db8::1" },
	{ "four.example", A, "192.0.2.4" },
	{ "many.example", A, "192.0.2.11" }, { "many.example", A, "192.0.2.12" },
	{ "many.example", A, "192.0.2.13" }, { "many.example", A, "192.0.2.14" },
	{ "many.example", A, "192.0.2.15" }, { "many.example", A, "192.0.2.16" },
	{ "many.example", A, "192.0.2.17" }, { "many.example", A, "192.0.2.18" },
	{ "many.example", A, "192.0.2.19" },
	/* a trunk: two of the first rank, one to fall back on */
	{ "_sip._tcp.trunk.example", SRV, "spare.trunk.example", 20, 0, 5080 },
	{ "_sip._tcp.trunk.example", SRV, "one.trunk.example", 10, 10, 5070 },
	{ "_sip._tcp.trunk.example", SRV, "two.trunk.example", 10, 90, 5071 },
	{ "one.trunk.example", A, "192.0.2.21" },
	{ "two.trunk.example", A, "192.0.2.22" },
	{ "spare.trunk.example", A, "192.0.2.23" },
	{ "_sips._tcp.trunk.example", SRV, "one.trunk.example", 10, 10, 5061 },
	{ "_sip._udp.trunk.example", SRV, "two.trunk.example", 10, 10, 5060 },
	{ "trunk.example", A, "192.0.2.99" },
	/* many addresses before the one to fall back on */
	{ "_sip._udp.wide.example", SRV, "many.example", 10, 0, 5060 },
	{ "_sip._udp.wide.example", SRV, "spare.trunk.example", 20, 0, 5060 },
	/* one of two targets does not exist */
	{ "_sip._udp.half.example", SRV, "nowhere.example", 10, 0, 5060 },
	{ "_sip._udp.half.example", SRV, "four.example", 20, 0, 5060 },
	{ "_sip._udp.closed.example", SRV, "", 0, 0, 0 },
	{ "closed.example", A, "192.0.2.77" },
	{ "rules.example", NAPTR, "_sip._udp.rules.example", 50, 20, 0, "SIP+D2U" },
	{ "rules.example", NAPTR, "_sips._tcp.rules.example", 50, 10, 0, "SIPS+D2T" },
	{ "rules.example", NAPTR, "else.example", 10, 10, 0, "E2U+email" },
	{ "_sips._tcp.rules.example", SRV, "four.example", 10, 10, 5090 },
	{ "_sip._udp.rules.example", SRV, "host.example", 10, 10, 5091 },
	/* every other target is silent: what is there is answered when time runs out */
	{ "_sip._udp.slow.example", SRV, "four.example", 10, 0, 5060 },
	{ "_sip._udp.slow.example", SRV, "silent.example", 20, 0, 5060 },
};

struct dns {
	struct event_base *base;
	struct event *readable;
	int fd;
	char where[32];
	bool down;                              /* answers nothing */
	uint32_t asked;
};

struct answer {
	rf_token token;
	uint32_t count;
	struct rf_addr address[RF_RESOLVE_ADDRESSES_MAX];
};

struct world {
	struct dns dns;
	struct rf_resolver *r;
	uint32_t answered;
	struct answer answer[ANSWERS_MAX];
	uint32_t draw;                          /* what chance says */
	bool inside, re_entered;
};

/* ---- the server --------------------------------------------------------------------------- */

struct packet {
	uint8_t bytes[PACKET_MAX];
	size_t len;
};

static void
put(struct packet *p, const void *bytes, size_t len)
{
	CHECK_OR_STOP(p->len + len <= PACKET_MAX);
	memcpy(p->bytes + p->len, bytes, len);
	p->len += len;
}

static void
put16(struct packet *p, int value)
{
	put(p, (uint8_t[]){ (uint8_t)(value >> 8), (uint8_t)value }, 2);
}

static void
put_text(struct packet *p, const char *text)
{
	put(p, (uint8_t[]){ (uint8_t)strlen(text) }, 1);
	put(p, text, strlen(text));
}

static void
put_name(struct packet *p, const char *name)
{
	char label[64];
	while (*name != '\0') {
		size_t len = strcspn(name, ".");
		snprintf(label, sizeof(label), "%.*s", (int)len, name);
		put_text(p, label);
		name += len + (name[len] == '.');
	}
	put(p, "", 1);
}

static void
put_record(struct packet *p, const struct record *r)
{
	put16(p, 0xc00c);                       /* the name of the question */
	put16(p, r->type);
	put16(p, 1);
	put16(p, 0);
	put16(p, TTL_S);
	size_t length_at = p->len;
	put16(p, 0);
	uint8_t ip[16];
	if (r->type == A || r->type == AAAA) {
		CHECK_OR_STOP(inet_pton(r->type == A ? AF_INET : AF_INET6, r->data, ip) == 1);
		put(p, ip, r->type == A ? 4 : 16);
	} else {
		put16(p, r->priority);
		put16(p, r->weight);
		if (r->type == SRV)
			put16(p, r->port);
		if (r->type == NAPTR) {
			put_text(p, "s");
			put_text(p, r->service);
			put_text(p, "");
		}
		put_name(p, r->data);
	}
	size_t len = p->len - length_at - 2;
	p->bytes[length_at] = (uint8_t)(len >> 8);
	p->bytes[length_at + 1] = (uint8_t)len;
}

static void
on_query(evutil_socket_t fd, short what, void *arg)
{
	struct dns *dns = arg;
	struct packet p = { .len = 0 };
	struct sockaddr_storage from;
	socklen_t from_len = sizeof(from);
	(void)what;
	ssize_t got = recvfrom(fd, p.bytes, PACKET_MAX, 0, (struct sockaddr *)&from, &from_len);
	if (got < 17)
		return;
	dns->asked++;
	char name[256] = "";
	size_t at = 12, used = 0;
	while (p.bytes[at] != 0 && at < (size_t)got) {
		used += (size_t)snprintf(name + used, sizeof(name) - used, "%s%.*s",
		    used > 0 ? "." : "", p.bytes[at], (const char *)p.bytes + at + 1);
		at += 1u + p.bytes[at];
	}
	int type = p.bytes[at + 1] << 8 | p.bytes[at + 2];
	p.len = at + 5;
	if (dns->down || strstr(name, "silent") != NULL)
		return;
	int count = 0, known = 0;
	for (size_t i = 0; i < RF_ARRAY_LEN(zone); i++) {
		if (strcasecmp(zone[i].name, name) != 0)
			continue;
		known++;
		if (zone[i].type == type) {
			put_record(&p, &zone[i]);
			count++;
		}
	}
	int status = strstr(name, "broken") != NULL ? SERVFAIL : known > 0 ? 0 : NXDOMAIN;
	p.bytes[2] = 0x81;
	p.bytes[3] = (uint8_t)(0x80 | status);
	p.bytes[6] = (uint8_t)(count >> 8);
	p.bytes[7] = (uint8_t)count;
	memset(p.bytes + 8, 0, 4);              /* no authority, no EDNS back */
	CHECK(sendto(fd, p.bytes, p.len, 0, (struct sockaddr *)&from, from_len) == (ssize_t)p.len);
}

/* ---- the world ---------------------------------------------------------------------------- */

static void
on_answer(void *user, rf_token token, const struct rf_addr *address, uint32_t count)
{
	struct world *w = user;
	w->re_entered = w->re_entered || w->inside;
	CHECK_OR_STOP(w->answered < ANSWERS_MAX && count <= RF_RESOLVE_ADDRESSES_MAX);
	struct answer *a = &w->answer[w->answered++];
	a->token = token;
	a->count = count;
	memcpy(a->address, address, count * sizeof(*address));
}

static uint32_t
chance(void *user, uint32_t bound)
{
	struct world *w = user;
	return w->draw < bound ? w->draw : bound - 1;
}

static struct world *
world_open(struct rf_resolver_config config)
{
	struct world *w = calloc(1, sizeof(*w));
	struct sockaddr_in here = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(here);
	char error[256];
	CHECK_OR_STOP(w != NULL);
	w->dns.base = event_base_new();
	w->dns.fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	CHECK_OR_STOP(bind(w->dns.fd, (struct sockaddr *)&here, len) == 0);
	getsockname(w->dns.fd, (struct sockaddr *)&here, &len);
	snprintf(w->dns.where, sizeof(w->dns.where), "127.0.0.1:%u",
	    (unsigned int)ntohs(here.sin_port));
	w->dns.readable = event_new(w->dns.base, w->dns.fd, EV_READ | EV_PERSIST, on_query,
	    &w->dns);
	event_add(w->dns.readable, NULL);
	config.servers = w->dns.where;
	config.random = chance;
	config.random_user = w;
	w->r = rf_resolver_new(w->dns.base, &config, on_answer, w, error);
	CHECK_OR_STOP(w->r != NULL);
	return w;
}

static void
world_close(struct world *w)
{
	CHECK(!w->re_entered);
	rf_resolver_free(w->r);
	event_free(w->dns.readable);
	close(w->dns.fd);
	event_base_free(w->dns.base);
	free(w);
}

static void
ask(struct world *w, const char *host, uint16_t port, uint8_t proto, bool secure, rf_token token)
{
	w->inside = true;
	rf_resolve(w->r, &(struct rf_question){ rf_slice_of(host), port, proto, secure }, token);
	w->inside = false;
}

static int64_t
now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void
wait_for(struct world *w, uint32_t count)
{
	int64_t end = now_ms() + WAIT_MS;
	while (w->answered < count && now_ms() < end)
		event_base_loop(w->dns.base, EVLOOP_ONCE);
	CHECK(w->answered == count);
}

/* "192.0.2.1:5060/udp [2001:db8::1]:5060/udp" */
static void
write_answer(char *out, size_t max, const struct answer *a)
{
	static const char *const proto[] = { "none", "udp", "tcp", "tls" };
	size_t used = 0;
	out[0] = '\0';
	for (uint32_t i = 0; i < a->count; i++) {
		char ip[48];
		uint32_t len = rf_ip_write(ip, a->address[i].ip, true);
		used += (size_t)snprintf(out + used, max - used, "%s%.*s:%u/%s", i > 0 ? " " : "",
		    (int)len, ip, (unsigned int)a->address[i].port, proto[a->address[i].proto]);
	}
}

static void
answer_is(struct world *w, uint32_t n, const char *expected)
{
	char text[1024];
	write_answer(text, sizeof(text), &w->answer[n]);
	if (strcmp(text, expected) != 0)
		check_note("got \"%s\"", text);
	CHECK(strcmp(text, expected) == 0);
}

static void
leads_to(const char *host, uint16_t port, uint8_t proto, bool secure, const char *expected)
{
	struct world *w = world_open((struct rf_resolver_config){ .no_ipv6 = true });
	ask(w, host, port, proto, secure, 42);
	CHECK(w->answered == 0);
	wait_for(w, 1);
	CHECK(w->answer[0].token == 42);
	answer_is(w, 0, expected);
	world_close(w);
}

/* ---- RFC 3263 ----------------------------------------------------------------------------- */

static void
a_literal_is_itself(void)
{
	leads_to("192.0.2.9", 0, RF_TRANSPORT_NONE, false, "192.0.2.9:5060/udp");
	leads_to("192.0.2.9", 0, RF_TCP, false, "192.0.2.9:5060/tcp");
	leads_to("[2001:db8::9]", 0, RF_TRANSPORT_NONE, true, "[2001:db8::9]:5061/tls");
	leads_to("192.0.2.9", 5555, RF_TLS, false, "192.0.2.9:5555/tls");
}

static void
with_a_port_only_addresses_are_asked(void)
{
	leads_to("trunk.example", 5065, RF_TCP, false, "192.0.2.99:5065/tcp");
	leads_to("trunk.example", 5065, RF_TRANSPORT_NONE, false, "192.0.2.99:5065/udp");
	leads_to("trunk.example", 5065, RF_TRANSPORT_NONE, true, "192.0.2.99:5065/tls");
}

static void
both_families_are_found(void)
{
	struct world *w = world_open((struct rf_resolver_config){ .timeout_ms = 0 });
	ask(w, "host.example", 5060, RF_UDP, false, 1);
	wait_for(w, 1);
	CHECK(w->answer[0].count == 2);
	world_close(w);
}

static void
a_family_without_listener_is_not_asked(void)
{
	struct world *w = world_open((struct rf_resolver_config){ .no_ipv4 = true });
	ask(w, "host.example", 5060, RF_UDP, false, 1);
	wait_for(w, 1);
	answer_is(w, 0, "[2001:db8::1]:5060/udp");
	CHECK(w->dns.asked == 1);
	world_close(w);
}

static void
srv_records_are_ordered_by_priority_and_weight(void)
{
	struct world *w = world_open((struct rf_resolver_config){ .no_ipv6 = true });
	w->draw = 0;
	ask(w, "trunk.example", 0, RF_TCP, false, 1);
	wait_for(w, 1);
	answer_is(w, 0, "192.0.2.21:5070/tcp 192.0.2.22:5071/tcp 192.0.2.23:5080/tcp");
	/* The choice is made for every question, from what is known already. */
	uint32_t asked = w->dns.asked;
	w->draw = 50;
	ask(w, "trunk.example", 0, RF_TCP, false, 2);
	wait_for(w, 2);
	answer_is(w, 1, "192.0.2.22:5071/tcp 192.0.2.21:5070/tcp 192.0.2.23:5080/tcp");
	CHECK(w->dns.asked == asked);
	world_close(w);
}

static void
the_protocol_chooses_the_record_set(void)
{
	leads_to("trunk.example", 0, RF_TLS, false, "192.0.2.21:5061/tls");
	leads_to("trunk.example", 0, RF_UDP, false, "192.0.2.22:5060/udp");
}

static void
without_protocol_udp_is_tried_before_tcp(void)
{
	leads_to("trunk.example", 0, RF_TRANSPORT_NONE, false, "192.0.2.22:5060/udp");
	leads_to("trunk.example", 0, RF_TRANSPORT_NONE, true, "192.0.2.21:5061/tls");
}

static void
naptr_comes_before_everything(void)
{
	leads_to("rules.example", 0, RF_TRANSPORT_NONE, false, "192.0.2.4:5090/tls");
	leads_to("rules.example", 0, RF_TRANSPORT_NONE, true, "192.0.2.4:5090/tls");
}

static void
without_srv_the_name_itself_is_asked(void)
{
	leads_to("four.example", 0, RF_UDP, false, "192.0.2.4:5060/udp");
	leads_to("four.example", 0, RF_TLS, false, "192.0.2.4:5061/tls");
	leads_to("four.example", 0, RF_TRANSPORT_NONE, false, "192.0.2.4:5060/udp");
	leads_to("FOUR.example.", 0, RF_TRANSPORT_NONE, true, "192.0.2.4:5061/tls");
}

static void
a_service_that_is_said_not_to_exist_has_no_address(void)
{
	leads_to("closed.example", 0, RF_UDP, false, "");
}

static void
a_target_that_does_not_exist_is_left_out(void)
{
	leads_to("half.example", 0, RF_UDP, false, "192.0.2.4:5060/udp");
}

static void
many_addresses_leave_room_for_the_spare_target(void)
{
	struct world *w = world_open((struct rf_resolver_config){ .no_ipv6 = true });
	ask(w, "wide.example", 0, RF_UDP, false, 1);
	wait_for(w, 1);
	CHECK(w->answer[0].count == RF_RESOLVE_ADDRESSES_MAX);
	char ip[48];
	const struct rf_addr *last = &w->answer[0].address[RF_RESOLVE_ADDRESSES_MAX - 1];
	uint32_t len = rf_ip_write(ip, last->ip, false);
	CHECK(rf_slice_equal((struct rf_slice){ ip, len }, RF_SLICE("192.0.2.23")));
	world_close(w);
}

static void
an_unknown_name_leads_nowhere(void)
{
	leads_to("nowhere.example", 5060, RF_UDP, false, "");
	leads_to("nowhere.example", 0, RF_TRANSPORT_NONE, false, "");
}

static void
what_is_no_name_leads_nowhere(void)
{
	static const char *const bad[] = { "", ".", "a b.example", "a\"b", "*.example" };
	char text[400];
	for (size_t i = 0; i < RF_ARRAY_LEN(bad); i++)
		leads_to(bad[i], 0, RF_UDP, false, "");
	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	leads_to(text, 0, RF_UDP, false, "");
	text[250] = '\0';                       /* a name, but with _sip._udp. before it none */
	leads_to(text, 0, RF_UDP, false, "");
}

static void
localhost_needs_no_server(void)
{
	struct world *w = world_open((struct rf_resolver_config){ .no_ipv6 = true });
	w->dns.down = true;
	ask(w, "localhost", 0, RF_TRANSPORT_NONE, false, 1);
	wait_for(w, 1);
	answer_is(w, 0, "127.0.0.1:5060/udp");
	CHECK(w->dns.asked == 0);
	world_close(w);
}

/* ---- time and memory ---------------------------------------------------------------------- */

static void
an_answer_is_kept_a_no_too(void)
{
	struct world *w = world_open((struct rf_resolver_config){ .no_ipv6 = true });
	ask(w, "four.example", 5060, RF_UDP, false, 1);
	ask(w, "nowhere.example", 5060, RF_UDP, false, 2);
	wait_for(w, 2);
	uint32_t asked = w->dns.asked;
	ask(w, "four.example", 5060, RF_UDP, false, 3);
	ask(w, "nowhere.example", 5060, RF_UDP, false, 4);
	wait_for(w, 4);
	CHECK(w->dns.asked == asked);
	answer_is(w, 2, "192.0.2.4:5060/udp");
	answer_is(w, 3, "");
	world_close(w);
}

static void
equal_questions_share_one_walk(void)
{
	struct world *w = world_open((struct rf_resolver_config){ .no_ipv6 = true });
	for (rf_token token = 1; token <= 20; token++)
		ask(w, "four.example", 5060, RF_UDP, false, token);
	wait_for(w, 20);
	CHECK(w->dns.asked == 1);
	for (uint32_t i = 0; i < 20; i++)
		CHECK(w->answer[i].token == i + 1 && w->answer[i].count == 1);
	world_close(w);
}

static void
silence_ends_in_time(void)
{
	struct world *w = world_open(
	    (struct rf_resolver_config){ .no_ipv6 = true, .timeout_ms = 150 });
	int64_t begin = now_ms();
	ask(w, "silent.example", 5060, RF_UDP, false, 1);
	wait_for(w, 1);
	CHECK(now_ms() - begin >= 149);
	CHECK(now_ms() - begin < 1000);
	answer_is(w, 0, "");
	struct rf_resolver_counters c;
	rf_resolver_counters(w->r, &c);
	CHECK(c.timeouts == 1);
	world_close(w);
}

static void
when_time_runs_out_what_was_found_is_answered(void)
{
	struct world *w = world_open(
	    (struct rf_resolver_config){ .no_ipv6 = true, .timeout_ms = 150 });
	ask(w, "slow.example", 0, RF_UDP, false, 1);
	wait_for(w, 1);
	answer_is(w, 0, "192.0.2.4:5060/udp");
	world_close(w);
}

static void
an_old_answer_serves_while_dns_is_down(void)
{
	struct world *w = world_open(
	    (struct rf_resolver_config){ .no_ipv6 = true, .timeout_ms = 100 });
	ask(w, "four.example", 5060, RF_UDP, false, 1);
	wait_for(w, 1);
	w->dns.down = true;
	struct rf_lookup *lookup = TAILQ_FIRST(&w->r->lookups);
	lookup->expires_ms = 0;
	ask(w, "four.example", 5060, RF_UDP, false, 2);
	wait_for(w, 2);
	answer_is(w, 1, "192.0.2.4:5060/udp");
	/* But not for ever. */
	lookup->expires_ms = lookup->stale_ms = 0;
	ask(w, "four.example", 5060, RF_UDP, false, 3);
	wait_for(w, 3);
	answer_is(w, 2, "");
	world_close(w);
}

static void
a_server_that_fails_is_a_no(void)
{
	leads_to("broken.example", 5060, RF_UDP, false, "");
}

static void
freeing_with_questions_open_is_clean(void)
{
	struct world *w = world_open((struct rf_resolver_config){ .no_ipv6 = true });
	ask(w, "silent.example", 5060, RF_UDP, false, 1);
	ask(w, "silent.example", 0, RF_TRANSPORT_NONE, false, 2);
	ask(w, "192.0.2.1", 0, RF_UDP, false, 3);
	event_base_loop(w->dns.base, EVLOOP_NONBLOCK);
	ask(w, "192.0.2.1", 0, RF_UDP, false, 4);
	world_close(w);
}

static void
questions_are_bounded(void)
{
	struct world *w = world_open((struct rf_resolver_config){ .no_ipv6 = true });
	struct rf_resolver_counters c;
	char name[32];
	for (uint32_t i = 0; i < RF_RESOLVE_LOOKUPS_MAX + 5; i++) {
		snprintf(name, sizeof(name), "silent%u.example", i);
		ask(w, name, 5060, RF_UDP, false, i);
	}
	rf_resolver_counters(w->r, &c);
	CHECK(c.refused == 5);
	wait_for(w, 5);
	for (uint32_t i = 0; i < 5; i++)
		CHECK(w->answer[i].token == RF_RESOLVE_LOOKUPS_MAX + i);
	world_close(w);
}

/* ---- damaged answers ---------------------------------------------------------------------- */

static void
cut_or_damaged_answers_are_harmless(void)
{
	struct packet p = { .len = 0 };
	struct rf_dns_record out[4];
	put(&p, "\0\1\x81\x80\0\1\0\2\0\0\0\0", 12);
	put_name(&p, "_sip._udp.a.example");
	put16(&p, SRV);
	put16(&p, 1);
	put_record(&p, &(struct record){ "", SRV, "one.example", 5, 1, 5060 });
	put_record(&p, &(struct record){ "", SRV, "two.example", 1, 1, 5061 });
	CHECK(rf_dns_records(out, 4, SRV, p.bytes, (uint32_t)p.len) == 2);
	CHECK(strcmp(out[0].name, "two.example") == 0 && out[0].ttl_s == TTL_S);
	CHECK(strcmp(out[1].name, "one.example") == 0 && out[1].port == 5060);
	CHECK(rf_dns_records(out, 1, SRV, p.bytes, (uint32_t)p.len) == 1);
	CHECK(strcmp(out[0].name, "two.example") == 0);
	for (uint32_t len = 0; len < p.len; len++) {
		uint8_t *cut = malloc(len + 1);
		memcpy(cut, p.bytes, len);
		CHECK(rf_dns_records(out, 4, SRV, cut, len) <= 1);
		free(cut);
	}
	for (size_t i = 0; i < p.len; i++) {
		for (int value = 0; value < 256; value++) {
			uint8_t was = p.bytes[i];
			p.bytes[i] = (uint8_t)value;
			CHECK(rf_dns_records(out, 4, SRV, p.bytes, (uint32_t)p.len) <= 2);
			(void)rf_dns_records(out, 4, NAPTR, p.bytes, (uint32_t)p.len);
			p.bytes[i] = was;
		}
	}
}

int
main(void)
{
	static const struct check_test tests[] = {
		CHECK_TEST(a_literal_is_itself),
		CHECK_TEST(with_a_port_only_addresses_are_asked),
		CHECK_TEST(both_families_are_found),
		CHECK_TEST(a_family_without_listener_is_not_asked),
		CHECK_TEST(srv_records_are_ordered_by_priority_and_weight),
		CHECK_TEST(the_protocol_chooses_the_record_set),
		CHECK_TEST(without_protocol_udp_is_tried_before_tcp),
		CHECK_TEST(naptr_comes_before_everything),
		CHECK_TEST(without_srv_the_name_itself_is_asked),
		CHECK_TEST(a_service_that_is_said_not_to_exist_has_no_address),
		CHECK_TEST(a_target_that_does_not_exist_is_left_out),
		CHECK_TEST(many_addresses_leave_room_for_the_spare_target),
		CHECK_TEST(an_unknown_name_leads_nowhere),
		CHECK_TEST(what_is_no_name_leads_nowhere),
		CHECK_TEST(localhost_needs_no_server),
		CHECK_TEST(an_answer_is_kept_a_no_too),
		CHECK_TEST(equal_questions_share_one_walk),
		CHECK_TEST(silence_ends_in_time),
		CHECK_TEST(when_time_runs_out_what_was_found_is_answered),
		CHECK_TEST(an_old_answer_serves_while_dns_is_down),
		CHECK_TEST(a_server_that_fails_is_a_no),
		CHECK_TEST(freeing_with_questions_open_is_clean),
		CHECK_TEST(questions_are_bounded),
		CHECK_TEST(cut_or_damaged_answers_are_harmless),
	};
	return check_main("resolving", tests, RF_ARRAY_LEN(tests));
}
