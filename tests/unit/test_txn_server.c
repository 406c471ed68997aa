/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_txn_server.c -- server transactions, where responses go, and limits: RFC 3261
 * 17.2 and 18.2 with RFC 6026, RFC 4320 and RFC 3581. */
#include <stdio.h>
#include <string.h>

#include "engine/compose.h"
#include "tests/unit/test_txn_world.h"

/* ---- INVITE server --------------------------------------------------------------------------- */

static void
an_invite_is_answered_with_100_at_once_and_its_repetition_with_the_same(void)
{
	world_new();
	deliver_request(RF_UDP, "INVITE", "z9hG4bKi1", "");
	CHECK(w.requests == 1);
	CHECK(w.sent_count == 1 && begins(0, "SIP/2.0 100 Trying\r\n"));
	CHECK(!contains(0, ";tag=2a"));
	deliver_request(RF_UDP, "INVITE", "z9hG4bKi1", "");
	CHECK(w.requests == 1);
	CHECK(w.sent_count == 2 && same(0, 1));
	respond(180);
	deliver_request(RF_UDP, "INVITE", "z9hG4bKi1", "");
	CHECK(w.sent_count == 4 && begins(3, "SIP/2.0 180 Ringing\r\n") && same(2, 3));
	CHECK(contains(3, "\r\nTo: <sip:bob@example.com>;tag=2a0000000000000abc\r\n"));
	CHECK(w.e->stats.rx_retransmissions == 2);
}

static void
a_timestamp_is_copied_into_the_100(void)
{
	world_new();
	deliver(RF_UDP, "INVITE sip:bob@example.com SIP/2.0\nVia: SIP/2.0/UDP h;branch=z9hG4bKi1\n"
	    "Max-Forwards: 70\nFrom: <sip:a@b>;tag=1\nTo: <sip:c@d>\nCall-ID: x\nCSeq: 1 INVITE\n"
	    "Timestamp: 54\nContent-Length: 0\n\n");
	CHECK(contains(0, "\r\nTimestamp: 54\r\n"));
}

static void
a_refused_invite_is_repeated_to_its_ack(void)
{
	static const int at[] = { 0, 500, 1500, 3500 };
	world_new();
	deliver_request(RF_UDP, "INVITE", "z9hG4bKi1", "");
	rf_time start = w.e->now;
	respond(486);
	pass(5000 * RF_MS);
	CHECK(sent_at(1, start, at, RF_ARRAY_LEN(at)));
	CHECK(same(1, 4));
	CHECK(w.dones == 0);
	deliver_request(RF_UDP, "ACK", "z9hG4bKi1", ";tag=2a0000000000000abc");
	CHECK(w.dones == 1 && w.acks == 0);
	deliver_request(RF_UDP, "ACK", "z9hG4bKi1", ";tag=2a0000000000000abc");
	deliver_request(RF_UDP, "INVITE", "z9hG4bKi1", "");
	CHECK(w.dones == 1 && w.requests == 1);
	pass(5001 * RF_MS);
	CHECK(w.sent_count == 5);
	world_end();
}

static void
a_refused_invite_without_an_ack_is_given_up_at_32_s(void)
{
	static const int at[] = { 0, 500, 1500, 3500, 7500, 11500, 15500, 19500, 23500, 27500,
		31500 };
	world_new();
	deliver_request(RF_UDP, "INVITE", "z9hG4bKi1", "");
	rf_time start = w.e->now;
	respond(486);
	pass(60 * RF_SECOND);
	CHECK(sent_at(1, start, at, RF_ARRAY_LEN(at)));
	CHECK(w.dones == 1);
	world_end();
}

static void
a_refusal_over_tls_is_sent_once_and_ends_with_its_ack(void)
{
	world_new();
	deliver_request(RF_TLS, "INVITE", "z9hG4bKi1", "");
	respond(486);
	pass(10 * RF_SECOND);
	CHECK(w.sent_count == 2);
	CHECK(w.sent[1].path.link == 7);
	deliver_request(RF_TLS, "ACK", "z9hG4bKi1", ";tag=x");
	CHECK(w.dones == 1);
	pass(RF_MS);
	world_end();
}

static void
after_a_2xx_repeated_invites_are_absorbed_until_timer_l(void)
{
	world_new();
	deliver_request(RF_UDP, "INVITE", "z9hG4bKi1", "");
	respond(200);
	pass(31 * RF_SECOND);
	deliver_request(RF_UDP, "INVITE", "z9hG4bKi1", "");
	CHECK(w.requests == 1);
	CHECK(w.sent_count == 2);               /* 100 and 200: repeating that is the user's */
	deliver_request(RF_UDP, "ACK", "z9hG4bKa1", ";tag=x");
	CHECK(w.acks == 1 && w.dones == 0);
	pass(RF_SECOND + RF_MS);
	world_end();
}

static void
a_second_final_response_is_not_sent(void)
{
	world_new();
	deliver_request(RF_UDP, "INVITE", "z9hG4bKi1", "");
	respond(200);
	respond(487);
	respond(180);
	CHECK(w.sent_count == 2);
	deliver_request(RF_UDP, "OPTIONS", "z9hG4bKo1", "");
	respond(200);
	respond(500);
	CHECK(w.sent_count == 3);
}

static void
cancel_finds_its_invite_by_branch_and_sent_by(void)
{
	world_new();
	deliver_request(RF_UDP, "INVITE", "z9hG4bKi1", "");
	deliver_request(RF_UDP, "CANCEL", "z9hG4bKi2", "");
	CHECK(w.requests == 2 && w.cancels_found == 0);
	deliver_request(RF_UDP, "CANCEL", "z9hG4bKi1", "");
	CHECK(w.requests == 3 && w.cancels_found == 1);
	deliver(RF_UDP, "CANCEL sip:bob@example.com SIP/2.0\n"
	    "Via: SIP/2.0/UDP CLIENT.example.org:5071;branch=z9hG4bKi1\n"
	    "From: <sip:alice@example.org>;tag=a1\nTo: <sip:bob@example.com>\n"
	    "Call-ID: c1@example.org\nCSeq: 1 CANCEL\nContent-Length: 0\n\n");
	CHECK(w.requests == 4 && w.cancels_found == 1);
}

static void
a_client_of_rfc_2543_is_matched_without_a_branch(void)
{
	world_new();
	for (unsigned i = 0; i < 2; i++)
		deliver(RF_UDP, "INVITE sip:bob@example.com SIP/2.0\n"
		    "Via: SIP/2.0/UDP old.example.org\n"
		    "From: <sip:alice@example.org>;tag=a1\nTo: <sip:bob@example.com>\n"
		    "Call-ID: c2\nCSeq: 1 INVITE\nContent-Length: 0\n\n");
	CHECK(w.requests == 1);
	respond(404);
	deliver(RF_UDP, "ACK sip:bob@example.com SIP/2.0\nVia: SIP/2.0/UDP old.example.org\n"
	    "From: <sip:alice@example.org>;tag=a1\nTo: <sip:bob@example.com>;tag=ours\n"
	    "Call-ID: c2\nCSeq: 1 ACK\nContent-Length: 0\n\n");
	CHECK(w.dones == 1 && w.acks == 0);
	pass(6 * RF_SECOND);
	world_end();
}

/* ---- non-INVITE server ----------------------------------------------------------------------- */

static void
a_repeated_request_gets_the_same_answer_and_never_comes_up_twice(void)
{
	world_new();
	deliver_request(RF_UDP, "BYE", "z9hG4bKb1", ";tag=x");
	deliver_request(RF_UDP, "BYE", "z9hG4bKb1", ";tag=x");
	CHECK(w.requests == 1 && w.sent_count == 0);
	respond(200);
	deliver_request(RF_UDP, "BYE", "z9hG4bKb1", ";tag=x");
	CHECK(w.requests == 1);
	CHECK(w.sent_count == 2 && same(0, 1));
	pass(32 * RF_SECOND + RF_MS);
	world_end();
}

static void
a_late_answer_is_announced_by_100_at_t2_over_any_transport(void)
{
	for (unsigned i = 0; i < 2; i++) {
		world_new();
		rf_time start = w.e->now;
		deliver_request(i == 0 ? RF_UDP : RF_TLS, "REFER", "z9hG4bKr1", ";tag=x");
		pass(10 * RF_SECOND);
		CHECK(sent_at(0, start, (const int[]){ 4000 }, 1));
		CHECK(begins(0, "SIP/2.0 100 Trying\r\n"));
		respond(202);
		CHECK(w.sent_count == 2 && begins(1, "SIP/2.0 202 Accepted\r\n"));
		pass(33 * RF_SECOND);
		world_end();
	}
}

static void
a_request_nobody_answers_ends_in_silence(void)
{
	world_new();
	deliver_request(RF_UDP, "INFO", "z9hG4bKn1", ";tag=x");
	pass(40 * RF_SECOND);
	CHECK(w.sent_count == 1 && begins(0, "SIP/2.0 100 "));
	world_end();
}

static void
an_answer_given_from_within_the_request_is_sent_once(void)
{
	world_new();
	w.answer = 481;
	deliver_request(RF_TLS, "NOTIFY", "z9hG4bKn1", ";tag=x");
	deliver_request(RF_UDP, "INVITE", "z9hG4bKn2", "");
	CHECK(w.sent_count == 3);
	CHECK(begins(0, "SIP/2.0 481 ") && begins(1, "SIP/2.0 100 ") && begins(2, "SIP/2.0 481 "));
	CHECK(contains(2, "\r\nTo: <sip:bob@example.com>;tag=2a"));
	CHECK(contains(0, "\r\nTo: <sip:bob@example.com>;tag=x\r\n"));
	pass(60 * RF_SECOND);
	world_end();
}

/* ---- where responses go ---------------------------------------------------------------------- */

static void
a_response_goes_to_the_sent_by_port_and_says_where_the_request_came_from(void)
{
	world_new();
	deliver_request(RF_UDP, "INVITE", "z9hG4bKi1", "");
	CHECK(w.sent[0].path.remote.port == 5070);
	CHECK(contains(0, "\r\nVia: SIP/2.0/UDP client.example.org:5070;branch=z9hG4bKi1"
	    ";received=192.0.2.1\r\n"));
}

static void
rport_brings_the_response_back_to_the_source_port(void)
{
	world_new();
	w.answer = 200;
	deliver(RF_UDP, "OPTIONS sip:b@c SIP/2.0\n"
	    "v: SIP/2.0/UDP 192.0.2.1:5070;rport;received=203.0.113.9;branch=z9hG4bKo;x=\"y z\",\n"
	    " SIP/2.0/UDP second;branch=z9hG4bK2\nVia: SIP/2.0/TCP third;branch=z9hG4bK3\n"
	    "f: <sip:a@b>;tag=1\nt: <sip:c@d>\ni: x\nCSeq: 1 OPTIONS\nl: 0\n\n");
	CHECK_OR_STOP(w.sent_count == 1);
	CHECK(w.sent[0].path.remote.port == 40000);
	CHECK(begins(0, "SIP/2.0 200 OK\r\n"
	    "Via: SIP/2.0/UDP 192.0.2.1:5070;branch=z9hG4bKo;x=\"y z\""
	    ";received=192.0.2.1;rport=40000, "
	    "SIP/2.0/UDP second;branch=z9hG4bK2\r\nVia: SIP/2.0/TCP third;branch=z9hG4bK3\r\n"));
	CHECK(contains(0, "\r\nServer: referee/test\r\n"));
}

static void
a_via_that_tells_the_truth_is_left_alone(void)
{
	world_new();
	w.answer = 200;
	deliver(RF_UDP, "OPTIONS sip:b@c SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKo\n"
	    "From: <sip:a@b>;tag=1\nTo: <sip:c@d>\nCall-ID: x\nCSeq: 1 OPTIONS\n"
	    "Content-Length: 0\n\n");
	CHECK(contains(0, "\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKo\r\n"));
	CHECK(w.sent[0].path.remote.port == 5060);
}

static void
when_the_stream_is_gone_the_response_looks_for_the_sent_by_port(void)
{
	world_new();
	deliver_request(RF_TLS, "INVITE", "z9hG4bKi1", "");
	CHECK(!rf_txn_link_down(begin(&(struct rf_event){ .kind = RF_EV_LINK_DOWN }), 7, 16));
	respond(486);
	CHECK(w.sent[1].path.link == 0);
	CHECK(w.sent[1].path.remote.port == 5070);
}

/* ---- limits ---------------------------------------------------------------------------------- */

static void
new_work_is_refused_before_the_work_in_progress(void)
{
	char branch[32];
	world_new();
	unsigned kept = BLOCK_TXNS - BLOCK_TXNS / 8;
	w.answer = 0;
	for (unsigned i = 0; i < kept; i++) {
		snprintf(branch, sizeof branch, "z9hG4bKn%u", i);
		deliver_request(RF_UDP, "OPTIONS", branch, "");
	}
	CHECK(w.requests == kept);
	deliver_request(RF_UDP, "INVITE", "z9hG4bKlast", "");
	CHECK(w.requests == kept);
	CHECK(w.sent_count == 1 && begins(0, "SIP/2.0 503 Service Unavailable\r\n"));
	CHECK(contains(0, "\r\nRetry-After: "));
	CHECK(w.e->stats.shed_overload == 1);
	deliver_request(RF_UDP, "INVITE", "z9hG4bKlast", "");
	CHECK(same(0, 1));                      /* stateless, yet the same tag */
	deliver_request(RF_UDP, "BYE", "z9hG4bKbye", ";tag=x");
	CHECK(w.requests == kept + 1);
	CHECK(open_client(RF_UDP, RF_METHOD_BYE) != NULL);
	CHECK(w.e->pools.pool[RF_KIND_TXN].used == kept + 2);
}

static void
what_goes_on_takes_the_place_of_the_oldest_finished_transaction(void)
{
	char branch[32];
	world_new();
	const struct rf_pool *pool = &w.e->pools.pool[RF_KIND_TXN];
	deliver_request(RF_UDP, "BYE", "z9hG4bKpending", ";tag=x");
	w.answer = 200;
	for (unsigned i = 0; pool->used < pool->count; i++) {
		snprintf(branch, sizeof branch, "z9hG4bKn%u", i);
		deliver_request(RF_UDP, "INFO", branch, ";tag=x");
	}
	CHECK(w.requests == BLOCK_TXNS);
	CHECK(w.e->stats.linger_cut == 0);
	deliver_request(RF_UDP, "BYE", "z9hG4bKbye", ";tag=x");
	CHECK(w.requests == BLOCK_TXNS + 1);
	CHECK(open_client(RF_UDP, RF_METHOD_BYE) != NULL);
	CHECK(w.e->stats.linger_cut == 2);
	CHECK(pool->used == pool->count);
	deliver_request(RF_UDP, "INFO", "z9hG4bKn2", ";tag=x");
	CHECK(w.requests == BLOCK_TXNS + 1);    /* that one is still remembered ... */
	deliver_request(RF_UDP, "INFO", "z9hG4bKn0", ";tag=x");
	CHECK(w.requests == BLOCK_TXNS + 2);    /* ... and this one went */
	pass(40 * RF_SECOND);
	world_end();
}

static void
when_nothing_is_finished_even_what_goes_on_is_refused(void)
{
	char branch[32];
	world_new();
	w.answer = 0;
	for (unsigned i = 0; i < BLOCK_TXNS; i++) {
		snprintf(branch, sizeof branch, "z9hG4bKn%u", i);
		deliver_request(RF_UDP, "INFO", branch, ";tag=x");
	}
	CHECK(w.requests == BLOCK_TXNS);
	deliver_request(RF_UDP, "BYE", "z9hG4bKbye", ";tag=x");
	CHECK(w.requests == BLOCK_TXNS);
	CHECK(begins(w.sent_count - 1, "SIP/2.0 503 Service Unavailable\r\n"));
	CHECK(open_client(RF_UDP, RF_METHOD_BYE) == NULL);
}

static void
without_room_for_a_copy_a_response_is_sent_all_the_same(void)
{
	static char in[RF_TEXT_MAX];
	world_new();
	bool full = false;
	deliver_request(RF_UDP, "BYE", "z9hG4bKb1", ";tag=x");
	for (uint32_t len = RF_TEXT_MAX; len > 0; len /= 2) {
		for (full = false; !full;)
			(void)rf_text_put(w.e, (struct rf_slice){ in, len }, &full);
	}
	respond(200);
	CHECK(w.sent_count == 1);
	deliver_request(RF_UDP, "BYE", "z9hG4bKb1", ";tag=x");
	CHECK(w.requests == 1 && w.sent_count == 1);
	CHECK(open_client(RF_UDP, RF_METHOD_INVITE) == NULL);
	CHECK(open_client(RF_UDP, RF_METHOD_BYE) != NULL);
}

static void
our_identifiers_are_read_back_and_others_are_not(void)
{
	char text[64];
	struct rf_writer writer;
	world_new();
	rf_writer_init(&writer, text, sizeof text);
	rf_write_branch(w.e, &writer, 0x123456789abcdef0u);
	CHECK(rf_branch_read(w.e, rf_written(&writer)) == 0x123456789abcdef0u);
	CHECK(rf_branch_read(w.e, RF_SLICE("z9hG4bK2b123456789abcdef0")) == 0);
	CHECK(rf_branch_read(w.e, RF_SLICE("z9hG4bK2a123456789abcdefg")) == 0);
	CHECK(rf_branch_read(w.e, RF_SLICE("z9hG4bK")) == 0);
	CHECK(rf_branch_read(w.e, RF_SLICE("")) == 0);
	rf_writer_init(&writer, text, sizeof text);
	rf_write_tag(w.e, &writer, 5);
	CHECK(rf_tag_read(w.e, rf_written(&writer)) == 5);
	CHECK(rf_tag_read(w.e, RF_SLICE("2a000000000000000")) == 0);
	const struct rf_path tls = path_of(RF_TLS);
	rf_writer_init(&writer, text, sizeof text);
	rf_write_contact_uri(w.e, &writer, &tls, 5);
	CHECK(rf_slice_equal(rf_written(&writer),
	    RF_SLICE("<sip:2a0000000000000005@b2bua.example.com:5061;transport=tls>")));
}

static void
only_a_long_request_prefers_a_stream_and_only_if_there_is_one(void)
{
	world_new();
	CHECK(!rf_prefers_stream(w.e, 1301));
	w.e->config.listener[1].local.proto = RF_TCP;
	CHECK(rf_prefers_stream(w.e, 1301));
	CHECK(!rf_prefers_stream(w.e, 1300));
}

static const struct check_test tests[] = {
	CHECK_TEST(an_invite_is_answered_with_100_at_once_and_its_repetition_with_the_same),
	CHECK_TEST(a_timestamp_is_copied_into_the_100),
	CHECK_TEST(a_refused_invite_is_repeated_to_its_ack),
	CHECK_TEST(a_refused_invite_without_an_ack_is_given_up_at_32_s),
	CHECK_TEST(a_refusal_over_tls_is_sent_once_and_ends_with_its_ack),
	CHECK_TEST(after_a_2xx_repeated_invites_are_absorbed_until_timer_l),
	CHECK_TEST(a_second_final_response_is_not_sent),
	CHECK_TEST(cancel_finds_its_invite_by_branch_and_sent_by),
	CHECK_TEST(a_client_of_rfc_2543_is_matched_without_a_branch),
	CHECK_TEST(a_repeated_request_gets_the_same_answer_and_never_comes_up_twice),
	CHECK_TEST(a_late_answer_is_announced_by_100_at_t2_over_any_transport),
	CHECK_TEST(a_request_nobody_answers_ends_in_silence),
	CHECK_TEST(an_answer_given_from_within_the_request_is_sent_once),
	CHECK_TEST(a_response_goes_to_the_sent_by_port_and_says_where_the_request_came_from),
	CHECK_TEST(rport_brings_the_response_back_to_the_source_port),
	CHECK_TEST(a_via_that_tells_the_truth_is_left_alone),
	CHECK_TEST(when_the_stream_is_gone_the_response_looks_for_the_sent_by_port),
	CHECK_TEST(new_work_is_refused_before_the_work_in_progress),
	CHECK_TEST(what_goes_on_takes_the_place_of_the_oldest_finished_transaction),
	CHECK_TEST(when_nothing_is_finished_even_what_goes_on_is_refused),
	CHECK_TEST(without_room_for_a_copy_a_response_is_sent_all_the_same),
	CHECK_TEST(our_identifiers_are_read_back_and_others_are_not),
	CHECK_TEST(only_a_long_request_prefers_a_stream_and_only_if_there_is_one),
};

int
main(void)
{
	int status = check_main("txn_server", tests, RF_ARRAY_LEN(tests));
	world_free();
	return status;
}
