/* SPDX-License-Identifier: BSD-2-Clause */
/* grammar/body_walk.c -- which value of a document is the status.
 *
 * Vendors rename, nest and quote; so each value gets a rank, and the lowest wins: on a mapped path,
 * there under an alias, on the path but deeper, and last by a name that commonly means a status.
 * What this file must never know: JSON or XML. */
#include "grammar/body_walk.h"

#include <assert.h>
#include <string.h>

#include "grammar/internal.h"

enum { RANK_DEEPER = 1000, RANK_RENAMED = 2000, RANK_BOTH = 3000, RANK_COMMON = 4000 };

/* Names that mean a SIP status, the surest first; '-', '_' and case do not count. */
static const char *const common[] = { "sipstatus", "sipstatuscode", "sipcode", "sipresponsecode",
	"sipfrag", "statuscode", "responsecode", "code", "status", "result" };

void
rf_body_walk_init(struct rf_body_walk *w, struct rf_body *out, const char *const *paths,
    const char *const *aliases, char separator)
{
	*w = (struct rf_body_walk){ .out = out,
		.paths = paths,
		.aliases = aliases,
		.separator = separator,
		.mapped = paths != NULL && paths[0] != NULL,
		.rank = UINT32_MAX };
}

static void
name_keep(char out[RF_STEP_NAME_MAX], struct rf_slice name)
{
	bool fits = name.len < RF_STEP_NAME_MAX && name.len > 0;
	if (fits)
		memcpy(out, name.p, name.len);
	out[fits ? name.len : 0] = '\0';
}

bool
rf_body_walk_down(struct rf_body_walk *w, struct rf_slice space, struct rf_slice name)
{
	if (w->depth == RF_BODY_DEPTH_MAX || ++w->nodes > RF_BODY_NODES_MAX)
		return false;
	struct rf_body_step *step = &w->step[w->depth++];
	name_keep(step->name, name);
	name_keep(step->space, space);
	step->is_attribute = false;
	return true;
}

void
rf_body_walk_up(struct rf_body_walk *w)
{
	assert(w->depth > 0);
	w->depth--;
}

static bool
word_equal(struct rf_slice a, const char *b)
{
	return rf_slice_equal(a, rf_slice_of(b));
}

/* Is `name` one of the others of "word=other,other" for this word? */
static bool
is_alias(const char *const *aliases, struct rf_slice word, const char *name)
{
	for (uint32_t i = 0; aliases != NULL && i < RF_BODY_PATHS_MAX && aliases[i] != NULL; i++) {
		struct rf_slice rest = rf_slice_of(aliases[i]), other;
		const char *end = rest.p + rest.len;
		const char *equal = rf_scan_either(rest.p, end, '=', '=');
		if (equal == end ||
		    !rf_slice_equal(rf_slice_trim(rf_slice_between(rest.p, equal)), word))
			continue;
		rest = rf_slice_between(equal + 1, end);
		while (rf_list_next(&rest, &other)) {
			if (word_equal(other, name))
				return true;
		}
	}
	return false;
}

/* "*", "name", "{namespace}name" or "@name" against one step; *renamed: by an alias only. */
static bool
step_matches(const struct rf_body_walk *w, struct rf_slice wanted, const struct rf_body_step *step,
    bool is_last, bool *renamed)
{
	if (word_equal(wanted, "*"))
		return !step->is_attribute;
	if (wanted.len > 0 && wanted.p[0] == '@') {
		wanted = (struct rf_slice){ wanted.p + 1, wanted.len - 1 };
		return step->is_attribute && word_equal(wanted, step->name);
	}
	if (wanted.len > 0 && wanted.p[0] == '{') {
		const char *end = wanted.p + wanted.len;
		const char *close = rf_scan_either(wanted.p, end, '}', '}');
		if (close == end ||
		    !word_equal(rf_slice_between(wanted.p + 1, close), step->space))
			return false;
		wanted = rf_slice_between(close + 1, end);
	}
	if (step->is_attribute)
		return false;
	if (word_equal(wanted, step->name))
		return true;
	*renamed = is_last && is_alias(w->aliases, wanted, step->name);
	return *renamed;
}

/* Cuts the last step off a path; a namespace between braces may hold separators. */
static struct rf_slice
last_step(struct rf_slice *path, char separator)
{
	uint32_t at = path->len;
	bool inside = false;
	while (at > 0 && (inside || path->p[at - 1] != separator)) {
		if (path->p[at - 1] == '}' || path->p[at - 1] == '{')
			inside = path->p[at - 1] == '}';
		at--;
	}
	struct rf_slice step = { path->p + at, path->len - at };
	path->len = at > 0 ? at - 1 : 0;
	return step;
}

/* UINT32_MAX: the path does not lead here. */
static uint32_t
path_rank(const struct rf_body_walk *w, const char *text)
{
	struct rf_slice path = rf_slice_of(text);
	uint32_t depth = w->depth;
	bool renamed = false, last = true;
	while (path.len > 0) {
		struct rf_slice wanted = last_step(&path, w->separator);
		if (depth == 0)
			return UINT32_MAX;
		bool by_alias = false;
		if (!step_matches(w, wanted, &w->step[--depth], last, &by_alias))
			return UINT32_MAX;
		renamed = renamed || by_alias;
		last = false;
	}
	if (depth == 0)
		return renamed ? RANK_RENAMED : 0;
	return renamed ? RANK_BOTH : RANK_DEEPER;
}

/* Case, '-' and '_' left out. */
static bool
alike(const char *name, const char *word)
{
	for (; *name != '\0'; name++) {
		if (*name == '-' || *name == '_')
			continue;
		if (rf_lower(*name) != *word)
			return false;
		word++;
	}
	return *word == '\0';
}

static uint32_t
common_rank(const struct rf_body_walk *w)
{
	const struct rf_body_step *step = &w->step[w->depth - 1];
	for (uint32_t i = 0; i < RF_ARRAY_LEN(common) && !step->is_attribute; i++) {
		if (alike(step->name, common[i]))
			return RANK_COMMON + i;
	}
	return UINT32_MAX;
}

uint16_t
rf_body_status(struct rf_body *out, struct rf_slice text)
{
	struct rf_slice reason = RF_SLICE("");
	uint16_t status;
	uint64_t value;
	text = rf_slice_trim(text);
	out->reason[0] = '\0';
	if (text.len == 3 && rf_slice_number(&value, text, 699))
		return value >= 100 ? (uint16_t)value : 0;
	if (!rf_sipfrag_parse(&status, &reason, text))
		return 0;
	uint32_t len = reason.len < RF_BODY_REASON_MAX ? reason.len : RF_BODY_REASON_MAX - 1;
	if (len > 0)
		memcpy(out->reason, reason.p, len);
	out->reason[len] = '\0';
	return status;
}

bool
rf_body_walk_value(struct rf_body_walk *w, struct rf_slice value, bool text)
{
	struct rf_body found = { .kind = w->out->kind };
	uint32_t rank = UINT32_MAX;
	if (++w->nodes > RF_BODY_NODES_MAX)
		return false;
	if (w->depth == 0)
		return true;
	for (uint32_t i = 0; w->mapped && i < RF_BODY_PATHS_MAX && w->paths[i] != NULL; i++) {
		uint32_t here = path_rank(w, w->paths[i]);
		if (here != UINT32_MAX && here + i < rank)
			rank = here + i;
	}
	if (rank == UINT32_MAX)
		rank = common_rank(w);
	if (rank >= w->rank)
		return true;
	found.status = rf_body_status(&found, value);
	if (found.status == 0)
		return true;
	w->rank = rank;
	found.trust = RF_BODY_OK;
	found.why = "";
	if (text || (w->mapped && rank >= RANK_DEEPER)) {
		found.trust = RF_BODY_LENIENT;
		found.why = text ? "a status as text" : "the status is not where it is mapped";
	}
	*w->out = found;
	return true;
}
