/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_config_table.c -- lists of maps that stand in a CSV file, and skills. */
#include "app/config.h"

#include <stdlib.h>
#include <string.h>

#include "tests/check.h"
#include "tests/unit/test_config_file.h"

/* Lines 1 to 6. */
#define WITH_QUEUES BASE                                                                          \
	"queues:\n"                                                                               \
	"  billing: {targets: [{uri: \"sip:b@192.0.2.9\"}]}\n"
#define FROM_TABLE WITH_QUEUES "skills: {table: table.csv}\n"

static struct rf_config *
load_table(const char *csv)
{
	struct rf_config_errors errors;
	with_table(csv);
	struct rf_config *config = load(FROM_TABLE, &errors);
	for (uint32_t i = 0; i < errors.count; i++)
		check_note("%u:%u: %s", errors.at[i].line, errors.at[i].column, errors.at[i].text);
	CHECK_OR_STOP(config != NULL);
	return config;
}

static void
expect_table(const char *csv, const char *mistakes)
{
	with_table(csv);
	expect(FROM_TABLE, mistakes);
	with_table(NULL);
}

static bool
is_text(const char *have, const char *want)
{
	return have != NULL && strcmp(have, want) == 0;
}

static void
a_table_fills_the_same_struct_as_a_list(void)
{
	struct rf_config *config = load_table(
	    "\xef\xbb\xbfkey, queue ,\"skill\",wrap_up,recording_policy\r\n"
	    "vip-gold,queue/billing,gold,VIP,rp-9\r\n"
	    "\r\n"
	    "\"a,\"\"b\"\"\" , billing ,,,\n"
	    "c,billing,,,");
	const struct rf_policy_tables *t = &config->policy;
	CHECK_OR_STOP(t->skills_count == 3);
	CHECK(is_text(t->skills[0].key, "vip-gold") && is_text(t->skills[0].queue, "billing"));
	CHECK(is_text(t->skills[0].skill, "gold") && is_text(t->skills[0].wrap_up, "VIP"));
	CHECK(is_text(t->skills[0].recording_policy, "rp-9"));
	CHECK(is_text(t->skills[1].key, "a,\"b\"") && t->skills[1].skill == NULL);
	CHECK(is_text(t->skills[2].key, "c") && t->skills[2].recording_policy == NULL);
	rf_config_free(config);
	with_table(NULL);
}

static void
any_list_of_maps_may_be_a_table(void)
{
	struct rf_config_errors errors;
	with_table("key,to,ring\nbilling,\"sip:b@192.0.2.9\",\n*,reject,5s\n");
	struct rf_config *config = load(NO_ROUTES "routes: {table: table.csv}\n", &errors);
	CHECK_OR_STOP(config != NULL);
	CHECK(config->policy.routes_count == 2);
	CHECK(config->policy.routes[0].ring_ms == 30000);
	CHECK(config->policy.routes[1].ring_ms == 5000);
	CHECK(config->policy.routes[1].to.kind == RF_TO_REJECT);
	rf_config_free(config);
	with_table(NULL);
}

static void
a_list_of_values_is_a_table_of_one_column(void)
{
	static const char yaml[] = NO_PARTNERS
	    "partners: [{name: acme, identify: {source: 10.0.0.0/8}, referred_by: {table: "
	    "table.csv}}]\n";
	struct rf_config_errors errors;
	with_table("referred_by\r\nsip:agent@acme.example\r\n\r\n\"sip:*@b.example\"\r\n");
	struct rf_config *config = load(yaml, &errors);
	CHECK_OR_STOP(config != NULL);
	const struct rf_policy_partner *partner = &config->policy.partners[0];
	CHECK(partner->referred_by_count == 2);
	CHECK(is_text(partner->referred_by[1], "sip:*@b.example"));
	rf_config_free(config);
	with_table("referred_by\nsip:agent@acme.example\nagent\n");
	expect(yaml, "table.csv:3:1: partners[0].referred_by[1]: expected a URI, such as "
	    "sip:*@acme.example; got \"agent\": not a URI\n");
	with_table("uri\nsip:agent@acme.example\n");
	expect(yaml, "table.csv:1:1: partners[0].referred_by: expected one column "
	    "\"referred_by\"; got \"uri\"\n");
	with_table("referred_by\nsip:agent@acme.example,x\n");
	expect(yaml, "table.csv:2:1: partners[0].referred_by[0]: expected one value a line\n");
	with_table(NULL);
}

static void
limits_of_a_partner_are_read(void)
{
	struct rf_config_errors errors;
	struct rf_config *config = load(NO_PARTNERS
	    "partners:\n"
	    "  - name: acme\n"
	    "    identify: {source: 10.0.0.0/8}\n"
	    "    referred_by_code: 429\n"
	    "    destinations: [billing, \"vip-*\"]\n"
	    "    limits: {refer_depth: 3, refer_rate: 90/m, code: 603}\n", &errors);
	CHECK_OR_STOP(config != NULL);
	const struct rf_policy_partner *partner = &config->policy.partners[0];
	CHECK(partner->referred_by_code == 429 && partner->destinations_count == 2);
	CHECK(partner->refer_depth == 3 && partner->limit_code == 603);
	CHECK(partner->refer_rate.count == 90 && partner->refer_rate.per_ms == 60000);
	rf_config_free(config);
	expect(NO_PARTNERS
	    "partners: [{name: a, identify: {source: 10.0.0.0/8}, limits: {refer_rate: fast}}]\n",
	    "4:75: partners[0].limits.refer_rate: expected so many a time, such as 2/s, 90/m or "
	    "500/h; got \"fast\"\n");
}

static void
the_hash_of_the_configuration_holds_the_table(void)
{
	struct rf_config *a = load_table("key,queue\na,billing\n");
	struct rf_config *b = load_table("key,queue\nb,billing\n");
	struct rf_config *c = load_table("key,queue\na,billing\n");
	CHECK(memcmp(a->hash, b->hash, sizeof a->hash) != 0);
	CHECK(memcmp(a->hash, c->hash, sizeof a->hash) == 0);
	rf_config_free(a);
	rf_config_free(b);
	rf_config_free(c);
	with_table(NULL);
}

static void
mistakes_of_a_table_have_its_lines(void)
{
	expect_table("key,queue,skill\na,biling,c\na,billing,x y\n,billing,z\nb,billing\n",
	    "table.csv:2:3: skills[0].queue: no queue \"biling\" in the section queues - did you "
	    "mean \"billing\"?\n"
	    "table.csv:3:1: skills[1].key: key \"a\" is given twice\n"
	    "table.csv:3:11: skills[1].skill: expected a name of letters, digits, '-', '_' and '.'"
	    ", at most 64; got \"x y\"\n"
	    "table.csv:4:1: skills[2].key: expected a value\n"
	    "table.csv:5:1: skills[3]: expected 3 values as in the first line; got 2\n");
}

static void
the_first_line_must_name_keys(void)
{
	expect_table("key,queu,key\n",
	    "table.csv:1:1: skills: missing key \"queue\": queue/NAME\n"
	    "table.csv:1:5: skills: unknown key \"queu\" - did you mean \"queue\"?\n"
	    "table.csv:1:10: skills: column \"key\" is given twice\n");
	with_table("code,do,backoff\n503,retry,\n");
	expect(BASE "failover: {table: table.csv}\n",
	    "table.csv:1:9: failover: \"backoff\" cannot be a column\n");
	expect_table("",
	    "table.csv:1:1: skills: missing key \"key\": routing key, exactly\n"
	    "table.csv:1:1: skills: missing key \"queue\": queue/NAME\n"
	    "table.csv:1:1: skills: unknown key \"\"; expected one of: key queue skill wrap_up "
	    "recording_policy\n");
}

static void
quotes_must_be_closed_and_stand_around_the_whole(void)
{
	expect_table("key,queue\na,\"billing\n\n",
	    "table.csv:2:3: skills[0]: a quote is never closed\n");
	expect_table("key,queue\na,\"bill\"ing\n",
	    "table.csv:2:9: skills[0]: expected ',' or the end of the line behind a "
	    "closing quote\n");
	expect_table("key,queue\na,bil\"ling\n",
	    "table.csv:2:6: skills[0]: a quote inside of a value: put the whole value in quotes, "
	    "and this one twice\n");
}

static void
a_table_reads_no_other_files(void)
{
	struct rf_config *config = load_table("key,queue\n${file:secret},billing\n");
	CHECK(is_text(config->policy.skills[0].key, "${file:secret}"));
	rf_config_free(config);
	with_table(NULL);
}

static void
a_table_that_is_not_there_is_told(void)
{
	expect(FROM_TABLE,
	    "7:17: skills: expected a file that can be read; got \"table.csv\": "
	    "No such file or directory\n");
}

static void
errors_of_a_table_print_its_name(void)
{
	struct rf_config_errors errors;
	char text[2048] = "";
	with_table("key,queue\na,b\n");
	CHECK(load(FROM_TABLE, &errors) == NULL);
	with_table(NULL);
	FILE *out = fmemopen(text, sizeof text, "w");
	rf_config_errors_write(&errors, out);
	fclose(out);
	CHECK(strstr(text, "/table.csv:2:3: skills[0].queue: no queue") != NULL);
	out = fmemopen(text, sizeof text, "w");
	rf_config_errors_write_json(&errors, out);
	fclose(out);
	CHECK(strstr(text, "/table.csv\",\"line\":2,\"column\":3,\"text\":") != NULL);
}

static void
skills_may_stand_in_the_file_itself(void)
{
	struct rf_config_errors errors;
	struct rf_config *config = load(WITH_QUEUES
	    "skills:\n"
	    "  - {key: gold, queue: queue/billing, skill: vip, wrap_up: G, recording_policy: rp}\n"
	    "recording: {header: X-Policy}\n", &errors);
	CHECK_OR_STOP(config != NULL);
	CHECK(config->policy.skills_count == 1 && is_text(config->policy.skills[0].skill, "vip"));
	CHECK(is_text(config->policy.recording_header, "X-Policy"));
	rf_config_free(config);
}

static void
a_route_to_skills_needs_some(void)
{
	expect(NO_ROUTES "routes: [{to: skill}]\n",
	    "4:15: routes[0].to: expected skills, which this file has not\n");
}

static void
a_skill_whose_plan_would_not_fit_is_told(void)
{
	expect(BASE
	    "queues:\n"
	    "  a: {targets: [&t {uri: \"sip:a@192.0.2.9\"}, *t, *t, *t, *t], overflow: queue/b}\n"
	    "  b: {targets: [*t, *t, *t, *t]}\n"
	    "skills: [{key: k, queue: queue/a}]\n",
	    "6:3: queues.a: expected at most 8 targets with those of its overflow; got 9\n");
}

static void
the_recording_header_must_be_a_name_of_our_own(void)
{
	expect(BASE "recording: {header: Call-ID}\n",
	    "5:21: recording.header: expected a header name, such as X-Recording-Policy; got "
	    "\"Call-ID\": a header with a meaning of its own\n");
}

static const struct check_test tests[] = {
	CHECK_TEST(a_table_fills_the_same_struct_as_a_list),
	CHECK_TEST(any_list_of_maps_may_be_a_table),
	CHECK_TEST(a_list_of_values_is_a_table_of_one_column),
	CHECK_TEST(limits_of_a_partner_are_read),
	CHECK_TEST(the_hash_of_the_configuration_holds_the_table),
	CHECK_TEST(mistakes_of_a_table_have_its_lines),
	CHECK_TEST(the_first_line_must_name_keys),
	CHECK_TEST(quotes_must_be_closed_and_stand_around_the_whole),
	CHECK_TEST(a_table_reads_no_other_files),
	CHECK_TEST(a_table_that_is_not_there_is_told),
	CHECK_TEST(errors_of_a_table_print_its_name),
	CHECK_TEST(skills_may_stand_in_the_file_itself),
	CHECK_TEST(a_route_to_skills_needs_some),
	CHECK_TEST(a_skill_whose_plan_would_not_fit_is_told),
	CHECK_TEST(the_recording_header_must_be_a_name_of_our_own),
};

int
main(void)
{
	return check_main("config_table", tests, RF_ARRAY_LEN(tests));
}
