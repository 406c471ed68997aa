/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_config_schema.c -- syntax and schema: each mistake with its place. */
#include "tests/check.h"
#include "tests/unit/test_config_file.h"

static void
a_missing_bracket_is_told_where_it_is_missed(void)
{
	expect(
	    "version: 1\n"
	    "listen: [1\n"
	    "b: 2\n",
	    "3:2: did not find expected ',' or ']' (while parsing a flow sequence begun at 2:9)\n");
}

static void
a_tab_is_named(void)
{
	expect(
	    "version: 1\n"
	    "	domain: x\n",
	    "2:1: a tab cannot indent, expected spaces\n");
}

static void
an_empty_file_is_told(void)
{
	expect("# nothing\n",
	    "1:1: the file is empty\n");
}

static void
a_second_document_is_refused(void)
{
	expect(
	    "version: 1\n"
	    "---\n"
	    "version: 1\n",
	    "2:1: a second document begins; expected one\n");
}

static void
a_file_that_is_no_map_is_refused(void)
{
	expect("- version\n",
	    "1:1: expected a map of keys and values\n");
}

static void
an_undefined_alias_is_refused(void)
{
	expect("version: *v\n",
	    "1:10: found undefined alias\n");
}

static void
required_keys_are_missed(void)
{
	expect("version: 1\n",
	    "1:1: missing key \"listen\": sockets to receive on\n"
	    "1:1: missing key \"partners\": who may call, one per trunk\n"
	    "1:1: missing key \"routes\": rules; the first that matches wins\n");
}

static void
another_version_is_refused(void)
{
	expect(
	    "version: 2\n"
	    "listen: [{transport: udp, address: \"192.0.2.1:5060\"}]\n"
	    "partners: [{name: acme, identify: {source: 198.51.100.0/24}}]\n"
	    "routes: [{to: reject}]\n",
	    "1:10: version: expected a number (only 1); got \"2\"\n");
}

static void
an_unknown_key_gets_a_hint(void)
{
	expect(BASE "domian: x\n",
	    "5:1: unknown key \"domian\" - did you mean \"domain\"?\n");
}

static void
an_unknown_key_far_from_all_gets_the_list(void)
{
	expect(BASE "store: {zzz: 1}\n",
	    "5:9: store: unknown key \"zzz\"; expected one of: url synchronous commit_interval\n");
}

static void
a_key_of_a_later_version_is_told_so(void)
{
	expect(BASE "breaker: {failures: 5}\n",
	    "5:1: breaker: known but not supported in this version\n");
}

static void
a_word_of_a_later_version_is_told_so(void)
{
	expect(NO_PARTNERS
	    "partners: [{name: acme, identify: {source: 10.0.0.0/8}, refer: relay}]\n",
	    "4:64: partners[0].refer: \"relay\" is known but not supported in this version\n");
}

static void
a_store_of_a_later_version_is_told_so(void)
{
	expect(BASE "store: {url: \"postgresql:/x\"}\n",
	    "5:14: store.url: \"postgresql:\" is known but not supported in this version\n");
}

static void
a_store_in_a_folder_that_is_not_there_is_told_so(void)
{
	expect(BASE "store: {url: \"sqlite:/no/such/folder/x.db\"}\n",
	    "5:14: store.url: expected memory: or sqlite:FILE; got "
	    "\"sqlite:/no/such/folder/x.db\": No such file or directory\n");
}

static void
a_key_given_twice_is_refused(void)
{
	expect(BASE "sip: {t1: 1s, t1: 2s}\n",
	    "5:15: sip: key \"t1\" is given twice\n");
}

static void
a_key_without_a_value_is_refused(void)
{
	expect(BASE "domain:\n",
	    "5:1: domain: expected a value behind the ':'\n");
}

static void
a_map_where_a_value_belongs_is_refused(void)
{
	expect(BASE "domain: {a: b}\n",
	    "5:9: domain: expected one value, not a map\n");
}

static void
a_value_where_a_map_belongs_is_refused(void)
{
	expect(BASE "sip: 500ms\n",
	    "5:6: sip: expected a map of keys and values\n");
}

static void
a_map_where_a_list_belongs_is_refused(void)
{
	expect(NO_ROUTES "routes: {to: reject}\n",
	    "4:9: routes: expected a list of maps, each entry begun with \"- \"\n");
}

static void
a_misspelt_word_gets_a_hint(void)
{
	expect(BASE "log: {privacy: msak}\n",
	    "5:16: log.privacy: expected one of full, mask, hash; got \"msak\" - did you mean "
	    "\"mask\"?\n");
}

static void
a_number_out_of_range_is_refused(void)
{
	expect(NO_LISTEN "listen: [{transport: udp, address: \"192.0.2.1:5060\", dscp: 64}]\n",
	    "4:60: listen[0].dscp: expected a number from 0 to 63; got \"64\"\n");
}

static void
a_duration_without_unit_is_refused(void)
{
	expect(BASE "sip: {t1: 500}\n",
	    "5:11: sip.t1: expected a duration with its unit, such as 500ms, 20s, 5m or 1h, from "
	    "10ms to 10s; got \"500\"\n");
}

static void
a_size_without_unit_is_refused(void)
{
	expect(BASE "pools: {text: 64MB}\n",
	    "5:15: pools.text: expected a size with its unit, such as 512KiB or 64MiB, from 1MiB "
	    "up to 4GiB; got \"64MB\"\n");
}

static void
an_address_without_port_is_refused(void)
{
	expect(NO_LISTEN "listen: [{transport: udp, address: \"192.0.2.1\"}]\n",
	    "4:36: listen[0].address: expected address:port, such as \"0.0.0.0:5060\" or "
	    "\"[::]:5060\"; got \"192.0.2.1\"\n");
}

static void
a_network_with_host_bits_is_refused(void)
{
	expect(NO_PARTNERS "partners: [{name: acme, identify: {source: [192.0.2.7/24]}}]\n",
	    "4:45: partners[0].identify.source[0]: expected a network, such as 198.51.100.0/24 "
	    "or 2001:db8::/32; got \"192.0.2.7/24\": bits behind the prefix are not zero\n");
}

static void
a_destination_that_is_none_is_refused(void)
{
	expect(NO_ROUTES "routes: [{to: desk}]\n",
	    "4:15: routes[0].to: expected queue/NAME, skill, a URI, or reject; got \"desk\"\n");
}

static void
a_glob_without_its_bracket_is_refused(void)
{
	expect(NO_ROUTES "routes: [{to: reject, key: \"[2-9\"}]\n",
	    "4:28: routes[0].key: expected a pattern of a user part, such as vip-* or +49[2-9]*; "
	    "got \"[2-9\": '[' without its ']'\n");
}

static void
a_status_that_is_no_failure_is_refused(void)
{
	expect(BASE "failover: [{code: 2xx, do: next}]\n",
	    "5:19: failover[0].code: expected a status such as 503, a class such as 5xx, or "
	    "500-599; got \"2xx\"\n");
}

static void
a_backoff_upside_down_is_refused(void)
{
	expect(BASE "failover: [{code: 503, do: retry, backoff: {base: 5s..2s}}]\n",
	    "5:51: failover[0].backoff.base: expected a range of durations, such as 2s..5s, from "
	    "0ms to 10m; got \"5s..2s\": the first is the longer one\n");
}

static void
a_factor_other_than_two_is_refused(void)
{
	expect(BASE "failover: [{code: 503, do: retry, backoff: {factor: 3}}]\n",
	    "5:53: failover[0].backoff.factor: expected a number (only 2); got \"3\"\n");
}

static void
a_pattern_with_a_star_in_the_domain_is_refused(void)
{
	expect(NO_PARTNERS
	    "partners: [{name: acme, identify: {source: 10.0.0.0/8}, referred_by: "
	    "\"sip:a@*.example\"}]\n",
	    "4:70: partners[0].referred_by: expected a URI, such as sip:*@acme.example; got "
	    "\"sip:a@*.example\": not a URI\n");
}

static void
a_header_of_the_leg_cannot_pass(void)
{
	expect(NO_PARTNERS
	    "partners: [{name: acme, identify: {source: 10.0.0.0/8}, headers: {pass: [Via]}}]\n",
	    "4:74: partners[0].headers.pass[0]: expected a header name, such as User-to-User or "
	    "X-Acme-*; got \"Via\": this header belongs to each leg and cannot pass\n");
}

static const struct check_test tests[] = {
	CHECK_TEST(a_missing_bracket_is_told_where_it_is_missed),
	CHECK_TEST(a_tab_is_named),
	CHECK_TEST(an_empty_file_is_told),
	CHECK_TEST(a_second_document_is_refused),
	CHECK_TEST(a_file_that_is_no_map_is_refused),
	CHECK_TEST(an_undefined_alias_is_refused),
	CHECK_TEST(required_keys_are_missed),
	CHECK_TEST(another_version_is_refused),
	CHECK_TEST(an_unknown_key_gets_a_hint),
	CHECK_TEST(an_unknown_key_far_from_all_gets_the_list),
	CHECK_TEST(a_key_of_a_later_version_is_told_so),
	CHECK_TEST(a_word_of_a_later_version_is_told_so),
	CHECK_TEST(a_store_of_a_later_version_is_told_so),
	CHECK_TEST(a_store_in_a_folder_that_is_not_there_is_told_so),
	CHECK_TEST(a_key_given_twice_is_refused),
	CHECK_TEST(a_key_without_a_value_is_refused),
	CHECK_TEST(a_map_where_a_value_belongs_is_refused),
	CHECK_TEST(a_value_where_a_map_belongs_is_refused),
	CHECK_TEST(a_map_where_a_list_belongs_is_refused),
	CHECK_TEST(a_misspelt_word_gets_a_hint),
	CHECK_TEST(a_number_out_of_range_is_refused),
	CHECK_TEST(a_duration_without_unit_is_refused),
	CHECK_TEST(a_size_without_unit_is_refused),
	CHECK_TEST(an_address_without_port_is_refused),
	CHECK_TEST(a_network_with_host_bits_is_refused),
	CHECK_TEST(a_destination_that_is_none_is_refused),
	CHECK_TEST(a_glob_without_its_bracket_is_refused),
	CHECK_TEST(a_status_that_is_no_failure_is_refused),
	CHECK_TEST(a_backoff_upside_down_is_refused),
	CHECK_TEST(a_factor_other_than_two_is_refused),
	CHECK_TEST(a_pattern_with_a_star_in_the_domain_is_refused),
	CHECK_TEST(a_header_of_the_leg_cannot_pass),
};

int
main(void)
{
	return check_main("config schema", tests, RF_ARRAY_LEN(tests));
}
