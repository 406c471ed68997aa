/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_grammar_part.c -- what stands inside of bodies: fields, parts, message/sipfrag;
 * and the spellings of one URI. */
#include <string.h>

#include "grammar/grammar.h"
#include "tests/check.h"

static bool
same(struct rf_slice s, const char *text)
{
	return rf_slice_equal(s, rf_slice_of(text));
}

static void
parts_are_cut_at_their_boundary(void)
{
	struct rf_slice boundary, rest = RF_SLICE("preamble\r\n--b1\r\n"
						  "Content-Type: application/sdp\r\n"
						  "Content-Disposition: aib;handling=optional\r\n"
						  "\r\nv=0\r\n\r\n--b1x no boundary\r\n"
						  "--b1 \t\r\nContent-ID: <a@b>\r\n"
						  "content-transfer-encoding: binary\r\n\r\n"
						  "\r\n--b1--\r\nepilogue --b1\r\n");
	struct rf_part part;
	CHECK_OR_STOP(rf_boundary_find(&boundary, RF_SLICE("multipart/mixed;boundary=b1")));
	CHECK_OR_STOP(rf_part_next(&rest, boundary, &part));
	CHECK(same(part.content_type, "application/sdp"));
	CHECK(same(part.disposition, "aib;handling=optional"));
	CHECK(same(part.body, "v=0\r\n\r\n--b1x no boundary"));
	CHECK_OR_STOP(rf_part_next(&rest, boundary, &part));
	CHECK(same(part.content_id, "<a@b>") && same(part.encoding, "binary"));
	CHECK(part.content_type.len == 0 && part.body.len == 0);
	CHECK(!rf_part_next(&rest, boundary, &part));
	CHECK(!rf_part_next(&rest, boundary, &part));
}

static void
a_missing_closing_delimiter_ends_the_last_part(void)
{
	struct rf_slice boundary, rest = RF_SLICE("--b 2\nContent-Type: a/b\n\n{}\n");
	struct rf_part part;
	CHECK_OR_STOP(rf_boundary_find(&boundary, RF_SLICE("Multipart/Mixed; Boundary=\"b 2\"")));
	CHECK(rf_part_next(&rest, boundary, &part) && same(part.body, "{}\n"));
	CHECK(!rf_part_next(&rest, boundary, &part));
	rest = RF_SLICE("--b 2--\n");
	CHECK(!rf_part_next(&rest, boundary, &part));
	rest = RF_SLICE("--b 2");
	CHECK(rf_part_next(&rest, boundary, &part) && part.body.len == 0);
}

static void
a_boundary_has_one_to_seventy_characters(void)
{
	struct rf_slice b;
	CHECK(!rf_boundary_find(&b, RF_SLICE("multipart/mixed")));
	CHECK(!rf_boundary_find(&b, RF_SLICE("multipart/mixed;boundary=\"\"")));
	CHECK(!rf_boundary_find(&b, RF_SLICE("multipart/mixed;boundary=\"a \"")));
	CHECK(!rf_boundary_find(&b, RF_SLICE("text/plain;boundary=a")));
	CHECK(!rf_boundary_find(&b,
	    RF_SLICE("multipart/mixed;boundary=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		     "aaaaaaaaaaaaaaaaaaaaaaaaaaaa")));
}

static void
fields_are_walked_and_what_is_none_is_passed_over(void)
{
	struct rf_slice rest =
	    RF_SLICE("Reason: Q.850\r\n ;cause=34\r\nno field\r\n: x\nb: <sip:a>");
	struct rf_header h;
	CHECK(rf_field_next(&rest, &h) && h.id == RF_H_REASON);
	CHECK(same(h.value, "Q.850\r\n ;cause=34"));
	CHECK(rf_field_next(&rest, &h) && h.id == RF_H_REFERRED_BY && same(h.value, "<sip:a>"));
	CHECK(!rf_field_next(&rest, &h));
}

static void
a_sipfrag_may_have_any_part_of_a_message(void)
{
	struct rf_sipfrag f;
	CHECK(rf_sipfrag_read(&f, RF_SLICE("SIP/2.0 503 No\r\nReason: SIP;cause=1\r\n\r\nbody")));
	CHECK(f.status == 503 && same(f.reason, "No") && same(f.body, "body"));
	CHECK(same(f.fields, "Reason: SIP;cause=1\r\n"));
	CHECK(rf_sipfrag_read(&f, RF_SLICE("INVITE sip:a@b SIP/2.0\r\nContact: <sip:a@b>\r\n")));
	CHECK(f.status == 0 && same(f.method, "INVITE") && same(f.request_uri, "sip:a@b"));
	CHECK(same(f.fields, "Contact: <sip:a@b>\r\n") && f.body.len == 0);
	CHECK(rf_sipfrag_read(&f, RF_SLICE("From: Alice <sip:a@b>\r\n")));
	CHECK(f.status == 0 && f.method.len == 0 && f.fields.len > 0);
	CHECK(rf_sipfrag_read(&f, RF_SLICE("\r\nSIP/2.0 200 OK")));
	CHECK(f.status == 200 && f.fields.len == 0);
}

static void
what_is_no_part_of_a_sip_message_is_no_sipfrag(void)
{
	static const char *const wrong[] = { "", "HTTP/1.1 200 OK\r\n", "SIP/3.0 200 OK\r\n",
		"SIP/2.0 4294967496 OK\r\n", "SIP/2.0 999 x\r\n", "{\"code\":200}",
		"INVITE sip:a@b SIP/3.0\r\n" };
	struct rf_sipfrag f;
	for (size_t i = 0; i < RF_ARRAY_LEN(wrong); i++)
		CHECK(!rf_sipfrag_read(&f, rf_slice_of(wrong[i])));
}

static bool
user_becomes(const char *user, const char *wanted)
{
	char text[128];
	struct rf_writer w;
	rf_writer_init(&w, text, sizeof(text));
	rf_write_user(&w, rf_slice_of(user));
	return !w.overflow && same(rf_written(&w), wanted);
}

static bool
number_becomes(const char *user, const char *wanted)
{
	char text[128];
	struct rf_writer w;
	rf_writer_init(&w, text, sizeof(text));
	bool is_number = rf_write_number_of(&w, rf_slice_of(user));
	return is_number == (wanted[0] != '\0') && same(rf_written(&w), wanted);
}

static bool
uri_becomes(const char *uri, const char *wanted)
{
	char text[256];
	struct rf_writer w;
	struct rf_uri parsed, again;
	rf_writer_init(&w, text, sizeof(text));
	if (!rf_uri_parse(&parsed, rf_slice_of(uri)))
		return false;
	rf_write_uri(&w, &parsed);
	return !w.overflow && same(rf_written(&w), wanted) &&
	       rf_uri_parse(&again, rf_written(&w)) && rf_uri_equal(&parsed, &again);
}

static void
a_user_part_has_one_spelling(void)
{
	CHECK(user_becomes("b%69lling", "billing"));
	CHECK(user_becomes("a%2fb%3B", "a%2Fb%3B"));
	CHECK(user_becomes("%00x%20", "%00x%20"));
	CHECK(user_becomes("value%2541", "value%2541"));
	CHECK(user_becomes("100%", "100%"));
	CHECK(user_becomes("", ""));
}

static void
a_number_loses_what_only_helps_the_eye(void)
{
	CHECK(number_becomes("+1-(202)-555.0123", "+12025550123"));
	CHECK(number_becomes("%2B12025550123;phone-context=x", "+12025550123"));
	CHECK(number_becomes("*21#", "*21#"));
	CHECK(number_becomes("billing", ""));
	CHECK(number_becomes("12+3", ""));
	CHECK(number_becomes("+", ""));
	CHECK(number_becomes("", ""));
}

static void
a_uri_has_one_spelling(void)
{
	CHECK(uri_becomes("SIP:%62illing@Example.COM:5060;Transport=TCP?a=b",
	    "sip:billing@example.com:5060;transport=TCP?a=b"));
	CHECK(uri_becomes("sips:[2001:DB8:0:0::1]", "sips:[2001:db8::1]"));
	CHECK(uri_becomes("tel:+1-202-555-0123;Ext=1", "tel:+12025550123;ext=1"));
	CHECK(uri_becomes("ISBN:123-X", "isbn:123-X"));
	CHECK(uri_becomes("sip:a:p%77@b", "sip:a:pw@b"));
}

int
main(void)
{
	static const struct check_test tests[] = {
		CHECK_TEST(parts_are_cut_at_their_boundary),
		CHECK_TEST(a_missing_closing_delimiter_ends_the_last_part),
		CHECK_TEST(a_boundary_has_one_to_seventy_characters),
		CHECK_TEST(fields_are_walked_and_what_is_none_is_passed_over),
		CHECK_TEST(a_sipfrag_may_have_any_part_of_a_message),
		CHECK_TEST(what_is_no_part_of_a_sip_message_is_no_sipfrag),
		CHECK_TEST(a_user_part_has_one_spelling),
		CHECK_TEST(a_number_loses_what_only_helps_the_eye),
		CHECK_TEST(a_uri_has_one_spelling),
	};
	return check_main("grammar part", tests, RF_ARRAY_LEN(tests));
}
