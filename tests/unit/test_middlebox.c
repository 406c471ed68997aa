/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_middlebox.c -- a box changes what it is there for, and what it changes one way it
 * undoes the other way. */
#include "sim/middlebox.h"

#include <string.h>

#include "tests/check.h"

enum { ROOM = 4096 };

static const char refer[] =
    "REFER sip:a@192.0.2.1 SIP/2.0\r\n"
    "Via: SIP/2.0/UDP 192.0.2.20;branch=z9hG4bK1\r\n"
    "From: \"A; B\" <sip:b@x;tag=no>;tag=b-t1;vnd=1\r\n"
    "To: <sip:a@y>;tag=rf2\r\n"
    "Call-ID: 17@center\r\n"
    "CSeq: 2 REFER\r\n"
    "Contact: <sip:b@192.0.2.20;ob>;+sip.instance=\"x\"\r\n"
    "Event: refer;id=2\r\n"
    "Record-Route: <sip:p1;lr>\r\n"
    "Record-Route: <sip:p2;lr>\r\n"
    "Supported: replaces\r\n"
    "Allow: INVITE, ACK\r\n"
    "Refer-To: <sip:q@z?Replaces=9%40k%3Bto-tag%3Drf7%3Bfrom-tag%3Db-t9>\r\n"
    "Content-Length: 4\r\n"
    "\r\n"
    "body";

static uint32_t did;

static uint32_t
bit(enum world_spell_kind kind)
{
	return 1U << (kind - SPELL_BOX_TAGS);
}

/* What becomes of a text; the same memory each second time. */
static const char *
rewritten(uint32_t boxes, bool to_referee, const char *text)
{
	static char out[2][ROOM];
	static int turn;
	static struct sip_text t;
	CHECK_OR_STOP(sip_read(&t, rf_slice_of(text)));
	turn = !turn;
	uint32_t len = middlebox_rewrite(boxes, to_referee, &t, out[turn], ROOM - 1, &did);
	CHECK_OR_STOP(len > 0);
	out[turn][len] = '\0';
	return out[turn];
}

static bool
has(const char *text, const char *part)
{
	return strstr(text, part) != NULL;
}

static void
box_that_does_nothing_changes_nothing(void)
{
	CHECK(strcmp(rewritten(0, true, refer), refer) == 0);
	CHECK(did == 0);
}

static void
tags_are_other_ones_everywhere(void)
{
	const char *out = rewritten(bit(SPELL_BOX_TAGS), true, refer);
	CHECK(did == bit(SPELL_BOX_TAGS));
	CHECK(has(out, "From: \"A; B\" <sip:b@x;tag=no>;tag=b-t1.p;vnd=1\r\n"));
	CHECK(has(out, "To: <sip:a@y>;tag=rf2.p\r\n"));
	CHECK(has(out, "to-tag%3Drf7.p%3Bfrom-tag%3Db-t9.p>\r\n"));
	CHECK(has(out, "Call-ID: 17@center\r\n"));
}

static void
names_come_back_as_they_went(void)
{
	static const uint32_t boxes[] = { 1, 2, 3 };
	CHECK(bit(SPELL_BOX_TAGS) == 1 && bit(SPELL_BOX_CALL_ID) == 2);
	for (size_t i = 0; i < RF_ARRAY_LEN(boxes); i++) {
		char out[ROOM], in[ROOM];
		strcpy(out, rewritten(boxes[i], true, refer));
		CHECK(strcmp(out, refer) != 0);
		CHECK(strcmp(rewritten(boxes[i], false, out), refer) == 0);
		strcpy(in, rewritten(boxes[i], false, refer));
		CHECK(strcmp(in, refer) != 0);
		CHECK(strcmp(in, out) != 0);
		CHECK(strcmp(rewritten(boxes[i], true, in), refer) == 0);
	}
}

static void
call_id_is_another_one_in_every_header_that_names_a_dialog(void)
{
	static const char invite[] = "INVITE sip:a@192.0.2.1 SIP/2.0\r\n"
				     "Call-ID: 18@center\r\n"
				     "CSeq: 1 INVITE\r\n"
				     "Replaces: 9@k;to-tag=x;from-tag=y;early-only\r\n"
				     "Target-Dialog: 8@k;local-tag=x;remote-tag=y\r\n\r\n";
	const char *out = rewritten(bit(SPELL_BOX_CALL_ID) | bit(SPELL_BOX_TAGS), false, invite);
	CHECK(has(out, "Call-ID: 18@center.r\r\n"));
	CHECK(has(out, "Replaces: 9@k.r;to-tag=x.r;from-tag=y.r;early-only\r\n"));
	CHECK(has(out, "Target-Dialog: 8@k.r;local-tag=x.r;remote-tag=y.r\r\n"));
	out = rewritten(bit(SPELL_BOX_CALL_ID), true, refer);
	CHECK(has(out, "?Replaces=9%40k.p%3Bto-tag%3Drf7%3B"));
}

static void
tag_of_a_notify_is_wrong_and_its_answer_right(void)
{
	static const char notify[] = "NOTIFY sip:a@192.0.2.1 SIP/2.0\r\n"
				     "From: <sip:b@x>;tag=b\r\nTo: <sip:a@y>;tag=a\r\n"
				     "CSeq: 1 NOTIFY\r\n\r\n";
	static const char ok[] = "SIP/2.0 481 No\r\n"
				 "From: <sip:b@x>;tag=lb-b\r\nTo: <sip:a@y>;tag=a\r\n"
				 "CSeq: 1 NOTIFY\r\n\r\n";
	CHECK(has(rewritten(bit(SPELL_BOX_NOTIFY), true, notify), "<sip:b@x>;tag=lb-b\r\n"));
	CHECK(has(rewritten(bit(SPELL_BOX_NOTIFY), false, ok), "<sip:b@x>;tag=b\r\n"));
	CHECK(strcmp(rewritten(bit(SPELL_BOX_NOTIFY), true, refer), refer) == 0);
	CHECK(strcmp(rewritten(bit(SPELL_BOX_NOTIFY), false, notify), notify) == 0);
}

static void
names_of_fields_change_their_case_or_their_form(void)
{
	const char *out = rewritten(bit(SPELL_BOX_CASE), true, refer);
	CHECK(has(out, "via: SIP/2.0/UDP"));
	CHECK(has(out, "\r\nFROM: \"A; B\""));
	out = rewritten(bit(SPELL_BOX_COMPACT), true, refer);
	CHECK(has(out, "\r\nv: SIP/2.0/UDP"));
	CHECK(has(out, "\r\nr: <sip:q@z"));
	CHECK(has(out, "\r\ni: 17@center\r\n"));
	CHECK(has(out, "\r\nCSeq: 2 REFER\r\n"));
}

static void
what_is_stripped_is_gone_and_the_rest_is_there(void)
{
	const char *out = rewritten(bit(SPELL_BOX_ROUTE), true, refer);
	CHECK(!has(out, "Record-Route") && has(out, "Supported") && has(out, "\r\n\r\nbody"));
	out = rewritten(bit(SPELL_BOX_SUPPORTED), true, refer);
	CHECK(!has(out, "Supported") && !has(out, "Allow") && has(out, "Record-Route"));
	out = rewritten(bit(SPELL_BOX_PARAMS), true, refer);
	CHECK(did == bit(SPELL_BOX_PARAMS));
	CHECK(has(out, "From: \"A; B\" <sip:b@x;tag=no>;tag=b-t1\r\n"));
	CHECK(has(out, "Contact: <sip:b@192.0.2.20;ob>\r\n"));
	CHECK(has(out, "Event: refer\r\n"));
}

static void
folded_field_is_read_as_one(void)
{
	static struct sip_text t;
	const char *out = rewritten(bit(SPELL_BOX_FOLD), true, refer);
	CHECK(has(out, "Via: SIP/2.0/UDP 192.0.2.20\r\n\t ;branch=z9hG4bK1\r\n"));
	CHECK_OR_STOP(sip_read(&t, rf_slice_of(out)));
	CHECK(sip_is(sip_branch(&t), "z9hG4bK1"));
	CHECK(sip_is(sip_value(&t, "Call-ID"), "17@center"));
	CHECK(strcmp(rewritten(bit(SPELL_BOX_FOLD), false, refer), refer) == 0);
}

static void
message_without_room_is_left_alone(void)
{
	static struct sip_text t;
	char out[64];
	CHECK_OR_STOP(sip_read(&t, rf_slice_of(refer)));
	CHECK(middlebox_rewrite(1, true, &t, out, sizeof out, &did) == 0);
}

int
main(void)
{
	static const struct check_test tests[] = {
		CHECK_TEST(box_that_does_nothing_changes_nothing),
		CHECK_TEST(tags_are_other_ones_everywhere),
		CHECK_TEST(names_come_back_as_they_went),
		CHECK_TEST(call_id_is_another_one_in_every_header_that_names_a_dialog),
		CHECK_TEST(tag_of_a_notify_is_wrong_and_its_answer_right),
		CHECK_TEST(names_of_fields_change_their_case_or_their_form),
		CHECK_TEST(what_is_stripped_is_gone_and_the_rest_is_there),
		CHECK_TEST(folded_field_is_read_as_one),
		CHECK_TEST(message_without_room_is_left_alone),
	};
	return check_main("middlebox", tests, RF_ARRAY_LEN(tests));
}
