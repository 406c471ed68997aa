/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_txn.c -- client transactions at the exact instants: RFC 3261 17.1 with RFC
 * 6026. */
#include <string.h>

#include "tests/unit/test_txn_world.h"

/* ---- INVITE client --------------------------------------------------------------------------- */

static void
an_unanswered_invite_is_sent_seven_times_and_fails_with_408_at_32_s(void)
{
	static const int at[] = { 0, 500, 1500, 3500, 7500, 15500, 31500 };
	world_new();
	rf_time start = w.e->now;
	CHECK(open_client(RF_UDP, RF_METHOD_INVITE) != NULL);
	pass(31999 * RF_MS);
	CHECK(w.failures == 0);
	pass(1 * RF_MS);
	CHECK(w.failures == 1 && w.status == 408);
	pass(60 * RF_SECOND);
	CHECK(sent_at(0, start, at, RF_ARRAY_LEN(at)));
	CHECK(same(0, 6));
	CHECK(w.e->stats.retransmissions == 6);
	world_end();
}

static void
an_invite_over_tls_is_sent_once(void)
{
	static const int at[] = { 0 };
	world_new();
	rf_time start = w.e->now;
	open_client(RF_TLS, RF_METHOD_INVITE);
	pass(32 * RF_SECOND);
	CHECK(w.failures == 1 && w.status == 408);
	CHECK(sent_at(0, start, at, RF_ARRAY_LEN(at)));
	pass(RF_MS);
	world_end();
}

static void
a_provisional_response_stops_the_retransmissions_for_good(void)
{
	world_new();
	open_client(RF_UDP, RF_METHOD_INVITE);
	pass(600 * RF_MS);
	deliver_response(RF_UDP, 180, "INVITE", 0x1001);
	pass(300 * RF_SECOND);
	CHECK(w.sent_count == 2);
	CHECK(w.responses == 1 && w.failures == 0);
	CHECK(w.e->pools.pool[RF_KIND_TXN].used == 1);
}

static void
a_failure_is_acknowledged_once_per_receipt_with_the_same_ack(void)
{
	world_new();
	open_client(RF_UDP, RF_METHOD_INVITE);
	deliver_response(RF_UDP, 486, "INVITE", 0x1001);
	CHECK(w.responses == 1 && w.status == 486);
	deliver_response(RF_UDP, 486, "INVITE", 0x1001);
	pass(31 * RF_SECOND);
	deliver_response(RF_UDP, 486, "INVITE", 0x1001);
	CHECK(w.responses == 1);
	CHECK_OR_STOP(w.sent_count == 4);
	CHECK(same(1, 2) && same(1, 3));
	pass(RF_SECOND + RF_MS);
	deliver_response(RF_UDP, 486, "INVITE", 0x1001);
	CHECK(w.sent_count == 4);
	CHECK(w.e->stats.stray_responses == 1);
	world_end();
}

static void
the_ack_of_a_failure_is_made_from_the_invite_and_the_to_of_the_response(void)
{
	world_new();
	open_client(RF_UDP, RF_METHOD_INVITE);
	deliver_response(RF_UDP, 404, "INVITE", 0x1001);
	CHECK_OR_STOP(w.sent_count == 2);
	CHECK(begins(1, "ACK sip:them@example.net SIP/2.0\r\n"
	    "Via: SIP/2.0/UDP b2bua.example.com:5060;rport;branch=z9hG4bK2a0000000000001001\r\n"
	    "Route: <sip:p1.example.net;lr>, <sip:p2.example.net;lr>\r\n"));
	CHECK(contains(1, "\r\nFrom: <sip:us@example.com>;tag=f\r\n"));
	CHECK(contains(1, "\r\nTo: <sip:them@example.net>;tag=t9\r\n"));
	CHECK(contains(1, "\r\nCall-ID: out\r\n"));
	CHECK(contains(1, "\r\nCSeq: 3 ACK\r\n"));
	CHECK(!contains(1, "Subject"));
	pass(33 * RF_SECOND);
	world_end();
}

static void
every_2xx_goes_up_until_timer_m(void)
{
	world_new();
	open_client(RF_UDP, RF_METHOD_INVITE);
	for (unsigned i = 0; i < 5; i++) {
		deliver_response(RF_UDP, 200, "INVITE", 0x1001);
		pass(RF_SECOND);
	}
	CHECK(w.responses == 5);
	deliver_response(RF_UDP, 180, "INVITE", 0x1001);
	deliver_response(RF_UDP, 486, "INVITE", 0x1001);
	CHECK(w.responses == 5);
	CHECK(w.sent_count == 1);
	pass(27 * RF_SECOND + RF_MS);
	deliver_response(RF_UDP, 200, "INVITE", 0x1001);
	CHECK(w.responses == 5);
	world_end();
}

static void
timer_m_runs_over_tls_too(void)
{
	world_new();
	open_client(RF_TLS, RF_METHOD_INVITE);
	deliver_response(RF_TLS, 200, "INVITE", 0x1001);
	pass(31 * RF_SECOND);
	deliver_response(RF_TLS, 200, "INVITE", 0x1001);
	CHECK(w.responses == 2);
	pass(1001 * RF_MS);
	world_end();
}

static void
a_failure_over_tls_ends_the_transaction_with_one_ack(void)
{
	world_new();
	open_client(RF_TLS, RF_METHOD_INVITE);
	deliver_response(RF_TLS, 503, "INVITE", 0x1001);
	CHECK(w.sent_count == 2 && begins(1, "ACK "));
	pass(RF_MS);
	world_end();
}

static void
cancel(struct rf_txn *ict)
{
	rf_client_cancel(begin(&(struct rf_event){ .kind = RF_EV_DEADLINE }), ict);
	collect();
}

static void
cancel_leaves_once_and_only_between_a_provisional_and_the_final(void)
{
	world_new();
	struct rf_txn *ict = open_client(RF_UDP, RF_METHOD_INVITE);
	cancel(ict);
	CHECK(w.sent_count == 1);
	deliver_response(RF_UDP, 100, "INVITE", 0x1001);
	cancel(ict);
	cancel(ict);
	CHECK_OR_STOP(w.sent_count == 2);
	CHECK(begins(1, "CANCEL sip:them@example.net SIP/2.0\r\n"
	    "Via: SIP/2.0/UDP b2bua.example.com:5060;rport;branch=z9hG4bK2a0000000000001001\r\n"));
	CHECK(contains(1, "\r\nCSeq: 3 CANCEL\r\n"));
	CHECK(contains(1, "\r\nTo: <sip:them@example.net>\r\n"));
	CHECK(contains(1, "\r\nRoute: <sip:p1.example.net;lr>, <sip:p2.example.net;lr>\r\n"));
	deliver_response(RF_UDP, 200, "CANCEL", 0x1001);
	CHECK(w.responses == 1);                /* of the INVITE: nobody asked about the CANCEL */
	deliver_response(RF_UDP, 487, "INVITE", 0x1001);
	CHECK(w.responses == 2 && w.status == 487);
	cancel(ict);
	CHECK(w.sent_count == 3 && begins(2, "ACK "));
	pass(33 * RF_SECOND);
	world_end();
}

static void
cancel_is_retransmitted_on_its_own(void)
{
	static const int at[] = { 0, 500, 1500, 3500, 7500, 11500, 15500, 19500, 23500, 27500,
		31500 };
	world_new();
	struct rf_txn *ict = open_client(RF_UDP, RF_METHOD_INVITE);
	deliver_response(RF_UDP, 180, "INVITE", 0x1001);
	rf_time start = w.e->now;
	cancel(ict);
	pass(40 * RF_SECOND);
	CHECK(sent_at(1, start, at, RF_ARRAY_LEN(at)));
	CHECK(w.failures == 0);
}

static void
an_abandoned_invite_still_acknowledges_and_ends(void)
{
	world_new();
	struct rf_txn *a = open_client(RF_UDP, RF_METHOD_INVITE);
	struct rf_txn *b = open_client(RF_UDP, RF_METHOD_INVITE);
	deliver_response(RF_UDP, 180, "INVITE", 0x1001);
	rf_client_abandon(begin(&(struct rf_event){ .kind = RF_EV_DEADLINE }), a);
	rf_client_abandon(begin(&(struct rf_event){ .kind = RF_EV_DEADLINE }), b);
	pass(20 * RF_SECOND);
	CHECK(w.sent_count == 2);
	deliver_response(RF_UDP, 487, "INVITE", 0x1001);
	CHECK(w.sent_count == 3 && begins(2, "ACK "));
	CHECK(w.responses == 1 && w.failures == 0);
	pass(33 * RF_SECOND);
	CHECK(w.failures == 0);
	world_end();
}

static void
a_stray_response_changes_nothing(void)
{
	world_new();
	open_client(RF_UDP, RF_METHOD_INVITE);
	deliver_response(RF_UDP, 200, "INVITE", 0x77);
	deliver_response(RF_UDP, 200, "BYE", 0x1001);
	deliver(RF_UDP, "SIP/2.0 200 OK\nVia: SIP/2.0/UDP b2bua.example.com;branch=z9hG4bK2a%016x\n"
	    "Via: SIP/2.0/UDP other.example.com;branch=z9hG4bKx\n"
	    "From: <sip:us@example.com>;tag=f\nTo: <sip:them@example.net>;tag=t9\nCall-ID: out\n"
	    "CSeq: 3 INVITE\nContent-Length: 0\n\n", 0x1001);
	CHECK(w.e->stats.stray_responses == 3);
	CHECK(w.responses == 0 && w.sent_count == 1);
}

/* ---- non-INVITE client ----------------------------------------------------------------------- */

static void
an_unanswered_request_is_sent_eleven_times_and_fails_with_408_at_32_s(void)
{
	static const int at[] = { 0, 500, 1500, 3500, 7500, 11500, 15500, 19500, 23500, 27500,
		31500 };
	world_new();
	rf_time start = w.e->now;
	open_client(RF_UDP, RF_METHOD_NOTIFY);
	pass(31999 * RF_MS);
	CHECK(w.failures == 0);
	pass(RF_MS);
	CHECK(w.failures == 1 && w.status == 408);
	pass(60 * RF_SECOND);
	CHECK(sent_at(0, start, at, RF_ARRAY_LEN(at)));
	world_end();
}

static void
after_a_provisional_response_timer_e_runs_at_t2(void)
{
	static const int at[] = { 0, 500, 1500, 5500, 9500, 13500, 17500, 21500, 25500, 29500 };
	world_new();
	rf_time start = w.e->now;
	open_client(RF_UDP, RF_METHOD_BYE);
	pass(700 * RF_MS);
	deliver_response(RF_UDP, 100, "BYE", 0x1001);
	pass(60 * RF_SECOND);
	CHECK(sent_at(0, start, at, RF_ARRAY_LEN(at)));
	CHECK(w.failures == 1 && w.status == 408);
	world_end();
}

static void
a_repeated_answer_is_absorbed_until_timer_k(void)
{
	world_new();
	open_client(RF_UDP, RF_METHOD_BYE);
	deliver_response(RF_UDP, 200, "BYE", 0x1001);
	pass(4999 * RF_MS);
	deliver_response(RF_UDP, 200, "BYE", 0x1001);
	CHECK(w.responses == 1 && w.e->stats.stray_responses == 0);
	pass(2 * RF_MS);
	deliver_response(RF_UDP, 200, "BYE", 0x1001);
	CHECK(w.responses == 1 && w.e->stats.stray_responses == 1);
	CHECK(w.sent_count == 1);
	world_end();
}

static void
an_answer_over_tls_ends_the_transaction(void)
{
	world_new();
	open_client(RF_TLS, RF_METHOD_BYE);
	CHECK(w.e->texts.chunks == 2);          /* the name to be proved, and a copy */
	deliver_response(RF_TLS, 200, "BYE", 0x1001);
	CHECK(w.responses == 1);
	pass(RF_MS);
	world_end();
}

static void
a_send_failure_is_a_503_told_once(void)
{
	world_new();
	const struct rf_event refused = { .kind = RF_EV_SEND_FAILED };
	rf_ref ref = rf_txn_ref(w.e, open_client(RF_TLS, RF_METHOD_INVITE));
	rf_txn_send_failed(begin(&refused), ref, RF_LINK_REFUSED);
	rf_txn_send_failed(begin(&refused), ref, RF_LINK_REFUSED);
	CHECK(w.failures == 1 && w.status == 503);
	pass(RF_MS);
	rf_txn_send_failed(begin(&refused), ref, RF_LINK_REFUSED);
	world_end();
}

static void
a_lost_link_fails_the_requests_on_it_and_no_others(void)
{
	world_new();
	for (unsigned i = 0; i < 5; i++)
		open_client(RF_TCP, RF_METHOD_NOTIFY);
	open_client(RF_UDP, RF_METHOD_NOTIFY);
	struct rf_step *s = begin(&(struct rf_event){ .kind = RF_EV_LINK_DOWN });
	CHECK(rf_txn_link_down(s, 7, 3));
	CHECK(w.failures == 3);
	CHECK(!rf_txn_link_down(s, 7, 3));
	CHECK(w.failures == 5 && w.status == 503);
	CHECK(!rf_txn_link_down(s, 7, 3));
	pass(RF_MS);
	CHECK(w.e->pools.pool[RF_KIND_TXN].used == 1);
}

static void
a_request_over_tls_waits_for_its_peer_to_connect_anew(void)
{
	static const int at[] = { 0, 500, 1500 };
	world_new();
	rf_time start = w.e->now;
	rf_ref ref = rf_txn_ref(w.e, open_client(RF_TLS, RF_METHOD_BYE));
	CHECK(!rf_txn_link_down(begin(&(struct rf_event){ .kind = RF_EV_LINK_DOWN }), 7, 3));
	pass(600 * RF_MS);
	CHECK(w.failures == 0 && w.sent_count == 2 && w.sent[1].path.link == 0);
	const struct rf_event refused = { .kind = RF_EV_SEND_FAILED, .reason = RF_LINK_REFUSED };
	w.e->now = start + 500 * RF_MS;
	rf_txn_send_failed(begin(&refused), ref, refused.reason);
	pass(20 * RF_SECOND);
	CHECK(sent_at(0, start, at, RF_ARRAY_LEN(at))); /* that one left: it is not repeated */
	deliver_response(RF_TLS, 200, "BYE", 0x1001);
	CHECK(w.responses == 1 && w.failures == 0);
	pass(RF_MS);
	world_end();
}

static void
a_request_over_tls_waits_no_longer_than_timer_f(void)
{
	const struct rf_event refused = { .kind = RF_EV_SEND_FAILED, .reason = RF_LINK_REFUSED };
	world_new();
	rf_time start = w.e->now;
	rf_ref ref = rf_txn_ref(w.e, open_client(RF_TLS, RF_METHOD_BYE));
	while (w.failures == 0 && w.e->now < start + 60 * RF_SECOND) {
		rf_txn_send_failed(begin(&refused), ref, refused.reason);
		pass(4 * RF_SECOND);
	}
	CHECK(w.failures == 1 && w.status == 408 && w.e->now == start + 32 * RF_SECOND);
	world_end();
}

static void
a_request_over_tls_does_not_wait_for_a_stranger(void)
{
	const struct rf_event stranger = { .kind = RF_EV_SEND_FAILED,
		.reason = RF_LINK_CERTIFICATE };
	world_new();
	rf_ref ref = rf_txn_ref(w.e, open_client(RF_TLS, RF_METHOD_BYE));
	rf_txn_send_failed(begin(&stranger), ref, stranger.reason);
	CHECK(w.failures == 1 && w.status == 503);
	pass(RF_MS);
	world_end();
}

static const struct check_test tests[] = {
	CHECK_TEST(an_unanswered_invite_is_sent_seven_times_and_fails_with_408_at_32_s),
	CHECK_TEST(an_invite_over_tls_is_sent_once),
	CHECK_TEST(a_provisional_response_stops_the_retransmissions_for_good),
	CHECK_TEST(a_failure_is_acknowledged_once_per_receipt_with_the_same_ack),
	CHECK_TEST(the_ack_of_a_failure_is_made_from_the_invite_and_the_to_of_the_response),
	CHECK_TEST(every_2xx_goes_up_until_timer_m),
	CHECK_TEST(timer_m_runs_over_tls_too),
	CHECK_TEST(a_failure_over_tls_ends_the_transaction_with_one_ack),
	CHECK_TEST(cancel_leaves_once_and_only_between_a_provisional_and_the_final),
	CHECK_TEST(cancel_is_retransmitted_on_its_own),
	CHECK_TEST(an_abandoned_invite_still_acknowledges_and_ends),
	CHECK_TEST(a_stray_response_changes_nothing),
	CHECK_TEST(an_unanswered_request_is_sent_eleven_times_and_fails_with_408_at_32_s),
	CHECK_TEST(after_a_provisional_response_timer_e_runs_at_t2),
	CHECK_TEST(a_repeated_answer_is_absorbed_until_timer_k),
	CHECK_TEST(an_answer_over_tls_ends_the_transaction),
	CHECK_TEST(a_send_failure_is_a_503_told_once),
	CHECK_TEST(a_lost_link_fails_the_requests_on_it_and_no_others),
	CHECK_TEST(a_request_over_tls_waits_for_its_peer_to_connect_anew),
	CHECK_TEST(a_request_over_tls_waits_no_longer_than_timer_f),
	CHECK_TEST(a_request_over_tls_does_not_wait_for_a_stranger),
};

int
main(void)
{
	int status = check_main("txn", tests, RF_ARRAY_LEN(tests));
	world_free();
	return status;
}
