/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_route_test.c -- what `referee route test` prints, byte for byte. */
#include "app/route_test.h"

#include <stdlib.h>
#include <string.h>

#include "tests/check.h"
#include "tests/unit/test_config_file.h"

static const char yaml[] =
    NO_ROUTES
    "routes:\n"
    "  - {partner: acme, key: billing, to: queue/billing, recording_policy: rp-7}\n"
    "  - {key: \"vip-*\", trigger: refer, to: skill}\n"
    "  - {key: late, hours: \"mon-fri 08:00-18:00 Europe/Berlin\", to: queue/billing}\n"
    "  - {name: rest, key: \"[a-z]*\", to: queue/general}\n"
    "queues:\n"
    "  billing: {skill: money, targets: [{uri: \"sip:b@192.0.2.9\"}], overflow: queue/general}\n"
    "  general: {recording_policy: rp-1, targets: [{uri: \"sip:g@192.0.2.9\", ring: 9s}]}\n"
    "skills:\n"
    "  - {key: vip-gold, queue: queue/billing, skill: gold, wrap_up: VIP}\n";

static const char rules[] =
    "normalise:\n"
    "  - {trigger: refer, take: parameter/queue}\n"
    "  - {match: \"^(.)X$\", replace: \"$1\"}\n"
    "  - {country: 49}\n"
    "  - {case: lower}\n";

static bool with_rules;

static const char *
print(struct rf_options options, int *status)
{
	static char text[8192];
	struct rf_config_errors errors;
	char text_of_file[sizeof yaml + sizeof rules];
	snprintf(text_of_file, sizeof text_of_file, "%s%s", yaml, with_rules ? rules : "");
	struct rf_config *config = load(text_of_file, &errors);
	if (config == NULL)
		check_note("%u:%u: %s", errors.at[0].line, errors.at[0].column, errors.at[0].text);
	CHECK_OR_STOP(config != NULL);
	if (options.partner == NULL)
		options.partner = "acme";
	FILE *out = fmemopen(text, sizeof text, "w");
	*status = rf_route_test(config, &options, out);
	fclose(out);
	rf_config_free(config);
	return text;
}

static bool
prints(struct rf_options options, int want_status, const char *want)
{
	int status;
	const char *text = print(options, &status);
	if (strcmp(text, want) != 0)
		check_note("got %s", text);
	return strcmp(text, want) == 0 && status == want_status;
}

static void
a_skill_is_explained(void)
{
	CHECK(prints((struct rf_options){ .refer_to = "<sip:vip-gold@x>" }, RF_EXIT_OK,
	    "allowed\n"
	    "key      vip-gold\n"
	    "route    routes[1]\n"
	    "queue    billing\n"
	    "skill    gold\n"
	    "wrap_up  VIP\n"
	    "target   sip:b@192.0.2.9  ring 30000 ms\n"
	    "overflow sip:g@192.0.2.9  ring 9000 ms  queue general  recording_policy rp-1\n"
	    "rules tried:\n"
	    "  routes[0]  key billing  key does not match\n"
	    "  routes[1]  key vip-*  taken\n"));
	CHECK(prints((struct rf_options){ .refer_to = "<sip:vip-brass@x>" }, RF_EXIT_OK,
	    "allowed\n"
	    "key      vip-brass\n"
	    "route    rest\n"
	    "queue    general\n"
	    "recording_policy rp-1\n"
	    "wrap_up  REFER_TRANSFER\n"
	    "target   sip:g@192.0.2.9  ring 9000 ms\n"
	    "rules tried:\n"
	    "  routes[0]  key billing  key does not match\n"
	    "  routes[1]  key vip-*  key leads to no skill\n"
	    "  routes[2]  key late  key does not match\n"
	    "  routes[3]  key [a-z]*  taken\n"));
}

static void
an_invite_is_explained_too(void)
{
	CHECK(prints((struct rf_options){ .refer_to = "sip:vip-gold@x", .invite = true },
	    RF_EXIT_OK,
	    "allowed\n"
	    "key      vip-gold\n"
	    "route    rest\n"
	    "queue    general\n"
	    "recording_policy rp-1\n"
	    "target   sip:g@192.0.2.9  ring 9000 ms\n"
	    "rules tried:\n"
	    "  routes[0]  key billing  key does not match\n"
	    "  routes[1]  key vip-*  not for this request\n"
	    "  routes[2]  key late  key does not match\n"
	    "  routes[3]  key [a-z]*  taken\n"));
}

static void
json_says_the_same(void)
{
	CHECK(prints((struct rf_options){ .refer_to = "<sip:billing@x>", .json = true }, RF_EXIT_OK,
	    "{\"allow\":true,\"status\":0,\"key\":\"billing\",\"route\":\"routes[0]\","
	    "\"queue\":\"billing\",\"skill\":\"money\",\"recording_policy\":\"rp-7\","
	    "\"wrap_up\":\"REFER_TRANSFER\",\"targets\":[{\"uri\":\"sip:b@192.0.2.9\","
	    "\"ring_ms\":30000,\"overflow\":false},{\"uri\":\"sip:g@192.0.2.9\",\"ring_ms\":9000,"
	    "\"overflow\":true,\"queue\":\"general\"}],\"user\":\"billing\","
	    "\"normalised\":[],\"tried\":[{\"route\":0,\"verdict\":"
	    "\"taken\"}],\"left_out\":0}\n"));
}

/* On 30 March 2026 it is summer in Berlin: two hours from UTC. */
static void
hours_are_those_of_the_moment_that_is_asked_for(void)
{
	int status;
	struct rf_options options = { .refer_to = "sip:late@x", .at = "2026-03-30T06:00:00Z" };
	CHECK(strstr(print(options, &status), "  routes[2]  key late  taken\n") != NULL);
	options.at = "2026-03-30T05:59:59Z";
	CHECK(strstr(print(options, &status),
	    "  routes[2]  key late  outside of its hours\n"
	    "  routes[3]  key [a-z]*  taken\n") != NULL);
	options.at = "noon";
	CHECK(strstr(print(options, &status), "--at: expected 2026-11-25T20:15:00Z") != NULL);
	CHECK(status == RF_EXIT_USAGE);
}

static void
of_many_rules_the_end_is_shown(void)
{
	static char many[64 * 1024] = NO_ROUTES "routes:\n";
	struct rf_config_errors errors;
	char text[16 * 1024] = "";
	for (int i = 0; i < 300; i++)
		snprintf(many + strlen(many), sizeof many - strlen(many),
		    "  - {key: k%d, to: reject}\n", i);
	struct rf_config *config = load(many, &errors);
	CHECK_OR_STOP(config != NULL);
	FILE *out = fmemopen(text, sizeof text, "w");
	rf_route_test(config, &(struct rf_options){ .refer_to = "sip:k299@x", .partner = "acme" },
	    out);
	fclose(out);
	CHECK(strstr(text, "  routes[126]  key k126  key does not match\n"
	    "  ... and 172 more\n"
	    "  routes[299]  key k299  taken\n") != NULL);
	rf_config_free(config);
}

static void
a_refusal_is_explained(void)
{
	CHECK(prints((struct rf_options){ .refer_to = "<sip:7@x>" }, RF_EXIT_FAILED,
	    "refused: 404\n"
	    "key      7\n"
	    "why      no route takes this key\n"
	    "rules tried:\n"
	    "  routes[0]  key billing  key does not match\n"
	    "  routes[1]  key vip-*  key does not match\n"
	    "  routes[2]  key late  key does not match\n"
	    "  routes[3]  key [a-z]*  key does not match\n"));
}

static void
every_rule_of_normalise_is_explained(void)
{
	with_rules = true;
	CHECK(prints((struct rf_options){ .refer_to = "<sip:7@x;queue=Billing>" }, RF_EXIT_OK,
	    "allowed\n"
	    "key      billing\n"
	    "route    routes[0]\n"
	    "queue    billing\n"
	    "skill    money\n"
	    "recording_policy rp-7\n"
	    "wrap_up  REFER_TRANSFER\n"
	    "target   sip:b@192.0.2.9  ring 30000 ms\n"
	    "overflow sip:g@192.0.2.9  ring 9000 ms  queue general\n"
	    "key as written: 7\n"
	    "rules of normalise:\n"
	    "  normalise[0]  take parameter/queue  done: Billing\n"
	    "  normalise[1]  match ^(.)X$  does not match\n"
	    "  normalise[2]  country 49  no number with these prefixes\n"
	    "  normalise[3]  case lower  done: billing\n"
	    "rules tried:\n"
	    "  routes[0]  key billing  taken\n"));
	CHECK(prints((struct rf_options){ .refer_to = "sip:7X@x", .invite = true, .json = true },
	    RF_EXIT_FAILED,
	    "{\"allow\":false,\"status\":404,\"key\":\"7\",\"why\":\"no route takes this key\","
	    "\"targets\":[],\"user\":\"7X\",\"normalised\":["
	    "{\"rule\":0,\"verdict\":\"not for this request\",\"key\":\"7X\"},"
	    "{\"rule\":1,\"verdict\":\"done\",\"key\":\"7\"},"
	    "{\"rule\":2,\"verdict\":\"no number with these prefixes\",\"key\":\"7\"},"
	    "{\"rule\":3,\"verdict\":\"done\",\"key\":\"7\"}],\"tried\":["
	    "{\"route\":0,\"verdict\":\"key does not match\"},"
	    "{\"route\":1,\"verdict\":\"not for this request\"},"
	    "{\"route\":2,\"verdict\":\"key does not match\"},"
	    "{\"route\":3,\"verdict\":\"key does not match\"}],\"left_out\":0}\n"));
	with_rules = false;
}

static void
a_partner_that_is_not_there_is_told(void)
{
	CHECK(prints((struct rf_options){ .refer_to = "<sip:7@x>", .partner = "nobody" },
	    RF_EXIT_USAGE,
	    "referee route test: --partner: there is no partner \"nobody\"\n"));
}

static const struct check_test tests[] = {
	CHECK_TEST(a_skill_is_explained),
	CHECK_TEST(an_invite_is_explained_too),
	CHECK_TEST(json_says_the_same),
	CHECK_TEST(hours_are_those_of_the_moment_that_is_asked_for),
	CHECK_TEST(of_many_rules_the_end_is_shown),
	CHECK_TEST(a_refusal_is_explained),
	CHECK_TEST(every_rule_of_normalise_is_explained),
	CHECK_TEST(a_partner_that_is_not_there_is_told),
};

int
main(void)
{
	return check_main("route_test", tests, RF_ARRAY_LEN(tests));
}
