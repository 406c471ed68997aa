/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_config_check.c -- references and the file as a whole: each mistake with its
 * place. */
#include "tests/check.h"
#include "tests/unit/test_config_file.h"

static void
an_ivr_that_cannot_be_called_is_refused(void)
{
	expect(BASE "ivr: tel:+4930\n",
	    "5:6: ivr: expected a URI, such as sip:billing@acd.example.com;transport=tls; got "
	    "\"tel:+4930\": only sip: and sips: can be called\n");
}

static void
a_certificate_that_is_not_there_is_told(void)
{
	expect(BASE "tls: {edge: {certificate: nope.pem, key: edge.key}}\n",
	    "5:27: tls.edge.certificate: expected a file that can be read; got \"nope.pem\": No "
	    "such file or directory\n");
}

static void
a_certificate_without_key_is_refused(void)
{
	expect(BASE "tls: {edge: {certificate: edge.pem}}\n",
	    "5:7: tls.edge: expected certificate and key, or neither; got only the certificate\n");
}

static void
an_unset_variable_is_told(void)
{
	expect(BASE "domain: \"${env:RF_TEST_UNSET}\"\n",
	    "5:9: domain: the environment has no variable RF_TEST_UNSET\n");
}

static void
a_secret_file_that_is_not_there_is_told(void)
{
	expect(BASE "domain: \"${file:nope}\"\n",
	    "5:9: domain: cannot read the file of ${file:nope}: No such file or directory\n");
}

static void
an_unknown_reference_is_refused(void)
{
	expect(BASE "domain: \"${vault:x}\"\n",
	    "5:9: domain: expected ${env:NAME} or ${file:PATH}, got \"${vault:x}\"\n");
}

static void
an_open_reference_is_refused(void)
{
	expect(BASE "domain: \"${env:X\"\n",
	    "5:9: domain: \"${\" without its '}'; $${ writes a plain one\n");
}

static void
a_profile_that_is_not_there_is_told(void)
{
	expect(NO_LISTEN
	    "listen: [{transport: tls, address: \"192.0.2.1:5061\", tls: egde}]\n"
	    "tls: {edge: {certificate: edge.pem, key: edge.key}}\n",
	    "4:59: listen[0].tls: no profile \"egde\" in the section tls - did you mean "
	    "\"edge\"?\n");
}

static void
a_tls_listener_without_profile_is_refused(void)
{
	expect(NO_LISTEN "listen: [{transport: tls, address: \"192.0.2.1:5061\"}]\n",
	    "4:10: listen[0]: transport: tls needs tls: NAME, a profile of the section tls\n");
}

static void
a_tls_listener_needs_a_certificate(void)
{
	expect(NO_LISTEN
	    "listen: [{transport: tls, address: \"192.0.2.1:5061\"}]\n"
	    "tls: {out: {client: none}}\n",
	    "4:10: listen[0]: profile \"out\" has no certificate, which a listener needs\n");
}

static void
a_profile_on_udp_is_refused(void)
{
	expect(NO_LISTEN
	    "listen: [{transport: udp, address: \"192.0.2.1:5060\", tls: edge}]\n"
	    "tls: {edge: {certificate: edge.pem, key: edge.key}}\n",
	    "4:59: listen[0].tls: only transport: tls has a tls profile\n");
}

static void
a_listener_given_twice_is_refused(void)
{
	expect(NO_LISTEN
	    "listen:\n"
	    "  - {transport: tcp, address: \"192.0.2.1:5060\"}\n"
	    "  - {transport: tcp, address: \"192.0.2.1:5060\"}\n",
	    "6:31: listen[1].address: the same address as listen[0]\n");
}

static void
a_wildcard_must_be_advertised_as_something(void)
{
	expect(NO_LISTEN "listen: [{transport: udp, address: \"[::]:5060\"}]\n",
	    "4:10: listen[0]: missing key \"advertise\": peers cannot be told a wildcard "
	    "address; expected host[:port] here, or a domain for the whole file\n");
}

static void
no_listener_is_refused(void)
{
	expect(NO_LISTEN "listen: []\n",
	    "4:9: listen: expected at least one entry\n");
}

static void
a_partner_given_twice_is_refused(void)
{
	expect(NO_PARTNERS
	    "partners:\n"
	    "  - {name: acme, identify: {source: 10.0.0.0/8}}\n"
	    "  - {name: acme, identify: {source: 10.0.0.0/8}}\n",
	    "6:12: partners[1].name: partner \"acme\" is given twice\n");
}

static void
a_partner_nobody_can_be_is_refused(void)
{
	expect(NO_PARTNERS "partners: [{name: acme}]\n",
	    "4:19: partners[0].name: cannot be identified: expected identify with tls_san or "
	    "source\n");
}

static void
a_partner_that_is_not_there_is_told(void)
{
	expect(NO_ROUTES "routes: [{partner: amce, to: reject}]\n",
	    "4:20: routes[0].partner: no partner \"amce\" - did you mean \"acme\"?\n");
}

static void
a_queue_that_is_not_there_is_told(void)
{
	expect(NO_ROUTES
	    "routes: [{to: queue/billin}]\n"
	    "queues: {billing: {targets: [{uri: \"sip:a@192.0.2.9\"}]}}\n",
	    "4:15: routes[0].to: no queue \"billin\" in the section queues - did you mean "
	    "\"billing\"?\n");
}

static void
failover_rows_that_cannot_be_are_refused(void)
{
	expect(BASE
	    "queues: {q: {targets: [{uri: \"sip:q@192.0.2.9\"}]}}\n"
	    "failover:\n"
	    "  - {stage: screening, code: 404, do: retry}\n"
	    "  - {stage: screening, code: 404, do: overflow}\n"
	    "  - {stage: screening, code: 404, do: overflow, to: queue/p}\n"
	    "  - {code: 404, do: overflow, to: queue/q}\n"
	    "  - {stage: screening, code: 404, do: ivr}\n"
	    "  - {partner: acne, code: 404, do: end}\n",
	    "7:39: failover[0].do: nothing was tried in screening: expected overflow, ivr or end\n"
	    "8:39: failover[1].do: expected to: queue/NAME, because no queue is known yet that "
	    "could overflow\n"
	    "9:53: failover[2].to: no queue \"p\" in the section queues\n"
	    "10:35: failover[3].to: only stage: screening with do: overflow leads to a queue of "
	    "its own\n"
	    "11:39: failover[4].do: there is no ivr\n"
	    "12:15: failover[5].partner: no partner \"acne\" - did you mean \"acme\"?\n");
}

static void
hours_that_are_none_or_impossible_are_refused(void)
{
	static const char *const bad[][2] = {
		{ "mon-fri 08:00-18:00", "" }, { "08:00-18:00 Europe/Berln",
		    ": there is no such time zone" },
		{ "moon 08:00-18:00 UTC", "" }, { "08:00-08:00 UTC", ": it ends when it begins" },
		{ "24:00-00:00 UTC", ": it ends when it begins" },
		{ "24:00-08:00 UTC", ": it begins at the end of the day" },
		{ "8:00-18:00 UTC", "" }, { "25:00-26:00 UTC", "" }, { "08:60-09:00 UTC", "" },
		{ "mon 08:00-18:00 UTC now", "" }, { "mon- 08:00-18:00 UTC", "" },
	};
	for (size_t i = 0; i < RF_ARRAY_LEN(bad); i++) {
		char yaml[512], want[512];
		snprintf(yaml, sizeof yaml, NO_ROUTES "routes: [{to: reject, hours: \"%s\"}]\n",
		    bad[i][0]);
		snprintf(want, sizeof want, "4:30: routes[0].hours: expected hours, such as "
		    "mon-fri 08:00-18:00 Europe/Berlin; got \"%s\"%s\n", bad[i][0], bad[i][1]);
		expect(yaml, want);
	}
}

static void
a_route_that_nothing_reaches_is_refused(void)
{
	expect(NO_ROUTES
	    "routes:\n"
	    "  - {key: \"vip-*\", to: reject}\n"
	    "  - {key: vip-gold, partner: acme, to: reject}\n"
	    "  - {to: reject, status: 404}\n"
	    "  - {key: late, to: reject}\n",
	    "6:5: routes[1]: is never reached: routes[0] takes all that it could take\n"
	    "8:5: routes[3]: is never reached: routes[2] takes all that it could take\n");
}

static void
rules_that_do_nothing_or_too_much_are_refused(void)
{
	expect(BASE
	    "normalise:\n"
	    "  - {match: \"(a)\", replace: \"$2\"}\n"
	    "  - {match: \"a\"}\n"
	    "  - {replace: \"a\"}\n"
	    "  - {case: lower, country: 4}\n"
	    "  - {case: lower, partner: acne}\n",
	    "6:29: normalise[0].replace: the pattern has no group 2\n"
	    "7:5: normalise[1]: expected match and replace together\n"
	    "8:5: normalise[2]: expected one of take, match, country and case; got none\n"
	    "9:5: normalise[3]: expected one of take, match, country and case; got several\n"
	    "10:28: normalise[4].partner: no partner \"acne\" - did you mean \"acme\"?\n");
}

static void
patterns_that_explode_are_refused(void)
{
	expect(BASE
	    "normalise:\n"
	    "  - {match: \"(a+)+$\", replace: \"\"}\n"
	    "  - {match: \"(a\", replace: \"\"}\n"
	    "  - {take: user}\n",
	    "6:13: normalise[0].match: expected a regular expression; got \"(a+)+$\": some keys "
	    "would take more than 20000 steps; make what repeats possessive (a++)\n"
	    "7:13: normalise[1].match: expected a regular expression; got \"(a\": missing closing "
	    "parenthesis, behind byte 2\n"
	    "8:12: normalise[2].take: expected host, parameter/NAME or header/NAME; got "
	    "\"user\"\n");
}

static void
an_overflow_that_is_not_there_is_told(void)
{
	expect(BASE
	    "queues: {a: {targets: [{uri: \"sip:a@192.0.2.9\"}], overflow: queue/b}}\n",
	    "5:61: queues.a.overflow: no queue \"b\" in the section queues\n");
}

static void
an_overflow_in_a_circle_is_refused(void)
{
	expect(BASE
	    "queues:\n"
	    "  a: {targets: [{uri: \"sip:a@192.0.2.9\"}], overflow: queue/b}\n"
	    "  b: {targets: [{uri: \"sip:b@192.0.2.9\"}], overflow: queue/a}\n",
	    "6:54: queues.a.overflow: the overflow leads back to queue \"a\"\n"
	    "7:54: queues.b.overflow: the overflow leads back to queue \"b\"\n");
}

static void
a_queue_given_twice_is_refused(void)
{
	expect(BASE
	    "queues:\n"
	    "  a: {targets: [{uri: \"sip:a@192.0.2.9\"}]}\n"
	    "  a: {targets: [{uri: \"sip:b@192.0.2.9\"}]}\n",
	    "7:3: queues.a: is given twice\n");
}

static void
too_many_targets_are_refused(void)
{
	expect(BASE
	    "queues:\n"
	    "  a: {targets: [&t {uri: \"sip:a@192.0.2.9\"}, *t, *t, *t, *t], overflow: queue/b}\n"
	    "  b: {targets: [*t, *t, *t, *t]}\n",
	    "6:3: queues.a: expected at most 8 targets with those of its overflow; got 9\n");
}

static void
a_target_needs_a_listener_of_its_transport(void)
{
	expect(NO_ROUTES "routes: [{to: \"sip:a@192.0.2.9;transport=tls\"}]\n",
	    "4:15: routes[0].to: no listener has the transport of this URI, which is tls\n");
}

static void
a_journal_needs_a_folder_and_room_for_two_segments(void)
{
	expect(BASE "journal: {dir: /x, segment: 8MiB, keep: 15MiB}\n",
	    "5:41: journal.keep: expected room for two segments at least\n");
	expect(BASE "journal: {segment: 8MiB}\n",
	    "5:20: journal.segment: expected dir, without which there is no journal\n");
	expect(BASE "journal: {dir: /x, segment: 8kB}\n",
	    "5:29: journal.segment: expected a size with its unit, such as 256MiB or 2GiB, from "
	    "1MiB up to 1024GiB; got \"8kB\"\n");
}

static void
timers_upside_down_are_refused(void)
{
	expect(BASE "sip: {t1: 5s, t2: 1s}\n",
	    "5:19: sip.t2: expected t2 not below t1\n");
}

static void
all_mistakes_are_told_in_the_order_of_the_file(void)
{
	expect(BASE
	    "ivr: nobody\n"
	    "domain: \"a b\"\n"
	    "log: {level: loud}\n",
	    "5:6: ivr: expected a URI, such as sip:billing@acd.example.com;transport=tls; got "
	    "\"nobody\"\n"
	    "6:9: domain: expected a host name or IP address; got \"a b\"\n"
	    "7:14: log.level: expected one of error, warning, info, debug; got \"loud\"\n");
}

static void
receivers_need_a_store_that_keeps(void)
{
	expect(BASE "receivers: [{name: crm, url: \"https://crm.example/x\"}]\n",
	    "5:20: receivers[0].name: receivers need a store that keeps what they have not taken: "
	    "store: {url: sqlite:FILE}\n");
}

#define FILE_STORE "store: {url: \"sqlite:referee.db\"}\n"

static void
reconciliation_needs_a_store_and_columns_of_its_own(void)
{
	expect(BASE "reconcile: {cdr: there.csv}\n",
	    "5:18: reconcile.cdr: there is nothing to compare with in memory: - "
	    "store: {url: sqlite:FILE}\n");
	expect(BASE "reconcile: {columns: {call_id: A, to_tag: A}}\n",
	    "5:43: reconcile.columns.to_tag: column \"A\" is something else already\n");
	expect(BASE "reconcile: {outcomes: [{name: \"[\", is: failed}, {name: x, is: lost}]}\n",
	    "5:31: reconcile.outcomes[0].name: expected a pattern of a user part, such as vip-* or "
	    "+49[2-9]*; got \"[\": '[' without its ']'\n"
	    "5:63: reconcile.outcomes[1].is: expected one of transferred, failed, closed, pending, "
	    "call; got \"lost\"\n");
}

static void
a_receiver_given_twice_is_refused(void)
{
	expect(BASE FILE_STORE "receivers: [{name: crm, url: \"https://a.example/\"}, "
			       "{name: crm, url: \"https://b.example/\"}]\n",
	    "6:60: receivers[1].name: receiver \"crm\" is given twice\n");
}

static void
half_of_a_clients_credentials_are_refused(void)
{
	expect(BASE FILE_STORE "receivers: [{name: crm, url: \"https://a.example/\", "
			       "auth: {oauth2: {client_id: us}}}]\n",
	    "6:20: receivers[0].name: oauth2 needs token_url, client_id and client_secret\n");
}

static void
two_ways_to_say_who_we_are_are_refused(void)
{
	expect(BASE FILE_STORE "receivers: [{name: crm, url: \"https://a.example/\", "
			       "auth: {bearer: x, oauth2: {token_url: \"https://t.example/\", "
			       "client_id: us, client_secret: s}}}]\n",
	    "6:67: receivers[0].auth.bearer: expected bearer or oauth2\n");
}

static void
a_receivers_url_is_http(void)
{
	expect(BASE FILE_STORE "receivers: [{name: crm, url: \"ftp://a.example/\"}, "
			       "{name: x, url: \"https://me:pw@a.example/\"}]\n",
	    "6:30: receivers[0].url: expected a URL, such as https://crm.example.com/refer; got "
	    "\"ftp://a.example/\"\n"
	    "6:66: receivers[1].url: expected a URL, such as https://crm.example.com/refer; got "
	    "\"https://me:pw@a.example/\": who we are is said under auth\n");
}

static void
a_secret_that_is_none_is_not_shown(void)
{
	expect(BASE FILE_STORE "receivers: [{name: crm, url: \"https://a.example/\", "
			       "auth: {bearer: \"a\\tb\"}}]\n",
	    "6:67: receivers[0].auth.bearer: expected a text of at most 4096 printable bytes; got "
	    "something else\n");
}

static const struct check_test tests[] = {
	CHECK_TEST(an_ivr_that_cannot_be_called_is_refused),
	CHECK_TEST(a_certificate_that_is_not_there_is_told),
	CHECK_TEST(a_certificate_without_key_is_refused),
	CHECK_TEST(an_unset_variable_is_told),
	CHECK_TEST(a_secret_file_that_is_not_there_is_told),
	CHECK_TEST(an_unknown_reference_is_refused),
	CHECK_TEST(an_open_reference_is_refused),
	CHECK_TEST(a_profile_that_is_not_there_is_told),
	CHECK_TEST(a_tls_listener_without_profile_is_refused),
	CHECK_TEST(a_tls_listener_needs_a_certificate),
	CHECK_TEST(a_profile_on_udp_is_refused),
	CHECK_TEST(a_listener_given_twice_is_refused),
	CHECK_TEST(a_wildcard_must_be_advertised_as_something),
	CHECK_TEST(no_listener_is_refused),
	CHECK_TEST(a_partner_given_twice_is_refused),
	CHECK_TEST(a_partner_nobody_can_be_is_refused),
	CHECK_TEST(a_partner_that_is_not_there_is_told),
	CHECK_TEST(a_queue_that_is_not_there_is_told),
	CHECK_TEST(failover_rows_that_cannot_be_are_refused),
	CHECK_TEST(hours_that_are_none_or_impossible_are_refused),
	CHECK_TEST(a_route_that_nothing_reaches_is_refused),
	CHECK_TEST(rules_that_do_nothing_or_too_much_are_refused),
	CHECK_TEST(patterns_that_explode_are_refused),
	CHECK_TEST(an_overflow_that_is_not_there_is_told),
	CHECK_TEST(an_overflow_in_a_circle_is_refused),
	CHECK_TEST(a_queue_given_twice_is_refused),
	CHECK_TEST(too_many_targets_are_refused),
	CHECK_TEST(a_target_needs_a_listener_of_its_transport),
	CHECK_TEST(a_journal_needs_a_folder_and_room_for_two_segments),
	CHECK_TEST(timers_upside_down_are_refused),
	CHECK_TEST(receivers_need_a_store_that_keeps),
	CHECK_TEST(reconciliation_needs_a_store_and_columns_of_its_own),
	CHECK_TEST(a_receiver_given_twice_is_refused),
	CHECK_TEST(half_of_a_clients_credentials_are_refused),
	CHECK_TEST(two_ways_to_say_who_we_are_are_refused),
	CHECK_TEST(a_receivers_url_is_http),
	CHECK_TEST(a_secret_that_is_none_is_not_shown),
	CHECK_TEST(all_mistakes_are_told_in_the_order_of_the_file),
};

int
main(void)
{
	return check_main("config check", tests, RF_ARRAY_LEN(tests));
}
