/* SPDX-License-Identifier: BSD-2-Clause */
/* tools/fsm_check.c -- checks of one table: its cells, its states, its actions.  Those of timers
 * and outcomes, which follow paths through a table, are in fsm_flow.c. */
#include "tools/fsm_check.h"

#include <string.h>

#include "grammar/slice.h"
#include "tools/fsm_flow.h"

void
rf_fsm_defect(struct rf_fsm_report *report, const struct rf_fsm *fsm, const char *where)
{
	report->defects++;
	if (report->out != NULL)
		fprintf(report->out, "%s: %s\n", fsm->name, where != NULL ? where : "?");
}

static void
hold(bool condition, struct rf_fsm_report *report, const struct rf_fsm *fsm, const char *where)
{
	if (!condition)
		rf_fsm_defect(report, fsm, where);
}

static bool
empty(const char *text)
{
	return text == NULL || text[0] == '\0';
}

static bool
listed(const char *const *list, size_t count, const char *word)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(list[i], word) == 0)
			return true;
	}
	return false;
}

/* ---- small questions ------------------------------------------------------------------------- */

const struct rf_action_name *
rf_fsm_action(const struct rf_fsm *fsm, rf_action_fn *fn)
{
	for (unsigned i = 0; i < fsm->actions; i++) {
		if (fsm->action[i].fn == fn)
			return &fsm->action[i];
	}
	return NULL;
}

unsigned
rf_fsm_event(const struct rf_fsm *fsm, const char *name)
{
	unsigned event = 0;
	while (event < fsm->events && strcmp(fsm->event[event].name, name) != 0)
		event++;
	return event;
}

bool
rf_fsm_is_timer(const struct rf_fsm *fsm, unsigned event)
{
	return event < fsm->events && strcmp(fsm->event[event].source, "TIMER") == 0;
}

bool
rf_fsm_has_row(const struct rf_fsm *fsm, unsigned state, unsigned event)
{
	for (unsigned i = 0; i < fsm->rows; i++) {
		if (fsm->row[i].from == state && fsm->row[i].event == event)
			return true;
	}
	return false;
}

static unsigned
count_sort(const struct rf_fsm *fsm, const struct rf_row *row, const char *sort)
{
	unsigned count = 0;
	for (unsigned i = 0; i < RF_FSM_ACTIONS_MAX && row->action[i] != NULL; i++) {
		const struct rf_action_name *action = rf_fsm_action(fsm, row->action[i]);
		count += action != NULL && strcmp(action->sort, sort) == 0;
	}
	return count;
}

/* ---- cells ----------------------------------------------------------------------------------- */

static void
holds_rows(const struct rf_fsm *fsm, struct rf_fsm_report *report)
{
	hold(fsm->rows > 0 && fsm->states > 1 && fsm->events > 0, report, fsm, "it is empty");
	hold(fsm->rests == fsm->events, report, fsm, "not one REST per EVENT");
	for (unsigned i = 0; i < fsm->rests; i++)
		hold(fsm->rest[i].event == i, report, fsm, "a REST is not where its event is");
}

static void
cells_are_closed(const struct rf_fsm *fsm, struct rf_fsm_report *report)
{
	bool closed[RF_FSM_STATES_MAX][RF_FSM_EVENTS_MAX] = { { false } };
	for (unsigned i = 0; i < fsm->rows; i++) {
		const struct rf_row *row = &fsm->row[i], *after = row + 1;
		bool last =
		    i + 1u == fsm->rows || after->from != row->from || after->event != row->event;
		hold(!closed[row->from][row->event], report, fsm, row->name);
		hold((row->guard == NULL) == last, report, fsm, row->name);
		if (last)
			closed[row->from][row->event] = true;
	}
}

static void
no_row_is_shadowed(const struct rf_fsm *fsm, struct rf_fsm_report *report)
{
	for (unsigned i = 0; i < fsm->rows; i++) {
		for (unsigned k = i + 1; k < fsm->rows; k++) {
			const struct rf_row *a = &fsm->row[i], *b = &fsm->row[k];
			hold(a->from != b->from || a->event != b->event ||
				 (a->guard != NULL && a->guard != b->guard),
			    report, fsm, b->name);
		}
	}
}

static unsigned
guard_number(const struct rf_fsm *fsm, rf_guard_fn *fn)
{
	unsigned number = 0;
	while (number < fsm->guards && fsm->guard[number].fn != fn)
		number++;
	return number; /* ELSE comes last */
}

/* Two guards may both be true: then the first one has it.  That order is written down once, by the
 * order of the GUARD lines, and every cell keeps to it. */
static void
guards_are_asked_in_order(const struct rf_fsm *fsm, struct rf_fsm_report *report)
{
	for (unsigned i = 1; i < fsm->rows; i++) {
		const struct rf_row *a = &fsm->row[i - 1], *b = &fsm->row[i];
		hold(a->from != b->from || a->event != b->event ||
			 guard_number(fsm, a->guard) < guard_number(fsm, b->guard),
		    report, fsm, b->name);
	}
}

static void
every_rest_has_work(const struct rf_fsm *fsm, struct rf_fsm_report *report)
{
	for (unsigned i = 0; i < fsm->rests; i++) {
		unsigned left = 0;
		for (unsigned state = 0; state < fsm->states; state++)
			left += !rf_fsm_has_row(fsm, state, fsm->rest[i].event);
		bool covered = fsm->rest[i].disposition == RF_COVERED;
		hold((left == 0) == covered, report, fsm, fsm->event[fsm->rest[i].event].name);
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
every_state_is_reached(const struct rf_fsm *fsm, struct rf_fsm_report *report)
{
	bool reached[RF_FSM_STATES_MAX] = { true };
	spread(fsm, reached, false);
	for (unsigned state = 0; state < fsm->states; state++)
		hold(reached[state], report, fsm, fsm->state[state].name);
}

static void
every_state_ends(const struct rf_fsm *fsm, struct rf_fsm_report *report)
{
	bool ends[RF_FSM_STATES_MAX] = { false }, has_final = false;
	for (unsigned state = 0; state < fsm->states; state++) {
		ends[state] = fsm->state[state].kind == RF_FINAL;
		has_final = has_final || ends[state];
	}
	ends[0] = ends[0] || !has_final; /* a machine that rests where it began */
	spread(fsm, ends, true);
	for (unsigned state = 0; state < fsm->states; state++)
		hold(ends[state], report, fsm, fsm->state[state].name);
}

/* The first, because a zeroed slot begins there. */
static void
the_first_state_is_initial(const struct rf_fsm *fsm, struct rf_fsm_report *report)
{
	for (unsigned state = 0; state < fsm->states; state++)
		hold((fsm->state[state].kind == RF_INITIAL) == (state == 0), report, fsm,
		    fsm->state[state].name);
}

static void
no_row_leaves_a_final_state(const struct rf_fsm *fsm, struct rf_fsm_report *report)
{
	for (unsigned i = 0; i < fsm->rows; i++) {
		const struct rf_row *row = &fsm->row[i];
		hold(fsm->state[row->from].kind != RF_FINAL || row->to == row->from, report, fsm,
		    row->name);
	}
}

/* Where a machine has the action `release`, it gives its slot back: the last thing on every way
 * into a FINAL state, and nowhere else. */
static void
slots_are_given_back_at_the_end(const struct rf_fsm *fsm, struct rf_fsm_report *report)
{
	const struct rf_action_name *release = NULL;
	for (unsigned i = 0; i < fsm->actions; i++) {
		if (strcmp(fsm->action[i].name, "release") == 0)
			release = &fsm->action[i];
	}
	for (unsigned i = 0; release != NULL && i < fsm->rows; i++) {
		const struct rf_row *row = &fsm->row[i];
		bool released = false;
		for (unsigned k = 0; k < RF_FSM_ACTIONS_MAX && row->action[k] != NULL; k++) {
			hold(!released, report, fsm, row->name);
			released = row->action[k] == release->fn;
		}
		hold(released == (fsm->state[row->to].kind == RF_FINAL), report, fsm, row->name);
	}
}

/* ---- actions and guards ---------------------------------------------------------------------- */

static void
everything_declared_is_used(const struct rf_fsm *fsm, struct rf_fsm_report *report)
{
	for (unsigned a = 0; a < fsm->actions; a++) {
		bool used = false;
		for (unsigned i = 0; i < fsm->rows * RF_FSM_ACTIONS_MAX; i++)
			used = used ||
			       fsm->row[i / RF_FSM_ACTIONS_MAX].action[i % RF_FSM_ACTIONS_MAX] ==
				   fsm->action[a].fn;
		hold(used, report, fsm, fsm->action[a].name);
	}
	for (unsigned g = 0; g < fsm->guards; g++) {
		bool used = false;
		for (unsigned i = 0; i < fsm->rows; i++)
			used = used || fsm->row[i].guard == fsm->guard[g].fn;
		hold(used, report, fsm, fsm->guard[g].name);
	}
}

static void
rows_use_declared_actions(const struct rf_fsm *fsm, struct rf_fsm_report *report)
{
	for (unsigned i = 0; i < fsm->rows; i++) {
		const struct rf_row *row = &fsm->row[i];
		hold(row->action[0] != NULL, report, fsm, row->name);
		for (unsigned a = 0; a < RF_FSM_ACTIONS_MAX && row->action[a] != NULL; a++)
			hold(rf_fsm_action(fsm, row->action[a]) != NULL, report, fsm, row->name);
	}
}

static void
effects_are_bounded(const struct rf_fsm *fsm, struct rf_fsm_report *report)
{
	for (unsigned i = 0; i < fsm->rows; i++) {
		const struct rf_row *row = &fsm->row[i];
		unsigned tx = count_sort(fsm, row, "TX");
		unsigned questions = count_sort(fsm, row, "STORE") + count_sort(fsm, row, "CALL");
		hold(tx <= RF_ROW_TX_MAX && tx + questions <= RF_ROW_EFFECTS_MAX, report, fsm,
		    row->name);
	}
}

/* Twice the same timer, answer, question or outcome in one row: the second undoes the first. */
static void
no_two_actions_do_the_same(const struct rf_fsm *fsm, struct rf_fsm_report *report)
{
	for (unsigned i = 0; i < fsm->rows; i++) {
		const struct rf_row *row = &fsm->row[i];
		for (unsigned k = 1; k < RF_FSM_ACTIONS_MAX && row->action[k] != NULL; k++) {
			const struct rf_action_name *b = rf_fsm_action(fsm, row->action[k]);
			for (unsigned j = 0; j < k; j++) {
				const struct rf_action_name *a = rf_fsm_action(fsm, row->action[j]);
				bool same =
				    a == b ||
				    (a != NULL && b != NULL && strcmp(a->of, "0") != 0 &&
					strcmp(a->sort, "RAISE") != 0 &&
					strcmp(a->sort, b->sort) == 0 && strcmp(a->of, b->of) == 0);
				hold(!same, report, fsm, row->name);
			}
		}
	}
}

static void
words_are_from_the_known_lists(const struct rf_fsm *fsm, struct rf_fsm_report *report)
{
	static const char *const sorts[] = { "NONE", "TX", "ARM", "DISARM", "RAISE", "CALL",
		"STORE", "WRITE" };
	static const char *const sources[] = { "WIRE", "TU", "TIMER", "INTERNAL", "WORLD" };
	for (unsigned i = 0; i < fsm->actions; i++)
		hold(listed(sorts, RF_ARRAY_LEN(sorts), fsm->action[i].sort), report, fsm,
		    fsm->action[i].name);
	for (unsigned i = 0; i < fsm->events; i++)
		hold(listed(sources, RF_ARRAY_LEN(sources), fsm->event[i].source), report, fsm,
		    fsm->event[i].name);
}

/* ---- words ----------------------------------------------------------------------------------- */

static void
names_are_unique(const struct rf_fsm *fsm, struct rf_fsm_report *report)
{
	for (unsigned i = 0; i < fsm->states; i++)
		for (unsigned k = 0; k < i; k++)
			hold(strcmp(fsm->state[i].name, fsm->state[k].name) != 0, report, fsm,
			    fsm->state[i].name);
	for (unsigned i = 0; i < fsm->events; i++)
		hold(rf_fsm_event(fsm, fsm->event[i].name) == i, report, fsm, fsm->event[i].name);
	for (unsigned i = 0; i < fsm->actions; i++)
		for (unsigned k = 0; k < i; k++)
			hold(strcmp(fsm->action[i].name, fsm->action[k].name) != 0, report, fsm,
			    fsm->action[i].name);
	for (unsigned i = 0; i < fsm->rows; i++)
		for (unsigned k = 0; k < i; k++)
			hold(strcmp(fsm->row[i].name, fsm->row[k].name) != 0, report, fsm,
			    fsm->row[i].name);
}

/* "RFC3261 17.1.1.2" or "ADR-003": what the RFC index is made from. */
static bool
is_source(const char *cite)
{
	size_t digits, len;
	if (empty(cite))
		return false;
	if (strncmp(cite, "ADR-", 4) == 0)
		return strspn(cite + 4, "0123456789") == 3 && cite[7] == '\0';
	if (strncmp(cite, "RFC", 3) != 0)
		return false;
	digits = strspn(cite + 3, "0123456789");
	len = digits > 0 && cite[3 + digits] == ' ' ? strspn(cite + 4 + digits, ".0123456789") : 0;
	return len > 0 && cite[4 + digits + len] == '\0';
}

static void
everything_has_its_reason(const struct rf_fsm *fsm, struct rf_fsm_report *report)
{
	for (unsigned i = 0; i < fsm->rows; i++)
		hold(is_source(fsm->row[i].cite), report, fsm, fsm->row[i].name);
	for (unsigned i = 0; i < fsm->rests; i++)
		hold(!empty(fsm->rest[i].reason), report, fsm, fsm->event[fsm->rest[i].event].name);
}

static void
every_name_says_what_it_means(const struct rf_fsm *fsm, struct rf_fsm_report *report)
{
	for (unsigned i = 0; i < fsm->states; i++)
		hold(!empty(fsm->state[i].meaning), report, fsm, fsm->state[i].name);
	for (unsigned i = 0; i < fsm->events; i++)
		hold(!empty(fsm->event[i].meaning), report, fsm, fsm->event[i].name);
	for (unsigned i = 0; i < fsm->actions; i++)
		hold(!empty(fsm->action[i].meaning), report, fsm, fsm->action[i].name);
	for (unsigned i = 0; i < fsm->guards; i++)
		hold(!empty(fsm->guard[i].meaning), report, fsm, fsm->guard[i].name);
}

const struct rf_fsm_check rf_fsm_checks[] = {
	{ "a table holds rows, and one REST per EVENT in its place", holds_rows },
	{ "rows of a cell stand together and end in their only ELSE", cells_are_closed },
	{ "no row is shadowed by one before it", no_row_is_shadowed },
	{ "guards of a cell are asked in the order they are declared", guards_are_asked_in_order },
	{ "every REST covers something or says that nothing is left", every_rest_has_work },
	{ "every state is reached from the initial one", every_state_is_reached },
	{ "every state leads to a final one, or back to the initial one", every_state_ends },
	{ "the first state and no other is initial", the_first_state_is_initial },
	{ "no row leaves a final state", no_row_leaves_a_final_state },
	{ "a slot is given back on the way into a final state, and nowhere else",
	    slots_are_given_back_at_the_end },
	{ "on every path into a HOT state a timer runs", rf_fsm_hot_states_are_timed },
	{ "a HOT state hears the timers that run in it", rf_fsm_hot_states_hear },
	{ "a timer that NEVER fires in a state does not run there", rf_fsm_never_is_true },
	{ "every timer is armed by an action and heard by an event", rf_fsm_timers_are_owned },
	{ "no path writes an outcome twice", rf_fsm_outcomes_are_written_once },
	{ "every action and every guard is used", everything_declared_is_used },
	{ "a row uses declared actions, and at least one", rows_use_declared_actions },
	{ "a row's messages and questions are bounded", effects_are_bounded },
	{ "no two actions of a row do the same", no_two_actions_do_the_same },
	{ "sorts of actions and sources of events are from the known lists",
	    words_are_from_the_known_lists },
	{ "names are unique within their machine", names_are_unique },
	{ "every row cites an RFC or an ADR, every REST gives its reason",
	    everything_has_its_reason },
	{ "every name says what it means", every_name_says_what_it_means },
	{ NULL, NULL },
};
