/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_grammar.c -- names, slices, framing of one message, and the value parsers. */
#include <string.h>

#include "grammar/grammar.h"
#include "tests/check.h"

static struct rf_message message;
static const char *why;

static bool
same(struct rf_slice s, const char *text)
{
	return rf_slice_equal(s, rf_slice_of(text));
}

static enum rf_verdict
parse(const char *text)
{
	return rf_message_parse(&message, rf_slice_of(text), &why);
}

/* A request whose header section ends in `extra`. */
static enum rf_verdict
parse_request(const char *line, const char *extra)
{
	static char text[RF_MESSAGE_MAX * 2];
	struct rf_writer w;
	rf_writer_init(&w, text, sizeof(text));
	rf_write_text(&w, line);
	rf_write_text(&w,
	    "\r\nVia: SIP/2.0/UDP a.example.com;branch=z9hG4bK1\r\n"
	    "From: <sip:a@example.com>;tag=1\r\nTo: <sip:b@example.com>\r\nCall-ID: c\r\n");
	rf_write_text(&w, extra);
	return rf_message_parse(&message, rf_written(&w), &why);
}

/* ---- names */

static void
header_names_are_found_without_case(void)
{
	CHECK(rf_header_find(RF_SLICE("cAlL-iD")) == RF_H_CALL_ID);
	CHECK(rf_header_find(RF_SLICE("call-id ")) == RF_H_OTHER);
	CHECK(rf_header_find(RF_SLICE("Call\rID")) == RF_H_OTHER);
	CHECK(rf_header_find(RF_SLICE("")) == RF_H_OTHER);
	CHECK(rf_header_find(RF_SLICE("X-Nobody-Knows-This-Long-Name")) == RF_H_OTHER);
}

static void
every_header_of_the_table_is_found_by_its_name(void)
{
	for (int id = RF_H_OTHER + 1; id < RF_H_MAX; id++) {
		struct rf_slice name = rf_header_name((enum rf_header_id)id);
		CHECK(rf_header_find(name) == (enum rf_header_id)id);
		char text[32];
		memcpy(text, name.p, name.len);
		text[name.len / 2] ^= 0x01;
		CHECK(rf_header_find((struct rf_slice){ text, name.len }) != (enum rf_header_id)id);
	}
}

static void
compact_forms_are_found_and_other_letters_are_not(void)
{
	static const char known[] = "abcdefghijklmnopqrstuvwxyz";
	int found = 0;
	for (uint32_t i = 0; i < 26; i++)
		found += rf_header_find((struct rf_slice){ known + i, 1 }) != RF_H_OTHER;
	CHECK(found == 20);
	CHECK(rf_header_find(RF_SLICE("v")) == RF_H_VIA);
	CHECK(rf_header_find(RF_SLICE("R")) == RF_H_REFER_TO);
	CHECK(rf_header_find((struct rf_slice){ "\0", 1 }) == RF_H_OTHER);
	CHECK(rf_header_find(RF_SLICE("\xff")) == RF_H_OTHER);
}

static void
methods_have_case(void)
{
	CHECK(rf_method_find(RF_SLICE("REFER")) == RF_METHOD_REFER);
	CHECK(rf_method_find(RF_SLICE("refer")) == RF_METHOD_OTHER);
	for (int m = RF_METHOD_OTHER + 1; m < RF_METHOD_MAX; m++)
		CHECK(rf_method_find(rf_method_name((enum rf_method)m)) == (enum rf_method)m);
}

static void
reason_phrases_are_those_of_the_rfc(void)
{
	CHECK(same(rf_reason_phrase(481), "Call/Transaction Does Not Exist"));
	CHECK(same(rf_reason_phrase(299), "Unknown"));
}

/* ---- slices */

static void
numbers_are_digits_only_and_bounded(void)
{
	uint64_t n = 7;
	CHECK(rf_slice_number(&n, RF_SLICE("0068"), 255) && n == 68);
	CHECK(rf_slice_number(&n, RF_SLICE("18446744073709551615"), UINT64_MAX));
	CHECK(n == UINT64_MAX);
	n = 7;
	CHECK(!rf_slice_number(&n, RF_SLICE("18446744073709551616"), UINT64_MAX));
	CHECK(!rf_slice_number(&n, RF_SLICE("256"), 255));
	CHECK(!rf_slice_number(&n, RF_SLICE("-1"), 255));
	CHECK(!rf_slice_number(&n, RF_SLICE("1 "), 255));
	CHECK(!rf_slice_number(&n, RF_SLICE(""), 255));
	CHECK(!rf_slice_number(&n, RF_SLICE("5"), 4));
	CHECK(n == 7);
}

static void
tokens_in_a_list_are_found_without_case_and_whole(void)
{
	struct rf_slice list = RF_SLICE("replaces , 100REL,\r\n norefersub");
	CHECK(rf_slice_has_token(list, RF_SLICE("100rel")));
	CHECK(rf_slice_has_token(list, RF_SLICE("norefersub")));
	CHECK(!rf_slice_has_token(list, RF_SLICE("refersub")));
	CHECK(!rf_slice_has_token(list, RF_SLICE("")));
	CHECK(!rf_slice_has_token((struct rf_slice){ 0 }, RF_SLICE("a")));
}

static void
trim_takes_lws_off_both_ends(void)
{
	CHECK(same(rf_slice_trim(RF_SLICE(" \t\r\n a b \r\n\t")), "a b"));
	CHECK(rf_slice_trim(RF_SLICE(" \r\n ")).len == 0);
	CHECK(rf_slice_trim((struct rf_slice){ 0 }).len == 0);
}

/* ---- messages */

static void
a_request_is_taken_apart(void)
{
	CHECK_OR_STOP(
	    parse("REFER sip:b@example.com SIP/2.0\r\n"
		  "v: SIP/2.0/UDP a.example.com;branch=z9hG4bK1\r\n"
		  "f: <sip:a@example.com>;tag=1\r\nt: <sip:b@example.com>;tag=2\r\ni: c\r\n"
		  "CSeq: 3 REFER\r\nr:\r\n <sip:d@example.com>\r\nX-Own: 1\r\nl: 2\r\n\r\nhi!") ==
	    RF_VERDICT_OK);
	CHECK(message.is_request && message.method == RF_METHOD_REFER);
	CHECK(same(message.request_uri, "sip:b@example.com"));
	CHECK(message.count == 8);
	CHECK(same(rf_message_value(&message, RF_H_REFER_TO), "<sip:d@example.com>"));
	CHECK(same(rf_message_header(&message, RF_H_OTHER)->name, "X-Own"));
	CHECK(same(message.body, "hi"));
	CHECK(message.raw.p[message.raw.len - 1] == 'i');
}

static void
a_response_takes_its_method_from_cseq(void)
{
	CHECK_OR_STOP(parse("SIP/2.0 202 Accepted\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK1\r\n"
			    "From: <sip:a@b>;tag=1\r\nTo: <sip:b@b>;tag=2\r\nCall-ID: c\r\nCSeq: 3 "
			    "REFER\r\n\r\n") == RF_VERDICT_OK);
	CHECK(!message.is_request && message.status == 202);
	CHECK(message.method == RF_METHOD_REFER);
	CHECK(same(message.method_text, "REFER"));
	CHECK(same(message.reason, "Accepted"));
}

static void
headers_of_one_id_are_chained_in_order(void)
{
	CHECK_OR_STOP(
	    parse_request("INVITE sip:b@example.com SIP/2.0",
		"CSeq: 1 INVITE\r\n"
		"Route: <sip:1@a>\r\nX: y\r\nRoute: <sip:2@a>\r\nRoute: <sip:3@a>\r\n\r\n") ==
	    RF_VERDICT_OK);
	CHECK(rf_message_count(&message, RF_H_ROUTE) == 3);
	const struct rf_header *h = rf_message_header(&message, RF_H_ROUTE);
	CHECK(same(h->value, "<sip:1@a>"));
	h = rf_message_next(&message, h);
	CHECK(same(h->value, "<sip:2@a>"));
	h = rf_message_next(&message, h);
	CHECK(same(h->value, "<sip:3@a>"));
	CHECK(rf_message_next(&message, h) == NULL);
	CHECK(rf_message_header(&message, RF_H_PATH) == NULL);
}

static void
tokens_are_looked_for_in_every_field_of_an_id(void)
{
	CHECK_OR_STOP(parse_request("INVITE sip:b@example.com SIP/2.0",
			  "CSeq: 1 INVITE\r\n"
			  "Supported: a, b\r\nk: Replaces\r\n\r\n") == RF_VERDICT_OK);
	CHECK(rf_message_has_token(&message, RF_H_SUPPORTED, RF_SLICE("replaces")));
	CHECK(!rf_message_has_token(&message, RF_H_REQUIRE, RF_SLICE("replaces")));
}

static void
only_crlfs_are_a_keep_alive_and_nothing_is_dropped(void)
{
	CHECK(parse("\r\n\r\n") == RF_VERDICT_KEEPALIVE);
	CHECK(parse("") == RF_VERDICT_DROP);
	CHECK(rf_message_parse(&message, (struct rf_slice){ 0 }, &why) == RF_VERDICT_DROP);
	CHECK(parse("\r\n\r") == RF_VERDICT_DROP);
}

static void
a_header_that_may_stand_once_is_bad_twice(void)
{
	CHECK(parse_request("INVITE sip:b@example.com SIP/2.0",
		  "CSeq: 1 INVITE\r\nEvent: refer\r\no: refer\r\n\r\n") == RF_VERDICT_BAD);
}

static void
an_ack_is_never_answered(void)
{
	CHECK(parse_request("ACK sip:b@example.com SIP/2.0", "CSeq: 1 ACK\r\nl: 9\r\n\r\n") ==
	      RF_VERDICT_DROP);
	CHECK(parse_request("ACK sip:b@example.com SIP/3.0", "CSeq: 1 ACK\r\n\r\n") ==
	      RF_VERDICT_DROP);
	CHECK(parse_request("ACK  sip:b@example.com SIP/2.0", "CSeq: 1 ACK\r\n\r\n") ==
	      RF_VERDICT_DROP);
}

static void
a_fault_in_front_of_the_needed_headers_still_finds_them(void)
{
	CHECK(parse_request("BYE sip:b@example.com SIP/2.0\r\nno colon here",
		  "CSeq: 1 BYE\r\n\r\n") == RF_VERDICT_BAD);
	CHECK(rf_message_count(&message, RF_H_CSEQ) == 1);
	CHECK(same(rf_message_value(&message, RF_H_CALL_ID), "c"));
}

static void
what_cannot_be_answered_is_dropped(void)
{
	CHECK(parse("BYE sip:b@example.com SIP/2.0\r\nVia: SIP/2.0/UDP a\r\n\r\n") ==
	      RF_VERDICT_DROP);
	CHECK(parse("GET / HTTP/1.1\r\n\r\n") == RF_VERDICT_DROP);
	CHECK(parse("SIP/2.0 4294967301 no\r\n\r\n") == RF_VERDICT_DROP);
	CHECK(parse("INVITE sip:b@example.com SIP/2.0") == RF_VERDICT_DROP);
}

static void
a_response_is_used_or_dropped(void)
{
	static const char good[] = "Via: SIP/2.0/UDP a;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\n"
				   "To: <sip:b@b>;tag=2\r\nCall-ID: c\r\nCSeq: 3 REFER\r\n";
	char text[512];
	struct rf_writer w;
	static const struct {
		const char *line, *end;
		enum rf_verdict verdict;
	} rows[] = {
		{ "SIP/2.0 200 OK\r\n", "\r\n", RF_VERDICT_OK },
		{ "SIP/2.0 200\r\n", "\r\n", RF_VERDICT_OK },
		{ "sip/2.0 200 \r\n", "\r\n", RF_VERDICT_OK },
		{ "SIP/2.0 099 OK\r\n", "\r\n", RF_VERDICT_DROP },
		{ "SIP/2.0 700 OK\r\n", "\r\n", RF_VERDICT_DROP },
		{ "SIP/2.1 200 OK\r\n", "\r\n", RF_VERDICT_DROP },
		{ "SIP/2.0 200 OK\r\n", "l: x\r\n\r\n", RF_VERDICT_DROP },
		{ "SIP/2.0 200 OK\r\n", "To: <sip:b@b>\r\n\r\n", RF_VERDICT_DROP },
		{ "SIP/2.0 200 OK\r\n", "", RF_VERDICT_DROP },
	};
	for (size_t i = 0; i < RF_ARRAY_LEN(rows); i++) {
		rf_writer_init(&w, text, sizeof(text));
		rf_write_text(&w, rows[i].line);
		rf_write_text(&w, good);
		rf_write_text(&w, rows[i].end);
		CHECK(rf_message_parse(&message, rf_written(&w), &why) == rows[i].verdict);
	}
}

static void
another_version_is_told_so(void)
{
	CHECK(parse_request("BYE sip:b@example.com SIP/7.0", "CSeq: 1 BYE\r\n\r\n") ==
	      RF_VERDICT_VERSION);
	CHECK(parse_request("BYE sip:b@example.com SIP/02.0", "CSeq: 1 BYE\r\n\r\n") ==
	      RF_VERDICT_VERSION);
}

static void
cr_or_lf_alone_is_bad_wherever_it_stands(void)
{
	static const char line[] = "BYE sip:b@example.com SIP/2.0";
	CHECK(parse_request(line, "CSeq: 1 BYE\r\nSubject: a\nTo: x\r\n\r\n") == RF_VERDICT_BAD);
	CHECK(parse_request(line, "CSeq: 1 BYE\r\nSubject: a\rb\r\n\r\n") == RF_VERDICT_BAD);
	CHECK(parse_request(line, "CSeq: 1 BYE\n\n") == RF_VERDICT_BAD);
	CHECK(parse_request(line, "CSeq: 1 BYE\r\nSubject: a\r\r\n\r\n") == RF_VERDICT_BAD);
	CHECK(parse_request(line, "CSeq: 1 BYE\r\nSubject: a\n b\r\n\r\n") == RF_VERDICT_BAD);
	CHECK(parse_request(line, "CSeq: 1 BYE\r\nSubject: a\r\n b\r\n\r\n") == RF_VERDICT_OK);
}

static void
content_length_decides_where_the_body_ends(void)
{
	static const char line[] = "INFO sip:b@example.com SIP/2.0";
	CHECK(parse_request(line, "CSeq: 1 INFO\r\n\r\nbody") == RF_VERDICT_OK);
	CHECK(same(message.body, "body"));
	CHECK(parse_request(line, "CSeq: 1 INFO\r\nl: 4\r\n\r\nbodyjunk") == RF_VERDICT_OK);
	CHECK(same(message.body, "body"));
	static const char *const bad[] = { "5", "-1", "4 4", "x", "", "99999999999999999999" };
	for (size_t i = 0; i < RF_ARRAY_LEN(bad); i++) {
		char extra[64];
		struct rf_writer w;
		rf_writer_init(&w, extra, sizeof(extra) - 1);
		rf_write_text(&w, "CSeq: 1 INFO\r\nContent-Length: ");
		rf_write_text(&w, bad[i]);
		rf_write_text(&w, "\r\n\r\nbody");
		extra[w.len] = '\0';
		CHECK(parse_request(line, extra) == RF_VERDICT_BAD);
		CHECK(message.body.len == 0);
	}
}

static void
too_many_fields_are_too_large(void)
{
	static char extra[4096];
	struct rf_writer w;
	for (uint32_t more = 0; more < 2; more++) {
		rf_writer_init(&w, extra, sizeof(extra) - 1);
		rf_write_text(&w, "CSeq: 1 BYE\r\n");
		for (uint32_t i = 5; i < RF_HEADERS_MAX + more; i++)
			rf_write_text(&w, "X-Y: z\r\n");
		rf_write_text(&w, "\r\n");
		extra[w.len] = '\0';
		CHECK(parse_request("BYE sip:b@example.com SIP/2.0", extra) ==
		      (more == 0 ? RF_VERDICT_OK : RF_VERDICT_TOO_LARGE));
		CHECK(message.count == RF_HEADERS_MAX);
	}
}

static void
long_fields_and_long_messages_are_too_large(void)
{
	static char extra[RF_MESSAGE_MAX + 64];
	memset(extra, 'a', sizeof(extra) - 1);
	memcpy(extra, "CSeq: 1 BYE\r\nSubject: ", 22);
	memcpy(extra + 22 + RF_HEADER_LEN_MAX, "\r\n\r\n", 5);
	CHECK(parse_request("BYE sip:b@example.com SIP/2.0", extra) == RF_VERDICT_TOO_LARGE);
	memset(extra, 'a', sizeof(extra) - 1);
	memcpy(extra, "CSeq: 1 BYE\r\n\r\n", 15);
	CHECK(parse_request("BYE sip:b@example.com SIP/2.0", extra) == RF_VERDICT_TOO_LARGE);
}

static void
each_part_of_parsing_knows_what_it_says_and_no_more(void)
{
	static const char text[] = "OPTIONS sip:b@example.com SIP/2.0\r\n"
				   "Via: SIP/2.0/TCP a;branch=z9hG4bK1, SIP/2.0/UDP b\r\n"
				   "From: <sip:a@example.com\r\nTo: <sip:b@example.com>\r\n"
				   "Call-ID: c\r\nCSeq: 7 OPTIONS\r\n\r\n";
	CHECK(rf_message_frame(&message, RF_SLICE(text), &why) == RF_VERDICT_OK);
	CHECK(same(rf_message_value(&message, RF_H_CALL_ID), "c"));
	CHECK(rf_message_key(&message, RF_SLICE(text), &why) == RF_VERDICT_OK);
	CHECK(same(message.via.branch, "z9hG4bK1") && message.via.transport == RF_TCP);
	CHECK(same(message.via_rest, "SIP/2.0/UDP b"));
	CHECK(message.cseq.number == 7 && message.cseq.method == RF_METHOD_OPTIONS);
	CHECK(rf_message_check(&message, &why) == RF_VERDICT_BAD);
	CHECK(strcmp(why, "From does not parse") == 0);
	static const char other[] = "OPTIONS sip:b@example.com SIP/2.0\r\nVia: SIP/2.0/TCP a\r\n"
				    "From: <sip:a@example.com>\r\nTo: <sip:b@example.com>\r\n"
				    "Call-ID: c\r\nCSeq: 7 BYE\r\n\r\n";
	CHECK(rf_message_frame(&message, RF_SLICE(other), &why) == RF_VERDICT_OK);
	CHECK(rf_message_key(&message, RF_SLICE(other), &why) == RF_VERDICT_BAD);
	CHECK(strcmp(why, "the methods of CSeq and request line differ") == 0);
}

static void
a_sound_request_is_looked_at_up_to_its_key_and_then_on(void)
{
	static const char head[] = "BYE sip:b@example.com SIP/2.0\r\nCSeq: 7 BYE\r\n"
				   "v: SIP/2.0/UDP a;branch=z9hG4bK1\r\n";
	static const char rest[] = "f: <sip:a@example.com>\r\nt: <sip:b@example.com>\r\ni: c\r\n";
	static const struct {
		const char *end;
		enum rf_verdict verdict;
		const char *why;
	} rows[] = {
		{ "l: 2\r\n\r\nhi", RF_VERDICT_OK, "" },
		{ "l: 3\r\n\r\nhi", RF_VERDICT_BAD, "Content-Length is larger than the body" },
		{ "\r\n", RF_VERDICT_OK, "" },
		{ "", RF_VERDICT_BAD, "no blank line behind the header fields" },
		{ "Subject: a\rb\r\n\r\n", RF_VERDICT_BAD, "a CR or LF stands alone" },
		{ "CSeq: 8 BYE\r\n\r\n", RF_VERDICT_BAD,
		    "a header field that may stand once stands twice" },
		{ "v: SIP/2.0/UDP b\r\n\r\n", RF_VERDICT_OK, "" },
	};
	char bytes[512];
	for (size_t i = 0; i < RF_ARRAY_LEN(rows); i++) {
		struct rf_writer w;
		rf_writer_init(&w, bytes, sizeof(bytes));
		rf_write_text(&w, head);
		rf_write_text(&w, rest);
		rf_write_text(&w, rows[i].end);
		CHECK(rf_message_key(&message, rf_written(&w), &why) == RF_VERDICT_OK);
		CHECK(message.count == 2 && same(message.via.branch, "z9hG4bK1"));
		CHECK(rf_message_check(&message, &why) == rows[i].verdict);
		CHECK(strcmp(why, rows[i].why) == 0);
		CHECK(rf_message_parse(&message, rf_written(&w), &why) == rows[i].verdict);
		CHECK(strcmp(why, rows[i].why) == 0);
	}
	CHECK(rf_message_key(&message, RF_SLICE(head), &why) == RF_VERDICT_DROP);
	CHECK(strcmp(why, "Via, From, To, Call-ID or CSeq is missing") == 0);
}

static void
a_response_and_what_is_wrong_early_are_looked_at_as_a_whole(void)
{
	static const char *const texts[] = {
		"SIP/2.0 200 OK\r\nCSeq: 7 BYE\r\nv: SIP/2.0/UDP a;branch=z9hG4bK1\r\n"
		"f: <sip:a@b>\r\nt: <sip:b@b>\r\ni: c\r\n\r\n",
		"BYE sip:b@b SIP/7.0\r\nCSeq: 7 BYE\r\nv: SIP/2.0/UDP a;branch=z9hG4bK1\r\n"
		"f: <sip:a@b>\r\nt: <sip:b@b>\r\ni: c\r\n\r\n",
		"BYE sip:b@b SIP/2.0\r\nCSeq: 7 BYE\r\nv: SIP/2.0/UDP a;branch\r=z9hG4bK1\r\n"
		"f: <sip:a@b>\r\nt: <sip:b@b>\r\ni: c\r\n\r\n",
		"BYE sip:b@b SIP/2.0\r\nCSeq: x BYE\r\nv: SIP/2.0/UDP a;branch=z9hG4bK1\r\n"
		"f: <sip:a@b>\r\nt: <sip:b@b>\r\ni: c\r\n\r\n",
	};
	static const enum rf_verdict verdicts[] = { RF_VERDICT_OK, RF_VERDICT_VERSION,
		RF_VERDICT_BAD, RF_VERDICT_BAD };
	for (size_t i = 0; i < RF_ARRAY_LEN(texts); i++) {
		CHECK(rf_message_key(&message, rf_slice_of(texts[i]), &why) == verdicts[i]);
		CHECK(message.count == 5);
		CHECK(parse(texts[i]) == verdicts[i]);
	}
}

static void
what_every_message_needs_is_parsed_and_kept(void)
{
	CHECK(parse_request("REFER sips:b@example.com:5061;lr SIP/2.0",
		  "CSeq: 3 REFER\r\nContent-Length: 0\r\n\r\n") == RF_VERDICT_OK);
	CHECK(same(message.from.tag, "1") && same(message.from.uri.user, "a"));
	CHECK(message.to.tag.len == 0 && same(message.to.uri.host, "example.com"));
	CHECK(message.uri.scheme == RF_SCHEME_SIPS && message.uri.port == 5061);
	CHECK(message.cseq.number == 3 && same(message.via.host, "a.example.com"));
}

static void
verdicts_have_the_statuses_of_their_names(void)
{
	CHECK(rf_verdict_status(RF_VERDICT_OK) == 0);
	CHECK(rf_verdict_status(RF_VERDICT_KEEPALIVE) == 0);
	CHECK(rf_verdict_status(RF_VERDICT_DROP) == 0);
	CHECK(rf_verdict_status(RF_VERDICT_BAD) == 400);
	CHECK(rf_verdict_status(RF_VERDICT_VERSION) == 505);
	CHECK(rf_verdict_status(RF_VERDICT_URI_TOO_LONG) == 414);
	CHECK(rf_verdict_status(RF_VERDICT_BODY_TOO_LARGE) == 413);
	CHECK(rf_verdict_status(RF_VERDICT_TOO_LARGE) == 513);
}

int
main(void)
{
	static const struct check_test tests[] = {
		CHECK_TEST(header_names_are_found_without_case),
		CHECK_TEST(every_header_of_the_table_is_found_by_its_name),
		CHECK_TEST(compact_forms_are_found_and_other_letters_are_not),
		CHECK_TEST(methods_have_case),
		CHECK_TEST(reason_phrases_are_those_of_the_rfc),
		CHECK_TEST(numbers_are_digits_only_and_bounded),
		CHECK_TEST(tokens_in_a_list_are_found_without_case_and_whole),
		CHECK_TEST(trim_takes_lws_off_both_ends),
		CHECK_TEST(a_request_is_taken_apart),
		CHECK_TEST(a_response_takes_its_method_from_cseq),
		CHECK_TEST(headers_of_one_id_are_chained_in_order),
		CHECK_TEST(tokens_are_looked_for_in_every_field_of_an_id),
		CHECK_TEST(only_crlfs_are_a_keep_alive_and_nothing_is_dropped),
		CHECK_TEST(a_header_that_may_stand_once_is_bad_twice),
		CHECK_TEST(an_ack_is_never_answered),
		CHECK_TEST(a_fault_in_front_of_the_needed_headers_still_finds_them),
		CHECK_TEST(what_cannot_be_answered_is_dropped),
		CHECK_TEST(a_response_is_used_or_dropped),
		CHECK_TEST(another_version_is_told_so),
		CHECK_TEST(cr_or_lf_alone_is_bad_wherever_it_stands),
		CHECK_TEST(content_length_decides_where_the_body_ends),
		CHECK_TEST(too_many_fields_are_too_large),
		CHECK_TEST(long_fields_and_long_messages_are_too_large),
		CHECK_TEST(each_part_of_parsing_knows_what_it_says_and_no_more),
		CHECK_TEST(a_sound_request_is_looked_at_up_to_its_key_and_then_on),
		CHECK_TEST(a_response_and_what_is_wrong_early_are_looked_at_as_a_whole),
		CHECK_TEST(what_every_message_needs_is_parsed_and_kept),
		CHECK_TEST(verdicts_have_the_statuses_of_their_names),
	};
	return check_main("grammar", tests, RF_ARRAY_LEN(tests));
}
