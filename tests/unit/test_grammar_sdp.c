/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_grammar_sdp.c -- SDP as far as a B2BUA reads and edits it. */
#include <string.h>

#include "grammar/grammar.h"
#include "tests/check.h"

static const char head[] =
    "v=0\r\no=- 1 2 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n";
static char text[2048];
static struct rf_sdp sdp;

static bool
same(struct rf_slice s, const char *expected)
{
	return rf_slice_equal(s, rf_slice_of(expected));
}

/* head and the rest. */
static bool
parse(const char *rest)
{
	struct rf_writer w;
	rf_writer_init(&w, text, sizeof(text));
	rf_write_text(&w, head);
	rf_write_text(&w, rest);
	return rf_sdp_parse(&sdp, rf_written(&w));
}

static void
the_origin_is_taken_apart(void)
{
	CHECK_OR_STOP(rf_sdp_parse(&sdp,
	    RF_SLICE("v=0\no=alice  2890844526 7 IN IP6 2001:db8::1\ns=\nm=audio 1 RTP/AVP 0")));
	CHECK(same(sdp.origin_user, "alice"));
	CHECK(same(sdp.session_id, "2890844526") && same(sdp.session_version, "7"));
	CHECK(same(sdp.origin_address, "IN IP6 2001:db8::1"));
	CHECK(sdp.media_count == 1 && sdp.direction == RF_SENDRECV && !sdp.held);
}

static void
what_every_sdp_needs_is_asked_for(void)
{
	static const char *const wrong[] = {
		"",
		"v=0\r\n",
		"o=- 1 1 IN IP4 a\r\ns=-\r\n",
		"v=0\r\ns=-\r\n",
		"v=1\r\no=- 1 1 IN IP4 a\r\ns=-\r\n",
		"v=0\r\no=- 1 1 IN IP4 a\r\n",
		"v=0\r\no=- 1 IN IP4 a\r\ns=-\r\n",
		"v=0\r\no=- 1 1 IN IP4 a\r\no=- 1 1 IN IP4 a\r\ns=-\r\n",
		"v=0\r\no=- 1 1 IN IP4 a\r\ns=-\r\nm=audio\r\n",
		"v=0\r\no=- 1 1 IN IP4 a\r\ns=a\rb\r\n",
	};
	for (size_t i = 0; i < RF_ARRAY_LEN(wrong); i++)
		CHECK(!rf_sdp_parse(&sdp, rf_slice_of(wrong[i])));
	CHECK(!rf_sdp_parse(&sdp, (struct rf_slice){ "v=0\no=- 1 1 IN IP4 a\ns=\0\n", 27 }));
	CHECK(rf_sdp_parse(&sdp, RF_SLICE("v=0\r\no=- 1 1 IN IP4 a\r\nm=audio 1 RTP/AVP 0\r\n")));
}

static void
direction_is_of_the_session_or_else_of_the_first_medium(void)
{
	CHECK(parse("m=audio 1 RTP/AVP 0\r\na=recvonly\r\nm=video 2 RTP/AVP 1\r\na=sendonly\r\n"));
	CHECK(sdp.direction == RF_RECVONLY && !sdp.held);
	CHECK(parse("a=inactive\r\nm=audio 1 RTP/AVP 0\r\na=sendrecv\r\n"));
	CHECK(sdp.direction == RF_INACTIVE && !sdp.held);
	CHECK(parse("m=audio 1 RTP/AVP 0\r\na=sendonlyx\r\n") && sdp.direction == RF_SENDRECV);
}

static void
held_means_every_active_medium_is(void)
{
	CHECK(parse("m=audio 1 RTP/AVP 0\r\na=sendonly\r\n") && sdp.held);
	CHECK(parse("a=inactive\r\nm=audio 1 RTP/AVP 0\r\nm=video 2 RTP/AVP 31\r\n") && sdp.held);
	CHECK(parse("m=audio 1 RTP/AVP 0\r\na=sendonly\r\nm=video 2 RTP/AVP 31\r\n") && !sdp.held);
	CHECK(parse("m=audio 1 RTP/AVP 0\r\na=sendonly\r\nm=video 0 RTP/AVP 31\r\n") && sdp.held);
	CHECK(parse("m=audio 1 RTP/AVP 0\r\nc=IN IP4 0.0.0.0\r\n") && sdp.held);
	CHECK(parse("c=IN IP4 0.0.0.0\r\nm=audio 1 RTP/AVP 0\r\nc=IN IP4 192.0.2.1\r\n"));
	CHECK(!sdp.held);
	CHECK(parse("m=audio 0 RTP/AVP 0\r\na=sendonly\r\n") && !sdp.held);
	CHECK(parse("m=audio 1 RTP/AVP 0\r\na=recvonly\r\n") && !sdp.held);
}

static void
ice_and_dtls_need_a_fresh_offer(void)
{
	static const char *const lines[] = {
		"a=ice-ufrag:x\r\n",
		"a=fingerprint:sha-256 00\r\n",
		"m=audio 1 UDP/TLS/RTP/SAVPF 0\r\n",
		"m=audio 1 RTP/AVP 0\r\na=candidate:1 1 UDP 1 192.0.2.1 1 typ host\r\n",
	};
	for (size_t i = 0; i < RF_ARRAY_LEN(lines); i++)
		CHECK(parse(lines[i]) && sdp.needs_fresh_offer);
	CHECK(parse("m=audio 1 RTP/SAVP 0\r\na=crypto:1 x inline:y\r\n"));
	CHECK(!sdp.needs_fresh_offer);
}

static bool
same_media(const char *a, const char *b)
{
	struct rf_sdp x, y;
	CHECK_OR_STOP(rf_sdp_parse(&x, rf_slice_of(a)));
	CHECK_OR_STOP(rf_sdp_parse(&y, rf_slice_of(b)));
	CHECK(rf_sdp_same_media(&x, &y) == rf_sdp_same_media(&y, &x));
	return rf_sdp_same_media(&x, &y);
}

static void
same_media_looks_at_addresses_ports_and_payloads_only(void)
{
	static const char a[] =
	    "v=0\no=- 1 1 IN IP4 x\ns=-\nc=IN IP4 192.0.2.1\nm=audio 8 RTP/AVP 0 96\n"
	    "a=rtpmap:96 opus/48000\n";
	CHECK(same_media(a, "v=0\r\no=b 9 9 IN IP4 y\r\ns=t\r\nc=IN IP4 192.0.2.1\r\n"
			    "m=audio 8 RTP/AVP 0 96\r\na=sendonly\r\na=rtpmap:96 opus/48000\r\n"));
	CHECK(!same_media(a, "v=0\no=- 1 1 IN IP4 x\ns=-\nc=IN IP4 192.0.2.2\n"
			     "m=audio 8 RTP/AVP 0 96\na=rtpmap:96 opus/48000\n"));
	CHECK(!same_media(a, "v=0\no=- 1 1 IN IP4 x\ns=-\nc=IN IP4 192.0.2.1\n"
			     "m=audio 9 RTP/AVP 0 96\na=rtpmap:96 opus/48000\n"));
	CHECK(!same_media(a, "v=0\no=- 1 1 IN IP4 x\ns=-\nc=IN IP4 192.0.2.1\n"
			     "m=audio 8 RTP/AVP 96 0\na=rtpmap:96 opus/48000\n"));
	CHECK(!same_media(a, "v=0\no=- 1 1 IN IP4 x\ns=-\nc=IN IP4 192.0.2.1\n"
			     "m=audio 8 RTP/AVP 0 96\na=rtpmap:96 speex/8000\n"));
	CHECK(!same_media(a,
	    "v=0\no=- 1 1 IN IP4 x\ns=-\nc=IN IP4 192.0.2.1\n"
	    "m=audio 8 RTP/AVP 0 96\na=rtpmap:96 opus/48000\nm=video 0 RTP/AVP 31\n"));
}

static void
an_edit_replaces_origin_and_direction_and_ends_lines_in_crlf(void)
{
	static char out[2048];
	struct rf_writer w;
	CHECK_OR_STOP(parse("a=sendonly\nm=audio 1 RTP/AVP 0\na=inactive \na=ptime:20"));
	rf_writer_init(&w, out, sizeof(out));
	rf_write_sdp(&w, &sdp,
	    &(struct rf_sdp_edit){ .session_id = 7, .version = 8, .reset_direction = true });
	CHECK(
	    same(rf_written(&w), "v=0\r\no=- 7 8 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\n"
				 "t=0 0\r\nm=audio 1 RTP/AVP 0\r\na=ptime:20\r\n"));
}

static void
an_edited_sdp_parses_and_keeps_its_media(void)
{
	static char out[2048];
	struct rf_sdp again;
	struct rf_writer w;
	CHECK_OR_STOP(parse("m=audio 1 RTP/AVP 0\r\na=sendonly\r\n"));
	rf_writer_init(&w, out, sizeof(out));
	rf_write_sdp(&w, &sdp, &(struct rf_sdp_edit){ .session_id = 7, .version = UINT64_MAX });
	CHECK_OR_STOP(rf_sdp_parse(&again, rf_written(&w)));
	CHECK(again.direction == RF_SENDONLY && again.held);
	CHECK(same(again.session_version, "18446744073709551615"));
	CHECK(rf_sdp_same_media(&sdp, &again));
}

static void
a_tidy_description_keeps_every_other_byte(void)
{
	static char out[2048];
	struct rf_writer w;
	CHECK_OR_STOP(parse("m=audio 1 RTP/AVP 0 \r\na=ptime:20\r\n") && sdp.tidy);
	rf_writer_init(&w, out, sizeof(out));
	rf_write_sdp(&w, &sdp,
	    &(struct rf_sdp_edit){ .session_id = 7, .version = 8, .reset_direction = true });
	CHECK(
	    same(rf_written(&w), "v=0\r\no=- 7 8 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\n"
				 "t=0 0\r\nm=audio 1 RTP/AVP 0 \r\na=ptime:20\r\n"));
	static const char *const untidy[] = { "m=audio 1 RTP/AVP 0\n",
		"m=audio 1 RTP/AVP 0", "\r\nm=audio 1 RTP/AVP 0\r\n", "m=audio 1 RTP/AVP 0\r" };
	for (size_t i = 0; i < RF_ARRAY_LEN(untidy); i++)
		CHECK(parse(untidy[i]) && !sdp.tidy);
}

static bool
suits(const char *before, const char *after, const char *other)
{
	return rf_sdp_suits(rf_slice_of(before), rf_slice_of(after), rf_slice_of(other));
}

static void
an_answer_suits_if_address_and_port_stay_and_no_payload_is_lost(void)
{
	static const char before[] = "c=IN IP4 192.0.2.1\r\nm=audio 8 RTP/AVP 0 8\r\n";
	static const char other[] = "c=IN IP4 192.0.2.9\r\nm=audio 9 RTP/AVP 8\r\n";
	CHECK(suits(before, before, other));
	CHECK(suits(before, "a=x\nc=IN IP4 192.0.2.1\nm=audio 8 RTP/AVP 8\n", other));
	CHECK(!suits(before, "c=IN IP4 192.0.2.2\r\nm=audio 8 RTP/AVP 0 8\r\n", other));
	CHECK(!suits(before, "c=IN IP4 192.0.2.1\r\nm=audio 7 RTP/AVP 0 8\r\n", other));
	CHECK(!suits(before, "c=IN IP4 192.0.2.1\r\nm=audio 8 RTP/AVP 0\r\n", other));
	CHECK(!suits(before, "m=audio 8 RTP/AVP 0 8\r\n", other));
	CHECK(!suits(before, "", other) && !suits("", "", ""));
}

static void
as_many_media_as_before_must_stand_in_the_answer(void)
{
	static const char one[] = "m=audio 8 RTP/AVP 0\r\n";
	static const char two[] = "m=audio 8 RTP/AVP 0\r\nm=video 9 RTP/AVP 31\r\n";
	CHECK(suits(two, two, two));
	CHECK(!suits(one, two, one) && !suits(two, one, two));
	CHECK(!suits(one, one, two) && !suits(two, two, one));
}

int
main(void)
{
	static const struct check_test tests[] = {
		CHECK_TEST(the_origin_is_taken_apart),
		CHECK_TEST(what_every_sdp_needs_is_asked_for),
		CHECK_TEST(direction_is_of_the_session_or_else_of_the_first_medium),
		CHECK_TEST(held_means_every_active_medium_is),
		CHECK_TEST(ice_and_dtls_need_a_fresh_offer),
		CHECK_TEST(same_media_looks_at_addresses_ports_and_payloads_only),
		CHECK_TEST(an_edit_replaces_origin_and_direction_and_ends_lines_in_crlf),
		CHECK_TEST(an_edited_sdp_parses_and_keeps_its_media),
		CHECK_TEST(a_tidy_description_keeps_every_other_byte),
		CHECK_TEST(an_answer_suits_if_address_and_port_stay_and_no_payload_is_lost),
		CHECK_TEST(as_many_media_as_before_must_stand_in_the_answer),
	};
	return check_main("grammar sdp", tests, RF_ARRAY_LEN(tests));
}
