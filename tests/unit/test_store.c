/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_store.c -- what every store promises, asked of each of them. */
#include <stdlib.h>
#include <string.h>

#include "tests/unit/test_store_world.h"

#define FOR_EACH_STORE(test)                                                                       \
	static void test##__in_memory(void) { test("memory:"); }                                   \
	static void test##__in_sqlite(void) { test("sqlite:"); }
#define CHECK_EACH(test) CHECK_TEST(test##__in_memory), CHECK_TEST(test##__in_sqlite)

static void
an_answer_never_comes_from_inside_a_put(const char *scheme)
{
	struct store_world *w = store_world_new(scheme);
	CHECK_OR_STOP(store_world_open(w));
	for (rf_token token = 1; token <= 100; token++)
		store_world_put(w, token, RF_STORE_ESTABLISHED, token, "s", "{}");
	CHECK(w->answers == 0);
	CHECK(store_world_stats(w).pending == 100);
	CHECK(store_world_await(w, 100));
	CHECK(!w->re_entered);
	CHECK(w->stored == 100);
	CHECK(store_world_stats(w).pending == 0);
	store_world_free(w);
}
FOR_EACH_STORE(an_answer_never_comes_from_inside_a_put)

static void
puts_of_one_turn_are_one_commit(const char *scheme)
{
	struct store_world *w = store_world_new(scheme);
	CHECK_OR_STOP(store_world_open(w));
	for (rf_token token = 1; token <= 50; token++)
		store_world_put(w, token, RF_STORE_PROMISE, token, "s", "{}");
	CHECK(store_world_await(w, 50));
	CHECK(store_world_stats(w).commits == 1);
	store_world_free(w);
}
FOR_EACH_STORE(puts_of_one_turn_are_one_commit)

static void
put_the_next(struct store_world *w, rf_token token, bool stored)
{
	CHECK(stored);
	if (token < 20)
		store_world_put(w, token + 1, RF_STORE_PROMISE, 7, "s", "{}");
}

static void
an_answer_may_lead_to_the_next_put(const char *scheme)
{
	struct store_world *w = store_world_new(scheme);
	CHECK_OR_STOP(store_world_open(w));
	w->on_done = put_the_next;
	store_world_put(w, 1, RF_STORE_PROMISE, 7, "s", "{}");
	CHECK(store_world_await(w, 20));
	CHECK(store_world_stats(w).commits == 20);
	store_world_free(w);
}
FOR_EACH_STORE(an_answer_may_lead_to_the_next_put)

static void
events_of_a_session_are_read_in_their_order(const char *scheme)
{
	struct store_world *w = store_world_new(scheme);
	CHECK_OR_STOP(store_world_open(w));
	CHECK(rf_store_newest(w->store) == 0);
	store_world_put(w, 1, RF_STORE_ESTABLISHED, 5, "a", "{\"n\":1}");
	store_world_put(w, 2, RF_STORE_ESTABLISHED, 6, "b", "{\"n\":2}");
	store_world_put(w, 3, RF_STORE_PROMISE, 5, "c", "{\"n\":3}");
	CHECK(store_world_await(w, 3));
	store_world_put(w, 4, RF_STORE_OUTCOME, 5, "d", "{\"n\":4}");
	CHECK(store_world_await(w, 4));
	CHECK(strcmp(store_world_events(w, 5), "{\"n\":1} {\"n\":3} {\"n\":4} ") == 0);
	CHECK(strcmp(store_world_events(w, 6), "{\"n\":2} ") == 0);
	CHECK(strcmp(store_world_events(w, 7), "") == 0);
	CHECK(rf_store_newest(w->store) == 5);
	store_world_free(w);
}
FOR_EACH_STORE(events_of_a_session_are_read_in_their_order)

static void
an_end_rides_in_the_next_commit(const char *scheme)
{
	struct store_world *w = store_world_new(scheme);
	CHECK_OR_STOP(store_world_open(w));
	store_world_put(w, 0, RF_STORE_ENDED, 5, "", "{\"type\":\"call.ended\"}");
	store_world_run(w, 100);
	CHECK(store_world_stats(w).commits == 0);
	store_world_put(w, 1, RF_STORE_PROMISE, 6, "s", "{}");
	CHECK(store_world_await(w, 1));
	CHECK(strcmp(store_world_events(w, 5), "{\"type\":\"call.ended\"} ") == 0);
	struct rf_store_stats s = store_world_stats(w);
	CHECK(s.commits == 1 && s.rides == 1 && s.rides_alone == 0);
	store_world_free(w);
}
FOR_EACH_STORE(an_end_rides_in_the_next_commit)

static void
an_end_that_nobody_takes_along_is_committed_alone(const char *scheme)
{
	struct store_world *w = store_world_new(scheme);
	CHECK_OR_STOP(store_world_open(w));
	store_world_put(w, 0, RF_STORE_ENDED, 5, "", "{\"type\":\"call.ended\"}");
	store_world_put(w, 0, RF_STORE_ENDED, 6, "", "{}");
	store_world_run(w, 1300);
	CHECK(w->answers == 0);
	CHECK(strcmp(store_world_events(w, 5), "{\"type\":\"call.ended\"} ") == 0);
	struct rf_store_stats s = store_world_stats(w);
	CHECK(s.pending == 0 && s.commits == 1 && s.rides == 2 && s.rides_alone == 1);
	store_world_free(w);
}
FOR_EACH_STORE(an_end_that_nobody_takes_along_is_committed_alone)

/* Each alone in the store, which is the dearest case: all but the last end ride. */
static void
a_hand_back_costs_three_commits(const char *scheme)
{
	static const enum rf_store_kind waited_for[] = { RF_STORE_ESTABLISHED, RF_STORE_PROMISE,
		RF_STORE_OUTCOME };
	struct store_world *w = store_world_new(scheme);
	rf_token token = 0;
	CHECK_OR_STOP(store_world_open(w));
	for (uint64_t session = 1; session <= 10; session++) {
		for (unsigned i = 0; i < sizeof waited_for / sizeof waited_for[0]; i++) {
			store_world_put(w, ++token, waited_for[i], session, "s", "{}");
			CHECK(store_world_await(w, (uint32_t)token));
		}
		store_world_put(w, 0, RF_STORE_ENDED, session, "", "{}");
	}
	struct rf_store_stats s = store_world_stats(w);
	CHECK(s.puts == 40 && s.rides == 10 && s.commits == 30 && s.pending == 1);
	store_world_free(w);
}
FOR_EACH_STORE(a_hand_back_costs_three_commits)

static void
what_is_too_long_is_refused_and_counted(const char *scheme)
{
	struct store_world *w = store_world_new(scheme);
	char *text = malloc(RF_STORE_RECORD_LEN_MAX + 2);
	CHECK_OR_STOP(store_world_open(w));
	memset(text, 'x', RF_STORE_RECORD_LEN_MAX + 1);
	text[RF_STORE_RECORD_LEN_MAX + 1] = '\0';
	store_world_put(w, 1, RF_STORE_PROMISE, 5, "s", text);
	store_world_put(w, 2, RF_STORE_PROMISE, 5, text, "{}");
	CHECK(w->answers == 0);
	CHECK(store_world_await(w, 2));
	CHECK(w->refused == 2);
	CHECK(store_world_stats(w).refused == 2);
	text[RF_STORE_RECORD_LEN_MAX] = '\0';
	store_world_put(w, 3, RF_STORE_PROMISE, 5, text, text);
	CHECK(store_world_await(w, 3));
	CHECK(w->answer[3] == 1);
	free(text);
	store_world_free(w);
}
FOR_EACH_STORE(what_is_too_long_is_refused_and_counted)

static void
a_full_queue_refuses_promises_and_still_takes_outcomes(const char *scheme)
{
	struct store_world *w = store_world_new(scheme);
	CHECK_OR_STOP(store_world_open(w));
	rf_token token = 0;
	while (token < RF_STORE_PENDING_MAX)
		store_world_put(w, ++token, RF_STORE_PROMISE, 5, "s", "");
	store_world_put(w, ++token, RF_STORE_PROMISE, 6, "s", "{}");
	store_world_put(w, ++token, RF_STORE_OUTCOME, 7, "s", "{}");
	CHECK(!w->re_entered);
	CHECK(store_world_await(w, (uint32_t)token));
	CHECK(w->answer[token - 1] == -1);
	CHECK(w->answer[token] == 1);
	CHECK(w->refused == 1);
	CHECK(store_world_stats(w).refused == 1);
	CHECK(store_world_stats(w).lost == 0);
	CHECK(strcmp(store_world_events(w, 7), "{} ") == 0);
	store_world_free(w);
}
FOR_EACH_STORE(a_full_queue_refuses_promises_and_still_takes_outcomes)

static void
the_queue_is_bounded_in_bytes_too(const char *scheme)
{
	struct store_world *w = store_world_new(scheme);
	char *text = malloc(RF_STORE_RECORD_LEN_MAX + 1);
	CHECK_OR_STOP(store_world_open(w));
	memset(text, 'x', RF_STORE_RECORD_LEN_MAX);
	text[RF_STORE_RECORD_LEN_MAX] = '\0';
	const uint32_t fit = RF_STORE_BYTES_MAX / RF_STORE_RECORD_LEN_MAX;
	for (rf_token token = 1; token <= fit + 10; token++)
		store_world_put(w, token, RF_STORE_PROMISE, 5, text, "");
	CHECK(store_world_await(w, fit + 10));
	CHECK(w->refused > 0 && w->refused < 20);
	CHECK(w->answer[1] == 1 && w->answer[fit + 10] == -1);
	free(text);
	store_world_free(w);
}
FOR_EACH_STORE(the_queue_is_bounded_in_bytes_too)

static void
closing_commits_what_is_pending(const char *scheme)
{
	struct store_world *w = store_world_new(scheme);
	CHECK_OR_STOP(store_world_open(w));
	store_world_put(w, 0, RF_STORE_ENDED, 4, "", "{\"n\":0}");
	store_world_put(w, 1, RF_STORE_OUTCOME, 5, "s", "{\"n\":1}");
	store_world_close(w);
	CHECK(w->answers == 0);
	if (strcmp(scheme, "sqlite:") == 0) {
		const char *rows = store_world_sql(w, "SELECT body FROM event");
		CHECK(strcmp(rows, "{\"n\":0} {\"n\":1} ") == 0);
	}
	store_world_free(w);
}
FOR_EACH_STORE(closing_commits_what_is_pending)

static void
commits_are_counted_and_measured(const char *scheme)
{
	struct store_world *w = store_world_new(scheme);
	CHECK_OR_STOP(store_world_open(w));
	for (rf_token token = 1; token <= 10; token++) {
		store_world_put(w, token, RF_STORE_PROMISE, 5, "snapshot", "{\"n\":1}");
		CHECK(store_world_await(w, (uint32_t)token));
	}
	struct rf_store_stats s = store_world_stats(w);
	CHECK(s.puts == 10 && s.commits == 10 && s.rows == 10 && s.bytes > 150);
	CHECK(s.commit_us_p50 <= s.commit_us_p99 && s.commit_us_p99 <= s.commit_us_max);
	CHECK(s.commits_failed == 0 && s.undurable == 0 && s.lost == 0);
	store_world_free(w);
}
FOR_EACH_STORE(commits_are_counted_and_measured)

int
main(void)
{
	static const struct check_test tests[] = {
		CHECK_EACH(an_answer_never_comes_from_inside_a_put),
		CHECK_EACH(puts_of_one_turn_are_one_commit),
		CHECK_EACH(an_answer_may_lead_to_the_next_put),
		CHECK_EACH(events_of_a_session_are_read_in_their_order),
		CHECK_EACH(an_end_rides_in_the_next_commit),
		CHECK_EACH(an_end_that_nobody_takes_along_is_committed_alone),
		CHECK_EACH(a_hand_back_costs_three_commits),
		CHECK_EACH(what_is_too_long_is_refused_and_counted),
		CHECK_EACH(a_full_queue_refuses_promises_and_still_takes_outcomes),
		CHECK_EACH(the_queue_is_bounded_in_bytes_too),
		CHECK_EACH(closing_commits_what_is_pending),
		CHECK_EACH(commits_are_counted_and_measured),
	};
	return check_main("store", tests, sizeof tests / sizeof tests[0]);
}
