/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_policy_refer.c -- what a REFER may ask for, and in whose name. */
#include <stdio.h>
#include <string.h>

#include "tests/check.h"
#include "tests/unit/test_policy_world.h"

/* ---- REFER: Refer-To --------------------------------------------------------------------- */

static void
exactly_one_refer_to_is_wanted(void)
{
	refer_as("wide", "");
	CHECK(refused(400, "no Refer-To"));
	refer_as("wide", "Refer-To: <sip:billing@x>\r\nr: <sip:billing@x>\r\n");
	CHECK(refused(400, "several Refer-To"));
	refer_to("<sip:billing@x>, <sip:turns@x>");
	CHECK(refused(400, "several Refer-To"));
	refer_to("<sip:billing@x");
	CHECK(refused(400, "Refer-To is malformed"));
}

static void
other_methods_are_refused(void)
{
	refer_to("<sip:billing@x;method=SUBSCRIBE>");
	CHECK(refused(403, "Refer-To asks for a method other than INVITE"));
}

static void
listed_headers_travel_on(void)
{
	refer_to("<sip:billing@x?Replaces=a%40b%3Bto-tag%3D1%3Bfrom-tag%3D2&Require=replaces"
	    "&User-to-User=56a%3Bencoding%3Dhex&x-case=a%20b>");
	CHECK(plan.allow);
	CHECK(is(plan.headers, "Replaces: a@b;to-tag=1;from-tag=2\r\nRequire: replaces\r\n"
	    "User-to-User: 56a;encoding=hex\r\nx-case: a b\r\n"));
	CHECK(dropped == 0);
}

static void
other_headers_are_dropped_and_counted(void)
{
	refer_to("<sip:billing@x?From=a&To=a&t=a&Call-ID=a&i=b&CSeq=1&Via=v&v=v&Route=r&Contact=c"
	    "&Require=100rel&body=x&Subject=s&P-Asserted-Identity=p&Record-Route=r&X-Ok=1>");
	CHECK(plan.allow);
	CHECK(is(plan.headers, "X-Ok: 1\r\n"));
	CHECK(dropped == 15);
}

static void
no_line_can_be_smuggled_in(void)
{
	static const char *const hostile[] = {
		"X-A=1%0d%0aVia:%20evil", "X-A=1%0AVia:x", "X-A=%0d", "X-A=%00", "Subject=%0d%0a",
		"X-A%0d%0aVia=1", "X-A%00=1", "X-A=%7f", "X-A=%1b%5b31m",
	};
	char value[256];
	for (size_t i = 0; i < RF_ARRAY_LEN(hostile); i++) {
		snprintf(value, sizeof(value), "<sip:billing@x?%s>", hostile[i]);
		refer_to(value);
		CHECK(refused(400, "an embedded header has a control byte"));
		CHECK(plan.headers.len == 0);
	}
	refer_to("<sip:billing@x?X-A%3a%20b=1>");
	CHECK(plan.headers.len == 0);
}

static void
embedded_replaces_must_be_one(void)
{
	refer_to("<sip:billing@x?Replaces=nothing>");
	CHECK(refused(400, "the embedded Replaces is malformed or not the only one"));
	refer_to("<sip:billing@x?Replaces=a%3Bto-tag%3D1%3Bfrom-tag%3D2"
	    "&Replaces=a%3Bto-tag%3D1%3Bfrom-tag%3D2>");
	CHECK(plan.status == 400);
}

static void
too_many_embedded_headers_are_refused(void)
{
	char value[1024] = "<sip:billing@x?X-A=1";
	for (int i = 0; i < 16; i++)
		strcat(value, "&X-A=1");
	strcat(value, ">");
	refer_to(value);
	CHECK(refused(400, "too many embedded headers"));
}

static void
what_does_not_fit_is_refused(void)
{
	char value[8 * 1024] = "<sip:billing@x?X-A=";
	memset(value + strlen(value), 'a', 6000);
	strcat(value, ">");
	refer_to(value);
	CHECK(refused(500, "the plan does not fit"));
	memcpy(value, "<sip:billing@x?X-A=", 19);
	memset(value + 19, 'a', 7000);
	value[7019] = '\0';
	strcat(value, ">");
	refer_to(value);
	CHECK(plan.status == 400);
}

/* ---- REFER: Referred-By ------------------------------------------------------------------ */

static void
referred_by(const char *partner, const char *header)
{
	char headers[512];
	snprintf(headers, sizeof(headers), "Refer-To: <sip:billing@x>\r\n%s", header);
	refer_as(partner, headers);
}

static void
a_partner_may_be_denied_referring(void)
{
	referred_by("denied", "");
	CHECK(refused(603, "the partner may not refer") && plan.refer_allowed);
	referred_by("silenced", "");
	CHECK(refused(405, "the partner may not refer") && !plan.refer_allowed);
}

static void
several_referred_by_are_refused(void)
{
	referred_by("wide", "Referred-By: <sip:a@acme.example>\r\nb: <sip:a@acme.example>\r\n");
	CHECK(refused(400, "several Referred-By"));
	referred_by("wide", "Referred-By: <sip:a@acme.example>, <sip:a@acme.example>\r\n");
	CHECK(refused(400, "several Referred-By"));
}

static void
names_on_the_list_pass(void)
{
	static const char *const good[] = {
		"<sip:a@acme.example>", "sip:a@ACME.example",
		    "\"A\" <sips:a.b%2dc@acme.example;x=y>;cid=1",
		"<sip:acme.example>", "<sip:a@acme.example:5070>", "<sip:boss@other.example:5080>",
		"<sip:bos%73@other.example:5080>", "<tel:+49-30-1>",
	};
	char header[256];
	for (size_t i = 0; i < RF_ARRAY_LEN(good); i++) {
		snprintf(header, sizeof(header), "Referred-By: %s\r\n", good[i]);
		referred_by("narrow", header);
		CHECK(plan.allow);
		if (!plan.allow)
			check_note("%s: %.*s", good[i], plan.why.len, plan.text + plan.why.at);
		CHECK(is(plan.referred_by, good[i]));
	}
}

static void
foreign_names_are_refused(void)
{
	static const char *const foreign[] = {
		"<sip:a@evil.example>", "<sip:a@acme.example.evil.example>",
		    "<sip:a@xacme.example>",
		"<sip:a%40acme.example@evil.example>",
		    "\"sip:a@acme.example\" <sip:a@evil.example>",
		"<sip:evil.example?x=a%40acme.example>", "<sip:boss@other.example>",
		"<sip:bosss@other.example:5080>", "<tel:+44301>", "<mailto:a@acme.example>",
		"<sip:boss@other.example:5081>",
	};
	char header[256];
	for (size_t i = 0; i < RF_ARRAY_LEN(foreign); i++) {
		snprintf(header, sizeof(header), "Referred-By: %s\r\n", foreign[i]);
		referred_by("narrow", header);
		CHECK(!plan.allow && plan.status == 403);
		if (plan.allow)
			check_note("%s passed", foreign[i]);
	}
}

static void
a_malformed_name_is_refused(void)
{
	referred_by("narrow", "Referred-By: <sip:a@acme.example\r\n");
	CHECK(refused(403, "Referred-By is malformed"));
	referred_by("wide", "Referred-By: <sip:a@acme.example\r\n");
	CHECK(refused(400, "Referred-By is malformed"));
	referred_by("narrow", "Referred-By:\r\n");
	CHECK(refused(403, "Referred-By is malformed"));
}

static void
a_missing_name_is_judged_by_the_setting(void)
{
	referred_by("wide", "");
	CHECK(plan.allow && plan.referred_by.len == 0);
	referred_by("narrow", "");
	CHECK(refused(403, "Referred-By is missing"));
	referred_by("allowing", "");
	CHECK(plan.allow);
	referred_by("refusing", "");
	CHECK(refused(403, "Referred-By is missing"));
	referred_by("from", "");
	CHECK(plan.allow && plan.referred_by.len == 0);
	referred_by("from", "Referred-By: <sip:else@acme.example>\r\n");
	CHECK(refused(403, "Referred-By is not on the list"));
}

static const struct check_test tests[] = {
	CHECK_TEST(exactly_one_refer_to_is_wanted),
	CHECK_TEST(other_methods_are_refused),
	CHECK_TEST(listed_headers_travel_on),
	CHECK_TEST(other_headers_are_dropped_and_counted),
	CHECK_TEST(no_line_can_be_smuggled_in),
	CHECK_TEST(embedded_replaces_must_be_one),
	CHECK_TEST(too_many_embedded_headers_are_refused),
	CHECK_TEST(what_does_not_fit_is_refused),
	CHECK_TEST(a_partner_may_be_denied_referring),
	CHECK_TEST(several_referred_by_are_refused),
	CHECK_TEST(names_on_the_list_pass),
	CHECK_TEST(foreign_names_are_refused),
	CHECK_TEST(a_malformed_name_is_refused),
	CHECK_TEST(a_missing_name_is_judged_by_the_setting),
};

int
main(void)
{
	return check_main("policy refer", tests, RF_ARRAY_LEN(tests));
}
