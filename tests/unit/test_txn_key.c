/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_txn_key.c -- how a message finds its transaction, and how little of it is parsed
 * for that: RFC 3261 17.1.3 and 17.2.3.
 *
 * How it is seen that From is not parsed: it could not be. */
#include <stdio.h>
#include <string.h>

#include "engine/compose.h"
#include "tests/unit/test_txn_world.h"

static const char good[] = "<sip:alice@example.org>;tag=a1";
static const char bad[] = "<sip:alice@example.org";

static void
request(const char *method, const char *via, const char *from)
{
	deliver(RF_UDP, "%s sip:bob@example.com SIP/2.0\nVia: SIP/2.0/UDP %s\nFrom: %s\n"
	    "To: <sip:bob@example.com>;tag=x\nCall-ID: c1@example.org\nCSeq: 1 %s\n"
	    "Content-Length: 0\n\n", method, via, from, method);
}

static void
response(uint16_t status, const char *method, const char *from)
{
	deliver(RF_UDP, "SIP/2.0 %u Text\nVia: SIP/2.0/UDP b2bua.example.com;"
	    "branch=z9hG4bK2a0000000000001001\nFrom: %s\nTo: <sip:them@example.net>;tag=t9\n"
	    "Call-ID: out\nCSeq: 3 %s\nContent-Length: 0\n\n", status, from, method);
}

static void
a_repeated_request_is_recognised_before_it_is_parsed(void)
{
	world_new();
	request("BYE", "h:5070;branch=z9hG4bKb1", good);
	CHECK(w.verdict == RF_VERDICT_OK && w.requests == 1);
	respond(200);
	request("BYE", "h:5070;branch=z9hG4bKb1", bad);
	CHECK(w.verdict == RF_VERDICT_OK && w.requests == 1);
	CHECK(w.e->stats.rx_retransmissions == 1);
	CHECK(w.sent_count == 2 && same(0, 1));
	pass(32 * RF_SECOND + RF_MS);
	world_end();
}

static void
a_malformed_request_makes_no_transaction_and_gets_the_same_verdict_each_time(void)
{
	world_new();
	for (unsigned i = 0; i < 3; i++) {
		request("BYE", "h:5070;branch=z9hG4bKb1", bad);
		CHECK(w.verdict == RF_VERDICT_BAD);
	}
	CHECK(w.requests == 0 && w.e->stats.rx_retransmissions == 0);
	request("BYE", "h:5070;branch=z9hG4bKb1", good);
	CHECK(w.verdict == RF_VERDICT_OK && w.requests == 1);
	respond(200);
	pass(32 * RF_SECOND + RF_MS);
	world_end();
}

static void
without_a_cookie_everything_is_parsed_first(void)
{
	world_new();
	request("BYE", "h:5070;branch=1", good);
	respond(200);
	request("BYE", "h:5070;branch=1", bad);
	CHECK(w.verdict == RF_VERDICT_BAD && w.sent_count == 1);
	request("BYE", "h:5070;branch=1", good);
	CHECK(w.verdict == RF_VERDICT_OK && w.sent_count == 2 && w.requests == 1);
	pass(32 * RF_SECOND + RF_MS);
	world_end();
}

static void
the_first_ack_of_a_failure_is_parsed_and_a_repeated_one_is_not(void)
{
	world_new();
	request("INVITE", "h:5070;branch=z9hG4bKi1", good);
	respond(486);
	request("ACK", "h:5070;branch=z9hG4bKi1", bad);
	CHECK(w.verdict == RF_VERDICT_DROP && w.dones == 0);
	request("ACK", "h:5070;branch=z9hG4bKi1", good);
	CHECK(w.verdict == RF_VERDICT_OK && w.dones == 1);
	request("ACK", "h:5070;branch=z9hG4bKi1", bad);
	CHECK(w.verdict == RF_VERDICT_OK && w.dones == 1);
	pass(6 * RF_SECOND);
	world_end();
}

static void
a_repeated_failure_is_acknowledged_before_it_is_parsed(void)
{
	world_new();
	open_client(RF_UDP, RF_METHOD_INVITE);
	response(486, "INVITE", bad);
	CHECK(w.verdict == RF_VERDICT_DROP && w.responses == 0 && w.sent_count == 1);
	response(486, "INVITE", good);
	CHECK(w.verdict == RF_VERDICT_OK && w.responses == 1 && w.sent_count == 2);
	response(486, "INVITE", bad);
	CHECK(w.verdict == RF_VERDICT_OK && w.responses == 1);
	CHECK(w.sent_count == 3 && same(1, 2));
	pass(33 * RF_SECOND);
	world_end();
}

static void
a_repeated_2xx_to_an_invite_is_parsed_for_its_user(void)
{
	world_new();
	open_client(RF_UDP, RF_METHOD_INVITE);
	response(200, "INVITE", good);
	response(200, "INVITE", bad);
	CHECK(w.verdict == RF_VERDICT_DROP && w.responses == 1);
	response(200, "INVITE", good);
	CHECK(w.verdict == RF_VERDICT_OK && w.responses == 2);
	pass(33 * RF_SECOND);
	world_end();
}

static void
hosts_have_no_case_and_all_else_counts(void)
{
	static const char *const others[] = { "[2001:db8::A]:5071;branch=z9hG4bKb1",
		"[2001:db8::a];branch=z9hG4bKb1", "[2001:db8::b]:5070;branch=z9hG4bKb1",
		"[2001:db8::a]:5070;branch=z9hG4bKB1", "[2001:db8::a]:5070;branch=z9hG4bKb12" };
	world_new();
	w.answer = 200;
	request("BYE", "[2001:db8::a]:5070;branch=z9hG4bKb1", good);
	request("BYE", "[2001:DB8::A]:5070;x=y;branch=z9hG4bKb1", good);
	CHECK(w.requests == 1);
	for (unsigned i = 0; i < RF_ARRAY_LEN(others); i++) {
		request("BYE", others[i], good);
		CHECK(w.requests == 2 + i);
	}
	request("OPTIONS", "[2001:db8::a]:5070;branch=z9hG4bKb1", good);
	CHECK(w.requests == 2 + RF_ARRAY_LEN(others));
	CHECK(w.e->stats.rx_retransmissions == 1);
	pass(32 * RF_SECOND + RF_MS);
	world_end();
}

static void
a_via_of_any_length_is_found_again(void)
{
	char via[1200];
	world_new();
	w.answer = 200;
	memcpy(via, "h:5070;branch=z9hG4bK", 21);
	for (unsigned len = 450; len < 600; len += 7) {
		memset(via + 21, 'b', len);
		for (unsigned last = '1'; last <= '2'; last++) {
			via[21 + len] = (char)last;
			via[22 + len] = '\0';
			uint64_t before = w.e->stats.rx_retransmissions;
			unsigned requests = w.requests;
			request("BYE", via, good);
			CHECK(w.requests == requests + 1);
			request("BYE", via, good);
			CHECK(w.e->stats.rx_retransmissions == before + 1);
		}
		pass(32 * RF_SECOND + RF_MS);
	}
	world_end();
}

static const struct check_test tests[] = {
	CHECK_TEST(a_repeated_request_is_recognised_before_it_is_parsed),
	CHECK_TEST(a_malformed_request_makes_no_transaction_and_gets_the_same_verdict_each_time),
	CHECK_TEST(without_a_cookie_everything_is_parsed_first),
	CHECK_TEST(the_first_ack_of_a_failure_is_parsed_and_a_repeated_one_is_not),
	CHECK_TEST(a_repeated_failure_is_acknowledged_before_it_is_parsed),
	CHECK_TEST(a_repeated_2xx_to_an_invite_is_parsed_for_its_user),
	CHECK_TEST(hosts_have_no_case_and_all_else_counts),
	CHECK_TEST(a_via_of_any_length_is_found_again),
};

int
main(void)
{
	int status = check_main("txn_key", tests, RF_ARRAY_LEN(tests));
	world_free();
	return status;
}
