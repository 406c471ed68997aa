/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_policy_normalise.c -- the rules between a URI and its routing key, and what they
 * do not swallow. */
#include <stdio.h>
#include <string.h>

#include "tests/check.h"
#include "tests/unit/test_policy_world.h"

static struct rf_policy_route to_anywhere = { .to = { RF_TO_URI, "sip:any@192.0.2.9" } };
static struct rf_route_trail trail;

/* A REFER of the partner `wide` under these rules; what becomes of it is in `plan` and `trail`. */
static void
refer(struct rf_policy_rule *rules, uint32_t count, const char *refer_to)
{
	struct rf_policy_tables own = { .partners = partners, .partners_count = 2,
		.routes = &to_anywhere, .routes_count = 1, .normalise = rules,
		.normalise_count = count };
	struct rf_policy *policy = rf_policy_new(&own);
	static struct rf_message message;
	char text[1024];
	const char *why;
	int len = snprintf(text, sizeof text,
	    "REFER sip:r@example.com SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.7;branch=z9hG4bK1\r\n"
	    "From: <sip:a@x>;tag=1\r\nTo: <sip:r@x>;tag=2\r\nCall-ID: 1\r\nCSeq: 1 REFER\r\n"
	    "Contact: <sip:a@192.0.2.7>\r\nRefer-To: %s\r\nContent-Length: 0\r\n\r\n", refer_to);
	CHECK_OR_STOP(rf_message_parse(&message, (struct rf_slice){ text, (uint32_t)len }, &why) ==
	    RF_VERDICT_OK);
	rf_policy_route(policy, &(struct rf_route_question){ .trigger = RF_TRIGGER_REFER,
	    .partner = RF_SLICE("wide"), .partner_assumed = true, .message = &message,
	    .trail = &trail }, &plan);
	rf_policy_free(policy);
}

static bool
becomes(struct rf_policy_rule rule, const char *refer_to, const char *key)
{
	refer(&rule, 1, refer_to);
	return plan.allow && is(plan.key, key);
}

static void
a_part_of_the_uri_becomes_the_key(void)
{
	struct rf_policy_rule host = { .take = { RF_TAKE_HOST, "" } };
	struct rf_policy_rule parameter = { .take = { RF_TAKE_PARAMETER, "queue" } };
	struct rf_policy_rule header = { .take = { RF_TAKE_HEADER, "X-Queue" } };
	CHECK(becomes(host, "<sip:billing.acme.example>", "billing.acme.example"));
	CHECK(becomes(parameter, "<sip:0@x;QUEUE=bill%69ng;lr>", "billing"));
	CHECK(becomes(header, "<sip:0@x?a=b&x-queue=billing%20de>", "billing de"));
	CHECK(trail.steps == 1 && trail.step[0].verdict == RF_STEP_DONE);
}

static void
a_part_that_is_not_there_leaves_the_key(void)
{
	struct rf_policy_rule host = { .take = { RF_TAKE_HOST, "" } };
	struct rf_policy_rule parameter = { .take = { RF_TAKE_PARAMETER, "queue" } };
	struct rf_policy_rule header = { .take = { RF_TAKE_HEADER, "X-Queue" } };
	CHECK(becomes(host, "<tel:+4930>", "+4930"));
	CHECK(becomes(parameter, "<sip:billing@x;queue>", "billing"));
	CHECK(becomes(header, "<sip:billing@x?X-Q=1>", "billing"));
	CHECK(trail.step[0].verdict == RF_STEP_NO_PART);
	CHECK(becomes(parameter, "<sip:billing@x;queue=a%0d%0ab>", "billing"));
}

static void
a_regular_expression_rewrites_its_first_match(void)
{
	struct rf_policy_rule rule = { .match = "^(00|\\+)49(.*)$", .replace = "$2" };
	CHECK(becomes(rule, "<sip:+4930@x>", "30"));
	CHECK(becomes(rule, "<sip:004930@x>", "30"));
	CHECK(becomes(rule, "<sip:4930@x>", "4930"));
	CHECK(trail.step[0].verdict == RF_STEP_NO_MATCH);
	rule = (struct rf_policy_rule){ .match = "(x)?o", .replace = "<$1$$>" };
	CHECK(becomes(rule, "<sip:foo@x>", "f<$>o"));
	rule = (struct rf_policy_rule){ .match = ".*", .replace = "" };
	CHECK(becomes(rule, "<sip:foo@x>", ""));
}

static void
numbers_are_written_as_from_abroad(void)
{
	struct rf_policy_rule rule = { .country = "49", .national = "0", .international = "00" };
	CHECK(becomes(rule, "<sip:030-123@x>", "+4930123"));
	CHECK(becomes(rule, "<sip:0033(1)23@x>", "+33123"));
	CHECK(becomes(rule, "<tel:+49.30.123>", "+4930123"));
	CHECK(becomes(rule, "<sip:117@x>", "117"));
	CHECK(trail.step[0].verdict == RF_STEP_NO_NUMBER);
	CHECK(becomes(rule, "<sip:0@x>", "0"));
	CHECK(becomes(rule, "<sip:0-billing@x>", "0-billing"));
}

static void
case_is_folded_in_ascii_only(void)
{
	struct rf_policy_rule lower = { .fold = RF_FOLD_LOWER }, upper = { .fold = RF_FOLD_UPPER };
	CHECK(becomes(lower, "<sip:BiLL%C3%84@x>", "bill\xc3\x84"));
	CHECK(becomes(upper, "<sip:BiLL-z@x>", "BILL-Z"));
}

static void
rules_work_one_after_the_other_where_their_conditions_hold(void)
{
	struct rf_policy_rule rules[] = {
		{ .key = "", .take = { RF_TAKE_HOST, "" } },
		{ .partner = "narrow", .match = ".*", .replace = "never" },
		{ .trigger = RF_ON_INVITE, .match = ".*", .replace = "never" },
		{ .fold = RF_FOLD_LOWER },
		{ .key = "*.acme.example", .match = "\\..*", .replace = "" },
	};
	refer(rules, RF_ARRAY_LEN(rules), "<sip:BILLING.acme.example>");
	CHECK(plan.allow && is(plan.key, "billing"));
	CHECK(trail.has_key && trail.key_len == 0 && trail.steps == 5);
	CHECK(trail.step[0].verdict == RF_STEP_DONE && trail.step[0].len == 20);
	CHECK(trail.step[1].verdict == RF_STEP_OTHER_PARTNER);
	CHECK(trail.step[2].verdict == RF_STEP_OTHER_TRIGGER);
	CHECK(trail.step[4].len == 7 && memcmp(trail.step[4].key, "billing", 7) == 0);
	refer(rules, RF_ARRAY_LEN(rules), "<sip:x@x>");
	CHECK(trail.step[0].verdict == RF_STEP_OTHER_KEY);
}

/* An attacker who makes a rule give up must not get past it. */
static void
a_rule_that_gives_up_refuses_the_request(void)
{
	struct rf_policy_rule rule = { .match = "^(a+)+$", .replace = "b" };
	refer(&rule, 1, "<sip:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!@x>");
	CHECK(refused(400, "a rule gave up on the key: too many steps"));
	CHECK(trail.step[0].verdict == RF_STEP_TOO_MANY_STEPS);
	CHECK(becomes(rule, "<sip:aaaa@x>", "b"));
}

static void
a_key_that_grows_too_long_is_refused(void)
{
	struct rf_policy_rule rules[8];
	for (uint32_t i = 0; i < RF_ARRAY_LEN(rules); i++)
		rules[i] = (struct rf_policy_rule){ .match = "^(.*)$", .replace = "$1$1" };
	refer(rules, 8, "<sip:a@x>");
	CHECK(plan.allow && plan.key.len == 256);
	refer(rules, 8, "<sip:ab@x>");
	CHECK(refused(400, "a rule made the key longer than 256 bytes"));
	struct rf_policy_rule number = { .country = "49", .national = "0", .international = "00" };
	char long_number[300] = "<sip:0";
	memset(long_number + 6, '1', 254);
	strcpy(long_number + 260, "@x>");
	refer(&number, 1, long_number);
	CHECK(refused(400, "a rule made the key longer than 256 bytes"));
}

static bool
is_good(const char *pattern)
{
	char error[RF_POLICY_ERROR_MAX] = "";
	return rf_pattern_is_good(rf_slice_of(pattern), error);
}

static void
patterns_that_explode_are_found(void)
{
	CHECK(!is_good("(a+)+$"));
	CHECK(!is_good("(x+x+)+y"));
	CHECK(!is_good("^(ab|a|b)*c"));
	CHECK(!is_good("^(\\w+\\s?)*$"));
	CHECK(!is_good(".*.*.*=.*"));
	CHECK(is_good("^(00|\\+)49(.*)$"));
	CHECK(is_good("^([0-9]+-)*x"));
	CHECK(is_good("^(a++)+$"));
	CHECK(is_good("^[a-z]+-([0-9]{1,8})$"));
}

static void
patterns_that_are_none_are_told_where(void)
{
	char error[RF_POLICY_ERROR_MAX];
	CHECK(!rf_pattern_is_good(RF_SLICE("a(b"), error));
	CHECK(strcmp(error, "missing closing parenthesis, behind byte 3") == 0);
	CHECK(!is_good("(*UTF)a"));
	CHECK(!is_good("\\Ca"));
	char many[RF_POLICY_KEY_MAX + 2];
	memset(many, 'a', sizeof many - 1);
	many[sizeof many - 1] = '\0';
	CHECK(!is_good(many));
}

static void
replacements_name_groups_that_are_there(void)
{
	char error[RF_POLICY_ERROR_MAX];
	CHECK(rf_replacement_is_good("(a)(b)", "$2-${1}$$0", error));
	CHECK(rf_replacement_is_good("a", "", error));
	CHECK(rf_replacement_is_good("a", "$0", error));
	CHECK(!rf_replacement_is_good("(a)", "$2", error));
	CHECK(strcmp(error, "the pattern has no group 2") == 0);
	CHECK(!rf_replacement_is_good("(a)", "$", error));
	CHECK(!rf_replacement_is_good("(a)", "${1", error));
	CHECK(!rf_replacement_is_good("(a)", "$x", error));
}

int
main(void)
{
	static const struct check_test tests[] = {
		CHECK_TEST(a_part_of_the_uri_becomes_the_key),
		CHECK_TEST(a_part_that_is_not_there_leaves_the_key),
		CHECK_TEST(a_regular_expression_rewrites_its_first_match),
		CHECK_TEST(numbers_are_written_as_from_abroad),
		CHECK_TEST(case_is_folded_in_ascii_only),
		CHECK_TEST(rules_work_one_after_the_other_where_their_conditions_hold),
		CHECK_TEST(a_rule_that_gives_up_refuses_the_request),
		CHECK_TEST(a_key_that_grows_too_long_is_refused),
		CHECK_TEST(patterns_that_explode_are_found),
		CHECK_TEST(patterns_that_are_none_are_told_where),
		CHECK_TEST(replacements_name_groups_that_are_there),
	};
	return check_main("policy_normalise", tests, RF_ARRAY_LEN(tests));
}
