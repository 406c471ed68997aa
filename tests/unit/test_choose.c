/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_choose.c -- a choice hangs on its name alone, and a distribution is what it says.
 */
#include "sim/choose.h"

#include <stdio.h>
#include <string.h>

#include "tests/check.h"

static struct chooser c;

static void
draws_are_the_same_on_every_machine(void)
{
	choose_init(&c, 1);
	CHECK(choose_bits(&c, CHOOSE_LINK_LOSS, 0, 0) == UINT64_C(0x1697a78edc7a1b48));
	CHECK(choose_bits(&c, CHOOSE_LINK_LOSS, 17, 3) == UINT64_C(0x9417be52e119e827));
	choose_init(&c, 2);
	CHECK(choose_bits(&c, CHOOSE_PROCESS_AWAY, 1, 0) == UINT64_C(0x8090cb24e11f886c));
}

static void
draw_depends_on_seed_site_entity_and_n(void)
{
	struct chooser other;
	choose_init(&c, 1);
	choose_init(&other, 2);
	uint64_t bits = choose_bits(&c, CHOOSE_LINK_LOSS, 5, 7);
	CHECK(bits == choose_bits(&c, CHOOSE_LINK_LOSS, 5, 7));
	CHECK(bits != choose_bits(&other, CHOOSE_LINK_LOSS, 5, 7));
	CHECK(bits != choose_bits(&c, CHOOSE_LINK_JITTER, 5, 7));
	CHECK(bits != choose_bits(&c, CHOOSE_LINK_LOSS, 7, 5));
	CHECK(bits != choose_bits(&c, CHOOSE_LINK_LOSS, 5, 8));
}

static void
choices_in_between_change_nothing(void)
{
	choose_init(&c, 3);
	int64_t alone = choose_between(&c, CHOOSE_LINK_LOSS, 1, 1, 0, 1000000, 0);
	for (uint64_t n = 0; n < 100; n++)
		choose_yes(&c, CHOOSE_LINK_LOSS, 2, n, 0.5);
	CHECK(choose_between(&c, CHOOSE_LINK_LOSS, 1, 1, 0, 1000000, 0) == alone);
}

static void
rate_is_kept(void)
{
	uint32_t yes = 0;
	choose_init(&c, 4);
	for (uint64_t n = 0; n < 100000; n++)
		yes += choose_yes(&c, CHOOSE_LINK_LOSS, 0, n, 0.03);
	CHECK(yes > 2850); /* three standard deviations are 162 */
	CHECK(yes < 3150);
}

static void
rate_of_nothing_is_no_choice_and_of_one_is_certain(void)
{
	choose_init(&c, 5);
	CHECK(!choose_yes(&c, CHOOSE_LINK_LOSS, 0, 0, 0));
	CHECK(c.made == 0);
	for (uint64_t n = 0; n < 1000; n++)
		CHECK(choose_yes(&c, CHOOSE_LINK_LOSS, 0, n, 1));
}

static void
bounds_are_reached_and_kept(void)
{
	uint32_t seen[3] = { 0 };
	choose_init(&c, 6);
	for (uint64_t n = 0; n < 3000; n++) {
		int64_t v = choose_between(&c, CHOOSE_STREAM_PIECE, 0, n, -1, 1, 0);
		CHECK_OR_STOP(v >= -1);
		CHECK_OR_STOP(v <= 1);
		seen[v + 1]++;
	}
	for (int i = 0; i < 3; i++)
		CHECK(seen[i] > 850 && seen[i] < 1150);
	CHECK(choose_below(&c, CHOOSE_STREAM_PIECE, 0, 0, 1) == 0);
	choose_between(&c, CHOOSE_STREAM_PIECE, 0, 1, INT64_MIN, INT64_MAX, 0);
}

static void
weights_are_kept_and_0_is_never_taken(void)
{
	static const double weight[] = { 1, 0, 3 };
	uint32_t seen[3] = { 0 };
	choose_init(&c, 7);
	for (uint64_t n = 0; n < 4000; n++)
		seen[choose_weighted(&c, CHOOSE_STREAM_PIECE, 0, n, weight, 3)]++;
	CHECK(seen[1] == 0);
	CHECK(seen[0] > 900 && seen[0] < 1100);
	CHECK(seen[0] + seen[2] == 4000);
}

/* ---- who decides ----------------------------------------------------------------------------- */

static void
nobody_chooses_what_is_usual(void)
{
	choose_init(&c, 8);
	c.by = CHOOSE_BY_NOBODY;
	for (uint64_t n = 0; n < 100; n++) {
		CHECK(!choose_yes(&c, CHOOSE_LINK_LOSS, 0, n, 1));
		CHECK(choose_between(&c, CHOOSE_STREAM_PIECE, 0, n, 0, 9, 4) == 4);
		CHECK(choose_about(&c, CHOOSE_LINK_JITTER, 0, n, 20 * RF_MS) == 20 * RF_MS);
	}
}

static void
what_was_unusual_replays_the_run(void)
{
	struct choices record = { .count = 0 };
	bool lost[200];
	rf_time late[200];
	choose_init(&c, 9);
	c.record = &record;
	for (uint64_t n = 0; n < 200; n++) {
		lost[n] = choose_yes(&c, CHOOSE_LINK_LOSS, 1, n, 0.1);
		late[n] = choose_about(&c, CHOOSE_LINK_JITTER, 1, n, RF_SECOND);
	}
	choices_sort(&record);
	CHECK(record.count > 200 && record.count < 250);
	choose_init(&c, 10);
	c.by = CHOOSE_BY_NOBODY;
	c.fixed = &record;
	for (uint64_t n = 200; n-- > 0;) {
		CHECK(choose_yes(&c, CHOOSE_LINK_LOSS, 1, n, 0.1) == lost[n]);
		CHECK(choose_about(&c, CHOOSE_LINK_JITTER, 1, n, RF_SECOND) == late[n]);
	}
	choices_free(&record);
}

static void
one_choice_is_changed_and_the_others_stay(void)
{
	struct choices fixed = { .count = 0 };
	choose_init(&c, 11);
	int64_t before = choose_between(&c, CHOOSE_LINK_LOSS, 1, 0, 0, 1000000, 0);
	choices_add(&fixed, &(struct choice){ CHOOSE_LINK_LOSS, 1, 1, 42 });
	choices_add(&fixed, &(struct choice){ CHOOSE_LINK_LOSS, 1, 2, 99 });
	c.fixed = &fixed;
	CHECK(choose_between(&c, CHOOSE_LINK_LOSS, 1, 0, 0, 1000000, 0) == before);
	CHECK(choose_between(&c, CHOOSE_LINK_LOSS, 1, 1, 0, 1000000, 0) == 42);
	CHECK(choose_between(&c, CHOOSE_LINK_LOSS, 1, 2, 0, 9, 0) == 9); /* what is possible */
	choices_free(&fixed);
}

static void
tape_decides_and_is_usual_behind_its_end(void)
{
	static const uint8_t tape[] = { 0, 255, 1, 0, 128, 255 };
	choose_init(&c, 12);
	c.by = CHOOSE_BY_TAPE;
	c.tape = tape;
	c.tape_len = sizeof tape;
	CHECK(!choose_yes(&c, CHOOSE_LINK_LOSS, 0, 0, 0.01));
	CHECK(choose_yes(&c, CHOOSE_LINK_LOSS, 0, 1, 0.000001));
	CHECK(!choose_yes(&c, CHOOSE_LINK_LOSS, 0, 2, 0.01));
	CHECK(choose_between(&c, CHOOSE_STREAM_PIECE, 0, 0, 0, 254, 7) == 7);
	CHECK(choose_between(&c, CHOOSE_STREAM_PIECE, 0, 1, 0, 254, 7) == 127);
	CHECK(choose_about(&c, CHOOSE_LINK_JITTER, 0, 0, RF_SECOND) > 6 * RF_SECOND);
	CHECK(!choose_yes(&c, CHOOSE_LINK_LOSS, 0, 3, 1));
	CHECK(c.tape_at == sizeof tape);
}

static int64_t
always_high(void *user, const struct choose_question *q)
{
	++*(uint32_t *)user;
	return q->high + 1;
}

static void
driver_is_asked_and_kept_within_bounds(void)
{
	uint32_t asked = 0;
	choose_init(&c, 13);
	c.by = CHOOSE_BY_DRIVER;
	c.driver = always_high;
	c.user = &asked;
	CHECK(choose_yes(&c, CHOOSE_LINK_LOSS, 0, 0, 0.01));
	CHECK(choose_below(&c, CHOOSE_STREAM_PIECE, 0, 0, 4) == 3);
	CHECK(asked == 2);
}

static void
choice_is_read_as_it_is_written(void)
{
	char text[CHOICE_TEXT_MAX];
	struct choice read;
	const struct choice made = { CHOOSE_STORE_FAIL, UINT64_MAX, 3, -7 };
	choice_write(&made, text);
	CHECK(strcmp(text, "store.fail/18446744073709551615/3=-7") == 0);
	CHECK_OR_STOP(choice_read(&read, rf_slice_of(text)));
	CHECK(read.site == made.site && read.entity == made.entity);
	CHECK(read.n == made.n && read.value == made.value);
	static const char *const wrong[] = { "", "store.fail", "store.fail/1", "store.fail/1/2",
		"store.fail/1/2=", "store.fail/1/2=x", "store.failed/1/2=3",
		"store.fail/18446744073709551616/0=1", "store.fail/1/2=3 ", "store.fail/-1/2=3" };
	for (size_t i = 0; i < RF_ARRAY_LEN(wrong); i++)
		CHECK(!choice_read(&read, rf_slice_of(wrong[i])));
}

static void
every_site_has_a_name_of_its_own(void)
{
	for (uint32_t i = 0; i < CHOOSE_SITES_MAX; i++) {
		CHECK(choose_site_question(i)[0] != '\0');
		for (uint32_t k = 0; k < i; k++)
			CHECK(strcmp(choose_site_name(i), choose_site_name(k)) != 0);
	}
}

/* ---- distributions --------------------------------------------------------------------------- */

static const double quartiles[] = { 0, 10, 20, 50, 100 };
static const struct {
	struct spread s;
	double mean, deviation, drawn; /* drawn: of some fixed bits, to the last one */
} spreads[] = {
	{ { SPREAD_FIXED, 5, 0 }, 5, 0, 0x1.4p+2 },
	{ { SPREAD_UNIFORM, 2, 8 }, 5, 1.7321, 0x1.93d1fa13d063cp+2 },
	{ { SPREAD_EXPONENTIAL, 3, 0 }, 3, 3, 0x1.e6783c4e51de8p+1 },
	{ { SPREAD_NORMAL, 50, 4 }, 50, 4, 0x1.a27ce2ed82cb2p+5 },
	{ { SPREAD_LOGNORMAL, 1, 0.5 }, 3.0802, 1.6416, 0x1.d079012541cfp+1 },
	{ { SPREAD_WEIBULL, 2, 1.5 }, 1.8055, 1.2258, 0x1.2bb99ac5d458fp+1 },
	{ { SPREAD_PARETO, 6, 10 }, 12, 2.4495, 0x1.8b3a5216f119ap+3 },
	{ { SPREAD_GAMMA, 2.5, 4 }, 10, 6.3246, 0x1.1077b782487f4p+4 },
	{ { SPREAD_GAMMA, 0.5, 4 }, 2, 2.8284, 0x1.4b20ea6ac3c6fp+0 },
	{ { SPREAD_EMPIRICAL, 0, 0, quartiles, 5 }, 32.5, 28.6, 0x1.718cf13188f96p+5 },
};

static double
root(double x)
{
	double r = x > 1 ? x : 1;
	for (int i = 0; i < 60; i++)
		r = (r + x / r) / 2;
	return r;
}

static void
distributions_have_the_mean_and_deviation_they_should(void)
{
	enum { DRAWS = 100000 };
	choose_init(&c, 14);
	for (size_t i = 0; i < RF_ARRAY_LEN(spreads); i++) {
		double sum = 0, squares = 0;
		for (uint64_t n = 0; n < DRAWS; n++) {
			double x =
			    spread_draw(&spreads[i].s, choose_bits(&c, CHOOSE_LINK_JITTER, i, n));
			sum += x;
			squares += x * x;
		}
		double mean = sum / DRAWS, deviation = root(squares / DRAWS - mean * mean);
		double error = 4 * spreads[i].deviation / root(DRAWS);
		CHECK(mean >= spreads[i].mean - error - 1e-9);
		CHECK(mean <= spreads[i].mean + error + 1e-9);
		CHECK(deviation >= spreads[i].deviation * 0.97 - 1e-4);
		CHECK(deviation <= spreads[i].deviation * 1.03 + 1e-4);
	}
}

static void
distributions_are_the_same_to_the_last_bit_everywhere(void)
{
	for (size_t i = 0; i < RF_ARRAY_LEN(spreads); i++) {
		double x = spread_draw(&spreads[i].s, UINT64_C(0xb7e151628aed2a6a));
		if (x != spreads[i].drawn)
			check_note("%s: %a", spread_name(spreads[i].s.kind), x);
		CHECK(x == spreads[i].drawn);
	}
}

static void
extreme_bits_make_values_that_are_numbers(void)
{
	static const uint64_t extreme[] = { 0, 1, 4095, 4096, UINT64_MAX, UINT64_MAX - 1,
		UINT64_C(1) << 63 };
	choose_init(&c, 15);
	for (size_t i = 0; i < RF_ARRAY_LEN(spreads); i++) {
		for (size_t k = 0; k < RF_ARRAY_LEN(extreme); k++) {
			double x = spread_draw(&spreads[i].s, extreme[k]);
			CHECK(x >= 0);
			CHECK(x < 1e9);
		}
	}
}

static void
usual_value_is_the_mean(void)
{
	for (size_t i = 0; i < 5; i++) {
		double off = spread_usual(&spreads[i].s) - spreads[i].mean;
		CHECK(off < 1e-4 && off > -1e-4);
	}
	CHECK(spread_usual(&spreads[7].s) == 10);
	CHECK(spread_usual(&spreads[9].s) == 20);
}

static void
distributions_are_found_by_name(void)
{
	CHECK(spread_find(RF_SLICE("lognormal")) == SPREAD_LOGNORMAL);
	CHECK(spread_find(RF_SLICE("poisson")) == SPREAD_KIND_MAX);
	CHECK(strcmp(spread_parameter(SPREAD_PARETO, 1), "x_m") == 0);
}

static void
durations_are_in_their_unit_and_never_negative(void)
{
	choose_init(&c, 16);
	const struct spread seconds = { SPREAD_UNIFORM, 1, 2, .unit = RF_SECOND };
	const struct spread below = { SPREAD_NORMAL, -100, 1, .unit = RF_MS };
	const struct spread huge = { SPREAD_FIXED, 1e300, 0 };
	rf_time t = choose_time(&c, CHOOSE_LINK_JITTER, 0, 0, &seconds);
	CHECK(t >= RF_SECOND && t <= 2 * RF_SECOND);
	CHECK(choose_time(&c, CHOOSE_LINK_JITTER, 0, 0, &below) == 0);
	CHECK(choose_time(&c, CHOOSE_LINK_JITTER, 0, 0, &huge) < 400 * 86400 * RF_SECOND);
}

int
main(void)
{
	static const struct check_test tests[] = {
		CHECK_TEST(draws_are_the_same_on_every_machine),
		CHECK_TEST(draw_depends_on_seed_site_entity_and_n),
		CHECK_TEST(choices_in_between_change_nothing),
		CHECK_TEST(rate_is_kept),
		CHECK_TEST(rate_of_nothing_is_no_choice_and_of_one_is_certain),
		CHECK_TEST(bounds_are_reached_and_kept),
		CHECK_TEST(weights_are_kept_and_0_is_never_taken),
		CHECK_TEST(nobody_chooses_what_is_usual),
		CHECK_TEST(what_was_unusual_replays_the_run),
		CHECK_TEST(one_choice_is_changed_and_the_others_stay),
		CHECK_TEST(tape_decides_and_is_usual_behind_its_end),
		CHECK_TEST(driver_is_asked_and_kept_within_bounds),
		CHECK_TEST(choice_is_read_as_it_is_written),
		CHECK_TEST(every_site_has_a_name_of_its_own),
		CHECK_TEST(distributions_have_the_mean_and_deviation_they_should),
		CHECK_TEST(distributions_are_the_same_to_the_last_bit_everywhere),
		CHECK_TEST(extreme_bits_make_values_that_are_numbers),
		CHECK_TEST(usual_value_is_the_mean),
		CHECK_TEST(distributions_are_found_by_name),
		CHECK_TEST(durations_are_in_their_unit_and_never_negative),
	};
	return check_main("choose", tests, RF_ARRAY_LEN(tests));
}
