/* SPDX-License-Identifier: BSD-2-Clause */
/* sim/scene_parse.c -- a .scn file into lines; mistakes are named with file:line:column. */
#include "sim/scene.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
scene_error(struct scene *s, const struct scene_line *line, const char *format, ...)
{
	va_list arguments;
	if (s->error[0] != '\0')
		return;
	int n = snprintf(
	    s->error, sizeof s->error, "%s:%u:%u: ", line->file, line->number, line->column);
	va_start(arguments, format);
	vsnprintf(s->error + n, sizeof s->error - (size_t)n, format, arguments);
	va_end(arguments);
}

/* ---- statements ------------------------------------------------------------------------------ */

static bool
take_word(struct scene_words *w, uint32_t index)
{
	if (!scene_next(w))
		return scene_fail(w, "a word is missing here");
	party_copy(w->line->word[index], SCENE_WORD_MAX, w->word);
	return true;
}

static bool
take_party(struct scene_words *w)
{
	if (!scene_next(w))
		return scene_fail(w, "a party is missing here");
	w->line->party = world_party_find(w->word);
	return w->line->party != WORLD_PARTIES_MAX ||
	       scene_fail(w, "nobody is called %.*s", SIP_SLICE(w->word));
}

/* Index of the word among `names`, or -1 with an error. */
static int
take_one_of(struct scene_words *w, const char *const *names, size_t count)
{
	char all[SCENE_WORD_MAX] = "";
	scene_next(w);
	for (size_t i = 0; i < count; i++) {
		if (sip_is(w->word, names[i]))
			return (int)i;
		strncat(all, i == 0 ? "" : ", ", sizeof all - strlen(all) - 1);
		strncat(all, names[i], sizeof all - strlen(all) - 1);
	}
	scene_fail(w, "one of %s is expected here", all);
	return -1;
}

static bool
parse_set(struct scene_words *w)
{
	return take_word(w, 0) && take_word(w, 1);
}

static bool
parse_party(struct scene_words *w)
{
	static const char *const transports[] = { "udp", "tcp", "tls" };
	int transport;
	if (!take_party(w) || (transport = take_one_of(w, transports, 3)) < 0)
		return false;
	w->line->value = (uint64_t)(RF_UDP + transport);
	return true;
}

static bool
parse_auto(struct scene_words *w)
{
	static const struct {
		const char *name;
		uint32_t flag;
	} known[] = {
		{ "ACK", PARTY_AUTO_ACK },
		{ "BYE", PARTY_AUTO_BYE },
		{ "NOTIFY", PARTY_AUTO_NOTIFY },
		{ "REINVITE", PARTY_AUTO_REINVITE },
		{ "UPDATE", PARTY_AUTO_UPDATE },
		{ "CANCEL", PARTY_AUTO_CANCEL },
		{ "PRACK", PARTY_AUTO_PRACK },
		{ "OPTIONS", PARTY_AUTO_OPTIONS },
		{ "REPEAT", PARTY_AUTO_REPEAT },
		{ "INVITE", PARTY_AUTO_INVITE },
	};
	if (!take_party(w))
		return false;
	while (scene_next(w)) {
		uint32_t flag = 0;
		for (size_t i = 0; i < RF_ARRAY_LEN(known); i++)
			flag |= sip_is(w->word, known[i].name) ? known[i].flag : 0;
		if (flag == 0)
			return scene_fail(w, "no party does %.*s by itself", SIP_SLICE(w->word));
		w->line->flags |= flag;
	}
	return w->line->flags != 0 || scene_fail(w, "what is done by itself is missing here");
}

static bool
parse_row(struct scene_words *w)
{
	w->line->within = SCENE_WAIT_MS * RF_MS;
	if (!take_word(w, 0) || !take_word(w, 1))
		return false;
	if (!scene_next(w))
		return true;
	if (!sip_is(w->word, "->") || !scene_next(w))
		return scene_fail(w, "-> STATE or the end of the line is expected here");
	size_t len = strlen(w->line->word[1]);
	snprintf(w->line->word[1] + len, SCENE_WORD_MAX - len, " -> %.*s", SIP_SLICE(w->word));
	return true;
}

static bool
parse_fault(struct scene_words *w, enum world_fault_kind kind)
{
	int64_t ms = 0;
	w->line->fault.kind = kind;
	if (kind == WORLD_DELAY || kind == WORLD_REPLAY) {
		if (!scene_number(w, &ms))
			return false;
		w->line->fault.by = ms * RF_MS;
	}
	return scene_match(w);
}

/* "ok", "fail", "never", "late MS", "fails MS", and at the end of the line what it is about. */
static bool
parse_answer(struct scene_words *w)
{
	static const char *const how[] = { "ok", "fail", "never", "late", "fails" };
	int64_t ms = 1;
	int answer = take_one_of(w, how, RF_ARRAY_LEN(how));
	if (answer < 0 || (answer >= 3 && !scene_number(w, &ms)))
		return false;
	w->line->answer = answer == 1 || answer == 4 ? WORLD_FAIL :
	    answer == 2 ? WORLD_SILENT : WORLD_ANSWER;
	w->line->delay = ms * RF_MS;
	return true;
}

static bool
parse_store(struct scene_words *w)
{
	static const char *const kinds[] = { "established", "promise", "outcome",
		"withdrawal", "attempt", "ended" };
	if (!parse_answer(w))
		return false;
	struct scene_words before = *w;
	while (scene_next(w)) {
		*w = before;
		int kind = take_one_of(w, kinds, RF_ARRAY_LEN(kinds));
		if (kind < 0)
			return false;
		w->line->flags |= 1U << kind;
		before = *w;
	}
	if (w->line->flags == 0)
		w->line->flags = (1U << RF_STORE_KIND_MAX) - 1;
	return true;
}

static bool
parse_resolve(struct scene_words *w)
{
	if (!take_word(w, 0))
		return false;
	struct scene_words before = *w;
	if (!scene_next(w))
		return scene_fail(w, "how it is answered is missing here");
	if (!sip_is(w->word, "->")) {
		*w = before;
		return parse_answer(w);
	}
	/* -> a b: addresses of parties, best first; they replace what was there */
	w->line->on = true;
	while (scene_next(w)) {
		uint32_t party = world_party_find(w->word);
		if (party == WORLD_PARTIES_MAX)
			return scene_fail(w, "nobody is called %.*s", SIP_SLICE(w->word));
		w->line->value = w->line->value * 16 + party + 1;
	}
	return true;
}

static bool
parse_link(struct scene_words *w)
{
	static const char *const how[] = { "down", "refuse", "certificate", "timeout", "up" };
	int which;
	if (!take_party(w) || (which = take_one_of(w, how, RF_ARRAY_LEN(how))) < 0)
		return false;
	snprintf(w->line->word[0], SCENE_WORD_MAX, "%s", how[which]);
	w->line->value = which == 0   ? RF_LINK_RESET
			 : which == 1 ? RF_LINK_REFUSED
			 : which == 2 ? RF_LINK_CERTIFICATE
				      : RF_LINK_TIMEOUT;
	return true;
}

static bool
parse_value(struct scene_words *w, bool with_word)
{
	int64_t value = 0;
	if ((with_word && !take_word(w, 0)) || !scene_number(w, &value))
		return false;
	w->line->value = (uint64_t)value;
	w->line->delay = value * RF_MS;
	if (w->line->kind == SCENE_ALLOW)
		w->rest.len = 0; /* the reason is for the reader */
	return w->line->kind != SCENE_ALLOW || value < CHECK_MAX ||
	       scene_fail(w, "there is no such invariant");
}

static bool
parse_record(struct scene_words *w)
{
	if (!take_word(w, 0) || !take_word(w, 1))
		return false;
	return strchr(w->line->word[1], '=') != NULL ||
	       scene_fail(w, "FIELD=VALUE is expected here");
}

/* crash MS [pending]: so long nobody is there; what the store was given last is durable, too. */
static bool
parse_crash(struct scene_words *w)
{
	int64_t ms = 0;
	if (!scene_number(w, &ms))
		return false;
	w->line->delay = ms * RF_MS;
	w->line->on = scene_next(w);
	return !w->line->on || sip_is(w->word, "pending") ||
	    scene_fail(w, "`pending` is all that may stand here");
}

/* spell KIND [KEY=VALUE ...] [for=DURATION] */
static bool
parse_spell(struct scene_words *w)
{
	char error[CHOICE_TEXT_MAX];
	enum world_spell_kind kind = scene_next(w) ? world_spell_find(w->word) :
						     SPELL_KIND_MAX;
	if (kind == SPELL_KIND_MAX)
		return scene_fail(w, "there is no such spell: %.*s", SIP_SLICE(w->word));
	w->line->spell = world_spell_of(kind);
	while (scene_next(w)) {
		const char *equals = memchr(w->word.p, '=', w->word.len);
		if (equals == NULL)
			return scene_fail(w, "KEY=VALUE is expected here");
		struct rf_slice key = { w->word.p, (uint32_t)(equals - w->word.p) };
		struct rf_slice value = { equals + 1, w->word.len - key.len - 1 };
		if (sip_is(key, "for") && world_duration_read(&w->line->delay, value))
			continue;
		if (!world_spell_set(&w->line->spell, NULL, key, value, error))
			return scene_fail(w, "%s", error);
	}
	return true;
}

static bool
parse_traffic(struct scene_words *w)
{
	w->line->party = world_party_find(w->word);
	if (w->line->party == WORLD_PARTIES_MAX)
		return scene_fail(w, "neither a statement nor a party: %.*s", SIP_SLICE(w->word));
	if (!scene_next(w) || (!sip_is(w->word, "->") && !sip_is(w->word, "<-")))
		return scene_fail(w, "-> or <- is expected here");
	w->line->kind = sip_is(w->word, "->") ? SCENE_SEND : SCENE_EXPECT;
	if (!scene_next(w) || !sip_is(w->word, "referee"))
		return scene_fail(w, "the other side is always referee");
	return scene_message(w);
}

/* receiver N STATUS|silent|unsent [after SECONDS] [times N [then STATUS]]; then 1: unsent
 * receiver store fails times N */
static bool
parse_receiver(struct scene_words *w)
{
	int64_t number = 0;
	struct world_hook *hook = &w->line->hook;
	*hook = (struct world_hook){ .delay = 5 * RF_MS, .next = 200 };
	if (!scene_next(w))
		return scene_fail(w, "expected the index of a receiver, or store");
	w->line->on = sip_is(w->word, "store");
	w->line->value = sip_number(w->word);
	if (!scene_next(w))
		return scene_fail(w, "expected a status, silent or unsent");
	if (sip_is(w->word, "silent"))
		hook->delay = 3 * RF_SECOND;
	else
		hook->status = sip_is(w->word, "unsent") ? 1 : (uint16_t)sip_number(w->word);
	while (scene_next(w)) {
		struct rf_slice word = w->word;
		bool after = sip_is(word, "after"), then = sip_is(word, "then");
		if (!after && !then && !sip_is(word, "times"))
			return scene_fail(w, "expected after, times or then");
		if (!scene_number(w, &number))
			return false;
		if (after)
			hook->retry_after_s = (uint32_t)number;
		else if (then)
			hook->next = (uint16_t)number;
		else
			hook->times = (uint32_t)number;
	}
	return true;
}

static const struct {
	const char *word;
	enum scene_kind kind;
} statements[] = {
	{ "set", SCENE_SET },
	{ "party", SCENE_PARTY },
	{ "auto", SCENE_AUTO },
	{ "manual", SCENE_AUTO },
	{ "row", SCENE_ROW },
	{ "never", SCENE_NEVER },
	{ "drop", SCENE_FAULT },
	{ "dup", SCENE_FAULT },
	{ "delay", SCENE_FAULT },
	{ "replay", SCENE_FAULT },
	{ "store", SCENE_STORE },
	{ "policy", SCENE_POLICY },
	{ "resolve", SCENE_RESOLVE },
	{ "receiver", SCENE_RECEIVER },
	{ "link", SCENE_LINK },
	{ "advance", SCENE_ADVANCE },
	{ "count", SCENE_COUNT },
	{ "record", SCENE_RECORD },
	{ "allow", SCENE_ALLOW },
	{ "drain", SCENE_DRAIN },
	{ "crash", SCENE_CRASH },
	{ "end-session", SCENE_END_SESSION },
	{ "spell", SCENE_SPELL },
	{ "heal", SCENE_HEAL },
	{ "quiet", SCENE_QUIET },
	{ "open", SCENE_OPEN },
};

static bool
parse_statement(struct scene_words *w)
{
	struct rf_slice word = w->word;
	size_t i = 0;
	while (i < RF_ARRAY_LEN(statements) && !sip_is(word, statements[i].word))
		i++;
	if (i == RF_ARRAY_LEN(statements))
		return parse_traffic(w);
	w->line->kind = statements[i].kind;
	switch (w->line->kind) {
	case SCENE_SET:
		return parse_set(w);
	case SCENE_PARTY:
		return parse_party(w);
	case SCENE_AUTO:
		w->line->on = sip_is(word, "auto");
		return parse_auto(w);
	case SCENE_ROW:
		return parse_row(w);
	case SCENE_NEVER:
		return scene_match(w);
	case SCENE_FAULT:
		return parse_fault(w, sip_is(word, "drop")    ? WORLD_DROP
				      : sip_is(word, "dup")   ? WORLD_DUP
				      : sip_is(word, "delay") ? WORLD_DELAY
							      : WORLD_REPLAY);
	case SCENE_STORE:
		return parse_store(w);
	case SCENE_POLICY:
		return parse_answer(w);
	case SCENE_RESOLVE:
		return parse_resolve(w);
	case SCENE_RECEIVER:
		return parse_receiver(w);
	case SCENE_LINK:
		return parse_link(w);
	case SCENE_CRASH:
		return parse_crash(w);
	case SCENE_COUNT:
		return parse_value(w, true);
	case SCENE_RECORD:
		return parse_record(w);
	case SCENE_ADVANCE:
	case SCENE_ALLOW:
	case SCENE_END_SESSION:
		return parse_value(w, false);
	case SCENE_SPELL:
		return parse_spell(w);
	case SCENE_DRAIN:
	case SCENE_HEAL:
	case SCENE_QUIET:
	case SCENE_OPEN:
		return true;
	case SCENE_SEND:
	case SCENE_EXPECT:
		break;
	}
	assert(false);
	return false;
}

/* ---- lines and files ------------------------------------------------------------------------- */

static bool parse_file(struct scene *, const char *path, struct scene_line *from);

static bool
parse_at(struct scene_words *w)
{
	int64_t ms = 0;
	if (!sip_is(w->word, "at"))
		return true;
	struct scene_words before = *w;
	scene_next(w);
	w->line->relative = w->word.len > 0 && w->word.p[0] == '+';
	*w = before;
	if (!scene_number(w, &ms))
		return false;
	w->line->timed = true;
	w->line->at = ms * RF_MS;
	return scene_next(w) || scene_fail(w, "what happens then is missing here");
}

static bool
parse_include(struct scene *s, struct scene_words *w)
{
	char path[512];
	const char *slash = strrchr(w->line->file, '/');
	if (!scene_next(w))
		return scene_fail(w, "a file is missing here");
	snprintf(path, sizeof path, "%.*s%.*s",
	    slash == NULL ? 0 : (int)(slash - w->line->file) + 1, w->line->file,
	    SIP_SLICE(w->word));
	return parse_file(s, path, w->line);
}

/* A comment is a # at the start or between blanks. */
static uint32_t
without_comment(const char *p, uint32_t len)
{
	for (uint32_t i = 0; i < len; i++) {
		bool before = i == 0 || p[i - 1] == ' ' || p[i - 1] == '\t';
		bool after = i + 1 == len || p[i + 1] == ' ' || p[i + 1] == '\t';
		if (p[i] == '#' && before && after)
			return i;
	}
	return len;
}

static bool
parse_line(struct scene *s, const char *file, uint32_t number, const char *p, uint32_t len)
{
	struct scene_line line = { .file = file, .number = number, .column = 1 };
	struct scene_words w = { s, &line, { p, without_comment(p, len) }, p, RF_SLICE("") };
	if (!scene_next(&w))
		return true;
	if (sip_is(w.word, "include"))
		return parse_include(s, &w);
	if (s->lines == SCENE_LINES_MAX)
		return scene_fail(&w, "more than %d lines", SCENE_LINES_MAX);
	if (!parse_at(&w) || !parse_statement(&w))
		return false;
	if (scene_next(&w))
		return scene_fail(&w, "the end of the line is expected here");
	line.column = 1;
	s->line[s->lines++] = line;
	return true;
}

static char *
read_text(const char *path)
{
	enum { TEXT_MAX = 256 * 1024 };
	FILE *f = fopen(path, "r");
	if (f == NULL)
		return NULL;
	char *text = calloc(1, TEXT_MAX);
	if (text != NULL) {
		size_t n = fread(text, 1, TEXT_MAX - 1, f);
		text[n] = '\0';
	}
	fclose(f);
	return text;
}

static bool
parse_file(struct scene *s, const char *path, struct scene_line *from)
{
	struct scene_line begin = { .file = path, .number = 1, .column = 1 };
	if (s->files == SCENE_FILES_MAX) {
		scene_error(s, from != NULL ? from : &begin, "more than %d files", SCENE_FILES_MAX);
		return false;
	}
	char *text = s->text[s->files] = read_text(path);
	char *file = s->file[s->files++] = strdup(path);
	if (text == NULL) {
		scene_error(s, from != NULL ? from : &begin, "%s cannot be read", path);
		return false;
	}
	uint32_t number = 1;
	for (char *p = text; *p != '\0';) {
		uint32_t first = number, len = 0;
		for (; p[len] != '\0'; len++) {
			if (p[len] != '\n')
				continue;
			number++;
			if (len == 0 || p[len - 1] != '\\')
				break;
			p[len - 1] = p[len] = ' '; /* a backslash joins lines */
		}
		if (!parse_line(s, file, first, p, len))
			return false;
		p += p[len] == '\n' ? len + 1 : len;
	}
	return true;
}

struct scene *
scene_open(const char *path)
{
	struct scene *s = calloc(1, sizeof *s);
	if (s == NULL || (s->line = calloc(SCENE_LINES_MAX, sizeof *s->line)) == NULL) {
		free(s);
		return NULL;
	}
	if (!parse_file(s, path, NULL))
		return s;
	struct scene_line whole = { .file = s->file[0], .number = 1, .column = 1 };
	const char *first = s->text[0];
	if (first[0] != '#' || first[1] != ' ') {
		scene_error(s, &whole, "the first line says in a comment what the scene is about");
		return s;
	}
	party_copy(s->title, sizeof s->title,
	    (struct rf_slice){ first + 2, (uint32_t)strcspn(first + 2, "\n") });
	if (s->lines == 0 ||
	    (s->line[s->lines - 1].kind != SCENE_QUIET && s->line[s->lines - 1].kind != SCENE_OPEN))
		scene_error(s, &whole, "the last line must be `quiet` or `open`");
	return s;
}

void
scene_free(struct scene *s)
{
	if (s == NULL)
		return;
	for (uint32_t i = 0; i < s->files; i++) {
		free(s->text[i]);
		free(s->file[i]);
	}
	free(s->line);
	free(s);
}
