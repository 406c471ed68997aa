/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_policy_skills.c -- what a key leads to by way of skills, and whose recording
 * policy and wrap-up code it gets. */
#include <stdio.h>
#include <string.h>

#include "tests/check.h"
#include "tests/unit/test_policy_world.h"

static struct rf_policy_target desk[] = { { "sip:desk@192.0.2.1", 0 } };
static struct rf_policy_target more[] = { { "sip:m1@192.0.2.2", 0 }, { "sip:m2@192.0.2.2", 0 } };
static struct rf_policy_target last[] = { { "sip:last@192.0.2.3", 0 } };
static struct rf_policy_queue queue[] = {
	{ .name = "desk", .targets = desk, .targets_count = 1, .overflow = "more",
	    .skill = "general", .recording_policy = "rp-desk" },
	{ .name = "more", .targets = more, .targets_count = 2, .overflow = "last" },
	{ .name = "last", .targets = last, .targets_count = 1, .skill = "anything",
	    .recording_policy = "rp-last" },
};
static struct rf_policy_skill skills[] = {
	{ .key = "gold", .queue = "desk", .skill = "vip", .wrap_up = "GOLD",
	    .recording_policy = "rp-gold" },
	{ .key = "plain", .queue = "desk" },
	{ .key = "gold", .queue = "last" },
	{ .key = "lost", .queue = "nowhere" },
};
static struct rf_policy_route route[] = {
	{ .key = "set", .to = { RF_TO_QUEUE, "desk" }, .wrap_up = "SET",
	    .recording_policy = "rp-route" },
	{ .key = "unset", .to = { RF_TO_QUEUE, "desk" } },
	{ .key = "uri", .to = { RF_TO_URI, "sip:u@192.0.2.9" }, .recording_policy = "rp-uri" },
	{ .name = "skills", .trigger = RF_ON_REFER, .to = { RF_TO_SKILL, NULL },
	    .wrap_up = "ROUTE" },
	{ .key = "brass", .to = { RF_TO_QUEUE, "last" } },
};

static struct rf_policy_tables
own_tables(void)
{
	struct rf_policy_tables own = { .partners = partners, .partners_count = 1,
		.routes = route, .routes_count = RF_ARRAY_LEN(route), .queues = queue,
		.queues_count = RF_ARRAY_LEN(queue), .skills = skills,
		.skills_count = RF_ARRAY_LEN(skills), .recording_header = "X-Recording-Policy" };
	return own;
}

static void
refer(const char *refer_to)
{
	struct rf_policy_tables own = own_tables();
	struct rf_policy *policy = rf_policy_new(&own);
	char header[512];
	snprintf(header, sizeof header, "Refer-To: %s\r\n", refer_to);
	ask(policy, "wide", RF_TRIGGER_REFER, "sip:r@example.com", header);
	rf_policy_free(policy);
}

static void
call(const char *key, const char *headers)
{
	struct rf_policy_tables own = own_tables();
	struct rf_policy_partner partner = partners[0];
	const char *pass[] = { "X-*" };
	partner.pass = pass;
	partner.pass_count = 1;
	own.partners = &partner;
	struct rf_policy *policy = rf_policy_new(&own);
	ask(policy, "wide", RF_TRIGGER_INVITE, key, headers);
	rf_policy_free(policy);
}

static void
a_key_is_looked_up_among_the_skills(void)
{
	refer("<sip:gold@x>");
	CHECK(plan.allow && is(plan.route, "skills") && is(plan.queue, "desk"));
	CHECK(is(plan.skill, "vip"));
	CHECK(plan.target_count == 4 && is(plan.target[0].uri, "sip:desk@192.0.2.1"));
	refer("<sip:plain@x>");
	CHECK(plan.allow && is(plan.skill, "plain"));
}

static void
a_key_without_a_skill_goes_on_to_the_next_route(void)
{
	refer("<sip:brass@x>");
	CHECK(plan.allow && is(plan.route, "routes[4]") && is(plan.queue, "last"));
	CHECK(is(plan.skill, "anything"));
	refer("<sip:GOLD@x>");
	CHECK(refused(404, "no route takes this key"));
	refer("<sip:lost@x>");
	CHECK(refused(500, "the route leads to no target"));
}

static void
the_row_has_the_last_word_then_the_route_then_the_queue(void)
{
	refer("<sip:gold@x>");
	CHECK(is(plan.recording_policy, "rp-gold") && is(plan.wrap_up, "GOLD"));
	refer("<sip:plain@x>");
	CHECK(is(plan.recording_policy, "rp-desk") && is(plan.wrap_up, "ROUTE"));
	refer("<sip:set@x>");
	CHECK(is(plan.recording_policy, "rp-route") && is(plan.wrap_up, "SET"));
	CHECK(is(plan.skill, "general"));
	refer("<sip:unset@x>");
	CHECK(is(plan.recording_policy, "rp-desk") && is(plan.wrap_up, "REFER_TRANSFER"));
	refer("<sip:uri@x>");
	CHECK(is(plan.recording_policy, "rp-uri") && is(plan.queue, "") && is(plan.skill, ""));
}

static void
targets_of_an_overflow_bear_the_name_of_their_queue(void)
{
	refer("<sip:unset@x>");
	CHECK(is(plan.target[0].queue, "") && is(plan.target[0].recording_policy, ""));
	CHECK(is(plan.target[1].queue, "more") && is(plan.target[2].queue, "more"));
	CHECK(is(plan.target[2].recording_policy, ""));         /* that of the desk */
	CHECK(is(plan.target[3].queue, "last") && is(plan.target[3].recording_policy, "rp-last"));
	refer("<sip:set@x>");                                   /* the route has decided for all */
	CHECK(is(plan.target[3].queue, "last") && is(plan.target[3].recording_policy, ""));
}

static void
nobody_else_writes_the_recording_header(void)
{
	refer("<sip:gold@x?x-recording-policy=none&X-Other=1>");
	CHECK(plan.allow && is(plan.headers, "X-Other: 1\r\n") && dropped == 1);
	call("sip:set@x", "X-One: 1\r\nX-Recording-Policy: none\r\n"
	    "x-RECORDING-policy:2\r\nX-Two: 2\r\n");
	CHECK(plan.allow && is(plan.headers, "X-One: 1\r\nX-Two: 2\r\n"));
	CHECK(is(plan.recording_header, "X-Recording-Policy"));
	CHECK(is(plan.wrap_up, ""));                            /* of transfers only */
}

static void
a_header_of_ours_must_be_nobody_elses(void)
{
	CHECK(rf_own_header_error(RF_SLICE("X-Recording-Policy")) == NULL);
	CHECK(rf_own_header_error(RF_SLICE("Recording*")) != NULL);
	CHECK(rf_own_header_error(RF_SLICE("Call-ID")) != NULL);
	CHECK(rf_own_header_error(RF_SLICE("replaces")) != NULL);
	CHECK(rf_own_header_error(RF_SLICE("a b")) != NULL);
	CHECK(rf_own_header_error(RF_SLICE("")) != NULL);
}

static void
questions_about_tables_find_names_and_plans_that_do_not_fit(void)
{
	struct rf_policy_tables own = own_tables();
	struct rf_policy_target many[RF_PLAN_TARGETS_MAX];
	for (uint32_t i = 0; i < RF_PLAN_TARGETS_MAX; i++)
		many[i] = desk[0];
	queue[2].targets = many;
	queue[2].targets_count = RF_PLAN_TARGETS_MAX;
	struct rf_policy *policy = rf_policy_new(&own);
	CHECK(rf_policy_queue_index(policy, "last") == 2);
	CHECK(rf_policy_queue_index(policy, "lasts") == -1);
	CHECK(rf_policy_skill_index(policy, "gold") == 0);      /* the second one is never asked */
	CHECK(rf_policy_skill_index(policy, "") == -1);
	CHECK(rf_policy_skill_fit_error(policy, 0) != NULL);
	CHECK(rf_policy_skill_fit_error(policy, 2) == NULL);
	CHECK(rf_policy_fit_error(policy, 3) == NULL);          /* its rows are asked one by one */
	rf_policy_free(policy);
	queue[2].targets = last;
	queue[2].targets_count = 1;
}

static void
ten_thousand_names_are_all_found(void)
{
	enum { NAMES = 10000 };
	static struct rf_policy_skill many[NAMES];
	static char name[NAMES][16];
	struct rf_policy_tables own = { .skills = many, .skills_count = NAMES };
	for (uint32_t i = 0; i < NAMES; i++) {
		snprintf(name[i], sizeof name[i], "key-%u", i * 7);
		many[i].key = name[i];
	}
	struct rf_policy *policy = rf_policy_new(&own);
	uint32_t found = 0;
	for (uint32_t i = 0; i < NAMES; i++)
		found += rf_policy_skill_index(policy, name[i]) == i;
	CHECK(found == NAMES);
	CHECK(rf_policy_skill_index(policy, "key-1") == -1);
	rf_policy_free(policy);
}

int
main(void)
{
	static const struct check_test tests[] = {
		CHECK_TEST(a_key_is_looked_up_among_the_skills),
		CHECK_TEST(a_key_without_a_skill_goes_on_to_the_next_route),
		CHECK_TEST(the_row_has_the_last_word_then_the_route_then_the_queue),
		CHECK_TEST(targets_of_an_overflow_bear_the_name_of_their_queue),
		CHECK_TEST(nobody_else_writes_the_recording_header),
		CHECK_TEST(a_header_of_ours_must_be_nobody_elses),
		CHECK_TEST(questions_about_tables_find_names_and_plans_that_do_not_fit),
		CHECK_TEST(ten_thousand_names_are_all_found),
	};
	return check_main("policy_skills", tests, RF_ARRAY_LEN(tests));
}
