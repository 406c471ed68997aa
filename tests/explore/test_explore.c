/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/explore/test_explore.c -- the explorer finds what is planted, and nothing else; what it
 * takes for one state behaves as one. */
#include <stdlib.h>
#include <string.h>

#include "engine/branch.h"
#include "sim/explore_world.h"
#include "tests/check.h"
#include "tests/tables/museum.h"
#include "tools/fsm_rows.h"

enum { SHORTEN_STATES = 4000 };

static struct explore_result result;

static bool
run(struct explore_budget budget, const struct rf_fsm *const *machines)
{
	struct explore_options o = { .budget = budget, .machines = machines,
		.shorten_max = machines != NULL ? SHORTEN_STATES : 0 };
	bool ran = explore_run(&o, &result);
	if (result.violation[0] != '\0')
		check_note("%s, after %u choices", result.violation, result.choices);
	return ran;
}

static bool
is_exhausted(struct explore_budget budget)
{
	bool ran = run(budget, NULL);
	check_note("%llu states", (unsigned long long)result.states);
	return ran && result.exhausted && result.violation[0] == '\0';
}

/* ---- nothing is broken ----------------------------------------------------------------------- */

static void
without_faults_every_future_of_a_transfer_is_good(void)
{
	CHECK(is_exhausted((struct explore_budget){ 0 }));
}

static void
whichever_message_is_lost_every_invariant_holds(void)
{
	CHECK(is_exhausted((struct explore_budget){ .losses = 1 }));
}

static void
whichever_message_comes_twice_every_invariant_holds(void)
{
	CHECK(is_exhausted((struct explore_budget){ .dups = 1 }));
}

static void
whichever_question_is_answered_with_no_every_invariant_holds(void)
{
	CHECK(is_exhausted((struct explore_budget){ .fails = 1 }));
}

/* ---- what is planted is found ---------------------------------------------------------------- */

/* The violation begins with that, and the way there can be gone again. */
static bool
finds(const char *report, struct explore_budget budget, const char *invariant)
{
	static struct patched p;
	static const struct rf_fsm *machines[RF_FSM_MACHINES_MAX];
	static char again[EXPLORE_TEXT];
	const struct museum_piece *piece = museum;
	while (strncmp(piece->report, report, strlen(report)) != 0)
		piece++;
	museum_machines(machines, &p, piece);
	struct explore_options o = { .budget = budget, .machines = machines };
	return run(budget, machines) &&
	       strncmp(result.violation, invariant, strlen(invariant)) == 0 &&
	       explore_replay(&o, result.choice, result.choices, NULL, again) &&
	       strcmp(again, result.violation) == 0;
}

static void
a_promise_spoken_before_it_is_stored_is_found(void)
{
	CHECK(finds("the-promise", (struct explore_budget){ 0 }, "17:"));
	CHECK(result.choices <= 12);
}

static void
an_early_bye_that_ends_the_transfer_is_found(void)
{
	CHECK(finds("siphon#220", (struct explore_budget){ .leaves = 1 }, "30:"));
}

static void
a_glare_taken_for_a_refusal_is_found(void)
{
	CHECK(finds("opensips#3137", (struct explore_budget){ .glares = 1 }, "13:"));
}

static void
a_failure_that_nobody_concludes_is_found(void)
{
	CHECK(finds("the-target-fails", (struct explore_budget){ 0 }, "31:"));
}

static void
a_success_that_no_target_knows_of_is_found(void)
{
	CHECK(finds("SIP.js#254", (struct explore_budget){ 0 }, "26:"));
}

static void
a_bye_before_the_last_notify_was_answered_is_found(void)
{
	CHECK(finds("siphon#295", (struct explore_budget){ 0 }, "16:"));
}

/* ---- what is one state ----------------------------------------------------------------------- */

static struct explore *
open_world(void)
{
	struct explore *x = calloc(1, sizeof *x);
	struct explore_options o = { .budget = { .losses = 1, .leaves = 1 } };
	CHECK_OR_STOP(x != NULL && explore_open(x, &o));
	explore_begin(x);
	return x;
}

static void
close_world(struct explore *x)
{
	explore_close(x);
	free(x);
}

/* The first choice of that kind for that item; asserted to be there. */
static void
choose(struct explore *x, enum explore_choice_kind kind, uint32_t item)
{
	struct explore_choice choice[EXPLORE_CHOICES_MAX];
	uint32_t count = explore_choices(x, choice), i = 0;
	while (i < count && (choice[i].kind != kind || choice[i].item != item))
		i++;
	CHECK_OR_STOP(i < count);
	CHECK(explore_choose(x, &choice[i]));
}

static void
a_copy_goes_on_as_if_nothing_had_happened_since(void)
{
	struct explore *x = open_world();
	void *saved = malloc(explore_size(x));
	CHECK_OR_STOP(saved != NULL);
	explore_save(x, saved);
	uint64_t before = explore_hash(x);
	choose(x, ACT, CUSTOMER);
	choose(x, DELIVER, 0);
	uint64_t after = explore_hash(x);
	CHECK(after != before);
	explore_restore(x, saved);
	CHECK(explore_hash(x) == before);
	choose(x, ACT, CUSTOMER);
	choose(x, DELIVER, 0);
	CHECK(explore_hash(x) == after);
	free(saved);
	close_world(x);
}

/* The center's BYE and the customer's, heard in either order by slots that lie elsewhere. */
static void
two_pasts_that_differ_in_order_only_are_one_state(void)
{
	uint64_t hash[2];
	for (uint32_t first = 0; first < 2; first++) {
		struct explore *x = open_world();
		x->w.left.leaves = 2;
		choose(x, ACT, first == 0 ? CUSTOMER : CENTER);
		choose(x, ACT, first == 0 ? CENTER : CUSTOMER);
		hash[first] = explore_hash(x);
		close_world(x);
	}
	CHECK(hash[0] == hash[1]);
}

static void
whom_time_has_not_reached_yet_makes_another_state(void)
{
	struct explore *x = open_world();
	choose(x, ACT, CUSTOMER);
	choose(x, LOSE, 0);
	uint64_t early = rf_branch_hash(x->engine, RF_SECOND), world = explore_hash(x);
	choose(x, PASS_TIME, 0);
	CHECK(rf_branch_hash(x->engine, RF_SECOND) == early); /* the engine waits for nothing */
	CHECK(explore_hash(x) != world);                      /* the party does */
	close_world(x);
}

static const struct check_test tests[] = {
	CHECK_TEST(without_faults_every_future_of_a_transfer_is_good),
	CHECK_TEST(whichever_message_is_lost_every_invariant_holds),
	CHECK_TEST(whichever_message_comes_twice_every_invariant_holds),
	CHECK_TEST(whichever_question_is_answered_with_no_every_invariant_holds),
	CHECK_TEST(a_promise_spoken_before_it_is_stored_is_found),
	CHECK_TEST(an_early_bye_that_ends_the_transfer_is_found),
	CHECK_TEST(a_glare_taken_for_a_refusal_is_found),
	CHECK_TEST(a_failure_that_nobody_concludes_is_found),
	CHECK_TEST(a_success_that_no_target_knows_of_is_found),
	CHECK_TEST(a_bye_before_the_last_notify_was_answered_is_found),
	CHECK_TEST(a_copy_goes_on_as_if_nothing_had_happened_since),
	CHECK_TEST(two_pasts_that_differ_in_order_only_are_one_state),
	CHECK_TEST(whom_time_has_not_reached_yet_makes_another_state),
};

int
main(void)
{
	return check_main("explore", tests, sizeof tests / sizeof *tests);
}
