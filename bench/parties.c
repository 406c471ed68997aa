/* SPDX-License-Identifier: BSD-2-Clause */
/* bench/parties.c -- the three parties of a hand-back as a load, over UDP or TLS.
 *
 *         parties [--call] [--tls FOLDER] [--rate N] [--calls N] [--warm N]
 *                 [--before MS] [--ring MS] [--talk MS]
 *                 [--peer PORT] [--base PORT] [--pid PID]
 *
 * customer 127.0.0.2:BASE+2 calls "center" at 127.0.0.1:PEER, N a second.  center 127.0.0.3:BASE+3
 * answers and refers --before after its ACK to "billing", which queue 127.0.0.4:BASE+4 answers
 * after --ring; the queue hangs up --talk after its ACK.  With --call nobody is referred and the
 * customer hangs up: the 13 messages that a proxy can carry, too.  SDP of 400 bytes, and in a
 * hand-back two Record-Routes.
 *
 * First --warm calls, which are not measured.  Then one line of name=value: what the calls
 * cost the process tree PID, what went to and fro, how long the 2xx to a REFER took.  Parties check
 * outcomes only - tests/wire is where messages are checked - and send nothing twice: what the
 * network loses is a lost call. */
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/link.h"
#include "bench/usage.h"

enum {
	SDP_BYTES = 400,
	TEXT_MAX = 192,
	CUSTOMER_LINKS = 4,
	QUIET_S = 5,                            /* after so much silence a call is lost */
	LEGS_MAX = 400000,
};

/* What a party remembers of its dialog. */
struct leg {
	struct link *link;
	int64_t asked;                          /* when the REFER left */
	uint32_t number, cseq;
	bool answered, over;
	char call_id[TEXT_MAX], target[TEXT_MAX], route[TEXT_MAX], us[TEXT_MAX], them[TEXT_MAX];
	char *invite;                           /* queue: what it has yet to answer */
	size_t invite_len;
};

struct party {
	struct endpoint endpoint;
	const char *name, *domain;
	char role;                              /* in our tags: "tag=hb" ROLE NUMBER */
	struct leg *leg;
	uint32_t legs;
};

/* First in, first out: every entry waits equally long. */
struct timer {
	int64_t wait_ns;
	void (*fire)(struct leg *);
	struct { int64_t at; struct leg *leg; } *entry;
	uint32_t first, last;
};

static void customer_received(struct link *, const char *, size_t);
static void center_received(struct link *, const char *, size_t);
static void queue_received(struct link *, const char *, size_t);
static struct party customer = { .endpoint.received = customer_received, .name = "customer",
	.domain = "carrier.example", .role = 'c' };
static struct party center = { .endpoint.received = center_received, .name = "center",
	.domain = "acme.example", .role = 'a' };
static struct party queue = { .endpoint.received = queue_received, .name = "queue",
	.domain = "platform.example", .role = 'q' };
static struct timer listening, ringing, talking;

static bool call_only;
static const char *transport = "udp", *transport_upper = "UDP";
static uint16_t peer_port = 5060;
static uint32_t done, failed, wanted, answers;
static uint32_t *answer_us;                     /* REFER to 202 */
static char first_failure[400];

/* ---- text ----------------------------------------------------------------------------------- */

struct out {
	size_t len;
	char bytes[MESSAGE_MAX];
};

static void __attribute__((format(printf, 2, 3)))
put(struct out *o, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	o->len += (size_t)vsnprintf(o->bytes + o->len, sizeof o->bytes - o->len, format, arguments);
	va_end(arguments);
	if (o->len >= sizeof o->bytes)
		abort();
}

/* The next header field of that name ("\r\nVia:"), without its CRLF; NULL: no more. */
static const char *
next_line(const char *message, size_t len, const char *name, size_t *line_len)
{
	const char *head = memmem(message, len, "\r\n\r\n", 4);
	size_t head_len = head != NULL ? (size_t)(head - message) + 2 : len;
	const char *p = memmem(message, head_len, name, strlen(name));
	if (p == NULL)
		return NULL;
	p += 2;
	*line_len = (size_t)((const char *)memchr(p, '\r', head_len - (size_t)(p - message)) - p);
	return p;
}

static void
copy_lines(struct out *o, const char *message, size_t len, const char *name)
{
	const char *p = message;
	size_t n;
	while ((p = next_line(p, len - (size_t)(p - message), name, &n)) != NULL) {
		put(o, "%.*s\r\n", (int)n, p);
		p += n;
	}
}

static void
value_of(char out[TEXT_MAX], const char *message, size_t len, const char *name)
{
	size_t n = 0, name_len = strlen(name) - 2;
	const char *p = next_line(message, len, name, &n);
	out[0] = '\0';
	if (p == NULL || n <= name_len)
		return;
	p += name_len;
	n -= name_len;
	while (n > 0 && *p == ' ') {
		p++;
		n--;
	}
	snprintf(out, TEXT_MAX, "%.*s", (int)n, p);
}

/* The URI between the angle brackets of Contact. */
static void
target_of(char out[TEXT_MAX], const char *message, size_t len)
{
	char value[TEXT_MAX];
	value_of(value, message, len, "\r\nContact:");
	const char *from = strchr(value, '<'), *to = from != NULL ? strchr(from, '>') : NULL;
	if (to != NULL)
		snprintf(out, TEXT_MAX, "%.*s", (int)(to - from - 1), from + 1);
}

/* What an ordinary phone says, filled up by a label that differs from call to call. */
static void
put_sdp(struct out *o, const struct party *p, uint32_t version)
{
	static uint32_t label;
	char sdp[SDP_BYTES + 1];
	int n = snprintf(sdp, sizeof sdp, "v=0\r\no=%s %u %u IN IP4 %s\r\ns=-\r\n"
	    "c=IN IP4 %s\r\nt=0 0\r\nm=audio %u RTP/AVP 8 0 9 18 96 101\r\na=rtcp:%u\r\n"
	    "a=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:9 G722/8000\r\n"
	    "a=rtpmap:18 G729/8000\r\na=fmtp:18 annexb=no\r\na=rtpmap:96 opus/48000/2\r\n"
	    "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\na=ptime:20\r\n"
	    "a=maxptime:60\r\na=sendrecv\r\na=label:", p->name, 7000 + p->legs, version,
	    p->endpoint.ip, p->endpoint.ip, 20000 + p->legs % 20000 * 2,
	    20001 + p->legs % 20000 * 2);
	for (label += 0x9e3779b9; n < SDP_BYTES - 2; n++)
		sdp[n] = "0123456789abcdef"[(label ^ label >> 15) * (uint32_t)n >> 9 & 15];
	memcpy(sdp + n, "\r\n", 3);
	put(o, "Content-Type: application/sdp\r\nContent-Length: %d\r\n\r\n%s", SDP_BYTES, sdp);
}

/* Two proxies stand between the party and referee.  `near` is the one that is next to referee and
 * which it sends to; it lives at the party's address. */
static void
put_record_routes(struct out *o, const struct party *p, bool near_first)
{
	for (int i = 0; i < 2 && !call_only; i++) {
		if ((i == 0) == near_first)
			put(o, "Record-Route: <sip:%s:%u;transport=%s;lr>\r\n", p->endpoint.ip,
			    p->endpoint.port, transport);
		else
			put(o, "Record-Route: <sip:proxy.%s;transport=%s;lr>\r\n", p->domain,
			    transport);
	}
}

static void
put_contact(struct out *o, const struct party *p)
{
	put(o, "Contact: <sip:%s@%s:%u;transport=%s>\r\n", p->name, p->endpoint.ip,
	    p->endpoint.port, transport);
}

/* ---- what every party does ------------------------------------------------------------------ */

static void
fail(struct leg *leg, const char *message, size_t len)
{
	if (failed++ == 0)
		snprintf(first_failure, sizeof first_failure, "%.*s", (int)len, message);
	if (leg != NULL)
		leg->over = true;
}

/* A request in the dialog, up to its own header fields. */
static void
put_request(struct out *o, const struct party *p, const struct leg *leg, const char *method)
{
	o->len = 0;
	put(o, "%s %s SIP/2.0\r\nVia: SIP/2.0/%s %s:%u;branch=z9hG4bK%c%u.%u%s;rport\r\n", method,
	    leg->target, transport_upper, p->endpoint.ip, p->endpoint.port, p->role, leg->number,
	    leg->cseq, method[0] == 'A' ? "a" : "");
	if (leg->route[0] != '\0')
		put(o, "Route: %s\r\n", leg->route);
	put(o, "Max-Forwards: 70\r\nFrom: %s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %u %s\r\n", leg->us,
	    leg->them, leg->call_id, leg->cseq, method);
}

static void
send_plain(const struct party *p, struct leg *leg, const char *method)
{
	struct out o;
	if (method[0] != 'A')
		leg->cseq++;
	put_request(&o, p, leg, method);
	put(&o, "Content-Length: 0\r\n\r\n");
	link_send(leg->link, o.bytes, o.len);
}

/* A response.  leg: adds our tag, which the request has not. */
static void
respond(const struct party *p, struct link *link, const char *request, size_t len,
    const char *status, const struct leg *leg, bool sdp, uint32_t version)
{
	struct out o = { 0 };
	char to[TEXT_MAX];
	put(&o, "SIP/2.0 %s\r\n", status);
	copy_lines(&o, request, len, "\r\nVia:");
	copy_lines(&o, request, len, "\r\nFrom:");
	value_of(to, request, len, "\r\nTo:");
	if (leg != NULL)
		put(&o, "To: %s;tag=hb%c%08u\r\n", to, p->role, leg->number);
	else
		put(&o, "To: %s\r\n", to);
	copy_lines(&o, request, len, "\r\nCall-ID:");
	copy_lines(&o, request, len, "\r\nCSeq:");
	if (leg != NULL) {
		if (call_only)
			copy_lines(&o, request, len, "\r\nRecord-Route:");
		put_record_routes(&o, p, false);
	}
	if (leg != NULL || sdp)
		put_contact(&o, p);
	if (sdp)
		put_sdp(&o, p, version);
	else
		put(&o, "Content-Length: 0\r\n\r\n");
	link_send(link, o.bytes, o.len);
}

/* The leg whose tag the message carries; NULL: none of ours. */
static struct leg *
leg_of(const struct party *p, const char *message, size_t len)
{
	char mark[] = "tag=hb?";
	mark[sizeof mark - 2] = p->role;
	const char *tag = memmem(message, len, mark, sizeof mark - 1);
	uint32_t number = tag != NULL ?
	    (uint32_t)strtoul(tag + sizeof mark - 1, NULL, 10) : LEGS_MAX;
	return number < p->legs ? &p->leg[number] : NULL;
}

static struct leg *
leg_new(struct party *p, struct link *link)
{
	if (p->legs == LEGS_MAX) {
		fprintf(stderr, "parties: too many calls\n");
		exit(1);
	}
	struct leg *leg = &p->leg[p->legs];
	*leg = (struct leg){ .link = link, .number = p->legs++, .cseq = 1 };
	return leg;
}

/* The dialog of an INVITE that came: our place in it is the other side's. */
static struct leg *
leg_called(struct party *p, struct link *link, const char *message, size_t len)
{
	struct leg *leg = leg_new(p, link);
	char to[TEXT_MAX];
	value_of(to, message, len, "\r\nTo:");
	snprintf(leg->us, sizeof leg->us, "%.150s;tag=hb%c%08u", to, p->role, leg->number);
	value_of(leg->them, message, len, "\r\nFrom:");
	value_of(leg->call_id, message, len, "\r\nCall-ID:");
	value_of(leg->route, message, len, "\r\nRecord-Route:");
	target_of(leg->target, message, len);
	return leg;
}

static bool
is(const char *message, size_t len, const char *start)
{
	size_t n = strlen(start);
	return len > n && memcmp(message, start, n) == 0;
}

static bool
is_response_to(const char *message, size_t len, const char *method)
{
	size_t n;
	const char *cseq = next_line(message, len, "\r\nCSeq:", &n);
	return cseq != NULL && n > strlen(method) &&
	    memcmp(cseq + n - strlen(method), method, strlen(method)) == 0;
}

static void
timer_add(struct timer *t, struct leg *leg)
{
	uint32_t i = t->last++ % LEGS_MAX;
	t->entry[i].at = now_ns() + t->wait_ns;
	t->entry[i].leg = leg;
}

/* Fires what is due; when the next one is, or `latest`. */
static int64_t
timer_turn(struct timer *t, int64_t latest)
{
	while (t->first != t->last) {
		uint32_t i = t->first % LEGS_MAX;
		if (t->entry[i].at > now_ns())
			return t->entry[i].at < latest ? t->entry[i].at : latest;
		t->first++;
		t->fire(t->entry[i].leg);
	}
	return latest;
}

/* ---- customer ------------------------------------------------------------------------------- */

static void
customer_calls(void)
{
	struct party *p = &customer;
	struct leg *leg = leg_new(p, endpoint_link(&p->endpoint));
	struct out o;
	snprintf(leg->target, sizeof leg->target, "sip:center@127.0.0.1:%u;transport=%s", peer_port,
	    transport);
	snprintf(leg->call_id, sizeof leg->call_id, "hb-%08u-3848276298220188@carrier.example",
	    leg->number);
	snprintf(leg->us, sizeof leg->us,
	    "\"A. Customer\" <sip:+4930123456@carrier.example>;tag=hbc%08u", leg->number);
	snprintf(leg->them, sizeof leg->them, "<sip:center@referee.example>");
	put_request(&o, p, leg, "INVITE");
	put_record_routes(&o, p, true);
	put_contact(&o, p);
	put(&o, "Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE, PRACK\r\nSupported: replaces\r\n"
	    "User-Agent: ExamplePhone/4.2.1\r\n");
	put_sdp(&o, p, 1);
	link_send(leg->link, o.bytes, o.len);
}

static void
customer_hangs_up(struct leg *leg)
{
	send_plain(&customer, leg, "BYE");
}

static void
customer_response(struct leg *leg, const char *message, size_t len)
{
	if (is(message, len, "SIP/2.0 1"))
		return;
	if (is_response_to(message, len, "BYE")) {
		done += !leg->over;
		leg->over = true;
		return;
	}
	if (!is(message, len, "SIP/2.0 2")) {
		if (!leg->over)
			fail(leg, message, len);
		return;
	}
	value_of(leg->them, message, len, "\r\nTo:");
	if (call_only)
		value_of(leg->route, message, len, "\r\nRecord-Route:");
	target_of(leg->target, message, len);
	send_plain(&customer, leg, "ACK");
	if (call_only && !leg->answered)
		timer_add(&talking, leg);
	leg->answered = true;
}

static void
customer_received(struct link *link, const char *message, size_t len)
{
	struct leg *leg = leg_of(&customer, message, len);
	if (leg == NULL)
		return;
	if (is(message, len, "SIP/2.0 ")) {
		customer_response(leg, message, len);
	} else if (is(message, len, "INVITE ")) {
		respond(&customer, link, message, len, "200 OK", NULL, true, 2);
	} else if (is(message, len, "BYE ")) {
		respond(&customer, link, message, len, "200 OK", NULL, false, 0);
		done += !leg->over;
		leg->over = true;
	}
}

/* ---- center --------------------------------------------------------------------------------- */

static void
center_refers(struct leg *leg)
{
	struct out o;
	leg->cseq++;
	leg->asked = now_ns();
	put_request(&o, &center, leg, "REFER");
	put_contact(&o, &center);
	put(&o, "Refer-To: <sip:billing@referee.example;user=phone>\r\n"
	    "Referred-By: <sip:agent7@acme.example>\r\nContent-Length: 0\r\n\r\n");
	link_send(leg->link, o.bytes, o.len);
}

static void
center_notified(struct leg *leg, struct link *link, const char *message, size_t len)
{
	respond(&center, link, message, len, "200 OK", NULL, false, 0);
	if (memmem(message, len, "terminated", 10) == NULL || leg->over)
		return;
	leg->over = true;
	if (memmem(message, len, "\r\n\r\nSIP/2.0 200", 15) == NULL)
		fail(leg, message, len);
	send_plain(&center, leg, "BYE");
}

static void
center_response(struct leg *leg, const char *message, size_t len)
{
	if (!is(message, len, "SIP/2.0 2"))
		fail(leg, message, len);
	else if (is_response_to(message, len, "REFER") && answers < LEGS_MAX)
		answer_us[answers++] = (uint32_t)((now_ns() - leg->asked) / 1000);
}

static void
center_received(struct link *link, const char *message, size_t len)
{
	struct leg *leg = leg_of(&center, message, len);
	if (leg == NULL && is(message, len, "INVITE ")) {
		leg = leg_called(&center, link, message, len);
		respond(&center, link, message, len, "180 Ringing", leg, false, 0);
		respond(&center, link, message, len, "200 OK", leg, true, 1);
	} else if (leg == NULL) {
		return;
	} else if (is(message, len, "SIP/2.0 ")) {
		center_response(leg, message, len);
	} else if (is(message, len, "ACK ") && !leg->answered) {
		leg->answered = true;
		if (!call_only)
			timer_add(&listening, leg);
	} else if (is(message, len, "NOTIFY ")) {
		center_notified(leg, link, message, len);
	} else if (is(message, len, "BYE ")) {
		respond(&center, link, message, len, "200 OK", NULL, false, 0);
	}
}

/* ---- queue ---------------------------------------------------------------------------------- */

static void
queue_answers(struct leg *leg)
{
	respond(&queue, leg->link, leg->invite, leg->invite_len, "200 OK", leg, true, 1);
	free(leg->invite);
	leg->invite = NULL;
}

static void
queue_hangs_up(struct leg *leg)
{
	send_plain(&queue, leg, "BYE");
}

static void
queue_received(struct link *link, const char *message, size_t len)
{
	struct leg *leg = leg_of(&queue, message, len);
	if (leg == NULL && is(message, len, "INVITE ")) {
		leg = leg_called(&queue, link, message, len);
		respond(&queue, link, message, len, "180 Ringing", leg, false, 0);
		if ((leg->invite = malloc(len)) == NULL)
			abort();
		memcpy(leg->invite, message, leg->invite_len = len);
		timer_add(&ringing, leg);
	} else if (leg == NULL) {
		return;
	} else if (is(message, len, "ACK ") && !leg->answered) {
		leg->answered = true;
		timer_add(&talking, leg);
	} else if (is(message, len, "BYE ")) {
		respond(&queue, link, message, len, "200 OK", NULL, false, 0);
	}
}

/* ---- the run -------------------------------------------------------------------------------- */

/* Places so many calls at that rate and waits for their end. */
static void
place(uint32_t calls, double rate)
{
	int64_t start = now_ns(), heard_at = start;
	int64_t patience = QUIET_S * INT64_C(1000000000) + ringing.wait_ns + talking.wait_ns;
	uint64_t heard = traffic.received;
	uint32_t placed = 0;
	wanted += calls;
	while (done + failed < wanted) {
		int64_t now = now_ns(), next = now + 100000000;
		if (heard != traffic.received || placed < calls)
			heard_at = now;
		heard = traffic.received;
		if (now - heard_at > patience)
			break;
		while (placed < calls && start + (int64_t)(placed * 1e9 / rate) <= now) {
			customer_calls();
			placed++;
		}
		if (placed < calls)
			next = start + (int64_t)(placed * 1e9 / rate);
		next = timer_turn(&listening, next);
		next = timer_turn(&ringing, next);
		next = timer_turn(&talking, next);
		now = now_ns();
		links_turn(next > now ? next - now : 0);
	}
	for (int64_t end = now_ns() + 200000000; now_ns() < end;)
		links_turn(10000000);           /* what is still on its way */
	wanted = done + failed;
}

static int
by_size(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return (x > y) - (x < y);
}

static void
report(uint32_t calls, const struct usage *before, const struct usage *after, double seconds)
{
	uint64_t user = after->user_ticks - before->user_ticks;
	uint64_t both = user + after->system_ticks - before->system_ticks;
	qsort(answer_us, answers, sizeof *answer_us, by_size);
	printf("calls=%u done=%u failed=%u cpu_us=%.1f user=%.2f received=%.2f sent=%.2f "
	    "received_bytes=%.0f sent_bytes=%.0f seconds=%.2f p50_us=%u p99_us=%u accepted=%"
	    PRIu64 "\n", calls, done, failed,
	    (double)(after->cpu_ns - before->cpu_ns) / 1e3 / (done > 0 ? done : 1),
	    both > 0 ? (double)user / (double)both : 0, (double)traffic.received / calls,
	    (double)traffic.sent / calls,
	    (double)traffic.received_bytes / (double)(traffic.received + !traffic.received),
	    (double)traffic.sent_bytes / (double)(traffic.sent + !traffic.sent), seconds,
	    answers > 0 ? answer_us[answers / 2] : 0,
	    answers > 0 ? answer_us[(uint64_t)answers * 99 / 100] : 0, traffic.accepted);
	if (failed > 0)
		fprintf(stderr, "the first that failed:\n%s\n", first_failure);
}

static void
open_party(struct party *p, uint16_t port, const char *ip, const char *certificates, uint32_t links)
{
	p->leg = calloc(LEGS_MAX, sizeof *p->leg);
	endpoint_open(&p->endpoint, ip, port, peer_port, certificates, p->name, links);
}

static void
open_timer(struct timer *t, unsigned long ms, void (*fire)(struct leg *))
{
	t->wait_ns = (int64_t)ms * 1000000;
	t->fire = fire;
	t->entry = calloc(LEGS_MAX, sizeof *t->entry);
}

int
main(int argc, char **argv)
{
	static const struct option options[] = { { "call", 0, NULL, 'o' }, { "tls", 1, NULL, 't' },
		{ "rate", 1, NULL, 'r' }, { "calls", 1, NULL, 'n' }, { "warm", 1, NULL, 'w' },
		{ "before", 1, NULL, 'f' }, { "ring", 1, NULL, 'g' },
		{ "talk", 1, NULL, 'k' }, { "peer", 1, NULL, 'p' },
		{ "base", 1, NULL, 'b' }, { "pid", 1, NULL, 'i' }, { 0 } };
	unsigned long calls = 1000, warm = 100, pause = 50, ring = 20, talk = 200, base = 12000;
	unsigned long pid = 0;
	double rate = 200;
	const char *certificates = NULL;
	for (int o; (o = getopt_long(argc, argv, "", options, NULL)) != -1;) {
		switch (o) {
		case 'o': call_only = true; break;
		case 't': certificates = optarg; break;
		case 'r': rate = strtod(optarg, NULL); break;
		case 'n': calls = strtoul(optarg, NULL, 10); break;
		case 'w': warm = strtoul(optarg, NULL, 10); break;
		case 'f': pause = strtoul(optarg, NULL, 10); break;
		case 'g': ring = strtoul(optarg, NULL, 10); break;
		case 'k': talk = strtoul(optarg, NULL, 10); break;
		case 'p': peer_port = (uint16_t)strtoul(optarg, NULL, 10); break;
		case 'b': base = strtoul(optarg, NULL, 10); break;
		case 'i': pid = strtoul(optarg, NULL, 10); break;
		default: return 64;
		}
	}
	if (calls == 0 || calls + warm > LEGS_MAX || rate <= 0)
		return 64;
	if (certificates != NULL) {
		transport = "tls";
		transport_upper = "TLS";
	}
	signal(SIGPIPE, SIG_IGN);
	answer_us = calloc(LEGS_MAX, sizeof *answer_us);
	open_party(&center, (uint16_t)(base + 3), "127.0.0.3", certificates, 0);
	open_party(&queue, (uint16_t)(base + 4), "127.0.0.4", certificates, 0);
	open_party(&customer, (uint16_t)(base + 2), "127.0.0.2", certificates, CUSTOMER_LINKS);
	open_timer(&listening, pause, center_refers);
	open_timer(&ringing, ring, queue_answers);
	open_timer(&talking, talk, call_only ? customer_hangs_up : queue_hangs_up);
	if (warm > 0)
		place((uint32_t)warm, rate);
	wanted = done = failed = answers = 0;
	traffic = (struct traffic){ .accepted = traffic.accepted };
	struct usage before = usage_of_tree((pid_t)pid);
	int64_t start = now_ns();
	place((uint32_t)calls, rate);
	double seconds = (double)(now_ns() - start) / 1e9;
	struct usage after = usage_of_tree((pid_t)pid);
	report((uint32_t)calls, &before, &after, seconds);
	return done < calls;
}
