/* SPDX-License-Identifier: BSD-2-Clause */
/* sim/scene_words.c -- words of a scene's line, and messages as a line writes them:
 *
 *      METHOD [URI] [option=value ...] [Header: value ...]
 *      STATUS [METHOD] [option=value ...] [Header: value ...] */
#include "sim/scene.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/policy.h"

bool
scene_next(struct scene_words *w)
{
	const char *p = w->rest.p, *end = p + w->rest.len;
	while (p < end && (*p == ' ' || *p == '\t'))
		p++;
	const char *start = p;
	bool quoted = false;
	for (; p < end && (quoted || (*p != ' ' && *p != '\t')); p++) {
		if (*p == '\\' && quoted && p + 1 < end)
			p++;
		else if (*p == '"')
			quoted = !quoted;
	}
	w->word = (struct rf_slice){ start, (uint32_t)(p - start) };
	w->rest = (struct rf_slice){ p, (uint32_t)(end - p) };
	w->line->column = (uint32_t)(start - w->begin) + 1;
	return w->word.len > 0;
}

bool
scene_fail(struct scene_words *w, const char *format, ...)
{
	char text[SCENE_ERROR_MAX / 2];
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	scene_error(w->scene, w->line, "%s", text);
	return false;
}

static bool
to_number(struct rf_slice s, int64_t *out)
{
	char text[24], *end;
	if (s.len == 0 || s.len >= sizeof text)
		return false;
	memcpy(text, s.p, s.len);
	text[s.len] = '\0';
	*out = strtoll(text, &end, 10);
	return *end == '\0';
}

bool
scene_number(struct scene_words *w, int64_t *out)
{
	if (!scene_next(w) || !to_number(w->word, out))
		return scene_fail(w, "a number is expected here");
	return true;
}

/* ---- what kind of word it is ----------------------------------------------------------------- */

static bool
is_method(struct rf_slice s)
{
	for (uint32_t i = 0; i < s.len; i++) {
		if (!isupper((unsigned char)s.p[i]))
			return false;
	}
	return s.len > 1;
}

static bool
is_header_name(struct rf_slice s)
{
	if (s.len < 2 || s.p[s.len - 1] != ':' || !isalpha((unsigned char)s.p[0]))
		return false;
	for (uint32_t i = 0; i + 1 < s.len; i++) {
		if (!isalnum((unsigned char)s.p[i]) && s.p[i] != '-')
			return false;
	}
	return true;
}

static bool
is_uri(struct rf_slice s)
{
	return rf_star_match(RF_SLICE("sip:*"), s) || rf_star_match(RF_SLICE("sips:*"), s) ||
	       rf_star_match(RF_SLICE("tel:*"), s);
}

static struct rf_slice
unquote(struct rf_slice s)
{
	if (s.len >= 2 && s.p[0] == '"' && s.p[s.len - 1] == '"')
		return (struct rf_slice){ s.p + 1, s.len - 2 };
	return s;
}

/* ---- options and headers --------------------------------------------------------------------- */

static bool
take_option(struct scene_words *w, struct rf_slice name, struct rf_slice value)
{
	struct party_line *l = &w->line->line;
	int64_t number = 0;
	bool numeric = to_number(value, &number);
	if (sip_is(name, "sdp"))
		l->sdp = value;
	else if (sip_is(name, "body"))
		l->body = value;
	else if (sip_is(name, "uri"))
		l->uri = value;
	else if (sip_is(name, "replaces"))
		l->replaces = value;
	else if (sip_is(name, "names"))
		l->names = value;
	else if (sip_is(name, "fork"))
		party_copy(l->fork, sizeof l->fork, value);
	else if (sip_is(name, "cseq") && sip_is(value, "same"))
		l->same_cseq = true;
	else if (sip_is(name, "cseq") && numeric)
		l->cseq = number;
	else if (sip_is(name, "dialog") && numeric)
		l->dialog = (uint32_t)number;
	else if (sip_is(name, "within") && numeric)
		w->line->within = number * RF_MS;
	else
		return scene_fail(w, "no such option here: %.*s", SIP_SLICE(w->word));
	return true;
}

/* Ends the value of a header before it. */
static bool
is_option(struct rf_slice s)
{
	static const char *const options[] = {
		"sdp=", "body=", "uri=", "fork=", "cseq=", "dialog=", "within=",
		"replaces=", "names="
	};
	for (size_t i = 0; i < RF_ARRAY_LEN(options); i++) {
		if (s.len >= strlen(options[i]) && memcmp(s.p, options[i], strlen(options[i])) == 0)
			return true;
	}
	return false;
}

static bool
take_header(struct scene_words *w)
{
	struct party_line *l = &w->line->line;
	struct rf_slice name = { w->word.p, w->word.len - 1 };
	if (l->headers == PARTY_HEADERS_MAX)
		return scene_fail(w, "more than %d headers", PARTY_HEADERS_MAX);
	const char *start = NULL, *end = NULL;
	for (;;) {
		struct scene_words before = *w;
		if (!scene_next(w))
			break;
		if (is_header_name(w->word) || is_option(w->word)) {
			*w = before;
			break;
		}
		start = start == NULL ? w->word.p : start;
		end = w->word.p + w->word.len;
	}
	l->header[l->headers++] = (struct sip_field){ name,
		start == NULL ? RF_SLICE("")
			      : (struct rf_slice){ start, (uint32_t)(end - start) } };
	return true;
}

static bool
take_rest(struct scene_words *w)
{
	struct party_line *l = &w->line->line;
	while (scene_next(w)) {
		const char *equals = memchr(w->word.p, '=', w->word.len);
		if (is_header_name(w->word)) {
			if (!take_header(w))
				return false;
		} else if (sip_is(w->word, "again")) {
			l->again = true;
		} else if (sip_is(w->word, "reliable")) {
			l->reliable = true;
		} else if (equals != NULL) {
			struct rf_slice name = { w->word.p, (uint32_t)(equals - w->word.p) };
			struct rf_slice value = { equals + 1, w->word.len - name.len - 1 };
			if (!take_option(w, name, unquote(value)))
				return false;
		} else {
			return scene_fail(
			    w, "neither option=value nor Header: value: %.*s", SIP_SLICE(w->word));
		}
	}
	return true;
}

/* "200", "1xx"; false: not a status. */
static bool
take_status(struct scene_words *w)
{
	struct party_line *l = &w->line->line;
	struct rf_slice s = w->word;
	if (s.len != 3 || s.p[0] < '1' || s.p[0] > '6')
		return false;
	if (s.p[1] == 'x' && s.p[2] == 'x')
		l->status_class = (uint32_t)(s.p[0] - '0');
	else
		l->status = sip_number(s);
	return l->status_class != 0 || l->status != 0;
}

/* METHOD or STATUS [METHOD]. */
static bool
take_what(struct scene_words *w)
{
	struct party_line *l = &w->line->line;
	if (!scene_next(w))
		return scene_fail(w, "a method or a status is expected here");
	l->is_request = !take_status(w);
	if (l->is_request) {
		if (!is_method(w->word))
			return scene_fail(
			    w, "neither a method nor a status: %.*s", SIP_SLICE(w->word));
		party_copy(l->method, sizeof l->method, w->word);
		return true;
	}
	struct scene_words before = *w;
	if (scene_next(w) && is_method(w->word))
		party_copy(l->method, sizeof l->method, w->word);
	else
		*w = before;
	return true;
}

bool
scene_message(struct scene_words *w)
{
	struct party_line *l = &w->line->line;
	struct scene_words before = *w;
	w->line->within = SCENE_WAIT_MS * RF_MS;
	if (scene_next(w) && sip_is(w->word, "raw")) {
		if (!scene_next(w))
			return scene_fail(w, "raw wants bytes in quotes");
		l->raw = unquote(w->word);
		return true;
	}
	*w = before;
	if (!take_what(w))
		return false;
	before = *w;
	if (l->is_request && scene_next(w) && is_uri(w->word))
		l->uri = w->word;
	else
		*w = before;
	return take_rest(w);
}

/* ---- which messages -------------------------------------------------------------------------- */

static bool
take_end(struct scene_words *w, struct world_fault *f)
{
	while (scene_next(w)) {
		int64_t number = 0;
		struct rf_slice s = w->word;
		if (sip_is(s, "count=all"))
			f->count = UINT32_MAX;
		else if (s.len > 6 && memcmp(s.p, "count=", 6) == 0 &&
			 to_number((struct rf_slice){ s.p + 6, s.len - 6 }, &number))
			f->count = (uint32_t)number;
		else if (s.len > 4 && memcmp(s.p, "nth=", 4) == 0 &&
			 to_number((struct rf_slice){ s.p + 4, s.len - 4 }, &number) && number > 0)
			f->skip = (uint32_t)number - 1;
		else
			return scene_fail(
			    w, "nth=, count= or the end of the line is expected here");
	}
	return true;
}

bool
scene_match(struct scene_words *w)
{
	struct world_fault *f = &w->line->fault;
	struct world_match *m = &f->match;
	if (!scene_next(w) || (m->party = world_party_find(w->word)) == WORLD_PARTIES_MAX)
		return scene_fail(w, "nobody is called %.*s", SIP_SLICE(w->word));
	if (!scene_next(w) || (!sip_is(w->word, "->") && !sip_is(w->word, "<-")))
		return scene_fail(w, "-> or <- is expected here");
	m->from_party = sip_is(w->word, "->");
	if (!scene_next(w) || !sip_is(w->word, "referee"))
		return scene_fail(w, "the other side is always referee");
	f->count = 1;
	struct scene_words before = *w;
	if (scene_next(w) && sip_is(w->word, "*")) {
		m->any = true;
		return take_end(w, f);
	}
	*w = before;
	if (!take_what(w))
		return false;
	const struct party_line *l = &w->line->line;
	m->is_request = l->is_request;
	memcpy(m->method, l->method, sizeof m->method);
	m->status_min = (uint16_t)(l->status_class != 0 ? l->status_class * 100 : l->status);
	m->status_max = (uint16_t)(l->status_class != 0 ? l->status_class * 100 + 99 : l->status);
	return take_end(w, f);
}
