/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_grammar_write.c -- the writer: bounds, no smuggled lines, and there and back. */
#include <string.h>

#include "grammar/grammar.h"
#include "tests/check.h"

static char memory[4096];
static struct rf_writer w;

static bool
wrote(const char *text)
{
	return !w.overflow && rf_slice_equal(rf_written(&w), rf_slice_of(text));
}

static void
begin(void)
{
	rf_writer_init(&w, memory, sizeof(memory));
}

static void
numbers_are_decimal_and_hex_is_padded(void)
{
	begin();
	rf_write_number(&w, 0);
	rf_write_text(&w, " ");
	rf_write_number(&w, UINT64_MAX);
	rf_write_text(&w, " ");
	rf_write_hex(&w, 0xabc, 4);
	rf_write_hex(&w, UINT64_MAX, 16);
	CHECK(wrote("0 18446744073709551615 0abcffffffffffffffff"));
}

static void
headers_are_written_with_their_full_name(void)
{
	begin();
	rf_write_header(&w, RF_H_REFER_TO, RF_SLICE(" <sip:a@b> "));
	rf_write_header_named(&w, RF_SLICE("X-Own"), RF_SLICE(""));
	CHECK(wrote("Refer-To: <sip:a@b>\r\nX-Own: \r\n"));
}

static void
folding_becomes_one_space(void)
{
	begin();
	rf_write_header(&w, RF_H_SUBJECT, RF_SLICE("a\r\n \t b\r\n\tc\r\n "));
	CHECK(wrote("Subject: a b c\r\n"));
}

static void
a_line_end_that_is_no_folding_is_refused(void)
{
	static const char *const values[] = {
		"a\r\nTo: b",
		"a\nTo: b",
		"a\rTo: b",
		"a\n b",
		"a\r b",
		"a\r\n\r\nb",
		"a\r\r\n b",
		"a\r\n \nb",
	};
	for (size_t i = 0; i < RF_ARRAY_LEN(values); i++) {
		begin();
		rf_write_header(&w, RF_H_SUBJECT, rf_slice_of(values[i]));
		CHECK(w.overflow);
	}
}

static void
every_byte_but_cr_and_lf_passes_in_a_value(void)
{
	for (int c = 0; c < 256; c++) {
		char value[3] = { 'a', (char)c, 'b' };
		begin();
		rf_write_header(&w, RF_H_SUBJECT, (struct rf_slice){ value, 3 });
		CHECK(w.overflow == (c == '\r' || c == '\n'));
		CHECK(w.overflow || w.len == 14);
	}
}

static void
a_name_that_is_no_token_is_refused(void)
{
	static const char *const names[] = { "", "a b", "a:", "a\r\nb", "a\xff" };
	for (size_t i = 0; i < RF_ARRAY_LEN(names); i++) {
		begin();
		rf_write_header_named(&w, rf_slice_of(names[i]), RF_SLICE("x"));
		CHECK(w.overflow);
	}
}

static void
nothing_is_written_past_max_nor_after_overflow(void)
{
	for (uint32_t max = 0; max < 12; max++) {
		memset(memory, '!', sizeof(memory));
		rf_writer_init(&w, memory, max);
		rf_write_text(&w, "0123456789ab");
		CHECK(w.overflow && w.len == 0);
		rf_write_text(&w, "x");
		CHECK(w.len == 0 && memory[0] == '!' && memory[max] == '!');
	}
	rf_writer_init(&w, memory, 12);
	rf_write_text(&w, "0123456789ab");
	CHECK(wrote("0123456789ab"));
	rf_writer_init(&w, NULL, 0);
	rf_write_text(&w, "");
	CHECK(wrote(""));
}

static void
a_body_brings_its_content_length(void)
{
	begin();
	rf_write_body(&w, RF_SLICE("a\0b"));
	CHECK(!w.overflow && w.len == 24);
	CHECK(memcmp(memory, "Content-Length: 3\r\n\r\na\0b", 24) == 0);
	begin();
	rf_write_body(&w, (struct rf_slice){ 0 });
	CHECK(wrote("Content-Length: 0\r\n\r\n"));
}

static void
what_was_written_is_parsed_the_same(void)
{
	static const char *const routes[] = { "<sip:r1;lr>", "\"x, y\" <sip:r2;lr>;p=\"q\"" };
	static struct rf_message m;
	const char *why;
	begin();
	rf_write_text(&w, "REFER sip:b@example.com SIP/2.0\r\n");
	rf_write_header(&w, RF_H_VIA, RF_SLICE("SIP/2.0/TLS a.example.com;branch=z9hG4bK7"));
	for (size_t i = 0; i < RF_ARRAY_LEN(routes); i++)
		rf_write_header(&w, RF_H_ROUTE, rf_slice_of(routes[i]));
	rf_write_header(&w, RF_H_FROM, RF_SLICE("\"A\" <sip:a@example.com>;tag=1"));
	rf_write_header(&w, RF_H_TO, RF_SLICE("<sip:b@example.com>;tag=2"));
	rf_write_header(&w, RF_H_CALL_ID, RF_SLICE("c@example.com"));
	rf_write_header(&w, RF_H_CSEQ, RF_SLICE("2 REFER"));
	rf_write_header(&w, RF_H_REFER_TO, RF_SLICE("<sip:d@example.com?Replaces=x>"));
	rf_write_body(&w, RF_SLICE("body"));
	CHECK_OR_STOP(!w.overflow);
	CHECK_OR_STOP(rf_message_parse(&m, rf_written(&w), &why) == RF_VERDICT_OK);
	CHECK(m.count == 9 && m.method == RF_METHOD_REFER && m.raw.len == w.len);
	CHECK(rf_slice_equal(m.body, RF_SLICE("body")));
	const struct rf_header *h = rf_message_header(&m, RF_H_ROUTE);
	for (size_t i = 0; i < RF_ARRAY_LEN(routes); i++, h = rf_message_next(&m, h))
		CHECK(rf_slice_equal(h->value, rf_slice_of(routes[i])));
}

static const char original[] = "INVITE sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP c;branch=z9hG4bK1\r\n"
			       "X-One :\r\n  kept\r\n\tas it is \r\nVia: SIP/2.0/UDP d\r\n"
			       "f: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\nCall-ID: x\r\n"
			       "CSeq: 1 INVITE\r\nl: 2\r\nSubject:\r\n\r\nhi";

static bool
edited_is(const struct rf_edit *edits, uint32_t count, const char *line,
    const struct rf_slice *body, const char *wanted)
{
	static struct rf_message m;
	char text[1024];
	struct rf_writer out;
	const char *why;
	struct rf_slice start = rf_slice_of(line);
	if (rf_message_parse(&m, RF_SLICE(original), &why) != RF_VERDICT_OK)
		return false;
	rf_writer_init(&out, text, sizeof(text));
	rf_write_message(&out, &m, edits, count, line[0] == '\0' ? NULL : &start, body);
	return !out.overflow && rf_slice_equal(rf_written(&out), rf_slice_of(wanted));
}

static void
a_message_without_edits_keeps_every_byte_of_its_fields(void)
{
	CHECK(edited_is(NULL, 0, "", NULL,
	    "INVITE sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP c;branch=z9hG4bK1\r\n"
	    "X-One :\r\n  kept\r\n\tas it is\r\nVia: SIP/2.0/UDP d\r\n"
	    "f: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\nCall-ID: x\r\n"
	    "CSeq: 1 INVITE\r\nSubject:\r\nContent-Length: 2\r\n\r\nhi"));
}

static void
edits_meet_the_fields_they_name_and_no_others(void)
{
	static const struct rf_edit edits[] = {
		{ RF_EDIT_PREPEND, RF_H_VIA, { "SIP/2.0/TCP e", 13 } },
		{ RF_EDIT_REPLACE, RF_H_FROM, { "<sip:z@y>;tag=9", 15 } },
		{ RF_EDIT_REMOVE, RF_H_SUBJECT, { NULL, 0 } },
		{ RF_EDIT_APPEND, RF_H_REASON, { "SIP;cause=200", 13 } },
		{ RF_EDIT_REPLACE, RF_H_MAX_FORWARDS, { "69", 2 } },
		{ RF_EDIT_PREPEND, RF_H_ROUTE, { "<sip:r;lr>", 10 } },
	};
	CHECK(edited_is(edits, RF_ARRAY_LEN(edits), "BYE sip:q@r SIP/2.0", &RF_SLICE(""),
	    "BYE sip:q@r SIP/2.0\r\nRoute: <sip:r;lr>\r\nVia: SIP/2.0/TCP e\r\n"
	    "Via: SIP/2.0/UDP c;branch=z9hG4bK1\r\n"
	    "X-One :\r\n  kept\r\n\tas it is\r\nVia: SIP/2.0/UDP d\r\n"
	    "From: <sip:z@y>;tag=9\r\nTo: <sip:c@d>\r\nCall-ID: x\r\n"
	    "CSeq: 1 INVITE\r\nReason: SIP;cause=200\r\nMax-Forwards: 69\r\n"
	    "Content-Length: 0\r\n\r\n"));
}

static void
an_edit_cannot_smuggle_a_line_in(void)
{
	static const struct rf_edit edit = { RF_EDIT_REPLACE, RF_H_SUBJECT,
		{ "a\r\nX-Evil: b", 13 } };
	CHECK(!edited_is(&edit, 1, "", NULL, ""));
}

int
main(void)
{
	static const struct check_test tests[] = {
		CHECK_TEST(numbers_are_decimal_and_hex_is_padded),
		CHECK_TEST(headers_are_written_with_their_full_name),
		CHECK_TEST(folding_becomes_one_space),
		CHECK_TEST(a_line_end_that_is_no_folding_is_refused),
		CHECK_TEST(every_byte_but_cr_and_lf_passes_in_a_value),
		CHECK_TEST(a_name_that_is_no_token_is_refused),
		CHECK_TEST(nothing_is_written_past_max_nor_after_overflow),
		CHECK_TEST(a_body_brings_its_content_length),
		CHECK_TEST(what_was_written_is_parsed_the_same),
		CHECK_TEST(a_message_without_edits_keeps_every_byte_of_its_fields),
		CHECK_TEST(edits_meet_the_fields_they_name_and_no_others),
		CHECK_TEST(an_edit_cannot_smuggle_a_line_in),
	};
	return check_main("grammar write", tests, RF_ARRAY_LEN(tests));
}
