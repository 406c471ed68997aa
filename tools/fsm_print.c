/* SPDX-License-Identifier: BSD-2-Clause */
/* tools/fsm_print.c -- tables as Markdown, Graphviz, Mermaid and JSON. */
#include "tools/fsm_print.h"

#include <string.h>

#include "engine/engine.h"
#include "tools/fsm_check.h"

static const char *const kind_name[] = { [RF_INITIAL] = "INITIAL",
	[RF_INNER] = "INNER",
	[RF_HOT] = "HOT",
	[RF_LINGER] = "LINGER",
	[RF_FINAL] = "FINAL" };
static const char *const disposition_name[] = {
	[RF_ABSORB] = "ABSORB", [RF_NEVER] = "NEVER", [RF_COVERED] = "COVERED"
};

bool
rf_fsm_format_parse(enum rf_fsm_format *format, const char *name)
{
	static const char *const names[RF_FSM_FORMATS] = { [RF_FSM_TABLE] = "table",
		[RF_FSM_DOT] = "dot",
		[RF_FSM_MERMAID] = "mermaid",
		[RF_FSM_JSON] = "json",
		[RF_FSM_PROMELA] = "promela" };
	for (unsigned i = 0; i < RF_FSM_FORMATS; i++) {
		if (strcmp(names[i], name) == 0) {
			*format = (enum rf_fsm_format)i;
			return true;
		}
	}
	return false;
}

const struct rf_fsm *
rf_fsm_find(const char *name)
{
	const struct rf_fsm *fsm;
	for (uint32_t i = 0; (fsm = rf_engine_machine(i)) != NULL; i++) {
		if (strcmp(fsm->name, name) == 0)
			return fsm;
	}
	return NULL;
}

void
rf_fsm_print_actions(
    FILE *out, const struct rf_fsm *fsm, const struct rf_row *row, const char *between)
{
	for (unsigned i = 0; i < RF_FSM_ACTIONS_MAX && row->action[i] != NULL; i++) {
		const struct rf_action_name *action = rf_fsm_action(fsm, row->action[i]);
		fprintf(out, "%s%s", i > 0 ? between : "", action != NULL ? action->name : "?");
	}
}

static bool
does_nothing(const struct rf_fsm *fsm, const struct rf_row *row)
{
	const struct rf_action_name *action = rf_fsm_action(fsm, row->action[0]);
	return action != NULL && strcmp(action->name, "none") == 0;
}

/* ---- Markdown -------------------------------------------------------------------------------- */

static void
print_names(FILE *out, const struct rf_fsm *fsm)
{
	fprintf(out, "# %s\n\nMade from engine/%s.def as compiled, by `referee fsm %s`.\n\n",
	    fsm->name, fsm->name, fsm->name);
	fputs("| state | kind | meaning |\n|---|---|---|\n", out);
	for (unsigned i = 0; i < fsm->states; i++)
		fprintf(out, "| %s | %s | %s |\n", fsm->state[i].name,
		    kind_name[fsm->state[i].kind], fsm->state[i].meaning);
	fputs("\n| event | source | meaning | in every other state |\n|---|---|---|---|\n", out);
	for (unsigned i = 0; i < fsm->events; i++)
		fprintf(out, "| %s | %s | %s | %s: %s |\n", fsm->event[i].name,
		    fsm->event[i].source, fsm->event[i].meaning,
		    disposition_name[fsm->rest[i].disposition], fsm->rest[i].reason);
	if (fsm->guards > 0)
		fputs("\n| guard, in the order they are asked | meaning |\n|---|---|\n", out);
	for (unsigned i = 0; i < fsm->guards; i++)
		fprintf(out, "| %s | %s |\n", fsm->guard[i].name, fsm->guard[i].meaning);
	fputs("\n| action | sort | of | meaning |\n|---|---|---|---|\n", out);
	for (unsigned i = 0; i < fsm->actions; i++)
		fprintf(out, "| %s | %s | %s | %s |\n", fsm->action[i].name, fsm->action[i].sort,
		    strcmp(fsm->action[i].of, "0") == 0 ? "" : fsm->action[i].of,
		    fsm->action[i].meaning);
}

/* Where an event leads from a state: every row of the cell, or its REST. */
static void
print_cell(FILE *out, const struct rf_fsm *fsm, unsigned state, unsigned event)
{
	const char *between = " ";
	if (!rf_fsm_has_row(fsm, state, event)) {
		bool never = fsm->rest[event].disposition == RF_NEVER;
		fputs(fsm->state[state].kind == RF_FINAL ? "  |" : never ? " x |" : " - |", out);
		return;
	}
	for (unsigned i = 0; i < fsm->rows; i++) {
		const struct rf_row *row = &fsm->row[i];
		if (row->from != state || row->event != event)
			continue;
		fprintf(out, "%s%s", between, fsm->state[row->to].name);
		between = ", ";
	}
	fputs(" |", out);
}

static void
print_table(FILE *out, const struct rf_fsm *fsm)
{
	print_names(out, fsm);
	fputs("\n| from | event | guard | to | source | actions, in order |\n"
	      "|---|---|---|---|---|---|\n",
	    out);
	for (unsigned i = 0; i < fsm->rows; i++) {
		const struct rf_row *row = &fsm->row[i];
		fprintf(out, "| %s | %s | %s | %s | %s | ", fsm->state[row->from].name,
		    fsm->event[row->event].name, row->guard_name, fsm->state[row->to].name,
		    row->cite);
		rf_fsm_print_actions(out, fsm, row, ", ");
		fputs(" |\n", out);
	}
	fputs("\nEvery cell: where it leads (rows from the top), - absorbed, x cannot happen.\n\n"
	      "| |",
	    out);
	for (unsigned state = 0; state < fsm->states; state++)
		fprintf(out, " %s |", fsm->state[state].name);
	fputs("\n|---|", out);
	for (unsigned state = 0; state < fsm->states; state++)
		fputs("---|", out);
	for (unsigned event = 0; event < fsm->events; event++) {
		fprintf(out, "\n| %s |", fsm->event[event].name);
		for (unsigned state = 0; state < fsm->states; state++)
			print_cell(out, fsm, state, event);
	}
	fputs("\n", out);
}

/* ---- diagrams -------------------------------------------------------------------------------- */

static void
print_label(FILE *out, const struct rf_fsm *fsm, const struct rf_row *row, const char *open,
    const char *close)
{
	fputs(fsm->event[row->event].name, out);
	if (row->guard != NULL)
		fprintf(out, " %s%s%s", open, row->guard_name, close);
	if (does_nothing(fsm, row))
		return;
	fputs(" / ", out);
	rf_fsm_print_actions(out, fsm, row, ", ");
}

/* One arrow for all rows between two states: a line of its label is a row. */
static void
print_dot(FILE *out, const struct rf_fsm *fsm)
{
	static const char *const shape[] = { [RF_INITIAL] = "style=\"rounded,bold\"",
		[RF_INNER] = "style=rounded",
		[RF_HOT] = "style=\"rounded,filled\", fillcolor=\"#ffe0b0\"",
		[RF_LINGER] = "style=\"rounded,filled\", fillcolor=\"#fff4e0\"",
		[RF_FINAL] = "style=rounded, peripheries=2" };
	fprintf(out, "// made from engine/%s.def as compiled\n", fsm->name);
	fprintf(out,
	    "digraph %s {\n\tgraph [label=\"engine/%s.def\", labelloc=t, "
	    "fontname=\"sans-serif\", nodesep=0.4, ranksep=0.8];\n",
	    fsm->name, fsm->name);
	fputs("\tnode [shape=box, fontname=\"sans-serif\"];\n"
	      "\tedge [fontname=\"sans-serif\", fontsize=10];\n",
	    out);
	for (unsigned i = 0; i < fsm->states; i++)
		fprintf(out, "\t%s [%s, tooltip=\"%s\"];\n", fsm->state[i].name,
		    shape[fsm->state[i].kind], fsm->state[i].meaning);
	for (unsigned from = 0; from < fsm->states; from++) {
		for (unsigned to = 0; to < fsm->states; to++) {
			bool any = false;
			for (unsigned i = 0; i < fsm->rows; i++) {
				const struct rf_row *row = &fsm->row[i];
				if (row->from != from || row->to != to)
					continue;
				if (!any)
					fprintf(out, "\t%s -> %s [label=\"", fsm->state[from].name,
					    fsm->state[to].name);
				any = true;
				print_label(out, fsm, row, "[", "]");
				fputs("\\l", out);
			}
			if (any)
				fputs("\"];\n", out);
		}
	}
	fputs("}\n", out);
}

static void
print_mermaid(FILE *out, const struct rf_fsm *fsm)
{
	fprintf(out, "---\ntitle: engine/%s.def\n---\nstateDiagram-v2\n", fsm->name);
	fprintf(out, "    [*] --> %s\n", fsm->state[0].name);
	for (unsigned i = 0; i < fsm->rows; i++) {
		const struct rf_row *row = &fsm->row[i];
		fprintf(
		    out, "    %s --> %s: ", fsm->state[row->from].name, fsm->state[row->to].name);
		print_label(out, fsm, row, "(", ")");
		fputs("\n", out);
	}
	for (unsigned i = 0; i < fsm->states; i++) {
		if (fsm->state[i].kind == RF_FINAL)
			fprintf(out, "    %s --> [*]\n", fsm->state[i].name);
	}
}

/* ---- JSON ------------------------------------------------------------------------------------ */

/* Meanings are ASCII by tests/tidy.sh: quotes and backslashes are all there is to escape. */
static void
print_string(FILE *out, const char *before, const char *text, const char *after)
{
	fprintf(out, "%s\"", before);
	for (const char *p = text; *p != '\0'; p++) {
		if (*p == '"' || *p == '\\')
			fputc('\\', out);
		fputc(*p, out);
	}
	fprintf(out, "\"%s", after);
}

static void
print_json_row(FILE *out, const struct rf_fsm *fsm, const struct rf_row *row)
{
	print_string(out, "{\"from\":", fsm->state[row->from].name, "");
	print_string(out, ",\"event\":", fsm->event[row->event].name, "");
	print_string(out, ",\"guard\":", row->guard_name, "");
	print_string(out, ",\"to\":", fsm->state[row->to].name, "");
	print_string(out, ",\"source\":", row->cite, ",\"actions\":[\"");
	rf_fsm_print_actions(out, fsm, row, "\",\"");
	fputs("\"]}", out);
}

static void
print_json(FILE *out, const struct rf_fsm *fsm)
{
	print_string(out, "{\"machine\":", fsm->name, ",\n\"states\":[");
	for (unsigned i = 0; i < fsm->states; i++) {
		print_string(out, i > 0 ? ",\n{\"name\":" : "\n{\"name\":", fsm->state[i].name, "");
		print_string(out, ",\"kind\":", kind_name[fsm->state[i].kind], "");
		print_string(out, ",\"meaning\":", fsm->state[i].meaning, "}");
	}
	fputs("],\n\"events\":[", out);
	for (unsigned i = 0; i < fsm->events; i++) {
		print_string(out, i > 0 ? ",\n{\"name\":" : "\n{\"name\":", fsm->event[i].name, "");
		print_string(out, ",\"source\":", fsm->event[i].source, "");
		print_string(out, ",\"meaning\":", fsm->event[i].meaning, "");
		print_string(out, ",\"rest\":", disposition_name[fsm->rest[i].disposition], "");
		print_string(out, ",\"reason\":", fsm->rest[i].reason, "}");
	}
	fputs("],\n\"guards\":[", out);
	for (unsigned i = 0; i < fsm->guards; i++) {
		print_string(out, i > 0 ? ",\n{\"name\":" : "\n{\"name\":", fsm->guard[i].name, "");
		print_string(out, ",\"meaning\":", fsm->guard[i].meaning, "}");
	}
	fputs("],\n\"actions\":[", out);
	for (unsigned i = 0; i < fsm->actions; i++) {
		const struct rf_action_name *action = &fsm->action[i];
		print_string(out, i > 0 ? ",\n{\"name\":" : "\n{\"name\":", action->name, "");
		print_string(out, ",\"sort\":", action->sort, "");
		print_string(out, ",\"of\":", strcmp(action->of, "0") == 0 ? "" : action->of, "");
		print_string(out, ",\"meaning\":", action->meaning, "}");
	}
	fputs("],\n\"rows\":[", out);
	for (unsigned i = 0; i < fsm->rows; i++) {
		fputs(i > 0 ? ",\n" : "\n", out);
		print_json_row(out, fsm, &fsm->row[i]);
	}
	fputs("]}", out);
}

static void
print_one(FILE *out, const struct rf_fsm *fsm, enum rf_fsm_format format)
{
	switch (format) {
	case RF_FSM_TABLE:
		print_table(out, fsm);
		break;
	case RF_FSM_DOT:
		print_dot(out, fsm);
		break;
	case RF_FSM_MERMAID:
		print_mermaid(out, fsm);
		break;
	case RF_FSM_JSON:
		print_json(out, fsm);
		break;
	case RF_FSM_PROMELA:
		rf_fsm_print_promela(out, fsm);
		break;
	case RF_FSM_FORMATS:
		break;
	}
}

void
rf_fsm_print(FILE *out, const struct rf_fsm *fsm, enum rf_fsm_format format)
{
	bool list = format == RF_FSM_JSON && fsm == NULL;
	const char *between = list ? "[" : "";
	for (uint32_t i = 0; fsm == NULL && rf_engine_machine(i) != NULL; i++) {
		fputs(between, out);
		print_one(out, rf_engine_machine(i), format);
		between = list ? ",\n" : "\n";
	}
	if (fsm != NULL)
		print_one(out, fsm, format);
	fputs(list ? "]\n" : format == RF_FSM_JSON ? "\n" : "", out);
}
