/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/tables/test_tables.c -- every table passes every check of tools/fsm_check.h, every check
 * catches a table that was spoiled for it, and the timers of a slot have one owner each.
 *
 * Spoiled tables are copies of nict and refer: what they lack is what the sentence is about. */
#include <string.h>

#include "engine/engine.h"
#include "engine/state.h"
#include "tests/check.h"
#include "tests/tables/patched.h"
#include "tools/fsm_check.h"

static struct patched nict, refer;

static const struct rf_fsm_check *
check_of(const char *sentence)
{
	const struct rf_fsm_check *check = rf_fsm_checks;
	while (check->sentence != NULL && strcmp(check->sentence, sentence) != 0)
		check++;
	CHECK_OR_STOP(check->sentence != NULL);
	return check;
}

static unsigned
defects(const char *sentence, const struct rf_fsm *fsm, FILE *out)
{
	struct rf_fsm_report report = { .out = out };
	check_of(sentence)->run(fsm, &report);
	return report.defects;
}

/* Every machine passes, and both copies do before they are spoiled. */
static void
begin(const char *sentence)
{
	const struct rf_fsm *fsm;
	for (uint32_t m = 0; (fsm = rf_engine_machine(m)) != NULL; m++)
		CHECK(defects(sentence, fsm, stdout) == 0);
	patched_init(&nict, &rf_nict_fsm);
	patched_init(&refer, &rf_refer_fsm);
	CHECK(defects(sentence, &nict.fsm, NULL) == 0);
}

static struct rf_row *
row_of(struct patched *p, const char *name)
{
	return &p->row[patched_row(p, name)];
}

/* ---- cells ----------------------------------------------------------------------------------- */

#define HOLDS_ROWS "a table holds rows, and one REST per EVENT in its place"
static void
a_table_holds_rows_and_one_rest_per_event(void)
{
	begin(HOLDS_ROWS);
	nict.fsm.rows = 0;
	CHECK(defects(HOLDS_ROWS, &nict.fsm, NULL) > 0);
	patched_init(&nict, &rf_nict_fsm);
	nict.fsm.rests--;
	CHECK(defects(HOLDS_ROWS, &nict.fsm, NULL) > 0);
	patched_init(&nict, &rf_nict_fsm);
	nict.rest[0] = nict.rest[1];
	CHECK(defects(HOLDS_ROWS, &nict.fsm, NULL) > 0);
}

#define CLOSED "rows of a cell stand together and end in their only ELSE"
static void
cells_are_closed(void)
{
	begin(CLOSED);
	patched_delete_row(&nict, patched_row(&nict, "IDLE/OPEN/ELSE"));
	CHECK(defects(CLOSED, &nict.fsm, NULL) > 0);
	patched_init(&nict, &rf_nict_fsm);
	struct rf_row moved = nict.row[0];              /* its cell goes on elsewhere */
	nict.row[0] = nict.row[4];
	nict.row[4] = moved;
	CHECK(defects(CLOSED, &nict.fsm, NULL) > 0);
}

#define SHADOWED "no row is shadowed by one before it"
static void
no_row_is_shadowed(void)
{
	begin(SHADOWED);
	row_of(&nict, "IDLE/OPEN/unreliable")->guard = NULL;
	CHECK(defects(SHADOWED, &nict.fsm, NULL) > 0);
	begin(SHADOWED);
	refer.row[1].guard = refer.row[0].guard;
	CHECK(defects(SHADOWED, &refer.fsm, NULL) > 0);
}

#define IN_ORDER "guards of a cell are asked in the order they are declared"
static void
guards_are_asked_in_order(void)
{
	begin(IN_ORDER);
	struct rf_row first = refer.row[0];
	refer.row[0] = refer.row[1];
	refer.row[1] = first;
	CHECK(defects(IN_ORDER, &refer.fsm, NULL) > 0);
}

#define REST_WORKS "every REST covers something or says that nothing is left"
static void
every_rest_has_work(void)
{
	begin(REST_WORKS);
	nict.rest[0].disposition = RF_COVERED;
	CHECK(defects(REST_WORKS, &nict.fsm, NULL) > 0);
	patched_init(&nict, &rf_nict_fsm);
	for (unsigned state = 0; state < nict.fsm.states; state++)
		nict.row[state].from = (uint8_t)state, nict.row[state].event = 0;
	CHECK(defects(REST_WORKS, &nict.fsm, NULL) > 0);
}

/* ---- states ---------------------------------------------------------------------------------- */

#define REACHED "every state is reached from the initial one"
static void
every_state_is_reached(void)
{
	begin(REACHED);
	uint8_t trying = (uint8_t)patched_state(&nict, "TRYING");
	for (unsigned i = 0; i < nict.fsm.rows; i++) {
		if (nict.row[i].from == trying && nict.row[i].to != trying)
			nict.row[i].to = (uint8_t)patched_state(&nict, "TERMINATED");
	}
	CHECK(defects(REACHED, &nict.fsm, NULL) > 0);
}

#define ENDS "every state leads to a final one, or back to the initial one"
static void
every_state_leads_to_a_final_one(void)
{
	begin(ENDS);
	row_of(&nict, "COMPLETED/T_END/ELSE")->to = (uint8_t)patched_state(&nict, "COMPLETED");
	CHECK(defects(ENDS, &nict.fsm, NULL) > 0);
}

#define FIRST "the first state and no other is initial"
static void
the_first_state_is_initial(void)
{
	begin(FIRST);
	nict.state[1].kind = RF_INITIAL;
	CHECK(defects(FIRST, &nict.fsm, NULL) > 0);
}

#define STAYS "no row leaves a final state"
static void
no_row_leaves_a_final_state(void)
{
	begin(STAYS);
	nict.row[3].from = (uint8_t)patched_state(&nict, "TERMINATED");
	nict.row[3].to = 0;
	CHECK(defects(STAYS, &nict.fsm, NULL) > 0);
}

#define GIVEN_BACK "a slot is given back on the way into a final state, and nowhere else"
static void
slots_are_given_back_at_the_end(void)
{
	begin(GIVEN_BACK);
	row_of(&refer, "SCREENING/POLICY_NO/ELSE")->to = (uint8_t)patched_state(&refer, "TRYING");
	CHECK(defects(GIVEN_BACK, &refer.fsm, NULL) == 1);
	patched_init(&refer, &rf_refer_fsm);
	patched_delete_action(&refer, patched_row(&refer, "SCREENING/POLICY_NO/ELSE"), 1);
	CHECK(defects(GIVEN_BACK, &refer.fsm, NULL) == 1);
	patched_init(&refer, &rf_refer_fsm);
	struct rf_row *row = row_of(&refer, "SCREENING/POLICY_NO/ELSE");
	row->action[0] = row->action[1];                /* released, and then something else */
	row->action[1] = patched_action(&refer, "reply_refusal");
	CHECK(defects(GIVEN_BACK, &refer.fsm, NULL) == 2);
}

/* ---- timers and outcomes, along every path --------------------------------------------------- */

#define TIMED "on every path into a HOT state a timer runs"
static void
hot_states_are_timed(void)
{
	begin(TIMED);
	unsigned row = patched_row(&refer, "SWAPPING/AGREED/ELSE");
	patched_delete_action(&refer, row, 3);          /* arm_store, behind stop_swap */
	CHECK(defects(TIMED, &refer.fsm, NULL) > 0);
	begin(TIMED);
	row_of(&nict, "TRYING/T_END/ELSE")->to = (uint8_t)patched_state(&nict, "COMPLETED");
	CHECK(defects(TIMED, &nict.fsm, NULL) > 0);     /* F has fired; over TCP E does not run */
}

#define HEARS "a HOT state hears the timers that run in it"
static void
hot_states_hear_their_timers(void)
{
	begin(HEARS);
	patched_delete_row(&nict, patched_row(&nict, "COMPLETED/T_END/ELSE"));
	CHECK(defects(HEARS, &nict.fsm, NULL) > 0);
}

#define NEVER "a timer that NEVER fires in a state does not run there"
static void
never_is_true_of_timers(void)
{
	begin(NEVER);
	patched_delete_action(&nict, patched_row(&nict, "TRYING/RX_FINAL/unreliable"), 0);
	CHECK(defects(NEVER, &nict.fsm, NULL) > 0);     /* stop_e: E fires in COMPLETED */
}

#define OWNED "every timer is armed by an action and heard by an event"
static void
timers_are_armed_and_heard(void)
{
	begin(OWNED);
	for (unsigned i = 0; i < nict.fsm.actions; i++) {
		if (strcmp(nict.action[i].sort, "ARM") == 0 &&
		    strcmp(nict.action[i].of, "T_RETRANSMIT") == 0)
			nict.action[i].of = "T_END";
	}
	CHECK(defects(OWNED, &nict.fsm, NULL) > 0);
	patched_init(&nict, &rf_nict_fsm);
	nict.action[3].of = "FAILED";                   /* no timer */
	CHECK(defects(OWNED, &nict.fsm, NULL) > 0);
}

/* One slot may carry several machines; what runs out there must not be two machines' affair. */
static void
each_timer_has_one_owner(void)
{
	static const struct {
		uint8_t kind, index;
	} timer[] = {
#define TIMER(id, kind, index) { RF_KIND_##kind, index },
		RF_TIMERS(TIMER)
#undef TIMER
	};
	static const uint8_t kind_of[] = {
#define MACHINE(id, fsm, kind, type, field) RF_KIND_##kind,
		RF_MACHINES(MACHINE)
#undef MACHINE
	};
	unsigned events[RF_KIND_MAX] = { 0 }, timers[RF_KIND_MAX] = { 0 };
	for (unsigned i = 0; i < RF_ARRAY_LEN(timer); i++) {
		timers[timer[i].kind]++;
		for (unsigned k = 0; k < i; k++)
			CHECK(timer[i].kind != timer[k].kind || timer[i].index != timer[k].index);
	}
	for (uint32_t m = 0; m < RF_ARRAY_LEN(kind_of); m++) {
		const struct rf_fsm *fsm = rf_engine_machine(m);
		unsigned own = 0;
		for (unsigned event = 0; event < fsm->events; event++)
			own += rf_fsm_is_timer(fsm, event);
		if (kind_of[m] != RF_KIND_TXN)
			events[kind_of[m]] += own;
		else
			CHECK(own == timers[RF_KIND_TXN]);      /* one of the four at a time */
	}
	for (unsigned kind = RF_KIND_TXN + 1; kind < RF_KIND_MAX; kind++)
		CHECK(events[kind] == timers[kind]);
}

#define ONCE "no path writes an outcome twice"
static void
no_path_writes_an_outcome_twice(void)
{
	begin(ONCE);
	row_of(&refer, "CONCLUDING/SURVIVOR_LEFT/ELSE")->action[0] =
	    patched_action(&refer, "conclude_left");
	CHECK(defects(ONCE, &refer.fsm, NULL) > 0);
	patched_init(&refer, &rf_refer_fsm);
	row_of(&refer, "SWAPPING/AGREED/ELSE")->to = (uint8_t)patched_state(&refer, "SWAPPING");
	CHECK(defects(ONCE, &refer.fsm, NULL) > 0);
}

/* ---- actions and guards ---------------------------------------------------------------------- */

#define USED "every action and every guard is used"
static void
everything_declared_is_used(void)
{
	begin(USED);
	patched_delete_action(&nict, patched_row(&nict, "PROCEEDING/T_RETRANSMIT/unreliable"), 1);
	CHECK(defects(USED, &nict.fsm, NULL) > 0);
	patched_delete_row(&refer, patched_row(&refer, "IDLE/RX_REFER/too_many"));
	CHECK(defects(USED, &refer.fsm, NULL) > 0);
}

static void
undeclared(struct rf_step *s)
{
	(void)s;
}

#define DECLARED "a row uses declared actions, and at least one"
static void
rows_use_declared_actions(void)
{
	begin(DECLARED);
	nict.row[0].action[0] = undeclared;
	CHECK(defects(DECLARED, &nict.fsm, NULL) > 0);
	patched_init(&nict, &rf_nict_fsm);
	nict.row[0].action[0] = NULL;
	CHECK(defects(DECLARED, &nict.fsm, NULL) > 0);
}

#define BOUNDED "a row's messages and questions are bounded"
static void
effects_of_a_row_are_bounded(void)
{
	begin(BOUNDED);
	for (unsigned i = 0; i < RF_FSM_ACTIONS_MAX; i++)
		refer.row[0].action[i] = patched_action(&refer, "reply_400");
	CHECK(defects(BOUNDED, &refer.fsm, NULL) > 0);
}

#define TWICE "no two actions of a row do the same"
static void
no_two_actions_of_a_row_do_the_same(void)
{
	begin(TWICE);
	row_of(&refer, "TRYING/SURVIVOR_LEFT/ELSE")->action[0] =
	    patched_action(&refer, "conclude_failed");           /* and conclude_left */
	CHECK(defects(TWICE, &refer.fsm, NULL) > 0);
	row_of(&nict, "IDLE/OPEN/ELSE")->action[2] = patched_action(&nict, "arm_k"); /* and arm_f */
	CHECK(defects(TWICE, &nict.fsm, NULL) > 0);
}

#define KNOWN "sorts of actions and sources of events are from the known lists"
static void
words_are_from_the_known_lists(void)
{
	begin(KNOWN);
	nict.action[0].sort = "SEND";
	CHECK(defects(KNOWN, &nict.fsm, NULL) > 0);
	patched_init(&nict, &rf_nict_fsm);
	nict.event[0].source = "SKY";
	CHECK(defects(KNOWN, &nict.fsm, NULL) > 0);
}

/* ---- words ----------------------------------------------------------------------------------- */

#define UNIQUE "names are unique within their machine"
static void
names_are_unique(void)
{
	begin(UNIQUE);
	nict.state[1].name = nict.state[2].name;
	CHECK(defects(UNIQUE, &nict.fsm, NULL) > 0);
	patched_init(&nict, &rf_nict_fsm);
	nict.event[1].name = nict.event[2].name;
	CHECK(defects(UNIQUE, &nict.fsm, NULL) > 0);
	for (uint32_t m = 0; rf_engine_machine(m) != NULL; m++)
		for (uint32_t k = 0; k < m; k++)
			CHECK(strcmp(rf_engine_machine(m)->name, rf_engine_machine(k)->name) != 0);
}

#define CITED "every row cites an RFC or an ADR, every REST gives its reason"
static void
everything_has_its_reason(void)
{
	static const char *const bad[] = { "", "RFC3261", "RFC3261 s17", "RFC 3261 17", "ADR-3",
		"common sense" };
	begin(CITED);
	for (size_t i = 0; i < RF_ARRAY_LEN(bad); i++) {
		nict.row[0].cite = bad[i];
		CHECK(defects(CITED, &nict.fsm, NULL) == 1);
	}
	patched_init(&nict, &rf_nict_fsm);
	nict.rest[0].reason = "";
	CHECK(defects(CITED, &nict.fsm, NULL) == 1);
}

#define MEANT "every name says what it means"
static void
every_name_says_what_it_means(void)
{
	begin(MEANT);
	nict.guard[0].meaning = "";
	nict.action[0].meaning = NULL;
	CHECK(defects(MEANT, &nict.fsm, NULL) == 2);
}

static const char *const planted[] = { HOLDS_ROWS, CLOSED, SHADOWED, IN_ORDER, REST_WORKS, REACHED,
	ENDS, FIRST, STAYS, GIVEN_BACK, TIMED, HEARS, NEVER, OWNED, ONCE, USED, DECLARED, BOUNDED,
	TWICE, KNOWN, UNIQUE, CITED, MEANT };

static void
every_check_was_shown_a_table_spoiled_for_it(void)
{
	size_t checks = 0;
	while (rf_fsm_checks[checks].sentence != NULL)
		checks++;
	CHECK(checks == RF_ARRAY_LEN(planted));
	for (size_t i = 0; i < RF_ARRAY_LEN(planted); i++)
		check_of(planted[i]);
}

static const struct check_test tests[] = {
	CHECK_TEST(a_table_holds_rows_and_one_rest_per_event),
	CHECK_TEST(cells_are_closed),
	CHECK_TEST(no_row_is_shadowed),
	CHECK_TEST(guards_are_asked_in_order),
	CHECK_TEST(every_rest_has_work),
	CHECK_TEST(every_state_is_reached),
	CHECK_TEST(every_state_leads_to_a_final_one),
	CHECK_TEST(the_first_state_is_initial),
	CHECK_TEST(no_row_leaves_a_final_state),
	CHECK_TEST(slots_are_given_back_at_the_end),
	CHECK_TEST(hot_states_are_timed),
	CHECK_TEST(hot_states_hear_their_timers),
	CHECK_TEST(never_is_true_of_timers),
	CHECK_TEST(timers_are_armed_and_heard),
	CHECK_TEST(each_timer_has_one_owner),
	CHECK_TEST(no_path_writes_an_outcome_twice),
	CHECK_TEST(everything_declared_is_used),
	CHECK_TEST(rows_use_declared_actions),
	CHECK_TEST(effects_of_a_row_are_bounded),
	CHECK_TEST(no_two_actions_of_a_row_do_the_same),
	CHECK_TEST(words_are_from_the_known_lists),
	CHECK_TEST(names_are_unique),
	CHECK_TEST(everything_has_its_reason),
	CHECK_TEST(every_name_says_what_it_means),
	CHECK_TEST(every_check_was_shown_a_table_spoiled_for_it),
};

int
main(void)
{
	return check_main("tables", tests, RF_ARRAY_LEN(tests));
}
