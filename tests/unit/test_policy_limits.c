/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_policy_limits.c -- in whose name, where to, how often and how fast a partner may
 * refer; what it is told else, and what that counts as. */
#include <stdio.h>
#include <string.h>

#include "tests/check.h"
#include "tests/unit/test_policy_world.h"

static const char *many[] = { "sip:agent@acme.example", "sip:*@boss.example",
	"sips:secure@x.example", "sip:port@acme.example:5080", "tel:+49-30-*", "tel:+4940",
	"sip:%61bc@ACME.example", "sip:a-*-z@acme.example:5090" };
static const char *keys[] = { "billing", "vip-*" };
static struct rf_policy_partner partner = { .name = "acme", .referred_by = many,
	.referred_by_count = 8 };
static struct rf_policy_route route = { .to = { RF_TO_URI, "sip:any@192.0.2.9" } };
static struct rf_policy_tables own = { .partners = &partner, .partners_count = 1,
	.routes = &route, .routes_count = 1 };

static void
refer(struct rf_policy *policy, const char *refer_to, const char *referred_by, uint32_t transfers,
    rf_time now)
{
	static struct rf_message message;
	char text[1024];
	const char *why;
	int len = snprintf(text, sizeof text,
	    "REFER sip:r@example.com SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.7;branch=z9hG4bK1\r\n"
	    "From: <sip:a@x>;tag=1\r\nTo: <sip:r@x>;tag=2\r\nCall-ID: 1\r\n"
	    "CSeq: 1 REFER\r\n"
	    "Contact: <sip:a@192.0.2.7>\r\nRefer-To: <%s>\r\n%s%s%sContent-Length: 0\r\n\r\n",
	    refer_to, referred_by != NULL ? "Referred-By: <" : "",
	    referred_by != NULL ? referred_by : "", referred_by != NULL ? ">\r\n" : "");
	CHECK_OR_STOP(rf_message_parse(&message, (struct rf_slice){ text, (uint32_t)len }, &why) ==
	    RF_VERDICT_OK);
	rf_policy_route(policy, &(struct rf_route_question){ .trigger = RF_TRIGGER_REFER,
	    .partner = RF_SLICE("acme"), .partner_assumed = true, .message = &message,
	    .transfers = transfers, .now = now }, &plan);
}

static bool
by(struct rf_policy *policy, const char *referred_by)
{
	refer(policy, "sip:x@x", referred_by, 0, 0);
	return plan.allow;
}

static void
a_list_means_what_its_patterns_mean(void)
{
	static const char *const uris[] = { "sip:agent@acme.example", "sip:AGENT@acme.example",
		"sips:agent@Acme.Example:5061;x=y", "sip:any@boss.example",
		"sip:any@boss.example:9", "sip:any@boss.examples", "sip:secure@x.example",
		"sips:secure@x.example", "sip:port@acme.example", "sip:port@acme.example:5080",
		"sips:port@acme.example:5080", "sip:port@acme.example:5081", "tel:+493012",
		"tel:+49-30-12", "tel:+4940", "tel:+4941", "sip:+4940@acme.example",
		"sip:abc@acme.example", "sip:%61%62c@acme.example", "sip:a-1-z@acme.example:5090",
		"sip:a-1-z@acme.example", "sip:acme.example" };
	struct rf_policy *policy = rf_policy_new(&own);
	uint32_t allowed = 0;
	for (size_t i = 0; i < RF_ARRAY_LEN(uris); i++) {
		struct rf_uri uri;
		bool listed = false;
		CHECK_OR_STOP(rf_uri_parse(&uri, rf_slice_of(uris[i])));
		for (uint32_t j = 0; j < partner.referred_by_count; j++)
			listed = listed || rf_referred_by_match(rf_slice_of(many[j]), &uri);
		bool has = by(policy, uris[i]);
		CHECK(has == listed);
		if (has != listed)
			check_note("%s: %d, not %d", uris[i], has, listed);
		allowed += has;
	}
	CHECK(allowed == 13);
	rf_policy_free(policy);
}

static void
who_is_not_listed_is_told_what_the_rule_says(void)
{
	partner.referred_by_code = 429;
	struct rf_policy *policy = rf_policy_new(&own);
	refer(policy, "sip:x@x", "sip:evil@evil.example", 0, 0);
	CHECK(refused(429, "Referred-By is not on the list"));
	refer(policy, "sip:x@x", NULL, 0, 0);
	CHECK(refused(429, "Referred-By is missing"));
	refer(policy, "sip:x@x", "no uri", 0, 0);
	CHECK(refused(429, "Referred-By is malformed"));
	CHECK(rf_policy_denials(policy)->referred_by == 3);
	rf_policy_free(policy);
	partner.referred_by_code = 0;
}

static void
only_the_keys_of_the_list_are_destinations(void)
{
	partner.destinations = keys;
	partner.destinations_count = 2;
	struct rf_policy *policy = rf_policy_new(&own);
	refer(policy, "sip:billing@x", many[0], 0, 0);
	CHECK(plan.allow);
	refer(policy, "sip:vip-7@x", many[0], 0, 0);
	CHECK(plan.allow);
	refer(policy, "sip:ceo@x", many[0], 0, 0);
	CHECK(refused(403, "the partner may not refer there"));
	CHECK(rf_policy_denials(policy)->destination == 1);
	rf_policy_free(policy);
	partner.destinations_count = 0;
}

static void
a_call_is_transferred_as_often_as_it_may_be(void)
{
	partner.refer_depth = 2;
	struct rf_policy *policy = rf_policy_new(&own);
	refer(policy, "sip:x@x", many[0], 1, 0);
	CHECK(plan.allow);
	refer(policy, "sip:x@x", many[0], 2, 0);
	CHECK(refused(403, "the call was transferred as often as it may be"));
	CHECK(rf_policy_denials(policy)->depth == 1);
	rf_policy_free(policy);
	partner.refer_depth = 0;
}

/* Three in ten seconds: three at once, then one every 3.33 s. */
static void
a_rate_is_a_bucket(void)
{
	partner.refer_rate = (struct rf_policy_rate){ 3, 10 * 1000 };
	partner.limit_code = 603;
	struct rf_policy *policy = rf_policy_new(&own);
	rf_time start = 1000 * RF_SECOND;
	for (uint32_t i = 0; i < 3; i++) {
		refer(policy, "sip:x@x", many[0], 0, start);
		CHECK(plan.allow);
	}
	refer(policy, "sip:x@x", many[0], 0, start + 3 * RF_SECOND);
	CHECK(refused(603, "the partner refers faster than it may"));
	refer(policy, "sip:x@x", many[0], 0, start + 3400 * RF_MS);
	CHECK(plan.allow);
	refer(policy, "sip:x@x", many[0], 0, start + 3400 * RF_MS);
	CHECK(!plan.allow);
	uint32_t passed = 0;
	for (uint32_t second = 100; second < 200; second++) {
		refer(policy, "sip:x@x", many[0], 0, start + second * RF_SECOND);
		passed += plan.allow;
	}
	CHECK(passed == 32);                    /* 3 at first, 29 in the 99 s that follow */
	if (passed != 32)
		check_note("%u", passed);
	CHECK(rf_policy_denials(policy)->rate == 2 + 100 - passed);
	rf_policy_free(policy);
	partner.refer_rate.count = partner.limit_code = 0;
}

static void
every_refusal_is_counted_by_its_reason(void)
{
	struct rf_policy *policy = rf_policy_new(&own);
	const struct rf_policy_denials *denied = rf_policy_denials(policy);
	refer(policy, "sip:%00@x", many[0], 0, 0);
	refer(policy, "sip:x@x;method=BYE", many[0], 0, 0);
	refer(policy, "http://x", many[0], 0, 0);
	CHECK(denied->malformed == 1 && denied->method == 1 && denied->scheme == 1);
	route.to.kind = RF_TO_REJECT;
	refer(policy, "sip:x@x", many[0], 0, 0);
	CHECK(denied->rejected == 1);
	route.to.kind = RF_TO_URI;
	own.routes_count = 0;
	rf_policy_free(policy);
	policy = rf_policy_new(&own);
	refer(policy, "sip:x@x", many[0], 0, 0);
	CHECK(rf_policy_denials(policy)->unmatched == 1);
	own.routes_count = 1;
	rf_policy_free(policy);
}

int
main(void)
{
	static const struct check_test tests[] = {
		CHECK_TEST(a_list_means_what_its_patterns_mean),
		CHECK_TEST(who_is_not_listed_is_told_what_the_rule_says),
		CHECK_TEST(only_the_keys_of_the_list_are_destinations),
		CHECK_TEST(a_call_is_transferred_as_often_as_it_may_be),
		CHECK_TEST(a_rate_is_a_bucket),
		CHECK_TEST(every_refusal_is_counted_by_its_reason),
	};
	return check_main("policy_limits", tests, RF_ARRAY_LEN(tests));
}
