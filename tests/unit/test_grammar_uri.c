/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_grammar_uri.c -- URIs, their comparison, escapes and IP literals. */
#include <string.h>

#include "grammar/grammar.h"
#include "tests/check.h"

static bool
same(struct rf_slice s, const char *text)
{
	return rf_slice_equal(s, rf_slice_of(text));
}

static bool
parses(const char *text)
{
	struct rf_uri uri;
	return rf_uri_parse(&uri, rf_slice_of(text));
}

/* Both ways round, because a comparison that depends on the order is none. */
static bool
equal(const char *a, const char *b)
{
	struct rf_uri x, y;
	CHECK_OR_STOP(rf_uri_parse(&x, rf_slice_of(a)));
	CHECK_OR_STOP(rf_uri_parse(&y, rf_slice_of(b)));
	CHECK(rf_uri_equal(&x, &y) == rf_uri_equal(&y, &x));
	CHECK(rf_uri_equal(&x, &x) && rf_uri_equal(&y, &y));
	return rf_uri_equal(&x, &y);
}

static void
a_sip_uri_is_taken_apart(void)
{
	struct rf_uri u;
	CHECK_OR_STOP(rf_uri_parse(
	    &u, RF_SLICE("SIPS:a;b=c?d/e:p&w@[2001:db8::1]:5061;transport=TCP;lr?X=%20&Y=")));
	CHECK(u.scheme == RF_SCHEME_SIPS && same(u.scheme_text, "SIPS"));
	CHECK(same(u.user, "a;b=c?d/e") && same(u.password, "p&w"));
	CHECK(same(u.host, "[2001:db8::1]") && u.port == 5061);
	CHECK(same(u.params, ";transport=TCP;lr") && same(u.headers, "X=%20&Y="));
	CHECK(rf_uri_transport(&u) == RF_TCP);
}

static void
a_uri_may_have_only_a_host(void)
{
	struct rf_uri u;
	CHECK_OR_STOP(rf_uri_parse(&u, RF_SLICE("sip:example.com")));
	CHECK(u.user.len == 0 && u.port == 0 && u.params.len == 0 && u.headers.len == 0);
	CHECK(rf_uri_transport(&u) == RF_TRANSPORT_NONE);
	CHECK_OR_STOP(rf_uri_parse(&u, RF_SLICE("sip:example.com?a=b")));
	CHECK(u.params.len == 0 && same(u.headers, "a=b"));
}

static void
a_tel_uri_has_its_number_as_user(void)
{
	struct rf_uri u;
	CHECK_OR_STOP(rf_uri_parse(&u, RF_SLICE("tel:+1-202-555-0101;ext=5")));
	CHECK(u.scheme == RF_SCHEME_TEL && same(u.user, "+1-202-555-0101"));
	CHECK(same(u.params, ";ext=5"));
	CHECK(parses("tel:911") && parses("tel:*31#;phone-context=example.com"));
	CHECK(!parses("tel:") && !parses("tel:+") && !parses("tel:alice") && !parses("tel:1;"));
}

static void
other_schemes_are_kept_whole(void)
{
	struct rf_uri u;
	CHECK_OR_STOP(rf_uri_parse(&u, RF_SLICE("http://a@b.example.com/x?y")));
	CHECK(u.scheme == RF_SCHEME_OTHER && same(u.all, "http://a@b.example.com/x?y"));
	CHECK(u.user.len == 0 && u.host.len == 0);
}

static void
uris_with_something_wrong_are_refused(void)
{
	static const char *const wrong[] = {
		"",
		"sip",
		"sip:",
		":a",
		"sip:a@",
		"sip:a@b@c",
		"sip:a b@c",
		"sip:a%4@c",
		"sip:a%4g@c",
		"sip:2001:db8::10",
		"sip:[2001:db8:::192.0.2.1]",
		"sip:[::1",
		"sip:[12345::]",
		"sip:a:",
		"sip:a:0",
		"sip:a:65536",
		"sip:a:5060x",
		"sip:a;",
		"sip:a;;b",
		"sip:a;b=",
		"sip:a?",
		"sip:a?b",
		"sip:a?b=c&",
		"sip:-a",
		"sip:a_b",
		"sip:a@b;c=<d>",
		"<sip:a>",
		"sip:a\r\n@b",
		"sip:a@b;x\"y",
		"1sip:a",
		"sip:\xc3\xa9@b",
	};
	for (size_t i = 0; i < RF_ARRAY_LEN(wrong); i++)
		CHECK(!parses(wrong[i]));
	CHECK(!rf_uri_parse(&(struct rf_uri){ 0 }, (struct rf_slice){ "sip:a\0b@c", 9 }));
}

static void
equal_uris_of_rfc_3261_19_1_4_are_equal(void)
{
	CHECK(
	    equal("sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtLanTa.CoM;Transport=tcp"));
	CHECK(equal("sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"));
	CHECK(equal("sip:carol@chicago.com", "sip:carol@chicago.com;security=on"));
	CHECK(equal("sip:carol@chicago.com;newparam=5", "sip:carol@chicago.com;security=on"));
	CHECK(equal("sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
	    "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com"));
	CHECK(equal("sip:alice@atlanta.com?subject=project%20x&priority=urgent",
	    "sip:alice@atlanta.com?priority=urgent&subject=project%20x"));
}

static void
unequal_uris_of_rfc_3261_19_1_4_are_not_equal(void)
{
	CHECK(!equal("SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP"));
	CHECK(!equal("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"));
	CHECK(!equal("sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp"));
	CHECK(!equal("sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp"));
	CHECK(!equal("sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting"));
	CHECK(!equal("sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4"));
	CHECK(!equal("sip:carol@chicago.com;security=on", "sip:carol@chicago.com;security=off"));
	CHECK(!equal("sip:a@b", "sips:a@b"));
}

static void
an_escaped_reserved_character_is_another_one(void)
{
	CHECK(equal("sip:a%2Db@c", "sip:a-b@c"));
	CHECK(equal("sip:a%2fb@c", "sip:a%2Fb@c"));
	CHECK(!equal("sip:a%2fb@c", "sip:a/b@c"));
	CHECK(!equal("sip:a%00b@c", "sip:a%00c@c"));
	CHECK(!equal("sip:value%41@c", "sip:value%2541@c"));
}

static void
ipv6_hosts_are_compared_as_addresses(void)
{
	CHECK(equal("sip:[2001:db8::1]", "sip:[2001:0DB8:0:0::1]"));
	CHECK(!equal("sip:[2001:db8::1]", "sip:[2001:db8::2]"));
}

static void
tel_numbers_are_compared_without_visual_separators(void)
{
	CHECK(equal("tel:+1-202-555-0101", "tel:+1(202)555.0101"));
	CHECK(!equal("tel:+12025550101", "tel:12025550101"));
	CHECK(!equal("tel:+12025550101", "tel:+12025550101;ext=1"));
	CHECK(equal("tel:+12025550101;a=1;b=2", "tel:+12025550101;b=2;a=1"));
}

static void
other_uris_are_compared_byte_by_byte_behind_the_scheme(void)
{
	CHECK(equal("URN:service:sos", "urn:service:sos"));
	CHECK(!equal("urn:service:SOS", "urn:service:sos"));
}

static void
a_uri_with_very_many_parameters_equals_nothing(void)
{
	static char text[4096];
	struct rf_writer w;
	rf_writer_init(&w, text, sizeof(text));
	rf_write_text(&w, "sip:a@b");
	for (int i = 0; i < 1000; i++)
		rf_write_text(&w, ";a");
	struct rf_uri u;
	CHECK_OR_STOP(rf_uri_parse(&u, rf_written(&w)));
	CHECK(!rf_uri_equal(&u, &u));
}

static void
unescape_is_done_once_and_lets_nul_pass(void)
{
	char out[8];
	CHECK(rf_unescape(out, sizeof(out), RF_SLICE("a%00%25%34")) == 4);
	CHECK(memcmp(out, "a\0%4", 4) == 0);
	CHECK(rf_unescape(out, sizeof(out), RF_SLICE("%4")) < 0);
	CHECK(rf_unescape(out, sizeof(out), RF_SLICE("%zz")) < 0);
	CHECK(rf_unescape(out, 2, RF_SLICE("abc")) < 0);
	CHECK(rf_unescape(out, 3, RF_SLICE("%61bc")) == 3);
	CHECK(rf_unescape(out, 0, RF_SLICE("")) == 0);
}

static void
uri_headers_are_walked_undecoded(void)
{
	struct rf_slice rest = RF_SLICE("Replaces=a%3Bb&X="), name, value;
	CHECK(rf_uri_header_next(&rest, &name, &value));
	CHECK(same(name, "Replaces") && same(value, "a%3Bb"));
	CHECK(rf_uri_header_next(&rest, &name, &value));
	CHECK(same(name, "X") && value.len == 0);
	CHECK(!rf_uri_header_next(&rest, &name, &value));
}

static bool
ip_goes_round(const char *text, const char *expected)
{
	uint8_t ip[16];
	char out[48];
	if (!rf_ip_parse(ip, rf_slice_of(text)))
		return false;
	uint32_t len = rf_ip_write(out, ip, strchr(expected, '[') != NULL);
	return same((struct rf_slice){ out, len }, expected);
}

static void
ip_literals_are_written_as_rfc_5952_wants(void)
{
	CHECK(ip_goes_round("192.0.2.255", "192.0.2.255"));
	CHECK(ip_goes_round("[2001:DB8:0:0:1:0:0:1]", "[2001:db8::1:0:0:1]"));
	CHECK(ip_goes_round("::", "::"));
	CHECK(ip_goes_round("::1", "[::1]"));
	CHECK(ip_goes_round("1::", "1::"));
	CHECK(ip_goes_round("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"));
	CHECK(ip_goes_round("1:0:3:4:5:6:7:8", "1:0:3:4:5:6:7:8"));
	CHECK(ip_goes_round("1:0:0:4:5:0:0:0", "1:0:0:4:5::"));
	CHECK(ip_goes_round("[2001:db8::192.0.2.1]", "[2001:db8::c000:201]"));
	CHECK(ip_goes_round("::ffff:192.0.2.10", "192.0.2.10"));
	CHECK(ip_goes_round("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
	    "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]"));
}

static void
what_is_no_ip_literal_is_refused(void)
{
	static const char *const wrong[] = {
		"",
		"1.2.3",
		"1.2.3.4.5",
		"256.1.1.1",
		"1.2.3.x",
		"1..2.3",
		"0001.2.3.4",
		":",
		":::",
		"1:2:3:4:5:6:7",
		"1:2:3:4:5:6:7:8:9",
		"1::2::3",
		"12345::",
		"[::1",
		"::1]",
		"[]",
		"[1.2.3.4]",
		"1:2:3:4:5:6:7::8",
		"1:2:3:4:5:6:7:1.2.3.4",
		"::1.2.3",
		"1:",
		":1",
		"g::",
		"a.example.com",
		"1:2:3:4:5:6:7:",
		"2001:db8:::192.0.2.1",
	};
	uint8_t ip[16];
	for (size_t i = 0; i < RF_ARRAY_LEN(wrong); i++)
		CHECK(!rf_ip_parse(ip, rf_slice_of(wrong[i])));
}

int
main(void)
{
	static const struct check_test tests[] = {
		CHECK_TEST(a_sip_uri_is_taken_apart),
		CHECK_TEST(a_uri_may_have_only_a_host),
		CHECK_TEST(a_tel_uri_has_its_number_as_user),
		CHECK_TEST(other_schemes_are_kept_whole),
		CHECK_TEST(uris_with_something_wrong_are_refused),
		CHECK_TEST(equal_uris_of_rfc_3261_19_1_4_are_equal),
		CHECK_TEST(unequal_uris_of_rfc_3261_19_1_4_are_not_equal),
		CHECK_TEST(an_escaped_reserved_character_is_another_one),
		CHECK_TEST(ipv6_hosts_are_compared_as_addresses),
		CHECK_TEST(tel_numbers_are_compared_without_visual_separators),
		CHECK_TEST(other_uris_are_compared_byte_by_byte_behind_the_scheme),
		CHECK_TEST(a_uri_with_very_many_parameters_equals_nothing),
		CHECK_TEST(unescape_is_done_once_and_lets_nul_pass),
		CHECK_TEST(uri_headers_are_walked_undecoded),
		CHECK_TEST(ip_literals_are_written_as_rfc_5952_wants),
		CHECK_TEST(what_is_no_ip_literal_is_refused),
	};
	return check_main("grammar uri", tests, RF_ARRAY_LEN(tests));
}
