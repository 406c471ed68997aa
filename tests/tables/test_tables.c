/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/tables/test_tables.c -- what must be true of every machine, read from the compiled
 * tables.
 *
 * The compiler has already refused two rows for one cell and guard, a missing REST and unknown
 * names; here is what it cannot see.  Each failure is noted with the machine and the row. */
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "engine/engine.h"
#include "engine/fsm.h"
#include "grammar/slice.h"
#include "tests/check.h"

enum { ROW_TX_MAX = 3 };                        /* messages one row may send by itself */

/* Every machine in turn; NULL after the last. */
static const struct rf_fsm *
next(uint32_t *index)
{
	return rf_engine_machine((*index)++);
}

static void
hold(bool condition, const struct rf_fsm *fsm, const char *what)
{
	if (!condition)
		check_note("%s: %s", fsm->name, what);
	CHECK(condition);
}

static bool
empty(const char *text)
{
	return text == NULL || text[0] == '\0';
}

static const struct rf_action_name *
action_of(const struct rf_fsm *fsm, rf_action_fn *fn)
{
	for (unsigned i = 0; i < fsm->actions; i++) {
		if (fsm->action[i].fn == fn)
			return &fsm->action[i];
	}
	return NULL;
}

static unsigned
count_sort(const struct rf_fsm *fsm, const struct rf_row *row, const char *sort)
{
	unsigned count = 0;
	for (unsigned i = 0; i < RF_FSM_ACTIONS_MAX && row->action[i] != NULL; i++)
		count += strcmp(action_of(fsm, row->action[i])->sort, sort) == 0;
	return count;
}

static bool
has_row(const struct rf_fsm *fsm, unsigned state, unsigned event)
{
	for (unsigned i = 0; i < fsm->rows; i++) {
		if (fsm->row[i].from == state && fsm->row[i].event == event)
			return true;
	}
	return false;
}

/* ---- cells ----------------------------------------------------------------------------------- */

static void
the_tables_hold_rows(void)
{
	uint32_t m = 0;
	CHECK_OR_STOP(rf_engine_machine(0) != NULL);
	for (const struct rf_fsm *fsm; (fsm = next(&m)) != NULL;) {
		hold(fsm->rows > 0 && fsm->states > 1 && fsm->events > 0, fsm, "is empty");
		hold(fsm->rests == fsm->events, fsm, "has not one REST per EVENT");
	}
}

static void
rows_of_a_cell_stand_together_and_end_in_their_only_else(void)
{
	uint32_t m = 0;
	for (const struct rf_fsm *fsm; (fsm = next(&m)) != NULL;) {
		bool closed[RF_FSM_STATES_MAX][RF_FSM_EVENTS_MAX] = { { false } };
		for (unsigned i = 0; i < fsm->rows; i++) {
			const struct rf_row *row = &fsm->row[i], *after = row + 1;
			bool last = i + 1u == fsm->rows || after->from != row->from ||
			    after->event != row->event;
			hold(!closed[row->from][row->event], fsm, row->name);
			hold((row->guard == NULL) == last, fsm, row->name);
			if (last)
				closed[row->from][row->event] = true;
		}
	}
}

static void
no_row_is_shadowed_by_one_with_the_same_guard(void)
{
	uint32_t m = 0;
	for (const struct rf_fsm *fsm; (fsm = next(&m)) != NULL;) {
		for (unsigned i = 0; i < fsm->rows; i++) {
			for (unsigned k = i + 1; k < fsm->rows; k++) {
				const struct rf_row *a = &fsm->row[i], *b = &fsm->row[k];
				hold(a->from != b->from || a->event != b->event ||
				    a->guard != b->guard, fsm, b->name);
			}
		}
	}
}

static void
every_rest_covers_something_or_says_that_nothing_is_left(void)
{
	uint32_t m = 0;
	for (const struct rf_fsm *fsm; (fsm = next(&m)) != NULL;) {
		for (unsigned i = 0; i < fsm->rests; i++) {
			unsigned left = 0;
			for (unsigned state = 0; state < fsm->states; state++)
				left += !has_row(fsm, state, fsm->rest[i].event);
			bool covered = fsm->rest[i].disposition == RF_COVERED;
			hold((left == 0) == covered, fsm, fsm->event[fsm->rest[i].event].name);
		}
	}
}

/* ---- states ---------------------------------------------------------------------------------- */

/* Adds to `reached` what rows lead to; backwards: from where they come. */
static void
spread(const struct rf_fsm *fsm, bool reached[RF_FSM_STATES_MAX], bool backwards)
{
	for (bool more = true; more;) {
		more = false;
		for (unsigned i = 0; i < fsm->rows; i++) {
			unsigned from = backwards ? fsm->row[i].to : fsm->row[i].from;
			unsigned to = backwards ? fsm->row[i].from : fsm->row[i].to;
			if (reached[from] && !reached[to])
				more = reached[to] = true;
		}
	}
}

static void
every_state_is_reached_from_the_initial_one(void)
{
	uint32_t m = 0;
	for (const struct rf_fsm *fsm; (fsm = next(&m)) != NULL;) {
		bool reached[RF_FSM_STATES_MAX] = { true };
		spread(fsm, reached, false);
		for (unsigned state = 0; state < fsm->states; state++)
			hold(reached[state], fsm, fsm->state[state].name);
	}
}

static void
every_state_leads_to_a_final_one_or_back_to_the_initial_one(void)
{
	uint32_t m = 0;
	for (const struct rf_fsm *fsm; (fsm = next(&m)) != NULL;) {
		bool ends[RF_FSM_STATES_MAX] = { false }, has_final = false;
		for (unsigned state = 0; state < fsm->states; state++) {
			ends[state] = fsm->state[state].kind == RF_FINAL;
			has_final = has_final || ends[state];
		}
		ends[0] = ends[0] || !has_final;        /* a machine that rests where it began */
		spread(fsm, ends, true);
		for (unsigned state = 0; state < fsm->states; state++)
			hold(ends[state], fsm, fsm->state[state].name);
	}
}

static void
the_first_state_and_no_other_is_initial(void)
{
	uint32_t m = 0;
	for (const struct rf_fsm *fsm; (fsm = next(&m)) != NULL;) {
		/* The first, because a zeroed slot begins there. */
		for (unsigned state = 0; state < fsm->states; state++)
			hold((fsm->state[state].kind == RF_INITIAL) == (state == 0), fsm,
			    fsm->state[state].name);
	}
}

static void
no_row_leaves_a_final_state(void)
{
	uint32_t m = 0;
	for (const struct rf_fsm *fsm; (fsm = next(&m)) != NULL;) {
		for (unsigned i = 0; i < fsm->rows; i++) {
			const struct rf_row *row = &fsm->row[i];
			hold(fsm->state[row->from].kind != RF_FINAL || row->to == row->from, fsm,
			    row->name);
		}
	}
}

/* ---- timers ---------------------------------------------------------------------------------- */

static bool
is_hot(const struct rf_fsm *fsm, unsigned state)
{
	return fsm->state[state].kind == RF_HOT || fsm->state[state].kind == RF_LINGER;
}

static void
whoever_enters_a_hot_state_arms_a_timer_or_has_one(void)
{
	uint32_t m = 0;
	for (const struct rf_fsm *fsm; (fsm = next(&m)) != NULL;) {
		for (unsigned i = 0; i < fsm->rows; i++) {
			const struct rf_row *row = &fsm->row[i];
			bool enters = is_hot(fsm, row->to) && !is_hot(fsm, row->from);
			hold(!enters || count_sort(fsm, row, "ARM") > 0, fsm, row->name);
		}
	}
}

static void
a_hot_state_is_left_or_kept_alive_by_a_timer(void)
{
	uint32_t m = 0;
	for (const struct rf_fsm *fsm; (fsm = next(&m)) != NULL;) {
		for (unsigned state = 0; state < fsm->states; state++) {
			bool heard = !is_hot(fsm, state);
			for (unsigned event = 0; event < fsm->events; event++)
				heard = heard || (strcmp(fsm->event[event].source, "TIMER") == 0 &&
				    has_row(fsm, state, event));
			hold(heard, fsm, fsm->state[state].name);
		}
	}
}

static void
every_timer_event_is_armed_by_an_action_and_the_other_way_round(void)
{
	uint32_t m = 0;
	for (const struct rf_fsm *fsm; (fsm = next(&m)) != NULL;) {
		for (unsigned i = 0; i < fsm->actions; i++) {
			bool timer = strcmp(fsm->action[i].sort, "ARM") != 0;
			for (unsigned k = 0; k < fsm->events; k++)
				timer = timer || (strcmp(fsm->event[k].source, "TIMER") == 0 &&
				    strcmp(fsm->event[k].name, fsm->action[i].of) == 0);
			hold(timer, fsm, fsm->action[i].name);
		}
		for (unsigned event = 0; event < fsm->events; event++) {
			bool armed = strcmp(fsm->event[event].source, "TIMER") != 0;
			for (unsigned i = 0; i < fsm->actions; i++)
				armed = armed || (strcmp(fsm->action[i].sort, "ARM") == 0 &&
				    strcmp(fsm->event[event].name, fsm->action[i].of) == 0);
			hold(armed, fsm, fsm->event[event].name);
		}
	}
}

/* ---- actions and guards ---------------------------------------------------------------------- */

static void
every_action_and_every_guard_is_used(void)
{
	uint32_t m = 0;
	for (const struct rf_fsm *fsm; (fsm = next(&m)) != NULL;) {
		for (unsigned a = 0; a < fsm->actions; a++) {
			bool used = false;
			for (unsigned i = 0; i < fsm->rows * RF_FSM_ACTIONS_MAX; i++)
				used = used || fsm->row[i / RF_FSM_ACTIONS_MAX]
				    .action[i % RF_FSM_ACTIONS_MAX] == fsm->action[a].fn;
			hold(used, fsm, fsm->action[a].name);
		}
		for (unsigned g = 0; g < fsm->guards; g++) {
			bool used = false;
			for (unsigned i = 0; i < fsm->rows; i++)
				used = used || fsm->row[i].guard == fsm->guard[g].fn;
			hold(used, fsm, fsm->guard[g].name);
		}
	}
}

static void
a_row_uses_declared_actions_and_at_least_one(void)
{
	uint32_t m = 0;
	for (const struct rf_fsm *fsm; (fsm = next(&m)) != NULL;) {
		for (unsigned i = 0; i < fsm->rows; i++) {
			const struct rf_row *row = &fsm->row[i];
			hold(row->action[0] != NULL, fsm, row->name);
			for (unsigned a = 0; a < RF_FSM_ACTIONS_MAX && row->action[a] != NULL; a++)
				CHECK_OR_STOP(action_of(fsm, row->action[a]) != NULL);
		}
	}
}

static void
a_row_sends_at_most_three_messages(void)
{
	uint32_t m = 0;
	for (const struct rf_fsm *fsm; (fsm = next(&m)) != NULL;) {
		for (unsigned i = 0; i < fsm->rows; i++)
			hold(count_sort(fsm, &fsm->row[i], "TX") <= ROW_TX_MAX, fsm,
			    fsm->row[i].name);
	}
}

static void
sorts_of_actions_and_sources_of_events_are_from_the_known_lists(void)
{
	static const char *const sorts[] = {
		"NONE", "TX", "ARM", "DISARM", "RAISE", "CALL", "STORE"
	};
	static const char *const sources[] = { "WIRE", "TU", "TIMER", "INTERNAL", "WORLD" };
	uint32_t m = 0;
	for (const struct rf_fsm *fsm; (fsm = next(&m)) != NULL;) {
		for (unsigned i = 0; i < fsm->actions; i++) {
			bool known = false;
			for (unsigned k = 0; k < RF_ARRAY_LEN(sorts); k++)
				known = known || strcmp(sorts[k], fsm->action[i].sort) == 0;
			hold(known, fsm, fsm->action[i].name);
		}
		for (unsigned i = 0; i < fsm->events; i++) {
			bool known = false;
			for (unsigned k = 0; k < RF_ARRAY_LEN(sources); k++)
				known = known || strcmp(sources[k], fsm->event[i].source) == 0;
			hold(known, fsm, fsm->event[i].name);
		}
	}
}

/* ---- words ----------------------------------------------------------------------------------- */

static void
names_are_unique_within_their_machine(void)
{
	uint32_t m = 0;
	for (const struct rf_fsm *fsm; (fsm = next(&m)) != NULL;) {
		for (unsigned i = 0; i < fsm->states; i++)
			for (unsigned k = 0; k < i; k++)
				hold(strcmp(fsm->state[i].name, fsm->state[k].name) != 0, fsm,
				    fsm->state[i].name);
		for (unsigned i = 0; i < fsm->events; i++)
			for (unsigned k = 0; k < i; k++)
				hold(strcmp(fsm->event[i].name, fsm->event[k].name) != 0, fsm,
				    fsm->event[i].name);
		for (unsigned i = 0; i < fsm->actions; i++)
			for (unsigned k = 0; k < i; k++)
				hold(strcmp(fsm->action[i].name, fsm->action[k].name) != 0, fsm,
				    fsm->action[i].name);
		for (unsigned i = 0; i < fsm->rows; i++)
			for (unsigned k = 0; k < i; k++)
				hold(strcmp(fsm->row[i].name, fsm->row[k].name) != 0, fsm,
				    fsm->row[i].name);
	}
}

static void
machines_have_names_of_their_own(void)
{
	uint32_t m = 0;
	for (const struct rf_fsm *fsm; (fsm = next(&m)) != NULL;) {
		CHECK(!empty(fsm->name));
		for (uint32_t k = 0; k + 1 < m; k++)
			hold(strcmp(rf_engine_machine(k)->name, fsm->name) != 0, fsm, "twice");
	}
}

static void
every_row_cites_its_source_and_every_rest_gives_its_reason(void)
{
	uint32_t m = 0;
	for (const struct rf_fsm *fsm; (fsm = next(&m)) != NULL;) {
		for (unsigned i = 0; i < fsm->rows; i++)
			hold(!empty(fsm->row[i].cite), fsm, fsm->row[i].name);
		for (unsigned i = 0; i < fsm->rests; i++)
			hold(!empty(fsm->rest[i].reason), fsm, fsm->event[fsm->rest[i].event].name);
	}
}

static void
every_name_says_what_it_means(void)
{
	uint32_t m = 0;
	for (const struct rf_fsm *fsm; (fsm = next(&m)) != NULL;) {
		for (unsigned i = 0; i < fsm->states; i++)
			hold(!empty(fsm->state[i].meaning), fsm, fsm->state[i].name);
		for (unsigned i = 0; i < fsm->events; i++)
			hold(!empty(fsm->event[i].meaning), fsm, fsm->event[i].name);
		for (unsigned i = 0; i < fsm->actions; i++)
			hold(!empty(fsm->action[i].meaning), fsm, fsm->action[i].name);
		for (unsigned i = 0; i < fsm->guards; i++)
			hold(!empty(fsm->guard[i].meaning), fsm, fsm->guard[i].name);
	}
}

static const struct check_test tests[] = {
	CHECK_TEST(the_tables_hold_rows),
	CHECK_TEST(rows_of_a_cell_stand_together_and_end_in_their_only_else),
	CHECK_TEST(no_row_is_shadowed_by_one_with_the_same_guard),
	CHECK_TEST(every_rest_covers_something_or_says_that_nothing_is_left),
	CHECK_TEST(every_state_is_reached_from_the_initial_one),
	CHECK_TEST(every_state_leads_to_a_final_one_or_back_to_the_initial_one),
	CHECK_TEST(the_first_state_and_no_other_is_initial),
	CHECK_TEST(no_row_leaves_a_final_state),
	CHECK_TEST(whoever_enters_a_hot_state_arms_a_timer_or_has_one),
	CHECK_TEST(a_hot_state_is_left_or_kept_alive_by_a_timer),
	CHECK_TEST(every_timer_event_is_armed_by_an_action_and_the_other_way_round),
	CHECK_TEST(every_action_and_every_guard_is_used),
	CHECK_TEST(a_row_uses_declared_actions_and_at_least_one),
	CHECK_TEST(a_row_sends_at_most_three_messages),
	CHECK_TEST(sorts_of_actions_and_sources_of_events_are_from_the_known_lists),
	CHECK_TEST(names_are_unique_within_their_machine),
	CHECK_TEST(machines_have_names_of_their_own),
	CHECK_TEST(every_row_cites_its_source_and_every_rest_gives_its_reason),
	CHECK_TEST(every_name_says_what_it_means),
};

int
main(void)
{
	return check_main("tables", tests, RF_ARRAY_LEN(tests));
}
