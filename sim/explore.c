/* SPDX-License-Identifier: BSD-2-Clause */
/* sim/explore.c -- the search: depth first with a stack of copies, and a set of 64-bit hashes.
 *
 * Of N states two differ and have the same hash with a probability of N^2 / 2^65: 5 millions of
 * them miss one with 7e-7.  What is found first is seldom the shortest way there; a second search,
 * breadth first, looks for that as long as its states have room. */
#include "sim/explore.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "sim/explore_world.h"

enum { SEEN_BITS_FIRST = 16, PROGRESS_EVERY = 1 << 20 };

/* ---- the set -------------------------------------------------------------------------------- */

struct seen {
	uint64_t *at;                           /* 0: free */
	uint64_t count;
	unsigned bits;
};

static bool
seen_open(struct seen *s, unsigned bits)
{
	*s = (struct seen){ .at = calloc((size_t)1 << bits, sizeof *s->at), .bits = bits };
	return s->at != NULL;
}

static bool
seen_put(struct seen *s, uint64_t hash)
{
	uint64_t mask = ((uint64_t)1 << s->bits) - 1;
	uint64_t i = hash >> 7 & mask;
	while (s->at[i] != 0 && s->at[i] != hash)
		i = (i + 1) & mask;
	if (s->at[i] == hash)
		return false;
	s->at[i] = hash;
	s->count++;
	return true;
}

static bool
seen_grow(struct seen *s)
{
	struct seen larger;
	if (s->count < ((uint64_t)1 << s->bits) / 4 * 3)
		return true;
	if (!seen_open(&larger, s->bits + 1))
		return false;
	for (uint64_t i = 0; i < (uint64_t)1 << s->bits; i++) {
		if (s->at[i] != 0)
			seen_put(&larger, s->at[i]);
	}
	free(s->at);
	*s = larger;
	return true;
}

/* True: this state is new. */
static bool
is_new(struct seen *s, const struct explore *x)
{
	uint64_t hash = explore_hash(x);
	return seen_put(s, hash != 0 ? hash : 1);
}

/* ---- depth first ---------------------------------------------------------------------------- */

struct frame {
	void *saved;
	size_t room;
	struct explore_choice choice[EXPLORE_CHOICES_MAX];
	uint32_t choices, next;
};
struct search {
	struct explore x;
	struct seen seen;
	struct frame stack[EXPLORE_DEPTH_MAX];
	uint32_t depth;
	struct explore_result *result;
};

/* The state that x is in, on top of the stack. */
static bool
push(struct search *s)
{
	struct explore_result *r = s->result;
	struct frame *f = &s->stack[s->depth];
	f->choices = explore_choices(&s->x, f->choice);
	f->next = 0;
	r->ends += f->choices == 0;
	if (f->choices == 0)
		return true;
	size_t size = explore_size(&s->x);
	if (size > f->room) {
		void *larger = realloc(f->saved, size + 4096);
		if (larger == NULL)
			return false;
		r->stack_bytes += size + 4096 - f->room;
		f->saved = larger;
		f->room = size + 4096;
	}
	explore_save(&s->x, f->saved);
	r->snapshot_bytes = size > r->snapshot_bytes ? size : r->snapshot_bytes;
	s->depth++;
	if (s->depth > r->depth)
		r->depth = s->depth;
	return true;
}

static void
note_way(struct search *s)
{
	struct explore_result *r = s->result;
	memcpy(r->violation, s->x.violation, sizeof r->violation);
	r->choices = s->depth;
	for (uint32_t i = 0; i < s->depth; i++)
		r->choice[i] = (uint16_t)(s->stack[i].next - 1);
}

static void
tell_progress(const struct search *s)
{
	FILE *out = s->x.options.progress;
	if (out != NULL && s->result->transitions % PROGRESS_EVERY == 0)
		fprintf(out, "%llu transitions, %llu states, depth %u\n",
		    (unsigned long long)s->result->transitions,
		    (unsigned long long)s->seen.count, s->depth);
}

/* One choice of the state on top; false: the search is over. */
static bool
go_on(struct search *s)
{
	struct frame *f = &s->stack[s->depth - 1];
	struct explore_result *r = s->result;
	if (f->next == f->choices) {
		s->depth--;
		return s->depth > 0;
	}
	explore_restore(&s->x, f->saved);
	const struct explore_choice *choice = &f->choice[f->next++];
	r->transitions++;
	tell_progress(s);
	if (!explore_choose(&s->x, choice)) {
		note_way(s);
		return false;
	}
	if (!is_new(&s->seen, &s->x)) {
		r->merged++;
		return true;
	}
	bool room = s->depth < EXPLORE_DEPTH_MAX &&
		    (s->x.options.states_max == 0 || s->seen.count < s->x.options.states_max);
	r->exhausted = r->exhausted && room;
	if (!room)
		return s->depth < EXPLORE_DEPTH_MAX ? false : true;
	return seen_grow(&s->seen) && push(s);
}

static void
search_deep(struct search *s)
{
	struct explore_result *r = s->result;
	r->exhausted = true;
	explore_begin(&s->x);
	if (s->x.violation[0] != '\0') {
		note_way(s);
		return;
	}
	is_new(&s->seen, &s->x);
	if (push(s)) {
		while (go_on(s))
			continue;
	}
	r->exhausted = r->exhausted && s->depth == 0;
	r->states = s->seen.count;
	r->table_bytes = sizeof *s->seen.at << s->seen.bits;
	for (uint32_t i = 0; i < EXPLORE_DEPTH_MAX; i++)
		free(s->stack[i].saved);
}

/* ---- breadth first -------------------------------------------------------------------------- */

struct node {
	void *saved;
	uint32_t parent;                        /* its index */
	uint16_t choice, depth;
};
struct level {
	struct explore *x;
	struct seen seen;
	struct node *node;
	uint32_t nodes, room;
};

static bool
add_node(struct level *l, uint32_t parent, uint16_t choice)
{
	if (l->nodes == l->room)
		return false;
	struct node *n = &l->node[l->nodes];
	*n = (struct node){ .saved = malloc(explore_size(l->x)), .parent = parent,
		.choice = choice,
		.depth = (uint16_t)(l->nodes == 0 ? 0 : l->node[parent].depth + 1) };
	if (n->saved == NULL)
		return false;
	explore_save(l->x, n->saved);
	l->nodes++;
	return true;
}

static void
note_path(struct level *l, struct explore_result *r, uint32_t last, uint16_t choice)
{
	uint32_t n = l->node[last].depth;
	r->shortest = true;
	memcpy(r->violation, l->x->violation, sizeof r->violation);
	r->choices = n + 1u;
	r->choice[n] = choice;
	for (uint32_t at = last; n > 0; at = l->node[at].parent)
		r->choice[--n] = l->node[at].choice;
}

/* False: found, or no room. */
static bool
expand(struct level *l, struct explore_result *r, uint32_t index)
{
	struct explore_choice choice[EXPLORE_CHOICES_MAX];
	explore_restore(l->x, l->node[index].saved);
	uint32_t choices = explore_choices(l->x, choice);
	for (uint32_t i = 0; i < choices; i++) {
		if (i > 0)
			explore_restore(l->x, l->node[index].saved);
		if (!explore_choose(l->x, &choice[i])) {
			note_path(l, r, index, (uint16_t)i);
			return false;
		}
		if (is_new(&l->seen, l->x) && (!seen_grow(&l->seen) ||
						  !add_node(l, index, (uint16_t)i)))
			return false;
	}
	free(l->node[index].saved);
	l->node[index].saved = NULL;
	return true;
}

static void
search_wide(struct explore *x, struct explore_result *r)
{
	struct level l = { .x = x, .room = x->options.shorten_max };
	l.node = calloc(l.room, sizeof *l.node);
	if (l.node == NULL || !seen_open(&l.seen, SEEN_BITS_FIRST))
		return;
	x->violation[0] = '\0';
	explore_begin(x);
	is_new(&l.seen, x);
	if (add_node(&l, 0, 0)) {
		for (uint32_t i = 0; i < l.nodes && l.node[i].depth + 1u < r->choices; i++) {
			if (!expand(&l, r, i))
				break;
		}
	}
	for (uint32_t i = 0; i < l.nodes; i++)
		free(l.node[i].saved);
	free(l.node);
	free(l.seen.at);
}

/* ---- both ----------------------------------------------------------------------------------- */

bool
explore_run(const struct explore_options *options, struct explore_result *r)
{
	struct search *s = calloc(1, sizeof *s);
	memset(r, 0, sizeof *r);
	if (s == NULL)
		return false;
	s->result = r;
	bool opened = explore_open(&s->x, options) && seen_open(&s->seen, SEEN_BITS_FIRST);
	if (opened) {
		search_deep(s);
		if (r->violation[0] != '\0' && r->choices > 0 && options->shorten_max > 0)
			search_wide(&s->x, r);
	}
	explore_close(&s->x);
	free(s->seen.at);
	free(s);
	return opened;
}

bool
explore_replay(const struct explore_options *options, const uint16_t *choice, uint32_t choices,
    FILE *ladder, char *violation)
{
	struct explore *x = calloc(1, sizeof *x);
	struct explore_choice may[EXPLORE_CHOICES_MAX];
	bool good = x != NULL && explore_open(x, options);
	if (good) {
		x->ladder = ladder;
		explore_begin(x);
	}
	for (uint32_t i = 0; good && i < choices && x->violation[0] == '\0'; i++) {
		uint32_t count = explore_choices(x, may);
		good = choice[i] < count;
		if (good)
			explore_choose(x, &may[choice[i]]);
	}
	if (x != NULL) {
		memcpy(violation, x->violation, EXPLORE_TEXT);
		explore_close(x);
	}
	free(x);
	return good;
}
