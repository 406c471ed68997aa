/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_checkers_talk.c -- messages for the checkers, written by hand. */
#include "tests/unit/test_checkers_talk.h"

#include <stdio.h>
#include <string.h>

#include "tests/check.h"

struct checkers c;
rf_time now;

void
begin(void)
{
	checkers_fini(&c);
	checkers_init(&c, 500 * RF_MS, 4 * RF_SECOND);
	c.backoff = 2 * RF_SECOND;
	c.tries = 3;
	now = 0;
}

void
see(bool sent, const char *text)
{
	static struct sip_text parsed;
	CHECK_OR_STOP(sip_read(&parsed, rf_slice_of(text)));
	checkers_see(&c, &(struct check_fact){
			     .at = now, .sent = sent, .session = sent ? 7 : 0, .text = &parsed });
}

/* Our tag is `us`, theirs is `them`; no_tag: the request that makes the dialog. */
const char *
request(bool ours, const char *method, unsigned cseq, const char *extra, bool no_tag)
{
	static char text[1024];
	const char *from = ours ? "us" : "them", *to = ours ? "them" : "us";
	snprintf(text, sizeof text,
	    "%s sip:x@y SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK-%s-%u-%s\r\n"
	    "Max-Forwards: 70\r\nFrom: <sip:a@b>;tag=%s\r\nTo: <sip:c@d>%s%s\r\nCall-ID: call\r\n"
	    "CSeq: %u %s\r\nContact: <sip:x@y>\r\n%s",
	    method, ours ? "o" : "t", cseq, strcmp(method, "CANCEL") == 0 ? "INVITE" : method, from,
	    no_tag ? "" : ";tag=", no_tag ? "" : to, cseq, method, extra);
	if (strstr(extra, "Content-Length") == NULL)
		strcat(text, "Content-Length: 0\r\n\r\n");
	return text;
}

const char *
response(bool ours, unsigned status, const char *method, unsigned cseq, const char *extra)
{
	static char text[1024];
	const char *to = ours ? "us" : "them", *from = ours ? "them" : "us";
	snprintf(text, sizeof text,
	    "SIP/2.0 %u X\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK-%s-%u-%s\r\n"
	    "From: <sip:a@b>;tag=%s\r\nTo: <sip:c@d>;tag=%s\r\nCall-ID: call\r\nCSeq: %u %s\r\n"
	    "Contact: <sip:x@y>\r\n%sContent-Length: 0\r\n\r\n",
	    status, ours ? "t" : "o", cseq, method, from, to, cseq, method, extra);
	return text;
}

/* "Event", "Subscription-State" and a body. */
const char *
notify(unsigned cseq, unsigned status, const char *state)
{
	static char extra[256];
	snprintf(extra, sizeof extra,
	    "Event: refer\r\nSubscription-State: %s\r\n"
	    "Content-Type: message/sipfrag;version=2.0\r\nContent-Length: 16\r\n\r\n"
	    "SIP/2.0 %u OK\r\n",
	    state, status);
	return request(true, "NOTIFY", cseq, extra, false);
}

bool
caught(uint32_t invariant)
{
	for (uint32_t i = 0; i < c.violations; i++) {
		if (c.violation[i].invariant == invariant)
			return true;
	}
	return false;
}

bool
clean(void)
{
	for (uint32_t i = 0; i < c.violations; i++)
		check_note("%u: %s", c.violation[i].invariant, c.violation[i].text);
	return c.violations == 0;
}

/* They called us, it is answered; then they REFER and get 202. */
void
answered(void)
{
	begin();
	see(false, request(false, "INVITE", 1, "", true));
	see(true, response(true, 200, "INVITE", 1, ""));
	see(false, request(false, "ACK", 1, "", false));
	see(false, request(false, "ACK", 1, "", false));
}

void
referred(void)
{
	answered();
	see(false, request(false, "REFER", 2, "", false));
	see(true, response(true, 202, "REFER", 2, ""));
}

/* The same message in another call; the static room is good until the next one. */
const char *
in_call(const char *text, const char *call_id, char mark)
{
	static char other[1024];
	snprintf(other, sizeof other, "%s", text);
	memcpy(strstr(other, "Call-ID: call") + strlen("Call-ID: "), call_id, 4);
	strstr(other, "branch=z9hG4bK-")[strlen("branch=z9hG4bK")] = mark;
	return other;
}

const char *
as_survivor(const char *text)
{
	return in_call(text, "surv", '+');
}

void
call_with_survivor(void)
{
	begin();
	see(true, as_survivor(request(true, "INVITE", 1, "", true)));
	see(false, as_survivor(response(false, 200, "INVITE", 1, "")));
	see(true, as_survivor(request(true, "ACK", 1, "", false)));
	see(false, request(false, "INVITE", 1, "", true));
	see(true, response(true, 200, "INVITE", 1, ""));
	see(false, request(false, "ACK", 1, "", false));
	see(false, request(false, "REFER", 2, "", false));
	see(true, response(true, 202, "REFER", 2, ""));
}
