/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_grammar_values.c -- one header value at a time. */
#include <string.h>

#include "grammar/grammar.h"
#include "tests/check.h"

static bool
same(struct rf_slice s, const char *text)
{
	return rf_slice_equal(s, rf_slice_of(text));
}

static bool
address_parses(const char *text)
{
	struct rf_name_addr address;
	return rf_name_addr_parse(&address, rf_slice_of(text));
}

static bool
via_parses(const char *text)
{
	struct rf_via via;
	return rf_via_parse(&via, rf_slice_of(text));
}

static void
a_name_addr_is_taken_apart(void)
{
	struct rf_name_addr a;
	CHECK_OR_STOP(rf_name_addr_parse(
	    &a, RF_SLICE(" \"A \\\"B\\\", C\" <sip:a:pw@example.com:5070;lr?h=v> ; tag = x;y ")));
	CHECK(same(a.display, "\"A \\\"B\\\", C\""));
	CHECK(same(a.uri.all, "sip:a:pw@example.com:5070;lr?h=v"));
	CHECK(same(a.uri.user, "a") && same(a.uri.password, "pw"));
	CHECK(same(a.uri.host, "example.com") && a.uri.port == 5070);
	CHECK(same(a.uri.params, ";lr") && same(a.uri.headers, "h=v"));
	CHECK(same(a.params, "; tag = x;y"));
	CHECK(same(rf_name_addr_tag(&a), "x"));
}

static void
a_display_name_of_tokens_keeps_its_blanks(void)
{
	struct rf_name_addr a;
	CHECK_OR_STOP(rf_name_addr_parse(&a, RF_SLICE("J. R.  Ewing<sip:jr@example.com>")));
	CHECK(same(a.display, "J. R.  Ewing"));
	CHECK(rf_name_addr_tag(&a).len == 0);
}

static void
without_brackets_a_semicolon_begins_header_parameters(void)
{
	struct rf_name_addr a;
	CHECK_OR_STOP(rf_name_addr_parse(&a, RF_SLICE("sip:a@example.com;tag=1")));
	CHECK(same(a.uri.all, "sip:a@example.com"));
	CHECK(same(rf_name_addr_tag(&a), "1"));
	CHECK(!address_parses("sip:a@example.com?Subject=x"));
	CHECK(!address_parses("sip:a,b@example.com"));
}

static void
addresses_with_something_wrong_are_refused(void)
{
	static const char *const wrong[] = {
		"",
		"*",
		"<>",
		"<sip:a@b",
		"sip:a@b>",
		"\"a <sip:a@b>",
		"a, b <sip:a@b>",
		"< sip:a@b>",
		"<sip:a@b >",
		"<sip:a@b>;",
		"<sip:a@b>;;tag=1",
		"<sip:a@b> x",
		"<sip:a@b>, <sip:c@d>",
		"<sip:a@b>;tag=a b",
		"<sip:a@b>;=x",
		"alice@example.com",
		"<sip:a@b>;tag=\"x",
		"\"\xff\" <sip:a@b>",
		"<sip:a\r\nb@c>",
		"\"a\r\nb\" <sip:a@b>",
		"<<sip:a@b>>",
		"x <",
	};
	for (size_t i = 0; i < RF_ARRAY_LEN(wrong); i++)
		CHECK(!address_parses(wrong[i]));
}

static void
list_elements_end_at_commas_outside_quotes_and_brackets(void)
{
	struct rf_slice rest = RF_SLICE(" \"a,\\\",b\" <sip:x,y@z>;p=\",\" ,\r\n <sip:q> , last ");
	struct rf_slice e;
	CHECK(rf_list_next(&rest, &e) && same(e, "\"a,\\\",b\" <sip:x,y@z>;p=\",\""));
	CHECK(rf_list_next(&rest, &e) && same(e, "<sip:q>"));
	CHECK(rf_list_next(&rest, &e) && same(e, "last"));
	CHECK(!rf_list_next(&rest, &e));
	rest = RF_SLICE("\"never closed, <a");
	CHECK(rf_list_next(&rest, &e) && e.len == 17);
	CHECK(!rf_list_next(&rest, &e));
}

static void
parameters_are_found_without_case_and_unquoted(void)
{
	struct rf_slice value, params = RF_SLICE(" ; Tag = a ;lr;q=\"x;\\\"y\";e=; z=[::1]:5");
	CHECK(rf_param_find(params, RF_SLICE("tAG"), &value) && same(value, "a"));
	CHECK(rf_param_find(params, RF_SLICE("lr"), &value) && value.len == 0);
	CHECK(rf_param_find(params, RF_SLICE("q"), &value) && same(value, "x;\\\"y"));
	CHECK(rf_param_find(params, RF_SLICE("e"), &value) && value.len == 0);
	CHECK(rf_param_find(params, RF_SLICE("z"), &value) && same(value, "[::1]:5"));
	CHECK(!rf_param_find(params, RF_SLICE("y"), &value));
	CHECK(!rf_param_find((struct rf_slice){ 0 }, RF_SLICE("y"), &value));
}

static void
a_via_is_taken_apart(void)
{
	struct rf_via v;
	CHECK_OR_STOP(rf_via_parse(
	    &v, RF_SLICE("SIP / 2.0 / tcp [2001:db8::9:1] : 5070 ;"
			 "received=2001:db8::9:255; branch =\r\n z9hG4bK.1=;rport=7;x;y=\"z\"")));
	CHECK(v.transport == RF_TCP && same(v.transport_text, "tcp"));
	CHECK(same(v.host, "[2001:db8::9:1]") && v.port == 5070);
	CHECK(same(v.branch, "z9hG4bK.1="));
	CHECK(same(v.received, "2001:db8::9:255"));
	CHECK(v.rport && v.rport_value == 7);
	CHECK_OR_STOP(rf_via_parse(&v, RF_SLICE("SIP/2.0/SCTP a.example.com;rport;branch=x")));
	CHECK(v.transport == RF_TRANSPORT_OTHER && v.rport && v.rport_value == 0 && v.port == 0);
	CHECK_OR_STOP(rf_via_parse(&v, RF_SLICE("SIP/2.0/UDP a;xrport=1;branchx=2")));
	CHECK(!v.rport && v.branch.len == 0);
}

static void
vias_with_something_wrong_are_refused(void)
{
	static const char *const wrong[] = {
		"",
		"SIP/2.0/UDP",
		"SIP/2.0 a",
		"SIP/2.0/UDPa;",
		"SIP/2.0/UDP a:0",
		"SIP/2.0/UDP a:65536",
		"SIP/2.0/UDP a;rport=65536",
		"SIP/2.0/UDP a;;x",
		"SIP/2.0/UDP [::1",
		"SIP/2.0/UDP [1]",
		"SIP/2.0/UDP a b",
		"SIP/2.0/UDP 192.0.2.15;;",
		"SIP/2.0/UDP a, SIP/2.0/UDP b",
	};
	for (size_t i = 0; i < RF_ARRAY_LEN(wrong); i++)
		CHECK(!via_parses(wrong[i]));
}

static void
cseq_is_a_number_below_two_to_31_and_a_method(void)
{
	struct rf_cseq c;
	CHECK(rf_cseq_parse(&c, RF_SLICE("0009\r\n  INVITE")) && c.number == 9);
	CHECK(c.method == RF_METHOD_INVITE && same(c.method_text, "INVITE"));
	CHECK(rf_cseq_parse(&c, RF_SLICE("2147483647 X")) && c.method == RF_METHOD_OTHER);
	CHECK(!rf_cseq_parse(&c, RF_SLICE("2147483648 INVITE")));
	CHECK(!rf_cseq_parse(&c, RF_SLICE("1INVITE")));
	CHECK(!rf_cseq_parse(&c, RF_SLICE("1 INVITE x")));
	CHECK(!rf_cseq_parse(&c, RF_SLICE("INVITE")));
	CHECK(!rf_cseq_parse(&c, RF_SLICE("-1 INVITE")));
}

static void
rack_is_two_numbers_and_a_method(void)
{
	struct rf_rack r;
	CHECK(rf_rack_parse(&r, RF_SLICE("776656 1 INVITE")));
	CHECK(r.rseq == 776656 && r.cseq == 1 && r.method == RF_METHOD_INVITE);
	CHECK(!rf_rack_parse(&r, RF_SLICE("4294967296 1 INVITE")));
	CHECK(!rf_rack_parse(&r, RF_SLICE("1 INVITE")));
}

static void
refer_to_tells_the_method_of_its_uri(void)
{
	struct rf_refer_to r;
	CHECK(rf_refer_to_parse(&r, RF_SLICE("<sip:b@example.com;method=BYE>")));
	CHECK(same(r.method, "BYE"));
	CHECK(rf_refer_to_parse(&r, RF_SLICE("sip:b@example.com;method=BYE")));
	CHECK(r.method.len == 0);
	CHECK(rf_refer_to_parse(&r, RF_SLICE("<sip:b@example.com?Replaces=a%40b%3Bto-tag%3D1>")));
	CHECK(same(r.address.uri.headers, "Replaces=a%40b%3Bto-tag%3D1"));
	CHECK(rf_refer_to_parse(&r, RF_SLICE("tel:+1-202-555-0101")));
}

static void
target_dialog_wants_each_tag_once(void)
{
	struct rf_target_dialog t;
	CHECK(rf_target_dialog_parse(&t, RF_SLICE("a@b ; remote-tag=1;x=y;LOCAL-tag=2")));
	CHECK(rf_slice_equal(t.call_id, RF_SLICE("a@b")));
	CHECK(rf_slice_equal(t.remote_tag, RF_SLICE("1")));
	CHECK(rf_slice_equal(t.local_tag, RF_SLICE("2")));
	CHECK(!rf_target_dialog_parse(&t, RF_SLICE("a@b;local-tag=1")));
	CHECK(!rf_target_dialog_parse(&t, RF_SLICE("a@b;local-tag=1;remote-tag=")));
	CHECK(!rf_target_dialog_parse(&t, RF_SLICE("a@b;local-tag=1;remote-tag=2;local-tag=3")));
	CHECK(!rf_target_dialog_parse(&t, RF_SLICE("a@b;to-tag=1;from-tag=2")));
	CHECK(!rf_target_dialog_parse(&t, RF_SLICE(";local-tag=1;remote-tag=2")));
	CHECK(!rf_target_dialog_parse(&t, RF_SLICE("a@b;local-tag=1;remote-tag=2,c@d")));
	CHECK(!rf_target_dialog_parse(&t, RF_SLICE("")));
}

static void
replaces_wants_each_tag_once(void)
{
	struct rf_replaces r;
	CHECK(rf_replaces_parse(&r, RF_SLICE("a@b;from-tag=1;x=y;TO-tag=2;early-only")));
	CHECK(same(r.call_id, "a@b") && same(r.to_tag, "2") && same(r.from_tag, "1"));
	CHECK(r.early_only);
	CHECK(!rf_replaces_parse(&r, RF_SLICE("a@b;to-tag=1")));
	CHECK(!rf_replaces_parse(&r, RF_SLICE("a@b;to-tag=1;from-tag=")));
	CHECK(!rf_replaces_parse(&r, RF_SLICE("a@b;to-tag=1;from-tag=2;to-tag=3")));
	CHECK(!rf_replaces_parse(&r, RF_SLICE(";to-tag=1;from-tag=2")));
	CHECK(!rf_replaces_parse(&r, RF_SLICE("a@b")));
}

static void
an_event_has_templates_and_an_id(void)
{
	struct rf_event_type e;
	CHECK(rf_event_type_parse(&e, RF_SLICE("presence.winfo ;x=1; ID=93809823")));
	CHECK(same(e.package, "presence.winfo") && same(e.id, "93809823"));
	CHECK(rf_event_type_parse(&e, RF_SLICE("Refer")) && e.id.len == 0);
	CHECK(!rf_event_type_parse(&e, RF_SLICE("a..b")));
	CHECK(!rf_event_type_parse(&e, RF_SLICE("")));
}

static void
subscription_state_reads_what_it_can(void)
{
	struct rf_subscription_state s;
	CHECK(rf_subscription_state_parse(&s, RF_SLICE("Terminated;reason=noresource")));
	CHECK(s.state == RF_SUBSTATE_TERMINATED && same(s.reason, "noresource"));
	CHECK(rf_subscription_state_parse(&s, RF_SLICE("active;expires=3600;retry-after=x")));
	CHECK(s.has_expires && s.expires_s == 3600 && !s.has_retry_after);
	CHECK(rf_subscription_state_parse(&s, RF_SLICE("waiting;expires=99999999999")));
	CHECK(s.state == RF_SUBSTATE_OTHER && s.expires_s == UINT32_MAX);
	CHECK(!rf_subscription_state_parse(&s, RF_SLICE(";reason=x")));
}

static void
retry_after_skips_its_comment(void)
{
	struct rf_retry_after r;
	CHECK(rf_retry_after_parse(&r, RF_SLICE("18000 (I'm (really) busy);duration=3600")));
	CHECK(r.delay_s == 18000 && r.has_duration && r.duration_s == 3600);
	CHECK(rf_retry_after_parse(&r, RF_SLICE("5")) && r.delay_s == 5 && !r.has_duration);
	CHECK(rf_retry_after_parse(&r, RF_SLICE("949302838503028349304023988")));
	CHECK(r.delay_s == UINT32_MAX);
	CHECK(!rf_retry_after_parse(&r, RF_SLICE("soon")));
	CHECK(!rf_retry_after_parse(&r, RF_SLICE("5 (open")));
}

static void
a_reason_has_a_cause_and_a_text(void)
{
	struct rf_reason r;
	CHECK(rf_reason_parse(&r, RF_SLICE("Q.850 ;cause=16 ;text=\"Terminated; ok\"")));
	CHECK(same(r.protocol, "Q.850") && r.has_cause && r.cause == 16);
	CHECK(same(r.text, "Terminated; ok"));
	CHECK(rf_reason_parse(&r, RF_SLICE("SIP")) && !r.has_cause);
	CHECK(!rf_reason_parse(&r, RF_SLICE("SIP;cause=70000")));
}

static void
media_types_are_compared_without_case(void)
{
	struct rf_media_type m;
	CHECK(rf_media_type_parse(&m, RF_SLICE("multipart / mixed ; boundary=\"b 2\"")));
	CHECK(same(m.type, "multipart") && same(m.subtype, "mixed"));
	CHECK(rf_media_type_is(RF_SLICE("MESSAGE/SIPFRAG;version=2.0"), "message", "sipfrag"));
	CHECK(!rf_media_type_is(RF_SLICE("message/sipfragx"), "message", "sipfrag"));
	CHECK(!rf_media_type_is(RF_SLICE("message"), "message", "sipfrag"));
	CHECK(!rf_media_type_is((struct rf_slice){ 0 }, "message", "sipfrag"));
}

static void
a_sipfrag_tells_its_status(void)
{
	static const struct {
		const char *body;
		uint16_t status;
		const char *reason;
	} rows[] = {
		{ "SIP/2.0 100 Trying\r\n", 100, "Trying" },
		{ "SIP/2.0 200 Ok", 200, "Ok" },
		{ "\r\n\nSIP/2.0 503 Service Unavailable\nRetry-After: 1", 503,
		    "Service Unavailable" },
		{ "sip/2.0  200 ", 200, "" },
		{ "SIP/2.0 486\r\n", 486, "" },
		{ "SIP/2.0 999 x", 0, "" },
		{ "SIP/2.0 4294967496 OK", 0, "" },
		{ "SIP/2.0 2000 OK", 0, "" },
		{ "SIP/3.0 200 OK", 0, "" },
		{ "HTTP/1.1 200 OK", 0, "" },
		{ "INVITE sip:a@b SIP/2.0\r\nSIP/2.0 200 OK", 0, "" },
		{ "", 0, "" },
	};
	for (size_t i = 0; i < RF_ARRAY_LEN(rows); i++) {
		uint16_t status = 0;
		struct rf_slice reason = { 0 };
		bool parsed = rf_sipfrag_parse(&status, &reason, rf_slice_of(rows[i].body));
		CHECK(parsed == (rows[i].status != 0));
		CHECK(!parsed || (status == rows[i].status && same(reason, rows[i].reason)));
	}
}

int
main(void)
{
	static const struct check_test tests[] = {
		CHECK_TEST(a_name_addr_is_taken_apart),
		CHECK_TEST(a_display_name_of_tokens_keeps_its_blanks),
		CHECK_TEST(without_brackets_a_semicolon_begins_header_parameters),
		CHECK_TEST(addresses_with_something_wrong_are_refused),
		CHECK_TEST(list_elements_end_at_commas_outside_quotes_and_brackets),
		CHECK_TEST(parameters_are_found_without_case_and_unquoted),
		CHECK_TEST(a_via_is_taken_apart),
		CHECK_TEST(vias_with_something_wrong_are_refused),
		CHECK_TEST(cseq_is_a_number_below_two_to_31_and_a_method),
		CHECK_TEST(rack_is_two_numbers_and_a_method),
		CHECK_TEST(refer_to_tells_the_method_of_its_uri),
		CHECK_TEST(replaces_wants_each_tag_once),
		CHECK_TEST(target_dialog_wants_each_tag_once),
		CHECK_TEST(an_event_has_templates_and_an_id),
		CHECK_TEST(subscription_state_reads_what_it_can),
		CHECK_TEST(retry_after_skips_its_comment),
		CHECK_TEST(a_reason_has_a_cause_and_a_text),
		CHECK_TEST(media_types_are_compared_without_case),
		CHECK_TEST(a_sipfrag_tells_its_status),
	};
	return check_main("grammar values", tests, RF_ARRAY_LEN(tests));
}
