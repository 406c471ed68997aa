/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_checkers_deadlines.c -- the checkers of dialogs, deadlines, attempts and records
 * are shown the sins they are there for. */
#include "tests/unit/test_checkers_talk.h"

#include <stdio.h>
#include <string.h>

#include "tests/check.h"

/* ---- 6, 7, 8, 10, 12, 13, 14 ----------------------------------------------------------------- */

static const char *
ok_again(void)
{
	return response(true, 200, "INVITE", 1, "");
}

static void
called(void)
{
	begin();
	see(false, request(false, "INVITE", 1, "", true));
	see(true, ok_again());
}

static void
ok_repeated_at_its_instants_is_clean(void)
{
	static const int at[] = { 500, 1500, 3500, 7500, 11500 };
	called();
	for (size_t i = 0; i < RF_ARRAY_LEN(at); i++) {
		now = at[i] * RF_MS;
		see(true, ok_again());
	}
	see(false, request(false, "ACK", 1, "", false));
	CHECK(clean());
}

static void
ok_repeated_because_the_invite_was_is_caught(void)
{
	called();
	now = 300 * RF_MS;
	see(false, request(false, "INVITE", 1, "", true));
	see(true, ok_again());
	CHECK(caught(CHECK_2XX_REPEATED));
}

static void
ok_that_is_not_repeated_is_caught(void)
{
	called();
	now = 900 * RF_MS;
	see(false, request(false, "ACK", 1, "", false));
	CHECK(caught(CHECK_2XX_REPEATED));
}

static void
ok_repeated_after_its_ack_is_caught(void)
{
	called();
	see(false, request(false, "ACK", 1, "", false));
	now = 500 * RF_MS;
	see(true, ok_again());
	CHECK(caught(CHECK_2XX_REPEATED));
}

static void
call_that_never_acks_and_never_ends_is_caught(void)
{
	called();
	checkers_quiet(&c, 40 * RF_SECOND, &(struct rf_stats){ .calls = 0 });
	CHECK(caught(CHECK_2XX_REPEATED));
}

static void
timeout_as_an_answer_is_caught(void)
{
	begin();
	see(false, request(false, "OPTIONS", 1, "", true));
	see(true, response(true, 408, "OPTIONS", 1, ""));
	CHECK(caught(CHECK_IN_TIME));
}

static void
early_100_to_a_non_invite_is_caught(void)
{
	begin();
	see(false, request(false, "OPTIONS", 1, "", true));
	see(true, response(true, 100, "OPTIONS", 1, ""));
	CHECK(caught(CHECK_IN_TIME));
}

static void
late_answer_is_caught(void)
{
	begin();
	see(false, request(false, "OPTIONS", 1, "", true));
	now = 33 * RF_SECOND;
	see(true, response(true, 200, "OPTIONS", 1, ""));
	CHECK(caught(CHECK_IN_TIME));
}

static void
timers_long_after_the_last_input_are_caught(void)
{
	begin();
	c.rest_max = 100 * RF_SECOND;
	see(false, request(false, "OPTIONS", 1, "", true));
	see(true, response(true, 200, "OPTIONS", 1, ""));
	checkers_quiet(&c, 101 * RF_SECOND, &(struct rf_stats){ .calls = 0 });
	CHECK(caught(CHECK_REST));
}

static void
request_past_the_route_set_is_caught(void)
{
	begin();
	see(false, request(false, "INVITE", 1, "Record-Route: <sip:p;lr>\r\n", true));
	see(true, ok_again());
	see(false, request(false, "ACK", 1, "", false));
	see(true, request(true, "INFO", 5, "Route: <sip:p;lr>\r\n", false));
	CHECK(clean());
	see(true, request(true, "BYE", 6, "", false));
	CHECK(caught(CHECK_ROUTES));
}

static void
request_to_no_target_of_the_dialog_is_caught(void)
{
	char text[1024];
	answered();
	snprintf(text, sizeof text, "%s", request(true, "INFO", 5, "", false));
	memcpy(strstr(text, "sip:x@y"), "sip:x@z", 7);
	see(true, text);
	CHECK(caught(CHECK_ROUTES));
}

static void
ok_in_no_dialog_is_caught(void)
{
	begin();
	see(false, request(false, "INFO", 1, "", false));
	see(true, response(true, 200, "INFO", 1, ""));
	CHECK(caught(CHECK_NO_MATCH));
}

static void
second_offer_is_caught(void)
{
	answered();
	see(true, request(true, "INVITE", 5, "", false));
	see(true, request(true, "INVITE", 6, "", false));
	CHECK(caught(CHECK_ONE_OFFER));
}

static void
offer_against_theirs_is_caught(void)
{
	answered();
	see(false, request(false, "INVITE", 2, "", false));
	see(true, request(true, "INVITE", 6, "", false));
	CHECK(caught(CHECK_ONE_OFFER));
}

static void
hasty_second_try_after_491_is_caught(void)
{
	begin();
	see(true, request(true, "INVITE", 1, "", true));
	see(false, response(false, 200, "INVITE", 1, ""));
	see(true, request(true, "ACK", 1, "", false));
	see(true, request(true, "INVITE", 2, "", false));
	see(false, response(false, 491, "INVITE", 2, ""));
	now = 2 * RF_SECOND;
	see(true, request(true, "INVITE", 3, "", false));
	CHECK(caught(CHECK_ONE_OFFER));
}

static void
bye_before_their_ack_is_caught(void)
{
	called();
	now = RF_SECOND;
	see(true, request(true, "BYE", 5, "", false));
	CHECK(caught(CHECK_EARLY_BYE));
}

static void
refused_bye_is_caught(void)
{
	answered();
	see(false, request(false, "BYE", 2, "", false));
	see(true, response(true, 481, "BYE", 2, ""));
	CHECK(caught(CHECK_EARLY_BYE));
}

/* ---- 18, 23, 30, 31, 34, 36, 38, 41, 50 ------------------------------------------------------ */

static void
late_first_notify_is_caught(void)
{
	referred();
	now = 200 * RF_MS;
	see(true, notify(1, 100, "active"));
	CHECK(caught(CHECK_FIRST_NOTIFY));
}

static void
subscription_without_end_is_caught(void)
{
	referred();
	see(true, notify(1, 100, "active"));
	see(false, response(false, 200, "NOTIFY", 1, ""));
	now = 640 * RF_SECOND;
	see(true, notify(2, 100, "active"));
	CHECK(caught(CHECK_SUBSCRIBED));
}

static const char *
as_target(const char *text)
{
	return in_call(text, "targ", '#');
}

static void
target_rings(void)
{
	call_with_survivor();
	see(true, notify(1, 100, "active"));
	see(false, response(false, 200, "NOTIFY", 1, ""));
	see(true, as_target(request(true, "INVITE", 1, "", true)));
	see(false, as_target(response(false, 180, "INVITE", 1, "")));
}

static void
cancel_because_the_referrer_left_is_caught(void)
{
	target_rings();
	see(false, request(false, "BYE", 3, "", false));
	see(true, as_target(request(true, "CANCEL", 1, "", true)));
	CHECK(caught(CHECK_REFERRER_LEFT));
}

static void
cancel_because_the_survivor_left_is_clean(void)
{
	target_rings();
	see(false, request(false, "BYE", 3, "", false));
	see(false, as_survivor(request(false, "BYE", 2, "", false)));
	see(true, as_target(request(true, "CANCEL", 1, "", true)));
	CHECK(clean());
}

static void
referrer_told_long_after_the_survivor_left_is_caught(void)
{
	target_rings();
	now = RF_SECOND;
	see(false, as_survivor(request(false, "BYE", 2, "", false)));
	now = 40 * RF_SECOND;
	see(true, notify(2, 487, "terminated"));
	CHECK(caught(CHECK_SURVIVOR_LEFT));
}

static void
dialog_that_is_never_ended_is_caught(void)
{
	call_with_survivor();
	checkers_quiet(&c, now, &(struct rf_stats){ .calls = 0 });
	CHECK(caught(CHECK_LOSERS));
}

static void
invite_for_a_refused_refer_is_caught(void)
{
	answered();
	see(false, request(false, "REFER", 2, "", false));
	see(true, response(true, 403, "REFER", 2, ""));
	see(true, as_target(request(true, "INVITE", 1, "", true)));
	CHECK(caught(CHECK_AUTHORISED));
}

static void
second_try_after_486_is_caught(void)
{
	begin();
	see(true, request(true, "INVITE", 1, "", true));
	see(false, response(false, 486, "INVITE", 1, ""));
	now = 9 * RF_SECOND;
	see(true, as_target(request(true, "INVITE", 1, "", true)));
	CHECK(caught(CHECK_RETRY));
}

static void
second_try_before_retry_after_is_caught(void)
{
	begin();
	see(true, request(true, "INVITE", 1, "", true));
	see(false, response(false, 503, "INVITE", 1, "Retry-After: 5\r\n"));
	now = 3 * RF_SECOND;
	see(true, as_target(request(true, "INVITE", 1, "", true)));
	CHECK(caught(CHECK_RETRY));
}

static void
fourth_try_is_caught(void)
{
	static const char *const call_ids[] = { "try1", "try2", "try3", "try4" };
	begin();
	for (size_t i = 0; i < RF_ARRAY_LEN(call_ids); i++) {
		char mark = (char)('a' + i);
		see(true, in_call(request(true, "INVITE", 1, "", true), call_ids[i], mark));
		see(false, in_call(response(false, 503, "INVITE", 1, ""), call_ids[i], mark));
		now += 9 * RF_SECOND;
		CHECK(caught(CHECK_RETRY) == (i == 3));
	}
}

static void
store(enum rf_store_kind kind)
{
	c.judges_store = true;
	checkers_stored(&c, now, 7, kind, RF_SLICE("{}"));
}

static void
promise_that_is_not_durable_is_caught(void)
{
	answered();
	c.judges_store = true;
	see(false, request(false, "REFER", 2, "", false));
	see(true, response(true, 202, "REFER", 2, ""));
	CHECK(caught(CHECK_STORE_FAILS));
}

static void
refer_shed_without_retry_after_is_caught(void)
{
	answered();
	see(false, request(false, "REFER", 2, "", false));
	see(true, response(true, 503, "REFER", 2, ""));
	CHECK(caught(CHECK_STORE_FAILS));
}

static void
outcomes(uint32_t count)
{
	answered();
	store(RF_STORE_PROMISE);
	see(false, request(false, "REFER", 2, "", false));
	see(true, response(true, 202, "REFER", 2, ""));
	for (uint32_t i = 0; i < count; i++)
		store(RF_STORE_OUTCOME);
	see(true, notify(1, 200, "terminated"));
	see(false, response(false, 200, "NOTIFY", 1, ""));
	see(true, request(true, "BYE", 3, "", false));
	see(false, response(false, 200, "BYE", 3, ""));
	checkers_quiet(&c, now, &(struct rf_stats){ .calls = 0 });
}

static void
transfer_without_a_record_is_caught(void)
{
	outcomes(0);
	CHECK(caught(CHECK_ONE_RECORD));
}

static void
transfer_with_two_records_is_caught(void)
{
	outcomes(2);
	CHECK(caught(CHECK_ONE_RECORD));
	outcomes(1);
	CHECK(clean());
}

int
main(void)
{
	static const struct check_test tests[] = {
		CHECK_TEST(ok_repeated_at_its_instants_is_clean),
		CHECK_TEST(ok_repeated_because_the_invite_was_is_caught),
		CHECK_TEST(ok_that_is_not_repeated_is_caught),
		CHECK_TEST(ok_repeated_after_its_ack_is_caught),
		CHECK_TEST(call_that_never_acks_and_never_ends_is_caught),
		CHECK_TEST(timeout_as_an_answer_is_caught),
		CHECK_TEST(early_100_to_a_non_invite_is_caught),
		CHECK_TEST(late_answer_is_caught),
		CHECK_TEST(timers_long_after_the_last_input_are_caught),
		CHECK_TEST(request_past_the_route_set_is_caught),
		CHECK_TEST(request_to_no_target_of_the_dialog_is_caught),
		CHECK_TEST(ok_in_no_dialog_is_caught),
		CHECK_TEST(second_offer_is_caught),
		CHECK_TEST(offer_against_theirs_is_caught),
		CHECK_TEST(hasty_second_try_after_491_is_caught),
		CHECK_TEST(bye_before_their_ack_is_caught),
		CHECK_TEST(refused_bye_is_caught),
		CHECK_TEST(late_first_notify_is_caught),
		CHECK_TEST(subscription_without_end_is_caught),
		CHECK_TEST(cancel_because_the_referrer_left_is_caught),
		CHECK_TEST(cancel_because_the_survivor_left_is_clean),
		CHECK_TEST(referrer_told_long_after_the_survivor_left_is_caught),
		CHECK_TEST(dialog_that_is_never_ended_is_caught),
		CHECK_TEST(invite_for_a_refused_refer_is_caught),
		CHECK_TEST(second_try_after_486_is_caught),
		CHECK_TEST(second_try_before_retry_after_is_caught),
		CHECK_TEST(fourth_try_is_caught),
		CHECK_TEST(promise_that_is_not_durable_is_caught),
		CHECK_TEST(refer_shed_without_retry_after_is_caught),
		CHECK_TEST(transfer_without_a_record_is_caught),
		CHECK_TEST(transfer_with_two_records_is_caught),
	};
	int status = check_main("checkers_deadlines", tests, RF_ARRAY_LEN(tests));
	checkers_fini(&c);
	return status;
}
