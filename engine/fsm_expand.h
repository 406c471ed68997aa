/* SPDX-License-Identifier: BSD-2-Clause */
/* engine/fsm_expand.h -- a .def becomes `const struct rf_fsm rf_<FSM>_fsm`.
 *
 * The includer defines FSM (the machine's name) and FSM_DEF (its table) and has defined every guard
 * and action as a static function above.  Mistakes are compile errors: two rows for one (state,
 * event, guard), a missing or second REST, an unknown name, a fifth action, an unused function. */
#define ELSE NULL
enum {
#define STATE(n, k, m) ST_##n,
#include FSM_DEF
	ST_MAX
};
enum {
#define EVENT(n, s, m) EV_##n,
#include FSM_DEF
	EV_MAX
};
enum {
#define ROW(f, e, g, ...) ROW_##f##_##e##_##g,
#include FSM_DEF
	ROW_MAX
};
enum {
#define REST(e, d, c) REST_##e,
#include FSM_DEF
	REST_MAX
};
enum {
#define GUARD(n, m) GUARD_##n,
#include FSM_DEF
	GUARD_MAX
};
_Static_assert((int)REST_MAX == (int)EV_MAX, "every EVENT needs one REST");
_Static_assert((int)ST_MAX <= (int)RF_FSM_STATES_MAX, "RF_FSM_STATES_MAX");
_Static_assert((int)EV_MAX <= (int)RF_FSM_EVENTS_MAX, "RF_FSM_EVENTS_MAX");

static const struct rf_state_name states[] = {
#define STATE(n, k, m) [ST_##n] = { #n, RF_##k, m },
#include FSM_DEF
};
static const struct rf_event_name events[] = {
#define EVENT(n, s, m) [EV_##n] = { #n, #s, m },
#include FSM_DEF
};
static const struct rf_action_name actions[] = {
#define ACTION(n, s, o, m) { #n, #s, #o, m, n },
#include FSM_DEF
};
static const struct rf_guard_name guards[] = {
#define GUARD(n, m) { #n, m, n },
#include FSM_DEF
	{ NULL, NULL, NULL },                   /* a machine may have no guard */
};
static const struct rf_row rows[] = {
#define ROW(f, e, g, t, cite, ...) [ROW_##f##_##e##_##g] = \
	{ ST_##f, EV_##e, ST_##t, g, #f "/" #e "/" #g, #g, cite, { __VA_ARGS__ } },
#include FSM_DEF
};
static const struct rf_rest rests[] = {
#define REST(e, d, c) [EV_##e] = { EV_##e, RF_##d, c },
#include FSM_DEF
};
#define RF_CAT_(a, b, c) a##b##c
#define RF_CAT(a, b, c) RF_CAT_(a, b, c)
#define RF_STR_(a) #a
#define RF_STR(a) RF_STR_(a)
const struct rf_fsm RF_CAT(rf_, FSM, _fsm) = { RF_STR(FSM), states, events, actions, guards, rows,
	rests, ST_MAX, EV_MAX, (uint16_t)(sizeof actions / sizeof *actions), GUARD_MAX, ROW_MAX,
	REST_MAX };
