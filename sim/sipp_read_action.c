/* SPDX-License-Identifier: BSD-2-Clause */
/* sim/sipp_read_action.c -- <action>: what is read of it, and what must be there. */
#include "sim/sipp_reader.h"

#include <string.h>

static const char *
name_of(const xmlNode *node)
{
	return (const char *)node->name;
}

static const struct {
	const char *element, *attributes;
} actions[] = {
	[SIPP_EREG] = { "ereg",
	    " regexp search_in header variable check_it check_it_inverse assign_to " },
	[SIPP_ASSIGN] = { "assign", " assign_to value variable " },
	[SIPP_ADD] = { "add", " assign_to value variable " },
	[SIPP_ASSIGNSTR] = { "assignstr", " assign_to value " },
	[SIPP_TODOUBLE] = { "todouble", " assign_to variable " },
	[SIPP_TEST] = { "test", " assign_to variable compare value variable2 check_it " },
	[SIPP_STRCMP] = { "strcmp", " assign_to variable value variable2 check_it " },
};

static void
read_targets(struct sipp_reader *r, const xmlNode *node, struct sipp_action *a)
{
	char *value = sipp_attribute(node, "assign_to"), *rest = value, *word;
	if (value == NULL) {
		sipp_complain(r, sipp_line(node), "<%s> needs assign_to", name_of(node));
		return;
	}
	while ((word = strsep(&rest, ",")) != NULL && !r->failed) {
		int to = sipp_variable(r->scenario, rf_slice_of(word));
		if (to < 0 || a->to_count == SIPP_GROUPS_MAX)
			sipp_complain(r, sipp_line(node),
			    "assign_to: \"%s\" is no name or one too many", word);
		else
			a->to[a->to_count++] = to;
	}
	if (a->kind != SIPP_EREG && a->to_count > 1)
		sipp_complain(r, sipp_line(node), "<%s> assigns to one variable", name_of(node));
	xmlFree(value);
}

static void
read_place(struct sipp_reader *r, const xmlNode *node, struct sipp_action *a)
{
	static const char *const places[] = { [SIPP_IN_MSG] = "msg",
		[SIPP_IN_HDR] = "hdr",
		[SIPP_IN_BODY] = "body",
		[SIPP_IN_VAR] = "var" };
	char *value = sipp_attribute(node, "search_in");
	bool found = false;
	for (size_t i = 0; value != NULL && i < RF_ARRAY_LEN(places); i++) {
		if (strcmp(value, places[i]) == 0) {
			a->place = (enum sipp_place)i;
			found = true;
		}
	}
	if (!found)
		sipp_complain(
		    r, sipp_line(node), "<ereg>: search_in is one of msg, hdr, body, var");
	xmlFree(value);
	a->header = sipp_attribute(node, "header");
	if ((a->place == SIPP_IN_HDR) != (a->header != NULL))
		sipp_complain(r, sipp_line(node), "<ereg>: header belongs to search_in=\"hdr\"");
	if ((a->place == SIPP_IN_VAR) != (a->variable >= 0))
		sipp_complain(r, sipp_line(node), "<ereg>: variable belongs to search_in=\"var\"");
}

static void
read_ereg(struct sipp_reader *r, const xmlNode *node, struct sipp_action *a)
{
	read_place(r, node, a);
	a->pattern = sipp_attribute(node, "regexp");
	if (a->pattern == NULL) {
		sipp_complain(r, sipp_line(node), "<ereg> needs regexp");
		return;
	}
	int bad = regcomp(&a->regex, a->pattern, REG_EXTENDED);
	a->compiled = bad == 0;
	if (bad != 0) {
		char why[128];
		regerror(bad, &a->regex, why, sizeof why);
		sipp_complain(r, sipp_line(node), "<ereg>: \"%s\": %s", a->pattern, why);
	}
	if (a->check && a->check_inverse)
		sipp_complain(r, sipp_line(node), "<ereg>: check_it or check_it_inverse, not both");
}

static void
read_comparison(struct sipp_reader *r, const xmlNode *node, struct sipp_action *a)
{
	static const char *const words[] = { [SIPP_EQUAL] = "equal",
		[SIPP_LESS] = "less_than",
		[SIPP_GREATER] = "greater_than",
		[SIPP_GREATER_EQUAL] = "greater_than_equal" };
	char *value = sipp_attribute(node, "compare");
	bool found = false;
	for (size_t i = 0; value != NULL && i < RF_ARRAY_LEN(words); i++) {
		if (strcmp(value, words[i]) == 0) {
			a->compare = (enum sipp_compare)i;
			found = true;
		}
	}
	if (!found)
		sipp_complain(r, sipp_line(node),
		    "<test>: compare is one of equal, less_than, "
		    "greater_than, greater_than_equal");
	xmlFree(value);
}

/* value= or a variable, never both. */
static void
read_operand(struct sipp_reader *r, const xmlNode *node, struct sipp_action *a, int other)
{
	a->value = sipp_attribute(node, "value");
	if ((a->value != NULL) == (other >= 0))
		sipp_complain(
		    r, sipp_line(node), "<%s> needs a value or a variable", name_of(node));
	if (a->value != NULL && a->kind != SIPP_STRCMP)
		sipp_read_number(r, node, "value", &a->number);
}

static void
read_action(struct sipp_reader *r, const xmlNode *node, struct sipp_action *a)
{
	char *text;
	a->line = sipp_line(node);
	a->variable = sipp_read_variable(r, node, "variable");
	a->variable2 = sipp_read_variable(r, node, "variable2");
	a->check = sipp_read_truth(r, node, "check_it");
	a->check_inverse = sipp_read_truth(r, node, "check_it_inverse");
	read_targets(r, node, a);
	bool needs_variable =
	    a->kind == SIPP_TODOUBLE || a->kind == SIPP_TEST || a->kind == SIPP_STRCMP;
	if (needs_variable && a->variable < 0)
		sipp_complain(r, sipp_line(node), "<%s> needs variable", name_of(node));
	switch (a->kind) {
	case SIPP_EREG:
		read_ereg(r, node, a);
		break;
	case SIPP_ASSIGN:
	case SIPP_ADD:
		read_operand(r, node, a, a->variable);
		break;
	case SIPP_ASSIGNSTR:
		text = sipp_attribute(node, "value");
		sipp_read_text(r, node, &a->text, text != NULL ? text : "");
		xmlFree(text);
		break;
	case SIPP_TODOUBLE:
		break;
	case SIPP_TEST:
		read_comparison(r, node, a);
		read_operand(r, node, a, a->variable2);
		break;
	case SIPP_STRCMP:
		read_operand(r, node, a, a->variable2);
		break;
	}
}

void
sipp_read_actions(struct sipp_reader *r, const xmlNode *parent, struct sipp_step *step)
{
	sipp_check_attributes(r, parent, " ", false);
	for (const xmlNode *node = parent->children; node != NULL && !r->failed;
	     node = node->next) {
		size_t kind = 0;
		if (node->type != XML_ELEMENT_NODE)
			continue;
		while (kind < RF_ARRAY_LEN(actions) &&
		       strcmp(name_of(node), actions[kind].element) != 0)
			kind++;
		if (kind == RF_ARRAY_LEN(actions)) {
			sipp_complain(
			    r, sipp_line(node), "the action <%s> is not known", name_of(node));
			return;
		}
		if (step->actions == SIPP_ACTIONS_MAX) {
			sipp_complain(r, sipp_line(node), "more than %d actions", SIPP_ACTIONS_MAX);
			return;
		}
		sipp_check_attributes(r, node, actions[kind].attributes, false);
		struct sipp_action *a = &step->action[step->actions++];
		a->kind = (enum sipp_action_kind)kind;
		read_action(r, node, a);
	}
}
