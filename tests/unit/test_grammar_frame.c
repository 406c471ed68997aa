/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_grammar_frame.c -- cutting messages out of a stream, however it arrives. */
#include <stdlib.h>
#include <string.h>

#include "grammar/grammar.h"
#include "tests/check.h"

static const char first[] =
    "\r\n\r\nBYE sip:a@b SIP/2.0\r\nTo: x\r\nContent-Length  :\r\n 4\r\n\r\n\r\n\r\n";
static const char second[] = "SIP/2.0 200 OK\r\nl: 0\r\n\r\n";

static int32_t
frame(const char *text)
{
	uint32_t scanned = 0;
	return rf_frame_next(rf_slice_of(text), &scanned);
}

/* Gives one byte more at a time, each time in memory of its own; the result when it is no more 0.
 */
static int32_t
frame_slowly(const char *text, uint32_t len)
{
	uint32_t scanned = 0;
	for (uint32_t n = 0; n <= len; n++) {
		char *copy = malloc(n + 1);
		CHECK_OR_STOP(copy != NULL);
		memcpy(copy, text, n);
		char *exact = n == 0 ? copy : realloc(copy, n);
		int32_t result = rf_frame_next((struct rf_slice){ exact, n }, &scanned);
		free(exact);
		if (result != 0)
			return result == (int32_t)n ? result : -result;
	}
	return 0;
}

static void
a_message_ends_where_content_length_says(void)
{
	CHECK(frame(first) == (int32_t)strlen(first));
	CHECK(frame(second) == (int32_t)strlen(second));
}

static void
messages_behind_one_another_are_cut_apart(void)
{
	static char both[256];
	struct rf_writer w;
	rf_writer_init(&w, both, sizeof(both));
	rf_write_text(&w, first);
	rf_write_text(&w, second);
	struct rf_slice rest = rf_written(&w);
	uint32_t scanned = 0;
	int32_t len = rf_frame_next(rest, &scanned);
	CHECK_OR_STOP(len == (int32_t)strlen(first));
	rest.p += len;
	rest.len -= (uint32_t)len;
	scanned = 0;
	CHECK(rf_frame_next(rest, &scanned) == (int32_t)strlen(second));
}

static void
a_message_may_come_one_byte_at_a_time(void)
{
	CHECK(frame_slowly(first, sizeof(first) - 1) == (int32_t)sizeof(first) - 1);
	CHECK(frame_slowly(second, sizeof(second) - 1) == (int32_t)sizeof(second) - 1);
}

static void
a_piece_of_a_message_waits_for_more(void)
{
	CHECK(frame("") == 0);
	CHECK(frame("\r\n\r\n") == 0);
	CHECK(frame("\r") == 0);
	CHECK(frame("BYE sip:a@b SIP/2.0\r\nl: 4\r\n\r") == 0);
	CHECK(frame("BYE sip:a@b SIP/2.0\r\nl: 4\r\n\r\n123") == 0);
}

static void
without_one_sound_content_length_the_stream_is_lost(void)
{
	CHECK(frame("BYE sip:a@b SIP/2.0\r\nTo: x\r\n\r\n") == RF_FRAME_BAD);
	CHECK(frame("BYE sip:a@b SIP/2.0\r\n\r\n") == RF_FRAME_BAD);
	CHECK(frame("BYE sip:a@b SIP/2.0\r\nl: 1\r\nContent-Length: 1\r\n\r\n") == RF_FRAME_BAD);
	CHECK(frame("BYE sip:a@b SIP/2.0\r\nl: -1\r\n\r\n") == RF_FRAME_BAD);
	CHECK(frame("BYE sip:a@b SIP/2.0\r\nl: 1, 1\r\n\r\n") == RF_FRAME_BAD);
	CHECK(frame("BYE sip:a@b SIP/2.0\r\nl:\r\n\r\n") == RF_FRAME_BAD);
}

static void
the_request_line_is_no_content_length(void)
{
	CHECK(frame("l: 5\r\nTo: x\r\n\r\n") == RF_FRAME_BAD);
	CHECK(frame("BYE sip:a SIP/2.0\r\nSubject: x\r\n l: 5\r\n\r\n") == RF_FRAME_BAD);
}

static void
a_cr_or_lf_alone_ends_the_stream(void)
{
	CHECK(frame("BYE sip:a@b SIP/2.0\nl: 0\n\n") == RF_FRAME_BAD);
	CHECK(frame("\nBYE") == RF_FRAME_BAD);
	CHECK(frame("\r\rBYE") == RF_FRAME_BAD);
	CHECK(frame("BYE sip:a@b SIP/2.0\r\nX: a\rl: 5\r\nl: 0\r\n\r\n") == RF_FRAME_BAD);
	CHECK(frame("\r\n\r\n\n") == RF_FRAME_BAD);
}

static void
what_cannot_begin_a_message_ends_the_stream_at_once(void)
{
	CHECK(frame("\x16\x03\x01") == RF_FRAME_BAD);
	CHECK(frame(" BYE") == RF_FRAME_BAD);
	uint32_t scanned = 0;
	CHECK(rf_frame_next((struct rf_slice){ "\0", 1 }, &scanned) == RF_FRAME_BAD);
}

static void
a_message_too_large_is_known_early(void)
{
	CHECK(frame("BYE sip:a@b SIP/2.0\r\nl: 16384\r\n\r\n") == RF_FRAME_TOO_LARGE);
	CHECK(frame("BYE sip:a@b SIP/2.0\r\nl: 4294967295\r\n\r\n") == RF_FRAME_TOO_LARGE);
	static char endless[RF_MESSAGE_MAX + 2];
	memset(endless, 'a', sizeof(endless) - 1);
	CHECK(frame(endless) == RF_FRAME_TOO_LARGE);
	for (uint32_t i = 0; i < sizeof(endless) - 1; i++)
		endless[i] = "\r\n"[i & 1];
	CHECK(frame(endless) == RF_FRAME_TOO_LARGE);
	static char exact[RF_MESSAGE_MAX + 1];
	memset(exact, 'a', RF_MESSAGE_MAX);
	memcpy(exact, "BYE sip:a@b SIP/2.0\r\nl: 16352\r\n\r\n", 33);
	CHECK(frame(exact) == RF_FRAME_TOO_LARGE);
	memcpy(exact, "BYE sip:a@b SIP/2.0\r\nl: 16351\r\n\r\n", 33);
	CHECK(frame(exact) == RF_MESSAGE_MAX);
}

int
main(void)
{
	static const struct check_test tests[] = {
		CHECK_TEST(a_message_ends_where_content_length_says),
		CHECK_TEST(messages_behind_one_another_are_cut_apart),
		CHECK_TEST(a_message_may_come_one_byte_at_a_time),
		CHECK_TEST(a_piece_of_a_message_waits_for_more),
		CHECK_TEST(without_one_sound_content_length_the_stream_is_lost),
		CHECK_TEST(the_request_line_is_no_content_length),
		CHECK_TEST(a_cr_or_lf_alone_ends_the_stream),
		CHECK_TEST(what_cannot_begin_a_message_ends_the_stream_at_once),
		CHECK_TEST(a_message_too_large_is_known_early),
	};
	return check_main("grammar frame", tests, RF_ARRAY_LEN(tests));
}
