/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_sim_statistics.c -- against values of textbooks and tables. */
#include <math.h>
#include <string.h>

#include "app/sim/agents.h"
#include "app/sim/metrics.h"
#include "app/sim/statistics.h"
#include "tests/check.h"

static bool
near(double a, double b)
{
	return fabs(a - b) < 0.0005;
}

static void
wilson_interval_is_that_of_the_tables(void)
{
	struct rf_interval i = rf_share(81, 263);       /* Newcombe 1998, table I */
	CHECK(near(i.middle, 0.3080) && near(i.low, 0.2553) && near(i.high, 0.3662));
	i = rf_share(0, 20);
	CHECK(near(i.low, 0) && near(i.high, 0.1611));
	i = rf_share(0, 0);
	CHECK(i.low == 0 && i.high == 1);
}

static void
mean_has_students_interval(void)
{
	const double value[] = { 10, 12, 14, 16, 18 };
	struct rf_interval i = rf_mean(value, 5);       /* s = 3.1623, t = 2.776 */
	CHECK(near(i.middle, 14) && near(i.low, 10.0741) && near(i.high, 17.9259));
	CHECK(isinf(rf_mean(value, 1).high));
	CHECK(near(rf_student(120), 1.980));
}

static void
mcnemar_is_a_coin_that_was_tossed(void)
{
	CHECK(near(rf_mcnemar(0, 0), 1));
	CHECK(near(rf_mcnemar(5, 0), 0.0625));
	CHECK(near(rf_mcnemar(3, 9), 0.1460));
	CHECK(near(rf_mcnemar(9, 3), 0.1460));
	CHECK(rf_mcnemar(500, 100) < 1e-9);
}

static void
holm_asks_all_questions_together(void)
{
	double p[] = { 0.01, 0.04, 0.03, 0.005 };       /* Holm 1979 */
	rf_holm(p, 4);
	CHECK(near(p[0], 0.03) && near(p[1], 0.06) && near(p[2], 0.06) && near(p[3], 0.02));
}

static void
percentiles_are_within_a_step(void)
{
	static struct rf_tally h, other;
	memset(&h, 0, sizeof h);
	memset(&other, 0, sizeof other);
	for (uint64_t i = 1; i <= 50000; i++)
		rf_tally_add(&h, i * 100);
	for (uint64_t i = 50001; i <= 100000; i++)
		rf_tally_add(&other, i * 100);
	rf_tally_merge(&h, &other);
	CHECK(h.count == 100000 && h.max == 10000000);
	double median = (double)rf_tally_at(&h, 0.5), tail = (double)rf_tally_at(&h, 0.99);
	CHECK(median >= 5000000 && median <= 5000000 * 1.016);
	CHECK(tail >= 9900000 && tail <= 9900000 * 1.016);
	CHECK(rf_tally_at(&h, 1) == 10000000);
	memset(&h, 0, sizeof h);
	CHECK(rf_tally_at(&h, 0.5) == 0);
	rf_tally_add(&h, UINT64_MAX);
	CHECK(rf_tally_at(&h, 0.5) == UINT64_MAX);
}

static void
erlang_is_that_of_the_tables(void)
{
	CHECK(near(rf_erlang_b(8, 10), 0.1217));
	CHECK(near(rf_erlang_c(9, 12), 0.2660));
	CHECK(rf_erlang_c(12, 12) == 1);
	/* Patience that never ends is Erlang-C, none at all is Erlang-B. */
	CHECK(rf_erlang_a(9, 12, 1e9) < 1e-6);
	CHECK(near(rf_erlang_a(8, 10, 1e-9), rf_erlang_b(8, 10)));
}

static void
agents_serve_in_order_of_arrival(void)
{
	struct rf_agents *a = rf_agents_new(1, 2);
	uint64_t next = 0;
	bool served;
	CHECK(rf_agents_arrive(a, 1) == RF_AGENTS_RINGS);
	CHECK(rf_agents_arrive(a, 2) == RF_AGENTS_WAITS);
	CHECK(rf_agents_arrive(a, 3) == RF_AGENTS_WAITS);
	CHECK(rf_agents_arrive(a, 4) == RF_AGENTS_FULL);
	CHECK(rf_agents_leave(a, 2, &served) && !served);
	CHECK(!rf_agents_leave(a, 2, &served));
	CHECK(rf_agents_leave(a, 1, &served) && served);
	CHECK(rf_agents_ready(a, &next) && next == 3);
	CHECK(rf_agents_waiting(a) == 0 && rf_agents_busy(a) == 1);
	rf_agents_free(a);
}

static void
shift_that_ends_takes_no_call_away(void)
{
	struct rf_agents *a = rf_agents_new(1, 2);
	uint64_t next = 0;
	bool served;
	rf_agents_arrive(a, 1);
	rf_agents_arrive(a, 2);
	rf_agents_duty(a, 0);
	CHECK(rf_agents_busy(a) == 1 && !rf_agents_next(a, &next));
	CHECK(rf_agents_leave(a, 1, &served) && served);
	CHECK(!rf_agents_ready(a, &next));
	rf_agents_duty(a, 2);
	CHECK(rf_agents_next(a, &next) && next == 2 && !rf_agents_next(a, &next));
	rf_agents_free(a);
}

static bool
reads(const char *text, enum rf_metric metric, enum rf_sim_relation relation, double value)
{
	struct rf_sim_expectation e;
	char why[256] = "";
	return rf_sim_expectation_parse(&e, text, why, sizeof why) && e.metric == metric &&
	    e.relation == relation && near(e.value, value);
}

static void
expectations_have_units(void)
{
	struct rf_sim_expectation e;
	char why[1024] = "";
	CHECK(reads("reached >= 95%", RF_METRIC_REACHED, RF_AT_LEAST, 0.95));
	CHECK(reads("transfer_p90<1.5s", RF_METRIC_TRANSFER_P90, RF_BELOW, 1.5));
	CHECK(reads("accept_p99 <= 250ms", RF_METRIC_ACCEPT_P99, RF_AT_MOST, 0.25));
	CHECK(reads("dropped = 0", RF_METRIC_DROPPED, RF_EQUAL, 0));
	CHECK(reads("attempts > 1.2", RF_METRIC_ATTEMPTS, RF_ABOVE, 1.2));
	CHECK(!rf_sim_expectation_parse(&e, "transfer_p90 < 12", why, sizeof why));
	CHECK(strstr(why, "12s or 300ms") != NULL);
	CHECK(!rf_sim_expectation_parse(&e, "happiness > 3", why, sizeof why));
	CHECK(strstr(why, "no metric \"happiness\"; there are: calls") != NULL);
	CHECK(!rf_sim_expectation_parse(&e, "reached about 3", why, sizeof why));
	CHECK(!rf_sim_expectation_parse(&e, "dropped = 0%", why, sizeof why));
}

int
main(void)
{
	static const struct check_test tests[] = {
		CHECK_TEST(wilson_interval_is_that_of_the_tables),
		CHECK_TEST(mean_has_students_interval),
		CHECK_TEST(mcnemar_is_a_coin_that_was_tossed),
		CHECK_TEST(holm_asks_all_questions_together),
		CHECK_TEST(percentiles_are_within_a_step),
		CHECK_TEST(erlang_is_that_of_the_tables),
		CHECK_TEST(agents_serve_in_order_of_arrival),
		CHECK_TEST(shift_that_ends_takes_no_call_away),
		CHECK_TEST(expectations_have_units),
	};
	return check_main("sim statistics", tests, RF_ARRAY_LEN(tests));
}
