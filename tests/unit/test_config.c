/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_config.c -- good files are complete, hostile ones are bounded. */
#include "app/config.h"

#include <stdlib.h>
#include <string.h>

#include "tests/check.h"
#include "tests/unit/test_config_file.h"

static void
failover_rows_are_counted_with_the_shipped_ones(void)
{
	struct rf_config_errors errors;
	char yaml[8192] = BASE "failover:\n";
	for (int i = 0; i < RF_PLAN_FAILOVER_MAX; i++)
		snprintf(yaml + strlen(yaml), sizeof(yaml) - strlen(yaml),
		    "  - {code: %d, do: next}\n", 510 + i);
	CHECK(load(yaml, &errors) == NULL);
	CHECK(errors.count == 1);
	CHECK(errors.at[0].line == 5 + RF_PLAN_FAILOVER_MAX);
	CHECK(strstr(errors.at[0].text, "rows with the shipped ones they do not replace") != NULL);
}

static void
a_thousand_aliases_are_counted_each_time(void)
{
	size_t len = 0, max = 200 * 1000;
	struct rf_config_errors errors;
	char *yaml = malloc(max);
	CHECK_OR_STOP(yaml != NULL);
	len += (size_t)snprintf(yaml, max, "version: 1\npartners:\n  - {name: a, identify: "
	    "{source: &s [10.0.0.0/8");
	for (int i = 0; i < 999; i++)
		len += (size_t)snprintf(yaml + len, max - len, ",10.0.0.0/8");
	len += (size_t)snprintf(yaml + len, max - len, "]}}\n");
	for (int i = 0; i < 999; i++)
		len += (size_t)snprintf(yaml + len, max - len,
		    "  - {name: a%d, identify: {source: *s}}\n", i);
	CHECK(load(yaml, &errors) == NULL);
	free(yaml);
	CHECK(errors.count == 1);
	CHECK(strcmp(errors.at[0].text, "more than 100000 values, aliases counted each time") == 0);
}

static void
depth_size_and_bad_bytes_are_bounded(void)
{
	struct rf_config_errors errors;
	size_t max = RF_CONFIG_FILE_MAX + 100;
	char *yaml = malloc(max);
	CHECK_OR_STOP(yaml != NULL);
	memset(yaml, '[', max);
	CHECK(load_bytes(yaml, 5000, &errors) == NULL);
	CHECK(strcmp(errors.at[0].text, "nested deeper than 16 levels") == 0);
	CHECK(errors.at[0].line == 1 && errors.at[0].column == 17);
	CHECK(load_bytes(yaml, max, &errors) == NULL);
	CHECK(strcmp(errors.at[0].text, "the file is larger than 1 MiB") == 0);
	CHECK(load_bytes("version: 1\na: \xff\n", 16, &errors) == NULL);
	CHECK(errors.at[0].line == 2 && errors.at[0].column == 4);
	CHECK(strcmp(errors.at[0].text, "invalid leading UTF-8 octet") == 0);
	free(yaml);
}

static void
a_cyclic_alias_ends(void)
{
	struct rf_config_errors errors;
	CHECK(load("version: 1\nlisten: &l [*l]\npartners: &p {a: *p}\nroutes: []\n", &errors) ==
	    NULL);
	CHECK(errors.count > 0);
}

static void
more_than_twenty_mistakes_are_cut_short(void)
{
	struct rf_config_errors errors;
	char yaml[4096] = "version: 1\n";
	for (int i = 0; i < 40; i++)
		snprintf(yaml + strlen(yaml), sizeof(yaml) - strlen(yaml), "zz%d: 1\n", i);
	CHECK(load(yaml, &errors) == NULL);
	CHECK(errors.count == RF_CONFIG_ERRORS_MAX);
	CHECK(errors.more);
}

static void
a_file_that_is_not_there_is_told(void)
{
	struct rf_config_errors errors;
	CHECK(rf_config_load("/nonexistent/referee.yaml", &errors) == NULL);
	CHECK(errors.count == 1 && errors.at[0].line == 0);
	CHECK(strcmp(errors.at[0].text, "No such file or directory") == 0);
}

static void
errors_print_as_text_and_json(void)
{
	struct rf_config_errors errors;
	char *text = NULL;
	size_t len = 0;
	CHECK(load("version: 1\nfoo: [\"\n", &errors) == NULL);
	snprintf(errors.path, sizeof(errors.path), "a\"b.yaml");
	FILE *out = open_memstream(&text, &len);
	rf_config_errors_write(&errors, out);
	rf_config_errors_write_json(&errors, out);
	fclose(out);
	CHECK(strstr(text, "a\"b.yaml:3:1: found unexpected end of stream") == text);
	CHECK(strstr(text, "{\"file\":\"a\\\"b.yaml\",\"ok\":false,\"more\":false,\"errors\":"
	    "[{\"line\":3,\"column\":1,\"text\":\"found unexpected end of stream") != NULL);
	free(text);
}

static void
a_secret_is_never_printed(void)
{
	struct rf_config_errors errors;
	setenv("RF_TEST_SECRET", "hunter two", 1);
	CHECK(load(BASE "domain: \"${env:RF_TEST_SECRET}\"\n", &errors) == NULL);
	CHECK(errors.count == 1);
	CHECK(strstr(errors.at[0].text, "hunter") == NULL);
	CHECK(strstr(errors.at[0].text, "${env:RF_TEST_SECRET}") != NULL);
	unsetenv("RF_TEST_SECRET");
}

static void
the_shortest_file_is_complete(void)
{
	struct rf_config_errors errors;
	struct rf_config *config = load(BASE, &errors);
	CHECK_OR_STOP(config != NULL);
	CHECK(config->version == 1);
	CHECK(strcmp(config->domain, "192.0.2.1") == 0);
	CHECK(config->listen_count == 1);
	CHECK(config->listen[0].address.proto == RF_UDP && config->listen[0].address.port == 5060);
	CHECK(strcmp(config->listen[0].advertise, "192.0.2.1:5060") == 0);
	const struct rf_policy_partner *partner = &config->policy.partners[0];
	CHECK(partner->refer == RF_POLICY_TERMINATE);
	CHECK(partner->accept_code == 202 && partner->refer_code == 403);
	CHECK(partner->source_count == 1 && partner->source[0].bits == 120);
	CHECK(partner->notify_provisional_count == 1 && partner->notify_provisional[0] == 100);
	CHECK(partner->wait_for_bye_ms == 32000);
	CHECK(partner->pass_count == 1 && strcmp(partner->pass[0], "User-to-User") == 0);
	CHECK(partner->referred_by_missing == RF_MISSING_DEFAULT);
	CHECK(config->policy.routes[0].to.kind == RF_TO_URI);
	CHECK(config->policy.routes[0].ring_ms == 30000);
	CHECK(config->policy.ivr == NULL);
	CHECK(config->sip_t1 == 500 * RF_MS && config->sip_t2 == 4 * RF_SECOND);
	CHECK(config->sip_t4 == 5 * RF_SECOND);
	CHECK(strcmp(config->store_url, "memory:") == 0);
	CHECK(config->store_commit_interval == 10 * RF_MS);
	CHECK(config->store_synchronous == RF_STORE_FULL);
	CHECK(config->retention_cdr == 90 * 86400 * RF_SECOND);
	CHECK(config->retention_events == 7 * 86400 * RF_SECOND);
	CHECK(config->retention_review == 30 * 86400 * RF_SECOND);
	CHECK(config->pools_calls == 20000 && config->pools_transactions == 160256);
	CHECK(config->pools_text == 64u << 20);
	CHECK(config->limits_connections == 4096 && config->limits_connections_per_source == 256);
	CHECK(strcmp(config->admin_socket, RF_ADMIN_SOCKET) == 0);
	CHECK(config->log_format == RF_LOG_JSON && config->log_level == RF_LOG_INFO);
	CHECK(config->log_privacy == RF_LOG_MASK);
	rf_config_free(config);
}

static const char full[] =
    "version: 1\n"
    "domain: sip.example.com\n"
    "listen:\n"
    "  - {transport: tls, address: \"0.0.0.0:5061\", advertise: \"sip.example.com:5061\",\n"
    "     dscp: 46, tls: edge}\n"
    "  - {transport: udp, address: \"[::]:5060\"}\n"
    "tls:\n"
    "  out: {}\n"
    "  edge: {certificate: edge.pem, key: \"${file:edge.key}\", client: require}\n"
    "partners:\n"
    "  - name: acme\n"
    "    identify: {tls_san: [sip.acme.example], source: [198.51.100.0/24, \"2001:db8::/32\"]}\n"
    "    refer: reject\n"
    "    refer_code: 405\n"
    "    accept_code: 200\n"
    "    referred_by: [\"sip:*@acme.example\"]\n"
    "    referred_by_missing: from\n"
    "    notify: {provisional: [100, 180]}\n"
    "    subscription_id: always\n"
    "    release: {wait_for_bye: 5s}\n"
    "    headers: {pass: [User-to-User, \"X-Acme-*\"]}\n"
    "routes:\n"
    "  - {name: vip, partner: acme, trigger: refer, key: \"vip-*\", to: queue/billing}\n"
    "  - {to: reject, status: 404}\n"
    "queues:\n"
    "  billing: {strategy: round_robin, ring: 20s, targets: [{uri: \"sip:b@acd1.example.com\"},\n"
    "            {uri: \"sip:b@acd2.example.com\", ring: 7s}], overflow: queue/overflow}\n"
    "  overflow: {targets: [{uri: \"sips:o@acd3.example.com\"}]}\n"
    "ivr: \"${file:secret}\"\n"
    "failover:\n"
    "  - {code: 503, do: retry, times: 3, backoff: {base: 1s..2s, factor: 2, cap: 9s},\n"
    "     retry_after_max: 1m, wrap_up: GONE}\n"
    "  - {code: 5xx, do: ivr}\n"
    "  - {code: 400-404, do: end}\n"
    "store: {url: \"sqlite:x.db\", synchronous: normal, commit_interval: 1ms}\n"
    "retention: {cdr: 0s, events: 1d, review: 2d, dlq: 3d}\n"
    "sip: {t1: 50ms, t2: 400ms, t4: 500ms}\n"
    "pools: {calls: 10, transactions: 99, text: 1MiB}\n"
    "admin: {socket: run/admin.sock}\n"
    "log: {format: text, level: debug, privacy: hash}\n"
    "limits: {connections: 7, connections_per_source: 3}\n";

static void
a_full_file_is_taken_over(void)
{
	struct rf_config_errors errors;
	struct rf_config *config = load(full, &errors);
	if (config == NULL)
		check_note("%u:%u: %s", errors.at[0].line, errors.at[0].column, errors.at[0].text);
	CHECK_OR_STOP(config != NULL);
	CHECK(config->listen[0].tls_index == 1 && config->listen[0].dscp == 46);
	CHECK(strcmp(config->listen[1].advertise, "sip.example.com:5060") == 0);
	CHECK(config->tls[1].client == RF_TLS_CLIENT_REQUIRE);
	CHECK(strstr(config->tls[1].key, "/edge.key") != NULL);
	CHECK(config->tls[0].certificate == NULL && config->tls[0].client == RF_TLS_CLIENT_REQUEST);
	const struct rf_policy_partner *partner = &config->policy.partners[0];
	CHECK(partner->refer == RF_POLICY_REJECT && partner->refer_code == 405);
	CHECK(partner->accept_code == 200 && partner->referred_by_missing == RF_MISSING_FROM);
	CHECK(partner->source_count == 2 && partner->source[1].bits == 32);
	CHECK(partner->notify_provisional_count == 2 && partner->notify_provisional[1] == 180);
	CHECK(partner->subscription_id == RF_ID_ALWAYS && partner->wait_for_bye_ms == 5000);
	CHECK(partner->pass_count == 2 && strcmp(partner->pass[1], "X-Acme-*") == 0);
	const struct rf_policy_tables *tables = &config->policy;
	CHECK(tables->routes[0].to.kind == RF_TO_QUEUE);
	CHECK(strcmp(tables->routes[0].to.text, "billing") == 0);
	CHECK(tables->routes[0].trigger == RF_ON_REFER);
	CHECK(tables->routes[1].to.kind == RF_TO_REJECT && tables->routes[1].status == 404);
	CHECK(tables->queues[0].strategy == RF_ROUND_ROBIN && tables->queues[0].ring_ms == 20000);
	CHECK(tables->queues[0].targets[1].ring_ms == 7000);
	CHECK(strcmp(tables->queues[0].overflow, "overflow") == 0);
	CHECK(strcmp(tables->ivr, "sip:hush@media.example.com") == 0);
	CHECK(tables->failover[0].backoff_ms.max == 2000 && tables->failover[0].backoff_ms_cap ==
	    9000);
	CHECK(tables->failover[0].times == 3 && tables->failover[0].retry_after_ms_max == 60000);
	CHECK(tables->failover[1].code.min == 500 && tables->failover[1].code.max == 599);
	CHECK(tables->failover[1].action == RF_FAILOVER_IVR);
	CHECK(tables->failover[2].code.max == 404);
	CHECK(config->sip_t1 == 50 * RF_MS && config->pools_transactions == 99);
	CHECK(strstr(config->admin_socket, "/run/admin.sock") != NULL);
	CHECK(strncmp(config->store_url, "sqlite:/", 8) == 0);
	CHECK(strstr(config->store_url, "/x.db") != NULL);
	CHECK(config->store_synchronous == RF_STORE_NORMAL);
	CHECK(config->retention_cdr == 0 && config->retention_dlq == 3 * 86400 * RF_SECOND);
	CHECK(config->log_privacy == RF_LOG_HASH && config->limits_connections == 7);
	rf_config_free(config);
}

static void
hours_are_days_minutes_and_a_zone(void)
{
	struct rf_config_errors errors;
	struct rf_config *config = load(NO_ROUTES
	    "routes:\n"
	    "  - to: reject\n"
	    "    hours: [\"mon-fri 08:00-18:00 Europe/Berlin\", \"00:00-24:00 UTC\"]\n"
	    "queues:\n"
	    "  a: {targets: [{uri: \"sip:a@192.0.2.9\"}],\n"
	    "      hours: \"sat-mon,wed 22:00-02:00 UTC\"}\n",
	    &errors);
	CHECK_OR_STOP(config != NULL);
	const struct rf_policy_route *route = &config->policy.routes[0];
	CHECK(route->hours_count == 2 && route->hours[0].days == 0x1f);
	CHECK(route->hours[0].from == 480 && route->hours[0].to == 1080);
	CHECK(strcmp(route->hours[0].zone, "Europe/Berlin") == 0);
	CHECK(route->hours[1].days == 0x7f && route->hours[1].to == 1440);
	CHECK(config->policy.queues[0].hours[0].days == (1 << 5 | 1 << 6 | 1 << 0 | 1 << 2));
	rf_config_free(config);
}

static void
references_are_expanded_once(void)
{
	struct rf_config_errors errors;
	setenv("RF_TEST_HOST", "a.example", 1);
	setenv("RF_TEST_NESTED", "sip:a@${env:RF_TEST_HOST}", 1);
	struct rf_config *config = load(BASE "domain: \"x.${env:RF_TEST_HOST}\"\n", &errors);
	CHECK_OR_STOP(config != NULL);
	CHECK(strcmp(config->domain, "x.a.example") == 0);
	rf_config_free(config);
	CHECK(load(BASE "ivr: \"${env:RF_TEST_NESTED}\"\n", &errors) == NULL);
}

static void
aliases_and_single_values_work(void)
{
	struct rf_config_errors errors;
	struct rf_config *config = load("version: 1\n"
	    "listen: {transport: udp, address: \"192.0.2.1:5060\"}\n", &errors);
	CHECK(config == NULL);
	config = load("version: 1\n"
	    "listen: [{transport: udp, address: \"192.0.2.1:5060\"}]\n"
	    "partners:\n"
	    "  - {name: a, identify: &id {source: 10.0.0.0/8}}\n"
	    "  - {name: b, identify: *id}\n"
	    "routes: [{to: reject}]\n"
	    "admin: {socket: none}\n", &errors);
	CHECK_OR_STOP(config != NULL);
	CHECK(config->policy.partners[1].source_count == 1);
	CHECK(config->admin_socket == NULL);
	rf_config_free(config);
}

static const struct check_test tests[] = {
	CHECK_TEST(failover_rows_are_counted_with_the_shipped_ones),
	CHECK_TEST(a_thousand_aliases_are_counted_each_time),
	CHECK_TEST(depth_size_and_bad_bytes_are_bounded),
	CHECK_TEST(a_cyclic_alias_ends),
	CHECK_TEST(more_than_twenty_mistakes_are_cut_short),
	CHECK_TEST(a_file_that_is_not_there_is_told),
	CHECK_TEST(errors_print_as_text_and_json),
	CHECK_TEST(a_secret_is_never_printed),
	CHECK_TEST(the_shortest_file_is_complete),
	CHECK_TEST(a_full_file_is_taken_over),
	CHECK_TEST(hours_are_days_minutes_and_a_zone),
	CHECK_TEST(references_are_expanded_once),
	CHECK_TEST(aliases_and_single_values_work),
};

int
main(void)
{
	return check_main("config", tests, RF_ARRAY_LEN(tests));
}
