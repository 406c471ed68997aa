/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_policy_hours.c -- windows of the week, and what becomes of a call outside of
 * them. */
#include <string.h>

#include "tests/check.h"
#include "tests/unit/test_policy_world.h"

enum { MON, TUE, WED, THU, FRI, SAT, SUN };
#define AT(day, hour, minute) ((struct rf_policy_local){ (day), (hour) * 60 + (minute) })

static struct rf_policy_window office = { "Europe/Berlin", 0x1f, 8 * 60, 18 * 60 };
static struct rf_policy_window nights[] = { { "Europe/Berlin", 1 << FRI, 22 * 60, 2 * 60 },
	{ "Asia/Tokyo", 1 << SUN, 0, 24 * 60 } };
static struct rf_policy_target desk[] = { { "sip:desk@192.0.2.1", 0 } };
static struct rf_policy_target more[] = { { "sip:more@192.0.2.2", 0 } };
static struct rf_policy_target last[] = { { "sip:last@192.0.2.3", 0 } };
static struct rf_policy_queue queues[] = {
	{ .name = "desk", .targets = desk, .targets_count = 1, .overflow = "more",
	    .hours = &office, .hours_count = 1, .recording_policy = "rp" },
	{ .name = "more", .targets = more, .targets_count = 1, .overflow = "last" },
	{ .name = "last", .targets = last, .targets_count = 1 },
	{ .name = "strict", .targets = desk, .targets_count = 1, .hours = &office,
	    .hours_count = 1 },
};
static struct rf_policy_skill skills[] = { { .key = "gold", .queue = "strict" } };
static struct rf_policy_route routes[] = {
	{ .key = "office", .hours = &office, .hours_count = 1, .to = { RF_TO_URI, "sip:o@x" } },
	{ .key = "night", .hours = nights, .hours_count = 2, .to = { RF_TO_URI, "sip:n@x" } },
	{ .key = "desk", .to = { RF_TO_QUEUE, "desk" } },
	{ .key = "strict", .to = { RF_TO_QUEUE, "strict" } },
	{ .to = { RF_TO_SKILL, NULL } },
	{ .key = "strict", .partner = "wide", .to = { RF_TO_URI, "sip:late@x" } },
};
static struct rf_policy_tables own = { .partners = partners, .partners_count = 1,
	.routes = routes, .routes_count = RF_ARRAY_LEN(routes), .queues = queues,
	.queues_count = RF_ARRAY_LEN(queues), .skills = skills, .skills_count = 1 };

static void
tell(void *user, const char *zone, struct rf_policy_local *out)
{
	const struct rf_policy_local *now = user;
	*out = strcmp(zone, "Europe/Berlin") == 0 ? *now : AT(MON, 12, 0);
}

static void
call(const char *uri, struct rf_policy_local now)
{
	struct rf_policy *policy = rf_policy_new(&own);
	struct rf_message message = { .is_request = true };
	CHECK_OR_STOP(rf_uri_parse(&message.uri, rf_slice_of(uri)));
	rf_policy_route(policy, &(struct rf_route_question){ .trigger = RF_TRIGGER_INVITE,
	    .partner = RF_SLICE("wide"), .partner_assumed = true, .message = &message,
	    .local_time = tell, .user = &now }, &plan);
	rf_policy_free(policy);
}

static bool
open_at(const char *uri, struct rf_policy_local now)
{
	call(uri, now);
	return plan.allow;
}

static void
a_window_begins_and_ends_on_the_minute(void)
{
	CHECK(!open_at("sip:office@x", AT(MON, 7, 59)));
	CHECK(open_at("sip:office@x", AT(MON, 8, 0)));
	CHECK(open_at("sip:office@x", AT(FRI, 17, 59)));
	CHECK(!open_at("sip:office@x", AT(FRI, 18, 0)));
	CHECK(!open_at("sip:office@x", AT(SAT, 12, 0)));
}

static void
over_midnight_belongs_to_the_day_it_begins_on(void)
{
	CHECK(!open_at("sip:night@x", AT(FRI, 21, 59)));
	CHECK(open_at("sip:night@x", AT(FRI, 22, 0)));
	CHECK(open_at("sip:night@x", AT(SAT, 1, 59)));
	CHECK(!open_at("sip:night@x", AT(SAT, 2, 0)));
	CHECK(!open_at("sip:night@x", AT(FRI, 1, 0)));
	CHECK(!open_at("sip:night@x", AT(SUN, 12, 0)));          /* in Tokyo it is Monday */
}

static void
a_closed_queue_is_passed_over_for_its_overflow(void)
{
	call("sip:desk@x", AT(TUE, 12, 0));
	CHECK(plan.target_count == 3 && is(plan.target[0].uri, "sip:desk@192.0.2.1"));
	CHECK(plan.target[1].overflow && plan.target[2].overflow);
	call("sip:desk@x", AT(TUE, 20, 0));
	CHECK(plan.target_count == 2 && is(plan.target[0].uri, "sip:more@192.0.2.2"));
	CHECK(is(plan.target[0].queue, "more") && !plan.target[0].overflow);
	CHECK(plan.target[1].overflow && is(plan.recording_policy, "rp"));
}

static void
a_queue_with_nothing_open_behind_it_leaves_the_key_to_the_next_route(void)
{
	call("sip:strict@x", AT(TUE, 12, 0));
	CHECK(plan.allow && is(plan.route, "routes[3]"));
	call("sip:strict@x", AT(TUE, 20, 0));
	CHECK(plan.allow && is(plan.route, "routes[5]"));
	call("sip:gold@x", AT(TUE, 12, 0));
	CHECK(plan.allow && is(plan.route, "routes[4]"));
	call("sip:gold@x", AT(TUE, 20, 0));
	CHECK(refused(480, "what takes this key is closed now"));
	call("sip:other@x", AT(TUE, 20, 0));
	CHECK(refused(404, "no route takes this key"));
}

static void
a_route_that_may_be_closed_shadows_none(void)
{
	struct rf_policy *policy = rf_policy_new(&own);
	CHECK(rf_policy_shadow_index(policy, 5) == -1);
	rf_policy_free(policy);
}

int
main(void)
{
	static const struct check_test tests[] = {
		CHECK_TEST(a_window_begins_and_ends_on_the_minute),
		CHECK_TEST(over_midnight_belongs_to_the_day_it_begins_on),
		CHECK_TEST(a_closed_queue_is_passed_over_for_its_overflow),
		CHECK_TEST(a_queue_with_nothing_open_behind_it_leaves_the_key_to_the_next_route),
		CHECK_TEST(a_route_that_may_be_closed_shadows_none),
	};
	return check_main("policy_hours", tests, RF_ARRAY_LEN(tests));
}
