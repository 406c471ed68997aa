/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/wire/malformed.c -- says to a SIP server what nobody should, and judges the answers.
 *
 *         malformed udp|tcp LOCAL REMOTE:PORT
 *
 * Each item goes out by a socket of its own.  What must come back: a status, silence (or, over TCP,
 * the end of the connection), or anything at all where only survival matters.  One line an item,
 * "ok" or "not ok"; exit status 1 if there is one of the latter. */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MESSAGE_MAX = 70000, PATIENCE_MS = 150, UDP = 1, TCP = 2, BOTH = UDP | TCP };
enum { ANYTHING = -1, SILENCE = 0 };

struct item {
	const char *name;
	int transports;
	int expected;                           /* a status, SILENCE or ANYTHING */
	size_t (*write)(char *out);             /* NULL: text is sent as it is */
	const char *text;
};

/* "@" in a text stands for the headers every request needs; Via and tags are this process's own. */
static char via[96];
static unsigned serial;

static size_t
put(char *out, size_t at, const char *text)
{
	size_t len = strlen(text);
	if (at + len > MESSAGE_MAX)
		abort();
	memcpy(out + at, text, len);
	return at + len;
}

static size_t
expand(char *out, const char *text)
{
	size_t at = 0;
	for (const char *p = text; *p != '\0'; p++) {
		char common[512];
		if (*p != '@' || p[1] != '@') {
			out[at++] = *p;
			continue;
		}
		p++;
		snprintf(common, sizeof(common),
		    "Via: %s;rport;branch=z9hG4bK-malformed-%d-%u\r\nMax-Forwards: 70\r\n"
		    "From: <sip:rude@carrier.example>;tag=%u\r\nTo: <sip:center@127.0.0.1>\r\n"
		    "Call-ID: malformed-%d-%u\r\n",
		    via, (int)getpid(), serial, serial, (int)getpid(), serial);
		at = put(out, at, common);
	}
	return at;
}

static size_t
garbage(char *out)
{
	uint32_t state = 2463534242u;           /* xorshift: every run sends the same */
	for (size_t i = 0; i < 1200; i++) {
		state ^= state << 13;
		state ^= state >> 17;
		state ^= state << 5;
		out[i] = (char)state;
	}
	return 1200;
}

static size_t
nothing(char *out)
{
	(void)out;
	return 0;
}

static size_t
many_headers(char *out)
{
	size_t at = expand(out, "OPTIONS sip:x@127.0.0.1 SIP/2.0\r\n@@CSeq: 1 OPTIONS\r\n");
	for (unsigned i = 0; i < 1000; i++) {
		char line[32];
		snprintf(line, sizeof(line), "X-Bomb-%u: boom\r\n", i);
		at = put(out, at, line);
	}
	return put(out, at, "Content-Length: 0\r\n\r\n");
}

static size_t
long_header(char *out)
{
	size_t at =
	    expand(out, "OPTIONS sip:x@127.0.0.1 SIP/2.0\r\n@@CSeq: 1 OPTIONS\r\nSubject: ");
	memset(out + at, 'x', 60000);
	return put(out, at + 60000, "\r\nContent-Length: 0\r\n\r\n");
}

static size_t
many_vias(char *out)
{
	size_t at = put(out, 0, "OPTIONS sip:x@127.0.0.1 SIP/2.0\r\n");
	for (unsigned i = 0; i < 200; i++)
		at = put(out, at, "Via: SIP/2.0/UDP 127.0.0.2:9;branch=z9hG4bKbomb\r\n");
	return at + expand(out + at, "@@CSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n");
}

static size_t
nul_bytes(char *out)
{
	size_t at =
	    expand(out, "OPTIONS sip:x@127.0.0.1 SIP/2.0\r\n@@CSeq: 1 OPTIONS\r\nSubject: a?b\r\n"
			"Content-Length: 0\r\n\r\n");
	*(char *)memchr(out, '?', at) = '\0';
	return at;
}

static size_t
nested_quotes(char *out)
{
	size_t at = put(out, 0, "OPTIONS sip:x@127.0.0.1 SIP/2.0\r\n");
	at += expand(out + at, "@@CSeq: 1 OPTIONS\r\nContact: ");
	for (unsigned i = 0; i < 3000; i++)
		at = put(out, at, "\"<");
	return put(out, at, "\r\nContent-Length: 0\r\n\r\n");
}

#define OPTIONS "OPTIONS sip:x@127.0.0.1 SIP/2.0\r\n@@CSeq: 1 OPTIONS\r\n"
#define INVITE                                                                                     \
	"INVITE sip:center@127.0.0.1 SIP/2.0\r\n@@CSeq: 1 INVITE\r\nContact: "                     \
	"<sip:a@127.0.0.2:9>\r\n"
#define NO_BODY "Content-Length: 0\r\n\r\n"

static const struct item items[] = {
	{ "a well-formed request, to know that it listens", BOTH, 200, NULL, OPTIONS NO_BODY },
	{ "compact forms and folding are well-formed too", BOTH, 200, NULL,
	    OPTIONS "Subject: a\r\n b\r\nl: 0\r\n\r\n" },
	{ "garbage", BOTH, SILENCE, garbage, NULL },
	{ "an empty datagram", UDP, SILENCE, nothing, NULL },
	{ "keepalive only", BOTH, ANYTHING, NULL, "\r\n\r\n" },
	{ "a start line and no more", UDP, SILENCE, NULL,
	    "OPTIONS sip:x@127.0.0.1 SIP/2.0\r\n\r\n" },
	{ "no end of the header", UDP, ANYTHING, NULL, OPTIONS },
	{ "HTTP", BOTH, SILENCE, NULL, "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n" },
	{ "a later version", BOTH, 505, NULL,
	    "OPTIONS sip:x@127.0.0.1 SIP/3.0\r\n@@CSeq: 1 OPTIONS\r\n" NO_BODY },
	{ "Content-Length beyond the datagram", UDP, 400, NULL,
	    OPTIONS "Content-Length: 50\r\n\r\nshort" },
	{ "Content-Length below the datagram", UDP, 200, NULL,
	    OPTIONS "Content-Length: 2\r\n\r\nlong" },
	{ "Content-Length that is no number", UDP, 400, NULL,
	    OPTIONS "Content-Length: many\r\n\r\n" },
	{ "Content-Length beyond all numbers", UDP, 400, NULL,
	    OPTIONS "Content-Length: 99999999999999999999999999\r\n\r\n" },
	{ "a stream whose length is not given", TCP, ANYTHING, NULL, OPTIONS "\r\n" },
	{ "a stream that announces a gigabyte", TCP, ANYTHING, NULL,
	    OPTIONS "Content-Length: 1073741824\r\n\r\n" },
	{ "a stream whose length is negative", TCP, ANYTHING, NULL,
	    OPTIONS "Content-Length: -1\r\n\r\n" },
	{ "CSeq of another method", BOTH, 400, NULL,
	    "OPTIONS sip:x@127.0.0.1 SIP/2.0\r\n@@CSeq: 1 INVITE\r\n" NO_BODY },
	{ "CSeq beyond 31 bits", BOTH, 400, NULL,
	    "OPTIONS sip:x@127.0.0.1 SIP/2.0\r\n@@CSeq: 4294967296 OPTIONS\r\n" NO_BODY },
	{ "two From", BOTH, 400, NULL,
	    OPTIONS "From: <sip:two@carrier.example>;tag=2\r\n" NO_BODY },
	{ "no CSeq at all", BOTH, ANYTHING, NULL, "OPTIONS sip:x@127.0.0.1 SIP/2.0\r\n@@" NO_BODY },
	{ "no Contact in INVITE", BOTH, 400, NULL,
	    "INVITE sip:center@127.0.0.1 SIP/2.0\r\n@@CSeq: 1 INVITE\r\n" NO_BODY },
	{ "two Contact in INVITE", BOTH, 400, NULL,
	    INVITE "Contact: <sip:b@127.0.0.2:9>\r\n" NO_BODY },
	{ "no URI", BOTH, ANYTHING, NULL, "OPTIONS <> SIP/2.0\r\n@@CSeq: 1 OPTIONS\r\n" NO_BODY },
	{ "a scheme of another world", BOTH, ANYTHING, NULL,
	    "INVITE gopher://x SIP/2.0\r\n@@CSeq: 1 INVITE\r\nContact: "
	    "<sip:a@127.0.0.2:9>\r\n" NO_BODY },
	{ "a thousand header fields", BOTH, ANYTHING, many_headers, NULL },
	{ "a header field of 60 kB", UDP, ANYTHING, long_header, NULL },
	{ "a header field of 60 kB in a stream", TCP, ANYTHING, long_header, NULL },
	{ "two hundred Via", BOTH, ANYTHING, many_vias, NULL },
	{ "NUL in a header field", BOTH, ANYTHING, nul_bytes, NULL },
	{ "three thousand quotes", BOTH, ANYTHING, nested_quotes, NULL },
	{ "an answer to no question", BOTH, SILENCE, NULL,
	    "SIP/2.0 200 OK\r\n@@CSeq: 1 INVITE\r\nContact: <sip:a@127.0.0.2:9>\r\n" NO_BODY },
	{ "an answer with status 999", BOTH, SILENCE, NULL,
	    "SIP/2.0 999 What\r\n@@CSeq: 1 INVITE\r\n" NO_BODY },
	{ "an ACK of nothing", BOTH, SILENCE, NULL,
	    "ACK sip:x@127.0.0.1 SIP/2.0\r\n@@CSeq: 1 ACK\r\n" NO_BODY },
	{ "a CANCEL of nothing", BOTH, 481, NULL,
	    "CANCEL sip:x@127.0.0.1 SIP/2.0\r\n@@CSeq: 1 CANCEL\r\n" NO_BODY },
	{ "a REFER of nothing", BOTH, 403, NULL,
	    "REFER sip:x@127.0.0.1 SIP/2.0\r\n@@CSeq: 1 REFER\r\nContact: <sip:a@127.0.0.2:9>\r\n"
	    "Refer-To: <sip:billing@127.0.0.1>\r\n" NO_BODY },
	{ "SDP that is none", BOTH, ANYTHING, NULL,
	    "OPTIONS sip:x@127.0.0.1 SIP/2.0\r\n@@CSeq: 1 OPTIONS\r\nContent-Type: "
	    "application/sdp\r\n"
	    "Content-Length: 9\r\n\r\nv=0\no=\nm=" },
	{ "and it still listens", BOTH, 200, NULL, OPTIONS NO_BODY },
};

static struct sockaddr_in
address_of(const char *text)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	char host[INET_ADDRSTRLEN] = "";
	const char *colon = strchr(text, ':');
	size_t len = colon != NULL ? (size_t)(colon - text) : strlen(text);
	if (len < sizeof(host))
		memcpy(host, text, len);
	if (inet_pton(AF_INET, host, &address.sin_addr) != 1) {
		fprintf(stderr, "malformed: %s is no address\n", text);
		exit(64);
	}
	if (colon != NULL)
		address.sin_port = htons((uint16_t)strtoul(colon + 1, NULL, 10));
	return address;
}

static int
open_socket(bool tcp, const char *local, struct sockaddr_in remote)
{
	struct sockaddr_in from = address_of(local);
	socklen_t len = sizeof(from);
	char host[INET_ADDRSTRLEN];
	int fd = socket(AF_INET, tcp ? SOCK_STREAM : SOCK_DGRAM, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&from, sizeof(from)) != 0
	    || connect(fd, (struct sockaddr *)&remote, sizeof(remote)) != 0
	    || getsockname(fd, (struct sockaddr *)&from, &len) != 0) {
		perror("malformed: socket");
		exit(1);
	}
	inet_ntop(AF_INET, &from.sin_addr, host, sizeof(host));
	snprintf(via, sizeof(via), "SIP/2.0/%s %s:%u", tcp ? "TCP" : "UDP", host,
	    (unsigned)ntohs(from.sin_port));
	return fd;
}

/* The final status that came back, SILENCE if none did in time. */
static int
hear(int fd)
{
	char heard[8192];
	size_t len = 0;
	struct pollfd polled = { .fd = fd, .events = POLLIN };
	while (len < sizeof(heard) - 1 && poll(&polled, 1, PATIENCE_MS) > 0) {
		ssize_t got = recv(fd, heard + len, sizeof(heard) - 1 - len, 0);
		if (got <= 0)
			break;
		len += (size_t)got;
		heard[len] = '\0';
		/* A provisional answer may come in the same breath. */
		for (const char *p = heard; (p = strstr(p, "SIP/2.0 ")) != NULL; p += 8) {
			bool begins = p == heard || p[-1] == '\n';
			if (begins && atoi(p + 8) >= 200)
				return atoi(p + 8);
		}
	}
	return SILENCE;
}

static bool
try_item(const struct item *item, bool tcp, const char *local, struct sockaddr_in remote)
{
	static char message[MESSAGE_MAX];
	int fd = open_socket(tcp, local, remote);
	serial++;
	size_t len = item->write != NULL ? item->write(message) : expand(message, item->text);
	/* A stream may be closed under our hands: that is an answer too. */
	for (size_t at = 0; at < len || len == 0;) {
		ssize_t sent = send(fd, message + at, len - at, MSG_NOSIGNAL);
		if (sent <= 0)
			break;
		at += (size_t)sent;
	}
	int status = hear(fd);
	close(fd);
	bool good = item->expected == ANYTHING || item->expected == status;
	printf("%s %s %s: %d", good ? "ok" : "not ok", tcp ? "tcp" : "udp", item->name, status);
	if (!good)
		printf(", expected %d", item->expected);
	putchar('\n');
	return good;
}

int
main(int argc, char **argv)
{
	bool tcp = argc == 4 && strcmp(argv[1], "tcp") == 0;
	if (argc != 4 || (!tcp && strcmp(argv[1], "udp") != 0)) {
		fputs("usage: malformed udp|tcp LOCAL REMOTE:PORT\n", stderr);
		return 64;
	}
	struct sockaddr_in remote = address_of(argv[3]);
	int status = 0;
	for (size_t i = 0; i < sizeof(items) / sizeof(items[0]); i++) {
		if ((items[i].transports & (tcp ? TCP : UDP)) != 0
		    && !try_item(&items[i], tcp, argv[2], remote))
			status = 1;
	}
	return status;
}
