/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_swarm_shrink.c -- a swarm finds what is planted, and little of it is left.
 *
 * Pieces of the museum (tests/tables/museum.h) are put into the tables; a seed must fail, and its
 * run is shrunk.  In a process each, for some of them end in an assertion. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/sim/shrink.h"
#include "sim/shrink.h"
#include "sim/swarm.h"
#include "tests/check.h"
#include "tests/tables/museum.h"

enum { SEEDS = 60, RUNS = 400, EVENTS_MAX = 12, NOT_FOUND = 255, NOT_ALONE = 254 };

static const struct rf_fsm *machines[WORLD_MACHINES_MAX];
static struct swarm_result wanted, result;
static uint64_t seed;

static bool
fails(void *user, const struct choices *these, uint64_t calls_without, struct choices *made)
{
	(void)user;
	swarm_run(&(struct swarm_options){ .seed = seed,
		      .by = CHOOSE_BY_NOBODY,
		      .machines = machines,
		      .fixed = these,
		      .record = made,
		      .calls_without = calls_without },
	    &result);
	return !result.passed && result.invariant == wanted.invariant;
}

/* How many choices are left of the first seed that fails. */
static int
hunt(const struct museum_piece *piece, struct rf_script *script)
{
	static struct patched patched;
	struct choices found = { .count = 0 };
	struct shrink_result shrunk;
	museum_machines(machines, &patched, piece);
	for (seed = 1; seed <= SEEDS; seed++) {
		choices_free(&found);
		swarm_run(&(struct swarm_options){ .seed = seed, .machines = machines,
			      .record = &found },
		    &wanted);
		if (!wanted.passed)
			break;
	}
	if (seed > SEEDS)
		return NOT_FOUND;
	choices_sort(&found);
	struct shrink_problem problem = { .fails = fails, .calls = UINT64_MAX, .runs_max = RUNS };
	if (!shrink(&problem, &found, &shrunk))
		return NOT_ALONE;
	choices_free(&found);
	*script = (struct rf_script){ seed, shrunk.calls_without, shrunk.left };
	return shrunk.left.count < NOT_ALONE ? (int)shrunk.left.count : NOT_ALONE - 1;
}

static const struct museum_piece *
piece_of(const char *report)
{
	const struct museum_piece *piece = museum;
	while (strcmp(piece->report, report) != 0)
		piece++;
	return piece;
}

static int
hunt_in_child(const char *report)
{
	int status = 0;
	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0) {
		struct rf_script script;
		_exit(hunt(piece_of(report), &script));
	}
	CHECK_OR_STOP(pid > 0);
	CHECK_OR_STOP(waitpid(pid, &status, 0) == pid);
	int left = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	check_note("%s: seed and %d choices", report, left);
	return left;
}

static void
early_bye_that_ends_the_transfer_is_left_with_little(void)
{
	CHECK(hunt_in_child("siphon#220-an-early-BYE-ends-the-transfer") <= EVENTS_MAX);
}

static void
bye_that_overtakes_is_left_with_little(void)
{
	CHECK(hunt_in_child("siphon#295-NOTIFY-and-BYE-leave-together") <= EVENTS_MAX);
	CHECK(hunt_in_child("siphon#456-BYE-overtakes-the-ACK-that-is-awaited") <= EVENTS_MAX);
}

static void
notify_that_should_not_be_is_left_with_little(void)
{
	CHECK(
	    hunt_in_child("pjproject#1895-a-refused-NOTIFY-is-followed-by-others") <= EVENTS_MAX);
	CHECK(hunt_in_child("jambonz#217-NOTIFY-never-comes") <= EVENTS_MAX);
}

static void
promise_before_it_is_stored_is_left_with_little(void)
{
	CHECK(hunt_in_child("the-promise-is-spoken-before-it-is-stored") <= EVENTS_MAX);
}

/* ---- scripts --------------------------------------------------------------------------------- */

static FILE *err;
static char said[512];

static bool
read_text(struct rf_script *s, const char *text)
{
	char path[] = "/tmp/referee-script-XXXXXX";
	int fd = mkstemp(path);
	CHECK_OR_STOP(fd >= 0);
	CHECK_OR_STOP(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
	err = fmemopen(said, sizeof said, "w");
	CHECK_OR_STOP(err != NULL);
	bool good = rf_script_read(s, path, err);
	fclose(err);
	unlink(path);
	return good;
}

static void
script_is_read_as_it_is_written(void)
{
	struct rf_script s, read;
	char *text = NULL;
	size_t len = 0;
	CHECK_OR_STOP(
	    hunt(piece_of("siphon#220-an-early-BYE-ends-the-transfer"), &s) <= EVENTS_MAX);
	FILE *out = open_memstream(&text, &len);
	CHECK_OR_STOP(out != NULL);
	rf_script_write(&s, out);
	fclose(out);
	CHECK_OR_STOP(read_text(&read, text));
	CHECK(read.seed == s.seed);
	CHECK(read.calls_without == s.calls_without);
	CHECK_OR_STOP(read.choices.count == s.choices.count);
	for (uint32_t i = 0; i < s.choices.count; i++) {
		CHECK(read.choices.at[i].site == s.choices.at[i].site);
		CHECK(read.choices.at[i].entity == s.choices.at[i].entity);
		CHECK(read.choices.at[i].n == s.choices.at[i].n);
		CHECK(read.choices.at[i].value == s.choices.at[i].value);
	}
	struct choices made = { .count = 0 };
	seed = read.seed;
	CHECK(fails(NULL, &read.choices, read.calls_without, &made));
	choices_free(&made);
	choices_free(&read.choices);
	choices_free(&s.choices);
	free(text);
}

static void
wrong_script_is_told_with_its_line(void)
{
	struct rf_script s;
	CHECK(!read_text(&s, "# a comment\nseed 1\nlink.lost/1/2=3\n"));
	CHECK(strstr(said, ":3: ") != NULL);
	CHECK(!read_text(&s, "seed one\n"));
	CHECK(!read_text(&s, "without 65\n"));
	CHECK(!read_text(&s, "without 1 x\n"));
	CHECK(!read_text(&s, "link.loss/1/2\n"));
	CHECK(read_text(&s, "seed 3  # and\n\nwithout 2 64\nlink.loss/1/2=3  # why\n"));
	CHECK(s.seed == 3 && s.choices.count == 1);
	CHECK(s.calls_without == (UINT64_C(1) << 63 | 2));
	choices_free(&s.choices);
}

int
main(void)
{
	static const struct check_test tests[] = {
		CHECK_TEST(early_bye_that_ends_the_transfer_is_left_with_little),
		CHECK_TEST(bye_that_overtakes_is_left_with_little),
		CHECK_TEST(notify_that_should_not_be_is_left_with_little),
		CHECK_TEST(promise_before_it_is_stored_is_left_with_little),
		CHECK_TEST(script_is_read_as_it_is_written),
		CHECK_TEST(wrong_script_is_told_with_its_line),
	};
	return check_main("swarm_shrink", tests, RF_ARRAY_LEN(tests));
}
