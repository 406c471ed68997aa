/* SPDX-License-Identifier: BSD-2-Clause */
/* policy/route_index.c -- which rules could take a key, without asking all of them.
 *
 * Every pattern begins with a literal part, which may be empty; what follows is nothing (EXACT),
 * one star (STAR) or more (GLOB).  Rules of the same partner, sort and literal part hang in one
 * list, in their order, and a key meets one list per length that some literal part has.  The lowest
 * rule of all lists is judged, then the next lowest: so the first that matches wins, as if all were
 * asked.
 *
 * It only leaves out rules that cannot match. What a rule says is routes.c's. */
#include "policy/parts.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static const uint32_t fnv_basis = 2166136261u, fnv_prime = 16777619u;

static uint32_t
begin_hash(uint32_t partner)
{
	uint32_t hash = fnv_basis;
	for (unsigned i = 0; i < 4; i++)
		hash = (hash ^ (partner >> (8 * i) & 0xff)) * fnv_prime;
	return hash;
}

static uint32_t
end_hash(uint32_t hash, bool exact)
{
	hash = (hash ^ exact) * fnv_prime;
	return hash ^ hash >> 15;
}

static bool
is_same(const struct rf_route_list *list, uint32_t partner, bool exact, struct rf_slice literal)
{
	return list->partner == partner && list->exact == exact &&
	    rf_slice_equal(list->literal, literal);
}

/* The list, or the empty slot where it would be. */
static struct rf_route_list *
list_of(const struct rf_route_index *index, uint32_t hash, uint32_t partner, bool exact,
    struct rf_slice literal)
{
	uint32_t i = hash & index->mask;
	while (index->list[i].literal.p != NULL &&
	    !is_same(&index->list[i], partner, exact, literal))
		i = (i + 1) & index->mask;
	return &index->list[i];
}

/* The literal part of a pattern, with its escapes undone, and what follows. */
static enum rf_key_sort
read_pattern(const char *pattern, char *text, uint32_t *len)
{
	const char *p = pattern != NULL ? pattern : "*";
	*len = 0;
	for (; *p != '\0' && *p != '*' && *p != '?' && *p != '['; p++) {
		p += *p == '\\' && p[1] != '\0';
		if (*len < RF_POLICY_KEY_MAX)
			text[*len] = *p;
		++*len;
	}
	if (*len > RF_POLICY_KEY_MAX)
		*len = RF_POLICY_KEY_MAX;       /* no key is longer: it is judged, and fails */
	return *p == '\0' ? RF_KEY_EXACT : strcmp(p, "*") == 0 ? RF_KEY_STAR : RF_KEY_GLOB;
}

static void
add(struct rf_route_index *index, uint32_t route, uint32_t partner, struct rf_slice literal,
    bool exact)
{
	uint32_t hash = begin_hash(partner);
	for (uint32_t i = 0; i < literal.len; i++)
		hash = (hash ^ (unsigned char)literal.p[i]) * fnv_prime;
	struct rf_route_list *list = list_of(index, end_hash(hash, exact), partner, exact, literal);
	index->next[route] = RF_POLICY_NONE;
	if (list->literal.p == NULL)
		*list = (struct rf_route_list){ .literal = literal, .partner = partner,
			.exact = exact, .first = route, .last = route };
	else
		index->next[list->last] = route;
	list->last = route;
	if (!exact)
		index->has_len[literal.len] = true;
}

bool
rf_route_index_init(struct rf_route_index *index, const struct rf_policy *policy)
{
	const struct rf_policy_tables *tables = policy->tables;
	uint32_t slots = 8;
	size_t text_len = 1;
	while (slots < 2 * tables->routes_count)
		slots *= 2;
	for (uint32_t i = 0; i < tables->routes_count; i++)
		text_len += tables->routes[i].key != NULL ? strlen(tables->routes[i].key) : 0;
	index->list = calloc(slots, sizeof(*index->list));
	index->next = calloc((size_t)tables->routes_count + 1, sizeof(*index->next));
	index->text = malloc(text_len);
	index->mask = slots - 1;
	if (index->list == NULL || index->next == NULL || index->text == NULL)
		return false;
	char *text = index->text;
	for (uint32_t i = 0; i < tables->routes_count; i++) {
		const struct rf_policy_route *route = &tables->routes[i];
		char literal[RF_POLICY_KEY_MAX];
		uint32_t len, partner = 0;
		bool exact = read_pattern(route->key, literal, &len) == RF_KEY_EXACT;
		memcpy(text, literal, len);
		if (route->partner != NULL)
			partner = 1 + rf_index_find(&policy->partners, rf_slice_of(route->partner));
		/* A partner that is not there (1 + NONE is 0) is what checks are for. */
		if (route->partner == NULL || partner != 0)
			add(index, i, partner, (struct rf_slice){ text, len }, exact);
		text += len;
	}
	return true;
}

void
rf_route_index_fini(struct rf_route_index *index)
{
	free(index->list);
	free(index->next);
	free(index->text);
}

static void
take_list(struct rf_route_search *search, const struct rf_route_list *list)
{
	if (list->literal.p == NULL)
		return;
	assert(search->lists < RF_ARRAY_LEN(search->head));
	search->head[search->lists++] = list->first;
}

/* The lists of one partner, or of all of them (0), that a key meets. */
static void
gather(struct rf_route_search *search, uint32_t partner, struct rf_slice key)
{
	const struct rf_route_index *index = search->index;
	uint32_t hash = begin_hash(partner);
	for (uint32_t len = 0;; len++) {
		struct rf_slice literal = { key.p, len };
		if (index->has_len[len])
			take_list(search, list_of(index, end_hash(hash, false), partner, false,
			    literal));
		if (len == key.len)
			break;
		hash = (hash ^ (unsigned char)key.p[len]) * fnv_prime;
	}
	take_list(search, list_of(index, end_hash(hash, true), partner, true, key));
}

void
rf_route_search_begin(struct rf_route_search *search, const struct rf_policy *policy,
    const char *partner, struct rf_slice key)
{
	assert(key.len <= RF_POLICY_KEY_MAX);
	search->index = &policy->routes;
	search->lists = 0;
	gather(search, 0, key);
	uint32_t number = partner == NULL ? RF_POLICY_NONE :
	    rf_index_find(&policy->partners, rf_slice_of(partner));
	if (number != RF_POLICY_NONE)
		gather(search, 1 + number, key);
}

uint32_t
rf_route_search_next(struct rf_route_search *search)
{
	uint32_t best = RF_POLICY_NONE, from = 0;
	for (uint32_t i = 0; i < search->lists; i++) {
		if (search->head[i] < best) {
			best = search->head[i];
			from = i;
		}
	}
	if (best == RF_POLICY_NONE)
		return best;
	search->head[from] = search->index->next[best];
	if (search->head[from] == RF_POLICY_NONE)
		search->head[from] = search->head[--search->lists];
	return best;
}

/* ---- rules that are never reached ----------------------------------------------------------- */

/* Does every key that b takes fall to a? */
static bool
covers(const char *a, const char *b)
{
	char text_a[RF_POLICY_KEY_MAX], text_b[RF_POLICY_KEY_MAX];
	uint32_t len_a, len_b;
	enum rf_key_sort sort_a = read_pattern(a, text_a, &len_a);
	enum rf_key_sort sort_b = read_pattern(b, text_b, &len_b);
	if (a != NULL && b != NULL && strcmp(a, b) == 0)
		return true;
	switch (sort_a) {
	case RF_KEY_EXACT:
		return sort_b == RF_KEY_EXACT && len_a == len_b &&
		    memcmp(text_a, text_b, len_a) == 0;
	case RF_KEY_STAR:
		return len_a <= len_b && memcmp(text_a, text_b, len_a) == 0;
	case RF_KEY_GLOB:
		break;
	}
	return sort_b == RF_KEY_EXACT &&
	    rf_glob_match(rf_slice_of(a), (struct rf_slice){ text_b, len_b });
}

/* Then what comes behind it has its turn. */
static bool
may_be_closed(const struct rf_policy *policy, const struct rf_policy_route *route)
{
	uint32_t queue = route->to.kind == RF_TO_QUEUE ? rf_queue_find(policy, route->to.text) :
	    RF_POLICY_NONE;
	return route->hours_count > 0 ||
	    (queue != RF_POLICY_NONE && policy->tables->queues[queue].hours_count > 0);
}

int64_t
rf_policy_shadow_index(const struct rf_policy *policy, uint32_t route)
{
	const struct rf_policy_route *b = &policy->tables->routes[route];
	struct rf_route_search search;
	char literal[RF_POLICY_KEY_MAX];
	uint32_t len, i;
	read_pattern(b->key, literal, &len);
	/* Who covers it has a literal part that its own begins with, so these are all. */
	rf_route_search_begin(&search, policy, b->partner, (struct rf_slice){ literal, len });
	while ((i = rf_route_search_next(&search)) < route) {
		const struct rf_policy_route *a = &policy->tables->routes[i];
		if (a->to.kind != RF_TO_SKILL && !may_be_closed(policy, a) &&
		    (a->trigger == RF_ON_ANY || a->trigger == b->trigger) && covers(a->key, b->key))
			return i;
	}
	return -1;
}
