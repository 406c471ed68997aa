/* SPDX-License-Identifier: BSD-2-Clause */
/* sim/sipp_read.c -- one XML file becomes steps, or the first mistake with its line.
 *
 * What is not in the tables below is refused: a scenario that is half understood would prove
 * nothing.  SIPp's own complaints (variables used once, a <recv> that may be skipped before a
 * <send>) are made here, too. */
#include "sim/sipp_reader.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <libxml/parser.h>

/* Common to every step; then those of each element. */
static const char step_attributes[] = " hide next test condexec condexec_inverse ";
static const struct {
	const char *element, *attributes;
	bool step;
} elements[] = {
	{ "Global", " variables ", false },
	{ "label", " id ", false },
	{ "send", " retrans ", true },
	{ "recv", " request response optional rrs ", true },
	{ "pause", " milliseconds variable ", true },
	{ "timewait", " milliseconds ", true },
	{ "nop", " ", true },
};

void
sipp_complain(struct sipp_reader *r, int line, const char *format, ...)
{
	va_list arguments;
	if (r->failed)
		return;
	r->failed = true;
	int n = snprintf(r->error, SIPP_ERROR_MAX, "%s:%d: ", r->scenario->path, line);
	if (n < 0 || n >= SIPP_ERROR_MAX)
		return;
	va_start(arguments, format);
	vsnprintf(r->error + n, (size_t)(SIPP_ERROR_MAX - n), format, arguments);
	va_end(arguments);
}

int
sipp_line(const xmlNode *node)
{
	return (int)xmlGetLineNo((xmlNode *)(uintptr_t)node);
}

static const char *
name_of(const xmlNode *node)
{
	return (const char *)node->name;
}

/* The value of an attribute; NULL: there is none.  The caller frees it. */
char *
sipp_attribute(const xmlNode *node, const char *name)
{
	return (char *)xmlGetProp((xmlNode *)(uintptr_t)node, (const xmlChar *)name);
}

void
sipp_check_attributes(struct sipp_reader *r, const xmlNode *node, const char *known, bool step)
{
	for (const xmlAttr *a = node->properties; a != NULL; a = a->next) {
		char word[SIPP_NAME_MAX * 2];
		snprintf(word, sizeof word, " %s ", (const char *)a->name);
		if (strstr(known, word) == NULL && (!step || strstr(step_attributes, word) == NULL))
			sipp_complain(r, sipp_line(node), "<%s> has no attribute %s here",
			    name_of(node), (const char *)a->name);
	}
}

static void
copy_name(struct sipp_reader *r, const xmlNode *node, char out[SIPP_NAME_MAX], const char *value)
{
	if (strlen(value) >= SIPP_NAME_MAX)
		sipp_complain(
		    r, sipp_line(node), "%s is longer than %d bytes", value, SIPP_NAME_MAX - 1);
	else
		memcpy(out, value, strlen(value) + 1);
}

/* ---- variables and values -------------------------------------------------------------------- */

int
sipp_variable(struct sipp_scenario *s, struct rf_slice name)
{
	for (uint32_t i = 0; i < s->variables; i++) {
		if (sip_is(name, s->variable[i].name)) {
			s->variable[i].uses++;
			return (int)i;
		}
	}
	if (s->variables == SIPP_VARIABLES_MAX || name.len == 0 || name.len >= SIPP_NAME_MAX)
		return -1;
	memcpy(s->variable[s->variables].name, name.p, name.len);
	s->variable[s->variables].uses = 1;
	return (int)s->variables++;
}

/* The variable an attribute names; -1: there is no such attribute, or a complaint. */
int
sipp_read_variable(struct sipp_reader *r, const xmlNode *node, const char *name)
{
	char *value = sipp_attribute(node, name);
	if (value == NULL)
		return -1;
	int found = sipp_variable(r->scenario, rf_slice_of(value));
	if (found < 0)
		sipp_complain(r, sipp_line(node), "%s=\"%s\": not a name, or more than %d of them",
		    name, value, SIPP_VARIABLES_MAX);
	xmlFree(value);
	return found;
}

/* True if the attribute is there and a number. */
bool
sipp_read_number(struct sipp_reader *r, const xmlNode *node, const char *name, double *out)
{
	char *value = sipp_attribute(node, name), *end = NULL;
	if (value == NULL)
		return false;
	*out = strtod(value, &end);
	if (end == value || *end != '\0' || *out < 0)
		sipp_complain(r, sipp_line(node), "%s=\"%s\": expected a number", name, value);
	xmlFree(value);
	return !r->failed;
}

bool
sipp_read_truth(struct sipp_reader *r, const xmlNode *node, const char *name)
{
	char *value = sipp_attribute(node, name);
	bool yes = value != NULL && strcasecmp(value, "true") == 0;
	if (value != NULL && !yes && strcasecmp(value, "false") != 0)
		sipp_complain(r, sipp_line(node), "%s=\"%s\": expected true or false", name, value);
	xmlFree(value);
	return yes;
}

void
sipp_read_text(struct sipp_reader *r, const xmlNode *node, struct sipp_text *out, const char *text)
{
	const char *why = "";
	if (!sipp_text_compile(r->scenario, out, text, &why))
		sipp_complain(r, sipp_line(node), "<%s>: %s", name_of(node), why);
}

/* ---- steps ----------------------------------------------------------------------------------- */

/* SIPp's layout: no blanks around lines, and an empty line at least at the end of the header. */
static char *
clean(const char *p)
{
	size_t len = strlen(p);
	char *out = malloc(len + 3);
	bool broken = false;
	if (out == NULL)
		abort();
	while (*p == ' ' || *p == '\t' || *p == '\n')
		p++;
	char *to = out;
	for (; *p != '\0'; p++) {
		bool blank = *p == ' ' || *p == '\t';
		if (blank && to > out && to[-1] == '\n')
			continue;
		while (*p == '\n' && to > out && (to[-1] == ' ' || to[-1] == '\t'))
			to--;
		*to++ = *p;
	}
	while (to > out && (to[-1] == ' ' || to[-1] == '\t' || to[-1] == '\n'))
		broken |= *--to == '\n';
	*to = '\0';
	if (strstr(out, "\n\n") == NULL)
		strcat(out, "\n\n");
	else if (broken)
		strcat(out, "\n");
	return out;
}

/* The first word decides whether [cseq] counts on; it may come from a -key. */
static void
learn_method(struct sipp_reader *r, const xmlNode *node, struct sipp_step *step)
{
	const struct sipp_piece *first = &step->text.piece[0];
	if (step->text.count == 0 || first->kind != SIPP_LITERAL) {
		sipp_complain(
		    r, sipp_line(node), "<send> must begin with a method or a status line");
		return;
	}
	size_t len = strcspn(first->text, " ");
	if (strncmp(first->text, "SIP/2.0", len) == 0)
		return;
	if (len >= SIPP_NAME_MAX || strlen(r->methods) + len + 1 >= sizeof r->methods) {
		sipp_complain(r, sipp_line(node), "<send>: too many methods, or a long one");
		return;
	}
	memcpy(step->method, first->text, len);
	strncat(r->methods, first->text, len);
}

static void
read_send(struct sipp_reader *r, const xmlNode *node, struct sipp_step *step)
{
	const xmlNode *data = NULL;
	double ms = 0;
	for (const xmlNode *child = node->children; child != NULL; child = child->next) {
		if (child->type == XML_CDATA_SECTION_NODE && data == NULL)
			data = child;
	}
	if (data == NULL) {
		sipp_complain(r, sipp_line(node), "<send> without CDATA");
		return;
	}
	if (sipp_read_number(r, node, "retrans", &ms))
		step->repeat = (rf_time)(ms * (double)RF_MS);
	char *text = clean((const char *)data->content);
	sipp_read_text(r, node, &step->text, text);
	if (!r->failed)
		learn_method(r, node, step);
	free(text);
}

static void
read_recv(struct sipp_reader *r, const xmlNode *node, struct sipp_step *step)
{
	char *request = sipp_attribute(node, "request"),
	     *optional = sipp_attribute(node, "optional");
	double response = 0;
	bool answers = sipp_read_number(r, node, "response", &response);
	if ((request != NULL) == answers)
		sipp_complain(r, sipp_line(node), "<recv> needs a request or a response");
	if (request != NULL)
		copy_name(r, node, step->request, request);
	step->response = (uint32_t)response;
	memcpy(step->methods, r->methods, sizeof step->methods);
	if (optional != NULL && strcmp(optional, "global") == 0)
		step->optional = SIPP_GLOBAL;
	else if (optional != NULL && strcmp(optional, "true") == 0)
		step->optional = SIPP_OPTIONAL;
	else if (optional != NULL && strcmp(optional, "false") != 0)
		sipp_complain(r, sipp_line(node), "optional=\"%s\": expected true, false or global",
		    optional);
	step->record_route = sipp_read_truth(r, node, "rrs");
	xmlFree(request);
	xmlFree(optional);
}

static void
read_pause(struct sipp_reader *r, const xmlNode *node, struct sipp_step *step)
{
	double ms = 0;
	step->wait_variable = sipp_read_variable(r, node, "variable");
	if (sipp_read_number(r, node, "milliseconds", &ms))
		step->wait = (rf_time)(ms * (double)RF_MS);
	else if (step->wait_variable < 0)
		sipp_complain(r, sipp_line(node), "<%s> needs milliseconds", name_of(node));
}

static void
read_step(struct sipp_reader *r, const xmlNode *node)
{
	struct sipp_scenario *s = r->scenario;
	if (s->steps == SIPP_STEPS_MAX || r->timewait) {
		sipp_complain(r, sipp_line(node),
		    r->timewait ? "nothing may stand behind <timewait>" : "too many steps");
		return;
	}
	struct sipp_step *step = &s->step[s->steps++];
	*step = (struct sipp_step){ .line = sipp_line(node), .next = -1, .wait_variable = -1 };
	step->action = calloc(SIPP_ACTIONS_MAX, sizeof *step->action);
	if (step->action == NULL)
		abort();
	bool receives = strcmp(name_of(node), "recv") == 0;
	if (r->skippable && !receives)
		sipp_complain(r, sipp_line(node),
		    "the last <recv> before <%s> is optional: SIPp refuses that", name_of(node));
	step->kind = receives                             ? SIPP_RECV
		     : strcmp(name_of(node), "send") == 0 ? SIPP_SEND
		     : strcmp(name_of(node), "nop") == 0  ? SIPP_NOP
							  : SIPP_PAUSE;
	if (receives)
		read_recv(r, node, step);
	else if (step->kind == SIPP_SEND)
		read_send(r, node, step);
	else if (step->kind == SIPP_PAUSE)
		read_pause(r, node, step);
	r->skippable = receives && step->optional != SIPP_MANDATORY;
	r->timewait = strcmp(name_of(node), "timewait") == 0;
	char *next = sipp_attribute(node, "next");
	if (next != NULL)
		copy_name(r, node, step->label, next);
	xmlFree(next);
	step->test = sipp_read_variable(r, node, "test");
	step->condexec = sipp_read_variable(r, node, "condexec");
	step->condexec_inverse = sipp_read_truth(r, node, "condexec_inverse");
	for (const xmlNode *child = node->children; child != NULL; child = child->next) {
		if (child->type != XML_ELEMENT_NODE)
			continue;
		if (strcmp(name_of(child), "action") == 0)
			sipp_read_actions(r, child, step);
		else
			sipp_complain(r, sipp_line(child), "<%s> is not known inside <%s>",
			    name_of(child), name_of(node));
	}
}

static void
read_label(struct sipp_reader *r, const xmlNode *node)
{
	char *id = sipp_attribute(node, "id");
	if (id == NULL || r->labels == SIPP_STEPS_MAX) {
		sipp_complain(r, sipp_line(node), "<label> needs an id");
		return;
	}
	for (uint32_t i = 0; i < r->labels; i++) {
		if (strcmp(r->label[i].name, id) == 0)
			sipp_complain(r, sipp_line(node), "the label %s stands twice", id);
	}
	copy_name(r, node, r->label[r->labels].name, id);
	r->label[r->labels++].at = (int)r->scenario->steps;
	xmlFree(id);
}

static void
read_global(struct sipp_reader *r, const xmlNode *node)
{
	char *names = sipp_attribute(node, "variables"), *rest = names, *word;
	while (names != NULL && (word = strsep(&rest, ",")) != NULL) {
		int index = sipp_variable(r->scenario, rf_slice_of(word));
		if (index < 0)
			sipp_complain(r, sipp_line(node), "\"%s\" is no name", word);
		else
			r->scenario->variable[index].global = true;
	}
	xmlFree(names);
}

static void
read_element(struct sipp_reader *r, const xmlNode *node)
{
	for (size_t i = 0; i < RF_ARRAY_LEN(elements); i++) {
		if (strcmp(name_of(node), elements[i].element) != 0)
			continue;
		sipp_check_attributes(r, node, elements[i].attributes, elements[i].step);
		if (elements[i].step)
			read_step(r, node);
		else if (strcmp(name_of(node), "label") == 0)
			read_label(r, node);
		else
			read_global(r, node);
		return;
	}
	sipp_complain(r, sipp_line(node), "the element <%s> is not known", name_of(node));
}

/* ---- the whole ------------------------------------------------------------------------------- */

static void
resolve_labels(struct sipp_reader *r)
{
	for (uint32_t i = 0; i < r->scenario->steps; i++) {
		struct sipp_step *step = &r->scenario->step[i];
		for (uint32_t k = 0; k < r->labels; k++) {
			if (strcmp(step->label, r->label[k].name) == 0)
				step->next = r->label[k].at;
		}
		if (step->label[0] != '\0' && step->next < 0)
			sipp_complain(r, step->line, "there is no label %s", step->label);
	}
}

static void
check_whole(struct sipp_reader *r)
{
	struct sipp_scenario *s = r->scenario;
	bool decided = false;
	for (uint32_t i = 0; i < s->variables; i++) {
		if (s->variable[i].uses < 2 && strcmp(s->variable[i].name, "_") != 0)
			sipp_complain(r, 1, "the variable %s is used once only: SIPp refuses that",
			    s->variable[i].name);
	}
	for (uint32_t i = 0; i < s->steps && !decided; i++) {
		decided = s->step[i].kind == SIPP_SEND || s->step[i].kind == SIPP_RECV;
		s->caller = s->step[i].kind == SIPP_SEND;
	}
	if (!decided)
		sipp_complain(r, 1, "it neither sends nor receives");
}

static const char ack_text[] =
    "ACK [last_Request_URI] SIP/2.0\n[last_Via:]\n[last_From:]\n"
    "[last_To:]\nCall-ID: [call_id]\nCSeq: [last_cseq_number] ACK\nMax-Forwards: 70\n"
    "Content-Length: 0\n\n";
static const char cancel_text[] =
    "CANCEL [last_Request_URI] SIP/2.0\n[last_Via:]\n"
    "[last_From:]\n[last_To:]\nCall-ID: [call_id]\nCSeq: [last_cseq_number] CANCEL\n"
    "Max-Forwards: 70\nContent-Length: 0\n\n";
static const char bye_text[] =
    "BYE [last_Request_URI] SIP/2.0\n"
    "Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]\n[last_From:]\n"
    "[last_To:]\nCall-ID: [call_id]\nCSeq: [last_cseq_number+1] BYE\nMax-Forwards: 70\n"
    "Content-Length: 0\n\n";
static const char ok_text[] = "SIP/2.0 200 OK\n[last_Via:]\n[last_From:]\n[last_To:]\n"
			      "[last_Call-ID:]\n[last_CSeq:]\nContent-Length: 0\n\n";

static void
read_document(struct sipp_reader *r, const xmlNode *root)
{
	struct sipp_scenario *s = r->scenario;
	const char *why = "";
	if (root == NULL || strcmp(name_of(root), "scenario") != 0) {
		sipp_complain(r, 1, "expected <scenario>");
		return;
	}
	sipp_check_attributes(r, root, " name ", false);
	for (const xmlNode *node = root->children; node != NULL && !r->failed; node = node->next) {
		if (node->type == XML_ELEMENT_NODE)
			read_element(r, node);
	}
	if (r->failed)
		return;
	resolve_labels(r);
	check_whole(r);
	if (!sipp_text_compile(s, &s->ack, ack_text, &why) ||
	    !sipp_text_compile(s, &s->bye, bye_text, &why) ||
	    !sipp_text_compile(s, &s->cancel, cancel_text, &why) ||
	    !sipp_text_compile(s, &s->ok, ok_text, &why))
		sipp_complain(r, 1, "%s", why);
}

static void
take_keys(struct sipp_scenario *s, const struct sipp_key *keys, uint32_t count)
{
	s->keys = count < SIPP_KEYS_MAX ? count : SIPP_KEYS_MAX;
	for (uint32_t i = 0; i < s->keys; i++) {
		s->key[i].name = strdup(keys[i].name);
		s->key[i].value = strdup(keys[i].value);
		if (s->key[i].name == NULL || s->key[i].value == NULL)
			abort();
	}
}

struct sipp_scenario *
sipp_open(const char *path, const struct sipp_key *keys, uint32_t count, char error[SIPP_ERROR_MAX])
{
	struct sipp_scenario *s = calloc(1, sizeof *s);
	struct sipp_reader *r = calloc(1, sizeof *r);
	if (s == NULL || r == NULL || (s->path = strdup(path)) == NULL)
		abort();
	*r = (struct sipp_reader){ .scenario = s, .error = error };
	error[0] = '\0';
	take_keys(s, keys, count);
	xmlDoc *document =
	    xmlReadFile(path, NULL, XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
	if (document == NULL) {
		const xmlError *last = xmlGetLastError();
		sipp_complain(r, last != NULL ? last->line : 0, "%.*s",
		    last != NULL ? (int)strcspn(last->message, "\n") : 14,
		    last != NULL ? last->message : "cannot be read");
	} else {
		read_document(r, xmlDocGetRootElement(document));
		xmlFreeDoc(document);
	}
	bool failed = r->failed;
	free(r);
	if (!failed)
		return s;
	sipp_close(s);
	return NULL;
}

void
sipp_close(struct sipp_scenario *s)
{
	if (s == NULL)
		return;
	for (uint32_t i = 0; i < s->steps; i++) {
		struct sipp_step *step = &s->step[i];
		for (uint32_t k = 0; k < step->actions; k++) {
			struct sipp_action *a = &step->action[k];
			sipp_text_free(&a->text);
			xmlFree(a->value);
			xmlFree(a->header);
			xmlFree(a->pattern);
			if (a->compiled)
				regfree(&a->regex);
		}
		free(step->action);
		sipp_text_free(&step->text);
	}
	for (uint32_t i = 0; i < s->keys; i++) {
		free(s->key[i].name);
		free(s->key[i].value);
	}
	sipp_text_free(&s->ack);
	sipp_text_free(&s->bye);
	sipp_text_free(&s->cancel);
	sipp_text_free(&s->ok);
	free(s->path);
	free(s);
}

bool
sipp_is_caller(const struct sipp_scenario *s)
{
	return s->caller;
}
