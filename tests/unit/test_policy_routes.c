/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_policy_routes.c -- rules that are found by their keys are those that asking all
 * of them would find; and rules that nothing reaches. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/check.h"
#include "tests/unit/test_policy_world.h"

enum { ROUTES = 60, TEXT = 12 };

static uint32_t state;

static uint32_t
below(uint32_t n)
{
	state = state * 1664525 + 1013904223;
	return (state >> 8) % n;
}

/* Few letters, so that patterns and keys meet. */
static void
write_random(char text[TEXT], const char *letters)
{
	uint32_t len = below(6);
	for (uint32_t i = 0; i < len; i++)
		text[i] = letters[below((uint32_t)strlen(letters))];
	text[len] = '\0';
}

static void
make_tables(struct rf_policy_tables *own, struct rf_policy_route *routes, char key[][TEXT],
    struct rf_policy_skill *skills)
{
	static const char *const partner[] = { "wide", "narrow", "nobody" };
	for (uint32_t i = 0; i < ROUTES; i++) {
		do
			write_random(key[i], "ab*?\\[]");
		while (rf_glob_error(rf_slice_of(key[i])) != NULL);
		routes[i] = (struct rf_policy_route){ .key = below(8) == 0 ? NULL : key[i],
			.partner = below(3) == 0 ? partner[below(3)] : NULL,
			.trigger = below(4) == 0 ? RF_ON_INVITE : RF_ON_ANY,
			.to = { below(5) == 0 ? RF_TO_SKILL : RF_TO_REJECT, NULL } };
	}
	skills[0] = (struct rf_policy_skill){ .key = "ab", .queue = "x" };
	*own = (struct rf_policy_tables){ .partners = partners, .partners_count = 2,
		.routes = routes, .routes_count = ROUTES, .skills = skills, .skills_count = 1 };
}

/* The name of the route that is found; asked with a trail, every rule is judged. */
static void
find(struct rf_policy *policy, const char *partner, const char *key, struct rf_route_trail *trail,
    char name[32])
{
	static struct rf_message message;
	char uri[64];
	snprintf(uri, sizeof uri, "sip:%s@x", key);
	memset(&message, 0, sizeof message);
	message.is_request = true;
	CHECK_OR_STOP(rf_uri_parse(&message.uri, rf_slice_of(uri)));
	rf_policy_route(policy, &(struct rf_route_question){ .trigger = RF_TRIGGER_INVITE,
	    .partner = rf_slice_of(partner), .partner_assumed = true, .message = &message,
	    .trail = trail }, &plan);
	snprintf(name, 32, "%.*s", plan.route.len, plan.text + plan.route.at);
}

static void
the_index_finds_what_asking_all_finds(void)
{
	static struct rf_route_trail trail;
	static struct rf_policy_route routes[ROUTES];
	static char pattern[ROUTES][TEXT];
	struct rf_policy_skill skills[1];
	struct rf_policy_tables own;
	uint32_t differ = 0, taken = 0;
	for (uint32_t run = 0; run < 200; run++) {
		state = run + 1;
		make_tables(&own, routes, pattern, skills);
		struct rf_policy *policy = rf_policy_new(&own);
		for (uint32_t i = 0; i < 50; i++) {
			char key[TEXT], fast[32], slow[32];
			const char *partner = below(2) == 0 ? "wide" : "narrow";
			write_random(key, "abab*");
			find(policy, partner, key, NULL, fast);
			find(policy, partner, key, &trail, slow);
			differ += strcmp(fast, slow) != 0;
			taken += fast[0] != '\0';
			if (strcmp(fast, slow) != 0)
				check_note("run %u: %s of %s: %s, not %s", run, key, partner, fast,
				    slow);
		}
		rf_policy_free(policy);
	}
	CHECK(differ == 0);
	CHECK(taken > 5000);                            /* it was no comparison of nothing */
}

static int64_t
shadow_of(const struct rf_policy_route *routes, uint32_t count)
{
	struct rf_policy_tables own = { .partners = partners, .partners_count = 2,
		.routes = (struct rf_policy_route *)(uintptr_t)routes, .routes_count = count };
	struct rf_policy *policy = rf_policy_new(&own);
	int64_t shadow = rf_policy_shadow_index(policy, count - 1);
	rf_policy_free(policy);
	return shadow;
}

#define SHADOW(...) shadow_of((const struct rf_policy_route[]){ __VA_ARGS__ }, \
    RF_ARRAY_LEN(((const struct rf_policy_route[]){ __VA_ARGS__ })))

static void
rules_behind_one_that_takes_all_of_theirs_are_found(void)
{
	CHECK(SHADOW({ .key = "a" }, { .key = "a" }) == 0);
	CHECK(SHADOW({ .key = "b" }, { .key = NULL }, { .key = "a" }) == 1);
	CHECK(SHADOW({ .key = "*" }, { .key = NULL }) == 0);
	CHECK(SHADOW({ .key = "vip-*" }, { .key = "vip-gold" }) == 0);
	CHECK(SHADOW({ .key = "vip-*" }, { .key = "vip-g?ld*" }) == 0);
	CHECK(SHADOW({ .key = "vip-*" }, { .key = "vip-gold*", .partner = "wide" }) == 0);
	CHECK(SHADOW({ .key = "[a-c]?" }, { .key = "bx" }) == 0);
	CHECK(SHADOW({ .key = "[a-c]?*" }, { .key = "[a-c]?*", .trigger = RF_ON_REFER }) == 0);
	CHECK(SHADOW({ .key = "a\\*" }, { .key = "a\\*" }) == 0);
}

static void
rules_that_something_still_reaches_are_not(void)
{
	CHECK(SHADOW({ .key = "a" }, { .key = "b" }) == -1);
	CHECK(SHADOW({ .key = "a" }, { .key = "a*" }) == -1);
	CHECK(SHADOW({ .key = "vip-*" }, { .key = "vip" }) == -1);
	CHECK(SHADOW({ .key = "a", .partner = "wide" }, { .key = "a" }) == -1);
	CHECK(SHADOW({ .key = "a", .partner = "wide" }, { .key = "a", .partner = "narrow" }) == -1);
	CHECK(SHADOW({ .key = "a", .trigger = RF_ON_REFER }, { .key = "a" }) == -1);
	CHECK(SHADOW({ .key = "a", .to = { RF_TO_SKILL, NULL } }, { .key = "a" }) == -1);
	CHECK(SHADOW({ .key = "a?" }, { .key = "a*" }) == -1);
	CHECK(SHADOW({ .key = "" }, { .key = NULL }) == -1);
}

int
main(void)
{
	static const struct check_test tests[] = {
		CHECK_TEST(the_index_finds_what_asking_all_finds),
		CHECK_TEST(rules_behind_one_that_takes_all_of_theirs_are_found),
		CHECK_TEST(rules_that_something_still_reaches_are_not),
	};
	return check_main("policy_routes", tests, RF_ARRAY_LEN(tests));
}
