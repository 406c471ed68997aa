/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_sim_file.c -- world files: what a good one means, where a bad one is wrong. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/sim/file.h"
#include "tests/check.h"

#define CONFIG                                                                                     \
	"version: 1\n"                                                                             \
	"listen: [{transport: udp, address: \"192.0.2.1:5060\"}]\n"                                \
	"tls: {edge: {certificate: not-here.pem, key: not-here.key}}\n"                            \
	"partners: [{name: acme, identify: {source: 198.51.100.0/24}}]\n"                          \
	"routes: [{key: billing, to: queue/billing}]\n"                                            \
	"queues: {billing: {ring: 20s, targets: [{uri: \"sip:b@acd.example.com\"}]}}\n"            \
	"sip: {t1: 500ms, t2: 4s}\n"
#define HEAD "version: 1\nquestion: why?\nconfig: referee.yaml\nduration: 1m\n"
#define PARTIES                                                                                    \
	"parties:\n"                                                                               \
	"  caller: {role: customers, address: 198.51.100.9}\n"                                     \
	"  acd: {role: agents, address: 203.0.113.1, hosts: acd.example.com}\n"
#define TRAFFIC "traffic: [{from: caller, call: billing, rate: 2/s}]\n"

/* Loads it beside a configuration; *said: what was complained, to be freed. */
static struct rf_sim_file *
load(const char *config, const char *world, char **said)
{
	char folder[] = "/tmp/referee-world-XXXXXX", path[2][64];
	const char *const text[2] = { world, config };
	const char *const name[2] = { "w.yaml", "referee.yaml" };
	size_t len = 0;
	CHECK_OR_STOP(mkdtemp(folder) != NULL);
	for (int i = 0; i < 2; i++) {
		snprintf(path[i], sizeof path[i], "%s/%s", folder, name[i]);
		FILE *f = fopen(path[i], "w");
		CHECK_OR_STOP(f != NULL);
		fputs(text[i], f);
		fclose(f);
	}
	FILE *err = open_memstream(said, &len);
	CHECK_OR_STOP(err != NULL);
	struct rf_sim_file *file = rf_sim_file_load(path[0], err, NULL);
	fclose(err);
	unlink(path[0]);
	unlink(path[1]);
	rmdir(folder);
	return file;
}

/* It must be complained, and this be part of it. */
static void
complains_of(const char *config, const char *world, const char *about)
{
	char *said = NULL;
	struct rf_sim_file *file = load(config, world, &said);
	CHECK(file == NULL);
	CHECK(strstr(said, about) != NULL);
	if (strstr(said, about) == NULL)
		check_note("expected %s# got %s", about, said);
	rf_sim_file_free(file);
	free(said);
}

static void
production_file_is_laid_under_overrides(void)
{
	char *said = NULL;
	struct rf_sim_file *f = load(CONFIG,
	    HEAD "overrides: {sip: {t1: 300ms}}\n" PARTIES TRAFFIC
		 "variants:\n"
		 "  - name: Long\n"
		 "    overrides: {queues: {billing: {ring: 60s, targets: [{uri: "
		 "\"sip:b@acd.example.com\"}]}}}\n"
		 "  - {name: Short, expect: \"reached > 1%\"}\n"
		 "expect: [\"dropped = 0\"]\n", &said);
	CHECK_OR_STOP(f != NULL);
	CHECK(f->variants_count == 2 && said[0] == '\0');
	const struct rf_config *a = f->variants[0].config, *b = f->variants[1].config;
	CHECK(a->sip_t1 == 300 * RF_MS && a->sip_t2 == 4 * RF_SECOND && b->sip_t1 == 300 * RF_MS);
	CHECK(a->policy.queues[0].ring_ms == 60000 && b->policy.queues[0].ring_ms == 20000);
	CHECK(a->policy.partners_count == 1 && strcmp(a->policy.partners[0].name, "acme") == 0);
	CHECK(f->variants[0].expected_count == 1 && f->variants[1].expected_count == 2);
	CHECK(f->report_step == 600 * RF_MS && f->traffic[0].party == 0);
	rf_sim_file_free(f);
	free(said);
}

static void
values_that_vary_are_read(void)
{
	char *said = NULL;
	struct rf_sim_file *f = load(CONFIG,
	    HEAD PARTIES
	    "  ivr: {role: ivr, address: 203.0.113.2, ring: \"uniform(2s, 5s)\",\n"
	    "    agents: {talk: \"lognormal(3m, 0.5)\", wrap_up: 1s}, link: {loss: 5%}}\n"
	    "traffic: [{from: caller, call: billing, rate: 90/m, patience: "
	    "\"weibull(40s, 1.5)\"}]\n", &said);
	CHECK_OR_STOP(f != NULL);
	const struct rf_sim_party *ivr = &f->parties[2];
	CHECK(ivr->ring.kind == SPREAD_UNIFORM && (rf_time)ivr->ring.b == 5 * RF_SECOND);
	CHECK(ivr->talk.kind == SPREAD_LOGNORMAL && ivr->talk.unit == 180 * RF_SECOND);
	CHECK(ivr->wrap_up.kind == SPREAD_FIXED && (rf_time)ivr->wrap_up.a == RF_SECOND);
	CHECK((int)(ivr->link_loss * 1000) == 50 && f->traffic[0].rates[0] == 1.5);
	CHECK(f->traffic[0].patience.kind == SPREAD_WEIBULL && f->traffic[0].patience.b == 1.5);
	rf_sim_file_free(f);
	free(said);
}

static void
mistakes_have_places(void)
{
	complains_of(CONFIG, HEAD PARTIES "traffic: [{from: callers, call: billing, rate: 2/s}]\n",
	    "/w.yaml:8:18: traffic[0].from: no party \"callers\" in the section parties - did you "
	    "mean \"caller\"?");
	complains_of(CONFIG, HEAD PARTIES "traffic: [{from: acd, call: b, rate: 2/s}]\n",
	    ":8:18: traffic[0].from: expected a party with role: customers");
	complains_of(CONFIG, HEAD PARTIES "traffic: [{from: caller, call: b, rate: 2}]\n",
	    ":8:41: traffic[0].rate: expected so many a time, such as 2/s, 90/m or 500/h; got "
	    "\"2\"");
	complains_of(CONFIG, HEAD PARTIES "traffic: [{from: caller, call: b, rate: 9000/s}]\n",
	    "calls; expected at most 200000");
	complains_of(CONFIG, HEAD PARTIES TRAFFIC "faults: [{at: 3s, kind: duplicates}]\n",
	    ":9:25: faults[0].kind: there is no fault \"duplicates\" - did you mean "
	    "\"duplicate\"?");
	complains_of(CONFIG, HEAD PARTIES TRAFFIC "expect: [\"reach >= 3%\"]\n",
	    ":9:10: expect[0]: there is no metric \"reach\"; there are: calls");
	complains_of(CONFIG, HEAD PARTIES TRAFFIC "warmup: 60s\n",
	    ":9:9: warmup: expected less than the duration");
	complains_of(CONFIG, HEAD PARTIES
	    "  ivr: {role: ivr, address: 203.0.113.4, ring: exponential(5)}\n" TRAFFIC,
	    ":8:48: parties.ivr.ring: expected a duration, or one that varies, such as "
	    "exponential(3m) or uniform(2s, 5s); got \"exponential(5)\": its parameters are "
	    "others");
	complains_of(CONFIG, HEAD PARTIES "  ivr: {role: ivr, address: 203.0.113.1}\n" TRAFFIC,
	    ":8:29: parties.ivr.address: acd has that address already");
	complains_of(CONFIG, HEAD PARTIES "  desk: {role: center, address: 203.0.113.3}\n" TRAFFIC,
	    "expected hand_back: {to: ...}");
}

static void
overrides_are_as_strict_as_the_configuration(void)
{
	complains_of(CONFIG, HEAD PARTIES TRAFFIC "overrides:\n  sip: {t1: 5}\n",
	    "/w.yaml:10:13: overrides.sip.t1: expected a duration with its unit");
	complains_of(CONFIG, HEAD PARTIES TRAFFIC "overrides: {spi: {t1: 5s}}\n",
	    ":9:13: overrides: unknown key \"spi\" - did you mean \"sip\"?");
	/* What the check of the whole finds is told where the value stands. */
	complains_of(CONFIG, HEAD PARTIES TRAFFIC "overrides: {sip: {t2: 100ms}}\n",
	    "/w.yaml:9:23: overrides.sip.t2: expected t2 not below t1");
}

static void
configuration_complains_in_its_own_name(void)
{
	complains_of("version: 1\n", HEAD PARTIES TRAFFIC, "/referee.yaml:1:1: missing key");
	complains_of(CONFIG, HEAD
	    "parties: {caller: {role: customers, address: 198.51.100.9}}\n" TRAFFIC,
	    "/w.yaml:3:9: config: nobody has the host acd.example.com, which the configuration "
	    "calls");
	complains_of(CONFIG, "version: 1\nquestion: why?\nconfig: nowhere.yaml\nduration: 1m\n"
	    PARTIES TRAFFIC, "nowhere.yaml: No such file");
}

int
main(void)
{
	static const struct check_test tests[] = {
		CHECK_TEST(production_file_is_laid_under_overrides),
		CHECK_TEST(values_that_vary_are_read),
		CHECK_TEST(mistakes_have_places),
		CHECK_TEST(overrides_are_as_strict_as_the_configuration),
		CHECK_TEST(configuration_complains_in_its_own_name),
	};
	return check_main("sim file", tests, RF_ARRAY_LEN(tests));
}
