/* SPDX-License-Identifier: BSD-2-Clause */
/* sim/shrink.c -- takes away what can be taken away; see shrink.h.
 *
 * What this file must never know: what a world is. */
#include "sim/shrink.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct shrink {
	const struct shrink_problem *problem;
	struct shrink_result *result; /* left, calls_without: the least that fails so far */
};

static bool
is_over(const struct shrink *s)
{
	const struct shrink_problem *p = s->problem;
	return s->result->runs >= p->runs_max || (p->is_late != NULL && p->is_late(p->user));
}

/* Does it still fail like this?  Then this is what there is from now on. */
static bool
try(struct shrink *s, const struct choices *these, uint64_t calls_without)
{
	struct choices made = { .count = 0 };
	if (is_over(s))
		return false;
	s->result->runs++;
	if (!s->problem->fails(s->problem->user, these, calls_without, &made)) {
		choices_free(&made);
		return false;
	}
	choices_sort(&made);
	choices_free(&s->result->left);
	s->result->left = made;
	s->result->calls_without = calls_without;
	return true;
}

/* ---- calls ----------------------------------------------------------------------------------- */

/* Half of them, a quarter, ... one by one, as long as that helps. */
static void
spare_calls(struct shrink *s)
{
	for (uint32_t part = 32; part > 0; part /= 2) {
		for (uint32_t from = 0; from < 64; from += part) {
			uint64_t bits = (part == 64 ? UINT64_MAX : (UINT64_C(1) << part) - 1)
					<< from;
			bits &= s->problem->calls & ~s->result->calls_without;
			uint64_t rest = s->problem->calls & ~s->result->calls_without & ~bits;
			if (bits != 0 && rest != 0)
				try(s, &s->result->left, s->result->calls_without | bits);
		}
	}
}

/* ---- choices --------------------------------------------------------------------------------- */

/* Without those of [from, from + count). */
static bool
try_without(struct shrink *s, uint32_t from, uint32_t count)
{
	const struct choices *left = &s->result->left;
	struct choices these = { .count = 0 };
	for (uint32_t i = 0; i < left->count; i++) {
		if (i < from || i >= from + count)
			choices_add(&these, &left->at[i]);
	}
	bool fails = try(s, &these, s->result->calls_without);
	choices_free(&these);
	return fails;
}

static void
spare_sites(struct shrink *s)
{
	for (uint32_t site = 0; site < CHOOSE_SITES_MAX; site++) {
		const struct choices *left = &s->result->left;
		uint32_t from = 0, count = 0;
		while (from < left->count && (uint32_t)left->at[from].site != site)
			from++;
		while (from + count < left->count && (uint32_t)left->at[from + count].site == site)
			count++;
		if (count > 0)
			try_without(s, from, count);
	}
}

/* All parts of that size, one after the other; was any of them spared? */
static bool
spare_each(struct shrink *s, uint32_t part)
{
	bool spared = false;
	for (uint32_t from = 0; from < s->result->left.count && !is_over(s);) {
		if (try_without(s, from, part))
			spared = true;
		else
			from += part;
	}
	return spared;
}

/* Smaller and smaller parts, until nothing can be spared by itself. */
static void
spare_parts(struct shrink *s)
{
	for (uint32_t part = s->result->left.count / 2; part > 1; part /= 2)
		spare_each(s, part);
	while (spare_each(s, 1))
		continue;
}

/* ---- values ---------------------------------------------------------------------------------- */

static bool
try_value(struct shrink *s, uint32_t index, int64_t value)
{
	const struct choices *left = &s->result->left;
	struct choices these = { .count = 0 };
	if (index >= left->count || value == left->at[index].value)
		return false;
	for (uint32_t i = 0; i < left->count; i++) {
		struct choice c = left->at[i];
		c.value = i == index ? value : c.value;
		choices_add(&these, &c);
	}
	bool fails = try(s, &these, s->result->calls_without);
	choices_free(&these);
	return fails;
}

/* Zero, small, or at least round; and it must not cost a choice that was there. */
static void
simplify(struct shrink *s, uint32_t index)
{
	static const int64_t round[] = { 60000000, 10000000, 1000000, 100000, 10000, 1000 };
	int64_t value = s->result->left.at[index].value;
	if (value == 1 || try_value(s, index, 0) || try_value(s, index, 1))
		return;
	for (size_t i = 0; i < RF_ARRAY_LEN(round); i++) {
		int64_t down = value / round[i] * round[i];
		if (down > 0 && (try_value(s, index, down) || try_value(s, index, down + round[i])))
			return;
	}
	for (int64_t less = value / 2; less > 1 && try_value(s, index, less); less /= 2)
		continue;
}

static void
simplify_values(struct shrink *s)
{
	for (uint32_t i = 0; i < s->result->left.count && !is_over(s); i++)
		simplify(s, i);
}

bool
shrink(
    const struct shrink_problem *problem, const struct choices *found, struct shrink_result *result)
{
	struct shrink s = { problem, result };
	memset(result, 0, sizeof *result);
	if (!try(&s, found, 0))
		return false;
	spare_calls(&s);
	spare_sites(&s);
	spare_parts(&s);
	spare_calls(&s);
	simplify_values(&s);
	spare_parts(&s);
	result->complete = !is_over(&s);
	return true;
}
