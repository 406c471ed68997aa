/* SPDX-License-Identifier: BSD-2-Clause */
/* tools/fsm_promela.c -- a table as Promela, to be included by a model of docs/model/.
 *
 *      M_STATE, M_E_EVENT      numbers of states and events; M_OF_WORD: what an action is of
 *      M_take(state, event)    one row, or the REST: ABSORB does nothing, NEVER is an assertion
 *      M_timer(event)          event = one of the running timers, which has fired
 *      M_running               bits of the timers that run
 *
 * Included with NUMBERS_ONLY defined it is the numbers alone: what machines that know each other
 * need first.
 *
 * What a model does not say is as free as it can be: a guard M_G_name that is not defined is both
 * true and false (M_G_name_yes and M_G_name_no say apart when it may be which), an action M_A_name
 * that is not defined does what its sort says: timers run and stop, the rest is M_TX(of),
 * M_RAISE(of), M_STORE(of), M_CALL(of), M_WRITE(of), M_NONE, which are nothing unless defined.  So
 * rows, guards and actions may be added to a table without a word here or there. */
#include <string.h>

#include "tools/fsm_check.h"
#include "tools/fsm_print.h"

static bool
is_sort(const struct rf_action_name *action, const char *sort)
{
	return strcmp(action->sort, sort) == 0;
}

static void
print_numbers(FILE *out, const struct rf_fsm *fsm)
{
	const char *m = fsm->name;
	unsigned number = 0;
	for (unsigned i = 0; i < fsm->states; i++)
		fprintf(out, "#define %s_%s %u\n", m, fsm->state[i].name, i);
	for (unsigned i = 0; i < fsm->events; i++)
		fprintf(out, "#define %s_E_%s %u\n", m, fsm->event[i].name, i);
	for (unsigned i = 0; i < fsm->actions; i++) {
		const struct rf_action_name *action = &fsm->action[i];
		bool seen = strcmp(action->of, "0") == 0 || is_sort(action, "ARM") ||
			    is_sort(action, "DISARM");
		for (unsigned k = 0; k < i && !seen; k++)
			seen = strcmp(fsm->action[k].of, action->of) == 0;
		if (!seen)
			fprintf(out, "#define %s_OF_%s %u\n", m, action->of, ++number);
	}
}

static void
print_guards(FILE *out, const struct rf_fsm *fsm)
{
	const char *m = fsm->name;
	for (unsigned i = 0; i < fsm->guards; i++) {
		const char *g = fsm->guard[i].name;
		fprintf(out, "#ifdef %s_G_%s_yes\n#elif defined %s_G_%s\n", m, g, m, g);
		fprintf(out, "#define %s_G_%s_yes (%s_G_%s)\n", m, g, m, g);
		fprintf(out, "#define %s_G_%s_no (!(%s_G_%s))\n", m, g, m, g);
		fprintf(out, "#else\n#define %s_G_%s_yes (true)\n", m, g);
		fprintf(out, "#define %s_G_%s_no (true)\n#endif\n", m, g);
	}
}

static void
print_actions(FILE *out, const struct rf_fsm *fsm)
{
	static const char *const sorts[] = { "TX", "RAISE", "STORE", "CALL", "WRITE" };
	const char *m = fsm->name;
	for (size_t i = 0; i < sizeof sorts / sizeof *sorts; i++)
		fprintf(out, "#ifndef %s_%s\n#define %s_%s(what) skip\n#endif\n", m, sorts[i], m,
		    sorts[i]);
	fprintf(out, "#ifndef %s_NONE\n#define %s_NONE skip\n#endif\n", m, m);
	fprintf(out, "#ifndef %s_running\nint %s_running;\n#endif\n", m, m);
	for (unsigned i = 0; i < fsm->actions; i++) {
		const struct rf_action_name *action = &fsm->action[i];
		fprintf(out, "#ifndef %s_A_%s\n#define %s_A_%s ", m, action->name, m, action->name);
		if (is_sort(action, "ARM"))
			fprintf(
			    out, "%s_running = %s_running | (1 << %s_E_%s)", m, m, m, action->of);
		else if (is_sort(action, "DISARM") && strcmp(action->of, "ALL") == 0)
			fprintf(out, "%s_running = 0", m);
		else if (is_sort(action, "DISARM"))
			fprintf(
			    out, "%s_running = %s_running & ~(1 << %s_E_%s)", m, m, m, action->of);
		else if (is_sort(action, "NONE") || strcmp(action->of, "0") == 0)
			fprintf(out, "%s_NONE", m);
		else
			fprintf(out, "%s_%s(%s_OF_%s)", m, action->sort, m, action->of);
		fputs("\n#endif\n", out);
	}
}

static void
print_row(FILE *out, const struct rf_fsm *fsm, const struct rf_row *row)
{
	fprintf(out, "state = %s_%s; printf(\"  | %s %s -> %s\\n\")", fsm->name,
	    fsm->state[row->to].name, fsm->name, row->name, fsm->state[row->to].name);
	for (unsigned i = 0; i < RF_FSM_ACTIONS_MAX && row->action[i] != NULL; i++) {
		const struct rf_action_name *action = rf_fsm_action(fsm, row->action[i]);
		fprintf(out, "; %s_A_%s", fsm->name, action != NULL ? action->name : "?");
	}
	fprintf(out, "  /* %s */\n", row->cite);
}

/* The rows of one cell, which stand together: each guard is asked when those before said no. */
static void
print_cell(FILE *out, const struct rf_fsm *fsm, unsigned first)
{
	const struct rf_row *row = &fsm->row[first];
	unsigned depth = 0;
	fprintf(out, "\t:: state == %s_%s && event == %s_E_%s ->\n", fsm->name,
	    fsm->state[row->from].name, fsm->name, fsm->event[row->event].name);
	for (; row->guard != NULL; row++, depth++) {
		fprintf(out, "\t\tif\n\t\t:: %s_G_%s_yes -> ", fsm->name, row->guard_name);
		print_row(out, fsm, row);
		fprintf(out, "\t\t:: %s_G_%s_no ->\n", fsm->name, row->guard_name);
	}
	fputs("\t\t", out);
	print_row(out, fsm, row);
	while (depth-- > 0)
		fputs("\t\tfi\n", out);
}

static void
print_take(FILE *out, const struct rf_fsm *fsm)
{
	fprintf(out, "inline %s_take(state, event) {\n\tif\n", fsm->name);
	for (unsigned i = 0; i < fsm->rows; i++) {
		if (i == 0 || fsm->row[i].from != fsm->row[i - 1].from ||
		    fsm->row[i].event != fsm->row[i - 1].event)
			print_cell(out, fsm, i);
	}
	fputs("\t:: else ->\n\t\tif\n", out);
	for (unsigned event = 0; event < fsm->events; event++) {
		if (fsm->rest[event].disposition == RF_NEVER)
			fprintf(out,
			    "\t\t:: event == %s_E_%s -> "
			    "printf(\"  | %s %s NEVER\\n\"); assert(false)\n",
			    fsm->name, fsm->event[event].name, fsm->name, fsm->event[event].name);
	}
	fputs("\t\t:: else -> skip\n\t\tfi\n\tfi\n}\n", out);
}

static void
print_timer(FILE *out, const struct rf_fsm *fsm)
{
	bool any = false;
	for (unsigned event = 0; event < fsm->events; event++)
		any = any || rf_fsm_is_timer(fsm, event);
	if (!any)
		return;
	fprintf(out, "inline %s_timer(event) {\n\tif\n", fsm->name);
	for (unsigned event = 0; event < fsm->events; event++) {
		if (!rf_fsm_is_timer(fsm, event))
			continue;
		fprintf(out, "\t:: (%s_running & (1 << %s_E_%s)) != 0 -> event = %s_E_%s; ",
		    fsm->name, fsm->name, fsm->event[event].name, fsm->name,
		    fsm->event[event].name);
		fprintf(out, "%s_running = %s_running & ~(1 << %s_E_%s)\n", fsm->name, fsm->name,
		    fsm->name, fsm->event[event].name);
	}
	fputs("\tfi\n}\n", out);
}

void
rf_fsm_print_promela(FILE *out, const struct rf_fsm *fsm)
{
	fprintf(out,
	    "/* Made from engine/%s.def as compiled, by `referee fsm %s --format promela`. */\n",
	    fsm->name, fsm->name);
	fprintf(out, "#ifndef %s_NUMBERS\n#define %s_NUMBERS\n", fsm->name, fsm->name);
	print_numbers(out, fsm);
	fputs("#endif\n#ifndef NUMBERS_ONLY\n", out);
	print_guards(out, fsm);
	print_actions(out, fsm);
	print_take(out, fsm);
	print_timer(out, fsm);
	fputs("#endif\n", out);
}
