/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_grammar_kept.c -- values that are parsed when somebody asks, and once.
 *
 * How it is seen that nothing is parsed again: the text is spoiled between two questions. */
#include <string.h>

#include "grammar/grammar.h"
#include "tests/check.h"

static struct rf_message message;
static char text[2048];
static uint32_t text_len;
static const char *why;

static bool
same(struct rf_slice s, const char *literal)
{
	return rf_slice_equal(s, rf_slice_of(literal));
}

static void
frame(const char *fields)
{
	struct rf_writer w;
	rf_writer_init(&w, text, sizeof(text));
	rf_write_text(&w,
	    "REFER sip:b@example.com SIP/2.0\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK1\r\n"
	    "From: <sip:a@example.com>;tag=1\r\nTo: <sip:b@example.com>\r\nCall-ID: c\r\n"
	    "CSeq: 1 REFER\r\n");
	rf_write_text(&w, fields);
	rf_write_text(&w, "\r\n");
	text_len = rf_written(&w).len;
	CHECK(rf_message_frame(&message, rf_written(&w), &why) == RF_VERDICT_OK);
}

static void
spoil(void)
{
	memset(text, '<', text_len);
}

static const char good[] = "Contact: <sip:a@192.0.2.1>;q=1, <sip:second@example.com>\r\n"
			   "Content-Disposition: session;handling=optional\r\n"
			   "Content-Type: application/sdp;charset=utf-8\r\n"
			   "Event: refer;id=7\r\n"
			   "RAck: 3 4 INVITE\r\n"
			   "Record-Route: <sip:p1.example.com;lr>, <sip:p2.example.com;lr>\r\n"
			   "Referred-By: <sip:agent@example.com>;cid=\"1@example.com\"\r\n"
			   "Refer-To: <sip:queue@example.com;method=INVITE>\r\n"
			   "Replaces: c9;to-tag=t;from-tag=f\r\n"
			   "Retry-After: 18 (lunch, or so);duration=60\r\n"
			   "Route: <sip:p3.example.com;lr>\r\n"
			   "Target-Dialog: c8;local-tag=l;remote-tag=r\r\n";

static void
the_first_value_of_each_is_parsed(void)
{
	frame(good);
	CHECK(same(rf_message_contact(&message)->uri.host, "192.0.2.1"));
	CHECK(same(rf_message_contact(&message)->params, ";q=1"));
	CHECK(rf_message_content_disposition(&message)->optional);
	CHECK(same(rf_message_content_type(&message)->subtype, "sdp"));
	CHECK(same(rf_message_event(&message)->id, "7"));
	CHECK(rf_message_rack(&message)->cseq == 4);
	CHECK(same(rf_message_record_route(&message)->uri.host, "p1.example.com"));
	CHECK(same(rf_message_referred_by(&message)->cid, "1@example.com"));
	CHECK(same(rf_message_refer_to(&message)->method, "INVITE"));
	CHECK(same(rf_message_replaces(&message)->to_tag, "t"));
	CHECK(rf_message_retry_after(&message)->delay_s == 18);
	CHECK(same(rf_message_route(&message)->uri.host, "p3.example.com"));
	CHECK(same(rf_message_target_dialog(&message)->remote_tag, "r"));
}

static void
who_asks_again_gets_what_was_parsed(void)
{
#define KEPT(header, noun, type, parser, part)                                                     \
	{                                                                                          \
		type anew;                                                                         \
		frame(good);                                                                       \
		const type *first = rf_message_##noun(&message);                                   \
		spoil();                                                                           \
		CHECK(!parser(&anew, rf_message_value(&message, RF_H_##header)));                  \
		CHECK(first != NULL && rf_message_##noun(&message) == first);                      \
	}
#include "grammar/kept.def"
#undef KEPT
	frame(good);
	(void)rf_message_rack(&message);
	(void)rf_message_retry_after(&message);
	spoil();
	CHECK(rf_message_rack(&message)->cseq == 4);
	CHECK(rf_message_retry_after(&message)->duration_s == 60);
}

static void
what_does_not_parse_is_remembered_too(void)
{
#define KEPT(header, noun, type, parser, part)                                                     \
	{                                                                                          \
		frame(good);                                                                       \
		char right[sizeof(text)];                                                          \
		memcpy(right, text, sizeof(text));                                                 \
		spoil();                                                                           \
		CHECK(rf_message_##noun(&message) == NULL);                                        \
		memcpy(text, right, sizeof(text));                                                 \
		CHECK(rf_message_##noun(&message) == NULL);                                        \
	}
#include "grammar/kept.def"
#undef KEPT
}

static void
what_is_not_there_is_nothing(void)
{
	frame("");
#define KEPT(header, noun, type, parser, part) CHECK(rf_message_##noun(&message) == NULL);
#include "grammar/kept.def"
#undef KEPT
}

static void
the_next_message_is_asked_anew(void)
{
	frame(good);
	CHECK(rf_message_contact(&message) != NULL);
	frame("Contact: <sip:other@example.net>\r\n");
	CHECK(same(rf_message_contact(&message)->uri.user, "other"));
	CHECK(rf_message_event(&message) == NULL);
	frame("Contact: *\r\n");
	CHECK(rf_message_contact(&message) == NULL);
	frame("Contact: <sip:third@example.net>\r\n");
	CHECK(same(rf_message_contact(&message)->uri.user, "third"));
}

int
main(void)
{
	static const struct check_test tests[] = {
		CHECK_TEST(the_first_value_of_each_is_parsed),
		CHECK_TEST(who_asks_again_gets_what_was_parsed),
		CHECK_TEST(what_does_not_parse_is_remembered_too),
		CHECK_TEST(what_is_not_there_is_nothing),
		CHECK_TEST(the_next_message_is_asked_anew),
	};
	return check_main("grammar kept", tests, RF_ARRAY_LEN(tests));
}
