/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_checkers.c -- every checker of sim/ is shown the sin it is there for, and sees
 * it.
 *
 * A checker that never fired on a planted violation is theatre.  Messages are written here by hand,
 * as short as the checkers allow; "we" is referee, "they" is the neighbour. */
#include "tests/unit/test_checkers_talk.h"

#include <stdio.h>
#include <string.h>

#include "tests/check.h"

static void
decent_transfer_is_clean(void)
{
	referred();
	see(true, notify(1, 100, "active"));
	see(false, response(false, 200, "NOTIFY", 1, ""));
	see(true, notify(2, 200, "terminated"));
	see(false, response(false, 200, "NOTIFY", 2, ""));
	see(true, request(true, "BYE", 3, "", false));
	see(false, response(false, 200, "BYE", 3, ""));
	checkers_quiet(&c, now, &(struct rf_stats){ .calls = 0 });
	CHECK(clean());
}

static void
request_without_max_forwards_is_caught(void)
{
	char text[1024];
	begin();
	snprintf(text, sizeof text, "%s", request(true, "OPTIONS", 1, "", true));
	memcpy(strstr(text, "Max-"), "Mux-", 4);
	see(true, text);
	CHECK(caught(CHECK_WELL_FORMED));
}

static void
response_with_a_foreign_call_id_is_caught(void)
{
	char text[1024];
	begin();
	see(false, request(false, "OPTIONS", 1, "", true));
	snprintf(text, sizeof text, "%s", response(true, 200, "OPTIONS", 1, ""));
	memcpy(strstr(text, "Call-ID: call"), "Call-ID: cell", 13);
	see(true, text);
	CHECK(caught(CHECK_WELL_FORMED));
}

static void
second_final_response_is_caught(void)
{
	begin();
	see(false, request(false, "OPTIONS", 1, "", true));
	see(true, response(true, 200, "OPTIONS", 1, ""));
	see(true, response(true, 500, "OPTIONS", 1, ""));
	CHECK(caught(CHECK_ONE_FINAL));
}

static void
missing_final_response_is_caught(void)
{
	begin();
	see(false, request(false, "OPTIONS", 1, "", true));
	checkers_quiet(&c, now, &(struct rf_stats){ .calls = 0 });
	CHECK(caught(CHECK_ONE_FINAL));
}

static void
retransmissions_at_t1_doubling_are_clean(void)
{
	begin();
	for (int i = 0; i < 7; i++) {
		now += i == 0 ? 0 : 500 * RF_MS << (i - 1);
		see(true, request(true, "INVITE", 1, "", true));
	}
	CHECK(clean());
}

static void
early_retransmission_is_caught(void)
{
	begin();
	see(true, request(true, "INVITE", 1, "", true));
	now = 400 * RF_MS;
	see(true, request(true, "INVITE", 1, "", true));
	CHECK(caught(CHECK_INSTANTS));
}

static void
retransmission_after_a_provisional_is_caught(void)
{
	begin();
	see(true, request(true, "INVITE", 1, "", true));
	see(false, response(false, 180, "INVITE", 1, ""));
	now = 500 * RF_MS;
	see(true, request(true, "INVITE", 1, "", true));
	CHECK(caught(CHECK_INSTANTS));
}

static void
cancel_before_a_provisional_is_caught(void)
{
	begin();
	see(true, request(true, "INVITE", 1, "", true));
	see(true, request(true, "CANCEL", 1, "", true));
	CHECK(caught(CHECK_CANCEL));
}

static void
missing_ack_is_caught(void)
{
	begin();
	see(true, request(true, "INVITE", 1, "", true));
	see(false, response(false, 200, "INVITE", 1, ""));
	checkers_quiet(&c, now, &(struct rf_stats){ .calls = 0 });
	CHECK(caught(CHECK_ACKED));
}

static void
falling_cseq_is_caught(void)
{
	answered();
	see(true, request(true, "INFO", 5, "", false));
	see(true, request(true, "UPDATE", 5, "", false));
	CHECK(caught(CHECK_CSEQ));
}

static void
request_after_our_bye_is_caught(void)
{
	answered();
	see(true, request(true, "BYE", 5, "", false));
	see(true, request(true, "INFO", 6, "", false));
	CHECK(caught(CHECK_AFTER_BYE));
}

static void
bye_before_the_owed_ack_is_caught(void)
{
	begin();
	see(true, request(true, "INVITE", 1, "", true));
	see(false, response(false, 200, "INVITE", 1, ""));
	see(true, request(true, "BYE", 2, "", false));
	CHECK(caught(CHECK_AFTER_BYE));
}

static void
bye_before_the_final_notify_is_answered_is_caught(void)
{
	referred();
	see(true, notify(1, 200, "terminated"));
	see(true, request(true, "BYE", 2, "", false));
	CHECK(caught(CHECK_AFTER_BYE));
}

static void
bye_after_the_final_notify_timed_out_is_clean(void)
{
	referred();
	see(true, notify(1, 200, "terminated"));
	now = 32 * RF_SECOND;
	see(true, request(true, "BYE", 2, "", false));
	CHECK(clean());
}

static void
notify_without_an_accepted_refer_is_caught(void)
{
	answered();
	see(false, request(false, "REFER", 2, "", false));
	see(true, response(true, 403, "REFER", 2, ""));
	see(true, notify(1, 100, "active"));
	CHECK(caught(CHECK_SUBSCRIPTION));
}

static void
notify_despite_norefersub_is_caught(void)
{
	answered();
	see(false, request(false, "REFER", 2, "", false));
	see(true, response(true, 202, "REFER", 2, "Refer-Sub: false\r\n"));
	see(true, notify(1, 100, "active"));
	CHECK(caught(CHECK_SUBSCRIPTION));
}

static void
second_terminated_notify_is_caught(void)
{
	referred();
	see(true, notify(1, 200, "terminated"));
	see(false, response(false, 200, "NOTIFY", 1, ""));
	see(true, notify(2, 200, "terminated"));
	CHECK(caught(CHECK_NOTIFY_ONCE));
}

static void
missing_final_notify_is_caught(void)
{
	referred();
	see(true, notify(1, 100, "active"));
	see(false, response(false, 200, "NOTIFY", 1, ""));
	checkers_quiet(&c, now, &(struct rf_stats){ .calls = 0 });
	CHECK(caught(CHECK_NOTIFY_ONCE));
}

static void
two_notifies_in_flight_are_caught(void)
{
	referred();
	see(true, notify(1, 100, "active"));
	see(true, notify(2, 200, "terminated"));
	CHECK(caught(CHECK_NOTIFY_FLIGHT));
}

static void
notify_with_another_body_is_caught(void)
{
	referred();
	see(true, request(true, "NOTIFY", 1,
		      "Event: refer\r\nSubscription-State: active\r\n"
		      "Content-Type: text/plain\r\nContent-Length: 2\r\n\r\nhi",
		      false));
	CHECK(caught(CHECK_NOTIFY_FLIGHT));
}

static void
notify_without_id_for_the_second_refer_is_caught(void)
{
	referred();
	see(true, notify(1, 486, "terminated"));
	see(false, response(false, 200, "NOTIFY", 1, ""));
	see(false, request(false, "REFER", 3, "", false));
	see(true, response(true, 202, "REFER", 3, ""));
	see(true, notify(2, 100, "active"));
	CHECK(caught(CHECK_NOTIFY_ID));
}

static void
notify_after_481_is_caught(void)
{
	referred();
	see(true, notify(1, 100, "active"));
	see(false, response(false, 481, "NOTIFY", 1, ""));
	see(true, notify(2, 200, "terminated"));
	CHECK(caught(CHECK_NOTIFY_GONE));
}

static void
bye_to_the_survivor_is_caught(void)
{
	call_with_survivor();
	see(true, as_survivor(request(true, "BYE", 2, "", false)));
	CHECK(caught(CHECK_SURVIVOR));
}

static void
bye_to_the_survivor_may_be_allowed(void)
{
	call_with_survivor();
	c.allowed = UINT64_C(1) << CHECK_SURVIVOR;
	see(true, as_survivor(request(true, "BYE", 2, "", false)));
	CHECK(clean());
}

static void
two_attempts_at_a_time_are_caught(void)
{
	begin();
	see(true, request(true, "INVITE", 1, "", true));
	see(true, as_survivor(request(true, "INVITE", 1, "", true)));
	CHECK(caught(CHECK_ONE_ATTEMPT));
}

static void
next_attempt_after_a_failure_is_clean(void)
{
	begin();
	see(true, request(true, "INVITE", 1, "", true));
	see(false, response(false, 503, "INVITE", 1, ""));
	now = 3 * RF_SECOND;
	see(true, as_survivor(request(true, "INVITE", 1, "", true)));
	CHECK(clean());
}

static const char *
as_phone(const char *text)
{
	return in_call(text, "repl", '*');
}

/* They called us and talk to the survivor; a phone names their dialog, as `named` says. */
static void
replaced(const char *named, unsigned status)
{
	char header[128];
	begin();
	see(true, as_survivor(request(true, "INVITE", 1, "", true)));
	see(false, as_survivor(response(false, 200, "INVITE", 1, "")));
	see(true, as_survivor(request(true, "ACK", 1, "", false)));
	see(false, request(false, "INVITE", 1, "", true));
	see(true, response(true, 200, "INVITE", 1, ""));
	see(false, request(false, "ACK", 1, "", false));
	snprintf(header, sizeof header, "Replaces: %s\r\n", named);
	see(false, as_phone(request(false, "INVITE", 1, header, true)));
	see(true, as_phone(response(true, status, "INVITE", 1, "")));
}

static const char its_name[] = "call;to-tag=us;from-tag=them";
static const char told[] = "Reason: SIP;cause=200;text=\"Replaced\"\r\n";

static void
decent_replacement_is_clean(void)
{
	replaced(its_name, 200);
	see(false, as_phone(request(false, "ACK", 1, "", false)));
	see(true, request(true, "BYE", 5, told, false));
	see(false, response(false, 200, "BYE", 5, ""));
	c.allowed = UINT64_C(1) << CHECK_LOSERS;        /* the others still talk */
	checkers_quiet(&c, now, &(struct rf_stats){ .legs = 0 });
	CHECK(clean());
}

static void
replacing_what_is_not_there_is_caught(void)
{
	replaced("call;to-tag=them;from-tag=us", 200);
	CHECK(caught(CHECK_REPLACED));
	replaced("call;to-tag=them;from-tag=us", 481);
	CHECK(clean());
}

static void
replacing_a_confirmed_dialog_early_only_is_caught(void)
{
	replaced("call;to-tag=us;from-tag=them;early-only", 200);
	CHECK(caught(CHECK_REPLACED));
}

static void
replacing_in_a_call_that_is_over_is_caught(void)
{
	replaced(its_name, 481);
	see(false, request(false, "BYE", 3, "", false));
	see(true, response(true, 200, "BYE", 3, ""));
	see(false, in_call(request(false, "INVITE", 2, "Replaces: call;to-tag=us;from-tag=them\r\n",
		       true), "late", '-'));
	see(true, in_call(response(true, 200, "INVITE", 2, ""), "late", '-'));
	CHECK(caught(CHECK_REPLACED));
}

static void
bye_to_the_replaced_before_the_ack_is_caught(void)
{
	replaced(its_name, 200);
	see(true, request(true, "BYE", 5, told, false));
	CHECK(caught(CHECK_REPLACED));
}

static void
bye_to_the_survivor_of_a_refused_replacement_is_caught(void)
{
	replaced(its_name, 488);
	see(true, as_survivor(request(true, "BYE", 5, "", false)));
	CHECK(caught(CHECK_REPLACED));
}

static void
bye_to_the_replaced_without_its_reason_is_caught(void)
{
	replaced(its_name, 200);
	see(false, as_phone(request(false, "ACK", 1, "", false)));
	see(true, request(true, "BYE", 5, "", false));
	CHECK(caught(CHECK_REPLACED));
}

static void
replaced_dialog_that_is_never_ended_is_caught(void)
{
	replaced(its_name, 200);
	see(false, as_phone(request(false, "ACK", 1, "", false)));
	checkers_quiet(&c, now, &(struct rf_stats){ .legs = 0 });
	CHECK(caught(CHECK_REPLACED));
}

/* The phone refers their call from outside of it; its NOTIFYs have a dialog of their own. */
static void
named_by_a_refer(void)
{
	begin();
	see(true, as_survivor(request(true, "INVITE", 1, "", true)));
	see(false, as_survivor(response(false, 200, "INVITE", 1, "")));
	see(true, as_survivor(request(true, "ACK", 1, "", false)));
	see(false, request(false, "INVITE", 1, "", true));
	see(true, response(true, 200, "INVITE", 1, ""));
	see(false, request(false, "ACK", 1, "", false));
	see(false, as_phone(request(false, "REFER", 1,
		       "Target-Dialog: call;local-tag=them;remote-tag=us\r\n", true)));
	see(true, as_phone(response(true, 202, "REFER", 1, "")));
}

static void
notify_in_the_dialog_of_an_outside_refer_is_clean(void)
{
	named_by_a_refer();
	see(true, as_phone(notify(1, 100, "active")));
	CHECK(clean());
}

static void
notify_in_the_named_dialog_is_caught(void)
{
	named_by_a_refer();
	see(true, notify(1, 100, "active"));
	CHECK(caught(CHECK_SUBSCRIPTION));
}

static void
bye_to_the_named_party_before_the_final_notify_is_caught(void)
{
	named_by_a_refer();
	see(true, as_phone(notify(1, 100, "active")));
	see(false, as_phone(response(false, 200, "NOTIFY", 1, "")));
	see(true, request(true, "BYE", 5, "", false));
	CHECK(caught(CHECK_AFTER_BYE));
}

static void
bye_to_the_survivor_of_an_outside_refer_is_caught(void)
{
	named_by_a_refer();
	see(true, as_survivor(request(true, "BYE", 5, "", false)));
	CHECK(caught(CHECK_SURVIVOR));
}

/* Every letter a record of one session: connected, promise, outcome, withdrawal, attempt, end; in
 * upper case if somebody waits for it. */
static bool
given(const char *records)
{
	static const char kinds[] = { [RF_STORE_ESTABLISHED] = 'c', [RF_STORE_PROMISE] = 'p',
		[RF_STORE_OUTCOME] = 'o', [RF_STORE_WITHDRAWAL] = 'w', [RF_STORE_ATTEMPT] = 'a',
		[RF_STORE_ENDED] = 'e' };
	begin();
	for (const char *p = records; *p != '\0'; p++) {
		const char *kind = memchr(kinds, *p | 0x20, sizeof kinds);
		CHECK_OR_STOP(kind != NULL);
		checkers_given(&c, now, 7, (enum rf_store_kind)(kind - kinds), *p < 'a');
	}
	return clean();
}

static void
three_writes_a_hand_back_are_clean(void)
{
	CHECK(given("CPOe"));
	CHECK(given("CPOPOe"));
	CHECK(given("CPAAOe"));                        /* two attempts more */
	CHECK(given("CPWPOe"));                        /* the first promise was late */
	CHECK(given("CCce"));                          /* a replacement, and that it was done */
	CHECK(given("Ce") && given("e"));
}

static void
fourth_write_that_is_waited_for_is_caught(void)
{
	CHECK(!given("CPOE") && caught(CHECK_WRITES));
	CHECK(!given("CPOO") && caught(CHECK_WRITES));
}

static void
second_outcome_is_caught(void)
{
	CHECK(!given("CPOo") && caught(CHECK_WRITES));
	CHECK(!given("CPWo") && caught(CHECK_WRITES));
	CHECK(!given("CO") && caught(CHECK_WRITES));
}

static void
record_behind_the_end_is_caught(void)
{
	CHECK(!given("CePO") && caught(CHECK_WRITES));
}

static void
leaked_slot_is_caught(void)
{
	begin();
	checkers_quiet(&c, now, &(struct rf_stats){ .legs = 1 });
	CHECK(caught(CHECK_GAUGES));
}

int
main(void)
{
	static const struct check_test tests[] = {
		CHECK_TEST(decent_transfer_is_clean),
		CHECK_TEST(request_without_max_forwards_is_caught),
		CHECK_TEST(response_with_a_foreign_call_id_is_caught),
		CHECK_TEST(second_final_response_is_caught),
		CHECK_TEST(missing_final_response_is_caught),
		CHECK_TEST(retransmissions_at_t1_doubling_are_clean),
		CHECK_TEST(early_retransmission_is_caught),
		CHECK_TEST(retransmission_after_a_provisional_is_caught),
		CHECK_TEST(cancel_before_a_provisional_is_caught),
		CHECK_TEST(missing_ack_is_caught),
		CHECK_TEST(falling_cseq_is_caught),
		CHECK_TEST(request_after_our_bye_is_caught),
		CHECK_TEST(bye_before_the_owed_ack_is_caught),
		CHECK_TEST(bye_before_the_final_notify_is_answered_is_caught),
		CHECK_TEST(bye_after_the_final_notify_timed_out_is_clean),
		CHECK_TEST(notify_without_an_accepted_refer_is_caught),
		CHECK_TEST(notify_despite_norefersub_is_caught),
		CHECK_TEST(second_terminated_notify_is_caught),
		CHECK_TEST(missing_final_notify_is_caught),
		CHECK_TEST(two_notifies_in_flight_are_caught),
		CHECK_TEST(notify_with_another_body_is_caught),
		CHECK_TEST(notify_without_id_for_the_second_refer_is_caught),
		CHECK_TEST(notify_after_481_is_caught),
		CHECK_TEST(bye_to_the_survivor_is_caught),
		CHECK_TEST(bye_to_the_survivor_may_be_allowed),
		CHECK_TEST(two_attempts_at_a_time_are_caught),
		CHECK_TEST(next_attempt_after_a_failure_is_clean),
		CHECK_TEST(decent_replacement_is_clean),
		CHECK_TEST(replacing_what_is_not_there_is_caught),
		CHECK_TEST(replacing_a_confirmed_dialog_early_only_is_caught),
		CHECK_TEST(replacing_in_a_call_that_is_over_is_caught),
		CHECK_TEST(bye_to_the_replaced_before_the_ack_is_caught),
		CHECK_TEST(bye_to_the_survivor_of_a_refused_replacement_is_caught),
		CHECK_TEST(bye_to_the_replaced_without_its_reason_is_caught),
		CHECK_TEST(replaced_dialog_that_is_never_ended_is_caught),
		CHECK_TEST(notify_in_the_dialog_of_an_outside_refer_is_clean),
		CHECK_TEST(notify_in_the_named_dialog_is_caught),
		CHECK_TEST(bye_to_the_named_party_before_the_final_notify_is_caught),
		CHECK_TEST(bye_to_the_survivor_of_an_outside_refer_is_caught),
		CHECK_TEST(three_writes_a_hand_back_are_clean),
		CHECK_TEST(fourth_write_that_is_waited_for_is_caught),
		CHECK_TEST(second_outcome_is_caught),
		CHECK_TEST(record_behind_the_end_is_caught),
		CHECK_TEST(leaked_slot_is_caught),
	};
	int status = check_main("checkers", tests, RF_ARRAY_LEN(tests));
	checkers_fini(&c);
	return status;
}
