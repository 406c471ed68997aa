/* SPDX-License-Identifier: BSD-2-Clause */
/* sim/sipp_action.c -- variables of a call, and what <action> does with them.
 *
 * As in SIPp a variable has the type of what was assigned last, and reads as 0 or "" where another
 * type is wanted.  Unlike SIPp, a check that fails is never forgotten by a <nop> behind it. */
#include "sim/sipp_parts.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
sipp_fail(struct sipp_call *c, int line, const char *format, ...)
{
	struct sipp *s = c->sipp;
	va_list arguments;
	if (s->error[0] != '\0')
		return;
	int n = snprintf(
	    s->error, sizeof s->error, "%s:%d: call %u: ", s->scenario->path, line, c->number);
	if (n < 0 || (size_t)n >= sizeof s->error)
		return;
	va_start(arguments, format);
	vsnprintf(s->error + n, sizeof s->error - (size_t)n, format, arguments);
	va_end(arguments);
}

/* ---- values ---------------------------------------------------------------------------------- */

struct sipp_value *
sipp_value(struct sipp_call *c, int variable)
{
	return c->sipp->scenario->variable[variable].global ? &c->sipp->global[variable]
							    : &c->value[variable];
}

bool
sipp_value_is_set(const struct sipp_value *v)
{
	switch (v->type) {
	case SIPP_UNDEFINED:
		return false;
	case SIPP_MATCH:
	case SIPP_STRING:
		return true;
	case SIPP_DOUBLE:
		return v->number != 0;
	case SIPP_BOOL:
		return v->truth;
	}
	return false;
}

double
sipp_value_number(const struct sipp_value *v)
{
	return v->type == SIPP_DOUBLE ? v->number : 0;
}

static const char *
text_of(const struct sipp_value *v)
{
	return v->type == SIPP_MATCH || v->type == SIPP_STRING ? v->text : "";
}

void
sipp_value_free(struct sipp_value *v)
{
	free(v->text);
	*v = (struct sipp_value){ 0 };
}

static void
set_text(struct sipp_value *v, enum sipp_type type, const char *p, size_t len)
{
	char *text = strndup(p, len);
	if (text == NULL)
		abort();
	sipp_value_free(v);
	*v = (struct sipp_value){ .type = type, .text = text };
}

static void
set_number(struct sipp_value *v, double number)
{
	sipp_value_free(v);
	*v = (struct sipp_value){ .type = SIPP_DOUBLE, .number = number };
}

static void
set_truth(struct sipp_value *v, bool truth)
{
	sipp_value_free(v);
	*v = (struct sipp_value){ .type = SIPP_BOOL, .truth = truth };
}

/* ---- actions: false: its check failed -------------------------------------------------------- */

static double
operand(struct sipp_call *c, const struct sipp_action *a, int variable)
{
	return variable >= 0 ? sipp_value_number(sipp_value(c, variable)) : a->number;
}

/* Where an <ereg> looks; NULL: there is no such place.  room: for a header field. */
static const char *
haystack(struct sipp_call *c, const struct sipp_action *a, const char *message,
    char room[SIPP_VALUE_MAX])
{
	const char *found;
	if (a->place == SIPP_IN_VAR)
		return text_of(sipp_value(c, a->variable));
	if (message == NULL)
		return NULL;
	switch (a->place) {
	case SIPP_IN_VAR:
	case SIPP_IN_MSG:
		break;
	case SIPP_IN_BODY:
		found = strstr(message, "\r\n\r\n");
		return found != NULL ? found + 4 : NULL;
	case SIPP_IN_HDR: /* as written, wherever it stands first; the rest of that line */
		found = strstr(message, a->header);
		if (found == NULL)
			return NULL;
		found += strlen(a->header);
		snprintf(room, SIPP_VALUE_MAX, "%.*s", (int)strcspn(found, "\r\n"), found);
		return room[0] != '\0' ? room : NULL;
	}
	return message;
}

static bool
do_ereg(struct sipp_call *c, const struct sipp_action *a, const char *message)
{
	char room[SIPP_VALUE_MAX];
	regmatch_t match[SIPP_GROUPS_MAX];
	const char *where = haystack(c, a, message, room);
	bool matches = where != NULL && regexec(&a->regex, where, a->to_count, match, 0) == 0;
	/* Up to the first group that matched nothing; what is not assigned keeps its value. */
	for (uint32_t i = 0; matches && i < a->to_count && match[i].rm_eo != -1; i++)
		set_text(sipp_value(c, a->to[i]), SIPP_MATCH, where + match[i].rm_so,
		    (size_t)(match[i].rm_eo - match[i].rm_so));
	if (matches ? !a->check_inverse : !a->check)
		return true;
	sipp_fail(c, a->line, "\"%s\" %s \"%.*s\"", a->pattern,
	    matches ? "should not match" : "does not match",
	    where != NULL ? (int)strcspn(where, "\r\n") : 0, where != NULL ? where : "");
	return false;
}

static bool
do_test(struct sipp_call *c, const struct sipp_action *a)
{
	double left = sipp_value_number(sipp_value(c, a->variable));
	double right = operand(c, a, a->variable2);
	bool truth = false;
	switch (a->compare) {
	case SIPP_EQUAL:
		truth = !(left < right) && !(left > right);
		break;
	case SIPP_LESS:
		truth = left < right;
		break;
	case SIPP_GREATER:
		truth = left > right;
		break;
	case SIPP_GREATER_EQUAL:
		truth = left >= right;
		break;
	}
	if (a->check && !truth) {
		sipp_fail(c, a->line, "%s is %g, not as it must be compared with %g",
		    c->sipp->scenario->variable[a->variable].name, left, right);
		return false;
	}
	set_truth(sipp_value(c, a->to[0]), truth);
	return true;
}

static bool
do_strcmp(struct sipp_call *c, const struct sipp_action *a)
{
	const char *left = text_of(sipp_value(c, a->variable));
	const char *right = a->value != NULL ? a->value : text_of(sipp_value(c, a->variable2));
	int differs = strcmp(left, right);
	if (a->check && differs != 0) {
		sipp_fail(c, a->line, "%s is \"%s\", expected \"%s\"",
		    c->sipp->scenario->variable[a->variable].name, left, right);
		return false;
	}
	set_number(sipp_value(c, a->to[0]), (double)differs);
	return true;
}

static void
do_todouble(struct sipp_call *c, const struct sipp_action *a)
{
	const struct sipp_value *from = sipp_value(c, a->variable);
	char *end = NULL;
	double number = from->type == SIPP_DOUBLE ? from->number
			: from->type == SIPP_BOOL ? (double)from->truth
						  : strtod(text_of(from), &end);
	if (from->type != SIPP_UNDEFINED && (end == NULL || *end == '\0'))
		set_number(sipp_value(c, a->to[0]), number);
}

static void
do_assignstr(struct sipp_call *c, const struct sipp_action *a)
{
	char text[SIPP_VALUE_MAX];
	uint32_t len = sipp_text_write(c, &a->text, c->at - 1, text, sizeof text);
	set_text(sipp_value(c, a->to[0]), SIPP_STRING, text, len);
}

static bool
act(struct sipp_call *c, const struct sipp_action *a, const char *message)
{
	struct sipp_value *to = sipp_value(c, a->to[0]);
	switch (a->kind) {
	case SIPP_EREG:
		return do_ereg(c, a, message);
	case SIPP_ASSIGN:
		set_number(to, operand(c, a, a->variable));
		break;
	case SIPP_ADD:
		set_number(to, sipp_value_number(to) + operand(c, a, a->variable));
		break;
	case SIPP_ASSIGNSTR:
		do_assignstr(c, a);
		break;
	case SIPP_TODOUBLE:
		do_todouble(c, a);
		break;
	case SIPP_TEST:
		return do_test(c, a);
	case SIPP_STRCMP:
		return do_strcmp(c, a);
	}
	return true;
}

void
sipp_act(struct sipp_call *c, const struct sipp_step *step, const char *message)
{
	for (uint32_t i = 0; i < step->actions; i++) {
		if (!act(c, &step->action[i], message))
			return;
	}
}
