/* SPDX-License-Identifier: BSD-2-Clause */
/* store/batch.c -- puts behind one another in one piece of memory: a copy each, no allocation. */
#include "store/internal.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH_FIRST = 64 * 1024, BATCH_KEPT_MAX = 4 * 1024 * 1024 };

static size_t
padded(size_t len)
{
	return (len + 7) & ~(size_t)7;
}

static bool
has_room(struct rf_store_batch *b, size_t len)
{
	size_t max = b->max == 0 ? BATCH_FIRST : b->max;
	while (max - b->len < len)
		max *= 2;
	if (max == b->max)
		return true;
	char *grown = realloc(b->bytes, max);
	if (grown == NULL)
		return false;
	b->bytes = grown;
	b->max = max;
	return true;
}

static char *
append(char *to, struct rf_slice s)
{
	if (s.len > 0)
		memcpy(to, s.p, s.len);
	return to + s.len;
}

/* An item is its struct, then the texts that the struct's slices were. */
bool
rf_store_batch_add(struct rf_store_batch *b, const struct rf_store_work *work)
{
	const struct rf_store_put *put = &work->put;
	size_t len = sizeof *work + padded((size_t)put->snapshot.len + put->event.len);
	if (!has_room(b, len))
		return false;
	char *to = b->bytes + b->len;
	memcpy(to, work, sizeof *work);
	append(append(to + sizeof *work, put->snapshot), put->event);
	b->len += len;
	b->count++;
	return true;
}

bool
rf_store_batch_next(const struct rf_store_batch *b, size_t *at, struct rf_store_work *out)
{
	if (*at == b->len)
		return false;
	const char *from = b->bytes + *at;
	memcpy(out, from, sizeof *out);
	from += sizeof *out;
	out->put.snapshot.p = from;
	out->put.event.p = from + out->put.snapshot.len;
	*at += sizeof *out + padded((size_t)out->put.snapshot.len + out->put.event.len);
	assert(*at <= b->len);
	return true;
}

void
rf_store_batch_clear(struct rf_store_batch *b)
{
	if (b->max > BATCH_KEPT_MAX)
		rf_store_batch_fini(b);
	b->len = 0;
	b->count = 0;
}

void
rf_store_batch_fini(struct rf_store_batch *b)
{
	free(b->bytes);
	*b = (struct rf_store_batch){ 0 };
}
