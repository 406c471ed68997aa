/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_shrink.c -- what is left over is what is needed, and no more.
 *
 * The runs here are questions to a list: does it hold what the failure hangs on? */
#include "sim/shrink.h"

#include <string.h>

#include "tests/check.h"

/* Fails if call `call` takes place and all of `need` are there, each with at least that value. */
struct riddle {
	struct choices need;
	uint32_t call;     /* 0: any */
	uint64_t unasked;  /* entities from here on are never asked about */
	uint32_t asked, late_after;
};

static const struct choice *
find(const struct choices *list, const struct choice *c)
{
	for (uint32_t i = 0; i < list->count; i++) {
		if (list->at[i].site == c->site && list->at[i].entity == c->entity &&
		    list->at[i].n == c->n)
			return &list->at[i];
	}
	return NULL;
}

static bool
fails(void *user, const struct choices *these, uint64_t calls_without, struct choices *made)
{
	struct riddle *r = user;
	r->asked++;
	if (r->call != 0 && (calls_without >> (r->call - 1) & 1) != 0)
		return false;
	for (uint32_t i = 0; i < r->need.count; i++) {
		const struct choice *c = find(these, &r->need.at[i]);
		if (c == NULL || c->value < r->need.at[i].value)
			return false;
	}
	for (uint32_t i = 0; i < these->count; i++) {
		if (these->at[i].entity < r->unasked)
			choices_add(made, &these->at[i]);
	}
	return true;
}

static bool
is_late(void *user)
{
	const struct riddle *r = user;
	return r->late_after != 0 && r->asked >= r->late_after;
}

static struct choices found;
static struct riddle riddle;
static struct shrink_problem problem;
static struct shrink_result result;

/* A thousand choices at many sites, of 20 entities. */
static void
begin(void)
{
	found = (struct choices){ .count = 0 };
	riddle = (struct riddle){ .unasked = UINT64_MAX };
	problem = (struct shrink_problem){ .fails = fails, .user = &riddle, .runs_max = 5000,
		.is_late = is_late };
	for (uint32_t i = 0; i < 1000; i++)
		choices_add(&found, &(struct choice){ (enum choose_site)(i % 10), i % 20, i,
					 123456 + i });
	choices_sort(&found);
}

static void
end(void)
{
	choices_free(&found);
	choices_free(&riddle.need);
	choices_free(&result.left);
}

static void
need(uint32_t i, int64_t value)
{
	choices_add(&riddle.need, &(struct choice){ (enum choose_site)(i % 10), i % 20, i, value });
}

static void
three_of_a_thousand_are_found(void)
{
	begin();
	need(3, 1);
	need(500, 1);
	need(999, 1);
	CHECK(shrink(&problem, &found, &result));
	CHECK(result.complete);
	CHECK(result.left.count == 3);
	for (uint32_t i = 0; i < 3; i++)
		CHECK(find(&result.left, &riddle.need.at[i]) != NULL);
	CHECK(result.runs < 300);
	end();
}

static void
values_become_as_simple_as_they_may(void)
{
	begin();
	need(3, 1);
	need(500, 100001);
	need(999, 0);
	CHECK(shrink(&problem, &found, &result));
	CHECK(find(&result.left, &riddle.need.at[0])->value == 1);
	CHECK(find(&result.left, &riddle.need.at[1])->value == 200000 ||
	      find(&result.left, &riddle.need.at[1])->value == 120000);
	CHECK(find(&result.left, &riddle.need.at[2])->value == 0);
	end();
}

static void
failure_without_any_choice_needs_none(void)
{
	begin();
	CHECK(shrink(&problem, &found, &result));
	CHECK(result.left.count == 0);
	CHECK(result.complete);
	end();
}

static void
run_that_does_not_fail_is_said_to(void)
{
	begin();
	choices_add(&riddle.need, &(struct choice){ CHOOSE_LINK_LOSS, 4711, 0, 1 });
	CHECK(!shrink(&problem, &found, &result));
	CHECK(result.left.count == 0);
	CHECK(result.runs == 1);
	end();
}

static void
calls_that_are_not_needed_are_left_out(void)
{
	begin();
	problem.calls = UINT64_C(0xffffffffffff);
	riddle.call = 17;
	need(7, 1);
	CHECK(shrink(&problem, &found, &result));
	CHECK(result.calls_without == (problem.calls & ~(UINT64_C(1) << 16)));
	CHECK(result.left.count == 1);
	end();
}

static void
what_is_never_asked_goes_at_once(void)
{
	begin();
	need(3, 1);
	need(4, 1);
	riddle.unasked = 5;
	CHECK(shrink(&problem, &found, &result));
	CHECK(result.left.count == 2);
	end();
}

static void
runs_and_time_are_bounded(void)
{
	begin();
	need(3, 1);
	need(500, 1);
	problem.runs_max = 10;
	CHECK(shrink(&problem, &found, &result));
	CHECK(result.runs == 10);
	CHECK(!result.complete);
	CHECK(result.left.count > 2);
	end();
	begin();
	need(3, 1);
	need(500, 1);
	riddle.late_after = 7;
	CHECK(shrink(&problem, &found, &result));
	CHECK(result.runs == 7);
	CHECK(!result.complete);
	end();
}

int
main(void)
{
	static const struct check_test tests[] = {
		CHECK_TEST(three_of_a_thousand_are_found),
		CHECK_TEST(values_become_as_simple_as_they_may),
		CHECK_TEST(failure_without_any_choice_needs_none),
		CHECK_TEST(run_that_does_not_fail_is_said_to),
		CHECK_TEST(calls_that_are_not_needed_are_left_out),
		CHECK_TEST(what_is_never_asked_goes_at_once),
		CHECK_TEST(runs_and_time_are_bounded),
	};
	return check_main("shrink", tests, RF_ARRAY_LEN(tests));
}
