/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_policy.c -- who asks, where to, and what the plan holds. */
#include <stdio.h>
#include <string.h>

#include "tests/check.h"
#include "tests/unit/test_policy_world.h"

/* ---- identification ---------------------------------------------------------------------- */

static void
identify(const uint8_t ip[16], const char *name, const char *dialog)
{
	struct rf_policy *policy = rf_policy_new(&tables);
	struct rf_slice names[] = { RF_SLICE("else.example"), rf_slice_of(name) };
	struct rf_route_question question = { .trigger = RF_TRIGGER_OPTIONS, .names = names,
		.names_count = 2, .partner = rf_slice_of(dialog) };
	memcpy(question.path.remote.ip, ip, 16);
	rf_policy_route(policy, &question, &plan);
	rf_policy_free(policy);
}

static const uint8_t ip_wide[16] = IPV4(10, 200, 0, 1), ip_narrow[16] = IPV4(10, 1, 2, 3),
    ip_odd[16] = IPV4(192, 0, 2, 200), ip_even[16] = IPV4(192, 0, 2, 100),
    ip_six[16] = { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 };

static void
a_source_network_identifies(void)
{
	identify(ip_wide, "", "");
	CHECK(plan.allow && is(plan.partner, "wide"));
	identify(ip_six, "", "");
	CHECK(plan.allow && is(plan.partner, "six"));
}

static void
the_longest_prefix_wins(void)
{
	identify(ip_narrow, "", "");
	CHECK(is(plan.partner, "narrow"));
}

static void
a_proved_name_identifies_without_case(void)
{
	identify(ip_even, "SIP.named.Example", "");
	CHECK(plan.allow && is(plan.partner, "named"));
}

static void
a_proved_name_says_more_than_an_address(void)
{
	identify(ip_narrow, "sip.named.example", "");
	CHECK(is(plan.partner, "named"));
}

static void
all_criteria_given_must_hold(void)
{
	identify(ip_odd, "b.both.example", "");
	CHECK(plan.allow && is(plan.partner, "both"));
	identify(ip_even, "b.both.example", "");
	CHECK(refused(403, "the source is no partner's"));
	identify(ip_odd, "c.both.example", "");
	CHECK(refused(403, "the source is no partner's"));
}

static void
strangers_are_refused(void)
{
	identify(ip_even, "", "");
	CHECK(refused(403, "the source is no partner's"));
	CHECK(plan.partner.len == 0);
}

static void
a_partner_without_criteria_is_nobody(void)
{
	identify(ip_even, "denied", "denied");
	CHECK(refused(403, "the request did not come from the partner of its dialog"));
}

static void
the_partner_of_the_dialog_must_still_hold(void)
{
	identify(ip_narrow, "", "wide");
	CHECK(plan.allow && is(plan.partner, "wide"));
	identify(ip_six, "", "wide");
	CHECK(refused(403, "the request did not come from the partner of its dialog"));
	identify(ip_wide, "", "gone");
	CHECK(refused(403, "the partner of the dialog is not configured"));
}

/* A request from ip that names the dialog of somebody at `of`, who is known by name or not. */
static void
name_dialog(const uint8_t ip[16], const uint8_t of[16], const char *partner)
{
	struct rf_policy *policy = rf_policy_new(&tables);
	struct rf_route_question question = { .trigger = RF_TRIGGER_REPLACE,
		.partner = rf_slice_of(partner), .named.remote.proto = RF_UDP };
	static struct rf_message message;                       /* only who it is is asked */
	question.message = &message;
	memcpy(question.path.remote.ip, ip, 16);
	memcpy(question.named.remote.ip, of, 16);
	rf_policy_route(policy, &question, &plan);
	rf_policy_free(policy);
}

static void
who_names_a_dialog_must_be_of_its_partner(void)
{
	name_dialog(ip_wide, ip_wide, "");
	CHECK(plan.allow && is(plan.partner, "wide") && plan.target_count == 0);
	name_dialog(ip_wide, ip_narrow, "");
	CHECK(refused(403, "the request did not come from the partner whose dialog it names"));
	name_dialog(ip_six, ip_wide, "");
	CHECK(refused(403, "the request did not come from the partner whose dialog it names"));
	name_dialog(ip_wide, ip_even, "");              /* a party that is no partner's */
	CHECK(refused(403, "the request did not come from the partner whose dialog it names"));
	name_dialog(ip_even, ip_even, "");
	CHECK(refused(403, "the source is no partner's"));
}

static void
a_dialog_whose_partner_is_known_by_name_is_not_asked_for_its_flow(void)
{
	name_dialog(ip_narrow, ip_even, "wide");
	CHECK(plan.allow && is(plan.partner, "wide"));
	name_dialog(ip_six, ip_wide, "wide");
	CHECK(refused(403, "the request did not come from the partner of its dialog"));
}

/* ---- keys and routes --------------------------------------------------------------------- */

static void
all_spellings_reach_the_same_key(void)
{
	static const char *const spellings[] = {
		"sip:billing@x",
		"<sip:billing@x>",
		"<sip:billing@x;user=phone>",
		"<sip:billing@x?transport=UDP>",
		"<sip:billing@x;transport=tcp;lr?User-to-User=1>",
		"\"Billing\" <sips:billing:secret@x:5061;user=phone>;early",
		"<sip:b%69lling@x>",
		"<sip:billing;phone-context=example@x>",
		"sip:billing@x;method=INVITE",
		"<sip:billing@x;method=INVITE>",
	};
	for (size_t i = 0; i < RF_ARRAY_LEN(spellings); i++) {
		refer_to(spellings[i]);
		CHECK(plan.allow);
		CHECK(is(plan.key, "billing"));
		if (!plan.allow)
			check_note("%s", spellings[i]);
	}
}

static void
telephone_numbers_lose_their_separators(void)
{
	static const char *const spellings[] = { "<tel:+49-30-(12).34;phone-context=x>",
		"<sip:+49-30-1234@x;user=phone>", "<sip:+49301234@x>", "tel:+49301234" };
	for (size_t i = 0; i < RF_ARRAY_LEN(spellings); i++) {
		refer_to(spellings[i]);
		CHECK(plan.allow);
		CHECK(is(plan.key, "+49301234"));
	}
	CHECK(plan.target[0].ring_ms == 9000);
}

static void
names_keep_their_dashes(void)
{
	refer_to("<sip:vip-7@x;user=phone>");
	CHECK(refused(404, "no route takes this key"));
	CHECK(is(plan.key, "vip-7"));
}

static void
escapes_are_undone_before_matching(void)
{
	refer_to("<sip:a%20b@x>");
	CHECK(plan.allow && is(plan.key, "a b"));
}

static void
a_uri_without_user_has_the_empty_key(void)
{
	refer_to("<sip:example.com>");
	CHECK(plan.allow && is(plan.key, "") && is(plan.route, "routes[6]"));
}

static void
control_bytes_in_the_user_part_are_refused(void)
{
	refer_to("<sip:billing%0d%0aX@x>");
	CHECK(refused(400,
	    "the user part has a bad escape, a control byte, or more than 256 bytes"));
	refer_to("<sip:billing%00@x>");
	CHECK(plan.status == 400);
}

static void
other_schemes_cannot_be_called(void)
{
	refer_to("<http://example.com/>");
	CHECK(refused(416, "Refer-To has a scheme that cannot be called"));
	invite("urn:service:sos");
	CHECK(refused(416, "the Request-URI has a scheme that cannot be called"));
}

static void
triggers_part_the_rules(void)
{
	invite("sip:in-1@example.com");
	CHECK(plan.allow && is(plan.route, "routes[0]") && is(plan.wrap_up, ""));
	refer_to("<sip:in-1@x>");
	CHECK(refused(404, "no route takes this key"));
}

static void
a_rule_of_another_partner_is_passed_over(void)
{
	refer_as("six", "Refer-To: <sip:billing@x>\r\n");
	CHECK(refused(486, "the route rejects"));
	CHECK(is(plan.route, "only-six"));
	refer_to("<sip:billing@x>");
	CHECK(plan.allow && is(plan.route, "routes[2]"));
}

static void
the_trail_shows_every_rule_tried(void)
{
	struct rf_policy *policy = rf_policy_new(&tables);
	struct rf_message message = { .is_request = true };
	struct rf_route_trail trail;
	CHECK(rf_uri_parse(&message.uri, RF_SLICE("sip:turns@x")));
	rf_policy_route(policy, &(struct rf_route_question){ .trigger = RF_TRIGGER_INVITE,
	    .partner = RF_SLICE("wide"), .partner_assumed = true, .message = &message,
	    .trail = &trail }, &plan);
	rf_policy_free(policy);
	CHECK(trail.count == 4);
	CHECK(trail.at[0].verdict == RF_ROUTE_OTHER_KEY);
	CHECK(trail.at[1].verdict == RF_ROUTE_OTHER_PARTNER);
	CHECK(trail.at[3].verdict == RF_ROUTE_TAKEN && trail.at[3].route == 3);
}

static void
a_route_without_target_is_an_error(void)
{
	refer_to("<sip:lost@x>");
	CHECK(refused(500, "the route leads to no target"));
}

static void
a_priority_queue_keeps_its_order_and_brings_its_overflow(void)
{
	refer_to("<sip:billing@x>");
	CHECK(plan.target_count == 3 && is(plan.queue, "billing"));
	CHECK(is(plan.target[0].uri, "sip:b1@192.0.2.1") && plan.target[0].ring_ms == 7000);
	CHECK(is(plan.target[1].uri, "sip:b2@192.0.2.2") && plan.target[1].ring_ms == 20000);
	CHECK(!plan.target[1].overflow);
	CHECK(is(plan.target[2].uri, "sip:o@192.0.2.3") && plan.target[2].overflow);
	CHECK(plan.target[2].ring_ms == RF_POLICY_RING_MS);
	CHECK(is(plan.ivr, "sip:ivr@192.0.2.4") && plan.ivr_ring_ms == RF_POLICY_RING_MS);
	CHECK(is(plan.wrap_up, "REFER_TRANSFER"));
}

static void
round_robin_begins_one_further_each_time(void)
{
	static const char *const first[] = { "sip:t1@x", "sip:t2@x", "sip:t3@x", "sip:t1@x" };
	struct rf_policy *policy = rf_policy_new(&tables);
	for (size_t i = 0; i < RF_ARRAY_LEN(first); i++) {
		ask(policy, "wide", RF_TRIGGER_INVITE, "sip:turns@x", "");
		CHECK(plan.target_count == 3);
		CHECK(is(plan.target[0].uri, first[i]));
	}
	rf_policy_free(policy);
}

/* Any eight in a row hold five, one and two; and nobody has to wait for a block of others. */
static void
weights_are_shares_of_the_calls(void)
{
	struct rf_policy_target targets[] = { { "sip:five@x", 0, 5 }, { "sip:one@x", 0, 0 },
		{ "sip:two@x", 0, 2 } };
	struct rf_policy_queue queue = { .name = "weighted", .strategy = RF_WEIGHTED,
		.targets = targets, .targets_count = 3 };
	struct rf_policy_route route = { .to = { RF_TO_QUEUE, "weighted" } };
	struct rf_policy_tables own = tables;
	char order[81] = "";
	own.queues = &queue;
	own.queues_count = 1;
	own.routes = &route;
	own.routes_count = 1;
	struct rf_policy *policy = rf_policy_new(&own);
	for (uint32_t i = 0; i < 80; i++) {
		ask(policy, "wide", RF_TRIGGER_INVITE, "sip:any@x", "");
		CHECK_OR_STOP(plan.allow && plan.target_count == 3);
		order[i] = plan.text[plan.target[0].uri.at + 4];
	}
	rf_policy_free(policy);
	for (uint32_t i = 0; i + 8 <= 80; i++) {
		uint32_t count[128] = { 0 };
		for (uint32_t j = i; j < i + 8; j++)
			count[order[j] & 127]++;
		CHECK(count['f'] == 5 && count['o'] == 1 && count['t'] == 2);
	}
	CHECK(strstr(order, "ffff") == NULL);
	CHECK(strstr(order, "tt") == NULL);
}

/* ---- the plan ---------------------------------------------------------------------------- */

static void
the_plan_carries_the_settings_of_the_partner(void)
{
	refer_as("narrow", "Refer-To: <sip:billing@x>\r\nReferred-By: <sip:a@acme.example>\r\n");
	CHECK(plan.allow && plan.refer_allowed);
	CHECK(plan.accept_code == 200 && plan.notify_ringing && plan.subscription_id_always);
	CHECK(plan.wait_for_bye_ms == 5000 && is(plan.pass, "User-to-User,X-A-*"));
	refer_to("<sip:billing@x>");
	CHECK(plan.accept_code == 202 && !plan.notify_ringing && !plan.subscription_id_always);
	CHECK(is(plan.pass, ""));
}

static const struct rf_plan_failover *
row_for(uint16_t code)
{
	for (uint32_t i = 0; i < plan.failover_count; i++) {
		if (plan.failover[i].code_min <= code && code <= plan.failover[i].code_max)
			return &plan.failover[i];
	}
	return NULL;
}

static void
shipped_failover_rows_are_as_written(void)
{
	static const struct {
		uint16_t code;
		enum rf_failover_action action;
		const char *wrap_up;
	} want[] = {
		{ 503, RF_FAILOVER_RETRY, "UNAVAILABLE" },
		{ 404, RF_FAILOVER_OVERFLOW, "NOT_FOUND" },
		{ 481, RF_FAILOVER_IVR, "DIALOG_LOST" },
		{ 403, RF_FAILOVER_END, "POLICY" },
		{ 486, RF_FAILOVER_NEXT, "BUSY" },
		{ 480, RF_FAILOVER_NEXT, "NO_ANSWER" },
		{ 408, RF_FAILOVER_NEXT, "NO_ANSWER" },
		{ 487, RF_FAILOVER_END, "CANCELLED" },
		{ 603, RF_FAILOVER_END, "DECLINED" },
		{ 500, RF_FAILOVER_NEXT, "UNAVAILABLE" },
		{ 488, RF_FAILOVER_NEXT, "REJECTED" },
		{ 302, RF_FAILOVER_END, "REDIRECTED" },
	};
	refer_to("<sip:billing@x>");
	for (size_t i = 0; i < RF_ARRAY_LEN(want); i++) {
		const struct rf_plan_failover *row = row_for(want[i].code);
		CHECK_OR_STOP(row != NULL);
		CHECK(row->action == want[i].action);
		CHECK(is(row->wrap_up, want[i].wrap_up));
	}
	const struct rf_plan_failover *retry = row_for(503);
	CHECK(retry->times == 2 && retry->backoff_ms_min == 2000 && retry->backoff_ms_max == 5000);
	CHECK(retry->backoff_ms_cap == 30000 && retry->retry_after_ms_max == 60000);
}

static void
rows_of_the_user_come_first_and_make_room(void)
{
	struct rf_policy_failover rows[] = {
		{ .code = { 486, 486 }, .action = RF_FAILOVER_IVR },
		{ .code = { 500, 599 }, .action = RF_FAILOVER_END, .wrap_up = "DOWN" },
	};
	struct rf_policy_tables own = tables;
	own.failover = rows;
	own.failover_count = 2;
	/* 486, 503 and 5xx of the shipped ones are covered. */
	CHECK(rf_failover_count(&own, NULL) == rf_failover_count(&tables, NULL) - 1);
	struct rf_policy *policy = rf_policy_new(&own);
	ask(policy, "wide", RF_TRIGGER_INVITE, "sip:turns@x", "");
	rf_policy_free(policy);
	CHECK(row_for(486)->action == RF_FAILOVER_IVR && is(row_for(486)->wrap_up, "UNAVAILABLE"));
	CHECK(row_for(503)->action == RF_FAILOVER_END && is(row_for(503)->wrap_up, "DOWN"));
	CHECK(row_for(404)->action == RF_FAILOVER_OVERFLOW);
}

static void
rows_of_a_partner_are_its_own(void)
{
	struct rf_policy_failover rows[] = {
		{ .partner = "six", .code = { 486, 486 }, .action = RF_FAILOVER_END },
		{ .partner = "wide", .code = { 486, 486 }, .action = RF_FAILOVER_IVR },
		{ .stage = RF_STAGE_SCREENING, .code = { 486, 486 }, .action = RF_FAILOVER_END },
		{ .code = { 486, 486 }, .action = RF_FAILOVER_OVERFLOW },
	};
	struct rf_policy_tables own = tables;
	own.failover = rows;
	own.failover_count = 4;
	struct rf_policy *policy = rf_policy_new(&own);
	ask(policy, "wide", RF_TRIGGER_INVITE, "sip:turns@x", "");
	CHECK(row_for(486)->action == RF_FAILOVER_IVR && row_for(486)->row == 1);
	CHECK(row_for(503)->row >= RF_FAILOVER_SHIPPED);
	ask(policy, "narrow", RF_TRIGGER_INVITE, "sip:turns@x", "");
	CHECK(row_for(486)->action == RF_FAILOVER_OVERFLOW && row_for(486)->row == 3);
	rf_policy_free(policy);
}

/* Whatever the user writes: there is no cell (target, code) without an answer. */
static void
every_status_of_a_target_has_a_row(void)
{
	struct rf_policy_failover rows[4];
	uint32_t state = 1, holes = 0;
	struct rf_policy_tables own = tables;
	own.failover = rows;
	for (uint32_t run = 0; run < 200; run++) {
		own.failover_count = run % 5;
		for (uint32_t i = 0; i < own.failover_count; i++) {
			state = state * 1664525 + 1013904223;
			uint16_t first = (uint16_t)(300 + (state >> 8) % 400);
			uint16_t more = (uint16_t)((state >> 20) % (700u - first));
			rows[i] = (struct rf_policy_failover){ .code = { first,
				(uint16_t)(first + more) }, .action = RF_FAILOVER_END,
				.partner = (state >> 5 & 3) == 0 ? "wide" : NULL };
		}
		struct rf_policy *policy = rf_policy_new(&own);
		ask(policy, run % 2 == 0 ? "wide" : "narrow", RF_TRIGGER_INVITE, "sip:turns@x", "");
		rf_policy_free(policy);
		CHECK(plan.allow);
		for (uint16_t code = 300; code < 700; code++)
			holes += row_for(code) == NULL;
	}
	CHECK(holes == 0);
}

static void
a_key_that_no_route_takes_goes_where_screening_says(void)
{
	struct rf_policy_failover rows[] = {
		{ .stage = RF_STAGE_SCREENING, .code = { 480, 480 }, .action = RF_FAILOVER_END },
		{ .partner = "wide", .stage = RF_STAGE_SCREENING, .code = { 400, 499 },
		    .action = RF_FAILOVER_OVERFLOW, .to = "overflow" },
		{ .stage = RF_STAGE_SCREENING, .code = { 404, 404 }, .action = RF_FAILOVER_IVR },
	};
	struct rf_policy_tables own = tables;
	own.failover = rows;
	own.failover_count = 3;
	struct rf_policy *policy = rf_policy_new(&own);
	ask(policy, "wide", RF_TRIGGER_INVITE, "sip:unknown@x", "");
	CHECK(plan.allow && is(plan.route, "failover[1]") && is(plan.queue, "overflow"));
	CHECK(plan.target_count == 1 && !plan.target[0].overflow);
	CHECK(is(plan.why, "no route takes this key"));
	CHECK(plan.failover_count > 0 && is(plan.ivr, "sip:ivr@192.0.2.4"));
	ask(policy, "narrow", RF_TRIGGER_INVITE, "sip:unknown@x", "");
	CHECK(plan.allow && is(plan.route, "failover[2]"));
	CHECK(is(plan.target[0].uri, "sip:ivr@192.0.2.4"));
	rf_policy_free(policy);
	own.failover_count = 1;
	policy = rf_policy_new(&own);
	ask(policy, "wide", RF_TRIGGER_INVITE, "sip:unknown@x", "");
	CHECK(refused(404, "no route takes this key"));
	rf_policy_free(policy);
}

static void
a_loop_of_overflows_ends_in_a_refusal(void)
{
	struct rf_policy_queue loop[] = {
		{ .name = "a", .targets = turns, .targets_count = 3, .overflow = "b" },
		{ .name = "b", .targets = turns, .targets_count = 3, .overflow = "c" },
		{ .name = "c", .targets = turns, .targets_count = 3, .overflow = "a" },
	};
	struct rf_policy_route to = { .to = { RF_TO_QUEUE, "a" } };
	struct rf_policy_tables own = { .partners = partners, .partners_count = 1, .routes = &to,
		.routes_count = 1, .queues = loop, .queues_count = 3 };
	struct rf_policy *policy = rf_policy_new(&own);
	CHECK(rf_policy_fit_error(policy, 0) != NULL);
	ask(policy, "wide", RF_TRIGGER_INVITE, "sip:turns@x", "");
	CHECK(refused(500, "the plan does not fit"));
	rf_policy_free(policy);
}

static void
same_questions_give_the_same_plans(void)
{
	static struct rf_plan first;
	refer_to("<sip:billing@x>");
	memcpy(&first, &plan, plan.size);
	refer_to("<sip:billing@x>");
	CHECK(first.size == plan.size);
	CHECK(memcmp(&first, &plan, plan.size) == 0);
}

/* ---- patterns ---------------------------------------------------------------------------- */

static void
globs_match_as_shells_do(void)
{
	static const struct {
		const char *pattern, *text;
		bool match;
	} cases[] = {
		{ "", "", true }, { "", "a", false }, { "*", "", true }, { "*", "abc", true },
		{ "a*c", "abbbc", true }, { "a*c", "abbbd", false }, { "?", "", false },
		{ "?b", "ab", true }, { "[2-9]xx", "5xx", true }, { "[2-9]xx", "1xx", false },
		{ "[!a]", "b", true }, { "[!a]", "a", false }, { "[]]", "]", true },
		{ "\\*", "*", true }, { "\\*", "a", false }, { "*a*b*c*", "xxaxxbxxcxx", true },
		{ "*a*b*c*", "xxaxxcxxbxx", false }, { "a-[a-]", "a--", true }, { "A", "a", false },
	};
	for (size_t i = 0; i < RF_ARRAY_LEN(cases); i++) {
		bool match = rf_glob_match(rf_slice_of(cases[i].pattern),
		    rf_slice_of(cases[i].text));
		CHECK(match == cases[i].match);
		if (match != cases[i].match)
			check_note("%s %s", cases[i].pattern, cases[i].text);
	}
}

static void
bad_patterns_are_told(void)
{
	CHECK(rf_glob_error(RF_SLICE("vip-[0-9]*")) == NULL);
	CHECK(rf_glob_error(RF_SLICE("[]")) != NULL);
	CHECK(rf_glob_error(RF_SLICE("[!]")) != NULL);
	CHECK(rf_glob_error(RF_SLICE("a\\")) != NULL);
	CHECK(rf_pass_pattern_error(RF_SLICE("X-*")) == NULL);
	CHECK(rf_pass_pattern_error(RF_SLICE("*")) != NULL);
	CHECK(rf_pass_pattern_error(RF_SLICE("X-*-A")) != NULL);
	CHECK(rf_pass_pattern_error(RF_SLICE("call-id")) != NULL);
	CHECK(rf_pass_pattern_error(RF_SLICE("a b")) != NULL);
	CHECK(rf_pass_pattern_error(RF_SLICE("")) != NULL);
	CHECK(rf_referred_by_pattern_error(RF_SLICE("sip:*@acme.example")) == NULL);
	CHECK(rf_referred_by_pattern_error(RF_SLICE("acme.example")) != NULL);
	CHECK(rf_referred_by_pattern_error(RF_SLICE("http://acme.example")) != NULL);
}

static const struct check_test tests[] = {
	CHECK_TEST(a_source_network_identifies),
	CHECK_TEST(the_longest_prefix_wins),
	CHECK_TEST(a_proved_name_identifies_without_case),
	CHECK_TEST(a_proved_name_says_more_than_an_address),
	CHECK_TEST(all_criteria_given_must_hold),
	CHECK_TEST(strangers_are_refused),
	CHECK_TEST(a_partner_without_criteria_is_nobody),
	CHECK_TEST(the_partner_of_the_dialog_must_still_hold),
	CHECK_TEST(who_names_a_dialog_must_be_of_its_partner),
	CHECK_TEST(a_dialog_whose_partner_is_known_by_name_is_not_asked_for_its_flow),
	CHECK_TEST(all_spellings_reach_the_same_key),
	CHECK_TEST(telephone_numbers_lose_their_separators),
	CHECK_TEST(names_keep_their_dashes),
	CHECK_TEST(escapes_are_undone_before_matching),
	CHECK_TEST(a_uri_without_user_has_the_empty_key),
	CHECK_TEST(control_bytes_in_the_user_part_are_refused),
	CHECK_TEST(other_schemes_cannot_be_called),
	CHECK_TEST(triggers_part_the_rules),
	CHECK_TEST(a_rule_of_another_partner_is_passed_over),
	CHECK_TEST(the_trail_shows_every_rule_tried),
	CHECK_TEST(a_route_without_target_is_an_error),
	CHECK_TEST(a_priority_queue_keeps_its_order_and_brings_its_overflow),
	CHECK_TEST(round_robin_begins_one_further_each_time),
	CHECK_TEST(weights_are_shares_of_the_calls),
	CHECK_TEST(the_plan_carries_the_settings_of_the_partner),
	CHECK_TEST(shipped_failover_rows_are_as_written),
	CHECK_TEST(rows_of_the_user_come_first_and_make_room),
	CHECK_TEST(rows_of_a_partner_are_its_own),
	CHECK_TEST(every_status_of_a_target_has_a_row),
	CHECK_TEST(a_key_that_no_route_takes_goes_where_screening_says),
	CHECK_TEST(a_loop_of_overflows_ends_in_a_refusal),
	CHECK_TEST(same_questions_give_the_same_plans),
	CHECK_TEST(globs_match_as_shells_do),
	CHECK_TEST(bad_patterns_are_told),
};

int
main(void)
{
	return check_main("policy", tests, RF_ARRAY_LEN(tests));
}
