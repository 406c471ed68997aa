/* SPDX-License-Identifier: BSD-2-Clause */
/* policy/index.c -- finds a name among many: open addressing over texts that somebody else owns.
 *
 * Names come from the operator's tables, never from a message, so nobody can choose them to
 * collide; what a message brings is only looked up. */
#include "policy/parts.h"

#include <assert.h>
#include <stdlib.h>

/* FNV-1a: the names are short. */
static uint32_t
hash_of(struct rf_slice text)
{
	uint32_t hash = 2166136261u;
	for (uint32_t i = 0; i < text.len; i++)
		hash = (hash ^ (unsigned char)text.p[i]) * 16777619u;
	return hash ^ hash >> 15;
}

bool
rf_index_init(struct rf_index *index, uint32_t names)
{
	uint32_t slots = 8;
	assert(names <= RF_INDEX_NAMES_MAX);
	while (slots < 2 * names)
		slots *= 2;
	index->slot = calloc(slots, sizeof(*index->slot));
	index->mask = slots - 1;
	return index->slot != NULL;
}

void
rf_index_fini(struct rf_index *index)
{
	free(index->slot);
}

/* Where the name stands, or the empty slot where it would. */
static struct rf_index_slot *
slot_of(const struct rf_index *index, struct rf_slice name)
{
	uint32_t i = hash_of(name) & index->mask;
	while (index->slot[i].name.p != NULL && !rf_slice_equal(index->slot[i].name, name))
		i = (i + 1) & index->mask;
	return &index->slot[i];
}

uint32_t
rf_index_add(struct rf_index *index, const char *name, uint32_t at)
{
	struct rf_index_slot *slot = slot_of(index, rf_slice_of(name));
	if (slot->name.p == NULL)
		*slot = (struct rf_index_slot){ rf_slice_of(name), at };
	return slot->at;
}

uint32_t
rf_index_find(const struct rf_index *index, struct rf_slice name)
{
	const struct rf_index_slot *slot = slot_of(index, name);
	return slot->name.p != NULL ? slot->at : RF_POLICY_NONE;
}
