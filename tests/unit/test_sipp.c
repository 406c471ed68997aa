/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_sipp.c -- SIPp scenarios in the world: what is read, what is refused, and what
 * the keywords, checks and timers do.  That it is what SIPp itself does is for tests/equivalence.
 */
#include "sim/sipp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/check.h"

static char error[SIPP_ERROR_MAX];
static char said[32 * 1024]; /* by the party, and heard: start lines with their instants */
static char last[SIP_BYTES_MAX];
static struct world *w;
static struct sipp_scenario *scenario;
static struct sipp *sipp;

#define FILE_NAME "test_sipp.xml"
#define KEYS (const struct sipp_key[]){ { "extra", "X-Extra: yes" } }, 1

static struct sipp_scenario *
open_text(const char *text)
{
	FILE *out = fopen(FILE_NAME, "w");
	CHECK_OR_STOP(out != NULL);
	fprintf(out, "<?xml version=\"1.0\"?>\n<scenario name=\"test\">\n%s</scenario>\n", text);
	fclose(out);
	return sipp_open(FILE_NAME, KEYS, error);
}

/* The text is line 3 and on; `why` is how the complaint begins. */
static void
refused(const char *text, const char *why)
{
	struct sipp_scenario *s = open_text(text);
	CHECK(s == NULL);
	if (strncmp(error, why, strlen(why)) != 0)
		check_note("%s, expected %s", error, why);
	CHECK(strncmp(error, why, strlen(why)) == 0);
	sipp_close(s);
}

#define RECV "<recv response=\"200\"/>\n"

static void
test_refused(void)
{
	refused("<dance/>\n", FILE_NAME ":3: the element <dance> is not known");
	refused(RECV "<recv response=\"200\" lost=\"10\"/>\n",
	    FILE_NAME ":4: <recv> has no attribute lost here");
	refused("<recv/>\n", FILE_NAME ":3: <recv> needs a request or a response");
	refused("<nop><action><exec command=\"rm\"/></action></nop>\n",
	    FILE_NAME ":3: the action <exec> is not known");
	refused("<recv response=\"two\"/>\n", FILE_NAME ":3: response=\"two\": expected a number");
	refused("<nop next=\"there\"/>\n", FILE_NAME ":3: there is no label there");
	refused("<send><![CDATA[\n\nINVITE sip:[who] SIP/2.0\n\n]]></send>\n",
	    FILE_NAME ":3: <send>: [who] is neither a keyword nor given by -key");
	refused("<send>INVITE</send>\n", FILE_NAME ":3: <send> without CDATA");
	refused("<recv request=\"BYE\" optional=\"true\"/>\n<nop/>\n",
	    FILE_NAME ":4: the last <recv> before <nop> is optional: SIPp refuses that");
	refused(RECV "<nop test=\"never\"/>\n",
	    FILE_NAME ":1: the variable never is used once only: SIPp refuses that");
	refused("<nop><action>\n<ereg regexp=\"[\" search_in=\"msg\" "
		"assign_to=\"_\"/></action></nop>\n",
	    FILE_NAME ":4: <ereg>: \"[\": ");
	refused("<nop>\n", FILE_NAME ":5: ");
	refused("<timewait milliseconds=\"1\"/>\n<nop/>\n",
	    FILE_NAME ":4: nothing may stand behind <timewait>");
	CHECK(sipp_open("no-such-file.xml", KEYS, error) == NULL);
	CHECK(strstr(error, "no-such-file.xml") != NULL);
}

/* ---- played ---------------------------------------------------------------------------------- */

static void
on_message(void *user, rf_time at, bool sent, struct rf_slice bytes)
{
	size_t len = strlen(said);
	(void)user;
	snprintf(last, sizeof last, "%.*s", (int)bytes.len, bytes.p);
	snprintf(said + len, sizeof said - len, "%lld %s %.*s\n", (long long)(at / RF_MS),
	    sent ? ">" : "<", (int)strcspn(last, "\r"), last);
}

/* The customer is SIPp, the center answers by itself; for so long. */
static void
play(const char *text, uint32_t center_does, rf_time for_ms, struct sipp_options o)
{
	struct world_options options;
	world_options_init(&options);
	w = world_new(&options);
	CHECK_OR_STOP(w != NULL);
	said[0] = last[0] = '\0';
	scenario = open_text(text);
	if (scenario == NULL)
		check_note("%s", error);
	CHECK_OR_STOP(scenario != NULL);
	w->party[1].automatic = center_does;
	o.service = "center";
	o.remote = "192.0.2.1";
	o.remote_port = 5060;
	o.local = "192.0.2.10";
	o.pid = 77;
	sipp = sipp_new(w, &w->party[0], scenario, &o);
	CHECK_OR_STOP(sipp != NULL);
	sipp_listen(sipp, on_message, NULL);
	sipp_start(sipp);
	while (world_next(w, for_ms * RF_MS))
		;
}

static void
over(void)
{
	sipp_free(sipp);
	sipp_close(scenario);
	world_free(w);
}

static const struct sipp_options one = { .calls = 1, .rate = 10, .limit = 10 };

#define INVITE                                                                                     \
	"<send retrans=\"500\"><![CDATA[\n"                                                        \
	"  INVITE sip:[service]@[remote_ip]:[remote_port] SIP/2.0\n"                               \
	"  Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]\n"                     \
	"  Max-Forwards: 70\n  From: <sip:a@carrier.example>;tag=[pid]t[call_number]\n"            \
	"  To: <sip:[service]@[remote_ip]>\n  Call-ID: [call_id]\n  CSeq: [cseq] INVITE\n"         \
	"  Contact: <sip:a@[local_ip]:[local_port]>\n  [extra]\n  Content-Type: application/sdp\n" \
	"  Content-Length: [len]\n\n  v=0\n  o=a 1 1 IN IP4 [local_ip]\n  s=-\n  t=0 0\n"          \
	"  c=IN IP4 [local_ip]\n  m=audio 4000 RTP/AVP 0\n]]></send>\n"
#define IN_DIALOG(method, cseq, more)                                                              \
	"<send" more "><![CDATA[\n  " method " [next_url] SIP/2.0\n"                               \
	"  Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]\n"                     \
	"  Max-Forwards: 70\n  From: <sip:a@carrier.example>;tag=[pid]t[call_number]\n"            \
	"  To: <sip:[service]@[remote_ip]>[peer_tag_param]\n  Call-ID: [call_id]\n"                \
	"  CSeq: " cseq " " method "\n  Content-Length: 0\n]]></send>\n"
#define RINGING                                                                                    \
	"<recv response=\"100\" optional=\"true\"/>\n"                                             \
	"<recv response=\"180\" optional=\"true\"/>\n"
#define ANSWERED RINGING "<recv response=\"200\" rrs=\"true\"/>\n"
#define ANSWERS (PARTY_AUTO_DEFAULT | PARTY_AUTO_INVITE)

static void
test_a_call(void)
{
	play(INVITE ANSWERED IN_DIALOG("ACK", "1", "") "<pause milliseconds=\"500\"/>\n" IN_DIALOG(
		 "BYE", "[cseq]", " retrans=\"500\"") "<recv response=\"200\"/>\n",
	    ANSWERS, 5000, one);
	CHECK(sipp_is_over(sipp));
	CHECK(sipp_error(sipp)[0] == '\0');
	CHECK(strstr(said, "0 > INVITE sip:center@192.0.2.1:5060 SIP/2.0\n") == said);
	CHECK(strstr(said, "> BYE sip:") != NULL);
	CHECK(strstr(last, "SIP/2.0 200") == last);
	CHECK(strstr(last, "CSeq: 2 BYE") != NULL);
	over();
}

static void
test_texts(void)
{
	play(
	    "<nop><action><assignstr assign_to=\"none\" value=\"\"/>"
	    "<assign assign_to=\"two\" value=\"2\"/></action></nop>\n"
	    "<send><![CDATA[\n\n   OPTIONS sip:x SIP/2.0\n   Via: v;branch=[branch-1]\n   [$none]\n"
	    "   [last_Subject:]\n   [extra]\n   Two: [$two]\n   Content-Length: [len]\n\n"
	    "   body\n\n]]></send>\n" RECV,
	    ANSWERS, 0, one);
	CHECK(strcmp(last,
		  "OPTIONS sip:x SIP/2.0\r\nVia: v;branch=z9hG4bK-77-1-0\r\n"
		  "X-Extra: yes\r\nTwo: 2.000000\r\nContent-Length:     6\r\n\r\nbody\r\n") == 0);
	over();
}

/* T1 doubles up to the fifth repetition of an INVITE; a caller that heard nothing owes nothing. */
static void
test_repeats(void)
{
	struct sipp_options quiet = one;
	w = NULL;
	play(INVITE ANSWERED, ANSWERS, 0, one);
	w->down = true; /* nobody is there */
	while (world_next(w, 100 * RF_SECOND))
		;
	CHECK(strstr(said, "500 > INVITE") != NULL);
	CHECK(strstr(said, "1500 > INVITE") != NULL);
	CHECK(strstr(said, "3500 > INVITE") != NULL);
	CHECK(strstr(said, "7500 > INVITE") != NULL);
	CHECK(strstr(said, "15500 > INVITE") != NULL);
	CHECK(strstr(said, "31500 > INVITE") == NULL);
	CHECK(sipp_is_over(sipp));
	CHECK(strstr(sipp_error(sipp), "never answered") != NULL);
	over();
	quiet.no_repeats = true;
	play(INVITE ANSWERED, 0, 0, quiet);
	w->down = true;
	while (world_next(w, 100 * RF_SECOND))
		;
	CHECK(strcmp(said, "0 > INVITE sip:center@192.0.2.1:5060 SIP/2.0\n") == 0);
	over();
}

/* 180 is not what it waits for: it cancels and gives the call up. */
static void
test_unexpected(void)
{
	play(INVITE "<recv response=\"100\"/>\n<recv response=\"200\"/>\n", ANSWERS, 5000, one);
	CHECK(sipp_is_over(sipp));
	CHECK(strstr(sipp_error(sipp), "did not expect \"SIP/2.0 180") != NULL);
	CHECK(strstr(said, "> CANCEL sip:center@192.0.2.1 SIP/2.0\n") != NULL);
	over();
}

static void
test_checks(void)
{
	play("<nop><action><assignstr assign_to=\"a\" value=\"x\"/>\n"
	     "<strcmp assign_to=\"_\" variable=\"a\" value=\"y\" "
	     "check_it=\"true\"/></action></nop>\n"
	     "<nop/>\n" INVITE ANSWERED,
	    ANSWERS, 5000, one);
	CHECK(strcmp(sipp_error(sipp), FILE_NAME ":4: call 1: a is \"x\", expected \"y\"") == 0);
	over();
	play(INVITE RINGING
	    "<recv response=\"200\"><action>"
	    "<ereg regexp=\"a=inactive\" search_in=\"body\" check_it=\"true\" assign_to=\"_\"/>"
	    "</action></recv>\n",
	    ANSWERS, 5000, one);
	CHECK(strstr(sipp_error(sipp), "\"a=inactive\" does not match \"v=0\"") != NULL);
	over();
}

/* What may come any time interrupts a pause; a test that is not true leaves the call where it is.
 */
static void
test_branches(void)
{
	play("<recv request=\"BYE\" optional=\"global\" next=\"bye\" test=\"never\"/>\n"
	     "<recv request=\"INFO\" optional=\"global\" next=\"bye\"/>\n" RECV
	     "<label id=\"bye\"/>\n<nop condexec=\"never\"/>\n",
	    ANSWERS, 0, one);
	CHECK(!sipp_is_caller(scenario));
	over();
	play("<nop><action><assign assign_to=\"n\" value=\"0\"/></action></nop>\n"
	     "<label id=\"again\"/>\n"
	     "<nop next=\"again\" test=\"few\"><action><add assign_to=\"n\" value=\"1\"/>"
	     "<test assign_to=\"few\" variable=\"n\" compare=\"less_than\" value=\"3\"/>"
	     "</action></nop>\n"
	     "<nop><action><test assign_to=\"_\" variable=\"n\" compare=\"equal\" value=\"3\" "
	     "check_it=\"true\"/></action></nop>\n" INVITE ANSWERED,
	    ANSWERS, 5000, one);
	CHECK(strcmp(sipp_error(sipp), "") == 0);
	over();
	play("<label id=\"round\"/>\n<nop next=\"round\"/>\n" INVITE RECV, ANSWERS, 0, one);
	CHECK(strstr(sipp_error(sipp), "goes round and round") != NULL);
	over();
}

/* Five calls, two at a time, ten a second. */
static void
test_many(void)
{
	const struct sipp_options five = { .calls = 5, .rate = 10, .limit = 2 };
	play(INVITE ANSWERED IN_DIALOG("ACK", "1", "") "<pause milliseconds=\"1000\"/>\n" IN_DIALOG(
		 "BYE", "[cseq]", " retrans=\"500\"") "<recv response=\"200\"/>\n",
	    ANSWERS, 20000, five);
	CHECK(sipp_is_over(sipp));
	CHECK(sipp_error(sipp)[0] == '\0');
	uint32_t invites = 0;
	for (const char *p = said; (p = strstr(p, "> INVITE")) != NULL; p++)
		invites++;
	CHECK(invites == 5);
	CHECK(strstr(said, "0 > INVITE") == said);
	CHECK(strstr(said, "\n100 > INVITE") != NULL);
	CHECK(strstr(said, "\n200 > INVITE") == NULL);
	over();
}

int
main(void)
{
	static const struct check_test tests[] = {
		{ "what is not known is refused with its line", test_refused },
		{ "a scenario places a call and ends it", test_a_call },
		{ "keywords are filled in, and an empty one takes its line with it", test_texts },
		{ "an INVITE is repeated as SIPp repeats it, with -nr never", test_repeats },
		{ "an unexpected message ends the call, and the far side is told",
		    test_unexpected },
		{ "a check that fails is remembered with its line", test_checks },
		{ "next, test and condexec lead through a scenario, and never in circles",
		    test_branches },
		{ "-m, -r and -l place calls", test_many },
	};
	int status = check_main("sipp", tests, RF_ARRAY_LEN(tests));
	remove(FILE_NAME);
	return status;
}
