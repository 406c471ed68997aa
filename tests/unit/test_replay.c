/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of app/replay.c: what `referee sim replay` says of a segment, and how it exits. */
#include "app/replay.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "journal/build.h"
#include "tests/check.h"
#include "tests/unit/test_journal_tape.h"

static char *out_text, *err_text;
static char file[2][32] = { "/tmp/referee-replay-XXXXXX", "/tmp/referee-replay-XXXXXX" };

static struct tape
record(void)
{
	struct tape t = tape_new(UINT32_MAX);
	bool built = rf_build_id(t.build);
	assert(built);
	(void)built;
	tape_play(&t, "target-503-is-retried.scn", true);
	assert(t.wrong[0] == '\0');
	return t;
}

static void
save(const struct tape *t, const char *path, size_t len)
{
	FILE *f = fopen(path, "w");
	assert(f != NULL);
	fwrite(t->bytes, 1, len, f);
	fclose(f);
}

/* The configuration of the scenes (sim/tables.c), as a file, as far as this scene asks. */
#define CONFIG(queue) \
	"version: 1\n" \
	"domain: referee.example\n" \
	"listen: [{transport: udp, address: \"192.0.2.1:5060\"}]\n" \
	"partners:\n" \
	"  - {name: carrier, identify: {source: 192.0.2.10}}\n" \
	"  - {name: acme, identify: {source: [192.0.2.20, 192.0.2.21]},\n" \
	"     referred_by: [\"sip:*@acme.example\"], referred_by_missing: allow}\n" \
	"routes:\n" \
	"  - {name: center, key: center, to: \"sip:center@center.example\"}\n" \
	"  - {name: billing, key: billing, to: queue/billing}\n" \
	"  - {name: single, key: single, to: queue/single}\n" \
	"queues:\n" \
	"  billing: {targets: [{uri: \"" queue "\"}], overflow: queue/overflow}\n" \
	"  single: {targets: [{uri: \"" queue "\"}]}\n" \
	"  overflow: {targets: [{uri: \"sip:queue2@queue2.example\"}]}\n" \
	"ivr: sip:ivr@ivr.example\n"

static const char *other_config;               /* of the next run; NULL: none */

static int
run(int files, bool json, bool verbose)
{
	char *list[2] = { file[0], file[1] };
	size_t out_len, err_len;
	free(out_text);
	free(err_text);
	FILE *out = open_memstream(&out_text, &out_len), *err = open_memstream(&err_text, &err_len);
	int status = rf_replay_run(&(struct rf_options){ .files = list, .file_count = files,
				       .config = other_config,
				       .json = json, .verbose = verbose }, out, err);
	fclose(out);
	fclose(err);
	return status;
}

#define SAYS(text) CHECK(strstr(out_text, text) != NULL)

static void
the_same_is_said_and_exits_0(void)
{
	struct tape t = record();
	save(&t, file[0], t.len);
	CHECK(run(1, false, false) == RF_EXIT_OK);
	SAYS(": same: ");
	SAYS(" 1 sessions, from ");
	CHECK(strstr(out_text, "in the middle") == NULL);
	CHECK(run(1, true, false) == RF_EXIT_OK);
	SAYS("\"result\":\"same\",\"complete\":true");
	free(t.bytes);
}

static void
a_torn_segment_is_the_same_as_far_as_it_goes(void)
{
	struct tape t = record();
	save(&t, file[0], t.len - 30);
	CHECK(run(1, false, false) == RF_EXIT_OK);
	SAYS("; it ends in the middle\n");
	CHECK(run(1, true, false) == RF_EXIT_OK);
	SAYS("\"complete\":false");
	free(t.bytes);
}

static void
verbose_draws_every_session(void)
{
	struct tape t = record();
	save(&t, file[0], t.len);
	CHECK(run(1, false, true) == RF_EXIT_OK);
	SAYS("\nsession ");
	SAYS("- INVITE -");
	SAYS("* refer PROMISING/STORED/ELSE -> TRYING");
	CHECK(run(1, true, true) == RF_EXIT_OK);
	SAYS("\"ladders\":[{\"session\":");
	free(t.bytes);
}

/* The commit of the promise is lost: the REFER gets 503 where it had 202. */
static void
a_divergence_is_shown_in_the_words_of_the_ladder(void)
{
	char number[64];
	struct tape t = record();
	uint64_t n = tape_find(&t, tape_is_commit, 2);
	tape_plant(&t, n, tape_lose_commit);
	save(&t, file[0], t.len);
	CHECK(run(1, false, false) == RF_EXIT_DIVERGED);
	SAYS(": DIVERGED: ");
	snprintf(number, sizeof number, "  record  %llu, at 1970-01-01T00:00:",
	    (unsigned long long)n);
	SAYS(number);
	SAYS("  told    an answer: no\n");
	SAYS("  row     refer PROMISING/STORE_FAIL/ELSE -> ");
	SAYS("  did     send to 192.0.2.20:5060 udp: SIP/2.0 503 ");
	SAYS("- INVITE -");
	SAYS("refer PROMISING/STORE_FAIL/ELSE");
	CHECK(run(1, true, false) == RF_EXIT_DIVERGED);
	SAYS("\"result\":\"diverged\"");
	snprintf(number, sizeof number, "\"divergence\":{\"record\":%llu,", (unsigned long long)n);
	SAYS(number);
	SAYS("\"rows\":[\"");
	SAYS("\"effects\":[\"send to 192.0.2.20:5060 udp: SIP/2.0 503 ");
	free(t.bytes);
}

static void
another_build_is_an_error_and_the_others_are_replayed(void)
{
	struct tape t = record();
	save(&t, file[1], t.len);
	struct tape other = tape_new(UINT32_MAX);       /* its build is called "test" */
	tape_play(&other, "target-503-is-retried.scn", true);
	save(&other, file[0], other.len);
	CHECK(run(2, false, false) == RF_EXIT_FAILED);
	CHECK(strstr(err_text, "it was recorded by another build of referee: 7465737400000000..., "
			       "and this is ") != NULL);
	SAYS(": same: ");
	CHECK(run(2, true, false) == RF_EXIT_FAILED);
	SAYS("\"result\":\"error\",\"error\":\"it was recorded by another build of referee: ");
	SAYS("\"result\":\"same\"");
	free(t.bytes);
	free(other.bytes);
}

static void
events_are_told_in_a_line(void)
{
	const struct rf_addr a = { .ip = { [10] = 0xff, [11] = 0xff, 192, 0, 2, 9 },
		.port = 5060, .proto = RF_TLS };
	const struct {
		struct rf_event event;
		const char *line;
	} cases[] = {
		{ { .kind = RF_EV_MESSAGE, .path.remote = a, .bytes = { "BYE x\001\r\nVia", 11 } },
		    "message from 192.0.2.9:5060 tls: BYE x?" },
		{ { .kind = RF_EV_LINK_UP, .path.link = 3, .path.remote = a },
		    "link 3 up: 192.0.2.9:5060 tls" },
		{ { .kind = RF_EV_LINK_DOWN, .path.link = 3, .reason = RF_LINK_IDLE },
		    "link 3 down: idle" },
		{ { .kind = RF_EV_SEND_FAILED, .reason = RF_LINK_REFUSED },
		    "a send failed: refused" },
		{ { .kind = RF_EV_ANSWER, .stored = true }, "store: done" },
		{ { .kind = RF_EV_ANSWER, .addresses = &a, .address_count = 2 },
		    "resolved: 192.0.2.9:5060 tls and 1 more" },
		{ { .kind = RF_EV_DEADLINE }, "a timer" },
		{ { .kind = RF_EV_COMMAND, .value = 42 }, "command: end session 00000000002a" },
		{ { .kind = RF_EV_DRAIN }, "drain: no new work" },
		{ { .kind = RF_EV_FACT }, "the wall clock" },
		{ { .kind = RF_EV_RESTORE, .session = 42, .away = 5 * RF_SECOND },
		    "restore session 00000000002a, away for 5000 ms" },
	};
	for (size_t i = 0; i < RF_ARRAY_LEN(cases); i++) {
		char *text;
		size_t len;
		FILE *f = open_memstream(&text, &len);
		rf_replay_write_event(f, &cases[i].event);
		fclose(f);
		CHECK(strcmp(text, cases[i].line) == 0);
		free(text);
	}
}

/* With that configuration, over what was recorded. */
static int
run_other(const char *text, bool json, bool verbose)
{
	char path[] = "/tmp/referee-replay-XXXXXX";
	int fd = mkstemp(path);
	assert(fd >= 0);
	FILE *f = fdopen(fd, "w");
	assert(f != NULL);
	fputs(text, f);
	fclose(f);
	other_config = path;
	int status = run(1, json, verbose);
	other_config = NULL;
	unlink(path);
	return status;
}

static void
the_same_configuration_would_have_done_the_same(void)
{
	struct tape t = record();
	save(&t, file[0], t.len);
	CHECK(run_other(CONFIG("sip:queue@queue.example"), false, false) == RF_EXIT_OK);
	SAYS(": same: ");
	SAYS("2 questions to policy; 0 of 1 calls would have had another answer\n");
	CHECK(strstr(out_text, "no prediction") == NULL);
	free(t.bytes);
}

static void
another_configuration_is_shown_at_its_first_difference(void)
{
	struct tape t = record();
	save(&t, file[0], t.len);
	CHECK(run_other(CONFIG("sip:others@queue.example"), false, false) == RF_EXIT_DIVERGED);
	SAYS("; 1 of 1 calls would have had another answer\n");
	SAYS("\n  asked     REFER sip:");
	SAYS(", Refer-To <sip:");
	SAYS("\n  was       to sip:queue@queue.example for 30 s\n");
	SAYS("\n  would be  to sip:others@queue.example for 30 s\n");
	SAYS("It is no prediction of what would have come of it.");
	CHECK(run_other(CONFIG("sip:others@queue.example"), false, true) == RF_EXIT_DIVERGED);
	SAYS("- INVITE -");
	CHECK(run_other(CONFIG("sip:others@queue.example"), true, false) == RF_EXIT_DIVERGED);
	SAYS("\"result\":\"same\"");
	SAYS("\"prediction\":false");
	SAYS("\"would_be\":\"to sip:others@queue.example for 30 s\"");
	free(t.bytes);
}

static void
call_that_would_not_have_been_taken_is_said_so(void)
{
	struct tape t = record();
	save(&t, file[0], t.len);
	CHECK(run_other("version: 1\nlisten: [{transport: udp, address: \"192.0.2.1:5060\"}]\n"
			"partners: [{name: acme, identify: {source: 192.0.2.20}}]\n"
			"routes: [{to: \"sip:a@b.example\"}]\n", false, false) == RF_EXIT_DIVERGED);
	SAYS("  asked     INVITE sip:");
	SAYS("  was       allowed, partner carrier, route center");
	SAYS("  would be  refused with 403");
	free(t.bytes);
}

static void
configuration_that_is_none_is_said_before_anything(void)
{
	struct tape t = record();
	save(&t, file[0], t.len);
	CHECK(run_other("version: 2\n", false, false) == RF_EXIT_CONFIG);
	CHECK(out_text[0] == '\0' && strstr(err_text, ":1:10: version: expected") != NULL);
	free(t.bytes);
}

int
main(void)
{
	static const struct check_test tests[] = {
		CHECK_TEST(the_same_is_said_and_exits_0),
		CHECK_TEST(a_torn_segment_is_the_same_as_far_as_it_goes),
		CHECK_TEST(verbose_draws_every_session),
		CHECK_TEST(a_divergence_is_shown_in_the_words_of_the_ladder),
		CHECK_TEST(another_build_is_an_error_and_the_others_are_replayed),
		CHECK_TEST(events_are_told_in_a_line),
		CHECK_TEST(the_same_configuration_would_have_done_the_same),
		CHECK_TEST(another_configuration_is_shown_at_its_first_difference),
		CHECK_TEST(call_that_would_not_have_been_taken_is_said_so),
		CHECK_TEST(configuration_that_is_none_is_said_before_anything),
	};
	for (unsigned i = 0; i < 2; i++) {
		int fd = mkstemp(file[i]);
		assert(fd >= 0);
		close(fd);
	}
	int status = check_main("replay", tests, sizeof tests / sizeof tests[0]);
	unlink(file[0]);
	unlink(file[1]);
	free(out_text);
	free(err_text);
	return status;
}
